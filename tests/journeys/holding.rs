//! Held, refused, and asked again: every state has a reason and a way out.

use client::{Client, ipc::*, ports::Clock};
use lending::money::RateBps;
use sanbu_tests::{
    World, builders,
    clock::{DAY_MS, FakeClock},
    many::fill_outbox,
    network::Fault,
    world::{Device, FIRST_PAGE, Person},
};
use wire::problem::ProblemCode;

const PHOTO: &[u8] = b"a picture of the shop that nobody may read on this disk";

fn named(case: &str) -> CaseRequest {
    CaseRequest { case_id: case.into() }
}

fn draft(view: &DraftView) -> DraftRequest {
    DraftRequest { draft_id: view.draft_id.clone() }
}

async fn entry(client: &Client, case_id: &str) -> EntryView {
    let page = client.outbox(FIRST_PAGE).await.unwrap();
    page.entries.into_iter().find(|entry| entry.case_id == case_id).unwrap()
}

/// A case with a photo, saved without a network.
async fn saved(world: &World) -> (Device, Client, CaseView) {
    let device = world.device("phone");
    let client = device.start();
    client.deliver_due().await;
    world.network.set(Fault::Down);
    let person = Person { client: &client, shop: 1 };
    let open = person.scan(&world.code()).await.unwrap();
    let open = person.decide_all(open, ConsentAnswer::Give).await;
    client
        .add_part(draft(&open), "storefront".into(), "image/jpeg".into(), PHOTO.into())
        .await
        .unwrap();
    let open = person.fill(&open).await;
    let case = person.submit(&open).await.unwrap();
    (device, client, case)
}

/// The bank publishes its catalogue with a lower rate for every product.
fn cheaper(world: &World) {
    world.republish(|catalogue| {
        for product in &mut catalogue.products {
            product.rate = RateBps::new(product.rate.get() - 10).unwrap();
        }
    });
}

#[tokio::test]
async fn a_price_that_changed_while_it_waited_is_asked_again_and_the_photos_stay() {
    let world = World::new().await;
    let (device, client, old) = saved(&world).await;
    cheaper(&world);
    world.network.set(Fault::None);
    client.deliver_due().await;
    client.deliver_due().await;
    let held = entry(&client, &old.case_id).await;
    assert_eq!((held.state, held.parked_reason), (CaseState::Parked, Some(ParkedReason::Stale)));
    assert_eq!(held.acts, [EntryAct::Open, EntryAct::AskAgain, EntryAct::TakeBack]);
    assert_eq!(world.applications(), 0);
    let unmoved = client.send_again(named(&old.case_id)).await.unwrap_err();
    assert_eq!(unmoved.code, ProblemCode::CaseNotHeld, "it would be held again");

    let asked = client.ask_again(named(&old.case_id)).await.unwrap();
    let before = asked.instead_of.clone().unwrap();
    assert_eq!(before.annual_percent_before, old.annual_percent);
    assert_ne!(before.annual_percent_now.as_ref(), Some(&old.annual_percent));
    assert_eq!((before.reason, before.takes_back), (ParkedReason::Stale, true));
    assert_eq!(before.changed_notices, []);
    assert_eq!(asked.step, DraftStep::Consent, "no decision is taken over");
    assert_eq!(asked.parts.len(), 1, "the photo is");
    let twice = client.ask_again(named(&old.case_id)).await.unwrap();
    assert_eq!(twice.draft_id, asked.draft_id);
    drop(client);

    let client = device.start();
    let person = Person { client: &client, shop: 1 };
    let ready = person.decide_all(asked, ConsentAnswer::Give).await;
    let new = person.submit(&ready).await.unwrap();
    assert_ne!(new.case_id, old.case_id);
    assert_eq!(new.instead_of.as_ref(), Some(&old.device_number));
    assert_eq!(new.parts, 1);
    assert_eq!(person.case(&old).await.state, CaseState::Cancelled);
    assert_eq!(client.home().await.unwrap().pending, 1);
}

