//! Reads back where a delivered application stands, with the proof of the device key.

use crate::{bank_api::Answer, core::Core, vault::VaultError};
use std::sync::Arc;
use uuid::Uuid;
use wire::{
    bank::ApplicationStatus,
    problem::Problem,
    proof::{Proof, SignedRequest, signature_base},
};

/// Why a status could not be read.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// The bank was not reached.
    #[error("the bank was not reached")]
    NotReached,
    /// The bank refused.
    #[error(transparent)]
    Refused(Problem),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl Core {
    /// Asks the bank where an application of this device stands. Cancel-safe.
    pub async fn status(self: &Arc<Self>, id: Uuid) -> Result<ApplicationStatus, StatusError> {
        let path = format!("/v1/applications/{id}");
        let headers = self.proof(&path)?;
        match self.api.application(&path, headers).await {
            Answer::Body(body) => {
                serde_json::from_slice(&body).map_err(|_| StatusError::NotReached)
            }
            Answer::Refused(problem) => Err(StatusError::Refused(problem)),
            Answer::Later { .. } | Answer::NotTheBank | Answer::Nobody => {
                Err(StatusError::NotReached)
            }
        }
    }

    fn proof(&self, path: &str) -> Result<(String, String), VaultError> {
        let device = self.device_key()?;
        let key_id = device.id().to_hex();
        let created_s = self.now().as_millis() / 1000;
        let request = SignedRequest { method: "GET", authority: self.api.authority(), path };
        let base = signature_base(request, created_s, &key_id);
        let signature = device.sign_raw(base.as_bytes()).to_vec();
        Ok(Proof { created_s, key_id, signature }.headers())
    }
}
