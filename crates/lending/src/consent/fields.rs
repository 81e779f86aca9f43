//! The groups of fields of a consent record. Their order is their key on the wire, from 1; a field
//! with nothing to say is left out, and a word from a closed list travels as its number.

use super::role::Role;
use crate::Locale;
use crate::notice::DataKind;
use crate::notice::{Collection, Expiry, Processing, RetentionBasis};
use crate::numbered::numbered;
use seal::{Digest, Timestamp};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;
use serde_indexed::{DeserializeIndexed, SerializeIndexed};

/// Field 7: who consents, without a readable identifier.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Principal {
    /// HMAC-SHA256 under the bank's salt: of the mobile number, or, on one's own phone in a visit,
    /// where none is typed, of the phone's public key.
    pub pseudonym: Digest,
    /// The capacity.
    pub role: Role,
    /// The enterprise that applies.
    pub enterprise_code: String,
    /// What a clerk's delegation names (授权委托书); its digest is among the evidence.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub delegated: Vec<DataKind>,
}

/// Field 8: the words that were shown. PIPL 17.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct NoticeShown {
    /// Notice id.
    pub id: String,
    /// Notice version.
    pub version: u32,
    /// Digest of exactly what was rendered.
    pub digest: Digest,
    /// In this language.
    pub locale: Locale,
    /// Where the bank shows these words to everybody, below its host.
    pub path: String,
}

/// Field 9: who decides on the data (个人信息处理者). PIPL 17.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Controller {
    /// Name, in Chinese.
    pub name: String,
    /// Enterprise code.
    pub enterprise_code: String,
    /// Telephone.
    pub contact: String,
    /// Branch.
    pub branch: String,
}

/// Field 10: who receives the data. PIPL 23.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Recipient {
    /// What it is to the controller.
    pub role: RecipientRole,
    /// Country of processing.
    pub country: String,
    /// Name, in Chinese; none when it is the controller itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Telephone; none when it is the controller itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
}

numbered! {
    /// What a recipient is.
    RecipientRole {
        /// The bank itself.
        Controller = 1, "controller";
        /// A guarantee company (担保公司).
        Guarantor = 2, "guarantor";
        /// The credit database (征信系统).
        CreditBureau = 3, "credit_bureau";
    }
}

/// Field 11: the one purpose. 征信业管理条例 20.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Purpose {
    /// Its code.
    pub code: String,
    /// The string of the notice that says it.
    pub text: TextId,
}

numbered! {
    /// A string of a notice that a record points at.
    TextId {
        /// What for.
        Why = 1, "why";
        /// What a refusal means, and the other way.
        IfRefused = 2, "if_refused";
        /// Why the application cannot be decided without it.
        NecessaryBecause = 3, "necessary_because";
    }
}

/// Field 12: one data item. 网络数据安全管理条例 21.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct ItemAsked {
    /// Its code.
    pub code: String,
    /// Sensitive personal information (个人信息保护法 28).
    pub sensitive: bool,
    /// Where it comes from.
    pub source: String,
}

/// Field 13: how the data is collected and processed. PIPL 17.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Method {
    /// How it is processed.
    pub processing: Processing,
    /// How it is collected.
    pub collection: Collection,
}

/// Field 14: on what the processing rests. PIPL 13.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LegalBasis {
    /// Consent: 13, number 1. The only one that a record of ours can have; what a contract or a
    /// duty makes necessary is never put to a person as a question.
    #[serde(rename = "13-1")]
    Consent,
}

/// Field 15: the months of data, inclusive.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct DataRange {
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
}

/// A calendar day in China: days after 1970-01-01 (RFC 8943).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i32);

impl Day {
    /// The day it is at `at`, in Chinese time, and `months` calendar months before it.
    pub fn of(at: Timestamp, months: u16) -> Self {
        let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
        let day = jiff::Timestamp::from_millisecond(millis)
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
            .to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)))
            .date();
        let before = day.saturating_sub(jiff::Span::new().months(i32::from(months)));
        Self(before.since(EPOCH).map_or(0, |span| span.get_days()))
    }

    /// The day it is `months` calendar months after `at`, in Chinese time.
    pub fn after(at: Timestamp, months: u16) -> Self {
        let span = jiff::Span::new().months(i32::from(months));
        let after = EPOCH.saturating_add(jiff::Span::new().days(Self::of(at, 0).0));
        Self(after.saturating_add(span).since(EPOCH).map_or(i32::MAX, |span| span.get_days()))
    }

    /// As people write it, `2026-11-22`; a day that no calendar has is the first of 1970.
    pub fn text(self) -> String {
        EPOCH.saturating_add(jiff::Span::new().days(self.0.clamp(-MAX_DAY, MAX_DAY))).to_string()
    }
}

const EPOCH: jiff::civil::Date = jiff::civil::date(1970, 1, 1);

/// Some 5,000 years: what a calendar library still counts.
const MAX_DAY: i32 = 2_000_000;

/// Field 16: how often it is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Fetch {
    /// Most times in all.
    pub max_count: u16,
    /// Least days between two times; none when it is fetched once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every_days: Option<u16>,
}

/// Field 17: from when until when the bank may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Valid {
    /// First moment.
    pub from: Timestamp,
    /// Last moment.
    pub until: Timestamp,
}

