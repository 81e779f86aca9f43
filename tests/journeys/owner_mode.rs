//! An officer visits a shop: never a consent by him, and a tablet that shows its owner one draft only.

#[path = "../loopback/dispatch.rs"]
mod dispatch;

use client::{Client, Problem, Start, ipc::*};
use lending::consent::{Actor, Level};
use sanbu_tests::{
    World, builders,
    key_stores::NoKeyStore,
    network::Fault,
    world::{FIRST_PAGE, Person},
};
use serde_json::json;
use wire::problem::{Field, ProblemCode};

const OFFICER: &str = "0742";
const PIN: &str = "4711";

/// The commands of owner mode; every other one is refused, and so is each that is new.
const OF_OWNER_MODE: [&str; 6] =
    ["home", "draft", "decide_consent", "set_preferences", "unlock", "leave_owner_mode"];

fn pin(digits: &str) -> Pin {
    Pin(digits.into())
}

/// Makes the device an officer's, and scans a code in a shop.
async fn visit(world: &World, client: &Client) -> DraftView {
    client.deliver_due().await;
    let request = SetOfficerRequest { staff_number: Some(OFFICER.into()) };
    client.set_officer(request).await.unwrap();
    let person = Person { client, shop: 1 };
    let draft = person.scan(&world.code()).await.unwrap();
    person.set(&draft, Field::EnterpriseCode, &builders::enterprise_code(1)).await
}

async fn hand_over(client: &Client, draft: &DraftView) -> Result<DraftView, Problem> {
    let request = EnterOwnerModeRequest { draft_id: draft.draft_id.clone(), pin: pin(PIN) };
    client.enter_owner_mode(request).await
}

async fn hand_back(client: &Client, digits: &str) -> Result<HomeView, Problem> {
    client.leave_owner_mode(LeaveOwnerModeRequest { pin: pin(digits) }).await
}

async fn draft_again(client: &Client, draft: &DraftView) -> DraftView {
    client.draft(DraftRequest { draft_id: draft.draft_id.clone() }).await.unwrap()
}

/// A request with all that any command asks for: each takes what it knows.
fn every_field(draft: &DraftView) -> Vec<u8> {
    let page = &draft.consents[0];
    let body = json!({
        "texts": ["https://example.com"], "number": "LQ01-9", "draftId": draft.draft_id,
        "noticeId": page.notice_id, "version": page.version, "locale": "zh-Hans",
        "answer": "give", "dwellMs": 5000, "pressedWith": "pointer", "scrolledToEnd": true,
        "fullTextOpened": true, "screenWidth": 360, "screenHeight": 740, "adapted": [],
        "field": "amount", "value": "10", "offset": 0, "limit": 10, "caseId": draft.draft_id,
        "recordId": draft.draft_id, "done": true, "of": "case", "id": draft.draft_id,
        "copy": {"of": "case", "id": draft.draft_id}, "file": "picture", "sheets": [],
        "largeType": true, "passphrase": "long enough", "pin": PIN, "staffNumber": OFFICER,
    });
    serde_json::to_vec(&body).unwrap()
}

