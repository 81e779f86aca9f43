use super::*;
use crate::books::{Application, Entry, Envelope, Record};
use outbox::{Counts, Timestamp};

const CASE: Uuid = Uuid::from_u128(1);
const WITHDRAWAL: Uuid = Uuid::from_u128(2);
const RECORD: Uuid = Uuid::from_u128(3);

/// A case and the withdrawal of one of its consents, both saved, delivered, and at the bank once.
fn sound() -> (Promises, Queue, Ledger) {
    let mut promises = Promises::default();
    for said in [
        Said::Saved(CASE),
        Said::Withdrawn(RECORD),
        Said::Delivered(CASE),
        Said::Delivered(WITHDRAWAL),
    ] {
        promises.note(&said);
    }
    let entry = |byte| Entry {
        state: EntryState::Delivered { at: Timestamp::from(1) },
        digest: [byte; 32],
        size_bytes: 1,
        proof: Some(vec![byte]),
        parts: vec![[byte; 32]],
    };
    let queue = Queue {
        entries: [(CASE, entry(1)), (WITHDRAWAL, entry(2))].into(),
        counts: Counts { delivered: 2, ..Counts::default() },
    };
    let envelope = |byte| Envelope { digest: [byte; 32], ack: vec![byte], parts: vec![[byte; 32]] };
    let record = |number, event: &str, supersedes| Record {
        case: CASE,
        event: event.into(),
        notice: "tax".into(),
        supersedes,
        number: ([9; 32], number),
    };
    let ledger = Ledger {
        envelopes: [(CASE, envelope(1)), (WITHDRAWAL, envelope(2))].into(),
        applications: vec![Application { id: CASE, number: ([9; 32], 1), refused: None }],
        records: vec![record(1, "given", None), record(2, "withdrawn", Some(RECORD))],
        jobs: vec![(CASE, "decide".into()), (WITHDRAWAL, "stop_fetching".into())],
        stops: vec![(WITHDRAWAL, Some(20))],
        reused_numbers: 0,
    };
    (promises, queue, ledger)
}

/// What is found once something was changed: lost, doubled, broken.
fn found(change: impl FnOnce(&mut Promises, &mut Queue, &mut Ledger)) -> [usize; 3] {
    let (mut promises, mut queue, mut ledger) = sound();
    change(&mut promises, &mut queue, &mut ledger);
    let findings = audit(&promises, &queue, &ledger);
    [findings.lost.len(), findings.doubled.len(), findings.broken.len()]
}

fn entry(queue: &mut Queue) -> &mut Entry {
    queue.entries.get_mut(&CASE).unwrap()
}

#[test]
fn sound_books_have_no_findings() {
    assert_eq!(found(|_, _, _| {}), [0, 0, 0]);
}

#[test]
fn every_loss_is_seen() {
    let other = Uuid::from_u128(7);
    let losses = [
        found(|promises, _, _| assert!(promises.note(&Said::Filled(other)))),
        found(|promises, _, _| assert!(promises.note(&Said::Saved(other)))),
        found(|promises, _, _| assert!(promises.note(&Said::Delivered(other)))),
        found(|promises, _, _| assert!(promises.note(&Said::Withdrawn(other)))),
        found(|promises, _, _| assert!(promises.note(&Said::TakenBack(other)))),
        found(|_, queue, _| entry(queue).state = EntryState::FRESH),
        found(|_, _, ledger| ledger.envelopes.get_mut(&CASE).unwrap().parts.clear()),
        found(|promises, queue, ledger| {
            // Not said to be delivered, but the outbox believes it.
            promises.delivered.remove(&CASE);
            assert_eq!(entry(queue).proof, Some(vec![1]));
            ledger.envelopes.remove(&CASE);
        }),
        found(|_, queue, ledger| {
            ledger.records.pop();
            ledger.records.push(Record { case: other, ..ledger.records[0].clone() });
            ledger.records[1].number.1 = 5;
            entry(queue).digest = [1; 32];
        }),
    ];
    for (nth, [lost, doubled, broken]) in losses.into_iter().enumerate() {
        assert!(lost == 1 && doubled == 0 && broken == 0, "{nth}: {lost} {doubled} {broken}");
    }
}

