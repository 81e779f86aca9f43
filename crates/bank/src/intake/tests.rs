use super::*;
use crate::{
    ledger::Tally,
    setup::{renew_epoch, rotate_sealing_key},
    testing::{Device, NOW, SeededEntropy, TestBank},
};
use lending::acknowledgement::VerifiedAck;
use lending::application::{Entry, MAX_WAIT_MS};
use lending::money::Fen;
use lending::status::Status;
use seal::cbor;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn ack_of(bank: &TestBank, id: Uuid, body: &[u8], receipt: Taken) -> VerifiedAck {
    let (Taken::Recorded(ack) | Taken::Replayed(ack)) = receipt else {
        panic!("not acknowledged: {receipt:?}")
    };
    let directory = bank.published().directory;
    VerifiedAck::verify(&ack, id.into_bytes(), Digest::of(body), &directory).unwrap()
}

#[tokio::test]
async fn a_valid_application_is_recorded_with_its_consents_and_a_job() {
    let test = TestBank::new();
    let bank = test.open();
    let body = Device::new(1).envelope(&test, id(1), 1);
    let receipt = bank.admit(id(1), body.clone()).await.unwrap();
    assert!(matches!(receipt, Taken::Recorded(_)));
    let ack = ack_of(&test, id(1), &body, receipt);
    assert_eq!(ack.refused, None);
    assert_eq!(ack.received_at, NOW);
    assert_eq!(ack.server_epoch, bank.server_epoch());
    let whole =
        Tally { envelopes: 1, applications: 1, consents: 2, devices: 1, jobs: 1, seq_faults: 0 };
    assert_eq!(bank.ledger().tally().await.unwrap(), whole);
    let stored = bank.ledger().application(id(1)).await.unwrap().unwrap();
    assert_eq!((stored.reference, stored.status), (ack.reference.clone(), Status::Received));
}

#[tokio::test]
async fn a_replay_gets_the_first_acknowledgement_even_after_restart_and_years() {
    let test = TestBank::new();
    let body = Device::new(1).envelope(&test, id(1), 1);
    let first = {
        let bank = test.open();
        let Taken::Recorded(ack) = bank.admit(id(1), body.clone()).await.unwrap() else {
            panic!("not recorded")
        };
        ack
    };
    test.pass(MAX_WAIT_MS * 2);
    let bank = test.open();
    let again = bank.admit(id(1), body.clone()).await.unwrap();
    assert_eq!(again, Taken::Replayed(first));
    ack_of(&test, id(1), &body, again);
}

#[tokio::test]
async fn another_content_under_a_known_id_is_a_conflict() {
    let test = TestBank::new();
    let bank = test.open();
    let device = Device::new(1);
    bank.admit(id(1), device.envelope(&test, id(1), 1)).await.unwrap();
    for other in [device.envelope(&test, id(1), 1), b"garbage".to_vec()] {
        let answer = bank.admit(id(1), other).await;
        assert!(matches!(answer, Err(AdmitError::Conflict { .. })), "{answer:?}");
    }
    assert_eq!(bank.ledger().tally().await.unwrap().envelopes, 1);
}

#[tokio::test]
async fn content_that_breaks_a_rule_is_recorded_as_refused_and_acknowledged() {
    let test = TestBank::new();
    let bank = test.open();
    let device = Device::new(1);
    type Edit = fn(&mut Application);
    let cases: [(&str, Edit); 5] = [
        ("rules_not_met", |a| a.amount = Fen::from_yuan(1)),
        ("place_unknown", |a| a.entry = Entry::Typed),
        ("consents_invalid", |a| a.consents.reverse()),
        ("ticket_forged", |a| {
            if let Entry::Ticket(signed) = &mut a.entry {
                signed[40] ^= 1;
            }
        }),
        ("ticket_expired", |a| a.saved_at = NOW.plus_millis(3_600_000)),
    ];
    for (n, (code, edit)) in (1..).zip(cases) {
        let mut application = device.application(&test, id(n), u64::try_from(n).unwrap());
        edit(&mut application);
        if code == "place_unknown" {
            application.product = "GONE".into();
        }
        if code == "ticket_expired" {
            test.pass(3_600_000);
        }
        let body = device.seal_application(&test, id(n), &application);
        let receipt = bank.admit(id(n), body.clone()).await.unwrap();
        assert_eq!(ack_of(&test, id(n), &body, receipt).refused.as_deref(), Some(code));
        let stored = bank.ledger().application(id(n)).await.unwrap().unwrap();
        assert_eq!(stored.status, Status::Refused);
        assert_eq!(stored.refused_code.as_deref(), Some(code));
    }
    let tally = bank.ledger().tally().await.unwrap();
    assert_eq!((tally.applications, tally.consents, tally.jobs), (5, 0, 5));
}

