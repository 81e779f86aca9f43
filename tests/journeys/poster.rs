//! From the paper on the wall to the branch on the screen.

use sanbu_tests::{World, world::BRANCH};

#[tokio::test]
async fn a_printed_poster_is_read_back_as_its_branch() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let picture = world.poster();
    let draft = client.scan_picture(picture).await.unwrap();
    assert!(draft.branch.number.starts_with(BRANCH));
    assert_eq!(draft.consents.len(), 2);
}
