//! A consent notice (授权书): the words of one question, about one kind of data, to one recipient.
//!
//! What a person agrees to is exactly what was rendered: [`Notice::digest`] covers every string of
//! the page in the language it was shown in.

use crate::{
    Locale, Text,
    consent::{Fetch, ItemAsked, Level, Recipient, RecipientRole, Subject},
    numbered::numbered,
};
use seal::{Digest, cbor};
use serde::{Deserialize, Serialize};

/// Most Han characters on a consent page. At 230 characters a minute, the pace of a reader over
/// 60, it keeps a page under 25 s. Source: docs/adr/0008.
pub const MAX_HAN_ON_PAGE: usize = 90;

/// A kind of data that a consent is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataKind {
    /// Tax returns and payments (税务).
    Tax,
    /// Takings: payments into the shop's accounts (收款流水).
    Transactions,
    /// Invoices made out and received (发票).
    Invoices,
    /// Water, power, gas, social insurance and other public records (水电, 公共信用).
    PublicRecords,
    /// Orders on selling and delivery platforms (平台订单).
    PlatformOrders,
    /// The business registry (工商登记).
    BusinessRegistry,
    /// A query of a person's credit report (查询个人征信).
    CreditQuery,
    /// Telling the credit database about this loan (报送征信).
    CreditReporting,
    /// Passing the application on to a guarantee company (转给担保公司).
    PassingOn,
}

impl DataKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Tax,
        Self::Transactions,
        Self::Invoices,
        Self::PublicRecords,
        Self::PlatformOrders,
        Self::BusinessRegistry,
        Self::CreditQuery,
        Self::CreditReporting,
        Self::PassingOn,
    ];

    /// The word for storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tax => "tax",
            Self::Transactions => "transactions",
            Self::Invoices => "invoices",
            Self::PublicRecords => "public_records",
            Self::PlatformOrders => "platform_orders",
            Self::BusinessRegistry => "business_registry",
            Self::CreditQuery => "credit_query",
            Self::CreditReporting => "credit_reporting",
            Self::PassingOn => "passing_on",
        }
    }

    /// Whose data it is.
    pub const fn subject(self) -> Subject {
        match self {
            Self::CreditQuery | Self::CreditReporting => Subject::Person,
            Self::Tax
            | Self::Transactions
            | Self::Invoices
            | Self::PublicRecords
            | Self::PlatformOrders
            | Self::BusinessRegistry
            | Self::PassingOn => Subject::Enterprise,
        }
    }

    /// The least assurance at which a consent to it counts, whatever a bank asks.
    ///
    /// A consent to a person's credit report is given in writing (征信业管理条例 18), and an electronic
    /// signature stands for that only when it was made under the signer's sole control
    /// (电子签名法 13, 14): on a device of their own, not on an officer's tablet. For data of the
    /// enterprise a press on the tablet, with the officer named, is enough.
    pub const fn least_level(self) -> Level {
        match self.subject() {
            Subject::Person => Level::OwnDevice,
            Subject::Enterprise => Level::OfficersTablet,
        }
    }

    /// Whether it is asked only when an offer is taken, in writing, with the adverse effects first
    /// (征信业管理条例 14, 18).
    pub const fn is_with_offer(self) -> bool {
        matches!(self, Self::CreditQuery | Self::CreditReporting)
    }
}

/// A short line of a consent page, in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Who looks (谁来查).
    Who,
    /// What is looked at (查什么).
    What,
    /// What for (做什么).
    Why,
    /// How long it is kept (留多久).
    Kept,
    /// How to take it back (想撤回).
    Withdraw,
}

impl Line {
    /// Every line; a page has each exactly once, in this order.
    pub const ALL: [Self; 5] = [Self::Who, Self::What, Self::Why, Self::Kept, Self::Withdraw];
}

/// A paragraph of the full text, in its order. 个人信息保护法 17, 30.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paragraph {
    /// Why it is asked.
    Why,
    /// Who looks.
    Who,
    /// What is looked at, and what is not.
    What,
    /// Where it comes from.
    Source,
    /// How long it holds and is kept.
    HowLong,
    /// Who else gets it.
    WhoElse,
    /// What happens on refusal.
    IfRefused,
    /// How to take it back.
    Withdraw,
    /// The person's rights, and where to complain.
    Rights,
}

