//! The façade against a real file. The long random runs are in `tests/model.rs`.

use std::time::Duration;

use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::entry::{Lane, ParkReason};
use crate::policy::MIN_BACKOFF;

const STALE: ParkReason = ParkReason::known("stale");

pub(in crate::outbox) struct Queue {
    pub(in crate::outbox) outbox: Outbox,
    pub(in crate::outbox) folder: TempDir,
}

impl Queue {
    pub(in crate::outbox) fn new() -> Queue {
        let folder = TempDir::new().unwrap();
        let outbox = Outbox::open(&folder.path().join("outbox.db")).unwrap();
        Queue { outbox, folder }
    }

    pub(in crate::outbox) fn with(numbers: &[u8]) -> Queue {
        let queue = Queue::new();
        for number in numbers {
            queue.outbox.post(&entry(*number), &[]).unwrap();
        }
        queue
    }

    pub(in crate::outbox) fn reopened(self) -> Queue {
        let Queue { outbox, folder } = self;
        drop(outbox);
        let outbox = Outbox::open(&folder.path().join("outbox.db")).unwrap();
        Queue { outbox, folder }
    }

    pub(in crate::outbox) fn state(&self, number: u8) -> EntryState {
        self.outbox.entry(id(number)).unwrap().unwrap().state
    }

    pub(in crate::outbox) fn leave_room_for(&self, pages: u32) {
        self.outbox.store().leave_room_for(pages);
    }
}

pub(in crate::outbox) fn id(number: u8) -> EntryId {
    EntryId(Uuid::from_u128(u128::from(number)))
}

pub(in crate::outbox) fn at(ms: u64) -> Timestamp {
    Timestamp::from(ms)
}

pub(in crate::outbox) fn entry(number: u8) -> NewEntry {
    NewEntry {
        id: id(number),
        lane: Lane::Normal,
        note: vec![number; 3],
        body: vec![number; 50],
        digest: [number; 32],
        saved_at: at(1_000 + u64::from(number)),
    }
}

pub(in crate::outbox) fn delivered() -> Outcome {
    Outcome::Delivered { proof: vec![9, 9], at: at(7_000) }
}

pub(in crate::outbox) fn later() -> Outcome {
    Outcome::Later { retry_after: None }
}

pub(in crate::outbox) fn parked() -> Outcome {
    Outcome::Parked { reason: STALE }
}

#[test]
fn an_entry_comes_back_as_it_was_posted_after_reopening() {
    let queue = Queue::with(&[1]).reopened();
    let delivery = queue.outbox.begin(id(1)).unwrap().unwrap();
    let posted = entry(1);
    assert_eq!(delivery.body, posted.body);
    let expected = EntryHead {
        id: posted.id,
        lane: posted.lane,
        note: posted.note,
        digest: posted.digest,
        size_bytes: 50,
        saved_at: posted.saved_at,
        state: EntryState::FRESH,
    };
    assert_eq!(delivery.head, expected);
    assert_eq!(queue.outbox.entries().unwrap(), [expected]);
}

#[test]
fn posting_again_is_fine_and_changes_nothing() {
    let queue = Queue::with(&[1]);
    queue.outbox.settle(id(1), &delivered(), at(5), 0).unwrap();
    let changes = queue.outbox.changes();
    assert_eq!(queue.outbox.post(&entry(1), &[id(1)]).unwrap(), []);
    assert_eq!(queue.state(1), EntryState::Delivered { at: at(7_000) });
    assert!(!changes.has_changed().unwrap());
}

#[test]
fn the_same_id_with_another_digest_is_refused() {
    let queue = Queue::with(&[1, 2]);
    let other = NewEntry { digest: [8; 32], body: vec![8], ..entry(1) };
    let refused = queue.outbox.post(&other, &[id(2)]).unwrap_err();
    assert!(matches!(refused, PostError::DigestDiffers { id: told } if told == id(1)));
    assert_eq!(queue.outbox.begin(id(1)).unwrap().unwrap().body, entry(1).body);
    assert_eq!(queue.state(2), EntryState::FRESH, "nothing was cancelled either");
}

