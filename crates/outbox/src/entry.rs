//! What the queue holds: entries, their states, and what can happen to them.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use uuid::Uuid;

use crate::policy::MAX_PARK_REASON_BYTES;

/// A point in time: milliseconds since 1970-01-01 UTC, by the clock of the device.
///
/// Holds at most `i64::MAX` ms, which is what a column of the store can hold; a later time is
/// read as that one. Sums stop there too and never overflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    const LATEST_MS: u64 = i64::MAX as u64;

    /// Milliseconds since 1970-01-01 UTC.
    pub fn as_ms(self) -> u64 {
        self.0
    }

    /// This time and a pause after it, in whole milliseconds.
    #[must_use]
    pub fn plus(self, pause: Duration) -> Timestamp {
        let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        Timestamp::from(self.0.saturating_add(pause_ms))
    }

    /// This time and a while before it, in whole milliseconds; 1970 at the earliest.
    #[must_use]
    pub fn minus(self, while_before: Duration) -> Timestamp {
        let while_ms = u64::try_from(while_before.as_millis()).unwrap_or(u64::MAX);
        Timestamp(self.0.saturating_sub(while_ms))
    }

    /// How long this time is after `earlier`; nought if it is before.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl From<u64> for Timestamp {
    fn from(ms: u64) -> Timestamp {
        Timestamp(ms.min(Timestamp::LATEST_MS))
    }
}

/// Which entry: the caller's id, best a UUIDv7, so that ids sort by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(pub Uuid);

