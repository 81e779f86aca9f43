//! A clock that stands still until it is told otherwise.

use client::ports::Clock;
use seal::Timestamp;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// 2026-11-22T10:00:00+08:00.
pub const START: Timestamp = Timestamp::from_millis(1_795_312_800_000);
/// A day in milliseconds.
pub const DAY_MS: u64 = 24 * 3600 * 1000;

/// A clock that client and bank share. Clones show the same time.
#[derive(Clone)]
pub struct FakeClock(Arc<AtomicU64>);

impl FakeClock {
    /// A clock at `start`.
    pub fn at(start: Timestamp) -> Self {
        Self(Arc::new(AtomicU64::new(start.as_millis())))
    }

    /// Another clock, which is so far ahead of this one now, or behind it.
    pub fn now_plus_ms(&self, millis: i64) -> Self {
        let now = self.0.load(Ordering::SeqCst);
        Self::at(Timestamp::from_millis(now.saturating_add_signed(millis)))
    }

    /// Lets time pass.
    pub fn pass_ms(&self, millis: u64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// Sets the clock, forwards or back.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.as_millis(), Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}
