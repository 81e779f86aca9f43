//! The upload of a part, resumable at any byte.
//!
//! After draft-ietf-httpbis-resumable-upload: its header fields, its media type, its meaning of an
//! offset. A part is named by the SHA-256 of its sealed bytes, so its address is known before it
//! is created.
//!
//! | request | headers | answer |
//! | --- | --- | --- |
//! | `POST /v1/parts` | `Upload-Length`, `Upload-Complete: ?0`, `Repr-Digest` | 201, or 200 for a known one, with its state and `Location` |
//! | `HEAD /v1/parts/{digest}` | | 204 with its state |
//! | `PATCH /v1/parts/{digest}` | `Upload-Offset`, `Upload-Complete`, the bytes | 204 with its state |
//! | `DELETE /v1/parts/{digest}` | | 204: taken back |
//!
//! State is `Upload-Offset`, `Upload-Complete`, `Upload-Length` and `Upload-Limit`. Every request
//! carries a [`crate::proof`] whose `keyid` is the device's public key, 64 hex digits; what another
//! device uploads is not seen.

use data_encoding::{BASE64, HEXLOWER};
use sfv::{BareItem, Dictionary, Item, ListEntry, Parser};

pub use lending::part::{MAX_CONTENT_BYTES, MAX_PART_BYTES, MAX_PARTS};

/// Content type of the bytes of a part.
pub const PARTIAL_TYPE: &str = "application/partial-upload";
/// How many bytes the bank has on its disk.
pub const OFFSET_HEADER: &str = "upload-offset";
/// Whether the part is complete; in a request, whether the body is its end.
pub const COMPLETE_HEADER: &str = "upload-complete";
/// Length of the part, sealed.
pub const LENGTH_HEADER: &str = "upload-length";
/// What the bank takes at most.
pub const LIMIT_HEADER: &str = "upload-limit";
/// The digest of the part (RFC 9530).
pub const DIGEST_HEADER: &str = "repr-digest";

/// Size in which a part is stored and sent: 256 KiB. A broken transfer sends at most one of them
/// again. Source: docs/adr/0013.
pub const CHUNK_BYTES: u64 = 256 * 1024;

/// Largest body of one request: 1 MiB. Four chunks: a round trip of half a second is then no more
/// than a third of the time over a link of 1 MB/s. Source: docs/adr/0013.
pub const MAX_APPEND_BYTES: u64 = 1024 * 1024;

/// What one device may have at the bank that no envelope has taken: 500 MiB by declared length, 25
/// of the largest parts. Bounds what a device can fill of the bank's disk. Source: docs/adr/0013.
pub const MAX_PENDING_BYTES: u64 = 500 * 1024 * 1024;

/// How many parts one device may have at the bank that no envelope has taken: 400, ten of the
/// largest envelopes. Bounds the rows of parts of one byte. Source: docs/adr/0013.
pub const MAX_PENDING_PARTS: u64 = 400;

/// How long a part that gets no further is kept: 30 days in ms. As long as a device keeps what it
/// has delivered. Source: docs/adr/0013.
pub const UNFINISHED_KEPT_MS: u64 = 30 * DAY_MS;

/// How long a complete part is kept that no envelope has taken: 60 days in ms. The envelope follows
/// its parts within minutes, or when the device is found again. Source: docs/adr/0013.
pub const UNNAMED_KEPT_MS: u64 = 60 * DAY_MS;

const DAY_MS: u64 = 24 * 3600 * 1000;

/// A header that is not what the draft says; it counts as absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a header of a resumable upload")]
pub struct NotAnUpload;

/// Reads `Upload-Offset` or `Upload-Length`: a whole number of bytes, not negative (RFC 9651).
///
/// # Errors
/// [`NotAnUpload`] for anything else, a decimal included.
pub fn parse_bytes(value: &str) -> Result<u64, NotAnUpload> {
    let item: Item = Parser::new(value).parse().map_err(|_| NotAnUpload)?;
    let number = item.bare_item.as_integer().ok_or(NotAnUpload)?;
    u64::try_from(i64::from(number)).map_err(|_| NotAnUpload)
}

/// Reads `Upload-Complete`.
///
/// # Errors
/// [`NotAnUpload`].
pub fn parse_complete(value: &str) -> Result<bool, NotAnUpload> {
    let item: Item = Parser::new(value).parse().map_err(|_| NotAnUpload)?;
    item.bare_item.as_boolean().ok_or(NotAnUpload)
}

/// Writes `Upload-Complete`.
pub const fn complete_value(is_complete: bool) -> &'static str {
    if is_complete { "?1" } else { "?0" }
}

