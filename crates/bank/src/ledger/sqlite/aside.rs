//! A copy of the ledger before a migration, so that a step that was wrong is not the end of it.

use crate::ledger::LedgerError;
use rusqlite::Connection;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Copies a ledger of version `version`, with what its log holds, to `<name>.v<version>` beside it,
/// for its owner only. The copy has its name only once it is on the disk in whole; one from an
/// earlier start is kept, for it may be the better one. People delete it, the program never does.
///
/// # Errors
/// [`LedgerError`]; the ledger is as it was, and so is the earlier copy.
pub(super) fn copy(connection: &Connection, path: &Path, version: u32) -> Result<(), LedgerError> {
    let copy = with_suffix(path, &format!(".v{version}"));
    if copy.exists() {
        return Ok(());
    }
    copy_into(connection, &copy, |_| Ok(()))
}

/// Copies a ledger to `copy`, where nothing is yet. `finish` has the last word on the copy before it
/// gets its name.
///
/// # Errors
/// [`LedgerError`]; then there is no copy.
pub(super) fn copy_into(
    connection: &Connection,
    copy: &Path,
    finish: impl FnOnce(&Path) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let partial = with_suffix(copy, ".partial");
    let copied = make_empty(&partial)
        .map_err(|error| LedgerError::Storage(error.into()))
        .and_then(|()| {
            // SQLite takes an empty file as its target and keeps that file's rights.
            let target = partial.to_str().ok_or(rusqlite::Error::InvalidPath(partial.clone()))?;
            connection.execute("vacuum into ?1", [target])?;
            Ok(())
        })
        .and_then(|()| finish(&partial))
        .and_then(|()| publish(&partial, copy).map_err(|error| LedgerError::Storage(error.into())));
    if copied.is_err() {
        // What is left of it takes room that may be what is missing.
        let _ = fs::remove_file(&partial);
    }
    copied
}

/// The path with something behind its name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn make_empty(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn publish(partial: &Path, copy: &Path) -> io::Result<()> {
    File::options().read(true).write(true).open(partial)?.sync_all()?;
    fs::rename(partial, copy)?;
    crate::folder::sync_folder(copy.parent().unwrap_or(Path::new(".")))
}
