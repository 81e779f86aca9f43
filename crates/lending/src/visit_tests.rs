use super::*;
use crate::{
    Text,
    application::Application,
    consent::{self, Actor, ConsentRecord, Event, Level},
    sample,
    ticket::Ticket,
};
use proptest::prelude::*;
use seal::{KeyUse, SigningKey, keys::DirectoryKey};
use std::sync::LazyLock;

fn phone() -> SigningKey {
    SigningKey::from_seed([6; 32])
}

fn tablet() -> SigningKey {
    sample::device()
}

/// Signs records as a phone does: one chain, one for each notice.
fn signed(
    catalogue: &Catalogue,
    key: &SigningKey,
    edit: impl Fn(usize, &mut consent::Answer),
) -> Vec<Vec<u8>> {
    let mut signed: Vec<Vec<u8>> = Vec::new();
    for (at, notice) in catalogue.notices_of(&catalogue.products[0]).into_iter().enumerate() {
        let mut answer = sample::answer();
        answer.pressed.officer = Some("0731".into());
        edit(at, &mut answer);
        let seq = signed.len() as u64 + 1;
        let prev = signed.last().map(|before| Digest::of(before));
        let link = consent::Link { record_id: [seq as u8 + 10; 16], prev, device_seq: seq };
        let record = ConsentRecord::of(notice, &catalogue.bank, answer, key.id(), link);
        signed.push(record.sign(key));
    }
    signed
}

fn answer_of(key: &SigningKey, records: Vec<Vec<u8>>) -> Answer {
    Answer {
        schema_version: SCHEMA_VERSION,
        case: [1; 16],
        phone: key.public(),
        records: records.into_iter().map(ByteBuf::from).collect(),
    }
}

fn good() -> Answer {
    answer_of(&phone(), signed(&sample::catalogue(), &phone(), |_, _| ()))
}

fn verified(answer: &Answer) -> Result<Vec<VerifiedRecord>, AnswerError> {
    verified_by(answer, &sample::catalogue(), |_| ())
}

fn verified_by<'a>(
    answer: &Answer,
    catalogue: &'a Catalogue,
    edit: impl FnOnce(&mut Expected<'a>),
) -> Result<Vec<VerifiedRecord>, AnswerError> {
    let mut expected = Expected {
        catalogue,
        product: &catalogue.products[0],
        case: [1; 16],
        branch: &catalogue.branches[0].code,
        entry: &Entry::Typed,
        enterprise_code: &OWN,
        asker: tablet().id(),
    };
    edit(&mut expected);
    Answer::unpack(&answer.pack())?.verify(&expected)
}

static OWN: LazyLock<EnterpriseCode> = LazyLock::new(|| code_of("91990000MA0000001"));
static OTHER: LazyLock<EnterpriseCode> = LazyLock::new(|| code_of("91990000MA0000002"));

fn code_of(first: &str) -> EnterpriseCode {
    let check = crate::subject::checksum::enterprise_code(first).unwrap();
    EnterpriseCode::parse(&format!("{first}{check}")).unwrap()
}

const UNSIGNED: AnswerError = AnswerError::Records(Refusal::Consents);

#[test]
fn a_good_answer_is_attached_and_intake_takes_what_was_attached() {
    let answer = good();
    let records = verified(&answer).unwrap();
    assert_eq!(records.len(), 2);
    let application = Application {
        consent_device: Some(answer.phone),
        consents: answer.records,
        ..sample::application(&[])
    };
    let now = sample::SAVED_AT;
    let judged = application.judge(&sample::catalogue(), &sample::directory(), now);
    assert_eq!(judged, Ok(records));
}

#[test]
fn an_application_has_the_bytes_it_had_when_its_own_device_signed_the_consents() {
    let bytes = cbor::encode(&sample::application(&[]));
    assert!(!bytes.windows(14).any(|name| name == b"consent_device"));
}

#[test]
fn what_is_not_an_answer_to_this_request_is_refused_and_nothing_of_it_counts() {
    let catalogue = sample::catalogue();
    let by = |key: &SigningKey, edit: fn(usize, &mut consent::Answer)| {
        answer_of(key, signed(&catalogue, key, edit))
    };
    let reordered = |order: &[usize]| {
        let good = good();
        Answer { records: order.iter().map(|at| good.records[*at].clone()).collect(), ..good }
    };
    let second_only = |at: usize, answer: &mut consent::Answer| {
        if at == 1 {
            answer.pressed.actor = Actor::OfficerAssisted;
        }
    };
    let cases: [(&str, Answer, AnswerError); 16] = [
        ("another case", Answer { case: [2; 16], ..good() }, AnswerError::Other),
        ("other records", by(&phone(), |_, a| a.envelope_id = [2; 16]), UNSIGNED),
        (
            "another enterprise",
            by(&phone(), |_, a| a.principal.enterprise_code = OTHER.as_str().into()),
            AnswerError::Other,
        ),
        ("another branch", by(&phone(), |_, a| a.branch = "LQ02".into()), AnswerError::Other),
        (
            "another ticket",
            by(&phone(), |_, a| a.ticket = Some(Digest::of(b"t"))),
            AnswerError::Other,
        ),
        ("another order", reordered(&[1, 0]), AnswerError::Other),
        ("one twice", reordered(&[0, 0]), AnswerError::Other),
        ("one missing", reordered(&[0]), UNSIGNED),
        ("none", reordered(&[]), UNSIGNED),
        ("one too many", reordered(&[0, 1, 1]), UNSIGNED),
        ("the tablet's key", by(&tablet(), |_, _| ()), UNSIGNED),
        ("another key", Answer { phone: tablet().public(), ..good() }, UNSIGNED),
        ("assisted", by(&phone(), second_only), UNSIGNED),
        ("below level", by(&phone(), |_, a| a.assurance.level = Level::OneTimeCode), UNSIGNED),
        ("in haste", by(&phone(), |_, a| a.manner.dwell_ms = 10), UNSIGNED),
        ("an officer", by(&phone(), |_, a| a.principal.role = consent::Role::Officer), UNSIGNED),
    ];
    for (name, answer, expected) in cases {
        assert_eq!(verified(&answer), Err(expected), "{name}");
    }
}

