//! What an answer means. Pure.

use std::time::Duration;
use wire::{
    bank::PROBLEM_TYPE,
    parts::{
        COMPLETE_HEADER, LIMIT_HEADER, MAX_APPEND_BYTES, OFFSET_HEADER, parse_bytes,
        parse_complete, parse_max_append,
    },
    problem::{Problem, ProblemCode},
};

/// Longest pause asked by the other side that is honoured: 1 h. Source: docs/adr/0002.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A body of the expected type; its signature is still to be verified.
    Body(Vec<u8>),
    /// The same, of an envelope that is not taken yet (202): a signed list of missing parts.
    Incomplete(Vec<u8>),
    /// The bank, or something that speaks like it, refused with a problem.
    Refused(Problem),
    /// A fault that passes: busy, restarting, a gateway in between.
    Later {
        /// How long the other side asked to wait.
        retry_after: Option<Duration>,
    },
    /// Somebody answered who is not the bank: a sign-in page, a proxy, a redirect.
    NotTheBank,
    /// It is the bank's server, but not by the clock of this device.
    Clock,
    /// Nobody answered.
    Nobody,
}

/// What came back of a step of an upload. Not signed: the end of an upload is told by the signed
/// answer to the envelope that names the part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadAnswer {
    /// How far the bank is: after what was asked, or because it is further on or back than the
    /// request said (409), or was interrupted (408).
    State(UploadState),
    /// The bank has no such part: it expired, or was dropped because its digest did not fit.
    Begin {
        /// All bytes came and are not those of the digest.
        is_checksum: bool,
    },
    /// Refused with a problem that has no way on here.
    Refused(Problem),
    /// A fault that passes.
    Later {
        /// How long the other side asked to wait.
        retry_after: Option<Duration>,
    },
    /// Somebody answered who is not the bank.
    NotTheBank,
    /// Nobody answered.
    Nobody,
}

/// How far the bank is with a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadState {
    /// Bytes on its disk.
    pub offset: u64,
    /// It has all and has checked the digest.
    pub is_complete: bool,
    /// Largest body it takes, in bytes; never 0.
    pub max_append: u64,
    /// It was interrupted: fewer bytes came than were sent.
    pub is_cut: bool,
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
    /// `Upload-Offset`, `Upload-Complete` and `max-append-size`, when they say something.
    pub upload: (Option<u64>, Option<bool>, Option<u64>),
}

impl Frame {
    /// The frame of a response.
    pub fn of(parts: &http::response::Parts) -> Self {
        let text =
            |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        Self {
            status: parts.status.as_u16(),
            content_type: bare_type(text("content-type")),
            retry_after_s: text("retry-after").parse().ok(),
            upload: (
                parse_bytes(text(OFFSET_HEADER)).ok(),
                parse_complete(text(COMPLETE_HEADER)).ok(),
                parse_max_append(text(LIMIT_HEADER)),
            ),
        }
    }

