//! Consents are separate, refusable, never doubled, and taken back before anything else is sent.

use client::{ipc::*, ports::Clock as _};
use lending::{
    access::{Overreach, Reading, may_read},
    consent::Event,
    evidence::{Bundle, ProvedRecord},
};
use sanbu_tests::{
    World,
    clock::{FakeClock, START},
    network::Fault,
    world::Person,
};
use seal::Timestamp;
use wire::problem::{ProblemCode, ViolationCode};

#[tokio::test]
async fn a_withdrawn_consent_overtakes_the_application() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    world.network.set(Fault::Down);
    let person = Person { client: &client, shop: 1 };
    let saved = person.apply(&world.code(), ConsentAnswer::Give).await;

    let record = client.consents().await.unwrap().records.remove(0);
    let request = WithdrawConsentRequest { record_id: record.record_id.clone() };
    let view = client.withdraw_consent(request.clone()).await.unwrap();
    let now = view.records.iter().find(|r| r.record_id == record.record_id).unwrap();
    assert_eq!(now.decision, ConsentDecision::Withdrawn);
    assert!(!now.withdrawal_delivered);
    assert_eq!(person.case(&saved).await.state, CaseState::Cancelled);

    world.network.set(Fault::None);
    client.deliver_due().await;
    assert_eq!(world.applications(), 0, "nothing is sent after its consent was withdrawn");
    assert_eq!(
        world.bank_number("select count(*) from consent_record where event = 'withdrawn'"),
        1
    );
    let view = client.withdraw_consent(request).await.unwrap();
    assert!(view.records.iter().any(|r| r.withdrawal_delivered));
    client.deliver_due().await;
    assert_eq!(world.network.deliveries(), 1, "withdrawing twice changes nothing");
}

#[tokio::test]
async fn a_withdrawal_goes_before_other_applications() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let first = person.apply(&world.code(), ConsentAnswer::Give).await;
    client.deliver_due().await;
    world.network.set(Fault::Down);
    world.clock.pass_ms(60_000);
    let second = person.apply_again(&world.code()).await;
    let consents = client.consents().await.unwrap().records;
    let of_first = consents.last().unwrap().record_id.clone();
    client.withdraw_consent(WithdrawConsentRequest { record_id: of_first }).await.unwrap();

    world.network.set(Fault::None);
    client.deliver_due().await;
    let order = world.network.order();
    assert_eq!(order.len(), 3);
    assert_eq!(order[0], first.case_id);
    assert_eq!(order[2], second.case_id, "the withdrawal overtook the second application");
    assert_eq!(person.case(&second).await.state, CaseState::Delivered);
}

#[tokio::test]
async fn a_double_tap_never_gives_two_consents() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let draft = person.scan(&world.code()).await.unwrap();

    let early = person.decide(&draft, ConsentAnswer::Give, 599).await.unwrap_err();
    assert_eq!(early.code, ProblemCode::ConsentTooFast);
    person.decide(&draft, ConsentAnswer::Give, 600).await.unwrap();
    // The second tap of a double tap still names the first page.
    let again = person.decide(&draft, ConsentAnswer::Give, 700).await.unwrap_err();
    assert_eq!(again.code, ProblemCode::ConsentAlreadyDecided);
    let now = client.draft(DraftRequest { draft_id: draft.draft_id }).await.unwrap();
    let decisions: Vec<_> = now.consents.iter().map(|c| c.decision).collect();
    assert_eq!(decisions, [ConsentDecision::Given, ConsentDecision::Undecided]);
}

#[tokio::test]
async fn records_form_a_chain_that_the_bank_can_check() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    person.apply(&world.code(), ConsentAnswer::Give).await;
    person.apply_again(&world.code()).await;
    client.deliver_due().await;

    let records = world.consent_records();
    assert_eq!(records.len(), 4);
    let chain = records.iter().map(|record| (record.prev, record.signed()));
    assert!(seal::chain::check(chain).is_ok());
}

