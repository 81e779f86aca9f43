//! What the queue must be after any run of events, in plain maps: no file, no fsync, no bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use outbox::policy::{BODY_KEPT, UNNAMED_PART_KEPT};
use outbox::{EntryState, Lane, ParkReason, Timestamp, plan};
use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

use crate::acts::{self, Act, Answer, End};

pub const STALE: ParkReason = ParkReason::known("stale");
const START: u64 = 1_800_000_000_000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

#[derive(Debug, Clone)]
pub struct Known {
    pub digest: u8,
    pub lane: Lane,
    pub saved_at: u64,
    pub state: EntryState,
    pub proof: Option<Vec<u8>>,
    pub former_proof: Option<Vec<u8>>,
    pub parts: Vec<u8>,
    pub known_in: Option<u64>,
    pub is_purged: bool,
}

impl Known {
    pub fn is_queued(&self) -> bool {
        matches!(self.state, EntryState::Queued { .. })
    }

    pub fn is_live(&self) -> bool {
        self.is_queued() || matches!(self.state, EntryState::Parked { .. })
    }
}

#[derive(Debug, Clone)]
pub struct KnownPart {
    pub saved_at: u64,
    pub confirmed: u64,
    pub is_done: bool,
    pub is_purged: bool,
}

/// The queue as it must be, and the answer to the last event.
#[derive(Debug, Clone)]
pub struct Model {
    /// The version that the file had, and how many entries it had then; none: a new file.
    pub older: Option<(u32, u8)>,
    pub entries: BTreeMap<u8, Known>,
    pub parts: BTreeMap<u8, KnownPart>,
    pub in_flight: BTreeSet<u8>,
    pub receiver: Option<(u64, Option<u64>)>,
    /// The device's clock.
    pub now: u64,
    /// True time, which is the receiver's.
    pub true_now: u64,
    pub created: u64,
    pub answer: Answer,
}

pub fn body_size(digest: u8) -> u64 {
    20 + 400 * u64::from(digest)
}

/// Around the edges of a chunk of 256 KiB.
pub fn part_size(part: u8) -> u64 {
    [1, 262_144, 262_145, 5_000][usize::from(part)]
}

pub fn proof_of(at: u64) -> Vec<u8> {
    at.to_be_bytes().to_vec()
}

impl ReferenceStateMachine for Model {
    type State = Model;
    type Transition = Act;

    fn init_state() -> BoxedStrategy<Model> {
        prop_oneof![2 => Just(None), 1 => (1..3u32, 0..5u8).prop_map(Some)]
            .prop_map(Model::new)
            .boxed()
    }

    fn transitions(_: &Model) -> BoxedStrategy<Act> {
        acts::any_act()
    }

    fn apply(mut model: Model, act: &Act) -> Model {
        model.answer = model.take(act);
        model
    }
}

impl Model {
    fn new(older: Option<(u32, u8)>) -> Model {
        let rows = older.map_or(0, |(_, rows)| rows);
        Model {
            older,
            entries: (0..rows).map(|entry| (entry, old_entry(entry))).collect(),
            parts: BTreeMap::new(),
            in_flight: BTreeSet::new(),
            receiver: None,
            now: START,
            true_now: START,
            created: u64::from(rows),
            answer: Answer::Done,
        }
    }

    pub fn now(&self) -> Timestamp {
        Timestamp::from(self.now)
    }

    fn take(&mut self, act: &Act) -> Answer {
        match act {
            Act::Post { entry, digest, urgent, cancel, parts } => {
                let lane = if *urgent { Lane::Urgent } else { Lane::Normal };
                self.post(*entry, *digest, lane, cancel, parts)
            }
            Act::Begin(entry) => {
                let is_queued = self.entries.get(entry).is_some_and(Known::is_queued);
                Answer::Begun(is_queued && self.in_flight.insert(*entry))
            }
            Act::Settle { entry, end, jitter } => self.settle(*entry, *end, *jitter),
            Act::SettleAll(ends) => {
                let each =
                    ends.iter().map(|(entry, end, jitter)| self.settle(*entry, *end, *jitter));
                Answer::Each(each.collect())
            }
            Act::DropDelivery(entry) => {
                self.in_flight.remove(entry);
                Answer::Done
            }
            Act::Release(entry) => self.step(*entry, |known, _| match known.state {
                EntryState::Parked { .. } => Some(EntryState::FRESH),
                _ => None,
            }),
            Act::Cancel(entry) => self.step(*entry, |known, now| {
                known.is_live().then_some(EntryState::Cancelled { at: now })
            }),
            Act::RetryNow => self.retry_now(),
            Act::AddPart(part) => self.add_part(*part),
            Act::Progress { part, offset } => self.progress(*part, *offset, false),
            Act::PartDone(part) => self.progress(*part, part_size(*part), true),
            Act::Hear(epoch) => self.hear(*epoch),
            Act::Reconciled { epoch, everything } => self.reconciled(*epoch, *everything),
            Act::Resend(entry) => self.resend(*entry),
            Act::Purge { drafts } => self.purge(drafts),
            Act::Reopen | Act::OlderApp | Act::Kill => {
                self.in_flight.clear();
                Answer::Done
            }
            Act::Clock(jump_ms) => {
                self.now = self.now.saturating_add_signed(*jump_ms);
                Answer::Done
            }
            Act::Days(days) => {
                self.now += days * DAY_MS;
                self.true_now += days * DAY_MS;
                Answer::Done
            }
        }
    }

