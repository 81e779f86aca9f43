//! Parts: photos and files, sealed apart and named by the envelope they belong to.
//!
//! A part is sealed once, at capture, and named by the SHA-256 of its sealed bytes from then on.
//! The envelope names its parts twice: outside, bound to the seal, so that intake knows them
//! without opening it; and in the application, signed by the device, with what each one is.

use seal::{
    Digest, KeyDirectory, KeyUse, Namespace, SigningKey, Timestamp, cbor, sealed, sign::Unverified,
};
use serde::{Deserialize, Serialize};
use serde_indexed::{DeserializeIndexed, SerializeIndexed};

/// Most parts that an envelope names.
pub use seal::sealed::MAX_PARTS;

/// Largest content of a part before it is sealed: 20 MiB. A photo is about 1 MB after it was
/// encoded anew, a scanned statement of a year under 15 MB. Source: docs/adr/0013.
pub const MAX_CONTENT_BYTES: u64 = 20 * 1024 * 1024;

/// Largest part, sealed: its content and what sealing adds.
pub const MAX_PART_BYTES: u64 = MAX_CONTENT_BYTES + sealed::OVERHEAD_BYTES as u64;

/// Longest word for a kind of part: 32 bytes.
const MAX_KIND_BYTES: usize = 32;

/// Longest media type: 127 bytes for each half and the stroke (RFC 6838, section 4.2).
const MAX_HALF_TYPE_BYTES: usize = 127;

/// What an application says of one of its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its own id: the `envelope_id` of the address it was sealed to. Not that of a case, so that a
    /// case that is asked again, as a new envelope, names the parts that were sealed before.
    #[serde(with = "serde_bytes")]
    pub id: [u8; 16],
    /// SHA-256 of the sealed bytes.
    pub digest: Digest,
    /// What it shows, as a word such as `licence`: lower-case letters, digits, `_`.
    pub kind: String,
    /// Media type of the content, e.g. `image/jpeg`, without parameters.
    pub media_type: String,
    /// Length of the sealed bytes.
    pub size_bytes: u64,
}

impl Part {
    /// Whether kind, media type and length are as the fields say.
    pub fn is_well_formed(&self) -> bool {
        is_kind(&self.kind)
            && is_media_type(&self.media_type)
            && (1..=MAX_PART_BYTES).contains(&self.size_bytes)
    }
}

fn is_kind(kind: &str) -> bool {
    let is_word = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_';
    (1..=MAX_KIND_BYTES).contains(&kind.len()) && kind.bytes().all(is_word)
}

fn is_media_type(text: &str) -> bool {
    let is_half = |half: &str| {
        let is_name = |c: u8| c.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&c);
        (1..=MAX_HALF_TYPE_BYTES).contains(&half.len()) && half.bytes().all(is_name)
    };
    text.split_once('/').is_some_and(|(kind, sub)| is_half(kind) && is_half(sub))
}

/// Whether the parts in an application are those its envelope names, in the same order, each well
/// formed. The envelope's own list is short and names each once.
pub fn are_named(parts: &[Part], outside: &[Digest]) -> bool {
    parts.iter().map(|part| part.digest).eq(outside.iter().copied())
        && parts.iter().all(Part::is_well_formed)
}

/// The bank's signed word that it cannot take an envelope yet: these parts are not complete.
///
/// It records nothing. The same envelope sent again gets the acknowledgement once they are there.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct MissingParts {
    /// The envelope's id, a UUID.
    #[serde(with = "serde_bytes")]
    pub envelope_id: [u8; 16],
    /// SHA-256 of the sealed bytes that came.
    pub digest: Digest,
    /// The bank's own time.
    pub at: Timestamp,
    /// As in [`crate::acknowledgement::Acknowledgement`].
    pub server_epoch: u64,
    /// The parts that are missing, in the order of the envelope; never empty.
    pub missing: Vec<Digest>,
}

/// Why an answer is not the bank's list of missing parts of this envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MissingPartsError {
    /// Not signed by a key of the bank for acknowledgements.
    #[error("not the bank's signature")]
    Forged,
    /// For another envelope or another content, or of parts that it does not name.
    #[error("for another envelope")]
    OtherEnvelope,
}

