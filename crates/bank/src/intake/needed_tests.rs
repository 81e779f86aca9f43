//! No way leads to an accepted application on file without every consent that it needs: the whole
//! intake, with a real ledger, on products and answers of every kind.
//!
//! What a record by itself must be is proved in `lending`; here it is what only a bank can know:
//! what came before, what time it is, and that a refused application leaves nothing behind.

use super::*;
use crate::{
    publishing::sign_catalogue,
    testing::{Device, NOW, TestBank},
};
use lending::{
    acknowledgement::VerifiedAck,
    consent::{Event, Level, Link},
    evidence::Bundle,
    notice::DataKind,
    status::Status,
};
use proptest::{prelude::*, test_runner::Config};
use seal::cbor;
use serde_bytes::ByteBuf;
use serde_json::json;

const CASE: Uuid = Uuid::from_u128(1);
const DAY_MS: u64 = 24 * 3600 * 1000;

/// How a question was answered, and what happened around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answered {
    Agreed,
    Refused,
    NotAtAll,
    /// Agreed on an officer's tablet, where the bank asks for a one-time code.
    BelowItsLevel,
    /// Agreed, and the withdrawal overtook the application.
    WithdrawnBefore,
    /// Agreed under an id that another record of this device has.
    UnderAUsedId,
    ByAnotherDevice,
    InAnotherCase,
}

#[derive(Clone, Copy, Debug)]
struct Question {
    kind: DataKind,
    is_necessary: bool,
    answer: Answered,
}

#[derive(Clone, Debug)]
struct Asked {
    questions: Vec<Question>,
    /// The application reaches the bank a day after its consents ended.
    is_late: bool,
}

impl Asked {
    fn should_be_accepted(&self) -> bool {
        self.questions.iter().all(|question| match question.answer {
            Answered::Agreed => !(question.is_necessary && self.is_late),
            Answered::Refused | Answered::WithdrawnBefore => !question.is_necessary,
            _ => false,
        })
    }

    /// Publishes the product that asks this.
    fn publish(&self, test: &TestBank, bank: &Bank) {
        let bytes = test.folder().read("catalogue.json").unwrap();
        let mut source: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        source["version"] = json!(2);
        let words = |question: &&Question| question.kind.as_str();
        for notice in source["notices"].as_array_mut().unwrap() {
            let Some(asked) = self.questions.iter().find(|q| notice["kind"] == words(q)) else {
                continue;
            };
            notice["version"] = json!(2);
            if asked.is_necessary {
                notice["necessary_because"] = json!({"zh_hans": "因为", "en": "because"});
                // A page has a most that is read, and the sandbox's pages are nearly there.
                notice["if_refused"] = json!({"zh_hans": "不能办", "en": "no"});
            }
            if asked.answer == Answered::BelowItsLevel {
                notice["level"] = json!("one_time_code");
            }
        }
        let kinds: Vec<_> = self.questions.iter().map(|q| q.kind.as_str()).collect();
        for product in source["products"].as_array_mut().unwrap() {
            product["notices"] = json!(kinds);
        }
        test.folder().write("catalogue.json", source.to_string().as_bytes()).unwrap();
        sign_catalogue(&test.folder(), NOW).unwrap();
        bank.reload().unwrap();
    }

    /// The records as the device signs them, and what it sends before the application.
    fn answers(&self, device: &Device, test: &TestBank) -> (Vec<ByteBuf>, Vec<(Uuid, Vec<u8>)>) {
        let (published, stranger) = (test.published(), Device::new(2));
        let catalogue = published.catalogue();
        let (mut signed, mut before): (Vec<ByteBuf>, Vec<_>) = (Vec::new(), Vec::new());
        for (question, n) in self.questions.iter().zip(1..) {
            let notice = catalogue.notices.iter().find(|n| n.kind == question.kind).unwrap();
            let case = match question.answer {
                Answered::InAnotherCase => Uuid::from_u128(2),
                _ => CASE,
            };
            let signer = match question.answer {
                Answered::ByAnotherDevice => &stranger,
                _ => device,
            };
            let prev = signed.last().map(|before| Digest::of(before));
            let mut record = signer.consent(catalogue, notice, case, n, prev);
            let id = Uuid::from_u128(100 + u128::from(n));
            let mut send_end = |of: &lending::consent::ConsentRecord, record_id| {
                // With room between them: what came before each is not in this bundle.
                let device_seq = 90 + 2 * u64::from(n);
                let link = Link { record_id, prev: Some(Digest::of(b"x")), device_seq };
                let end = of.ended(Event::Withdrawn, link, of.manner.clone(), of.times);
                let content = cbor::encode(&Withdrawal {
                    schema_version: 1,
                    device: device.key.public(),
                    record: ByteBuf::from(end.sign(&device.key)),
                });
                before.push((id, device.seal(test, id, schema::WITHDRAWAL, &content)));
            };
            match question.answer {
                Answered::Refused => record.happened.event = Event::Refused,
                Answered::BelowItsLevel => record.assurance.level = Level::OfficersTablet,
                Answered::WithdrawnBefore => send_end(&record, id.into_bytes()),
                Answered::UnderAUsedId => {
                    let another = device.consent(catalogue, notice, Uuid::from_u128(3), n, None);
                    send_end(&another, record.record_id);
                }
                _ => {}
            }
            if question.answer != Answered::NotAtAll {
                signed.push(ByteBuf::from(record.sign(&signer.key)));
            }
        }
        (signed, before)
    }
}

