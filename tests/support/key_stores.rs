//! Key stores for tests. They keep a key in clear: never for a person's device.

use client::ports::{KeyStore, KeyStoreError};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

/// Keeps secrets in memory; clones share it, so that it outlives a client.
#[derive(Clone, Default)]
pub struct MemoryKeyStore(Arc<Mutex<HashMap<String, Vec<u8>>>>);

impl KeyStore for MemoryKeyStore {
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, KeyStoreError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), KeyStoreError> {
        let mut secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        secrets.insert(name.to_owned(), secret.to_vec());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), KeyStoreError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }
}

/// A key store that can never be used, as on a machine without a session bus.
pub struct NoKeyStore;

impl KeyStore for NoKeyStore {
    fn read(&self, _: &str) -> Result<Option<Vec<u8>>, KeyStoreError> {
        Err(KeyStoreError("none here".into()))
    }

    fn write(&self, _: &str, _: &[u8]) -> Result<(), KeyStoreError> {
        Err(KeyStoreError("none here".into()))
    }

    fn delete(&self, _: &str) -> Result<(), KeyStoreError> {
        Err(KeyStoreError("none here".into()))
    }
}

/// Keeps secrets as files in a folder, so that a test can restart a process.
pub struct FolderKeyStore {
    folder: PathBuf,
}

impl FolderKeyStore {
    /// A store in `folder`, made at the first write.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }
}

impl KeyStore for FolderKeyStore {
    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, KeyStoreError> {
        match std::fs::read(self.folder.join(name)) {
            Ok(secret) => Ok(Some(secret)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(KeyStoreError(e.to_string())),
        }
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), KeyStoreError> {
        std::fs::create_dir_all(&self.folder)
            .and_then(|()| std::fs::write(self.folder.join(name), secret))
            .map_err(|e| KeyStoreError(e.to_string()))
    }

    fn delete(&self, name: &str) -> Result<(), KeyStoreError> {
        match std::fs::remove_file(self.folder.join(name)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(KeyStoreError(e.to_string())),
            _ => Ok(()),
        }
    }
}
