//! Requests that come again, later, or out of order: one effect, one acknowledgement.

use super::{NOTHING, Street, state};
use axum::{body::Body, http::Request};
use client::ipc::*;
use sanbu_tests::{
    proxy::{Dice, Exchange, Fault, body},
    world::Person,
};
use std::sync::Arc;
use tower::ServiceExt;
use wire::bank::ENVELOPE_TYPE;

/// Cases that were delivered through the proxy, as it saw them.
async fn delivered(street: &Street, count: usize) -> Vec<Exchange> {
    let (client, mut case) = street.saved().await;
    let person = Person { client: &client, shop: 1 };
    for _ in 1..count {
        case = person.apply_again(&street.world.code()).await;
    }
    client.deliver_due().await;
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
    let log = street.proxy.take_log().into_iter();
    let puts: Vec<_> = log.filter(|seen| seen.method == "PUT").collect();
    assert_eq!(puts.len(), count);
    puts
}

#[tokio::test]
async fn a_hundred_thousand_replays_in_any_order_have_one_effect() {
    const REPLAYS: usize = 100_000;
    const AT_ONCE: usize = 16;
    let street = Street::new().await;
    let puts = Arc::new(delivered(&street, 20).await);
    street.world.network.disconnect();
    let router = street.world.bank().router();
    let seed = 4;
    let replaying = (0..AT_ONCE).map(|share| {
        let (router, puts) = (router.clone(), Arc::clone(&puts));
        let mut dice = Dice(seed + share as u64);
        tokio::spawn(async move {
            for _ in 0..REPLAYS / AT_ONCE {
                let put = &puts[usize::try_from(dice.below(puts.len() as u64)).unwrap()];
                let request = Request::put(&put.path)
                    .header("content-type", ENVELOPE_TYPE)
                    .body(Body::from(body(&put.request).to_vec()))
                    .unwrap();
                let reply = router.clone().oneshot(request).await.unwrap();
                assert_eq!(reply.status(), 200);
                let ack = axum::body::to_bytes(reply.into_body(), 4096).await.unwrap();
                assert_eq!(ack, body(&put.reply), "the first acknowledgement again");
            }
        })
    });
    for task in replaying.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let count = |table| street.world.bank_number(&format!("select count(*) from {table}"));
    assert_eq!((count("envelope"), count("application"), count("job")), (20, 20, 20));
    println!("replay.count={REPLAYS} replay.effects=20 replay.seed={seed}");
}

#[tokio::test]
async fn requests_that_were_held_up_arrive_after_all_out_of_order() {
    let street = Street::new().await;
    let (client, first) = street.saved().await;
    let person = Person { client: &client, shop: 1 };
    let second = person.apply_again(&street.world.code()).await;
    // Both break off on their way; the network keeps what it saw of them.
    for _ in 0..4 {
        street.after_greeting(Fault::CutRequest(700), NOTHING);
        client.deliver_due().await;
    }
    assert_eq!(street.world.applications(), 0);
    street.proxy.clear();
    client.deliver_due().await;
    assert_eq!(state(&client, &first).await, CaseState::Delivered);
    assert_eq!(state(&client, &second).await, CaseState::Delivered);

    let log = street.proxy.take_log();
    let puts: Vec<_> = log.iter().filter(|seen| seen.method == "PUT").collect();
    for late in puts.iter().rev().chain(&puts) {
        let reply = street.proxy.bring(&late.request).await.unwrap();
        let is_told =
            |put: &&&Exchange| put.path == late.path && put.reply.starts_with(b"HTTP/1.1 2");
        let told = puts.iter().find(is_told).unwrap();
        assert_eq!(body(&reply), body(&told.reply));
    }
    assert_eq!(street.world.applications(), 2);
}

#[tokio::test]
async fn a_network_that_doubles_every_request_changes_nothing() {
    let street = Street::new().await;
    for method in ["GET", "PUT", "POST", "PATCH", "HEAD"] {
        street.proxy.set(method, "/", usize::MAX, Fault::Replay);
    }
    delivered(&street, 5).await;
    assert_eq!((street.world.applications(), street.world.network.deliveries()), (5, 10));
}
