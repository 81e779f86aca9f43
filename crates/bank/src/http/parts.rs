//! `/v1/parts`: photos and files before their envelope, resumable at any byte.
//!
//! After draft-ietf-httpbis-resumable-upload; where this departs from it stands in docs/adr/0013.

use super::document::Problems;
use super::problem::Refused;
use super::proof::{Claim, only};
use crate::{
    Bank,
    ledger::parts::StoredPart,
    parts::{Appended, Body as PartBody, Created, Cut, ObjectsError, PartError, PartKey},
};
use axum::{
    body::{Body, Bytes},
    extract::{
        Path, State,
        rejection::{BytesRejection, PathRejection},
    },
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use seal::Digest;
use tokio_stream::StreamExt;
use wire::parts::{
    COMPLETE_HEADER, DIGEST_HEADER, LENGTH_HEADER, LIMIT_HEADER, MAX_APPEND_BYTES, OFFSET_HEADER,
    PARTIAL_TYPE, complete_value, limit_value, parse_bytes, parse_complete, parse_digest,
    parse_name, part_path,
};
use wire::problem::{Problem, ProblemCode};

/// Pause asked of a device that has too much pending: 60 s. Its own envelopes make room.
const QUOTA_PAUSE_S: u32 = 60;

/// Begins a part, or says how far it is. Repeating it is safe.
#[utoipa::path(
    post,
    path = "/v1/parts",
    params(
        ("Upload-Length" = u64, Header, description = "length of the sealed bytes"),
        ("Upload-Complete" = String, Header, description = "?0: a part is begun without bytes"),
        ("Repr-Digest" = String, Header, description = "sha-256 of the sealed bytes (RFC 9530)"),
    ),
    security(("device_key" = [])),
    responses(
        (status = 201, description = "begun: Location, Upload-Offset, Upload-Complete, \
         Upload-Length and Upload-Limit say the rest"),
        (status = 200, description = "begun before by this device: its state"),
        (status = 401, description = "unauthorised", content_type = "application/problem+json", body = Problem),
        (status = 413, description = "part_too_large", content_type = "application/problem+json", body = Problem),
        (status = 429, description = "part_quota", content_type = "application/problem+json", body = Problem),
        (status = 507, description = "disk_full", content_type = "application/problem+json", body = Problem),
        Problems,
    )
)]
pub(super) async fn create_part(
    State(bank): State<Bank>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, NotDone> {
    let device = Claim::read(&bank, &method, &uri, &headers)?.device()?;
    let digest = read(&headers, DIGEST_HEADER, parse_digest)?;
    let size_bytes = read(&headers, LENGTH_HEADER, parse_bytes)?;
    let is_end = read(&headers, COMPLETE_HEADER, parse_complete)?;
    if is_end || !body.is_ok_and(|body| body.is_empty()) {
        return Err(Refused::malformed("a part is begun without bytes").into());
    }
    let key = PartKey { device, digest: Digest::from_bytes(digest) };
    let (status, part) =
        match bank.create_part(key, size_bytes).await.map_err(NotDone::of(&bank))? {
            Created::New(part) => (StatusCode::CREATED, part),
            Created::Known(part) => (StatusCode::OK, part),
        };
    let location = [(header::LOCATION, part_path(&digest))];
    Ok((status, location, Told(&bank, part).headers()).into_response())
}

/// How far a part is.
#[utoipa::path(
    head,
    path = "/v1/parts/{digest}",
    params(("digest" = String, Path, description = "sha-256 of the sealed bytes, 64 hex digits")),
    security(("device_key" = [])),
    responses(
        (status = 204, description = "Upload-Offset, Upload-Complete, Upload-Length, Upload-Limit"),
        (status = 401, description = "unauthorised", content_type = "application/problem+json", body = Problem),
        (status = 404, description = "part_unknown: no such part of this device",
         content_type = "application/problem+json", body = Problem),
        Problems,
    )
)]
pub(super) async fn head_part(
    State(bank): State<Bank>,
    digest: Result<Path<String>, PathRejection>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, NotDone> {
    let key = part_key(&bank, digest, &method, &uri, &headers)?;
    let part = bank.part(key).await.map_err(NotDone::of(&bank))?;
    Ok((StatusCode::NO_CONTENT, Told(&bank, part).headers()).into_response())
}

/// Appends bytes. What the answer counts is on the disk; a body that is cut keeps every byte that
/// came.
#[utoipa::path(
    patch,
    path = "/v1/parts/{digest}",
    params(
        ("digest" = String, Path, description = "sha-256 of the sealed bytes, 64 hex digits"),
        ("Upload-Offset" = u64, Header, description = "where the body begins"),
        ("Upload-Complete" = String, Header, description = "?1 when the body is the part's end"),
    ),
    request_body(
        content = super::document::Binary, content_type = PARTIAL_TYPE,
        description = "the next sealed bytes, at most 1 MiB"
    ),
    security(("device_key" = [])),
    responses(
        (status = 204, description = "taken: Upload-Offset, Upload-Complete"),
        (status = 401, description = "unauthorised", content_type = "application/problem+json", body = Problem),
        (status = 404, description = "part_unknown", content_type = "application/problem+json", body = Problem),
        (status = 409, description = "part_offset: go on at Upload-Offset",
         content_type = "application/problem+json", body = Problem),
        (status = 413, description = "too_large", content_type = "application/problem+json", body = Problem),
        (status = 415, description = "content_type", content_type = "application/problem+json", body = Problem),
        (status = 422, description = "part_checksum: the part was dropped",
         content_type = "application/problem+json", body = Problem),
        (status = 507, description = "disk_full", content_type = "application/problem+json", body = Problem),
        Problems,
    )
)]
pub(super) async fn append_part(
    State(bank): State<Bank>,
    digest: Result<Path<String>, PathRejection>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, NotDone> {
    let key = part_key(&bank, digest, &method, &uri, &headers)?;
    let is_part = |value: &str| value.eq_ignore_ascii_case(PARTIAL_TYPE);
    if !only(&headers, header::CONTENT_TYPE.as_str()).is_some_and(is_part) {
        return Err(Refused::unsupported(PARTIAL_TYPE).into());
    }
    let offset = read(&headers, OFFSET_HEADER, parse_bytes)?;
    let is_end = read(&headers, COMPLETE_HEADER, parse_complete)?;
    let length = content_length(&headers)?;
    if length.is_some_and(|length| length > MAX_APPEND_BYTES) {
        return Err(NotDone { refused: Refused::too_large(), headers: limit_header(None) });
    }
    check_declared(&bank, key, &headers, Declared { offset, is_end, length }).await?;
    let appended = bank
        .append_part(key, offset, is_end, counted(body, length))
        .await
        .map_err(NotDone::of(&bank))?;
    match appended {
        Appended::Taken(part) => {
            Ok((StatusCode::NO_CONTENT, Told(&bank, part).headers()).into_response())
        }
        Appended::Interrupted(part) => Err(NotDone {
            refused: Refused::busy(StatusCode::REQUEST_TIMEOUT),
            headers: Told(&bank, part).headers(),
        }),
    }
}

/// Takes a part back. Nothing of it is kept.
#[utoipa::path(
    delete,
    path = "/v1/parts/{digest}",
    params(("digest" = String, Path, description = "sha-256 of the sealed bytes, 64 hex digits")),
    security(("device_key" = [])),
    responses(
        (status = 204, description = "taken back"),
        (status = 401, description = "unauthorised", content_type = "application/problem+json", body = Problem),
        (status = 404, description = "part_unknown", content_type = "application/problem+json", body = Problem),
        (status = 409, description = "case_already_delivered: an envelope names it",
         content_type = "application/problem+json", body = Problem),
        Problems,
    )
)]
pub(super) async fn cancel_part(
    State(bank): State<Bank>,
    digest: Result<Path<String>, PathRejection>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<StatusCode, NotDone> {
    let key = part_key(&bank, digest, &method, &uri, &headers)?;
    bank.cancel_part(key).await.map_err(NotDone::of(&bank))?;
    Ok(StatusCode::NO_CONTENT)
}

/// What the headers of an append say.
struct Declared {
    offset: u64,
    is_end: bool,
    length: Option<u64>,
}

/// Refuses what cannot be right before a byte of the body is read, so that nothing is changed by
/// it. A body of unknown length is measured while it is taken.
async fn check_declared(
    bank: &Bank,
    key: PartKey,
    headers: &HeaderMap,
    declared: Declared,
) -> Result<(), NotDone> {
    let not_done = NotDone::of(bank);
    let part = bank.part(key).await.map_err(&not_done)?;
    if part.received_bytes != declared.offset {
        return Err(not_done(PartError::Offset(part)));
    }
    if headers.contains_key(LENGTH_HEADER)
        && read(headers, LENGTH_HEADER, parse_bytes)? != part.size_bytes
    {
        return Err(not_done(PartError::Length(part)));
    }
    let Some(length) = declared.length else { return Ok(()) };
    let end = declared.offset.saturating_add(length);
    let fits = if declared.is_end { end == part.size_bytes } else { end <= part.size_bytes };
    if fits { Ok(()) } else { Err(not_done(PartError::Length(part))) }
}

/// The part a request is about, of the device that made it.
fn part_key(
    bank: &Bank,
    digest: Result<Path<String>, PathRejection>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<PartKey, Refused> {
    let malformed = || Refused::malformed("the digest is not 64 hex digits in lower case");
    let Path(text) = digest.map_err(|_| malformed())?;
    let digest = parse_name(&text).map_err(|_| malformed())?;
    let device = Claim::read(bank, method, uri, headers)?.device()?;
    Ok(PartKey { device, digest: Digest::from_bytes(digest) })
}

fn read<T, E>(
    headers: &HeaderMap,
    name: &'static str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, Refused> {
    only(headers, name)
        .and_then(|value| parse(value).ok())
        .ok_or_else(|| Refused::malformed(format!("{name} is missing or cannot be read")))
}

fn content_length(headers: &HeaderMap) -> Result<Option<u64>, Refused> {
    if !headers.contains_key(header::CONTENT_LENGTH) {
        return Ok(None);
    }
    only(headers, header::CONTENT_LENGTH.as_str())
        .and_then(|value| value.parse().ok())
        .map(Some)
        .ok_or_else(|| Refused::malformed("the content length cannot be read"))
}

/// The body, which is cut when fewer bytes come than it was said to have: a server that ends lets
/// go of its connections without a word.
fn counted(body: Body, length: Option<u64>) -> PartBody {
    let mut left = length;
    let end = std::iter::once(None);
    let frames = body.into_data_stream().map(Some).chain(tokio_stream::iter(end));
    Box::pin(frames.filter_map(move |frame| match frame {
        Some(Ok(bytes)) => {
            left = left.map(|left| left.saturating_sub(bytes.len() as u64));
            Some(Ok(bytes.into()))
        }
        Some(Err(_)) => Some(Err(Cut)),
        None => left.is_some_and(|left| left > 0).then_some(Err(Cut)),
    }))
}

/// The state of a part, as headers.
struct Told<'b>(&'b Bank, StoredPart);

impl Told<'_> {
    fn headers(&self) -> HeaderMap {
        let Self(bank, part) = self;
        let now = bank.now();
        let age_s = part.expires_at.map(|at| at.millis_since(now) / 1000);
        let mut headers = limit_header(age_s);
        headers.insert(OFFSET_HEADER, HeaderValue::from(part.received_bytes));
        headers.insert(LENGTH_HEADER, HeaderValue::from(part.size_bytes));
        let complete = HeaderValue::from_static(complete_value(part.is_complete()));
        headers.insert(COMPLETE_HEADER, complete);
        headers
    }
}

