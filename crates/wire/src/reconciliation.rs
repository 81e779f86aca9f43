//! `POST /v1/reconciliations`: what a restored bank still has.
//!
//! The body is a [`ReconciliationRequest`] as CBOR (`bank::CBOR_TYPE`), the answer a signed
//! `lending::reconciliation::Reconciliation` (`bank::SIGNED_TYPE`). The request carries a
//! [`crate::proof`] whose `keyid` is the device's public key, 64 hex digits: an envelope of another
//! device counts as missing, so nobody learns from an id whether the bank has it.

pub use lending::reconciliation::{
    Listed, MAX_LISTED, MAX_REQUEST_BYTES, ReconciliationRequest, RequestError,
};

/// The path of the request.
pub const PATH: &str = "/v1/reconciliations";