#[tokio::test]
async fn a_necessary_consent_that_was_refused_holds_the_application_back_and_says_why() {
    let world = World::new().await;
    world.republish(|catalogue| {
        let why = lending::Text::new("法规要求", "The rules ask for it");
        catalogue.notices[0].version += 1;
        catalogue.notices[0].necessary_because = Some(why);
    });
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let draft = person.scan(&world.code()).await.unwrap();
    assert_eq!(draft.consents[0].necessary_because.as_ref().unwrap().en, "The rules ask for it");
    assert_eq!(draft.consents[1].necessary_because, None);
    let draft = person.decide_all(draft, ConsentAnswer::Refuse).await;
    let filled = person.fill(&draft).await;
    let problem = person.submit(&filled).await.unwrap_err();
    let codes: Vec<_> = problem.violations.iter().map(|violation| violation.code).collect();
    assert_eq!(codes, [ViolationCode::NecessaryConsentRefused]);
}

#[tokio::test]
async fn a_record_says_what_was_measured_and_not_what_was_assumed() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    person.apply(&world.code(), ConsentAnswer::Give).await;
    client.deliver_due().await;
    for record in world.consent_records() {
        let length = record.signed().len();
        assert!(length <= lending::consent::MAX_SIGNED_BYTES, "{length} bytes");
        assert!(record.manner.scrolled_to_end && record.manner.default_off);
        assert_eq!((record.manner.dwell_ms, record.manner.screen), (2_000, (360, 740)));
        assert!(record.times.last_server_time.is_some());
        assert_eq!(record.pressed.actor, lending::consent::Actor::Myself);
        assert_eq!(record.assurance.level, lending::consent::Level::OwnDevice);
        let upstream = record.upstream.clone().unwrap();
        assert_eq!(upstream.status, lending::consent::UpstreamStatus::Needed);
    }
}

/// From the press on the phone to a file that somebody without a network judges.
#[tokio::test]
async fn the_banks_evidence_of_a_case_holds_and_says_what_happened() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let draft = person.scan(&world.code()).await.unwrap();
    let draft = person.decide(&draft, ConsentAnswer::Give, 2_000).await.unwrap();
    let draft = person.decide(&draft, ConsentAnswer::Refuse, 2_000).await.unwrap();
    let draft = person.fill(&draft).await;
    let case = person.submit(&draft).await.unwrap();
    client.deliver_due().await;
    let given = client.consents().await.unwrap().records.into_iter();
    let given = given.filter(|record| record.decision == ConsentDecision::Given);
    let record_id = given.map(|record| record.record_id).next().unwrap();
    client.withdraw_consent(WithdrawConsentRequest { record_id }).await.unwrap();
    client.deliver_due().await;

    let bundle = world.bank().evidence(case.case_id.parse().unwrap()).await.unwrap();
    let proved = Bundle::verify(&bundle.encode(), None).unwrap();
    let events: Vec<_> = proved.records.iter().map(ProvedRecord::event).collect();
    assert_eq!(events, [Event::Given, Event::Refused, Event::Withdrawn]);
    assert!(proved.records.iter().all(|record| record.received_at.is_some()));
    // What is on the page is what the record names.
    let shown = &draft.consents[0];
    assert_eq!(proved.records[0].record.notice.id, shown.notice_id);
    assert_eq!(proved.records[0].record.notice.version, shown.version);
}

#[tokio::test]
async fn an_owner_takes_the_evidence_of_a_case_home_and_nobody_else_does() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let saved = person.apply(&world.code(), ConsentAnswer::Give).await;
    let named = || CaseRequest { case_id: saved.case_id.clone() };
    let problem = client.export_evidence(named()).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::Unauthorised, "the bank does not have it yet");
    client.deliver_due().await;

    let file = client.export_evidence(named()).await.unwrap();
    let bundle = std::fs::read(&file.path).unwrap();
    assert_eq!(bundle.len() as u64, file.size_bytes);
    let proved = Bundle::verify(&bundle, None).unwrap();
    assert!(proved.records.iter().all(|record| record.received_at.is_some()));

    let stranger = world.device("stranger").start();
    stranger.deliver_due().await;
    let problem = stranger.export_evidence(named()).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::Unauthorised);
    world.network.set(Fault::Down);
    let problem = client.export_evidence(named()).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::Offline);
    world.network.set(Fault::Portal);
    let problem = client.export_evidence(named()).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::Offline);
    assert_eq!(std::fs::read(&file.path).unwrap(), bundle, "the file is as it was");
}

