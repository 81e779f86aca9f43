use super::*;
use crate::{
    ledger::{sqlite, stops::FinishStop},
    testing::{Device, NOW, TestBank},
};
use lending::{
    access::{Overreach, Reading, may_read},
    application::Withdrawal,
    certificate::{Done, OnFile, STOP_WITHIN_MS, Treated, VerifiedCertificate, What, Why},
    consent::Event,
};
use seal::cbor;

const CASE: Uuid = Uuid::from_u128(1);
const WITHDRAWAL: Uuid = Uuid::from_u128(2);

/// A bank with an application, and its device.
async fn with_application(test: &TestBank) -> (Bank, Device) {
    let (bank, device) = (test.open(), Device::new(1));
    bank.admit(CASE, device.envelope(test, CASE, 1)).await.unwrap();
    (bank, device)
}

/// The certificate as the device would verify it.
async fn certificate(test: &TestBank, bank: &Bank, device: &Device) -> VerifiedCertificate {
    let signed = bank.ledger().stopping(WITHDRAWAL).await.unwrap().unwrap().certificate.unwrap();
    let content = device.withdrawal_content(test, WITHDRAWAL, CASE);
    let withdrawal: Withdrawal = cbor::decode(&content).unwrap();
    let record = VerifiedRecord::verify(&withdrawal.record, &device.key.public()).unwrap();
    let directory = test.published().directory;
    VerifiedCertificate::verify(&signed, WITHDRAWAL.into_bytes(), &record, &directory).unwrap()
}

fn of(certificate: &VerifiedCertificate, what: What) -> &Treated {
    certificate.treated.iter().find(|treated| treated.what == what).unwrap()
}

async fn refusal(bank: &Bank) -> Option<Overreach> {
    let records: Vec<_> = bank
        .ledger()
        .records_of_case(CASE)
        .await
        .unwrap()
        .iter()
        .map(|row| VerifiedRecord::verify(&row.signed, &row.device).unwrap())
        .collect();
    let given = &records[0];
    let ends: Vec<_> = records.iter().filter(|r| !r.event().is_answer()).cloned().collect();
    let reading = Reading {
        enterprise_code: given.principal.enterprise_code.clone(),
        purpose: given.purpose.code.clone(),
        items: vec![given.items[0].code.clone()],
        source: given.items[0].source.clone(),
        range: given.data_range.clone(),
        at: NOW,
    };
    assert_eq!(given.event(), Event::Given);
    may_read(given, &ends, &[], reading).err()
}

fn sql(test: &TestBank, statement: &str) {
    sqlite::tests::execute(&test.folder().ledger(), statement).unwrap();
}

fn number(test: &TestBank, query: &str) -> i64 {
    sqlite::tests::number(&test.folder().ledger(), query)
}

#[tokio::test]
async fn a_read_is_refused_from_the_commit_that_takes_the_withdrawal_in() {
    let test = TestBank::new();
    let (bank, device) = with_application(&test).await;
    assert_eq!(refusal(&bank).await, None);
    let body = device.withdrawal(&test, WITHDRAWAL, CASE);
    bank.take_in(WITHDRAWAL, body).await.unwrap();
    assert_eq!(refusal(&bank).await, Some(Overreach::Withdrawn));
}

#[tokio::test]
async fn the_certificate_is_there_with_the_acknowledgement_and_says_what_there_was() {
    let test = TestBank::new();
    let (bank, device) = with_application(&test).await;
    bank.admit(WITHDRAWAL, device.withdrawal(&test, WITHDRAWAL, CASE)).await.unwrap();
    let certificate = certificate(&test, &bank, &device).await;
    assert_eq!((certificate.received_at, certificate.stopped_at), (NOW, NOW));
    assert_eq!(certificate.server_epoch, bank.server_epoch());
    // No connector reads yet: nothing is said to be deleted.
    assert_eq!(of(&certificate, What::Data).done, Done::NoneThere);
    assert_eq!(of(&certificate, What::Reads).done, Done::NoneThere);
    // The sandbox's consents are not needed: the application goes on.
    let application = of(&certificate, What::Application);
    let why = application.kept.as_ref().map(|kept| kept.why);
    assert_eq!((application.done, why), (Done::Kept, Some(Why::Asked)));
    assert_eq!(
        number(&test, "select count(*) from job where kind = 'decide' and state = 'ready'"),
        1
    );
}

