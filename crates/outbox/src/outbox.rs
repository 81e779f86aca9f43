//! The façade: one queue, shared by whoever holds a clone.

mod delivery;
mod error;
mod keeping;
mod parts;
mod salvage;

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::entry::{
    Counts, EntryHead, EntryId, EntryState, NewEntry, Outcome, Step, Steps, Timestamp,
};
use crate::keeping::Settlement;
use crate::part::PartDigest;
use crate::plan::{self, IllegalMove};
use crate::policy::MAX_PARTS_PER_ENTRY;
use crate::store::{OpenError, Rows, Store, StoreError, damaged};

pub use delivery::Delivery;
use delivery::InFlight;
pub use error::{MoveError, PartError, PostError, ReconcileError, SalvageError};
pub use salvage::{DAMAGED, Salvaged};

/// The queue. Clones share it; the file is closed when the last clone is dropped.
///
/// **Every method but `changes` and `sending` blocks on the disk: call it from the blocking
/// pool.** Each method that changes something is one transaction, on the disk (fsync) when it
/// returns `Ok`, and without any effect when it returns `Err`; a crash in between leaves one or
/// the other.
#[derive(Clone)]
pub struct Outbox {
    shared: Arc<Shared>,
}

struct Shared {
    // Taken before `in_flight` wherever both are held.
    store: Mutex<Store>,
    in_flight: InFlight,
    changes: watch::Sender<u64>,
}

impl Outbox {
    /// Opens the queue at `path`, or creates it if there is no file; the folder must exist.
    ///
    /// Takes an exclusive lock on the file and checks it: in whole up to
    /// [`WHOLE_CHECK_BYTES`](crate::policy::WHOLE_CHECK_BYTES); in a larger one all heads, and
    /// bodies and parts when they are read. Nothing needs repair after a crash.
    ///
    /// A file of an older version is migrated: it is copied aside first, and the copy is deleted
    /// once the migration is on the disk and the whole file was checked. Killed at any line, the
    /// next opening goes on.
    ///
    /// # Errors
    ///
    /// See [`OpenError`]. A file that is too new, unreadable or in use is left untouched.
    pub fn open(path: &Path) -> Result<Outbox, OpenError> {
        Ok(Outbox {
            shared: Arc::new(Shared {
                store: Mutex::new(Store::open(path)?),
                in_flight: InFlight::default(),
                changes: watch::Sender::new(0),
            }),
        })
    }

    /// Saves an entry, and in the same transaction cancels others (at `entry.saved_at`).
    ///
    /// Made for a withdrawal: either it is queued *and* what it withdraws is cancelled, or
    /// neither. Gives those of `cancel` that this call cancelled; ids that are unknown,
    /// delivered or cancelled already are passed over. Posting the same id with the same digest
    /// again is fine: the entry stays as it is, whatever its state, and `cancel` is applied.
    ///
    /// # Errors
    ///
    /// [`PostError`]; nothing is saved and nothing cancelled.
    pub fn post(&self, entry: &NewEntry, cancel: &[EntryId]) -> Result<Vec<EntryId>, PostError> {
        self.post_with_parts(entry, &[], cancel)
    }

    /// Saves an entry that names parts, otherwise as [`post`](Outbox::post).
    ///
    /// Every part must be here ([`add_part`](Outbox::add_part)); from now on it is kept as long as
    /// the entry needs it. A digest that stands twice is named once. At most
    /// [`MAX_PARTS_PER_ENTRY`](crate::policy::MAX_PARTS_PER_ENTRY).
    ///
    /// # Errors
    ///
    /// [`PostError`]; nothing is saved and nothing cancelled.
    pub fn post_with_parts(
        &self,
        entry: &NewEntry,
        parts: &[PartDigest],
        cancel: &[EntryId],
    ) -> Result<Vec<EntryId>, PostError> {
        let named = each_once(parts);
        if named.len() > MAX_PARTS_PER_ENTRY {
            return Err(PostError::TooManyParts { named: named.len() });
        }
        let mut store = self.store();
        let (is_new, cancelled) = store.write("post", |rows| {
            let is_new = insert_once(rows, entry, &named)?;
            let others = cancel.iter().copied().filter(|id| *id != entry.id);
            let cancelled = cancel_each(rows, others, entry.saved_at)?;
            Ok::<_, PostError>((is_new, cancelled))
        })?;
        if is_new || !cancelled.is_empty() {
            self.tell();
        }
        Ok(cancelled)
    }