#[test]
fn a_withdrawal_cancels_what_can_be_cancelled_and_says_which() {
    let queue = Queue::with(&[1, 2, 3, 4]);
    queue.outbox.settle(id(2), &parked(), at(5), 0).unwrap();
    queue.outbox.settle(id(3), &delivered(), at(5), 0).unwrap();
    let withdrawal = NewEntry { lane: Lane::Urgent, ..entry(9) };
    let cancelled = queue.outbox.post(&withdrawal, &[id(1), id(2), id(3), id(7), id(9)]).unwrap();
    assert_eq!(cancelled, [id(1), id(2)]);
    let stopped = EntryState::Cancelled { at: withdrawal.saved_at };
    assert_eq!((queue.state(1), queue.state(2)), (stopped.clone(), stopped));
    assert_eq!(queue.state(3), EntryState::Delivered { at: at(7_000) });
    assert_eq!(queue.state(9), EntryState::FRESH);
    assert_eq!(queue.outbox.next_step(at(0)).unwrap(), Step::Send(id(9)), "urgent goes first");
}

#[test]
fn an_entry_in_flight_is_begun_once_until_its_delivery_is_dropped() {
    let queue = Queue::with(&[1, 2]);
    let delivery = queue.outbox.begin(id(1)).unwrap().unwrap();
    assert!(queue.outbox.begin(id(1)).unwrap().is_none());
    assert_eq!(queue.outbox.sending(), HashSet::from([id(1)]));
    assert_eq!(queue.outbox.next_step(at(0)).unwrap(), Step::Send(id(2)));
    drop(delivery);
    assert_eq!(queue.outbox.next_step(at(0)).unwrap(), Step::Send(id(1)));
}

#[test]
fn only_a_queued_entry_can_be_begun() {
    let queue = Queue::with(&[1, 2, 3]);
    queue.outbox.settle(id(1), &parked(), at(5), 0).unwrap();
    queue.outbox.settle(id(2), &delivered(), at(5), 0).unwrap();
    queue.outbox.cancel(id(3), at(5)).unwrap();
    for number in [1, 2, 3, 4] {
        assert!(queue.outbox.begin(id(number)).unwrap().is_none(), "{number}");
    }
    assert!(queue.outbox.sending().is_empty());
}

#[test]
fn a_crash_while_sending_leaves_the_entry_queued() {
    let queue = Queue::with(&[1]);
    let delivery = queue.outbox.begin(id(1)).unwrap().unwrap();
    let queue = queue.reopened();
    assert_eq!(queue.outbox.next_step(at(0)).unwrap(), Step::Send(id(1)));
    drop(delivery);
}

#[test]
fn a_delay_outlives_a_restart() {
    let queue = Queue::with(&[1]);
    queue.outbox.settle(id(1), &later(), at(5_000), 0).unwrap();
    let queue = queue.reopened();
    let due = at(5_000).plus(MIN_BACKOFF);
    assert_eq!(queue.state(1), EntryState::Queued { attempts: 1, not_before: Some(due) });
    assert_eq!(queue.outbox.next_step(at(5_000)).unwrap(), Step::SleepUntil(due));
    assert_eq!(queue.outbox.next_step(due).unwrap(), Step::Send(id(1)));
}

#[test]
fn retrying_now_ends_every_wait_and_keeps_the_parked() {
    let queue = Queue::with(&[1, 2, 3]);
    let asked = Outcome::Later { retry_after: Some(Duration::from_secs(600)) };
    queue.outbox.settle(id(1), &asked, at(5_000), 0).unwrap();
    queue.outbox.settle(id(2), &parked(), at(5_000), 0).unwrap();
    assert_eq!(queue.outbox.retry_now().unwrap(), 1);
    assert_eq!(queue.state(1), EntryState::Queued { attempts: 1, not_before: None });
    assert_eq!(queue.state(2), EntryState::Parked { reason: STALE });
    assert_eq!(queue.outbox.retry_now().unwrap(), 0);
}