#[test]
fn a_bank_that_stopped_too_late_or_never_is_seen() {
    let after = |took| found(move |_, _, ledger| ledger.stops = vec![(WITHDRAWAL, took)]);
    assert_eq!(after(Some(STOP_WITHIN_MS + 1)), [0, 0, 1]);
    assert_eq!(after(Some(STOP_WITHIN_MS)), [0, 0, 0]);
    assert_eq!(after(None), [0, 0, 1]);
    let (promises, queue, ledger) = sound();
    assert_eq!(audit(&promises, &queue, &ledger).stopped_after_ms, [20]);
}

#[test]
fn a_draft_that_is_still_there_is_not_lost() {
    let (mut promises, queue, ledger) = sound();
    let draft = Uuid::from_u128(7);
    promises.note(&Said::Filled(draft));
    promises.note(&Said::Dry { drafts: vec![draft] });
    assert!(audit(&promises, &queue, &ledger).good());
}

#[test]
fn what_is_cancelled_was_taken_back_by_somebody() {
    let cancelled = EntryState::Cancelled { at: Timestamp::from(1) };
    let nobody = found(|_, queue, ledger| {
        entry(queue).state = cancelled.clone();
        ledger.records.truncate(1);
        ledger.envelopes.remove(&WITHDRAWAL);
        queue.entries.remove(&WITHDRAWAL);
        queue.counts.delivered = 1;
    });
    // The withdrawal that was promised, the one delivered, and the case itself.
    assert_eq!(nobody, [3, 0, 0]);
    let withdrawn = found(|_, queue, _| entry(queue).state = cancelled.clone());
    assert_eq!(withdrawn, [0, 0, 0]);
    let (mut promises, mut queue, mut ledger) = sound();
    promises.note(&Said::TakingBack(CASE));
    ledger.records.pop();
    promises.withdrawn.clear();
    entry(&mut queue).state = cancelled;
    let findings = audit(&promises, &queue, &ledger);
    assert!(findings.good(), "{findings:?}");
    assert_eq!(findings.crossed, 1, "the bank has it all the same");
}

#[test]
fn everything_that_is_there_twice_is_seen() {
    let twice = [
        found(|_, _, ledger| {
            let case = ledger.applications[0].clone();
            ledger.applications.push(Application { number: ([9; 32], 2), ..case });
        }),
        found(|_, _, ledger| {
            let record = ledger.records[0].clone();
            ledger.records.push(Record { number: ([9; 32], 3), ..record });
        }),
        found(|_, _, ledger| {
            let record = ledger.records[1].clone();
            ledger.records.push(Record { number: ([9; 32], 3), ..record });
        }),
        found(|_, _, ledger| ledger.records[1].number.1 = 1),
        found(|_, _, ledger| ledger.jobs.push(ledger.jobs[0].clone())),
        found(|_, _, ledger| ledger.reused_numbers = 1),
        found(|_, _, ledger| {
            ledger.envelopes.insert(Uuid::from_u128(7), ledger.envelopes[&CASE].clone());
        }),
    ];
    for (nth, [lost, doubled, broken]) in twice.into_iter().enumerate() {
        assert!(lost == 0 && doubled == 1 && broken == 0, "{nth}: {lost} {doubled} {broken}");
    }
}

#[test]
fn a_proof_a_digest_and_the_counts_are_compared() {
    let broken = [
        found(|_, queue, _| entry(queue).proof = Some(vec![7])),
        found(|_, queue, _| entry(queue).digest = [7; 32]),
        found(|_, queue, _| queue.counts.delivered = 3),
        found(|_, _, ledger| ledger.applications[0].refused = Some("form".into())),
        found(|_, _, ledger| drop(ledger.records.remove(0))),
    ];
    for (nth, findings) in broken.into_iter().enumerate() {
        assert_eq!(findings, [0, 0, 1], "{nth}");
    }
}
