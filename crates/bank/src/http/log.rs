//! `GET /v1/log`: the log of countersignatures, for anybody who keeps an eye on it.

use super::document::{Binary, Problems};
use super::problem::Refused;
use crate::Bank;
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::header,
    response::{IntoResponse, Response},
};
use seal::cbor;
use serde::Deserialize;
use serde_bytes::{ByteArray, ByteBuf};
use wire::bank::{CBOR_TYPE, LogAnswer};

/// From where on.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LogQuery {
    /// How many countersignatures the log had when it was looked at last; 0 for a first look.
    #[serde(default)]
    since: u64,
}

/// A signed head of the log, and the proof that it only added to an earlier one.
#[utoipa::path(
    get,
    path = "/v1/log",
    params(LogQuery),
    responses(
        (status = 200, description = "a LogAnswer: the head is COSE_Sign1 in the namespace \
         sanbu/log/1, the proof is that of RFC 9162, section 2.1.4",
         content_type = CBOR_TYPE, body = Binary),
        Problems,
    )
)]
pub(super) async fn get_log(
    State(bank): State<Bank>,
    query: Result<Query<LogQuery>, QueryRejection>,
) -> Result<Response, Refused> {
    let Query(LogQuery { since }) =
        query.map_err(|_| Refused::malformed("since is a number of countersignatures"))?;
    let (head, proof) = bank.log_since(since).await?;
    let proof = proof.iter().map(|digest| ByteArray::new(*digest.as_bytes())).collect();
    let answer = LogAnswer { head: ByteBuf::from(head), proof };
    Ok(([(header::CONTENT_TYPE, CBOR_TYPE)], cbor::encode(&answer)).into_response())
}
