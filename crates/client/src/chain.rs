//! The chain of this device's consent records: each names the digest of the one before it.

use crate::{
    core::Core,
    store::{self, StoreError},
};
use lending::consent::Link;
use seal::{Digest, SigningKey, cbor};
use serde::{Deserialize, Serialize};

/// The end of the device's chain of records.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ChainHead {
    pub last: Option<Digest>,
    pub count: u64,
}

impl ChainHead {
    /// The next link.
    pub fn next(self, record_id: [u8; 16]) -> Link {
        Link { record_id, prev: self.last, device_seq: self.count + 1 }
    }

    /// The head after `signed` was added.
    pub fn after(self, signed: &[u8]) -> Self {
        Self { last: Some(Digest::of(signed)), count: self.count + 1 }
    }
}

impl Core {
    pub fn chain_head(&self, device: &SigningKey) -> Result<ChainHead, StoreError> {
        let bytes = self.store.public_value(&chain_name(device))?;
        Ok(bytes.and_then(|bytes| cbor::decode(&bytes).ok()).unwrap_or_default())
    }

    pub fn put_chain_head(
        &self,
        tx: &rusqlite::Transaction<'_>,
        device: &SigningKey,
        head: ChainHead,
    ) -> Result<(), StoreError> {
        store::put_public_value(tx, &chain_name(device), &cbor::encode(&head))
    }
}

fn chain_name(device: &SigningKey) -> String {
    format!("chain/{}", device.id().to_hex())
}
