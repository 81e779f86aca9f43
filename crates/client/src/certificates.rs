//! What the bank says it did after a withdrawal: asked for until it is here, verified, kept.

use crate::{
    bank_api::answer::Answer,
    consent::{KeptRecord, RECORD},
    core::Core,
    courier::blocking,
    store,
    vault::{Moment, VaultError},
};
use lending::{
    acknowledgement::AckError,
    certificate::{STOP_WITHIN_MS, Treated, VerifiedCertificate, WithdrawalCertificate},
    consent::VerifiedRecord,
};
use outbox::{EntryId, EntryState};
use seal::{Timestamp, cbor};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};
use uuid::Uuid;
use wire::ipc::{KeptFrom, StopState, StopView, TreatedView};

/// Pause before the bank is asked again, when it does not say: 10 s, a sixth of its minute.
const PAUSE: Duration = Duration::from_secs(10);

const WANTED: &str = "certificate";

/// A withdrawal whose certificate is not here, by ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    /// The envelope that brings it to the bank.
    pub envelope: Uuid,
    /// The consent's record.
    pub consent: Uuid,
    /// The withdrawal's own record.
    pub withdrawal: Uuid,
}

/// A certificate as it is kept with its consent: the proof, and what it said when it was verified.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeptCertificate {
    pub signed: ByteBuf,
    pub says: WithdrawalCertificate,
}

