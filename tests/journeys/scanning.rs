//! What a lens read, links from outside, and the licence: the ways into a draft.

use client::{Client, ipc::*};
use sanbu_tests::{
    World, builders,
    clock::DAY_MS,
    network::Fault,
    world::{BRANCH, Person},
};
use seal::{Namespace, SigningKey, sign};
use wire::problem::{Field, ProblemCode};

async fn refusal(client: &Client, texts: &[&str]) -> ProblemCode {
    let texts = texts.iter().map(|text| (*text).to_owned()).collect();
    client.open_codes(OpenCodesRequest { texts }).await.unwrap_err().code
}

/// A live frame of the poster: every other pixel of it, which is what a camera half as sharp sees.
fn frame_of(poster: &[u8]) -> Frame {
    let picture = lens::read_photo(poster).unwrap();
    let rows = picture.luma().chunks_exact(picture.width() as usize).step_by(2);
    let luma = rows.flat_map(|row| row.iter().step_by(2)).copied().collect();
    let half = |side: u32| u16::try_from(side.div_ceil(2)).unwrap();
    Frame { width: half(picture.width()), height: half(picture.height()), turn: 3, luma }
}

#[tokio::test]
async fn a_poster_held_before_the_camera_is_its_branch() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let frame = frame_of(&world.poster());
    let view = client.read_frame(frame.to_body()).await.unwrap();
    assert_eq!((view.codes.len(), view.hint), (1, None));
    assert_eq!(view.codes[0].corners.len(), 4);
    for corner in &view.codes[0].corners {
        assert!(corner.x > 0 && corner.x < frame.width.into(), "{corner:?}");
        assert!(corner.y > 0 && corner.y < frame.height.into(), "{corner:?}");
    }
    let texts = view.codes.into_iter().map(|code| code.text).collect();
    let draft = client.open_codes(OpenCodesRequest { texts }).await.unwrap();
    assert!(draft.branch.number.starts_with(BRANCH));
}

#[tokio::test]
async fn bytes_that_are_no_frame_are_refused() {
    let world = World::new().await;
    let client = world.device("phone").start();
    let frame = |width: u16, height: u16, pixels: usize| {
        Frame { width, height, turn: 0, luma: vec![127; pixels] }.to_body()
    };
    for body in [
        Vec::new(),
        frame(640, 480, 7),
        frame(1, 1900, 1900),
        frame(u16::MAX, u16::MAX, 64),
        frame(0, 0, 0),
    ] {
        assert_eq!(client.read_frame(body).await.unwrap_err().code, ProblemCode::Malformed);
    }
    let dark = client.read_frame(Frame { luma: vec![4; 640 * 480], ..grey() }.to_body()).await;
    assert_eq!(dark.unwrap(), CodesView { codes: vec![], hint: Some(ScanHint::TooDark) });
}

fn grey() -> Frame {
    Frame { width: 640, height: 480, turn: 0, luma: vec![] }
}

#[tokio::test]
async fn of_several_codes_in_view_the_verified_one_is_taken() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let code = world.code();
    let payment = "https://qr.alipay.com/fkx12345";
    for texts in [[payment, &code], [&code, payment]] {
        let texts = texts.map(str::to_owned).to_vec();
        let draft = client.open_codes(OpenCodesRequest { texts }).await.unwrap();
        assert!(draft.branch.number.starts_with(BRANCH));
    }
    let other_bank = code.replace("HTTPS://", "HTTPS://OTHER.");
    assert_eq!(refusal(&client, &[payment, &other_bank]).await, ProblemCode::TicketOtherBank);
    assert_eq!(refusal(&client, &[payment, "hello"]).await, ProblemCode::CodeIsPayment);
    assert_eq!(refusal(&client, &[]).await, ProblemCode::CodeNotFound);
}

#[tokio::test]
async fn a_hostile_payload_is_refused_with_a_word_and_begins_nothing() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let code = world.code();
    let signed_as_else = {
        let key = SigningKey::from_seed([5; 32]);
        let bytes = sign::sign(Namespace::Catalogue, b"not a ticket", &key);
        let (address, digits) = lending::ticket::code_parts(&world.trust().host, &bytes);
        address + &digits
    };
    let host = world.trust().host.to_ascii_uppercase();
    // A Cyrillic letter that looks like the first one of the host.
    let homoglyph = code.replacen(&host, &format!("\u{421}{}", &host[1..]), 1);
    for (name, text, expected) in [
        ("4 kB of digits", "7".repeat(4096), ProblemCode::CodeIsOther),
        ("4 kB behind our address", format!("{code}{}", "7".repeat(4096)), ProblemCode::CodeIsLink),
        ("control characters", format!("\u{1b}[2J\u{0}{code}"), ProblemCode::CodeIsOther),
        ("a right-to-left mark", format!("\u{202e}{code}"), ProblemCode::CodeIsOther),
        ("a mark inside", code.replacen("/T/", "/T\u{200f}/", 1), ProblemCode::CodeIsLink),
        ("a homoglyph host", homoglyph, ProblemCode::CodeIsLink),
        ("another namespace", signed_as_else, ProblemCode::TicketForged),
        ("a script", "javascript:alert(1)".into(), ProblemCode::CodeIsOther),
        ("a file", "file:///etc/passwd".into(), ProblemCode::CodeIsOther),
    ] {
        assert_eq!(refusal(&client, &[&text]).await, expected, "{name}");
    }
    let thousands = vec!["x"; 5_000];
    assert_eq!(refusal(&client, &thousands).await, ProblemCode::CodeIsOther);
    assert_eq!(client.home().await.unwrap().drafts, []);
}