    /// What to do next, by [`plan::next_step`]; entries in flight are passed over. Changes
    /// nothing: follow a `Send` with [`begin`](Outbox::begin).
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read.
    pub fn next_step(&self, now: Timestamp) -> Result<Step, StoreError> {
        let store = self.store();
        let queued = store.rows().queued()?;
        Ok(plan::next_step(&queued, &self.shared.in_flight.ids(), now))
    }

    /// What to do next with up to `limit` entries in flight beside those that are already, by
    /// [`plan::next_steps`]. Changes nothing: [`begin`](Outbox::begin) each.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read.
    pub fn next_steps(&self, now: Timestamp, limit: usize) -> Result<Steps, StoreError> {
        let store = self.store();
        let queued = store.rows().queued()?;
        Ok(plan::next_steps(&queued, &self.shared.in_flight.ids(), now, limit))
    }

    /// Marks a queued entry as in flight, in memory, and reads its body. `None` if it is not
    /// queued (any more) or already in flight. Whether it is due is for
    /// [`next_step`](Outbox::next_step) to say and not looked at here.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read; then the entry is not marked. `Damaged` may
    /// be about this entry alone: settle it as parked, and the others go on.
    pub fn begin(&self, id: EntryId) -> Result<Option<Delivery>, StoreError> {
        let store = self.store();
        let Some(head) = store.rows().head(id)?.filter(is_queued) else { return Ok(None) };
        let Some(mark) = self.shared.in_flight.mark(id) else { return Ok(None) };
        let body = store.rows().body(&head)?;
        let parts = store.rows().parts_of(id)?;
        Ok(Some(Delivery { head, body, parts, _mark: mark }))
    }

    /// [`begin`](Outbox::begin), and `digest_of` (SHA-256) the body: damage that SQLite cannot
    /// see, such as a bit that turned within the body, is told here and never sent.
    ///
    /// # Errors
    ///
    /// [`StoreError`] as in `begin`; `Damaged` also if the digest is not the one that was posted.
    pub fn begin_checked(
        &self,
        id: EntryId,
        digest_of: impl FnOnce(&[u8]) -> [u8; 32],
    ) -> Result<Option<Delivery>, StoreError> {
        let delivery = self.begin(id)?;
        // The lock is free by now: hashing a large body holds up nobody.
        match &delivery {
            Some(begun) if digest_of(&begun.body) != begun.head.digest => {
                Err(damaged("a body has another digest than its head"))
            }
            _ => Ok(delivery),
        }
    }

    /// Writes down how an attempt ended, by [`plan::settle`]; gives the entry as it is then.
    ///
    /// `jitter` is a random number, uniform over all of `u64`. The mark of a running delivery is
    /// not touched: drop the [`Delivery`] after this. If this fails with a verified proof in
    /// hand, nothing is lost: the entry is sent again, and the receiver gives the same answer.
    ///
    /// Cancelled while in flight, the entry stays cancelled whatever went wrong; but a proof
    /// wins over the cancelling, because the receiver had it already.
    ///
    /// # Errors
    ///
    /// [`MoveError`]; the entry is as it was.
    pub fn settle(
        &self,
        id: EntryId,
        outcome: &Outcome,
        now: Timestamp,
        jitter: u64,
    ) -> Result<EntryHead, MoveError> {
        let mut store = self.store();
        let (head, is_moved) =
            store.write("settle", |rows| settle_one(rows, id, outcome, now, jitter))?;
        if is_moved {
            self.tell();
        }
        Ok(head)
    }

