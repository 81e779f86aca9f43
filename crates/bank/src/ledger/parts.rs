//! What the ledger knows of parts: how far each one is, and which bytes are let go.
//!
//! The bytes themselves are objects outside of it. Their order is always: bytes first, then the
//! row; and to let go of them: the row first, with a note of what is to be deleted.

use super::Answer;
use data_encoding::HEXLOWER;
use seal::{Digest, PublicKey, Timestamp};

/// Names one start of an upload, and with it its objects: 16 random bytes. A part that is begun
/// anew gets a new one, so that late bytes of the old start belong to nobody.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId(pub [u8; 16]);

impl UploadId {
    /// Its 32 hex digits.
    pub fn to_hex(self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// Reads 32 hex digits in lower case.
    pub fn from_hex(text: &str) -> Option<Self> {
        HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }
}

impl std::fmt::Debug for UploadId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "upload:{}", self.to_hex())
    }
}

/// Durable state of parts.
///
/// Dropping a future of [`PartLedger::change_part`] does not undo the change.
pub trait PartLedger: Send + Sync + 'static {
    /// What is known of a device's part.
    fn part(&self, device: PublicKey, digest: Digest) -> Answer<'_, Option<StoredPart>>;

    /// At most `most` parts whose upload comes after `after`, in the order of uploads: a way through
    /// all of them.
    fn parts_after(&self, after: Option<UploadId>, most: u32) -> Answer<'_, Vec<StoredPart>>;

    /// At most `most` uploads with objects that are to be deleted.
    fn litter(&self, most: u32) -> Answer<'_, Vec<Litter>>;

    /// Makes one change, or says why it does not fit. When it answers, the rows are on disk.
    fn change_part(&self, change: PartChange) -> Answer<'_, PartChanged>;
}

/// How far a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartState {
    /// Begun; all bytes may be there, but the digest was not checked.
    Uploading,
    /// All bytes are there and have the digest.
    Complete,
    /// Complete, and an envelope names it.
    Attached,
}

/// A part on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredPart {
    /// Names its objects.
    pub upload: UploadId,
    /// Its length as declared.
    pub size_bytes: u64,
    /// Bytes from the start that are durable.
    pub received_bytes: u64,
    /// How far it is.
    pub state: PartState,
    /// When it is dropped if nothing happens; none once attached.
    pub expires_at: Option<Timestamp>,
}

impl StoredPart {
    /// Whether the digest was checked.
    pub fn is_complete(&self) -> bool {
        self.state != PartState::Uploading
    }
}

/// A part that is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewPart {
    /// The key of the device.
    pub device: PublicKey,
    /// SHA-256 of the sealed bytes, as declared.
    pub digest: Digest,
    /// Names its objects.
    pub upload: UploadId,
    /// Its length as declared, at least 1.
    pub size_bytes: u64,
    /// By the bank's clock.
    pub at: Timestamp,
    /// When it is dropped if nothing comes.
    pub expires_at: Timestamp,
    /// What the device may have pending at most, with this one.
    pub quota: PendingQuota,
}

/// What a device may have that no envelope has taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingQuota {
    /// Sum of the declared lengths.
    pub bytes: u64,
    /// Parts.
    pub parts: u64,
}

/// A change of the state of parts. Changes of one part name its upload and fit only while that is
/// the one on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartChange {
    /// Begins a part, unless the device has it.
    Open(NewPart),
    /// Counts bytes that are durable now.
    Advance {
        /// The upload.
        upload: UploadId,
        /// How many there were; the change fits only then.
        from_bytes: u64,
        /// How many there are.
        to_bytes: u64,
        /// By the bank's clock.
        at: Timestamp,
        /// The new end of its time.
        expires_at: Timestamp,
    },
    /// Says that all bytes are there and have the digest; its pieces become litter. One that an
    /// envelope names is attached again by it.
    Complete {
        /// The upload.
        upload: UploadId,
        /// By the bank's clock.
        at: Timestamp,
        /// The new end of its time.
        expires_at: Timestamp,
    },
    /// Drops a part that no envelope names; all its objects become litter.
    Drop {
        /// The upload.
        upload: UploadId,
    },
    /// Says that the bytes are gone, or not those of the digest. A part that an envelope names goes
    /// back to its start and waits for its device; any other is dropped like with `Drop`.
    Lose {
        /// The upload.
        upload: UploadId,
        /// By the bank's clock.
        at: Timestamp,
        /// The end of its time; for a named one it has no effect.
        expires_at: Timestamp,
    },
    /// Says that the checked whole of an unfinished part is there after all. It fits only an
    /// unfinished one, and its pieces become litter.
    Find {
        /// The upload.
        upload: UploadId,
        /// By the bank's clock.
        at: Timestamp,
        /// The new end of its time.
        expires_at: Timestamp,
    },
    /// Drops the parts whose time is over, at most so many; their objects become litter. Never one that
    /// an envelope names.
    Expire {
        /// By the bank's clock.
        now: Timestamp,
        /// How many at most.
        most: u32,
    },
    /// Says that this litter was deleted.
    Swept(Litter),
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartChanged {
    /// It was made. For [`PartChange::Swept`] also when there was nothing to do.
    Done,
    /// The device had the part; nothing changed.
    Known(StoredPart),
    /// The device has too much pending; nothing changed.
    OverQuota,
    /// The upload is not on record, or not as the change expects; nothing changed.
    Stale,
    /// So many parts were dropped.
    Expired(u64),
}

/// Objects to delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Litter {
    /// The pieces of an upload that is kept as a whole.
    Pieces(UploadId),
    /// Every object of an upload.
    Everything(UploadId),
}

impl Litter {
    /// The upload it belongs to.
    pub const fn upload(self) -> UploadId {
        match self {
            Self::Pieces(upload) | Self::Everything(upload) => upload,
        }
    }
}