#[tokio::test]
async fn a_case_that_had_arrived_before_the_price_changed_is_not_asked_again() {
    let world = World::new().await;
    let (_, client, case) = saved(&world).await;
    world.network.set(Fault::LoseReplies);
    client.deliver_due().await;
    assert_eq!(world.applications(), 1, "it had arrived, and nobody here knew");
    cheaper(&world);
    world.network.set(Fault::None);
    client.deliver_due().await;
    client.send_now(FIRST_PAGE).await.unwrap();
    client.deliver_due().await;
    assert_eq!(entry(&client, &case.case_id).await.state, CaseState::Delivered);
    assert_eq!(world.applications(), 1);
}

#[tokio::test]
async fn discarding_what_was_asked_again_leaves_the_held_case() {
    let world = World::new().await;
    let (_, client, old) = saved(&world).await;
    cheaper(&world);
    world.network.set(Fault::None);
    client.deliver_due().await;
    client.deliver_due().await;
    let first = client.ask_again(named(&old.case_id)).await.unwrap();
    client.discard_draft(draft(&first)).await.unwrap();
    assert_eq!(entry(&client, &old.case_id).await.state, CaseState::Parked);
    let second = client.ask_again(named(&old.case_id)).await.unwrap();
    assert_ne!(second.draft_id, first.draft_id);

    let back = client.take_back(named(&old.case_id)).await.unwrap();
    assert_eq!((back.state, back.acts), (CaseState::Cancelled, vec![EntryAct::Open]));
}

#[tokio::test]
async fn a_consent_that_ended_while_it_waited_is_asked_again() {
    let world = World::new().await;
    let (_, client, old) = saved(&world).await;
    world.clock.pass_ms(300 * DAY_MS);
    world.network.set(Fault::None);
    client.deliver_due().await;
    let held = entry(&client, &old.case_id).await;
    assert_eq!(held.parked_reason, Some(ParkedReason::Expired));
    assert_eq!(world.applications(), 0);
    let asked = client.ask_again(named(&old.case_id)).await.unwrap();
    assert_eq!(asked.instead_of.unwrap().reason, ParkedReason::Expired);
}

#[tokio::test]
async fn a_clock_ten_years_ahead_ends_no_consent() {
    let world = World::new().await;
    let (device, client, old) = saved(&world).await;
    drop(client);
    let ahead = FakeClock::at(world.clock.now());
    ahead.pass_ms(3_650 * DAY_MS);
    let client = device.with_clock(ahead).start();
    world.network.set(Fault::None);
    client.deliver_due().await;
    assert_eq!(entry(&client, &old.case_id).await.parked_reason, None);
}

#[tokio::test]
async fn what_was_asked_again_is_delivered_and_the_old_one_is_not() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    world.network.set(Fault::Down);
    let person = Person { client: &client, shop: 1 };
    let old = person.apply(&world.code(), ConsentAnswer::Give).await;
    world.republish(|catalogue| {
        for notice in &mut catalogue.notices {
            notice.version += 1;
            notice.valid_days -= 1;
        }
    });
    world.network.set(Fault::None);
    client.deliver_due().await;
    client.deliver_due().await;
    let asked = client.ask_again(named(&old.case_id)).await.unwrap();
    let changed = asked.instead_of.clone().unwrap().changed_notices;
    assert_eq!(changed, [ConsentKind::Tax, ConsentKind::Transactions]);
    let ready = person.decide_all(asked, ConsentAnswer::Refuse).await;
    let new = person.submit(&ready).await.unwrap();
    client.deliver_due().await;

    assert_eq!(person.case(&new).await.state, CaseState::Delivered);
    assert_eq!(person.case(&old).await.state, CaseState::Cancelled);
    assert_eq!(world.network.order(), [new.case_id]);
    assert_eq!((world.applications(), client.home().await.unwrap().pending), (1, 0));
    // The consents of the old case were superseded: what stands is what was decided last.
    let records = client.consents().await.unwrap().records;
    let decisions: Vec<_> = records.iter().map(|record| record.decision).collect();
    assert_eq!(decisions, [ConsentDecision::Refused, ConsentDecision::Refused]);
    // Two were given, two ended, two refused: the numbers that the bank sees are the fifth and sixth.
    let numbers: Vec<_> = world.consent_records().iter().map(|record| record.device_seq).collect();
    assert_eq!(numbers, [5, 6]);
}