    /// Settles several entries in one transaction, each as [`settle`](Outbox::settle) does, in
    /// the order given; gives for each the entry as it is then, or why it was not moved. One that
    /// is refused holds up no other.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; then no entry was moved.
    pub fn settle_all(
        &self,
        settlements: &[Settlement],
        now: Timestamp,
    ) -> Result<Vec<Result<EntryHead, MoveError>>, StoreError> {
        let mut store = self.store();
        let mut moved = false;
        let settled = store.write("settle_all", |rows| {
            let mut settled = Vec::new();
            for Settlement { id, outcome, jitter } in settlements {
                settled.push(match settle_one(rows, *id, outcome, now, *jitter) {
                    Ok((head, is_moved)) => {
                        moved |= is_moved;
                        Ok(head)
                    }
                    Err(MoveError::DiskFull(error) | MoveError::Store(error)) => {
                        return Err(error);
                    }
                    Err(refused) => Err(refused),
                });
            }
            Ok::<_, StoreError>(settled)
        })?;
        if moved {
            self.tell();
        }
        Ok(settled)
    }

    /// Queues a parked entry anew, due at once and with no attempt counted: the act of a person.
    ///
    /// # Errors
    ///
    /// [`MoveError`], `Illegal` if it is not parked; the entry is as it was.
    pub fn release(&self, id: EntryId) -> Result<EntryHead, MoveError> {
        self.move_entry("release", id, plan::release)
    }

    /// Takes back a queued or parked entry: the act of a person.
    ///
    /// If it is in flight, it may still arrive: then its delivery is settled over this. To undo
    /// what arrived takes an entry of its own, see [`post`](Outbox::post).
    ///
    /// # Errors
    ///
    /// [`MoveError`], `Illegal` if it is delivered or cancelled; the entry is as it was.
    pub fn cancel(&self, id: EntryId, now: Timestamp) -> Result<EntryHead, MoveError> {
        self.move_entry("cancel", id, |state| plan::cancel(state, now))
    }

    /// Makes every waiting entry due at once, attempts still counted: after the signal came back
    /// or a person asked. Gives how many were waiting. Parked entries stay parked.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing is changed.
    pub fn retry_now(&self) -> Result<usize, StoreError> {
        let mut store = self.store();
        let waiting = store.write("retry_now", |rows| rows.clear_waits())?;
        if waiting > 0 {
            self.tell();
        }
        Ok(waiting)
    }

    /// One entry.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read.
    pub fn entry(&self, id: EntryId) -> Result<Option<EntryHead>, StoreError> {
        self.store().rows().head(id)
    }

    /// Every entry ever posted, oldest first by `saved_at`, then by id; both lanes together.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read.
    pub fn entries(&self) -> Result<Vec<EntryHead>, StoreError> {
        self.store().rows().heads()
    }

    /// A page of all entries, in the order in which a person looks for them: what has not ended
    /// (queued, parked) before what has, the newest first in each, by `saved_at` and then by id.
    /// Reads the notes of this page only.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read.
    pub fn entries_page(&self, offset: u64, limit: u64) -> Result<Vec<EntryHead>, StoreError> {
        self.store().rows().heads_page(offset, limit)
    }

    /// When the last entry was delivered, as its outcome said; `None` before the first.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read.
    pub fn last_delivered(&self) -> Result<Option<Timestamp>, StoreError> {
        self.store().rows().last_delivered()
    }

    /// The proof of a delivered entry, as it was settled first; `None` for any other.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read.
    pub fn proof(&self, id: EntryId) -> Result<Option<Vec<u8>>, StoreError> {
        self.store().rows().proof(id)
    }

