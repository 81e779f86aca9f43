//! What time it is, when the device's clock may be years off.

use crate::ports::Clock;
use seal::Timestamp;
use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

/// The best-known wall time: this device's clock, but never before the last time the bank itself
/// told, so that a clock reset to 1970 does not make every ticket and certificate "not yet valid".
pub(crate) struct WallTime {
    clock: Arc<dyn Clock>,
    heard_ms: AtomicU64,
    /// How far the bank's clock is ahead of this device's; 0 until it was heard.
    ahead_ms: AtomicI64,
}

impl WallTime {
    /// The time of a client that last heard the bank's at `heard`.
    pub fn new(clock: Arc<dyn Clock>, heard: Option<Timestamp>) -> Self {
        let heard_ms = AtomicU64::new(heard.unwrap_or_default().as_millis());
        Self { clock, heard_ms, ahead_ms: AtomicI64::new(0) }
    }

    /// The bank said, just now, that it is `at`.
    pub fn heard(&self, at: Timestamp) {
        self.heard_ms.fetch_max(at.as_millis(), Ordering::Relaxed);
        self.ahead_ms.store(signed(at) - signed(self.clock.now()), Ordering::Relaxed);
    }

    /// The time by the bank's clock, as far as this process has heard it; else by this device's.
    pub fn at_the_bank(&self) -> Timestamp {
        let ahead = self.ahead_ms.load(Ordering::Relaxed);
        let now = signed(self.clock.now()).saturating_add(ahead);
        Timestamp::from_millis(u64::try_from(now).unwrap_or_default())
    }
}

impl Clock for WallTime {
    fn now(&self) -> Timestamp {
        self.clock.now().max(Timestamp::from_millis(self.heard_ms.load(Ordering::Relaxed)))
    }
}

fn signed(at: Timestamp) -> i64 {
    i64::try_from(at.as_millis()).unwrap_or(i64::MAX)
}
