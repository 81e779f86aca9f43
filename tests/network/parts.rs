//! Photos over a network that breaks: an upload goes on where the bank is, and sends next to
//! nothing twice.

use super::{ENVELOPES, NOTHING, Street, state};
use client::{Client, ipc::*};
use sanbu_tests::{
    proxy::{Dice, Exchange, Fault},
    world::{FIRST_PAGE, Person},
};
use wire::parts::CHUNK_BYTES;

const UPLOADS: &str = "/v1/parts/";

/// A saved case with photos of these sizes, on a device that has the bank's words.
async fn saved_with(street: &Street, sizes: &[usize]) -> (Client, CaseView) {
    let client = street.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let draft = person.scan(&street.world.code()).await.unwrap();
    for size in sizes {
        let photo = vec![7; *size];
        let request = DraftRequest { draft_id: draft.draft_id.clone() };
        client.add_part(request, "storefront".into(), "image/jpeg".into(), photo).await.unwrap();
    }
    let draft = person.decide_all(draft, ConsentAnswer::Give).await;
    let case = person.submit(&person.fill(&draft).await).await.unwrap();
    street.proxy.take_log();
    (client, case)
}

fn offset(append: &Exchange) -> u64 {
    let text = String::from_utf8_lossy(&append.request).to_ascii_lowercase();
    let line = text.lines().find_map(|line| line.strip_prefix("upload-offset:")).unwrap();
    line.trim().parse().unwrap()
}

async fn assert_whole(street: &Street, case: &CaseView, client: &Client, sizes: &[usize]) {
    assert_eq!(state(client, case).await, CaseState::Delivered);
    assert_eq!(street.world.applications(), 1);
    let count = |what| street.world.bank_number(&format!("select {what} from part"));
    assert_eq!(count("count(*)"), i64::try_from(sizes.len()).unwrap());
    assert_eq!(count("sum(received = size)"), i64::try_from(sizes.len()).unwrap());
}

#[tokio::test]
async fn a_case_of_20_mb_over_a_link_that_breaks_sends_at_most_a_chunk_again_for_each_break() {
    let sizes = [4_000_000; 5];
    let street = Street::new().await;
    let (client, case) = saved_with(&street, &sizes).await;
    let seed = 11;
    let mut dice = Dice(seed);
    for _ in 0..30 {
        let pass = usize::try_from(dice.below(2)).unwrap();
        street.proxy.set("PATCH", UPLOADS, pass, Fault::Pass);
        let at = usize::try_from(dice.below(600_000)).unwrap();
        let faults =
            [Fault::CutRequest(at), Fault::CutReply(at % 300), Fault::ResetReply(at % 300)];
        let fault = faults[usize::try_from(dice.below(3)).unwrap()].clone();
        street.proxy.set("PATCH", UPLOADS, 1, fault);
    }
    let mut turns = 0;
    while state(&client, &case).await != CaseState::Delivered {
        client.send_now(FIRST_PAGE).await.unwrap();
        client.deliver_due().await;
        turns += 1;
        assert!(turns < 100, "seed {seed}: it gets no further");
    }
    let log = street.proxy.take_log();
    let appends: Vec<_> = log.iter().filter(|seen| seen.method == "PATCH").collect();
    let sent: usize = appends.iter().map(|seen| seen.brought()).sum();
    let breaks =
        appends.iter().filter(|seen| !matches!(seen.fault, None | Some(Fault::Pass))).count();
    assert!(breaks >= 10, "it broke {breaks} times");
    assert_whole(&street, &case, &client, &sizes).await;
    let sealed = street.world.bank_number("select sum(size) from part");
    let again = u64::try_from(sent).unwrap() - sealed.unsigned_abs();
    for pair in appends.windows(2).filter(|pair| pair[0].path == pair[1].path) {
        let brought = offset(pair[0]) + u64::try_from(pair[0].brought()).unwrap();
        let twice = brought.saturating_sub(offset(pair[1]));
        assert!(twice <= CHUNK_BYTES, "seed {seed}: {twice} bytes again after one break");
    }
    println!(
        "upload.bytes={sealed} upload.again={again} upload.breaks={breaks} upload.seed={seed}"
    );
}

#[tokio::test]
async fn an_append_cut_after_any_byte_goes_on_where_the_bank_is() {
    let size = 3_000;
    let street = Street::new().await;
    let (client, case) = saved_with(&street, &[size]).await;
    let mut last = 0;
    for at in (1..2_000).step_by(61) {
        street.proxy.clear();
        street.proxy.set("PATCH", UPLOADS, 1, Fault::CutRequest(at));
        street.proxy.set("PATCH", UPLOADS, usize::MAX, NOTHING);
        street.proxy.set("PUT", ENVELOPES, usize::MAX, NOTHING);
        client.send_now(FIRST_PAGE).await.unwrap();
        client.deliver_due().await;
        let received = street.world.bank_number("select coalesce(sum(received), 0) from part");
        assert!(received >= last, "cut after {at}: the bank forgets nothing");
        last = received;
        assert_eq!(street.world.applications(), 0, "cut after {at}");
        assert_eq!(state(&client, &case).await, CaseState::Queued, "cut after {at}");
    }
    street.proxy.clear();
    client.send_now(FIRST_PAGE).await.unwrap();
    client.deliver_due().await;
    assert_whole(&street, &case, &client, &[size]).await;
}

#[tokio::test]
async fn doubled_and_stranger_answered_uploads_arrive_once() {
    let street = Street::new().await;
    let sizes = [300_000, 1_000, 700_000];
    let (client, case) = saved_with(&street, &sizes).await;
    for method in ["POST", "PATCH", "HEAD", "PUT"] {
        street.proxy.set(method, "/v1/", usize::MAX, Fault::Replay);
    }
    client.deliver_due().await;
    street.proxy.clear();
    client.send_now(FIRST_PAGE).await.unwrap();
    client.deliver_due().await;
    assert_whole(&street, &case, &client, &sizes).await;
}