async fn code_of(start: &Start, command: &str, body: &[u8]) -> Option<ProblemCode> {
    dispatch::dispatch(start, command, body).await.err().map(|problem| problem.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_an_officer_presses_no_consent_comes_of_it() {
    let world = World::new().await;
    let start = world.device("tablet").host();
    let client = start.client().unwrap();
    let draft = visit(&world, &client).await;
    assert_eq!(draft.step, DraftStep::HandOver);
    let body = every_field(&draft);
    // The body of `read_frame` is a frame; the other two are about something else.
    let other = ["read_frame", "enter_owner_mode", "discard_draft"];
    for command in COMMANDS.iter().filter(|command| !other.contains(command)) {
        let code = code_of(&start, command, &body).await;
        assert_ne!(code, Some(ProblemCode::Malformed), "{command} asks for more");
        if *command == "decide_consent" {
            assert_eq!(code, Some(ProblemCode::OfficerMayNotConsent));
        }
        let now = draft_again(&client, &draft).await;
        let is_open = |consent: &ConsentView| consent.decision == ConsentDecision::Undecided;
        assert!(now.consents.iter().all(is_open), "{command} decided a consent");
    }
    assert!(client.consents().await.unwrap().records.is_empty());
    client.deliver_due().await;
    assert_eq!(world.bank_number("select count(*) from consent_record"), 0);
}

#[tokio::test]
async fn an_officer_may_not_refuse_for_an_owner_either() {
    let world = World::new().await;
    let client = world.device("tablet").start();
    let draft = visit(&world, &client).await;
    let person = Person { client: &client, shop: 1 };
    let refused = person.decide(&draft, ConsentAnswer::Refuse, 2_000).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::OfficerMayNotConsent);
}

#[tokio::test(flavor = "multi_thread")]
async fn in_owner_mode_only_the_commands_of_its_table_are_taken() {
    let world = World::new().await;
    let start = world.device("tablet").host();
    let client = start.client().unwrap();
    let draft = visit(&world, &client).await;
    hand_over(&client, &draft).await.unwrap();
    let body = every_field(&draft);
    for command in COMMANDS.iter().filter(|command| !OF_OWNER_MODE.contains(command)) {
        let expected = match *command {
            // Takes nothing from a client that runs, whoever asks.
            "repair" => ProblemCode::NotFound,
            _ => ProblemCode::OwnerMode,
        };
        assert_eq!(code_of(&start, command, &body).await, Some(expected), "{command}");
    }
    for command in OF_OWNER_MODE {
        assert_eq!(code_of(&start, command, &body).await, None, "{command}");
    }
}

#[tokio::test]
async fn in_owner_mode_no_other_draft_can_be_reached_and_home_names_nothing_else() {
    let world = World::new().await;
    let client = world.device("tablet").start();
    let other = visit(&world, &client).await;
    let draft = visit(&world, &client).await;
    assert_ne!(other.draft_id, draft.draft_id, "each shop has a draft of its own");
    hand_over(&client, &draft).await.unwrap();

    let request = DraftRequest { draft_id: other.draft_id.clone() };
    assert_eq!(client.draft(request).await.unwrap_err().code, ProblemCode::OwnerMode);
    let person = Person { client: &client, shop: 1 };
    let pressed = person.decide(&other, ConsentAnswer::Give, 2_000).await.unwrap_err();
    assert_eq!(pressed.code, ProblemCode::OwnerMode);
    // A link that is pressed elsewhere leads nowhere, now or later.
    client.hand_over(world.code());
    let home = client.home().await.unwrap();
    assert_eq!(home.owner_mode.as_ref().unwrap().draft_id, draft.draft_id);
    assert_eq!(home.officer.as_ref().unwrap().staff_number, OFFICER);
    assert!(home.officer_branch.is_some());
    let text = serde_json::to_string(&home).unwrap();
    assert!(!text.contains(&other.draft_id), "{text}");
    assert_eq!((home.drafts.len(), home.pending, home.link_waiting), (0, 0, false));
    assert!(!hand_back(&client, PIN).await.unwrap().link_waiting);
}

#[tokio::test]
async fn killed_and_started_again_the_app_is_still_in_owner_mode() {
    let world = World::new().await;
    let device = world.device("tablet");
    let client = device.start();
    let draft = visit(&world, &client).await;
    hand_over(&client, &draft).await.unwrap();
    drop(client);

    let client = device.start();
    assert!(client.home().await.unwrap().owner_mode.is_some());
    assert_eq!(client.outbox(FIRST_PAGE).await.unwrap_err().code, ProblemCode::OwnerMode);
    let home = hand_back(&client, PIN).await.unwrap();
    assert_eq!((home.owner_mode, home.drafts.len()), (None, 1));
    drop(client);
    assert!(device.start().home().await.unwrap().owner_mode.is_none());
}

#[tokio::test]
async fn an_application_from_owner_mode_is_taken_at_level_0_with_the_officer_named() {
    let world = World::new().await;
    let client = world.device("tablet").start();
    let draft = visit(&world, &client).await;
    world.network.set(Fault::Down);
    let draft = hand_over(&client, &draft).await.unwrap();
    assert_eq!(draft.step, DraftStep::Consent);
    let person = Person { client: &client, shop: 1 };
    let decided = person.decide_all(draft, ConsentAnswer::Give).await;
    assert_eq!(decided.step, DraftStep::Form);
    let typed = SetFieldRequest {
        draft_id: decided.draft_id.clone(),
        field: Field::Amount,
        value: "10".into(),
    };
    assert_eq!(client.set_field(typed).await.unwrap_err().code, ProblemCode::OwnerMode);

    hand_back(&client, PIN).await.unwrap();
    let draft = person.fill(&decided).await;
    let case = person.submit(&draft).await.unwrap();
    world.network.set(Fault::None);
    client.deliver_due().await;
    assert_eq!(person.case(&case).await.state, CaseState::Delivered);
    let records = world.consent_records();
    assert_eq!(records.len(), 2);
    for record in records {
        assert_eq!(record.pressed.actor, Actor::OfficerAssisted);
        assert_eq!(record.pressed.officer.as_deref(), Some(OFFICER));
        assert_eq!(record.assurance.level, Level::OfficersTablet);
    }
}

#[tokio::test]
async fn saying_that_the_device_is_an_owners_again_gains_an_officer_nothing() {
    let world = World::new().await;
    let client = world.device("tablet").start();
    visit(&world, &client).await;
    let home = client.set_officer(SetOfficerRequest { staff_number: None }).await.unwrap();
    assert_eq!(home.officer, None);
    Person { client: &client, shop: 1 }.apply(&world.code(), ConsentAnswer::Give).await;
    client.deliver_due().await;
    for record in world.consent_records() {
        assert_eq!(record.pressed.officer.as_deref(), Some(OFFICER));
        assert_eq!(record.assurance.level, Level::OfficersTablet);
    }
}

#[tokio::test]
async fn background_deliveries_go_on_while_an_owner_holds_the_tablet() {
    let world = World::new().await;
    let client = world.device("tablet").start();
    let draft = visit(&world, &client).await;
    let person = Person { client: &client, shop: 1 };
    let decided = hand_over(&client, &draft).await.unwrap();
    let decided = person.decide_all(decided, ConsentAnswer::Give).await;
    hand_back(&client, PIN).await.unwrap();
    world.network.set(Fault::Down);
    person.submit(&person.fill(&decided).await).await.unwrap();
    let next = visit(&world, &client).await;
    hand_over(&client, &next).await.unwrap();
    world.network.set(Fault::None);
    client.deliver_due().await;
    assert_eq!(world.applications(), 1);
}

#[tokio::test]
async fn what_needs_a_phone_of_ones_own_can_only_be_refused_on_the_tablet() {
    let world = World::new().await;
    world.republish(|catalogue| {
        let tax = catalogue.notices.iter_mut().find(|notice| notice.id == "tax").unwrap();
        tax.level = Some(Level::OwnDevice);
    });
    let client = world.device("tablet").start();
    let draft = visit(&world, &client).await;
    let draft = hand_over(&client, &draft).await.unwrap();
    let marked: Vec<_> = draft.consents.iter().map(|c| c.own_phone_needed).collect();
    assert_eq!(marked, [true, false]);
    let person = Person { client: &client, shop: 1 };
    let refused = person.decide(&draft, ConsentAnswer::Give, 2_000).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::OwnPhoneNeeded);
    let draft = person.decide(&draft, ConsentAnswer::Refuse, 2_000).await.unwrap();
    assert_eq!(draft.consents[0].decision, ConsentDecision::Refused);
    assert_eq!((draft.step, draft.consent_at), (DraftStep::Consent, 1));
}

