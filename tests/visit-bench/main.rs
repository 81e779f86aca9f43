//! Machine time of one consent on an own phone: from the request's codes to the answer attached, each
//! code rendered, read by the lens, and handed down. Started by `cargo xtask bench visit`.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on must stop")]

use client::{Client, Problem, ProblemCode, ipc::*};
use sanbu_tests::{World, builders, codes, world::Person};
use std::time::Instant;
use wire::problem::Field;

/// Exchanges; the slowest is printed as well as the median.
const ROUNDS: u32 = 9;

#[tokio::main]
async fn main() {
    let world = World::new().await;
    let (tablet, phone) = (world.device("tablet").start(), world.device("phone").start());
    tablet.deliver_due().await;
    phone.deliver_due().await;
    let mut times_ms = Vec::new();
    let mut pieces = (0, 0);
    for shop in 1..=ROUNDS {
        let officer = Person { client: &tablet, shop };
        let draft = officer.scan(&world.code()).await.unwrap();
        let code = builders::enterprise_code(shop);
        let draft = officer.set(&draft, Field::EnterpriseCode, &code).await;
        let of_draft = DraftRequest { draft_id: draft.draft_id.clone() };

        let begun = Instant::now();
        let request = tablet.request_code(of_draft.clone()).await.unwrap();
        let asked = read(&phone, &request, async |texts| {
            phone.open_codes(OpenCodesRequest { texts }).await
        });
        let asked = asked.await;
        Person { client: &phone, shop }.decide_all(asked, ConsentAnswer::Give).await;
        let answer = phone.answer_code(of_draft.clone()).await.unwrap();
        let read = read(&tablet, &answer, async |texts| {
            let draft_id = draft.draft_id.clone();
            tablet.read_answer(ReadAnswerRequest { draft_id, texts }).await
        });
        assert!(read.await.answered_elsewhere);
        times_ms.push(begun.elapsed().as_secs_f64() * 1000.0);
        pieces = (request.pieces.len(), answer.pieces.len());
        tablet.discard_draft(of_draft.clone()).await.unwrap();
        phone.discard_draft(of_draft).await.unwrap();
    }
    times_ms.sort_by(f64::total_cmp);
    println!("visit.request_codes={}", pieces.0);
    println!("visit.answer_codes={}", pieces.1);
    println!("visit.exchange_ms_p50={:.0}", times_ms[times_ms.len() / 2]);
    println!("visit.exchange_ms_max={:.0}", times_ms[times_ms.len() - 1]);
}

/// Shows one code after the other, until all of the message was read.
async fn read(
    reader: &Client,
    shown: &CodePiecesView,
    hand_down: impl AsyncFn(Vec<String>) -> Result<DraftView, Problem>,
) -> DraftView {
    for rows in &shown.pieces {
        match hand_down(codes::seen_by(reader, rows).await).await {
            Ok(draft) => return draft,
            Err(problem) => assert_eq!(problem.code, ProblemCode::CodeInPieces, "{problem}"),
        }
    }
    panic!("all codes were shown, and the message is not whole")
}
