//! What every ledger must do, as checks that run on any of them.
//!
//! Each check takes a fresh [`Store`] and panics with a sentence when a promise is broken. A new
//! adapter calls all of them from its tests.

mod alarms;
mod lost;
mod model;
mod parts;

pub use alarms::{
    a_gap_that_is_filled_closes_its_alarm, a_number_used_twice_and_a_conflict_stay_alarms,
};
pub use lost::{
    a_lost_part_of_an_envelope_is_wanted_again_and_its_device_brings_it,
    a_lost_part_that_no_envelope_names_is_dropped,
};
pub use model::a_thousand_random_operations_agree_with_a_model;
pub use parts::{
    a_change_of_a_part_fits_only_its_state, a_part_is_begun_once_and_is_its_devices_own,
    a_part_of_another_device_is_missing, an_envelope_takes_its_parts_in_one_transaction,
    application_with, of_concurrent_changes_of_a_part_one_fits, part,
    what_is_dropped_leaves_a_note_of_its_objects, what_is_pending_of_a_device_is_bounded,
};

use super::{
    Admission, Admitted, ApplicationRow, ConsentRow, Content, Ledger, LedgerError, SeqFinding,
    Tally,
};
use lending::{consent::Event, status::Status};
use seal::{Digest, PublicKey, Timestamp, tree};
use std::sync::Arc;
use uuid::Uuid;
use wire::reconciliation::Listed;

/// Where a ledger keeps its rows. Opening it again finds what was committed.
pub trait Store {
    /// Opens the ledger; the one opened before has been dropped.
    fn open(&self) -> Arc<dyn Ledger>;
}

/// An application with two consents: envelope `n`, device `device`, number `seq` on it.
pub fn application(n: u128, device: u8, seq: u64) -> Admission {
    let id = Uuid::from_u128(n);
    let body = format!("sealed {n}").into_bytes();
    let consent = |part: u8, event| ConsentRow {
        record_id: Digest::of(&[&n.to_be_bytes()[..], &[device, part]].concat()).as_bytes()[..16]
            .try_into()
            .expect("16 of 32 bytes"),
        case: id,
        notice: format!("notice {part}"),
        event,
        supersedes: None,
        signed: format!("record {n} {device} {part}").into_bytes(),
        countersignature: format!("countersignature {n} {device} {part}").into_bytes(),
        at: Timestamp::from_millis(5),
        is_necessary: false,
    };
    Admission {
        id,
        digest: Digest::of(&body),
        device: PublicKey::from_bytes([device; 32]),
        schema: 1,
        reference: format!("SB-{n}"),
        ack: format!("ack {n}").into_bytes(),
        body,
        received_at: Timestamp::from_millis(10),
        content: Content::Application(Box::new(ApplicationRow {
            status: Status::Received,
            refused_code: None,
            device_seq: seq,
            branch: "LQ01".into(),
            grid: None,
            product: "FLOW".into(),
            officer: None,
            enterprise_code: "code".into(),
            mobile: "mobile".into(),
            amount_fen: 1,
            term_months: 12,
            purpose: None,
            catalogue_version: 1,
            saved_at: Timestamp::from_millis(u64::MAX),
        })),
        consents: vec![consent(1, Event::Given), consent(2, Event::Refused)],
        consents_by: PublicKey::from_bytes([device; 32]),
        parts: Vec::new(),
    }
}

/// The withdrawal of the first consent of [`application`] `of`, in envelope `n`.
pub fn withdrawal(n: u128, of: &Admission) -> Admission {
    let consent = &of.consents[0];
    let mut record_id = consent.record_id;
    record_id[0] ^= 0xff;
    Admission {
        schema: 2,
        content: Content::Withdrawal,
        consents: vec![ConsentRow {
            record_id,
            event: Event::Withdrawn,
            supersedes: Some(consent.record_id),
            signed: format!("withdrawal {n}").into_bytes(),
            countersignature: format!("countersignature of withdrawal {n}").into_bytes(),
            ..consent.clone()
        }],
        device: of.consents_by,
        consents_by: of.consents_by,
        ..application(n, 0, 0)
    }
}

/// The same envelope id with another content.
pub fn other_content(of: &Admission) -> Admission {
    let body = b"another content".to_vec();
    Admission { digest: Digest::of(&body), body, ack: b"another ack".to_vec(), ..of.clone() }
}

fn recorded() -> Admitted {
    Admitted::Recorded { seq: SeqFinding::Fits }
}

async fn admit(ledger: &Arc<dyn Ledger>, admission: &Admission) -> Admitted {
    ledger.admit(admission.clone()).await.expect("the ledger admits")
}

async fn tally(ledger: &Arc<dyn Ledger>) -> Tally {
    ledger.tally().await.expect("the ledger counts")
}

/// A replay gets the first acknowledgement and changes nothing.
pub async fn a_replay_gets_the_first_acknowledgement(store: &dyn Store) {
    let ledger = store.open();
    let first = application(1, 1, 1);
    assert_eq!(admit(&ledger, &first).await, recorded());
    let before = tally(&ledger).await;
    let again =
        Admission { ack: b"a later ack".to_vec(), reference: "SB-9".into(), ..first.clone() };
    assert_eq!(admit(&ledger, &again).await, Admitted::Replayed { ack: first.ack.clone() });
    assert_eq!(tally(&ledger).await, before);
}

