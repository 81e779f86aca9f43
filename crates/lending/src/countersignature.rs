//! The bank's countersignature under a consent record, with its own time, and the log that holds
//! every such countersignature (存证): an append-only tree whose signed head nobody can take back.

use crate::acknowledgement::AckError;
use seal::{
    Digest, KeyDirectory, KeyUse, Namespace, SigningKey, Timestamp, cbor, sign::Unverified, tree,
};
use serde::de::DeserializeOwned;
use serde_indexed::{DeserializeIndexed, SerializeIndexed};

/// What the bank signs under a record: that it had exactly these bytes at this time.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Countersignature {
    /// SHA-256 of the signed record.
    pub record: Digest,
    /// The bank's own time.
    pub received_at: Timestamp,
    /// As in [`Acknowledgement`](crate::acknowledgement::Acknowledgement).
    pub server_epoch: u64,
}

/// What the bank signs over its log: so many entries, this root. Two heads of one epoch that do not
/// extend one another prove that the bank changed or dropped an entry.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct LogHead {
    /// How many countersignatures.
    pub size: u64,
    /// The root of their tree (RFC 9162, section 2.1).
    pub root: Digest,
    /// The bank's own time.
    pub at: Timestamp,
    /// As in [`Countersignature`].
    pub server_epoch: u64,
}

impl Countersignature {
    /// Signs the countersignature.
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        seal::sign::sign(Namespace::Countersignature, &cbor::encode(self), key)
    }

    /// Verifies that `signed` is the bank's countersignature of exactly this record.
    ///
    /// # Errors
    /// [`AckError`].
    pub fn verify(
        signed: &[u8],
        record: Digest,
        directory: &KeyDirectory,
    ) -> Result<Self, AckError> {
        let found: Self =
            verify(Namespace::Countersignature, signed, directory, |signed: &Self| {
                signed.received_at
            })?;
        if found.record == record { Ok(found) } else { Err(AckError::OtherEnvelope) }
    }
}

impl LogHead {
    /// Signs the head.
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        seal::sign::sign(Namespace::LogHead, &cbor::encode(self), key)
    }

    /// Verifies that `signed` is a head of the bank's log.
    ///
    /// # Errors
    /// [`AckError::Forged`].
    pub fn verify(signed: &[u8], directory: &KeyDirectory) -> Result<Self, AckError> {
        verify(Namespace::LogHead, signed, directory, |head: &Self| head.at)
    }

    /// Whether a signed countersignature is entry `index` of the log.
    pub fn includes(&self, countersignature: &[u8], index: u64, path: &[Digest]) -> bool {
        tree::includes(tree::leaf(countersignature), index, self.size, path, self.root)
    }
}

/// Reads what a key of the bank signed that could sign then.
pub(crate) fn verify<T: DeserializeOwned>(
    namespace: Namespace,
    signed: &[u8],
    directory: &KeyDirectory,
    at: impl FnOnce(&T) -> Timestamp,
) -> Result<T, AckError> {
    let unverified = Unverified::parse(signed).map_err(|_| AckError::Forged)?;
    let claimed: T = cbor::decode(unverified.claimed_payload()).map_err(|_| AckError::Forged)?;
    let key = directory
        .key(unverified.kid(), KeyUse::Acknowledgement, at(&claimed))
        .map_err(|_| AckError::Forged)?;
    unverified.verify(namespace, key).map_err(|_| AckError::Forged)?;
    Ok(claimed)
}
