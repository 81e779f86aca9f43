//! A data key behind a passphrase: Argon2id (RFC 9106) over XChaCha20-Poly1305.
//!
//! Used where the operating system has no key store. The wrapped key carries its parameters; they
//! are bounded *before* any work is done, so that a doctored file can neither weaken the
//! derivation nor eat the memory.

use crate::{
    Entropy, cbor,
    entropy::random_bytes,
    rows::{self, DataKey, RowPlace},
};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use zeroize::Zeroizing;

/// Memory for one derivation: 64 MiB. Source: RFC 9106 section 4, second recommended option.
const MEMORY_KIB: u32 = 64 * 1024;
/// Passes over the memory. Source: as above.
const PASSES: u32 = 3;
/// Lanes: one, since a cheap phone has no spare cores to give.
const LANES: u32 = 1;

/// Shortest passphrase accepted: 8 characters (NIST SP 800-63B, section 5.1.1.2).
pub const MIN_CHARACTERS: usize = 8;

/// Why a wrapped key was not made or not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    /// Shorter than [`MIN_CHARACTERS`].
    #[error("the passphrase is too short")]
    TooShort,
    /// The passphrase is not the one, or the file was changed.
    #[error("the passphrase is wrong")]
    Wrong,
    /// The file is not a wrapped key, or its parameters are outside the bounds.
    #[error("not a wrapped key")]
    Shape,
}

#[derive(Serialize, Deserialize)]
struct Wrapped {
    version: u8,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: ByteBuf,
    key: ByteBuf,
}

/// Wraps `key` with a passphrase. Takes about a second and 64 MiB: call it off the main thread.
///
/// # Errors
/// [`PassphraseError::TooShort`].
pub fn wrap(
    key: &DataKey,
    passphrase: &str,
    entropy: &(impl Entropy + ?Sized),
) -> Result<Vec<u8>, PassphraseError> {
    if passphrase.chars().count() < MIN_CHARACTERS {
        return Err(PassphraseError::TooShort);
    }
    wrap_with(key, passphrase, entropy)
}

/// [`wrap`] with a secret of any length.
pub(crate) fn wrap_with(
    key: &DataKey,
    passphrase: &str,
    entropy: &(impl Entropy + ?Sized),
) -> Result<Vec<u8>, PassphraseError> {
    let salt: [u8; 16] = random_bytes(entropy);
    let unlocker = derive(passphrase, &salt, MEMORY_KIB, PASSES, LANES)?;
    let place = RowPlace { table: "vault", id: &salt, version: 1 };
    Ok(cbor::encode(&Wrapped {
        version: 1,
        memory_kib: MEMORY_KIB,
        passes: PASSES,
        lanes: LANES,
        salt: ByteBuf::from(salt.to_vec()),
        key: ByteBuf::from(rows::encrypt(key.as_bytes(), place, &unlocker, entropy)),
    }))
}

/// Opens a wrapped key.
///
/// # Errors
/// [`PassphraseError::Wrong`] or [`PassphraseError::Shape`].
pub fn unwrap(bytes: &[u8], passphrase: &str) -> Result<DataKey, PassphraseError> {
    let wrapped: Wrapped = cbor::decode(bytes).map_err(|_| PassphraseError::Shape)?;
    if wrapped.version != 1
        || wrapped.memory_kib != MEMORY_KIB
        || wrapped.passes != PASSES
        || wrapped.lanes != LANES
        || wrapped.salt.len() != 16
    {
        return Err(PassphraseError::Shape);
    }
    let unlocker =
        derive(passphrase, &wrapped.salt, wrapped.memory_kib, wrapped.passes, wrapped.lanes)?;
    let place = RowPlace { table: "vault", id: &wrapped.salt, version: 1 };
    let key = rows::decrypt(&wrapped.key, place, &unlocker).map_err(|_| PassphraseError::Wrong)?;
    let bytes: [u8; 32] = key.as_slice().try_into().map_err(|_| PassphraseError::Shape)?;
    Ok(DataKey::from_bytes(bytes))
}

fn derive(
    passphrase: &str,
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
    lanes: u32,
) -> Result<DataKey, PassphraseError> {
    let params =
        Params::new(memory_kib, passes, lanes, Some(32)).map_err(|_| PassphraseError::Shape)?;
    let mut out = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, out.as_mut_slice())
        .map_err(|_| PassphraseError::Shape)?;
    Ok(DataKey::from_bytes(*out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Zero;

    #[test]
    fn only_the_right_passphrase_opens_the_key() {
        let key = DataKey::from_bytes([1; 32]);
        let wrapped = wrap(&key, "long enough", &Zero).unwrap();
        assert_eq!(unwrap(&wrapped, "long enough").unwrap().as_bytes(), key.as_bytes());
        assert_eq!(unwrap(&wrapped, "long enoug").unwrap_err(), PassphraseError::Wrong);
        assert_eq!(wrap(&key, "seven77", &Zero).unwrap_err(), PassphraseError::TooShort);
    }

    #[test]
    fn a_file_with_other_parameters_is_refused_before_any_work() {
        let wrapped = Wrapped {
            version: 1,
            memory_kib: u32::MAX,
            passes: PASSES,
            lanes: LANES,
            salt: ByteBuf::from(vec![0; 16]),
            key: ByteBuf::from(vec![0; 72]),
        };
        assert_eq!(
            unwrap(&cbor::encode(&wrapped), "long enough").unwrap_err(),
            PassphraseError::Shape
        );
        assert_eq!(unwrap(b"junk", "long enough").unwrap_err(), PassphraseError::Shape);
    }
}