/// Why what came is not kept.
#[derive(Debug, thiserror::Error)]
enum KeepError {
    #[error("what came is not the bank's certificate of this withdrawal")]
    Forged(#[from] AckError),
    #[error("the withdrawal is not on this device any more")]
    Gone,
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<store::StoreError> for KeepError {
    fn from(error: store::StoreError) -> Self {
        Self::Vault(error.into())
    }
}

/// Asks for the certificates of all withdrawals that the bank has; says how soon to ask again, if
/// any is still to come.
pub(crate) async fn fetch_certificates(core: &Arc<Core>) -> Option<Duration> {
    let mut pause = None;
    for wanted in blocking(core, Core::certificates_due).await {
        let again = fetch(core, wanted).await;
        pause = [pause, again].into_iter().flatten().min();
    }
    pause
}

/// Asks for one; none when it is here now.
async fn fetch(core: &Arc<Core>, wanted: Wanted) -> Option<Duration> {
    let path = wire::bank::certificate_path(wanted.envelope);
    let Ok(proof) = core.reading_proof("GET", &path) else { return Some(PAUSE) };
    match core.api.signed(&path, proof).await {
        Answer::Body(signed) => {
            let kept = blocking(core, move |core| core.keep_certificate(wanted, &signed)).await;
            match kept {
                Ok(()) | Err(KeepError::Gone) => {
                    tracing::info!(envelope.id = %wanted.envelope, "have the bank's certificate");
                    core.changed();
                    None
                }
                Err(error) => {
                    tracing::warn!(envelope.id = %wanted.envelope, "no certificate: {error}");
                    Some(PAUSE)
                }
            }
        }
        Answer::Later { retry_after } => Some(retry_after.unwrap_or(PAUSE)),
        // A bank that knows of none, perhaps an older one, is asked at the next greeting.
        Answer::Refused(_)
        | Answer::Incomplete(_)
        | Answer::NotTheBank
        | Answer::Clock
        | Answer::Nobody => None,
    }
}

impl Core {
    /// Wants the certificate of a withdrawal, within the transaction that saves it.
    pub(crate) fn want_certificate(
        &self,
        tx: &rusqlite::Transaction<'_>,
        wanted: Wanted,
    ) -> Result<(), store::StoreError> {
        change_wanted(tx, |all| all.push(wanted))
    }

    /// Whose certificates are not here.
    fn certificates_wanted(&self) -> Vec<Wanted> {
        let bytes = self.store.public_value(WANTED).ok().flatten();
        bytes.and_then(|bytes| cbor::decode(&bytes).ok()).unwrap_or_default()
    }

    /// Those that the bank can have. What is never sent is wanted no more.
    fn certificates_due(&self) -> Vec<Wanted> {
        let mut due = Vec::new();
        let mut never = Vec::new();
        for wanted in self.certificates_wanted() {
            match self.outbox.entry(EntryId(wanted.envelope)) {
                Ok(Some(head)) => match head.state {
                    EntryState::Delivered { .. } => due.push(wanted),
                    EntryState::Cancelled { .. } => never.push(wanted),
                    EntryState::Queued { .. } | EntryState::Parked { .. } => {}
                },
                Ok(None) => {}
                Err(e) => tracing::error!("a withdrawal cannot be read: {e}"),
            }
        }
        if !never.is_empty()
            && let Err(e) = self.store.write(WANTED, |tx| unwant(tx, &never))
        {
            tracing::warn!("a certificate that never comes is looked for again: {e}");
        }
        due
    }

    /// Verifies a certificate and keeps it with its consent, in one commit.
    fn keep_certificate(&self, wanted: Wanted, signed: &[u8]) -> Result<(), KeepError> {
        // A withdrawal of the same consent waits.
        let _posting = self.posting.lock().unwrap_or_else(PoisonError::into_inner);
        let read = |id: Uuid| -> Result<KeptRecord, KeepError> {
            let row = self.store.row(RECORD, id.as_bytes())?.ok_or(KeepError::Gone)?;
            Ok(self.vault.read(RECORD, &row)?)
        };
        let withdrawal = read(wanted.withdrawal)?;
        let device = self.device_key()?.public();
        let record =
            VerifiedRecord::verify(&withdrawal.signed, &device).map_err(|_| KeepError::Gone)?;
        let known = self.known().ok_or(KeepError::Forged(AckError::Forged))?;
        let envelope = wanted.envelope.into_bytes();
        let found = VerifiedCertificate::verify(signed, envelope, &record, &known.directory)?;
        let mut consent = read(wanted.consent)?;
        if let Some(by) = consent.withdrawn.as_mut().filter(|by| by.envelope == wanted.envelope) {
            by.certificate = Some(KeptCertificate {
                signed: ByteBuf::from(found.signed()),
                says: (*found).clone(),
            });
        }
        let at = Moment::of(&self.ports);
        self.store.write(WANTED, |tx| {
            self.vault.put(tx, RECORD, wanted.consent.as_bytes(), &consent, at)?;
            unwant(tx, &[wanted])?;
            Ok::<_, KeepError>(())
        })
    }

    /// How far the end of a consent is at the bank.
    pub(crate) fn stop_view(
        &self,
        envelope: Uuid,
        certificate: Option<&KeptCertificate>,
    ) -> StopView {
        if let Some(KeptCertificate { says, .. }) = certificate {
            return StopView {
                state: StopState::Stopped,
                is_late: !says.is_in_time(),
                stopped_at_ms: Some(says.stopped_at.as_millis()),
                treated: says.treated.iter().map(treated_view).collect(),
            };
        }
        let entry = self.outbox.entry(EntryId(envelope)).ok().flatten();
        let received_at = entry.and_then(|head| match head.state {
            EntryState::Delivered { at } => Some(Timestamp::from_millis(at.as_ms())),
            _ => None,
        });
        let waited = received_at.map(|at| self.bank_now().millis_since(at));
        StopView {
            state: if waited.is_some() { StopState::Asked } else { StopState::Queued },
            is_late: waited.is_some_and(|waited| waited > STOP_WITHIN_MS),
            stopped_at_ms: None,
            treated: Vec::new(),
        }
    }
}

fn unwant(tx: &rusqlite::Transaction<'_>, gone: &[Wanted]) -> Result<(), store::StoreError> {
    change_wanted(tx, |all| all.retain(|wanted| !gone.contains(wanted)))
}

/// Reads and writes in one transaction, so that no two changes cross.
fn change_wanted(
    tx: &rusqlite::Transaction<'_>,
    change: impl FnOnce(&mut Vec<Wanted>),
) -> Result<(), store::StoreError> {
    let bytes = store::public_value_of(tx, WANTED)?;
    let mut all = bytes.and_then(|bytes| cbor::decode(&bytes).ok()).unwrap_or_default();
    change(&mut all);
    store::put_public_value(tx, WANTED, &cbor::encode(&all))
}

fn treated_view(treated: &Treated) -> TreatedView {
    let kept = treated.kept.as_ref();
    let terms = kept.and_then(|kept| kept.terms.as_ref());
    TreatedView {
        what: treated.what.into(),
        done: treated.done.into(),
        why: kept.map(|kept| kept.why.into()),
        until: kept.and_then(|kept| kept.until).map(|day| day.text()),
        days: terms.map(|terms| terms.days),
        from: terms.map(|terms| KeptFrom::from(terms.basis)),
    }
}
