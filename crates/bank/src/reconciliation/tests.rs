use super::*;
use crate::testing::{
    Device, TestBank,
    phone::{HOST, Phone, Seen, send},
};
use axum::{Router, body::Body, http::StatusCode};
use lending::reconciliation::{Listed, MAX_LISTED};
use uuid::Uuid;
use wire::{
    bank::{CBOR_TYPE, ENVELOPE_TYPE, SIGNED_TYPE},
    problem::ProblemCode,
    reconciliation::PATH,
};

fn listed(id: Uuid, body: &[u8]) -> Listed {
    Listed { id: id.into_bytes(), digest: *Digest::of(body).as_bytes() }
}

async fn put(router: &Router, id: Uuid, body: &[u8]) {
    let request = axum::http::Request::put(format!("/v1/envelopes/{id}"))
        .header("host", HOST)
        .header("content-type", ENVELOPE_TYPE);
    let seen = send(router, request.body(Body::from(body.to_vec())).unwrap()).await;
    assert_eq!(seen.status, StatusCode::CREATED);
}

async fn post(router: &Router, phone: &Phone, content_type: &str, body: Vec<u8>) -> Seen {
    let request = phone.request("POST", PATH).header("content-type", content_type);
    send(router, request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_device_is_told_what_of_its_list_is_not_here() {
    let test = TestBank::new();
    let bank = test.open();
    let router = bank.router();
    let (mine, theirs) = (Device::new(1), Device::new(2));
    let ids = [1, 2, 3].map(Uuid::from_u128);
    let bodies = [
        mine.envelope(&test, ids[0], 1),
        theirs.envelope(&test, ids[1], 1),
        mine.envelope(&test, ids[2], 2),
    ];
    put(&router, ids[0], &bodies[0]).await;
    put(&router, ids[1], &bodies[1]).await;
    let all: Vec<_> = ids.iter().zip(&bodies).map(|(id, body)| listed(*id, body)).collect();
    for (device, list, missing) in [
        (1, all.clone(), vec![ids[1], ids[2]]),
        (2, all.clone(), vec![ids[0], ids[2]]),
        (1, vec![listed(ids[0], b"other bytes")], vec![ids[0]]),
        (3, vec![], vec![]),
    ] {
        let body = ReconciliationRequest { delivered: list.clone() }.encode();
        let seen = post(&router, &Phone::new(device), CBOR_TYPE, body.clone()).await;
        assert_eq!((seen.status, seen.header("content-type")), (StatusCode::OK, SIGNED_TYPE));
        assert_eq!(seen.header("cache-control"), "no-store");
        let list: Vec<_> = list.iter().map(|l| (l.id, Digest::from_bytes(l.digest))).collect();
        let directory = test.published().directory;
        let answer = Reconciliation::verify(&seen.body, &body, &list, &directory).unwrap();
        assert_eq!((answer.at, answer.server_epoch), (bank.now(), bank.server_epoch()));
        let missing: Vec<_> = missing.iter().map(|id| id.into_bytes()).collect();
        assert_eq!(answer.missing, missing, "device {device}");
    }
}

#[tokio::test]
async fn a_list_that_is_none_gets_a_problem() {
    let test = TestBank::new();
    let router = test.open().router();
    let phone = Phone::new(1);
    let list = |count: usize| {
        let id = |n: usize| listed(Uuid::from_u128(n as u128), b"");
        ReconciliationRequest { delivered: (0..count).map(id).collect() }.encode()
    };
    let twice = ReconciliationRequest { delivered: vec![listed(Uuid::nil(), b""); 2] }.encode();
    let stale = phone.at((test.now_ms() / 1000 - 301) * 1000);
    type P = ProblemCode;
    for (name, phone, content_type, body, told) in [
        ("too many", &phone, CBOR_TYPE, list(MAX_LISTED + 1), (413, P::TooLarge)),
        ("too long", &phone, CBOR_TYPE, vec![0; 300_000], (413, P::TooLarge)),
        ("empty", &phone, CBOR_TYPE, Vec::new(), (400, P::Malformed)),
        ("twice", &phone, CBOR_TYPE, twice, (400, P::Malformed)),
        ("json", &phone, "application/json", list(1), (415, P::ContentType)),
        ("stale", &stale, CBOR_TYPE, list(1), (401, P::Unauthorised)),
    ] {
        assert_eq!(post(&router, phone, content_type, body).await.problem(), told, "{name}");
    }
    let bare = axum::http::Request::post(PATH).header("host", HOST).body(Body::empty()).unwrap();
    assert_eq!(send(&router, bare).await.problem(), (401, P::Unauthorised));
    let most = post(&router, &phone, CBOR_TYPE, list(MAX_LISTED)).await;
    assert_eq!(most.status, StatusCode::OK);
}
