//! Saved is not sent; sent is proved; nothing is lost or doubled.

use client::{courier::TurnEnd, ipc::*};
use sanbu_tests::{
    World,
    network::Fault,
    world::{Device, FIRST_PAGE, Person},
};
use seal::{Digest, SigningKey, Timestamp};

/// A device that has the bank's words, and a case saved on it while the network has a fault.
async fn saved_under(world: &World, fault: Fault) -> (Device, client::Client, CaseView) {
    let device = world.device("phone");
    let client = device.start();
    client.deliver_due().await;
    world.network.set(fault);
    let person = Person { client: &client, shop: 1 };
    let saved = person.apply(&world.code(), ConsentAnswer::Give).await;
    (device, client, saved)
}

#[tokio::test]
async fn applies_in_a_cellar_and_is_delivered_later() {
    let world = World::new().await;
    let (device, client, saved) = saved_under(&world, Fault::Down).await;
    assert_eq!(client.deliver_due().await, TurnEnd::NotReached(Connection::Offline));
    let person = Person { client: &client, shop: 1 };
    assert_eq!(person.case(&saved).await.state, CaseState::Queued);
    let outbox = client.outbox(FIRST_PAGE).await.unwrap();
    assert_eq!((outbox.pending, outbox.connection), (1, Connection::Offline));
    assert_eq!(outbox.entries[0].attempts, 0, "being offline is no attempt");
    drop(client);

    // Days later the phone is switched on again, in signal.
    world.clock.pass_ms(3 * 24 * 3600 * 1000);
    world.network.set(Fault::None);
    let client = device.start();
    client.deliver_due().await;
    let case = Person { client: &client, shop: 1 }.case(&saved).await;
    assert_eq!(case.state, CaseState::Delivered);
    assert_eq!(world.applications(), 1);
}

#[tokio::test]
async fn a_lost_reply_does_not_double() {
    let world = World::new().await;
    let (_, client, saved) = saved_under(&world, Fault::LoseOneReply).await;
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    assert_eq!(person.case(&saved).await.state, CaseState::Delivered, "asked again at once");
    assert_eq!((world.applications(), world.network.deliveries()), (1, 2));
}

#[tokio::test]
async fn while_replies_are_lost_we_cannot_know_and_do_not_say_sent() {
    let world = World::new().await;
    let (_, client, saved) = saved_under(&world, Fault::LoseReplies).await;
    let TurnEnd::Rest(pause) = client.deliver_due().await else { panic!("the bank was reached") };
    assert!(pause.as_millis() <= 2_000, "the first pause is short: {pause:?}");
    assert_eq!(world.applications(), 1, "the bank has it");
    let person = Person { client: &client, shop: 1 };
    assert_eq!(person.case(&saved).await.state, CaseState::Queued);

    world.network.set(Fault::None);
    world.clock.pass_ms(2_000);
    client.deliver_due().await;
    assert_eq!(person.case(&saved).await.state, CaseState::Delivered);
    assert_eq!((world.applications(), world.network.deliveries()), (1, 3));
}

#[tokio::test]
async fn a_reply_cut_anywhere_is_no_reply() {
    let world = World::new().await;
    let (_, client, saved) = saved_under(&world, Fault::Down).await;
    let person = Person { client: &client, shop: 1 };
    let mut case = saved;
    for (cases, length) in [(1, 1), (2, 20), (3, 60), (4, 120)] {
        world.network.set(Fault::CutOneReply(length));
        client.deliver_due().await;
        assert_eq!(person.case(&case).await.state, CaseState::Delivered, "cut after {length}");
        assert_eq!(world.applications(), cases);
        assert_eq!(world.network.deliveries() as i64, 2 * cases, "asked again");
        case = person.apply_again(&world.code()).await;
    }
}

#[tokio::test]
async fn a_doubled_request_has_one_effect() {
    let world = World::new().await;
    let (_, client, saved) = saved_under(&world, Fault::Double).await;
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    assert_eq!(person.case(&saved).await.state, CaseState::Delivered);
    assert_eq!((world.applications(), world.network.deliveries()), (1, 2));
}

#[tokio::test]
async fn a_replay_gets_its_first_answer_also_from_a_restarted_bank() {
    let world = World::new().await;
    let (_, client, saved) = saved_under(&world, Fault::LoseReplies).await;
    client.deliver_due().await;
    let first = world.bank_number("select received_at from envelope");
    world.network.disconnect();
    world.clock.pass_ms(60_000);
    world.network.set(Fault::None);
    world.start_bank();

    client.deliver_due().await;
    let case = Person { client: &client, shop: 1 }.case(&saved).await;
    assert_eq!(case.received_at_ms, Some(first.unsigned_abs()));
    assert_eq!(world.applications(), 1);
}

