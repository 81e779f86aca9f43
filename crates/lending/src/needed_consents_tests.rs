//! No way leads to an accepted application without every consent that it needs, at its level.
//!
//! Products with any kinds of data, asked for in any way, meet records with any faults. What should
//! happen is said by [`Case::should_be_accepted`], from the description of the case alone: it calls
//! nothing of the product.

use super::*;
use crate::{
    Text,
    catalogue::Catalogue,
    consent::{Actor, Assurance, ConsentRecord, Level, Link, Pressed, Role},
    notice::DataKind,
    sample,
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use seal::Digest;
use serde_bytes::ByteArray;

const DAY_MS: u64 = 24 * 3600 * 1000;
/// As every notice of the sample says.
const VALID_DAYS: u64 = 30;

/// When the application reaches the bank: long after it was saved.
const NOW: Timestamp = sample::SAVED_AT.plus_millis(20 * DAY_MS);

/// A product's question, and what came as its answer.
#[derive(Clone, Debug)]
struct Question {
    kind: DataKind,
    is_necessary: bool,
    /// What the bank asks for beyond what the kind needs.
    level: Option<Level>,
    answer: Answered,
}

/// A consent record, by what is told of it.
#[derive(Clone, Debug)]
struct Answered {
    is_there: bool,
    event: Event,
    by: (Role, Actor),
    is_delegated: bool,
    names_officer: bool,
    level: Level,
    has_evidence: bool,
    /// Milliseconds before the bank reads it; negative for a device that is ahead.
    age_ms: i64,
    link: Linked,
    fault: Option<Fault>,
}

/// How a record stands behind the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Linked {
    /// The next number; it names the one before.
    Next,
    /// Other records stand between them, or before the first.
    Later,
    /// The next number, and it names another record.
    NamesAnother,
    /// It names none.
    NamesNone,
    /// The number of the one before.
    SameNumber,
}

/// What is not as it should be, whatever else is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    OtherDevice,
    SignedByAnother,
    OtherCase,
    OtherEnterprise,
    EarlierVersion,
    OtherWords,
    TooFast,
    ChosenBeforehand,
    NobodyPressed,
}

#[derive(Clone, Debug)]
struct Case {
    questions: Vec<Question>,
    /// Two answers change places, by index.
    swap: Option<(usize, usize)>,
    /// The last answer stands twice.
    once_more: bool,
}

const ENTERPRISE_KINDS: [DataKind; 7] = [
    DataKind::Tax,
    DataKind::Transactions,
    DataKind::Invoices,
    DataKind::PublicRecords,
    DataKind::PlatformOrders,
    DataKind::BusinessRegistry,
    DataKind::PassingOn,
];

impl Question {
    /// The least level as a number from 0, by the law and the bank.
    fn needs(&self) -> u8 {
        let by_law = if ENTERPRISE_KINDS.contains(&self.kind) { 0 } else { 2 };
        self.level.map_or(by_law, |level| by_law.max(rank(level)))
    }

    fn may_be_answered_so(&self) -> bool {
        let answer = &self.answer;
        let is_enterprise = ENTERPRISE_KINDS.contains(&self.kind);
        let role_may = match answer.by.0 {
            Role::Owner => true,
            Role::Clerk => is_enterprise && answer.is_delegated,
            Role::Shareholder | Role::Spouse | Role::Guarantor => !is_enterprise,
            Role::Officer => false,
        };
        let press_fits = match answer.by {
            (Role::Clerk, Actor::AuthorisedAgent) => answer.has_evidence,
            (_, Actor::AuthorisedAgent) | (Role::Clerk, Actor::Myself) => false,
            (_, Actor::Myself) => true,
            (_, Actor::OfficerAssisted) => answer.names_officer && rank(answer.level) < 2,
        };
        role_may && press_fits
    }

    /// Whether the answer is one: agreed at the level, or refused.
    fn is_answered(&self) -> bool {
        let Answered { is_there, event, level, has_evidence, fault, .. } = &self.answer;
        let proved = match rank(*level) {
            claimed @ (1 | 3) if !has_evidence => claimed - 1,
            claimed => claimed,
        };
        let says = match event {
            Event::Given => proved >= self.needs(),
            Event::Refused => true,
            Event::Withdrawn | Event::Expired | Event::Superseded => false,
        };
        *is_there && fault.is_none() && says && self.may_be_answered_so()
    }

    fn is_agreed_and_alive(&self) -> bool {
        let age_ms = self.answer.age_ms;
        let ten_minutes = 10 * 60 * 1000;
        let thirty_days = 30 * 24 * 3600 * 1000;
        self.answer.event == Event::Given && (-ten_minutes..=thirty_days).contains(&age_ms)
    }
}

