mod certificate;

use super::*;
use crate::{
    ledger::{
        Admission, Admitted, Answer, Ledger, LedgerError, PartLedger, StoredApplication,
        StoredEnvelope, Tally,
        alarms::{Alarm, Conflict},
        log::{Countersignatures, Extension, RecordOnFile},
        parts::{Litter, PartChange, PartChanged, StoredPart, UploadId},
        stops::{FinishStop, Stop, StopLedger, StopWaiting, Stopping},
    },
    testing::{Device, NOW, TestBank},
};
use axum::{
    body::{Body, Bytes, to_bytes},
    http::StatusCode,
    routing::get,
};
use lending::acknowledgement::{Pong, VerifiedAck};
use seal::{Digest, PublicKey, SigningKey};
use tower::ServiceExt;
use uuid::Uuid;
use wire::{
    bank::{CatalogueBundle, ENVELOPE_TYPE, SIGNED_TYPE},
    problem::{Problem, ProblemCode},
    proof::{Proof, SignedRequest, signature_base},
    reconciliation::Listed,
};

const HOST: &str = "127.0.0.1:8700";
/// 00000000-0000-0000-0000-000000000001
const ID: Uuid = Uuid::from_u128(1);

struct Seen {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    body: Bytes,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The problem, after checking all that every problem has.
    fn problem(&self) -> (u16, ProblemCode) {
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("x-content-type-options"), "nosniff");
        assert!(!self.header("x-request-id").is_empty());
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert!(!problem.message.is_empty());
        (self.status.as_u16(), problem.code)
    }
}

async fn send(router: &Router, request: Request) -> Seen {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Seen { status: parts.status, headers: parts.headers, body }
}

fn request(method: &str, path: &str) -> axum::http::request::Builder {
    Request::builder().method(method).uri(path).header("host", HOST)
}

async fn fetch(router: &Router, path: &str) -> Seen {
    send(router, request("GET", path).body(Body::empty()).unwrap()).await
}

async fn put(router: &Router, id: Uuid, body: Vec<u8>) -> Seen {
    let request = request("PUT", &format!("/v1/envelopes/{id}"))
        .header("content-type", ENVELOPE_TYPE)
        .body(Body::from(body));
    send(router, request.unwrap()).await
}

fn proved(path: &str, key: &SigningKey, created_s: u64, authority: &str) -> Request {
    let key_id = key.id().to_hex();
    let signed = SignedRequest { method: "GET", authority, path };
    let base = signature_base(signed, created_s, &key_id);
    let signature = key.sign_raw(base.as_bytes()).to_vec();
    let (input, signature) = Proof { created_s, key_id, signature }.headers();
    request("GET", path)
        .header("signature-input", input)
        .header("signature", signature)
        .body(Body::empty())
        .unwrap()
}

fn now_s() -> u64 {
    NOW.as_millis() / 1000
}

#[tokio::test]
async fn a_probe_is_answered_with_a_signature_over_its_nonce() {
    let test = TestBank::new();
    let bank = test.open();
    let seen = fetch(&bank.router(), "/v1/ping?nonce=000102030405060708090A0b0c0d0e0f").await;
    assert_eq!((seen.status, seen.header("content-type")), (StatusCode::OK, SIGNED_TYPE));
    assert_eq!(seen.header("cache-control"), "no-store");
    let nonce: [u8; 16] = std::array::from_fn(|n| u8::try_from(n).unwrap());
    let pong = Pong::verify(&seen.body, nonce, &test.published().directory).unwrap();
    assert_eq!((pong.at, pong.server_epoch), (NOW, bank.server_epoch()));
    assert_eq!(pong.catalogue_version, 1);
}

#[tokio::test]
async fn the_catalogue_is_fetched_once_and_then_only_asked_after() {
    let test = TestBank::new();
    let router = test.open().router();
    let seen = fetch(&router, "/v1/catalogue").await;
    let etag = seen.header("etag").to_owned();
    assert_eq!(etag, format!("\"{}\"", Digest::of(&seen.body).to_hex()));
    let bundle: CatalogueBundle = seal::cbor::decode(&seen.body).unwrap();
    let directory = test.published().directory;
    lending::catalogue::Catalogue::verify(&bundle.catalogue, &directory).unwrap();
    for (asked, status) in [
        (etag.clone(), 304),
        (format!("W/{etag}"), 304),
        (format!("\"x\", {etag}"), 304),
        ("*".into(), 304),
        ("\"x\"".into(), 200),
        (etag.trim_matches('"').into(), 200),
    ] {
        let request = request("GET", "/v1/catalogue").header("if-none-match", &asked);
        let seen = send(&router, request.body(Body::empty()).unwrap()).await;
        assert_eq!(seen.status.as_u16(), status, "{asked}");
        assert_eq!(seen.header("etag"), etag);
        assert_eq!(seen.body.is_empty(), status == 304);
    }
}

