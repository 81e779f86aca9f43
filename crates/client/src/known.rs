//! What this device knows of its bank: the key directory and the catalogue, both verified.

use crate::store::{Store, StoreError};
use lending::catalogue::{Catalogue, CatalogueError};
use seal::{KeyDirectory, PublicKey, cbor, sign::SignatureError};
use wire::bank::CatalogueBundle;

const BUNDLE: &str = "catalogue-bundle";

/// The bank's public words, verified under the pinned root key.
#[derive(Debug)]
pub struct Known {
    /// Whom to believe.
    pub directory: KeyDirectory,
    /// Branches, officers, products and notices.
    pub catalogue: Catalogue,
}

/// Why a bundle was not believed.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Not a bundle at all.
    #[error("not a catalogue bundle")]
    Shape(#[from] cbor::CborError),
    /// The directory is not signed by the pinned root.
    #[error("the key directory is not the bank's")]
    Directory(#[source] SignatureError),
    /// Of another bank than the pinned one.
    #[error("the key directory is of another bank")]
    OtherBank,
    /// Older than what this device has: a replay.
    #[error("the bundle is older than the one on this device")]
    Older,
    /// The catalogue is not signed by the bank, or breaks a rule.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The file.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Known {
    /// Reads a bundle.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn verify(bytes: &[u8], bank: &str, root: &PublicKey) -> Result<Self, BundleError> {
        let bundle: CatalogueBundle = cbor::decode(bytes)?;
        let directory =
            KeyDirectory::verify(&bundle.directory, root).map_err(BundleError::Directory)?;
        if directory.bank != bank {
            return Err(BundleError::OtherBank);
        }
        let catalogue = Catalogue::verify(&bundle.catalogue, &directory)?;
        Ok(Self { directory, catalogue })
    }

    /// Reads the bundle kept on this device; one that is no longer believed counts as none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn load(store: &Store, bank: &str, root: &PublicKey) -> Result<Option<Self>, StoreError> {
        let Some(bytes) = store.public_value(BUNDLE)? else { return Ok(None) };
        match Self::verify(&bytes, bank, root) {
            Ok(known) => Ok(Some(known)),
            Err(e) => {
                tracing::warn!("the catalogue on this device is not used: {e}");
                Ok(None)
            }
        }
    }

    /// Verifies a fetched bundle, refuses an older one, and keeps it.
    ///
    /// # Errors
    /// [`BundleError`]; what this device has stays.
    pub fn accept(
        bytes: &[u8],
        before: Option<&Self>,
        store: &Store,
        bank: &str,
        root: &PublicKey,
    ) -> Result<Self, BundleError> {
        let fetched = Self::verify(bytes, bank, root)?;
        let older = before.is_some_and(|before| {
            fetched.directory.version < before.directory.version
                || fetched.catalogue.version < before.catalogue.version
        });
        if older {
            return Err(BundleError::Older);
        }
        store.set_public_value(BUNDLE, bytes)?;
        Ok(fetched)
    }
}
