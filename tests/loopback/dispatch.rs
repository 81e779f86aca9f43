//! A command by name: what Tauri's `generate_handler!` does in the shell.

use client::{Problem, Start};
use serde::{Serialize, de::DeserializeOwned};
use wire::problem::ProblemCode;

/// Runs a command; `body` is its request as JSON, or a picture's or frame's bytes. Returns JSON.
pub async fn dispatch(start: &Start, command: &str, body: &[u8]) -> Result<Vec<u8>, Problem> {
    let client = match command {
        // The only one that needs no client.
        "repair" => return json(tokio::task::block_in_place(|| start.repair())),
        _ => start.client()?,
    };
    match command {
        "home" => json(client.home().await),
        "read_picture" => json(client.read_picture(body.to_vec()).await),
        "read_frame" => json(client.read_frame(body.to_vec()).await),
        "open_codes" => json(client.open_codes(request(body)?).await),
        "open_link" => json(client.open_link().await),
        "enter_branch" => json(client.enter_branch(request(body)?).await),
        "draft" => json(client.draft(request(body)?).await),
        "decide_consent" => json(client.decide_consent(request(body)?).await),
        "enter_owner_mode" => json(client.enter_owner_mode(request(body)?).await),
        "leave_owner_mode" => json(client.leave_owner_mode(request(body)?).await),
        "set_field" => json(client.set_field(request(body)?).await),
        "fill_licence" => json(client.fill_licence(request(body)?).await),
        "forget_shop" => json(client.forget_shop(request(body)?).await),
        "request_code" => json(client.request_code(request(body)?).await),
        "read_answer" => json(client.read_answer(request(body)?).await),
        "answer_code" => json(client.answer_code(request(body)?).await),
        "submit" => json(client.submit(request(body)?).await),
        "discard_draft" => json(client.discard_draft(request(body)?).await),
        "case" => json(client.case(request(body)?).await),
        "outbox" => json(client.outbox(request(body)?).await),
        "send_now" => json(client.send_now(request(body)?).await),
        "send_again" => json(client.send_again(request(body)?).await),
        "ask_again" => json(client.ask_again(request(body)?).await),
        "export_case" => json(client.export_case(request(body)?).await),
        "export_evidence" => json(client.export_evidence(request(body)?).await),
        "forget_lost" => json(client.forget_lost(request(body)?).await),
        "take_back" => json(client.take_back(request(body)?).await),
        "consents" => json(client.consents().await),
        "withdraw_consent" => json(client.withdraw_consent(request(body)?).await),
        "say_upstream" => json(client.say_upstream(request(body)?).await),
        "consent_copy" => json(client.consent_copy(request(body)?).await),
        "save_copy" => json(client.save_copy(request(body)?).await),
        "set_preferences" => json(client.set_preferences(request(body)?).await),
        "set_officer" => json(client.set_officer(request(body)?).await),
        "set_passphrase" => json(client.set_passphrase(request(body)?).await),
        "unlock" => json(client.unlock(request(body)?).await),
        _ => Err(Problem::new(ProblemCode::NotFound, "no such command")),
    }
}

fn request<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|e| Problem::new(ProblemCode::Malformed, format!("not the request: {e}")))
}

fn json<T: Serialize>(view: Result<T, Problem>) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(&view?)
        .map_err(|e| Problem::new(ProblemCode::Internal, format!("not a view: {e}")))
}
