//! The ledger in one SQLite file.
//!
//! One thread writes. It takes every admission that is waiting, up to [`BATCH_LENGTH`], commits
//! them together, then answers them all: while one commit syncs, the next batch collects, so a
//! sync is shared and no timer is needed. Reads have connections of their own and never wait for
//! it. WAL with `synchronous=FULL`: an answer means the rows survive a power cut.

mod alarms;
mod aside;
pub mod backup;
mod lock;
mod log;
mod open;
mod parts;
mod read;
mod stops;
mod write;

#[cfg(test)]
pub(crate) mod tests;

use super::alarms::{Alarm, Conflict};
use super::log::{Countersignatures, Extension, RecordOnFile};
use super::parts::{Litter, PartChange, PartChanged, StoredPart, UploadId};
use super::stops::{FinishStop, Stop, StopWaiting, Stopping};
use super::{
    Admission, Admitted, Answer, BATCH_LENGTH, Ledger, LedgerError, PartLedger, QUEUE_LENGTH,
    StopLedger, StoredApplication, StoredEnvelope, Tally,
};
pub use lock::Lock;
use read::Readers;
use rusqlite::ErrorCode;
use seal::{Digest, PublicKey};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;
use wire::reconciliation::Listed;

/// A ledger in a SQLite file. Dropping it commits what was accepted and waits for that.
#[derive(Debug)]
pub struct SqliteLedger {
    orders: Option<mpsc::Sender<Order>>,
    writer: Option<JoinHandle<()>>,
    /// None once it is being dropped.
    readers: Option<Arc<Readers>>,
    _lock: Lock,
}

/// What is to be written, and where its answer goes.
#[derive(Debug)]
enum Order {
    Admit(Admission, Reply<Admitted>),
    Part(PartChange, Reply<PartChanged>),
    Conflict(Conflict, Reply<()>),
    Stop(FinishStop, Reply<bool>),
}

impl Order {
    /// What [`failpoint`](crate::failpoint) calls it.
    fn name(&self) -> &'static str {
        match self {
            Self::Admit(..) => "admit",
            Self::Conflict(..) => "conflict",
            Self::Stop(..) => "stop",
            Self::Part(change, _) => match change {
                PartChange::Open(_) => "part_open",
                PartChange::Advance { .. } => "part_advance",
                PartChange::Complete { .. } => "part_complete",
                PartChange::Drop { .. } => "part_drop",
                PartChange::Lose { .. } => "part_lose",
                PartChange::Find { .. } => "part_find",
                PartChange::Expire { .. } => "part_expire",
                PartChange::Swept(_) => "part_swept",
            },
        }
    }
}

type Reply<T> = oneshot::Sender<Result<T, LedgerError>>;

impl SqliteLedger {
    /// Opens the file, or creates it if there is none; its folder must exist.
    ///
    /// # Errors
    /// [`LedgerError::TooNew`] and [`LedgerError::Unreadable`] leave the file untouched;
    /// [`LedgerError::InUse`] while it is restored.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        Self::open_under(path, Lock::share(path)?)
    }

    /// Opens it under a lock that the caller has.
    ///
    /// # Errors
    /// As [`SqliteLedger::open`].
    pub fn open_under(path: &Path, lock: Lock) -> Result<Self, LedgerError> {
        Self::with_queue(path, lock, QUEUE_LENGTH, |_| Ok(()))
    }

    fn with_queue(
        path: &Path,
        lock: Lock,
        queue_length: usize,
        prepare: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<()>,
    ) -> Result<Self, LedgerError> {
        let connection = open::writer(path)?;
        prepare(&connection)?;
        let readers = Some(Arc::new(Readers::open(path)?));
        let (orders, inbox) = mpsc::channel(queue_length);
        let writer = std::thread::Builder::new()
            .name("ledger".into())
            .spawn(move || write::run(connection, inbox, BATCH_LENGTH))
            .map_err(|error| LedgerError::Storage(error.into()))?;
        Ok(Self { orders: Some(orders), writer: Some(writer), readers, _lock: lock })
    }

    /// Queues an order at once; the answer comes when it is committed.
    fn order<T: Send + 'static>(&self, order: impl FnOnce(Reply<T>) -> Order) -> Answer<'_, T> {
        let (reply, answer) = oneshot::channel();
        let queued = match &self.orders {
            None => Err(LedgerError::Closed),
            Some(orders) => orders.try_send(order(reply)).map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => LedgerError::Busy,
                mpsc::error::TrySendError::Closed(_) => LedgerError::Closed,
            }),
        };
        Box::pin(async move {
            queued?;
            answer.await.map_err(|_| LedgerError::Closed)?
        })
    }

    fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Answer<'_, T> {
        let readers = self.readers.clone();
        Box::pin(async move {
            let readers = readers.ok_or(LedgerError::Closed)?;
            let answer = tokio::task::spawn_blocking(move || readers.with(query)).await;
            Ok(answer.map_err(|_| LedgerError::Closed)??)
        })
    }
}

