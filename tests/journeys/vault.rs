//! Where the store's key is kept, and what happens when it is gone.

use client::ipc::*;
use sanbu_tests::{
    World,
    key_stores::{MemoryKeyStore, NoKeyStore},
    network::Fault,
    world::{FIRST_PAGE, Person},
};
use wire::problem::ProblemCode;

#[tokio::test]
async fn a_working_key_store_keeps_the_key() {
    let world = World::new().await;
    let client = world.device("phone").start();
    let key = client.home().await.unwrap().key;
    assert_eq!((key.rung, key.state), (KeyRung::OsStore, KeyState::Open));
}

#[tokio::test]
async fn without_a_key_store_nothing_is_kept_and_the_screen_says_so() {
    let world = World::new().await;
    let device = world.device("phone").with_key_store(NoKeyStore);
    let client = device.start();
    client.deliver_due().await;
    assert_eq!(client.home().await.unwrap().key.rung, KeyRung::Memory);
    Person { client: &client, shop: 1 }.scan(&world.code()).await.unwrap();
    drop(client);

    let home = device.start().home().await.unwrap();
    assert_eq!((home.drafts.len(), home.unreadable_drafts), (0, 1));
}

#[tokio::test]
async fn a_passphrase_keeps_drafts_over_a_restart() {
    let world = World::new().await;
    let device = world.device("phone").with_key_store(NoKeyStore);
    let client = device.start();
    client.deliver_due().await;
    Person { client: &client, shop: 1 }.scan(&world.code()).await.unwrap();
    let phrase = |text: &str| PassphraseRequest { passphrase: text.into() };
    let short = client.set_passphrase(phrase("short")).await.unwrap_err();
    assert_eq!(short.code, ProblemCode::PassphraseTooShort);
    client.set_passphrase(phrase("a good long phrase")).await.unwrap();
    drop(client);

    let client = device.start();
    let home = client.home().await.unwrap();
    assert_eq!((home.key.rung, home.key.state), (KeyRung::Passphrase, KeyState::Locked));
    let wrong = client.unlock(phrase("another phrase")).await.unwrap_err();
    assert_eq!(wrong.code, ProblemCode::PassphraseWrong);
    let home = client.unlock(phrase("a good long phrase")).await.unwrap();
    assert_eq!((home.key.state, home.drafts.len()), (KeyState::Open, 1));
}

#[tokio::test]
async fn a_lost_key_loses_no_saved_case_and_no_new_key_is_made_in_silence() {
    let world = World::new().await;
    let keys = MemoryKeyStore::default();
    let device = world.device("phone").with_key_store(keys);
    let client = device.start();
    client.deliver_due().await;
    world.network.set(Fault::Down);
    Person { client: &client, shop: 1 }.apply(&world.code(), ConsentAnswer::Give).await;
    drop(client);

    // Another key store: the key is gone.
    let client = device.with_key_store(MemoryKeyStore::default()).start();
    let key = client.home().await.unwrap().key;
    assert_eq!((key.rung, key.state), (KeyRung::OsStore, KeyState::Lost));
    let outbox = client.outbox(FIRST_PAGE).await.unwrap();
    assert_eq!(outbox.pending, 1, "the sealed case is still there");
    world.network.set(Fault::None);
    client.deliver_due().await;
    assert_eq!(world.applications(), 1, "and still goes out");
    let refused = Person { client: &client, shop: 1 }.scan(&world.code()).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::VaultLocked);
}