#[tokio::test]
async fn an_envelope_that_waited_is_judged_by_the_moment_it_was_saved() {
    let test = TestBank::new();
    let bank = test.open();
    let body = Device::new(1).envelope(&test, id(1), 1);
    test.pass(300 * 24 * 3600 * 1000);
    let receipt = bank.admit(id(1), body.clone()).await.unwrap();
    assert_eq!(ack_of(&test, id(1), &body, receipt).refused, None);
}

#[tokio::test]
async fn consents_to_the_words_of_an_earlier_catalogue_still_count() {
    let test = TestBank::new();
    let bank = test.open();
    let body = Device::new(1).envelope(&test, id(1), 1);
    let text = String::from_utf8(test.folder().read("catalogue.json").unwrap()).unwrap();
    let edited = text.replace("\"version\": 1", "\"version\": 2").replace("近24个月", "近12个月");
    test.folder().write("catalogue.json", edited.as_bytes()).unwrap();
    crate::publishing::sign_catalogue(&test.folder(), NOW).unwrap();
    bank.reload().unwrap();
    let receipt = bank.admit(id(1), body.clone()).await.unwrap();
    assert_eq!(ack_of(&test, id(1), &body, receipt).refused, None);
}

#[tokio::test]
async fn an_envelope_sealed_before_the_key_was_changed_is_opened() {
    let test = TestBank::new();
    let body = Device::new(1).envelope(&test, id(1), 1);
    rotate_sealing_key(test.folder().path(), NOW, &SeededEntropy::new(9)).unwrap();
    let bank = test.open();
    let receipt = bank.admit(id(1), body.clone()).await.unwrap();
    assert_eq!(ack_of(&test, id(1), &body, receipt).refused, None);
    let new = Device::new(1).envelope(&test, id(2), 2);
    assert!(matches!(bank.admit(id(2), new).await, Ok(Taken::Recorded(_))));
}

#[tokio::test]
async fn what_cannot_be_opened_or_read_is_not_recorded() {
    let test = TestBank::new();
    let bank = test.open();
    let device = Device::new(1);
    let valid = device.envelope(&test, id(1), 1);
    let mut flipped = valid.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let elsewhere = TestBank::new();
    rotate_sealing_key(elsewhere.folder().path(), NOW, &SeededEntropy::new(9)).unwrap();
    let foreign = device.envelope(&elsewhere, id(1), 1);
    let content = device.application(&test, id(1), 1).sign(&device.key);
    type Expected = fn(&AdmitError) -> bool;
    let cases: [(&str, Vec<u8>, Expected); 8] = [
        ("of another bank", foreign, |e| matches!(e, AdmitError::Seal(SealError::OtherKey))),
        ("empty", Vec::new(), |e| matches!(e, AdmitError::Frame)),
        ("cut", valid[..40].to_vec(), |e| matches!(e, AdmitError::Frame)),
        ("flipped", flipped, |e| matches!(e, AdmitError::Seal(SealError::Broken))),
        ("of another id", device.envelope(&test, id(2), 1), |e| matches!(e, AdmitError::Seal(_))),
        ("garbage inside", device.seal(&test, id(1), 1, b"garbage"), |e| {
            matches!(e, AdmitError::Content(_))
        }),
        ("as a withdrawal", device.seal(&test, id(1), 2, &content), |e| {
            matches!(e, AdmitError::Content(_))
        }),
        ("schema 9", device.seal(&test, id(1), 9, &content), |e| {
            matches!(e, AdmitError::Schema(9))
        }),
    ];
    for (name, body, expected) in cases {
        let error = bank.admit(id(1), body).await.unwrap_err();
        assert!(expected(&error), "{name}: {error:?}");
    }
    assert_eq!(bank.ledger().tally().await.unwrap(), Tally::default());
}

