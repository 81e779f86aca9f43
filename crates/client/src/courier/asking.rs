//! "Do you have it?": asked before a case is held, and after one was taken back.
//!
//! A reply that was lost leaves this device in doubt. A case whose prices changed meanwhile must not
//! be asked of its owner again if the bank has it: it would be made twice. And one that was taken
//! back must not be called so if it had arrived.

use super::{
    blocking,
    delivery::{Verdict, acknowledged},
    write_down,
};
use crate::{bank_api::answer::Answer, core::Core, store::StoreError};
use outbox::{EntryHead, EntryId, EntryState, Outcome};
use seal::{Timestamp, cbor};
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};
use uuid::Uuid;
use wire::{ipc::Connection, problem::ProblemCode};

/// How long after it was taken back a case may still arrive: 5 min. A request of this device may
/// be on the way that long; the bank reads one for 15 s, and TCP keeps a segment for 2 min
/// (RFC 9293, section 3.4.1).
const MAY_ARRIVE: Duration = Duration::from_secs(5 * 60);

const TAKEN_BACK: &str = "taken-back";

/// The bank's acknowledgement of an entry, if it has it.
pub(super) async fn stored(core: &Arc<Core>, head: &EntryHead) -> Result<Option<Outcome>, Verdict> {
    let id = head.id.0;
    let Ok(proof) = core.reading_proof("GET", &format!("/v1/envelopes/{id}")) else {
        return Err(Verdict::later());
    };
    match core.api.envelope(id, proof).await {
        Answer::Body(signed) => acknowledged(core, head, signed).await.map(Some),
        // What is not there and what is not ours get the same answer.
        Answer::Refused(problem) if problem.code == ProblemCode::Unauthorised => Ok(None),
        Answer::Refused(_) | Answer::Incomplete(_) => Err(Verdict::later()),
        Answer::Later { retry_after } => Err(Outcome::Later { retry_after }.into()),
        Answer::Nobody => Err(Connection::Offline.into()),
        Answer::NotTheBank => Err(Connection::Portal.into()),
    }
}

/// Asks about what was taken back lately. The proof of one that had arrived wins.
pub(super) async fn ask_about_taken_back(core: &Arc<Core>) {
    for (id, since) in core.taken_back() {
        let entry = blocking(core, move |core| core.outbox.entry(EntryId(id))).await;
        let is_cancelled = |head: &EntryHead| matches!(head.state, EntryState::Cancelled { .. });
        let Some(head) = entry.ok().flatten().filter(is_cancelled) else {
            core.forget_taken_back(id);
            continue;
        };
        match stored(core, &head).await {
            Ok(Some(outcome)) => {
                tracing::warn!(envelope.id = %id, "a case had arrived before it was taken back");
                if write_down(core, vec![(head.id, outcome)]).await.is_ok() {
                    core.forget_taken_back(id);
                    core.changed();
                }
            }
            Ok(None) => {
                let waited = Duration::from_millis(core.bank_now().millis_since(since));
                if waited > MAY_ARRIVE && !core.outbox.sending().contains(&head.id) {
                    core.forget_taken_back(id);
                }
            }
            // Asked again at the next greeting.
            Err(_) => return,
        }
    }
}

impl Core {
    /// Remembers to ask whether these had arrived. Called before they are cancelled.
    ///
    /// # Errors
    /// [`StoreError`]; then they must not be cancelled.
    pub fn watch_taken_back(&self, ids: &[Uuid]) -> Result<(), StoreError> {
        let now = self.bank_now();
        self.change_taken_back(|watched| {
            watched.retain(|(id, _)| !ids.contains(id));
            watched.extend(ids.iter().map(|id| (*id, now)));
        })
    }

    /// One that is not forgotten is asked about once more.
    fn forget_taken_back(&self, id: Uuid) {
        let forgotten = self.change_taken_back(|watched| watched.retain(|(known, _)| *known != id));
        if let Err(e) = forgotten {
            tracing::warn!("what was asked about is asked again: {e}");
        }
    }

    fn taken_back(&self) -> Vec<(Uuid, Timestamp)> {
        let bytes = self.store.public_value(TAKEN_BACK).ok().flatten();
        bytes.and_then(|bytes| cbor::decode(&bytes).ok()).unwrap_or_default()
    }

    fn change_taken_back(
        &self,
        change: impl FnOnce(&mut Vec<(Uuid, Timestamp)>),
    ) -> Result<(), StoreError> {
        let _one_at_a_time = self.watching.lock().unwrap_or_else(PoisonError::into_inner);
        let mut watched = self.taken_back();
        change(&mut watched);
        self.store.set_public_value(TAKEN_BACK, &cbor::encode(&watched))
    }
}
