//! Taking up what can still be read of a file that was moved aside.

use std::path::Path;

use super::{Outbox, SalvageError};
use crate::entry::{EntryHead, EntryId, EntryState, ParkReason, Timestamp};
use crate::part::{NewPart, PartHead};
use crate::store::{FoundEntry, Remains, Rows, StoreError, read_remains};

/// Why an entry is parked whose row was salvaged and whose body or parts were not: a person sees
/// it and knows that the case has to be made anew.
pub const DAMAGED: ParkReason = ParkReason::known("damaged");

/// What was taken up of a damaged file, and what was not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Salvaged {
    /// Entries taken up as they were: with a body whose digest is right or, if ended, without one.
    pub entries: u64,
    /// Entries that were to be sent and whose body or parts cannot be read; taken up as parked
    /// with [`DAMAGED`], so that a person sees them.
    pub damaged: Vec<EntryId>,
    /// Entries that were here already; left as they are.
    pub known: u64,
    /// Rows of entries that cannot be read, at least. Who remembers their ids can find out which,
    /// with [`missing`](Outbox::missing).
    pub unreadable: u64,
    /// Parts taken up, with bytes whose digest is right.
    pub parts: u64,
    /// Parts whose bytes or row cannot be read, at least.
    pub parts_unreadable: u64,
}

impl Outbox {
    /// Copies everything that can still be read from a file that was moved aside
    /// ([`quarantine`](crate::quarantine)) into this outbox, best a new one. Bodies and parts are
    /// taken only if `digest_of` (SHA-256) says what was posted.
    ///
    /// The damaged file and its log are only read. If its header is lost, a copy beside it gets a
    /// new one and is deleted afterwards, which takes as much room and memory as the file has.
    /// Each entry is a transaction of its own: after a crash call it again; what is here already
    /// stays as it is. Entries are taken up with a reconciliation owed, so nothing delivered is
    /// purged before the receiver was asked about it.
    ///
    /// # Errors
    ///
    /// [`SalvageError`].
    pub fn salvage(
        &self,
        from: &Path,
        now: Timestamp,
        digest_of: impl Fn(&[u8]) -> [u8; 32],
    ) -> Result<Salvaged, SalvageError> {
        let remains = read_remains(from).map_err(SalvageError::Unreadable)?;
        let mut salvaged = Salvaged::default();
        self.take_up_parts(&remains, &digest_of, now, &mut salvaged)?;
        let found = remains.entries()?;
        salvaged.unreadable = found.unreadable;
        for entry in found.rows {
            self.take_up(&remains, entry, &digest_of, now, &mut salvaged)?;
        }
        self.tell();
        Ok(salvaged)
    }

    fn take_up_parts(
        &self,
        remains: &Remains,
        digest_of: &impl Fn(&[u8]) -> [u8; 32],
        now: Timestamp,
        salvaged: &mut Salvaged,
    ) -> Result<(), StoreError> {
        let found = remains.parts()?;
        salvaged.parts_unreadable = found.unreadable;
        for part in found.rows {
            let bytes = remains.part_bytes(&part).filter(|bytes| digest_of(bytes) == part.digest.0);
            let is_expected = part.purged_at.is_none();
            let taken = self.store().write("salvage_part", |rows| match bytes {
                _ if rows.part(part.digest)?.is_some() => Ok(true),
                Some(bytes) => take_up_part(rows, &part, bytes, now).map(|()| true),
                None => Ok::<_, StoreError>(!is_expected),
            })?;
            match taken {
                true => salvaged.parts += u64::from(is_expected),
                false => salvaged.parts_unreadable += 1,
            }
        }
        Ok(())
    }

    fn take_up(
        &self,
        remains: &Remains,
        found: FoundEntry,
        digest_of: &impl Fn(&[u8]) -> [u8; 32],
        now: Timestamp,
        salvaged: &mut Salvaged,
    ) -> Result<(), StoreError> {
        let FoundEntry { head, proof, is_purged } = found;
        let is_live = matches!(head.state, EntryState::Queued { .. } | EntryState::Parked { .. });
        let right =
            |bytes: &[u8]| bytes.len() as u64 == head.size_bytes && digest_of(bytes) == head.digest;
        let body = if is_purged { None } else { remains.body(head.id, right) };
        let named = remains.names(head.id);
        let mut store = self.store();
        let is_damaged = store.write("salvage_entry", |rows| {
            if rows.head(head.id)?.is_some() {
                return Ok(None);
            }
            insert_head(rows, &head)?;
            let mut here = Vec::new();
            for digest in &named {
                if rows.part(*digest)?.is_some_and(|part| part.purged_at.is_none()) {
                    here.push(*digest);
                }
            }
            rows.name_parts(head.id, &here)?;
            let is_whole = body.is_some() && here.len() == named.len();
            let is_damaged = is_live && !is_whole;
            let state = match is_damaged {
                true => EntryState::Parked { reason: DAMAGED },
                false => head.state.clone(),
            };
            rows.set_state(head.id, &state, proof.as_deref())?;
            if let Some((proof, at)) = remains.former_proof(head.id) {
                rows.insert_former_proof(head.id, proof, *at)?;
            }
            match &body {
                Some(body) => rows.insert_body(head.id, body)?,
                None if !is_live => rows.purge_body(head.id, now)?,
                None => {}
            }
            Ok::<_, StoreError>(Some(is_damaged))
        })?;
        match is_damaged {
            None => salvaged.known += 1,
            Some(false) => salvaged.entries += 1,
            Some(true) => salvaged.damaged.push(head.id),
        }
        Ok(())
    }
}

fn insert_head(rows: &Rows<'_>, head: &EntryHead) -> Result<(), StoreError> {
    rows.insert_head(head.id, head.lane, &head.note, head.digest, head.size_bytes, head.saved_at)
}

/// Whatever the receiver confirmed of it, it is asked anew.
fn take_up_part(
    rows: &Rows<'_>,
    part: &PartHead,
    bytes: Vec<u8>,
    now: Timestamp,
) -> Result<(), StoreError> {
    rows.insert_part(&NewPart { digest: part.digest, bytes, saved_at: now })
}

#[cfg(test)]
mod tests;