impl From<Uuid> for EntryId {
    fn from(id: Uuid) -> EntryId {
        EntryId(id)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which of the two lanes. Everything due in `Urgent` is offered before anything in `Normal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Before the rest: what takes something back.
    Urgent,
    /// All else.
    Normal,
}

/// Why an entry is parked: a code of the caller's, 1 to 64 bytes, opaque to this crate. The
/// caller has words for it, so it must say nothing personal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ParkReason(Cow<'static, str>);

impl ParkReason {
    /// A reason known when the program is written; best bound to a `const`.
    ///
    /// # Panics
    ///
    /// If the code is empty or longer than 64 bytes; in a `const` that is a compile error.
    pub const fn known(code: &'static str) -> ParkReason {
        assert!(!code.is_empty() && code.len() <= MAX_PARK_REASON_BYTES);
        ParkReason(Cow::Borrowed(code))
    }

    /// The code.
    pub fn code(&self) -> &str {
        &self.0
    }
}

/// A park reason is empty or too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a park reason has 1 to {MAX_PARK_REASON_BYTES} bytes, this has {size_bytes}")]
pub struct ParkReasonSize {
    /// What it has.
    pub size_bytes: usize,
}

impl TryFrom<String> for ParkReason {
    type Error = ParkReasonSize;

    fn try_from(code: String) -> Result<ParkReason, ParkReasonSize> {
        match code.len() {
            1..=MAX_PARK_REASON_BYTES => Ok(ParkReason(Cow::Owned(code))),
            size_bytes => Err(ParkReasonSize { size_bytes }),
        }
    }
}

/// Where an entry stands on disk. "Sending" is not among them: it lives in memory only, so a
/// crash while sending leaves the entry queued and start-up has nothing to repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryState {
    /// To be sent.
    Queued {
        /// Failed attempts since it was posted or last released. Sets the backoff; there is no
        /// highest number.
        attempts: u32,
        /// Earliest next attempt; none is at once.
        not_before: Option<Timestamp>,
    },
    /// Put aside until a person releases it. Never delays another entry.
    Parked {
        /// Why.
        reason: ParkReason,
    },
    /// The receiver has it, and the store has the proof.
    Delivered {
        /// When, as the outcome said.
        at: Timestamp,
    },
    /// Taken back by an explicit act before any proof of delivery came in.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

impl EntryState {
    /// How an entry begins, and begins anew: no attempt made, due at once.
    pub const FRESH: EntryState = EntryState::Queued { attempts: 0, not_before: None };

    /// The state's name, without its data.
    pub fn name(&self) -> &'static str {
        match self {
            EntryState::Queued { .. } => "queued",
            EntryState::Parked { .. } => "parked",
            EntryState::Delivered { .. } => "delivered",
            EntryState::Cancelled { .. } => "cancelled",
        }
    }
}

/// Something to send. `Debug` shows neither note nor body.
#[derive(Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// The key of the entry here and at the receiver. Posting is idempotent by it.
    pub id: EntryId,
    /// Its lane.
    pub lane: Lane,
    /// A few bytes for the caller's list, so that a list reads no body. Stored as given:
    /// already encrypted by the caller. May be empty; meant to stay under some 4 KiB.
    pub note: Vec<u8>,
    /// What is sent: sealed by the caller, stored and handed back bit by bit, at most 1 GB (the
    /// limit of an SQLite value).
    pub body: Vec<u8>,
    /// SHA-256 of `body`. Computed by the caller and believed: this crate has no cryptography.
    pub digest: [u8; 32],
    /// When it was saved; sets the order within a lane.
    pub saved_at: Timestamp,
}

impl fmt::Debug for NewEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewEntry")
            .field("id", &self.id)
            .field("lane", &self.lane)
            .field("size_bytes", &self.body.len())
            .field("saved_at", &self.saved_at)
            .finish_non_exhaustive()
    }
}

/// Everything about an entry but its body. `Debug` does not show the note.
#[derive(Clone, PartialEq, Eq)]
pub struct EntryHead {
    /// Its id.
    pub id: EntryId,
    /// Its lane.
    pub lane: Lane,
    /// The caller's note, as posted.
    pub note: Vec<u8>,
    /// SHA-256 of the body, as posted.
    pub digest: [u8; 32],
    /// Length of the body.
    pub size_bytes: u64,
    /// When it was saved.
    pub saved_at: Timestamp,
    /// Where it stands.
    pub state: EntryState,
}

impl fmt::Debug for EntryHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EntryHead")
            .field("id", &self.id)
            .field("lane", &self.lane)
            .field("size_bytes", &self.size_bytes)
            .field("saved_at", &self.saved_at)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

/// How an attempt to send one entry ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has it and signed for it. **The caller must have verified the proof** against
    /// the entry's id and digest: this crate cannot, and "sent" rests on it.
    Delivered {
        /// The signed acknowledgement, kept for as long as the entry. Not empty.
        proof: Vec<u8>,
        /// When.
        at: Timestamp,
    },
    /// It may work later: wait, then try again.
    Later {
        /// How long the receiver asked to wait, if it did; honoured up to
        /// [`MAX_RETRY_AFTER`](crate::policy::MAX_RETRY_AFTER).
        retry_after: Option<Duration>,
    },
    /// Sending it again as it is will not work: a person has to look.
    Parked {
        /// Why.
        reason: ParkReason,
    },
    /// Nothing was learnt about this entry (offline, signed out, task cancelled): it is given
    /// back as it was, and no attempt is counted.
    NotTried,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Send this entry now.
    Send(EntryId),
    /// Nothing is due before this time, unless the queue changes. At most
    /// [`LONGEST_PAUSE`](crate::policy::LONGEST_PAUSE) away.
    SleepUntil(Timestamp),
    /// Nothing will become due by waiting: sleep until the queue changes.
    Idle,
}

/// What to do next, for several entries in flight.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Steps {
    /// Send these now, in this order.
    pub send: Vec<EntryId>,
    /// The earliest time at which another entry becomes due by waiting, unless the queue changes;
    /// at most [`LONGEST_PAUSE`](crate::policy::LONGEST_PAUSE) away. `None`: none will.
    pub wake_at: Option<Timestamp>,
}

/// How many entries there are in each state; the sum is every entry ever posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// To be sent, those in flight among them.
    pub queued: u64,
    /// Waiting for a person.
    pub parked: u64,
    /// Proved to have arrived.
    pub delivered: u64,
    /// Taken back.
    pub cancelled: u64,
}

impl Counts {
    /// Every entry ever posted: nothing leaves the store.
    pub fn posted(&self) -> u64 {
        self.queued + self.parked + self.delivered + self.cancelled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_note_nor_body() {
        let entry = NewEntry {
            id: EntryId(Uuid::from_u128(1)),
            lane: Lane::Normal,
            note: vec![201, 202],
            body: vec![211, 212],
            digest: [7; 32],
            saved_at: Timestamp::from(5),
        };
        let head = EntryHead {
            id: entry.id,
            lane: entry.lane,
            note: entry.note.clone(),
            digest: entry.digest,
            size_bytes: 2,
            saved_at: entry.saved_at,
            state: EntryState::FRESH,
        };
        for shown in [format!("{entry:?}"), format!("{head:?}")] {
            for hidden in ["201", "202", "211", "212"] {
                assert!(!shown.contains(hidden), "{shown}");
            }
        }
    }

    #[test]
    fn a_park_reason_has_a_length() {
        assert!(ParkReason::try_from(String::new()).is_err());
        assert!(ParkReason::try_from("x".repeat(65)).is_err());
        assert_eq!(ParkReason::try_from("x".repeat(64)).unwrap().code().len(), 64);
        assert_eq!(ParkReason::known("stale"), ParkReason::try_from("stale".to_owned()).unwrap());
    }

    #[test]
    fn time_stops_at_its_end_instead_of_overflowing() {
        let end = Timestamp::from(u64::MAX);
        assert_eq!(end.as_ms(), i64::MAX as u64);
        assert_eq!(end.plus(Duration::MAX), end);
        assert_eq!(Timestamp::from(3).since(end), Duration::ZERO);
    }
}
