//! Parts: photos and files that a device uploads before the envelope that names them.
//!
//! ```text
//! create ─► append … append ─► complete ─► attached, with its envelope
//!              ▲        │           │
//!              └─ cut ──┘           └─ other digest: dropped
//! ```
//!
//! Bytes first, then the row: what the ledger counts is in the object store, synced. A crash in
//! between leaves bytes that nothing counts, and the repeated request writes over them. See
//! docs/adr/0013.
//!
//! A part belongs to the device whose key signed its requests. Another device that names the same
//! digest has an upload of its own, with bytes of its own.

mod append;
mod audit;
mod objects;
mod turns;

#[cfg(test)]
mod tests;

pub(crate) use append::CHECKS_AT_ONCE;
pub use append::{Appended, Body, Cut};
pub use audit::Audit;
pub(crate) use audit::audit;
pub use objects::{Objects, ObjectsError};
pub(crate) use turns::Turns;

use crate::{
    Bank, SystemEntropy,
    ledger::{
        LedgerError,
        parts::{
            Litter, NewPart, PartChange, PartChanged, PartState, PendingQuota, StoredPart, UploadId,
        },
    },
};
use seal::{Digest, PublicKey, Timestamp, random_bytes};
use std::time::Duration;
use turns::Turn;
use wire::parts::{
    MAX_PART_BYTES, MAX_PENDING_BYTES, MAX_PENDING_PARTS, UNFINISHED_KEPT_MS, UNNAMED_KEPT_MS,
};

/// Time between two passes that drop what has expired: 1 h. The shortest time a part is kept is 30
/// days, so an hour is exact enough.
pub const SWEEP_EVERY: Duration = Duration::from_secs(3600);

/// Parts dropped, and litter cleared, in one step of a pass: 256, the ledger's batch.
const SWEEP_STEP: u32 = 256;

/// Names a part: its device and its digest. Never one without the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PartKey {
    /// The device whose key signed the request.
    pub device: PublicKey,
    /// SHA-256 of the sealed bytes.
    pub digest: Digest,
}

/// What became of a request to begin a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It begins now.
    New(StoredPart),
    /// The device has begun it before; this is how far it is.
    Known(StoredPart),
}

/// Why a part is not as the request wanted. Unless it says otherwise nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// The device has no such part.
    #[error("no such part")]
    Unknown,
    /// It goes on at another byte.
    #[error("the part goes on at {}", .0.received_bytes)]
    Offset(StoredPart),
    /// What came is not what was declared. The bytes before the surplus are kept.
    #[error("the length is not the one that was declared")]
    Length(StoredPart),
    /// The body is larger than `wire::parts::MAX_APPEND_BYTES`; that many bytes are kept.
    #[error("the body is larger than allowed")]
    BodyTooLarge(StoredPart),
    /// The bytes do not have the digest; the part was dropped.
    #[error("the bytes do not have the digest")]
    Checksum,
    /// An empty part, or one larger than `wire::parts::MAX_PART_BYTES`.
    #[error("a part of {0} bytes")]
    Size(u64),
    /// The device has too much that no envelope has taken.
    #[error("too much is pending")]
    Quota,
    /// An envelope names it; it can no longer be taken back.
    #[error("an envelope names the part")]
    Attached,
    /// The ledger could not do it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The object store could not do it.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
}

/// What a pass has cleared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Parts whose time was over.
    pub expired: u64,
    /// Uploads whose objects were deleted.
    pub cleared: u64,
}

impl Bank {
    /// Begins a part of `size_bytes`, or finds it. An append of it that is under way ends first.
    ///
    /// # Errors
    /// [`PartError::Size`], [`PartError::Length`] for a known part of another length,
    /// [`PartError::Quota`], or the ledger's.
    pub async fn create_part(&self, key: PartKey, size_bytes: u64) -> Result<Created, PartError> {
        if !(1..=MAX_PART_BYTES).contains(&size_bytes) {
            return Err(PartError::Size(size_bytes));
        }
        let _turn = self.turns().take(key).await;
        let at = self.now();
        let new = NewPart {
            device: key.device,
            digest: key.digest,
            upload: UploadId(random_bytes(&SystemEntropy)),
            size_bytes,
            at,
            expires_at: at.plus_millis(UNFINISHED_KEPT_MS),
            quota: PendingQuota { bytes: MAX_PENDING_BYTES, parts: MAX_PENDING_PARTS },
        };
        let mut opened = self.ledger().change_part(PartChange::Open(new)).await?;
        if let PartChanged::Known(_) = opened {
            opened = match self.known_part(key).await {
                Ok(part) => PartChanged::Known(part),
                Err(PartError::Unknown) => self.ledger().change_part(PartChange::Open(new)).await?,
                Err(error) => return Err(error),
            };
        }
        match opened {
            PartChanged::Known(part) if part.size_bytes != size_bytes => {
                Err(PartError::Length(part))
            }
            PartChanged::Known(part) => Ok(Created::Known(part)),
            PartChanged::OverQuota => Err(PartError::Quota),
            PartChanged::Done | PartChanged::Stale | PartChanged::Expired(_) => {
                let (upload, expires_at) = (new.upload, Some(new.expires_at));
                let state = PartState::Uploading;
                let part = StoredPart { upload, size_bytes, received_bytes: 0, state, expires_at };
                Ok(Created::New(part))
            }
        }
    }

