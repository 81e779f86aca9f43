//! Random runs of events against a real file, next to a model that knows the drawn edges, what a
//! restart forgets, and that nothing is ever lost.
//!
//! The invariants of the design, and where each is asserted after each event:
//!
//! | invariant | here | and |
//! | --- | --- | --- |
//! | I1 saved is on the disk | `check_entries`, after `Kill` above all | flushes: tests/powercut |
//! | I2 no plaintext after sealing | | the client's: tests/journeys |
//! | I3 an id is one entry | the answer to `Post`, `check_entries` | the bank's: its replays |
//! | I4 only drawn edges | the answer to every event, `check_entries` | src/plan/tests.rs |
//! | I5 delivered has a proof | `check_entries` | that it is verified: the client's courier |
//! | I6 purged late enough | the answer to `Purge`, `check_entries`, `check_parts_of` | |
//! | I7 conservation | `check_entries`, `check_queue` | |
//! | I8 nobody delays others | `check_queue`: what is due, in order | |
//! | I9 a bounded rate, no cap | `check_queue`: the waits | the draw: src/plan/tests.rs |
//! | I10 dense numbers | | the client's and the bank's: tests/journeys |
//! | I11 no older app, whole steps | `OlderApp`, a run that begins with an older file | tests/powercut |
//! | I12 nothing after a withdrawal | `check_queue`: what `Post` cancelled is not due, urgent first | tests/journeys |
//! | I13 a reason for each stop | `check_reason` | the words: the client's, `ui` |
#![allow(clippy::unwrap_used)]

mod acts;
mod reference;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use acts::{Act, Answer, End};
use outbox::{
    Delivery, EntryId, EntryState, Epoch, EpochChange, Lane, MoveError, NewEntry, NewPart,
    OpenError, Outbox, Outcome, PartDigest, PartError, PostError, ReconcileError, Settlement, Step,
    Timestamp,
};
use proptest::test_runner::Config;
use proptest_state_machine::{StateMachineTest, prop_state_machine};
use reference::{Known, Model, STALE, body_size, part_size, proof_of};
use tempfile::TempDir;
use uuid::Uuid;

/// The real thing.
struct Run {
    outbox: Option<Outbox>,
    folders: Vec<TempDir>,
    deliveries: HashMap<u8, Delivery>,
}

/// In memory where the system offers that: these runs are about logic and about files as they
/// stand, not about what a disk does in a power cut, and a run has some hundred flushes.
fn folder() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap()
}

fn id(entry: u8) -> EntryId {
    EntryId(Uuid::from_u128(u128::from(entry)))
}

fn number(id: EntryId) -> u8 {
    id.0.as_bytes()[15]
}

fn body(digest: u8) -> Vec<u8> {
    vec![digest; usize::try_from(body_size(digest)).unwrap()]
}

fn digest_of(part: u8) -> PartDigest {
    PartDigest([part; 32])
}

fn part_bytes(part: u8) -> Vec<u8> {
    let size = usize::try_from(part_size(part)).unwrap();
    (0..size).map(|at| (at / 7) as u8 ^ part).collect()
}

fn outcome(end: End, true_now: u64) -> Outcome {
    match end {
        End::Delivered => {
            Outcome::Delivered { proof: proof_of(true_now), at: Timestamp::from(true_now) }
        }
        End::Later(asked_s) => Outcome::Later { retry_after: asked_s.map(Duration::from_secs) },
        End::Parked => Outcome::Parked { reason: STALE },
        End::NotTried => Outcome::NotTried,
    }
}

fn moved<T>(done: Result<T, MoveError>) -> Answer {
    match done {
        Ok(_) => Answer::Done,
        Err(MoveError::Unknown(_)) => Answer::Refused("unknown"),
        Err(MoveError::Illegal(_)) => Answer::Refused("illegal"),
        Err(MoveError::BodyGone(_)) => Answer::Refused("body gone"),
        Err(other) => panic!("{other:?}"),
    }
}

fn of_part<T>(done: Result<T, PartError>) -> Answer {
    match done {
        Ok(_) => Answer::Done,
        Err(PartError::Unknown(_)) => Answer::Refused("unknown"),
        Err(PartError::PastEnd { .. }) => Answer::Refused("past the end"),
        Err(other) => panic!("{other:?}"),
    }
}

