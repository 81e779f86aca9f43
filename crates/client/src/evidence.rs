//! The evidence bundle of a case, for its owner to keep: asked of the bank, because only the bank can
//! countersign, and judged here before it is kept.

use crate::{
    bank_api::answer::Answer,
    cases::{CaseNote, device_number},
    core::Core,
    status::StatusError,
};
use lending::evidence::{Bundle, Invalid};
use outbox::EntryId;
use seal::PublicKey;
use std::sync::Arc;
use uuid::Uuid;
use wire::ipc::ExportView;

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// The bank was not reached, or refused.
    #[error(transparent)]
    Bank(#[from] StatusError),
    /// What came proves nothing under the pinned root key.
    #[error("the bank's evidence does not hold")]
    Invalid(#[from] Invalid),
    /// It proves something, of another case or another device.
    #[error("the bank's evidence is about another case")]
    OtherCase,
    /// The file.
    #[error(transparent)]
    File(#[from] std::io::Error),
}

impl Core {
    /// Fetches the bundle of a delivered application. Cancel-safe.
    pub async fn evidence(self: &Arc<Self>, id: Uuid) -> Result<Vec<u8>, EvidenceError> {
        let path = format!("/v1/applications/{id}/evidence");
        let headers = self.reading_proof("GET", &path).map_err(StatusError::from)?;
        let bundle = match self.api.evidence(&path, headers).await {
            Answer::Body(bundle) => bundle,
            Answer::Refused(problem) => return Err(StatusError::Refused(problem).into()),
            Answer::Incomplete(_)
            | Answer::Later { .. }
            | Answer::NotTheBank
            | Answer::Clock
            | Answer::Nobody => {
                return Err(StatusError::NotReached.into());
            }
        };
        judge(&bundle, &self.root, id, self.signer_of(id)?)?;
        Ok(bundle)
    }

    /// The key that signed the consents of a case: an owner's own phone's, else that of this device.
    fn signer_of(&self, id: Uuid) -> Result<PublicKey, StatusError> {
        let head = self.outbox.entry(EntryId(id)).ok().flatten();
        let phone = match head.and_then(|head| self.note(&head).ok()) {
            Some(CaseNote::Application(note)) => note.consent_device,
            _ => None,
        };
        phone.map_or_else(|| Ok(self.device_key()?.public()), Ok)
    }

    /// Writes a bundle that was judged into `exports/`, over an earlier one of the same case.
    pub fn export_evidence(&self, id: Uuid, bundle: &[u8]) -> Result<ExportView, EvidenceError> {
        let view = self.write_export(format!("sanbu-{}.bundle", device_number(id)), bundle)?;
        tracing::info!(envelope.id = %id, "wrote an evidence bundle");
        Ok(view)
    }
}

/// Every answer in it is about this case, and the device that had to sign signed all of it.
fn judge(
    bundle: &[u8],
    root: &PublicKey,
    case: Uuid,
    device: PublicKey,
) -> Result<(), EvidenceError> {
    let proved = Bundle::verify(bundle, Some(root))?;
    let mut answers = proved.records.iter().filter(|proved| proved.event().is_answer());
    let is_of_case = answers.all(|proved| proved.record.envelope_id == *case.as_bytes());
    match is_of_case && proved.device == device {
        true => Ok(()),
        false => Err(EvidenceError::OtherCase),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_evidence_of_this_case_from_this_device_under_this_root_is_kept() {
        let bundle = include_bytes!("../../verify/tests/golden/withdrawn.snap.bundle");
        let proved = Bundle::verify(bundle, None).unwrap();
        let (root, device) = (proved.root, proved.device);
        let case = Uuid::from_bytes(proved.records[0].record.envelope_id);
        let other = PublicKey::from_bytes([9; 32]);
        assert!(judge(bundle, &root, case, device).is_ok());

        let judged = judge(bundle, &root, Uuid::nil(), device);
        assert!(matches!(judged, Err(EvidenceError::OtherCase)));
        let judged = judge(bundle, &root, case, other);
        assert!(matches!(judged, Err(EvidenceError::OtherCase)));
        let judged = judge(bundle, &other, case, device);
        assert!(matches!(judged, Err(EvidenceError::Invalid(Invalid::OtherRoot))));
        let judged = judge(b"a sign-in page", &root, case, device);
        assert!(matches!(judged, Err(EvidenceError::Invalid(Invalid::Shape))));
    }
}