fn questions() -> impl Strategy<Value = Vec<Question>> {
    let kinds = DataKind::ALL.iter().copied().filter(|kind| !kind.is_with_offer());
    let kinds = prop::sample::subsequence(kinds.collect::<Vec<_>>(), 0..=4).prop_shuffle();
    let answer = || {
        prop_oneof![
            16 => Just(Answered::Agreed),
            4 => Just(Answered::Refused),
            3 => Just(Answered::WithdrawnBefore),
            1 => Just(Answered::NotAtAll),
            1 => Just(Answered::BelowItsLevel),
            1 => Just(Answered::UnderAUsedId),
            1 => Just(Answered::ByAnotherDevice),
            1 => Just(Answered::InAnotherCase),
        ]
    };
    let question =
        move |kind| {
            (Just(kind), any::<bool>(), answer())
                .prop_map(|(kind, is_necessary, answer)| Question { kind, is_necessary, answer })
        };
    kinds.prop_flat_map(move |kinds| kinds.into_iter().map(question).collect::<Vec<_>>())
}

fn asked() -> impl Strategy<Value = Asked> {
    (questions(), prop::bool::weighted(0.15))
        .prop_map(|(questions, is_late)| Asked { questions, is_late })
}

async fn come_to_the_bank(asked: &Asked) {
    let test = TestBank::new();
    let bank = test.open();
    asked.publish(&test, &bank);
    let device = Device::new(1);
    let (consents, before) = asked.answers(&device, &test);
    let ends = before.len() as u64;
    for (id, body) in before {
        assert!(matches!(bank.admit(id, body).await, Ok(Taken::Recorded(_))));
    }
    if asked.is_late {
        test.pass(31 * DAY_MS);
    }
    let count = consents.len() as u64;
    let application = Application { consents, ..device.application(&test, CASE, 1) };
    let body = device.seal_application(&test, CASE, &application);
    let Ok(Taken::Recorded(ack)) = bank.admit(CASE, body.clone()).await else {
        panic!("it is recorded, accepted or not")
    };
    let published = test.published();
    let ack = VerifiedAck::verify(&ack, CASE.into_bytes(), Digest::of(&body), &published.directory);
    let code = ack.unwrap().refused.clone();
    let is_accepted = asked.should_be_accepted();
    assert_eq!(code.is_none(), is_accepted, "{code:?}");

    let stored = bank.ledger().application(CASE).await.unwrap().unwrap();
    let status = if is_accepted { Status::Received } else { Status::Refused };
    assert_eq!((stored.status, stored.refused_code), (status, code));
    // A refused application leaves no consent behind that anybody could read under.
    let kept = if is_accepted { count } else { 0 };
    assert_eq!(bank.ledger().tally().await.unwrap().consents, ends + kept);
    // What was accepted can be proved to anybody.
    if is_accepted && count > 0 {
        let bundle = bank.evidence(CASE).await.unwrap().encode();
        let proved = Bundle::verify(&bundle, Some(&published.root)).unwrap();
        let answers = proved.records.iter().filter(|record| record.event().is_answer());
        assert_eq!(answers.count() as u64, count);
    }
}

proptest! {
    #![proptest_config(Config::with_cases(32))]

    #[test]
    fn an_application_on_file_is_accepted_with_every_needed_consent_and_only_then(asked in asked()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(come_to_the_bank(&asked));
    }
}

/// Every fate of a single consent, so that none is left to luck.
#[tokio::test]
async fn each_fate_of_a_necessary_consent_leads_where_it_should() {
    for is_necessary in [false, true] {
        for answer in [
            Answered::Agreed,
            Answered::Refused,
            Answered::NotAtAll,
            Answered::BelowItsLevel,
            Answered::WithdrawnBefore,
            Answered::UnderAUsedId,
            Answered::ByAnotherDevice,
            Answered::InAnotherCase,
        ] {
            let question = Question { kind: DataKind::Tax, is_necessary, answer };
            for is_late in [false, answer == Answered::Agreed] {
                come_to_the_bank(&Asked { questions: vec![question], is_late }).await;
            }
        }
    }
}
