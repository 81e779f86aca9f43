use super::*;
use crate::{consent::Link, notice::DataKind, sample};
use seal::{KeyUse, keys::DirectoryKey};

const STOPPED_AT: Timestamp = sample::SAVED_AT.plus_millis(5_000);
const ENVELOPE: [u8; 16] = [7; 16];

fn consent(is_needed: bool) -> ConsentRecord {
    let mut notice = sample::notice("tax", DataKind::Tax);
    notice.necessary_because =
        is_needed.then(|| crate::Text::new("法规要求", "The rules ask for it"));
    sample::record(&notice, 1, None)
}

fn withdrawal() -> VerifiedRecord {
    let given = consent(false);
    let link = Link { record_id: [8; 16], prev: None, device_seq: 2 };
    let ended = given.ended(Event::Withdrawn, link, given.manner.clone(), given.times);
    let key = sample::device();
    VerifiedRecord::verify(&ended.sign(&key), &key.public()).unwrap()
}

fn key() -> SigningKey {
    SigningKey::from_seed([1; 32])
}

fn directory() -> KeyDirectory {
    let mut directory = sample::directory();
    directory.keys.push(DirectoryKey {
        public: key().public(),
        key_use: KeyUse::Acknowledgement,
        branches: Vec::new(),
        suite: 1,
        not_before: Timestamp::default(),
        not_after: Timestamp::from_millis(u64::MAX),
        revoked_at: None,
    });
    directory
}

fn certificate() -> WithdrawalCertificate {
    let withdrawal = withdrawal();
    let on_file = OnFile { case: Some(Status::Received), ..OnFile::default() };
    WithdrawalCertificate {
        schema_version: SCHEMA_VERSION,
        envelope_id: ENVELOPE,
        record_id: withdrawal.record_id,
        record: withdrawal.digest(),
        ends: withdrawal.happened.ends.unwrap().into_array(),
        received_at: sample::SAVED_AT,
        stopped_at: STOPPED_AT,
        server_epoch: 1,
        treated: treat(Some(&consent(false)), on_file, STOPPED_AT),
    }
}

fn verified(signed: &[u8]) -> Result<VerifiedCertificate, AckError> {
    VerifiedCertificate::verify(signed, ENVELOPE, &withdrawal(), &directory())
}

fn treated(is_needed: bool, on_file: OnFile) -> Vec<(What, Done, Option<Why>)> {
    treat(Some(&consent(is_needed)), on_file, STOPPED_AT)
        .into_iter()
        .map(|treated| (treated.what, treated.done, treated.kept.map(|kept| kept.why)))
        .collect()
}

fn of(what: What, is_needed: bool, on_file: OnFile) -> (Done, Option<Why>) {
    let all = treated(is_needed, on_file);
    let (_, done, why) = all.into_iter().find(|(found, ..)| *found == what).unwrap();
    (done, why)
}

#[test]
fn a_certificate_says_each_kind_once_whatever_there_was() {
    for case in Status::ALL.map(Some).into_iter().chain([None]) {
        for (reads_wait, was_read) in [(false, false), (true, true)] {
            let on_file = OnFile { case, reads_wait, was_read };
            let all = treated(false, on_file);
            assert!(all.iter().map(|(what, ..)| what).eq(What::ALL), "{on_file:?}");
            for (what, done, why) in all {
                // What is kept says why, and what is deleted or was never there has nothing kept.
                assert!(why.is_some() || done != Done::Kept, "{what:?} {on_file:?}");
                assert!(why.is_none() || matches!(done, Done::Kept | Done::Cancelled), "{what:?}");
            }
        }
    }
}

#[test]
fn where_there_was_nothing_nothing_is_said_to_be_deleted() {
    for case in Status::ALL.map(Some).into_iter().chain([None]) {
        let on_file = OnFile { case, ..OnFile::default() };
        assert_eq!(of(What::Data, true, on_file), (Done::NoneThere, None));
        assert_eq!(of(What::Reads, true, on_file), (Done::NoneThere, None));
    }
    let only_withdrawal = treat(None, OnFile::default(), STOPPED_AT);
    let kept: Vec<_> = only_withdrawal.iter().filter(|t| t.done != Done::NoneThere).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].what, kept[0].done), (What::Withdrawal, Done::Kept));
}

#[test]
fn what_was_read_is_deleted_unless_a_decision_or_a_contract_rests_on_it() {
    use Status::*;
    for case in Status::ALL {
        let expected = match case {
            Received | UnderReview | Referred | MoreWanted | Refused | Withdrawn => {
                (Done::Deleted, None)
            }
            Approved | Declined | Offered | Lapsed => (Done::Kept, Some(Why::Decided)),
            Accepted | Signed | Drawn => (Done::Kept, Some(Why::Contract)),
        };
        let on_file = OnFile { case: Some(case), reads_wait: true, was_read: true };
        assert_eq!(of(What::Data, true, on_file), expected, "{case:?}");
        assert_eq!(of(What::Reads, true, on_file), (Done::Cancelled, None), "{case:?}");
    }
}

