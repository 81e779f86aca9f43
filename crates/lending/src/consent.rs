//! What was agreed to, refused or taken back, and the proof of it (授权凭证, 撤回).
//!
//! One record is about one purpose and one recipient. It is a CBOR map with integer keys, signed
//! by the device key in the namespace `sanbu/consent/1`, and names the digest of the record before
//! it on the same device. Fields follow ISO/IEC TS 27560; the law each one serves stands beside it.

use crate::{Locale, notice::Notice};
use seal::{
    Digest, KeyId, Namespace, PublicKey, SigningKey, Timestamp, cbor, sign, sign::SignatureError,
};
use serde::{Deserialize, Serialize};
use serde_indexed::{DeserializeIndexed, SerializeIndexed};

/// Version of the record's shape.
pub const SCHEMA_VERSION: u8 = 1;

/// Shortest time between a page being drawn and a press that counts. Below it the press belongs
/// to the page before: a double tap. Source: docs/adr/0008.
pub const MIN_DWELL_MS: u64 = 600;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Agreed to.
    Given,
    /// Refused; not asked again in this application.
    Refused,
    /// Taken back.
    Withdrawn,
}

/// The capacity in which a person acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Legal representative or owner (企业主).
    Owner,
    /// A clerk with a delegation.
    Clerk,
    /// A bank officer (客户经理).
    Officer,
}

impl Role {
    /// Whether this role may consent to reading an enterprise's data. An officer never may.
    pub const fn may_consent(self) -> bool {
        matches!(self, Self::Owner | Self::Clerk)
    }
}

/// Field 7: who consents, without a readable identifier.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Principal {
    /// HMAC-SHA256 of the mobile number under the bank's salt.
    pub pseudonym: Digest,
    /// The capacity.
    pub role: Role,
    /// The enterprise the data is about.
    pub enterprise_code: String,
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
}

/// Fields 9 and 10: who receives the data. PIPL 17, 23.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Party {
    /// Name, in Chinese.
    pub name: String,
    /// Enterprise code.
    pub enterprise_code: String,
    /// Telephone.
    pub contact: String,
    /// Branch.
    pub branch: String,
    /// Country of processing.
    pub country: String,
}

/// Field 15: the months of data, as days `YYYY-MM-DD` inclusive.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct DataRange {
    /// First day.
    pub from: String,
    /// Last day.
    pub to: String,
}

/// Field 21: how the button was pressed; proof that the page was there to be read.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Manner {
    /// `pointer` or `keyboard`.
    pub control: String,
    /// Nothing was chosen beforehand.
    pub default_off: bool,
    /// Milliseconds between drawing and press.
    pub dwell_ms: u64,
    /// The full text was opened.
    pub full_text_opened: bool,
    /// Page size in CSS pixels.
    pub screen: (u32, u32),
    /// Large type was on.
    pub large_type: bool,
}

/// Field 22: clock evidence.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Times {
    /// Wall time of the press, by the device.
    pub wall: Timestamp,
    /// The bank's own time when it was last heard, by its signature.
    pub last_server_time: Option<Timestamp>,
}

/// A consent record. The order of fields is their key on the wire, from 1.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct ConsentRecord {
    /// 1: shape of the record. ISO/IEC TS 27560.
    pub schema_version: u8,
    /// 2: names the record.
    #[serde(with = "serde_bytes")]
    pub record_id: [u8; 16],
    /// 3: digest of the record before it on this device; none for the first.
    pub prev: Option<Digest>,
    /// 4: the device: the id of its key.
    pub device: KeyId,
    /// 5: dense per device, from 1.
    pub device_seq: u64,
    /// 6: the envelope it belongs to.
    #[serde(with = "serde_bytes")]
    pub envelope_id: [u8; 16],
    /// 7: who.
    pub principal: Principal,
    /// 8: the words.
    pub notice: NoticeShown,
    /// 9: the controller.
    pub controller: Party,
    /// 10: the recipient.
    pub recipient: Party,
    /// 11: purpose code. 征信业管理条例 20.
    pub purpose: String,
    /// 12: data items by code. 网络数据安全管理条例 21.
    pub items: Vec<String>,
    /// 13: how it is collected and processed. PIPL 17.
    pub method: String,
    /// 14: legal basis: `13-1` consent. PIPL 13.
    pub legal_basis: String,
    /// 15: which months.
    pub data_range: DataRange,
    /// 16: how often it is fetched: `once`.
    pub fetch: String,
    /// 17: from when until when the bank may read.
    pub valid: (Timestamp, Timestamp),
    /// 18: days kept after the loan is declined. PIPL 19.
    pub kept_days: u16,
    /// 19: whether the application needs it. PIPL 30.
    pub necessary: bool,
    /// 20: what happened, and the record it takes the place of.
    pub event: (Event, Option<serde_bytes::ByteArray<16>>),
    /// 21: how.
    pub manner: Manner,
    /// 22: when.
    pub times: Times,
    /// 23: staff number of an officer who was present; none for an owner alone.
    pub officer_present: Option<String>,
    /// 24: 2 = the owner's own device key; 0 = an officer's tablet. 电子签名法 13.
    pub assurance: u8,
    /// 25: digest of the ticket; none for a typed branch number.
    pub ticket: Option<Digest>,
    /// 26: the system where the data's own authorisation is still to be given.
    pub upstream: Option<String>,
    /// 27: version of the app.
    pub app_version: String,
}

