//! The five things a host supplies: time, randomness, a key store, news of the network, and how
//! much room the disk has.

pub use seal::Entropy;
use seal::Timestamp;
use std::{path::Path, sync::Arc};
use tokio::sync::watch;

/// Wall time.
pub trait Clock: Send + Sync {
    /// Now, by this device.
    fn now(&self) -> Timestamp;
}

/// What keeps the vault's key outside of our files.
pub trait KeyStore: Send + Sync {
    /// The secret of this name; none when there is none.
    ///
    /// # Errors
    /// [`KeyStoreError`] when the store cannot be asked, which says nothing about the secret.
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, KeyStoreError>;

    /// Keeps a secret over restarts.
    ///
    /// # Errors
    /// [`KeyStoreError`].
    fn write(&self, name: &str, secret: &[u8]) -> Result<(), KeyStoreError>;

    /// Forgets a secret; fine when there is none.
    ///
    /// # Errors
    /// [`KeyStoreError`].
    fn delete(&self, name: &str) -> Result<(), KeyStoreError>;
}

/// A key store that cannot be used now: absent, locked, or refusing.
#[derive(Debug, thiserror::Error)]
#[error("the key store cannot be used: {0}")]
pub struct KeyStoreError(pub String);

/// News that the way to the outside changed: a new Wi-Fi, back from sleep.
pub trait Network: Send + Sync {
    /// A counter that grows with each change.
    fn changes(&self) -> watch::Receiver<u64>;
}

/// The disk that the client's files lie on.
pub trait Disk: Send + Sync {
    /// Bytes that may still be written below a folder; none when the system does not tell.
    fn free_bytes(&self, folder: &Path) -> Option<u64>;
}

/// What a host supplies.
#[derive(Clone)]
pub struct Ports {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// The operating system's key store.
    pub key_store: Arc<dyn KeyStore>,
    /// News of the network.
    pub network: Arc<dyn Network>,
    /// Room on the disk.
    pub disk: Arc<dyn Disk>,
}

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

/// The operating system's random numbers.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, out: &mut [u8]) {
        getrandom::fill(out).expect("the operating system has random numbers");
    }
}

/// A network that never tells of a change; the courier then relies on its own probes.
pub struct SilentNetwork(watch::Sender<u64>);

impl Default for SilentNetwork {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Network for SilentNetwork {
    fn changes(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

/// The disk, as the operating system tells.
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn free_bytes(&self, folder: &Path) -> Option<u64> {
        fs4::available_space(folder).ok()
    }
}

impl Ports {
    /// The ports of a desktop computer.
    pub fn system() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            key_store: Arc::new(crate::os_key_store::OsKeyStore::default()),
            network: Arc::new(SilentNetwork::default()),
            disk: Arc::new(SystemDisk),
        }
    }
}
