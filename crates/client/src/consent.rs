//! Step 2: what is agreed, refused, taken back.
//!
//! A press is kept with the draft at once. Its signed record is made at submission, when the
//! enterprise is known, with the time and manner of the press. A withdrawal is a record of its own
//! in the urgent lane, and cancels an application that has not left yet.

use crate::{
    again::InsteadOf,
    cases::CaseNote,
    certificates::{KeptCertificate, Wanted},
    chain::ChainHead,
    core::Core,
    drafts::{Decision, DraftError, draft_id},
    officer::Hands,
    post::{Handover, PostError},
    store::StoreError,
    vault::{Moment, VaultError},
};
use lending::{
    application::{self, Withdrawal},
    consent::{Control, Event, MIN_DWELL_MS, Manner, Times, VerifiedRecord},
};
use outbox::EntryId;
use seal::{Digest, SigningKey, Timestamp, cbor, random_bytes, sealed};
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};
use std::sync::PoisonError;
use uuid::Uuid;
use wire::{
    bank::schema,
    ipc::{
        ConsentAnswer, ConsentDecision, ConsentKind, ConsentRecordView, ConsentsView,
        DecideConsentRequest, DraftView, NoticeLineView, TextView,
    },
};

pub(crate) const RECORD: &str = "consent_record";

/// Why a press or a withdrawal was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// Pressed before the page could be read: part of a double tap.
    #[error("pressed {dwell_ms} ms after the page was drawn")]
    TooFast {
        /// Milliseconds between drawing and press.
        dwell_ms: u64,
    },
    /// Decided before; a second press changes nothing.
    #[error("already decided")]
    AlreadyDecided,
    /// An officer pressed.
    #[error("an officer may not consent")]
    Officer,
    /// Agreed to on an officer's device, which is not sure enough for it.
    #[error("it needs a phone of one's own")]
    OwnPhoneNeeded,
    /// The words are not those in force.
    #[error("the notice changed")]
    NoticeChanged,
    /// No record has this id, or it is no agreement.
    #[error("no such consent")]
    Unknown,
    /// The draft.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The bank has no key to seal to.
    #[error("no key to seal to")]
    NoSealingKey,
    /// The seal.
    #[error(transparent)]
    Seal(#[from] sealed::SealError),
    /// The outbox.
    #[error(transparent)]
    Post(#[from] PostError),
    /// The vault or the file.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<StoreError> for ConsentError {
    fn from(error: StoreError) -> Self {
        Self::Vault(error.into())
    }
}

/// A record as it is kept, with what the screen shows of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeptRecord {
    pub signed: ByteBuf,
    pub case: Uuid,
    pub kind: ConsentKind,
    pub question: TextView,
    pub lines: Vec<NoticeLineView>,
    pub branch: TextView,
    pub withdrawn: Option<WithdrawnBy>,
    /// Ended before the bank had it: by its last day, or asked anew in other words.
    #[serde(default)]
    pub ended: bool,
    /// The notice as it was signed in the catalogue, encoded; none in records from before copies.
    #[serde(default)]
    pub notice: Option<ByteBuf>,
}

/// Which withdrawal took a consent back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WithdrawnBy {
    pub envelope: Uuid,
    pub at_ms: u64,
    /// What the bank did then, once it said so.
    #[serde(default)]
    pub certificate: Option<KeptCertificate>,
}

