//! Who said it: COSE_Sign1 (RFC 9052) with Ed25519 (RFC 8032, strict verification).
//!
//! A signed object is `[protected {1: -8, 4: key id}, {}, payload, signature]`. The external
//! additional data is the [`Namespace`], so that a signature made for one kind of message can
//! never be taken for another. Only the canonical encoding is accepted: any other byte string,
//! even one that decodes to the same object, is refused.

use crate::keys::{KeyId, PublicKey, SigningKey};
use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, iana};

/// What a signature is for. Part of what is signed, never part of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Namespace {
    /// A branch ticket (网点码).
    Ticket,
    /// The bank's key directory, by the root key.
    Directory,
    /// The bank's catalogue.
    Catalogue,
    /// A consent record or withdrawal, by the device key.
    Consent,
    /// An application, by the device key, inside the seal.
    Application,
    /// The bank's acknowledgement (受理回执).
    Acknowledgement,
    /// The bank's answer to a probe.
    Ping,
    /// The bank's list of the parts of an envelope that it does not have.
    MissingParts,
    /// The bank's list of the envelopes that it does not have, of those a device listed.
    Reconciliation,
    /// The bank's countersignature under a consent record.
    Countersignature,
    /// The head of the bank's log of countersignatures.
    LogHead,
    /// The bank's certificate of what it did after a withdrawal.
    WithdrawalCertificate,
}

impl Namespace {
    /// Every namespace.
    pub const ALL: [Self; 12] = [
        Self::Ticket,
        Self::Directory,
        Self::Catalogue,
        Self::Consent,
        Self::Application,
        Self::Acknowledgement,
        Self::Ping,
        Self::MissingParts,
        Self::Reconciliation,
        Self::Countersignature,
        Self::LogHead,
        Self::WithdrawalCertificate,
    ];

    /// The external additional data; the number is the version of the message.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ticket => "sanbu/ticket/1",
            Self::Directory => "sanbu/directory/1",
            Self::Catalogue => "sanbu/catalogue/1",
            Self::Consent => "sanbu/consent/1",
            Self::Application => "sanbu/application/1",
            Self::Acknowledgement => "sanbu/ack/1",
            Self::Ping => "sanbu/ping/1",
            Self::MissingParts => "sanbu/missing/1",
            Self::Reconciliation => "sanbu/reconciliation/1",
            Self::Countersignature => "sanbu/countersignature/1",
            Self::LogHead => "sanbu/log/1",
            Self::WithdrawalCertificate => "sanbu/withdrawal/1",
        }
    }
}

/// Why a signed object was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Not a canonical COSE_Sign1 of ours.
    #[error("not a signed object")]
    Shape,
    /// Signed by another key than the one asked for.
    #[error("signed by another key")]
    OtherKey,
    /// The signature does not hold for these bytes in this namespace.
    #[error("the signature does not hold")]
    Forged,
}

/// A signed object whose signature nobody has checked yet.
#[derive(Clone, Debug)]
pub struct Unverified {
    object: CoseSign1,
    kid: KeyId,
}

/// Signs `payload` for one purpose.
pub fn sign(namespace: Namespace, payload: &[u8], key: &SigningKey) -> Vec<u8> {
    let protected = HeaderBuilder::new()
        .algorithm(iana::Algorithm::EdDSA)
        .key_id(key.id().as_bytes().to_vec())
        .build();
    CoseSign1Builder::new()
        .protected(protected)
        .payload(payload.to_vec())
        .create_signature(namespace.as_str().as_bytes(), |message| key.sign_raw(message).to_vec())
        .build()
        .to_vec()
        .expect("a signed object of ours always encodes")
}

impl Unverified {
    /// Reads the frame of a signed object.
    ///
    /// # Errors
    /// [`SignatureError::Shape`] unless the bytes are exactly what [`sign`] would write.
    pub fn parse(bytes: &[u8]) -> Result<Self, SignatureError> {
        let object = CoseSign1::from_slice(bytes).map_err(|_| SignatureError::Shape)?;
        let kid = KeyId::try_from(object.protected.header.key_id.as_slice())
            .map_err(|_| SignatureError::Shape)?;
        let canonical = CoseSign1Builder::new()
            .protected(
                HeaderBuilder::new()
                    .algorithm(iana::Algorithm::EdDSA)
                    .key_id(kid.as_bytes().to_vec())
                    .build(),
            )
            .payload(object.payload.clone().ok_or(SignatureError::Shape)?)
            .signature(object.signature.clone())
            .build()
            .to_vec()
            .map_err(|_| SignatureError::Shape)?;
        if canonical == bytes { Ok(Self { object, kid }) } else { Err(SignatureError::Shape) }
    }

    /// The key that claims to have signed.
    pub const fn kid(&self) -> KeyId {
        self.kid
    }

    /// The payload, as claimed. Only for choosing the key to verify with, e.g. a device key that
    /// travels inside.
    pub fn claimed_payload(&self) -> &[u8] {
        self.object.payload.as_deref().unwrap_or_default()
    }

    /// Checks the signature and returns the payload.
    ///
    /// # Errors
    /// [`SignatureError::OtherKey`] or [`SignatureError::Forged`].
    pub fn verify(self, namespace: Namespace, key: &PublicKey) -> Result<Vec<u8>, SignatureError> {
        if key.id() != self.kid {
            return Err(SignatureError::OtherKey);
        }
        self.object
            .verify_signature(namespace.as_str().as_bytes(), |signature, message| {
                key.verify_raw(message, signature)
            })
            .map_err(|()| SignatureError::Forged)?;
        self.object.payload.ok_or(SignatureError::Shape)
    }
}

/// Reads and checks a signed object with a known key.
///
/// # Errors
/// Any [`SignatureError`].
pub fn verify(
    namespace: Namespace,
    bytes: &[u8],
    key: &PublicKey,
) -> Result<Vec<u8>, SignatureError> {
    Unverified::parse(bytes)?.verify(namespace, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_seed([7; 32])
    }

    #[test]
    fn what_was_signed_verifies() {
        let signed = sign(Namespace::Ticket, b"payload", &key());
        assert_eq!(verify(Namespace::Ticket, &signed, &key().public()).unwrap(), b"payload");
    }

    #[test]
    fn every_bit_flip_is_refused() {
        let signed = sign(Namespace::Ticket, b"payload", &key());
        for bit in 0..signed.len() * 8 {
            let mut flipped = signed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(verify(Namespace::Ticket, &flipped, &key().public()).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn every_truncation_and_every_byte_behind_is_refused() {
        let mut signed = sign(Namespace::Ticket, b"payload", &key());
        for length in 0..signed.len() {
            assert!(verify(Namespace::Ticket, &signed[..length], &key().public()).is_err());
        }
        signed.push(0);
        assert!(verify(Namespace::Ticket, &signed, &key().public()).is_err());
    }

    #[test]
    fn a_signature_of_another_namespace_is_refused() {
        for signed_for in Namespace::ALL {
            let signed = sign(signed_for, b"payload", &key());
            for read_as in Namespace::ALL {
                let result = verify(read_as, &signed, &key().public());
                assert_eq!(result.is_ok(), signed_for == read_as, "{signed_for:?} as {read_as:?}");
            }
        }
    }

    #[test]
    fn another_key_is_refused_by_name() {
        let signed = sign(Namespace::Ticket, b"payload", &key());
        let other = SigningKey::from_seed([8; 32]).public();
        assert_eq!(verify(Namespace::Ticket, &signed, &other), Err(SignatureError::OtherKey));
    }
}
