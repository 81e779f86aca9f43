//! Entries in flight: a mark in memory, and what to send.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

use super::lock;
use crate::entry::{EntryHead, EntryId};
use crate::part::PartHead;

/// An entry in flight: what to send, and the mark that no one else sends it.
///
/// Dropping it takes the mark away and nothing else; so settle first, then drop. A crash drops
/// it too: the entry is still queued, and goes out once more with the same id and bytes.
pub struct Delivery {
    /// The head, as it was when the delivery began.
    pub head: EntryHead,
    /// What to send. May be taken out with `std::mem::take`.
    pub body: Vec<u8>,
    pub(super) parts: Vec<PartHead>,
    // Private, so that a delivery only comes from `Outbox::begin`.
    pub(super) _mark: Mark,
}

impl Delivery {
    /// The parts that the entry names, in the order of the post, as they stood when the delivery
    /// began: those that are not done are uploaded before the body.
    pub fn parts(&self) -> &[PartHead] {
        &self.parts
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("head", &self.head).finish_non_exhaustive()
    }
}

/// Which entries are in flight, in memory only.
#[derive(Clone, Default)]
pub(super) struct InFlight {
    ids: Arc<Mutex<HashSet<EntryId>>>,
}

impl InFlight {
    /// Marks an entry, unless it is marked already.
    pub(super) fn mark(&self, id: EntryId) -> Option<Mark> {
        lock(&self.ids).insert(id).then(|| Mark { id, in_flight: self.clone() })
    }

    /// The marked entries.
    pub(super) fn ids(&self) -> MutexGuard<'_, HashSet<EntryId>> {
        lock(&self.ids)
    }
}

/// One mark; dropping it takes it away. Holds the set and not the store, so that a forgotten
/// delivery does not keep the file locked.
pub(super) struct Mark {
    id: EntryId,
    in_flight: InFlight,
}

impl Drop for Mark {
    fn drop(&mut self) {
        self.in_flight.ids().remove(&self.id);
    }
}
