//! HTTP to the bank, and what each answer means.
//!
//! A 2xx proves nothing: a sign-in page or a proxy says it too. So an answer counts as the bank's
//! only when it carries the bank's signature, redirects are never followed, and everything else is
//! classified by [`classify`], a pure function.

use crate::{
    ports::Clock,
    tls::{self, Pinned, TlsError},
};
use seal::KeyDirectory;
use std::{sync::Arc, time::Duration};
use wire::{
    bank::{CBOR_TYPE, ENVELOPE_TYPE, MAX_ANSWER_BYTES, PROBLEM_TYPE, SIGNED_TYPE},
    problem::Problem,
    proof::{INPUT_HEADER, SIGNATURE_HEADER},
    trust::Trust,
};

/// Longest wait for a connection: 10 s, about three tries of a phone's radio.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest wait for a whole answer: 30 s for at most 256 KiB up.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest pause asked by the other side that is honoured: 1 h. Source: docs/adr/0002.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A body of the expected type; its signature is still to be verified.
    Body(Vec<u8>),
    /// The bank, or something that speaks like it, refused with a problem.
    Refused(Problem),
    /// A fault that passes: busy, restarting, a gateway in between.
    Later {
        /// How long the other side asked to wait.
        retry_after: Option<Duration>,
    },
    /// Somebody answered who is not the bank: a sign-in page, a proxy, a redirect.
    NotTheBank,
    /// Nobody answered.
    Nobody,
}

/// The frame of an answer, as far as its meaning depends on it.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// HTTP status.
    pub status: u16,
    /// Content type without parameters, lower case.
    pub content_type: String,
    /// `Retry-After` in seconds.
    pub retry_after_s: Option<u64>,
}

/// Tells what an answer means. `expected` is the content type of the answer that was asked for.
pub fn classify(frame: &Frame, body: Vec<u8>, expected: &str) -> Answer {
    let expected = bare_type(expected);
    match frame.status {
        200..=299 if frame.content_type == expected => Answer::Body(body),
        200..=399 | 511 => Answer::NotTheBank,
        408 | 425 | 429 | 500..=599 => Answer::Later {
            retry_after: frame
                .retry_after_s
                .map(|seconds| Duration::from_secs(seconds).min(MAX_RETRY_AFTER)),
        },
        _ if frame.content_type == PROBLEM_TYPE => {
            serde_json::from_slice(&body).map_or(Answer::NotTheBank, Answer::Refused)
        }
        _ => Answer::NotTheBank,
    }
}

fn bare_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The bank's HTTP interface at one address.
#[derive(Clone, Debug)]
pub struct BankApi {
    http: reqwest::Client,
    pinned: Arc<Pinned>,
    address: String,
}

impl BankApi {
    /// An interface to the bank at the address of its trust file. `clock` judges certificates.
    ///
    /// # Errors
    /// [`TlsError`].
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
        Ok(Self { http, pinned, address: trust.address.trim_end_matches('/').to_owned() })
    }

    /// Takes up the pins of a verified directory, for connections from now on.
    pub fn believe(&self, directory: &KeyDirectory) {
        self.pinned.believe(directory);
    }

    /// Host and port, as in the `Host` header.
    pub fn authority(&self) -> &str {
        self.address.split_once("://").map_or(self.address.as_str(), |(_, authority)| authority)
    }

    /// Asks the bank to sign a nonce.
    pub async fn ping(&self, nonce_hex: &str) -> Answer {
        let request = self.http.get(format!("{}/v1/ping?nonce={nonce_hex}", self.address));
        answer(request, SIGNED_TYPE).await
    }

    /// Fetches the key directory and the catalogue.
    pub async fn catalogue(&self) -> Answer {
        answer(self.http.get(format!("{}/v1/catalogue", self.address)), CBOR_TYPE).await
    }

    /// Delivers an envelope. Cancel-safe: the bank takes a replay as the same delivery.
    pub async fn put_envelope(&self, id: uuid::Uuid, sealed: Vec<u8>) -> Answer {
        let request = self
            .http
            .put(format!("{}/v1/envelopes/{id}", self.address))
            .header("content-type", ENVELOPE_TYPE)
            .body(sealed);
        answer(request, SIGNED_TYPE).await
    }

    /// Reads where an application stands; `headers` are the proof of the device key.
    pub async fn application(&self, path: &str, headers: (String, String)) -> Answer {
        let request = self
            .http
            .get(format!("{}{path}", self.address))
            .header(INPUT_HEADER, headers.0)
            .header(SIGNATURE_HEADER, headers.1);
        answer(request, "application/json").await
    }
}

