//! From presses to signed consent records.

use crate::{
    chain::ChainHead,
    consent::KeptRecord,
    drafts::{Decision, Draft},
    known::Known,
};
use lending::{
    consent::{
        Actor, Answer, App, Assurance, ConsentRecord, Event, Level, Link, Pressed, Principal, Role,
        UpstreamStatus,
    },
    notice::Notice,
};
use seal::{Digest, Entropy, SigningKey, Timestamp, cbor, random_bytes};
use serde_bytes::ByteBuf;
use uuid::Uuid;
use wire::{convert::notice_lines, ipc::TextView};

/// Everything besides the decision that the records of one application share.
pub(crate) struct RecordContext<'a> {
    pub known: &'a Known,
    pub draft: &'a Draft,
    pub envelope: Uuid,
    pub principal: &'a Principal,
    pub device: &'a SigningKey,
    /// Staff number of the officer who stood by, on an owner's own phone.
    pub officer: Option<String>,
    pub ticket: Option<Digest>,
    pub app: App,
}

impl RecordContext<'_> {
    /// Signs the record of each press on `notices`, one behind the other in the chain; a notice
    /// that was not decided has none.
    pub fn sign_all(
        &self,
        notices: &[&Notice],
        head: &mut ChainHead,
        branch: &TextView,
        entropy: &dyn Entropy,
    ) -> Vec<([u8; 16], KeptRecord)> {
        let decided =
            notices.iter().filter_map(|notice| Some((*notice, self.draft.decision(notice)?)));
        decided
            .map(|(notice, decision)| {
                let link = head.next(random_bytes(entropy));
                let signed = record_of(self, notice, decision, link).sign(self.device);
                *head = head.after(&signed);
                (link.record_id, kept(notice, signed, self.envelope, branch.clone()))
            })
            .collect()
    }
}

/// The record of a press.
fn record_of(
    context: &RecordContext<'_>,
    notice: &Notice,
    decision: &Decision,
    link: Link,
) -> ConsentRecord {
    let (actor, level) = match decision.officer {
        None => (Actor::Myself, Level::OwnDevice),
        Some(_) => (Actor::OfficerAssisted, Level::OfficersTablet),
    };
    let answer = Answer {
        envelope_id: *context.envelope.as_bytes(),
        principal: context.principal.clone(),
        locale: decision.locale.into(),
        branch: context.draft.branch.as_str().to_owned(),
        event: if decision.given { Event::Given } else { Event::Refused },
        manner: decision.manner.clone(),
        times: decision.times,
        pressed: Pressed {
            actor,
            officer: decision.officer.clone().or_else(|| context.officer.clone()),
        },
        assurance: Assurance { level, evidence: Vec::new() },
        ticket: context.ticket,
        upstream: UpstreamStatus::Needed,
        app: context.app.clone(),
    };
    ConsentRecord::of(notice, &context.known.catalogue.bank, answer, context.device.id(), link)
}

/// Until when the bank may read what was agreed to.
pub(crate) fn valid_until(notice: &Notice, decision: &Decision) -> Timestamp {
    const DAY_MS: u64 = 24 * 3600 * 1000;
    decision.times.wall.plus_millis(u64::from(notice.valid_days) * DAY_MS)
}

/// The principal of an application: the owner, under a pseudonym made of `who`.
pub(crate) fn principal(salt: &[u8; 32], who: &str, enterprise_code: &str) -> Principal {
    Principal {
        pseudonym: Digest::keyed(salt, who.as_bytes()),
        role: Role::Owner,
        enterprise_code: enterprise_code.to_owned(),
        delegated: Vec::new(),
    }
}

/// What the screen will show of a record.
fn kept(notice: &Notice, signed: Vec<u8>, case: Uuid, branch: TextView) -> KeptRecord {
    KeptRecord {
        signed: ByteBuf::from(signed),
        case,
        kind: notice.kind.into(),
        question: (&notice.question).into(),
        lines: notice_lines(notice),
        branch,
        withdrawn: None,
        ended: false,
        notice: Some(ByteBuf::from(cbor::encode(notice))),
    }
}
