//! HTTP to the bank, and what each answer means.
//!
//! A 2xx proves nothing: a sign-in page or a proxy says it too. So an answer counts as the bank's
//! only when it carries the bank's signature, redirects are never followed, and everything else is
//! classified by two pure functions in [`answer`].

pub mod answer;

use crate::transport::{NoAnswer, Transport};
use answer::{Answer, Frame, UploadAnswer, classify, classify_upload};
use bytes::Bytes;
use http::{HeaderMap, Method, Request};
use seal::KeyDirectory;
use std::sync::Arc;
use wire::{
    bank::{CBOR_TYPE, ENVELOPE_TYPE, SIGNED_TYPE},
    parts::{
        COMPLETE_HEADER, DIGEST_HEADER, LENGTH_HEADER, OFFSET_HEADER, PARTIAL_TYPE, complete_value,
        digest_value, part_path,
    },
    proof::{INPUT_HEADER, SIGNATURE_HEADER},
};

/// The two headers of a proof of the device key, made for one request.
pub type ProofHeaders = (String, String);

/// The bank's HTTP interface at one address.
#[derive(Clone)]
pub struct BankApi {
    transport: Arc<dyn Transport>,
    address: String,
}

/// The next bytes of a part.
#[derive(Debug)]
pub struct Append {
    /// The part's name.
    pub digest: [u8; 32],
    /// Where the bytes begin.
    pub offset: u64,
    /// Sealed bytes, at most what the bank said it takes.
    pub bytes: Vec<u8>,
    /// They are the part's end.
    pub is_end: bool,
}

impl BankApi {
    /// An interface to the bank at `address`, e.g. `https://bank.example`.
    pub fn new(address: &str, transport: Arc<dyn Transport>) -> Self {
        Self { transport, address: address.trim_end_matches('/').to_owned() }
    }

    /// Takes up the pins of a verified directory, for connections from now on.
    pub fn believe(&self, directory: &KeyDirectory) {
        self.transport.believe(directory);
    }

    /// Host and port, as in the `Host` header.
    pub fn authority(&self) -> &str {
        self.address.split_once("://").map_or(self.address.as_str(), |(_, authority)| authority)
    }

    /// Asks the bank to sign a nonce.
    pub async fn ping(&self, nonce_hex: &str) -> Answer {
        let path = format!("/v1/ping?nonce={nonce_hex}");
        self.ask(self.request(Method::GET, &path, Bytes::new()), SIGNED_TYPE).await
    }

    /// Fetches the key directory and the catalogue.
    pub async fn catalogue(&self) -> Answer {
        self.ask(self.request(Method::GET, "/v1/catalogue", Bytes::new()), CBOR_TYPE).await
    }

    /// Delivers an envelope. Cancel-safe: the bank takes a replay as the same delivery.
    pub async fn put_envelope(&self, id: uuid::Uuid, sealed: Vec<u8>) -> Answer {
        let mut request =
            self.request(Method::PUT, &format!("/v1/envelopes/{id}"), Bytes::from(sealed));
        set(request.headers_mut(), "content-type", ENVELOPE_TYPE);
        self.ask(request, SIGNED_TYPE).await
    }

    /// Reads the stored acknowledgement of an envelope.
    pub async fn envelope(&self, id: uuid::Uuid, proof: ProofHeaders) -> Answer {
        let mut request = self.request(Method::GET, &format!("/v1/envelopes/{id}"), Bytes::new());
        prove(request.headers_mut(), proof);
        self.ask(request, SIGNED_TYPE).await
    }

    /// Reads where an application stands.
    pub async fn application(&self, path: &str, proof: ProofHeaders) -> Answer {
        let mut request = self.request(Method::GET, path, Bytes::new());
        prove(request.headers_mut(), proof);
        self.ask(request, "application/json").await
    }

    /// Reads the evidence bundle of an application.
    pub async fn evidence(&self, path: &str, proof: ProofHeaders) -> Answer {
        let mut request = self.request(Method::GET, path, Bytes::new());
        prove(request.headers_mut(), proof);
        self.ask(request, CBOR_TYPE).await
    }

    /// Reads something that the bank signed for this device.
    pub async fn signed(&self, path: &str, proof: ProofHeaders) -> Answer {
        let mut request = self.request(Method::GET, path, Bytes::new());
        prove(request.headers_mut(), proof);
        self.ask(request, SIGNED_TYPE).await
    }

    /// Asks which of the listed envelopes the bank does not have.
    pub async fn reconcile(&self, list: Vec<u8>, proof: ProofHeaders) -> Answer {
        let mut request = self.request(Method::POST, wire::reconciliation::PATH, Bytes::from(list));
        set(request.headers_mut(), "content-type", CBOR_TYPE);
        prove(request.headers_mut(), proof);
        self.ask(request, SIGNED_TYPE).await
    }

    /// Begins the upload of a part, or asks how far it is. Cancel-safe.
    pub async fn begin_part(
        &self,
        digest: &[u8; 32],
        size_bytes: u64,
        proof: ProofHeaders,
    ) -> UploadAnswer {
        let mut request = self.request(Method::POST, "/v1/parts", Bytes::new());
        let headers = request.headers_mut();
        set(headers, DIGEST_HEADER, &digest_value(digest));
        set(headers, LENGTH_HEADER, &size_bytes.to_string());
        set(headers, COMPLETE_HEADER, complete_value(false));
        prove(headers, proof);
        self.upload(request).await
    }

    /// Appends to a part. Cancel-safe: the bank keeps the bytes that came.
    pub async fn append_part(&self, append: Append, proof: ProofHeaders) -> UploadAnswer {
        let path = part_path(&append.digest);
        let mut request = self.request(Method::PATCH, &path, Bytes::from(append.bytes));
        let headers = request.headers_mut();
        set(headers, "content-type", PARTIAL_TYPE);
        set(headers, OFFSET_HEADER, &append.offset.to_string());
        set(headers, COMPLETE_HEADER, complete_value(append.is_end));
        prove(headers, proof);
        self.upload(request).await
    }

    fn request(&self, method: Method, path: &str, body: Bytes) -> Request<Bytes> {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        // An address that is none reaches nobody.
        *request.uri_mut() = format!("{}{path}", self.address).parse().unwrap_or_default();
        request
    }

    async fn ask(&self, request: Request<Bytes>, expected: &str) -> Answer {
        match self.transport.carry(request).await {
            Ok(response) => {
                let (parts, body) = response.into_parts();
                classify(&Frame::of(&parts), body.into(), expected)
            }
            Err(NoAnswer::TooLarge | NoAnswer::NotTheBank) => Answer::NotTheBank,
            Err(NoAnswer::Clock) => Answer::Clock,
            Err(NoAnswer::Nobody) => Answer::Nobody,
        }
    }

    async fn upload(&self, request: Request<Bytes>) -> UploadAnswer {
        match self.transport.carry(request).await {
            Ok(response) => {
                let (parts, body) = response.into_parts();
                classify_upload(&Frame::of(&parts), body.into())
            }
            Err(NoAnswer::TooLarge | NoAnswer::NotTheBank) => UploadAnswer::NotTheBank,
            // Told by the greeting before and after it.
            Err(NoAnswer::Nobody | NoAnswer::Clock) => UploadAnswer::Nobody,
        }
    }
}

fn prove(headers: &mut HeaderMap, (input, signature): ProofHeaders) {
    set(headers, INPUT_HEADER, &input);
    set(headers, SIGNATURE_HEADER, &signature);
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    let value = value.parse().expect("our own values are visible ASCII");
    headers.insert(http::HeaderName::from_static(name), value);
}
