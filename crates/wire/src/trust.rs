//! What a bank gives its app: where it is, what its codes say, and the root key to pin.

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
}

impl Trust {
    /// Reads a trust file.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, TrustError> {
        let trust: Self = serde_json::from_slice(bytes).map_err(TrustError::Shape)?;
        let hex = trust.root_key.len() == 64
            && trust.root_key.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !hex {
            return Err(TrustError::RootKey);
        }
        if is_loopback_http(&trust.address) || trust.address.starts_with("https://") {
            Ok(trust)
        } else {
            Err(TrustError::Address)
        }
    }
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
            ("https://bank.example", true),
            ("http://bank.example", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://10.0.0.1:80", false),
            ("", false),
        ] {
            assert_eq!(Trust::from_json(json(address, &key).as_bytes()).is_ok(), good, "{address}");
        }
        assert!(Trust::from_json(json("https://b", "xy").as_bytes()).is_err());
        assert!(Trust::from_json(b"{}").is_err());
    }
}