#[tokio::test]
async fn a_draft_whose_code_ran_out_is_not_sealed_and_goes_on_with_a_new_code() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let open = person.scan(&world.code_for_days(2)).await.unwrap();
    let open = person.decide_all(open, ConsentAnswer::Give).await;
    let open = person.fill(&open).await;
    world.clock.pass_ms(3 * DAY_MS);
    let refused = person.submit(&open).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::TicketExpired);
    let again = person.scan(&world.code()).await.unwrap();
    assert_eq!(again.draft_id, open.draft_id);
    assert_eq!(person.submit(&again).await.unwrap().state, CaseState::Queued);
}

#[tokio::test]
async fn what_the_bank_refused_is_asked_again_and_nothing_is_cancelled() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    world.network.set(Fault::Down);
    let old = person.apply(&world.code(), ConsentAnswer::Give).await;
    // A bank that has forgotten the ticket's key refuses the content, with its signature.
    world.revoke_ticket_key();
    world.network.set(Fault::None);
    client.deliver_due().await;
    let refused = entry(&client, &old.case_id).await;
    assert_eq!(refused.parked_reason, Some(ParkedReason::Refused));
    assert_eq!(refused.acts, [EntryAct::Open, EntryAct::AskAgain, EntryAct::Export]);
    assert!(refused.reference.is_some());

    // The bank's words are fetched once a day; then its new key is known here.
    world.clock.pass_ms(2 * DAY_MS);
    client.deliver_due().await;
    let asked = client.ask_again(named(&old.case_id)).await.unwrap();
    assert!(!asked.instead_of.clone().unwrap().takes_back);
    let fresh = person.scan(&world.code()).await.unwrap();
    assert_eq!(fresh.draft_id, asked.draft_id, "a new code goes on with it");
    let ready = person.decide_all(fresh, ConsentAnswer::Give).await;
    let new = person.submit(&ready).await.unwrap();
    client.deliver_due().await;
    assert_eq!(person.case(&new).await.state, CaseState::Delivered);
    assert_eq!(person.case(&old).await.parked_reason, Some(ParkedReason::Refused));
}

#[tokio::test]
async fn the_file_for_the_help_line_says_nothing_that_the_bank_did_not_get() {
    let world = World::new().await;
    let (device, client, old) = saved(&world).await;
    let view = client.export_case(named(&old.case_id)).await.unwrap();
    assert_eq!(view.file_name, format!("sanbu-{}.cbor", old.device_number));
    let bytes = std::fs::read(&view.path).unwrap();
    assert!(view.path.starts_with(device.folder().to_str().unwrap()));
    assert_eq!(bytes.len() as u64, view.size_bytes);
    let size_bytes = entry(&client, &old.case_id).await.total_bytes;
    assert!(view.size_bytes > size_bytes - PHOTO.len() as u64 - 512, "the envelope is in it");
    for readable in [builders::enterprise_code(1), builders::mobile(1)] {
        assert!(!bytes.windows(readable.len()).any(|part| part == readable.as_bytes()));
    }
    let nobody = client.export_case(named("00000000-0000-0000-0000-000000000000")).await;
    assert_eq!(nobody.unwrap_err().code, ProblemCode::CaseUnknown);
}

/// Parks the case as the courier would after the bank's answer.
fn park(device: &Device, case: &CaseView, reason: &'static str) {
    let outbox = outbox::Outbox::open(&device.folder().join("outbox.db")).unwrap();
    let id = outbox::EntryId(case.case_id.parse().unwrap());
    let reason = outbox::ParkReason::try_from(reason.to_owned()).unwrap();
    let now = outbox::Timestamp::from(1);
    outbox.settle(id, &outbox::Outcome::Parked { reason }, now, 0).unwrap();
}

