//! Consents that an owner's own phone signed, in an application that a tablet sent.

use super::*;
use crate::testing::{Device, TestBank};
use lending::{
    consent::Event,
    evidence::{Bundle, ProvedRecord},
    status::Status,
};

const CASE: Uuid = Uuid::from_u128(1);
const WITHDRAWAL: Uuid = Uuid::from_u128(2);
const FORGERY: Uuid = Uuid::from_u128(3);

fn tablet() -> Device {
    Device::new(1)
}

fn phone() -> Device {
    Device::new(2)
}

/// The tablet's application with the phone's records, after an edit.
fn envelope(test: &TestBank, edit: impl FnOnce(&mut Application)) -> Vec<u8> {
    let mut application = Application {
        consents: phone().application(test, CASE, 1).consents,
        consent_device: Some(phone().key.public()),
        ..tablet().application(test, CASE, 1)
    };
    edit(&mut application);
    tablet().seal_application(test, CASE, &application)
}

async fn refused(bank: &Bank, id: Uuid) -> Option<String> {
    bank.ledger().application(id).await.unwrap().unwrap().refused_code
}

/// The events that a bundle proves, and whether the phone signed them.
async fn proved(bank: &Bank) -> (Vec<Event>, bool) {
    let bundle = bank.evidence(CASE).await.unwrap();
    let proved = Bundle::verify(&bundle.encode(), None).unwrap();
    let events = proved.records.iter().map(ProvedRecord::event).collect();
    (events, proved.device == phone().key.public())
}

#[tokio::test]
async fn the_evidence_of_a_case_is_of_the_phone_that_signed_whatever_a_stranger_sent_before() {
    let test = TestBank::new();
    let bank = test.open();
    // The tablet claims an end of a consent that is not here yet: nobody can tell so far.
    let forged = tablet().withdrawal(&test, FORGERY, CASE);
    bank.admit(FORGERY, forged).await.unwrap();
    bank.admit(CASE, envelope(&test, |_| ())).await.unwrap();
    assert_eq!(refused(&bank, CASE).await, None);
    assert_eq!(proved(&bank).await, (vec![Event::Given, Event::Given], true));
}

#[tokio::test]
async fn the_phone_takes_its_consent_back_and_the_tablet_cannot() {
    let test = TestBank::new();
    let bank = test.open();
    bank.admit(CASE, envelope(&test, |_| ())).await.unwrap();
    let tally = bank.ledger().tally().await.unwrap();
    assert_eq!((tally.devices, tally.seq_faults), (2, 0));

    bank.admit(FORGERY, tablet().withdrawal(&test, FORGERY, CASE)).await.unwrap();
    assert_eq!(proved(&bank).await.0, [Event::Given, Event::Given]);
    bank.admit(WITHDRAWAL, phone().withdrawal(&test, WITHDRAWAL, CASE)).await.unwrap();
    assert_eq!(proved(&bank).await, (vec![Event::Given, Event::Given, Event::Withdrawn], true));
    let stopping = bank.ledger().stopping(WITHDRAWAL).await.unwrap().unwrap();
    assert!(stopping.certificate.is_some());
    assert_eq!(stopping.device, phone().key.public());
}

#[tokio::test]
async fn the_end_of_a_phones_consent_is_seen_with_the_tablets_application() {
    let test = TestBank::new();
    let bank = test.open();
    bank.admit(CASE, envelope(&test, |_| ())).await.unwrap();
    bank.take_in(WITHDRAWAL, phone().withdrawal(&test, WITHDRAWAL, CASE)).await.unwrap();
    let stop = bank.ledger().stop(WITHDRAWAL).await.unwrap().unwrap();
    assert_eq!(stop.on_file.case, Some(Status::Received));
    assert!(stop.consent.is_some());
}

#[tokio::test]
async fn records_of_a_key_that_the_application_does_not_name_are_refused() {
    type Edit = fn(&mut Application);
    let edits: [Edit; 3] = [
        |application| application.consent_device = None,
        |application| application.consent_device = Some(application.device),
        |application| application.consent_device = Some(Device::new(3).key.public()),
    ];
    for edit in edits {
        let test = TestBank::new();
        let bank = test.open();
        bank.admit(CASE, envelope(&test, edit)).await.unwrap();
        assert_eq!(refused(&bank, CASE).await.as_deref(), Some("consents_invalid"));
        assert_eq!(bank.ledger().tally().await.unwrap().devices, 1);
    }
}
