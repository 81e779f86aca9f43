//! The one converter from what went wrong to a problem over HTTP (RFC 9457).

use crate::{
    evidence::EvidenceError,
    intake::AdmitError,
    ledger::{BUSY_PAUSE, LedgerError},
};
use axum::{
    Json,
    extract::rejection::{BytesRejection, FailedToBufferBody},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use std::any::Any;
use wire::{
    bank::PROBLEM_TYPE,
    problem::{Problem, ProblemCode},
};

/// A refused request.
#[derive(Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    problem: Problem,
}

impl Refused {
    pub(crate) fn new(status: StatusCode, code: ProblemCode, message: impl Into<String>) -> Self {
        Self { status, problem: Problem::new(code, message) }
    }

    /// The request's shape cannot be read.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ProblemCode::Malformed, message)
    }

    pub(crate) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            ProblemCode::TooLarge,
            "the body is larger than allowed",
        )
    }

    /// One answer for a missing proof, a wrong one and an unknown id, so that ids cannot be
    /// probed.
    pub(crate) fn unauthorised() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            ProblemCode::Unauthorised,
            "a proof of the device key is needed",
        )
    }

    pub(crate) fn busy(status: StatusCode) -> Self {
        let pause = u32::try_from(BUSY_PAUSE.as_secs()).unwrap_or(1);
        let problem = Problem::new(ProblemCode::Busy, "the bank is busy").retry_after(pause);
        Self { status, problem }
    }

    pub(crate) fn unsupported(expected: &str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ProblemCode::ContentType,
            format!("the content type must be {expected}"),
        )
    }

    pub(crate) fn disk_full() -> Self {
        Self::new(
            StatusCode::INSUFFICIENT_STORAGE,
            ProblemCode::DiskFull,
            "the bank has no room on its disk",
        )
    }

    /// The body did not come in whole, which passes, or is larger than any that is read.
    pub(crate) fn of_body(rejection: BytesRejection) -> Self {
        match rejection {
            BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
                Self::too_large()
            }
            // Not a fault of the envelope: a device parks what is said to be malformed.
            _ => Self::busy(StatusCode::REQUEST_TIMEOUT),
        }
    }

    /// The same with a pause to keep before the next try.
    pub(crate) fn retry_after(self, seconds: u32) -> Self {
        Self { problem: self.problem.retry_after(seconds), ..self }
    }

    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, ProblemCode::Internal, "a fault of the bank")
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let retry_after = self.problem.retry_after_s;
        let mut response = (self.status, Json(self.problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 9110, section 11.6.1, wants a challenge; RFC 9421 registers no scheme.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Signature"));
        }
        response
    }
}

impl From<AdmitError> for Refused {
    fn from(error: AdmitError) -> Self {
        let unreadable =
            |code| Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, error.to_string());
        match error {
            AdmitError::Frame => Self::malformed(error.to_string()),
            AdmitError::Seal(_) => unreadable(ProblemCode::SealUnknown),
            AdmitError::Content(_) | AdmitError::Schema(_) | AdmitError::PartDiffers => {
                unreadable(ProblemCode::EnvelopeContent)
            }
            AdmitError::Conflict { .. } => {
                Self::new(StatusCode::CONFLICT, ProblemCode::EnvelopeConflict, error.to_string())
            }
            AdmitError::References | AdmitError::Parts(_) => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, source, "could not admit an envelope");
                Self::internal()
            }
            AdmitError::Ledger(error) => error.into(),
        }
    }
}

impl From<EvidenceError> for Refused {
    fn from(error: EvidenceError) -> Self {
        match error {
            EvidenceError::Unknown => Self::unauthorised(),
            EvidenceError::Ledger(error) => error.into(),
            EvidenceError::Record(_) | EvidenceError::Words { .. } | EvidenceError::Folder(_) => {
                tracing::error!(%error, "no evidence bundle can be made");
                Self::internal()
            }
        }
    }
}

impl From<LedgerError> for Refused {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Busy => Self::busy(StatusCode::SERVICE_UNAVAILABLE),
            LedgerError::DiskFull => {
                tracing::error!("no room on the ledger's disk");
                Self::disk_full()
            }
            LedgerError::Closed
            | LedgerError::InUse
            | LedgerError::TooNew { .. }
            | LedgerError::Unreadable(_)
            | LedgerError::Storage(_) => {
                let source = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, source, "the ledger failed");
                Self::internal()
            }
        }
    }
}

/// The answer of a handler that panicked; the panic itself stands in the log.
pub(crate) fn of_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Refused::internal().into_response()
}

/// The answer for an unknown path.
pub(crate) async fn not_found() -> Refused {
    Refused::new(StatusCode::NOT_FOUND, ProblemCode::NotFound, "no such path")
}

/// The answer for a known path with another method.
pub(crate) async fn method_not_allowed() -> Refused {
    Refused::new(
        StatusCode::METHOD_NOT_ALLOWED,
        ProblemCode::MethodNotAllowed,
        "the path does not have this method",
    )
}
