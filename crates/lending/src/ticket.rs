//! The signed code on a poster, a counter or an officer's tablet: which branch, grid and product
//! an application goes to.
//!
//! Printed as `HTTPS://<BANK HOST>/T/<decimal digits>`: the address in a code's alphanumeric mode,
//! the digits in its numeric mode, seven bytes as seventeen digits. A stranger's scanner opens the
//! bank's own page; ours verifies the signature with no network. See docs/adr/0005.
//!
//! Invariant: the only way to a [`VerifiedTicket`] is [`VerifiedTicket::verify`].

use crate::check::BranchCode;
use seal::{
    Digest, KeyDirectory, KeyUse, Namespace, SigningKey, Timestamp, cbor, keys::KeyError, sign,
    sign::Unverified,
};
use serde_indexed::{DeserializeIndexed, SerializeIndexed};

/// Longest code text looked at: a version 40 code holds 4,296 alphanumeric characters.
pub const MAX_CODE_CHARACTERS: usize = 4_296;

/// How the address of a ticket begins: on paper, and where the system hands a link to the app.
const SCHEMES: [&str; 2] = ["HTTPS://", "SANBU://"];
const SEPARATOR: &str = "/T/";
/// Bytes in a full group of digits, and its width: 2^56 has 17 decimal digits.
const GROUP_BYTES: usize = 7;
/// Decimal digits that hold 0 to 7 bytes.
const DIGITS_OF_BYTES: [usize; 8] = [0, 3, 5, 8, 10, 13, 15, 17];

/// What a ticket says. Verified or about to be signed.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Ticket {
    /// The bank's code.
    pub bank: String,
    /// Names this ticket: one per poster or batch.
    pub serial: u64,
    /// The branch.
    pub branch: BranchCode,
    /// The product.
    pub product: String,
    /// First second it is valid, since 1970.
    pub not_before_s: u64,
    /// First second it is no longer valid.
    pub not_after_s: u64,
    /// The grid (网格), where the ticket hangs in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grid: Option<String>,
    /// The officer's staff number, on an officer's own code. Posters carry none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub officer: Option<String>,
    /// The campaign, for counting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
}

/// A ticket whose signature, bank, scope and window hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedTicket {
    ticket: Ticket,
    signed: Vec<u8>,
}

/// Why a code is not a valid ticket of this bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// Not a branch code at all.
    #[error("not a branch code")]
    NotATicket,
    /// A branch code of another bank.
    #[error("a branch code of another bank")]
    OtherBank,
    /// The signature, the key or its scope does not hold.
    #[error("the branch code is forged or damaged")]
    Forged,
    /// Signed by a key that this directory does not hold, after the directory was fetched: the
    /// bank may have taken a new key since.
    #[error("the branch code is newer than the keys known here")]
    StaleDirectory,
    /// The bank withdrew the key that signed it.
    #[error("the key of the branch code was revoked")]
    Revoked,
    /// Valid only from a later moment.
    #[error("the branch code is valid only from {from}")]
    NotYetValid {
        /// First moment of validity.
        from: Timestamp,
    },
    /// No longer valid.
    #[error("the branch code ended at {at}")]
    Expired {
        /// First moment it was no longer valid.
        at: Timestamp,
    },
}

impl Ticket {
    /// Signs the ticket; returns the signed bytes.
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        sign::sign(Namespace::Ticket, &cbor::encode(self), key)
    }
}

/// The text of a printed code in its two parts: address in capitals, and digits.
pub fn code_parts(host: &str, signed: &[u8]) -> (String, String) {
    let address = format!("HTTPS://{}{SEPARATOR}", host.to_ascii_uppercase());
    let digits = signed.chunks(GROUP_BYTES).fold(String::new(), |mut digits, group| {
        let number = group.iter().fold(0u64, |n, byte| n << 8 | u64::from(*byte));
        let width = DIGITS_OF_BYTES[group.len()];
        digits.push_str(&format!("{number:0width$}"));
        digits
    });
    (address, digits)
}