#[test]
fn what_a_decision_rests_on_is_kept_as_the_consent_said_and_no_other_way() {
    let given = consent(false);
    let on_file = OnFile { case: Some(Status::Declined), was_read: true, reads_wait: false };
    let data = treat(Some(&given), on_file, STOPPED_AT).remove(3);
    let kept = data.kept.unwrap();
    assert_eq!((kept.why, kept.until), (Why::Decided, None));
    assert_eq!(kept.terms, Some(given.retention));
}

#[test]
fn only_a_needed_consent_ends_the_application_and_only_before_acceptance() {
    for case in Status::ALL {
        let on_file = OnFile { case: Some(case), ..OnFile::default() };
        let can_end = case.go(Status::Withdrawn).is_ok();
        assert_eq!(ends_case(&consent(true), case), can_end, "{case:?}");
        assert!(!ends_case(&consent(false), case));
        assert_ne!(of(What::Application, false, on_file).0, Done::Cancelled);
        let is_cancelled = of(What::Application, true, on_file).0 == Done::Cancelled;
        assert_eq!(is_cancelled, can_end, "{case:?}");
        let (done, why) = of(What::Application, false, on_file);
        assert_eq!(done, Done::Kept);
        assert_eq!(why == Some(Why::Asked), can_end, "{case:?}");
    }
}

#[test]
fn proof_is_kept_for_three_years_after_the_stop() {
    let given = consent(false);
    let all = treat(Some(&given), OnFile::default(), STOPPED_AT);
    for proof in &all[..2] {
        let kept = proof.kept.as_ref().unwrap();
        assert_eq!(kept.why, Why::Proof);
        // The sample's day is 2026-11-22.
        assert_eq!(kept.until.unwrap().text(), "2029-11-22");
    }
}

#[test]
fn a_certificate_speaks_for_one_withdrawal() {
    let signed = certificate().sign(&key());
    let found = verified(&signed).unwrap();
    assert_eq!(*found, certificate());
    assert_eq!(found.signed(), signed);
    let elsewhere = VerifiedCertificate::verify(&signed, [6; 16], &withdrawal(), &directory());
    assert_eq!(elsewhere, Err(AckError::OtherEnvelope));
}

#[test]
fn every_field_that_was_tampered_with_is_refused() {
    type Tamper = fn(&mut WithdrawalCertificate);
    let tampers: [(Tamper, AckError); 9] = [
        (|c| c.schema_version = 2, AckError::Forged),
        (|c| c.envelope_id[0] ^= 1, AckError::OtherEnvelope),
        (|c| c.record_id[0] ^= 1, AckError::OtherEnvelope),
        (|c| c.record = Digest::of(b"another"), AckError::OtherEnvelope),
        (|c| c.ends[0] ^= 1, AckError::OtherEnvelope),
        (|c| c.received_at = c.stopped_at.plus_millis(1), AckError::Forged),
        (|c| c.stopped_at = Timestamp::from_millis(0), AckError::Forged),
        (|c| c.treated.truncate(4), AckError::Forged),
        (|c| c.treated.swap(0, 1), AckError::Forged),
    ];
    for (n, (tamper, expected)) in tampers.into_iter().enumerate() {
        // Signed by the bank itself, so that it is not the signature that refuses.
        let mut other = certificate();
        tamper(&mut other);
        assert_eq!(verified(&other.sign(&key())), Err(expected), "tamper {n}");
    }
}

#[test]
fn no_byte_of_a_certificate_can_be_changed() {
    let signed = certificate().sign(&key());
    for at in 0..signed.len() {
        for bit in [1, 0x80] {
            let mut other = signed.clone();
            other[at] ^= bit;
            assert!(verified(&other).is_err(), "byte {at}");
        }
    }
    for length in 0..signed.len() {
        assert!(verified(&signed[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn a_certificate_of_anybody_else_or_for_anything_else_is_forged() {
    let forged = certificate().sign(&SigningKey::from_seed([9; 32]));
    assert_eq!(verified(&forged), Err(AckError::Forged));
    let payload = cbor::encode(&certificate());
    for namespace in Namespace::ALL {
        let signed = seal::sign::sign(namespace, &payload, &key());
        assert_eq!(verified(&signed).is_ok(), namespace == Namespace::WithdrawalCertificate);
    }
}

#[test]
fn a_stop_after_more_than_a_minute_is_late() {
    let mut certificate = certificate();
    certificate.stopped_at = certificate.received_at.plus_millis(STOP_WITHIN_MS);
    assert!(certificate.is_in_time());
    certificate.stopped_at = certificate.stopped_at.plus_millis(1);
    assert!(!certificate.is_in_time());
}
