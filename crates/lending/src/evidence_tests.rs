use super::*;
use crate::{
    Locale,
    consent::{Actor, Answer, ConsentRecord, Control, Link, Pressed, Role},
    notice::DataKind,
    sample,
};
use proptest::prelude::*;
use seal::{
    Entropy, KeyUse, SigningKey,
    keys::DirectoryKey,
    sealed::{Address, Sealed, SealingKey, seal_with_parts},
    tree,
};
use std::collections::HashMap;
use std::convert::Infallible;

/// The log of a bank, in memory.
#[derive(Default)]
struct Log(HashMap<tree::Place, Digest>, Vec<Vec<u8>>);

impl tree::Nodes for Log {
    type Error = Infallible;

    fn node(&self, place: tree::Place) -> Result<Digest, Infallible> {
        Ok(self.0[&place])
    }
}

impl Log {
    fn push(&mut self, countersignature: Vec<u8>) {
        let Ok(nodes) = tree::append(self, self.1.len() as u64, tree::leaf(&countersignature));
        self.0.extend(nodes);
        self.1.push(countersignature);
    }
}

fn root() -> SigningKey {
    SigningKey::from_seed([1; 32])
}

fn catalogue_key() -> SigningKey {
    SigningKey::from_seed([2; 32])
}

fn ack_key() -> SigningKey {
    SigningKey::from_seed([3; 32])
}

fn directory() -> KeyDirectory {
    let entry = |key: SigningKey, key_use| DirectoryKey {
        public: key.public(),
        key_use,
        branches: Vec::new(),
        suite: 1,
        not_before: Timestamp::default(),
        not_after: Timestamp::from_millis(u64::MAX),
        revoked_at: None,
    };
    let keys =
        vec![entry(catalogue_key(), KeyUse::Catalogue), entry(ack_key(), KeyUse::Acknowledgement)];
    KeyDirectory { keys, ..sample::directory() }
}

/// A record by this device: its answer changed, its place in the chain told.
fn record(seq: u8, prev: Option<Digest>, edit: impl FnOnce(&mut Answer)) -> ConsentRecord {
    let catalogue = sample::catalogue();
    let notice = &catalogue.notices[usize::from(seq + 1) % 2];
    let mut answer = sample::answer();
    edit(&mut answer);
    let link = Link { record_id: [seq; 16], prev, device_seq: seq.into() };
    ConsentRecord::of(notice, &catalogue.bank, answer, sample::device().id(), link)
}

fn digest_of(record: &ConsentRecord) -> Digest {
    Digest::of(&record.sign(&sample::device()))
}

/// A bundle of these records, logged among others.
fn bundle(records: &[ConsentRecord]) -> Bundle {
    let device = sample::device();
    let signed: Vec<Vec<u8>> = records.iter().map(|record| record.sign(&device)).collect();
    let mut log = Log::default();
    let countersignature = |record: Digest| {
        Countersignature { record, received_at: sample::SAVED_AT, server_epoch: 1 }.sign(&ack_key())
    };
    (0..5u8).for_each(|other| log.push(countersignature(Digest::of(&[other]))));
    signed.iter().for_each(|signed| log.push(countersignature(Digest::of(signed))));
    (5..8u8).for_each(|other| log.push(countersignature(Digest::of(&[other]))));
    let size = log.1.len() as u64;
    let Ok(tree_root) = tree::root(&log, size);
    let head = LogHead { size, root: tree_root, at: sample::SAVED_AT, server_epoch: 1 };
    let exhibits = signed.into_iter().zip(5..).map(|(signed, index)| {
        let Ok(path) = tree::inclusion(&log, index, size);
        let countersignature = ByteBuf::from(log.1[index as usize].clone());
        let logged = Some(Logged { countersignature, index, path });
        Exhibit { signed: ByteBuf::from(signed), logged }
    });
    Bundle {
        version: VERSION,
        root: root().public(),
        directory: ByteBuf::from(directory().sign(&root())),
        catalogues: vec![ByteBuf::from(sample::catalogue().sign(&catalogue_key()))],
        device: device.public(),
        records: exhibits.collect(),
        head: Some(ByteBuf::from(head.sign(&ack_key()))),
    }
}

