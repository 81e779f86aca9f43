//! The main job, and drafts that outlive everything.

use client::ipc::*;
use sanbu_tests::{
    World, builders,
    world::{FIRST_PAGE, Person},
};
use wire::problem::{Field, ProblemCode, ViolationCode};

#[tokio::test]
async fn a_stranger_applies_online() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };

    let saved = person.apply(&world.code(), ConsentAnswer::Give).await;
    assert_eq!((saved.state, &saved.reference), (CaseState::Queued, &None));
    client.deliver_due().await;

    let case = person.case(&saved).await;
    assert_eq!(case.state, CaseState::Delivered);
    assert!(case.reference.is_some_and(|reference| reference.starts_with("SB-")));
    assert_eq!(world.applications(), 1);
    assert_eq!(world.bank_number("select count(*) from consent_record where event = 'given'"), 2);
    assert_eq!(world.bank_number("select count(*) from job"), 1);
    assert_eq!(world.bank_number("select amount_fen from application"), 10_000_000);

    let request = CaseRequest { case_id: saved.case_id };
    assert_eq!(client.status(request).await.unwrap().status, "received");
}

#[tokio::test]
async fn refusing_both_consents_still_applies() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };

    let saved = person.apply(&world.code(), ConsentAnswer::Refuse).await;
    client.deliver_due().await;

    assert_eq!(person.case(&saved).await.state, CaseState::Delivered);
    assert_eq!(world.bank_number("select count(*) from consent_record where event = 'refused'"), 2);
}

#[tokio::test]
async fn a_returning_shop_types_the_amount_only() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    person.apply(&world.code(), ConsentAnswer::Give).await;

    let draft = person.scan(&world.code()).await.unwrap();
    let shop = draft.shop.clone().unwrap();
    assert!(!shop.enterprise_code_masked.contains(&builders::enterprise_code(1)));
    assert!(draft.fields.iter().all(|f| !f.value.contains(&builders::mobile(1))));
    let draft = person.decide_all(draft, ConsentAnswer::Give).await;
    person.set(&draft, Field::Amount, "5").await;
    person.submit(&draft).await.unwrap();
    client.deliver_due().await;
    assert_eq!(world.applications(), 2);

    let draft = person.scan(&world.code()).await.unwrap();
    let request = DraftRequest { draft_id: draft.draft_id };
    assert_eq!(client.forget_shop(request).await.unwrap().shop, None);
}

#[tokio::test]
async fn a_typed_branch_number_leads_to_the_same_place() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let number = lending::check::BranchCode::new("LQ01").unwrap().number();

    let enter = |number: String| client.enter_branch(EnterBranchRequest { number });
    let draft = enter(number.to_lowercase().replace('-', " ")).await.unwrap();
    assert_eq!(draft.branch.number, number);
    let draft = person.decide_all(draft, ConsentAnswer::Refuse).await;
    let draft = person.fill(&draft).await;
    person.submit(&draft).await.unwrap();
    client.deliver_due().await;
    assert_eq!(world.bank_number("select count(*) from application where status = 'received'"), 1);

    let wrong = format!("{}{}", &number[..5], if number.ends_with('0') { '1' } else { '0' });
    assert_eq!(enter(wrong).await.unwrap_err().code, ProblemCode::BranchNumberCheck);
    assert_eq!(enter("?".into()).await.unwrap_err().code, ProblemCode::BranchNumberShape);
    let stranger = lending::check::BranchCode::new("ZZ99").unwrap().number();
    assert_eq!(enter(stranger).await.unwrap_err().code, ProblemCode::BranchNumberUnknown);
}

#[tokio::test]
async fn a_kill_after_every_field_keeps_the_draft() {
    let world = World::new().await;
    let device = world.device("phone");
    let code = world.code();
    // `start` opens the files anew; the client before it is dropped without a word, as by a kill.
    let client = device.start();
    client.deliver_due().await;
    let mut draft = Person { client: &client, shop: 1 }.scan(&code).await.unwrap();
    drop(client);
    for step in 0..6 {
        let client = device.start();
        let person = Person { client: &client, shop: 1 };
        let request = DraftRequest { draft_id: draft.draft_id.clone() };
        let found = client.draft(request).await.unwrap();
        assert_eq!(found.fields, draft.fields, "before step {step}");
        assert_eq!(found.consents, draft.consents, "before step {step}");
        draft = match step {
            0 => person.decide(&found, ConsentAnswer::Give, 900).await.unwrap(),
            1 => person.decide(&found, ConsentAnswer::Refuse, 900).await.unwrap(),
            2 => person.set(&found, Field::EnterpriseCode, &builders::enterprise_code(1)).await,
            3 => person.set(&found, Field::Mobile, "199 0000").await,
            4 => person.set(&found, Field::Amount, "ten").await,
            _ => person.set(&found, Field::Term, "24").await,
        };
        drop(client);
    }
    let client = device.start();
    let home = client.home().await.unwrap();
    assert_eq!(home.drafts.len(), 1);
    let found = client.draft(DraftRequest { draft_id: draft.draft_id.clone() }).await.unwrap();
    let typed: Vec<&str> = found.fields.iter().map(|f| f.value.as_str()).collect();
    assert_eq!(typed, [&builders::enterprise_code(1), "199 0000", "ten", "24", ""]);
}

#[tokio::test]
async fn all_broken_rules_are_told_at_once_and_nothing_is_lost() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let draft = person.scan(&world.code()).await.unwrap();
    person.set(&draft, Field::EnterpriseCode, "9199").await;
    person.set(&draft, Field::Mobile, "123").await;
    person.set(&draft, Field::Amount, "9999").await;
    person.set(&draft, Field::Term, "7").await;

    let problem = person.submit(&draft).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::FormRules);
    let codes: Vec<_> = problem.violations.iter().map(|v| v.code).collect();
    assert_eq!(
        codes,
        [
            ViolationCode::EnterpriseCodeLength,
            ViolationCode::MobileShape,
            ViolationCode::AmountTooLarge,
            ViolationCode::TermNotOffered,
            ViolationCode::ConsentUndecided,
        ]
    );
    let request = DraftRequest { draft_id: draft.draft_id };
    assert_eq!(client.draft(request).await.unwrap().fields[0].value, "9199");
    assert_eq!(client.outbox(FIRST_PAGE).await.unwrap().entries, []);
}

#[tokio::test]
async fn submitting_twice_submits_once() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let draft = person.scan(&world.code()).await.unwrap();
    let draft = person.decide_all(draft, ConsentAnswer::Give).await;
    let draft = person.fill(&draft).await;

    let (first, second) = tokio::join!(person.submit(&draft), person.submit(&draft));
    assert_eq!(first.unwrap().case_id, second.unwrap().case_id);
    client.deliver_due().await;
    assert_eq!(world.applications(), 1);
    assert_eq!(client.home().await.unwrap().drafts, []);
}