#[tokio::test]
async fn an_envelope_is_acknowledged_and_a_replay_gets_the_same_bytes() {
    let test = TestBank::new();
    let router = test.open().router();
    let device = Device::new(1);
    let body = device.envelope(&test, ID, 1);
    let first = put(&router, ID, body.clone()).await;
    assert_eq!((first.status, first.header("content-type")), (StatusCode::CREATED, SIGNED_TYPE));
    let directory = test.published().directory;
    VerifiedAck::verify(&first.body, ID.into_bytes(), Digest::of(&body), &directory).unwrap();
    test.pass(60_000);
    let again = put(&router, ID, body).await;
    assert_eq!((again.status, &again.body), (StatusCode::OK, &first.body));
    let other = put(&router, ID, device.envelope(&test, ID, 1)).await;
    assert_eq!(other.problem(), (409, ProblemCode::EnvelopeConflict));
}

#[tokio::test]
async fn whatever_is_sent_is_answered_with_a_problem_and_never_500() {
    let test = TestBank::new();
    let router = test.open().router();
    let device = Device::new(1);
    let id = format!("/v1/envelopes/{ID}");
    let envelope = |path: &str, kind: &str, body: Vec<u8>| {
        request("PUT", path).header("content-type", kind).body(Body::from(body)).unwrap()
    };
    let get = |path: &str| request("GET", path).body(Body::empty()).unwrap();
    let valid = device.envelope(&test, ID, 1);
    let mut broken = valid.clone();
    *broken.last_mut().unwrap() ^= 1;
    let method = |name: &str, path: &str| request(name, path).body(Body::empty()).unwrap();
    use ProblemCode as P;
    let cases = [
        ("garbage", envelope(&id, ENVELOPE_TYPE, b"{]".to_vec()), 400, P::Malformed),
        ("empty", envelope(&id, ENVELOPE_TYPE, vec![]), 400, P::Malformed),
        ("cut", envelope(&id, ENVELOPE_TYPE, valid[..99].to_vec()), 400, P::Malformed),
        ("broken", envelope(&id, ENVELOPE_TYPE, broken), 422, P::SealUnknown),
        (
            "content",
            envelope(&id, ENVELOPE_TYPE, device.seal(&test, ID, 1, b"x")),
            422,
            P::EnvelopeContent,
        ),
        (
            "schema",
            envelope(&id, ENVELOPE_TYPE, device.seal(&test, ID, 0, b"x")),
            422,
            P::EnvelopeContent,
        ),
        ("large", envelope(&id, ENVELOPE_TYPE, vec![0; MAX_ENVELOPE_BYTES + 1]), 413, P::TooLarge),
        ("largest", envelope(&id, ENVELOPE_TYPE, vec![0; MAX_ENVELOPE_BYTES]), 400, P::Malformed),
        ("json", envelope(&id, "application/json", valid.clone()), 415, P::ContentType),
        ("type cut", envelope(&id, "application/vnd.sanbu", valid.clone()), 415, P::ContentType),
        (
            "no type",
            request("PUT", &id).body(Body::from(valid.clone())).unwrap(),
            415,
            P::ContentType,
        ),
        ("bad id", envelope("/v1/envelopes/1", ENVELOPE_TYPE, valid.clone()), 400, P::Malformed),
        (
            "other form",
            envelope(
                "/v1/envelopes/00000000000000000000000000000001",
                ENVELOPE_TYPE,
                valid.clone(),
            ),
            400,
            P::Malformed,
        ),
        (
            "not utf-8",
            envelope("/v1/envelopes/%ff", ENVELOPE_TYPE, valid.clone()),
            400,
            P::Malformed,
        ),
        ("no id", envelope("/v1/envelopes/", ENVELOPE_TYPE, valid), 404, P::NotFound),
        ("post", method("POST", &id), 405, P::MethodNotAllowed),
        ("delete", method("DELETE", "/v1/catalogue"), 405, P::MethodNotAllowed),
        ("put page", method("PUT", "/T/1"), 405, P::MethodNotAllowed),
        ("odd method", method("BREW", "/v1/ping"), 405, P::MethodNotAllowed),
        ("no nonce", get("/v1/ping"), 400, P::Malformed),
        ("short nonce", get("/v1/ping?nonce=00"), 400, P::Malformed),
        ("odd nonce", get("/v1/ping?nonce=%zz"), 400, P::Malformed),
        ("two nonces", get("/v1/ping?nonce=00&nonce=01"), 400, P::Malformed),
        ("unknown", get("/v1/secret"), 404, P::NotFound),
        ("root", get("/"), 404, P::NotFound),
        ("case", get("/V1/ping"), 404, P::NotFound),
        ("dots", get("/v1/../v1/ping"), 404, P::NotFound),
        ("no proof", get(&id), 401, P::Unauthorised),
        ("bad id read", get("/v1/applications/x"), 400, P::Malformed),
    ];
    for (name, request, status, code) in cases {
        let seen = send(&router, request).await;
        assert_eq!(seen.problem(), (status, code), "{name}");
    }
}