/// Reads the SHA-256 of `Repr-Digest`; other algorithms beside it are not looked at.
///
/// # Errors
/// [`NotAnUpload`] when there is none of 32 bytes.
pub fn parse_digest(value: &str) -> Result<[u8; 32], NotAnUpload> {
    let all: Dictionary = Parser::new(value).parse().map_err(|_| NotAnUpload)?;
    let Some(ListEntry::Item(item)) = all.get("sha-256") else { return Err(NotAnUpload) };
    let bytes = item.bare_item.as_byte_sequence().ok_or(NotAnUpload)?;
    bytes.try_into().map_err(|_| NotAnUpload)
}

/// Writes `Repr-Digest`.
pub fn digest_value(digest: &[u8; 32]) -> String {
    format!("sha-256=:{}:", BASE64.encode(digest))
}

/// The path of a part.
pub fn part_path(digest: &[u8; 32]) -> String {
    format!("/v1/parts/{}", HEXLOWER.encode(digest))
}

/// Reads the last segment of a part's path, in its one form: what a proof signs and what is looked
/// up must be the same.
///
/// # Errors
/// [`NotAnUpload`] unless it is 64 hex digits in lower case.
pub fn parse_name(text: &str) -> Result<[u8; 32], NotAnUpload> {
    let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| NotAnUpload)?;
    bytes.try_into().map_err(|_| NotAnUpload)
}

/// Writes `Upload-Limit`; a part whose time is not limited has no `max-age`.
pub fn limit_value(max_age_s: Option<u64>) -> String {
    let age = max_age_s.map(|seconds| format!(", max-age={seconds}")).unwrap_or_default();
    format!("max-size={MAX_PART_BYTES}, min-size=1, max-append-size={MAX_APPEND_BYTES}{age}")
}

/// Reads `max-append-size` of `Upload-Limit`: the largest body that the bank takes now.
pub fn parse_max_append(value: &str) -> Option<u64> {
    let all: Dictionary = Parser::new(value).parse().ok()?;
    let Some(ListEntry::Item(Item { bare_item: BareItem::Integer(size), .. })) =
        all.get("max-append-size")
    else {
        return None;
    };
    u64::try_from(i64::from(*size)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_are_offsets() {
        for (value, read) in [
            ("0", Some(0)),
            ("262144", Some(262_144)),
            (" 7 ", Some(7)),
            ("7;why=\"x\"", Some(7)),
            ("999999999999999", Some(999_999_999_999_999)),
            ("9999999999999999", None),
            ("18446744073709551616", None),
            ("-1", None),
            ("1.0", None),
            ("1, 1", None),
            ("1 1", None),
            ("0x10", None),
            ("", None),
            ("\"1\"", None),
            ("?1", None),
            (":AQ==:", None),
        ] {
            assert_eq!(parse_bytes(value).ok(), read, "{value}");
        }
    }

    #[test]
    fn only_the_two_booleans_say_whether_it_is_the_end() {
        for end in [true, false] {
            assert_eq!(parse_complete(complete_value(end)), Ok(end));
        }
        for value in ["", "1", "true", "?2", "?1, ?1", "?"] {
            assert_eq!(parse_complete(value), Err(NotAnUpload), "{value}");
        }
    }

    #[test]
    fn a_digest_is_read_in_its_one_algorithm() {
        let digest = [7; 32];
        let value = digest_value(&digest);
        assert_eq!(parse_digest(&value), Ok(digest));
        assert_eq!(parse_digest(&format!("md5=:AAAA:, {value}")), Ok(digest));
        for value in
            ["", "sha-256", "sha-256=:AAAA:", "sha-256=\"x\"", "sha-512=:AAAA:", "sha-256=7"]
        {
            assert_eq!(parse_digest(value), Err(NotAnUpload), "{value}");
        }
    }

    #[test]
    fn a_name_has_one_form() {
        let path = part_path(&[0xab; 32]);
        let name = path.rsplit('/').next().unwrap();
        assert_eq!(parse_name(name), Ok([0xab; 32]));
        for name in ["", "ab", &name.to_uppercase(), &name[1..], &format!("{name}00")] {
            assert_eq!(parse_name(name), Err(NotAnUpload), "{name}");
        }
    }

    #[test]
    fn limits_are_read_back() {
        assert_eq!(parse_max_append(&limit_value(Some(60))), Some(MAX_APPEND_BYTES));
        assert_eq!(parse_max_append(&limit_value(None)), Some(MAX_APPEND_BYTES));
        for value in ["", "max-append-size", "max-append-size=-1", "max-append-size=1.5"] {
            assert_eq!(parse_max_append(value), None, "{value}");
        }
    }
}
