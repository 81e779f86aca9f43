//! `GET /v1/envelopes/{id}`, `GET /v1/applications/{id}` and its evidence: for the device that sent
//! them.

use super::document::{Binary, Problems};
use super::problem::Refused;
use super::proof::Claim;
use super::submission::envelope_id;
use crate::Bank;
use axum::{
    Json,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, Method, Uri, header},
    response::{IntoResponse, Response},
};
use wire::{
    bank::{ApplicationStatus, CBOR_TYPE, SIGNED_TYPE},
    problem::Problem,
};

/// The stored acknowledgement of an envelope.
#[utoipa::path(
    get,
    path = "/v1/envelopes/{id}",
    params(("id" = Uuid, Path, description = "the envelope's id")),
    security(("device_key" = [])),
    responses(
        (status = 200, description = "the signed acknowledgement",
         content_type = SIGNED_TYPE, body = Binary),
        (status = 401, description = "unauthorised: no such envelope of this device",
         content_type = "application/problem+json", body = Problem),
        Problems,
    )
)]
pub(super) async fn get_envelope(
    State(bank): State<Bank>,
    id: Result<Path<String>, PathRejection>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let id = envelope_id(id)?;
    let claim = Claim::read(&bank, &method, &uri, &headers)?;
    // Nobody is told that an envelope is here whose parts were lost.
    let stored = bank.ledger().envelope(id).await?.filter(|stored| stored.is_whole);
    claim.check(&bank, stored.as_ref().map(|stored| stored.device))?;
    let stored = stored.ok_or_else(Refused::unauthorised)?;
    Ok(([(header::CONTENT_TYPE, SIGNED_TYPE)], stored.ack).into_response())
}

/// Where an application stands.
#[utoipa::path(
    get,
    path = "/v1/applications/{id}",
    params(("id" = Uuid, Path, description = "the id of the application's envelope")),
    security(("device_key" = [])),
    responses(
        (status = 200, description = "where it stands", body = ApplicationStatus),
        (status = 401, description = "unauthorised: no such application of this device",
         content_type = "application/problem+json", body = Problem),
        Problems,
    )
)]
pub(super) async fn get_application(
    State(bank): State<Bank>,
    id: Result<Path<String>, PathRejection>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<ApplicationStatus>, Refused> {
    let id = envelope_id(id)?;
    let claim = Claim::read(&bank, &method, &uri, &headers)?;
    let stored = bank.ledger().application(id).await?;
    claim.check(&bank, stored.as_ref().map(|stored| stored.device))?;
    let stored = stored.ok_or_else(Refused::unauthorised)?;
    Ok(Json(ApplicationStatus {
        id,
        reference: stored.reference,
        status: stored.status.as_str().into(),
        refused: stored.refused_code,
        received_at_ms: stored.received_at.as_millis(),
    }))
}

/// The consent records of an application with everything that they rest on.
#[utoipa::path(
    get,
    path = "/v1/applications/{id}/evidence",
    params(("id" = Uuid, Path, description = "the id of the application's envelope")),
    security(("device_key" = [])),
    responses(
        (status = 200, description = "an evidence bundle, as `sanbu-verify` reads it",
         content_type = CBOR_TYPE, body = Binary),
        (status = 401, description = "unauthorised: no such application of this device",
         content_type = "application/problem+json", body = Problem),
        Problems,
    )
)]
pub(super) async fn get_evidence(
    State(bank): State<Bank>,
    id: Result<Path<String>, PathRejection>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let id = envelope_id(id)?;
    let claim = Claim::read(&bank, &method, &uri, &headers)?;
    let stored = bank.ledger().application(id).await?;
    claim.check(&bank, stored.as_ref().map(|stored| stored.device))?;
    let bundle = bank.evidence(id).await?;
    Ok(([(header::CONTENT_TYPE, CBOR_TYPE)], bundle.encode()).into_response())
}
