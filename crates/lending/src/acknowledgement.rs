//! The bank's signed word that it has an envelope (受理回执).
//!
//! The only thing that ends a submission: an answer without it proves nothing, since a sign-in
//! page or a proxy also says 200.

use seal::{
    Digest, KeyDirectory, KeyUse, Namespace, SigningKey, Timestamp, cbor, sign::Unverified,
};
use serde_indexed::{DeserializeIndexed, SerializeIndexed};

/// What the bank signs.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Acknowledgement {
    /// The envelope's id, a UUID.
    #[serde(with = "serde_bytes")]
    pub envelope_id: [u8; 16],
    /// SHA-256 of the sealed bytes that the bank stored.
    pub digest: Digest,
    /// The bank's own time of receipt.
    pub received_at: Timestamp,
    /// Changes when the bank was restored from a backup and may have lost what came after.
    pub server_epoch: u64,
    /// The number a person can quote (受理号).
    pub reference: String,
    /// Why intake could not accept the content (不予受理), as a code; none when it did.
    pub refused: Option<String>,
}

/// An acknowledgement that was verified for one envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAck {
    ack: Acknowledgement,
    signed: Vec<u8>,
}

/// Why an answer is not the bank's acknowledgement of this envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AckError {
    /// Not signed by a key of the bank for acknowledgements.
    #[error("not the bank's signature")]
    Forged,
    /// For another envelope or another content.
    #[error("for another envelope")]
    OtherEnvelope,
}

impl Acknowledgement {
    /// Signs the acknowledgement.
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        seal::sign::sign(Namespace::Acknowledgement, &cbor::encode(self), key)
    }
}

impl VerifiedAck {
    /// Verifies that `signed` is the bank's acknowledgement of exactly this envelope.
    ///
    /// The key must have been in its window at the bank's time of receipt and not be revoked.
    ///
    /// # Errors
    /// [`AckError`].
    pub fn verify(
        signed: &[u8],
        envelope_id: [u8; 16],
        digest: Digest,
        directory: &KeyDirectory,
    ) -> Result<Self, AckError> {
        let unverified = Unverified::parse(signed).map_err(|_| AckError::Forged)?;
        let claimed: Acknowledgement =
            cbor::decode(unverified.claimed_payload()).map_err(|_| AckError::Forged)?;
        let key = directory
            .key(unverified.kid(), KeyUse::Acknowledgement, claimed.received_at)
            .map_err(|_| AckError::Forged)?;
        unverified.verify(Namespace::Acknowledgement, key).map_err(|_| AckError::Forged)?;
        if claimed.envelope_id != envelope_id || claimed.digest != digest {
            return Err(AckError::OtherEnvelope);
        }
        Ok(Self { ack: claimed, signed: signed.to_vec() })
    }

    /// The signed bytes, to keep as proof.
    pub fn signed(&self) -> &[u8] {
        &self.signed
    }
}

impl std::ops::Deref for VerifiedAck {
    type Target = Acknowledgement;

    fn deref(&self) -> &Acknowledgement {
        &self.ack
    }
}

/// The bank's answer to a probe: proof that the bank itself is at the other end, not a sign-in
/// page, and what its clock says.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Pong {
    /// The nonce of the question.
    #[serde(with = "serde_bytes")]
    pub nonce: [u8; 16],
    /// The bank's time.
    pub at: Timestamp,
    /// As in [`Acknowledgement`].
    pub server_epoch: u64,
    /// The version of the catalogue in force.
    pub catalogue_version: u32,
}

impl Pong {
    /// Signs the answer.
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        seal::sign::sign(Namespace::Ping, &cbor::encode(self), key)
    }

    /// Verifies that `signed` answers exactly `nonce`.
    ///
    /// # Errors
    /// [`AckError`].
    pub fn verify(
        signed: &[u8],
        nonce: [u8; 16],
        directory: &KeyDirectory,
    ) -> Result<Self, AckError> {
        let unverified = Unverified::parse(signed).map_err(|_| AckError::Forged)?;
        let claimed: Self =
            cbor::decode(unverified.claimed_payload()).map_err(|_| AckError::Forged)?;
        let key = directory
            .key(unverified.kid(), KeyUse::Acknowledgement, claimed.at)
            .map_err(|_| AckError::Forged)?;
        unverified.verify(Namespace::Ping, key).map_err(|_| AckError::Forged)?;
        if claimed.nonce == nonce { Ok(claimed) } else { Err(AckError::OtherEnvelope) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seal::keys::DirectoryKey;

    fn setting() -> (SigningKey, KeyDirectory, Acknowledgement) {
        let key = SigningKey::from_seed([1; 32]);
        let directory = KeyDirectory {
            bank: "B".into(),
            version: 1,
            issued_at: Timestamp::default(),
            keys: vec![DirectoryKey {
                public: key.public(),
                key_use: KeyUse::Acknowledgement,
                branches: Vec::new(),
                suite: 1,
                not_before: Timestamp::default(),
                not_after: Timestamp::from_millis(u64::MAX),
                revoked_at: None,
            }],
        };
        let ack = Acknowledgement {
            envelope_id: [2; 16],
            digest: Digest::of(b"sealed"),
            received_at: Timestamp::from_millis(5),
            server_epoch: 1,
            reference: "SB-1".into(),
            refused: None,
        };
        (key, directory, ack)
    }

    #[test]
    fn an_acknowledgement_speaks_for_one_envelope_and_one_content() {
        let (key, directory, ack) = setting();
        let signed = ack.sign(&key);
        let verify = |id, digest| VerifiedAck::verify(&signed, id, digest, &directory);
        assert_eq!(*verify([2; 16], Digest::of(b"sealed")).unwrap(), ack);
        assert_eq!(verify([3; 16], Digest::of(b"sealed")), Err(AckError::OtherEnvelope));
        assert_eq!(verify([2; 16], Digest::of(b"other")), Err(AckError::OtherEnvelope));
    }

    #[test]
    fn an_answer_to_another_question_does_not_count() {
        let (key, directory, _) = setting();
        let pong = Pong {
            nonce: [1; 16],
            at: Timestamp::from_millis(1),
            server_epoch: 1,
            catalogue_version: 1,
        };
        let signed = pong.sign(&key);
        assert_eq!(Pong::verify(&signed, [1; 16], &directory).unwrap(), pong);
        assert_eq!(Pong::verify(&signed, [2; 16], &directory), Err(AckError::OtherEnvelope));
        let ack_as_pong = VerifiedAck::verify(&signed, [1; 16], Digest::of(b""), &directory);
        assert_eq!(ack_as_pong, Err(AckError::Forged));
    }

    #[test]
    fn an_acknowledgement_by_any_other_key_is_forged() {
        let (_, mut directory, ack) = setting();
        let forged = ack.sign(&SigningKey::from_seed([9; 32]));
        let digest = Digest::of(b"sealed");
        assert_eq!(
            VerifiedAck::verify(&forged, [2; 16], digest, &directory),
            Err(AckError::Forged)
        );
        let (key, ..) = setting();
        directory.keys[0].key_use = KeyUse::Ticket;
        assert_eq!(
            VerifiedAck::verify(&ack.sign(&key), [2; 16], digest, &directory),
            Err(AckError::Forged)
        );
    }
}
