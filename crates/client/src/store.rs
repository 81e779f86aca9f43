//! The client's own file: drafts, consent records, the catalogue, and how the key is kept.
//!
//! One connection, WAL, synchronous=FULL: a value is on the disk when a method returns. Rows about
//! a person are encrypted before they come here; see [`crate::vault`].

use crate::failpoint;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, params};
use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The version of the file's layout.
const LAYOUT: i64 = 1;

/// Why the file could not be opened, read or written. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No room on the disk.
    #[error("no room on the disk")]
    DiskFull(#[source] rusqlite::Error),
    /// Written by a newer version of the app.
    #[error("the store is of layout {found}, this app knows {LAYOUT}")]
    TooNew {
        /// The layout found.
        found: i64,
    },
    /// Another process or another handle was at it for as long as we waited.
    #[error("the store is in use")]
    InUse,
    /// Damaged or foreign.
    #[error("the store cannot be read")]
    Unreadable(#[source] rusqlite::Error),
    /// The check of the whole file found a fault.
    #[error("the store is damaged")]
    Damaged,
    /// The folder cannot be made.
    #[error("the folder cannot be made")]
    Folder(#[source] std::io::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull(error),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse,
            _ => Self::Unreadable(error),
        }
    }
}

/// An encrypted row as it stands in the file.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id.
    pub id: Vec<u8>,
    /// Grows by one with each write.
    pub version: u64,
    /// When it was last written.
    pub saved_at_ms: u64,
    /// The ciphertext.
    pub body: Vec<u8>,
}

/// How the key is kept, as it stands in the file.
#[derive(Clone, Debug)]
pub struct VaultHeader {
    /// `os_store`, `passphrase`, `credential` or `memory`.
    pub rung: String,
    /// A known text under the key.
    pub key_check: Vec<u8>,
    /// The key under a passphrase.
    pub wrapped: Option<Vec<u8>>,
}

/// The client's file.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens or creates the file; makes its folder.
    ///
    /// # Errors
    /// [`StoreError`]; an existing file is left untouched.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(StoreError::Folder)?;
        }
        let connection = Connection::open(path)?;
        connection.busy_timeout(std::time::Duration::from_millis(500))?;
        let found: i64 = connection.query_row("pragma user_version", [], |row| row.get(0))?;
        if found > LAYOUT {
            return Err(StoreError::TooNew { found });
        }
        let check: String = connection.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
        if check != "ok" {
            return Err(StoreError::Damaged);
        }
        use_wal(&connection)?;
        connection.execute_batch(
            "pragma synchronous = full;
             pragma fullfsync = on;
             pragma checkpoint_fullfsync = on;
             pragma foreign_keys = on;
             pragma trusted_schema = off;
             pragma cell_size_check = on;
             pragma secure_delete = on;
             pragma temp_store = memory;
             pragma mmap_size = 0;",
        )?;
        let store = Self { connection: Mutex::new(connection) };
        if found == 0 {
            store.write("layout", |tx| {
                tx.execute_batch(include_str!("../migrations/0001_rows.sql"))?;
                Ok::<_, StoreError>(tx.pragma_update(None, "user_version", LAYOUT)?)
            })?;
        }
        Ok(store)
    }

    /// Runs `act` in one transaction: all of it is on the disk afterwards, or none. `name` is what
    /// [`failpoint`] calls it.
    ///
    /// # Errors
    /// What `act` says, or [`StoreError`] from the commit.
    pub fn write<T, E: From<StoreError>>(
        &self,
        name: &'static str,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        failpoint::pass(name, "begin").map_err(StoreError::from)?;
        let mut connection = self.lock();
        let tx = connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let value = act(&tx)?;
        failpoint::pass(name, "commit").map_err(StoreError::from)?;
        tx.commit().map_err(StoreError::from)?;
        failpoint::pass(name, "committed").map_err(StoreError::from)?;
        Ok(value)
    }

    /// A value that is not about a person.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn public_value(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .lock()
            .query_row("select value from public_value where name = ?1", [name], |row| row.get(0))
            .optional()?)
    }

    /// Keeps a value that is not about a person, in a transaction of that name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_public_value(&self, name: &'static str, value: &[u8]) -> Result<(), StoreError> {
        self.write(name, |tx| put_public_value(tx, name, value))
    }

    /// An encrypted row.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn row(&self, kind: &str, id: &[u8]) -> Result<Option<Row>, StoreError> {
        Ok(self
            .lock()
            .query_row(
                "select id, version, saved_at_ms, body from sealed_row where kind = ?1 and id = ?2",
                params![kind, id],
                read_row,
            )
            .optional()?)
    }

    /// All encrypted rows of a kind, oldest first by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn rows(&self, kind: &str) -> Result<Vec<Row>, StoreError> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "select id, version, saved_at_ms, body from sealed_row where kind = ?1 order by id",
        )?;
        let rows = statement.query_map([kind], read_row)?.collect::<Result<_, _>>()?;
        Ok(rows)
    }

    /// Ids of all encrypted rows of a kind, oldest first by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn ids(&self, kind: &str) -> Result<Vec<Vec<u8>>, StoreError> {
        let connection = self.lock();
        let mut statement =
            connection.prepare_cached("select id from sealed_row where kind = ?1 order by id")?;
        let ids = statement.query_map([kind], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(ids)
    }

    /// How the key is kept; none before first use.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn vault_header(&self) -> Result<Option<VaultHeader>, StoreError> {
        Ok(self
            .lock()
            .query_row("select rung, key_check, wrapped from vault", [], |row| {
                Ok(VaultHeader { rung: row.get(0)?, key_check: row.get(1)?, wrapped: row.get(2)? })
            })
            .optional()?)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic under the lock rolled its transaction back; the connection is whole.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        id: row.get(0)?,
        version: row.get::<_, i64>(1)?.unsigned_abs(),
        saved_at_ms: row.get::<_, i64>(2)?.unsigned_abs(),
        body: row.get(3)?,
    })
}

