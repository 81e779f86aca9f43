//! Codes and pictures that are not ours, tickets that no longer are.

use client::ipc::*;
use sanbu_tests::{World, clock::DAY_MS, world::Person};
use seal::Timestamp;
use wire::problem::ProblemCode;

#[tokio::test]
async fn an_expired_ticket_is_refused() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let code = world.code_for_days(2);
    person.scan(&code).await.unwrap();
    world.clock.pass_ms(2 * DAY_MS);
    assert_eq!(person.scan(&code).await.unwrap_err().code, ProblemCode::TicketExpired);
}

#[tokio::test]
async fn a_case_saved_in_time_is_taken_after_its_ticket_ended() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    world.network.set(sanbu_tests::network::Fault::Down);
    let saved = person.apply(&world.code_for_days(2), ConsentAnswer::Give).await;
    world.clock.pass_ms(30 * DAY_MS);
    world.network.set(sanbu_tests::network::Fault::None);
    client.deliver_due().await;
    assert_eq!(person.case(&saved).await.state, CaseState::Delivered);
    assert_eq!(world.bank_number("select count(*) from application where status = 'received'"), 1);
}

#[tokio::test]
async fn a_clock_reset_to_1970_does_not_refuse_a_good_ticket() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let code = world.code();
    world.clock.set(Timestamp::from_millis(0));
    Person { client: &client, shop: 1 }.scan(&code).await.unwrap();
}

#[tokio::test]
async fn every_foreign_code_is_named() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let forged = {
        let mut code = world.code();
        let last = code.pop().unwrap();
        code.push(if last == '0' { '1' } else { '0' });
        code
    };
    let other_bank = world.code().replace("HTTPS://", "HTTPS://OTHER.");
    for (text, code) in [
        ("wxp://f2f0abcdef", ProblemCode::CodeIsPayment),
        ("https://u.wechat.com/abc", ProblemCode::CodeIsWechat),
        ("https://ds.alipay.com/?scheme=x", ProblemCode::CodeIsAlipay),
        ("http://www.gsxt.gov.cn/index.html?x=4D2F", ProblemCode::CodeIsLicence),
        ("https://example.com/loan", ProblemCode::CodeIsLink),
        ("hello", ProblemCode::CodeIsOther),
        ("\u{202e}HTTPS://", ProblemCode::CodeIsOther),
        (forged.as_str(), ProblemCode::TicketForged),
        (other_bank.as_str(), ProblemCode::TicketOtherBank),
    ] {
        assert_eq!(person.scan(text).await.unwrap_err().code, code, "{text}");
    }
    assert_eq!(client.home().await.unwrap().drafts, [], "nothing is begun by a foreign code");
}

#[tokio::test]
async fn files_that_are_no_pictures_are_refused_with_a_word() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec();
    for (name, bytes) in [
        ("nothing", Vec::new()),
        ("text", b"not a picture".to_vec()),
        ("svg", svg),
        ("pdf as png", b"%PDF-1.7 renamed".to_vec()),
        ("half a jpeg", vec![0xff, 0xd8, 0xff, 0xe0, 0, 16]),
    ] {
        let problem = client.read_picture(bytes).await.unwrap_err();
        assert_eq!(problem.code, ProblemCode::PictureUnreadable, "{name}");
    }
}

#[tokio::test]
async fn unknown_ids_and_long_values_are_refused_with_a_code() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    for id in ["", "x", "018f0000-0000-7000-8000-000000000000"] {
        let draft = client.draft(DraftRequest { draft_id: id.into() }).await.unwrap_err();
        assert_eq!(draft.code, ProblemCode::DraftUnknown);
        let case = client.case(CaseRequest { case_id: id.into() }).await.unwrap_err();
        assert_eq!(case.code, ProblemCode::CaseUnknown);
    }
    let person = Person { client: &client, shop: 1 };
    let draft = person.scan(&world.code()).await.unwrap();
    let request = SetFieldRequest {
        draft_id: draft.draft_id,
        field: wire::problem::Field::Amount,
        value: "9".repeat(201),
    };
    assert_eq!(client.set_field(request).await.unwrap_err().code, ProblemCode::TooLarge);
}

#[tokio::test]
async fn before_the_first_catalogue_a_code_waits_for_the_network() {
    let world = World::new().await;
    let client = world.device("phone").start();
    let person = Person { client: &client, shop: 1 };
    let code = world.code();
    assert_eq!(person.scan(&code).await.unwrap_err().code, ProblemCode::CatalogueMissing);
    assert!(!client.home().await.unwrap().catalogue_present);
    client.deliver_due().await;
    person.scan(&code).await.unwrap();
}