impl MissingParts {
    /// Signs the list.
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        seal::sign::sign(Namespace::MissingParts, &cbor::encode(self), key)
    }

    /// Verifies that `signed` is the bank's list for exactly this envelope, which names `parts`.
    ///
    /// An old list sent again does no harm: a part that the bank has is found complete.
    ///
    /// # Errors
    /// [`MissingPartsError`].
    pub fn verify(
        signed: &[u8],
        envelope_id: [u8; 16],
        digest: Digest,
        parts: &[Digest],
        directory: &KeyDirectory,
    ) -> Result<Self, MissingPartsError> {
        let forged = MissingPartsError::Forged;
        let unverified = Unverified::parse(signed).map_err(|_| forged)?;
        let claimed: Self = cbor::decode(unverified.claimed_payload()).map_err(|_| forged)?;
        let key = directory
            .key(unverified.kid(), KeyUse::Acknowledgement, claimed.at)
            .map_err(|_| forged)?;
        unverified.verify(Namespace::MissingParts, key).map_err(|_| forged)?;
        let mut named = parts.iter();
        // In the order of the envelope, so each is named and none twice.
        let fits = claimed.envelope_id == envelope_id
            && claimed.digest == digest
            && !claimed.missing.is_empty()
            && claimed.missing.iter().all(|missing| named.any(|part| part == missing));
        if fits { Ok(claimed) } else { Err(MissingPartsError::OtherEnvelope) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seal::keys::DirectoryKey;

    fn part(n: u8) -> Part {
        Part {
            id: [n; 16],
            digest: Digest::of(&[n]),
            kind: "licence".into(),
            media_type: "image/jpeg".into(),
            size_bytes: 5,
        }
    }

    #[test]
    fn parts_are_those_of_the_envelope_in_its_order() {
        let (a, b) = (part(1), part(2));
        let outside = [a.digest, b.digest];
        assert!(are_named(&[a.clone(), b.clone()], &outside));
        assert!(are_named(&[], &[]));
        for other in [vec![], vec![a.clone()], vec![b.clone(), a.clone()], vec![a.clone(), a, b]] {
            assert!(!are_named(&other, &outside));
        }
    }

    #[test]
    fn a_part_that_is_not_well_formed_is_refused() {
        type Edit = fn(&mut Part);
        let cases: [(&str, Edit); 9] = [
            ("no kind", |p| p.kind.clear()),
            ("words", |p| p.kind = "the licence".into()),
            ("capitals", |p| p.kind = "Licence".into()),
            ("long", |p| p.kind = "l".repeat(33)),
            ("no type", |p| p.media_type.clear()),
            ("half a type", |p| p.media_type = "image/".into()),
            ("parameters", |p| p.media_type = "text/plain;charset=utf-8".into()),
            ("empty", |p| p.size_bytes = 0),
            ("large", |p| p.size_bytes = MAX_PART_BYTES + 1),
        ];
        for (name, edit) in cases {
            let mut part = part(1);
            edit(&mut part);
            let outside = [part.digest];
            assert!(!are_named(&[part], &outside), "{name}");
        }
    }

    fn setting() -> (SigningKey, KeyDirectory, MissingParts) {
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
        let missing = MissingParts {
            envelope_id: [2; 16],
            digest: Digest::of(b"sealed"),
            at: Timestamp::from_millis(5),
            server_epoch: 1,
            missing: vec![Digest::of(&[1]), Digest::of(&[3])],
        };
        (key, directory, missing)
    }

    #[test]
    fn a_list_speaks_for_one_envelope_and_the_parts_it_names() {
        let (key, directory, missing) = setting();
        let named: Vec<Digest> = (1..=3u8).map(|n| Digest::of(&[n])).collect();
        let verify = |missing: &MissingParts, id, parts: &[Digest]| {
            let digest = Digest::of(b"sealed");
            MissingParts::verify(&missing.sign(&key), id, digest, parts, &directory)
        };
        let other = Err(MissingPartsError::OtherEnvelope);
        assert_eq!(verify(&missing, [2; 16], &named), Ok(missing.clone()));
        assert_eq!(verify(&missing, [3; 16], &named), other);
        assert_eq!(verify(&missing, [2; 16], &named[..2]), other, "a part it does not name");
        let with =
            |missing_parts: Vec<Digest>| MissingParts { missing: missing_parts, ..missing.clone() };
        assert_eq!(verify(&with(vec![]), [2; 16], &named), other, "nothing is missing");
        let twice = with(vec![named[0], named[0]]);
        assert_eq!(verify(&twice, [2; 16], &named), other, "one twice");
        let another = MissingParts { digest: Digest::of(b"x"), ..missing };
        assert_eq!(verify(&another, [2; 16], &named), other, "another content");
    }

    #[test]
    fn a_list_by_any_other_key_or_for_another_purpose_is_forged() {
        let (key, mut directory, missing) = setting();
        let named = missing.missing.clone();
        let digest = missing.digest;
        let verify = |signed: &[u8], directory: &KeyDirectory| {
            MissingParts::verify(signed, [2; 16], digest, &named, directory)
        };
        let forged = Err(MissingPartsError::Forged);
        assert_eq!(verify(&missing.sign(&SigningKey::from_seed([9; 32])), &directory), forged);
        let as_ack = seal::sign::sign(Namespace::Acknowledgement, &cbor::encode(&missing), &key);
        assert_eq!(verify(&as_ack, &directory), forged);
        directory.keys[0].key_use = KeyUse::Ticket;
        assert_eq!(verify(&missing.sign(&key), &directory), forged);
    }
}
