//! What carries a request to the bank and brings back its answer.
//!
//! One real one, [`Https`]. Simulations of a network bring their own: everything above this line,
//! from the classifier to the courier, is the same there.

use crate::{
    ports::Clock,
    tls::{self, Pinned, TlsError},
};
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use seal::KeyDirectory;
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};
use wire::{bank::MAX_ANSWER_BYTES, trust::Trust};

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
    /// Whoever is there showed a certificate that is not the bank's.
    #[error("the server is not the bank's")]
    NotTheBank,
    /// The server showed the bank's own key, in a certificate that is not valid by this device's clock.
    #[error("the bank's certificate is not valid by the clock of this device")]
    Clock,
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

    /// Takes up the pins of a verified directory, for connections from now on.
    fn believe(&self, _directory: &KeyDirectory) {}
}

/// HTTP over TCP, with TLS to every host but this one.
pub struct Https {
    http: reqwest::Client,
    pinned: Arc<Pinned>,
}

impl Https {
    /// A transport to the bank of a trust file. `clock` judges certificates.
    ///
    /// # Errors
    /// [`TlsError`].
    ///
    /// # Panics
    /// When TLS cannot be set up, which does not depend on input.
    pub fn new(trust: &Trust, clock: Arc<dyn Clock>, app_version: &str) -> Result<Self, TlsError> {
        let pinned = Arc::new(Pinned::new(trust)?);
        let http = reqwest::Client::builder()
            .user_agent(format!("sanbu/{app_version}"))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .no_proxy()
            .tls_backend_preconfigured(tls::config(Arc::clone(&pinned), clock))
            .build()
            .expect("what was configured can be built");
        Ok(Self { http, pinned })
    }

    async fn answer(&self, request: Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
        let request = reqwest::Request::try_from(request).map_err(no_answer)?;
        let mut response = self.http.execute(request).await.map_err(no_answer)?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(no_answer)? {
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

    fn believe(&self, directory: &KeyDirectory) {
        self.pinned.believe(directory);
    }
}

fn no_answer(error: reqwest::Error) -> NoAnswer {
    let error = error.without_url();
    if let Some(refusal) = tls::refusal(&error) {
        if tls::is_about_time(refusal) {
            tracing::warn!("the bank's certificate is not valid by this clock: {refusal}");
            return NoAnswer::Clock;
        }
        tracing::warn!("whoever answers is not the bank: {refusal}");
        return NoAnswer::NotTheBank;
    }
    tracing::debug!("no answer: {error}");
    NoAnswer::Nobody
}
