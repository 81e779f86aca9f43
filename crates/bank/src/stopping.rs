//! What the bank does after a withdrawal, and its certificate of that.
//!
//! Intake records the end of a consent and a job in one transaction; from then on
//! [`lending::access`] refuses every read. Here the job is done, at once after the acknowledgement
//! is on the disk, else at the next pass: what waits is cancelled, the certificate is signed and kept,
//! in one transaction again. A bank that dies at any point does it at its next start; what was signed
//! and not kept was never given to anybody.

use crate::{
    Bank,
    ledger::{
        LedgerError,
        stops::{FinishStop, Stop},
    },
};
use lending::{
    certificate::{SCHEMA_VERSION, WithdrawalCertificate, ends_case, treat},
    consent::VerifiedRecord,
};
use seal::sign::SignatureError;
use std::time::Duration;
use uuid::Uuid;

/// Pause between two looks for stops that are not done, 10 s: one that failed is tried again five
/// times in the minute that the bank promises.
pub const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A stop that is overtaken by a decision is decided anew, hardly ever twice in a row.
const ATTEMPTS: u8 = 8;

/// Stops looked at in one query.
const AT_ONCE: u32 = 256;

/// Why a stop was not done. It is tried again.
#[derive(Debug, thiserror::Error)]
pub enum StopError {
    /// A consent record on file does not hold: the file was changed.
    #[error("a consent record on file does not hold")]
    Record(#[source] SignatureError),
    /// What rests on the consent changed each time.
    #[error("what rests on the consent changed each time")]
    Overtaken,
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Bank {
    /// Does what is to be done after the withdrawal in this envelope. Nothing when it was done.
    ///
    /// # Errors
    /// [`StopError`]; then nothing was done.
    pub async fn stop(&self, withdrawal: Uuid) -> Result<(), StopError> {
        for _ in 0..ATTEMPTS {
            let Some(stop) = self.ledger().stop(withdrawal).await? else { return Ok(()) };
            let finish = self.decide_stop(withdrawal, &stop)?;
            let took_ms = finish.stopped_at.millis_since(stop.received_at);
            if self.ledger().finish_stop(finish).await? {
                tracing::info!(envelope = %withdrawal, took_ms, "stopped after a withdrawal");
                return Ok(());
            }
        }
        Err(StopError::Overtaken)
    }

    /// Does all that is not done; says how many. One that fails is left for the next pass.
    ///
    /// # Errors
    /// [`LedgerError`] when they cannot be looked for.
    pub async fn stop_what_waits(&self) -> Result<u32, LedgerError> {
        let (mut after, mut done) = (0, 0);
        loop {
            let waiting = self.ledger().stops_waiting(after, AT_ONCE).await?;
            let Some(last) = waiting.last() else { return Ok(done) };
            after = last.job;
            for stop in waiting {
                match self.stop(stop.withdrawal).await {
                    Ok(()) => done += 1,
                    Err(error) => self.is_left(stop.withdrawal, &error),
                }
            }
        }
    }

    /// Says that a stop is left for the next pass.
    pub(crate) fn is_left(&self, withdrawal: Uuid, error: &StopError) {
        tracing::error!(envelope = %withdrawal, %error, "a stop is left for the next pass");
    }

    fn decide_stop(&self, withdrawal: Uuid, stop: &Stop) -> Result<FinishStop, StopError> {
        let read =
            |signed: &[u8]| VerifiedRecord::verify(signed, &stop.device).map_err(StopError::Record);
        let record = read(&stop.record)?;
        let ends = record.happened.ends.ok_or(StopError::Record(SignatureError::Shape))?;
        let consent = stop.consent.as_deref().map(read).transpose()?;
        // A clock that went back must not stop before the withdrawal came.
        let stopped_at = self.now().max(stop.received_at);
        let ends_case = consent
            .as_deref()
            .zip(stop.on_file.case)
            .is_some_and(|(consent, case)| ends_case(consent, case));
        let certificate = WithdrawalCertificate {
            schema_version: SCHEMA_VERSION,
            envelope_id: withdrawal.into_bytes(),
            record_id: record.record_id,
            record: record.digest(),
            ends: ends.into_array(),
            received_at: stop.received_at,
            stopped_at,
            server_epoch: self.server_epoch(),
            treated: treat(consent.as_deref(), stop.on_file, stopped_at),
        };
        Ok(FinishStop {
            withdrawal,
            certificate: certificate.sign(self.acknowledgement_key()),
            stopped_at,
            on_file: stop.on_file,
            ends_case,
        })
    }
}

#[cfg(test)]
mod tests;
