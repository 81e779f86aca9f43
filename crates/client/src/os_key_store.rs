//! The operating system's key store, through `keyring-core` and the store of each system: Secret
//! Service, Keychain, Credential Manager, Android Keystore.

use crate::ports::{KeyStore, KeyStoreError};
use keyring_core::{Entry, Error, api::CredentialStoreApi};
use std::{
    sync::{Arc, OnceLock, mpsc},
    time::Duration,
};

const SERVICE: &str = "cn.sanbu.app";

/// Longest wait for an answer: 20 s. On a desktop an unlock prompt blocks until it is answered;
/// after this the store counts as unusable and nothing is asked twice.
const PATIENCE: Duration = Duration::from_secs(20);

type Store = Arc<dyn CredentialStoreApi + Send + Sync>;

/// The operating system's key store. Opened at its first use, in a worker thread.
#[derive(Default)]
pub struct OsKeyStore {
    store: OnceLock<Result<Store, String>>,
}

impl OsKeyStore {
    fn with<T: Send + 'static>(
        &self,
        name: &str,
        act: impl FnOnce(Entry) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, KeyStoreError> {
        let store = self
            .store
            .get_or_init(|| {
                patiently(|| open_store().map_err(|e| e.to_string())).unwrap_or_else(Err)
            })
            .clone()
            .map_err(KeyStoreError)?;
        let name = name.to_owned();
        patiently(move || {
            store
                .build(SERVICE, &name, None)
                .and_then(act)
                .map_err(|e| KeyStoreError(e.to_string()))
        })
        .map_err(KeyStoreError)?
    }
}

impl KeyStore for OsKeyStore {
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, KeyStoreError> {
        self.with(name, |entry| match entry.get_secret() {
            Ok(secret) => Ok(Some(secret)),
            Err(Error::NoEntry) => Ok(None),
            Err(e) => Err(e),
        })
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), KeyStoreError> {
        let secret = secret.to_vec();
        self.with(name, move |entry| entry.set_secret(&secret))
    }

    fn delete(&self, name: &str) -> Result<(), KeyStoreError> {
        self.with(name, |entry| match entry.delete_credential() {
            Err(Error::NoEntry) => Ok(()),
            other => other,
        })
    }
}

/// Runs `act` in a thread of its own and waits for it with a limit.
fn patiently<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::Builder::new()
        .name("key-store".into())
        .spawn(move || {
            // The receiver is gone when the limit has passed; nobody wants the answer then.
            let _ = sender.send(act());
        })
        .map_err(|e| e.to_string())?;
    receiver.recv_timeout(PATIENCE).map_err(|_| "no answer in time".to_owned())
}

#[cfg(target_os = "linux")]
fn open_store() -> Result<Store, Error> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
fn open_store() -> Result<Store, Error> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(target_os = "ios")]
fn open_store() -> Result<Store, Error> {
    Ok(apple_native_keyring_store::protected::Store::new()?)
}

#[cfg(target_os = "windows")]
fn open_store() -> Result<Store, Error> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(target_os = "android")]
fn open_store() -> Result<Store, Error> {
    Ok(android_native_keyring_store::Store::new()?)
}
