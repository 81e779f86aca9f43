//! Who may read it: an envelope sealed to the bank, once, at capture.
//!
//! HPKE base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305: suite 1.
//! The bytes are the CBOR array `[version, suite, key id, device, schema, enc, ciphertext]`; all but
//! the ciphertext is bound to it as additional data, together with the envelope's id, so that an
//! envelope cannot be re-addressed. Sealing draws fresh randomness: never seal again on a retry,
//! or the digest changes and a replay looks like a conflict.
//!
//! An envelope that names parts (photos and files, sealed apart) has version 2: the array
//! `[2, suite, key id, device, schema, [digest, ...], enc, ciphertext]`, the list bound like the
//! rest. One without parts has version 1, so that the bytes of a content are of one version only.

use crate::{Digest, Entropy, KeyId, PublicKey, cbor, entropy::Drawn, entropy::random_bytes};
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
/// The version of the frame of an envelope that names no parts.
pub const FRAME_VERSION: u8 = 1;
/// The version of the frame of an envelope that names parts.
pub const FRAME_VERSION_WITH_PARTS: u8 = 2;
/// Bytes that sealing adds at most to a content, frame included, list of parts not.
pub const OVERHEAD_BYTES: usize = 256;
/// Most parts that an envelope names: 40. A case with both sides of two identity cards, a licence,
/// a lease, a dozen statements and photos of a shop comes to about 30. Source: docs/adr/0013.
pub const MAX_PARTS: usize = 40;

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
    /// More than [`MAX_PARTS`] parts, or one of them twice.
    #[error("the list of parts is too long or names one twice")]
    Parts,
}

#[derive(Serialize, Deserialize)]
struct Frame(u8, u8, KeyId, KeyId, u8, ByteBuf, ByteBuf);

#[derive(Serialize, Deserialize)]
struct FrameWithParts(u8, u8, KeyId, KeyId, u8, Vec<Digest>, ByteBuf, ByteBuf);

/// Whether an envelope may name these parts.
fn is_list_of_parts(parts: &[Digest]) -> bool {
    let once = |(at, digest): (usize, &Digest)| !parts[..at].contains(digest);
    parts.len() <= MAX_PARTS && parts.iter().enumerate().all(once)
}

/// An envelope whose outside has been read.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The bank's key it is sealed to.
    pub kid: KeyId,
    /// The device that says it sealed it.
    pub device: KeyId,
    /// What the content is.
    pub schema: u8,
    /// The parts it names, by the SHA-256 of their sealed bytes, in the order of the device. As
    /// claimed until the envelope was opened: then they are those it was sealed with.
    pub parts: Vec<Digest>,
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
    seal_with_parts(content, recipient, address, &[], entropy)
}

/// Seals `content` to `recipient` in an envelope that names `parts`, which were sealed before. With
/// none it is what [`seal`] makes.
///
/// # Errors
/// [`SealError::Recipient`], or [`SealError::Parts`] for a list that no bank would take.
pub fn seal_with_parts(
    content: &[u8],
    recipient: &PublicKey,
    address: &Address,
    parts: &[Digest],
    entropy: &(impl Entropy + ?Sized),
) -> Result<Vec<u8>, SealError> {
    if !is_list_of_parts(parts) {
        return Err(SealError::Parts);
    }
    let public = <Kem as hpke::Kem>::PublicKey::from_bytes(recipient.as_bytes())
        .map_err(|_| SealError::Recipient)?;
    let (enc, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, Kem>(
        &OpModeS::Base,
        &public,
        INFO,
        content,
        &additional_data(recipient.id(), address, parts),
        &mut Drawn(entropy),
    )
    .map_err(|_| SealError::Recipient)?;
    let (enc, ciphertext) = (ByteBuf::from(enc.to_bytes().to_vec()), ByteBuf::from(ciphertext));
    let (kid, Address { device, schema, .. }) = (recipient.id(), *address);
    Ok(if parts.is_empty() {
        cbor::encode(&Frame(FRAME_VERSION, SUITE, kid, device, schema, enc, ciphertext))
    } else {
        let version = FRAME_VERSION_WITH_PARTS;
        let parts = parts.to_vec();
        cbor::encode(&FrameWithParts(version, SUITE, kid, device, schema, parts, enc, ciphertext))
    })
}

impl Sealed {
    /// Reads the outside of an envelope.
    ///
    /// # Errors
    /// [`SealError::Shape`].
    pub fn parse(bytes: &[u8]) -> Result<Self, SealError> {
        let Ok(frame) = cbor::decode_canonical(bytes) else {
            return Self::parse_with_parts(bytes);
        };
        let Frame(version, suite, kid, device, schema, enc, ciphertext) = frame;
        if (version, suite) != (FRAME_VERSION, SUITE) {
            return Err(SealError::Shape);
        }
        let (enc, ciphertext) = (enc.into_vec(), ciphertext.into_vec());
        Ok(Self { kid, device, schema, parts: Vec::new(), enc, ciphertext })
    }

    fn parse_with_parts(bytes: &[u8]) -> Result<Self, SealError> {
        let FrameWithParts(version, suite, kid, device, schema, parts, enc, ciphertext) =
            cbor::decode_canonical(bytes).map_err(|_| SealError::Shape)?;
        let fits = (version, suite) == (FRAME_VERSION_WITH_PARTS, SUITE)
            && !parts.is_empty()
            && is_list_of_parts(&parts);
        if !fits {
            return Err(SealError::Shape);
        }
        let (enc, ciphertext) = (enc.into_vec(), ciphertext.into_vec());
        Ok(Self { kid, device, schema, parts, enc, ciphertext })
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
            &additional_data(kid, &address, &self.parts),
        )
        .map(Zeroizing::new)
        .map_err(|_| SealError::Broken)
    }
}

