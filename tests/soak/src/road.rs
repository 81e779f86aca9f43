//! The road of an application, as the pages of the app go it with the real client.

use client::{
    Client, Problem,
    ipc::{ConsentAnswer, DraftRequest, DraftView},
};
use fastrand::Rng;
use sanbu_tests::{builders, world::Person};
use serde::{Deserialize, Serialize};
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

/// Photos of a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Photos {
    /// How many.
    pub count: usize,
    /// Length of each.
    pub bytes: usize,
}

/// From the code to the last field and the last photo. A draft that a crash left is gone on with, as
/// the app does.
///
/// # Errors
/// What a command was refused with.
pub async fn fill(person: &Person<'_>, code: &str, photos: Photos) -> Result<DraftView, Problem> {
    let draft = person.scan(code).await?;
    let draft = person.decide_all(draft, ConsentAnswer::Give).await;
    let mut draft = match draft.shop {
        None => person.fill(&draft).await,
        Some(_) => person.set(&draft, Field::Amount, "5").await,
    };
    for number in draft.parts.len()..photos.count {
        let request = DraftRequest { draft_id: draft.draft_id.clone() };
        let photo = photo(person.shop, number, photos.bytes);
        let added = person.client.add_part(request, "licence".into(), "image/jpeg".into(), photo);
        draft = added.await?;
    }
    Ok(draft)
}

/// What stands within each photo of a shop.
pub fn words_of(shop: u32) -> String {
    format!("photographed at {}", builders::enterprise_code(shop))
}

/// So many bytes that no compression makes fewer, with some words among them.
fn photo(shop: u32, number: usize, bytes: usize) -> Vec<u8> {
    let mut photo = words_of(shop).into_bytes();
    let mut dice = Rng::with_seed(u64::from(shop) << 8 | number as u64);
    photo.extend(std::iter::repeat_with(|| dice.u8(..)).take(bytes.saturating_sub(photo.len())));
    photo
}

/// An id as the client writes it.
pub fn id(text: &str) -> Uuid {
    Uuid::try_parse(text).expect("the client's ids are UUIDs")
}
