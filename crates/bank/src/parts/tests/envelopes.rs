//! Envelopes that name parts.

use super::*;
use crate::{
    intake::{AdmitError, Taken},
    testing::Device,
};
use lending::{
    acknowledgement::VerifiedAck,
    application::Application,
    part::{MissingParts, Part},
};
use uuid::Uuid;

const ID: Uuid = Uuid::from_u128(1);

fn part(bytes: &[u8]) -> Part {
    let digest = Digest::of(bytes);
    Part {
        id: digest.as_bytes()[..16].try_into().unwrap(),
        digest,
        kind: "licence".into(),
        media_type: "image/jpeg".into(),
        size_bytes: bytes.len() as u64,
    }
}

/// An application that names these parts, and the envelope around it.
fn envelope(test: &TestBank, device: &Device, contents: &[Vec<u8>]) -> Vec<u8> {
    let parts: Vec<Part> = contents.iter().map(|bytes| part(bytes)).collect();
    let outside: Vec<Digest> = parts.iter().map(|part| part.digest).collect();
    let application = Application { parts, ..device.application(test, ID, 1) };
    device.seal_naming(test, ID, &application.sign(&device.key), &outside)
}

fn missing(test: &TestBank, body: &[u8], signed: &[u8], named: &[Digest]) -> Vec<Digest> {
    let (digest, directory) = (Digest::of(body), test.published().directory);
    let list = MissingParts::verify(signed, ID.into_bytes(), digest, named, &directory).unwrap();
    assert_eq!(list.at, NOW);
    list.missing
}

#[tokio::test]
async fn an_envelope_waits_for_its_parts_and_is_then_taken_once() {
    let test = TestBank::new();
    let (device, phone) = (Device::new(1), Phone::new(1));
    let bank = test.open();
    let router = bank.router();
    let contents = [content(1, 1000), content(2, CHUNK + 1), content(3, 5)];
    let named: Vec<Digest> = contents.iter().map(|bytes| Digest::of(bytes)).collect();
    let body = envelope(&test, &device, &contents);
    let before = bank.ledger().tally().await.unwrap();
    let put = || async {
        let request = axum::http::Request::builder()
            .method("PUT")
            .uri(format!("/v1/envelopes/{ID}"))
            .header("host", support::HOST)
            .header("content-type", wire::bank::ENVELOPE_TYPE)
            .body(axum::body::Body::from(body.clone()))
            .unwrap();
        support::send(&router, request).await
    };
    for have in 0..contents.len() {
        for _ in 0..2 {
            let seen = put().await;
            assert_eq!(seen.status, StatusCode::ACCEPTED);
            assert_eq!(seen.header("content-type"), wire::bank::SIGNED_TYPE);
            assert_eq!(missing(&test, &body, &seen.body, &named), named[have..]);
            assert_eq!(bank.ledger().tally().await.unwrap(), before, "nothing is recorded");
        }
        phone.upload(&router, &contents[have]).await;
    }
    let first = put().await;
    assert_eq!(first.status, StatusCode::CREATED);
    let (digest, directory) = (Digest::of(&body), test.published().directory);
    let ack = VerifiedAck::verify(&first.body, ID.into_bytes(), digest, &directory).unwrap();
    assert_eq!(ack.refused, None);
    let again = put().await;
    assert_eq!((again.status, &again.body), (StatusCode::OK, &first.body));
    let seen = phone.cancel(&router, named[0]).await;
    assert_eq!(seen.problem(), (409, ProblemCode::CaseAlreadyDelivered));
    test.pass(400 * 24 * 3600 * 1000);
    assert_eq!(bank.sweep_parts().await.unwrap(), Swept::default(), "kept with their envelope");
    for (bytes, digest) in contents.iter().zip(named) {
        let key = PartKey { device: phone.key.public(), digest };
        assert_eq!(bank.part_bytes(key).await.unwrap(), *bytes);
    }
}

