//! Real answers, kept as fixtures: `crates/wire/fixtures/v1` holds what a released client and bank
//! once said. `SANBU_UPDATE=1` writes them anew, which only a change of version may do.

use client::ipc::*;
use sanbu_tests::{
    World,
    network::Fault,
    world::{FIRST_PAGE, Person},
};
use serde::Serialize;
use std::path::Path;

fn keep<T: Serialize>(name: &str, value: &T) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/wire/fixtures/v1");
    let path = folder.join(format!("{name}.json"));
    let json = serde_json::to_value(value).unwrap();
    if std::env::var_os("SANBU_UPDATE").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&path, serde_json::to_string_pretty(&json).unwrap() + "\n").unwrap();
    }
    let kept: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(shape(&json), shape(&kept), "the shape of {name} changed");
}

/// Keys and kinds of a value, without its content: ids and times differ from run to run.
fn shape(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value as V;
    match value {
        V::Object(map) => V::Object(map.iter().map(|(k, v)| (k.clone(), shape(v))).collect()),
        V::Array(items) => V::Array(items.first().map(shape).into_iter().collect()),
        V::String(_) => V::from("text"),
        V::Number(_) => V::from("number"),
        V::Bool(_) => V::from("bool"),
        V::Null => V::Null,
    }
}

#[tokio::test]
async fn views_keep_their_shapes() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let draft = person.scan(&world.code()).await.unwrap();
    keep("home_view", &client.home().await.unwrap());
    keep("problem_rules", &person.submit(&draft).await.unwrap_err());
    let draft = person.decide_all(draft, ConsentAnswer::Give).await;
    keep("draft_view", &person.fill(&draft).await);
    world.network.set(Fault::Down);
    keep("case_view_queued", &person.submit(&draft).await.unwrap());
    world.network.set(Fault::None);
    client.deliver_due().await;
    let outbox = client.outbox(FIRST_PAGE).await.unwrap();
    keep("outbox_view", &outbox);
    let request = CaseRequest { case_id: outbox.entries[0].case_id.clone() };
    keep("case_request", &request);
    keep("case_view_delivered", &client.case(request.clone()).await.unwrap());
    keep("application_status", &client.status(request).await.unwrap());
    keep("consents_view", &client.consents().await.unwrap());
    keep("trust", &world.trust());
}
