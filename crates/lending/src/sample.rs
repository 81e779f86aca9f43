//! One small bank for the tests of this crate: a branch, a product, two notices.

use crate::Locale;
use crate::{
    Text,
    application::{Application, Entry, SCHEMA_VERSION},
    catalogue::{Bank, Branch, Catalogue, Grid, Officer, Product, ProductFee, Purpose},
    check::BranchCode,
    consent::{
        self, ConsentRecord, DataRange, Event, Manner, NoticeShown, Party, Principal, Role, Times,
    },
    cost::{Fee, FeeSize, FeeTiming, RepaymentMethod},
    money::{Fen, Months, RateBps},
    notice::{DataItem, DataKind, Line, Notice},
    subject::{EnterpriseCode, Mobile, checksum},
};
use seal::{Digest, KeyDirectory, SigningKey, Timestamp};
use serde_bytes::ByteBuf;

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
        question: text("同意吗"),
        lines: Line::ALL.map(|line| (line, text("一行"))).into(),
        full_text: vec![text("全文")],
        agree: text("同意"),
        refuse: text("不同意"),
        if_refused: text("也能申请"),
        purpose: "credit-decision".into(),
        items: vec![DataItem { code: "x".into(), sensitive: true, source: "s".into() }],
        months_back: 12,
        valid_days: 30,
        kept_days: 30,
        necessary: false,
        upstream: None,
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
            next_steps: vec![text("等电话")],
        }],
        notices: vec![notice("tax", DataKind::Tax), notice("flow", DataKind::Transactions)],
    }
}

pub fn directory() -> KeyDirectory {
    KeyDirectory { bank: "B".into(), version: 1, issued_at: SAVED_AT, keys: vec![] }
}

pub fn device() -> SigningKey {
    SigningKey::from_seed([5; 32])
}

pub fn record(notice: &Notice, seq: u64, prev: Option<Digest>) -> ConsentRecord {
    let party = Party {
        name: "行".into(),
        enterprise_code: enterprise_code(),
        contact: "1".into(),
        branch: "LQ01".into(),
        country: "CN".into(),
    };
    ConsentRecord {
        schema_version: consent::SCHEMA_VERSION,
        record_id: [seq as u8; 16],
        prev,
        device: device().id(),
        device_seq: seq,
        envelope_id: [1; 16],
        principal: Principal {
            pseudonym: Digest::of(b"p"),
            role: Role::Owner,
            enterprise_code: enterprise_code(),
        },
        notice: NoticeShown {
            id: notice.id.clone(),
            version: notice.version,
            digest: notice.digest(Locale::ZhHans),
            locale: Locale::ZhHans,
        },
        controller: party.clone(),
        recipient: party,
        purpose: notice.purpose.clone(),
        items: vec!["x".into()],
        method: "query".into(),
        legal_basis: "13-1".into(),
        data_range: DataRange { from: "2025-11-22".into(), to: "2026-11-22".into() },
        fetch: "once".into(),
        valid: (SAVED_AT, SAVED_AT.plus_millis(1)),
        kept_days: 30,
        necessary: false,
        event: (Event::Given, None),
        manner: Manner {
            control: "pointer".into(),
            default_off: true,
            dwell_ms: 900,
            full_text_opened: false,
            screen: (360, 740),
            large_type: false,
        },
        times: Times { wall: SAVED_AT, last_server_time: None },
        officer_present: None,
        assurance: 2,
        ticket: None,
        upstream: None,
        app_version: "test".into(),
    }
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
    }
}
