//! The ledger: every envelope the bank ever acknowledged, and what follows from it.
//!
//! One idea holds it together: [`Ledger::admit`] is one transaction. Envelope, application, consent
//! records, acknowledgement and the job that comes next are there together or not at all, and the
//! id of the envelope is the only key to idempotency. Parts are complete before their envelope, and
//! are attached to it in the same transaction: see [`parts`].

pub mod alarms;
pub mod log;
pub mod parts;
pub mod sqlite;
pub mod stops;
pub mod suite;

use alarms::{Alarm, Conflict};
use lending::{consent::Event, part::Part, status::Status};
use log::{Countersignatures, Extension, RecordOnFile};
use seal::{Digest, PublicKey, Timestamp};
use std::pin::Pin;
use std::time::Duration;
use uuid::Uuid;
use wire::reconciliation::Listed;

pub use parts::PartLedger;
pub use sqlite::SqliteLedger;
pub use stops::StopLedger;

/// Admissions that may wait for the writer; one more is answered "busy". Source: the gateway
/// measurements of docs/adr/0003.
pub const QUEUE_LENGTH: usize = 4_096;
/// Most admissions in one transaction.
pub const BATCH_LENGTH: usize = 256;
/// Shortest pause a busy bank asks for.
pub const BUSY_PAUSE: Duration = Duration::from_secs(1);

/// What a ledger answers, later.
pub type Answer<'l, T> = Pin<Box<dyn Future<Output = Result<T, LedgerError>> + Send + 'l>>;

/// Durable storage of one bank.
///
/// Dropping a future of [`Ledger::admit`] does not undo the admission: it may be committed, and a
/// repeated request gets its answer.
pub trait Ledger: PartLedger + StopLedger {
    /// Records an admission, or says why it was not needed. When it answers, the rows are on disk.
    fn admit(&self, admission: Admission) -> Answer<'_, Admitted>;

    /// What is known of an envelope.
    fn envelope(&self, id: Uuid) -> Answer<'_, Option<StoredEnvelope>>;

    /// The ids of the listed envelopes that are not on record with this digest, of this device and
    /// with all of their parts, in the order of the list.
    fn missing(&self, device: PublicKey, listed: Vec<Listed>) -> Answer<'_, Vec<[u8; 16]>>;

    /// Where an application stands.
    fn application(&self, id: Uuid) -> Answer<'_, Option<StoredApplication>>;

    /// The devices that delivered a consent record of this id; a forger may have used it too.
    fn devices_of_record(&self, record_id: [u8; 16]) -> Answer<'_, Vec<PublicKey>>;

    /// The log of countersignatures as it is, and what leads to it from one of `earlier` entries.
    fn log(&self, earlier: u64) -> Answer<'_, Extension>;

    /// The countersignatures of these records, given by digest, from one log.
    fn countersignatures(&self, records: Vec<Digest>) -> Answer<'_, Countersignatures>;

    /// The consent records about a case: its answers, which came with it, then what ended them. A
    /// stranger may have sent an end, but never an answer.
    fn records_of_case(&self, case: Uuid) -> Answer<'_, Vec<RecordOnFile>>;

    /// Counts a conflict, to be seen among the alarms.
    fn note_conflict(&self, conflict: Conflict) -> Answer<'_, ()>;

    /// Every alarm, closed ones too, oldest first.
    fn alarms(&self) -> Answer<'_, Vec<Alarm>>;

    /// How many rows there are of each kind.
    fn tally(&self) -> Answer<'_, Tally>;
}

/// Everything one envelope leads to, decided and signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The envelope's id.
    pub id: Uuid,
    /// SHA-256 of the sealed bytes.
    pub digest: Digest,
    /// The key of the device that sent it.
    pub device: PublicKey,
    /// What it holds: `wire::bank::schema`.
    pub schema: u8,
    /// The number a person can quote; unique in the ledger.
    pub reference: String,
    /// The sealed bytes.
    pub body: Vec<u8>,
    /// The signed acknowledgement.
    pub ack: Vec<u8>,
    /// When it came, by the bank's clock.
    pub received_at: Timestamp,
    /// What was in it.
    pub content: Content,
    /// The consent records in it that hold.
    pub consents: Vec<ConsentRow>,
    /// The key that signed them: the device's own, or that of an owner's own phone.
    pub consents_by: PublicKey,
    /// The parts it names, in its order; at most `lending::part::MAX_PARTS`.
    pub parts: Vec<Part>,
}

/// What an envelope held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// An application, accepted or refused by intake.
    Application(Box<ApplicationRow>),
    /// The withdrawal of a consent.
    Withdrawal,
    /// A withdrawal that is not of this device's consent.
    RefusedWithdrawal,
}