fn additional_data(kid: KeyId, address: &Address, parts: &[Digest]) -> Vec<u8> {
    let Address { envelope_id, device, schema } = address;
    let id = serde_bytes::Bytes::new(envelope_id);
    if parts.is_empty() {
        cbor::encode(&(FRAME_VERSION, SUITE, kid, id, device, schema))
    } else {
        cbor::encode(&(FRAME_VERSION_WITH_PARTS, SUITE, kid, id, device, schema, parts))
    }
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

    #[test]
    fn an_envelope_without_parts_keeps_the_bytes_of_version_1() {
        let key = SealingKey::from_seed([5; 32]);
        let bytes = sealed(&key);
        let digest = Digest::of(&bytes).to_hex();
        assert_eq!(digest, "ff5bfcb01436f3e1770baf17fc1b6ff3d10cfddce3e715d0d15506aee85a747b");
        assert_eq!(
            seal_with_parts(b"content", &key.public(), &address(), &[], &Counting),
            Ok(bytes)
        );
    }

    #[test]
    fn the_parts_an_envelope_names_are_read_outside_and_bound_to_it() {
        let key = SealingKey::from_seed([5; 32]);
        let parts = [Digest::of(b"a"), Digest::of(b"b")];
        let bytes =
            seal_with_parts(b"content", &key.public(), &address(), &parts, &Counting).unwrap();
        let envelope = Sealed::parse(&bytes).unwrap();
        assert_eq!(envelope.parts, parts);
        assert_eq!(envelope.open([3; 16], &key).unwrap().as_slice(), b"content");
        let swapped = Sealed { parts: vec![parts[1], parts[0]], ..envelope.clone() };
        let fewer = Sealed { parts: vec![parts[0]], ..envelope.clone() };
        let none = Sealed { parts: vec![], ..envelope };
        for changed in [swapped, fewer, none] {
            assert_eq!(changed.open([3; 16], &key).unwrap_err(), SealError::Broken);
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let opened = Sealed::parse(&flipped).and_then(|e| e.open([3; 16], &key));
            assert!(opened.is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_list_of_parts_is_short_and_names_each_once() {
        let key = SealingKey::from_seed([5; 32]).public();
        let digests = |count: usize| -> Vec<Digest> {
            (0..count).map(|n| Digest::of(&n.to_be_bytes())).collect()
        };
        let sealed = |parts: &[Digest]| seal_with_parts(b"", &key, &address(), parts, &Counting);
        assert!(sealed(&digests(MAX_PARTS)).is_ok());
        assert_eq!(sealed(&digests(MAX_PARTS + 1)), Err(SealError::Parts));
        let twice = [Digest::of(b"a"), Digest::of(b"a")];
        assert_eq!(sealed(&twice), Err(SealError::Parts));
        let frame = |version, parts: Vec<Digest>| {
            let (kid, device, rest) = (key.id(), address().device, ByteBuf::from(vec![0; 32]));
            let frame = FrameWithParts(version, SUITE, kid, device, 1, parts, rest.clone(), rest);
            Sealed::parse(&cbor::encode(&frame)).map(|envelope| envelope.parts.len())
        };
        assert_eq!(frame(2, digests(3)), Ok(3));
        assert_eq!(frame(2, vec![]), Err(SealError::Shape), "version 1 says that in one way");
        assert_eq!(frame(1, digests(3)), Err(SealError::Shape));
        assert_eq!(frame(2, twice.to_vec()), Err(SealError::Shape));
        assert_eq!(frame(2, digests(MAX_PARTS + 1)), Err(SealError::Shape));
    }
}
