//! The connector's door: whether the bank may read something now, under a consent that is alive.
//!
//! Every read from a source of data passes here first, and what it rested on is logged with it. The
//! rule is one function; there is no other way for a connector to get its permit.

use crate::consent::{DataRange, Event, VerifiedRecord};
use seal::Timestamp;

const DAY_MS: u64 = 24 * 3600 * 1000;

/// What somebody at the bank wants to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The enterprise it is about.
    pub enterprise_code: String,
    /// What for.
    pub purpose: String,
    /// Which data items, by code.
    pub items: Vec<String>,
    /// Where they are read.
    pub source: String,
    /// Which days.
    pub range: DataRange,
    /// When, by the bank's clock.
    pub at: Timestamp,
}

/// Leave to read exactly this, once. Only [`may_read`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    reading: Reading,
    record_id: [u8; 16],
}

impl Permit {
    /// What may be read.
    pub const fn reading(&self) -> &Reading {
        &self.reading
    }

    /// The consent record it rests on.
    pub const fn record_id(&self) -> [u8; 16] {
        self.record_id
    }
}

/// Why something may not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Overreach {
    /// Refused, or the record is the end of another.
    #[error("no consent was given")]
    NotGiven,
    /// A withdrawal of it is here.
    #[error("the consent was withdrawn")]
    Withdrawn,
    /// It ended, or was asked anew.
    #[error("the consent was replaced or has ended")]
    Ended,
    /// About another enterprise.
    #[error("the consent is about another enterprise")]
    OtherSubject,
    /// For another purpose.
    #[error("the consent is for another purpose")]
    OtherPurpose,
    /// A data item that was not asked for, from this source.
    #[error("the consent does not name this data from this source")]
    OtherData,
    /// Days before or after those that were asked for, or the wrong way round.
    #[error("the consent does not cover these days")]
    OtherDays,
    /// Before it was given: a clock is off.
    #[error("the consent is not valid yet")]
    TooEarly,
    /// After its last moment.
    #[error("the consent is no longer valid")]
    TooLate,
    /// All reads it allows were made.
    #[error("the consent was used as often as it allows")]
    UsedUp,
    /// The last read was too short a time ago.
    #[error("the consent was used too short a time ago")]
    TooOften,
}

impl Overreach {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::NotGiven,
        Self::Withdrawn,
        Self::Ended,
        Self::OtherSubject,
        Self::OtherPurpose,
        Self::OtherData,
        Self::OtherDays,
        Self::TooEarly,
        Self::TooLate,
        Self::UsedUp,
        Self::TooOften,
    ];

    /// The word for the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotGiven => "not_given",
            Self::Withdrawn => "withdrawn",
            Self::Ended => "ended",
            Self::OtherSubject => "other_subject",
            Self::OtherPurpose => "other_purpose",
            Self::OtherData => "other_data",
            Self::OtherDays => "other_days",
            Self::TooEarly => "too_early",
            Self::TooLate => "too_late",
            Self::UsedUp => "used_up",
            Self::TooOften => "too_often",
        }
    }
}

/// Whether `reading` may be made under `consent`.
///
/// `ends` are the records of the same device that end something, `read_at` the times at which this
/// consent was used before, failed attempts that reached the source included. Both clocks matter: a
/// consent is valid from the device's time of the press, so a device whose clock is ahead gives a
/// consent that cannot be used yet, never one that lasts longer.
///
/// # Errors
/// The first [`Overreach`], those that cannot pass with time before those that can.
pub fn may_read(
    consent: &VerifiedRecord,
    ends: &[VerifiedRecord],
    read_at: &[Timestamp],
    reading: Reading,
) -> Result<Permit, Overreach> {
    if consent.event() != Event::Given {
        return Err(Overreach::NotGiven);
    }
    let ended_by = |end: &&VerifiedRecord| {
        end.device == consent.device
            && end.happened.ends.is_some_and(|ended| *ended == consent.record_id)
    };
    match ends.iter().find(ended_by).map(|end| end.event()) {
        Some(Event::Withdrawn) => return Err(Overreach::Withdrawn),
        Some(_) => return Err(Overreach::Ended),
        None => {}
    }
    if consent.principal.enterprise_code != reading.enterprise_code {
        return Err(Overreach::OtherSubject);
    }
    if consent.purpose.code != reading.purpose {
        return Err(Overreach::OtherPurpose);
    }
    let is_named = |code: &String| {
        consent.items.iter().any(|item| item.code == *code && item.source == reading.source)
    };
    if reading.items.is_empty() || !reading.items.iter().all(is_named) {
        return Err(Overreach::OtherData);
    }
    let (asked, wanted) = (&consent.data_range, &reading.range);
    if wanted.from < asked.from || wanted.to > asked.to || wanted.from > wanted.to {
        return Err(Overreach::OtherDays);
    }
    if reading.at > consent.valid.until {
        return Err(Overreach::TooLate);
    }
    if read_at.len() >= usize::from(consent.fetch.max_count) {
        return Err(Overreach::UsedUp);
    }
    if reading.at < consent.valid.from {
        return Err(Overreach::TooEarly);
    }
    let pause_ms = consent.fetch.every_days.map_or(0, |days| u64::from(days) * DAY_MS);
    let is_too_soon = |last: &Timestamp| reading.at < last.plus_millis(pause_ms);
    if read_at.iter().max().is_some_and(is_too_soon) {
        return Err(Overreach::TooOften);
    }
    Ok(Permit { reading, record_id: consent.record_id })
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
