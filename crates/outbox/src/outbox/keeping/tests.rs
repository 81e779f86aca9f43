//! Retention and reconciliation against a real file.

use super::*;
use crate::entry::{EntryState, Outcome};
use crate::keeping::Settlement;
use crate::outbox::parts::tests::{digest, part};
use crate::outbox::tests::{Queue, at, delivered, entry, id, later, parked};
use crate::outbox::{PartError, PostError};
use crate::plan::IllegalMove;

const HERE: Epoch = Epoch(u64::MAX);
const RESTORED: Epoch = Epoch(7);
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Deliveries of these tests are at 7,000 ms.
const LATE: u64 = 7_000 + 30 * DAY_MS;

/// Entries 1 and 2, which share part 1; entry 1 also names part 2. Both are delivered.
fn delivered_pair() -> Queue {
    let queue = Queue::new();
    queue.outbox.note_epoch(HERE).unwrap();
    for number in [1, 2] {
        queue.outbox.add_part(&part(number, 100)).unwrap();
    }
    queue.outbox.post_with_parts(&entry(1), &[digest(1), digest(2)], &[]).unwrap();
    queue.outbox.post_with_parts(&entry(2), &[digest(1)], &[]).unwrap();
    for number in [1, 2] {
        queue.outbox.settle(id(number), &delivered(), at(5), 0).unwrap();
    }
    queue
}

fn purged(entries: u64, parts: u64, bytes: u64) -> Purged {
    Purged { entries, parts, bytes }
}

#[test]
fn a_reconciliation_is_owed_until_it_is_done_also_after_a_crash() {
    let queue = Queue::new();
    assert_eq!(queue.outbox.note_epoch(HERE).unwrap(), EpochChange::Owed);
    let queue = queue.reopened();
    assert_eq!(queue.outbox.note_epoch(HERE).unwrap(), EpochChange::Owed);
    queue.outbox.reconciled(HERE, &[], at(9)).unwrap();
    assert_eq!(queue.outbox.note_epoch(HERE).unwrap(), EpochChange::Reconciled);
    assert_eq!(queue.outbox.last_reconciled().unwrap(), Some((HERE, Some(at(9)))));
    assert_eq!(queue.outbox.note_epoch(RESTORED).unwrap(), EpochChange::Owed);
    assert_eq!(queue.outbox.last_reconciled().unwrap(), Some((RESTORED, None)));
}

#[test]
fn a_reconciliation_in_another_epoch_is_not_written_down() {
    let queue = Queue::new();
    let refused = queue.outbox.reconciled(HERE, &[], at(9)).unwrap_err();
    assert!(matches!(refused, ReconcileError::OtherEpoch { noted: None }), "{refused:?}");
    queue.outbox.note_epoch(RESTORED).unwrap();
    let refused = queue.outbox.reconciled(HERE, &[], at(9)).unwrap_err();
    assert!(matches!(refused, ReconcileError::OtherEpoch { noted: Some(RESTORED) }));
    assert_eq!(queue.outbox.last_reconciled().unwrap(), Some((RESTORED, None)));
}

#[test]
fn bodies_and_parts_go_when_both_rules_are_met_and_rows_stay() {
    let queue = delivered_pair();
    let heads = queue.outbox.entries().unwrap();
    assert_eq!(queue.outbox.purge(at(LATE), &[]).unwrap(), Purged::default(), "not reconciled");
    queue.outbox.reconciled(HERE, &[id(1), id(2)], at(LATE)).unwrap();
    assert_eq!(queue.outbox.purge(at(LATE - 1), &[]).unwrap(), Purged::default(), "a day early");
    assert_eq!(queue.outbox.purge(at(LATE), &[]).unwrap(), purged(2, 2, 300));
    assert_eq!(queue.outbox.purge(at(LATE), &[]).unwrap(), Purged::default(), "once");
    let queue = queue.reopened();
    assert_eq!(queue.outbox.entries().unwrap(), heads);
    let export = queue.outbox.export(id(1)).unwrap().unwrap();
    assert_eq!((export.body, export.proof), (None, Some(vec![9, 9])));
    assert!(export.parts.iter().all(|part| part.purged_at == Some(at(LATE))));
    let bytes = queue.outbox.part_bytes(digest(1), 0, 9);
    assert!(matches!(bytes, Err(PartError::Gone(_))), "{bytes:?}");
}

