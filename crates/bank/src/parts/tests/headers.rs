//! Whatever is in a request about a part, it is answered with a problem and changes nothing.

use super::*;
use crate::testing::phone::{HOST, send};
use axum::body::Body as HttpBody;
use axum::http::{Request, request::Builder};
use wire::parts::{digest_value, part_path};
use wire::proof::{Proof, SignedRequest, signature_base};

fn empty(request: Builder) -> Request<HttpBody> {
    request.body(HttpBody::empty()).unwrap()
}

#[tokio::test]
async fn a_hostile_beginning_is_malformed() {
    let test = TestBank::new();
    let phone = Phone::new(1);
    let router = test.open().router();
    let digest = digest_value(&[7; 32]);
    let good = [("upload-length", "9"), ("upload-complete", "?0"), ("repr-digest", &digest)];
    let with = |headers: &[(&str, &str)]| {
        let builder = phone.request("POST", "/v1/parts");
        headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value))
    };
    let changed =
        |name: &str, value| with(&good.map(|(n, v)| if n == name { (n, value) } else { (n, v) }));
    let without =
        |name: &str| with(&good.iter().copied().filter(|(n, _)| *n != name).collect::<Vec<_>>());
    let hostile_numbers =
        ["", "-1", "1.0", "9.5", "1e3", "0x9", "9, 9", "nine", "9999999999999999", "\"9\"", "0"];
    let mut requests: Vec<(String, Builder)> = Vec::new();
    for value in hostile_numbers {
        requests.push((format!("length {value:?}"), changed("upload-length", value)));
    }
    for value in ["?1", "", "true", "?0, ?0"] {
        requests.push((format!("complete {value:?}"), changed("upload-complete", value)));
    }
    let upper = digest.to_uppercase();
    for value in ["", "sha-256=:AA==:", "sha-512=:AA==:", "sha-256", "sha-256=\"x\"", &upper] {
        requests.push((format!("digest {value:?}"), changed("repr-digest", value)));
    }
    for (name, value) in good {
        requests.push((format!("no {name}"), without(name)));
        requests.push((format!("{name} twice"), with(&good).header(name, value)));
    }
    for (name, request) in requests {
        let seen = send(&router, empty(request)).await;
        assert_eq!(seen.problem(), (400, ProblemCode::Malformed), "{name}");
    }
    let huge = send(&router, empty(changed("upload-length", "999999999999999"))).await;
    assert_eq!(huge.problem(), (413, ProblemCode::PartTooLarge));
    let full = with(&good).body(HttpBody::from("bytes")).unwrap();
    assert_eq!(send(&router, full).await.problem(), (400, ProblemCode::Malformed));
    let head = phone.head(&router, Digest::from_bytes([7; 32])).await;
    assert_eq!(head.problem_of_head(), 404, "none of them began a part");
}

