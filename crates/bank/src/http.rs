//! The gateway: HTTP version 1 as `wire::bank` documents it, and the page that a stranger's
//! scanner opens.

mod document;
mod guard;
mod log;
mod page;
mod parts;
mod problem;
mod proof;
mod published;
mod read_back;
mod reconciliation;
mod submission;
mod withdrawals;

#[cfg(test)]
mod tests;

use crate::Bank;
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::{HeaderName, HeaderValue, Response, header},
    middleware::{from_fn, from_fn_with_state},
};
use std::sync::Arc;
use std::time::Duration;
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    set_header::SetResponseHeaderLayer,
    trace::TraceLayer,
};
use tracing::Span;
use utoipa_axum::{router::OpenApiRouter, routes};
use wire::bank::MAX_ENVELOPE_BYTES;

/// Names a request in the log and in its answer.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The gateway of `bank`.
pub fn router(bank: Bank) -> Router {
    let (router, document) = OpenApiRouter::with_openapi(document::base())
        .routes(routes!(published::ping))
        .routes(routes!(published::catalogue))
        .routes(routes!(submission::put_envelope, read_back::get_envelope))
        .routes(routes!(read_back::get_application))
        .routes(routes!(read_back::get_evidence))
        .routes(routes!(withdrawals::get_certificate))
        .routes(routes!(reconciliation::reconcile))
        .routes(routes!(log::get_log))
        .routes(routes!(parts::create_part))
        .routes(routes!(parts::head_part, parts::append_part, parts::cancel_part))
        .routes(routes!(document::get_document))
        .routes(routes!(page::ticket_page))
        .routes(routes!(page::notice_page))
        .split_for_parts();
    let document: Arc<str> =
        document.to_json().expect("a document made of literals always encodes").into();
    dress(router.layer(Extension(document)).with_state(bank))
}

/// What every answer goes through, also those for unknown paths. Innermost first.
fn dress(router: Router) -> Router {
    router
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(DefaultBodyLimit::max(MAX_ENVELOPE_BYTES))
        .layer(from_fn_with_state(guard::Guard::default(), guard::admit))
        .layer(CatchPanicLayer::custom(problem::of_panic))
        .layer(from_fn(guard::no_store_below_v1))
        .layer(SetResponseHeaderLayer::overriding(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::overriding(
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ))
        .layer(TraceLayer::new_for_http().make_span_with(span).on_response(log_answer))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
}

/// Names the route, not the path, which may hold what a person typed.
fn span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str);
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), route, id)
}

fn log_answer<B>(response: &Response<B>, took: Duration, _: &Span) {
    let status = response.status().as_u16();
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(status, duration_ms, "answered {status}");
}