impl Case {
    fn should_be_accepted(&self) -> bool {
        let each = self.questions.iter().all(|question| {
            question.is_answered() && (!question.is_necessary || question.is_agreed_and_alive())
        });
        let is_linked = |(at, question): (usize, &Question)| match question.answer.link {
            Linked::Next | Linked::Later => true,
            Linked::NamesNone => at == 0,
            Linked::NamesAnother | Linked::SameNumber => false,
        };
        let in_order = self.swap.is_none() && !self.once_more;
        each && in_order && self.questions.iter().enumerate().all(is_linked)
    }

    fn catalogue(&self) -> Catalogue {
        let mut catalogue = sample::catalogue();
        let notices = self.questions.iter().map(|question| {
            let mut notice = sample::notice(question.kind.as_str(), question.kind);
            notice.version = 2;
            notice.level = question.level;
            notice.necessary_because = question.is_necessary.then(|| Text::new("因为", "because"));
            notice
        });
        catalogue.notices = notices.collect();
        catalogue.products[0].notices =
            catalogue.notices.iter().map(|notice| notice.id.clone()).collect();
        catalogue
    }

    /// The signed records, as a device that keeps no rule would send them.
    fn application(&self, catalogue: &Catalogue) -> Application {
        let mut signed: Vec<ByteBuf> = Vec::new();
        let mut seq = 0;
        for (question, notice) in self.questions.iter().zip(&catalogue.notices) {
            let answer = &question.answer;
            if !answer.is_there {
                continue;
            }
            let before = signed.last().map(|before| Digest::of(before));
            let another = Some(Digest::of(b"another"));
            let prev = match answer.link {
                Linked::Next | Linked::SameNumber => before,
                Linked::Later | Linked::NamesAnother => another,
                Linked::NamesNone => None,
            };
            seq += match answer.link {
                Linked::Later => 5,
                Linked::SameNumber => 0,
                Linked::Next | Linked::NamesAnother | Linked::NamesNone => 1,
            };
            let link = Link { record_id: [seq as u8; 16], prev, device_seq: seq };
            signed.push(ByteBuf::from(answer.signed(notice, catalogue, link)));
        }
        if let Some((a, b)) = self.swap {
            signed.swap(a, b);
        }
        if self.once_more {
            signed.extend(signed.last().cloned());
        }
        Application { consents: signed, ..sample::application(&[]) }
    }
}

impl Answered {
    fn signed(&self, notice: &crate::notice::Notice, catalogue: &Catalogue, link: Link) -> Vec<u8> {
        let mut answer = sample::answer();
        answer.principal.role = self.by.0;
        answer.principal.delegated = self.is_delegated.then_some(notice.kind).into_iter().collect();
        let officer = self.names_officer.then(|| "0731".into());
        answer.pressed = Pressed { actor: self.by.1, officer };
        let evidence = self.has_evidence.then(|| Digest::of(b"proof")).into_iter().collect();
        answer.assurance = Assurance { level: self.level, evidence };
        let at = i64::try_from(NOW.as_millis()).unwrap() - self.age_ms;
        answer.times.wall = Timestamp::from_millis(u64::try_from(at).unwrap());
        let stranger = SigningKey::from_seed([6; 32]);
        let mut signer = sample::device();
        let mut words = notice.clone();
        if self.fault == Some(Fault::EarlierVersion) {
            words.version = 1;
        }
        let mut device = signer.id();
        if self.fault == Some(Fault::OtherDevice) {
            (device, signer) = (stranger.id(), stranger);
        } else if self.fault == Some(Fault::SignedByAnother) {
            signer = stranger;
        }
        let mut record = ConsentRecord::of(&words, &catalogue.bank, answer, device, link);
        record.happened.event = self.event;
        if matches!(self.event, Event::Withdrawn | Event::Expired | Event::Superseded) {
            record.happened.ends = Some(ByteArray::new([77; 16]));
        }
        match self.fault {
            Some(Fault::OtherCase) => record.envelope_id = [2; 16],
            Some(Fault::OtherEnterprise) => record.principal.enterprise_code = "other".into(),
            Some(Fault::OtherWords) => record.notice.digest = Digest::of(b"other words"),
            Some(Fault::TooFast) => record.manner.dwell_ms = 599,
            Some(Fault::ChosenBeforehand) => record.manner.default_off = false,
            Some(Fault::NobodyPressed) => record.manner.control = crate::consent::Control::None,
            _ => {}
        }
        record.sign(&signer)
    }
}

fn rank(level: Level) -> u8 {
    match level {
        Level::OfficersTablet => 0,
        Level::OneTimeCode => 1,
        Level::OwnDevice => 2,
        Level::Certificate => 3,
    }
}

fn faults() -> impl Strategy<Value = Fault> {
    prop::sample::select(vec![
        Fault::OtherDevice,
        Fault::SignedByAnother,
        Fault::OtherCase,
        Fault::OtherEnterprise,
        Fault::EarlierVersion,
        Fault::OtherWords,
        Fault::TooFast,
        Fault::ChosenBeforehand,
        Fault::NobodyPressed,
    ])
}