#[tokio::test]
async fn a_bank_that_died_in_between_does_it_at_its_next_start_and_only_once() {
    let test = TestBank::new();
    let (bank, device) = with_application(&test).await;
    bank.take_in(WITHDRAWAL, device.withdrawal(&test, WITHDRAWAL, CASE)).await.unwrap();
    drop(bank);
    test.pass(STOP_WITHIN_MS + 1);
    let bank = test.open();
    assert_eq!(bank.stop_what_waits().await.unwrap(), 1);
    let first = certificate(&test, &bank, &device).await;
    // What took too long is not hidden.
    assert_eq!(first.stopped_at, NOW.plus_millis(STOP_WITHIN_MS + 1));
    assert!(!first.is_in_time());
    assert_eq!(bank.stop_what_waits().await.unwrap(), 0);
    bank.stop(WITHDRAWAL).await.unwrap();
    assert_eq!(certificate(&test, &bank, &device).await, first);
}

#[tokio::test]
async fn a_replay_of_a_withdrawal_that_was_left_lying_does_what_is_left() {
    let test = TestBank::new();
    let (bank, device) = with_application(&test).await;
    let body = device.withdrawal(&test, WITHDRAWAL, CASE);
    bank.take_in(WITHDRAWAL, body.clone()).await.unwrap();
    bank.admit(WITHDRAWAL, body).await.unwrap();
    assert!(certificate(&test, &bank, &device).await.is_in_time());
}

#[tokio::test]
async fn waiting_reads_of_this_consent_are_cancelled_and_of_no_other() {
    let test = TestBank::new();
    let (bank, device) = with_application(&test).await;
    sql(
        &test,
        "insert into job (envelope_id, kind, state, not_before, attempts)
         select case_id, 'fetch/' || notice, 'ready', 0, 0 from consent_record",
    );
    bank.admit(WITHDRAWAL, device.withdrawal(&test, WITHDRAWAL, CASE)).await.unwrap();
    let certificate = certificate(&test, &bank, &device).await;
    assert_eq!(of(&certificate, What::Reads).done, Done::Cancelled);
    let left = "select count(*) from job where kind glob 'fetch/*' and state = 'ready'";
    let all = "select count(*) from job where kind glob 'fetch/*'";
    assert_eq!((number(&test, all), number(&test, left)), (2, 1));
}

#[tokio::test]
async fn a_withdrawal_whose_consent_never_came_keeps_only_itself() {
    let test = TestBank::new();
    let (bank, device) = (test.open(), Device::new(1));
    bank.admit(WITHDRAWAL, device.withdrawal(&test, WITHDRAWAL, CASE)).await.unwrap();
    let certificate = certificate(&test, &bank, &device).await;
    let kept = certificate.treated.iter().filter(|treated| treated.done != Done::NoneThere);
    assert_eq!(kept.map(|treated| treated.what).collect::<Vec<_>>(), [What::Withdrawal]);
}

#[tokio::test]
async fn a_stop_that_was_decided_on_what_is_no_longer_so_changes_nothing() {
    let test = TestBank::new();
    let (bank, device) = with_application(&test).await;
    bank.take_in(WITHDRAWAL, device.withdrawal(&test, WITHDRAWAL, CASE)).await.unwrap();
    let stop = bank.ledger().stop(WITHDRAWAL).await.unwrap().unwrap();
    let finish = FinishStop { ends_case: true, ..bank.decide_stop(WITHDRAWAL, &stop).unwrap() };
    // A decision in between.
    sql(&test, "update application set status = 'declined'");
    assert!(!bank.ledger().finish_stop(finish.clone()).await.unwrap());
    assert_eq!(number(&test, "select count(*) from withdrawal_certificate"), 0);
    assert_eq!(number(&test, "select count(*) from job where state = 'cancelled'"), 0);
    let now = OnFile { case: Some(lending::status::Status::Declined), ..stop.on_file };
    assert_eq!(bank.ledger().stop(WITHDRAWAL).await.unwrap().unwrap().on_file, now);
    // As it is now, it is done: the application and its waiting decision end with it.
    let finish = FinishStop { on_file: now, ..finish };
    assert!(bank.ledger().finish_stop(finish.clone()).await.unwrap());
    assert_eq!(number(&test, "select count(*) from job where state = 'cancelled'"), 1);
    assert_eq!(number(&test, "select count(*) from application where status = 'withdrawn'"), 1);
    assert!(!bank.ledger().finish_stop(finish).await.unwrap(), "once");
}

#[tokio::test]
async fn a_certificate_is_neither_changed_nor_deleted() {
    let test = TestBank::new();
    let (bank, device) = with_application(&test).await;
    bank.admit(WITHDRAWAL, device.withdrawal(&test, WITHDRAWAL, CASE)).await.unwrap();
    drop(bank);
    let ledger = test.folder().ledger();
    for statement in
        ["delete from withdrawal_certificate", "update withdrawal_certificate set stopped_at = 0"]
    {
        assert!(sqlite::tests::execute(&ledger, statement).is_err(), "{statement}");
    }
}
