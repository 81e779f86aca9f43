//! From an older shape to the newest: a copy aside, one transaction a step, a check, and only then
//! is the copy let go.
//!
//! Killed at any line, the file has each step in whole or not at all, and the next opening goes
//! on: an unfinished copy is made anew, a finished one is kept until the check passed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::backup::Backup;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::failpoint;

use super::open::{APPLICATION_ID, Damage, OpenError, check_whole};

/// The migrations in order; the version of a file is how many of them it has seen. Forward only,
/// and an applied file is never edited.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_entries.sql"),
    include_str!("../../migrations/0002_parts.sql"),
    include_str!("../../migrations/0003_numbered_bodies.sql"),
];

/// The newest version this build knows.
pub(super) fn newest_version() -> u32 {
    u32::try_from(MIGRATIONS.len()).expect("the list of migrations is short")
}

/// Brings a sound file of version `from` to the newest version.
///
/// # Errors
///
/// [`OpenError`]. `DiskFull` leaves the file as it was or with some steps in whole; opening again
/// goes on. `Unreadable` after a step leaves the copy beside the file, under its name and
/// `.before-v` with the number.
pub(super) fn bring_up_to_date(
    connection: &mut Connection,
    path: &Path,
    from: u32,
) -> Result<(), OpenError> {
    let newest = newest_version();
    if from > 0 && from < newest {
        copy_aside(connection, path, newest)?;
    }
    apply(connection, from)?;
    let copies = copies(path);
    if copies.is_empty() {
        return Ok(());
    }
    check_whole(connection)?;
    check_references(connection)?;
    for version in copies {
        fs::remove_file(copy_name(path, version))?;
    }
    sync_folder(path)?;
    Ok(())
}

/// Each step in a transaction of its own that also counts the version up.
pub(super) fn apply(connection: &mut Connection, from: u32) -> Result<(), OpenError> {
    for (version, script) in (1u32..).zip(MIGRATIONS).filter(|(version, _)| *version > from) {
        failpoint::pass("layout", "begin")?;
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        step.execute_batch(script).map_err(unless_a_row_breaks_a_rule)?;
        step.pragma_update(None, "application_id", APPLICATION_ID)?;
        step.pragma_update(None, "user_version", version)?;
        failpoint::pass("layout", "commit")?;
        step.commit()?;
        failpoint::pass("layout", "committed")?;
    }
    Ok(())
}

/// A sound file keeps the rules of every shape; one that does not was damaged in a way that
/// SQLite's check of the older shape cannot see.
fn unless_a_row_breaks_a_rule(error: rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => OpenError::Unreadable(Damage::Malformed(error)),
        _ => error.into(),
    }
}

/// The name of the copy made before a step.
pub(super) fn copy_name(path: &Path, version: u32) -> PathBuf {
    with_suffix(path, &format!(".before-v{version}"))
}

/// The steps before which a copy was made that is still kept.
pub(super) fn copies(path: &Path) -> Vec<u32> {
    (1..=newest_version()).filter(|version| copy_name(path, *version).exists()).collect()
}

/// Copies the file with what its log holds, page by page through SQLite: reading it past SQLite
/// would give up this process's lock on it (a rule of POSIX). The copy has its name only once it
/// is on the disk in whole.
fn copy_aside(connection: &Connection, path: &Path, version: u32) -> Result<(), OpenError> {
    let copy = copy_name(path, version);
    let partial = with_suffix(&copy, ".partial");
    remove_if_there(&partial)?;
    let copied = copy_pages(connection, &partial).and_then(|()| {
        File::options().read(true).write(true).open(&partial)?.sync_all()?;
        Ok(())
    });
    if let Err(error) = copied {
        // What is left of it takes room that may be what is missing.
        remove_if_there(&partial)?;
        return Err(error);
    }
    fs::rename(partial, copy)?;
    sync_folder(path)?;
    Ok(())
}

fn copy_pages(from: &Connection, to: &Path) -> Result<(), OpenError> {
    let mut target = Connection::open(to)?;
    target.pragma_update(None, "synchronous", "full")?;
    let backup = Backup::new(from, &mut target)?;
    backup.step(-1)?;
    Ok(())
}

fn check_references(connection: &Connection) -> Result<(), OpenError> {
    let dangling: Option<String> = connection
        .prepare("pragma foreign_key_check")?
        .query_map([], |row| row.get(0))?
        .next()
        .transpose()?;
    match dangling {
        None => Ok(()),
        Some(table) => {
            let finding = format!("a row of {table} refers to nothing");
            Err(OpenError::Unreadable(Damage::Integrity(finding)))
        }
    }
}

pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The path with something after its last name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes new, moved and removed names in the folder of `path` last through a power cut. Windows
/// has no such call; its file system keeps a journal of names.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