#[tokio::test]
async fn the_fifth_wrong_pin_makes_a_pause_that_a_restart_does_not_end_and_waiting_does() {
    let world = World::new().await;
    let device = world.device("tablet");
    let client = device.start();
    let draft = visit(&world, &client).await;
    hand_over(&client, &draft).await.unwrap();
    let mut left = Vec::new();
    for wrong in ["0000", "", "47111", "long enough", "9999"] {
        let problem = hand_back(&client, wrong).await.unwrap_err();
        assert_eq!(problem.code, ProblemCode::PinWrong);
        left.push(client.home().await.unwrap().owner_mode.unwrap().tries_left);
    }
    assert_eq!(left, [4, 3, 2, 1, 0]);
    // The clock that is set forward counts for nothing while the app lives.
    world.clock.pass_ms(29_000);
    let problem = hand_back(&client, PIN).await.unwrap_err();
    assert_eq!((problem.code, problem.retry_after_s), (ProblemCode::PinPaused, Some(30)));
    drop(client);
    let client = device.start();
    let problem = hand_back(&client, PIN).await.unwrap_err();
    assert_eq!((problem.code, problem.retry_after_s), (ProblemCode::PinPaused, Some(1)));
    world.clock.pass_ms(1_000);
    assert_eq!(client.home().await.unwrap().owner_mode.unwrap().tries_left, 1);
    assert!(hand_back(&client, PIN).await.unwrap().owner_mode.is_none());
}

#[tokio::test]
async fn a_forgotten_pin_is_asked_for_no_more_after_a_day() {
    let world = World::new().await;
    let device = world.device("tablet");
    let client = device.start();
    let draft = visit(&world, &client).await;
    hand_over(&client, &draft).await.unwrap();
    drop(client);
    let client = device.start();
    world.clock.pass_ms(24 * 3600 * 1000 - 1);
    assert_eq!(hand_back(&client, "0000").await.unwrap_err().code, ProblemCode::PinWrong);
    world.clock.pass_ms(1);
    assert!(hand_back(&client, "0000").await.unwrap().owner_mode.is_none());
}

