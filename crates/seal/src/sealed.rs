//! Who may read it: an envelope sealed to the bank, once, at capture.
//!
//! HPKE base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305: suite 1.
//! The bytes are the CBOR array `[version, suite, key id, device, schema, enc, ciphertext]`; all but
//! the ciphertext is bound to it as additional data, together with the envelope's id, so that an
//! envelope cannot be re-addressed. Sealing draws fresh randomness: never seal again on a retry,
//! or the digest changes and a replay looks like a conflict.

use crate::{Entropy, KeyId, PublicKey, cbor, entropy::Drawn, entropy::random_bytes};
use hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305,
    kdf::HkdfSha256, kem::X25519HkdfSha256,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use zeroize::Zeroizing;

type Kem = X25519HkdfSha256;

/// The suite of this module: X25519, HKDF-SHA256, ChaCha20-Poly1305.
pub const SUITE: u8 = 1;
/// The version of the frame.
pub const FRAME_VERSION: u8 = 1;
/// Bytes that sealing adds at most to a content, frame included.
pub const OVERHEAD_BYTES: usize = 256;

const INFO: &[u8] = b"sanbu/envelope/1";

/// The bank's half of a sealing key; wiped from memory when dropped.
pub struct SealingKey {
    secret: Zeroizing<[u8; 32]>,
}

impl SealingKey {
    /// A fresh key.
    pub fn generate(entropy: &(impl Entropy + ?Sized)) -> Self {
        Self::from_seed(random_bytes(entropy))
    }

    /// The key derived from 32 bytes of keying material (RFC 9180, `DeriveKeyPair`).
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self { secret: Zeroizing::new(seed) }
    }

    /// The keying material, for a key store.
    pub fn seed(&self) -> &[u8; 32] {
        &self.secret
    }

    /// The public half: what envelopes are sealed to.
    pub fn public(&self) -> PublicKey {
        PublicKey::from_bytes(self.pair().1.to_bytes().into())
    }

    fn pair(&self) -> (<Kem as hpke::Kem>::PrivateKey, <Kem as hpke::Kem>::PublicKey) {
        Kem::derive_keypair(self.secret.as_slice())
    }
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sealing {:?}", self.public().id())
    }
}

/// What an envelope says on its outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The envelope's id, a UUID.
    pub envelope_id: [u8; 16],
    /// The sending device: the id of its key.
    pub device: KeyId,
    /// What the content is: see `wire::envelope`.
    pub schema: u8,
}

/// Why an envelope could not be made or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The bytes are not an envelope of a version and suite known here.
    #[error("not an envelope of a known version and suite")]
    Shape,
    /// The recipient's key is not a valid point.
    #[error("the recipient's key is not valid")]
    Recipient,
    /// Sealed to another key.
    #[error("sealed to another key")]
    OtherKey,
    /// The ciphertext does not belong to this key, id or outside.
    #[error("the seal does not hold")]
    Broken,
}

#[derive(Serialize, Deserialize)]
struct Frame(u8, u8, KeyId, KeyId, u8, ByteBuf, ByteBuf);

/// An envelope whose outside has been read.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The bank's key it is sealed to.
    pub kid: KeyId,
    /// The device that says it sealed it.
    pub device: KeyId,
    /// What the content is.
    pub schema: u8,
    enc: Vec<u8>,
    ciphertext: Vec<u8>,
}