#[test]
fn a_parked_entry_keeps_its_reason_until_a_person_releases_it() {
    let queue = Queue::with(&[1]);
    queue.outbox.settle(id(1), &parked(), at(5), 0).unwrap();
    let queue = queue.reopened();
    assert_eq!(queue.state(1), EntryState::Parked { reason: STALE });
    assert_eq!(queue.outbox.next_step(at(u64::MAX)).unwrap(), Step::Idle);
    assert_eq!(queue.outbox.release(id(1)).unwrap().state, EntryState::FRESH);
    assert!(matches!(queue.outbox.release(id(1)), Err(MoveError::Illegal(_))));
}

#[test]
fn an_entry_given_back_untried_is_as_it_was() {
    let queue = Queue::with(&[1]);
    let changes = queue.outbox.changes();
    queue.outbox.settle(id(1), &Outcome::NotTried, at(5), 77).unwrap();
    assert_eq!(queue.state(1), EntryState::FRESH);
    assert!(!changes.has_changed().unwrap());
}

#[test]
fn the_first_proof_is_kept() {
    let queue = Queue::with(&[1, 2]);
    queue.outbox.settle(id(1), &delivered(), at(5), 0).unwrap();
    let second = Outcome::Delivered { proof: vec![1], at: at(8_000) };
    queue.outbox.settle(id(1), &second, at(6), 0).unwrap();
    let queue = queue.reopened();
    assert_eq!(queue.outbox.proof(id(1)).unwrap(), Some(vec![9, 9]));
    assert_eq!(queue.state(1), EntryState::Delivered { at: at(7_000) });
    assert_eq!(queue.outbox.proof(id(2)).unwrap(), None);
    assert_eq!(queue.outbox.proof(id(3)).unwrap(), None);
}

#[test]
fn a_delivery_without_a_proof_is_refused() {
    let queue = Queue::with(&[1]);
    let empty = Outcome::Delivered { proof: Vec::new(), at: at(5) };
    let refused = queue.outbox.settle(id(1), &empty, at(5), 0);
    assert!(matches!(refused, Err(MoveError::EmptyProof)));
    assert_eq!(queue.state(1), EntryState::FRESH);
}

#[test]
fn a_late_proof_wins_over_cancelling_and_a_late_failure_does_not() {
    let queue = Queue::with(&[1, 2]);
    let deliveries = [1, 2].map(|number| queue.outbox.begin(id(number)).unwrap().unwrap());
    for number in [1, 2] {
        queue.outbox.cancel(id(number), at(6_000)).unwrap();
    }
    queue.outbox.settle(id(1), &delivered(), at(7_000), 0).unwrap();
    queue.outbox.settle(id(2), &later(), at(7_000), 0).unwrap();
    drop(deliveries);
    assert_eq!(queue.state(1), EntryState::Delivered { at: at(7_000) });
    assert_eq!(queue.state(2), EntryState::Cancelled { at: at(6_000) });
    assert_eq!(queue.outbox.proof(id(1)).unwrap(), Some(vec![9, 9]));
    assert_eq!(queue.outbox.next_step(at(9_000)).unwrap(), Step::Idle);
}

#[test]
fn an_entry_that_lost_its_body_can_be_parked_and_delays_no_other() {
    let queue = Queue::with(&[1, 2]);
    let lose = "delete from entry_body where hex(entry_id) like '%01'";
    queue.outbox.store().connection().execute(lose, []).unwrap();
    assert!(matches!(queue.outbox.begin(id(1)), Err(StoreError::Damaged(_))));
    assert!(queue.outbox.sending().is_empty());
    queue.outbox.settle(id(1), &parked(), at(5), 0).unwrap();
    assert_eq!(queue.outbox.next_step(at(5)).unwrap(), Step::Send(id(2)));
}