impl Core {
    /// Keeps a press on a consent page: never an officer's.
    pub fn decide_consent(&self, request: DecideConsentRequest) -> Result<DraftView, ConsentError> {
        let officer = match self.hands()? {
            Hands::Own => None,
            Hands::HandedOver { officer } => Some(officer),
            Hands::Officers => return Err(ConsentError::Officer),
        };
        if request.dwell_ms < MIN_DWELL_MS {
            return Err(ConsentError::TooFast { dwell_ms: request.dwell_ms });
        }
        let known = self.known().ok_or(DraftError::NoCatalogue)?;
        let notice = known
            .catalogue
            .notice(&request.notice_id)
            .filter(|notice| notice.version == request.version)
            .ok_or(ConsentError::NoticeChanged)?;
        let is_given = request.answer == ConsentAnswer::Give;
        if is_given && officer.is_some() && notice.needs_own_phone() {
            return Err(ConsentError::OwnPhoneNeeded);
        }
        let times = self.times(self.now());
        let id = draft_id(&request.draft_id)?;
        self.change_draft(id, |draft| {
            let asked = draft.place(&known)?.product.notices.contains(&notice.id);
            if !asked {
                return Err(ConsentError::NoticeChanged);
            }
            let is_answered = self.answers(id, draft, &known)?.is_some();
            if is_answered || draft.decision(notice).is_some() {
                return Err(ConsentError::AlreadyDecided);
            }
            draft.decisions.retain(|decision| decision.notice_id != notice.id);
            draft.decisions.push(Decision {
                notice_id: notice.id.clone(),
                digest: notice.digest(request.locale.into()),
                locale: request.locale,
                given: is_given,
                times,
                officer,
                manner: Manner {
                    control: request.pressed_with.into(),
                    default_off: true,
                    dwell_ms: request.dwell_ms,
                    scrolled_to_end: request.scrolled_to_end,
                    full_text_opened: request.full_text_opened,
                    screen: (request.screen_width, request.screen_height),
                    adapted: request.adapted.iter().copied().map(Into::into).collect(),
                },
            });
            Ok(())
        })
    }

    /// All consents of this device that were submitted, newest first.
    pub fn consents(&self) -> Result<ConsentsView, ConsentError> {
        let mut records = Vec::new();
        let device = self.device_key()?.public();
        for row in self.store.rows(RECORD)? {
            let kept: KeptRecord = match self.vault.read(RECORD, &row) {
                Ok(kept) => kept,
                Err(VaultError::Unreadable(_)) => continue,
                Err(e) => return Err(e.into()),
            };
            let Ok(record) = VerifiedRecord::verify(&kept.signed, &device) else { continue };
            if record.event().is_answer() && !kept.ended {
                records.push((record.device_seq, self.record_view(&row.id, kept, &record)));
            }
        }
        // By number within a moment; numbers alone would mix the keys of a device that lost one.
        records.sort_by_key(|(seq, view)| std::cmp::Reverse((view.decided_at_ms, *seq)));
        let records = records.into_iter().map(|(_, view)| view).collect();
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(ConsentsView { records, asked: asked.map(|id| id.to_string()) })
    }

    fn record_view(
        &self,
        id: &[u8],
        kept: KeptRecord,
        record: &VerifiedRecord,
    ) -> ConsentRecordView {
        let decision = match (&kept.withdrawn, record.event()) {
            (Some(_), _) => ConsentDecision::Withdrawn,
            (None, Event::Given) => ConsentDecision::Given,
            (None, _) => ConsentDecision::Refused,
        };
        let stop =
            kept.withdrawn.as_ref().map(|by| self.stop_view(by.envelope, by.certificate.as_ref()));
        let delivered = |by: &WithdrawnBy| self.is_delivered(by.envelope);
        ConsentRecordView {
            record_id: Uuid::from_slice(id).unwrap_or_default().to_string(),
            case_id: kept.case.to_string(),
            kind: kept.kind,
            question: kept.question,
            lines: kept.lines,
            version: record.notice.version,
            branch: kept.branch,
            decision,
            decided_at_ms: record.times.wall.as_millis(),
            withdrawn_at_ms: kept.withdrawn.as_ref().map(|by| by.at_ms),
            withdrawal_delivered: kept.withdrawn.as_ref().is_some_and(delivered),
            upstream: self.upstream_view(id, record),
            stop,
            digest: record.digest().to_hex(),
        }
    }