/// A consent given, one refused, and the end of the first.
fn given_refused_and(event: Event) -> Vec<ConsentRecord> {
    let given = record(1, None, |_| ());
    let refused = record(2, Some(digest_of(&given)), |answer| answer.event = Event::Refused);
    let link = Link { record_id: [3; 16], prev: Some(digest_of(&refused)), device_seq: 3 };
    let ended = given.ended(event, link, given.manner.clone(), given.times);
    vec![given, refused, ended]
}

/// Bundles of a release are kept and must hold for ever: crates/verify/tests/program.rs.
fn is_golden(name: &str, bytes: Vec<u8>) {
    insta::with_settings!({ snapshot_path => "../../verify/tests/golden", prepend_module_to_snapshot => false }, {
        insta::assert_binary_snapshot!(name, bytes);
    });
}

/// Drawn at random once, for the bytes of an envelope that is kept.
struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, out: &mut [u8]) {
        out.fill(11);
    }
}

/// Envelopes of a release, which another implementation opens: tests/independent/check.py. The key
/// is a test's and says so: 32 times 7.
#[test]
fn an_envelope_has_the_bytes_that_others_can_open() {
    let key = SealingKey::from_seed([7; 32]);
    let application = sample::application(&given_refused_and(Event::Withdrawn)[..2]);
    let content = application.sign(&sample::device());
    let (envelope_id, device) = (application.envelope_id, sample::device().id());
    let address = Address { envelope_id, device, schema: 1 };
    for (name, parts) in [("envelope", vec![]), ("envelope_with_parts", vec![Digest::of(b"p")])] {
        let sealed = seal_with_parts(&content, &key.public(), &address, &parts, &Fixed).unwrap();
        let opened = Sealed::parse(&sealed).unwrap().open(envelope_id, &key).unwrap();
        assert_eq!(*opened, content);
        is_golden(&format!("{name}.sealed"), sealed);
    }
}

fn judge(bundle: &Bundle) -> Result<Proved, Invalid> {
    Bundle::verify(&bundle.encode(), Some(&root().public()))
}

#[test]
fn every_event_and_every_level_is_proved() {
    for event in [Event::Withdrawn, Event::Expired, Event::Superseded] {
        let bundle = bundle(&given_refused_and(event));
        is_golden(&format!("{}.bundle", event.as_str()), bundle.encode());
        let proved = judge(&bundle).unwrap();
        let events: Vec<_> = proved.records.iter().map(ProvedRecord::event).collect();
        assert_eq!(events, [Event::Given, Event::Refused, event]);
        assert!(proved.records.iter().all(|r| r.received_at == Some(sample::SAVED_AT)));
    }
    for &level in Level::ALL {
        let assisted = level <= Level::OneTimeCode;
        let given = record(1, None, |answer| {
            answer.assurance.level = level;
            if assisted {
                let officer = Some("0731".into());
                answer.pressed = Pressed { actor: Actor::OfficerAssisted, officer };
            }
        });
        let bundle = bundle(&[given]);
        is_golden(&format!("{}.bundle", level.as_str()), bundle.encode());
        assert_eq!(judge(&bundle).unwrap().records[0].level(), level);
    }
}

#[test]
fn a_bundle_from_before_the_bank_had_it_says_so() {
    let mut early = bundle(&given_refused_and(Event::Withdrawn));
    early.head = None;
    early.records.iter_mut().for_each(|exhibit| exhibit.logged = None);
    let proved = judge(&early).unwrap();
    assert!(proved.records.iter().all(|record| record.received_at.is_none()));
}

