//! Photos and files of a draft: sealed once, named, and never in clear on the disk.

use client::{Client, ipc::*};
use sanbu_tests::{
    World, builders,
    clock::DAY_MS,
    network::Fault,
    world::{Device, FIRST_PAGE, Person},
};
use seal::sealed::Sealed;
use std::path::Path;
use wire::problem::{Problem, ProblemCode};

const PHOTO: &[u8] = b"a picture of the shop that nobody may read on this disk";

fn named(draft: &DraftView) -> DraftRequest {
    DraftRequest { draft_id: draft.draft_id.clone() }
}

async fn add(client: &Client, draft: &DraftView, content: &[u8]) -> Result<DraftView, Problem> {
    client.add_part(named(draft), "storefront".into(), "image/jpeg".into(), content.into()).await
}

async fn begun(world: &World) -> (Device, Client, DraftView) {
    let device = world.device("phone");
    let client = device.start();
    client.deliver_due().await;
    let draft = Person { client: &client, shop: 1 }.scan(&world.code()).await.unwrap();
    (device, client, draft)
}

/// An outbox read past the client: a copy, since the client holds it.
fn copy_of(device: &Device) -> (tempfile::TempDir, outbox::Outbox) {
    let copy = tempfile::tempdir().unwrap();
    for name in ["outbox.db", "outbox.db-wal"] {
        std::fs::copy(device.folder().join(name), copy.path().join(name)).unwrap();
    }
    let outbox = outbox::Outbox::open(&copy.path().join("outbox.db")).unwrap();
    (copy, outbox)
}

fn is_on_disk(folder: &Path, content: &[u8]) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return is_on_disk(&path, content);
        }
        std::fs::read(path).unwrap().windows(content.len()).any(|part| part == content)
    })
}

#[tokio::test]
async fn a_photo_is_sealed_named_by_its_draft_and_travels_with_the_case() {
    let world = World::new().await;
    let (device, client, draft) = begun(&world).await;
    world.network.set(Fault::Down);
    let with_one = add(&client, &draft, PHOTO).await.unwrap();
    let with_two = add(&client, &draft, PHOTO).await.unwrap();
    let digests: Vec<_> = with_two.parts.iter().map(|part| part.digest.clone()).collect();
    assert_eq!(digests[0], with_one.parts[0].digest, "sealed once");
    assert_ne!(digests[0], digests[1], "each has a seal of its own");
    drop(client);

    let client = device.start();
    let person = Person { client: &client, shop: 1 };
    let kept = client.draft(named(&draft)).await.unwrap();
    assert_eq!(kept.parts, with_two.parts);
    let ready = person.decide_all(kept, ConsentAnswer::Give).await;
    let case = person.submit(&person.fill(&ready).await).await.unwrap();
    assert_eq!(case.parts, 2);
    let entry = client.outbox(FIRST_PAGE).await.unwrap().entries.remove(0);
    assert_eq!((entry.parts, entry.confirmed_bytes), (2, 0));
    let (_copy, outbox) = copy_of(&device);
    let id = outbox::EntryId(case.case_id.parse().unwrap());
    let posted: Vec<_> = outbox.parts(id).unwrap().iter().map(|p| p.digest.to_string()).collect();
    assert_eq!(posted, digests, "in the order of the draft");
    let body = outbox.begin(id).unwrap().unwrap().body.clone();
    let outside: Vec<String> =
        Sealed::parse(&body).unwrap().parts.iter().map(|digest| digest.to_hex()).collect();
    assert_eq!(outside, digests);
    assert_eq!(
        entry.total_bytes,
        body.len() as u64 + ready.parts.iter().map(|p| p.size_bytes).sum::<u64>()
    );
}

#[tokio::test]
async fn nothing_of_a_photo_or_a_form_is_on_the_disk_in_clear() {
    let world = World::new().await;
    let (device, client, draft) = begun(&world).await;
    world.network.set(Fault::Down);
    let person = Person { client: &client, shop: 1 };
    let draft = person.decide_all(draft, ConsentAnswer::Give).await;
    let draft = person.fill(&draft).await;
    add(&client, &draft, PHOTO).await.unwrap();
    person.submit(&draft).await.unwrap();
    drop(client);
    for secret in [PHOTO, builders::mobile(1).as_bytes(), builders::enterprise_code(1).as_bytes()] {
        assert!(!is_on_disk(device.folder(), secret));
    }
    assert!(is_on_disk(device.folder(), b"SQLite format 3"), "the search finds what is there");
}

