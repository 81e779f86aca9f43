//! Opening: refuse what is not ours, too new or damaged before anything is written to it.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::migrate::{bring_up_to_date, copies, newest_version, with_suffix};
use super::{Store, StoreError};
use crate::policy::{BUSY_TIMEOUT, WHOLE_CHECK_BYTES};

/// Marks the file as an outbox (`application_id` in its header): "SNBO".
pub(super) const APPLICATION_ID: i32 = 0x534e_424f;

/// The outbox could not be opened. Except for `DiskFull`, `Io` and `Sqlite`, the file has been
/// read only and is as it was.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A newer version of the app wrote it. Data is safe; the newer app must be installed again.
    #[error("the outbox has version {found}, this app knows up to {known}")]
    TooNew {
        /// The version of the file.
        found: u32,
        /// The newest version this build knows.
        known: u32,
    },
    /// Damaged, or no outbox at all. It is left where it is, untouched, and never recreated.
    #[error("the outbox file is unreadable")]
    Unreadable(#[source] Damage),
    /// Another process or another handle has it open.
    #[error("the outbox is open elsewhere")]
    InUse,
    /// No room on the disk to prepare it; opening again works once there is room.
    #[error("no room on the disk")]
    DiskFull(#[source] io::Error),
    /// The file system refused, before SQLite was asked.
    #[error("the outbox file could not be reached")]
    Io(#[source] io::Error),
    /// Anything else that SQLite reports; a missing folder and missing rights among it.
    #[error("the outbox file could not be opened")]
    Sqlite(#[source] rusqlite::Error),
}

/// What is wrong with an unreadable file.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// SQLite cannot make sense of it.
    #[error("not a sound database")]
    Malformed(#[source] rusqlite::Error),
    /// SQLite's own check found a fault; this is the first line of its findings, which names
    /// pages and tables and no content.
    #[error("integrity check: {0}")]
    Integrity(String),
    /// A database, but not an outbox.
    #[error("a database of another kind")]
    Foreign,
    /// There is a write-ahead log with content or a copy made before a migration, and no database
    /// it could belong to. Opening would make SQLite delete the log.
    #[error("a log or a copy without its database")]
    Headless,
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> OpenError {
        match error {
            StoreError::DiskFull(error) => {
                OpenError::DiskFull(io::Error::new(io::ErrorKind::StorageFull, error))
            }
            StoreError::Damaged(error) => OpenError::Unreadable(Damage::Malformed(error)),
            StoreError::Sqlite(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::InUse,
                _ => OpenError::Sqlite(error),
            },
        }
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> OpenError {
        StoreError::from(error).into()
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> OpenError {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => OpenError::DiskFull(error),
            _ => OpenError::Io(error),
        }
    }
}

impl Store {
    /// Opens the file, or creates it if there is none; its folder must exist.
    pub(crate) fn open(path: &Path) -> Result<Store, OpenError> {
        refuse_a_log_without_its_database(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        look_without_touching(&connection)?;
        let version = examine(&connection)?;
        write_log_anew(path)?;
        make_durable(&connection)?;
        bring_up_to_date(&mut connection, path, version)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        Ok(Store { connection })
    }
}

/// Says what opening would say, without making, changing or migrating anything.
pub(super) fn probe(path: &Path) -> Result<(), OpenError> {
    refuse_a_log_without_its_database(path)?;
    examine(&open_untouched(path)?)?;
    Ok(())
}

/// Opens a file that is there for reading, so that neither it nor its log is changed.
pub(super) fn open_untouched(path: &Path) -> Result<Connection, OpenError> {
    // SQLite needs the right to write to read past a log, and is then forbidden to use it.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    look_without_touching(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// SQLite deletes the log of an empty database when it opens it; so look first. It also takes a
/// file of one byte for an empty one (it once wrote such files on some file systems of Apple).
fn refuse_a_log_without_its_database(path: &Path) -> Result<(), OpenError> {
    let has_log = size_bytes(&with_suffix(path, "-wal"))? > 0;
    if size_bytes(path)? <= 1 && (has_log || !copies(path).is_empty()) {
        return Err(OpenError::Unreadable(Damage::Headless));
    }
    Ok(())
}

fn size_bytes(path: &Path) -> io::Result<u64> {
    match fs::metadata(path) {
        Ok(found) => Ok(found.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error),
    }
}

/// Settings for reading a file that may be refused: nothing here writes to it, and closing it
/// does not move its log into it.
fn look_without_touching(connection: &Connection) -> Result<(), OpenError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // A plan does not hang on what is bound: otherwise each new binding is planned anew.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // The lock is taken by the first read, and kept: one process, one writer. It also spares the
    // shared-memory file, which some file systems of phones do not offer.
    connection.pragma_update_and_check(None, "locking_mode", "exclusive", |_| Ok(()))?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update_and_check(None, "mmap_size", 0, |_| Ok(())).or_else(no_answer)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(())
}

/// A build of SQLite without memory maps answers nothing to `mmap_size`, which is as good.
fn no_answer(error: rusqlite::Error) -> rusqlite::Result<()> {
    match error {
        rusqlite::Error::QueryReturnedNoRows => Ok(()),
        error => Err(error),
    }
}

/// The version of a sound outbox, or why the file is refused. A new file has version 0.
fn examine(connection: &Connection) -> Result<u32, OpenError> {
    let application: i32 = pragma(connection, "application_id")?;
    let version: u32 = pragma(connection, "user_version")?;
    let objects: u32 =
        connection.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))?;
    let is_new = application == 0 && version == 0 && objects == 0;
    if !is_new && application != APPLICATION_ID {
        return Err(OpenError::Unreadable(Damage::Foreign));
    }
    let known = newest_version();
    if version > known {
        return Err(OpenError::TooNew { found: version, known });
    }
    if size_of_all_pages(connection)? <= WHOLE_CHECK_BYTES {
        check_whole(connection)?;
    } else {
        check_heads(connection)?;
    }
    Ok(version)
}

fn size_of_all_pages(connection: &Connection) -> Result<u64, rusqlite::Error> {
    let pages: u64 = pragma::<u32>(connection, "page_count")?.into();
    let page: u64 = pragma::<u32>(connection, "page_size")?.into();
    Ok(pages * page)
}

/// Every page, every row against its table, every index against its rows.
pub(super) fn check_whole(connection: &Connection) -> Result<(), OpenError> {
    let finding = connection.query_row("pragma integrity_check(1)", [], |row| row.get(0))?;
    sound(finding)
}

/// Every page and row of the tables that hold no bodies and no chunks, but not the indexes against
/// the rows. Bodies and chunks are checked when they are read: reading all of them takes seconds
/// for each GB.
fn check_heads(connection: &Connection) -> Result<(), OpenError> {
    let tables: Vec<String> = connection
        .prepare(
            "select name
             from sqlite_schema
             where type = 'table'
               and name not in ('entry_body', 'part_chunk')",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for table in tables {
        // The check goes through a table from its end, which no disk reads ahead. Read forwards
        // before, it is in the system's memory.
        let forwards = format!("select count(*) from {table} not indexed");
        connection.query_row(&forwards, [], |row| row.get::<_, i64>(0))?;
        let finding = connection.query_row(
            "select quick_check from pragma_quick_check(?1)",
            [&table],
            |row| row.get(0),
        )?;
        sound(finding)?;
    }
    Ok(())
}

fn sound(finding: String) -> Result<(), OpenError> {
    if finding == "ok" {
        return Ok(());
    }
    Err(OpenError::Unreadable(Damage::Integrity(finding)))
}

fn pragma<T: rusqlite::types::FromSql>(
    connection: &Connection,
    name: &str,
) -> Result<T, rusqlite::Error> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

/// Settings for writing. A commit is on the disk when it returns: WAL with `synchronous=FULL`
/// lost no acknowledged commit in the power-cut experiment of the design, `NORMAL` lost most.
pub(super) fn make_durable(connection: &Connection) -> Result<(), OpenError> {
    connection.pragma_update(None, "synchronous", "full")?;
    // Apple's disks only flush their own cache when asked with these; elsewhere no effect.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    use_wal(connection)?;
    Ok(())
}

/// Makes the log on the disk the one that was just read, under the lock that reading it took.
///
/// When a flush fails, Linux drops what it should have written and still shows it to whoever reads
/// (Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020). The process
/// that was told goes on well: its next commit is written over the failed one. One that opens the
/// file later finds a log that looks whole; what it appended would hang in the air after a power
/// cut. Written over with its own bytes, the log is flushed in truth, or opening fails. A few MiB
/// at most: SQLite starts the log anew after 1000 pages.
fn write_log_anew(path: &Path) -> io::Result<()> {
    let mut log = match File::options().read(true).write(true).open(with_suffix(path, "-wal")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let mut bytes = Vec::new();
    log.read_to_end(&mut bytes)?;
    if !bytes.is_empty() {
        log.seek(SeekFrom::Start(0))?;
        log.write_all(&bytes)?;
        log.sync_all()?;
    }
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
mod tests;
