//! Reads back where a delivered application stands, with the proof of the device key.

use crate::{bank_api::answer::Answer, core::Core, vault::VaultError};
use std::sync::Arc;
use uuid::Uuid;
use wire::{bank::ApplicationStatus, problem::Problem};

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
        let headers = self.reading_proof("GET", &path)?;
        match self.api.application(&path, headers).await {
            Answer::Body(body) => {
                serde_json::from_slice(&body).map_err(|_| StatusError::NotReached)
            }
            Answer::Refused(problem) => Err(StatusError::Refused(problem)),
            Answer::Incomplete(_)
            | Answer::Later { .. }
            | Answer::NotTheBank
            | Answer::Clock
            | Answer::Nobody => Err(StatusError::NotReached),
        }
    }
}
