//! HTTP version 1 between the client and the bank.
//!
//! | request | body | answer |
//! | --- | --- | --- |
//! | `GET /v1/ping?nonce=<32 hex digits>` | | signed `Pong` |
//! | `GET /v1/catalogue` | | [`CatalogueBundle`] as CBOR, with an `ETag` |
//! | `PUT /v1/envelopes/{id}` | sealed bytes | signed acknowledgement: 201, or 200 for a replay |
//! | | sealed bytes, parts not complete | signed list of missing parts: 202, nothing is recorded |
//! | `GET /v1/envelopes/{id}` | proof of the device key | the stored acknowledgement |
//! | `GET /v1/applications/{id}` | proof of the device key | [`ApplicationStatus`] as JSON |
//! | `GET /v1/applications/{id}/evidence` | proof of the device key | its evidence bundle as CBOR |
//! | `GET /v1/withdrawals/{id}/certificate` | proof of the device key | signed certificate of what was done |
//! | `GET /v1/log?since=<number>` | | [`LogAnswer`] as CBOR |
//! | `POST /v1/reconciliations` | proof of the device key, what it delivered | signed list of what is missing |
//!
//! Parts, photos and files that an envelope names, travel before it: see [`crate::parts`].
//!
//! Every refusal is a [`crate::problem::Problem`] as `application/problem+json`.

use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

/// Content type of a sealed envelope.
pub const ENVELOPE_TYPE: &str = "application/vnd.sanbu.envelope";
/// Content type of a signed object (RFC 9052, section 2).
pub const SIGNED_TYPE: &str = "application/cose; cose-type=\"cose-sign1\"";
/// Content type of CBOR (RFC 8949).
pub const CBOR_TYPE: &str = "application/cbor";
/// Content type of a problem (RFC 9457).
pub const PROBLEM_TYPE: &str = "application/problem+json";
/// Largest envelope taken: 256 KiB. Photos travel as parts, not in the envelope.
pub const MAX_ENVELOPE_BYTES: usize = 256 * 1024;
/// Largest answer a client reads: 4 MiB, for the catalogue of a bank with many branches.
pub const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// What an envelope holds, as written on its outside.
pub mod schema {
    /// A signed application.
    pub const APPLICATION: u8 = 1;
    /// The withdrawal of a consent.
    pub const WITHDRAWAL: u8 = 2;
    /// A part: a photo or a file. It is uploaded as a part and never put as an envelope.
    pub const PART: u8 = 3;
}

/// Where the certificate of a withdrawal is asked for, by the withdrawal's envelope.
pub fn certificate_path(envelope: uuid::Uuid) -> String {
    format!("/v1/withdrawals/{envelope}/certificate")
}

/// The bank's public words: both parts are signed objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueBundle {
    /// The key directory, signed by the root key.
    pub directory: ByteBuf,
    /// The catalogue, signed by a catalogue key of that directory.
    pub catalogue: ByteBuf,
}

/// The bank's log of countersignatures, as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogAnswer {
    /// A signed [`LogHead`](lending::countersignature::LogHead).
    pub head: ByteBuf,
    /// From the root of the log that was named to this one; empty for a first look.
    pub proof: Vec<ByteArray<32>>,
}

/// Where an application stands, read back by its device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ApplicationStatus {
    /// The envelope's id.
    pub id: uuid::Uuid,
    /// The number a person can quote.
    pub reference: String,
    /// A word of `lending::status::Status`.
    pub status: String,
    /// Why intake could not accept the content; none when it did.
    pub refused: Option<String>,
    /// Milliseconds since 1970, the bank's clock.
    pub received_at_ms: u64,
}