#[test]
fn a_clock_ten_years_ahead_purges_nothing_that_was_delivered() {
    let queue = delivered_pair();
    queue.outbox.reconciled(HERE, &[id(1), id(2)], at(8_000)).unwrap();
    assert_eq!(queue.outbox.purge(at(3650 * DAY_MS), &[]).unwrap(), Purged::default());
}

#[test]
fn after_a_restore_only_what_was_asked_about_is_purged() {
    let queue = delivered_pair();
    let older = Outcome::Delivered { proof: vec![1], at: at(6_000) };
    queue.outbox.post(&entry(3), &[]).unwrap();
    queue.outbox.settle(id(3), &older, at(5), 0).unwrap();
    queue.outbox.note_epoch(RESTORED).unwrap();
    queue.outbox.reconciled(RESTORED, &[id(1), id(2)], at(LATE)).unwrap();
    assert_eq!(queue.outbox.purge(at(LATE), &[]).unwrap(), purged(2, 2, 300));
    assert!(queue.outbox.export(id(3)).unwrap().unwrap().body.is_some());
    queue.outbox.reconciled(RESTORED, &[id(3)], at(LATE)).unwrap();
    assert_eq!(queue.outbox.purge(at(LATE), &[]).unwrap(), purged(1, 0, 50));
}

#[test]
fn a_proof_that_came_after_the_list_was_asked_is_not_taken_for_confirmed() {
    let queue = delivered_pair();
    queue.outbox.reconciled(HERE, &[id(1), id(9)], at(LATE)).unwrap();
    assert_eq!(queue.outbox.purge(at(LATE), &[]).unwrap(), purged(1, 1, 150));
    assert!(queue.outbox.export(id(2)).unwrap().unwrap().body.is_some());
}

#[test]
fn a_confirmation_ends_when_the_entry_is_sent_again() {
    let queue = delivered_pair();
    queue.outbox.reconciled(HERE, &[id(1)], at(LATE)).unwrap();
    queue.outbox.resend(id(1)).unwrap();
    queue.outbox.settle(id(1), &delivered(), at(5), 0).unwrap();
    assert_eq!(queue.outbox.purge(at(LATE), &[]).unwrap(), Purged::default());
}

#[test]
fn a_shared_part_stays_as_long_as_one_entry_needs_it() {
    let queue = delivered_pair();
    queue.outbox.post_with_parts(&entry(3), &[digest(1)], &[]).unwrap();
    queue.outbox.reconciled(HERE, &[id(1), id(2)], at(LATE)).unwrap();
    assert_eq!(queue.outbox.purge(at(LATE), &[]).unwrap(), purged(2, 1, 200));
    assert_eq!(queue.outbox.part_bytes(digest(1), 0, 999).unwrap(), part(1, 100).bytes);
}

#[test]
fn a_cancelled_body_goes_after_thirty_days() {
    let queue = Queue::with(&[1]);
    queue.outbox.cancel(id(1), at(7_000)).unwrap();
    assert_eq!(queue.outbox.purge(at(LATE - 1), &[]).unwrap(), Purged::default());
    assert_eq!(queue.outbox.purge(at(LATE), &[]).unwrap(), purged(1, 0, 50));
    queue.outbox.settle(id(1), &delivered(), at(5), 0).unwrap();
    assert_eq!(queue.state(1), EntryState::Delivered { at: at(7_000) }, "a late proof still wins");
}

#[test]
fn a_part_nobody_named_goes_after_seven_days_unless_a_draft_has_it() {
    let queue = Queue::new();
    for number in [1, 2] {
        queue.outbox.add_part(&part(number, 100)).unwrap();
    }
    let week = 1_000 + 7 * DAY_MS;
    assert_eq!(queue.outbox.purge(at(week - 1), &[]).unwrap(), Purged::default());
    assert_eq!(queue.outbox.purge(at(week), &[digest(2)]).unwrap(), purged(0, 1, 100));
    assert_eq!(queue.outbox.part(digest(1)).unwrap(), None);
    queue.outbox.post_with_parts(&entry(1), &[digest(2)], &[]).unwrap();
    let refused = queue.outbox.post_with_parts(&entry(2), &[digest(1)], &[]).unwrap_err();
    assert!(matches!(refused, PostError::PartMissing { .. }), "{refused:?}");
}

