//! Keys, and whom to believe: the bank's key directory under a pinned root.

use crate::{
    Digest, Entropy, Namespace, Timestamp, cbor, entropy::random_bytes, sign, sign::SignatureError,
};
use data_encoding::HEXLOWER;
use ed25519_dalek::Signer;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Names a key: the first 8 bytes of the SHA-256 of its public half.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(#[serde(with = "serde_bytes")] [u8; 8]);

impl KeyId {
    /// The id of a public key.
    pub fn of(public: &[u8; 32]) -> Self {
        let mut id = [0; 8];
        id.copy_from_slice(&Digest::of(public).as_bytes()[..8]);
        Self(id)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }

    /// Its 16 hex digits.
    pub fn to_hex(self) -> String {
        HEXLOWER.encode(&self.0)
    }
}

impl TryFrom<&[u8]> for KeyId {
    type Error = std::array::TryFromSliceError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        bytes.try_into().map(Self)
    }
}

impl std::fmt::Debug for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "key:{}", self.to_hex())
    }
}

/// The public half of an Ed25519 or X25519 key, 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicKey(#[serde(with = "serde_bytes")] [u8; 32]);

impl PublicKey {
    /// A key read from a signed directory or a pinned file. Points of small order are refused
    /// when something is verified, not here.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A key from 64 hex digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok().map(Self)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Its 64 hex digits.
    pub fn to_hex(self) -> String {
        HEXLOWER.encode(&self.0)
    }

    /// Its id.
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.0)
    }

    /// Checks a bare Ed25519 signature strictly (no small-order points, canonical scalars).
    ///
    /// # Errors
    /// `()` when it does not hold. For COSE objects use [`sign::verify`].
    #[expect(clippy::result_unit_err, reason = "there is nothing to tell beyond no")]
    pub fn verify_raw(&self, message: &[u8], signature: &[u8]) -> Result<(), ()> {
        let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| ())?;
        ed25519_dalek::VerifyingKey::from_bytes(&self.0)
            .and_then(|key| key.verify_strict(message, &signature))
            .map_err(|_| ())
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "public {:?}", self.id())
    }
}

/// An Ed25519 signing key; wiped from memory when dropped. Holds its public half too: making that
/// costs as much as a signature.
pub struct SigningKey(ed25519_dalek::SigningKey);

impl SigningKey {
    /// A fresh key.
    pub fn generate(entropy: &(impl Entropy + ?Sized)) -> Self {
        Self::from_seed(random_bytes(entropy))
    }

    /// The key of a 32-byte seed (RFC 8032 private key).
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(&Zeroizing::new(seed)))
    }

    /// The seed, for a key store.
    pub fn seed(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// The id of the public half.
    pub fn id(&self) -> KeyId {
        self.public().id()
    }

    /// A bare Ed25519 signature. For COSE objects use [`sign::sign`].
    pub fn sign_raw(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "signing {:?}", self.id())
    }
}

/// What a key may be used for. A key has exactly one use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyUse {
    /// Signs branch tickets.
    Ticket,
    /// Signs the catalogue.
    Catalogue,
    /// Signs acknowledgements and answers to probes.
    Acknowledgement,
    /// Envelopes are sealed to it.
    Sealing,
    /// The bank's servers may show it over TLS. Not a key of ours: `public` holds the SHA-256 of
    /// its SubjectPublicKeyInfo (RFC 7469), whatever its kind.
    Tls,
}

/// One key of the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryKey {
    /// Its public half.
    pub public: PublicKey,
    /// Its one use.
    #[serde(rename = "use")]
    pub key_use: KeyUse,
    /// Branches that the key may speak for; empty for the whole bank.
    pub branches: Vec<String>,
    /// Suite id, so that another algorithm can follow; 1 = Ed25519 / X25519-HKDF-SHA256-ChaCha20.
    pub suite: u8,
    /// First moment it may be used.
    pub not_before: Timestamp,
    /// First moment it may no longer be used.
    pub not_after: Timestamp,
    /// Set when the bank withdrew it, whatever the window says.
    pub revoked_at: Option<Timestamp>,
}

/// Why a key of the directory cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The directory does not know it.
    #[error("unknown key {0:?}")]
    Unknown(KeyId),
    /// It is there for another use.
    #[error("key {0:?} has another use")]
    OtherUse(KeyId),
    /// Its window has not begun or is over.
    #[error("key {0:?} is outside its window")]
    OutsideWindow(KeyId),
    /// The bank withdrew it.
    #[error("key {0:?} was revoked")]
    Revoked(KeyId),
}

/// The bank's keys, signed by the root key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyDirectory {
    /// The bank.
    pub bank: String,
    /// Grows by one with each change; a client keeps the highest it has seen.
    pub version: u32,
    /// When it was signed.
    pub issued_at: Timestamp,
    /// The keys.
    pub keys: Vec<DirectoryKey>,
}

impl DirectoryKey {
    /// Whether the key may speak for a branch.
    pub fn speaks_for(&self, branch: &str) -> bool {
        self.branches.is_empty() || self.branches.iter().any(|known| known == branch)
    }
}

impl KeyDirectory {
    /// Signs the directory with the root key.
    pub fn sign(&self, root: &SigningKey) -> Vec<u8> {
        sign::sign(Namespace::Directory, &cbor::encode(self), root)
    }

    /// Reads a directory that the pinned root key signed.
    ///
    /// # Errors
    /// [`SignatureError`]; a payload of another shape counts as [`SignatureError::Shape`].
    pub fn verify(bytes: &[u8], root: &PublicKey) -> Result<Self, SignatureError> {
        let payload = sign::verify(Namespace::Directory, bytes, root)?;
        cbor::decode(&payload).map_err(|_| SignatureError::Shape)
    }