#[test]
fn a_change_that_fails_halfway_leaves_nothing_behind() {
    let queue = Queue::with(&[1]);
    let refused = queue.outbox.store().write("post", |rows| {
        rows.insert(&entry(2))?;
        rows.set_state(id(1), &EntryState::Parked { reason: STALE }, None)?;
        Err::<(), _>(MoveError::EmptyProof)
    });
    assert!(refused.is_err());
    assert_eq!(queue.outbox.counts().unwrap(), Counts { queued: 1, ..Counts::default() });
}

#[test]
fn an_unknown_entry_is_told_as_unknown() {
    let queue = Queue::new();
    let unknown = |done: Result<EntryHead, MoveError>| {
        assert!(matches!(done, Err(MoveError::Unknown(told)) if told == id(1)));
    };
    unknown(queue.outbox.settle(id(1), &later(), at(1), 0));
    unknown(queue.outbox.release(id(1)));
    unknown(queue.outbox.cancel(id(1), at(1)));
    assert_eq!(queue.outbox.entry(id(1)).unwrap(), None);
}

#[test]
fn every_entry_is_counted_in_one_state() {
    let queue = Queue::with(&[1, 2, 3, 4, 5]);
    queue.outbox.settle(id(1), &parked(), at(5), 0).unwrap();
    queue.outbox.settle(id(2), &delivered(), at(5), 0).unwrap();
    queue.outbox.cancel(id(3), at(5)).unwrap();
    let counts = queue.outbox.counts().unwrap();
    assert_eq!(counts, Counts { queued: 2, parked: 1, delivered: 1, cancelled: 1 });
    assert_eq!(counts.posted(), 5);
}

#[test]
fn a_page_has_what_is_live_first_and_the_newest_first_in_each_part() {
    let queue = Queue::with(&[1, 2, 3, 4, 5, 6]);
    queue.outbox.cancel(id(6), at(90)).unwrap();
    let parked = Outcome::Parked { reason: STALE };
    queue.outbox.settle(id(2), &parked, at(91), 0).unwrap();
    let delivered = Outcome::Delivered { proof: vec![1], at: at(92) };
    queue.outbox.settle(id(4), &delivered, at(93), 0).unwrap();
    let all = queue.outbox.entries_page(0, 100).unwrap();
    let order: Vec<_> = all.iter().map(|head| head.id).collect();
    assert_eq!(order, [5, 3, 2, 1, 6, 4].map(id));
    let pages: Vec<_> =
        (0..4).flat_map(|page| queue.outbox.entries_page(page * 2, 2).unwrap()).collect();
    assert_eq!(pages, all, "page by page it is the same list");
    assert_eq!(queue.outbox.entries_page(6, 2).unwrap(), []);
    assert_eq!(queue.outbox.entries_page(u64::MAX, u64::MAX).unwrap(), []);
}

#[test]
fn the_last_delivery_is_the_latest_and_nothing_else_that_ended() {
    let queue = Queue::with(&[1, 2, 3]);
    assert_eq!(queue.outbox.last_delivered().unwrap(), None);
    for (number, ms) in [(1, 50), (2, 40)] {
        let delivered = Outcome::Delivered { proof: vec![1], at: at(ms) };
        queue.outbox.settle(id(number), &delivered, at(60), 0).unwrap();
    }
    queue.outbox.cancel(id(3), at(99)).unwrap();
    assert_eq!(queue.outbox.last_delivered().unwrap(), Some(at(50)));
}