    /// Takes a consent back: at once on this device, at the bank as soon as it is reached.
    ///
    /// An application that has not left yet is cancelled in the same commit as the withdrawal is
    /// queued. Withdrawing twice changes nothing.
    pub fn withdraw_consent(&self, record_id: &str) -> Result<ConsentsView, ConsentError> {
        let _posting = self.posting.lock().unwrap_or_else(PoisonError::into_inner);
        self.post_what_was_saved()?;
        let id = Uuid::try_parse(record_id).map_err(|_| ConsentError::Unknown)?;
        let row = self.store.row(RECORD, id.as_bytes())?.ok_or(ConsentError::Unknown)?;
        let kept: KeptRecord = self.vault.read(RECORD, &row)?;
        if kept.withdrawn.is_some() {
            return self.consents();
        }
        self.withdraw(id, kept, Vec::new())?;
        self.consents()
    }

    /// Ends the consents of a case that is asked anew: a record of its own for each that was given,
    /// and the given ones with their mark.
    pub fn end_consents_of(
        &self,
        before: &InsteadOf,
        device: &SigningKey,
        head: &mut ChainHead,
    ) -> Result<Vec<([u8; 16], KeptRecord)>, ConsentError> {
        let mut ended = Vec::new();
        for row in self.store.rows(RECORD)? {
            let Ok(mut kept) = self.vault.read::<KeptRecord>(RECORD, &row) else { continue };
            let Ok(id) = <[u8; 16]>::try_from(row.id.as_slice()) else { continue };
            let is_open = kept.case == before.case && kept.withdrawn.is_none() && !kept.ended;
            let Ok(record) = VerifiedRecord::verify(&kept.signed, &device.public()) else {
                continue;
            };
            if !is_open || record.event() != Event::Given {
                continue;
            }
            let link = head.next(random_bytes(&*self.ports.entropy));
            let times = self.times(self.now());
            let signed = record.ended(before.end_of_consents(), link, nobody_pressed(), times);
            let signed = signed.sign(device);
            *head = head.after(&signed);
            kept.ended = true;
            let end = KeptRecord { signed: ByteBuf::from(signed), ..kept.clone() };
            ended.extend([(id, kept), (link.record_id, end)]);
        }
        Ok(ended)
    }

    /// Withdraws once more what an earlier withdrawal took back, because that one cannot be sent
    /// (any more): a record of its own, and the earlier envelope is cancelled with it.
    pub fn withdraw_again(&self, envelope: Uuid) -> Result<Uuid, ConsentError> {
        let _posting = self.posting.lock().unwrap_or_else(PoisonError::into_inner);
        self.post_what_was_saved()?;
        let device = self.device_key()?.public();
        for row in self.store.rows(RECORD)? {
            let Ok(kept) = self.vault.read::<KeptRecord>(RECORD, &row) else { continue };
            let is_it = kept.withdrawn.as_ref().is_some_and(|by| by.envelope == envelope)
                && VerifiedRecord::verify(&kept.signed, &device)
                    .is_ok_and(|record| record.event() == Event::Given);
            if is_it {
                let id = Uuid::from_slice(&row.id).map_err(|_| ConsentError::Unknown)?;
                return self.withdraw(id, kept, vec![envelope]);
            }
        }
        Err(ConsentError::Unknown)
    }