/// Seals `content` to `recipient`.
///
/// # Errors
/// [`SealError::Recipient`] when the key is not a valid point.
pub fn seal(
    content: &[u8],
    recipient: &PublicKey,
    address: &Address,
    entropy: &(impl Entropy + ?Sized),
) -> Result<Vec<u8>, SealError> {
    let public = <Kem as hpke::Kem>::PublicKey::from_bytes(recipient.as_bytes())
        .map_err(|_| SealError::Recipient)?;
    let (enc, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Kem>(
        &OpModeS::Base,
        &public,
        INFO,
        content,
        &additional_data(recipient.id(), address),
        &mut Drawn(entropy),
    )
    .map_err(|_| SealError::Recipient)?;
    Ok(cbor::encode(&Frame(
        FRAME_VERSION,
        SUITE,
        recipient.id(),
        address.device,
        address.schema,
        ByteBuf::from(enc.to_bytes().to_vec()),
        ByteBuf::from(ciphertext),
    )))
}

impl Sealed {
    /// Reads the outside of an envelope.
    ///
    /// # Errors
    /// [`SealError::Shape`].
    pub fn parse(bytes: &[u8]) -> Result<Self, SealError> {
        let Frame(version, suite, kid, device, schema, enc, ciphertext) =
            cbor::decode_canonical(bytes).map_err(|_| SealError::Shape)?;
        if (version, suite) != (FRAME_VERSION, SUITE) {
            return Err(SealError::Shape);
        }
        Ok(Self { kid, device, schema, enc: enc.into_vec(), ciphertext: ciphertext.into_vec() })
    }

    /// Opens the envelope that was delivered under `envelope_id`.
    ///
    /// # Errors
    /// [`SealError::OtherKey`] or [`SealError::Broken`].
    pub fn open(
        &self,
        envelope_id: [u8; 16],
        key: &SealingKey,
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (secret, public) = key.pair();
        let kid = PublicKey::from_bytes(public.to_bytes().into()).id();
        if kid != self.kid {
            return Err(SealError::OtherKey);
        }
        let enc = <Kem as hpke::Kem>::EncappedKey::from_bytes(&self.enc)
            .map_err(|_| SealError::Broken)?;
        let address = Address { envelope_id, device: self.device, schema: self.schema };
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, Kem>(
            &OpModeR::Base,
            &secret,
            &enc,
            INFO,
            &self.ciphertext,
            &additional_data(kid, &address),
        )
        .map(Zeroizing::new)
        .map_err(|_| SealError::Broken)
    }
}

fn additional_data(kid: KeyId, address: &Address) -> Vec<u8> {
    cbor::encode(&(
        FRAME_VERSION,
        SUITE,
        kid,
        serde_bytes::Bytes::new(&address.envelope_id),
        address.device,
        address.schema,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;
    impl Entropy for Counting {
        fn fill(&self, out: &mut [u8]) {
            for (at, byte) in out.iter_mut().enumerate() {
                *byte = at as u8;
            }
        }
    }

    fn address() -> Address {
        Address { envelope_id: [3; 16], device: KeyId::of(&[4; 32]), schema: 1 }
    }

    fn sealed(key: &SealingKey) -> Vec<u8> {
        seal(b"content", &key.public(), &address(), &Counting).unwrap()
    }

    #[test]
    fn the_bank_opens_what_was_sealed_to_it() {
        let key = SealingKey::from_seed([5; 32]);
        let envelope = Sealed::parse(&sealed(&key)).unwrap();
        assert_eq!(envelope.open([3; 16], &key).unwrap().as_slice(), b"content");
    }

    #[test]
    fn an_envelope_cannot_be_delivered_under_another_id() {
        let key = SealingKey::from_seed([5; 32]);
        let envelope = Sealed::parse(&sealed(&key)).unwrap();
        assert_eq!(envelope.open([9; 16], &key).unwrap_err(), SealError::Broken);
    }

    #[test]
    fn another_key_does_not_open_it() {
        let envelope = Sealed::parse(&sealed(&SealingKey::from_seed([5; 32]))).unwrap();
        let other = SealingKey::from_seed([6; 32]);
        assert_eq!(envelope.open([3; 16], &other).unwrap_err(), SealError::OtherKey);
    }

    #[test]
    fn every_bit_flip_is_refused() {
        let key = SealingKey::from_seed([5; 32]);
        let bytes = sealed(&key);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let opened = Sealed::parse(&flipped).and_then(|e| e.open([3; 16], &key));
            assert!(opened.is_err(), "bit {bit}");
        }
    }

    #[test]
    fn the_frame_adds_less_than_promised() {
        let key = SealingKey::from_seed([5; 32]);
        assert!(sealed(&key).len() - b"content".len() <= OVERHEAD_BYTES);
    }
}