#[test]
fn each_committed_change_is_told_once() {
    let queue = Queue::new();
    let changes = queue.outbox.changes();
    let told = || *changes.borrow();
    queue.outbox.post(&entry(1), &[]).unwrap();
    queue.outbox.settle(id(1), &later(), at(5), 0).unwrap();
    queue.outbox.retry_now().unwrap();
    queue.outbox.settle(id(1), &parked(), at(5), 0).unwrap();
    queue.outbox.release(id(1)).unwrap();
    assert_eq!(told(), 5);
    queue.outbox.retry_now().unwrap();
    drop(queue.outbox.begin(id(1)).unwrap());
    assert!(queue.outbox.release(id(1)).is_err());
    assert_eq!(told(), 5, "nothing was changed");
    queue.outbox.clone().cancel(id(1), at(5)).unwrap();
    assert_eq!(told(), 6);
}

#[test]
fn a_post_on_a_full_disk_changes_nothing_and_works_once_there_is_room() {
    let queue = Queue::with(&[1, 2]);
    let before = queue.outbox.entries().unwrap();
    let changes = queue.outbox.changes();
    let large = NewEntry { body: vec![3; 100_000], ..entry(3) };
    // Whatever room there is, from none to just not enough.
    for pages in [0, 1, 2, 10, 20] {
        queue.leave_room_for(pages);
        let refused = queue.outbox.post(&large, &[id(1)]).unwrap_err();
        assert!(matches!(refused, PostError::DiskFull(_)), "{pages}: {refused:?}");
        assert_eq!(queue.outbox.entries().unwrap(), before);
    }
    assert!(!changes.has_changed().unwrap());
    assert_eq!(queue.outbox.next_step(at(0)).unwrap(), Step::Send(id(1)), "the queue still drains");
    queue.leave_room_for(1_000);
    assert_eq!(queue.outbox.post(&large, &[id(1)]).unwrap(), [id(1)]);
    let queue = queue.reopened();
    assert_eq!(queue.outbox.begin(id(3)).unwrap().unwrap().body, large.body);
}

#[test]
fn a_settlement_on_a_full_disk_changes_nothing_and_works_once_there_is_room() {
    let queue = Queue::with(&[1]);
    let changes = queue.outbox.changes();
    let outcome = Outcome::Delivered { proof: vec![7; 50_000], at: at(5) };
    queue.leave_room_for(0);
    let refused = queue.outbox.settle(id(1), &outcome, at(5), 0).unwrap_err();
    assert!(matches!(refused, MoveError::DiskFull(_)), "{refused:?}");
    assert_eq!(queue.state(1), EntryState::FRESH);
    assert_eq!(queue.outbox.proof(id(1)).unwrap(), None);
    assert!(!changes.has_changed().unwrap());
    queue.leave_room_for(1_000);
    queue.outbox.settle(id(1), &outcome, at(5), 0).unwrap();
    assert_eq!(queue.outbox.proof(id(1)).unwrap().map(|proof| proof.len()), Some(50_000));
}

#[test]
fn a_full_disk_lets_small_settlements_through() {
    let queue = Queue::with(&[1, 2]);
    queue.leave_room_for(0);
    queue.outbox.settle(id(1), &delivered(), at(5), 0).unwrap();
    queue.outbox.settle(id(2), &later(), at(5), 0).unwrap();
    assert_eq!(queue.outbox.counts().unwrap().delivered, 1);
}

#[test]
fn two_threads_never_begin_the_same_entry() {
    let numbers: Vec<u8> = (1..=20).collect();
    let queue = Queue::with(&numbers);
    let send_all = |outbox: Outbox| {
        let mut begun = Vec::new();
        while let Step::Send(id) = outbox.next_step(at(9_000)).unwrap() {
            let Some(delivery) = outbox.begin(id).unwrap() else { continue };
            begun.push(delivery.head.id);
            outbox.settle(id, &delivered(), at(9_000), 0).unwrap();
        }
        begun
    };
    let mut begun: Vec<EntryId> = std::thread::scope(|scope| {
        let both = [0, 1].map(|_| scope.spawn(|| send_all(queue.outbox.clone())));
        both.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    begun.sort();
    assert_eq!(begun, numbers.into_iter().map(id).collect::<Vec<_>>());
}
