//! Opening: what is too new, damaged or no ledger is refused before anything is written to it.

use super::{aside, failpoint};
use crate::ledger::LedgerError;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Marks the file as a ledger (`application_id` in its header): "SNBL".
pub(super) const APPLICATION_ID: i32 = 0x534e_424c;

/// Marks the file as a backup of a ledger: "SNBB". It is not opened as a ledger.
pub(super) const BACKUP_ID: i32 = 0x534e_4242;

/// The migrations in order; the version of a file is how many of them it has seen.
///
/// Forward only, and an applied file is never edited. From the second one on, the file is copied
/// aside before it is migrated.
const MIGRATIONS: &[&str] = &[
    include_str!("../../../migrations/0001_intake.sql"),
    include_str!("../../../migrations/0002_parts.sql"),
    include_str!("../../../migrations/0003_alarms.sql"),
    include_str!("../../../migrations/0004_log.sql"),
    include_str!("../../../migrations/0005_withdrawal_certificate.sql"),
];

/// Longest wait for another process, such as a backup, to let go of the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens the one connection that writes, and brings the file to the newest version.
pub(super) fn writer(path: &Path) -> Result<Connection, LedgerError> {
    refuse_a_log_without_its_database(path)?;
    make_private(path).map_err(|error| LedgerError::Storage(error.into()))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    // Closing a refused file must not move its log into it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    settle(&connection)?;
    let version = examine(&connection)?;
    make_durable(&connection)?;
    if version > 0 && version < newest_version() {
        aside::copy(&connection, path, version)?;
    }
    migrate(&mut connection, version)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(connection)
}

/// Moves the log of a sound ledger into its file, and leaves it without one.
pub(super) fn folded(path: &Path) -> Result<(), LedgerError> {
    refuse_a_log_without_its_database(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    settle(&connection)?;
    examine(&connection)?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    let left: String =
        connection.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get(0))?;
    if left == "delete" { Ok(()) } else { Err(LedgerError::InUse) }
}

/// SQLite deletes the log of an empty database when it opens it; so look first.
fn refuse_a_log_without_its_database(path: &Path) -> Result<(), LedgerError> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let is_empty = |path: &Path| fs::metadata(path).map_or(true, |found| found.len() == 0);
    if is_empty(path) && !is_empty(&PathBuf::from(log)) {
        return Err(LedgerError::Unreadable("a log without its database".into()));
    }
    Ok(())
}

/// Creates the file for its owner only; SQLite gives its log the same rights.
fn make_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Opens a connection that only reads. The writer must have been opened before.
pub(super) fn reader(path: &Path) -> Result<Connection, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    settle(&connection)?;
    Ok(connection)
}

/// Settings of every connection; none of them writes.
fn settle(connection: &Connection) -> Result<(), LedgerError> {
    // A plan does not hang on what is bound: otherwise each new binding is planned anew.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    Ok(())
}

/// The version of a sound ledger, or why the file is refused. A new file has version 0.
pub(super) fn examine(connection: &Connection) -> Result<u32, LedgerError> {
    examine_as(connection, APPLICATION_ID)
}

/// The same of a backup.
pub(super) fn examine_backup(connection: &Connection) -> Result<u32, LedgerError> {
    examine_as(connection, BACKUP_ID)
}

fn examine_as(connection: &Connection, wanted: i32) -> Result<u32, LedgerError> {
    let application: i32 = pragma(connection, "application_id")?;
    let version: u32 = pragma(connection, "user_version")?;
    let objects: u32 =
        connection.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))?;
    let is_new = application == 0 && version == 0 && objects == 0;
    if application == BACKUP_ID && wanted != BACKUP_ID {
        return Err(LedgerError::Unreadable(
            "a backup; it is brought back with `bank restore`".into(),
        ));
    }
    if application != wanted && !(is_new && wanted == APPLICATION_ID) {
        return Err(LedgerError::Unreadable("a database of another kind".into()));
    }
    let known = newest_version();
    if version > known {
        return Err(LedgerError::TooNew { found: version, known });
    }
    let finding: String = connection.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
    if finding == "ok" { Ok(version) } else { Err(LedgerError::Unreadable(finding)) }
}

fn newest_version() -> u32 {
    u32::try_from(MIGRATIONS.len()).expect("the list of migrations is short")
}

fn pragma<T: rusqlite::types::FromSql>(connection: &Connection, name: &str) -> rusqlite::Result<T> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

/// Settings for writing: a commit is on the disk when it returns.
fn make_durable(connection: &Connection) -> Result<(), LedgerError> {
    connection.pragma_update(None, "synchronous", "full")?;
    // Apple's disks only flush their own cache when asked with these; elsewhere no effect.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    use_wal(connection)?;
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

/// Brings the file to the newest version, each step in a transaction that also counts the version
/// up: after a crash the file has a step in whole or not at all.
fn migrate(connection: &mut Connection, from: u32) -> Result<(), LedgerError> {
    for (version, script) in (1u32..).zip(MIGRATIONS).filter(|(version, _)| *version > from) {
        failpoint("layout", "begin")?;
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        step.execute_batch(script)?;
        step.pragma_update(None, "application_id", APPLICATION_ID)?;
        step.pragma_update(None, "user_version", version)?;
        failpoint("layout", "commit")?;
        step.commit()?;
        failpoint("layout", "committed")?;
    }
    Ok(())
}
