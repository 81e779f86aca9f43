//! What a bank gives its app: where it is, what its codes say, and the root key to pin.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

/// The pinned bank, as a JSON file (`trust.json`) that `bank init` writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trust {
    /// The bank's code.
    pub bank: String,
    /// The host in its printed codes.
    pub host: String,
    /// Where its gateway answers, e.g. `http://127.0.0.1:8700`; plain HTTP on loopback only.
    pub address: String,
    /// Its root key, 64 hex digits.
    pub root_key: String,
    /// Its name, for the screen before the first catalogue.
    pub name_zh_hans: String,
    /// Its name in English.
    pub name_en: String,
    /// Its help line.
    pub phone: String,
    /// Which keys its server may show over https: SHA-256 of the certificate's public key
    /// (SubjectPublicKeyInfo, as in RFC 7469), 64 hex digits each. One at least, and better a spare
    /// whose private half is kept elsewhere. The signed key directory adds and revokes others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tls_pins: Vec<String>,
    /// Whose certificates are good for its server, in PEM: the bank's own authorities. If there is
    /// none, the public ones that Mozilla lists. Never those of the device or its user.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tls_authorities: Vec<String>,
}

/// Why a trust file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// Not the JSON that `bank init` writes.
    #[error("not a trust file")]
    Shape(#[source] serde_json::Error),
    /// The root key is not 64 hex digits.
    #[error("the root key is not 64 hex digits")]
    RootKey,
    /// Plain HTTP to another machine, or no address at all.
    #[error("the address must be https, or http on loopback")]
    Address,
    /// https, and no key that its server may show.
    #[error("an https address needs the pin of its server's key in tls_pins")]
    NoPin,
    /// A pin is not 64 hex digits.
    #[error("a pin in tls_pins is not 64 hex digits")]
    Pin,
}

impl Trust {
    /// Reads a trust file.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, TrustError> {
        let trust: Self = serde_json::from_slice(bytes).map_err(TrustError::Shape)?;
        trust.check()?;
        Ok(trust)
    }

    /// Whether it can be used.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn check(&self) -> Result<(), TrustError> {
        if from_hex(&self.root_key).is_none() {
            return Err(TrustError::RootKey);
        }
        let pins = self.pins()?;
        if self.address.starts_with("https://") {
            if pins.is_empty() { Err(TrustError::NoPin) } else { Ok(()) }
        } else if is_loopback_http(&self.address) {
            Ok(())
        } else {
            Err(TrustError::Address)
        }
    }

    /// The pins of [`Trust::tls_pins`].
    ///
    /// # Errors
    /// [`TrustError::Pin`].
    pub fn pins(&self) -> Result<Vec<[u8; 32]>, TrustError> {
        self.tls_pins.iter().map(|pin| from_hex(pin).ok_or(TrustError::Pin)).collect()
    }
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

fn is_loopback_http(address: &str) -> bool {
    let Some(authority) = address.strip_prefix("http://") else { return false };
    authority.parse::<std::net::SocketAddr>().is_ok_and(|socket| socket.ip().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(address: &str, root_key: &str) -> String {
        format!(
            r#"{{"bank":"B","host":"h","address":"{address}","root_key":"{root_key}",
            "name_zh_hans":"行","name_en":"Bank","phone":"1"}}"#
        )
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        let key = "ab".repeat(32);
        for (address, good) in [
            ("http://127.0.0.1:8700", true),
            ("http://[::1]:8700", true),
            ("http://bank.example", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://10.0.0.1:80", false),
            ("", false),
        ] {
            assert_eq!(Trust::from_json(json(address, &key).as_bytes()).is_ok(), good, "{address}");
        }
        let short = json("http://127.0.0.1:8700", "xy");
        assert!(matches!(Trust::from_json(short.as_bytes()), Err(TrustError::RootKey)));
        assert!(Trust::from_json(b"{}").is_err());
    }

    #[test]
    fn https_needs_a_pin() {
        let good = "cd".repeat(32);
        let trust = |pins: &[&str]| {
            let pins: Vec<String> = pins.iter().map(ToString::to_string).collect();
            let text = json("https://bank.example", &"ab".repeat(32));
            let trust: Trust = serde_json::from_str(&text).unwrap();
            Trust { tls_pins: pins, ..trust }.check()
        };
        assert!(matches!(trust(&[]), Err(TrustError::NoPin)));
        assert!(matches!(trust(&[&good, "cd"]), Err(TrustError::Pin)));
        assert!(matches!(trust(&[&good.to_uppercase()]), Err(TrustError::Pin)));
        assert!(trust(&[&good]).is_ok());
    }
}
