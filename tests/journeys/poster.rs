//! From the paper on the wall to the branch on the screen.

use bank::{
    SystemEntropy, TicketOrder,
    folder::Folder,
    issue_ticket,
    poster::{Fonts, Page, Piece, PosterFormat, Size, render_page},
    printing::poster_content,
};
use client::ports::Clock;
use sanbu_tests::{
    World,
    world::{BRANCH, Person},
};

#[tokio::test]
async fn a_printed_poster_is_read_back_as_its_branch() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let picture = world.poster();
    let person = Person { client: &client, shop: 1 };
    let draft = person.scan_picture(picture).await.unwrap();
    assert!(draft.branch.number.starts_with(BRANCH));
    assert_eq!(draft.consents.len(), 2);
}

#[tokio::test]
async fn the_smallest_sticker_is_read_back_as_its_branch() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let catalogue = world.catalogue();
    let order = TicketOrder {
        branch: BRANCH,
        product: "FLOW",
        grid: Some("LQ01-02"),
        officer: None,
        campaign: None,
        valid_for_s: 3600,
    };
    let folder = Folder::at(world.bank_folder());
    let ticket =
        issue_ticket(&folder, &catalogue, &order, world.clock.now(), &SystemEntropy).unwrap();
    let content = poster_content(&catalogue, &ticket).unwrap();
    let piece =
        Piece { content: &content, size: Size::Sticker60x80, distance: None, number: Some(1) };
    let page = Page::of(&piece, None).unwrap();
    let picture = render_page(&page, PosterFormat::Png, &Fonts::of_system().unwrap()).unwrap();
    let person = Person { client: &client, shop: 1 };
    let draft = person.scan_picture(picture).await.unwrap();
    assert!(draft.branch.number.starts_with(BRANCH));
}
