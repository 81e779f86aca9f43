//! One line per command; what they do stands in `client`.

use crate::shell::Shell;
use client::{Problem, ProblemCode, ipc::*};
use tauri::{
    State, Wry,
    ipc::{Invoke, InvokeBody, Request},
};

/// Every command, as `wire::ipc::COMMANDS` lists them.
pub fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        home,
        read_picture,
        read_frame,
        open_codes,
        open_link,
        enter_branch,
        draft,
        decide_consent,
        enter_owner_mode,
        leave_owner_mode,
        set_field,
        fill_licence,
        forget_shop,
        request_code,
        read_answer,
        answer_code,
        submit,
        discard_draft,
        case,
        outbox,
        send_now,
        send_again,
        ask_again,
        take_back,
        export_case,
        export_evidence,
        forget_lost,
        consents,
        withdraw_consent,
        say_upstream,
        consent_copy,
        save_copy,
        set_preferences,
        set_officer,
        set_passphrase,
        unlock,
        repair,
    ]
}

type Answer<T> = Result<T, Problem>;

/// The first screen.
#[tauri::command]
async fn home(shell: State<'_, Shell>) -> Answer<HomeView> {
    shell.client()?.home().await
}

/// The codes in a picture file; the whole body is the picture's bytes.
#[tauri::command]
async fn read_picture(shell: State<'_, Shell>, request: Request<'_>) -> Answer<CodesView> {
    shell.client()?.read_picture(raw(&request)?).await
}

/// The codes in a camera frame; the whole body is the frame.
#[tauri::command]
async fn read_frame(shell: State<'_, Shell>, request: Request<'_>) -> Answer<CodesView> {
    shell.client()?.read_frame(raw(&request)?).await
}

/// The codes in view, or a pasted text, to a draft.
#[tauri::command]
async fn open_codes(shell: State<'_, Shell>, request: OpenCodesRequest) -> Answer<DraftView> {
    shell.client()?.open_codes(request).await
}

/// The link that waits to a draft.
#[tauri::command]
async fn open_link(shell: State<'_, Shell>) -> Answer<DraftView> {
    shell.client()?.open_link().await
}

/// A typed branch number to a draft.
#[tauri::command]
async fn enter_branch(shell: State<'_, Shell>, request: EnterBranchRequest) -> Answer<DraftView> {
    shell.client()?.enter_branch(request).await
}

/// A draft, whole.
#[tauri::command]
async fn draft(shell: State<'_, Shell>, request: DraftRequest) -> Answer<DraftView> {
    shell.client()?.draft(request).await
}

/// A press on a consent page.
#[tauri::command]
async fn decide_consent(
    shell: State<'_, Shell>,
    request: DecideConsentRequest,
) -> Answer<DraftView> {
    shell.client()?.decide_consent(request).await
}

/// Hands the tablet to the owner.
#[tauri::command]
async fn enter_owner_mode(
    shell: State<'_, Shell>,
    request: EnterOwnerModeRequest,
) -> Answer<DraftView> {
    shell.client()?.enter_owner_mode(request).await
}

/// Takes the tablet back.
#[tauri::command]
async fn leave_owner_mode(
    shell: State<'_, Shell>,
    request: LeaveOwnerModeRequest,
) -> Answer<HomeView> {
    shell.client()?.leave_owner_mode(request).await
}

/// A value as typed.
#[tauri::command]
async fn set_field(shell: State<'_, Shell>, request: SetFieldRequest) -> Answer<DraftView> {
    shell.client()?.set_field(request).await
}

/// A business licence to a draft's enterprise code.
#[tauri::command]
async fn fill_licence(shell: State<'_, Shell>, request: FillLicenceRequest) -> Answer<DraftView> {
    shell.client()?.fill_licence(request).await
}

/// Forgets the shop this device knows.
#[tauri::command]
async fn forget_shop(shell: State<'_, Shell>, request: DraftRequest) -> Answer<DraftView> {
    shell.client()?.forget_shop(request).await
}

/// The codes that ask an owner's own phone for the consents.
#[tauri::command]
async fn request_code(shell: State<'_, Shell>, request: DraftRequest) -> Answer<CodePiecesView> {
    shell.client()?.request_code(request).await
}

/// The codes in view, of the phone's answer.
#[tauri::command]
async fn read_answer(shell: State<'_, Shell>, request: ReadAnswerRequest) -> Answer<DraftView> {
    shell.client()?.read_answer(request).await
}

/// The codes that bring the decided consents back to the device that asked.
#[tauri::command]
async fn answer_code(shell: State<'_, Shell>, request: DraftRequest) -> Answer<CodePiecesView> {
    shell.client()?.answer_code(request).await
}

/// A draft to a sealed application in the outbox.
#[tauri::command]
async fn submit(shell: State<'_, Shell>, request: DraftRequest) -> Answer<CaseView> {
    shell.client()?.submit(request).await
}