fn limit_header(age_s: Option<u64>) -> HeaderMap {
    let value = HeaderValue::try_from(limit_value(age_s)).expect("digits and words");
    HeaderMap::from_iter([(header::HeaderName::from_static(LIMIT_HEADER), value)])
}

/// A refused request about a part, with what the draft wants to be told.
pub(super) struct NotDone {
    refused: Refused,
    headers: HeaderMap,
}

impl NotDone {
    fn of(bank: &Bank) -> impl Fn(PartError) -> Self + '_ {
        move |error| Self::from_error(bank, error)
    }

    fn from_error(bank: &Bank, error: PartError) -> Self {
        let told = error.to_string();
        let refused = |status, code| Refused::new(status, code, told.clone());
        let state = |part| Told(bank, part).headers();
        let bare = |refused| Self { refused, headers: HeaderMap::new() };
        match error {
            PartError::Unknown => bare(refused(StatusCode::NOT_FOUND, ProblemCode::PartUnknown)),
            PartError::Offset(part) => Self {
                refused: refused(StatusCode::CONFLICT, ProblemCode::PartOffset),
                headers: state(part),
            },
            PartError::Length(part) => {
                Self { refused: Refused::malformed(told), headers: state(part) }
            }
            PartError::BodyTooLarge(part) => {
                Self { refused: Refused::too_large(), headers: state(part) }
            }
            PartError::Checksum => {
                // Every byte came; it is what they are that is wrong.
                let complete = HeaderValue::from_static(complete_value(true));
                let name = header::HeaderName::from_static(COMPLETE_HEADER);
                let code = ProblemCode::PartChecksum;
                let refused = refused(StatusCode::UNPROCESSABLE_ENTITY, code);
                Self { refused, headers: HeaderMap::from_iter([(name, complete)]) }
            }
            PartError::Size(0) => bare(Refused::malformed("a part has at least one byte")),
            PartError::Size(_) => Self {
                refused: refused(StatusCode::PAYLOAD_TOO_LARGE, ProblemCode::PartTooLarge),
                headers: limit_header(None),
            },
            PartError::Quota => bare(
                refused(StatusCode::TOO_MANY_REQUESTS, ProblemCode::PartQuota)
                    .retry_after(QUOTA_PAUSE_S),
            ),
            PartError::Attached => {
                bare(refused(StatusCode::CONFLICT, ProblemCode::CaseAlreadyDelivered))
            }
            PartError::Ledger(error) => bare(error.into()),
            PartError::Objects(error) => bare(error.into()),
        }
    }
}

impl From<Refused> for NotDone {
    fn from(refused: Refused) -> Self {
        Self { refused, headers: HeaderMap::new() }
    }
}

impl IntoResponse for NotDone {
    fn into_response(self) -> Response {
        let mut response = self.refused.into_response();
        response.headers_mut().extend(self.headers);
        response
    }
}

impl From<ObjectsError> for Refused {
    fn from(error: ObjectsError) -> Self {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(%error, source, "the object store failed");
        match error {
            ObjectsError::Full => Self::disk_full(),
            ObjectsError::Address(_)
            | ObjectsError::NotBuilt
            | ObjectsError::Missing
            | ObjectsError::Storage(_) => Self::internal(),
        }
    }
}