/// What somebody who holds no key can change, and what somebody can who holds the device's.
#[test]
fn what_was_tampered_with_is_refused_for_its_reason() {
    let own = |edit: fn(&mut ConsentRecord)| {
        let mut records = given_refused_and(Event::Withdrawn);
        edit(&mut records[0]);
        records.truncate(1);
        bundle(&records)
    };
    let end = |edit: fn(&mut ConsentRecord)| {
        let mut records = given_refused_and(Event::Withdrawn);
        edit(&mut records[2]);
        bundle(&records)
    };
    let outside = |edit: fn(&mut Bundle)| {
        let mut whole = bundle(&given_refused_and(Event::Withdrawn));
        edit(&mut whole);
        whole
    };
    let cases = [
        ("a later version", outside(|b| b.version = 2), Invalid::Shape),
        ("no records", outside(|b| b.records.clear()), Invalid::Empty),
        ("another root", outside(|b| b.root = ack_key().public()), Invalid::OtherRoot),
        (
            "a directory by another key",
            outside(|b| b.directory = ByteBuf::from(directory().sign(&ack_key()))),
            Invalid::Directory,
        ),
        (
            "a catalogue by another key",
            outside(|b| {
                b.catalogues[0] = ByteBuf::from(sample::catalogue().sign(&ack_key()));
            }),
            Invalid::Catalogue,
        ),
        ("no catalogue", outside(|b| b.catalogues.clear()), Invalid::Words { at: 0 }),
        (
            "a catalogue that nothing needs",
            outside(|b| {
                let mut other = sample::catalogue();
                other.notices.iter_mut().for_each(|notice| notice.version = 9);
                b.catalogues.push(ByteBuf::from(other.sign(&catalogue_key())));
            }),
            Invalid::Catalogue,
        ),
        (
            "a head by another key",
            outside(|b| {
                let head = LogHead {
                    size: 1,
                    root: Digest::of(b""),
                    at: sample::SAVED_AT,
                    server_epoch: 1,
                };
                b.head = Some(ByteBuf::from(head.sign(&catalogue_key())));
            }),
            Invalid::Head,
        ),
        (
            "a head of another log",
            outside(|b| {
                let head = LogHead {
                    size: 11,
                    root: Digest::of(b""),
                    at: sample::SAVED_AT,
                    server_epoch: 1,
                };
                b.head = Some(ByteBuf::from(head.sign(&ack_key())));
            }),
            Invalid::Log { at: 0 },
        ),
        ("no head", outside(|b| b.head = None), Invalid::Log { at: 0 }),
        (
            "a head that nothing needs",
            outside(|b| b.records.iter_mut().for_each(|exhibit| exhibit.logged = None)),
            Invalid::Head,
        ),
        ("another device", outside(|b| b.device = root().public()), Invalid::Record { at: 0 }),
        ("the first left out", outside(|b| drop(b.records.remove(0))), Invalid::Ends { at: 1 }),
        ("records in another order", outside(|b| b.records.swap(0, 1)), Invalid::Chain { at: 1 }),
        (
            "a record twice",
            outside(|b| {
                let again = b.records[0].clone();
                b.records.insert(1, again);
            }),
            Invalid::Chain { at: 1 },
        ),
        (
            "the countersignature of another record",
            outside(|b| b.records[0].logged = b.records[1].logged.clone()),
            Invalid::Countersignature { at: 0 },
        ),
        (
            "another place in the log",
            outside(|b| {
                if let Some(logged) = &mut b.records[0].logged {
                    logged.index += 1;
                }
            }),
            Invalid::Log { at: 0 },
        ),
        (
            "a path cut short",
            outside(|b| {
                if let Some(logged) = &mut b.records[2].logged {
                    logged.path.pop();
                }
            }),
            Invalid::Log { at: 2 },
        ),
        ("words of another version", own(|r| r.notice.version = 2), Invalid::Words { at: 0 }),
        ("a notice nobody wrote", own(|r| r.notice.id = "x".into()), Invalid::Words { at: 0 }),
        ("other words", own(|r| r.notice.digest = Digest::of(b"other")), Invalid::Words { at: 0 }),
        ("words not shown", own(|r| r.notice.locale = Locale::En), Invalid::Words { at: 0 }),
        ("another purpose", own(|r| r.purpose.code = "ads".into()), Invalid::Words { at: 0 }),
        ("more data", own(|r| r.items.push(r.items[0].clone())), Invalid::Words { at: 0 }),
        ("for longer", own(|r| r.retention.days += 1), Invalid::Words { at: 0 }),
        ("more often", own(|r| r.fetch.max_count = 9), Invalid::Words { at: 0 }),
        (
            "another controller",
            own(|r| r.controller.enterprise_code = "x".into()),
            Invalid::Words { at: 0 },
        ),
        ("by an officer", own(|r| r.principal.role = Role::Officer), Invalid::Entitled { at: 0 }),
        ("by a spouse", own(|r| r.principal.role = Role::Spouse), Invalid::Entitled { at: 0 }),
        (
            "on a tablet as if on an own phone",
            own(|r| {
                let officer = Some("1".into());
                r.pressed = Pressed { actor: Actor::OfficerAssisted, officer };
            }),
            Invalid::Entitled { at: 0 },
        ),
        (
            "on a tablet, where the bank asks for more",
            {
                let mut catalogue = sample::catalogue();
                catalogue.notices[0].level = Some(Level::OneTimeCode);
                let mut tablet = own(|r| r.assurance.level = Level::OfficersTablet);
                tablet.catalogues[0] = ByteBuf::from(catalogue.sign(&catalogue_key()));
                tablet
            },
            Invalid::Assurance { at: 0 },
        ),
        ("too fast", own(|r| r.manner.dwell_ms = 1), Invalid::Pressed { at: 0 }),
        ("by nobody", own(|r| r.manner.control = Control::None), Invalid::Pressed { at: 0 }),
        ("chosen beforehand", own(|r| r.manner.default_off = false), Invalid::Pressed { at: 0 }),
        (
            "a first with one before",
            own(|r| r.prev = Some(r.notice.digest)),
            Invalid::Chain { at: 0 },
        ),
        (
            "an end of nothing",
            end(|r| r.happened.ends = Some([9; 16].into())),
            Invalid::Ends { at: 2 },
        ),
        (
            "an end of a refusal",
            end(|r| r.happened.ends = Some([2; 16].into())),
            Invalid::Ends { at: 2 },
        ),
        ("an end of less", end(|r| r.items.clear()), Invalid::Ends { at: 2 }),
        ("an end that follows another", end(|r| r.prev = None), Invalid::Chain { at: 2 }),
    ];
    assert!(cases.len() >= 30);
    for (name, tampered, expected) in cases {
        assert_eq!(judge(&tampered).unwrap_err(), expected, "{name}");
    }
}

#[test]
fn every_single_byte_counts() {
    let bytes = bundle(&given_refused_and(Event::Withdrawn)).encode();
    assert!(Bundle::verify(&bytes, None).is_ok());
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(Bundle::verify(&changed, None).is_err(), "byte {at}");
    }
    for cut in [0, 1, bytes.len() / 2, bytes.len() - 1] {
        assert!(Bundle::verify(&bytes[..cut], None).is_err());
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert!(Bundle::verify(&longer, None).is_err());
}

/// A guarantor's own credit, next to the enterprise's data: each by whom it is about.
#[test]
fn a_person_and_an_enterprise_are_different_subjects() {
    assert!(Role::Guarantor.may_consent(DataKind::CreditQuery, &[]));
    let crossed = record(1, None, |answer| answer.principal.role = Role::Guarantor);
    assert_eq!(judge(&bundle(&[crossed])).unwrap_err(), Invalid::Entitled { at: 0 });
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Bundle::verify(&bytes, None).is_err());
    }
}