/// Writes a file as an older version did: its own scripts, then rows in every state.
fn write_older_version(path: &Path, version: u32, entries: &[(&u8, &Known)]) {
    let mut file = rusqlite::Connection::open(path).unwrap();
    let step = file.transaction().unwrap();
    step.execute_batch(include_str!("../../migrations/0001_entries.sql")).unwrap();
    step.pragma_update(None, "application_id", 0x534e_424f).unwrap();
    if version > 1 {
        step.execute_batch(include_str!("../../migrations/0002_parts.sql")).unwrap();
    }
    step.pragma_update(None, "user_version", version).unwrap();
    for (entry, known) in entries {
        let bytes = body(known.digest);
        let (attempts, reason, ended) = match &known.state {
            EntryState::Queued { .. } => (Some(0), None, None),
            EntryState::Parked { reason } => (None, Some(reason.code()), None),
            EntryState::Delivered { at } | EntryState::Cancelled { at } => {
                (None, None, Some(i64::try_from(at.as_ms()).unwrap()))
            }
        };
        step.execute(
            "insert into entry
                 (id, lane, note, digest, size_bytes, saved_at_ms, state, attempts, park_reason,
                  ended_at_ms, proof)
             values (?1, 'normal', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            rusqlite::params![
                id(**entry).0.as_bytes().as_slice(),
                [known.digest],
                [known.digest; 32],
                i64::try_from(bytes.len()).unwrap(),
                i64::try_from(known.saved_at).unwrap(),
                known.state.name(),
                attempts,
                reason,
                ended,
                known.proof,
            ],
        )
        .unwrap();
        let row = (id(**entry).0.into_bytes(), bytes);
        step.execute("insert into entry_body (entry_id, bytes) values (?1, ?2)", row).unwrap();
    }
    step.commit().unwrap();
}

impl Run {
    fn file(&self) -> PathBuf {
        self.folders.last().unwrap().path().join("outbox.db")
    }

    fn open(&mut self) {
        self.outbox = Some(Outbox::open(&self.file()).unwrap());
    }

    fn outbox(&self) -> &Outbox {
        self.outbox.as_ref().unwrap()
    }

    /// To an app that knows one version less, this file is what a newer one is to this app.
    fn refuse_to_an_older_app(&self) {
        let set = |version: u32| {
            let file = rusqlite::Connection::open(self.file()).unwrap();
            file.pragma_update(None, "user_version", version).unwrap();
        };
        let file = rusqlite::Connection::open(self.file()).unwrap();
        let version = file.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        drop(file);
        set(version + 1);
        let before = fs::read(self.file()).unwrap();
        let refused = Outbox::open(&self.file()).map(drop).unwrap_err();
        assert!(matches!(refused, OpenError::TooNew { .. }), "I11: {refused:?}");
        assert!(fs::read(self.file()).unwrap() == before, "I11: it was written to");
        set(version);
    }

    /// Copies the files as a vanished process leaves them, and goes on with the copy.
    fn kill(&mut self) {
        let folder = folder();
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

    fn take(&mut self, model: &Model, act: &Act) -> Answer {
        let now = model.now();
        match act {
            Act::Post { entry, digest, urgent, cancel, parts } => {
                self.post(model, *entry, *digest, *urgent, cancel, parts)
            }
            Act::Begin(entry) => {
                let begun = self.outbox().begin(id(*entry)).unwrap();
                let is_begun = begun.is_some();
                self.deliveries.extend(begun.map(|delivery| (*entry, delivery)));
                Answer::Begun(is_begun)
            }
            Act::Settle { entry, end, jitter } => {
                let end = outcome(*end, model.true_now);
                moved(self.outbox().settle(id(*entry), &end, now, *jitter))
            }
            Act::SettleAll(ends) => {
                let settlements: Vec<_> = ends
                    .iter()
                    .map(|(entry, end, jitter)| Settlement {
                        id: id(*entry),
                        outcome: outcome(*end, model.true_now),
                        jitter: *jitter,
                    })
                    .collect();
                let settled = self.outbox().settle_all(&settlements, now).unwrap();
                Answer::Each(settled.into_iter().map(moved).collect())
            }
            Act::DropDelivery(entry) => {
                self.deliveries.remove(entry);
                Answer::Done
            }
            Act::Release(entry) => moved(self.outbox().release(id(*entry))),
            Act::Cancel(entry) => moved(self.outbox().cancel(id(*entry), now)),
            Act::RetryNow => Answer::Count(self.outbox().retry_now().unwrap()),
            Act::AddPart(part) => of_part(self.outbox().add_part(&NewPart {
                digest: digest_of(*part),
                bytes: part_bytes(*part),
                saved_at: now,
            })),
            Act::Progress { part, offset } => {
                of_part(self.outbox().part_progress(digest_of(*part), *offset))
            }
            Act::PartDone(part) => of_part(self.outbox().part_done(digest_of(*part))),
            Act::Hear(epoch) => {
                let change = self.outbox().note_epoch(Epoch(*epoch)).unwrap();
                Answer::Owed(change == EpochChange::Owed)
            }
            Act::Reconciled { epoch, everything } => {
                let confirmed: Vec<_> = Model::confirmed(*everything).into_iter().map(id).collect();
                let at = Timestamp::from(model.true_now);
                match self.outbox().reconciled(Epoch(*epoch), &confirmed, at) {
                    Ok(()) => Answer::Done,
                    Err(ReconcileError::OtherEpoch { .. }) => Answer::Refused("other epoch"),
                    Err(other) => panic!("{other:?}"),
                }
            }
            Act::Resend(entry) => moved(self.outbox().resend(id(*entry))),
            Act::Purge { drafts } => {
                let drafts: Vec<_> = drafts.iter().copied().map(digest_of).collect();
                let purged = self.outbox().purge(now, &drafts).unwrap();
                let outbox::Purged { entries, parts, bytes } = purged;
                Answer::Purged { entries, parts, bytes }
            }
            Act::Reopen => {
                self.outbox = None;
                // A delivery that outlives its queue marks nothing in the next one.
                self.open();
                self.deliveries.clear();
                Answer::Done
            }
            Act::OlderApp => {
                self.outbox = None;
                self.refuse_to_an_older_app();
                self.open();
                self.deliveries.clear();
                Answer::Done
            }
            Act::Kill => {
                self.kill();
                Answer::Done
            }
            Act::Clock(_) | Act::Days(_) => Answer::Done,
        }
    }

    fn post(
        &self,
        model: &Model,
        entry: u8,
        digest: u8,
        urgent: bool,
        cancel: &[u8],
        parts: &[u8],
    ) -> Answer {
        let new = NewEntry {
            id: id(entry),
            lane: if urgent { Lane::Urgent } else { Lane::Normal },
            note: vec![digest],
            body: body(digest),
            digest: [digest; 32],
            saved_at: model.now(),
        };
        let cancel: Vec<_> = cancel.iter().copied().map(id).collect();
        let parts: Vec<_> = parts.iter().copied().map(digest_of).collect();
        match self.outbox().post_with_parts(&new, &parts, &cancel) {
            Ok(cancelled) => Answer::Cancelled(cancelled.into_iter().map(number).collect()),
            Err(PostError::DigestDiffers { .. }) => Answer::Refused("digest"),
            Err(PostError::PartsDiffer { .. }) => Answer::Refused("parts"),
            Err(PostError::PartMissing { .. }) => Answer::Refused("missing"),
            Err(other) => panic!("{other:?}"),
        }
    }

    fn check_entries(&self, model: &Model) {
        let entries = self.outbox().entries().unwrap();
        assert_eq!(entries.len() as u64, model.created, "I7: an entry was lost or doubled");
        assert!(entries.is_sorted_by_key(|head| (head.saved_at, head.id)));
        for head in entries {
            let entry = number(head.id);
            let known = &model.entries[&entry];
            assert_eq!(head.state, known.state, "I4: entry {entry}");
            assert_eq!((head.lane, head.saved_at.as_ms()), (known.lane, known.saved_at));
            assert_eq!((head.digest, head.note), ([known.digest; 32], vec![known.digest]), "I3");
            assert_eq!(head.size_bytes, body_size(known.digest));
            let export = self.outbox().export(head.id).unwrap().unwrap();
            assert_eq!(export.proof, known.proof, "I5: entry {entry}");
            let is_delivered = matches!(known.state, EntryState::Delivered { .. });
            assert_eq!(export.proof.is_some(), is_delivered, "I5: entry {entry}");
            assert_eq!(self.outbox().former_proof(head.id).unwrap(), known.former_proof);
            assert_eq!(export.body.is_none(), known.is_purged, "I6: entry {entry}");
            if let Some(bytes) = export.body {
                assert!(bytes == body(known.digest), "I1: entry {entry}");
            }
            check_reason(&head.state);
            self.check_parts_of(model, head.id, known);
        }
    }

    fn check_parts_of(&self, model: &Model, entry: EntryId, known: &Known) {
        let named: Vec<_> = self.outbox().parts(entry).unwrap();
        let digests: Vec<_> = named.iter().map(|part| part.digest).collect();
        assert_eq!(digests, known.parts.iter().copied().map(digest_of).collect::<Vec<_>>());
        let all: u64 = known.parts.iter().map(|part| part_size(*part)).sum();
        let confirmed: u64 = known.parts.iter().map(|part| model.parts[part].confirmed).sum();
        let total = all + body_size(known.digest);
        let is_delivered = matches!(known.state, EntryState::Delivered { .. });
        let progress = self.outbox().progress(entry).unwrap().unwrap();
        assert_eq!(progress.total_bytes, total);
        assert_eq!(progress.confirmed_bytes, if is_delivered { total } else { confirmed });
        let is_needed = known.is_live() || is_delivered && !known.is_purged;
        let is_gone = named.iter().any(|part| part.purged_at.is_some());
        assert!(!(is_needed && is_gone), "I6: a part of {entry} went too early");
    }

    fn check_parts(&self, model: &Model) {
        for part in 0..4 {
            let found = self.outbox().part(digest_of(part)).unwrap();
            let Some(known) = model.parts.get(&part) else {
                assert_eq!(found, None);
                continue;
            };
            let found = found.unwrap();
            assert_eq!((found.confirmed_bytes, found.is_done), (known.confirmed, known.is_done));
            assert_eq!(
                (found.size_bytes, found.purged_at.is_some()),
                (part_size(part), known.is_purged,)
            );
            let from = found.confirmed_bytes;
            match self.outbox().part_bytes(found.digest, from, 300) {
                Ok(read) => {
                    let bytes = part_bytes(part);
                    let from = usize::try_from(from).unwrap();
                    let to = bytes.len().min(from + 300);
                    assert!(read == bytes[from..to], "I1: part {part} from {from}");
                }
                Err(refused) => assert!(matches!(refused, PartError::Gone(_)) && known.is_purged),
            }
        }
    }

    fn check_queue(&self, model: &Model) {
        let counts = self.outbox().counts().unwrap();
        assert_eq!(counts.posted(), model.created, "I7: conservation");
        let queued = model.entries.values().filter(|known| known.is_queued()).count();
        assert_eq!(counts.queued, queued as u64);
        let (due, wake_at) = model.expected_steps();
        let due: Vec<_> = due.into_iter().map(id).collect();
        let step = match (due.first(), wake_at) {
            (Some(first), _) => Step::Send(*first),
            (None, Some(at)) => Step::SleepUntil(at),
            (None, None) => Step::Idle,
        };
        assert_eq!(self.outbox().next_step(model.now()).unwrap(), step, "I8, I9");
        let steps = self.outbox().next_steps(model.now(), 3).unwrap();
        assert_eq!((steps.send.as_slice(), steps.wake_at), (&due[..due.len().min(3)], wake_at));
        let delivered = self.outbox().delivered_since(Timestamp::from(0)).unwrap();
        assert_eq!(delivered.len() as u64, counts.delivered);
        let all: Vec<_> = (0..6).map(id).collect();
        let missing = self.outbox().missing(&all).unwrap();
        assert_eq!(missing.len() as u64, 6 - model.created);
    }
}

/// Whatever is not on its way says why, and when it goes on.
fn check_reason(state: &EntryState) {
    match state {
        EntryState::Parked { reason } => assert!(!reason.code().is_empty(), "I13"),
        EntryState::Queued { attempts, not_before } => {
            assert!(not_before.is_none() || *attempts > 0, "I13: it waits for no reason");
        }
        EntryState::Delivered { .. } | EntryState::Cancelled { .. } => {}
    }
}

impl StateMachineTest for Run {
    type SystemUnderTest = Run;
    type Reference = Model;

    fn init_test(model: &Model) -> Run {
        let folders = vec![folder()];
        let mut run = Run { outbox: None, folders, deliveries: HashMap::new() };
        if let Some((version, _)) = model.older {
            let entries: Vec<_> = model.entries.iter().collect();
            write_older_version(&run.file(), version, &entries);
        }
        run.open();
        run
    }

    fn apply(mut run: Run, model: &Model, act: Act) -> Run {
        let answer = run.take(model, &act);
        assert_eq!(answer, model.answer, "{act:?}");
        run
    }

    fn check_invariants(run: &Run, model: &Model) {
        run.check_entries(model);
        run.check_parts(model);
        run.check_queue(model);
        assert_eq!(run.deliveries.len(), model.in_flight.len());
    }
}

prop_state_machine! {
    #![proptest_config(Config { cases: 128, ..Config::default() })]

    #[test]
    fn any_run_of_events_keeps_every_entry_and_moves_it_along_drawn_edges(
        sequential 1..60 => Run
    );
}