/// The signed bytes in a code's text, if it is a branch code of `host`.
fn signed_bytes(code: &str, host: &str) -> Result<Vec<u8>, TicketError> {
    let code = code.trim();
    if code.len() > MAX_CODE_CHARACTERS || !code.is_ascii() {
        return Err(TicketError::NotATicket);
    }
    let upper = code.to_ascii_uppercase();
    let rest = SCHEMES.iter().find_map(|scheme| upper.strip_prefix(scheme));
    let rest = rest.ok_or(TicketError::NotATicket)?;
    let (found_host, digits) = rest.split_once(SEPARATOR).ok_or(TicketError::NotATicket)?;
    if found_host.contains('/') || digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit())
    {
        return Err(TicketError::NotATicket);
    }
    if !found_host.eq_ignore_ascii_case(host) {
        return Err(TicketError::OtherBank);
    }
    bytes_of(digits).ok_or(TicketError::Forged)
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let width = DIGITS_OF_BYTES[GROUP_BYTES];
    let mut bytes = Vec::with_capacity(digits.len() / width * GROUP_BYTES + GROUP_BYTES);
    for group in digits.as_bytes().chunks(width) {
        let length = DIGITS_OF_BYTES.iter().position(|w| *w == group.len())?;
        let number: u64 = std::str::from_utf8(group).ok()?.parse().ok()?;
        if number >> (8 * length) != 0 {
            return None;
        }
        bytes.extend_from_slice(&number.to_be_bytes()[8 - length..]);
    }
    Some(bytes)
}

impl VerifiedTicket {
    /// Verifies the text of a code.
    ///
    /// The signing key must have been in its window when the ticket began, must not be revoked
    /// now, and must speak for the ticket's branch. `now` is the best-known wall time; `known_at`
    /// is when the directory was fetched, at the bank itself `now`.
    ///
    /// # Errors
    /// [`TicketError`], the most telling reason first.
    pub fn verify(
        code: &str,
        host: &str,
        directory: &KeyDirectory,
        known_at: Timestamp,
        now: Timestamp,
    ) -> Result<Self, TicketError> {
        Self::from_signed(&signed_bytes(code, host)?, directory, known_at, now)
    }

    /// Verifies the signed bytes of a ticket, as an application carries them.
    ///
    /// # Errors
    /// As [`VerifiedTicket::verify`].
    pub fn from_signed(
        signed: &[u8],
        directory: &KeyDirectory,
        known_at: Timestamp,
        now: Timestamp,
    ) -> Result<Self, TicketError> {
        let unverified = Unverified::parse(signed).map_err(|_| TicketError::Forged)?;
        let claimed: Ticket = cbor::decode_canonical(unverified.claimed_payload())
            .map_err(|_| TicketError::Forged)?;
        let (from, until) = claimed.window();
        let entry =
            directory.entry(unverified.kid(), KeyUse::Ticket, from).map_err(|e| match e {
                KeyError::Revoked(_) => TicketError::Revoked,
                // The claim decides only what a person is told: a forger gains "connect first".
                KeyError::Unknown(_) if from > known_at => TicketError::StaleDirectory,
                KeyError::Unknown(_) | KeyError::OtherUse(_) | KeyError::OutsideWindow(_) => {
                    TicketError::Forged
                }
            })?;
        unverified.verify(Namespace::Ticket, &entry.public).map_err(|_| TicketError::Forged)?;
        if !entry.speaks_for(claimed.branch.as_str()) {
            return Err(TicketError::Forged);
        }
        if claimed.bank != directory.bank {
            return Err(TicketError::OtherBank);
        }
        if now >= until {
            return Err(TicketError::Expired { at: until });
        }
        if now < from {
            return Err(TicketError::NotYetValid { from });
        }
        Ok(Self { ticket: claimed, signed: signed.to_vec() })
    }

    /// The signed bytes, to travel with an application.
    pub fn signed(&self) -> &[u8] {
        &self.signed
    }

    /// The digest that consent records name.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.signed)
    }
}

impl std::ops::Deref for VerifiedTicket {
    type Target = Ticket;

    fn deref(&self) -> &Ticket {
        &self.ticket
    }
}

impl Ticket {
    /// First moment of validity, and first moment after it.
    pub fn window(&self) -> (Timestamp, Timestamp) {
        let at = |seconds: u64| Timestamp::from_millis(seconds.saturating_mul(1000));
        (at(self.not_before_s), at(self.not_after_s))
    }
}

#[cfg(test)]
#[path = "ticket_tests.rs"]
mod tests;