#[tokio::test]
async fn a_part_that_is_none_is_refused_before_anything_is_written() {
    let world = World::new().await;
    let (_, client, draft) = begun(&world).await;
    let refused = async |kind: &str, media_type: &str, content: Vec<u8>| {
        let request = named(&draft);
        client.add_part(request, kind.into(), media_type.into(), content).await.unwrap_err().code
    };
    let too_large = vec![7; 20 * 1024 * 1024 + 1];
    assert_eq!(refused("licence", "image/jpeg", Vec::new()).await, ProblemCode::Malformed);
    assert_eq!(refused("The licence", "image/jpeg", PHOTO.into()).await, ProblemCode::Malformed);
    assert_eq!(refused("licence", "jpeg", PHOTO.into()).await, ProblemCode::Malformed);
    assert_eq!(refused("licence", "image/jpeg", too_large).await, ProblemCode::PartTooLarge);
    for _ in 0..40 {
        add(&client, &draft, PHOTO).await.unwrap();
    }
    assert_eq!(add(&client, &draft, PHOTO).await.unwrap_err().code, ProblemCode::PartTooMany);
    let full = client.draft(named(&draft)).await.unwrap();
    assert_eq!(full.parts.len(), 40);
    let less = client.remove_part(named(&draft), full.parts[3].digest.clone()).await.unwrap();
    assert_eq!(less.parts.len(), 39);
}

#[tokio::test]
async fn a_disk_that_is_almost_full_takes_no_photo_but_the_queue_still_drains() {
    let world = World::new().await;
    let (device, client, draft) = begun(&world).await;
    drop(client);
    let client = device.with_free_bytes(199_999_999).start();
    assert_eq!(client.check_room().await.unwrap_err().code, ProblemCode::DiskLow);
    assert_eq!(add(&client, &draft, PHOTO).await.unwrap_err().code, ProblemCode::DiskLow);
    let person = Person { client: &client, shop: 1 };
    let case = person.apply(&world.code(), ConsentAnswer::Give).await;
    client.deliver_due().await;
    assert_eq!(person.case(&case).await.state, CaseState::Delivered);
}

#[tokio::test]
async fn photos_of_a_draft_stay_and_those_that_nothing_names_go_after_a_week() {
    let world = World::new().await;
    let (device, client, draft) = begun(&world).await;
    let kept = add(&client, &draft, PHOTO).await.unwrap();
    let both = add(&client, &draft, PHOTO).await.unwrap();
    client.remove_part(named(&draft), both.parts[1].digest.clone()).await.unwrap();
    world.clock.pass_ms(6 * DAY_MS);
    assert_eq!(client.purge().await.unwrap().parts, 0);
    world.clock.pass_ms(2 * DAY_MS);
    assert_eq!(client.purge().await.unwrap().parts, 1);
    let (_copy, outbox) = copy_of(&device);
    let digest = |part: &PartView| {
        let bytes = from_hex(&part.digest);
        outbox::PartDigest(bytes)
    };
    assert!(outbox.part(digest(&kept.parts[0])).unwrap().is_some());
    assert!(outbox.part(digest(&both.parts[1])).unwrap().is_none());
}

fn from_hex(hex: &str) -> [u8; 32] {
    std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
}

#[tokio::test]
async fn a_photo_and_a_typed_value_at_once_do_not_undo_each_other() {
    let world = World::new().await;
    let (_, client, draft) = begun(&world).await;
    let person = Person { client: &client, shop: 1 };
    let large = vec![1; 1_000_000];
    let (_, filled, _) = tokio::join!(
        add(&client, &draft, &large),
        person.fill(&draft),
        add(&client, &draft, PHOTO),
    );
    let found = client.draft(named(&draft)).await.unwrap();
    assert_eq!((found.parts.len(), found.fields), (2, filled.fields));
}
