//! One small bank for the tests of this crate: a branch, a product, two notices.

use crate::Locale;
use crate::{
    Text,
    application::{Application, Entry, SCHEMA_VERSION},
    catalogue::{Bank, Branch, Catalogue, Grid, Officer, Product, ProductFee, Purpose},
    check::BranchCode,
    consent::{
        Actor, Answer, App, Assurance, ConsentRecord, Control, Event, Level, Link, Manner, Pressed,
        Principal, Role, Times, UpstreamStatus,
    },
    cost::{Fee, FeeSize, FeeTiming, RepaymentMethod},
    money::{Fen, Months, RateBps},
    notice::{
        Collection, DataItem, DataKind, Expiry, Line, Notice, Paragraph, Processing, Retention,
        RetentionBasis,
    },
    subject::{EnterpriseCode, Mobile, checksum},
};
use seal::{Digest, KeyDirectory, SigningKey, Timestamp};
use serde_bytes::{ByteArray, ByteBuf};

pub const SAVED_AT: Timestamp = Timestamp::from_millis(1_795_312_800_000);

pub fn enterprise_code() -> String {
    let first = "91990000MA0000001";
    format!("{first}{}", checksum::enterprise_code(first).unwrap())
}

fn text(words: &str) -> Text {
    Text::new(words, words)
}

pub fn notice(id: &str, kind: DataKind) -> Notice {
    Notice {
        id: id.into(),
        version: 1,
        kind,
        adverse_effect: None,
        question: text("同意吗"),
        lines: Line::ALL.map(|line| (line, text("一行"))).into(),
        full_text: Paragraph::ALL.map(|paragraph| (paragraph, text("全文"))).into(),
        agree: text("同意"),
        refuse: text("不同意"),
        if_refused: text("也能申请"),
        necessary_because: None,
        purpose: "credit-decision".into(),
        items: vec![DataItem { code: "x".into(), sensitive: true, source: "s".into() }],
        processing: Processing::RulesAndStaff,
        collection: Collection::Queried,
        recipient: None,
        months_back: 12,
        repeat: None,
        valid_days: 30,
        retention: Retention {
            days: 30,
            basis: RetentionBasis::Declined,
            on_expiry: Expiry::Delete,
        },
        upstream: None,
        level: None,
    }
}

pub fn catalogue() -> Catalogue {
    let months = |n| Months::new(n).unwrap();
    Catalogue {
        version: 1,
        issued_at: SAVED_AT,
        bank: Bank {
            code: "B".into(),
            host: "b.example".into(),
            name: text("行"),
            enterprise_code: enterprise_code(),
            phone: "1".into(),
            pseudonym_salt: [0; 32],
        },
        branches: vec![Branch {
            code: BranchCode::new("LQ01").unwrap(),
            name: text("支行"),
            address: text("街"),
            phone: "1".into(),
            grids: vec![Grid { code: "G".into(), name: text("网格"), officer: "0731".into() }],
            usual_product: "P".into(),
        }],
        officers: vec![Officer {
            staff_number: "0731".into(),
            name: "甲".into(),
            branch: BranchCode::new("LQ01").unwrap(),
            phone: "1".into(),
        }],
        products: vec![Product {
            code: "P".into(),
            name: text("贷"),
            headline: text("用"),
            min: Fen::from_yuan(10_000),
            max: Fen::from_yuan(500_000),
            step: Fen::from_yuan(100),
            chips: vec![],
            terms: vec![months(6), months(12)],
            usual_term: months(12),
            rate: RateBps::new(435).unwrap(),
            rate_to: RateBps::new(565).unwrap(),
            method: RepaymentMethod::EqualInstalments,
            fees: vec![ProductFee {
                name: text("担保费"),
                payee: text("担保公司"),
                fee: Fee {
                    key: "g".into(),
                    size: FeeSize::Amount(Fen::from_yuan(100)),
                    timing: FeeTiming::FirstRepayment,
                },
            }],
            purposes: vec![Purpose { code: "stock".into(), name: text("进货") }],
            notices: vec!["tax".into(), "flow".into()],
            offer_notices: Vec::new(),
            next_steps: vec![text("等电话")],
        }],
        notices: vec![notice("tax", DataKind::Tax), notice("flow", DataKind::Transactions)],
        upstream_guides: Vec::new(),
    }
}

pub fn directory() -> KeyDirectory {
    KeyDirectory { bank: "B".into(), version: 1, issued_at: SAVED_AT, keys: vec![] }
}

pub fn device() -> SigningKey {
    SigningKey::from_seed([5; 32])
}

/// An owner's agreement on their own phone.
pub fn answer() -> Answer {
    Answer {
        envelope_id: [1; 16],
        principal: Principal {
            pseudonym: Digest::of(b"p"),
            role: Role::Owner,
            enterprise_code: enterprise_code(),
            delegated: Vec::new(),
        },
        locale: Locale::ZhHans,
        branch: "LQ01".into(),
        event: Event::Given,
        manner: Manner {
            control: Control::Pointer,
            default_off: true,
            dwell_ms: 900,
            scrolled_to_end: true,
            full_text_opened: false,
            screen: (360, 740),
            adapted: Vec::new(),
        },
        times: Times {
            wall: SAVED_AT,
            monotonic_ms: 60_000,
            run: ByteArray::new([9; 8]),
            last_server_time: None,
        },
        pressed: Pressed { actor: Actor::Myself, officer: None },
        assurance: Assurance { level: Level::OwnDevice, evidence: Vec::new() },
        ticket: None,
        upstream: UpstreamStatus::Needed,
        app: App { version: "test".into(), build: None },
    }
}

pub fn record(notice: &Notice, seq: u64, prev: Option<Digest>) -> ConsentRecord {
    let link = Link { record_id: [seq as u8; 16], prev, device_seq: seq };
    ConsentRecord::of(notice, &catalogue().bank, answer(), device().id(), link)
}

/// An application by a typed branch number, with these records.
pub fn application(records: &[ConsentRecord]) -> Application {
    Application {
        schema_version: SCHEMA_VERSION,
        envelope_id: [1; 16],
        device: device().public(),
        device_seq: 1,
        saved_at: SAVED_AT,
        entry: Entry::Typed,
        branch: BranchCode::new("LQ01").unwrap(),
        grid: None,
        product: "P".into(),
        officer: None,
        enterprise_code: EnterpriseCode::parse(&enterprise_code()).unwrap(),
        mobile: Mobile::parse("19900000001").unwrap(),
        amount: Fen::from_yuan(100_000),
        term: Months::new(12).unwrap(),
        purpose: None,
        catalogue_version: 1,
        annual_percent_shown: "4.35".into(),
        consents: records.iter().map(|r| ByteBuf::from(r.sign(&device()))).collect(),
        parts: Vec::new(),
        consent_device: None,
    }
}
