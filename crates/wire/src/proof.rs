//! Who may read a case: the device that sent it, by a signature over the request.
//!
//! HTTP Message Signatures (RFC 9421) in one strict profile: the covered components are exactly
//! `@method`, `@authority` and `@path`, the parameters exactly `created`, `keyid` and `alg`, the
//! label is `sanbu`, the algorithm `ed25519`. An id is a key to a row, never a permission.

use sfv::{BareItem, Dictionary, ListEntry, Parser};

/// The header with the covered components and parameters.
pub const INPUT_HEADER: &str = "signature-input";
/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "signature";
/// Longest time between `created` and the bank's clock: 5 min.
pub const MAX_SKEW_S: u64 = 300;

const LABEL: &str = "sanbu";
const COMPONENTS: [&str; 3] = ["@method", "@authority", "@path"];

/// The request that is signed.
#[derive(Clone, Copy, Debug)]
pub struct SignedRequest<'r> {
    /// E.g. `GET`.
    pub method: &'r str,
    /// Host and port as in the `Host` header, lower case.
    pub authority: &'r str,
    /// Path without query.
    pub path: &'r str,
}

/// What a proof claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Seconds since 1970 when it was made, by the bank's clock as the client knows it.
    pub created_s: u64,
    /// Id of the device key, 16 hex digits. In requests about parts and reconciliations the key
    /// itself, 64 hex digits: the bank may not have heard of the device before, or not any more.
    pub key_id: String,
    /// The signature, 64 bytes.
    pub signature: Vec<u8>,
}

/// The headers are not a proof in our profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a request signature in the profile of sanbu")]
pub struct NotAProof;

fn parameters(created_s: u64, key_id: &str) -> String {
    format!(
        "(\"@method\" \"@authority\" \"@path\");created={created_s};keyid=\"{key_id}\";alg=\"ed25519\""
    )
}

/// The bytes that the device signs (RFC 9421, section 2.5).
pub fn signature_base(request: SignedRequest<'_>, created_s: u64, key_id: &str) -> String {
    let SignedRequest { method, authority, path } = request;
    let parameters = parameters(created_s, key_id);
    format!(
        "\"@method\": {method}\n\"@authority\": {authority}\n\"@path\": {path}\n\
         \"@signature-params\": {parameters}"
    )
}

impl Proof {
    /// The two headers' values: `Signature-Input`, `Signature`.
    pub fn headers(&self) -> (String, String) {
        let value = data_encoding::BASE64.encode(&self.signature);
        (
            format!("{LABEL}={}", parameters(self.created_s, &self.key_id)),
            format!("{LABEL}=:{value}:"),
        )
    }

    /// Reads the two headers.
    ///
    /// # Errors
    /// [`NotAProof`] for any other label, component, parameter or algorithm.
    pub fn parse(input: &str, signature: &str) -> Result<Self, NotAProof> {
        let inputs: Dictionary = Parser::new(input).parse().map_err(|_| NotAProof)?;
        let signatures: Dictionary = Parser::new(signature).parse().map_err(|_| NotAProof)?;
        let Some(ListEntry::InnerList(list)) = inputs.get(LABEL) else { return Err(NotAProof) };
        let covered = list.items.iter().map(|item| item.bare_item.as_string().map(|s| s.as_str()));
        if !covered.eq(COMPONENTS.map(Some)) || list.params.len() != 3 {
            return Err(NotAProof);
        }
        let text = |name: &str| {
            list.params.get(name).and_then(BareItem::as_string).map(|s| s.as_str().to_owned())
        };
        if text("alg").as_deref() != Some("ed25519") {
            return Err(NotAProof);
        }
        let created = list.params.get("created").and_then(BareItem::as_integer);
        let Some(ListEntry::Item(item)) = signatures.get(LABEL) else { return Err(NotAProof) };
        Ok(Self {
            created_s: created
                .and_then(|created| u64::try_from(i64::from(created)).ok())
                .ok_or(NotAProof)?,
            key_id: text("keyid").ok_or(NotAProof)?,
            signature: item.bare_item.as_byte_sequence().ok_or(NotAProof)?.to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_bring_back_the_proof() {
        let proof =
            Proof { created_s: 1_700_000_000, key_id: "00ff".into(), signature: vec![7; 64] };
        let (input, signature) = proof.headers();
        assert_eq!(Proof::parse(&input, &signature), Ok(proof));
    }

    #[test]
    fn the_base_is_the_one_of_rfc_9421_section_2_5() {
        let request = SignedRequest { method: "GET", authority: "bank.example", path: "/v1/x" };
        assert_eq!(
            signature_base(request, 1, "ab"),
            "\"@method\": GET\n\"@authority\": bank.example\n\"@path\": /v1/x\n\
             \"@signature-params\": (\"@method\" \"@authority\" \"@path\")\
             ;created=1;keyid=\"ab\";alg=\"ed25519\""
        );
    }

    #[test]
    fn any_other_profile_is_refused() {
        let signature = "sanbu=:AAAA:";
        for input in [
            "",
            "sanbu",
            "other=(\"@method\" \"@authority\" \"@path\");created=1;keyid=\"a\";alg=\"ed25519\"",
            "sanbu=(\"@method\" \"@path\");created=1;keyid=\"a\";alg=\"ed25519\"",
            "sanbu=(\"@method\" \"@authority\" \"@path\");created=1;keyid=\"a\";alg=\"hmac-sha256\"",
            "sanbu=(\"@method\" \"@authority\" \"@path\");created=-1;keyid=\"a\";alg=\"ed25519\"",
            "sanbu=(\"@method\" \"@authority\" \"@path\");keyid=\"a\";alg=\"ed25519\";x=1",
        ] {
            assert_eq!(Proof::parse(input, signature), Err(NotAProof), "{input}");
        }
    }
}
