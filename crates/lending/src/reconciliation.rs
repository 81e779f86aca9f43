//! Reconciliation: what a restored bank still has of the envelopes that it acknowledged.
//!
//! A bank that was restored from a backup has another `server_epoch` and may have lost what came
//! after the backup. Each device then lists what it delivered, and the bank signs which of those
//! it does not have; the device sends them again, same id, same bytes. Source: docs/adr/0014.

use seal::{
    Digest, KeyDirectory, KeyUse, Namespace, SigningKey, Timestamp,
    cbor::{self, CborError},
    sign::Unverified,
};
use serde_indexed::{DeserializeIndexed, SerializeIndexed};
use std::collections::BTreeSet;

/// Most envelopes in one list: 1,000. 54 kB up and at most 17 kB back, which a link of 20 kB/s
/// carries in 4 s; a device with more asks again with the rest.
pub const MAX_LISTED: usize = 1_000;

/// Longest encoded list: an entry takes 54 bytes, what is around them 5.
pub const MAX_REQUEST_BYTES: usize = MAX_LISTED * 54 + 5;

/// An envelope that the bank acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Listed {
    /// The envelope's id, a UUID.
    #[serde(with = "serde_bytes")]
    pub id: [u8; 16],
    /// SHA-256 of its sealed bytes.
    #[serde(with = "serde_bytes")]
    pub digest: [u8; 32],
}

/// What a device has delivered and asks about.
#[derive(Clone, Debug, Default, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct ReconciliationRequest {
    /// At most [`MAX_LISTED`], each id once; may be empty.
    pub delivered: Vec<Listed>,
}

/// Bytes that are not a list within its bounds.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Another shape, or not its one encoding.
    #[error(transparent)]
    Shape(#[from] CborError),
    /// More than [`MAX_LISTED`].
    #[error("more than {MAX_LISTED} envelopes")]
    TooMany,
    /// An id stands twice.
    #[error("an id stands twice")]
    Twice,
}

impl ReconciliationRequest {
    /// Its one encoding.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads a list.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(RequestError::TooMany);
        }
        let request: Self = cbor::decode_canonical(bytes)?;
        if request.delivered.len() > MAX_LISTED {
            return Err(RequestError::TooMany);
        }
        let ids: BTreeSet<_> = request.delivered.iter().map(|listed| listed.id).collect();
        if ids.len() == request.delivered.len() { Ok(request) } else { Err(RequestError::Twice) }
    }
}

/// The bank's signed answer: which of the listed envelopes it does not have.
///
/// An envelope that it has under another digest, or of another device, counts as missing: sent
/// again, it gets its conflict.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Reconciliation {
    /// SHA-256 of the request's body that this answers.
    pub request: Digest,
    /// The bank's own time.
    pub at: Timestamp,
    /// As in [`crate::acknowledgement::Acknowledgement`]. An answer from before the restore has
    /// another one: the caller holds it against the epoch that it reconciles with.
    pub server_epoch: u64,
    /// The ids of those that are missing, in the order of the list.
    #[serde(with = "ids")]
    pub missing: Vec<[u8; 16]>,
}

/// Why an answer is not the bank's answer to this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReconciliationError {
    /// Not signed by a key of the bank for acknowledgements.
    #[error("not the bank's signature")]
    Forged,
    /// For another list, or about envelopes that it does not name.
    #[error("for another list")]
    OtherRequest,
}

impl Reconciliation {
    /// Signs the answer.
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        seal::sign::sign(Namespace::Reconciliation, &cbor::encode(self), key)
    }

    /// Verifies that `signed` is the bank's answer to exactly `request`, which lists `listed`.
    ///
    /// # Errors
    /// [`ReconciliationError`].
    pub fn verify(
        signed: &[u8],
        request: &[u8],
        listed: &[([u8; 16], Digest)],
        directory: &KeyDirectory,
    ) -> Result<Self, ReconciliationError> {
        let forged = ReconciliationError::Forged;
        let unverified = Unverified::parse(signed).map_err(|_| forged)?;
        let claimed: Self = cbor::decode(unverified.claimed_payload()).map_err(|_| forged)?;
        let key = directory
            .key(unverified.kid(), KeyUse::Acknowledgement, claimed.at)
            .map_err(|_| forged)?;
        unverified.verify(Namespace::Reconciliation, key).map_err(|_| forged)?;
        let mut listed = listed.iter();
        // In the order of the list, so each was listed and none stands twice.
        let fits = claimed.request == Digest::of(request)
            && claimed.missing.iter().all(|missing| listed.any(|(id, _)| id == missing));
        if fits { Ok(claimed) } else { Err(ReconciliationError::OtherRequest) }
    }
}

/// Ids as byte strings; by itself serde writes an array of numbers.
mod ids {
    use serde::{Deserialize, Deserializer, Serializer};
    use serde_bytes::ByteArray;

    pub(super) fn serialize<S: Serializer>(ids: &[[u8; 16]], s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(ids.iter().map(|id| ByteArray::new(*id)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<[u8; 16]>, D::Error> {
        let ids = Vec::<ByteArray<16>>::deserialize(d)?;
        Ok(ids.into_iter().map(ByteArray::into_array).collect())
    }
}

#[cfg(test)]
#[path = "reconciliation_tests.rs"]
mod tests;