    fn later(&self) -> Option<Duration> {
        self.retry_after_s.map(|seconds| Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
    }

    fn upload_state(&self) -> Option<UploadState> {
        let (offset, complete, max_append) = self.upload;
        Some(UploadState {
            offset: offset?,
            is_complete: complete?,
            max_append: max_append.unwrap_or(MAX_APPEND_BYTES).clamp(1, MAX_APPEND_BYTES),
            is_cut: self.status == 408,
        })
    }
}

/// Tells what an answer means. `expected` is the content type of the answer that was asked for.
pub fn classify(frame: &Frame, body: Vec<u8>, expected: &str) -> Answer {
    let expected = bare_type(expected);
    match frame.status {
        202 if frame.content_type == expected => Answer::Incomplete(body),
        200..=299 if frame.content_type == expected => Answer::Body(body),
        200..=399 | 511 => Answer::NotTheBank,
        408 | 425 | 429 | 500..=599 => Answer::Later { retry_after: frame.later() },
        _ => problem(frame, &body).map_or(Answer::NotTheBank, Answer::Refused),
    }
}

/// Tells what an answer to a step of an upload means. An offset that does not fit (409), and a
/// request that was interrupted (408), say where to go on.
pub fn classify_upload(frame: &Frame, body: Vec<u8>) -> UploadAnswer {
    use UploadAnswer::{Begin, Later, NotTheBank, Refused, State};
    match (frame.status, frame.upload_state()) {
        (200..=299 | 408 | 409, Some(state)) => State(state),
        (200..=399 | 511, _) => NotTheBank,
        (408 | 425 | 429 | 500..=599, _) => Later { retry_after: frame.later() },
        _ => match problem(frame, &body) {
            Some(problem) if problem.code == ProblemCode::PartUnknown => {
                Begin { is_checksum: false }
            }
            Some(problem) if problem.code == ProblemCode::PartChecksum => {
                Begin { is_checksum: true }
            }
            Some(problem) => Refused(problem),
            None => NotTheBank,
        },
    }
}

fn problem(frame: &Frame, body: &[u8]) -> Option<Problem> {
    (frame.content_type == PROBLEM_TYPE).then(|| serde_json::from_slice(body).ok()).flatten()
}

fn bare_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::bank::SIGNED_TYPE;

    fn frame(status: u16, content_type: &str) -> Frame {
        Frame { status, content_type: content_type.into(), ..Frame::default() }
    }

    #[test]
    fn only_the_expected_type_with_a_2xx_is_looked_at() {
        let cose = "application/cose";
        let cases = [
            (frame(200, cose), Answer::Body(b"x".to_vec())),
            (frame(201, cose), Answer::Body(b"x".to_vec())),
            (frame(202, cose), Answer::Incomplete(b"x".to_vec())),
            (frame(200, "text/html"), Answer::NotTheBank),
            (frame(202, "text/html"), Answer::NotTheBank),
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

    #[test]
    fn an_upload_goes_on_where_the_bank_says() {
        let told = (Some(7), Some(false), None);
        let state = |status| UploadState {
            offset: 7,
            is_complete: false,
            max_append: MAX_APPEND_BYTES,
            is_cut: status == 408,
        };
        for status in [200, 201, 204, 408, 409] {
            let frame = Frame { upload: told, ..frame(status, "") };
            assert_eq!(classify_upload(&frame, vec![]), UploadAnswer::State(state(status)));
        }
        let later = UploadAnswer::Later { retry_after: None };
        for (status, expected) in [
            (204, UploadAnswer::NotTheBank),
            (302, UploadAnswer::NotTheBank),
            (408, later.clone()),
            (429, later.clone()),
            (507, later),
            (409, UploadAnswer::NotTheBank),
        ] {
            assert_eq!(classify_upload(&frame(status, "text/html"), vec![]), expected, "{status}");
        }
        let redirected = Frame { upload: told, ..frame(302, "") };
        assert_eq!(classify_upload(&redirected, vec![]), UploadAnswer::NotTheBank);
    }

    #[test]
    fn a_part_that_the_bank_has_not_is_begun_anew() {
        for (status, code, is_checksum) in
            [(404, ProblemCode::PartUnknown, false), (422, ProblemCode::PartChecksum, true)]
        {
            let body = serde_json::to_vec(&Problem::new(code, "")).unwrap();
            let answer = classify_upload(&frame(status, PROBLEM_TYPE), body);
            assert_eq!(answer, UploadAnswer::Begin { is_checksum });
        }
    }

    #[test]
    fn what_the_bank_takes_at_once_is_held_to_what_we_can_send() {
        for (told, held) in [(Some(0), 1), (Some(5), 5), (Some(u64::MAX), MAX_APPEND_BYTES)] {
            let frame = Frame { upload: (Some(0), Some(false), told), ..frame(204, "") };
            let UploadAnswer::State(state) = classify_upload(&frame, vec![]) else { panic!() };
            assert_eq!(state.max_append, held);
        }
    }
}