#[tokio::test]
async fn a_forged_acknowledgement_is_not_sent() {
    let world = World::new().await;
    let (device, client, saved) = saved_under(&world, Fault::ForgeAck).await;
    let envelope = device_body(&device, &saved);
    let ack = lending::acknowledgement::Acknowledgement {
        envelope_id: *uuid::Uuid::parse_str(&saved.case_id).unwrap().as_bytes(),
        digest: Digest::of(&envelope),
        received_at: Timestamp::from_millis(1),
        server_epoch: 1,
        reference: "SB-FORGED".into(),
        refused: None,
    };
    world.network.forge_with(ack.sign(&SigningKey::from_seed([9; 32])));

    let TurnEnd::Rest(pause) = client.deliver_due().await else { panic!("the bank was reached") };
    assert!(pause.as_secs() >= 60, "as before a sign-in page: {pause:?}");
    let person = Person { client: &client, shop: 1 };
    let case = person.case(&saved).await;
    assert_eq!((case.state, case.reference), (CaseState::Queued, None));

    world.network.set(Fault::None);
    client.send_now(FIRST_PAGE).await.unwrap();
    client.deliver_due().await;
    assert_eq!(person.case(&saved).await.state, CaseState::Delivered);
}

/// The sealed bytes as they stand in the device's outbox.
fn device_body(device: &Device, case: &CaseView) -> Vec<u8> {
    // The outbox holds its file exclusively: read a copy.
    let copy = tempfile::tempdir().unwrap();
    for name in ["outbox.db", "outbox.db-wal"] {
        let from = device.folder().join(name);
        if from.exists() {
            std::fs::copy(from, copy.path().join(name)).unwrap();
        }
    }
    let outbox = outbox::Outbox::open(&copy.path().join("outbox.db")).unwrap();
    let id = outbox::EntryId(uuid::Uuid::parse_str(&case.case_id).unwrap());
    outbox.begin(id).unwrap().unwrap().body.clone()
}

#[tokio::test]
async fn a_captive_portal_is_not_the_bank() {
    for fault in [Fault::Portal, Fault::Redirect] {
        let world = World::new().await;
        let (_, client, saved) = saved_under(&world, fault).await;
        assert_eq!(
            client.deliver_due().await,
            TurnEnd::NotReached(Connection::Portal),
            "{fault:?}"
        );
        let person = Person { client: &client, shop: 1 };
        assert_eq!(person.case(&saved).await.state, CaseState::Queued);
        assert_eq!(world.network.deliveries(), 0, "no envelope is shown to a sign-in page");

        world.network.set(Fault::None);
        client.deliver_due().await;
        assert_eq!(person.case(&saved).await.state, CaseState::Delivered);
    }
}

#[tokio::test]
async fn a_busy_bank_is_asked_again_later_and_at_once_when_a_person_says_so() {
    let world = World::new().await;
    let (_, client, saved) = saved_under(&world, Fault::Busy).await;
    let TurnEnd::Rest(pause) = client.deliver_due().await else { panic!("the bank was reached") };
    assert!(pause.as_millis() <= 2_000, "the first pause is short: {pause:?}");
    let entry = client.outbox(FIRST_PAGE).await.unwrap().entries.remove(0);
    assert_eq!((entry.state, entry.attempts), (CaseState::Queued, 1));

    world.network.set(Fault::None);
    client.send_now(FIRST_PAGE).await.unwrap();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    assert_eq!(person.case(&saved).await.state, CaseState::Delivered);
}

#[tokio::test]
async fn a_case_taken_back_before_delivery_never_leaves() {
    let world = World::new().await;
    let (_, client, saved) = saved_under(&world, Fault::Down).await;
    let request = CaseRequest { case_id: saved.case_id.clone() };
    let case = client.take_back(request.clone()).await.unwrap();
    assert_eq!(case.state, CaseState::Cancelled);
    world.network.set(Fault::None);
    client.deliver_due().await;
    assert_eq!(world.applications(), 0);
    assert!(client.take_back(request).await.is_err());
}

#[tokio::test]
async fn the_background_task_delivers_by_itself() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.start();
    let mut changes = client.changes();
    let person = Person { client: &client, shop: 1 };
    while !client.home().await.unwrap().catalogue_present {
        changes.changed().await.unwrap();
    }
    let saved = person.apply(&world.code(), ConsentAnswer::Give).await;
    while person.case(&saved).await.state != CaseState::Delivered {
        changes.changed().await.unwrap();
    }
    client.stop().await;
    assert_eq!(world.applications(), 1);
}

#[tokio::test]
async fn a_device_with_no_plaintext_on_disk_after_sealing() {
    let world = World::new().await;
    let (device, client, _) = saved_under(&world, Fault::Down).await;
    drop(client);
    let secrets = [sanbu_tests::builders::enterprise_code(1), sanbu_tests::builders::mobile(1)];
    for file in std::fs::read_dir(device.folder()).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for secret in &secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{} holds an identity in clear", path.display());
        }
    }
}

#[tokio::test]
async fn a_case_that_had_arrived_is_not_called_taken_back_for_long() {
    let world = World::new().await;
    let (_, client, saved) = saved_under(&world, Fault::LoseReplies).await;
    client.deliver_due().await;
    assert_eq!(world.applications(), 1, "it had arrived, and nobody here knew");
    let person = Person { client: &client, shop: 1 };
    client.take_back(CaseRequest { case_id: saved.case_id.clone() }).await.unwrap();
    assert_eq!(person.case(&saved).await.state, CaseState::Cancelled);

    world.network.set(Fault::None);
    client.deliver_due().await;
    assert_eq!(person.case(&saved).await.state, CaseState::Delivered, "the proof wins");
    assert_eq!(world.applications(), 1);
}
