//! Backup and restore, as one person does them at a terminal.
//!
//! ```text
//! stage     the backup is copied beside the ledger, checked to its last row, brought up to date;
//!           what it says of parts is held against the objects
//! declare   bank.json gets a new server epoch: devices will ask what is missing
//! set aside the ledger that was, whole, under another name
//! place     the staged file takes the ledger's name
//! ```
//!
//! The epoch is new before the ledger is old: ended at any line, the bank has the ledger that was or
//! the one restored, and in no case an older ledger under an epoch that devices know. At no instant
//! is there no ledger, which a gateway would take for a new bank. Running it again is always right.
//! See docs/adr/0014.

use crate::{
    folder::{Folder, FolderError, sync_folder},
    ledger::{
        Ledger, LedgerError, SqliteLedger,
        sqlite::{
            Lock,
            backup::{self, Backup, BackupError},
        },
    },
    parts::{Audit, Objects, ObjectsError, PartError, audit},
    setup::renew_epoch,
};
use seal::Timestamp;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a restore led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The new server epoch.
    pub epoch: u64,
    /// Envelopes on record now.
    pub envelopes: u64,
    /// What became of the parts.
    pub audit: Audit,
    /// Where the ledger is that was replaced, if there was one.
    pub replaced: Option<PathBuf>,
}

/// A bank could not be restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A gateway runs, or another restore.
    #[error("the ledger is in use; stop the gateway first")]
    InUse,
    /// The backup cannot be used.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The bank's folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The restored ledger.
    #[error("the restored ledger cannot be opened")]
    Ledger(#[source] LedgerError),
    /// The objects of the parts.
    #[error("the parts could not be looked through")]
    Parts(#[from] PartError),
    /// The object store.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    /// The file system refused.
    #[error("could not move {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl From<LedgerError> for RestoreError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::InUse => Self::InUse,
            error => Self::Ledger(error),
        }
    }
}

/// Copies the ledger of the bank in `data` to `out` while gateways go on; its digest stands beside it
/// in `<out>.sha256`. The keys and the objects of parts are files that are copied as such.
///
/// # Errors
/// [`BackupError`]; [`FolderError`] as [`RestoreError::Folder`].
pub fn back_up(data: &Path, out: &Path) -> Result<Backup, RestoreError> {
    let folder = Folder::at(data);
    folder.identity()?;
    Ok(backup::back_up(&folder.ledger(), out)?)
}

/// Brings the ledger in `from` back, with a new server epoch. No gateway may run.
///
/// # Errors
/// [`RestoreError`]; the bank then has the ledger that it had, maybe under a new epoch, which costs
/// each device one question.
pub async fn restore(
    data: &Path,
    from: &Path,
    objects: Option<&str>,
    now: Timestamp,
) -> Result<Restored, RestoreError> {
    restore_in_steps(data, from, objects, now, |_| Ok(())).await
}

/// What has been done of a restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Staged,
    Audited,
    Declared,
    Folded,
    Linked,
    SetAside,
    Placed,
}

/// The same; `after` is called after each step, and an error from it ends the work there as a kill
/// would.
pub(crate) async fn restore_in_steps(
    data: &Path,
    from: &Path,
    objects: Option<&str>,
    now: Timestamp,
    mut after: impl FnMut(Step) -> Result<(), RestoreError>,
) -> Result<Restored, RestoreError> {
    let folder = Folder::at(data);
    folder.identity()?;
    let (path, staged) = (folder.ledger(), folder.file("ledger.sqlite.restoring"));
    let lock = Lock::alone(&path)?;
    backup::stage(from, &staged)?;
    after(Step::Staged)?;
    let (audit, envelopes) = look_through(&folder, &staged, &lock, objects, now).await?;
    backup::fold(&staged)?;
    // The backup itself is the copy of its version.
    backup::clear(&staged, ".v").map_err(|source| io(&staged, source))?;
    after(Step::Audited)?;
    let epoch = renew_epoch(data, now)?;
    after(Step::Declared)?;
    let replaced = folder.file(&format!("ledger.sqlite.before-{epoch}"));
    let replaced = set_aside(&path, &replaced, &mut after)?.then_some(replaced);
    after(Step::SetAside)?;
    rename(&staged, &path)?;
    after(Step::Placed)?;
    Ok(Restored { epoch, envelopes, audit, replaced })
}

/// Says that the ledger was restored by other means, such as a snapshot of the machine: holds the
/// parts against their objects and renews the epoch. No gateway may run.
///
/// # Errors
/// [`RestoreError`]; run it again.
pub async fn declare_restored(
    data: &Path,
    objects: Option<&str>,
    now: Timestamp,
) -> Result<Restored, RestoreError> {
    let folder = Folder::at(data);
    folder.identity()?;
    let lock = Lock::alone(&folder.ledger())?;
    let (audit, envelopes) = look_through(&folder, &folder.ledger(), &lock, objects, now).await?;
    Ok(Restored { epoch: renew_epoch(data, now)?, envelopes, audit, replaced: None })
}

/// Brings the ledger at `path` up to date and holds its parts against the objects.
async fn look_through(
    folder: &Folder,
    path: &Path,
    lock: &Lock,
    objects: Option<&str>,
    now: Timestamp,
) -> Result<(Audit, u64), RestoreError> {
    let objects = match objects {
        Some(address) => Objects::at_address(address)?,
        None => Objects::in_folder(&folder.objects())?,
    };
    let ledger = SqliteLedger::open_under(path, lock.clone())?;
    let audit = audit(&ledger, &objects, now).await?;
    let envelopes = ledger.tally().await?.envelopes;
    Ok((audit, envelopes))
}

/// Gives the ledger that was a second name, and takes its log to that name if it could not be moved
/// into it. False when there is no ledger.
fn set_aside(
    path: &Path,
    aside: &Path,
    after: &mut impl FnMut(Step) -> Result<(), RestoreError>,
) -> Result<bool, RestoreError> {
    let is_there = path.exists();
    if is_there && let Err(error) = backup::fold(path) {
        tracing::warn!(%error, "the replaced ledger is not sound; it is kept as it is, with its log");
    }
    after(Step::Folded)?;
    let io = |source| io(path, source);
    if is_there {
        // A second name costs no room; where there are none, a copy.
        fs::hard_link(path, aside).or_else(|_| fs::copy(path, aside).map(drop)).map_err(io)?;
        sync_folder(parent(path)).map_err(io)?;
    }
    after(Step::Linked)?;
    // A log that stays would be taken for that of the next ledger, and written over its pages.
    let log = |path: &Path| path.with_extension("sqlite-wal");
    if log(path).exists() {
        let mut beside = aside.as_os_str().to_owned();
        beside.push("-wal");
        rename(&log(path), Path::new(&beside))?;
    }
    match fs::remove_file(path.with_extension("sqlite-shm")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io(error)),
        _ => Ok(is_there),
    }
}

fn rename(from: &Path, to: &Path) -> Result<(), RestoreError> {
    fs::rename(from, to).and_then(|()| sync_folder(parent(to))).map_err(|source| io(from, source))
}

fn io(path: &Path, source: io::Error) -> RestoreError {
    RestoreError::Io { path: path.into(), source }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests;
