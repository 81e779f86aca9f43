//! The one encoding of everything that is signed: CBOR (RFC 8949).
//!
//! Encoding is deterministic because the shapes are: fields in a fixed order, no floats, no hash
//! maps, shortest integers. Decoding refuses bytes behind the item.

use serde::{Serialize, de::DeserializeOwned};

/// Bytes that are not the CBOR item that was expected.
#[derive(Debug, thiserror::Error)]
#[error("not the expected CBOR: {0}")]
pub struct CborError(String);

/// Encodes a value.
///
/// # Panics
/// Only for a type whose `Serialize` fails by itself, which none of ours does.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out).expect("writing to memory cannot fail");
    out
}

/// Decodes a value that fills `bytes` to the last one.
///
/// Nesting is limited to 16 levels, so that hostile bytes cannot exhaust the stack.
///
/// # Errors
/// [`CborError`] for any other shape, a missing or unknown field, or bytes left over.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CborError> {
    let mut rest = bytes;
    let value = ciborium::de::from_reader_with_recursion_limit(&mut rest, 16)
        .map_err(|e| CborError(e.to_string()))?;
    if rest.is_empty() { Ok(value) } else { Err(CborError("bytes left over".into())) }
}

/// Decodes a value and refuses any encoding but the one that [`encode`] writes, so that one object
/// has one digest.
///
/// # Errors
/// [`CborError`].
pub fn decode_canonical<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, CborError> {
    let value = decode(bytes)?;
    if encode(&value) == bytes { Ok(value) } else { Err(CborError("not canonical".into())) }
}
