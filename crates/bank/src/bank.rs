//! A running bank: its keys, what it has published, and its ledger.

use crate::{
    folder::{Folder, FolderError},
    http,
    ledger::{Ledger, LedgerError, SqliteLedger},
    parts::{CHECKS_AT_ONCE, Objects, ObjectsError, Turns},
    platform::Clock,
    publishing::{LoadError, Published},
};
use lending::acknowledgement::Pong;
use seal::{KeyId, KeyUse, SigningKey, Timestamp, keys::KeyError, sealed::SealingKey};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Semaphore;

/// A running bank. Clones share it; the last one dropped closes the ledger.
#[derive(Clone)]
pub struct Bank {
    inner: Arc<Inner>,
}

struct Inner {
    folder: Folder,
    clock: Clock,
    acknowledgement: SigningKey,
    server_epoch: u64,
    ledger: Arc<dyn Ledger>,
    objects: Objects,
    turns: Turns,
    checks: Semaphore,
    desk: RwLock<Arc<Desk>>,
}

/// What envelopes are opened and judged with; replaced as a whole by [`Bank::reload`].
pub(crate) struct Desk {
    pub(crate) published: Published,
    sealing: Vec<(KeyId, SealingKey)>,
}

/// A bank cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its folder cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// What it published does not hold.
    #[error(transparent)]
    Published(#[from] LoadError),
    /// No client would believe its acknowledgements.
    #[error("the acknowledgement key cannot be used with this directory")]
    AcknowledgementKey(#[source] KeyError),
    /// Its ledger cannot be opened.
    #[error("the ledger cannot be opened")]
    Ledger(#[from] LedgerError),
    /// Its object store cannot be opened.
    #[error("the object store cannot be opened")]
    Objects(#[from] ObjectsError),
}

impl Bank {
    /// Opens the bank that `bank init` made in `data`, with its SQLite ledger and the bytes of parts
    /// in its folder.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(data: &Path, clock: Clock) -> Result<Self, OpenError> {
        Self::open_at(data, clock, None)
    }

    /// Opens the bank with the bytes of parts at an address: see [`Objects::at_address`].
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_at(data: &Path, clock: Clock, objects: Option<&str>) -> Result<Self, OpenError> {
        let folder = Folder::at(data);
        folder.identity()?;
        let objects = match objects {
            Some(address) => Objects::at_address(address)?,
            None => Objects::in_folder(&folder.objects())?,
        };
        let ledger = SqliteLedger::open(&folder.ledger())?;
        Self::with_stores(data, clock, Arc::new(ledger), objects)
    }

    /// Opens the bank with another ledger.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn with_ledger(
        data: &Path,
        clock: Clock,
        ledger: Arc<dyn Ledger>,
    ) -> Result<Self, OpenError> {
        let objects = Objects::in_folder(&Folder::at(data).objects())?;
        Self::with_stores(data, clock, ledger, objects)
    }

    /// Opens the bank with another ledger and another object store.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn with_stores(
        data: &Path,
        clock: Clock,
        ledger: Arc<dyn Ledger>,
        objects: Objects,
    ) -> Result<Self, OpenError> {
        let folder = Folder::at(data);
        let server_epoch = folder.identity()?.server_epoch;
        let acknowledgement = folder.signing_key("acknowledgement")?;
        let desk = Desk::load(&folder)?;
        desk.published
            .directory
            .key(acknowledgement.id(), KeyUse::Acknowledgement, clock())
            .map_err(OpenError::AcknowledgementKey)?;
        let desk = RwLock::new(Arc::new(desk));
        let (turns, checks) = (Turns::default(), Semaphore::new(CHECKS_AT_ONCE));
        let inner = Inner {
            folder,
            clock,
            acknowledgement,
            server_epoch,
            ledger,
            objects,
            turns,
            checks,
            desk,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Takes up a catalogue or keys that were changed in the folder. On an error what was in force
    /// stays.
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn reload(&self) -> Result<(), LoadError> {
        let desk = Arc::new(Desk::load(&self.inner.folder)?);
        *self.inner.desk.write().unwrap_or_else(PoisonError::into_inner) = desk;
        Ok(())
    }

    /// The HTTP gateway of this bank.
    pub fn router(&self) -> axum::Router {
        http::router(self.clone())
    }

    /// The ledger.
    pub fn ledger(&self) -> &dyn Ledger {
        self.inner.ledger.as_ref()
    }

    /// The bytes of parts.
    pub(crate) fn objects(&self) -> &Objects {
        &self.inner.objects
    }

    pub(crate) fn turns(&self) -> &Turns {
        &self.inner.turns
    }

    /// Room for checks of whole parts, which take memory.
    pub(crate) fn checks(&self) -> &Semaphore {
        &self.inner.checks
    }

    /// The bank's time.
    pub fn now(&self) -> Timestamp {
        (self.inner.clock)()
    }

    /// Changes when the ledger was restored from a backup.
    pub fn server_epoch(&self) -> u64 {
        self.inner.server_epoch
    }

    /// The signed answer to a probe.
    pub fn pong(&self, nonce: [u8; 16]) -> Vec<u8> {
        Pong {
            nonce,
            at: self.now(),
            server_epoch: self.server_epoch(),
            catalogue_version: self.desk().published.catalogue().version,
        }
        .sign(self.acknowledgement_key())
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.inner.folder
    }

    pub(crate) fn acknowledgement_key(&self) -> &SigningKey {
        &self.inner.acknowledgement
    }

    pub(crate) fn desk(&self) -> Arc<Desk> {
        Arc::clone(&self.inner.desk.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Desk {
    fn load(folder: &Folder) -> Result<Self, LoadError> {
        let published = Published::load(folder)?;
        let keys = folder.sealing_keys()?.into_iter();
        Ok(Self { published, sealing: keys.map(|key| (key.public().id(), key)).collect() })
    }

    /// The sealing key with this id; retired ones are still here.
    pub(crate) fn sealing_key(&self, kid: KeyId) -> Option<&SealingKey> {
        self.sealing.iter().find(|(known, _)| *known == kid).map(|(_, key)| key)
    }
}

impl std::fmt::Debug for Bank {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bank").field("folder", &self.inner.folder.path()).finish_non_exhaustive()
    }
}
