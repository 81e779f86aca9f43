//! What is put through the power cuts: the real outbox, and for control a plain store.

use std::collections::BTreeMap;
use std::path::Path;

use outbox::{
    EntryHead, EntryId, EntryState, Epoch, Lane, MoveError, NewEntry, NewPart, Outbox, Outcome,
    ParkReason, PartDigest, PartError, PartHead, PostError, ReconcileError, Settlement, Timestamp,
};
use uuid::Uuid;

use crate::workload::{Act, LATER_MS, Posting, Settling, Workload, part_digest};

const STALE: ParkReason = ParkReason::known("stale");

/// An entry as a queue shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) head: EntryHead,
    pub(crate) proof: Option<Vec<u8>>,
    pub(crate) former_proof: Option<Vec<u8>>,
    pub(crate) parts: Vec<PartDigest>,
    pub(crate) is_purged: bool,
}

/// Everything that a queue shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Shows {
    pub(crate) entries: BTreeMap<EntryId, Shown>,
    pub(crate) parts: BTreeMap<PartDigest, PartHead>,
    pub(crate) reconciled: Option<(Epoch, Option<Timestamp>)>,
}

impl Shows {
    /// Whether each entry and part is as it is in one of the two.
    pub(crate) fn is_between(&self, before: &Shows, after: &Shows) -> bool {
        let entry = |id: &EntryId| {
            let shown = self.entries.get(id);
            shown == before.entries.get(id) || shown == after.entries.get(id)
        };
        let part = |digest: &PartDigest| {
            let shown = self.parts.get(digest);
            shown == before.parts.get(digest) || shown == after.parts.get(digest)
        };
        [self, before, after]
            .iter()
            .all(|shows| shows.entries.keys().all(entry) && shows.parts.keys().all(part))
            && (self.reconciled == before.reconciled || self.reconciled == after.reconciled)
    }
}

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

    /// The bytes of a part.
    fn part(&self, digest: PartDigest) -> Result<Vec<u8>, String>;
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
                let parts: Vec<_> = posting.parts.iter().copied().map(part_digest).collect();
                match self.post_with_parts(&new_entry(posting, workload), &parts, &cancel) {
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
            Act::SettleAll { ends, at } => {
                let settlements: Vec<_> = ends
                    .iter()
                    .map(|(number, how)| Settlement {
                        id: id(*number),
                        outcome: how.outcome(*at),
                        jitter: u64::MAX / 3,
                    })
                    .collect();
                self.settle_all(&settlements, *at).map(drop).map_err(|error| told(&error))
            }
            Act::AddPart { number, at } => of_part(self.add_part(&NewPart {
                digest: part_digest(*number),
                bytes: workload.part(*number).to_vec(),
                saved_at: *at,
            })),
            Act::Progress { number, offset: Some(offset) } => {
                of_part(self.part_progress(part_digest(*number), *offset))
            }
            Act::Progress { number, offset: None } => of_part(self.part_done(part_digest(*number))),
            Act::Hear { epoch } => {
                self.note_epoch(Epoch(*epoch)).map(drop).map_err(|error| told(&error))
            }
            Act::Reconciled { epoch } => {
                let all: Vec<_> = (0..workload.entries()).map(id).collect();
                match self.reconciled(Epoch(*epoch), &all, Timestamp::from(LATER_MS)) {
                    Err(error @ ReconcileError::Store(_)) => Err(told(&error)),
                    _ => Ok(()),
                }
            }
            Act::Resend { number } => moved(self.resend(id(*number))),
            Act::Purge => {
                let purged = self.purge(Timestamp::from(LATER_MS), &[]);
                purged.map(drop).map_err(|error| told(&error))
            }
            Act::Reopen => Ok(()),
        }
    }

    fn shows(&self) -> Result<Shows, String> {
        let mut shows = Shows {
            reconciled: self.last_reconciled().map_err(|error| told(&error))?,
            ..Shows::default()
        };
        for head in self.entries().map_err(|error| told(&error))? {
            let export = self.export(head.id).map_err(|error| told(&error))?;
            let export = export.ok_or("an entry that is listed is not there")?;
            let former_proof = self.former_proof(head.id).map_err(|error| told(&error))?;
            let proof = export.proof;
            if proof.is_some() != matches!(head.state, EntryState::Delivered { .. }) {
                return Err(format!("entry {} and its proof do not fit", head.id));
            }
            let parts = export.parts.iter().map(|part| part.digest).collect();
            let is_purged = export.body.is_none();
            let shown = Shown { head, proof, former_proof, parts, is_purged };
            shows.entries.insert(shown.head.id, shown);
        }
        // Those that no entry names are found by their names only.
        for digest in (0..32).map(part_digest) {
            let part = Outbox::part(self, digest).map_err(|error| told(&error))?;
            shows.parts.extend(part.map(|part| (digest, part)));
        }
        let counts = self.counts().map_err(|error| told(&error))?;
        if counts.posted() != shows.entries.len() as u64 {
            return Err(format!("{} entries, but counted {counts:?}", shows.entries.len()));
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

    fn part(&self, digest: PartDigest) -> Result<Vec<u8>, String> {
        self.part_bytes(digest, 0, usize::MAX).map_err(|error| told(&error))
    }
}

fn of_part(result: Result<PartHead, PartError>) -> Result<(), String> {
    match result {
        Err(error @ (PartError::DiskFull(_) | PartError::Store(_))) => Err(told(&error)),
        _ => Ok(()),
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
