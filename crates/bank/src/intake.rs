//! Intake (受理): from a sealed envelope to a signed acknowledgement.
//!
//! Taking the parcel is split from judging its content. An envelope that opens and is what it says
//! is always recorded and acknowledged; a content that breaks a rule is recorded as refused, with
//! its code in the acknowledgement, and a person asks for what is missing. Only an envelope that
//! cannot be opened or read bounces: there is nothing to record. One whose parts are not all here is
//! not taken yet, whatever its content: what a person will ask for may be on them.

mod judgement;

use crate::{
    Bank,
    ledger::{Admission, Admitted, ConsentRow, Content, LedgerError, SeqFinding, alarms::Conflict},
    parts::{PartError, PartKey},
    reference::reference,
};
use judgement::{Judged, consent_row, judge_application};
use lending::{
    acknowledgement::Acknowledgement,
    application::{Application, Refusal, Withdrawal},
    consent::VerifiedRecord,
    countersignature::Countersignature,
    part::{MissingParts, are_named},
};
use seal::{
    Digest, PublicKey, Timestamp,
    sealed::{SealError, Sealed},
    sign::SignatureError,
};
use uuid::Uuid;
use wire::bank::schema;

/// A reference of 30 bits a day is taken now and then, hardly ever twice in a row.
const REFERENCE_ATTEMPTS: u8 = 8;

/// What became of an envelope, with the signed answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was recorded now.
    Recorded(Vec<u8>),
    /// It was recorded before; this is the first acknowledgement.
    Replayed(Vec<u8>),
    /// Parts that it names are not complete: the signed list of them. Nothing was recorded.
    Incomplete(Vec<u8>),
}