impl Ledger for SqliteLedger {
    fn admit(&self, admission: Admission) -> Answer<'_, Admitted> {
        self.order(|reply| Order::Admit(admission, reply))
    }

    fn envelope(&self, id: Uuid) -> Answer<'_, Option<StoredEnvelope>> {
        self.read(move |connection| read::envelope(connection, id))
    }

    fn missing(&self, device: PublicKey, listed: Vec<Listed>) -> Answer<'_, Vec<[u8; 16]>> {
        self.read(move |connection| read::missing(connection, device, &listed))
    }

    fn application(&self, id: Uuid) -> Answer<'_, Option<StoredApplication>> {
        self.read(move |connection| read::application(connection, id))
    }

    fn devices_of_record(&self, record_id: [u8; 16]) -> Answer<'_, Vec<PublicKey>> {
        self.read(move |connection| read::devices_of_record(connection, record_id))
    }

    fn note_conflict(&self, conflict: Conflict) -> Answer<'_, ()> {
        self.order(|reply| Order::Conflict(conflict, reply))
    }

    fn alarms(&self) -> Answer<'_, Vec<Alarm>> {
        self.read(alarms::alarms)
    }

    fn log(&self, earlier: u64) -> Answer<'_, Extension> {
        self.read(move |connection| log::extension(connection, earlier))
    }

    fn countersignatures(&self, records: Vec<Digest>) -> Answer<'_, Countersignatures> {
        self.read(move |connection| log::countersignatures(connection, &records))
    }

    fn records_of_case(&self, case: Uuid) -> Answer<'_, Vec<RecordOnFile>> {
        self.read(move |connection| log::records_of_case(connection, case))
    }

    fn tally(&self) -> Answer<'_, Tally> {
        self.read(read::tally)
    }
}

impl PartLedger for SqliteLedger {
    fn part(&self, device: PublicKey, digest: Digest) -> Answer<'_, Option<StoredPart>> {
        self.read(move |connection| parts::part(connection, device, digest))
    }

    fn parts_after(&self, after: Option<UploadId>, most: u32) -> Answer<'_, Vec<StoredPart>> {
        self.read(move |connection| parts::parts_after(connection, after, most))
    }

    fn litter(&self, most: u32) -> Answer<'_, Vec<Litter>> {
        self.read(move |connection| parts::litter(connection, most))
    }

    fn change_part(&self, change: PartChange) -> Answer<'_, PartChanged> {
        self.order(|reply| Order::Part(change, reply))
    }
}

impl StopLedger for SqliteLedger {
    fn stop(&self, withdrawal: Uuid) -> Answer<'_, Option<Stop>> {
        self.read(move |connection| stops::stop(connection, withdrawal))
    }

    fn stops_waiting(&self, after: u64, most: u32) -> Answer<'_, Vec<StopWaiting>> {
        self.read(move |connection| stops::waiting(connection, after, most))
    }

    fn finish_stop(&self, finish: FinishStop) -> Answer<'_, bool> {
        self.order(|reply| Order::Stop(finish, reply))
    }

    fn stopping(&self, withdrawal: Uuid) -> Answer<'_, Option<Stopping>> {
        self.read(move |connection| stops::stopping(connection, withdrawal))
    }
}

impl Drop for SqliteLedger {
    fn drop(&mut self) {
        // Closing the channel first lets the writer finish what is in it, then end. The last to
        // close moves the log into the file, which those that only read cannot.
        self.readers = None;
        self.orders = None;
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the ledger's writer had panicked");
        }
    }
}

/// [`failpoint::pass`](crate::failpoint::pass) in SQLite's words: an error is SQLite's own for it.
#[cfg(feature = "failpoints")]
fn failpoint(write: &str, place: &str) -> rusqlite::Result<()> {
    crate::failpoint::pass(write, place).map_err(|error| {
        let code = match error.raw_os_error() {
            Some(crate::failpoint::ENOSPC) => rusqlite::ffi::SQLITE_FULL,
            _ => rusqlite::ffi::SQLITE_IOERR,
        };
        rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)
    })
}

#[cfg(not(feature = "failpoints"))]
fn failpoint(_: &str, _: &str) -> rusqlite::Result<()> {
    Ok(())
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Unreadable(error.to_string())
            }
            _ => Self::Storage(error.into()),
        }
    }
}
