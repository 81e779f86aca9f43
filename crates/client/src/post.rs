//! From "everything is ready" to "it is in the outbox", in a way that a crash cannot split.
//!
//! The client's store and the outbox are two files. So an operation writes, in one transaction of
//! the client's store, its own rows *and* a handover with the sealed bytes; then it posts to the
//! outbox; then it deletes the handover. After a crash the handovers left are posted at start-up:
//! the outbox takes the same id and digest as the same entry. A handover needs no key of ours: its
//! body is sealed to the bank, its note encrypted.

use crate::{
    core::{Core, outbox_time},
    store::{self, StoreError},
};
use outbox::{EntryId, Lane, NewEntry, PartDigest};
use rusqlite::Transaction;
use seal::{Digest, Timestamp, cbor};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use uuid::Uuid;

const PENDING: &str = "handover";

/// Why a saved case is not in the outbox; it stays saved and is tried again at the next start.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The client's store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The outbox.
    #[error("could not save to the outbox")]
    Outbox(#[from] outbox::PostError),
    /// The handover has another shape.
    #[error("a handover has another shape")]
    Shape(#[from] cbor::CborError),
}

/// Everything the outbox needs of an entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Handover {
    pub id: Uuid,
    pub urgent: bool,
    pub note: ByteBuf,
    pub body: ByteBuf,
    pub saved_at: Timestamp,
    /// Names of its parts, in the order of the envelope.
    #[serde(default)]
    pub parts: Vec<Digest>,
    pub cancels: Vec<Uuid>,
}

impl Handover {
    /// Writes the handover within the transaction of the operation it belongs to. At most one
    /// stands at a time: operations that post hold the client's posting lock.
    pub fn put(&self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        store::put_public_value(tx, PENDING, &cbor::encode(&Some(self)))
    }

    pub fn part_digests(&self) -> Vec<PartDigest> {
        self.parts.iter().map(|digest| PartDigest(*digest.as_bytes())).collect()
    }
}

impl Core {
    /// The handover that stands, if one does.
    pub fn handover(&self) -> Result<Option<Handover>, PostError> {
        let Some(bytes) = self.store.public_value(PENDING)? else { return Ok(None) };
        Ok(cbor::decode(&bytes)?)
    }

    /// Hands the entry that was saved to the outbox, if one was.
    pub fn post_what_was_saved(&self) -> Result<(), PostError> {
        let Some(handover) = self.handover()? else { return Ok(()) };
        let parts = handover.part_digests();
        let entry = NewEntry {
            id: EntryId(handover.id),
            lane: if handover.urgent { Lane::Urgent } else { Lane::Normal },
            digest: *Digest::of(&handover.body).as_bytes(),
            note: handover.note.into_vec(),
            body: handover.body.into_vec(),
            saved_at: outbox_time(handover.saved_at),
        };
        if !handover.cancels.is_empty() {
            self.watch_taken_back(&handover.cancels)?;
        }
        let cancels: Vec<EntryId> = handover.cancels.into_iter().map(EntryId).collect();
        self.outbox.post_with_parts(&entry, &parts, &cancels)?;
        self.store.set_public_value(PENDING, &cbor::encode(&None::<Handover>))?;
        self.wake.notify_one();
        self.changed();
        Ok(())
    }
}
