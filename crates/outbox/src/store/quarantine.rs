//! Moving a refused file aside, so that work can go on, without losing a byte of it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::migrate::{copies, copy_name, remove_if_there, sync_folder, with_suffix};
use super::open::{OpenError, probe};
use crate::entry::Timestamp;

/// What SQLite may keep beside a database, by the end of its name.
const BESIDE: [&str; 3] = ["-wal", "-journal", "-shm"];

/// A file was not moved aside; it is where it was, in whole.
#[derive(Debug, thiserror::Error)]
pub enum QuarantineError {
    /// There is neither a file nor a log.
    #[error("there is no outbox file")]
    Missing,
    /// Somebody has it open.
    #[error("the outbox is open elsewhere")]
    InUse,
    /// A newer version of the app wrote it. It is not damaged: that app must be installed again.
    #[error("the outbox is of a newer version")]
    TooNew,
    /// The file system refused. Calling again goes on where this stopped.
    #[error("the outbox file could not be moved aside")]
    Io(#[from] io::Error),
}

/// Moves a file that was refused at opening aside, with its log: the act of a person who was told
/// what it means.
///
/// Gives the new path: in the same folder, the name followed by `.damaged-` and the date and time
/// of `now` in UTC (and a number, if that is taken). File and folder are flushed to the disk.
/// Nothing is ever deleted and nothing in it is changed; [`salvage`](crate::Outbox::salvage) reads
/// what can be read into a new outbox.
///
/// Killed half-way, either the file is where it was, or only its log is (opening says
/// [`Headless`](crate::Damage::Headless)) and calling this again goes on.
///
/// # Errors
///
/// [`QuarantineError`].
pub fn quarantine(path: &Path, now: Timestamp) -> Result<PathBuf, QuarantineError> {
    if path.exists() {
        refuse_what_must_stay(path)?;
    } else if copies(path).is_empty() && BESIDE.iter().all(|end| !with_suffix(path, end).exists()) {
        return Err(QuarantineError::Missing);
    }
    let aside = free_name(path, now);
    if path.exists() {
        // First a copy of the log under the new name, then the file itself: so the file never
        // stands anywhere without its log, in which its last commits may be.
        for end in BESIDE.iter().filter(|end| with_suffix(path, end).exists()) {
            let copy = with_suffix(&aside, end);
            fs::copy(with_suffix(path, end), &copy)?;
            flush(&copy)?;
        }
        flush(path)?;
        sync_folder(path)?;
        fs::rename(path, &aside)?;
        sync_folder(path)?;
        for end in BESIDE {
            remove_if_there(&with_suffix(path, end))?;
        }
        move_copies(path, &aside)?;
        sync_folder(path)?;
        return Ok(aside);
    }
    let aside = left_half_way(path)?.unwrap_or(aside);
    for end in BESIDE.iter().filter(|end| with_suffix(path, end).exists()) {
        fs::rename(with_suffix(path, end), with_suffix(&aside, end))?;
    }
    move_copies(path, &aside)?;
    sync_folder(path)?;
    Ok(aside)
}

/// Moves the copies that a migration keeps until its check has passed.
fn move_copies(path: &Path, aside: &Path) -> io::Result<()> {
    for version in copies(path) {
        fs::rename(copy_name(path, version), copy_name(aside, version))?;
    }
    Ok(())
}

fn refuse_what_must_stay(path: &Path) -> Result<(), QuarantineError> {
    match probe(path) {
        Err(OpenError::InUse) => Err(QuarantineError::InUse),
        Err(OpenError::TooNew { .. }) => Err(QuarantineError::TooNew),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn flush(path: &Path) -> io::Result<()> {
    File::options().read(true).write(true).open(path)?.sync_all()
}

/// The file that was moved by a call that was killed before it took the log away: the one whose
/// log is the same, byte by byte.
fn left_half_way(path: &Path) -> io::Result<Option<PathBuf>> {
    let log = with_suffix(path, "-wal");
    if !log.exists() {
        return Ok(None);
    }
    let bytes = fs::read(&log)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let start = with_suffix(path, ".damaged-");
    for found in fs::read_dir(folder.unwrap_or(Path::new(".")))? {
        let found = path.with_file_name(found?.file_name());
        let is_aside =
            found.as_os_str().as_encoded_bytes().starts_with(start.as_os_str().as_encoded_bytes());
        let its_log = with_suffix(&found, "-wal");
        if is_aside && its_log.exists() && fs::read(its_log)? == bytes {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The first of the dated names that nothing has.
fn free_name(path: &Path, now: Timestamp) -> PathBuf {
    let dated = with_suffix(path, &format!(".damaged-{}", date_and_time(now)));
    let is_taken =
        |name: &Path| name.exists() || BESIDE.iter().any(|end| with_suffix(name, end).exists());
    let mut name = dated.clone();
    let mut number = 1u32;
    while is_taken(&name) {
        number += 1;
        name = with_suffix(&dated, &format!(".{number}"));
    }
    name
}

/// `2026-11-22T10-15-30Z`: no colon, which Windows does not allow in a name. Days to a date by the
/// rule of the Gregorian calendar, counted from March, so that a leap day comes last.
fn date_and_time(now: Timestamp) -> String {
    let secs = now.as_ms() / 1000;
    let (days, secs) = (secs / 86_400 + 719_468, secs % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (secs / 3_600, secs / 60 % 60, secs % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}-{minute:02}-{second:02}Z")
}

#[cfg(test)]
mod tests;
