//! `GET /v1/withdrawals/{id}/certificate`: for the device that took its consent back.

use super::document::{Binary, Problems};
use super::problem::Refused;
use super::proof::Claim;
use super::submission::envelope_id;
use crate::{Bank, stopping::LOOK_EVERY};
use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use wire::{
    bank::SIGNED_TYPE,
    problem::{Problem, ProblemCode},
};

/// What the bank did after a withdrawal: deleted, cancelled and kept, and why.
#[utoipa::path(
    get,
    path = "/v1/withdrawals/{id}/certificate",
    params(("id" = Uuid, Path, description = "the id of the withdrawal's envelope")),
    security(("device_key" = [])),
    responses(
        (status = 200, description = "the certificate: COSE_Sign1 in the namespace \
         sanbu/withdrawal/1", content_type = SIGNED_TYPE, body = Binary),
        (status = 401, description = "unauthorised: no such envelope of this device",
         content_type = "application/problem+json", body = Problem),
        (status = 404, description = "not_found: the envelope holds no withdrawal that the bank \
         accepted", content_type = "application/problem+json", body = Problem),
        (status = 503, description = "busy: not done yet; ask again after Retry-After",
         content_type = "application/problem+json", body = Problem),
        Problems,
    )
)]
pub(super) async fn get_certificate(
    State(bank): State<Bank>,
    id: Result<Path<String>, PathRejection>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let id = envelope_id(id)?;
    let claim = Claim::read(&bank, &method, &uri, &headers)?;
    let stopping = bank.ledger().stopping(id).await?;
    claim.check(&bank, stopping.as_ref().map(|stopping| stopping.device))?;
    let stopping = stopping.ok_or_else(Refused::unauthorised)?;
    match stopping.certificate {
        Some(signed) => Ok(([(header::CONTENT_TYPE, SIGNED_TYPE)], signed).into_response()),
        None if stopping.is_waiting => {
            let pause = u32::try_from(LOOK_EVERY.as_secs()).unwrap_or(1);
            Err(Refused::busy(StatusCode::SERVICE_UNAVAILABLE).retry_after(pause))
        }
        None => Err(Refused::new(
            StatusCode::NOT_FOUND,
            ProblemCode::NotFound,
            "the envelope holds no withdrawal that the bank accepted",
        )),
    }
}