/// Another content under a known id is a conflict and changes nothing.
pub async fn another_content_under_a_known_id_is_a_conflict(store: &dyn Store) {
    let ledger = store.open();
    let first = application(1, 1, 1);
    admit(&ledger, &first).await;
    let answer = admit(&ledger, &other_content(&first)).await;
    assert_eq!(answer, Admitted::Conflict { stored: first.digest });
    let stored = ledger.envelope(first.id).await.expect("reads").expect("is on record");
    assert_eq!((stored.digest, stored.ack), (first.digest, first.ack));
}

/// An envelope is missing unless id, digest and device fit; what is missing keeps its order.
pub async fn what_is_missing_of_a_list_is_told_by_id_digest_and_device(store: &dyn Store) {
    let ledger = store.open();
    let (mine, theirs, lost) = (application(1, 1, 1), application(2, 2, 1), application(3, 1, 2));
    admit(&ledger, &mine).await;
    admit(&ledger, &theirs).await;
    let listed = |of: &Admission| Listed { id: of.id.into_bytes(), digest: *of.digest.as_bytes() };
    let other = Listed { id: mine.id.into_bytes(), ..listed(&other_content(&mine)) };
    let id = |of: &Admission| of.id.into_bytes();
    for (list, missing) in [
        (vec![], vec![]),
        (vec![listed(&mine)], vec![]),
        (vec![other], vec![id(&mine)]),
        (vec![listed(&lost), listed(&mine), listed(&theirs)], vec![id(&lost), id(&theirs)]),
    ] {
        assert_eq!(ledger.missing(mine.device, list).await.expect("reads"), missing);
    }
}

/// Everything of an envelope is there when it is answered, and readable.
pub async fn everything_of_an_envelope_is_written_together(store: &dyn Store) {
    let ledger = store.open();
    let first = application(1, 1, 1);
    admit(&ledger, &first).await;
    let whole =
        Tally { envelopes: 1, applications: 1, consents: 2, devices: 1, jobs: 1, seq_faults: 0 };
    assert_eq!(tally(&ledger).await, whole);
    let stored = ledger.application(first.id).await.expect("reads").expect("is on record");
    assert_eq!((stored.device, stored.reference), (first.device, first.reference));
    assert_eq!(stored.status, Status::Received);
    assert_eq!(stored.received_at, first.received_at);
    assert_eq!(ledger.application(Uuid::nil()).await.expect("reads"), None);
    assert_eq!(ledger.envelope(Uuid::nil()).await.expect("reads"), None);
}

/// An admission that fails in its last step leaves no row of its first ones.
pub async fn a_refused_step_leaves_nothing_behind(store: &dyn Store) {
    let ledger = store.open();
    let first = application(1, 1, 1);
    admit(&ledger, &first).await;
    let before = tally(&ledger).await;
    let mut twice = application(2, 2, 1);
    twice.consents.push(twice.consents[0].clone());
    assert_eq!(admit(&ledger, &twice).await, Admitted::RecordTaken);
    let copied = Admission { consents: first.consents.clone(), ..application(3, 1, 2) };
    assert_eq!(admit(&ledger, &copied).await, Admitted::RecordTaken);
    let reference = Admission { reference: first.reference.clone(), ..application(4, 2, 1) };
    assert_eq!(admit(&ledger, &reference).await, Admitted::ReferenceTaken);
    assert_eq!(tally(&ledger).await, before);
}

/// Nobody can block another device's consent record by using its id first.
pub async fn two_devices_may_use_one_record_id(store: &dyn Store) {
    let ledger = store.open();
    let (mine, theirs) = (application(1, 1, 1), application(2, 2, 1));
    let theirs = Admission { consents: mine.consents.clone(), ..theirs };
    assert_eq!(admit(&ledger, &theirs).await, recorded());
    assert_eq!(admit(&ledger, &mine).await, recorded());
    let devices = ledger.devices_of_record(mine.consents[0].record_id).await.expect("reads");
    assert!(devices.contains(&mine.device) && devices.contains(&theirs.device));
}

/// A withdrawal is recorded with the job that ends the fetching, also before its application.
pub async fn a_withdrawal_may_come_before_its_application(store: &dyn Store) {
    let ledger = store.open();
    let first = application(1, 1, 1);
    assert_eq!(admit(&ledger, &withdrawal(2, &first)).await, recorded());
    assert_eq!(admit(&ledger, &first).await, recorded());
    let whole =
        Tally { envelopes: 2, applications: 1, consents: 3, devices: 1, jobs: 2, seq_faults: 0 };
    assert_eq!(tally(&ledger).await, whole);
}

