//! `PUT /v1/envelopes/{id}`: taking an envelope.

use super::document::{Binary, Problems};
use super::problem::Refused;
use super::proof::only;
use crate::{Bank, intake::Taken};
use axum::{
    body::Bytes,
    extract::{
        Path, State,
        rejection::{BytesRejection, PathRejection},
    },
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use uuid::Uuid;
use wire::{
    bank::{ENVELOPE_TYPE, SIGNED_TYPE},
    problem::Problem,
};

/// Takes a sealed envelope. Repeating a request is safe: it has one effect and one answer.
#[utoipa::path(
    put,
    path = "/v1/envelopes/{id}",
    params(("id" = Uuid, Path, description = "the envelope's id, chosen by the device")),
    request_body(
        content = Binary, content_type = ENVELOPE_TYPE,
        description = "the sealed bytes, at most 256 KiB"
    ),
    responses(
        (status = 201, description = "recorded now: a signed acknowledgement",
         content_type = SIGNED_TYPE, body = Binary),
        (status = 200, description = "recorded before: the first acknowledgement again",
         content_type = SIGNED_TYPE, body = Binary),
        (status = 202, description = "not recorded: a signed list of the parts that are not complete, \
         COSE_Sign1 in the namespace sanbu/missing/1; upload them and put the envelope again",
         content_type = SIGNED_TYPE, body = Binary),
        (status = 409, description = "envelope_conflict: the id is known with another content",
         content_type = "application/problem+json", body = Problem),
        (status = 413, description = "too_large", content_type = "application/problem+json", body = Problem),
        (status = 415, description = "content_type", content_type = "application/problem+json", body = Problem),
        (status = 422, description = "seal_unknown or envelope_content",
         content_type = "application/problem+json", body = Problem),
        (status = 507, description = "disk_full", content_type = "application/problem+json", body = Problem),
        Problems,
    )
)]
pub(super) async fn put_envelope(
    State(bank): State<Bank>,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refused> {
    let id = envelope_id(id)?;
    if !is_envelope(&headers) {
        return Err(Refused::unsupported(ENVELOPE_TYPE));
    }
    let body = body.map_err(Refused::of_body)?;
    let (status, signed) = match bank.admit(id, body.into()).await? {
        Taken::Recorded(ack) => (StatusCode::CREATED, ack),
        Taken::Replayed(ack) => (StatusCode::OK, ack),
        Taken::Incomplete(list) => (StatusCode::ACCEPTED, list),
    };
    Ok((status, [(header::CONTENT_TYPE, SIGNED_TYPE)], signed).into_response())
}

/// The id in a path, in its one form: what a proof signs and what a log shows must be the same.
pub(super) fn envelope_id(id: Result<Path<String>, PathRejection>) -> Result<Uuid, Refused> {
    let malformed = || Refused::malformed("the id is not a UUID in lower case with hyphens");
    let Path(text) = id.map_err(|_| malformed())?;
    Uuid::try_parse(&text)
        .ok()
        .filter(|id| id.hyphenated().to_string() == text)
        .ok_or_else(malformed)
}

fn is_envelope(headers: &HeaderMap) -> bool {
    only(headers, header::CONTENT_TYPE.as_str())
        .is_some_and(|value| value.eq_ignore_ascii_case(ENVELOPE_TYPE))
}
