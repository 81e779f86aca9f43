//! The workload: everything that writes anything, in an order that is always the same.

use crate::{
    life::{Life, insist, say},
    spare,
};
use anyhow::{Context, Result, ensure};
use bank::{
    ledger::alarms::Conflict,
    parts::{Cut, PartKey},
    restore,
};
use client::ipc::*;
use sanbu_tests::{clock::DAY_MS, network::Fault as Way, world::FIRST_PAGE};
use seal::{Digest, SigningKey};
use std::fs;
use std::path::Path;
use uuid::Uuid;
use wire::parts::CHUNK_BYTES;

/// A photo of one request.
const SMALL: usize = 20_000;
/// A photo of two.
const LARGE: usize = 400_000;
/// A part that a stranger uploads, in two pieces that fit no chunk.
const STRANGE: usize = 300_000;
/// Turns of three requests until an upload is cut in its middle, at most.
const MOST_TURNS: usize = 20;

/// Lives through it.
pub async fn work(life: &mut Life) -> Result<()> {
    life.deliver().await?;
    let request = SetPreferencesRequest { locale: Locale::ZhHans, large_type: true };
    insist("set preferences", async || life.client.set_preferences(request.clone()).await).await?;
    in_a_cellar(life).await?;
    over_a_bad_way(life).await?;
    ask_again(life).await?;
    life.restore_bank().await?;
    life.deliver().await?;
    strange_parts(life).await?;
    grow_old(life).await?;
    spare::mend(life).await
}

/// Cases are saved, taken back, withdrawn and thrown away where nobody answers.
async fn in_a_cellar(life: &Life) -> Result<()> {
    life.world.network.set(Way::Down);
    life.apply(1, &[SMALL, LARGE]).await?;
    let second = life.apply(2, &[]).await?;
    life.take_back(&second).await?;
    let before = life.records().await?;
    let third = life.apply(3, &[]).await?;
    life.withdraw(&third, &before).await?;

    let shop = life.shop(4);
    let draft = shop.begin().await?;
    let request = DraftRequest { draft_id: draft.draft_id.clone() };
    insist("forget the shop", async || life.client.forget_shop(request.clone()).await).await?;
    shop.attach(&draft, &[SMALL]).await?;
    say(format_args!("discarding {}", draft.draft_id));
    insist("discard", async || life.client.discard_draft(request.clone()).await).await?;

    life.apply(5, &[]).await?;
    Ok(())
}

/// An upload is cut, replies are lost, the bank is busy.
async fn over_a_bad_way(life: &mut Life) -> Result<()> {
    let is_begun = "select exists (select 1 from part where state = 'uploading' and received > 0)
                    and exists (select 1 from part where state = 'complete')";
    for requests in 2..2 + MOST_TURNS {
        // One request more with each turn: it stops as soon as a small photo is there and a large one
        // is begun, however many questions come before.
        life.world.network.set(Way::DownAfter(requests));
        life.client.deliver_due().await;
        if life.world.bank_number(is_begun) > 0 {
            break;
        }
    }
    let (data, backup) = (life.world.bank_folder(), life.folder.join("backup.sqlite"));
    let back_up = async || {
        // A digest without its backup, or the other way round, is no backup.
        if backup.exists() {
            fs::remove_file(&backup).map_err(|error| error.to_string())?;
        }
        restore::back_up(&data, &backup).map_err(|error| error.to_string())
    };
    insist("back up", back_up).await?;
    life.world.network.set(Way::LoseOneReply);
    life.client.deliver_due().await;
    life.apply(6, &[]).await?;
    life.world.network.set(Way::Busy);
    life.client.deliver_due().await;
    insist("send now", async || life.client.send_now(FIRST_PAGE).await).await?;
    life.deliver().await
}

