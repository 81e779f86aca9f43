//! What a restored bank says of parts.

use super::*;
use crate::testing::phone::{Phone, Seen, content, send};
use axum::{Router, body::Body, http::StatusCode};
use lending::{
    application::Application,
    part::{MissingParts, Part},
    reconciliation::{Listed, Reconciliation, ReconciliationRequest},
};
use seal::Digest;
use wire::{bank::ENVELOPE_TYPE, reconciliation::PATH};

const SIZE: usize = 300_000;

fn envelope(test: &TestBank, device: &Device, contents: &[&[u8]]) -> Vec<u8> {
    let part = |bytes: &&[u8]| Part {
        id: [7; 16],
        digest: Digest::of(bytes),
        kind: "licence".into(),
        media_type: "image/jpeg".into(),
        size_bytes: bytes.len() as u64,
    };
    let parts: Vec<Part> = contents.iter().map(part).collect();
    let outside: Vec<Digest> = parts.iter().map(|part| part.digest).collect();
    let application = Application { parts, ..device.application(test, id(1), 1) };
    device.seal_naming(test, id(1), &application.sign(&device.key), &outside)
}

async fn put(router: &Router, phone: &Phone, body: &[u8]) -> Seen {
    let request = phone
        .request("PUT", &format!("/v1/envelopes/{}", id(1)))
        .header("content-type", ENVELOPE_TYPE);
    send(router, request.body(Body::from(body.to_vec())).unwrap()).await
}

async fn missing(router: &Router, test: &TestBank, phone: &Phone, body: &[u8]) -> usize {
    let listed = Listed { id: id(1).into_bytes(), digest: *Digest::of(body).as_bytes() };
    let list = ReconciliationRequest { delivered: vec![listed] }.encode();
    let request = phone.request("POST", PATH).header("content-type", wire::bank::CBOR_TYPE);
    let seen = send(router, request.body(Body::from(list.clone())).unwrap()).await;
    let named = [(listed.id, Digest::of(body))];
    let directory = test.published().directory;
    Reconciliation::verify(&seen.body, &list, &named, &directory).unwrap().missing.len()
}

#[tokio::test]
async fn a_lost_object_is_asked_for_again_before_the_envelope_is_said_to_be_here() {
    let (test, device, phone) = (TestBank::new(), Device::new(1), Phone::new(1));
    let (kept, gone, unnamed) = (content(1, 1000), content(2, SIZE), content(3, SIZE));
    let body = envelope(&test, &device, &[&kept, &gone]);
    let router = test.open().router();
    for bytes in [&kept, &gone, &unnamed] {
        phone.upload(&router, bytes).await;
    }
    let half = content(4, SIZE);
    phone.create(&router, &half).await;
    phone.append(&router, Digest::of(&half), 0, false, &half[..100_000]).await;
    let first = put(&router, &phone, &body).await;
    assert_eq!(first.status, StatusCode::CREATED);
    drop(router);

    // The objects are lost but for one part's.
    let objects = test.folder().objects().join("parts");
    for entry in fs::read_dir(&objects).unwrap() {
        let folder = entry.unwrap().path();
        if fs::read(folder.join("whole")).ok().as_deref() != Some(&kept) {
            fs::remove_dir_all(folder).unwrap();
        }
    }
    let restored = declare_restored(test.path(), None, NOW).await.unwrap();
    assert_eq!(restored.audit, Audit { sound: 1, lost: 3, ..Audit::default() });

    let bank = test.open();
    let router = bank.router();
    for bytes in [&gone, &unnamed, &half] {
        assert_eq!(phone.create(&router, bytes).await.state(), (0, false));
    }
    assert_eq!(phone.create(&router, &kept).await.state(), (1000, true));
    assert_eq!(missing(&router, &test, &phone, &body).await, 1);

    let asked = put(&router, &phone, &body).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED);
    let named = [Digest::of(&kept), Digest::of(&gone)];
    let (digest, directory) = (Digest::of(&body), test.published().directory);
    let list =
        MissingParts::verify(&asked.body, id(1).into_bytes(), digest, &named, &directory).unwrap();
    assert_eq!(list.missing, [named[1]]);

    // Wrong bytes are told, and the right ones still wanted.
    phone.append(&router, named[1], 0, true, &content(9, SIZE)).await;
    assert_eq!(phone.create(&router, &gone).await.state(), (0, false));
    phone.upload(&router, &gone).await;
    let again = put(&router, &phone, &body).await;
    assert_eq!((again.status, again.body), (StatusCode::OK, first.body));
    assert_eq!(missing(&router, &test, &phone, &body).await, 0);
    let key = crate::parts::PartKey { device: device.key.public(), digest: named[1] };
    assert_eq!(bank.part_bytes(key).await.unwrap(), gone);
}