#[tokio::test]
async fn only_the_sending_device_reads_a_case_and_ids_cannot_be_probed() {
    let test = TestBank::new();
    let router = test.open().router();
    let (owner, stranger) = (Device::new(1), Device::new(2));
    let body = owner.envelope(&test, ID, 1);
    let ack = put(&router, ID, body).await.body;
    let ours = [("envelopes", ""), ("applications", ""), ("applications", "/evidence")];
    let path_of = |(kind, more): (&str, &str), id: Uuid| format!("/v1/{kind}/{id}{more}");
    let [ack_path, status_path, evidence_path] = ours.map(|path| path_of(path, ID));
    let unknown = Uuid::from_u128(99);

    let read = send(&router, proved(&ack_path, &owner.key, now_s(), HOST)).await;
    assert_eq!((read.status, &read.body), (StatusCode::OK, &ack));
    let read = send(&router, proved(&status_path, &owner.key, now_s() - 299, HOST)).await;
    let status: wire::bank::ApplicationStatus = serde_json::from_slice(&read.body).unwrap();
    assert_eq!((status.id, &*status.status, status.refused), (ID, "received", None));
    assert_eq!(status.received_at_ms, NOW.as_millis());
    assert!(status.reference.starts_with("SB-261122-"));

    let read = send(&router, proved(&evidence_path, &owner.key, now_s(), HOST)).await;
    let proves = lending::evidence::Bundle::verify(&read.body, None).unwrap();
    assert_eq!((proves.device, read.status), (owner.key.public(), StatusCode::OK));

    let mut answers = Vec::new();
    for kind in ours {
        let (path, other) = (path_of(kind, ID), path_of(kind, unknown));
        answers.push(("wrong key", proved(&path, &stranger.key, now_s(), HOST)));
        answers.push(("unknown id", proved(&other, &owner.key, now_s(), HOST)));
        answers.push(("stale", proved(&path, &owner.key, now_s() - 301, HOST)));
        answers.push(("early", proved(&path, &owner.key, now_s() + 301, HOST)));
        answers.push(("other host", proved(&path, &owner.key, now_s(), "evil.example")));
        answers.push(("none", request("GET", &path).body(Body::empty()).unwrap()));
        let mut moved = proved(&other, &owner.key, now_s(), HOST);
        *moved.uri_mut() = path.parse().unwrap();
        answers.push(("signed for another path", moved));
        let mut twice = proved(&path, &owner.key, now_s(), HOST);
        let again = twice.headers()["signature"].clone();
        twice.headers_mut().append("signature", again);
        answers.push(("two signatures", twice));
    }
    let mut bodies = std::collections::BTreeSet::new();
    for (name, request) in answers {
        let seen = send(&router, request).await;
        assert_eq!(seen.problem(), (401, ProblemCode::Unauthorised), "{name}");
        bodies.insert(seen.body);
    }
    assert_eq!(bodies.len(), 1, "one answer for all");
}

#[tokio::test]
async fn a_withdrawal_has_an_acknowledgement_but_is_no_application() {
    let test = TestBank::new();
    let router = test.open().router();
    let owner = Device::new(1);
    let ack = put(&router, ID, owner.withdrawal(&test, ID, Uuid::from_u128(2))).await;
    assert_eq!(ack.status, StatusCode::CREATED);
    let path = format!("/v1/envelopes/{ID}");
    assert_eq!(send(&router, proved(&path, &owner.key, now_s(), HOST)).await.body, ack.body);
    let path = format!("/v1/applications/{ID}");
    let seen = send(&router, proved(&path, &owner.key, now_s(), HOST)).await;
    assert_eq!(seen.problem(), (401, ProblemCode::Unauthorised));
}

