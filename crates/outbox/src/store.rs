//! The file: one SQLite database, one connection, one writer.
//!
//! Here is what the rows mean to the disk; what they mean to the queue is in [`plan`](crate::plan).

mod keeping;
mod migrate;
mod open;
mod parts;
mod quarantine;
mod rows;
mod salvage;

use rusqlite::types::Type;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::failpoint;

pub(crate) use keeping::Receiver;
pub use open::{Damage, OpenError};
pub use quarantine::{QuarantineError, quarantine};
pub(crate) use rows::Rows;
pub(crate) use salvage::{FoundEntry, Remains, read_remains};

/// The store could not read or write. Whatever was asked for did not happen, in whole.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No room on the disk. Nothing was changed; the same call works once there is room.
    #[error("no room on the disk")]
    DiskFull(#[source] rusqlite::Error),
    /// The file is damaged. Opening it anew will say so too.
    #[error("the outbox file is damaged")]
    Damaged(#[source] rusqlite::Error),
    /// Anything else that SQLite reports, an I/O error for one.
    #[error("the outbox file could not be used")]
    Sqlite(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::DiskFull(error),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                StoreError::Damaged(error)
            }
            _ if is_undecodable(&error) => StoreError::Damaged(error),
            _ => StoreError::Sqlite(error),
        }
    }
}

fn is_undecodable(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
    matches!(
        error,
        FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..)
    )
}

/// What is stored contradicts itself, in a way that SQLite cannot see.
pub(crate) fn damaged(what: &'static str) -> StoreError {
    StoreError::Damaged(rusqlite::Error::FromSqlConversionFailure(0, Type::Blob, what.into()))
}

/// The open file.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Connection,
}

impl Store {
    /// Reads outside any transaction; each read sees the last commit.
    pub(crate) fn rows(&self) -> Rows<'_> {
        Rows::of(&self.connection)
    }

    /// Runs `work` in one transaction that holds the write lock from its start, and commits if it
    /// succeeds. The commit is on the disk (fsync) when this returns. On an error, in `work` or
    /// in the commit, nothing is changed. `name` is what [`failpoint`] calls it.
    pub(crate) fn write<T, E: From<StoreError>>(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&Rows<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        failpoint::pass(name, "begin").map_err(StoreError::from)?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let done = work(&Rows::of(&transaction))?;
        failpoint::pass(name, "commit").map_err(StoreError::from)?;
        transaction.commit().map_err(StoreError::from)?;
        failpoint::pass(name, "committed").map_err(StoreError::from)?;
        Ok(done)
    }

    /// Moves the log into the file and empties it, so that no purged byte stays in it. That this
    /// fails (a full disk) loses nothing: the next commit or the close does it.
    pub(crate) fn empty_log(&self) {
        let _ =
            self.connection.pragma_update_and_check(None, "wal_checkpoint", "truncate", |_| Ok(()));
    }

    /// Lets the file grow by so many pages and no further, so that SQLite really meets a full
    /// disk.
    #[cfg(test)]
    pub(crate) fn leave_room_for(&self, pages: u32) {
        let used: u32 =
            self.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        self.connection
            .pragma_update_and_check(None, "max_page_count", used + pages, |_| Ok(()))
            .unwrap();
    }

    #[cfg(test)]
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}
