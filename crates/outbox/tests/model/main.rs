//! Random runs against the real file, compared after every step with a model in memory.
//!
//! The model is written from the design, not from the code: it knows the drawn edges, what a
//! restart forgets, and that nothing is ever lost.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use outbox::policy::{LONGEST_PAUSE, MIN_BACKOFF};
use outbox::{
    Delivery, EntryId, EntryState, Lane, MoveError, NewEntry, Outbox, Outcome, ParkReason,
    PostError, Step, Timestamp,
};
use proptest::prelude::*;
use tempfile::TempDir;
use uuid::Uuid;

const STALE: ParkReason = ParkReason::known("stale");

/// One step of a run. Entries are named by a small number, so that steps meet each other.
#[derive(Debug, Clone)]
enum Act {
    Post {
        entry: u8,
        digest: u8,
        urgent: bool,
        cancel: Vec<u8>,
    },
    Begin(u8),
    Deliver(u8),
    Delay {
        entry: u8,
        retry_after_s: Option<u64>,
        jitter: u64,
    },
    Park(u8),
    GiveBack(u8),
    DropDelivery(u8),
    Release(u8),
    Cancel(u8),
    RetryNow,
    /// Closed in order and opened again.
    Reopen,
    /// The process vanishes: only what is in the files is left.
    Kill,
    Clock(i64),
    /// The courier: take the next step and let it succeed or fail.
    Courier {
        works: bool,
        jitter: u64,
    },
}

fn act() -> impl Strategy<Value = Act> {
    let entry = || 0..6u8;
    let jump = prop_oneof![
        4 => 0..2_000_000i64,
        1 => Just(-300_000_000_000i64),
        1 => Just(300_000_000_000i64),
        1 => -5_000_000..0i64,
    ];
    prop_oneof![
        6 => (entry(), prop::bool::weighted(0.1), any::<bool>(), prop::collection::vec(entry(), 0..3))
            .prop_map(|(entry, other, urgent, cancel)| Act::Post {
                entry, digest: entry + 100 * u8::from(other), urgent, cancel,
            }),
        4 => entry().prop_map(Act::Begin),
        2 => entry().prop_map(Act::Deliver),
        4 => (entry(), prop::option::of(0..10_000u64), any::<u64>())
            .prop_map(|(entry, retry_after_s, jitter)| Act::Delay { entry, retry_after_s, jitter }),
        3 => entry().prop_map(Act::Park),
        1 => entry().prop_map(Act::GiveBack),
        4 => entry().prop_map(Act::DropDelivery),
        3 => entry().prop_map(Act::Release),
        2 => entry().prop_map(Act::Cancel),
        1 => Just(Act::RetryNow),
        1 => Just(Act::Reopen),
        1 => Just(Act::Kill),
        3 => jump.prop_map(Act::Clock),
        4 => (any::<bool>(), any::<u64>()).prop_map(|(works, jitter)| Act::Courier { works, jitter }),
    ]
}

/// What the model remembers of an entry.
#[derive(Debug, Clone)]
struct Known {
    digest: u8,
    lane: Lane,
    saved_at: u64,
    state: EntryState,
    proof: Option<Vec<u8>>,
}

impl Known {
    fn is_live(&self) -> bool {
        matches!(self.state, EntryState::Queued { .. } | EntryState::Parked { .. })
    }

    fn is_queued(&self) -> bool {
        matches!(self.state, EntryState::Queued { .. })
    }
}

struct Run {
    outbox: Option<Outbox>,
    folders: Vec<TempDir>,
    deliveries: HashMap<u8, Delivery>,
    model: BTreeMap<u8, Known>,
    created: u64,
    now: u64,
}

fn id(entry: u8) -> EntryId {
    EntryId(Uuid::from_u128(u128::from(entry)))
}

fn body(digest: u8) -> Vec<u8> {
    vec![digest; 20 + 400 * usize::from(digest)]
}

impl Run {
    fn new() -> Run {
        let folder = TempDir::new().unwrap();
        let mut run = Run {
            outbox: None,
            folders: vec![folder],
            deliveries: HashMap::new(),
            model: BTreeMap::new(),
            created: 0,
            now: 1_800_000_000_000,
        };
        run.open();
        run
    }

    fn file(&self) -> PathBuf {
        self.folders.last().unwrap().path().join("outbox.db")
    }

    fn open(&mut self) {
        self.outbox = Some(Outbox::open(&self.file()).unwrap());
    }

    fn outbox(&self) -> &Outbox {
        self.outbox.as_ref().unwrap()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from(self.now)
    }