#[tokio::test]
async fn a_strangers_scanner_gets_a_page_without_scripts_that_reflects_only_digits() {
    let test = TestBank::new();
    let router = test.open().router();
    let page = fetch(&router, "/T/0123456789").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
    let text = String::from_utf8(page.body.to_vec()).unwrap();
    for words in ["三步示范银行", "Sanbu Demo Bank", "0576-0000-0000", "不收钱", "takes no money"]
    {
        assert!(text.contains(words), "{words}");
    }
    for words in ["<script", "{style", "{name", "{phone", "{link"] {
        assert!(!text.contains(words), "{words}");
    }
    let link = "sanbu://loan.sanbu.example/T/";
    assert!(text.contains(&format!("href=\"{link}0123456789\"")));
    let without = text.replace("0123456789", "");
    for hostile in ["%3Cscript%3E", "0123%22", "javascript:alert(1)", "%ff"] {
        let page = fetch(&router, &format!("/T/{hostile}")).await;
        assert_eq!(String::from_utf8(page.body.to_vec()).unwrap(), without, "{hostile}");
    }
}

/// A record names the place: whoever reads it years later finds the words there.
#[tokio::test]
async fn the_words_of_every_notice_are_published_where_its_records_say() {
    let test = TestBank::new();
    let router = test.open().router();
    let published = test.published();
    for notice in &published.catalogue().notices {
        let page = fetch(&router, &format!("/{}", notice.path())).await;
        assert_eq!(page.status, 200);
        assert!(page.header("content-security-policy").contains("default-src 'none'"));
        let text = String::from_utf8(page.body.to_vec()).unwrap();
        for locale in lending::Locale::ALL {
            assert!(text.contains(&notice.digest(locale).to_hex()), "{}", notice.id);
            for words in notice.words(locale) {
                assert!(text.contains(words) || words.contains(['&', '"']), "{words}");
            }
        }
        assert!(!["{style", "{name", "{sections"].iter().any(|left| text.contains(left)));
    }
    for strange in ["/n/tax/2", "/n/nothing/1", "/n/tax/x", "/n/%3Cscript%3E/1"] {
        assert_eq!(fetch(&router, strange).await.problem(), (404, ProblemCode::NotFound));
    }
}

#[tokio::test]
async fn the_document_is_openapi_3_1_and_lists_every_route() {
    let test = TestBank::new();
    let seen = fetch(&test.open().router(), "/openapi.json").await;
    let document: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let routes = [
        ("get", "/v1/ping", "200"),
        ("get", "/v1/catalogue", "200"),
        ("put", "/v1/envelopes/{id}", "200"),
        ("get", "/v1/envelopes/{id}", "200"),
        ("get", "/v1/applications/{id}", "200"),
        ("get", "/v1/applications/{id}/evidence", "200"),
        ("get", "/v1/withdrawals/{id}/certificate", "200"),
        ("get", "/v1/log", "200"),
        ("post", "/v1/reconciliations", "200"),
        ("post", "/v1/parts", "201"),
        ("head", "/v1/parts/{digest}", "204"),
        ("patch", "/v1/parts/{digest}", "204"),
        ("delete", "/v1/parts/{digest}", "204"),
        ("get", "/openapi.json", "200"),
        ("get", "/T/{digits}", "200"),
        ("get", "/n/{id}/{version}", "200"),
    ];
    let listed = document["paths"].as_object().unwrap().values();
    assert_eq!(listed.map(|path| path.as_object().unwrap().len()).sum::<usize>(), routes.len());
    for (method, path, done) in routes {
        let responses = document["paths"][path][method]["responses"].as_object().unwrap();
        for status in [done, "500", "503"] {
            assert!(responses.contains_key(status), "{method} {path} {status}");
        }
        let schema = &responses["500"]["content"]["application/problem+json"]["schema"];
        assert_eq!(schema["$ref"], "#/components/schemas/Problem");
    }
    let text = String::from_utf8(seen.body.to_vec()).unwrap();
    for (at, _) in text.match_indices("#/components/schemas/") {
        let name = text[at..].split('"').next().unwrap().rsplit('/').next().unwrap();
        assert!(document["components"]["schemas"].get(name).is_some(), "{name} is described");
    }
}

/// A ledger that has one answer for everything.
struct Failing(fn() -> LedgerError);

impl PartLedger for Failing {
    fn part(&self, _: PublicKey, _: Digest) -> Answer<'_, Option<StoredPart>> {
        Box::pin(async { Ok(None) })
    }
    fn parts_after(&self, _: Option<UploadId>, _: u32) -> Answer<'_, Vec<StoredPart>> {
        Box::pin(async { Ok(Default::default()) })
    }
    fn litter(&self, _: u32) -> Answer<'_, Vec<Litter>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn change_part(&self, _: PartChange) -> Answer<'_, PartChanged> {
        Box::pin(async { Err((self.0)()) })
    }
}