#[tokio::test]
async fn a_hostile_append_changes_nothing() {
    let test = TestBank::new();
    let phone = Phone::new(1);
    let router = test.open().router();
    let bytes = content(1, 100);
    let digest = Digest::of(&bytes);
    phone.create(&router, &bytes).await;
    phone.append(&router, digest, 0, false, &bytes[..40]).await;
    let path = part_path(digest.as_bytes());
    let patch = |offset: &str, complete: &str, kind: &str| {
        phone
            .request("PATCH", &path)
            .header("upload-offset", offset)
            .header("upload-complete", complete)
            .header("content-type", kind)
    };
    let good = || patch("40", "?0", PARTIAL_TYPE);
    let body = |builder: Builder, length: usize| {
        let builder = builder.header("content-length", length);
        builder.body(HttpBody::from(bytes[..length.min(100)].to_vec())).unwrap()
    };
    use ProblemCode as P;
    let mut cases: Vec<(String, Request<HttpBody>, (u16, P))> = Vec::new();
    for offset in ["", "-1", "40.0", "40, 40", "0x28", "9999999999999999", "forty"] {
        let request = body(patch(offset, "?0", PARTIAL_TYPE), 5);
        cases.push((format!("offset {offset:?}"), request, (400, P::Malformed)));
    }
    for complete in ["", "1", "?2", "yes"] {
        let request = body(patch("40", complete, PARTIAL_TYPE), 5);
        cases.push((format!("complete {complete:?}"), request, (400, P::Malformed)));
    }
    for offset in ["0", "39", "41", "100", "999999999999999"] {
        let request = body(patch(offset, "?0", PARTIAL_TYPE), 5);
        cases.push((format!("offset {offset}"), request, (409, P::PartOffset)));
    }
    let json = body(patch("40", "?0", "application/json"), 5);
    cases.push(("another type".into(), json, (415, P::ContentType)));
    let twice = body(good().header("upload-offset", "40"), 5);
    cases.push(("offset twice".into(), twice, (400, P::Malformed)));
    let types = body(good().header("content-type", PARTIAL_TYPE), 5);
    cases.push(("type twice".into(), types, (415, P::ContentType)));
    cases.push(("beyond the length".into(), body(good(), 61), (400, P::Malformed)));
    let no_end = body(patch("40", "?1", PARTIAL_TYPE), 59);
    cases.push(("an end that is none".into(), no_end, (400, P::Malformed)));
    let other = body(good().header("upload-length", "101"), 5);
    cases.push(("another length".into(), other, (400, P::Malformed)));
    let odd = good().header("content-length", "five").body(HttpBody::from("12345")).unwrap();
    cases.push(("content length".into(), odd, (400, P::Malformed)));
    let large = good().header("content-length", 1_048_577).body(HttpBody::empty()).unwrap();
    cases.push(("too large".into(), large, (413, P::TooLarge)));
    for (name, request, expected) in cases {
        let seen = send(&router, request).await;
        assert_eq!(seen.problem(), expected, "{name}");
        if expected.0 == 409 {
            assert_eq!(seen.state(), (40, false), "{name}");
        }
        if expected.0 == 413 {
            assert!(seen.header("upload-limit").contains("max-append-size=1048576"), "{name}");
        }
        assert_eq!(phone.head(&router, digest).await.state(), (40, false), "{name}");
    }
    for name in ["", "ab", &"g".repeat(64), &digest.to_hex().to_uppercase()] {
        let seen =
            send(&router, empty(phone.request("DELETE", &format!("/v1/parts/{name}")))).await;
        assert!([(400, P::Malformed), (404, P::NotFound)].contains(&seen.problem()), "{name}");
    }
    let seen = phone.append(&router, digest, 40, true, &bytes[40..]).await;
    assert_eq!(seen.state(), (100, true), "and it goes on as if nothing had been");
}

#[tokio::test]
async fn a_body_of_unknown_length_is_measured_while_it_comes() {
    let test = TestBank::new();
    let phone = Phone::new(1);
    let router = test.open_with_memory().router();
    let bytes = content(1, 100);
    let digest = Digest::of(&bytes);
    phone.create(&router, &bytes).await;
    let chunked = |builder: Builder, body: &[u8]| {
        let frames: Vec<_> = body
            .chunks(70_001)
            .map(|frame| Ok::<_, std::io::Error>(axum::body::Bytes::copy_from_slice(frame)))
            .collect();
        builder.body(HttpBody::from_stream(tokio_stream::iter(frames))).unwrap()
    };
    let longer = [&bytes[..], b"surplus"].concat();
    let seen = send(&router, chunked(phone.appending(digest, 0, true), &longer)).await;
    assert_eq!(seen.problem(), (400, ProblemCode::Malformed));
    assert_eq!(seen.state(), (100, false), "what was declared is kept, the surplus is not");
    let seen = phone.append(&router, digest, 100, true, b"").await;
    assert_eq!(seen.state(), (100, true), "the end may be said without bytes");
    let seen = send(&router, chunked(phone.appending(digest, 100, true), b"more")).await;
    assert_eq!(seen.problem(), (400, ProblemCode::Malformed), "nothing follows the end");

    let large = content(2, 5 * CHUNK);
    let digest = Digest::of(&large);
    phone.create(&router, &large).await;
    let seen = send(&router, chunked(phone.appending(digest, 0, true), &large)).await;
    assert_eq!(seen.problem(), (413, ProblemCode::TooLarge));
    assert_eq!(seen.state(), (4 * CHUNK as u64, false));
    let early = send(&router, chunked(phone.appending(digest, 4 * CHUNK as u64, true), b"")).await;
    assert_eq!(early.problem(), (400, ProblemCode::Malformed), "an end that is none");
    let rest = &large[4 * CHUNK..];
    let seen = send(&router, chunked(phone.appending(digest, 4 * CHUNK as u64, true), rest)).await;
    assert_eq!(seen.state(), (5 * CHUNK as u64, true));
}