/// An application as the ledger keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationRow {
    /// Where it stands.
    pub status: Status,
    /// Why intake could not accept the content.
    pub refused_code: Option<&'static str>,
    /// Its number on the device, dense from 1.
    pub device_seq: u64,
    /// Branch code.
    pub branch: String,
    /// Grid code.
    pub grid: Option<String>,
    /// Product code.
    pub product: String,
    /// Staff number.
    pub officer: Option<String>,
    /// 统一社会信用代码.
    pub enterprise_code: String,
    /// Mobile number.
    pub mobile: String,
    /// Amount asked for.
    pub amount_fen: u64,
    /// Term of the illustration.
    pub term_months: u16,
    /// Purpose code.
    pub purpose: Option<String>,
    /// The catalogue it was made with.
    pub catalogue_version: u32,
    /// When it was saved, by the device.
    pub saved_at: Timestamp,
}

/// A consent record as the ledger keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRow {
    /// Its id, unique per device.
    pub record_id: [u8; 16],
    /// The application's envelope it is about.
    pub case: Uuid,
    /// The notice it is about.
    pub notice: String,
    /// What happened.
    pub event: Event,
    /// The record it takes the place of.
    pub supersedes: Option<[u8; 16]>,
    /// The signed bytes.
    pub signed: Vec<u8>,
    /// The bank's signed countersignature, appended to the log with the row.
    pub countersignature: Vec<u8>,
    /// When, by the device.
    pub at: Timestamp,
    /// Whether its application cannot be accepted once it was ended.
    pub is_necessary: bool,
}

/// What became of an admission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// Recorded now.
    Recorded {
        /// What its number among the device's applications tells.
        seq: SeqFinding,
    },
    /// The same envelope was recorded before, and all of its parts are here; nothing changed.
    Replayed {
        /// The first acknowledgement.
        ack: Vec<u8>,
    },
    /// Another content was recorded under this id; nothing changed.
    Conflict {
        /// The digest on record.
        stored: Digest,
    },
    /// The reference belongs to another envelope; nothing changed.
    ReferenceTaken,
    /// The device used the id of a consent record before; nothing changed.
    RecordTaken,
    /// A withdrawal of a necessary consent came before it; nothing changed.
    NecessaryEnded,
    /// Parts of the envelope are not complete; nothing changed.
    PartsMissing {
        /// Which, in the order of the envelope.
        missing: Vec<Digest>,
    },
    /// A part has another length than the envelope says; nothing changed.
    PartDiffers {
        /// Which.
        part: Digest,
    },
}

/// Whether a device's numbers are dense (reliability, I10). Never a reason to refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeqFinding {
    /// The next one, a late one that fills a gap, or none of an application.
    Fits,
    /// Numbers are missing so far.
    Gap {
        /// The first that is missing.
        first_missing: u64,
    },
    /// Another envelope of this device has the number.
    Reused,
}

/// An envelope on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEnvelope {
    /// Digest of its sealed bytes.
    pub digest: Digest,
    /// The device that sent it.
    pub device: PublicKey,
    /// Its signed acknowledgement. It is given out only while the envelope is whole.
    pub ack: Vec<u8>,
    /// Whether all of its parts are here. They were when it was acknowledged; after a restore their
    /// bytes may be gone, until the device has sent them again.
    pub is_whole: bool,
}

/// An application on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredApplication {
    /// The device that sent it.
    pub device: PublicKey,
    /// The number a person can quote.
    pub reference: String,
    /// Where it stands.
    pub status: Status,
    /// Why intake could not accept the content.
    pub refused_code: Option<String>,
    /// When it came.
    pub received_at: Timestamp,
}

/// Rows of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Envelopes.
    pub envelopes: u64,
    /// Applications, refused ones included.
    pub applications: u64,
    /// Consent records, withdrawals included.
    pub consents: u64,
    /// Devices.
    pub devices: u64,
    /// Jobs.
    pub jobs: u64,
    /// Gaps and reused numbers of devices.
    pub seq_faults: u64,
}

/// The ledger could not do what was asked. Nothing was recorded, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Too many admissions are waiting.
    #[error("the ledger is busy")]
    Busy,
    /// No room on the disk.
    #[error("no room on the disk")]
    DiskFull,
    /// The ledger was closed, or its writer ended; whether the admission was recorded is open.
    #[error("the ledger is closed")]
    Closed,
    /// Another process has it: a gateway while it is to be restored, or the other way round.
    #[error("the ledger is in use by another process")]
    InUse,
    /// A newer version of this program wrote the file; it was not touched.
    #[error("the ledger has version {found}, this program knows up to {known}")]
    TooNew {
        /// The version of the file.
        found: u32,
        /// The newest version known here.
        known: u32,
    },
    /// Damaged, or no ledger at all; it was not touched.
    #[error("the ledger's file is unreadable: {0}")]
    Unreadable(String),
    /// The storage reported something else.
    #[error("the storage failed")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
}
