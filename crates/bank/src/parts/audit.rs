//! After a restore: what the ledger says of parts is made true again.
//!
//! Ledger and objects are copied at different times, or one of them is lost. Then a row may count on
//! an object that is not there, and its device would be told that the bank has it. Objects that no
//! row knows are counted and left: they may belong to a ledger that is still to be restored.

use super::{Objects, PartError, unfinished_until, unnamed_until};
use crate::ledger::{
    PartLedger,
    parts::{PartChange, PartChanged, StoredPart, UploadId},
};
use seal::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use wire::parts::CHUNK_BYTES;

/// Parts that are read from the ledger at once: 256, its batch.
const PAGE: u32 = 256;

/// What an audit of the parts found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Parts whose objects are there.
    pub sound: u64,
    /// Parts whose objects are gone; their devices send them again from the first byte.
    pub lost: u64,
    /// Unfinished parts whose checked whole is there.
    pub found: u64,
    /// Uploads with objects that no row knows.
    pub unknown: u64,
}

/// The objects of one upload.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    /// Length of the whole.
    pub(super) whole_bytes: Option<u64>,
    /// Names and lengths of the pieces.
    pub(super) pieces: BTreeSet<(String, u64)>,
}

/// Holds every part of the ledger against the objects, by name and length. No gateway may run.
/// Ended early at any point, it is done again from the start.
///
/// # Errors
/// The ledger's or the object store's.
pub(crate) async fn audit(
    ledger: &dyn PartLedger,
    objects: &Objects,
    now: Timestamp,
) -> Result<Audit, PartError> {
    let mut held = objects.inventory().await?;
    let mut audit = Audit::default();
    let mut after = None;
    loop {
        let page = ledger.parts_after(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.upload);
        for part in page {
            let objects = held.remove(&part.upload).unwrap_or_default();
            let (count, change) = match judge(&part, &objects) {
                Judged::Sound => (&mut audit.sound, None),
                Judged::Found => (&mut audit.found, Some(find(part.upload, now))),
                Judged::Lost => (&mut audit.lost, Some(lose(part.upload, now))),
            };
            *count += 1;
            if let Some(change) = change
                && ledger.change_part(change).await? != PartChanged::Done
            {
                return Err(PartError::Unknown);
            }
        }
    }
    audit.unknown = held.len() as u64;
    Ok(audit)
}

enum Judged {
    Sound,
    Found,
    Lost,
}

fn judge(part: &StoredPart, held: &Held) -> Judged {
    let has_whole = held.whole_bytes == Some(part.size_bytes);
    match (part.is_complete(), has_whole) {
        (true, true) => Judged::Sound,
        (true, false) => Judged::Lost,
        // The whole is only written once its digest was checked.
        (false, true) => Judged::Found,
        (false, false) if has_pieces(part, held) => Judged::Sound,
        (false, false) => Judged::Lost,
    }
}

fn has_pieces(part: &StoredPart, held: &Held) -> bool {
    let (full, rest) = (part.received_bytes / CHUNK_BYTES, part.received_bytes % CHUNK_BYTES);
    let last = (rest > 0).then_some((full, rest));
    (0..full)
        .map(|index| (index, CHUNK_BYTES))
        .chain(last)
        .all(|(index, length)| held.pieces.contains(&(Objects::piece_name(index, length), length)))
}

fn find(upload: UploadId, at: Timestamp) -> PartChange {
    PartChange::Find { upload, at, expires_at: unnamed_until(at) }
}

fn lose(upload: UploadId, at: Timestamp) -> PartChange {
    PartChange::Lose { upload, at, expires_at: unfinished_until(at) }
}

/// Objects by upload.
pub(super) type Inventory = BTreeMap<UploadId, Held>;