    /// How far a part is. An append of it that is under way ends first, so that the offset told is
    /// the one at which the next append goes on.
    ///
    /// # Errors
    /// [`PartError::Unknown`], or the ledger's.
    pub async fn part(&self, key: PartKey) -> Result<StoredPart, PartError> {
        let _turn = self.turns().take(key).await;
        self.known_part(key).await
    }

    /// Takes a part back. Its row is gone when this returns; its bytes follow.
    ///
    /// # Errors
    /// [`PartError::Unknown`], [`PartError::Attached`], or the ledger's.
    pub async fn cancel_part(&self, key: PartKey) -> Result<(), PartError> {
        let _turn = self.turns().take(key).await;
        let part = self.known_part(key).await?;
        let dropped = self.ledger().change_part(PartChange::Drop { upload: part.upload }).await?;
        if dropped != PartChanged::Done {
            return Err(PartError::Attached);
        }
        self.clear_soon(Litter::Everything(part.upload)).await;
        Ok(())
    }

    /// The bytes of a complete part.
    ///
    /// # Errors
    /// [`PartError::Unknown`] also for one that is not complete; else the stores'.
    pub async fn part_bytes(&self, key: PartKey) -> Result<Vec<u8>, PartError> {
        let part = self.known_part(key).await?;
        if !part.is_complete() {
            return Err(PartError::Unknown);
        }
        Ok(self.objects().whole(part.upload).await?)
    }

    /// Drops what has expired and deletes the objects that nothing counts on. Safe to call at any
    /// time and from several gateways; what a crash leaves over, the next pass does.
    ///
    /// # Errors
    /// The ledger's or the object store's; what was done before it stays done.
    pub async fn sweep_parts(&self) -> Result<Swept, PartError> {
        let mut swept = Swept::default();
        loop {
            let expire = PartChange::Expire { now: self.now(), most: SWEEP_STEP };
            match self.ledger().change_part(expire).await? {
                PartChanged::Expired(count) if count > 0 => swept.expired += count,
                _ => break,
            }
        }
        loop {
            let litter = self.ledger().litter(SWEEP_STEP).await?;
            for found in &litter {
                self.clear(*found).await?;
                swept.cleared += 1;
            }
            if litter.is_empty() {
                return Ok(swept);
            }
        }
    }

    /// A part as it is. A complete one is looked for first: if its object is gone, as after a restore
    /// of the one store without the other, it is let go of, and its device sends it again.
    pub(crate) async fn known_part(&self, key: PartKey) -> Result<StoredPart, PartError> {
        let on_record = || self.ledger().part(key.device, key.digest);
        let part = on_record().await?.ok_or(PartError::Unknown)?;
        if !part.is_complete() || self.objects().has_whole(part.upload, part.size_bytes).await? {
            return Ok(part);
        }
        tracing::error!(upload = ?part.upload, "the object of a part is gone");
        self.lose(part.upload).await?;
        on_record().await?.ok_or(PartError::Unknown)
    }

    /// Lets go of bytes that are of no use.
    async fn lose(&self, upload: UploadId) -> Result<(), PartError> {
        let at = self.now();
        let lose = PartChange::Lose { upload, at, expires_at: unfinished_until(at) };
        self.ledger().change_part(lose).await?;
        self.clear_soon(Litter::Everything(upload)).await;
        Ok(())
    }

    async fn clear(&self, litter: Litter) -> Result<(), PartError> {
        match litter {
            Litter::Pieces(upload) => self.objects().delete_pieces(upload).await?,
            Litter::Everything(upload) => self.objects().delete_everything(upload).await?,
        }
        self.ledger().change_part(PartChange::Swept(litter)).await?;
        Ok(())
    }

    /// Clears litter now; if it cannot be, it is written down and the next pass does it.
    async fn clear_soon(&self, litter: Litter) {
        if let Err(error) = self.clear(litter).await {
            tracing::warn!(%error, ?litter, "objects are left for the next pass");
        }
    }
}

/// When a part that made progress `now` is dropped.
fn unfinished_until(now: Timestamp) -> Timestamp {
    now.plus_millis(UNFINISHED_KEPT_MS)
}

/// When a part that was completed `now` is dropped.
fn unnamed_until(now: Timestamp) -> Timestamp {
    now.plus_millis(UNNAMED_KEPT_MS)
}
