//! Replies and requests that break off after any byte.

use super::{ENVELOPES, NOTHING, Street, entry, not_reached, saved, state};
use client::{Client, courier::TurnEnd, ipc::*};
use sanbu_tests::proxy::{Exchange, Fault, body, head_length};
use sanbu_tests::world::FIRST_PAGE;

fn the_put(log: Vec<Exchange>) -> Exchange {
    let mut puts: Vec<_> = log.into_iter().filter(|seen| seen.method == "PUT").collect();
    assert_eq!(puts.len(), 1, "one delivery a turn");
    puts.remove(0)
}

async fn is_queued_untouched(client: &Client) -> bool {
    entry(client).await == (CaseState::Queued, 0)
}

#[tokio::test]
async fn a_reply_cut_after_every_byte_is_given_again_the_same() {
    let street = Street::new().await;
    let (client, case) = street.saved().await;
    let mut first: Option<Vec<u8>> = None;
    let mut cuts = 0;
    for at in 0.. {
        street.proxy.take_log();
        street.after_greeting(Fault::CutReply(at), NOTHING);
        let end = client.deliver_due().await;
        let reply = the_put(street.proxy.take_log()).reply;
        let ack = body(&reply).to_vec();
        assert_eq!(*first.get_or_insert_with(|| ack.clone()), ack, "cut after {at}");
        assert_eq!(street.world.applications(), 1, "cut after {at}");
        if at >= reply.len() {
            assert_eq!(state(&client, &case).await, CaseState::Delivered);
            break;
        }
        cuts += 1;
        assert_eq!(end, not_reached(Connection::Offline), "cut after {at} of {}", reply.len());
        assert!(is_queued_untouched(&client).await, "cut after {at}");
    }
    assert!(cuts > 300, "head and body were cut: {cuts}");
    assert_eq!(street.world.bank_number("select count(*) from envelope"), 1);
}

#[tokio::test]
async fn the_first_reply_may_end_in_any_way_at_any_place() {
    let street = Street::new().await;
    let (client, mut case) = street.saved().await;
    let person = sanbu_tests::world::Person { client: &client, shop: 1 };
    let mut delivered = 0;
    for at in (0..400).step_by(40) {
        for fault in [Fault::CutReply(at), Fault::ResetReply(at), Fault::HalfClose(at)] {
            street.after_greeting(fault.clone(), NOTHING);
            assert_eq!(client.deliver_due().await, not_reached(Connection::Offline), "{fault:?}");
            assert_eq!(state(&client, &case).await, CaseState::Queued, "{fault:?}");
            street.proxy.clear();
            client.deliver_due().await;
            delivered += 1;
            assert_eq!(state(&client, &case).await, CaseState::Delivered, "{fault:?}");
            assert_eq!(street.world.applications(), delivered, "{fault:?}");
            case = person.apply_again(&street.world.code()).await;
        }
    }
}

#[tokio::test]
async fn a_greeting_cut_after_every_byte_shows_no_envelope() {
    let street = Street::new().await;
    let (client, case) = street.saved().await;
    for at in 0.. {
        street.proxy.take_log();
        street.proxy.set("GET", "/v1/ping", 1, Fault::CutReply(at));
        let end = client.deliver_due().await;
        let log = street.proxy.take_log();
        if at >= log[0].reply.len() {
            break;
        }
        assert_eq!(end, not_reached(Connection::Offline), "cut after {at}");
        assert_eq!(log.len(), 1, "cut after {at}: nothing more was asked");
    }
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
    assert_eq!(street.world.network.deliveries(), 1);
}

#[tokio::test]
async fn the_banks_words_cut_anywhere_are_no_words() {
    let street = Street::new().await;
    let client = street.device("fresh phone").start();
    street.proxy.set("GET", "/v1/catalogue", 1, Fault::CutReply(0));
    client.deliver_due().await;
    let whole = street.proxy.take_log()[0].reply.len();
    let head = 400;
    for at in (0..head).step_by(7).chain((head..whole).step_by(211)).chain(whole - 3..whole) {
        street.proxy.set("GET", "/v1/catalogue", 1, Fault::CutReply(at));
        assert_eq!(client.deliver_due().await, not_reached(Connection::Offline), "cut after {at}");
        assert!(!client.home().await.unwrap().catalogue_present, "cut after {at}");
    }
    client.deliver_due().await;
    assert!(client.home().await.unwrap().catalogue_present);
}

#[tokio::test]
async fn a_request_cut_anywhere_records_nothing() {
    let street = Street::new().await;
    let (client, case) = street.saved().await;
    street.after_greeting(Fault::CutRequest(0), NOTHING);
    client.deliver_due().await;
    let request = the_put(street.proxy.take_log()).request;
    let (head, whole) = (head_length(&request).unwrap(), request.len());
    // Every byte of the head, the seams, and every 23rd of the sealed bytes.
    let seams = [head, head + 1, whole - 2, whole - 1];
    for at in (0..head).chain(seams).chain((head..whole).step_by(23)) {
        street.after_greeting(Fault::CutRequest(at), NOTHING);
        assert_eq!(client.deliver_due().await, not_reached(Connection::Offline), "cut after {at}");
        assert!(is_queued_untouched(&client).await, "cut after {at}");
    }
    for table in ["envelope", "application", "consent_record", "job"] {
        let rows = street.world.bank_number(&format!("select count(*) from {table}"));
        assert_eq!(rows, 0, "{table}");
    }
    street.proxy.clear();
    client.deliver_due().await;
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
    assert_eq!(street.world.applications(), 1);
}

/// A box on the way may end a request early and still bring the bank's answer to it.
#[tokio::test]
async fn half_a_request_is_no_fault_of_the_envelope() {
    let street = Street::new().await;
    let (client, case) = street.saved().await;
    for at in [300, 700, 1_500] {
        street.proxy.take_log();
        street.proxy.set("PUT", ENVELOPES, 1, Fault::HalfRequest(at));
        client.deliver_due().await;
        let request = the_put(street.proxy.take_log()).request;
        assert!(head_length(&request).unwrap() < at && at < request.len());
        assert_eq!(state(&client, &case).await, CaseState::Queued, "after {at}");
        client.send_now(FIRST_PAGE).await.unwrap();
    }
    assert_eq!(street.world.applications(), 0);
    client.deliver_due().await;
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
}

#[tokio::test]
async fn under_any_weather_every_case_is_delivered_once() {
    let street = Street::new().await;
    let (client, _) = saved(&street.world, &street.device("tablet")).await;
    let person = sanbu_tests::world::Person { client: &client, shop: 1 };
    let seeds = 20;
    for seed in 1..=seeds {
        for _ in 0..2 {
            person.apply_again(&street.world.code()).await;
        }
        street.proxy.weather(seed);
        let mut turns = 0;
        while client.outbox(FIRST_PAGE).await.unwrap().pending > 0 {
            client.send_now(FIRST_PAGE).await.unwrap();
            client.deliver_due().await;
            turns += 1;
            assert!(turns < 200, "seed {seed}: not delivered");
        }
        street.proxy.clear();
        let expected = 1 + 2 * i64::try_from(seed).unwrap();
        assert_eq!(street.world.applications(), expected, "seed {seed}");
    }
    assert!(matches!(client.deliver_due().await, TurnEnd::Rest(_)));
    println!("weather.seeds={seeds}");
}