fn links() -> impl Strategy<Value = Linked> {
    prop_oneof![
        60 => Just(Linked::Next),
        3 => Just(Linked::Later),
        1 => Just(Linked::NamesAnother),
        1 => Just(Linked::NamesNone),
        1 => Just(Linked::SameNumber),
    ]
}

/// The edges of validity, and moments on both sides of them.
fn ages() -> impl Strategy<Value = i64> {
    let days = i64::try_from(VALID_DAYS * DAY_MS).unwrap();
    let ahead = i64::try_from(MAX_CLOCK_AHEAD_MS).unwrap();
    prop_oneof![
        40 => Just(days - 1_000),
        1 => Just(days),
        1 => Just(days + 1),
        1 => Just(-ahead),
        1 => Just(-ahead - 1),
        2 => -2 * ahead..2 * days,
    ]
}

/// Mostly as an owner's own phone makes it: else hardly any case would be accepted.
fn answers() -> impl Strategy<Value = Answered> {
    let roles = || prop::sample::select(Role::ALL.to_vec());
    let actors = || prop::sample::select(Actor::ALL.to_vec());
    let levels = || prop::sample::select(Level::ALL.to_vec());
    let by = prop_oneof![9 => Just((Role::Owner, Actor::Myself)), 2 => (roles(), actors())];
    let level = prop_oneof![4 => Just(Level::OwnDevice), 2 => levels()];
    let events = prop::sample::select(Event::ALL.to_vec());
    let event = prop_oneof![24 => Just(Event::Given), 4 => Just(Event::Refused), 1 => events];
    let flags = (prop::bool::weighted(0.98), any::<bool>(), any::<bool>(), any::<bool>());
    let fault = prop::option::weighted(0.03, faults());
    (flags, event, by, level, ages(), links(), fault).prop_map(
        |(
            (is_there, is_delegated, names_officer, has_evidence),
            event,
            by,
            level,
            age_ms,
            link,
            fault,
        )| {
            Answered {
                is_there,
                event,
                by,
                is_delegated,
                names_officer,
                level,
                has_evidence,
                age_ms,
                link,
                fault,
            }
        },
    )
}

fn cases() -> impl Strategy<Value = Case> {
    let kinds = prop::sample::subsequence(DataKind::ALL.to_vec(), 0..=4).prop_shuffle();
    let question = |kind| {
        let level = prop::option::weighted(0.2, prop::sample::select(Level::ALL.to_vec()));
        (Just(kind), any::<bool>(), level, answers()).prop_map(
            |(kind, is_necessary, level, answer)| Question { kind, is_necessary, level, answer },
        )
    };
    kinds
        .prop_flat_map(move |kinds| kinds.into_iter().map(question).collect::<Vec<_>>())
        .prop_flat_map(|questions: Vec<Question>| {
            let there = questions.iter().filter(|question| question.answer.is_there).count();
            let two = (0..there.max(1), 0..there.max(1));
            let swap = prop::option::weighted(0.05, two)
                .prop_map(|two| two.map(|(a, b)| (a.min(b), a.max(b))).filter(|(a, b)| a != b));
            let once_more = prop::bool::weighted(if there > 0 { 0.03 } else { 0.0 });
            (Just(questions), swap, once_more)
        })
        .prop_map(|(questions, swap, once_more)| Case { questions, swap, once_more })
}

proptest! {
    #![proptest_config(Config::with_cases(2_000))]

    #[test]
    fn an_application_is_accepted_with_every_needed_consent_and_only_then(case in cases()) {
        let catalogue = case.catalogue();
        let application = case.application(&catalogue);
        let judged = application.judge(&catalogue, &sample::directory(), NOW);
        prop_assert_eq!(judged.is_ok(), case.should_be_accepted(), "{:?}", judged.err());
        let Ok(records) = judged else { return Ok(()) };
        let found: Vec<&[u8]> = records.iter().map(VerifiedRecord::signed).collect();
        let sent: Vec<&[u8]> = application.consents.iter().map(|c| c.as_slice()).collect();
        prop_assert_eq!(found, sent);
    }
}

/// A proof about cases that are all alike would be none.
#[test]
fn the_cases_of_the_proof_are_of_both_kinds() {
    let mut runner = TestRunner::deterministic();
    let mut accepted_with = [0; 5];
    let mut refused = 0;
    for _ in 0..1_000 {
        let case = cases().new_tree(&mut runner).unwrap().current();
        match case.should_be_accepted() {
            true => accepted_with[case.questions.len()] += 1,
            false => refused += 1,
        }
    }
    assert!(accepted_with[1..].iter().all(|count| *count >= 10), "{accepted_with:?}");
    assert!(refused >= 250, "{refused}");
}
