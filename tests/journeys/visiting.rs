//! A visit with no network: the tablet asks by codes, the owner's own phone answers by codes.

use client::{Client, Problem, ipc::*};
use lending::{
    access::{Overreach, Reading, may_read},
    consent::{Actor, Level},
    visit::Request,
};
use sanbu_tests::{
    World, builders, codes,
    network::Fault,
    world::{Device, Person},
};
use wire::{
    pieces::{Message, pieces},
    problem::{Field, ProblemCode, ViolationCode},
};

/// What the camera of `reader` reads of codes that are shown to it, one text each.
async fn seen_by(reader: &Client, shown: &CodePiecesView) -> Vec<String> {
    let mut texts = Vec::new();
    for rows in &shown.pieces {
        assert!(rows.len() <= 69, "a phone can show it: {} modules", rows.len());
        let seen = codes::seen_by(reader, rows).await;
        assert_eq!(seen.len(), 1);
        texts.extend(seen);
    }
    texts
}

fn of(draft: &DraftView) -> DraftRequest {
    DraftRequest { draft_id: draft.draft_id.clone() }
}

/// Hands down one text after the other, until something else than "more, please" comes back.
async fn open(phone: &Client, texts: &[String]) -> Result<DraftView, Problem> {
    let mut told = Err(Problem::new(ProblemCode::CodeNotFound, "none shown"));
    for text in texts {
        told = phone.open_codes(OpenCodesRequest { texts: vec![text.clone()] }).await;
        if !matches!(&told, Err(problem) if problem.code == ProblemCode::CodeInPieces) {
            return told;
        }
    }
    told
}

async fn read(tablet: &Client, draft: &DraftView, texts: &[String]) -> Result<DraftView, Problem> {
    let mut told = Err(Problem::new(ProblemCode::CodeNotFound, "none shown"));
    for text in texts {
        let request =
            ReadAnswerRequest { draft_id: draft.draft_id.clone(), texts: vec![text.clone()] };
        told = tablet.read_answer(request).await;
        if !matches!(&told, Err(problem) if problem.code == ProblemCode::CodeInPieces) {
            return told;
        }
    }
    told
}

struct Visit {
    world: World,
    phone_device: Device,
    tablet: Client,
    phone: Client,
}

impl Visit {
    /// Both devices have the bank's words; then there is no network.
    async fn new() -> Self {
        let world = World::new().await;
        Self::with(world).await
    }

    async fn with(world: World) -> Self {
        let phone_device = world.device("phone");
        let (tablet, phone) = (world.device("tablet").start(), phone_device.start());
        tablet.deliver_due().await;
        phone.deliver_due().await;
        world.network.set(Fault::Down);
        Self { world, phone_device, tablet, phone }
    }

    fn officer(&self) -> Person<'_> {
        Person { client: &self.tablet, shop: 1 }
    }

    fn owner(&self) -> Person<'_> {
        Person { client: &self.phone, shop: 1 }
    }

    /// The officer's draft with the shop's code.
    async fn begun(&self) -> DraftView {
        let draft = self.officer().scan(&self.world.code()).await.unwrap();
        self.officer().set(&draft, Field::EnterpriseCode, &builders::enterprise_code(1)).await
    }

    /// The phone's draft of what the tablet asks.
    async fn asked(&self, draft: &DraftView) -> Result<DraftView, Problem> {
        let shown = self.tablet.request_code(of(draft)).await.unwrap();
        open(&self.phone, &seen_by(&self.phone, &shown).await).await
    }

    /// What the phone answers, as the tablet's camera reads it.
    async fn answer(&self, asked: &DraftView) -> Vec<String> {
        let shown = self.phone.answer_code(of(asked)).await.unwrap();
        seen_by(&self.tablet, &shown).await
    }

    /// The whole exchange: the tablet's draft with the answer.
    async fn answered(&self, answer: ConsentAnswer) -> DraftView {
        let draft = self.begun().await;
        let asked = self.asked(&draft).await.unwrap();
        self.owner().decide_all(asked.clone(), answer).await;
        read(&self.tablet, &draft, &self.answer(&asked).await).await.unwrap()
    }

    fn records_of_phones(&self) -> i64 {
        self.world.bank_number(
            "select count(*) from consent_record c join envelope e on e.id = c.envelope_id
             where c.device <> e.device",
        )
    }
}

