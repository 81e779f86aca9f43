//! What the bank lost in a restore is sent again; what it confirms may be let go.
//!
//! Owed after each new epoch until it is written down, and done once a day besides, because the
//! outbox purges nothing that the bank has not confirmed by name.

use super::blocking;
use crate::{
    bank_api::answer::Answer,
    core::{Core, outbox_time},
};
use lending::{acknowledgement::Pong, reconciliation::Reconciliation};
use outbox::{EntryId, Epoch, EpochChange, MoveError, policy::BODY_KEPT};
use seal::{Digest, Timestamp};
use std::{sync::Arc, time::Duration};
use wire::reconciliation::{Listed, MAX_LISTED, PATH, ReconciliationRequest};

/// Ids and digests of what was delivered.
type Deliveries = Vec<(EntryId, [u8; 32])>;

/// How often what was delivered is confirmed without a new epoch: once a day. Source: own
/// judgement; what is kept for 30 days may be kept for 31.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// Reconciles when it is owed or a day has passed. What fails here is owed at the next greeting
/// and holds up no delivery.
pub(super) async fn reconcile(core: &Arc<Core>, pong: &Pong) {
    if let Err(why) = attempt(core, pong).await {
        tracing::warn!("the reconciliation is still owed: {why}");
    }
}

async fn attempt(core: &Arc<Core>, pong: &Pong) -> Result<(), String> {
    let epoch = Epoch(pong.server_epoch);
    let at = pong.at;
    let Some(listed) = blocking(core, move |core| due(core, epoch, at)).await? else {
        return Ok(());
    };
    let (mut confirmed, mut lost) = (Vec::with_capacity(listed.len()), Vec::new());
    for page in listed.chunks(MAX_LISTED) {
        let missing = ask(core, epoch, page).await?;
        let (gone, held): (Vec<EntryId>, Vec<EntryId>) =
            page.iter().map(|(id, _)| *id).partition(|id| missing.contains(id.0.as_bytes()));
        confirmed.extend(held);
        lost.extend(gone);
    }
    blocking(core, move |core| write_down(core, epoch, &confirmed, &lost, at)).await
}

/// What the bank is asked about; none when nothing is due.
fn due(core: &Core, epoch: Epoch, at: Timestamp) -> Result<Option<Deliveries>, String> {
    let change = core.outbox.note_epoch(epoch).map_err(text)?;
    let last = core.outbox.last_reconciled().map_err(text)?.and_then(|(_, at)| at);
    let now = outbox_time(at);
    if change == EpochChange::Reconciled && last.is_some_and(|last| now.since(last) < EVERY) {
        return Ok(None);
    }
    // Back to before the last one: a tablet may have slept for longer than things are kept. In a new
    // epoch nothing is known: what it slept on may be lost, so the bank is asked about everything.
    let since = match last {
        Some(last) => last.min(now).minus(BODY_KEPT).minus(EVERY),
        None => outbox::Timestamp::from(0),
    };
    core.outbox.delivered_since(since).map_err(text).map(Some)
}

/// One page to the bank; gives the ids that it does not have.
async fn ask(
    core: &Arc<Core>,
    epoch: Epoch,
    page: &[(EntryId, [u8; 32])],
) -> Result<Vec<[u8; 16]>, String> {
    let delivered =
        page.iter().map(|(id, digest)| Listed { id: *id.0.as_bytes(), digest: *digest }).collect();
    let request = ReconciliationRequest { delivered }.encode();
    let proof = core.device_proof("POST", PATH).map_err(text)?;
    let Answer::Body(signed) = core.api.reconcile(request.clone(), proof).await else {
        return Err("the bank did not answer".into());
    };
    let listed: Vec<([u8; 16], Digest)> =
        page.iter().map(|(id, digest)| (*id.0.as_bytes(), Digest::from_bytes(*digest))).collect();
    let known = core.known().ok_or("no directory")?;
    let answer =
        Reconciliation::verify(&signed, &request, &listed, &known.directory).map_err(text)?;
    if Epoch(answer.server_epoch) != epoch {
        return Err("the bank was restored meanwhile".into());
    }
    Ok(answer.missing)
}

fn write_down(
    core: &Core,
    epoch: Epoch,
    confirmed: &[EntryId],
    lost: &[EntryId],
    at: Timestamp,
) -> Result<(), String> {
    for id in lost {
        match core.outbox.resend(*id) {
            Ok(_) => tracing::warn!(envelope.id = %id, "the bank lost an entry: it is sent again"),
            // Its bytes are gone, which only a backup older than what is kept can lead to.
            Err(MoveError::BodyGone(_)) => {
                tracing::error!(envelope.id = %id, "the bank lost an entry that was let go here");
            }
            // Sent again already, before a crash.
            Err(MoveError::Illegal(_)) => {}
            Err(error) => return Err(text(error)),
        }
    }
    core.outbox.reconciled(epoch, confirmed, outbox_time(at)).map_err(text)?;
    tracing::info!(confirmed = confirmed.len(), lost = lost.len(), "reconciled with the bank");
    match core.purge_sealed() {
        Ok(purged) => tracing::info!(purged.entries, purged.parts, "purged what nobody needs"),
        // A locked vault cannot say what drafts still need.
        Err(why) => tracing::warn!("nothing was purged: {why}"),
    }
    core.changed();
    Ok(())
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