/// A consent lets the bank ask; the tax bureau answers only once its own authorisation is given there.
#[tokio::test]
async fn what_is_left_to_do_at_the_source_is_shown_until_it_is_said_to_be_done() {
    let world = World::new().await;
    let clock = FakeClock::at(START);
    let client = world.device("phone").with_clock(clock.clone()).start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let draft = person.scan(&world.code()).await.unwrap();
    let draft = person.decide(&draft, ConsentAnswer::Give, 2_000).await.unwrap();
    let draft = person.decide(&draft, ConsentAnswer::Refuse, 2_000).await.unwrap();
    let draft = person.fill(&draft).await;
    assert_eq!(client.home().await.unwrap().upstream_due, 0, "nothing is asked before it is sent");
    let case = person.submit(&draft).await.unwrap();

    let seen = || async {
        let records = client.consents().await.unwrap().records;
        let given = records.into_iter().find(|record| record.kind == ConsentKind::Tax).unwrap();
        (given, client.home().await.unwrap().upstream_due)
    };
    let (tax, due) = seen().await;
    let guide = tax.upstream.unwrap();
    assert_eq!((tax.case_id, due), (case.case_id, 1), "a refused one asks for nothing");
    assert_eq!((&*guide.name.zh_hans, guide.steps.len()), ("电子税务局", 3));
    assert_eq!(guide.address.as_deref(), Some("https://etax.sanbu.example/"));
    assert_eq!(guide.said_at_ms, None);

    let say = |done| SayUpstreamRequest { record_id: tax.record_id.clone(), done };
    client.say_upstream(say(true)).await.unwrap();
    let (tax_said, due) = seen().await;
    assert_eq!((tax_said.upstream.unwrap().said_at_ms, due), (Some(START.as_millis()), 0));
    client.say_upstream(say(false)).await.unwrap();
    let (tax_due, due) = seen().await;
    assert_eq!((tax_due.upstream.unwrap().said_at_ms, due), (None, 1), "not yet after all");

    clock.set(Timestamp::from_millis(guide.until_ms + 1));
    let (over, due) = seen().await;
    assert_eq!((over.upstream, due), (None, 0), "the consent is over");
    clock.set(START);
    let request = WithdrawConsentRequest { record_id: tax.record_id.clone() };
    client.withdraw_consent(request).await.unwrap();
    let (withdrawn, due) = seen().await;
    assert_eq!((withdrawn.upstream, due), (None, 0));
    let problem = client.say_upstream(say(true)).await.unwrap_err();
    assert_eq!(problem.code, ProblemCode::ConsentUnknown);
}

fn stop_of(view: &ConsentsView, record_id: &str) -> StopView {
    let record = view.records.iter().find(|record| record.record_id == record_id).unwrap();
    record.stop.clone().unwrap()
}

fn treated(stop: &StopView, what: StoppedThing) -> (StopDone, Option<KeptWhy>) {
    let treated = stop.treated.iter().find(|treated| treated.what == what).unwrap();
    (treated.done, treated.why)
}

/// What the connector's door says to a read under the first consent on file at the bank.
fn door(world: &World) -> Result<(), Overreach> {
    let records = world.consent_records();
    let given = &records[0];
    let ends: Vec<_> = records.iter().filter(|r| !r.event().is_answer()).cloned().collect();
    let reading = Reading {
        enterprise_code: given.principal.enterprise_code.clone(),
        purpose: given.purpose.code.clone(),
        items: vec![given.items[0].code.clone()],
        source: given.items[0].source.clone(),
        range: given.data_range.clone(),
        at: world.clock.now(),
    };
    may_read(given, &ends, &[], reading).map(drop)
}