#[tokio::test]
async fn a_known_part_of_another_length_is_refused() {
    let test = TestBank::new();
    let phone = Phone::new(1);
    let router = test.open().router();
    let bytes = content(1, 100);
    phone.create(&router, &bytes).await;
    let seen = phone.create_sized(&router, Digest::of(&bytes), 99).await;
    assert_eq!(seen.problem(), (400, ProblemCode::Malformed));
    assert_eq!(seen.header("upload-length"), "100");
}

#[tokio::test]
async fn every_request_needs_the_proof_of_a_key_and_the_digest_is_none() {
    let test = TestBank::new();
    let phone = Phone::new(1);
    let router = test.open().router();
    let bytes = content(1, 100);
    phone.upload(&router, &bytes).await;
    let path = part_path(Digest::of(&bytes).as_bytes());
    let now_s = NOW.as_millis() / 1000;
    let proved = |method: &'static str, signed_path: &str, key: &SigningKey, key_id: &str, at| {
        let signed = SignedRequest { method, authority: HOST, path: signed_path };
        let base = signature_base(signed, at, key_id);
        let signature = key.sign_raw(base.as_bytes()).to_vec();
        let proof = Proof { created_s: at, key_id: key_id.into(), signature };
        let (input, signature) = proof.headers();
        Request::builder()
            .method(method)
            .uri(&path)
            .header("host", HOST)
            .header("signature-input", input)
            .header("signature", signature)
    };
    let (mine, other) = (phone.key.public().to_hex(), SigningKey::from_seed([9; 32]));
    for method in ["HEAD", "PATCH", "DELETE"] {
        let bare = Request::builder().method(method).uri(&path).header("host", HOST);
        let cases = [
            ("no proof", bare),
            ("another key", proved(method, &path, &other, &mine, now_s)),
            ("an id for a key", proved(method, &path, &phone.key, &phone.key.id().to_hex(), now_s)),
            ("no key", proved(method, &path, &phone.key, "zz", now_s)),
            ("stale", proved(method, &path, &phone.key, &mine, now_s - 301)),
            ("another path", proved(method, "/v1/parts", &phone.key, &mine, now_s)),
            ("a weak key", proved(method, &path, &phone.key, &"00".repeat(32), now_s)),
        ];
        for (name, request) in cases {
            let seen = send(&router, empty(request)).await;
            assert_eq!(seen.status.as_u16(), 401, "{method}: {name}");
            assert_eq!(seen.header("upload-offset"), "");
        }
    }
    let bare = Request::builder().method("POST").uri("/v1/parts").header("host", HOST);
    let seen = send(&router, empty(bare)).await;
    assert_eq!(seen.problem(), (401, ProblemCode::Unauthorised));
    assert_eq!(phone.head(&router, Digest::of(&bytes)).await.state(), (100, true));
}