#[tokio::test]
async fn an_application_signed_by_one_device_and_sealed_by_another_is_not_recorded() {
    let test = TestBank::new();
    let bank = test.open();
    let content = Device::new(1).application(&test, id(1), 1).sign(&Device::new(1).key);
    let body = Device::new(2).seal(&test, id(1), schema::APPLICATION, &content);
    assert!(matches!(bank.admit(id(1), body).await, Err(AdmitError::Content(_))));
}

#[tokio::test]
async fn work_goes_to_the_officer_of_the_ticket_whatever_the_device_says() {
    let test = TestBank::new();
    let device = Device::new(1);
    let mut application = device.application(&test, id(1), 1);
    application.officer = Some("0796".into());
    application.grid = Some("LQ01-03".into());
    let desk_bank = test.open();
    let judged = judge_application(&application, &desk_bank.desk(), NOW);
    let Content::Application(row) = judged.content else { panic!("no application") };
    assert_eq!((row.grid.as_deref(), row.officer.as_deref()), (Some("LQ01-02"), Some("0742")));
}

#[tokio::test]
async fn a_consent_is_withdrawn_before_or_after_its_application_and_by_its_device_only() {
    let test = TestBank::new();
    let bank = test.open();
    let (owner, stranger) = (Device::new(1), Device::new(2));
    let early = owner.withdrawal(&test, id(10), id(1));
    let receipt = bank.admit(id(10), early.clone()).await.unwrap();
    assert_eq!(ack_of(&test, id(10), &early, receipt).refused, None);
    bank.admit(id(1), owner.envelope(&test, id(1), 1)).await.unwrap();
    let foreign = stranger.withdrawal(&test, id(11), id(1));
    let receipt = bank.admit(id(11), foreign.clone()).await.unwrap();
    let refused = ack_of(&test, id(11), &foreign, receipt).refused.clone();
    assert_eq!(refused.as_deref(), Some("consents_invalid"));
    let late = owner.withdrawal(&test, id(12), id(1));
    let receipt = bank.admit(id(12), late.clone()).await.unwrap();
    assert_eq!(ack_of(&test, id(12), &late, receipt).refused, None);
    let tally = bank.ledger().tally().await.unwrap();
    assert_eq!((tally.envelopes, tally.consents, tally.jobs), (4, 4, 3));
}

#[tokio::test]
async fn a_consent_record_counts_in_one_envelope_only() {
    let test = TestBank::new();
    let bank = test.open();
    let device = Device::new(1);
    let first = device.withdrawal(&test, id(10), id(1));
    bank.admit(id(10), first).await.unwrap();
    // The same record, sealed anew under another id.
    let published = test.published();
    let link = lending::consent::Link { record_id: id(10).into_bytes(), prev: None, device_seq: 9 };
    let catalogue = published.catalogue();
    let given = device.consents(catalogue, &[&catalogue.notices[0]], id(1)).remove(0);
    let again = Withdrawal {
        schema_version: 1,
        device: device.key.public(),
        record: given
            .ended(lending::consent::Event::Withdrawn, link, given.manner.clone(), given.times)
            .sign(&device.key)
            .into(),
    };
    let body = device.seal(&test, id(11), schema::WITHDRAWAL, &cbor::encode(&again));
    let receipt = bank.admit(id(11), body.clone()).await.unwrap();
    let refused = ack_of(&test, id(11), &body, receipt).refused.clone();
    assert_eq!(refused.as_deref(), Some("consents_invalid"));
}

#[tokio::test]
async fn a_restart_keeps_the_epoch_and_a_restore_changes_it() {
    let test = TestBank::new();
    let first = test.open().server_epoch();
    assert_eq!(test.open().server_epoch(), first);
    renew_epoch(test.folder().path(), NOW).unwrap();
    assert_ne!(test.open().server_epoch(), first);
}