#[test]
fn a_purged_part_that_is_added_again_is_whole_again() {
    let queue = delivered_pair();
    queue.outbox.part_done(digest(2)).unwrap();
    queue.outbox.reconciled(HERE, &[id(1), id(2)], at(LATE)).unwrap();
    queue.outbox.purge(at(LATE), &[]).unwrap();
    let again = crate::NewPart { saved_at: at(LATE), ..part(2, 100) };
    let head = queue.outbox.add_part(&again).unwrap();
    assert_eq!((head.purged_at, head.confirmed_bytes, head.is_done), (None, 0, false));
    assert_eq!(queue.outbox.purge(at(LATE), &[]).unwrap(), Purged::default());
    queue.outbox.post_with_parts(&entry(3), &[digest(2)], &[]).unwrap();
    assert_eq!(queue.outbox.part_bytes(digest(2), 0, 999).unwrap(), again.bytes);
}

#[test]
fn no_purged_byte_is_left_in_the_file_or_its_log() {
    let queue = Queue::new();
    let word = b"a word that stands nowhere else";
    let body = word.repeat(500);
    queue.outbox.post(&crate::NewEntry { body, ..entry(1) }, &[]).unwrap();
    queue.outbox.cancel(id(1), at(7_000)).unwrap();
    let found = || {
        ["outbox.db", "outbox.db-wal"].into_iter().any(|name| {
            let bytes = std::fs::read(queue.folder.path().join(name)).unwrap_or_default();
            bytes.windows(word.len()).any(|window| window == word)
        })
    };
    assert!(found());
    queue.outbox.purge(at(LATE), &[]).unwrap();
    assert!(!found());
}

#[test]
fn what_the_receiver_lost_goes_out_again_with_the_same_bytes() {
    let queue = delivered_pair();
    queue.outbox.part_done(digest(2)).unwrap();
    assert_eq!(queue.outbox.delivered_since(at(7_001)).unwrap(), []);
    let list = queue.outbox.delivered_since(at(7_000)).unwrap();
    assert_eq!(list, [(id(1), [1; 32]), (id(2), [2; 32])]);
    assert_eq!(queue.outbox.note_epoch(RESTORED).unwrap(), EpochChange::Owed);
    assert_eq!(queue.outbox.resend(id(1)).unwrap().state, EntryState::FRESH);
    let queue = queue.reopened();
    assert_eq!(queue.outbox.counts().unwrap().posted(), 2);
    assert_eq!(queue.outbox.proof(id(1)).unwrap(), None);
    assert_eq!(queue.outbox.former_proof(id(1)).unwrap(), Some(vec![9, 9]));
    let delivery = queue.outbox.begin(id(1)).unwrap().unwrap();
    assert_eq!(delivery.body, entry(1).body);
    assert!(delivery.parts().iter().all(|part| !part.is_done && part.confirmed_bytes == 0));
    let anew = Outcome::Delivered { proof: vec![4], at: at(9_000) };
    queue.outbox.settle(id(1), &anew, at(9_000), 0).unwrap();
    assert_eq!(queue.outbox.proof(id(1)).unwrap(), Some(vec![4]));
    assert_eq!(queue.outbox.former_proof(id(1)).unwrap(), None);
}

#[test]
fn the_former_proof_stays_when_the_new_attempt_ends_otherwise() {
    let queue = delivered_pair();
    queue.outbox.resend(id(1)).unwrap();
    queue.outbox.settle(id(1), &parked(), at(9_000), 0).unwrap();
    assert_eq!(queue.outbox.former_proof(id(1)).unwrap(), Some(vec![9, 9]));
    queue.outbox.cancel(id(1), at(9_000)).unwrap();
    assert_eq!(queue.outbox.former_proof(id(1)).unwrap(), Some(vec![9, 9]));
}