    /// Signs, saves and posts a withdrawal; gives its envelope. The posting lock is held.
    fn withdraw(
        &self,
        id: Uuid,
        mut kept: KeptRecord,
        instead_of: Vec<Uuid>,
    ) -> Result<Uuid, ConsentError> {
        let device = self.device_key()?;
        let original = VerifiedRecord::verify(&kept.signed, &device.public())
            .ok()
            .filter(|record| record.event() == Event::Given)
            .ok_or(ConsentError::Unknown)?;
        let head = self.chain_head(&device)?;
        let envelope = self.new_id();
        let link = head.next(random_bytes(&*self.ports.entropy));
        let signed = original
            .ended(Event::Withdrawn, link, withdrawal_manner(), self.times(self.now()))
            .sign(&device);
        let note = CaseNote::Withdrawal { branch: kept.branch.clone() };
        let case = kept.case;
        let cancels = [vec![case], instead_of.clone()].concat();
        let handover = self.withdrawal_handover(envelope, &signed, &note, cancels, &device)?;
        let at = Moment::of(&self.ports);
        kept.withdrawn = Some(WithdrawnBy { envelope, at_ms: at.now_ms, certificate: None });
        let withdrawal = KeptRecord { signed: ByteBuf::from(signed.clone()), ..kept.clone() };
        let wanted = Wanted { envelope, consent: id, withdrawal: Uuid::from_bytes(link.record_id) };
        self.store.write("withdraw", |tx| {
            self.want_certificate(tx, wanted)?;
            self.put_record(tx, *id.as_bytes(), &kept, &device, at)?;
            self.put_record(tx, link.record_id, &withdrawal, &device, at)?;
            self.put_chain_head(tx, &device, head.after(&signed))?;
            self.remember(tx, envelope, &note, at)?;
            for before in &instead_of {
                self.replace_lost(tx, *before)?;
            }
            Ok::<_, ConsentError>(handover.put(tx)?)
        })?;
        for before in instead_of {
            self.no_longer_lost(before);
        }
        tracing::info!(envelope.id = %envelope, case.id = %case, "saved the withdrawal of a consent");
        self.post_what_was_saved()?;
        Ok(envelope)
    }

    fn withdrawal_handover(
        &self,
        envelope: Uuid,
        signed: &[u8],
        note: &CaseNote,
        cancels: Vec<Uuid>,
        device: &SigningKey,
    ) -> Result<Handover, ConsentError> {
        let content = cbor::encode(&Withdrawal {
            schema_version: application::SCHEMA_VERSION,
            device: device.public(),
            record: ByteBuf::from(signed),
        });
        Ok(Handover {
            id: envelope,
            urgent: true,
            note: ByteBuf::from(self.encrypt_note(envelope, note)?),
            body: ByteBuf::from(self.seal(&content, envelope, schema::WITHDRAWAL, &[], device)?),
            saved_at: self.now(),
            parts: Vec::new(),
            cancels,
        })
    }

    /// Seals a content to the bank's current key; `parts` were sealed before.
    pub fn seal(
        &self,
        content: &[u8],
        envelope: Uuid,
        schema: u8,
        parts: &[Digest],
        device: &SigningKey,
    ) -> Result<Vec<u8>, ConsentError> {
        let known = self.known().ok_or(DraftError::NoCatalogue)?;
        let recipient =
            known.directory.sealing_key(self.now()).ok_or(ConsentError::NoSealingKey)?;
        let address =
            sealed::Address { envelope_id: *envelope.as_bytes(), device: device.id(), schema };
        Ok(sealed::seal_with_parts(content, recipient, &address, parts, &*self.ports.entropy)?)
    }

    pub fn times(&self, wall: Timestamp) -> Times {
        Times {
            wall,
            monotonic_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            run: ByteArray::new(self.run),
            last_server_time: self.last_server_time(),
        }
    }

    pub fn put_record(
        &self,
        tx: &rusqlite::Transaction<'_>,
        record_id: [u8; 16],
        kept: &KeptRecord,
        device: &SigningKey,
        at: Moment<'_>,
    ) -> Result<(), VaultError> {
        self.put_upstream(tx, &record_id, kept, &device.public(), at)?;
        self.vault.put(tx, RECORD, &record_id, kept, at)
    }

    /// Whether the bank's verified acknowledgement of an envelope is here.
    pub fn is_delivered(&self, envelope: Uuid) -> bool {
        let entry = self.outbox.entry(EntryId(envelope));
        matches!(entry, Ok(Some(head)) if matches!(head.state, outbox::EntryState::Delivered { .. }))
    }
}

/// A withdrawal is one press on a list; there is no page to dwell on.
fn withdrawal_manner() -> Manner {
    Manner {
        control: Control::Pointer,
        default_off: true,
        dwell_ms: 0,
        scrolled_to_end: false,
        full_text_opened: false,
        screen: (0, 0),
        adapted: Vec::new(),
    }
}

/// An end that came by itself.
fn nobody_pressed() -> Manner {
    Manner { control: Control::None, ..withdrawal_manner() }
}