#[tokio::test]
async fn the_acknowledgement_of_an_envelope_with_a_lost_part_is_not_read_back() {
    let (test, device, phone) = (TestBank::new(), Device::new(1), Phone::new(1));
    let photo = content(1, SIZE);
    let body = envelope(&test, &device, &[&photo]);
    let router = test.open().router();
    phone.upload(&router, &photo).await;
    put(&router, &phone, &body).await;
    drop(router);
    fs::remove_dir_all(test.folder().objects()).unwrap();
    declare_restored(test.path(), None, NOW).await.unwrap();
    // Long after, nothing of it has expired.
    test.pass(400 * 24 * 3600 * 1000);
    let bank = test.open();
    bank.sweep_parts().await.unwrap();
    let stored = bank.ledger().envelope(id(1)).await.unwrap().unwrap();
    assert!(!stored.is_whole);
    let incomplete = bank.admit(id(1), body).await.unwrap();
    assert!(matches!(incomplete, Taken::Incomplete(_)), "{incomplete:?}");
}

#[tokio::test]
async fn an_object_that_is_gone_is_noticed_without_an_operator() {
    let (test, device, phone) = (TestBank::new(), Device::new(1), Phone::new(1));
    let photo = content(1, SIZE);
    let body = envelope(&test, &device, &[&photo]);
    let bank = test.open();
    let router = bank.router();
    let lose = || fs::remove_dir_all(test.folder().objects().join("parts")).unwrap();
    phone.upload(&router, &photo).await;
    lose();
    assert_eq!(phone.create(&router, &photo).await.state(), (0, false), "told at once");
    phone.upload(&router, &photo).await;
    lose();
    assert_eq!(put(&router, &phone, &body).await.status, StatusCode::ACCEPTED, "not recorded");
    phone.upload(&router, &photo).await;
    assert_eq!(put(&router, &phone, &body).await.status, StatusCode::CREATED);
    lose();
    assert_eq!(phone.head(&router, Digest::of(&photo)).await.state(), (0, false));
    assert_eq!(missing(&router, &test, &phone, &body).await, 1);
    phone.upload(&router, &photo).await;
    assert_eq!(put(&router, &phone, &body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn objects_that_come_back_are_found_and_strange_ones_are_left_alone() {
    let (test, device, phone) = (TestBank::new(), Device::new(1), Phone::new(1));
    let photo = content(1, SIZE);
    let body = envelope(&test, &device, &[&photo]);
    let router = test.open().router();
    phone.upload(&router, &photo).await;
    put(&router, &phone, &body).await;
    drop(router);
    let (here, away) = (test.folder().objects(), test.path().join("away"));
    fs::rename(&here, &away).unwrap();
    let lost = declare_restored(test.path(), None, NOW).await.unwrap();
    assert_eq!(lost.audit, Audit { lost: 1, ..Audit::default() });
    fs::remove_dir_all(&here).unwrap();
    fs::rename(&away, &here).unwrap();
    let strange = here.join("parts").join("00".repeat(16)).join("whole");
    fs::create_dir_all(strange.parent().unwrap()).unwrap();
    fs::write(&strange, b"of a later ledger").unwrap();
    let found = declare_restored(test.path(), None, NOW).await.unwrap();
    assert_eq!(found.audit, Audit { found: 1, unknown: 1, ..Audit::default() });
    assert!(found.epoch > lost.epoch);
    let sound = declare_restored(test.path(), None, NOW).await.unwrap();
    assert_eq!(sound.audit, Audit { sound: 1, unknown: 1, ..Audit::default() });
    let bank = test.open();
    bank.sweep_parts().await.unwrap();
    let replayed = bank.admit(id(1), body).await.unwrap();
    assert!(matches!(replayed, Taken::Replayed(_)), "{replayed:?}");
    assert!(strange.exists());
}
