//! A damaged outbox: told, moved aside by a person, read again. What is gone is named.

use client::{Client, ipc::*};
use sanbu_tests::{
    World,
    network::Fault,
    world::{Device, FIRST_PAGE, Person},
};
use std::{collections::BTreeSet, path::PathBuf};
use wire::problem::ProblemCode;

fn named(case: &CaseView) -> CaseRequest {
    CaseRequest { case_id: case.case_id.clone() }
}

fn outbox_file(device: &Device) -> PathBuf {
    device.folder().join("outbox.db")
}

/// A device with cases that were saved in a cellar; its client is gone.
async fn with_cases(world: &World, count: u32) -> (Device, Vec<CaseView>) {
    let device = world.device("phone");
    let client = device.start();
    client.deliver_due().await;
    world.network.set(Fault::Down);
    let mut cases = Vec::new();
    for shop in 1..=count {
        let person = Person { client: &client, shop };
        let draft = person.scan(&world.code()).await.unwrap();
        let draft = client.forget_shop(DraftRequest { draft_id: draft.draft_id }).await.unwrap();
        let draft = person.decide_all(draft, ConsentAnswer::Give).await;
        cases.push(person.submit(&person.fill(&draft).await).await.unwrap());
    }
    (device, cases)
}

async fn page(client: &Client) -> OutboxView {
    client.outbox(FIRST_PAGE).await.unwrap()
}

/// Turns bytes of the second half of the pages, where the bodies are, one page in `every`.
fn damage(path: &PathBuf, every: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    let half = bytes.len() / 2 / 4096 * 4096;
    for at in (half..bytes.len()).step_by(every * 4096) {
        bytes[at..at + 16].fill(0xA5);
    }
    std::fs::write(path, bytes).unwrap();
}

/// Moves what the log holds into the file.
fn into_one_file(device: &Device) {
    drop(outbox::Outbox::open(&outbox_file(device)).unwrap());
}

#[tokio::test]
async fn a_damaged_outbox_is_told_repaired_by_a_press_and_what_can_be_read_is_sent() {
    let world = World::new().await;
    let (device, cases) = with_cases(&world, 6).await;
    into_one_file(&device);
    damage(&outbox_file(&device), 5);
    let before = std::fs::read(outbox_file(&device)).unwrap();

    let host = device.host();
    let told = host.client().err().unwrap();
    assert_eq!(told.code, ProblemCode::OutboxDamaged);
    assert_eq!(std::fs::read(outbox_file(&device)).unwrap(), before, "nothing was touched");

    let report = host.repair().unwrap();
    assert_eq!(std::fs::read(&report.old_file).unwrap(), before, "nothing was deleted");
    let client = host.client().unwrap();
    let outbox = page(&client).await;
    let found = report.recovered as usize + report.damaged.len();
    assert_eq!(outbox.total as usize, found);
    assert_eq!(
        outbox.total as usize + outbox.lost.len(),
        cases.len(),
        "each case is accounted for"
    );
    assert!(report.recovered > 0);
    assert_eq!(host.repair().unwrap_err().code, ProblemCode::NotFound, "nothing to repair now");

    world.network.set(Fault::None);
    client.deliver_due().await;
    assert_eq!(world.applications(), i64::from(report.recovered));
    let rest = page(&client).await;
    for entry in rest.entries.iter().filter(|entry| entry.state == CaseState::Parked) {
        assert_eq!(entry.parked_reason, Some(ParkedReason::Damaged));
        assert!(entry.acts.contains(&EntryAct::AskAgain) && entry.acts.contains(&EntryAct::Export));
    }
}

