//! Proofs of this device's keys over one request (RFC 9421): `wire::proof`.

use crate::{bank_api::ProofHeaders, core::Core, vault::VaultError};
use seal::SigningKey;
use wire::proof::{Proof, SignedRequest, signature_base};

impl Core {
    /// A proof by the device key, named by its id: for reading back what it sent.
    pub fn reading_proof(&self, method: &str, path: &str) -> Result<ProofHeaders, VaultError> {
        let device = self.device_key()?;
        let key_id = device.id().to_hex();
        Ok(self.prove(&device, key_id, method, path))
    }

    /// A proof by the device key, named in whole: the bank may not have heard of it, or not any
    /// more.
    pub fn device_proof(&self, method: &str, path: &str) -> Result<ProofHeaders, VaultError> {
        let device = self.device_key()?;
        let key_id = data_encoding::HEXLOWER.encode(device.public().as_bytes());
        Ok(self.prove(&device, key_id, method, path))
    }

    /// A proof for a request about a part.
    pub fn part_proof(&self, method: &str, path: &str) -> Result<ProofHeaders, VaultError> {
        self.device_proof(method, path)
    }

    fn prove(&self, key: &SigningKey, key_id: String, method: &str, path: &str) -> ProofHeaders {
        // By the bank's clock: ours may be years off.
        let created_s = self.bank_now().as_millis() / 1000;
        let request = SignedRequest { method, authority: self.api.authority(), path };
        let base = signature_base(request, created_s, &key_id);
        let signature = key.sign_raw(base.as_bytes()).to_vec();
        Proof { created_s, key_id, signature }.headers()
    }
}
