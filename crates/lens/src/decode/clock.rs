//! The time budget of one frame.

use std::time::Duration;

/// A monotonic clock: the time since some fixed moment. It comes in as a function because the
/// standard library's own panics in a browser (`wasm32-unknown-unknown`).
pub type Clock = fn() -> Duration;

/// The moment after which nothing more is begun.
pub(super) struct Deadline {
    now: Clock,
    end: Duration,
}

impl Deadline {
    pub(super) fn after(budget: Duration, now: Clock) -> Self {
        Self { now, end: now().saturating_add(budget) }
    }

    pub(super) fn has_passed(&self) -> bool {
        (self.now)() >= self.end
    }
}

/// Time since this function was first called, by the standard library's monotonic clock.
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub(super) fn uptime() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}
