//! The key of this device's store, and the ladder of places that can keep it.
//!
//! 1. the operating system's key store, if it passes a write, read, delete probe;
//! 2. a passphrase of the person (Argon2id);
//! 3. a credential handed over by the service manager, for kiosks and servers;
//! 4. memory only: usable, nothing kept, and the screen says so.
//!
//! Invariants: no silent step down (moving is an act of a person, except that memory, which keeps
//! nothing, may move up); a new key is never made because an existing one could not be read, since
//! that would orphan what was written with it. Losing the key is not losing a sent case: envelopes
//! in the outbox are sealed to the bank and need no key of ours.

use crate::{
    ports::{Entropy, KeyStore, Ports},
    store::{self, Row, Store, StoreError, VaultHeader},
};
use rusqlite::Transaction;
use seal::{
    SigningKey, cbor,
    passphrase::{self, PassphraseError},
    random_bytes,
    rows::{self, DataKey, RowPlace, Unreadable},
};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::{PoisonError, RwLock};
use wire::ipc::{KeyRung, KeyState};

const KEY_NAME: &str = "store-key";
const PROBE_NAME: &str = "probe";
const CHECK_TEXT: &[u8] = b"sanbu vault";
const CHECK_PLACE: RowPlace<'static> = RowPlace { table: "vault", id: b"check", version: 1 };
/// File name of a key in the service manager's credential folder.
const CREDENTIAL: &str = "sanbu-store-key";

type Seed = serde_bytes::ByteArray<32>;