#[tokio::test]
async fn a_part_that_is_not_complete_or_of_another_device_is_missing() {
    let test = TestBank::new();
    let (device, phone, other) = (Device::new(1), Phone::new(1), Phone::new(2));
    let bank = test.open();
    let router = bank.router();
    let contents = [content(1, 100), content(2, 100)];
    let named: Vec<Digest> = contents.iter().map(|bytes| Digest::of(bytes)).collect();
    let body = envelope(&test, &device, &contents);
    // All bytes, but nobody said that it is the end: the digest was not checked.
    phone.create(&router, &contents[0]).await;
    phone.append(&router, named[0], 0, false, &contents[0]).await;
    other.upload(&router, &contents[1]).await;
    let Taken::Incomplete(signed) = bank.admit(ID, body.clone()).await.unwrap() else {
        panic!("not incomplete")
    };
    assert_eq!(missing(&test, &body, &signed, &named), named);
}

#[tokio::test]
async fn a_content_that_names_other_parts_than_its_envelope_is_refused() {
    let test = TestBank::new();
    let (device, phone) = (Device::new(1), Phone::new(1));
    let bank = test.open();
    let (a, b) = (content(1, 100), content(2, 100));
    for bytes in [&a, &b] {
        phone.upload(&bank.router(), bytes).await;
    }
    let digests = |parts: &[&Vec<u8>]| -> Vec<Digest> {
        parts.iter().map(|bytes| Digest::of(bytes)).collect()
    };
    let cases: [(&str, Vec<Part>, Vec<Digest>); 6] = [
        ("only outside", vec![], digests(&[&a])),
        ("only inside", vec![part(&a)], vec![]),
        ("another", vec![part(&a)], digests(&[&b])),
        ("another order", vec![part(&a), part(&b)], digests(&[&b, &a])),
        ("one more", vec![part(&a), part(&b)], digests(&[&a])),
        ("another length", vec![Part { size_bytes: 99, ..part(&a) }], digests(&[&a])),
    ];
    for (name, parts, outside) in cases {
        let application = Application { parts, ..device.application(&test, ID, 1) };
        let body = device.seal_naming(&test, ID, &application.sign(&device.key), &outside);
        let answer = bank.admit(ID, body).await;
        let refused = matches!(answer, Err(AdmitError::Content(_) | AdmitError::PartDiffers));
        assert!(refused, "{name}: {answer:?}");
    }
    let withdrawal = device.withdrawal_content(&test, ID, ID);
    let schema = wire::bank::schema::WITHDRAWAL;
    let body = device.seal_as(&test, ID, schema, &withdrawal, &digests(&[&a]));
    let answer = bank.admit(ID, body).await;
    assert!(matches!(answer, Err(AdmitError::Content(_))), "{answer:?}");
    let taken = bank.admit(ID, envelope(&test, &device, &[a, b])).await.unwrap();
    assert!(matches!(taken, Taken::Recorded(_)), "{taken:?}");
}

/// Accepting the parcel is split from judging it: a person may look at the photos of a refused one.
#[tokio::test]
async fn a_content_that_breaks_a_rule_is_recorded_with_its_parts() {
    let test = TestBank::new();
    let (device, phone) = (Device::new(1), Phone::new(1));
    let bank = test.open();
    let bytes = content(1, 100);
    let application = Application {
        parts: vec![part(&bytes)],
        amount: lending::money::Fen::from_yuan(1),
        ..device.application(&test, ID, 1)
    };
    let outside = [Digest::of(&bytes)];
    let body = device.seal_naming(&test, ID, &application.sign(&device.key), &outside);
    let incomplete = bank.admit(ID, body.clone()).await.unwrap();
    assert!(matches!(incomplete, Taken::Incomplete(_)), "{incomplete:?}");
    phone.upload(&bank.router(), &bytes).await;
    let recorded = bank.admit(ID, body).await.unwrap();
    assert!(matches!(recorded, Taken::Recorded(_)), "{recorded:?}");
    let stored = bank.ledger().application(ID).await.unwrap().unwrap();
    assert_eq!(stored.refused_code.as_deref(), Some("rules_not_met"));
    let key = PartKey { device: phone.key.public(), digest: outside[0] };
    assert_eq!(bank.part(key).await.unwrap().state, PartState::Attached);
}
