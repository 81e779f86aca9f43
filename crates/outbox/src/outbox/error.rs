//! Why a call on the queue was refused.

use crate::entry::EntryId;
use crate::keeping::Epoch;
use crate::part::PartDigest;
use crate::plan::IllegalMove;
use crate::policy::{MAX_PART_BYTES, MAX_PARTS_PER_ENTRY};
use crate::store::{OpenError, StoreError};

/// An entry was not posted.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// There is an entry with this id and another digest; that one is unchanged.
    #[error("entry {id} was posted before with another digest")]
    DigestDiffers {
        /// The id of both.
        id: EntryId,
    },
    /// There is an entry with this id and digest that names other parts; that one is unchanged.
    #[error("entry {id} was posted before with other parts")]
    PartsDiffer {
        /// The id of both.
        id: EntryId,
    },
    /// A part that the entry names is not here: add it first.
    #[error("part {digest} is not here")]
    PartMissing {
        /// Which one; the first of them.
        digest: PartDigest,
    },
    /// It names more than [`MAX_PARTS_PER_ENTRY`].
    #[error("an entry names at most {MAX_PARTS_PER_ENTRY} parts, this names {named}")]
    TooManyParts {
        /// How many it names.
        named: usize,
    },
    /// No room on the disk: nothing was saved and nothing cancelled; the same call works once
    /// there is room.
    #[error("no room on the disk to save entry")]
    DiskFull(#[source] StoreError),
    /// The store failed otherwise.
    #[error("could not save entry")]
    Store(#[source] StoreError),
}

/// An entry was not moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// There is no such entry.
    #[error("there is no entry {0}")]
    Unknown(EntryId),
    /// The edge is not drawn.
    #[error(transparent)]
    Illegal(#[from] IllegalMove),
    /// The entry cannot be sent again: its body was purged.
    #[error("the body of entry {0} was purged")]
    BodyGone(EntryId),
    /// A delivery without a proof is none.
    #[error("the proof of delivery is empty")]
    EmptyProof,
    /// No room on the disk: the entry is as it was; the same call works once there is room.
    #[error("no room on the disk to move entry")]
    DiskFull(#[source] StoreError),
    /// The store failed otherwise.
    #[error("could not move entry")]
    Store(#[source] StoreError),
}

/// A part was not added, read or moved on; it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// There is no such part.
    #[error("there is no part {0}")]
    Unknown(PartDigest),
    /// Its bytes were purged.
    #[error("the bytes of part {0} were purged")]
    Gone(PartDigest),
    /// A part has 1 byte to [`MAX_PART_BYTES`].
    #[error("a part has 1 to {MAX_PART_BYTES} bytes, this has {size_bytes}")]
    Size {
        /// What it has.
        size_bytes: u64,
    },
    /// There is a part with this digest and another size: one of the digests is wrong.
    #[error("part {digest} was added before with another size")]
    SizeDiffers {
        /// The digest of both.
        digest: PartDigest,
    },
    /// An offset past the end of the part.
    #[error("offset {offset} is past the end of part {digest} at {size_bytes}")]
    PastEnd {
        /// Which part.
        digest: PartDigest,
        /// What was asked for, or what the receiver said.
        offset: u64,
        /// The size of the part.
        size_bytes: u64,
    },
    /// No room on the disk; the same call works once there is room.
    #[error("no room on the disk for part")]
    DiskFull(#[source] StoreError),
    /// The store failed otherwise.
    #[error("could not use part")]
    Store(#[source] StoreError),
}

/// A reconciliation was not written down.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// It was done in an epoch that is not the one last noted: note that one, and do it anew.
    #[error("the reconciliation was done in another epoch")]
    OtherEpoch {
        /// The one last noted, if any was.
        noted: Option<Epoch>,
    },
    /// The store failed.
    #[error("could not write down a reconciliation")]
    Store(#[from] StoreError),
}

/// A damaged file was not read to its end. What was copied until then is kept, and calling again
/// goes on.
#[derive(Debug, thiserror::Error)]
pub enum SalvageError {
    /// Nothing can be read of the damaged file, or it is no outbox at all.
    #[error("nothing can be read of the damaged file")]
    Unreadable(#[source] OpenError),
    /// The outbox that takes it up failed.
    #[error("could not save what was read")]
    Store(#[from] StoreError),
}

impl From<StoreError> for PartError {
    fn from(error: StoreError) -> PartError {
        match error {
            StoreError::DiskFull(_) => PartError::DiskFull(error),
            StoreError::Damaged(_) | StoreError::Sqlite(_) => PartError::Store(error),
        }
    }
}

impl From<StoreError> for PostError {
    fn from(error: StoreError) -> PostError {
        match error {
            StoreError::DiskFull(_) => PostError::DiskFull(error),
            StoreError::Damaged(_) | StoreError::Sqlite(_) => PostError::Store(error),
        }
    }
}

impl From<StoreError> for MoveError {
    fn from(error: StoreError) -> MoveError {
        match error {
            StoreError::DiskFull(_) => MoveError::DiskFull(error),
            StoreError::Damaged(_) | StoreError::Sqlite(_) => MoveError::Store(error),
        }
    }
}