impl Paragraph {
    /// Every paragraph; a full text has each exactly once, in this order.
    pub const ALL: [Self; 9] = [
        Self::Why,
        Self::Who,
        Self::What,
        Self::Source,
        Self::HowLong,
        Self::WhoElse,
        Self::IfRefused,
        Self::Withdraw,
        Self::Rights,
    ];
}

/// One data item read under a consent, by code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataItem {
    /// Code of the item, e.g. `tax.returns`.
    pub code: String,
    /// Sensitive personal information (个人信息保护法 28).
    pub sensitive: bool,
    /// Where it comes from, e.g. `e-tax`.
    pub source: String,
}

numbered! {
    /// How data is processed. 个人信息保护法 17, 24.
    Processing {
        /// By rules that a computer applies, and by staff.
        RulesAndStaff = 1, "rules_and_staff";
    }

    /// How data is collected. 个人信息保护法 17.
    Collection {
        /// Queried at its source.
        Queried = 1, "queried";
        /// From the bank's own books.
        OwnBooks = 2, "own_books";
        /// Sent by the bank to somebody else.
        Sent = 3, "sent";
    }

    /// From when the days of keeping count.
    RetentionBasis {
        /// From the day the loan was declined.
        Declined = 1, "declined";
        /// From the day the loan was repaid.
        LoanEnded = 2, "loan_ended";
    }

    /// What happens when the days of keeping are over.
    Expiry {
        /// It is deleted.
        Delete = 1, "delete";
    }
}

/// How often the bank reads again under one consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// Least days between two times.
    pub every_days: u16,
    /// Most times in all.
    pub max_count: u16,
}

/// How long what was read is kept. 个人信息保护法 19.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Days.
    pub days: u16,
    /// From when.
    pub basis: RetentionBasis,
    /// What happens then.
    pub on_expiry: Expiry,
}

/// Somebody other than the bank who receives the data. 个人信息保护法 23.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherRecipient {
    /// What it is to the bank.
    pub role: RecipientRole,
    /// Its name.
    pub name: Text,
    /// Its telephone.
    pub contact: String,
}

/// A consent notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Names the notice over all its versions.
    pub id: String,
    /// Grows by one with each change of words or lists.
    pub version: u32,
    /// The kind of data.
    pub kind: DataKind,
    /// What harm it may do, shown first and highlighted; a must for credit reports
    /// (征信业管理条例 14), none elsewhere.
    pub adverse_effect: Option<Text>,
    /// The question on top, one plain sentence.
    pub question: Text,
    /// The short lines, each of [`Line::ALL`] once and in that order.
    pub lines: Vec<(Line, Text)>,
    /// The full text, each of [`Paragraph::ALL`] once and in that order.
    pub full_text: Vec<(Paragraph, Text)>,
    /// The agree button; names the act.
    pub agree: Text,
    /// The refuse button.
    pub refuse: Text,
    /// What happens on refusal, and the other way.
    pub if_refused: Text,
    /// Why the application cannot be decided without it; none when it can.
    pub necessary_because: Option<Text>,
    /// Purpose code of the one purpose.
    pub purpose: String,
    /// The data items, by code.
    pub items: Vec<DataItem>,
    /// How it is processed.
    pub processing: Processing,
    /// How it is collected.
    pub collection: Collection,
    /// Who receives it, when it is not the bank.
    pub recipient: Option<OtherRecipient>,
    /// Months back that are read.
    pub months_back: u16,
    /// How often it is read again; none when it is read once.
    pub repeat: Option<Repeat>,
    /// Days from the press during which the bank may read.
    pub valid_days: u16,
    /// How long it is kept.
    pub retention: Retention,
    /// The system where the data's own authorisation is given, if one is needed.
    pub upstream: Option<String>,
    /// The assurance that the bank asks for where [`DataKind::least_level`] is too little to it.
    /// Nobody is shown it, so it is not among the words of the digest. Absent when there is none, so
    /// that such a notice has the bytes it had before there were levels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<Level>,
}

impl Notice {
    /// The digest of what is rendered in one language: what a consent record names. It covers the
    /// lists behind the words too.
    pub fn digest(&self, locale: Locale) -> Digest {
        let words = self.words(locale);
        Digest::of(&cbor::encode(&(
            "sanbu/notice/1",
            &self.id,
            self.version,
            locale,
            words,
            &self.items,
            (&self.purpose, &self.processing, &self.collection, &self.recipient),
            (self.months_back, self.repeat, self.valid_days, &self.retention, &self.upstream),
        )))
    }

