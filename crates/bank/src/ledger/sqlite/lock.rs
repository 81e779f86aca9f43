//! Who has the ledger: gateways share it, a restore has it alone.
//!
//! A lock on the empty file `<ledger>.lock`, which the operating system drops with the process,
//! however that ends. Not on the ledger itself: SQLite would lose its own locks with it.

use super::aside::with_suffix;
use crate::ledger::LedgerError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// A hold on the ledger; the last clone dropped lets go.
#[derive(Clone, Debug)]
pub struct Lock {
    _file: Arc<File>,
}

impl Lock {
    /// Shares the ledger at `path`.
    ///
    /// # Errors
    /// [`LedgerError::InUse`] while somebody has it alone.
    pub fn share(path: &Path) -> Result<Self, LedgerError> {
        Self::take(path, File::try_lock_shared)
    }

    /// Has the ledger at `path` alone.
    ///
    /// # Errors
    /// [`LedgerError::InUse`] while anybody has it.
    pub fn alone(path: &Path) -> Result<Self, LedgerError> {
        Self::take(path, File::try_lock)
    }

    fn take(
        path: &Path,
        lock: impl FnOnce(&File) -> Result<(), TryLockError>,
    ) -> Result<Self, LedgerError> {
        let storage = |error: io::Error| LedgerError::Storage(error.into());
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(with_suffix(path, ".lock")).map_err(storage)?;
        match lock(&file) {
            Ok(()) => Ok(Self { _file: Arc::new(file) }),
            Err(TryLockError::WouldBlock) => Err(LedgerError::InUse),
            Err(TryLockError::Error(error)) => Err(storage(error)),
        }
    }
}
