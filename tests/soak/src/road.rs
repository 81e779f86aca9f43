//! The road of an application, as the pages of the app go it with the real client.

use client::{
    Client, Problem,
    ipc::{ConsentAnswer, DraftView},
};
use sanbu_tests::world::Person;
use uuid::Uuid;
use wire::problem::Field;

/// Waits until the bank's words are on the device.
///
/// # Errors
/// When the client cannot show its first screen.
pub async fn until_catalogue(client: &Client) -> Result<(), Problem> {
    let mut changes = client.changes();
    while !client.home().await?.catalogue_present {
        // The client outlives this wait.
        let _ = changes.changed().await;
    }
    Ok(())
}

/// From the code to the last field. A draft that a crash left is gone on with, as the app does.
///
/// # Errors
/// What a command was refused with.
pub async fn fill(person: &Person<'_>, code: &str) -> Result<DraftView, Problem> {
    let draft = person.scan(code).await?;
    let draft = person.decide_all(draft, ConsentAnswer::Give).await;
    Ok(match draft.shop {
        None => person.fill(&draft).await,
        Some(_) => person.set(&draft, Field::Amount, "5").await,
    })
}

/// An id as the client writes it.
pub fn id(text: &str) -> Uuid {
    Uuid::try_parse(text).expect("the client's ids are UUIDs")
}
