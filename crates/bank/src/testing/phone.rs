//! A phone that speaks HTTP to a bank in this process.

use super::{NOW, TestBank};
use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, Request, StatusCode, request::Builder},
};
use seal::{Digest, SigningKey};
use std::io;
use std::sync::Arc;
use tower::ServiceExt;
use wire::{
    parts::{CHUNK_BYTES, PARTIAL_TYPE, complete_value, digest_value, part_path},
    problem::{Problem, ProblemCode},
    proof::{Proof, SignedRequest, signature_base},
};

pub(crate) const HOST: &str = "127.0.0.1:8700";
pub(crate) const CHUNK: usize = CHUNK_BYTES as usize;

/// Bytes that look random and differ by `n`.
pub(crate) fn content(n: usize, size: usize) -> Vec<u8> {
    let mut state = (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// Files in the bank's folder of objects.
pub(crate) fn objects_in(test: &TestBank) -> usize {
    let mut open = vec![test.folder().objects()];
    let mut files = 0;
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            match entry.file_type().unwrap().is_dir() {
                true => open.push(entry.path()),
                false => files += 1,
            }
        }
    }
    files
}

pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Offset and completeness.
    pub(crate) fn state(&self) -> (u64, bool) {
        let offset = self.header("upload-offset").parse();
        let complete = match self.header("upload-complete") {
            "?1" => true,
            "?0" => false,
            other => panic!("{}: complete is {other:?}", self.status),
        };
        (offset.unwrap(), complete)
    }

    pub(crate) fn problem(&self) -> (u16, ProblemCode) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.status);
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        (self.status.as_u16(), problem.code)
    }

    /// An answer to HEAD has no body, so the status says it all.
    pub(crate) fn problem_of_head(&self) -> u16 {
        assert_eq!(self.header("content-type"), "application/problem+json");
        self.status.as_u16()
    }
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Seen {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Seen { status: parts.status, headers: parts.headers, body }
}

#[derive(Clone)]
pub(crate) struct Phone {
    pub(crate) key: Arc<SigningKey>,
    now_s: u64,
}

impl Phone {
    pub(crate) fn new(seed: u8) -> Self {
        Self { key: Arc::new(SigningKey::from_seed([seed; 32])), now_s: NOW.as_millis() / 1000 }
    }

    /// The same phone when the bank's clock says so.
    pub(crate) fn at(&self, now_ms: u64) -> Self {
        Self { now_s: now_ms / 1000, ..self.clone() }
    }

    /// A request with this phone's proof.
    pub(crate) fn request(&self, method: &str, path: &str) -> Builder {
        let key_id = self.key.public().to_hex();
        let signed = SignedRequest { method, authority: HOST, path };
        let base = signature_base(signed, self.now_s, &key_id);
        let signature = self.key.sign_raw(base.as_bytes()).to_vec();
        let proof = Proof { created_s: self.now_s, key_id, signature };
        let (input, signature) = proof.headers();
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", HOST)
            .header("signature-input", input)
            .header("signature", signature)
    }

    pub(crate) async fn create(&self, router: &Router, bytes: &[u8]) -> Seen {
        self.create_sized(router, Digest::of(bytes), bytes.len() as u64).await
    }

    pub(crate) async fn create_sized(&self, router: &Router, digest: Digest, size: u64) -> Seen {
        let request = self
            .request("POST", "/v1/parts")
            .header("upload-length", size)
            .header("upload-complete", "?0")
            .header("repr-digest", digest_value(digest.as_bytes()));
        send(router, request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn head(&self, router: &Router, digest: Digest) -> Seen {
        let request = self.request("HEAD", &part_path(digest.as_bytes()));
        send(router, request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn cancel(&self, router: &Router, digest: Digest) -> Seen {
        let request = self.request("DELETE", &part_path(digest.as_bytes()));
        send(router, request.body(Body::empty()).unwrap()).await
    }

    pub(crate) fn appending(&self, digest: Digest, offset: u64, is_end: bool) -> Builder {
        self.request("PATCH", &part_path(digest.as_bytes()))
            .header("content-type", PARTIAL_TYPE)
            .header("upload-offset", offset)
            .header("upload-complete", complete_value(is_end))
    }

    pub(crate) async fn append(
        &self,
        router: &Router,
        digest: Digest,
        offset: u64,
        is_end: bool,
        body: &[u8],
    ) -> Seen {
        let request = self.appending(digest, offset, is_end).header("content-length", body.len());
        send(router, request.body(Body::from(body.to_vec())).unwrap()).await
    }

    /// Appends with a connection that breaks after `cut` bytes, in frames of odd sizes.
    pub(crate) async fn append_cut(
        &self,
        router: &Router,
        digest: Digest,
        offset: u64,
        is_end: bool,
        body: &[u8],
        cut: usize,
    ) -> Seen {
        let mut frames: Vec<_> =
            body[..cut].chunks(65_521).map(|frame| Ok(Bytes::copy_from_slice(frame))).collect();
        if cut < body.len() {
            frames.push(Err(io::Error::from(io::ErrorKind::ConnectionReset)));
        }
        let request = self.appending(digest, offset, is_end).header("content-length", body.len());
        let body = Body::from_stream(tokio_stream::iter(frames));
        send(router, request.body(body).unwrap()).await
    }

    /// Begins and completes a part, in bodies of the largest size.
    pub(crate) async fn upload(&self, router: &Router, bytes: &[u8]) {
        self.create(router, bytes).await;
        let mut offset = 0;
        for body in bytes.chunks(4 * CHUNK) {
            let end = offset + body.len();
            let is_end = end == bytes.len();
            let seen = self.append(router, Digest::of(bytes), offset as u64, is_end, body).await;
            assert_eq!(seen.state(), (end as u64, is_end), "{}", seen.status);
            offset = end;
        }
    }
}