/// Restarts a phone whose process was killed.
fn killed(visit: Visit) -> Visit {
    let Visit { world, phone_device, tablet, phone } = visit;
    drop(phone);
    let phone = phone_device.start();
    Visit { world, phone_device, tablet, phone }
}

#[tokio::test]
async fn an_owner_consents_on_their_own_phone_with_no_network_and_takes_it_back_there() {
    let visit = Visit::new().await;
    let draft = visit.begun().await;
    let asked = visit.asked(&draft).await.unwrap();
    assert_eq!(asked.draft_id, draft.draft_id);
    assert_eq!((asked.step, asked.consents.len()), (DraftStep::Consent, draft.consents.len()));
    let code = builders::enterprise_code(1);
    let masked = asked.asked_by.clone().unwrap().enterprise_code_masked;
    assert!(masked != code && masked.ends_with(&code[15..]), "{masked}");
    let decided = visit.owner().decide_all(asked.clone(), ConsentAnswer::Give).await;
    assert_eq!(decided.step, DraftStep::Answer);
    let texts = visit.answer(&asked).await;
    let answered = read(&visit.tablet, &draft, &texts).await.unwrap();
    assert_eq!((answered.step, answered.answered_elsewhere), (DraftStep::Form, true));
    assert!(answered.consents.iter().all(|c| c.decision == ConsentDecision::Given));

    let filled = visit.officer().fill(&draft).await;
    assert!(filled.answered_elsewhere);
    let case = visit.officer().submit(&filled).await.unwrap();
    assert!(visit.tablet.consents().await.unwrap().records.is_empty(), "they are the owner's");
    visit.world.network.set(Fault::None);
    visit.tablet.deliver_due().await;
    assert_eq!(visit.officer().case(&case).await.state, CaseState::Delivered);
    assert_eq!(visit.records_of_phones(), 2);
    let records = visit.world.consent_records();
    assert!(records.iter().all(|record| {
        record.pressed.actor == Actor::Myself && record.assurance.level == Level::OwnDevice
    }));
    let request = CaseRequest { case_id: case.case_id.clone() };
    visit.tablet.export_evidence(request).await.unwrap();

    let own = visit.phone.consents().await.unwrap().records;
    assert_eq!(own.len(), 2);
    let given = records[0].record_id;
    let record_id = uuid::Uuid::from_bytes(given).to_string();
    let withdraw = WithdrawConsentRequest { record_id };
    let refused = visit.tablet.withdraw_consent(withdraw.clone()).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::ConsentUnknown);
    visit.phone.withdraw_consent(withdraw).await.unwrap();
    visit.phone.deliver_due().await;
    let records = visit.world.consent_records();
    let consent = records.iter().find(|record| record.record_id == given).unwrap();
    let ends: Vec<_> = records.iter().filter(|r| !r.event().is_answer()).cloned().collect();
    let reading = Reading {
        enterprise_code: consent.principal.enterprise_code.clone(),
        purpose: consent.purpose.code.clone(),
        items: vec![consent.items[0].code.clone()],
        source: consent.items[0].source.clone(),
        range: consent.data_range.clone(),
        at: consent.valid.from,
    };
    assert_eq!(may_read(consent, &ends, &[], reading).err(), Some(Overreach::Withdrawn));
    visit.phone.deliver_due().await;
    let now = visit.phone.consents().await.unwrap().records;
    let ended = now.iter().find(|r| r.decision == ConsentDecision::Withdrawn).unwrap();
    assert_eq!(ended.stop.as_ref().unwrap().state, StopState::Stopped);
    // The bundle of the case now holds the withdrawal too, and still is of the phone.
    visit.tablet.export_evidence(CaseRequest { case_id: case.case_id }).await.unwrap();
}

