//! Photos before their envelope, from wherever they got to.

use client::{Client, ipc::*};
use sanbu_tests::{
    World,
    network::Fault,
    world::{Device, FIRST_PAGE, Person},
};
use wire::parts::CHUNK_BYTES;

const SIZES: [usize; 3] = [300_000, 1_200_000, 20];

/// A device with a case saved on it, in a cellar, that has a photo of each size.
async fn saved(world: &World) -> (Device, Client, CaseView) {
    let device = world.device("phone");
    let client = device.start();
    client.deliver_due().await;
    world.network.set(Fault::Down);
    let person = Person { client: &client, shop: 1 };
    let draft = person.scan(&world.code()).await.unwrap();
    for size in SIZES {
        let request = DraftRequest { draft_id: draft.draft_id.clone() };
        let content = vec![7; size];
        client.add_part(request, "shop".into(), "image/jpeg".into(), content).await.unwrap();
    }
    let draft = person.decide_all(draft, ConsentAnswer::Give).await;
    let case = person.submit(&person.fill(&draft).await).await.unwrap();
    (device, client, case)
}

async fn state(client: &Client, case: &CaseView) -> CaseState {
    Person { client, shop: 1 }.case(case).await.state
}

const ATTACHED: &str = "select count(*) from part where state = 'attached'";

#[tokio::test]
async fn a_case_arrives_with_its_photos_or_not_at_all() {
    let world = World::new().await;
    let (_, client, case) = saved(&world).await;
    world.network.set(Fault::None);
    client.deliver_due().await;
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
    assert_eq!((world.applications(), world.bank_number(ATTACHED)), (1, 3));
    assert_eq!(world.network.deliveries(), 1, "the envelope came when all its photos were there");
}

#[tokio::test]
async fn after_any_break_and_restart_it_goes_on_where_the_bank_is() {
    for answered in 1..11 {
        let world = World::new().await;
        let (device, client, case) = saved(&world).await;
        world.network.set(Fault::DownAfter(answered));
        client.deliver_due().await;
        drop(client);

        let client = device.start();
        world.network.set(Fault::None);
        client.deliver_due().await;
        client.deliver_due().await;
        assert_eq!(state(&client, &case).await, CaseState::Delivered, "after {answered} answers");
        assert_eq!((world.applications(), world.bank_number(ATTACHED)), (1, 3));
        let sealed = world.bank_number("select sum(size) from part");
        let again = world.network.uploaded_bytes() as i64 - sealed;
        assert!((0..=CHUNK_BYTES as i64).contains(&again), "{again} bytes were sent again");
    }
}

#[tokio::test]
async fn a_case_taken_back_among_its_photos_never_arrives() {
    let world = World::new().await;
    let (_, client, case) = saved(&world).await;
    world.network.set(Fault::DownAfter(5));
    client.deliver_due().await;
    assert!(world.network.uploaded_bytes() > 0, "it was on its way");
    client.take_back(CaseRequest { case_id: case.case_id.clone() }).await.unwrap();
    world.network.set(Fault::None);
    client.deliver_due().await;
    assert_eq!((state(&client, &case).await, world.applications()), (CaseState::Cancelled, 0));
}

#[tokio::test]
async fn a_photo_changed_on_the_way_is_sent_anew_until_it_arrives_as_it_was() {
    let world = World::new().await;
    let (_, client, case) = saved(&world).await;
    world.network.set(Fault::ChangeParts);
    client.deliver_due().await;
    let entry = client.outbox(FIRST_PAGE).await.unwrap().entries.remove(0);
    assert_eq!((entry.state, entry.attempts), (CaseState::Queued, 1), "it is whole here: it waits");

    world.network.set(Fault::None);
    client.send_now(FIRST_PAGE).await.unwrap();
    client.deliver_due().await;
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
    assert_eq!(world.bank_number(ATTACHED), 3);
}

#[tokio::test]
async fn a_photo_damaged_on_this_device_is_said_to_be_and_is_not_sent_for_ever() {
    let world = World::new().await;
    let (device, client, case) = saved(&world).await;
    drop(client);
    turn_a_bit_of_a_photo(&device, &case);

    let client = device.start();
    world.network.set(Fault::None);
    client.deliver_due().await;
    let entry = client.outbox(FIRST_PAGE).await.unwrap().entries.remove(0);
    assert_eq!(entry.parked_reason, Some(ParkedReason::Damaged));
    assert_eq!(world.applications(), 0);
}

/// A bit of the largest photo turns on the disk, in a way that SQLite cannot see.
fn turn_a_bit_of_a_photo(device: &Device, case: &CaseView) {
    let path = device.folder().join("outbox.db");
    let outbox = outbox::Outbox::open(&path).unwrap();
    let id = outbox::EntryId(case.case_id.parse().unwrap());
    let part = outbox.parts(id).unwrap().into_iter().max_by_key(|part| part.size_bytes).unwrap();
    let middle = outbox.part_bytes(part.digest, part.size_bytes / 2, 32).unwrap();
    drop(outbox);
    let mut file = std::fs::read(&path).unwrap();
    let at = file.windows(32).position(|found| found == middle).unwrap();
    file[at] ^= 1;
    std::fs::write(&path, file).unwrap();
}

#[tokio::test]
async fn a_device_whose_clock_is_years_off_uploads_all_the_same() {
    let world = World::new().await;
    for years in [-10, 10] {
        let device = world.device(&format!("phone {years}"));
        let skewed = world.clock.now_plus_ms(years * 365 * 24 * 3600 * 1000);
        let client = device.clone().start();
        client.deliver_due().await;
        world.network.set(Fault::Down);
        let person = Person { client: &client, shop: 1 };
        let draft = person.scan(&world.code()).await.unwrap();
        let request = DraftRequest { draft_id: draft.draft_id.clone() };
        client.add_part(request, "shop".into(), "image/jpeg".into(), vec![1; 9]).await.unwrap();
        let draft = person.decide_all(draft, ConsentAnswer::Give).await;
        let case = person.submit(&person.fill(&draft).await).await.unwrap();
        drop(client);

        let client = device.with_clock(skewed).start();
        world.network.set(Fault::None);
        client.deliver_due().await;
        assert_eq!(state(&client, &case).await, CaseState::Delivered, "{years} years off");
    }
}
