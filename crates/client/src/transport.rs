//! What carries a request to the bank and brings back its answer.
//!
//! One real one, [`Https`]. Simulations of a network bring their own: everything above this line,
//! from the classifier to the courier, is the same there.

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use std::{future::Future, pin::Pin, time::Duration};
use wire::bank::MAX_ANSWER_BYTES;

/// Longest wait for a connection: 10 s, about three tries of a phone's radio.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest wait for a whole answer: 30 s for at most 1 MiB up. Source: docs/adr/0002.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// Nobody answered, or the answer broke off.
    #[error("nobody answered")]
    Nobody,
    /// The answer is larger than any of the bank's.
    #[error("the answer is larger than any of the bank's")]
    TooLarge,
}

/// An answer that comes later. Dropping it gives the request up; it may have arrived.
pub type Carried<'t> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, NoAnswer>> + Send + 't>>;

/// Carries one request and its answer, whole. Follows no redirect, asks no proxy.
pub trait Transport: Send + Sync {
    /// Sends a request with an absolute address.
    fn carry(&self, request: Request<Bytes>) -> Carried<'_>;
}

/// HTTP over TCP, with TLS to every host but this one.
pub struct Https {
    http: reqwest::Client,
}

impl Https {
    /// A transport that introduces itself as this version of the app.
    ///
    /// # Panics
    /// When TLS cannot be set up, which does not depend on input.
    pub fn new(app_version: &str) -> Self {
        // A second call finds the provider installed already; both are the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .user_agent(format!("sanbu/{app_version}"))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .no_proxy()
            .build()
            .expect("the TLS provider is installed");
        Self { http }
    }

    async fn answer(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
        let nobody = |error: reqwest::Error| {
            tracing::debug!("no answer: {}", error.without_url());
            NoAnswer::Nobody
        };
        let request = reqwest::Request::try_from(request).map_err(nobody)?;
        let mut response = self.http.execute(request).await.map_err(nobody)?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(nobody)? {
            if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                return Err(NoAnswer::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = Response::new(body.freeze());
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

impl Transport for Https {
    fn carry(&self, request: Request<Bytes>) -> Carried<'_> {
        Box::pin(self.answer(request))
    }
}