    /// How many entries there are in each state.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        self.store().rows().counts()
    }

    /// The entries in flight at this moment. Memory only, does not block on the disk.
    pub fn sending(&self) -> HashSet<EntryId> {
        self.shared.in_flight.ids().clone()
    }

    /// Says "look again" after each commit that changed something: a number that grows, from 0
    /// at opening. Marks of entries in flight do not count. Several changes may show as one.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// Moves an entry along an edge that carries no proof.
    fn move_entry(
        &self,
        name: &'static str,
        id: EntryId,
        step: impl FnOnce(&EntryState) -> Result<EntryState, IllegalMove>,
    ) -> Result<EntryHead, MoveError> {
        let mut store = self.store();
        let head = store.write(name, |rows| {
            let head = rows.head(id)?.ok_or(MoveError::Unknown(id))?;
            let state = step(&head.state)?;
            rows.set_state(id, &state, None)?;
            Ok::<_, MoveError>(EntryHead { state, ..head })
        })?;
        self.tell();
        Ok(head)
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.shared.store)
    }

    fn tell(&self) {
        self.shared.changes.send_modify(|change| *change = change.wrapping_add(1));
    }
}

fn is_queued(head: &EntryHead) -> bool {
    matches!(head.state, EntryState::Queued { .. })
}

/// Whether the entry was new; an entry with the same id and digest is left as it is.
fn insert_once(rows: &Rows<'_>, entry: &NewEntry, parts: &[PartDigest]) -> Result<bool, PostError> {
    let Some(head) = rows.head(entry.id)? else {
        for digest in parts {
            if rows.part(*digest)?.is_none_or(|part| part.purged_at.is_some()) {
                return Err(PostError::PartMissing { digest: *digest });
            }
        }
        rows.insert(entry)?;
        rows.name_parts(entry.id, parts)?;
        return Ok(true);
    };
    if head.digest != entry.digest {
        return Err(PostError::DigestDiffers { id: entry.id });
    }
    let named: Vec<_> = rows.parts_of(entry.id)?.into_iter().map(|part| part.digest).collect();
    if named != parts {
        return Err(PostError::PartsDiffer { id: entry.id });
    }
    Ok(false)
}

/// The entry after an outcome, and whether that moved it.
fn settle_one(
    rows: &Rows<'_>,
    id: EntryId,
    outcome: &Outcome,
    now: Timestamp,
    jitter: u64,
) -> Result<(EntryHead, bool), MoveError> {
    let proof = match outcome {
        Outcome::Delivered { proof, .. } if proof.is_empty() => return Err(MoveError::EmptyProof),
        Outcome::Delivered { proof, .. } => Some(proof.as_slice()),
        Outcome::Later { .. } | Outcome::Parked { .. } | Outcome::NotTried => None,
    };
    let head = rows.head(id)?.ok_or(MoveError::Unknown(id))?;
    let state = plan::settle(&head.state, outcome, now, jitter)?;
    if state == head.state {
        return Ok((head, false));
    }
    rows.set_state(id, &state, proof)?;
    if proof.is_some() {
        rows.drop_former_proof(id)?;
    }
    Ok((EntryHead { state, ..head }, true))
}

/// Without repetitions, in the order of the first of each.
fn each_once(parts: &[PartDigest]) -> Vec<PartDigest> {
    let mut seen = HashSet::new();
    parts.iter().copied().filter(|part| seen.insert(*part)).collect()
}

fn cancel_each(
    rows: &Rows<'_>,
    ids: impl Iterator<Item = EntryId>,
    at: Timestamp,
) -> Result<Vec<EntryId>, StoreError> {
    let mut cancelled = Vec::new();
    for id in ids {
        let Some(head) = rows.head(id)? else { continue };
        let Ok(state) = plan::cancel(&head.state, at) else { continue };
        rows.set_state(id, &state, None)?;
        cancelled.push(id);
    }
    Ok(cancelled)
}

/// A panic while the lock was held leaves nothing half done: an open transaction was rolled back
/// on the way out, and a set has no halves. So a poisoned lock is taken as it is.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