/// A price changes while a case waits: it is held, and asked again.
async fn ask_again(life: &mut Life) -> Result<()> {
    life.world.network.set(Way::Down);
    let old = life.apply(7, &[SMALL]).await?;
    life.publish().await?;
    life.deliver().await?;
    let request = CaseRequest { case_id: old };
    if life.client.case(request.clone()).await?.state == CaseState::Delivered {
        // A catalogue that could not be kept counts as unchanged: the bank judges.
        return Ok(());
    }
    let draft = insist("ask again", async || life.client.ask_again(request.clone()).await).await?;
    say(format_args!("begun {}", draft.draft_id));
    let draft = life.shop(7).decide(draft).await?;
    life.submit(&draft.draft_id).await?;
    life.deliver().await
}

/// Somebody else's device uploads parts that no envelope names, takes one back and forgets another;
/// an id comes twice.
async fn strange_parts(life: &Life) -> Result<()> {
    let bank = life.bank()?;
    let device = SigningKey::from_seed([7; 32]).public();
    for fill in [1, 2] {
        let bytes = vec![fill; STRANGE];
        let key = PartKey { device, digest: Digest::of(&bytes) };
        let upload = async || {
            let size = bytes.len() as u64;
            bank.create_part(key, size).await?;
            // Each request ends within a chunk, so that pieces are written over.
            for to in [STRANGE / 3, STRANGE] {
                let from = bank.part(key).await?.received_bytes;
                if from < to as u64 || to == STRANGE {
                    let from_at = usize::try_from(from).unwrap_or(STRANGE);
                    let body = tokio_stream::iter([Ok::<_, Cut>(bytes[from_at..to].to_vec())]);
                    bank.append_part(key, from, to == STRANGE, Box::pin(body)).await?;
                }
            }
            Ok::<_, bank::parts::PartError>(())
        };
        insist("upload", upload).await?;
        let kept = bank.part_bytes(key).await?;
        ensure!(kept == bytes, "a part is not what was uploaded");
        if fill == 1 {
            let take_back = async || match bank.cancel_part(key).await {
                Err(bank::parts::PartError::Unknown) => Ok(()),
                done => done,
            };
            insist("take a part back", take_back).await?;
        }
    }
    ensure!(STRANGE as u64 > CHUNK_BYTES, "a part of one chunk");
    let shown = life.client.outbox(FIRST_PAGE).await?.entries;
    let known = shown.iter().find(|entry| entry.state == CaseState::Delivered);
    let envelope = Uuid::parse_str(&known.context("nothing was delivered")?.case_id)?;
    let (found, at) = (Digest::of(b"another"), bank.now());
    let note = async || bank.ledger().note_conflict(Conflict { envelope, found, at }).await;
    insist("note a conflict", note).await
}

/// A month goes by: what was delivered is purged, and so is what nobody named.
async fn grow_old(life: &mut Life) -> Result<()> {
    life.pass_ms(32 * DAY_MS);
    life.deliver().await?;
    insist("purge", async || life.client.purge().await).await?;
    let bank = life.bank()?;
    insist("sweep", async || bank.sweep_parts().await).await?;
    let stale = life.world.bank_number("select count(*) from part_litter");
    ensure!(stale == 0, "objects are left");
    Ok(())
}

/// Copies a folder and all below.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_folder(&entry.path(), &target)?,
            false => drop(fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}

/// After a kill: everything gets to the bank, or is taken back; then says what drafts there are.
pub async fn recover(life: &mut Life) -> Result<()> {
    life.deliver().await?;
    for entry in life.client.outbox(FIRST_PAGE).await?.entries {
        if entry.state == CaseState::Parked {
            ensure!(entry.acts.contains(&EntryAct::TakeBack), "no way out of {:?}", entry.acts);
            life.take_back(&entry.case_id).await?;
        }
    }
    for head in life.client.home().await?.drafts {
        let request = DraftRequest { draft_id: head.draft_id.clone() };
        let draft = life.client.draft(request).await?;
        let amount = draft.fields.iter().find(|found| found.field == wire::problem::Field::Amount);
        let amount = amount.map(|found| found.value.as_str()).unwrap_or_default();
        say(format_args!("draft {} {amount}", head.draft_id));
    }
    spare::open_again(life)
}
