//! What the log of countersignatures answers (RFC 9162, section 2.1).

use seal::{Digest, PublicKey};

/// The log as it is, and what leads to it from an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// How many countersignatures.
    pub size: u64,
    /// The root.
    pub root: Digest,
    /// From the earlier root to this one; empty when they are the same or there was none.
    pub proof: Vec<Digest>,
}

/// Countersignatures, all read from the same log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Countersignatures {
    /// How many countersignatures the log had.
    pub size: u64,
    /// Its root then.
    pub root: Digest,
    /// One for each record that was asked for, in that order; none of one that is not there.
    pub found: Vec<Option<LogEntry>>,
}

/// A countersignature and its way to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The signed countersignature.
    pub countersignature: Vec<u8>,
    /// Its number, from 0.
    pub index: u64,
    /// From its leaf to the root.
    pub path: Vec<Digest>,
}

/// A consent record on file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordOnFile {
    /// The device that signed it.
    pub device: PublicKey,
    /// The signed bytes.
    pub signed: Vec<u8>,
}
