//! Retention, reconciliation and export, seen from outside.

use super::{MoveError, Outbox, ReconcileError};
use crate::entry::{EntryHead, EntryId, Timestamp};
use crate::keeping::{Epoch, EpochChange, Export, Purged};
use crate::part::PartDigest;
use crate::plan;
use crate::policy::{BODY_KEPT, UNNAMED_PART_KEPT};
use crate::store::{Receiver, StoreError};

impl Outbox {
    /// Writes down the receiver's epoch, as verified in its signed answer, and says whether a
    /// reconciliation is owed. A new epoch also forgets what it confirmed of parts that may still
    /// be needed: it is asked anew.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing is changed.
    pub fn note_epoch(&self, epoch: Epoch) -> Result<EpochChange, StoreError> {
        let mut store = self.store();
        if let Some(known) = store.rows().receiver()?.filter(|known| known.epoch == epoch) {
            return Ok(match known.reconciled_at {
                Some(_) => EpochChange::Reconciled,
                None => EpochChange::Owed,
            });
        }
        store.write("note_epoch", |rows| {
            rows.set_epoch(epoch)?;
            rows.forget_progress()
        })?;
        self.tell();
        Ok(EpochChange::Owed)
    }

    /// The epoch last noted, and when (by the receiver's clock) it was last reconciled in.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read.
    pub fn last_reconciled(&self) -> Result<Option<(Epoch, Option<Timestamp>)>, StoreError> {
        let receiver = self.store().rows().receiver()?;
        Ok(receiver.map(|receiver| (receiver.epoch, receiver.reconciled_at)))
    }

    /// Ids and digests of everything delivered at or after `at`, oldest first: what the receiver
    /// is asked about in a reconciliation. After a long sleep go back further than 30 days, to
    /// before the last reconciliation: what was on no list is never purged.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read.
    pub fn delivered_since(&self, at: Timestamp) -> Result<Vec<(EntryId, [u8; 32])>, StoreError> {
        self.store().rows().delivered_since(at)
    }

    /// Queues a delivered entry anew, because the receiver said in a reconciliation that it does
    /// not have it: same id, same bytes, due at once. The old proof is put aside until a new one
    /// comes, see [`former_proof`](Outbox::former_proof); its parts count as not confirmed.
    ///
    /// # Errors
    ///
    /// [`MoveError`]: `Illegal` if it is not delivered, `BodyGone` if its body was purged; the
    /// entry is as it was.
    pub fn resend(&self, id: EntryId) -> Result<EntryHead, MoveError> {
        let head = self.store().write("resend", |rows| {
            let head = rows.head(id)?.ok_or(MoveError::Unknown(id))?;
            let state = plan::resend(&head.state)?;
            if rows.is_purged(id)? {
                return Err(MoveError::BodyGone(id));
            }
            rows.put_proof_aside(id)?;
            rows.set_state(id, &state, None)?;
            rows.forget_progress_of(id)?;
            Ok(EntryHead { state, ..head })
        })?;
        self.tell();
        Ok(head)
    }

    /// The proof of an earlier delivery of an entry that is being sent again; `None` for any
    /// other.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read.
    pub fn former_proof(&self, id: EntryId) -> Result<Option<Vec<u8>>, StoreError> {
        self.store().rows().former_proof(id)
    }

    /// Writes down a reconciliation: in `epoch` the receiver said that it has the entries of
    /// `confirmed`, and what it lacked was sent again before this call. Nothing is purged that was
    /// never confirmed here: a proof may have been on its way while the receiver was restored.
    ///
    /// `at` is the receiver's time, from its signed answer: with it, a device's clock that is years
    /// ahead purges nothing that was delivered. An earlier `at` than before moves nothing back.
    ///
    /// # Errors
    ///
    /// [`ReconcileError`], `OtherEpoch` if the receiver was restored meanwhile; nothing is changed.
    pub fn reconciled(
        &self,
        epoch: Epoch,
        confirmed: &[EntryId],
        at: Timestamp,
    ) -> Result<(), ReconcileError> {
        self.store().write("reconciled", |rows| {
            let noted = rows.receiver()?.map(|receiver| receiver.epoch);
            if noted != Some(epoch) {
                return Err(ReconcileError::OtherEpoch { noted });
            }
            Ok(rows.set_reconciled(confirmed, at)?)
        })?;
        self.tell();
        Ok(())
    }