#[tokio::test]
async fn a_code_newer_than_the_keys_of_the_device_asks_to_connect_and_then_works() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    world.network.set(Fault::Down);
    world.clock.pass_ms(60_000);
    bank::setup::rotate_ticket_key(
        &world.bank_folder(),
        false,
        client::ports::Clock::now(&world.clock),
        &bank::SystemEntropy,
    )
    .unwrap();
    world.clock.pass_ms(60_000);
    let code = world.code();
    assert_eq!(refusal(&client, &[&code]).await, ProblemCode::TicketStaleDirectory);
    client.deliver_due().await;
    assert_eq!(refusal(&client, &[&code]).await, ProblemCode::TicketStaleDirectory);

    world.network.set(Fault::None);
    world.network.disconnect();
    world.start_bank();
    client.deliver_due().await;
    Person { client: &client, shop: 1 }.scan(&code).await.unwrap();
}

#[tokio::test]
async fn a_revoked_key_is_learnt_within_a_day_and_long_silence_is_told() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let code = world.code();
    person.scan(&code).await.unwrap();
    let now = client::ports::Clock::now(&world.clock);
    let folder = world.bank_folder();
    bank::setup::rotate_ticket_key(&folder, true, now, &bank::SystemEntropy).unwrap();
    world.network.disconnect();
    world.start_bank();

    client.deliver_due().await;
    person.scan(&code).await.unwrap();
    world.clock.pass_ms(DAY_MS + 1);
    client.deliver_due().await;
    assert_eq!(person.scan(&code).await.unwrap_err().code, ProblemCode::TicketRevoked);

    world.network.set(Fault::Down);
    world.clock.pass_ms(30 * DAY_MS);
    assert_eq!(client.home().await.unwrap().unchecked_days, None);
    world.clock.pass_ms(DAY_MS);
    assert_eq!(client.home().await.unwrap().unchecked_days, Some(31));
}

#[tokio::test]
async fn a_link_from_outside_waits_for_the_screen_and_is_opened_once() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    assert!(!client.home().await.unwrap().link_waiting);
    let mut changes = client.changes();
    changes.mark_unchanged();
    client.hand_over(world.code().replacen("HTTPS", "sanbu", 1));
    assert!(changes.has_changed().unwrap(), "the screen is told to look");
    assert!(client.home().await.unwrap().link_waiting);
    let draft = client.open_link().await.unwrap();
    assert!(draft.branch.number.starts_with(BRANCH));
    assert!(!client.home().await.unwrap().link_waiting);
    assert_eq!(client.open_link().await.unwrap_err().code, ProblemCode::CodeNotFound);

    let fresh = world.device("fresh").start();
    fresh.hand_over(world.code());
    assert!(!fresh.home().await.unwrap().link_waiting, "nothing could be made of it yet");
    assert_eq!(fresh.open_link().await.unwrap_err().code, ProblemCode::CodeNotFound);
    fresh.deliver_due().await;
    assert!(fresh.home().await.unwrap().link_waiting);
    fresh.open_link().await.unwrap();

    client.hand_over("https://evil.example/T/1".into());
    assert_eq!(client.open_link().await.unwrap_err().code, ProblemCode::TicketOtherBank);
}

#[tokio::test]
async fn a_licence_fills_the_enterprise_code() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let draft = person.scan(&world.code()).await.unwrap();
    let code = builders::enterprise_code(1);
    let fill = |text: &str| {
        let texts = if text.is_empty() { vec![] } else { vec![text.to_owned()] };
        client.fill_licence(FillLicenceRequest { draft_id: draft.draft_id.clone(), texts })
    };
    assert_eq!(fill("").await.unwrap_err().code, ProblemCode::CodeNotFound);
    for text in ["http://www.gsxt.gov.cn/index.html?x=4D2F", &world.code(), "hello"] {
        assert_eq!(fill(text).await.unwrap_err().code, ProblemCode::LicenceUnreadable, "{text}");
    }
    let licence = format!("http://www.gsxt.gov.cn/show?uniscid={code}&t=1");
    let filled = fill(&licence).await.unwrap();
    let field = filled.fields.iter().find(|field| field.field == Field::EnterpriseCode).unwrap();
    assert_eq!(field.value, code);
    assert_eq!(refusal(&client, &[&licence]).await, ProblemCode::CodeIsLicence);
}