#[tokio::test]
async fn every_parked_state_has_a_way_out() {
    use EntryAct::{AskAgain, Export, Open, SendAgain, TakeBack};
    let cases: [(_, _, &[EntryAct]); 5] = [
        ("refused", ParkedReason::Refused, &[Open, AskAgain, SendAgain, Export, TakeBack]),
        ("conflict", ParkedReason::Conflict, &[Open, Export, TakeBack]),
        ("stale", ParkedReason::Stale, &[Open, AskAgain, TakeBack]),
        ("expired", ParkedReason::Expired, &[Open, AskAgain, TakeBack]),
        ("damaged", ParkedReason::Damaged, &[Open, AskAgain, Export, TakeBack]),
    ];
    let world = World::new().await;
    let (device, client, case) = saved(&world).await;
    drop(client);
    for (code, reason, acts) in cases {
        park(&device, &case, code);
        let client = device.start();
        let parked = entry(&client, &case.case_id).await;
        assert_eq!((parked.state, parked.parked_reason), (CaseState::Parked, Some(reason)));
        assert_eq!(parked.acts, acts, "{code}");
        let shown = Person { client: &client, shop: 1 }.case(&case).await;
        assert_eq!((shown.state, shown.acts), (parked.state, parked.acts), "list and detail agree");
        assert_eq!(client.home().await.unwrap().parked, 1);
        drop(client);
        let outbox = outbox::Outbox::open(&device.folder().join("outbox.db")).unwrap();
        outbox.release(outbox::EntryId(case.case_id.parse().unwrap())).unwrap();
    }
}

#[tokio::test]
async fn a_case_that_was_refused_on_the_way_is_sent_again_as_it_is() {
    let world = World::new().await;
    let device = world.device("phone");
    let client = device.start();
    client.deliver_due().await;
    world.network.set(Fault::Down);
    let person = Person { client: &client, shop: 1 };
    let case = person.apply(&world.code(), ConsentAnswer::Give).await;
    drop(client);
    park(&device, &case, "refused");
    let client = device.start();
    world.network.set(Fault::None);
    client.deliver_due().await;
    assert_eq!(world.applications(), 0, "parked until a person acts");
    let queued = client.send_again(named(&case.case_id)).await.unwrap();
    assert_eq!((queued.state, queued.attempts), (CaseState::Queued, 0));
    let twice = client.send_again(named(&case.case_id)).await.unwrap();
    assert_eq!(twice.state, CaseState::Queued);
    client.deliver_due().await;
    assert_eq!(entry(&client, &case.case_id).await.state, CaseState::Delivered);
    let over = client.send_again(named(&case.case_id)).await.unwrap_err();
    assert_eq!(over.code, ProblemCode::CaseNotHeld);
    let over = client.ask_again(named(&case.case_id)).await.unwrap_err();
    assert_eq!(over.code, ProblemCode::CaseAlreadyDelivered);
}

#[tokio::test]
async fn a_page_of_the_outbox_is_a_page() {
    let world = World::new().await;
    let device = world.device("phone");
    drop(device.start());
    fill_outbox(&device.folder().join("outbox.db"), 250);
    let client = device.start();
    let page = |offset, limit| client.outbox(OutboxRequest { offset, limit });
    let first = page(0, 1_000).await.unwrap();
    assert_eq!((first.entries.len(), first.total, first.pending), (100, 250, 125));
    assert_eq!((first.counts.parked, first.counts.cancelled), (125, 125));
    let last = page(200, 100).await.unwrap();
    assert_eq!((last.entries.len(), last.offset), (50, 200));
    assert!(last.entries.iter().all(|entry| entry.state == CaseState::Cancelled));
    assert_eq!(page(250, 100).await.unwrap().entries, []);
    assert_eq!(client.home().await.unwrap().pending, 125, "the badge is the store's count");
}
