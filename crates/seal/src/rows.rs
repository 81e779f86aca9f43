//! At rest: one row of a table, encrypted with XChaCha20-Poly1305.
//!
//! The additional data is the table, the row's id and its version, so that a row cannot be moved
//! to another place or rolled back to an older version without it showing.

use crate::{Entropy, cbor, entropy::random_bytes};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use zeroize::Zeroizing;

/// The key of a store on this device, 32 bytes; wiped from memory when dropped.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// A fresh key.
    pub fn generate(entropy: &(impl Entropy + ?Sized)) -> Self {
        Self::from_bytes(random_bytes(entropy))
    }

    /// A key from a key store.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Its bytes, for a key store.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("data key")
    }
}

/// Where a row stands; bound to its ciphertext.
#[derive(Clone, Copy, Debug)]
pub struct RowPlace<'p> {
    /// The table.
    pub table: &'p str,
    /// The row's id.
    pub id: &'p [u8],
    /// The row's version; grows with each write.
    pub version: u64,
}

/// The row was written with another key, at another place, or changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the row cannot be read with this key")]
pub struct Unreadable;

/// Encrypts a row: 24 random bytes, then the ciphertext with its 16-byte tag.
pub fn encrypt(
    row: &[u8],
    place: RowPlace<'_>,
    key: &DataKey,
    entropy: &(impl Entropy + ?Sized),
) -> Vec<u8> {
    let nonce: [u8; 24] = random_bytes(entropy);
    let aad = additional_data(place);
    let ciphertext = cipher(key)
        .encrypt(&XNonce::from(nonce), Payload { msg: row, aad: &aad })
        .expect("a row is far below the cipher's limit of 256 GiB");
    [nonce.as_slice(), &ciphertext].concat()
}

/// Decrypts a row.
///
/// # Errors
/// [`Unreadable`].
pub fn decrypt(
    bytes: &[u8],
    place: RowPlace<'_>,
    key: &DataKey,
) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
    let (nonce, ciphertext) = bytes.split_first_chunk::<24>().ok_or(Unreadable)?;
    let aad = additional_data(place);
    cipher(key)
        .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &aad })
        .map(Zeroizing::new)
        .map_err(|_| Unreadable)
}

fn cipher(key: &DataKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.as_bytes().into())
}

fn additional_data(place: RowPlace<'_>) -> Vec<u8> {
    cbor::encode(&(place.table, serde_bytes::Bytes::new(place.id), place.version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Zero;

    #[test]
    fn a_row_is_readable_only_where_it_was_written_and_unchanged() {
        let key = DataKey::from_bytes([1; 32]);
        let place = RowPlace { table: "draft", id: b"1", version: 2 };
        let row = encrypt(b"secret", place, &key, &Zero);
        assert_eq!(decrypt(&row, place, &key).unwrap().as_slice(), b"secret");
        for moved in [
            RowPlace { table: "other", ..place },
            RowPlace { id: b"2", ..place },
            RowPlace { version: 1, ..place },
        ] {
            assert_eq!(decrypt(&row, moved, &key), Err(Unreadable));
        }
        for at in 0..row.len() {
            let mut changed = row.clone();
            changed[at] ^= 1;
            assert_eq!(decrypt(&changed, place, &key), Err(Unreadable));
        }
        assert_eq!(decrypt(b"", place, &key), Err(Unreadable));
        assert_eq!(decrypt(&row, place, &DataKey::from_bytes([2; 32])), Err(Unreadable));
    }
}
