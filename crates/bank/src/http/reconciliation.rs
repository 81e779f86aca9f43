//! `POST /v1/reconciliations`: what is not here of what a device delivered.

use super::document::{Binary, Problems};
use super::problem::Refused;
use super::proof::{Claim, only};
use crate::{Bank, reconciliation::ReconcileError};
use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, Method, Uri, header},
    response::{IntoResponse, Response},
};
use wire::{
    bank::{CBOR_TYPE, SIGNED_TYPE},
    problem::Problem,
    reconciliation::RequestError,
};

/// Says which of the envelopes that a device delivered are not here, or not whole. Asked after the
/// server epoch has changed; repeating it is safe.
#[utoipa::path(
    post,
    path = "/v1/reconciliations",
    security(("device_key" = [])),
    request_body(
        content = Binary, content_type = CBOR_TYPE,
        description = "a ReconciliationRequest: at most 1,000 ids with their digests"
    ),
    responses(
        (status = 200, description = "the missing ones, signed: COSE_Sign1 in the namespace \
         sanbu/reconciliation/1", content_type = SIGNED_TYPE, body = Binary),
        (status = 401, description = "unauthorised", content_type = "application/problem+json", body = Problem),
        (status = 413, description = "too_large", content_type = "application/problem+json", body = Problem),
        (status = 415, description = "content_type", content_type = "application/problem+json", body = Problem),
        Problems,
    )
)]
pub(super) async fn reconcile(
    State(bank): State<Bank>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let device = Claim::read(&bank, &method, &uri, &headers)?.device()?;
    let is_cbor = |value: &str| value.eq_ignore_ascii_case(CBOR_TYPE);
    if !only(&headers, header::CONTENT_TYPE.as_str()).is_some_and(is_cbor) {
        return Err(Refused::unsupported(CBOR_TYPE));
    }
    let body = body.map_err(Refused::of_body)?;
    let signed = bank.reconcile(device, &body).await?;
    Ok(([(header::CONTENT_TYPE, SIGNED_TYPE)], signed).into_response())
}

impl From<ReconcileError> for Refused {
    fn from(error: ReconcileError) -> Self {
        match error {
            ReconcileError::Request(RequestError::TooMany) => Self::too_large(),
            ReconcileError::Request(error) => Self::malformed(error.to_string()),
            ReconcileError::Ledger(error) => error.into(),
        }
    }
}