#[test]
fn a_refusal_on_an_own_phone_is_of_an_own_phone_too() {
    let refused = |level| {
        answer_of(
            &phone(),
            signed(&sample::catalogue(), &phone(), |_, a| {
                a.event = Event::Refused;
                a.assurance.level = level;
            }),
        )
    };
    assert!(verified(&refused(Level::OwnDevice)).is_ok());
    assert_eq!(verified(&refused(Level::OfficersTablet)), Err(UNSIGNED));
}

#[test]
fn an_answer_to_a_draft_that_changed_since_asks_for_another_one() {
    let catalogue = sample::catalogue();
    let changed = verified_by(&good(), &catalogue, |expected| expected.enterprise_code = &OTHER);
    assert_eq!(changed, Err(AnswerError::Other));
    let mut newer = sample::catalogue();
    newer.notices[1].question = Text::new("新的", "new");
    assert_eq!(verified_by(&good(), &newer, |_| ()), Err(AnswerError::Other));
    let case = verified_by(&good(), &catalogue, |expected| expected.case = [2; 16]);
    assert_eq!(case, Err(AnswerError::Other));
}

#[test]
fn the_phone_of_an_application_is_another_device_and_at_its_own_level() {
    let catalogue = sample::catalogue();
    let judge = |phone: Option<PublicKey>, records: Vec<Vec<u8>>| {
        Application {
            consent_device: phone,
            consents: records.into_iter().map(ByteBuf::from).collect(),
            ..sample::application(&[])
        }
        .judge(&catalogue, &sample::directory(), sample::SAVED_AT)
        .map(|_| ())
    };
    let by =
        |key: &SigningKey, edit: fn(usize, &mut consent::Answer)| signed(&catalogue, key, edit);
    let refused = Err(Refusal::Consents);
    assert_eq!(judge(Some(phone().public()), by(&phone(), |_, _| ())), Ok(()));
    assert_eq!(judge(None, by(&tablet(), |_, _| ())), Ok(()));
    assert_eq!(judge(None, by(&phone(), |_, _| ())), refused, "not named");
    assert_eq!(judge(Some(tablet().public()), by(&tablet(), |_, _| ())), refused, "itself");
    assert_eq!(judge(Some(phone().public()), by(&tablet(), |_, _| ())), refused, "not by it");
    let low = by(&phone(), |_, a| a.assurance.level = Level::OfficersTablet);
    assert_eq!(judge(Some(phone().public()), low), refused, "below");
    let assisted = by(&phone(), |_, a| {
        a.pressed.actor = Actor::OfficerAssisted;
        a.assurance.level = Level::OfficersTablet;
    });
    assert_eq!(judge(Some(phone().public()), assisted), refused, "assisted");
}

#[test]
fn the_largest_answer_is_pressed_to_less_than_two_records() {
    let answer = good();
    let one = answer.records[0].len();
    assert!(answer.pack().len() < 2 * one, "{} of {one}", answer.pack().len());
}

#[test]
fn an_answer_that_would_unpack_to_more_than_64_kib_is_refused() {
    let boundless = compress_to_vec(&vec![0; MAX_BYTES + 1], COMPRESSION);
    let packed = cbor::encode(&ByteBuf::from(boundless));
    assert_eq!(Answer::unpack(&packed), Err(AnswerError::Shape));
}

