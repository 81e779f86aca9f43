//! Networks that are slow, in a time that only the proxy moves.

use super::{ENVELOPES, NOTHING, Street, entry, not_reached, state};
use client::{courier::TurnEnd, ipc::*};
use sanbu_tests::{
    proxy::{Fault, answer},
    world::{FIRST_PAGE, Person},
};
use std::{sync::mpsc, time::Duration};
use tokio::time::Instant;

/// A stopped clock of all time limits, until it is dropped; a pause of the proxy moves it.
struct Stopped(#[expect(dead_code, reason = "held, never read")] mpsc::SyncSender<()>);

fn stop_clock(street: &Street) -> Stopped {
    let (release, held) = mpsc::sync_channel(1);
    // tokio moves a stopped clock on when it has nothing to do, but not while blocking work runs.
    // The bank's ledger works in a thread of its own, which tokio does not see.
    tokio::task::spawn_blocking(move || held.recv().ok());
    tokio::time::pause();
    street.proxy.set_pace(|time| Box::pin(tokio::time::advance(time)));
    Stopped(release)
}

impl Drop for Stopped {
    fn drop(&mut self) {
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_reply_of_one_byte_a_second_is_given_up_and_costs_nothing() {
    let street = Street::new().await;
    let (client, case) = street.saved().await;
    let _stopped = stop_clock(&street);
    street.after_greeting(Fault::Drip(Duration::from_secs(1)), NOTHING);
    let begun = Instant::now();
    assert_eq!(client.deliver_due().await, not_reached(Connection::Offline));
    assert!(begun.elapsed() <= Duration::from_secs(60), "gave up after {:?}", begun.elapsed());
    assert_eq!(entry(&client).await, (CaseState::Queued, 0));
    assert_eq!(street.world.applications(), 1, "the bank has it");
    street.proxy.clear();
    client.deliver_due().await;
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
    assert_eq!(street.world.applications(), 1);
}

#[tokio::test]
async fn a_reply_in_single_bytes_is_one_reply() {
    let street = Street::new().await;
    let (client, case) = street.saved().await;
    let _stopped = stop_clock(&street);
    street.proxy.set("GET", "/v1/ping", 1, Fault::Drip(Duration::from_millis(5)));
    street.proxy.set("PUT", ENVELOPES, 1, Fault::Drip(Duration::from_millis(20)));
    assert!(matches!(client.deliver_due().await, TurnEnd::Rest(_)));
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
}

#[tokio::test]
async fn a_late_reply_counts_up_to_the_time_limit() {
    for (late_s, delivered) in [(5, true), (20, true), (300, false)] {
        let street = Street::new().await;
        let (client, case) = street.saved().await;
        let _stopped = stop_clock(&street);
        street.after_greeting(Fault::Delay(Duration::from_secs(late_s)), NOTHING);
        client.deliver_due().await;
        let now = state(&client, &case).await;
        assert_eq!(now == CaseState::Delivered, delivered, "after {late_s} s: {now:?}");
        street.proxy.clear();
        client.deliver_due().await;
        assert_eq!(state(&client, &case).await, CaseState::Delivered);
        assert_eq!(street.world.applications(), 1);
    }
}

#[tokio::test]
async fn a_request_of_a_few_bytes_a_second_is_ended_by_the_bank_and_records_nothing() {
    let street = Street::new().await;
    let (client, case) = street.saved().await;
    let _stopped = stop_clock(&street);
    street.after_greeting(Fault::DripRequest(Duration::from_millis(200)), NOTHING);
    let begun = Instant::now();
    client.deliver_due().await;
    assert!(begun.elapsed() <= Duration::from_secs(60), "gave up after {:?}", begun.elapsed());
    assert_eq!(state(&client, &case).await, CaseState::Queued);
    assert_eq!(street.world.applications(), 0);
    street.proxy.clear();
    client.send_now(FIRST_PAGE).await.unwrap();
    client.deliver_due().await;
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
    assert_eq!(street.world.applications(), 1);
}

/// The courier itself, with its own pauses: at most 90 s after the fault is gone.
#[tokio::test]
async fn the_courier_goes_on_within_90_s_of_the_end_of_a_fault() {
    let page = answer(200, "text/html", b"<h1>Welcome to the hotel</h1>");
    for fault in [Fault::Answer(page), Fault::CutReply(0)] {
        let street = Street::new().await;
        let client = street.device("phone").start();
        let mut changes = client.changes();
        client.start();
        while !client.home().await.unwrap().catalogue_present {
            changes.changed().await.unwrap();
        }
        let _stopped = stop_clock(&street);
        street.proxy.set("GET", "/", usize::MAX, fault.clone());
        let person = Person { client: &client, shop: 1 };
        let case = person.apply(&street.world.code(), ConsentAnswer::Give).await;
        // When the screen is told, the courier is asleep.
        while client.outbox(FIRST_PAGE).await.unwrap().connection == Connection::Online {
            changes.changed().await.unwrap();
        }
        street.proxy.clear();
        tokio::time::advance(Duration::from_secs(90)).await;
        while state(&client, &case).await != CaseState::Delivered {
            changes.changed().await.unwrap();
        }
        client.stop().await;
        assert_eq!(street.world.applications(), 1, "{fault:?}");
    }
}
