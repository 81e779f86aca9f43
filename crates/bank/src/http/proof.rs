//! Who may read a case: the device whose key signed the request.

use super::problem::Refused;
use crate::Bank;
use axum::http::{HeaderMap, Method, Uri, header};
use seal::PublicKey;
use wire::proof::{
    INPUT_HEADER, MAX_SKEW_S, Proof, SIGNATURE_HEADER, SignedRequest, signature_base,
};

/// A request with the proof it claims to carry.
pub(super) struct Claim {
    proof: Proof,
    base: String,
}

impl Claim {
    /// Reads the proof of a request made within [`MAX_SKEW_S`] of the bank's clock.
    pub(super) fn read(
        bank: &Bank,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Self, Refused> {
        Self::parse(bank, method, uri, headers).ok_or_else(Refused::unauthorised)
    }

    fn parse(bank: &Bank, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        let input = only(headers, INPUT_HEADER)?;
        let proof = Proof::parse(input, only(headers, SIGNATURE_HEADER)?).ok()?;
        let now_s = bank.now().as_millis() / 1000;
        if proof.created_s.abs_diff(now_s) > MAX_SKEW_S {
            return None;
        }
        // HTTP/2 has the authority in the target, HTTP/1.1 in the Host header.
        let authority = match uri.authority() {
            Some(authority) => authority.as_str(),
            None => only(headers, header::HOST.as_str())?,
        }
        .to_ascii_lowercase();
        let request =
            SignedRequest { method: method.as_str(), authority: &authority, path: uri.path() };
        let base = signature_base(request, proof.created_s, &proof.key_id);
        Some(Self { proof, base })
    }

    /// The device that made the request, by the key that stands in the proof. For what a device does
    /// before the bank has heard of it: the key is its own warrant, and sees only what is its own.
    pub(super) fn device(&self) -> Result<PublicKey, Refused> {
        PublicKey::from_hex(&self.proof.key_id)
            .filter(|key| key.verify_raw(self.base.as_bytes(), &self.proof.signature).is_ok())
            .ok_or_else(Refused::unauthorised)
    }

    /// Checks that `device` made the request. A case that is not known (`None`) takes the same
    /// work and gets the same answer as one of another device.
    pub(super) fn check(&self, bank: &Bank, device: Option<PublicKey>) -> Result<(), Refused> {
        let stand_in = || bank.acknowledgement_key().public();
        let key = device.unwrap_or_else(stand_in);
        let signed = key.verify_raw(self.base.as_bytes(), &self.proof.signature).is_ok();
        let named = key.id().to_hex() == self.proof.key_id;
        if signed && named && device.is_some() { Ok(()) } else { Err(Refused::unauthorised()) }
    }
}

/// The value of a header that stands once.
pub(super) fn only<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}