    fn post(&mut self, entry: u8, digest: u8, lane: Lane, cancel: &[u8], parts: &[u8]) -> Answer {
        let mut named = Vec::new();
        for part in parts {
            if !named.contains(part) {
                named.push(*part);
            }
        }
        match self.entries.get(&entry) {
            Some(known) if known.digest != digest => return Answer::Refused("digest"),
            Some(known) if known.parts != named => return Answer::Refused("parts"),
            Some(_) => {}
            None if named.iter().any(|part| !self.has_bytes(*part)) => {
                return Answer::Refused("missing");
            }
            None => {
                self.created += 1;
                let new = Known {
                    digest,
                    lane,
                    saved_at: self.now,
                    state: EntryState::FRESH,
                    proof: None,
                    former_proof: None,
                    parts: named,
                    known_in: None,
                    is_purged: false,
                };
                self.entries.insert(entry, new);
            }
        }
        let at = self.now();
        let mut cancelled = Vec::new();
        for other in cancel.iter().filter(|other| **other != entry) {
            if let Some(known) = self.entries.get_mut(other).filter(|known| known.is_live()) {
                known.state = EntryState::Cancelled { at };
                cancelled.push(*other);
            }
        }
        Answer::Cancelled(cancelled)
    }

    fn has_bytes(&self, part: u8) -> bool {
        self.parts.get(&part).is_some_and(|known| !known.is_purged)
    }

    fn settle(&mut self, entry: u8, end: End, jitter: u64) -> Answer {
        use EntryState::{Cancelled, Delivered, Parked, Queued};
        let (now, at) = (self.now(), self.true_now);
        let Some(known) = self.entries.get_mut(&entry) else { return Answer::Refused("unknown") };
        match (known.state.clone(), end) {
            (_, End::NotTried)
            | (Delivered { .. }, End::Delivered)
            | (Cancelled { .. }, End::Later(_) | End::Parked) => {}
            (Queued { .. } | Cancelled { .. }, End::Delivered) => {
                known.state = Delivered { at: Timestamp::from(at) };
                known.proof = Some(proof_of(at));
                known.former_proof = None;
            }
            (Queued { attempts, .. }, End::Later(asked_s)) => {
                // The draw has its own tests; here the plan is believed about it.
                let pause = plan::pause(attempts, asked_s.map(Duration::from_secs), jitter);
                let not_before = Some(now.plus(pause));
                known.state = Queued { attempts: attempts + 1, not_before };
            }
            (Queued { .. }, End::Parked) => known.state = Parked { reason: STALE },
            (Parked { .. }, _) | (Delivered { .. }, _) => return Answer::Refused("illegal"),
        }
        Answer::Done
    }

    fn step(
        &mut self,
        entry: u8,
        to: impl FnOnce(&Known, Timestamp) -> Option<EntryState>,
    ) -> Answer {
        let now = self.now();
        let Some(known) = self.entries.get_mut(&entry) else { return Answer::Refused("unknown") };
        let Some(state) = to(known, now) else { return Answer::Refused("illegal") };
        known.state = state;
        Answer::Done
    }

    fn retry_now(&mut self) -> Answer {
        let mut waiting = 0;
        for known in self.entries.values_mut() {
            if let EntryState::Queued { not_before, .. } = &mut known.state {
                waiting += usize::from(not_before.take().is_some());
            }
        }
        Answer::Count(waiting)
    }

    fn add_part(&mut self, part: u8) -> Answer {
        let now = self.now;
        let known = self.parts.entry(part).and_modify(|known| {
            known.saved_at = if known.is_purged { now } else { known.saved_at.max(now) };
        });
        let known = known.or_insert(KnownPart {
            saved_at: now,
            confirmed: 0,
            is_done: false,
            is_purged: false,
        });
        if known.is_purged {
            *known = KnownPart { saved_at: now, confirmed: 0, is_done: false, is_purged: false };
        }
        Answer::Done
    }

    fn progress(&mut self, part: u8, offset: u64, is_done: bool) -> Answer {
        let Some(known) = self.parts.get_mut(&part) else { return Answer::Refused("unknown") };
        if offset > part_size(part) {
            return Answer::Refused("past the end");
        }
        known.is_done = is_done || known.is_done && offset == part_size(part);
        known.confirmed = offset;
        Answer::Done
    }