#[tokio::test]
async fn a_damaged_case_is_asked_again_and_exported_without_its_body() {
    let world = World::new().await;
    let (device, cases) = with_cases(&world, 1).await;
    into_one_file(&device);
    let path = outbox_file(&device);
    let mut bytes = std::fs::read(&path).unwrap();
    let body = sealed_body(&device, &cases[0]);
    let middle = &body[body.len() / 2..body.len() / 2 + 32];
    let at = bytes.windows(32).position(|found| found == middle).unwrap();
    // A bit that turned within the body: SQLite sees nothing, the digest does.
    bytes[at] ^= 1;
    // And a page that it does see.
    let last = bytes.len() - 4096;
    bytes[last..last + 16].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();

    let host = device.host();
    let report = host.repair().unwrap();
    assert_eq!(report.damaged, [cases[0].device_number.clone()]);
    let client = host.client().unwrap();
    let export = client.export_case(named(&cases[0])).await.unwrap();
    assert!(export.size_bytes > 100);
    let draft = client.ask_again(named(&cases[0])).await.unwrap();
    assert_eq!(draft.instead_of.unwrap().reason, ParkedReason::Damaged);
}

fn sealed_body(device: &Device, case: &CaseView) -> Vec<u8> {
    let outbox = outbox::Outbox::open(&outbox_file(device)).unwrap();
    let id = outbox::EntryId(case.case_id.parse().unwrap());
    outbox.begin(id).unwrap().unwrap().body.clone()
}

#[tokio::test]
async fn a_foreign_file_in_its_place_is_not_touched_and_every_case_is_named() {
    let world = World::new().await;
    let (device, cases) = with_cases(&world, 2).await;
    into_one_file(&device);
    let foreign = b"not a database, but long enough to look like a file of somebody".repeat(100);
    std::fs::write(outbox_file(&device), &foreign).unwrap();

    let host = device.host();
    assert_eq!(host.client().err().unwrap().code, ProblemCode::OutboxDamaged);
    let report = host.repair().unwrap();
    assert_eq!((report.recovered, std::fs::read(report.old_file).unwrap()), (0, foreign));
    let client = host.client().unwrap();
    let lost = page(&client).await.lost;
    let numbers: BTreeSet<_> = lost.iter().map(|case| &case.device_number).collect();
    assert_eq!(numbers, cases.iter().map(|case| &case.device_number).collect());
    assert_eq!(lost[0].amount_fen, Some(10_000_000));
    assert_eq!(client.home().await.unwrap().parked, 2);
}

#[tokio::test]
async fn a_repair_that_was_cut_short_is_told_again_and_goes_on() {
    let world = World::new().await;
    let (device, cases) = with_cases(&world, 2).await;
    into_one_file(&device);
    // As a kill leaves it: moved aside, not read yet, and a new outbox begun.
    let aside = device.folder().join("outbox.db.damaged-2026-11-22T02-00-00Z");
    std::fs::rename(outbox_file(&device), &aside).unwrap();
    drop(outbox::Outbox::open(&outbox_file(&device)).unwrap());

    let host = device.host();
    assert_eq!(host.client().err().unwrap().code, ProblemCode::OutboxDamaged);
    let report = host.repair().unwrap();
    assert_eq!(report.recovered as usize, cases.len());
    assert!(device.host().client().is_err(), "in use by the first");
    drop(host);
    assert!(device.host().client().is_ok(), "said once");
}

#[tokio::test]
async fn an_outbox_that_is_open_elsewhere_or_of_a_newer_app_is_told_so_and_left() {
    let world = World::new().await;
    let (device, _) = with_cases(&world, 1).await;
    let holder = outbox::Outbox::open(&outbox_file(&device)).unwrap();
    let host = device.host();
    assert_eq!(host.client().err().unwrap().code, ProblemCode::StoreInUse);
    assert_eq!(host.repair().unwrap_err().code, ProblemCode::NotFound);
    drop(holder);
    let newer = rusqlite::Connection::open(outbox_file(&device)).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    drop(newer);
    assert_eq!(device.host().client().err().unwrap().code, ProblemCode::StoreTooNew);
}