/// An envelope was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum AdmitError {
    /// The bytes are not an envelope.
    #[error("not an envelope of a known version and suite")]
    Frame,
    /// It is not sealed to a key of this bank, or the seal does not hold.
    #[error("the seal cannot be opened")]
    Seal(#[source] SealError),
    /// The content is not what its schema says.
    #[error("the content is not what its schema says")]
    Content(#[source] SignatureError),
    /// A part has another length than the application says.
    #[error("a part has another length than the application says")]
    PartDiffers,
    /// No such schema.
    #[error("schema {0} is not known")]
    Schema(u8),
    /// Another content was recorded under this id.
    #[error("the envelope id is known with another content")]
    Conflict {
        /// The digest on record.
        stored: Digest,
        /// The digest that came.
        found: Digest,
    },
    /// Every reference tried was taken.
    #[error("no free reference")]
    References,
    /// Its parts could not be looked for.
    #[error("could not look for the parts")]
    Parts(#[source] PartError),
    /// The ledger could not record it.
    #[error("could not record the envelope")]
    Ledger(#[from] LedgerError),
}

impl Bank {
    /// Admits the envelope `id`, and does at once what is to be done after a withdrawal.
    ///
    /// Cancel-safe: once the ledger has it, it is recorded, and a repeated call gets its
    /// acknowledgement.
    ///
    /// # Errors
    /// [`AdmitError`]; then nothing was recorded, except with [`LedgerError::Closed`], where that
    /// is open.
    pub async fn admit(&self, id: Uuid, body: Vec<u8>) -> Result<Taken, AdmitError> {
        let is_withdrawal =
            Sealed::parse(&body).is_ok_and(|sealed| sealed.schema == schema::WITHDRAWAL);
        let taken = self.take_in(id, body).await?;
        // One that was refused has no stop; whatever fails here is done at a pass.
        if is_withdrawal && let Err(error) = self.stop(id).await {
            self.is_left(id, &error);
        }
        Ok(taken)
    }

    /// Admits the envelope `id` and leaves what follows to a pass.
    pub(crate) async fn take_in(&self, id: Uuid, body: Vec<u8>) -> Result<Taken, AdmitError> {
        let digest = Digest::of(&body);
        // A replay is answered first, whatever became of the keys since.
        if let Some(known) = self.ledger().envelope(id).await? {
            if known.digest != digest {
                return Err(self.conflict(id, known.digest, digest).await);
            }
            if known.is_whole {
                return Ok(Taken::Replayed(known.ack));
            }
            // Its parts were lost since; who may be told which is found out below.
        }
        let now = self.now();
        let mut judged = self.judge(id, &body, now).await?;
        self.look_for_parts(&judged).await?;
        for attempt in 0..REFERENCE_ATTEMPTS {
            let admission = self.admission(id, digest, &body, now, attempt, &judged);
            let ack = admission.ack.clone();
            match self.ledger().admit(admission).await? {
                Admitted::Recorded { seq } => {
                    tell(id, &judged, seq);
                    return Ok(Taken::Recorded(ack));
                }
                Admitted::Replayed { ack } => return Ok(Taken::Replayed(ack)),
                Admitted::Conflict { stored } => {
                    return Err(self.conflict(id, stored, digest).await);
                }
                Admitted::ReferenceTaken => {}
                Admitted::PartsMissing { missing } => {
                    return Ok(Taken::Incomplete(self.list_missing(id, digest, now, missing)));
                }
                Admitted::PartDiffers { .. } => return Err(AdmitError::PartDiffers),
                Admitted::RecordTaken => judged = judged.refused(Refusal::Consents.code()),
                Admitted::NecessaryEnded => judged = judged.refused(Refusal::NotAlive.code()),
            }
        }
        Err(AdmitError::References)
    }

    /// What the ledger says of the parts is true when this returns: one whose object is gone will be
    /// missing.
    async fn look_for_parts(&self, judged: &Judged) -> Result<(), AdmitError> {
        for part in &judged.parts {
            match self.known_part(PartKey { device: judged.device, digest: part.digest }).await {
                Ok(_) | Err(PartError::Unknown) => {}
                Err(PartError::Ledger(error)) => return Err(error.into()),
                Err(error) => return Err(AdmitError::Parts(error)),
            }
        }
        Ok(())
    }

    /// Somebody must look: a device sealed twice, or somebody else uses its ids. Without a row among
    /// the alarms the device is asked to come again.
    async fn conflict(&self, id: Uuid, stored: Digest, found: Digest) -> AdmitError {
        tracing::error!(envelope = %id, ?stored, ?found, "envelope id used for another content");
        let noted = Conflict { envelope: id, found, at: self.now() };
        match self.ledger().note_conflict(noted).await {
            Ok(()) => AdmitError::Conflict { stored, found },
            Err(error) => error.into(),
        }
    }

    async fn judge(&self, id: Uuid, body: &[u8], now: Timestamp) -> Result<Judged, AdmitError> {
        let sealed = Sealed::parse(body).map_err(|_| AdmitError::Frame)?;
        let desk = self.desk();
        let key = desk.sealing_key(sealed.kid).ok_or(AdmitError::Seal(SealError::OtherKey))?;
        let content = sealed.open(id.into_bytes(), key).map_err(AdmitError::Seal)?;
        match sealed.schema {
            schema::APPLICATION => {
                let application = Application::verify(&content, id.into_bytes(), sealed.device)
                    .map_err(AdmitError::Content)?;
                if !are_named(&application.parts, &sealed.parts) {
                    return Err(AdmitError::Content(SignatureError::Shape));
                }
                Ok(judge_application(&application, &desk, now))
            }
            schema::WITHDRAWAL if sealed.parts.is_empty() => {
                let (device, record) =
                    Withdrawal::verify(&content, sealed.device).map_err(AdmitError::Content)?;
                self.judge_withdrawal(device, &record).await
            }
            schema::WITHDRAWAL => Err(AdmitError::Content(SignatureError::Shape)),
            other => Err(AdmitError::Schema(other)),
        }
    }

    /// Only the device that gave a consent takes it back. A record that has not come yet may be
    /// withdrawn: withdrawals travel first.
    async fn judge_withdrawal(
        &self,
        device: PublicKey,
        record: &VerifiedRecord,
    ) -> Result<Judged, AdmitError> {
        let judged = Judged {
            device,
            consents_by: device,
            schema: schema::WITHDRAWAL,
            content: Content::Withdrawal,
            consents: vec![consent_row(record)],
            parts: Vec::new(),
            refused: None,
        };
        let Some(superseded) = record.happened.ends else {
            return Ok(judged.refused(Refusal::Consents.code()));
        };
        let givers = self.ledger().devices_of_record(superseded.into_array()).await?;
        let strange = !givers.is_empty() && !givers.contains(&device);
        Ok(if strange { judged.refused(Refusal::Consents.code()) } else { judged })
    }

    fn admission(
        &self,
        id: Uuid,
        digest: Digest,
        body: &[u8],
        now: Timestamp,
        attempt: u8,
        judged: &Judged,
    ) -> Admission {
        let reference = reference(id, now, attempt);
        let ack = Acknowledgement {
            envelope_id: id.into_bytes(),
            digest,
            received_at: now,
            server_epoch: self.server_epoch(),
            reference: reference.clone(),
            refused: judged.refused.map(Into::into),
        };
        Admission {
            id,
            digest,
            device: judged.device,
            schema: judged.schema,
            reference,
            body: body.to_vec(),
            ack: ack.sign(self.acknowledgement_key()),
            received_at: now,
            content: judged.content.clone(),
            consents: judged.consents.iter().map(|row| self.countersigned(row, now)).collect(),
            consents_by: judged.consents_by,
            parts: judged.parts.clone(),
        }
    }

    /// A consent record with the bank's own word that it had it at `now`.
    fn countersigned(&self, row: &ConsentRow, now: Timestamp) -> ConsentRow {
        let signed = Countersignature {
            record: Digest::of(&row.signed),
            received_at: now,
            server_epoch: self.server_epoch(),
        };
        ConsentRow { countersignature: signed.sign(self.acknowledgement_key()), ..row.clone() }
    }

    /// The list of parts without which the envelope is not taken.
    fn list_missing(
        &self,
        id: Uuid,
        digest: Digest,
        at: Timestamp,
        missing: Vec<Digest>,
    ) -> Vec<u8> {
        tracing::info!(envelope = %id, count = missing.len(), "parts of envelope {id} are missing");
        MissingParts {
            envelope_id: id.into_bytes(),
            digest,
            at,
            server_epoch: self.server_epoch(),
            missing,
        }
        .sign(self.acknowledgement_key())
    }
}

fn tell(id: Uuid, judged: &Judged, seq: SeqFinding) {
    let (schema, device) = (judged.schema, judged.device.id());
    match judged.refused {
        None => tracing::info!(envelope = %id, schema, "recorded envelope {id}"),
        Some(code) => {
            tracing::info!(envelope = %id, schema, code, "recorded envelope {id} as refused");
        }
    }
    match seq {
        SeqFinding::Fits => {}
        SeqFinding::Gap { first_missing } => {
            tracing::warn!(envelope = %id, ?device, first_missing, "a device's numbers have a gap");
        }
        SeqFinding::Reused => {
            tracing::error!(envelope = %id, ?device, "a device used a number twice");
        }
    }
}

#[cfg(test)]
mod needed_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod visit_tests;
