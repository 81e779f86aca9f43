//! Repair: a second outbox takes up what a copy of the first one holds, and a device whose outbox is
//! gone forgets a case. The first one is not touched.

use crate::life::{Life, device, insist};
use crate::work::copy_folder;
use anyhow::{Context, Result, ensure};
use client::ipc::CaseRequest;
use outbox::{
    EntryId, EntryState, Lane, MoveError, NewEntry, Outbox, Outcome, ParkReason, Timestamp,
};
use sanbu_tests::{network::Fault as Way, world::FIRST_PAGE};
use seal::Digest;
use std::fs;

/// Why the one entry of its own is parked.
const REASON: ParkReason = ParkReason::known("tried");

/// Does both.
pub async fn mend(life: &Life) -> Result<()> {
    salvage(life).await?;
    forget(life).await
}

async fn salvage(life: &Life) -> Result<()> {
    let (copy, path) = (life.folder.join("copy"), life.folder.join("spare.db"));
    copy_folder(life.device.folder(), &copy)?;
    let spare = insist("a second outbox", async || Outbox::open(&path)).await?;
    let now = Timestamp::from(0);
    let digest_of = |bytes: &[u8]| *Digest::of(bytes).as_bytes();
    let take_up = async || spare.salvage(&copy.join("outbox.db"), now, digest_of);
    insist("salvage", take_up).await?;
    let shown = life.client.outbox(FIRST_PAGE).await?.total;
    ensure!(spare.entries()?.len() == shown as usize, "an entry was not taken up");

    let id = EntryId(uuid::Uuid::from_u128(1));
    let body = b"sealed".to_vec();
    let digest = digest_of(&body);
    let entry = NewEntry { id, lane: Lane::Normal, note: Vec::new(), body, digest, saved_at: now };
    insist("post", async || spare.post(&entry, &[])).await?;
    let parked = Outcome::Parked { reason: REASON };
    let settle = async || done_or(spare.settle(id, &parked, now, 0), |s| s.name() == "parked");
    insist("settle", settle).await?;
    let release = async || done_or(spare.release(id), |state| state.name() == "queued");
    insist("release", release).await?;
    let cancel = async || done_or(spare.cancel(id, now), |state| state.name() == "cancelled");
    insist("cancel", cancel).await
}

/// A disk that wrote and said that it had not: the second press finds it done.
fn done_or<T>(
    moved: Result<T, MoveError>,
    is_done: impl Fn(&EntryState) -> bool,
) -> Result<(), MoveError> {
    match moved {
        Err(MoveError::Illegal(illegal)) if is_done(&illegal.from) => Ok(()),
        moved => moved.map(drop),
    }
}

/// The copy without its outbox: every case is lost on it, and one is forgotten.
async fn forget(life: &Life) -> Result<()> {
    let copy = life.folder.join("copy");
    for name in ["outbox.db", "outbox.db-wal", "outbox.db-shm"] {
        match fs::remove_file(copy.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    life.world.network.set(Way::Down);
    let other = device(&life.world, &life.folder, "copy");
    let client = insist("the copy's start", async || other.try_start()).await?;
    let lost = client.outbox(FIRST_PAGE).await?.lost;
    let case_id = lost.first().context("nothing is lost")?.case_id.clone();
    let request = CaseRequest { case_id: case_id.clone() };
    let forget = async || client.forget_lost(request.clone()).await;
    insist("forget", forget).await?;
    let left = client.outbox(FIRST_PAGE).await?.lost;
    ensure!(left.len() + 1 == lost.len(), "not one case was forgotten");
    Ok(())
}

/// What a kill left of both opens again.
pub fn open_again(life: &Life) -> Result<()> {
    let spare = life.folder.join("spare.db");
    if spare.exists() {
        Outbox::open(&spare)?;
    }
    if life.folder.join("copy/client.db").exists() {
        life.world.network.set(Way::Down);
        device(&life.world, &life.folder, "copy").try_start()?;
    }
    Ok(())
}
