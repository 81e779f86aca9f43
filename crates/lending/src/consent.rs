//! What was agreed to, refused or taken back, and the proof of it (授权凭证, 撤回).
//!
//! One record is about one purpose and one recipient. It is a CBOR map with integer keys, signed
//! by the device key in the namespace `sanbu/consent/1`, and names the digest of the record before
//! it on the same device. Fields follow ISO/IEC TS 27560; the law each one serves stands beside it.
//! What a notice fixes is never written twice: [`ConsentRecord::of`] takes it from the notice, and
//! [`ConsentRecord::is_of`] is how the bank holds a record against the notice again.

mod fields;
mod role;

pub use fields::*;
pub use role::{Role, Subject};

use crate::{Locale, application::MAX_CLOCK_AHEAD_MS, catalogue::Bank, notice::Notice};
use seal::{
    Digest, KeyId, Namespace, PublicKey, SigningKey, Timestamp, cbor, sign, sign::SignatureError,
};
use serde_bytes::ByteArray;
use serde_indexed::{DeserializeIndexed, SerializeIndexed};

/// Version of the record's shape.
pub const SCHEMA_VERSION: u8 = 1;

/// Shortest time between a page being drawn and a press that counts. Below it the press belongs
/// to the page before: a double tap. Source: docs/adr/0008.
pub const MIN_DWELL_MS: u64 = 600;

/// Longest signed record, bytes: three of them fit one poster-sized code. Source: docs/consent.md.
pub const MAX_SIGNED_BYTES: usize = 700;

const DAY_MS: u64 = 24 * 3600 * 1000;

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
    pub controller: Controller,
    /// 10: the recipient.
    pub recipient: Recipient,
    /// 11: purpose.
    pub purpose: Purpose,
    /// 12: data items.
    pub items: Vec<ItemAsked>,
    /// 13: how it is collected and processed.
    pub method: Method,
    /// 14: legal basis.
    pub legal_basis: LegalBasis,
    /// 15: which months.
    pub data_range: DataRange,
    /// 16: how often it is fetched.
    pub fetch: Fetch,
    /// 17: from when until when the bank may read.
    pub valid: Valid,
    /// 18: how long it is kept.
    pub retention: Retained,
    /// 19: whether the application needs it, and what a refusal means.
    pub impact: Impact,
    /// 20: what happened.
    pub happened: Happened,
    /// 21: how.
    pub manner: Manner,
    /// 22: when.
    pub times: Times,
    /// 23: who pressed.
    pub pressed: Pressed,
    /// 24: how sure that is.
    pub assurance: Assurance,
    /// 25: digest of the ticket; none for a typed branch number.
    pub ticket: Option<Digest>,
    /// 26: the authorisation in the system the data lies in; none when it needs none.
    pub upstream: Option<UpstreamAuth>,
    /// 27: the app.
    pub app: App,
}

/// An answer on a consent page, with all that the notice does not fix.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The envelope it belongs to.
    pub envelope_id: [u8; 16],
    /// Who.
    pub principal: Principal,
    /// In which language the page was.
    pub locale: Locale,
    /// Branch code.
    pub branch: String,
    /// Agreed or refused.
    pub event: Event,
    /// How.
    pub manner: Manner,
    /// When.
    pub times: Times,
    /// Who pressed.
    pub pressed: Pressed,
    /// How sure that is.
    pub assurance: Assurance,
    /// Digest of the ticket.
    pub ticket: Option<Digest>,
    /// How far the data's own authorisation was, when it needs one.
    pub upstream: UpstreamStatus,
    /// The app.
    pub app: App,
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

/// A consent record whose signature holds, with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRecord {
    record: ConsentRecord,
    signed: Vec<u8>,
}

impl ConsentRecord {
    /// The record of an answer to `notice`.
    pub fn of(notice: &Notice, bank: &Bank, answer: Answer, device: KeyId, link: Link) -> Self {
        let at = answer.times.wall;
        Self {
            schema_version: SCHEMA_VERSION,
            record_id: link.record_id,
            prev: link.prev,
            device,
            device_seq: link.device_seq,
            envelope_id: answer.envelope_id,
            principal: answer.principal,
            notice: NoticeShown {
                id: notice.id.clone(),
                version: notice.version,
                digest: notice.digest(answer.locale),
                locale: answer.locale,
                path: notice.path(),
            },
            controller: Controller {
                name: bank.name.zh_hans.clone(),
                enterprise_code: bank.enterprise_code.clone(),
                contact: bank.phone.clone(),
                branch: answer.branch,
            },
            recipient: notice.recipient(),
            purpose: Purpose { code: notice.purpose.clone(), text: TextId::Why },
            items: notice.items_asked(),
            method: Method { processing: notice.processing, collection: notice.collection },
            legal_basis: LegalBasis::Consent,
            data_range: data_range(at, notice.months_back),
            fetch: notice.fetch(),
            valid: Valid { from: at, until: at.plus_millis(u64::from(notice.valid_days) * DAY_MS) },
            retention: Retained {
                days: notice.retention.days,
                basis: notice.retention.basis,
                on_expiry: notice.retention.on_expiry,
            },
            impact: Impact {
                adverse_effect_shown: notice.adverse_effect.is_some(),
                impact: TextId::IfRefused,
                necessity: notice.necessary_because.as_ref().map(|_| TextId::NecessaryBecause),
            },
            happened: Happened { event: answer.event, ends: None },
            manner: answer.manner,
            times: answer.times,
            pressed: answer.pressed,
            assurance: answer.assurance,
            ticket: answer.ticket,
            upstream: notice.upstream.as_ref().map(|system| UpstreamAuth {
                system: system.clone(),
                status: answer.upstream,
                at: None,
                reference: None,
            }),
            app: answer.app,
        }
    }