/// A value that is not about a person, within a transaction.
///
/// # Errors
/// [`StoreError`].
pub fn public_value_of(tx: &Transaction<'_>, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(tx
        .query_row("select value from public_value where name = ?1", [name], |row| row.get(0))
        .optional()?)
}

/// Keeps a value that is not about a person, within a transaction.
///
/// # Errors
/// [`StoreError`].
pub fn put_public_value(tx: &Transaction<'_>, name: &str, value: &[u8]) -> Result<(), StoreError> {
    tx.execute(
        "insert into public_value (name, value) values (?1, ?2)
         on conflict (name) do update set value = excluded.value",
        params![name, value],
    )?;
    Ok(())
}

/// Writes an encrypted row within a transaction; its version must be one more than before.
///
/// # Errors
/// [`StoreError`].
pub fn put_row(tx: &Transaction<'_>, kind: &str, row: &Row) -> Result<(), StoreError> {
    tx.execute(
        "insert into sealed_row (kind, id, version, saved_at_ms, body)
         values (?1, ?2, ?3, ?4, ?5)
         on conflict (kind, id) do update
         set version = excluded.version, saved_at_ms = excluded.saved_at_ms, body = excluded.body",
        params![kind, row.id, row.version as i64, row.saved_at_ms as i64, row.body],
    )?;
    Ok(())
}

/// The version of a row within a transaction; 0 when there is none.
///
/// # Errors
/// [`StoreError`].
pub fn row_version(tx: &Transaction<'_>, kind: &str, id: &[u8]) -> Result<u64, StoreError> {
    Ok(tx
        .query_row(
            "select version from sealed_row where kind = ?1 and id = ?2",
            params![kind, id],
            |row| row.get::<_, i64>(0),
        )
        .optional()?
        .unwrap_or(0)
        .unsigned_abs())
}

/// Deletes an encrypted row within a transaction; fine when there is none.
///
/// # Errors
/// [`StoreError`].
pub fn delete_row(tx: &Transaction<'_>, kind: &str, id: &[u8]) -> Result<(), StoreError> {
    tx.execute("delete from sealed_row where kind = ?1 and id = ?2", params![kind, id])?;
    Ok(())
}

/// Writes how the key is kept, within a transaction.
///
/// # Errors
/// [`StoreError`].
pub fn put_vault_header(tx: &Transaction<'_>, header: &VaultHeader) -> Result<(), StoreError> {
    tx.execute(
        "insert into vault (only_row, rung, key_check, wrapped) values (1, ?1, ?2, ?3)
         on conflict (only_row) do update
         set rung = excluded.rung, key_check = excluded.key_check, wrapped = excluded.wrapped",
        params![header.rung, header.key_check, header.wrapped],
    )?;
    Ok(())
}

/// Switches the write-ahead log on, to the end of the statement: SQLite gives the answer "wal"
/// before the commit that makes it so, and an error of that commit comes with the step after it.
/// Found by a fault at every call (tests/powercut): without it a store could go on without a log.
fn use_wal(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("pragma journal_mode = wal")?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("client.db")).unwrap();
        (folder, store)
    }

    fn limit_pages(store: &Store, pages: i64) {
        store.lock().pragma_update(None, "max_page_count", pages).unwrap();
    }

    #[test]
    fn a_full_disk_is_told_and_changes_nothing() {
        let (_folder, store) = store();
        store.set_public_value("kept", b"before").unwrap();
        limit_pages(&store, 1);
        let full = store.set_public_value("kept", &[7; 100_000]).unwrap_err();
        assert!(matches!(full, StoreError::DiskFull(_)), "{full:?}");
        assert_eq!(store.public_value("kept").unwrap().unwrap(), b"before");
        limit_pages(&store, 1_000_000);
        store.set_public_value("kept", &[7; 100_000]).unwrap();
    }

    #[test]
    fn a_store_that_somebody_else_writes_to_is_in_use_and_not_damaged() {
        let (folder, store) = store();
        let path = folder.path().join("client.db");
        let other = Connection::open(&path).unwrap();
        other.execute_batch("begin immediate").unwrap();
        let busy = store.set_public_value("kept", b"value").unwrap_err();
        assert!(matches!(busy, StoreError::InUse), "{busy:?}");
        drop(other);
        store.set_public_value("kept", b"value").unwrap();
    }

    #[test]
    fn a_store_of_a_newer_app_is_refused_untouched() {
        let (folder, store) = store();
        store.lock().pragma_update(None, "user_version", LAYOUT + 1).unwrap();
        drop(store);
        let path = folder.path().join("client.db");
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(Store::open(&path), Err(StoreError::TooNew { found: 2 })));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_file_that_is_no_store_is_refused_untouched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("client.db");
        std::fs::write(&path, b"not a database, but long enough to look like a file").unwrap();
        assert!(matches!(Store::open(&path), Err(StoreError::Unreadable(_))));
        assert!(std::fs::read(&path).unwrap().starts_with(b"not a database"));
    }

    #[test]
    fn a_transaction_that_fails_leaves_nothing_behind() {
        let (_folder, store) = store();
        let refused: Result<(), StoreError> = store.write("preferences", |tx| {
            put_public_value(tx, "a", b"1")?;
            Err(StoreError::Damaged)
        });
        assert!(refused.is_err());
        assert_eq!(store.public_value("a").unwrap(), None);
    }
}