async fn answer(request: reqwest::RequestBuilder, expected: &str) -> Answer {
    match receive(request).await {
        Ok(Some((frame, body))) => classify(&frame, body, expected),
        Ok(None) => Answer::NotTheBank,
        Err(e) => {
            let e = e.without_url();
            if let Some(fault) = tls::refusal(&e) {
                tracing::warn!("the server's certificate is not believed: {fault}");
                return Answer::NotTheBank;
            }
            tracing::debug!("no answer: {e}");
            Answer::Nobody
        }
    }
}

/// The answer, or none when it is larger than any of the bank's.
async fn receive(request: reqwest::RequestBuilder) -> reqwest::Result<Option<(Frame, Vec<u8>)>> {
    let mut response = request.send().await?;
    let header = |name: &str| {
        response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
    };
    let frame = Frame {
        status: response.status().as_u16(),
        content_type: bare_type(&header("content-type")),
        retry_after_s: header("retry-after").parse().ok(),
    };
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some((frame, body)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::problem::ProblemCode;

    fn frame(status: u16, content_type: &str) -> Frame {
        Frame { status, content_type: content_type.into(), retry_after_s: None }
    }

    #[test]
    fn only_the_expected_type_with_a_2xx_is_looked_at() {
        let cose = "application/cose";
        let cases = [
            (frame(200, cose), Answer::Body(b"x".to_vec())),
            (frame(201, cose), Answer::Body(b"x".to_vec())),
            (frame(200, "text/html"), Answer::NotTheBank),
            (frame(200, ""), Answer::NotTheBank),
            (frame(302, cose), Answer::NotTheBank),
            (frame(304, cose), Answer::NotTheBank),
            (frame(511, "text/html"), Answer::NotTheBank),
            (frame(403, "text/html"), Answer::NotTheBank),
            (frame(404, "text/plain"), Answer::NotTheBank),
            (frame(503, "text/html"), Answer::Later { retry_after: None }),
            (frame(429, ""), Answer::Later { retry_after: None }),
            (frame(507, PROBLEM_TYPE), Answer::Later { retry_after: None }),
        ];
        for (frame, expected) in cases {
            assert_eq!(classify(&frame, b"x".to_vec(), SIGNED_TYPE), expected, "{frame:?}");
        }
    }

    #[test]
    fn a_problem_is_read_and_anything_like_one_is_not() {
        let problem = Problem::new(ProblemCode::EnvelopeConflict, "known");
        let body = serde_json::to_vec(&problem).unwrap();
        let answer = classify(&frame(409, PROBLEM_TYPE), body, SIGNED_TYPE);
        assert_eq!(answer, Answer::Refused(problem));
        let other = classify(&frame(409, PROBLEM_TYPE), b"{}".to_vec(), SIGNED_TYPE);
        assert_eq!(other, Answer::NotTheBank);
    }

    #[test]
    fn a_pause_is_honoured_up_to_an_hour() {
        let asked = |seconds| Frame { retry_after_s: Some(seconds), ..frame(503, "") };
        let pause = |seconds| match classify(&asked(seconds), vec![], SIGNED_TYPE) {
            Answer::Later { retry_after } => retry_after,
            other => panic!("{other:?}"),
        };
        assert_eq!(pause(5), Some(Duration::from_secs(5)));
        assert_eq!(pause(999_999), Some(Duration::from_secs(3600)));
    }
}