    /// Whether the record says of exactly this notice what the notice fixes: its words in the
    /// record's language, the data, the months, how often, until when, who receives it.
    pub fn is_of(&self, notice: &Notice, bank: &Bank) -> bool {
        let answer = Answer {
            envelope_id: self.envelope_id,
            principal: self.principal.clone(),
            locale: self.notice.locale,
            branch: self.controller.branch.clone(),
            event: self.event(),
            manner: self.manner.clone(),
            times: self.times,
            pressed: self.pressed.clone(),
            assurance: self.assurance.clone(),
            ticket: self.ticket,
            upstream: self.upstream.as_ref().map_or(UpstreamStatus::Needed, |auth| auth.status),
            app: self.app.clone(),
        };
        let link = Link { record_id: self.record_id, prev: self.prev, device_seq: self.device_seq };
        let mut expected = Self::of(notice, bank, answer, self.device, link);
        expected.happened.ends = self.happened.ends;
        if let (Some(expected), Some(own)) = (&mut expected.upstream, &self.upstream) {
            (expected.at, expected.reference) = (own.at, own.reference.clone());
        }
        *self == expected
    }

    /// Whether the person who pressed may consent to this notice: by the role table, by a
    /// delegation that is among the evidence, and never an officer.
    pub fn is_by_entitled(&self, notice: &Notice) -> bool {
        let is_delegated = self.principal.role == Role::Clerk;
        let actor_fits = match self.pressed.actor {
            Actor::Myself => !is_delegated,
            Actor::AuthorisedAgent => is_delegated && !self.assurance.evidence.is_empty(),
            Actor::OfficerAssisted => {
                self.pressed.officer.is_some() && self.assurance.level <= Level::OneTimeCode
            }
        };
        actor_fits && self.principal.role.may_consent(notice.kind, &self.principal.delegated)
    }

    /// Whether it is as sure as `notice` needs it that the right person pressed. A refusal or the end
    /// of a consent needs no proof: nothing is done on the strength of it.
    pub fn is_sure_enough(&self, notice: &Notice) -> bool {
        self.event() != Event::Given || self.assurance.counted() >= notice.needed_level()
    }

    /// Whether the application cannot be decided without it.
    pub const fn is_necessary(&self) -> bool {
        self.impact.necessity.is_some()
    }

    /// Whether it is valid at `now` by the bank's clock. A device's clock may run ahead by
    /// [`MAX_CLOCK_AHEAD_MS`](crate::application::MAX_CLOCK_AHEAD_MS).
    pub fn is_alive(&self, now: Timestamp) -> bool {
        let ahead_ms = self.valid.from.millis_since(now);
        self.event() == Event::Given && ahead_ms <= MAX_CLOCK_AHEAD_MS && now <= self.valid.until
    }

    /// Whether the page was there to be read, and nothing was chosen beforehand.
    pub const fn is_pressed_with_care(&self) -> bool {
        self.manner.default_off
            && self.manner.dwell_ms >= MIN_DWELL_MS
            && !matches!(self.manner.control, Control::None)
    }

    /// Signs the record with the device key.
    pub fn sign(&self, device: &SigningKey) -> Vec<u8> {
        sign::sign(Namespace::Consent, &cbor::encode(self), device)
    }

    /// What happened.
    pub const fn event(&self) -> Event {
        self.happened.event
    }

    /// The end of this record: its own record, signed and chained in its turn. `event` says
    /// whether a person took it back, its last day passed, or it was asked anew.
    #[must_use]
    pub fn ended(&self, event: Event, link: Link, manner: Manner, times: Times) -> Self {
        Self {
            record_id: link.record_id,
            prev: link.prev,
            device_seq: link.device_seq,
            happened: Happened { event, ends: Some(ByteArray::new(self.record_id)) },
            manner,
            times,
            ..self.clone()
        }
    }
}

impl VerifiedRecord {
    /// Reads a record that `device` signed.
    ///
    /// # Errors
    /// [`SignatureError`]; another shape counts as [`SignatureError::Shape`].
    pub fn verify(signed: &[u8], device: &PublicKey) -> Result<Self, SignatureError> {
        let payload = sign::verify(Namespace::Consent, signed, device)?;
        let record: ConsentRecord = cbor::decode(&payload).map_err(|_| SignatureError::Shape)?;
        let ours = record.schema_version == SCHEMA_VERSION
            && record.device == device.id()
            && record.event().is_answer() == record.happened.ends.is_none();
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

    /// Whether it may stand behind `before`, a record of the same device: numbers grow, and of two
    /// that stand side by side on the device, the later names the earlier. None stands for nothing
    /// shown before it: only number 1 names nothing.
    pub fn follows(&self, before: Option<&Self>) -> bool {
        if (self.device_seq == 1) != self.prev.is_none() {
            return false;
        }
        match before {
            None => self.device_seq > 0,
            Some(before) if self.device_seq == before.device_seq.saturating_add(1) => {
                self.prev == Some(before.digest())
            }
            Some(before) => self.device_seq > before.device_seq,
        }
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
    DataRange { from: Day::of(at, months_back), to: Day::of(at, 0) }
}

#[cfg(test)]
#[path = "consent_tests.rs"]
mod tests;