#[tokio::test]
async fn where_the_store_has_a_passphrase_that_one_stands_in_for_a_forgotten_pin() {
    let world = World::new().await;
    let device = world.device("tablet").with_key_store(NoKeyStore);
    let client = device.start();
    let phrase = PassphraseRequest { passphrase: "four quiet words".into() };
    client.set_passphrase(phrase.clone()).await.unwrap();
    let draft = visit(&world, &client).await;
    hand_over(&client, &draft).await.unwrap();
    drop(client);

    let client = device.start();
    let home = client.home().await.unwrap();
    assert_eq!((home.key.state, home.owner_mode.is_some()), (KeyState::Locked, true));
    client.unlock(phrase).await.unwrap();
    assert_eq!(draft_again(&client, &draft).await.step, DraftStep::Consent);
    world.clock.pass_ms(48 * 3600 * 1000);
    assert_eq!(hand_back(&client, "0000").await.unwrap_err().code, ProblemCode::PinWrong);
    assert!(hand_back(&client, "four quiet words").await.unwrap().owner_mode.is_none());
}

#[tokio::test]
async fn a_tablet_is_handed_over_by_a_known_officer_for_a_known_enterprise_under_a_real_pin() {
    let world = World::new().await;
    let client = world.device("tablet").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let draft = person.scan(&world.code()).await.unwrap();
    let refused = hand_over(&client, &draft).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::OfficerUnknown, "an owner's own device");

    for (number, code) in [("9999", Some(ProblemCode::OfficerUnknown)), (" 0742 ", None)] {
        let request = SetOfficerRequest { staff_number: Some(number.into()) };
        assert_eq!(client.set_officer(request).await.err().map(|p| p.code), code, "{number:?}");
    }
    let refused = hand_over(&client, &draft).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::FormRules);
    assert_eq!(refused.violations[0].field, Field::EnterpriseCode);

    let draft = person.set(&draft, Field::EnterpriseCode, &builders::enterprise_code(1)).await;
    let request = EnterOwnerModeRequest { draft_id: draft.draft_id.clone(), pin: pin("123") };
    assert_eq!(client.enter_owner_mode(request).await.unwrap_err().code, ProblemCode::PinShape);
    hand_over(&client, &draft).await.unwrap();
}

#[tokio::test]
async fn what_one_owner_agreed_to_on_the_tablet_is_not_carried_to_another_enterprise() {
    let world = World::new().await;
    let client = world.device("tablet").start();
    let draft = visit(&world, &client).await;
    let person = Person { client: &client, shop: 1 };
    let draft = hand_over(&client, &draft).await.unwrap();
    let draft = person.decide_all(draft, ConsentAnswer::Give).await;
    hand_back(&client, PIN).await.unwrap();
    let same = format!(" {}", builders::enterprise_code(1));
    assert_eq!(person.set(&draft, Field::EnterpriseCode, &same).await.step, DraftStep::Form);
    let draft = person.set(&draft, Field::EnterpriseCode, &builders::enterprise_code(2)).await;
    assert_eq!(draft.step, DraftStep::HandOver);
    assert_eq!(draft.consents[0].decision, ConsentDecision::Undecided);
}

#[tokio::test]
async fn an_officers_device_remembers_no_shop_for_the_next_one() {
    let world = World::new().await;
    let client = world.device("tablet").start();
    let draft = visit(&world, &client).await;
    let person = Person { client: &client, shop: 1 };
    let draft = hand_over(&client, &draft).await.unwrap();
    let draft = person.decide_all(draft, ConsentAnswer::Give).await;
    hand_back(&client, PIN).await.unwrap();
    person.submit(&person.fill(&draft).await).await.unwrap();
    let next = person.scan(&world.code()).await.unwrap();
    assert_eq!(next.shop, None);
    assert!(next.fields.iter().all(|field| field.field == Field::Term || field.value.is_empty()));
    let again = person.scan(&world.code()).await.unwrap();
    assert_eq!(again.draft_id, next.draft_id, "an empty draft is gone on with");
}

#[tokio::test]
async fn an_officer_whom_the_catalogue_lost_still_may_not_consent() {
    let world = World::new().await;
    let client = world.device("tablet").start();
    let draft = visit(&world, &client).await;
    world.republish(|catalogue| {
        catalogue.officers.retain(|officer| officer.staff_number != OFFICER);
        for grid in catalogue.branches.iter_mut().flat_map(|branch| &mut branch.grids) {
            if grid.officer == OFFICER {
                grid.officer = "0731".into();
            }
        }
    });
    world.clock.pass_ms(25 * 3600 * 1000);
    client.deliver_due().await;
    let officer = client.home().await.unwrap().officer.unwrap();
    assert_eq!((officer.name.as_str(), officer.staff_number.as_str()), ("", OFFICER));
    let person = Person { client: &client, shop: 1 };
    let pressed = person.decide(&draft, ConsentAnswer::Give, 2_000).await.unwrap_err();
    assert_eq!(pressed.code, ProblemCode::OfficerMayNotConsent);
    assert_eq!(hand_over(&client, &draft).await.unwrap_err().code, ProblemCode::OfficerUnknown);
}