    fn take(&mut self, act: Act) {
        match act {
            Act::Post { entry, digest, urgent, cancel } => {
                self.post(entry, digest, if urgent { Lane::Urgent } else { Lane::Normal }, &cancel);
            }
            Act::Begin(entry) => self.begin(entry),
            Act::Deliver(entry) => self.deliver(entry),
            Act::Delay { entry, retry_after_s, jitter } => self.delay(entry, retry_after_s, jitter),
            Act::Park(entry) => self.park(entry),
            Act::GiveBack(entry) => self.give_back(entry),
            Act::DropDelivery(entry) => {
                self.deliveries.remove(&entry);
            }
            Act::Release(entry) => self.release(entry),
            Act::Cancel(entry) => self.cancel(entry),
            Act::RetryNow => self.retry_now(),
            Act::Reopen => {
                self.outbox = None;
                // A delivery that outlives its queue marks nothing in the next one.
                self.open();
                self.deliveries.clear();
            }
            Act::Kill => self.kill(),
            Act::Clock(jump_ms) => self.now = self.now.saturating_add_signed(jump_ms),
            Act::Courier { works, jitter } => self.courier(works, jitter),
        }
    }

    fn post(&mut self, entry: u8, digest: u8, lane: Lane, cancel: &[u8]) {
        let new = NewEntry {
            id: id(entry),
            lane,
            note: vec![digest],
            body: body(digest),
            digest: [digest; 32],
            saved_at: self.now(),
        };
        let ids: Vec<_> = cancel.iter().copied().map(id).collect();
        let posted = self.outbox().post(&new, &ids);
        if self.model.get(&entry).is_some_and(|known| known.digest != digest) {
            assert!(matches!(posted, Err(PostError::DigestDiffers { .. })), "{posted:?}");
            return;
        }
        let mut expected = Vec::new();
        for other in cancel.iter().filter(|other| **other != entry) {
            if let Some(known) = self.model.get_mut(other).filter(|known| known.is_live()) {
                known.state = EntryState::Cancelled { at: Timestamp::from(self.now) };
                expected.push(id(*other));
            }
        }
        assert_eq!(posted.unwrap(), expected);
        if !self.model.contains_key(&entry) {
            self.created += 1;
            let state = EntryState::Queued { attempts: 0, not_before: None };
            let known = Known { digest, lane, saved_at: self.now, state, proof: None };
            self.model.insert(entry, known);
        }
    }

    fn begin(&mut self, entry: u8) {
        let begun = self.outbox().begin(id(entry)).unwrap();
        let known = self.model.get(&entry).filter(|known| known.is_queued());
        match (begun, known) {
            (Some(delivery), Some(known)) => {
                assert!(!self.deliveries.contains_key(&entry), "begun twice");
                assert_eq!(delivery.body, body(known.digest));
                self.deliveries.insert(entry, delivery);
            }
            (None, known) => {
                assert!(known.is_none() || self.deliveries.contains_key(&entry));
            }
            (Some(_), None) => panic!("began an entry that is not queued"),
        }
    }

    /// Settles, and checks whether it was refused as the model says.
    fn settle(&mut self, entry: u8, outcome: &Outcome, jitter: u64, is_legal: bool) -> bool {
        let settled = self.outbox().settle(id(entry), outcome, self.now(), jitter);
        match self.model.get(&entry) {
            None => assert!(matches!(settled, Err(MoveError::Unknown(_))), "{settled:?}"),
            Some(_) if is_legal => drop(settled.unwrap()),
            Some(_) => assert!(matches!(settled, Err(MoveError::Illegal(_))), "{settled:?}"),
        }
        is_legal && self.model.contains_key(&entry)
    }

    fn is(&self, entry: u8, wanted: fn(&EntryState) -> bool) -> bool {
        self.model.get(&entry).is_some_and(|known| wanted(&known.state))
    }

    fn deliver(&mut self, entry: u8) {
        let at = self.now();
        let proof = self.now.to_be_bytes().to_vec();
        let is_legal = !self.is(entry, |state| matches!(state, EntryState::Parked { .. }));
        let outcome = Outcome::Delivered { proof: proof.clone(), at };
        if self.settle(entry, &outcome, 0, is_legal) {
            let known = self.model.get_mut(&entry).unwrap();
            if !matches!(known.state, EntryState::Delivered { .. }) {
                known.state = EntryState::Delivered { at };
                known.proof = Some(proof);
            }
        }
    }

    fn delay(&mut self, entry: u8, retry_after_s: Option<u64>, jitter: u64) {
        let outcome = Outcome::Later { retry_after: retry_after_s.map(Duration::from_secs) };
        let is_legal = !self.is(entry, |state| {
            matches!(state, EntryState::Parked { .. } | EntryState::Delivered { .. })
        });
        if !self.settle(entry, &outcome, jitter, is_legal) {
            return;
        }
        // The draw is the plan's own business; here only its bounds count.
        let now = self.now();
        let stored = self.outbox().entry(id(entry)).unwrap().unwrap().state;
        let known = self.model.get_mut(&entry).unwrap();
        if let EntryState::Queued { attempts: before, .. } = known.state {
            let EntryState::Queued { attempts, not_before: Some(until) } = stored else {
                panic!("a delayed entry waits: {stored:?}");
            };
            let asked = Duration::from_secs(retry_after_s.unwrap_or(0).min(3_600));
            assert_eq!(attempts, before + 1);
            assert!(until >= now.plus(asked).plus(MIN_BACKOFF) && until <= now.plus(LONGEST_PAUSE));
            known.state = stored;
        }
    }