/// Field 18: how long it is kept. PIPL 19.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Retained {
    /// Days.
    pub days: u16,
    /// From when.
    pub basis: RetentionBasis,
    /// What happens then.
    pub on_expiry: Expiry,
}

/// Field 19: whether the application needs it, and what it may do to the person. PIPL 30;
/// 征信业管理条例 14.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Impact {
    /// The adverse effects stood first on the page.
    pub adverse_effect_shown: bool,
    /// The string that says what a refusal means.
    pub impact: TextId,
    /// The string that says why the application cannot be decided without it; none when it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub necessity: Option<TextId>,
}

numbered! {
    /// What happened.
    Event {
        /// Agreed to.
        Given = 1, "given";
        /// Refused; not asked again in this application.
        Refused = 2, "refused";
        /// Taken back.
        Withdrawn = 3, "withdrawn";
        /// Ended before the bank had it, by its own last day.
        Expired = 4, "expired";
        /// Asked again because words or prices had changed before the bank had it.
        Superseded = 5, "superseded";
    }
}

impl Event {
    /// Whether it is the answer to a question, and not the end of an earlier answer.
    pub const fn is_answer(self) -> bool {
        matches!(self, Self::Given | Self::Refused)
    }
}

/// Field 20: what happened, and to which record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Happened {
    /// What.
    pub event: Event,
    /// The record of the same device that it ends; none for an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<ByteArray<16>>,
}

numbered! {
    /// How a button was pressed.
    Control {
        /// By a finger, a pen or a mouse.
        Pointer = 1, "pointer";
        /// By a key or a switch.
        Keyboard = 2, "keyboard";
        /// By nobody: a date or a change of words.
        None = 3, "none";
    }
}

numbered! {
    /// How the page was adapted to the person.
    Adapted {
        /// Large type (大字).
        LargeType = 1, "large_type";
        /// The system's high-contrast colours.
        Contrast = 2, "contrast";
        /// Less motion.
        LessMotion = 3, "less_motion";
        /// Light text on dark.
        Dark = 4, "dark";
    }
}

/// Field 21: how the button was pressed; proof that the page was there to be read.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Manner {
    /// With what.
    pub control: Control,
    /// Nothing was chosen beforehand.
    pub default_off: bool,
    /// Milliseconds between drawing and press.
    pub dwell_ms: u64,
    /// The whole page had been on the screen.
    pub scrolled_to_end: bool,
    /// The full text was opened.
    pub full_text_opened: bool,
    /// Page size in CSS pixels.
    pub screen: (u32, u32),
    /// How the page was adapted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub adapted: Vec<Adapted>,
}

/// Field 22: clock evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Times {
    /// Wall time, by the device.
    pub wall: Timestamp,
    /// Milliseconds since the app was started, by a clock that nobody can set.
    pub monotonic_ms: u64,
    /// Which start of the app, drawn at random: two monotonic times compare only within one.
    pub run: ByteArray<8>,
    /// The bank's own time when it was last heard, by its signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_server_time: Option<Timestamp>,
}

numbered! {
    /// Who pressed.
    Actor {
        /// The person the consent is of.
        Myself = 1, "self";
        /// A clerk with a delegation.
        AuthorisedAgent = 2, "authorised_agent";
        /// The person, on an officer's tablet.
        OfficerAssisted = 3, "officer_assisted";
    }
}

/// Field 23: who pressed, and who stood by.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Pressed {
    /// Who.
    pub actor: Actor,
    /// Staff number of an officer who was there; none for a person alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub officer: Option<String>,
}

numbered! {
    /// How sure it is that the right person pressed. 电子签名法 13, 14.
    Level {
        /// On an officer's tablet.
        OfficersTablet = 0, "officers_tablet";
        /// The same, and a one-time code sent to the owner's phone.
        OneTimeCode = 1, "one_time_code";
        /// By the device key of the owner's own phone or computer.
        OwnDevice = 2, "own_device";
        /// With the certificate of a licensed authority.
        Certificate = 3, "certificate";
    }
}

/// Field 24: the level, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Assurance {
    /// The level.
    pub level: Level,
    /// Digests of what it rests on: a code's proof, a certificate, a delegation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Digest>,
}

impl Assurance {
    /// The level that counts: a one-time code or a certificate without what it rests on is no more
    /// than the level below it.
    pub fn counted(&self) -> Level {
        match self.level {
            Level::OneTimeCode if self.evidence.is_empty() => Level::OfficersTablet,
            Level::Certificate if self.evidence.is_empty() => Level::OwnDevice,
            level => level,
        }
    }
}

numbered! {
    /// How far the data's own authorisation is (the e-tax platform's, 资金流平台's).
    UpstreamStatus {
        /// Still to be given there.
        Needed = 1, "needed";
        /// The person said it is given; the system was not asked yet.
        Said = 2, "said";
        /// The system says it is given.
        Given = 3, "given";
        /// The system says it is refused or has ended.
        Refused = 4, "refused";
    }
}

/// Field 26: the authorisation in the system the data lies in.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct UpstreamAuth {
    /// Which system.
    pub system: String,
    /// How far it was.
    pub status: UpstreamStatus,
    /// When that was known; none for the moment of the press.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The system's own number of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Field 27: the app that showed the page.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct App {
    /// Its version.
    pub version: String,
    /// First bytes of the SHA-256 of its program; none where the platform hides it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build: Option<ByteArray<8>>,
}