/// A consent record whose signature holds, with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRecord {
    record: ConsentRecord,
    signed: Vec<u8>,
}

impl ConsentRecord {
    /// Signs the record with the device key.
    pub fn sign(&self, device: &SigningKey) -> Vec<u8> {
        sign::sign(Namespace::Consent, &cbor::encode(self), device)
    }

    /// What happened.
    pub const fn event(&self) -> Event {
        self.event.0
    }

    /// The withdrawal of this record: its own record, signed and chained in its turn.
    #[must_use]
    pub fn withdrawal(&self, link: Link, manner: Manner, times: Times) -> Self {
        Self {
            record_id: link.record_id,
            prev: link.prev,
            device_seq: link.device_seq,
            event: (Event::Withdrawn, Some(serde_bytes::ByteArray::new(self.record_id))),
            manner,
            times,
            ..self.clone()
        }
    }

    /// Whether the record names exactly these words in this version and language.
    pub fn is_about(&self, notice: &Notice) -> bool {
        self.notice.id == notice.id
            && self.notice.version == notice.version
            && self.notice.digest == notice.digest(self.notice.locale)
    }
}

/// Where a new record stands in the device's chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub record_id: [u8; 16],
    /// Digest of the record before it.
    pub prev: Option<Digest>,
    /// Its number, from 1.
    pub device_seq: u64,
}

impl VerifiedRecord {
    /// Reads a record that `device` signed.
    ///
    /// # Errors
    /// [`SignatureError`]; another shape counts as [`SignatureError::Shape`].
    pub fn verify(signed: &[u8], device: &PublicKey) -> Result<Self, SignatureError> {
        let payload = sign::verify(Namespace::Consent, signed, device)?;
        let record: ConsentRecord = cbor::decode(&payload).map_err(|_| SignatureError::Shape)?;
        let ours = record.schema_version == SCHEMA_VERSION && record.device == device.id();
        if !ours {
            return Err(SignatureError::Shape);
        }
        Ok(Self { record, signed: signed.to_vec() })
    }

    /// The signed bytes.
    pub fn signed(&self) -> &[u8] {
        &self.signed
    }

    /// What any copy can be compared with, and what the next record names.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.signed)
    }
}

impl std::ops::Deref for VerifiedRecord {
    type Target = ConsentRecord;

    fn deref(&self) -> &ConsentRecord {
        &self.record
    }
}

/// The days of data that a consent pressed at `at` covers: whole calendar months back.
pub fn data_range(at: Timestamp, months_back: u16) -> DataRange {
    let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    let day = jiff::Timestamp::from_millisecond(millis)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)))
        .date();
    let from = day.saturating_sub(jiff::Span::new().months(i32::from(months_back)));
    DataRange { from: from.to_string(), to: day.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_owner_and_clerk_consent_for_an_enterprise() {
        assert!(Role::Owner.may_consent());
        assert!(Role::Clerk.may_consent());
        assert!(!Role::Officer.may_consent());
    }

    #[test]
    fn data_ranges_are_calendar_months_in_chinese_time() {
        // 2026-11-21T17:00Z is 2026-11-22 01:00 in Beijing.
        let at = Timestamp::from_millis(1_795_280_400_000);
        assert_eq!(
            data_range(at, 24),
            DataRange { from: "2024-11-22".into(), to: "2026-11-22".into() }
        );
    }
}