#[tokio::test]
async fn pieces_come_in_any_order_again_and_again_and_say_how_far_they_are() {
    let visit = Visit::new().await;
    let draft = visit.begun().await;
    let asked = visit.asked(&draft).await.unwrap();
    visit.owner().decide_all(asked.clone(), ConsentAnswer::Give).await;
    let texts = visit.answer(&asked).await;
    assert!(texts.len() > 4, "{}", texts.len());
    let first = read(&visit.tablet, &draft, &texts[1..2]).await.unwrap_err();
    let progress = first.progress.unwrap();
    assert_eq!((first.code, progress.done), (ProblemCode::CodeInPieces, 1));
    assert_eq!(texts.len(), 2 * progress.of as usize);
    // Backwards, each twice, from the mixtures on.
    let order = texts.iter().rev().flat_map(|text| [text.clone(), text.clone()]);
    let order: Vec<_> = order.collect();
    assert!(read(&visit.tablet, &draft, &order).await.unwrap().answered_elsewhere);
}

#[tokio::test]
async fn a_phone_that_is_killed_at_any_moment_loses_nothing_and_answers_with_the_same_bytes() {
    let visit = Visit::new().await;
    let draft = visit.begun().await;
    let asked = visit.asked(&draft).await.unwrap();
    visit.owner().decide(&asked, ConsentAnswer::Give, 2_000).await.unwrap();
    let visit = killed(visit);
    let after = visit.asked(&draft).await.unwrap();
    let decisions: Vec<_> = after.consents.iter().map(|c| c.decision).collect();
    assert_eq!(decisions, [ConsentDecision::Given, ConsentDecision::Undecided]);
    let early = visit.phone.answer_code(of(&after)).await.unwrap_err();
    assert_eq!(early.violations[0].code, ViolationCode::ConsentUndecided);
    visit.owner().decide_all(after, ConsentAnswer::Refuse).await;
    let visit = killed(visit);
    let signed = visit.answer(&asked).await;
    let visit = killed(visit);
    assert_eq!(visit.answer(&asked).await, signed);
    // Also when the code is read again, after "done" too.
    visit.asked(&draft).await.unwrap();
    assert_eq!(visit.answer(&asked).await, signed);
    visit.phone.discard_draft(of(&asked)).await.unwrap();
    assert_eq!(visit.phone.consents().await.unwrap().records.len(), 2);
    assert_eq!(visit.asked(&draft).await.unwrap().step, DraftStep::Answer);
    assert_eq!(visit.answer(&asked).await, signed);
    assert!(read(&visit.tablet, &draft, &signed).await.unwrap().answered_elsewhere);
}

#[tokio::test]
async fn a_consent_that_was_taken_back_is_asked_anew_and_never_signed_again_by_itself() {
    let visit = Visit::new().await;
    let draft = visit.begun().await;
    let asked = visit.asked(&draft).await.unwrap();
    visit.owner().decide_all(asked.clone(), ConsentAnswer::Give).await;
    visit.answer(&asked).await;
    let record_id = visit.phone.consents().await.unwrap().records[0].record_id.clone();
    visit.phone.withdraw_consent(WithdrawConsentRequest { record_id }).await.unwrap();
    let again = visit.asked(&draft).await.unwrap();
    assert_eq!(again.step, DraftStep::Consent);
    let refused = visit.phone.answer_code(of(&again)).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::FormRules);
}

#[tokio::test]
async fn another_enterprise_code_is_asked_about_anew_and_the_first_one_counts_again() {
    let visit = Visit::new().await;
    let draft = visit.answered(ConsentAnswer::Give).await;
    let officer = visit.officer();
    let other = officer.set(&draft, Field::EnterpriseCode, &builders::enterprise_code(2)).await;
    assert_eq!((other.step, other.answered_elsewhere), (DraftStep::Consent, false));
    let back = officer.set(&draft, Field::EnterpriseCode, &builders::enterprise_code(1)).await;
    assert_eq!((back.step, back.answered_elsewhere), (DraftStep::Form, true));
    let first = DraftView { consent_at: 0, ..back };
    let pressed = officer.decide(&first, ConsentAnswer::Refuse, 2_000).await.unwrap_err();
    assert_eq!(pressed.code, ProblemCode::ConsentAlreadyDecided);
}

