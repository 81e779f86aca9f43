//! The time budget of one frame.

use std::time::{Duration, Instant};

/// The moment after which nothing more is begun.
pub(super) struct Deadline(Instant);

impl Deadline {
    pub(super) fn after(budget: Duration) -> Self {
        Self(Instant::now() + budget)
    }

    pub(super) fn has_passed(&self) -> bool {
        Instant::now() >= self.0
    }
}
