//! One entry to the bank: its parts first, then the envelope, then the bank's signature.

use super::{asking, greeting::fetch_words, upload};
use crate::{bank_api::answer::Answer, cases::park, core::Core, known::Known};
use lending::{acknowledgement::VerifiedAck, part::MissingParts};
use outbox::{Delivery, EntryHead, EntryState, Epoch, Outcome, PartDigest, PartHead};
use seal::Digest;
use std::{sync::Arc, time::Duration};
use wire::{ipc::Connection, problem::ProblemCode};

/// Pause of an entry that somebody else answers for, while the bank itself is reached: 60 s, as
/// before a sign-in page. Source: docs/adr/0002 (captive portals).
pub(super) const MEDDLED_PAUSE: Duration = Duration::from_secs(60);

/// Deliveries of one envelope in an attempt: the bank may name missing parts once, and drop a part
/// in between. One that it goes on naming is for the next attempt.
const MAX_PUTS: usize = 3;

/// What is known of an entry after an attempt.
pub(super) enum Verdict {
    /// This.
    Known(Outcome),
    /// Nobody, or somebody who is not the bank, answered: a probe tells whether that is about the
    /// entry or about the way.
    Doubt(Connection),
}

impl Verdict {
    /// It may work later.
    pub(super) const fn later() -> Self {
        Self::Known(Outcome::Later { retry_after: None })
    }
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        Self::Known(outcome)
    }
}

impl From<Connection> for Verdict {
    fn from(connection: Connection) -> Self {
        Self::Doubt(connection)
    }
}

/// Brings an entry to the bank. Cancel-safe: what was brought is there, and the rest goes on from
/// where the bank says.
pub(super) async fn deliver(core: &Arc<Core>, delivery: &Delivery) -> Verdict {
    match attempt(core, delivery).await {
        Ok(outcome) => Verdict::Known(outcome),
        Err(verdict) => verdict,
    }
}

async fn attempt(core: &Arc<Core>, delivery: &Delivery) -> Result<Outcome, Verdict> {
    if let Some(reason) = core.held(&delivery.head, core.bank_now())
        && !was_acknowledged(core, delivery).await?
    {
        // It may have arrived before there was a reason.
        let stored = asking::stored(core, &delivery.head).await?;
        return Ok(stored.unwrap_or(Outcome::Parked { reason }));
    }
    let mut parts: Vec<PartHead> =
        delivery.parts().iter().filter(|part| !part.is_done).copied().collect();
    for _ in 0..MAX_PUTS {
        for part in &parts {
            still_wanted(core, delivery).await?;
            upload::bring(core, part).await?;
        }
        still_wanted(core, delivery).await?;
        match core.api.put_envelope(delivery.head.id.0, delivery.body.clone()).await {
            Answer::Body(signed) => return acknowledged(core, &delivery.head, signed).await,
            Answer::Incomplete(signed) => parts = missing(core, delivery, &signed).await?,
            Answer::Later { retry_after } => return Ok(Outcome::Later { retry_after }),
            Answer::Nobody => return Err(Connection::Offline.into()),
            Answer::NotTheBank => return Err(Connection::Portal.into()),
            Answer::Clock => return Err(Connection::Clock.into()),
            Answer::Refused(problem) => return refused(core, delivery, problem.code),
        }
    }
    Ok(Outcome::Later { retry_after: None })
}

/// Whether the bank has signed for it once and lost it in a restore: then it comes back as it was,
/// whatever price or consent has ended since.
async fn was_acknowledged(core: &Arc<Core>, delivery: &Delivery) -> Result<bool, Verdict> {
    let id = delivery.head.id;
    let former = super::blocking(core, move |core| core.outbox.former_proof(id)).await;
    former.map(|proof| proof.is_some()).map_err(|error| {
        tracing::error!(envelope.id = %id, "an entry cannot be read: {error}");
        Verdict::later()
    })
}

/// Nothing is sent after it was taken back, be it in the middle of its parts.
async fn still_wanted(core: &Arc<Core>, delivery: &Delivery) -> Result<(), Verdict> {
    let id = delivery.head.id;
    let head = super::blocking(core, move |core| core.outbox.entry(id)).await;
    match head {
        Ok(Some(head)) if matches!(head.state, EntryState::Queued { .. }) => Ok(()),
        Ok(_) => Err(Outcome::NotTried.into()),
        Err(e) => {
            tracing::error!(envelope.id = %id, "an entry cannot be read: {e}");
            Err(Verdict::later())
        }
    }
}

fn refused(core: &Arc<Core>, delivery: &Delivery, code: ProblemCode) -> Result<Outcome, Verdict> {
    let id = delivery.head.id;
    match code {
        ProblemCode::EnvelopeConflict => Ok(Outcome::Parked { reason: park::CONFLICT }),
        // Not about this entry: a gateway of another version, or a wrong address.
        ProblemCode::NotFound | ProblemCode::MethodNotAllowed | ProblemCode::Unauthorised => {
            core.fetch_words();
            Ok(Outcome::Later { retry_after: None })
        }
        code => {
            tracing::error!(envelope.id = %id, problem = %code, "the bank refused an envelope");
            Ok(Outcome::Parked { reason: park::REFUSED })
        }
    }
}

/// What the bank's acknowledgement of an entry makes of it.
pub(super) async fn acknowledged(
    core: &Arc<Core>,
    head: &EntryHead,
    signed: Vec<u8>,
) -> Result<Outcome, Verdict> {
    let digest = Digest::from_bytes(head.digest);
    let id = *head.id.0.as_bytes();
    let verify = |known: &Known| VerifiedAck::verify(&signed, id, digest, &known.directory).ok();
    let ack = verified(core, verify).await?;
    core.heard_bank(ack.received_at);
    // One signed before a restore may arrive after it: then a reconciliation is owed again.
    let epoch = Epoch(ack.server_epoch);
    if let Err(e) = super::blocking(core, move |core| core.outbox.note_epoch(epoch)).await {
        tracing::error!("the bank's epoch is not kept: {e}");
        return Err(Verdict::later());
    }
    let at = crate::core::outbox_time(ack.received_at);
    Ok(Outcome::Delivered { proof: ack.signed().to_vec(), at })
}

/// The parts that the bank says it misses.
async fn missing(
    core: &Arc<Core>,
    delivery: &Delivery,
    signed: &[u8],
) -> Result<Vec<PartHead>, Verdict> {
    let digest = Digest::from_bytes(delivery.head.digest);
    let id = *delivery.head.id.0.as_bytes();
    let named: Vec<Digest> =
        delivery.parts().iter().map(|part| Digest::from_bytes(part.digest.0)).collect();
    let verify =
        |known: &Known| MissingParts::verify(signed, id, digest, &named, &known.directory).ok();
    let list = verified(core, verify).await?;
    let is_missing =
        |part: &PartDigest| list.missing.iter().any(|digest| *digest.as_bytes() == part.0);
    Ok(delivery.parts().iter().filter(|part| is_missing(&part.digest)).copied().collect())
}

/// What the bank signed, with the keys of now if those known here do not fit: they may have been
/// rotated while the entry waited.
async fn verified<T>(core: &Arc<Core>, verify: impl Fn(&Known) -> Option<T>) -> Result<T, Verdict> {
    if let Some(known) = core.known()
        && let Some(verified) = verify(&known)
    {
        return Ok(verified);
    }
    fetch_words(core).await?;
    core.known().and_then(|known| verify(&known)).ok_or_else(|| Connection::Portal.into())
}
