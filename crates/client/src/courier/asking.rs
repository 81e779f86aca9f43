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
        Answer::Clock => Err(Connection::Clock.into()),
    }
}

/// Asks about what was taken back lately. The proof of one that had arrived wins. What cannot be
/// asked or written down now is asked again at the next greeting.
pub(super) async fn ask_about_taken_back(core: &Arc<Core>) {
    for (head, since) in blocking(core, Core::cancelled_lately).await {
        let settled = match stored(core, &head).await {
            Ok(Some(outcome)) => {
                tracing::warn!(envelope.id = %head.id, "a case had arrived before it was taken back");
                write_down(core, vec![(head.id, outcome)]).await.is_ok()
            }
            Ok(None) => {
                let waited = Duration::from_millis(core.bank_now().millis_since(since));
                waited > MAY_ARRIVE && !core.outbox.sending().contains(&head.id)
            }
            Err(_) => return,
        };
        if settled {
            blocking(core, move |core| core.forget_taken_back(head.id.0)).await;
            core.changed();
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

    /// What was taken back lately and has not turned out to be anything else, with its time.
    fn cancelled_lately(&self) -> Vec<(EntryHead, Timestamp)> {
        let mut cancelled = Vec::new();
        for (id, since) in self.taken_back() {
            match self.outbox.entry(EntryId(id)) {
                Ok(Some(head)) if matches!(head.state, EntryState::Cancelled { .. }) => {
                    cancelled.push((head, since));
                }
                Ok(_) => self.forget_taken_back(id),
                Err(e) => tracing::error!("what was taken back cannot be read: {e}"),
            }
        }
        cancelled
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
