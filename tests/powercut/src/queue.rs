//! What is put through the power cuts: the real outbox, and for control a plain store.

use std::collections::BTreeMap;
use std::path::Path;

use outbox::{
    EntryHead, EntryId, EntryState, Lane, MoveError, NewEntry, Outbox, Outcome, ParkReason,
    PostError, Timestamp,
};
use uuid::Uuid;

use crate::workload::{Act, Posting, Settling, Workload};

const STALE: ParkReason = ParkReason::known("stale");

/// An entry as a queue shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) head: EntryHead,
    pub(crate) proof: Option<Vec<u8>>,
}

/// Everything that a queue shows, by entry.
pub(crate) type Shows = BTreeMap<EntryId, Shown>;

/// Something durable that can be put through a power cut. Errors are for a person to read.
pub(crate) trait Queue: Sized {
    /// Opens the file, or creates it.
    fn open(path: &Path) -> Result<Self, String>;

    /// Does one step. A refusal that changes nothing, such as cancelling what was delivered, is
    /// fine; an error is of the disk.
    fn act(&mut self, act: &Act, workload: &Workload) -> Result<(), String>;

    /// Everything that can be seen.
    fn shows(&self) -> Result<Shows, String>;

    /// The body of a queued entry.
    fn queued_body(&self, id: EntryId) -> Result<Vec<u8>, String>;
}

/// The entry with this number.
pub(crate) fn id(number: u32) -> EntryId {
    EntryId(Uuid::from_u128(u128::from(number)))
}

/// The chain of causes as one line.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        source = cause.source();
    }
    line
}

/// What a posting saves.
pub(crate) fn new_entry(posting: &Posting, workload: &Workload) -> NewEntry {
    NewEntry {
        id: id(posting.number),
        lane: posting.lane,
        note: posting.number.to_be_bytes().to_vec(),
        body: workload.body(posting.number).to_vec(),
        digest: [u8::try_from(posting.number % 251).unwrap_or(0); 32],
        saved_at: posting.at,
    }
}

impl Queue for Outbox {
    fn open(path: &Path) -> Result<Outbox, String> {
        Outbox::open(path).map_err(|error| told(&error))
    }

    fn act(&mut self, act: &Act, workload: &Workload) -> Result<(), String> {
        match act {
            Act::Post(posting) => {
                let cancel: Vec<_> = posting.cancel.iter().copied().map(id).collect();
                match self.post(&new_entry(posting, workload), &cancel) {
                    Err(error @ (PostError::DiskFull(_) | PostError::Store(_))) => {
                        Err(told(&error))
                    }
                    _ => Ok(()),
                }
            }
            Act::Settle { number, how, at } => {
                let delivery = self.begin(id(*number)).map_err(|error| told(&error))?;
                let outcome = how.outcome(*at);
                let settled = moved(self.settle(id(*number), &outcome, *at, u64::MAX / 3));
                drop(delivery);
                settled
            }
            Act::Release { number } => moved(self.release(id(*number))),
            Act::Cancel { number, at } => moved(self.cancel(id(*number), *at)),
            Act::RetryNow => self.retry_now().map(drop).map_err(|error| told(&error)),
            Act::Reopen => Ok(()),
        }
    }

    fn shows(&self) -> Result<Shows, String> {
        let mut shows = Shows::new();
        for head in self.entries().map_err(|error| told(&error))? {
            let proof = self.proof(head.id).map_err(|error| told(&error))?;
            if proof.is_some() != matches!(head.state, EntryState::Delivered { .. }) {
                return Err(format!("entry {} and its proof do not fit", head.id));
            }
            shows.insert(head.id, Shown { head, proof });
        }
        let counts = self.counts().map_err(|error| told(&error))?;
        if counts.posted() != shows.len() as u64 {
            return Err(format!("{} entries, but counted {counts:?}", shows.len()));
        }
        Ok(shows)
    }

    fn queued_body(&self, id: EntryId) -> Result<Vec<u8>, String> {
        match self.begin(id) {
            Ok(Some(delivery)) => Ok(delivery.body),
            Ok(None) => Err(format!("entry {id} is queued and cannot be begun")),
            Err(error) => Err(told(&error)),
        }
    }
}

impl Settling {
    fn outcome(self, at: Timestamp) -> Outcome {
        match self {
            Settling::Deliver => {
                Outcome::Delivered { proof: at.as_ms().to_be_bytes().to_vec(), at }
            }
            Settling::Delay => Outcome::Later { retry_after: None },
            Settling::Park => Outcome::Parked { reason: STALE },
            Settling::GiveBack => Outcome::NotTried,
        }
    }
}

fn moved(result: Result<EntryHead, MoveError>) -> Result<(), String> {
    match result {
        Err(error @ (MoveError::DiskFull(_) | MoveError::Store(_))) => Err(told(&error)),
        _ => Ok(()),
    }
}

/// The lane by its name in the tables.
pub(crate) fn lane_name(lane: Lane) -> &'static str {
    match lane {
        Lane::Urgent => "urgent",
        Lane::Normal => "normal",
    }
}