fn necessary(catalogue: &mut lending::catalogue::Catalogue) {
    catalogue.notices[0].version += 1;
    catalogue.notices[0].necessary_because = Some(lending::Text::new("法规要求", "The rules"));
}

#[tokio::test]
async fn a_necessary_consent_that_was_refused_on_the_phone_holds_the_application_back() {
    let world = World::new().await;
    world.republish(necessary);
    let visit = Visit::with(world).await;
    let draft = visit.answered(ConsentAnswer::Refuse).await;
    assert!(draft.consents.iter().all(|c| c.decision == ConsentDecision::Refused));
    let filled = visit.officer().fill(&draft).await;
    let problem = visit.officer().submit(&filled).await.unwrap_err();
    let codes: Vec<_> = problem.violations.iter().map(|violation| violation.code).collect();
    assert_eq!(codes, [ViolationCode::NecessaryConsentRefused]);
}

#[tokio::test]
async fn a_withdrawal_that_comes_before_the_application_ends_a_necessary_consent() {
    let world = World::new().await;
    world.republish(necessary);
    let visit = Visit::with(world).await;
    let draft = visit.answered(ConsentAnswer::Give).await;
    let filled = visit.officer().fill(&draft).await;
    let case = visit.officer().submit(&filled).await.unwrap();
    visit.world.network.set(Fault::None);
    for record in visit.phone.consents().await.unwrap().records {
        let request = WithdrawConsentRequest { record_id: record.record_id };
        visit.phone.withdraw_consent(request).await.unwrap();
    }
    visit.phone.deliver_due().await;
    visit.tablet.deliver_due().await;
    let shown = visit.officer().case(&case).await;
    assert_eq!(shown.parked_reason, Some(ParkedReason::Refused));
    let refused = "select count(*) from application where refused_code =
         'necessary_consent_not_valid'";
    assert_eq!(visit.world.bank_number(refused), 1);
}

async fn make_officers(device: &Client) {
    let request = SetOfficerRequest { staff_number: Some("0742".into()) };
    device.set_officer(request).await.unwrap();
}

#[tokio::test]
async fn the_phone_names_the_officer_whose_tablet_asks() {
    let visit = Visit::new().await;
    make_officers(&visit.tablet).await;
    let asked = visit.asked(&visit.begun().await).await.unwrap();
    let officer = asked.asked_by.and_then(|by| by.officer);
    assert_eq!(officer.map(|officer| officer.staff_number).as_deref(), Some("0742"));
}

#[tokio::test]
async fn an_officers_device_answers_no_request() {
    let visit = Visit::new().await;
    make_officers(&visit.phone).await;
    let told = visit.asked(&visit.begun().await).await.unwrap_err();
    assert_eq!(told.code, ProblemCode::OfficerMayNotConsent);
    assert!(visit.phone.home().await.unwrap().drafts.is_empty());
}

#[tokio::test]
async fn a_request_needs_an_enterprise_code_that_holds() {
    let visit = Visit::new().await;
    let draft = visit.officer().scan(&visit.world.code()).await.unwrap();
    let missing = visit.tablet.request_code(of(&draft)).await.unwrap_err();
    assert_eq!(missing.code, ProblemCode::FormRules);
    assert_eq!(missing.violations[0].code, ViolationCode::EnterpriseCodeMissing);
}

#[tokio::test]
async fn a_phone_with_other_words_shows_nothing_until_both_were_connected() {
    let visit = Visit::new().await;
    visit.world.network.set(Fault::None);
    visit.world.republish(|catalogue| {
        catalogue.notices[0].version += 1;
        catalogue.notices[0].question = lending::Text::new("新的问题", "Asked anew");
    });
    visit.tablet.deliver_due().await;
    visit.world.network.set(Fault::Down);
    let draft = visit.begun().await;
    let refused = visit.asked(&draft).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::RequestOtherWords);
    visit.world.network.set(Fault::None);
    visit.phone.deliver_due().await;
    let asked = visit.asked(&draft).await.unwrap();
    assert_eq!(asked.consents[0].question.en, "Asked anew");
}