impl StopLedger for Failing {
    fn stop(&self, _: Uuid) -> Answer<'_, Option<Stop>> {
        Box::pin(async { Err((self.0)()) })
    }
    fn stops_waiting(&self, _: u64, _: u32) -> Answer<'_, Vec<StopWaiting>> {
        Box::pin(async { Err((self.0)()) })
    }
    fn finish_stop(&self, _: FinishStop) -> Answer<'_, bool> {
        Box::pin(async { Err((self.0)()) })
    }
    fn stopping(&self, _: Uuid) -> Answer<'_, Option<Stopping>> {
        Box::pin(async { Err((self.0)()) })
    }
}

impl Ledger for Failing {
    fn admit(&self, _: Admission) -> Answer<'_, Admitted> {
        Box::pin(async { Err((self.0)()) })
    }
    fn envelope(&self, _: Uuid) -> Answer<'_, Option<StoredEnvelope>> {
        Box::pin(async { Ok(None) })
    }
    fn missing(&self, _: PublicKey, _: Vec<Listed>) -> Answer<'_, Vec<[u8; 16]>> {
        Box::pin(async { Err((self.0)()) })
    }
    fn application(&self, _: Uuid) -> Answer<'_, Option<StoredApplication>> {
        Box::pin(async { Ok(None) })
    }
    fn devices_of_record(&self, _: [u8; 16]) -> Answer<'_, Vec<PublicKey>> {
        Box::pin(async { Ok(Vec::new()) })
    }
    fn log(&self, _: u64) -> Answer<'_, Extension> {
        Box::pin(async { Err((self.0)()) })
    }
    fn countersignatures(&self, _: Vec<Digest>) -> Answer<'_, Countersignatures> {
        Box::pin(async { Err((self.0)()) })
    }
    fn records_of_case(&self, _: Uuid) -> Answer<'_, Vec<RecordOnFile>> {
        Box::pin(async { Err((self.0)()) })
    }
    fn note_conflict(&self, _: Conflict) -> Answer<'_, ()> {
        Box::pin(async { Ok(()) })
    }
    fn alarms(&self) -> Answer<'_, Vec<Alarm>> {
        Box::pin(async { Ok(Default::default()) })
    }
    fn tally(&self) -> Answer<'_, Tally> {
        Box::pin(async { Ok(Tally::default()) })
    }
}

#[tokio::test]
async fn a_ledger_that_cannot_record_is_told_apart_by_code() {
    let test = TestBank::new();
    type Fault = fn() -> LedgerError;
    let cases: [(Fault, u16, ProblemCode); 4] = [
        (|| LedgerError::Busy, 503, ProblemCode::Busy),
        (|| LedgerError::DiskFull, 507, ProblemCode::DiskFull),
        (|| LedgerError::Closed, 500, ProblemCode::Internal),
        (|| LedgerError::Storage("secret path".into()), 500, ProblemCode::Internal),
    ];
    for (error, status, code) in cases {
        let router = test.open_with(Arc::new(Failing(error))).router();
        let seen = put(&router, ID, Device::new(1).envelope(&test, ID, 1)).await;
        assert_eq!(seen.problem(), (status, code));
        assert_eq!(seen.header("retry-after"), if status == 503 { "1" } else { "" });
        assert!(!String::from_utf8_lossy(&seen.body).contains("secret"));
    }
}

#[tokio::test]
async fn a_panic_of_a_handler_is_a_problem_like_any_other() {
    async fn panics() -> &'static str {
        panic!("on purpose")
    }
    let router = dress(Router::new().route("/boom", get(panics)));
    assert_eq!(fetch(&router, "/boom").await.problem(), (500, ProblemCode::Internal));
}

#[tokio::test]
async fn a_full_house_and_a_slow_request_are_busy() {
    let room_for = |most, longest| {
        let guard = guard::Guard::new(most, longest);
        Router::new()
            .route("/", get(std::future::pending::<&'static str>))
            .layer(from_fn_with_state(guard, guard::admit))
    };
    let full = room_for(0, Duration::from_secs(9));
    let seen = fetch(&full, "/").await;
    assert_eq!((seen.status.as_u16(), seen.header("retry-after")), (503, "1"));
    let slow = room_for(1, Duration::from_millis(1));
    assert_eq!(fetch(&slow, "/").await.status.as_u16(), 408);
}