/// Why the vault did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// It waits for the passphrase, or its key is gone.
    #[error("the vault is not open")]
    NotOpen,
    /// The passphrase was not accepted.
    #[error("passphrase: {0}")]
    Passphrase(#[from] PassphraseError),
    /// A row was written with a key that is gone.
    #[error("a row cannot be read")]
    Unreadable(#[from] Unreadable),
    /// A row's content has another shape.
    #[error("a row has another shape")]
    Shape(#[from] cbor::CborError),
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The vault. Encrypts and decrypts the rows of a [`Store`].
pub struct Vault {
    state: RwLock<(KeyRung, Held)>,
}

enum Held {
    Open(DataKey),
    Locked(Vec<u8>),
    Lost,
}

impl Vault {
    /// Opens the vault of a store, choosing the rung at first use. May wait for the operating
    /// system's unlock prompt; call it off the main thread.
    ///
    /// # Errors
    /// [`VaultError::Store`].
    pub fn open(store: &Store, ports: &Ports) -> Result<Self, VaultError> {
        let header = store.vault_header()?;
        let state = match header {
            None => first_use(store, ports)?,
            Some(header) => reopen(header, store, ports)?,
        };
        Ok(Self { state: RwLock::new(state) })
    }

    /// The rung in use and whether the vault is open.
    pub fn state(&self) -> (KeyRung, KeyState) {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let held = match state.1 {
            Held::Open(_) => KeyState::Open,
            Held::Locked(_) => KeyState::Locked,
            Held::Lost => KeyState::Lost,
        };
        (state.0, held)
    }

    /// Opens a locked vault. Takes about a second.
    ///
    /// # Errors
    /// [`VaultError::Passphrase`] when it is wrong; an open vault stays open.
    pub fn unlock(&self, phrase: &str) -> Result<(), VaultError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        match &state.1 {
            Held::Open(_) => Ok(()),
            Held::Lost => Err(VaultError::NotOpen),
            Held::Locked(wrapped) => {
                state.1 = Held::Open(passphrase::unwrap(wrapped, phrase)?);
                Ok(())
            }
        }
    }

    /// Puts the key behind a passphrase: the act of a person. What was written stays readable,
    /// except when the key was lost: then a new key begins, and the old rows stay as they are.
    ///
    /// # Errors
    /// [`VaultError::Passphrase`] when it is too short, [`VaultError::NotOpen`] while locked.
    pub fn set_passphrase(
        &self,
        phrase: &str,
        store: &Store,
        ports: &Ports,
    ) -> Result<(), VaultError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let key = match &state.1 {
            Held::Open(key) => key.clone(),
            Held::Locked(_) => return Err(VaultError::NotOpen),
            Held::Lost => DataKey::generate(&*ports.entropy),
        };
        let wrapped = passphrase::wrap(&key, phrase, &*ports.entropy)?;
        write_header(store, KeyRung::Passphrase, &key, Some(wrapped), &*ports.entropy)?;
        if state.0 == KeyRung::OsStore
            && let Err(e) = ports.key_store.delete(KEY_NAME)
        {
            tracing::warn!("the key store kept its copy of the key: {e}");
        }
        *state = (KeyRung::Passphrase, Held::Open(key));
        Ok(())
    }

    /// Encrypts a value as the next version of a row.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn put<T: Serialize>(
        &self,
        tx: &Transaction<'_>,
        kind: &str,
        id: &[u8],
        value: &T,
        at: Moment<'_>,
    ) -> Result<(), VaultError> {
        let version = store::row_version(tx, kind, id)? + 1;
        let body = self.encrypt(value, RowPlace { table: kind, id, version }, at.entropy)?;
        let row = Row { id: id.to_vec(), version, saved_at_ms: at.now_ms, body };
        Ok(store::put_row(tx, kind, &row)?)
    }

    /// Decrypts a row.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn read<T: DeserializeOwned>(&self, kind: &str, row: &Row) -> Result<T, VaultError> {
        self.decrypt(&row.body, RowPlace { table: kind, id: &row.id, version: row.version })
    }

    /// Encrypts a value for a place outside of the store.
    ///
    /// # Errors
    /// [`VaultError::NotOpen`].
    pub fn encrypt<T: Serialize>(
        &self,
        value: &T,
        place: RowPlace<'_>,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, VaultError> {
        Ok(rows::encrypt(&cbor::encode(value), place, &self.key()?, entropy))
    }

    /// Decrypts a value from a place outside of the store.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn decrypt<T: DeserializeOwned>(
        &self,
        bytes: &[u8],
        place: RowPlace<'_>,
    ) -> Result<T, VaultError> {
        Ok(cbor::decode(&rows::decrypt(bytes, place, &self.key()?)?)?)
    }

    /// The device's signing key; made at first use.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn device_key(&self, store: &Store, ports: &Ports) -> Result<SigningKey, VaultError> {
        const KIND: &str = "device";
        const ID: &[u8] = b"signing-key";
        let seed: Seed = match store.row(KIND, ID)? {
            Some(row) => match self.read(KIND, &row) {
                // Written with a key that is gone: this is a new device to the bank.
                Err(VaultError::Unreadable(_)) => self.new_device_key(store, ports, KIND, ID)?,
                read => read?,
            },
            None => self.new_device_key(store, ports, KIND, ID)?,
        };
        Ok(SigningKey::from_seed(seed.into_array()))
    }

    fn new_device_key(
        &self,
        store: &Store,
        ports: &Ports,
        kind: &str,
        id: &[u8],
    ) -> Result<Seed, VaultError> {
        let seed = Seed::new(random_bytes(&*ports.entropy));
        store.write("device_key", |tx| self.put(tx, kind, id, &seed, Moment::of(ports)))?;
        Ok(seed)
    }

    fn key(&self) -> Result<DataKey, VaultError> {
        match &self.state.read().unwrap_or_else(PoisonError::into_inner).1 {
            Held::Open(key) => Ok(key.clone()),
            Held::Locked(_) | Held::Lost => Err(VaultError::NotOpen),
        }
    }
}

/// When and with what randomness a row is written.
#[derive(Clone, Copy)]
pub struct Moment<'p> {
    /// Now, milliseconds since 1970.
    pub now_ms: u64,
    /// Randomness.
    pub entropy: &'p dyn Entropy,
}

