//! Sign-in pages and strangers in the bank's place: nothing is shown to them, nothing is believed,
//! and delivery goes on as soon as they are gone.

use super::{Street, entry, not_reached, state};
use client::{courier::TurnEnd, ipc::*};
use sanbu_tests::world::FIRST_PAGE;
use sanbu_tests::{
    World,
    proxy::{Fault, Proxy, answer, answer_with},
};
use std::time::Duration;

/// The three kinds that speak HTTP; the fourth, with a certificate of its own, is in `tls`.
fn portals(login: &str) -> Vec<(&'static str, Vec<u8>)> {
    let page = b"<html><h1>Welcome to the hotel</h1></html>";
    vec![
        ("200 with a page", answer(200, "text/html; charset=utf-8", page)),
        ("302 to a sign-in page", answer_with(302, &[("location", login)], b"")),
        ("307 to a sign-in page", answer_with(307, &[("location", login)], b"")),
        ("511", answer(511, "text/html", page)),
        ("200 with nothing", answer(200, "", b"")),
        ("204", answer_with(204, &[], b"")),
        ("200 that claims to be signed", answer(200, wire::bank::SIGNED_TYPE, page)),
        ("200 with a pixel", answer(200, "image/gif", b"GIF89a")),
    ]
}

#[tokio::test]
async fn no_envelope_is_shown_to_a_sign_in_page_and_none_is_followed() {
    let street = Street::new().await;
    let (client, case) = street.saved().await;
    let login = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/login", login.local_addr().unwrap());
    street.proxy.take_log();
    for (name, page) in portals(&url) {
        for method in ["GET", "PUT", "POST"] {
            street.proxy.set(method, "/", usize::MAX, Fault::Answer(page.clone()));
        }
        assert_eq!(client.deliver_due().await, not_reached(Connection::Portal), "{name}");
        assert_eq!(entry(&client).await, (CaseState::Queued, 0), "{name}");
        assert_eq!(
            client.outbox(FIRST_PAGE).await.unwrap().connection,
            Connection::Portal,
            "{name}"
        );
        for seen in street.proxy.take_log() {
            assert_eq!(sanbu_tests::proxy::body(&seen.request), b"", "{name}: {}", seen.path);
        }
        street.proxy.clear();
    }
    let followed = tokio::time::timeout(Duration::ZERO, login.accept()).await;
    assert!(followed.is_err(), "nobody asked for the sign-in page");

    assert!(matches!(client.deliver_due().await, TurnEnd::Rest(_)));
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
}

#[tokio::test]
async fn a_portal_that_comes_up_between_greeting_and_envelope_delivers_nothing() {
    let street = Street::new().await;
    let (client, case) = street.saved().await;
    for (name, page) in portals("http://127.0.0.1:9/login") {
        street.after_greeting(Fault::Answer(page.clone()), Fault::Answer(page));
        assert_eq!(client.deliver_due().await, not_reached(Connection::Portal), "{name}");
        assert_eq!(entry(&client).await, (CaseState::Queued, 0), "{name}");
    }
    assert_eq!(street.world.applications(), 0);
    street.proxy.clear();
    client.deliver_due().await;
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
    assert_eq!(street.world.applications(), 1);
}

#[tokio::test]
async fn another_bank_at_the_same_address_gets_nothing_and_proves_nothing() {
    let street = Street::new().await;
    let (client, case) = street.saved().await;
    // What a wrong answer of the name service brings: a working bank, with keys of its own.
    let other = World::new().await;
    let stranger = Proxy::before(other.network.socket()).await;
    let ping = b"GET /v1/ping?nonce=00000000000000000000000000000000 HTTP/1.1\r\nhost: b\r\n\r\n";
    let pong = stranger.bring(ping).await.unwrap();
    let words = stranger.bring(b"GET /v1/catalogue HTTP/1.1\r\nhost: b\r\n\r\n").await.unwrap();
    assert!(pong.starts_with(b"HTTP/1.1 200") && words.starts_with(b"HTTP/1.1 200"));
    street.proxy.set("GET", "/v1/ping", usize::MAX, Fault::Answer(pong));
    street.proxy.set("GET", "/v1/catalogue", usize::MAX, Fault::Answer(words));
    assert_eq!(client.deliver_due().await, not_reached(Connection::Portal));
    assert_eq!(entry(&client).await, (CaseState::Queued, 0));
    assert_eq!((street.world.network.deliveries(), other.network.deliveries()), (0, 0));

    street.proxy.clear();
    client.deliver_due().await;
    assert_eq!(state(&client, &case).await, CaseState::Delivered);
    assert_eq!(client.home().await.unwrap().connection, Connection::Online);
}
