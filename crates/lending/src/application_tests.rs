use super::*;
use crate::{
    Locale, Text,
    consent::{
        Actor, ConsentRecord, Control, Day, Event, Level, Pressed, RecipientRole, Role, TextId,
        UpstreamAuth, UpstreamStatus,
    },
    notice::DataKind,
    sample,
};
use proptest::prelude::*;
use seal::Digest;
use serde_bytes::ByteArray;

fn form() -> Form {
    Form {
        enterprise_code: sample::enterprise_code(),
        mobile: "19900000001".into(),
        amount: "10".into(),
        term: None,
        purpose: None,
    }
}

fn product() -> Product {
    sample::catalogue().products.remove(0)
}

#[test]
fn a_good_form_becomes_a_wish_with_the_usual_term() {
    let wish = form().check(&product()).unwrap();
    assert_eq!(wish.amount, Fen::from_yuan(100_000));
    assert_eq!(wish.term, Months::new(12).unwrap());
    assert_eq!(wish.purpose, None);
}

#[test]
fn each_broken_rule_is_told_at_its_field() {
    let (min, max) = (product().min, product().max);
    let step = product().step;
    type Edit = fn(&mut Form);
    let cases: [(&str, Edit, RuleViolation); 10] = [
        (
            "no code",
            |f| f.enterprise_code.clear(),
            RuleViolation::EnterpriseCode(EnterpriseCodeError::Missing),
        ),
        (
            "wrong check",
            |f| f.enterprise_code.replace_range(17.., "?"),
            RuleViolation::EnterpriseCode(EnterpriseCodeError::Character { position: 18 }),
        ),
        ("no mobile", |f| f.mobile.clear(), RuleViolation::Mobile(MobileError::Missing)),
        ("landline", |f| f.mobile = "05760000".into(), RuleViolation::Mobile(MobileError::Shape)),
        ("no amount", |f| f.amount.clear(), RuleViolation::Amount(AmountError::Missing)),
        ("words", |f| f.amount = "ten".into(), RuleViolation::Amount(AmountError::NotNumber)),
        ("below", |f| f.amount = "0.99".into(), RuleViolation::AmountTooSmall { min, max }),
        ("above", |f| f.amount = "50.01".into(), RuleViolation::AmountTooLarge { min, max }),
        ("off step", |f| f.amount = "1.005".into(), RuleViolation::AmountStep { step }),
        ("term", |f| f.term = Some(7), RuleViolation::TermNotOffered),
    ];
    for (name, edit, expected) in cases {
        let mut form = form();
        edit(&mut form);
        assert_eq!(form.check(&product()), Err(vec![expected]), "{name}");
    }
    let form = Form { purpose: Some("holiday".into()), ..form() };
    assert_eq!(form.check(&product()), Err(vec![RuleViolation::PurposeUnknown]));
}

#[test]
fn the_limits_of_the_amount_are_inside() {
    for amount in ["1", "50"] {
        assert!(check_amount(amount, &product()).is_ok(), "{amount}");
    }
}

