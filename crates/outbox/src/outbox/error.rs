//! Why a call on the queue was refused.

use crate::entry::EntryId;
use crate::plan::IllegalMove;
use crate::store::StoreError;

/// An entry was not posted.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// There is an entry with this id and another digest; that one is unchanged.
    #[error("entry {id} was posted before with another digest")]
    DigestDiffers {
        /// The id of both.
        id: EntryId,
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
