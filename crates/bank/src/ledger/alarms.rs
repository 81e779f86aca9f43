//! Alarms: what somebody at the bank must look at.
//!
//! None of them ever refuses an envelope. Numbers are those inside of the signed applications
//! (reliability, I10): a gap is an application that was saved on the device and has not come; a
//! number used twice is a copy of the device, or its store was put back.

use seal::{Digest, PublicKey, Timestamp};
use uuid::Uuid;

/// One alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// The device whose envelope it is about.
    pub device: PublicKey,
    /// The envelope that showed it.
    pub envelope: Uuid,
    /// Since when, by the bank's clock.
    pub since: Timestamp,
    /// What it is.
    pub finding: Finding,
}

impl Alarm {
    /// Whether it still asks for somebody: a gap that was filled later does not.
    pub fn is_open(&self) -> bool {
        !matches!(self.finding, Finding::Gap { missing: 0, .. })
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Numbers of the device did not come before the one of this envelope.
    Gap {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
        /// How many have not come until now.
        missing: u64,
    },
    /// The number of this envelope is 0, or others of the device have it too.
    Reused {
        /// The number.
        number: u64,
        /// Those that have it too, oldest first.
        others: Vec<Uuid>,
    },
    /// The id of this envelope came again with another content.
    Conflict {
        /// The digest on record.
        stored: Digest,
        /// The digest that came last.
        found: Digest,
        /// How often it came.
        times: u64,
    },
}

/// An envelope that came with the id of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The id, which is on record.
    pub envelope: Uuid,
    /// The digest that came.
    pub found: Digest,
    /// By the bank's clock.
    pub at: Timestamp,
}