#[tokio::test]
async fn the_bank_stops_within_a_minute_of_a_withdrawal_and_its_certificate_says_what_it_did() {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    let saved = person.apply(&world.code(), ConsentAnswer::Give).await;
    client.deliver_due().await;
    assert_eq!(door(&world), Ok(()), "the consent covers it");
    let of_first = uuid::Uuid::from_bytes(world.consent_records()[0].record_id).to_string();

    // Taken back in a cellar.
    world.network.set(Fault::Down);
    let request = WithdrawConsentRequest { record_id: of_first.clone() };
    let view = client.withdraw_consent(request).await.unwrap();
    let waits = stop_of(&view, &of_first);
    assert_eq!((waits.state, waits.is_late, waits.treated.len()), (StopState::Queued, false, 0));
    world.clock.pass_ms(3_600_000);
    assert!(!stop_of(&client.consents().await.unwrap(), &of_first).is_late, "not the bank's hour");

    // Back in signal: one turn brings it there and its certificate back.
    world.network.set(Fault::None);
    client.deliver_due().await;
    assert_eq!(door(&world), Err(Overreach::Withdrawn));
    let took_ms = world.bank_number(
        "select c.stopped_at - e.received_at
         from withdrawal_certificate c
         join envelope e on e.id = c.envelope_id",
    );
    assert!((0..=60_000).contains(&took_ms), "the bank stopped after {took_ms} ms");

    let stop = stop_of(&client.consents().await.unwrap(), &of_first);
    assert_eq!((stop.state, stop.is_late), (StopState::Stopped, false));
    assert_eq!(stop.stopped_at_ms, Some(world.clock.now().as_millis()));
    // What nobody ever read is not said to be deleted.
    assert_eq!(treated(&stop, StoppedThing::Data), (StopDone::NoneThere, None));
    let proof = (StopDone::Kept, Some(KeptWhy::Proof));
    assert_eq!(treated(&stop, StoppedThing::Consent), proof);
    assert_eq!(treated(&stop, StoppedThing::Withdrawal), proof);
    let goes_on = (StopDone::Kept, Some(KeptWhy::Asked));
    assert_eq!(treated(&stop, StoppedThing::Application), goes_on);
    assert_eq!(person.case(&saved).await.state, CaseState::Delivered);
}

#[tokio::test]
async fn a_needed_consent_that_is_taken_back_ends_the_undecided_application_at_the_bank() {
    let world = World::new().await;
    world.republish(|catalogue| {
        catalogue.notices[0].version += 1;
        catalogue.notices[0].necessary_because =
            Some(lending::Text::new("法规要求", "The rules ask for it"));
    });
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    person.apply(&world.code(), ConsentAnswer::Give).await;
    client.deliver_due().await;
    let needed = uuid::Uuid::from_bytes(world.consent_records()[0].record_id).to_string();
    client.withdraw_consent(WithdrawConsentRequest { record_id: needed.clone() }).await.unwrap();
    client.deliver_due().await;
    let withdrawn = "select count(*) from application where status = 'withdrawn'";
    let decided = "select count(*) from job where kind = 'decide' and state = 'ready'";
    assert_eq!((world.bank_number(withdrawn), world.bank_number(decided)), (1, 0));
    let stop = stop_of(&client.consents().await.unwrap(), &needed);
    let ended = (StopDone::Cancelled, Some(KeptWhy::Proof));
    assert_eq!(treated(&stop, StoppedThing::Application), ended);
}

#[tokio::test]
async fn a_bank_that_dies_between_withdrawal_and_certificate_does_it_at_its_start_and_is_called_late()
 {
    let world = World::new().await;
    let client = world.device("phone").start();
    client.deliver_due().await;
    let person = Person { client: &client, shop: 1 };
    person.apply(&world.code(), ConsentAnswer::Give).await;
    client.deliver_due().await;
    let record_id = uuid::Uuid::from_bytes(world.consent_records()[0].record_id).to_string();

    // The second transaction does not come about; the first one stands, and with it the end.
    world.bank_sql(
        "create trigger dies before insert on withdrawal_certificate
         begin select raise(abort, 'dies here'); end",
    );
    let request = WithdrawConsentRequest { record_id: record_id.clone() };
    client.withdraw_consent(request).await.unwrap();
    client.deliver_due().await;
    assert_eq!(door(&world), Err(Overreach::Withdrawn));
    let asked = stop_of(&client.consents().await.unwrap(), &record_id);
    assert_eq!((asked.state, asked.is_late), (StopState::Asked, false));
    world.clock.pass_ms(60_001);
    let late = stop_of(&client.consents().await.unwrap(), &record_id);
    assert_eq!((late.state, late.is_late), (StopState::Asked, true));

    world.network.disconnect();
    world.bank_sql("drop trigger dies");
    assert_eq!(world.bank().stop_what_waits().await.unwrap(), 1);
    world.start_bank();
    client.deliver_due().await;
    let stop = stop_of(&client.consents().await.unwrap(), &record_id);
    assert_eq!((stop.state, stop.is_late), (StopState::Stopped, true));
}