    /// Deletes the sealed bytes that nobody needs any more, by [`plan::may_purge`]: bodies of
    /// entries delivered or cancelled 30 days ago and more, then bytes of parts that only such
    /// entries name, then parts that no entry named within 7 days. Rows of entries, their notes
    /// and proofs stay.
    ///
    /// A delivered entry also waits for a reconciliation after those 30 days, in the epoch in which
    /// the receiver confirmed that it has it. Parts in `in_drafts` are kept however old they seem: the
    /// caller knows what is still being written, and a clock may be wrong.
    ///
    /// The deleted pages are overwritten with noughts, in the file and in its log; the file does
    /// not shrink, new entries take their room. Each entry and part is a transaction of its own: a
    /// crash or an error leaves what was purged until then as purged.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; on a full disk also this needs a little room.
    pub fn purge(&self, now: Timestamp, in_drafts: &[PartDigest]) -> Result<Purged, StoreError> {
        let mut store = self.store();
        let mut purged = Purged::default();
        let reconciled = store
            .rows()
            .receiver()?
            .and_then(|Receiver { epoch, reconciled_at }| Some((epoch, reconciled_at?)));
        for kept in store.rows().kept(now.minus(BODY_KEPT))? {
            let head = kept.head;
            if plan::may_purge(&head.state, kept.known_in, reconciled, now) {
                store.write("purge_body", |rows| rows.purge_body(head.id, now))?;
                purged.entries += 1;
                purged.bytes += head.size_bytes;
            }
        }
        for (part, is_named) in store.rows().unneeded_parts(now.minus(UNNAMED_PART_KEPT))? {
            if in_drafts.contains(&part.digest) {
                continue;
            }
            match is_named {
                true => store.write("purge_part", |rows| rows.purge_part(part.digest, now)),
                false => store.write("drop_part", |rows| rows.drop_part(part.digest)),
            }?;
            purged.parts += 1;
            purged.bytes += part.size_bytes;
        }
        if purged != Purged::default() {
            store.empty_log();
            self.tell();
        }
        Ok(purged)
    }

    /// One entry with its body, proof and list of parts, for a diagnostic or export file; `None`
    /// for an unknown entry. All bytes are sealed or encrypted, so nothing readable leaves.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read; `Damaged` if the body is missing and was not
    /// purged.
    pub fn export(&self, id: EntryId) -> Result<Option<Export>, StoreError> {
        let store = self.store();
        let rows = store.rows();
        let Some(head) = rows.head(id)? else { return Ok(None) };
        let body = if rows.is_purged(id)? { None } else { Some(rows.body(&head)?) };
        let (parts, proof) = (rows.parts_of(id)?, rows.proof(id)?);
        Ok(Some(Export { head, body, parts, proof }))
    }

    /// Those of `ids` that were never posted here, in the order given: for the caller's check at
    /// start that the two files agree. A log that something cut short is, to SQLite, a crash in
    /// the middle of a commit; only somebody who remembers the id can tell the difference.
    ///
    /// # Errors
    ///
    /// [`StoreError`], if the store cannot be read.
    pub fn missing(&self, ids: &[EntryId]) -> Result<Vec<EntryId>, StoreError> {
        let store = self.store();
        let mut missing = Vec::new();
        for id in ids {
            if store.rows().head(*id)?.is_none() {
                missing.push(*id);
            }
        }
        Ok(missing)
    }
}

#[cfg(test)]
mod tests;
