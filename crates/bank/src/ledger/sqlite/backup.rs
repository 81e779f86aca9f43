//! A copy of the ledger while it is in use, and what is done with one before it is used again.
//!
//! A backup is a database in one file, marked as a backup in its header: put in the ledger's place
//! by hand it is refused, so that nobody forgets to say that the bank was restored.

use super::lock::Lock;
use super::{aside, open};
use crate::folder;
use crate::ledger::LedgerError;
use rusqlite::{Connection, OpenFlags};
use seal::{Digest, digest::Digester};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// A backup that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backup {
    /// SHA-256 of the file.
    pub digest: Digest,
    /// Its length.
    pub size_bytes: u64,
}

/// A backup could not be made or is not good enough to be used.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file of this name; it is left alone.
    #[error("{0} is there already")]
    Exists(PathBuf),
    /// The file is not the one of which the digest was written down.
    #[error("{0} is not the file that was backed up: its digest differs")]
    Differs(PathBuf),
    /// It is no backup of a ledger, or is damaged.
    #[error("{0} cannot be used")]
    Unusable(PathBuf, #[source] LedgerError),
    /// The ledger could not be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The file system refused.
    #[error("could not reach {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// The file beside a backup that holds its digest, as `sha256sum` writes it.
pub fn digest_file(backup: &Path) -> PathBuf {
    aside::with_suffix(backup, ".sha256")
}

/// Copies the ledger at `ledger` to `out`, with all that was committed when it began, and writes
/// its digest beside it. Gateways go on meanwhile. The copy has its name only once it is on the disk
/// in whole; it is for its owner only.
///
/// # Errors
/// [`BackupError`]; then there is no file at `out`.
pub fn back_up(ledger: &Path, out: &Path) -> Result<Backup, BackupError> {
    if out.exists() {
        return Err(BackupError::Exists(out.into()));
    }
    let _lock = Lock::share(ledger)?;
    let connection = open::reader(ledger)?;
    open::examine(&connection)?;
    let mut made = None;
    aside::copy_into(&connection, out, |partial| {
        mark(partial, open::BACKUP_ID)?;
        let storage = |error: io::Error| LedgerError::Storage(error.into());
        let backup = measure(partial, &mut io::sink()).map_err(storage)?;
        let name = out.file_name().unwrap_or_default().to_string_lossy();
        let line = format!("{}  {name}\n", backup.digest.to_hex());
        folder::write_whole(&digest_file(out), line.as_bytes(), 0o600).map_err(storage)?;
        made = Some(backup);
        Ok(())
    })?;
    made.ok_or_else(|| LedgerError::Closed.into())
}

/// Copies a backup to `staged`, checks it there from its digest to its last row, and makes it a
/// ledger again, of the version that it has. Anything at `staged` is left from a try that ended
/// early, and goes.
///
/// # Errors
/// [`BackupError`]; the backup is never written to.
pub(crate) fn stage(backup: &Path, staged: &Path) -> Result<(), BackupError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::Io { path, source }
    };
    clear(staged, "").map_err(io(staged))?;
    let named = digest_file(backup);
    let line = fs::read_to_string(&named).map_err(io(&named))?;
    let wanted = line.split_whitespace().next().unwrap_or_default().to_owned();
    let mut copy = create(staged).map_err(io(staged))?;
    let found = measure(backup, &mut copy).map_err(io(backup))?;
    copy.sync_all().map_err(io(staged))?;
    drop(copy);
    if found.digest.to_hex() != wanted {
        return Err(BackupError::Differs(backup.into()));
    }
    let unusable = |error| BackupError::Unusable(backup.into(), error);
    check(staged).map_err(unusable)?;
    mark(staged, open::APPLICATION_ID)?;
    Ok(())
}

/// Moves what is in the log of a sound ledger into its file, so that it is one file. Nobody else
/// may have it open.
///
/// # Errors
/// [`LedgerError`]; an unsound one is left as it is.
pub(crate) fn fold(path: &Path) -> Result<(), LedgerError> {
    open::folded(path)
}

/// Removes every file whose name is that of `path`, then `more`, then anything: a ledger that nobody
/// needs any more with its log and the copies of its older versions.
pub(crate) fn clear(path: &Path, more: &str) -> io::Result<()> {
    let prefix = aside::with_suffix(path, more);
    let name = prefix.file_name().unwrap_or_default().to_string_lossy();
    for entry in fs::read_dir(path.parent().unwrap_or(Path::new(".")))? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(&*name) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn check(path: &Path) -> Result<(), LedgerError> {
    let connection = plain(path)?;
    open::examine_backup(&connection)?;
    let mut statement = connection.prepare("pragma integrity_check(1)")?;
    let finding: String = statement.query_row([], |row| row.get(0))?;
    if finding != "ok" {
        return Err(LedgerError::Unreadable(finding));
    }
    let mut statement = connection.prepare("pragma foreign_key_check")?;
    match statement.exists([])? {
        false => Ok(()),
        true => Err(LedgerError::Unreadable("a row names one that is not there".into())),
    }
}

/// Says in the header what the file is.
fn mark(path: &Path, id: i32) -> Result<(), LedgerError> {
    Ok(plain(path)?.pragma_update(None, "application_id", id)?)
}

fn plain(path: &Path) -> Result<Connection, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Copies a file to `into`, 64 KiB at a time, and measures it.
fn measure(path: &Path, into: &mut impl Write) -> io::Result<Backup> {
    let (mut source, mut digest, mut size_bytes) = (File::open(path)?, Digester::default(), 0);
    let mut piece = vec![0; 64 * 1024];
    loop {
        let count = source.read(&mut piece)?;
        if count == 0 {
            return Ok(Backup { digest: digest.finish(), size_bytes });
        }
        digest.take(&piece[..count]);
        into.write_all(&piece[..count])?;
        size_bytes += count as u64;
    }
}