proptest! {
    #[test]
    fn no_changed_byte_of_an_answer_attaches_anything_else(
        at in any::<prop::sample::Index>(), bit in 0u8..8,
    ) {
        let good = good();
        let mut packed = good.pack();
        let at = at.index(packed.len());
        packed[at] ^= 1 << bit;
        if let Ok(answer) = Answer::unpack(&packed) {
            let found = verified(&answer);
            prop_assert!(found.is_err() || found == verified(&good));
        }
    }

    #[test]
    fn no_changed_byte_of_a_record_or_key_is_attached(
        which in 0usize..3, at in any::<prop::sample::Index>(), bit in 0u8..8,
    ) {
        let mut answer = good();
        if which == 2 {
            let mut key = *answer.phone.as_bytes();
            key[at.index(32)] ^= 1 << bit;
            answer.phone = PublicKey::from_bytes(key);
        } else {
            let record = &mut answer.records[which];
            let at = at.index(record.len());
            record[at] ^= 1 << bit;
        }
        prop_assert!(verified(&answer).is_err());
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Answer::unpack(&bytes).is_err());
        prop_assert!(Request::decode(&bytes).is_err());
        let packed = cbor::encode(&ByteBuf::from(compress_to_vec(&bytes, 1)));
        prop_assert!(Answer::unpack(&packed).is_err());
    }
}

const DAY_S: u64 = 24 * 3600;

fn ticket(product: &str) -> Entry {
    let now_s = sample::SAVED_AT.as_millis() / 1000;
    let ticket = Ticket {
        bank: "B".into(),
        serial: 1,
        branch: BranchCode::new("LQ01").unwrap(),
        product: product.into(),
        not_before_s: now_s - DAY_S,
        not_after_s: now_s + DAY_S,
        grid: None,
        officer: None,
        campaign: None,
    };
    Entry::Ticket(ByteBuf::from(ticket.sign(&SigningKey::from_seed([7; 32]))))
}

fn directory() -> KeyDirectory {
    let mut directory = sample::directory();
    directory.keys.push(DirectoryKey {
        public: SigningKey::from_seed([7; 32]).public(),
        key_use: KeyUse::Ticket,
        branches: Vec::new(),
        suite: 1,
        not_before: Timestamp::from_millis(0),
        not_after: Timestamp::from_millis(u64::MAX),
        revoked_at: None,
    });
    directory
}

fn request() -> Request {
    let catalogue = sample::catalogue();
    let notices = catalogue.notices_of(&catalogue.products[0]);
    Request {
        schema_version: SCHEMA_VERSION,
        bank: "B".into(),
        case: [1; 16],
        asker: tablet().id(),
        catalogue_version: 1,
        entry: ticket("P"),
        branch: BranchCode::new("LQ01").unwrap(),
        product: "P".into(),
        enterprise_code: OWN.clone(),
        notices: notices.into_iter().map(NoticeAsked::from).collect(),
        at: sample::SAVED_AT,
        grid: Some("G".into()),
        officer: Some("0731".into()),
    }
}

#[test]
fn a_phone_shows_its_own_words_of_a_request_that_it_understands() {
    let catalogue = sample::catalogue();
    let request = Request::decode(&request().encode()).unwrap();
    let at = sample::SAVED_AT;
    let place = request.place(&catalogue, &directory(), phone().id(), at, at).unwrap();
    assert_eq!(place.officer.unwrap().name, "甲");
    let stranger = Request { officer: Some("9999".into()), ..request };
    let place = stranger.place(&catalogue, &directory(), phone().id(), at, at).unwrap();
    assert!(place.officer.is_none(), "an officer is looked up, never taken over");
}

#[test]
fn a_phone_shows_nothing_of_a_request_that_it_cannot_stand_behind() {
    type Edit = fn(&mut Request);
    let later = sample::SAVED_AT.plus_millis(2 * DAY_S * 1000);
    let cases: [(&str, Edit, RequestError); 9] = [
        ("bank", |r| r.bank = "C".into(), RequestError::OtherBank),
        ("itself", |r| r.asker = phone().id(), RequestError::OwnDevice),
        (
            "forged",
            |r| r.entry = Entry::Ticket(ByteBuf::from(b"x".to_vec())),
            RequestError::Ticket(TicketError::Forged),
        ),
        (
            "another product's code",
            |r| r.entry = ticket("Q"),
            RequestError::Ticket(TicketError::Forged),
        ),
        ("place", |r| (r.product, r.entry) = ("Q".into(), Entry::Typed), RequestError::Place),
        ("words", |r| r.notices[1].digest = Digest::of(b"w"), RequestError::Words),
        ("version", |r| r.notices[0].version = 2, RequestError::Words),
        ("fewer", |r| r.notices.truncate(1), RequestError::Words),
        ("order", |r| r.notices.reverse(), RequestError::Words),
    ];
    let catalogue = sample::catalogue();
    for (name, edit, expected) in cases {
        let mut request = request();
        edit(&mut request);
        let at = sample::SAVED_AT;
        let told = request.place(&catalogue, &directory(), phone().id(), at, at).map(|_| ());
        assert_eq!(told, Err(expected), "{name}");
    }
    let told = request().place(&catalogue, &directory(), phone().id(), later, later).map(|_| ());
    assert!(matches!(told, Err(RequestError::Ticket(TicketError::Expired { .. }))));
    let other = Request { schema_version: 2, ..request() };
    assert_eq!(Request::decode(&other.encode()), Err(RequestError::Shape));
}

#[test]
fn a_request_is_small() {
    let bytes = request().encode().len();
    assert!(bytes < 500, "{bytes}");
}
