//! How long things are kept, and what the receiver's epoch has to do with it.

use std::fmt;

use crate::entry::{EntryHead, EntryId, Outcome};
use crate::part::PartHead;

/// The receiver's epoch: a number that it changes whenever it was restored from a backup, and so
/// may have lost what it signed for. Opaque, not ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Epoch(pub u64);

/// What an epoch that was just heard means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpochChange {
    /// The one known, and a reconciliation was done in it.
    Reconciled,
    /// New, or known but not reconciled yet: send the list of
    /// [`delivered_since`](crate::Outbox::delivered_since), resend what is missing, then say
    /// [`reconciled`](crate::Outbox::reconciled). Said again after a crash until that is done.
    Owed,
}

/// How one attempt ended, for [`settle_all`](crate::Outbox::settle_all).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Which entry.
    pub id: EntryId,
    /// How it ended.
    pub outcome: Outcome,
    /// A random number, uniform over all of `u64`.
    pub jitter: u64,
}

/// What a purge took away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purged {
    /// Entries whose body went; their rows are still there.
    pub entries: u64,
    /// Parts whose bytes went, those that no entry named among them.
    pub parts: u64,
    /// Sealed bytes, bodies and parts together.
    pub bytes: u64,
}

/// One entry for a diagnostic or export file. All bytes are sealed or encrypted by the caller, so
/// nothing readable leaves with it. `Debug` shows no bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Export {
    /// The head, with the note as posted.
    pub head: EntryHead,
    /// The body; `None` once it was purged.
    pub body: Option<Vec<u8>>,
    /// The parts it names, in the order of the post. Their bytes are read one range at a time.
    pub parts: Vec<PartHead>,
    /// The proof, if it is delivered.
    pub proof: Option<Vec<u8>>,
}

impl fmt::Debug for Export {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Export")
            .field("head", &self.head)
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}
