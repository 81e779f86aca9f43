//! Which keys the bank's server may show over TLS: pins, in the app's trust file and in the signed
//! key directory.
//!
//! An app that was installed long ago learns of a new key from the directory, over a connection
//! with the old one; a fresh app learns it from its trust file. So a key is added to both, before
//! the server shows it.

use crate::{
    folder::{Folder, FolderError, pretty},
    publishing::{LoadError, Published},
    setup::entry,
};
use rustls_pki_types::{
    CertificateDer, SubjectPublicKeyInfoDer,
    pem::{self, PemObject},
};
use seal::{Digest, KeyUse, PublicKey, Timestamp, keys::KeyError};
use std::path::Path;
use webpki::EndEntityCert;
use wire::trust::Trust;

/// Text that names no key.
#[derive(Debug, thiserror::Error)]
#[error("neither a certificate nor a public key in PEM")]
pub struct NoKey;

/// Which keys the server may show was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ServerKeyError {
    /// The file names no key.
    #[error(transparent)]
    NoKey(#[from] NoKey),
    /// A key that was revoked stays so.
    #[error("this key was revoked; make a new one")]
    Revoked,
    /// Without it, no app could reach the bank.
    #[error("this is the only key in trust.json; add the next one first")]
    Last,
    /// The bank's folder cannot be read or written.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl From<FolderError> for ServerKeyError {
    fn from(error: FolderError) -> Self {
        Self::Load(error.into())
    }
}

/// The pin of a key: SHA-256 of its SubjectPublicKeyInfo (RFC 7469). `pem` is a certificate, or a
/// chain that begins with the server's own, or a public key: a spare needs no certificate.
///
/// # Errors
/// [`NoKey`].
pub fn pin(pem: &[u8]) -> Result<Digest, NoKey> {
    match CertificateDer::from_pem_slice(pem) {
        Ok(certificate) => {
            let certificate = EndEntityCert::try_from(&certificate).map_err(|_| NoKey)?;
            Ok(Digest::of(&certificate.subject_public_key_info()))
        }
        Err(pem::Error::NoItemsFound) => {
            let key = SubjectPublicKeyInfoDer::from_pem_slice(pem).map_err(|_| NoKey)?;
            Ok(Digest::of(&key))
        }
        Err(_) => Err(NoKey),
    }
}

/// Adds a key that the server may show from now on. Killed half-way, run it again: what stands
/// already is left as it is.
///
/// # Errors
/// [`ServerKeyError`].
pub fn add_server_key(dir: &Path, pem: &[u8], now: Timestamp) -> Result<Digest, ServerKeyError> {
    let folder = Folder::at(dir);
    let (pin, mut directory) = (pin(pem)?, Published::load(&folder)?.directory);
    match directory.tls_key(pin, now) {
        Ok(()) => {}
        Err(KeyError::Revoked(_)) => return Err(ServerKeyError::Revoked),
        Err(_) => {
            directory.version += 1;
            directory.issued_at = now;
            directory.keys.push(entry(PublicKey::from_bytes(*pin.as_bytes()), KeyUse::Tls, now));
            folder.write("directory.cose", &directory.sign(&folder.signing_key("root")?))?;
        }
    }
    let mut trust = trust(&folder)?;
    if !trust.tls_pins.contains(&pin.to_hex()) {
        trust.tls_pins.push(pin.to_hex());
        folder.write("trust.json", &pretty(&trust))?;
    }
    Ok(pin)
}

/// Refuses a key from now on, also by apps whose trust file names it: once they have heard.
/// Killed half-way, run it again.
///
/// # Errors
/// [`ServerKeyError`].
pub fn revoke_server_key(dir: &Path, pem: &[u8], now: Timestamp) -> Result<Digest, ServerKeyError> {
    let folder = Folder::at(dir);
    let (pin, mut directory) = (pin(pem)?, Published::load(&folder)?.directory);
    let mut trust = trust(&folder)?;
    trust.tls_pins.retain(|known| *known != pin.to_hex());
    if trust.check().is_err() {
        return Err(ServerKeyError::Last);
    }
    if !matches!(directory.tls_key(pin, now), Err(KeyError::Revoked(_))) {
        directory.version += 1;
        directory.issued_at = now;
        let key = PublicKey::from_bytes(*pin.as_bytes());
        directory.keys.retain(|known| known.public != key);
        let mut revoked = entry(key, KeyUse::Tls, now);
        revoked.revoked_at = Some(now);
        directory.keys.push(revoked);
        folder.write("directory.cose", &directory.sign(&folder.signing_key("root")?))?;
    }
    folder.write("trust.json", &pretty(&trust))?;
    Ok(pin)
}

fn trust(folder: &Folder) -> Result<Trust, LoadError> {
    let json = folder.read("trust.json")?;
    Trust::from_json(&json).map_err(LoadError::Trust)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        setup::{InitError, InitOptions, init},
        testing::{NOW, SeededEntropy},
    };
    use wire::trust::TrustError;

    // `openssl req -x509` made the certificate, `openssl pkey -pubin -outform der | openssl dgst`
    // the pin.
    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBsDCCAVagAwIBAgIUX18icaMM/KVV7UH2uvEAh3DIMGAwCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSbG9hbi5zYW5idS5leGFtcGxlMCAXDTI2MTEyMzAzMzcwMVoY