/// A gap and a reused number are found and kept, and never refused; a late envelope is neither.
pub async fn a_gap_in_a_devices_numbers_is_seen(store: &dyn Store) {
    let ledger = store.open();
    let seen = |seq| Admitted::Recorded { seq };
    assert_eq!(admit(&ledger, &application(1, 1, 1)).await, recorded());
    let gap = SeqFinding::Gap { first_missing: 2 };
    assert_eq!(admit(&ledger, &application(2, 1, 4)).await, seen(gap));
    assert_eq!(admit(&ledger, &application(3, 1, 2)).await, recorded());
    assert_eq!(admit(&ledger, &application(4, 1, 4)).await, seen(SeqFinding::Reused));
    assert_eq!(admit(&ledger, &application(5, 1, 0)).await, seen(SeqFinding::Reused));
    assert_eq!(admit(&ledger, &application(6, 2, 1)).await, recorded());
    assert_eq!(tally(&ledger).await.seq_faults, 3);
    let absurd = admit(&ledger, &application(7, 1, u64::MAX)).await;
    assert!(matches!(absurd, Admitted::Recorded { .. }), "{absurd:?}");
}

/// Many copies of one envelope at once have one effect and one acknowledgement.
pub async fn concurrent_duplicates_have_one_effect(store: &dyn Store) {
    let ledger = store.open();
    let mut tasks = tokio::task::JoinSet::new();
    for copy in 0..64_u8 {
        let (ledger, mut admission) = (Arc::clone(&ledger), application(1, 1, 1));
        admission.ack = vec![copy + 1];
        tasks.spawn(async move { (admission.ack.clone(), ledger.admit(admission).await) });
    }
    let answers = tasks.join_all().await;
    let stored = ledger.envelope(Uuid::from_u128(1)).await.expect("reads").expect("is on record");
    let mut effects = 0;
    for (offered, answer) in answers {
        match answer.expect("the ledger admits") {
            Admitted::Recorded { .. } => {
                effects += 1;
                assert_eq!(offered, stored.ack);
            }
            Admitted::Replayed { ack } => assert_eq!(ack, stored.ack),
            other => panic!("a duplicate was answered {other:?}"),
        }
    }
    assert_eq!(effects, 1, "one effect");
    assert_eq!(tally(&ledger).await.envelopes, 1);
}

/// Every countersignature is in the log, and a later log begins with every earlier one.
pub async fn the_log_only_grows_and_proves_each_receipt(store: &dyn Store) {
    let ledger = store.open();
    let mut earlier = vec![(0, ledger.log(0).await.expect("a log").root)];
    let mut records = Vec::new();
    for n in 1..=9u8 {
        let admission = application(n.into(), 1, u64::from(n));
        assert_eq!(admit(&ledger, &admission).await, recorded());
        records
            .extend(admission.consents.into_iter().map(|row| (row.signed, row.countersignature)));
        for (size, root) in &earlier {
            let now = ledger.log(*size).await.expect("a log");
            assert!(tree::extends(*size, *root, now.size, now.root, &now.proof), "{size}");
        }
        let now = ledger.log(0).await.expect("a log");
        earlier.push((now.size, now.root));
    }
    let digests = records.iter().map(|(signed, _)| Digest::of(signed)).collect();
    let all = ledger.countersignatures(digests).await.expect("countersignatures");
    assert_eq!((all.size, all.found.len()), (18, 18));
    for ((_, countersignature), found) in records.iter().zip(all.found) {
        let found = found.expect("a countersignature");
        assert_eq!(found.countersignature, *countersignature);
        let leaf = tree::leaf(countersignature);
        assert!(tree::includes(leaf, found.index, all.size, &found.path, all.root));
    }
    let unknown =
        ledger.countersignatures(vec![Digest::of(b"unknown")]).await.expect("countersignatures");
    assert_eq!(unknown.found, [None]);
    let of_case = ledger.records_of_case(Uuid::from_u128(1)).await.expect("records");
    assert_eq!(of_case.len(), 2);
}

/// What was answered is still there after the ledger was opened again.
pub async fn reopening_keeps_everything(store: &dyn Store) {
    let ledger = store.open();
    for n in 1..=20 {
        admit(&ledger, &application(n, 1, u64::try_from(n).expect("small"))).await;
    }
    let before = tally(&ledger).await;
    drop(ledger);
    let ledger = store.open();
    assert_eq!(tally(&ledger).await, before);
    for n in 1..=20 {
        let first = application(n, 1, 1);
        assert_eq!(admit(&ledger, &first).await, Admitted::Replayed { ack: first.ack.clone() });
    }
    assert_eq!(admit(&ledger, &application(21, 1, 21)).await, recorded());
}

/// An admission whose asker goes away is still recorded, in whole.
pub async fn an_asker_that_goes_away_loses_only_the_answer(store: &dyn Store) {
    let ledger = store.open();
    let first = application(1, 1, 1);
    drop(ledger.admit(first.clone()));
    match ledger.admit(first.clone()).await {
        Ok(Admitted::Replayed { ack }) => assert_eq!(ack, first.ack),
        Ok(Admitted::Recorded { .. }) | Err(LedgerError::Busy) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(tally(&ledger).await.envelopes, 1);
}
