//! How much at once: entries in flight, and bytes of a part in one request. Pure.

use outbox::policy::MAX_IN_FLIGHT;
use std::time::Duration;
use wire::parts::CHUNK_BYTES;

/// In flight at first: 2. The third is begun after an answer, so a link that carries nothing is
/// not asked sixteen times. Source: own judgement.
const FIRST_IN_FLIGHT: usize = 2;

/// Smallest body of a part: 16 KiB, which a link of 2 kB/s brings within the bank's 10 s.
/// Source: own judgement.
const MIN_APPEND_BYTES: u64 = 16 * 1024;

/// A body that took less is followed by one twice as large, 2 s: five times under what the bank
/// reads of one request. Source: docs/adr/0013 (10 s).
const QUICK: Duration = Duration::from_secs(2);

/// How many entries may be in flight: one more with each answer, half after a fault, 1 to
/// [`MAX_IN_FLIGHT`]. As TCP finds its window (RFC 5681).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    in_flight: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { in_flight: FIRST_IN_FLIGHT }
    }
}

impl Pace {
    /// Entries that may be in flight now.
    pub fn limit(self) -> usize {
        self.in_flight
    }

    /// The bank answered.
    pub fn answered(&mut self) {
        self.in_flight = (self.in_flight + 1).min(MAX_IN_FLIGHT);
    }

    /// It did not, or asked for a pause.
    pub fn faltered(&mut self) {
        self.in_flight = (self.in_flight / 2).max(1);
    }
}

/// How many bytes of a part go into one request: twice as many after a quick one, half after one
/// that broke off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stride {
    bytes: u64,
}

impl Default for Stride {
    fn default() -> Self {
        Self { bytes: CHUNK_BYTES }
    }
}

impl Stride {
    /// Bytes of the next request, when the bank takes `max_append` at most.
    pub fn bytes(self, max_append: u64) -> usize {
        usize::try_from(self.bytes.min(max_append)).unwrap_or(usize::MAX)
    }

    /// A request brought all its bytes in this time.
    pub fn brought(&mut self, took: Duration) {
        if took < QUICK {
            self.bytes = self.bytes.saturating_mul(2).min(wire::parts::MAX_APPEND_BYTES);
        }
    }

    /// A request broke off.
    pub fn broke(&mut self) {
        self.bytes = (self.bytes / 2).max(MIN_APPEND_BYTES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_sets_the_pace_between_one_and_sixteen() {
        let mut pace = Pace::default();
        (0..100).for_each(|_| pace.answered());
        assert_eq!(pace.limit(), 16);
        pace.faltered();
        assert_eq!(pace.limit(), 8);
        (0..100).for_each(|_| pace.faltered());
        assert_eq!(pace.limit(), 1);
        pace.answered();
        assert_eq!(pace.limit(), 2);
    }

    #[test]
    fn a_slow_link_is_given_less_at_once() {
        let mut stride = Stride::default();
        assert_eq!(stride.bytes(u64::MAX), 256 * 1024);
        stride.brought(Duration::from_secs(3));
        assert_eq!(stride.bytes(u64::MAX), 256 * 1024);
        (0..9).for_each(|_| stride.brought(Duration::from_millis(100)));
        assert_eq!(stride.bytes(u64::MAX), 1024 * 1024);
        assert_eq!(stride.bytes(1000), 1000, "the bank's limit counts");
        (0..9).for_each(|_| stride.broke());
        assert_eq!(stride.bytes(u64::MAX), 16 * 1024);
    }
}