#[test]
fn only_a_delivered_entry_with_its_body_is_sent_again() {
    let queue = delivered_pair();
    queue.outbox.post(&entry(3), &[]).unwrap();
    let refused = queue.outbox.resend(id(3)).unwrap_err();
    assert!(matches!(refused, MoveError::Illegal(IllegalMove { .. })), "{refused:?}");
    queue.outbox.reconciled(HERE, &[id(1), id(2)], at(LATE)).unwrap();
    queue.outbox.purge(at(LATE), &[]).unwrap();
    assert!(matches!(queue.outbox.resend(id(1)), Err(MoveError::BodyGone(told)) if told == id(1)));
    assert_eq!(queue.state(1), EntryState::Delivered { at: at(7_000) });
    assert!(matches!(queue.outbox.resend(id(9)), Err(MoveError::Unknown(_))));
}

#[test]
fn a_new_epoch_forgets_what_was_confirmed_of_parts_still_needed() {
    let queue = delivered_pair();
    for number in [3, 4] {
        queue.outbox.add_part(&part(number, 100)).unwrap();
        queue.outbox.part_done(digest(number)).unwrap();
    }
    queue.outbox.part_done(digest(2)).unwrap();
    queue.outbox.post_with_parts(&entry(3), &[digest(3)], &[]).unwrap();
    queue.outbox.note_epoch(RESTORED).unwrap();
    let done = [2, 3, 4].map(|n| queue.outbox.part(digest(n)).unwrap().unwrap().is_done);
    assert_eq!(done, [true, false, false], "delivered with its entry, queued, not named");
}

#[test]
fn many_are_settled_in_one_commit_and_a_refused_one_holds_up_no_other() {
    let queue = Queue::with(&[1, 2, 3, 4]);
    queue.outbox.settle(id(2), &parked(), at(5), 0).unwrap();
    let told = *queue.outbox.changes().borrow();
    let one = |number, outcome| Settlement { id: id(number), outcome, jitter: 0 };
    let empty = Outcome::Delivered { proof: Vec::new(), at: at(5) };
    let settled = queue
        .outbox
        .settle_all(
            &[
                one(1, delivered()),
                one(2, later()),
                one(9, later()),
                one(3, empty),
                one(4, parked()),
                one(1, delivered()),
            ],
            at(5),
        )
        .unwrap();
    assert_eq!(settled[0].as_ref().unwrap().state, EntryState::Delivered { at: at(7_000) });
    assert!(matches!(settled[1], Err(MoveError::Illegal(_))));
    assert!(matches!(settled[2], Err(MoveError::Unknown(_))));
    assert!(matches!(settled[3], Err(MoveError::EmptyProof)));
    assert!(matches!(settled[4].as_ref().unwrap().state, EntryState::Parked { .. }));
    assert_eq!(settled[5].as_ref().unwrap(), settled[0].as_ref().unwrap());
    assert_eq!(*queue.outbox.changes().borrow(), told + 1);
    assert_eq!(queue.state(3), EntryState::FRESH);
}

#[test]
fn settling_many_on_a_full_disk_moves_none_and_works_once_there_is_room() {
    let queue = Queue::with(&[1, 2]);
    let one = |number, size| Settlement {
        id: id(number),
        outcome: Outcome::Delivered { proof: vec![7; size], at: at(5) },
        jitter: 0,
    };
    let both = [one(1, 10), one(2, 50_000)];
    queue.leave_room_for(0);
    let refused = queue.outbox.settle_all(&both, at(5)).unwrap_err();
    assert!(matches!(refused, StoreError::DiskFull(_)), "{refused:?}");
    assert_eq!((queue.state(1), queue.state(2)), (EntryState::FRESH, EntryState::FRESH));
    queue.leave_room_for(1_000);
    assert!(queue.outbox.settle_all(&both, at(5)).unwrap().iter().all(Result::is_ok));
}

#[test]
fn an_export_has_all_that_there_is_and_shows_no_bytes() {
    let queue = delivered_pair();
    let export = queue.outbox.export(id(1)).unwrap().unwrap();
    assert_eq!(export.body.as_deref(), Some(&*entry(1).body));
    assert_eq!(export.parts, queue.outbox.parts(id(1)).unwrap());
    assert!(!format!("{export:?}").contains("9, 9"));
    assert_eq!(queue.outbox.export(id(9)).unwrap(), None);
}

#[test]
fn ids_that_were_never_posted_are_told() {
    let queue = Queue::with(&[1, 3]);
    assert_eq!(queue.outbox.missing(&[id(3), id(2), id(1), id(9)]).unwrap(), [id(2), id(9)]);
}
