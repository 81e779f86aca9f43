//! The bank goes back to a backup: what it lost comes back from the devices as it was.

use bank::restore;
use client::{Client, ipc::*, ports::Clock};
use lending::money::RateBps;
use sanbu_tests::{
    World,
    clock::DAY_MS,
    world::{FIRST_PAGE, Person},
};
use std::path::PathBuf;

/// A case that the bank has received and that its backup does not have.
async fn received_after_the_backup(world: &World) -> (Client, CaseView, PathBuf) {
    let backup = world.bank_folder().with_extension("backup");
    restore::back_up(&world.bank_folder(), &backup).unwrap();
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let case = person.apply(&world.code(), ConsentAnswer::Give).await;
    client.deliver_due().await;
    assert_eq!(person.case(&case).await.state, CaseState::Delivered);
    (client, case, backup)
}

async fn restored(world: &World, backup: &std::path::Path) {
    world.network.disconnect();
    let now = world.clock.now();
    // Its last request may be just ending.
    while let Err(restore::RestoreError::InUse) =
        restore::restore(&world.bank_folder(), backup, None, now).await
    {
        tokio::task::yield_now().await;
    }
    world.start_bank();
}

#[tokio::test]
async fn a_price_that_changed_since_holds_up_nothing_that_the_bank_had_received() {
    let world = World::new().await;
    let (client, case, backup) = received_after_the_backup(&world).await;
    restored(&world, &backup).await;
    world.republish(|catalogue| {
        for product in &mut catalogue.products {
            product.rate = RateBps::new(product.rate.get() - 10).unwrap();
        }
    });
    assert_eq!(world.applications(), 0);
    client.deliver_due().await;
    client.deliver_due().await;
    assert_eq!(world.applications(), 1);
    let entries = client.outbox(FIRST_PAGE).await.unwrap().entries;
    assert_eq!((&entries[0].case_id, entries[0].state), (&case.case_id, CaseState::Delivered));
}

#[tokio::test]
async fn a_tablet_that_slept_for_months_brings_back_what_the_bank_lost_meanwhile() {
    let world = World::new().await;
    let (client, _, backup) = received_after_the_backup(&world).await;
    restored(&world, &backup).await;
    world.clock.pass_ms(60 * DAY_MS);
    assert_eq!(world.applications(), 0);
    client.deliver_due().await;
    client.deliver_due().await;
    assert_eq!(world.applications(), 1);
}