DzIxMjYxMDMwMDMzNzAxWjAdMRswGQYDVQQDDBJsb2FuLnNhbmJ1LmV4YW1wbGUw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATHyaIX5kHzRDMQx6noOMloDba/DYYE
1Q79fC2DL3vtiSUnevOgGfTsXpi1pnwewzb2yYCH3qgoz4XM7nbUKhopo3IwcDAd
BgNVHQ4EFgQUUY2fNaCQNXjz1I0cJWH81AbdkdIwHwYDVR0jBBgwFoAUUY2fNaCQ
NXjz1I0cJWH81AbdkdIwDwYDVR0TAQH/BAUwAwEB/zAdBgNVHREEFjAUghJsb2Fu
LnNhbmJ1LmV4YW1wbGUwCgYIKoZIzj0EAwIDSAAwRQIgTEDcNWero5IxDf/8L/1b
1KHjgLog28NvADTL5KS9MjACIQC7KJpBm2ApYff8BXuTDfeOE4n8qKnCS8JYW35E
2w6O3w==
-----END CERTIFICATE-----
";
    const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEx8miF+ZB80QzEMep6DjJaA22vw2G
BNUO/Xwtgy977YklJ3rzoBn07F6YtaZ8HsM29smAh96oKM+FzO521CoaKQ==
-----END PUBLIC KEY-----
";
    const PIN: &str = "50c3e3a80377611a0369bce85833de57bb4dff5dd5b98ed0b7702c906da8930e";
    const SPARE: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";

    fn made(server_keys: &[&str]) -> Result<(tempfile::TempDir, Trust), InitError> {
        let dir = tempfile::tempdir().unwrap();
        let options = InitOptions {
            address: "https://loan.sanbu.example".into(),
            server_keys: server_keys.iter().map(ToString::to_string).collect(),
            ..InitOptions::default()
        };
        let trust = init(dir.path(), &options, NOW, &SeededEntropy::new(1))?;
        Ok((dir, trust))
    }

    fn known(dir: &Path) -> (Vec<String>, Result<(), KeyError>) {
        let folder = Folder::at(dir);
        let directory = Published::load(&folder).unwrap().directory;
        let spare = directory.tls_key(pin(SPARE.as_bytes()).unwrap(), NOW);
        (trust(&folder).unwrap().tls_pins, spare)
    }

    #[test]
    fn a_pin_is_that_of_the_public_key_whatever_names_it() {
        for pem in [CERTIFICATE, PUBLIC_KEY, &format!("{CERTIFICATE}{SPARE}")] {
            assert_eq!(pin(pem.as_bytes()).unwrap().to_hex(), PIN);
        }
        let broken = CERTIFICATE.replace("MIIBsDCCAVag", "AAAAAAAAAAAA");
        for pem in ["", "50c3", &broken] {
            assert!(pin(pem.as_bytes()).is_err(), "{pem}");
        }
    }

    #[test]
    fn a_bank_behind_https_is_made_with_a_key_of_its_server() {
        let (_dir, trust) = made(&[CERTIFICATE]).unwrap();
        assert_eq!(trust.tls_pins, [PIN]);
        assert!(matches!(made(&[]), Err(InitError::Address(TrustError::NoPin))));
        assert!(matches!(made(&["x"]), Err(InitError::ServerKey(_))));
    }

    #[test]
    fn a_key_is_added_to_both_and_revoked_in_both_for_good() {
        let (dir, _) = made(&[CERTIFICATE]).unwrap();
        let spare = pin(SPARE.as_bytes()).unwrap();
        for _ in 0..2 {
            add_server_key(dir.path(), SPARE.as_bytes(), NOW).unwrap();
            assert_eq!(known(dir.path()), (vec![PIN.into(), spare.to_hex()], Ok(())));
        }
        let revoked = KeyError::Revoked(PublicKey::from_bytes(*spare.as_bytes()).id());
        for _ in 0..2 {
            revoke_server_key(dir.path(), SPARE.as_bytes(), NOW).unwrap();
            assert_eq!(known(dir.path()), (vec![PIN.into()], Err(revoked)));
        }
        let again = add_server_key(dir.path(), SPARE.as_bytes(), NOW);
        assert!(matches!(again, Err(ServerKeyError::Revoked)));
    }

    #[test]
    fn the_last_key_of_the_trust_file_is_not_revoked() {
        let (dir, _) = made(&[CERTIFICATE]).unwrap();
        let refused = revoke_server_key(dir.path(), CERTIFICATE.as_bytes(), NOW);
        assert!(matches!(refused, Err(ServerKeyError::Last)));
        add_server_key(dir.path(), SPARE.as_bytes(), NOW).unwrap();
        revoke_server_key(dir.path(), CERTIFICATE.as_bytes(), NOW).unwrap();
        assert_eq!(known(dir.path()).0, [pin(SPARE.as_bytes()).unwrap().to_hex()]);
    }
}
