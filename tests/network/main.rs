//! The faults of a network, row by row of the fault matrix: real sockets, real TLS, the real client
//! and the real bank.
#![allow(clippy::unwrap_used)]

mod answers;
mod clocks;
mod cuts;
mod parts;
mod portals;
mod replays;
mod slow;
mod tls;

use client::{Client, courier::TurnEnd, ipc::*};
use sanbu_tests::{
    World,
    proxy::{Fault, Proxy},
    world::{Device, FIRST_PAGE, Person},
};

const ENVELOPES: &str = "/v1/envelopes/";
/// Nothing gets through.
const NOTHING: Fault = Fault::CutRequest(0);

/// A bank behind a proxy.
struct Street {
    world: World,
    proxy: Proxy,
}

impl Street {
    async fn new() -> Self {
        let world = World::new().await;
        let proxy = Proxy::before(world.network.socket()).await;
        Self { world, proxy }
    }

    /// A device whose way leads through the proxy.
    fn device(&self, name: &str) -> Device {
        let address = format!("http://{}", self.proxy.address());
        let trust = client::Trust { address, ..self.world.trust().clone() };
        self.world.device(name).with_trust(trust)
    }

    /// The next greeting is good. Then this happens to every envelope, and that to all the rest.
    fn after_greeting(&self, envelopes: Fault, rest: Fault) {
        self.proxy.clear();
        self.proxy.set("GET", "/v1/ping", 1, Fault::Pass);
        self.proxy.set("PUT", ENVELOPES, usize::MAX, envelopes);
        self.proxy.set("GET", "/", usize::MAX, rest.clone());
        for method in ["HEAD", "PATCH", "POST"] {
            self.proxy.set(method, "/", usize::MAX, rest.clone());
        }
    }

    /// A device that has the bank's words, and a case saved on it.
    async fn saved(&self) -> (Client, CaseView) {
        saved(&self.world, &self.device("phone")).await
    }
}

/// A client that has the bank's words, and a case saved on it.
async fn saved(world: &World, device: &Device) -> (Client, CaseView) {
    let client = device.start();
    assert!(matches!(client.deliver_due().await, TurnEnd::Rest(_)), "the way to the bank is good");
    let person = Person { client: &client, shop: 1 };
    let case = person.apply(&world.code(), ConsentAnswer::Give).await;
    (client, case)
}

async fn state(client: &Client, case: &CaseView) -> CaseState {
    Person { client, shop: 1 }.case(case).await.state
}

/// State and attempts of the one entry.
async fn entry(client: &Client) -> (CaseState, u32) {
    let outbox = client.outbox(FIRST_PAGE).await.unwrap();
    assert_eq!(outbox.entries.len(), 1);
    (outbox.entries[0].state, outbox.entries[0].attempts)
}

fn not_reached(connection: Connection) -> TurnEnd {
    TurnEnd::NotReached(connection)
}