#[tokio::test]
async fn each_code_that_cannot_be_answered_is_told_apart() {
    let visit = Visit::new().await;
    let draft = visit.begun().await;
    let shown = visit.tablet.request_code(of(&draft)).await.unwrap();
    let texts = seen_by(&visit.phone, &shown).await;
    let own = open(&visit.tablet, &texts).await.unwrap_err();
    assert_eq!(own.code, ProblemCode::RequestOwnDevice);
    let wrong_way = read(&visit.tablet, &draft, &texts).await.unwrap_err();
    assert_eq!(wrong_way.code, ProblemCode::CodeIsRequest);
    let none = read(&visit.tablet, &draft, &["x".to_owned()]).await.unwrap_err();
    assert_eq!(none.code, ProblemCode::CodeNotFound);

    let asked = visit.asked(&draft).await.unwrap();
    visit.owner().decide_all(asked.clone(), ConsentAnswer::Give).await;
    let answer = visit.answer(&asked).await;
    let at_home = open(&visit.phone, &answer).await.unwrap_err();
    assert_eq!(at_home.code, ProblemCode::CodeIsAnswer);
    let code = builders::enterprise_code(2);
    let other = visit.officer().set(&draft, Field::EnterpriseCode, &code).await;
    let other = read(&visit.tablet, &other, &answer).await.unwrap_err();
    assert_eq!(other.code, ProblemCode::AnswerOtherRequest);
    let damaged = read(&visit.tablet, &draft, &pieces(Message::Answer, b"x")).await.unwrap_err();
    assert_eq!(damaged.code, ProblemCode::CodePiecesDamaged);

    let fresh = visit.world.device("fresh").start();
    let unknown = open(&fresh, &texts).await.unwrap_err();
    assert_eq!(unknown.code, ProblemCode::CatalogueMissing);
}

#[tokio::test]
async fn a_request_that_was_made_up_is_refused_for_its_own_reason() {
    let visit = Visit::new().await;
    let draft = visit.begun().await;
    let shown = visit.tablet.request_code(of(&draft)).await.unwrap();
    let mut collector = wire::pieces::Collector::default();
    let texts = seen_by(&visit.phone, &shown).await;
    let taken: Vec<_> = texts.iter().filter_map(|text| collector.take(text)).collect();
    let Some(wire::pieces::Taken::Whole(_, bytes)) = taken.into_iter().last() else {
        panic!("not whole")
    };
    let request = Request::decode(&bytes).unwrap();
    type Edit = fn(&mut Request);
    let cases: [(Edit, ProblemCode); 4] = [
        (|r| r.bank = "OTHER".into(), ProblemCode::RequestOtherBank),
        (|r| r.product = "OTHER".into(), ProblemCode::RequestTicketInvalid),
        (
            |r| {
                r.entry = lending::application::Entry::Typed;
                r.product = "OTHER".into();
            },
            ProblemCode::RequestPlaceUnknown,
        ),
        (|r| r.notices.truncate(1), ProblemCode::RequestOtherWords),
    ];
    for (edit, code) in cases {
        let mut request = request.clone();
        edit(&mut request);
        let texts = pieces(Message::Request, &request.encode());
        assert_eq!(open(&visit.phone, &texts).await.unwrap_err().code, code);
    }
    // A stranger who knows the id of the owner's own draft or case gets nothing of it.
    let own = visit.owner().scan(&visit.world.code()).await.unwrap();
    let case = uuid::Uuid::parse_str(&own.draft_id).unwrap().into_bytes();
    let texts = pieces(Message::Request, &Request { case, ..request }.encode());
    let told = open(&visit.phone, &texts).await.unwrap_err();
    assert_eq!(told.code, ProblemCode::RequestOwnDevice);
}