    fn park(&mut self, entry: u8) {
        let outcome = Outcome::Parked { reason: STALE };
        let is_legal = !self.is(entry, |state| {
            matches!(state, EntryState::Parked { .. } | EntryState::Delivered { .. })
        });
        if self.settle(entry, &outcome, 0, is_legal) {
            let known = self.model.get_mut(&entry).unwrap();
            if known.is_queued() {
                known.state = EntryState::Parked { reason: STALE };
            }
        }
    }

    fn give_back(&mut self, entry: u8) {
        self.settle(entry, &Outcome::NotTried, 0, true);
    }

    fn release(&mut self, entry: u8) {
        let released = self.outbox().release(id(entry));
        if self.is(entry, |state| matches!(state, EntryState::Parked { .. })) {
            released.unwrap();
            self.model.get_mut(&entry).unwrap().state =
                EntryState::Queued { attempts: 0, not_before: None };
        } else {
            assert!(released.is_err());
        }
    }

    fn cancel(&mut self, entry: u8) {
        let at = self.now();
        let cancelled = self.outbox().cancel(id(entry), at);
        match self.model.get_mut(&entry).filter(|known| known.is_live()) {
            Some(known) => {
                cancelled.unwrap();
                known.state = EntryState::Cancelled { at };
            }
            None => assert!(cancelled.is_err()),
        }
    }

    fn retry_now(&mut self) {
        let mut waiting = 0;
        for known in self.model.values_mut() {
            if let EntryState::Queued { not_before, .. } = &mut known.state {
                waiting += usize::from(not_before.take().is_some());
            }
        }
        assert_eq!(self.outbox().retry_now().unwrap(), waiting);
    }

    fn kill(&mut self) {
        let folder = TempDir::new().unwrap();
        for name in ["outbox.db", "outbox.db-wal"] {
            let from = self.file().with_file_name(name);
            if from.exists() {
                fs::copy(from, folder.path().join(name)).unwrap();
            }
        }
        self.folders.push(folder);
        self.deliveries.clear();
        self.open();
    }

    fn courier(&mut self, works: bool, jitter: u64) {
        let Step::Send(next) = self.outbox().next_step(self.now()).unwrap() else { return };
        let entry = next.0.as_bytes()[15];
        self.begin(entry);
        assert!(self.deliveries.contains_key(&entry), "a named entry can be begun");
        if works {
            self.deliver(entry);
        } else {
            self.delay(entry, None, jitter);
        }
        self.deliveries.remove(&entry);
    }

    /// The step by the words of the design: what is due, urgent first, then oldest.
    fn expected_step(&self) -> Step {
        let longest_ms = u64::try_from(LONGEST_PAUSE.as_millis()).unwrap();
        let mut due = Vec::new();
        let mut waits = Vec::new();
        for (entry, known) in &self.model {
            let EntryState::Queued { not_before, .. } = &known.state else { continue };
            if self.deliveries.contains_key(entry) {
                continue;
            }
            let until = not_before.map_or(0, Timestamp::as_ms);
            if until > self.now && until - self.now <= longest_ms {
                waits.push(until);
            } else {
                due.push((known.lane == Lane::Normal, known.saved_at, *entry));
            }
        }
        match (due.iter().min(), waits.iter().min()) {
            (Some((_, _, entry)), _) => Step::Send(id(*entry)),
            (None, Some(until)) => Step::SleepUntil(Timestamp::from(*until)),
            (None, None) => Step::Idle,
        }
    }

    fn check(&self) {
        let entries = self.outbox().entries().unwrap();
        assert_eq!(entries.len() as u64, self.created, "an entry was lost or doubled");
        assert!(entries.is_sorted_by_key(|head| (head.saved_at, head.id)));
        for head in entries {
            let entry = head.id.0.as_bytes()[15];
            let known = &self.model[&entry];
            assert_eq!(head.state, known.state, "entry {entry}");
            assert_eq!((head.lane, head.saved_at.as_ms()), (known.lane, known.saved_at));
            assert_eq!((head.digest, head.note), ([known.digest; 32], vec![known.digest]));
            assert_eq!(head.size_bytes, body(known.digest).len() as u64);
            assert_eq!(self.outbox().proof(head.id).unwrap(), known.proof, "entry {entry}");
        }
        let counts = self.outbox().counts().unwrap();
        assert_eq!(counts.posted(), self.created, "conservation");
        let queued = self.model.values().filter(|known| known.is_queued()).count();
        assert_eq!(counts.queued, queued as u64);
        assert_eq!(self.outbox().next_step(self.now()).unwrap(), self.expected_step());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_run_of_events_keeps_every_entry_and_moves_it_along_drawn_edges(
        acts in prop::collection::vec(act(), 1..60),
    ) {
        let mut run = Run::new();
        for act in acts {
            run.take(act);
            run.check();
        }
    }
}
