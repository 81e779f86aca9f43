//! What is done after a withdrawal: the rows of [`crate::stopping`].

use super::Answer;
use lending::certificate::OnFile;
use seal::{PublicKey, Timestamp};
use uuid::Uuid;

/// The word of a job that stops what a withdrawn consent allowed.
pub const STOP: &str = "stop_fetching";

/// Where withdrawals wait for their stop, and where certificates are kept.
pub trait StopLedger: Send + Sync {
    /// What is to be stopped for this withdrawal; none when nothing is, or it was done.
    fn stop(&self, withdrawal: Uuid) -> Answer<'_, Option<Stop>>;

    /// Withdrawals whose stop is not done, at most `most`, oldest first, after the job `after`.
    fn stops_waiting(&self, after: u64, most: u32) -> Answer<'_, Vec<StopWaiting>>;

    /// Does all of a stop in one transaction: waiting reads and, if it says so, the application are
    /// cancelled, the certificate is kept, the job is done. False, and nothing changed, when it was
    /// done before or something rests on the consent now that did not when it was decided.
    fn finish_stop(&self, finish: FinishStop) -> Answer<'_, bool>;

    /// How far the bank is with a withdrawal; none when no such envelope is here.
    fn stopping(&self, withdrawal: Uuid) -> Answer<'_, Option<Stopping>>;
}

/// A withdrawal whose stop is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopWaiting {
    /// The number of the job.
    pub job: u64,
    /// The envelope of the withdrawal.
    pub withdrawal: Uuid,
}

/// What is known when something is to be stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The device that took its consent back.
    pub device: PublicKey,
    /// When the withdrawal came.
    pub received_at: Timestamp,
    /// The withdrawal's signed record.
    pub record: Vec<u8>,
    /// The signed record that it ends; none when that one never came.
    pub consent: Option<Vec<u8>>,
    /// What rests on the consent.
    pub on_file: OnFile,
}

/// A stop, decided and signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinishStop {
    /// The envelope of the withdrawal.
    pub withdrawal: Uuid,
    /// The signed certificate.
    pub certificate: Vec<u8>,
    /// Since when nothing is read.
    pub stopped_at: Timestamp,
    /// What rested on the consent when this was decided.
    pub on_file: OnFile,
    /// The application ends with the consent.
    pub ends_case: bool,
}

/// How far the bank is with a withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopping {
    /// The device that sent the envelope.
    pub device: PublicKey,
    /// The signed certificate, once there is one.
    pub certificate: Option<Vec<u8>>,
    /// Whether one is to come.
    pub is_waiting: bool,
}