    /// The key `kid`, if it may be used for `key_use` at `at`.
    ///
    /// # Errors
    /// [`KeyError`], the most telling reason first.
    pub fn key(&self, kid: KeyId, key_use: KeyUse, at: Timestamp) -> Result<&PublicKey, KeyError> {
        self.entry(kid, key_use, at).map(|entry| &entry.public)
    }

    /// The entry of the key `kid`, with the branches it may speak for.
    ///
    /// # Errors
    /// As [`KeyDirectory::key`].
    pub fn entry(
        &self,
        kid: KeyId,
        key_use: KeyUse,
        at: Timestamp,
    ) -> Result<&DirectoryKey, KeyError> {
        let entry =
            self.keys.iter().find(|key| key.public.id() == kid).ok_or(KeyError::Unknown(kid))?;
        if entry.key_use != key_use {
            return Err(KeyError::OtherUse(kid));
        }
        if entry.revoked_at.is_some() {
            return Err(KeyError::Revoked(kid));
        }
        if at < entry.not_before || at >= entry.not_after {
            return Err(KeyError::OutsideWindow(kid));
        }
        Ok(entry)
    }

    /// What the directory says of a server's key, named by its digest (see [`KeyUse::Tls`]).
    ///
    /// # Errors
    /// As [`KeyDirectory::key`].
    pub fn tls_key(&self, pin: Digest, at: Timestamp) -> Result<(), KeyError> {
        let pin = PublicKey::from_bytes(*pin.as_bytes());
        let known = self.key(pin.id(), KeyUse::Tls, at)?;
        // An id is 8 bytes only: too few to trust a key by.
        if *known == pin { Ok(()) } else { Err(KeyError::Unknown(pin.id())) }
    }

    /// The key to seal to at `at`: the usable one whose window began last.
    pub fn sealing_key(&self, at: Timestamp) -> Option<&PublicKey> {
        self.keys
            .iter()
            .filter(|key| self.key(key.public.id(), KeyUse::Sealing, at).is_ok())
            .max_by_key(|key| key.not_before)
            .map(|key| &key.public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> (SigningKey, SigningKey, KeyDirectory) {
        let (root, ticket) = (SigningKey::from_seed([1; 32]), SigningKey::from_seed([2; 32]));
        let directory = KeyDirectory {
            bank: "B".into(),
            version: 1,
            issued_at: Timestamp::from_millis(10),
            keys: vec![DirectoryKey {
                public: ticket.public(),
                key_use: KeyUse::Ticket,
                branches: Vec::new(),
                suite: 1,
                not_before: Timestamp::from_millis(10),
                not_after: Timestamp::from_millis(20),
                revoked_at: None,
            }],
        };
        (root, ticket, directory)
    }

    #[test]
    fn a_directory_is_believed_only_under_the_pinned_root() {
        let (root, ticket, directory) = directory();
        let signed = directory.sign(&root);
        assert_eq!(KeyDirectory::verify(&signed, &root.public()).unwrap(), directory);
        assert!(KeyDirectory::verify(&signed, &ticket.public()).is_err());
    }

    #[test]
    fn a_key_serves_its_use_in_its_window_until_revoked() {
        let (_, ticket, mut directory) = directory();
        let (kid, at) = (ticket.id(), Timestamp::from_millis);
        let ask = |d: &KeyDirectory, u, t| d.key(kid, u, at(t)).map(|_| ());
        assert_eq!(ask(&directory, KeyUse::Ticket, 10), Ok(()));
        assert_eq!(ask(&directory, KeyUse::Ticket, 9), Err(KeyError::OutsideWindow(kid)));
        assert_eq!(ask(&directory, KeyUse::Ticket, 20), Err(KeyError::OutsideWindow(kid)));
        assert_eq!(ask(&directory, KeyUse::Sealing, 10), Err(KeyError::OtherUse(kid)));
        directory.keys[0].revoked_at = Some(at(12));
        assert_eq!(ask(&directory, KeyUse::Ticket, 11), Err(KeyError::Revoked(kid)));
        directory.keys.clear();
        assert_eq!(ask(&directory, KeyUse::Ticket, 10), Err(KeyError::Unknown(kid)));
    }

    #[test]
    fn a_servers_key_is_known_by_its_whole_digest_in_its_window_until_revoked() {
        let (_, _, mut directory) = directory();
        let (pin, at) = (Digest::of(b"a public key"), Timestamp::from_millis);
        let ask = |d: &KeyDirectory, pin, t| d.tls_key(pin, at(t)).ok();
        assert_eq!(ask(&directory, pin, 10), None);
        directory.keys[0].public = PublicKey::from_bytes(*pin.as_bytes());
        assert_eq!(ask(&directory, pin, 10), None, "of another use");
        directory.keys[0].key_use = KeyUse::Tls;
        assert_eq!(ask(&directory, pin, 10), Some(()));
        assert_eq!(ask(&directory, pin, 20), None);
        assert_eq!(ask(&directory, Digest::of(b"another"), 10), None);
        directory.keys[0].revoked_at = Some(at(15));
        assert_eq!(
            directory.tls_key(pin, at(12)),
            Err(KeyError::Revoked(KeyId::of(pin.as_bytes())))
        );
    }

    #[test]
    fn debug_never_prints_a_secret() {
        let key = SigningKey::from_seed([0xab; 32]);
        assert!(!format!("{key:?}").contains("abab"));
    }
}