impl<'p> Moment<'p> {
    /// Now, by the host's ports.
    pub fn of(ports: &'p Ports) -> Self {
        Self { now_ms: ports.clock.now().as_millis(), entropy: &*ports.entropy }
    }
}

fn first_use(store: &Store, ports: &Ports) -> Result<(KeyRung, Held), VaultError> {
    let (rung, key) = if let Some(key) = credential_key() {
        (KeyRung::Credential, key)
    } else {
        let key = DataKey::generate(&*ports.entropy);
        let kept = probe(&*ports.key_store, &*ports.entropy)
            && ports.key_store.write(KEY_NAME, key.as_bytes()).is_ok();
        (if kept { KeyRung::OsStore } else { KeyRung::Memory }, key)
    };
    write_header(store, rung, &key, None, &*ports.entropy)?;
    Ok((rung, Held::Open(key)))
}

fn reopen(
    header: VaultHeader,
    store: &Store,
    ports: &Ports,
) -> Result<(KeyRung, Held), VaultError> {
    let fits = |key: &DataKey| rows::decrypt(&header.key_check, CHECK_PLACE, key).is_ok();
    let held = |key: Option<DataKey>| key.filter(fits).map_or(Held::Lost, Held::Open);
    match (header.rung.as_str(), header.wrapped.clone()) {
        ("passphrase", Some(wrapped)) => Ok((KeyRung::Passphrase, Held::Locked(wrapped))),
        ("credential", _) => Ok((KeyRung::Credential, held(credential_key()))),
        ("os_store", _) => {
            let key = ports.key_store.read(KEY_NAME).ok().flatten().and_then(to_key);
            Ok((KeyRung::OsStore, held(key)))
        }
        // Memory kept nothing, so starting anew, perhaps a rung higher, loses nothing more.
        _ => first_use(store, ports),
    }
}

fn write_header(
    store: &Store,
    rung: KeyRung,
    key: &DataKey,
    wrapped: Option<Vec<u8>>,
    entropy: &dyn Entropy,
) -> Result<(), VaultError> {
    let rung = match rung {
        KeyRung::OsStore => "os_store",
        KeyRung::Passphrase => "passphrase",
        KeyRung::Credential => "credential",
        KeyRung::Memory => "memory",
    };
    let key_check = rows::encrypt(CHECK_TEXT, CHECK_PLACE, key, entropy);
    store.write("vault", |tx| {
        Ok(store::put_vault_header(tx, &VaultHeader { rung: rung.to_owned(), key_check, wrapped })?)
    })
}

/// Whether the key store keeps, returns and forgets a secret. `NoEntry` from a read alone would
/// not tell: a Secret Service without a collection says it too.
fn probe(key_store: &dyn KeyStore, entropy: &dyn Entropy) -> bool {
    let secret: [u8; 32] = random_bytes(entropy);
    key_store.write(PROBE_NAME, &secret).is_ok()
        && matches!(key_store.read(PROBE_NAME), Ok(Some(found)) if found == secret)
        && key_store.delete(PROBE_NAME).is_ok()
}

fn to_key(bytes: Vec<u8>) -> Option<DataKey> {
    Some(DataKey::from_bytes(bytes.try_into().ok()?))
}

/// The key that systemd's `LoadCredentialEncrypted=` hands over (rung 3): 32 bytes in a file that
/// only its owner can read.
fn credential_key() -> Option<DataKey> {
    let path = std::path::Path::new(&std::env::var_os("CREDENTIALS_DIRECTORY")?).join(CREDENTIAL);
    let metadata = std::fs::metadata(&path).ok()?;
    if !owner_only(&metadata) {
        tracing::error!("the credential {CREDENTIAL} can be read by others; it is not used");
        return None;
    }
    to_key(std::fs::read(path).ok()?)
}

#[cfg(unix)]
fn owner_only(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 == 0
}

#[cfg(not(unix))]
fn owner_only(_: &std::fs::Metadata) -> bool {
    false
}