#[test]
fn all_broken_rules_are_told_at_once_in_the_order_of_the_fields() {
    let form = Form { term: Some(1), purpose: Some("x".into()), ..Form::default() };
    let broken = form.check(&product()).unwrap_err();
    assert_eq!(
        broken,
        [
            RuleViolation::EnterpriseCode(EnterpriseCodeError::Missing),
            RuleViolation::Mobile(MobileError::Missing),
            RuleViolation::Amount(AmountError::Missing),
            RuleViolation::TermNotOffered,
            RuleViolation::PurposeUnknown,
        ]
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_form_panic(a in ".{0,60}", b in ".{0,30}", c in ".{0,30}") {
        let form = Form { enterprise_code: a, mobile: b, amount: c, ..Form::default() };
        prop_assert!(form.check(&product()).is_err());
    }

    #[test]
    fn what_was_parsed_parses_to_itself(yuan in 100u32..5_000) {
        let amount = Fen::from_yuan(yuan * 100).to_wan_text();
        let wish = Form { amount, ..form() }.check(&product()).unwrap();
        let again = Form { amount: wish.amount.to_wan_text(), ..form() }.check(&product()).unwrap();
        prop_assert_eq!(wish, again);
    }
}

/// Two records in order, after an edit of the first.
fn records(edit: impl FnOnce(&mut ConsentRecord)) -> Vec<ConsentRecord> {
    let catalogue = sample::catalogue();
    let mut first = sample::record(&catalogue.notices[0], 1, None);
    edit(&mut first);
    let prev = Some(Digest::of(&first.sign(&sample::device())));
    vec![first, sample::record(&catalogue.notices[1], 2, prev)]
}

fn judged(application: &Application) -> Result<(), Refusal> {
    let now = sample::SAVED_AT;
    application.judge(&sample::catalogue(), &sample::directory(), now).map(|_| ())
}

#[test]
fn a_good_application_is_taken() {
    assert_eq!(judged(&sample::application(&records(|_| ()))), Ok(()));
}

#[test]
fn a_refused_consent_is_taken_as_well() {
    let refused = records(|record| record.happened.event = Event::Refused);
    assert_eq!(judged(&sample::application(&refused)), Ok(()));
}

#[test]
fn only_a_necessary_consent_that_was_refused_holds_an_application_back() {
    let mut catalogue = sample::catalogue();
    catalogue.notices[0].necessary_because = Some(Text::new("因为", "because"));
    let judge = |event| {
        let mut first = sample::record(&catalogue.notices[0], 1, None);
        first.happened.event = event;
        let prev = Some(Digest::of(&first.sign(&sample::device())));
        let second = sample::record(&catalogue.notices[1], 2, prev);
        let application = sample::application(&[first, second]);
        application.judge(&catalogue, &sample::directory(), sample::SAVED_AT).map(|_| ())
    };
    assert_eq!(judge(Event::Given), Ok(()));
    assert_eq!(judge(Event::Refused), Err(Refusal::Necessary));
}

#[test]
fn a_consent_below_the_level_that_its_notice_needs_is_refused_for_that() {
    let mut catalogue = sample::catalogue();
    let judge = |catalogue: &Catalogue, event, level, evidence: &[Digest]| {
        let all = records(|record| {
            record.happened.event = event;
            record.assurance.level = level;
            record.assurance.evidence = evidence.to_vec();
        });
        let application = sample::application(&all);
        application.judge(catalogue, &sample::directory(), sample::SAVED_AT).map(|_| ())
    };
    let code = [Digest::of(b"a code")];
    assert_eq!(judge(&catalogue, Event::Given, Level::OfficersTablet, &[]), Ok(()));
    catalogue.notices[0].level = Some(Level::OneTimeCode);
    let low = Err(Refusal::Assurance);
    assert_eq!(judge(&catalogue, Event::Given, Level::OfficersTablet, &[]), low);
    assert_eq!(
        judge(&catalogue, Event::Given, Level::OneTimeCode, &[]),
        low,
        "it rests on nothing"
    );
    assert_eq!(judge(&catalogue, Event::Given, Level::OneTimeCode, &code), Ok(()));
    assert_eq!(judge(&catalogue, Event::Refused, Level::OfficersTablet, &[]), Ok(()));
    catalogue.notices[0].level = Some(Level::Certificate);
    assert_eq!(judge(&catalogue, Event::Given, Level::OwnDevice, &code), low);
    assert_eq!(
        judge(&catalogue, Event::Given, Level::Certificate, &[]),
        low,
        "it rests on nothing"
    );
    assert_eq!(judge(&catalogue, Event::Given, Level::Certificate, &code), Ok(()));
}

#[test]
fn a_bank_may_ask_for_more_than_the_kind_of_data_needs_and_never_for_less() {
    let mut notice = sample::notice("credit", DataKind::CreditQuery);
    for (asked, needed) in [
        (None, Level::OwnDevice),
        (Some(Level::OfficersTablet), Level::OwnDevice),
        (Some(Level::Certificate), Level::Certificate),
    ] {
        notice.level = asked;
        assert_eq!(notice.needed_level(), needed);
    }
    assert_eq!(sample::notice("tax", DataKind::Tax).needed_level(), Level::OfficersTablet);
}

#[test]
fn only_a_necessary_consent_that_ended_on_the_way_holds_an_application_back() {
    let mut catalogue = sample::catalogue();
    let judge = |catalogue: &Catalogue, now| {
        let first = sample::record(&catalogue.notices[0], 1, None);
        let prev = Some(Digest::of(&first.sign(&sample::device())));
        let second = sample::record(&catalogue.notices[1], 2, prev);
        let application = sample::application(&[first, second]);
        application.judge(catalogue, &sample::directory(), now).map(|_| ())
    };
    let last = sample::SAVED_AT.plus_millis(30 * 24 * 3600 * 1000);
    assert_eq!(judge(&catalogue, last.plus_millis(1)), Ok(()));
    catalogue.notices[0].necessary_because = Some(Text::new("因为", "because"));
    assert_eq!(judge(&catalogue, last), Ok(()));
    assert_eq!(judge(&catalogue, last.plus_millis(1)), Err(Refusal::NotAlive));
}

#[test]
fn a_clerk_consents_within_a_delegation_that_is_shown() {
    let by_clerk = |edit: fn(&mut ConsentRecord)| {
        let all = records(|record| {
            record.principal.role = Role::Clerk;
            record.principal.delegated = vec![DataKind::Tax];
            record.pressed.actor = Actor::AuthorisedAgent;
            record.assurance.evidence = vec![Digest::of(b"a letter")];
            edit(record);
        });
        judged(&sample::application(&all))
    };
    assert_eq!(by_clerk(|_| ()), Ok(()));
    let edits: [fn(&mut ConsentRecord); 3] = [
        |record| record.principal.delegated = vec![DataKind::Transactions],
        |record| record.assurance.evidence.clear(),
        |record| record.pressed.actor = Actor::Myself,
    ];
    for edit in edits {
        assert_eq!(by_clerk(edit), Err(Refusal::Consents));
    }
}

#[test]
fn a_record_that_proves_less_than_it_must_is_refused() {
    type Edit = fn(&mut ConsentRecord);
    let cases: [(&str, Edit); 26] = [
        ("an officer pressed", |r| r.principal.role = Role::Officer),
        ("a guarantor for the enterprise", |r| r.principal.role = Role::Guarantor),
        ("a clerk without a delegation", |r| r.principal.role = Role::Clerk),
        ("an officer's tablet as an own phone", |r| {
            r.pressed = Pressed { actor: Actor::OfficerAssisted, officer: Some("1".into()) };
        }),
        ("nobody pressed", |r| r.manner.control = Control::None),
        ("too fast", |r| r.manner.dwell_ms = 599),
        ("chosen beforehand", |r| r.manner.default_off = false),
        ("another enterprise", |r| r.principal.enterprise_code = "other".into()),
        ("another envelope", |r| r.envelope_id = [9; 16]),
        ("other words", |r| r.notice.digest = Digest::of(b"other")),
        ("words of the other language", |r| r.notice.locale = Locale::En),
        ("an older version", |r| r.notice.version = 0),
        ("another bank", |r| r.controller.enterprise_code = "other".into()),
        ("another recipient", |r| r.recipient.role = RecipientRole::Guarantor),
        ("another country", |r| r.recipient.country = "US".into()),
        ("another purpose", |r| r.purpose.code = "marketing".into()),
        ("more data", |r| r.items.push(r.items[0].clone())),
        ("more months", |r| r.data_range.from = Day(0)),
        ("more often", |r| r.fetch.max_count = 2),
        ("for longer", |r| r.valid.until = r.valid.until.plus_millis(1)),
        ("kept for longer", |r| r.retention.days = 31),
        ("said to be necessary", |r| r.impact.necessity = Some(TextId::NecessaryBecause)),
        ("an authorisation nobody asked for", |r| {
            let status = UpstreamStatus::Given;
            let system = "s".into();
            r.upstream = Some(UpstreamAuth { system, status, at: None, reference: None });
        }),
        ("the end of another", |r| r.happened.ends = Some(ByteArray::new([2; 16]))),
        ("a withdrawal", |r| r.happened.event = Event::Withdrawn),
        ("another device", |r| r.device = SigningKey::from_seed([6; 32]).id()),
    ];
    for (name, edit) in cases {
        let application = sample::application(&records(edit));
        assert_eq!(judged(&application), Err(Refusal::Consents), "{name}");
    }
}

#[test]
fn records_are_one_per_notice_and_in_order() {
    let all = records(|_| ());
    assert_eq!(judged(&sample::application(&all[..1])), Err(Refusal::Consents));
    assert_eq!(judged(&sample::application(&[])), Err(Refusal::Consents));
    let swapped = [all[1].clone(), all[0].clone()];
    assert_eq!(judged(&sample::application(&swapped)), Err(Refusal::Consents));
    let mut unchained = all;
    unchained[1].prev = Some(Digest::of(b"another"));
    assert_eq!(judged(&sample::application(&unchained)), Err(Refusal::Consents));
}

#[test]
fn an_unknown_place_and_a_broken_rule_are_refused_by_name() {
    let mut application = sample::application(&records(|_| ()));
    application.product = "Q".into();
    assert_eq!(judged(&application), Err(Refusal::Place));
    let mut application = sample::application(&records(|_| ()));
    application.amount = Fen::from_yuan(1);
    assert!(matches!(judged(&application), Err(Refusal::Rules(_))));
}

#[test]
fn an_application_is_read_only_from_its_own_envelope_and_device() {
    let signed = sample::application(&records(|_| ())).sign(&sample::device());
    let device = sample::device().id();
    assert!(Application::verify(&signed, [1; 16], device).is_ok());
    assert!(Application::verify(&signed, [2; 16], device).is_err());
    let stranger = SigningKey::from_seed([6; 32]);
    assert!(Application::verify(&signed, [1; 16], stranger.id()).is_err());
    let forged = sample::application(&records(|_| ())).sign(&stranger);
    assert!(Application::verify(&forged, [1; 16], device).is_err());
}

#[test]
fn a_saving_time_that_cannot_be_is_not_believed() {
    let now = Timestamp::from_millis(MAX_WAIT_MS * 2);
    let at = |saved_at| {
        let application = Application { saved_at, ..sample::application(&[]) };
        application.believed_time(now)
    };
    let soon = now.plus_millis(MAX_CLOCK_AHEAD_MS);
    assert_eq!(at(soon), soon);
    assert_eq!(at(soon.plus_millis(1)), now, "ahead of the bank");
    let old = Timestamp::from_millis(MAX_WAIT_MS);
    assert_eq!(at(old), old);
    assert_eq!(at(Timestamp::from_millis(MAX_WAIT_MS - 1)), now, "older than the bank remembers");
}

#[test]
fn only_a_withdrawal_travels_as_one() {
    let device = sample::device();
    let given = records(|_| ()).remove(0);
    let link = crate::consent::Link { record_id: [8; 16], prev: None, device_seq: 3 };
    let withdrawal = given.ended(Event::Withdrawn, link, given.manner.clone(), given.times);
    let bytes = |record: &ConsentRecord| {
        cbor::encode(&Withdrawal {
            schema_version: SCHEMA_VERSION,
            device: device.public(),
            record: ByteBuf::from(record.sign(&device)),
        })
    };
    let (key, read) = Withdrawal::verify(&bytes(&withdrawal), device.id()).unwrap();
    assert_eq!(key, device.public());
    assert_eq!(read.happened.ends.unwrap().into_array(), given.record_id);
    assert!(Withdrawal::verify(&bytes(&given), device.id()).is_err());
    let stranger = SigningKey::from_seed([6; 32]).id();
    assert!(Withdrawal::verify(&bytes(&withdrawal), stranger).is_err());
}

#[test]
fn an_application_without_parts_has_the_bytes_it_had_before_there_were_any() {
    let application = sample::application(&[]);
    let bytes = cbor::encode(&application);
    let names_parts = |bytes: &[u8]| bytes.windows(6).any(|at| at == b"\x65parts");
    // 18 fields, as in the first release.
    assert_eq!((bytes[0], names_parts(&bytes)), (0xb2, false));
    assert_eq!(cbor::decode::<Application>(&bytes).unwrap(), application);
    let part = Part {
        id: [3; 16],
        digest: Digest::of(b"sealed"),
        kind: "licence".into(),
        media_type: "image/jpeg".into(),
        size_bytes: 6,
    };
    let with = Application { parts: vec![part], ..application };
    let bytes = cbor::encode(&with);
    assert_eq!((bytes[0], names_parts(&bytes)), (0xb3, true));
    let signed = with.sign(&sample::device());
    assert_eq!(Application::verify(&signed, [1; 16], sample::device().id()), Ok(with));
}