/// Deletes a draft.
#[tauri::command]
async fn discard_draft(shell: State<'_, Shell>, request: DraftRequest) -> Answer<HomeView> {
    shell.client()?.discard_draft(request).await
}

/// A submitted case.
#[tauri::command]
async fn case(shell: State<'_, Shell>, request: CaseRequest) -> Answer<CaseView> {
    shell.client()?.case(request).await
}

/// A page of the outbox.
#[tauri::command]
async fn outbox(shell: State<'_, Shell>, request: OutboxRequest) -> Answer<OutboxView> {
    shell.client()?.outbox(request).await
}

/// Makes everything that waits due.
#[tauri::command]
async fn send_now(shell: State<'_, Shell>, request: OutboxRequest) -> Answer<OutboxView> {
    shell.client()?.send_now(request).await
}

/// Sends a parked entry once more.
#[tauri::command]
async fn send_again(shell: State<'_, Shell>, request: CaseRequest) -> Answer<EntryView> {
    shell.client()?.send_again(request).await
}

/// A new draft of a case that is held or was refused.
#[tauri::command]
async fn ask_again(shell: State<'_, Shell>, request: CaseRequest) -> Answer<DraftView> {
    shell.client()?.ask_again(request).await
}

/// Takes a case back before delivery.
#[tauri::command]
async fn take_back(shell: State<'_, Shell>, request: CaseRequest) -> Answer<EntryView> {
    shell.client()?.take_back(request).await
}

/// Writes a file of an entry for the help line.
#[tauri::command]
async fn export_case(shell: State<'_, Shell>, request: CaseRequest) -> Answer<ExportView> {
    shell.client()?.export_case(request).await
}

/// Fetches the evidence bundle of a case and writes it into a file.
#[tauri::command]
async fn export_evidence(shell: State<'_, Shell>, request: CaseRequest) -> Answer<ExportView> {
    shell.client()?.export_evidence(request).await
}

/// Forgets a case that is gone from the outbox.
#[tauri::command]
async fn forget_lost(shell: State<'_, Shell>, request: CaseRequest) -> Answer<HomeView> {
    shell.client()?.forget_lost(request).await
}

/// All consents of this device.
#[tauri::command]
async fn consents(shell: State<'_, Shell>) -> Answer<ConsentsView> {
    shell.client()?.consents().await
}

/// Takes a consent back.
#[tauri::command]
async fn withdraw_consent(
    shell: State<'_, Shell>,
    request: WithdrawConsentRequest,
) -> Answer<ConsentsView> {
    shell.client()?.withdraw_consent(request).await
}

/// Keeps what the person says of an authorisation at the source.
#[tauri::command]
async fn say_upstream(
    shell: State<'_, Shell>,
    request: SayUpstreamRequest,
) -> Answer<ConsentsView> {
    shell.client()?.say_upstream(request).await
}

/// What stands on a copy of consents.
#[tauri::command]
async fn consent_copy(shell: State<'_, Shell>, request: CopyRequest) -> Answer<CopyView> {
    shell.client()?.consent_copy(request).await
}

/// Keeps the drawn sheets of a copy as a file.
#[tauri::command]
async fn save_copy(shell: State<'_, Shell>, request: SaveCopyRequest) -> Answer<ExportView> {
    shell.client()?.save_copy(request).await
}

/// Keeps language and type size.
#[tauri::command]
async fn set_preferences(
    shell: State<'_, Shell>,
    request: SetPreferencesRequest,
) -> Answer<HomeView> {
    shell.client()?.set_preferences(request).await
}

/// Keeps whose device this is.
#[tauri::command]
async fn set_officer(shell: State<'_, Shell>, request: SetOfficerRequest) -> Answer<HomeView> {
    shell.client()?.set_officer(request).await
}

/// Puts the store's key behind a passphrase.
#[tauri::command]
async fn set_passphrase(shell: State<'_, Shell>, request: PassphraseRequest) -> Answer<HomeView> {
    shell.client()?.set_passphrase(request).await
}

/// Opens a locked store.
#[tauri::command]
async fn unlock(shell: State<'_, Shell>, request: PassphraseRequest) -> Answer<HomeView> {
    shell.client()?.unlock(request).await
}

/// Takes up what can be read of a damaged outbox.
#[tauri::command(async)]
fn repair(shell: State<'_, Shell>) -> Answer<RepairView> {
    shell.repair()
}

/// The bytes of a request. Android's web view hands an app no raw bodies, so there Tauri writes them
/// as a list of numbers (ADR 0011): slow, but a single picture gets through.
fn raw(request: &Request<'_>) -> Answer<Vec<u8>> {
    let bytes = match request.body() {
        InvokeBody::Raw(bytes) => Some(bytes.clone()),
        InvokeBody::Json(list) => serde_json::from_value(list.clone()).ok(),
    };
    bytes.ok_or_else(|| Problem::new(ProblemCode::ContentType, "the bytes are the whole body"))
}
