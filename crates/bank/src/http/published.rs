//! `GET /v1/ping` and `GET /v1/catalogue`: what anybody may ask.

use super::document::{Binary, Problems};
use super::problem::Refused;
use crate::Bank;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use data_encoding::HEXLOWER_PERMISSIVE;
use serde::Deserialize;
use wire::bank::{CBOR_TYPE, SIGNED_TYPE};

/// The question of a probe.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PingQuery {
    /// 16 random bytes as 32 hex digits; the answer names them.
    #[param(pattern = "^[0-9a-fA-F]{32}$")]
    nonce: String,
}

/// Proves that the bank itself is at the other end, and tells its time.
#[utoipa::path(
    get,
    path = "/v1/ping",
    params(PingQuery),
    responses(
        (status = 200, description = "a signed Pong: COSE_Sign1 in the namespace sanbu/ping/1",
         content_type = SIGNED_TYPE, body = Binary),
        Problems,
    )
)]
pub(super) async fn ping(
    State(bank): State<Bank>,
    query: Result<Query<PingQuery>, QueryRejection>,
) -> Result<Response, Refused> {
    let Query(query) = query.map_err(|_| Refused::malformed("a nonce is needed"))?;
    let nonce = HEXLOWER_PERMISSIVE
        .decode(query.nonce.as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| Refused::malformed("the nonce is not 32 hex digits"))?;
    Ok(([(header::CONTENT_TYPE, SIGNED_TYPE)], bank.pong(nonce)).into_response())
}

/// The bank's key directory and catalogue, both signed.
#[utoipa::path(
    get,
    path = "/v1/catalogue",
    params(("If-None-Match" = Option<String>, Header, description = "an ETag of an earlier answer")),
    responses(
        (status = 200, description = "a CatalogueBundle; its ETag is strong",
         content_type = CBOR_TYPE, body = Binary),
        (status = 304, description = "the catalogue named by If-None-Match is the one in force"),
        Problems,
    )
)]
pub(super) async fn catalogue(State(bank): State<Bank>, headers: HeaderMap) -> Response {
    let desk = bank.desk();
    let etag = desk.published.etag.clone();
    let shared = [(header::ETAG, etag.clone()), (header::CACHE_CONTROL, "no-cache".into())];
    if is_known(&headers, &etag) {
        return (StatusCode::NOT_MODIFIED, shared).into_response();
    }
    let body = desk.published.bundle.clone();
    (shared, [(header::CONTENT_TYPE, CBOR_TYPE)], body).into_response()
}

/// Whether `If-None-Match` names the tag (RFC 9110, section 13.1.2: weak comparison, lists, `*`).
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}
