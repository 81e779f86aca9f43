//! Limits on how much is done at once and for how long.

use super::problem::Refused;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Requests in progress at once. With the largest body each, they hold 128 MiB.
const MOST_REQUESTS: usize = 512;

/// Longest time for a request, its body included: a full envelope over a link of 20 kB/s.
const LONGEST_REQUEST: Duration = Duration::from_secs(15);

/// Lets requests in while there is room.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    room: Arc<Semaphore>,
    longest: Duration,
}

impl Default for Guard {
    fn default() -> Self {
        Self::new(MOST_REQUESTS, LONGEST_REQUEST)
    }
}

impl Guard {
    pub(super) fn new(most: usize, longest: Duration) -> Self {
        Self { room: Arc::new(Semaphore::new(most)), longest }
    }
}

/// Answers "busy" when there is no room, and ends what takes too long. An admission that was cut
/// off may still be recorded; the repeated request gets its acknowledgement.
pub(super) async fn admit(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let Ok(_place) = guard.room.try_acquire() else {
        return Refused::busy(StatusCode::SERVICE_UNAVAILABLE).into_response();
    };
    match tokio::time::timeout(guard.longest, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refused::busy(StatusCode::REQUEST_TIMEOUT).into_response(),
    }
}

/// Nothing of the API is kept by caches on the way, except where a handler says how.
pub(super) async fn no_store_below_v1(request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/v1/");
    let mut response = next.run(request).await;
    if api && !response.headers().contains_key(header::CACHE_CONTROL) {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
