//! Parts: sealed photos and files, named by the digest of their bytes.

use std::fmt;

use crate::entry::Timestamp;

/// Which part: SHA-256 of its sealed bytes. Computed by the caller and believed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartDigest(pub [u8; 32]);

impl fmt::Display for PartDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PartDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<[u8; 32]> for PartDigest {
    fn from(digest: [u8; 32]) -> PartDigest {
        PartDigest(digest)
    }
}

/// A part to keep. `Debug` does not show its bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPart {
    /// Its name here and at the receiver. Adding is idempotent by it.
    pub digest: PartDigest,
    /// Sealed by the caller, once: stored and handed back bit by bit. 1 byte to
    /// [`MAX_PART_BYTES`](crate::policy::MAX_PART_BYTES).
    pub bytes: Vec<u8>,
    /// When it was sealed; sets how long it is kept while no entry names it.
    pub saved_at: Timestamp,
}

impl fmt::Debug for NewPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPart")
            .field("digest", &self.digest)
            .field("size_bytes", &self.bytes.len())
            .field("saved_at", &self.saved_at)
            .finish_non_exhaustive()
    }
}

/// Everything about a part but its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartHead {
    /// Its name.
    pub digest: PartDigest,
    /// Length of the sealed bytes.
    pub size_bytes: u64,
    /// How many bytes from the start the receiver said it has. A hint about where to go on: the
    /// receiver is asked before an upload, and its word counts.
    pub confirmed_bytes: u64,
    /// The receiver said that it has the whole.
    pub is_done: bool,
    /// When the bytes were purged; `None` while they are here.
    pub purged_at: Option<Timestamp>,
}

/// How much of an entry the receiver has confirmed, body and parts together, in sealed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Confirmed by the receiver. The body counts once the entry is delivered, then everything
    /// does.
    pub confirmed_bytes: u64,
    /// Body and parts.
    pub total_bytes: u64,
}