    /// The least assurance at which a consent to it counts: what the kind of data needs, or more.
    pub fn needed_level(&self) -> Level {
        self.level.unwrap_or(Level::OfficersTablet).max(self.kind.least_level())
    }

    /// Whether an officer's tablet is not enough to agree to it.
    pub fn needs_own_phone(&self) -> bool {
        self.needed_level() > Level::OfficersTablet
    }

    /// Every string of the page and of the full text in one language, from top to bottom.
    pub fn words(&self, locale: Locale) -> Vec<&str> {
        self.texts().map(|text| text.get(locale)).collect()
    }

    /// Where the bank shows these words to everybody, below its host.
    pub fn path(&self) -> String {
        format!("n/{}/{}", self.id, self.version)
    }

    /// Field 10 of its records.
    pub fn recipient(&self) -> Recipient {
        Recipient {
            role: self.recipient.as_ref().map_or(RecipientRole::Controller, |other| other.role),
            country: "CN".into(),
            name: self.recipient.as_ref().map(|other| other.name.zh_hans.clone()),
            contact: self.recipient.as_ref().map(|other| other.contact.clone()),
        }
    }

    /// Field 12 of its records.
    pub fn items_asked(&self) -> Vec<ItemAsked> {
        let asked = |item: &DataItem| ItemAsked {
            code: item.code.clone(),
            sensitive: item.sensitive,
            source: item.source.clone(),
        };
        self.items.iter().map(asked).collect()
    }

    /// Field 16 of its records.
    pub fn fetch(&self) -> Fetch {
        match self.repeat {
            None => Fetch { max_count: 1, every_days: None },
            Some(Repeat { every_days, max_count }) => {
                Fetch { max_count, every_days: Some(every_days) }
            }
        }
    }

    /// Han characters a reader sees before opening the full text.
    pub fn han_on_page(&self) -> usize {
        self.texts_on_page().map(|text| han_characters(&text.zh_hans)).sum()
    }

    /// What stands on the page, from top to bottom.
    fn texts_on_page(&self) -> impl Iterator<Item = &Text> {
        self.adverse_effect
            .iter()
            .chain([&self.question])
            .chain(self.lines.iter().map(|(_, text)| text))
            .chain([&self.agree, &self.refuse, &self.if_refused])
            .chain(&self.necessary_because)
    }

    /// Every string of the page and of the full text.
    fn texts(&self) -> impl Iterator<Item = &Text> {
        self.texts_on_page().chain(self.full_text.iter().map(|(_, text)| text))
    }

    /// What is wrong with the notice, in English; none when it may be shown.
    pub fn fault(&self) -> Option<String> {
        if !self.texts().all(Text::is_complete) {
            return Some("a text is missing in a language".into());
        }
        if !self.lines.iter().map(|(line, _)| *line).eq(Line::ALL) {
            return Some("the lines are not who, what, why, kept, withdraw".into());
        }
        if !self.full_text.iter().map(|(paragraph, _)| *paragraph).eq(Paragraph::ALL) {
            return Some("the full text has not each paragraph once, in order".into());
        }
        if self.items.is_empty() {
            return Some("the list of data is empty".into());
        }
        if self.agree.zh_hans == self.refuse.zh_hans {
            return Some("the two buttons say the same".into());
        }
        if self.kind.is_with_offer() != self.adverse_effect.is_some() {
            return Some("adverse effects belong to credit reports, and only there".into());
        }
        if self.kind == DataKind::PassingOn && self.recipient.is_none() {
            return Some("it passes data on and does not say to whom".into());
        }
        if self.repeat.is_some_and(|repeat| repeat.max_count < 2 || repeat.every_days == 0) {
            return Some("what is read once is not repeated".into());
        }
        let han = self.han_on_page();
        (han > MAX_HAN_ON_PAGE).then(|| format!("{han} Han characters on the page"))
    }
}

/// Han characters in a text (CJK Unified Ideographs and extension A).
pub fn han_characters(text: &str) -> usize {
    text.chars().filter(|c| matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')).count()
}
