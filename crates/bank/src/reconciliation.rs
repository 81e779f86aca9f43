//! After a restore (对账): which of the envelopes that a device delivered are not here.
//!
//! An envelope counts as present only when id, digest and device fit and all of its parts are here.
//! Everything else is missing; the device sends it again, and intake decides: a lost one is
//! recorded, one with another content gets its conflict. See docs/adr/0014.

use crate::{Bank, ledger::LedgerError};
use lending::reconciliation::{Reconciliation, ReconciliationRequest, RequestError};
use seal::{Digest, PublicKey};

/// A device's list was not answered.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// It is none, or too long.
    #[error("not a list of delivered envelopes")]
    Request(#[from] RequestError),
    /// The ledger could not say.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Bank {
    /// The signed answer to the list in `body`, by the device with this key.
    ///
    /// # Errors
    /// [`ReconcileError`].
    pub async fn reconcile(
        &self,
        device: PublicKey,
        body: &[u8],
    ) -> Result<Vec<u8>, ReconcileError> {
        let listed = ReconciliationRequest::decode(body)?.delivered;
        let count = listed.len();
        let missing = self.ledger().missing(device, listed).await?;
        if !missing.is_empty() {
            let device = device.id();
            tracing::warn!(
                ?device,
                listed = count,
                missing = missing.len(),
                "envelopes are missing"
            );
        }
        let (request, at, server_epoch) = (Digest::of(body), self.now(), self.server_epoch());
        let answer = Reconciliation { request, at, server_epoch, missing };
        Ok(answer.sign(self.acknowledgement_key()))
    }
}

#[cfg(test)]
mod tests;