    fn hear(&mut self, epoch: u64) -> Answer {
        match self.receiver {
            Some((known, reconciled)) if known == epoch => Answer::Owed(reconciled.is_none()),
            _ => {
                self.receiver = Some((epoch, None));
                for (part, known) in &mut self.parts {
                    let names = |entry: &&Known| entry.parts.contains(part);
                    let mut naming = self.entries.values().filter(names).peekable();
                    if naming.peek().is_none() || naming.any(Known::is_live) {
                        (known.confirmed, known.is_done) = (0, false);
                    }
                }
                Answer::Owed(true)
            }
        }
    }

    /// What the receiver confirms in a reconciliation, whatever its state is here.
    pub fn confirmed(everything: bool) -> Vec<u8> {
        (0..6).filter(|entry| everything || entry % 2 == 0).collect()
    }

    fn reconciled(&mut self, epoch: u64, everything: bool) -> Answer {
        match &mut self.receiver {
            Some((known, at)) if *known == epoch => *at = Some(self.true_now),
            _ => return Answer::Refused("other epoch"),
        }
        for entry in Model::confirmed(everything) {
            if let Some(known) = self.entries.get_mut(&entry)
                && matches!(known.state, EntryState::Delivered { .. })
            {
                known.known_in = Some(epoch);
            }
        }
        Answer::Done
    }

    fn resend(&mut self, entry: u8) -> Answer {
        let Some(known) = self.entries.get_mut(&entry) else { return Answer::Refused("unknown") };
        match known.state {
            EntryState::Delivered { .. } if known.is_purged => Answer::Refused("body gone"),
            EntryState::Delivered { .. } => {
                known.state = EntryState::FRESH;
                known.former_proof = known.proof.take();
                known.known_in = None;
                for part in &known.parts {
                    let part = self.parts.get_mut(part).expect("a named part has its row");
                    (part.confirmed, part.is_done) = (0, false);
                }
                Answer::Done
            }
            _ => Answer::Refused("illegal"),
        }
    }

    /// By the words of invariant I6, not by the code.
    fn purge(&mut self, drafts: &[u8]) -> Answer {
        let (kept_ms, unnamed_ms) = (ms(BODY_KEPT), ms(UNNAMED_PART_KEPT));
        let (now, receiver) = (self.now, self.receiver);
        let (mut entries, mut parts, mut bytes) = (0, 0, 0);
        for known in self.entries.values_mut().filter(|known| !known.is_purged) {
            let may_go = match known.state {
                EntryState::Delivered { at } => matches!(receiver, Some((epoch, Some(asked)))
                    if known.known_in == Some(epoch)
                        && asked >= at.as_ms() + kept_ms && now >= at.as_ms() + kept_ms),
                EntryState::Cancelled { at } => now >= at.as_ms() + kept_ms,
                _ => false,
            };
            if may_go {
                known.is_purged = true;
                entries += 1;
                bytes += body_size(known.digest);
            }
        }
        let all: Vec<u8> = self.parts.keys().copied().collect();
        for part in all {
            let known = self.parts.get_mut(&part).expect("just listed");
            let names = |entry: &&Known| entry.parts.contains(&part);
            let is_needed = self.entries.values().filter(names).any(|entry| !entry.is_purged);
            let is_young = known.saved_at + unnamed_ms > now;
            if known.is_purged || is_needed || is_young || drafts.contains(&part) {
                continue;
            }
            parts += 1;
            bytes += part_size(part);
            known.is_purged = true;
            if !self.entries.values().any(|entry| entry.parts.contains(&part)) {
                self.parts.remove(&part);
            }
        }
        Answer::Purged { entries, parts, bytes }
    }

    /// What to do next, by the words of the design: what is due, urgent first, then oldest.
    pub fn expected_steps(&self) -> (Vec<u8>, Option<Timestamp>) {
        let longest_ms = ms(outbox::policy::LONGEST_PAUSE);
        let (mut due, mut waits) = (Vec::new(), Vec::new());
        for (entry, known) in &self.entries {
            let EntryState::Queued { not_before, .. } = &known.state else { continue };
            if self.in_flight.contains(entry) {
                continue;
            }
            let until = not_before.map_or(0, Timestamp::as_ms);
            if until > self.now && until - self.now <= longest_ms {
                waits.push(until);
            } else {
                due.push((known.lane == Lane::Normal, known.saved_at, *entry));
            }
        }
        due.sort_unstable();
        let due = due.into_iter().map(|(_, _, entry)| entry).collect();
        (due, waits.into_iter().min().map(Timestamp::from))
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).expect("a policy is short")
}

/// An entry as the first version left it, one in each state.
fn old_entry(entry: u8) -> Known {
    let at = Timestamp::from(START - 1);
    let state = match entry % 4 {
        0 => EntryState::FRESH,
        1 => EntryState::Parked { reason: STALE },
        2 => EntryState::Delivered { at },
        _ => EntryState::Cancelled { at },
    };
    Known {
        digest: entry,
        lane: Lane::Normal,
        saved_at: START - 10 + u64::from(entry),
        proof: matches!(state, EntryState::Delivered { .. }).then(|| proof_of(START - 1)),
        state,
        former_proof: None,
        parts: Vec::new(),
        known_in: None,
        is_purged: false,
    }
}