#[tokio::test]
async fn a_log_cut_short_is_told_and_the_case_is_asked_again_once_the_bank_said_it_lacks_it() {
    let world = World::new().await;
    let device = world.device("phone");
    let client = device.start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let first = person.apply(&world.code(), ConsentAnswer::Give).await;
    client.deliver_due().await;
    drop(client);
    into_one_file(&device);
    let before_second = std::fs::read(outbox_file(&device)).unwrap();
    world.network.set(Fault::Down);
    let client = device.start();
    let person = Person { client: &client, shop: 1 };
    let second = person.apply_again(&world.code()).await;
    drop(client);
    // What a log cut short leaves: the commits before it.
    let _ = std::fs::remove_file(device.folder().join("outbox.db-wal"));
    std::fs::write(outbox_file(&device), before_second).unwrap();

    let client = device.start();
    let lost = page(&client).await.lost;
    assert_eq!(lost.len(), 1);
    assert_eq!((&lost[0].case_id, lost[0].amount_fen), (&second.case_id, Some(5_000_000)));
    assert_eq!(lost[0].acts, [EntryAct::AskAgain]);
    let offline = client.ask_again(named(&second)).await.unwrap_err();
    assert_eq!(offline.code, ProblemCode::Offline, "it may have been sent before");
    world.network.set(Fault::None);
    let draft = client.ask_again(named(&second)).await.unwrap();
    let person = Person { client: &client, shop: 1 };
    let ready = person.decide_all(draft, ConsentAnswer::Give).await;
    let new = person.submit(&ready).await.unwrap();
    client.deliver_due().await;
    assert_eq!(page(&client).await.lost, []);
    assert_eq!(person.case(&new).await.state, CaseState::Delivered);
    assert_eq!(person.case(&first).await.state, CaseState::Delivered);
    assert_eq!(world.applications(), 2);
}

#[tokio::test]
async fn a_lost_case_that_the_bank_has_is_not_made_twice() {
    let world = World::new().await;
    let device = world.device("phone");
    let client = device.start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let before = person.apply(&world.code(), ConsentAnswer::Give).await;
    client.deliver_due().await;
    drop(client);
    for name in ["outbox.db", "outbox.db-wal"] {
        let _ = std::fs::remove_file(device.folder().join(name));
    }
    let client = device.start();
    let known = client.ask_again(named(&before)).await.unwrap_err();
    assert_eq!(known.code, ProblemCode::CaseAlreadyDelivered);
    let home = client.forget_lost(named(&before)).await.unwrap();
    assert_eq!((home.pending, home.parked), (0, 0));
    drop(client);
    assert_eq!(page(&device.start()).await.lost, []);
}

#[tokio::test]
async fn a_withdrawal_that_is_gone_is_withdrawn_again() {
    let world = World::new().await;
    let device = world.device("phone");
    let client = device.start();
    client.deliver_due().await;
    Person { client: &client, shop: 1 }.apply(&world.code(), ConsentAnswer::Give).await;
    client.deliver_due().await;
    drop(client);
    into_one_file(&device);
    let before = std::fs::read(outbox_file(&device)).unwrap();
    let client = device.start();
    world.network.set(Fault::Down);
    let record_id = client.consents().await.unwrap().records[0].record_id.clone();
    client.withdraw_consent(WithdrawConsentRequest { record_id }).await.unwrap();
    drop(client);
    let _ = std::fs::remove_file(device.folder().join("outbox.db-wal"));
    std::fs::write(outbox_file(&device), before).unwrap();

    world.network.set(Fault::None);
    let client = device.start();
    let lost = page(&client).await.lost.remove(0);
    assert_eq!((lost.kind, lost.acts), (EntryKind::Withdrawal, vec![EntryAct::SendAgain]));
    let request = CaseRequest { case_id: lost.case_id };
    let again = client.send_again(request.clone()).await.unwrap();
    assert_eq!(again.kind, EntryKind::Withdrawal);
    assert!(client.take_back(CaseRequest { case_id: again.case_id }).await.is_err());
    client.deliver_due().await;
    assert_eq!(
        world.bank_number("select count(*) from consent_record where event = 'withdrawn'"),
        1
    );
    assert!(client.consents().await.unwrap().records[0].withdrawal_delivered);
    assert_eq!(page(&client).await.lost, []);
}

#[tokio::test]
async fn a_damaged_client_store_is_told_and_left() {
    let world = World::new().await;
    let (device, _) = with_cases(&world, 1).await;
    let path = device.folder().join("client.db");
    std::fs::write(&path, b"not a database at all, but somebody's file of some length").unwrap();
    assert_eq!(device.host().client().err().unwrap().code, ProblemCode::StoreUnreadable);
    assert!(std::fs::read(&path).unwrap().starts_with(b"not a database"));
}
