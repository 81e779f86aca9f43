//! A submitted case as this device knows it: its note, its receipt, and what can be done with it.

use crate::{
    again::Terms,
    consent::ConsentError,
    core::{Core, outbox_time},
    drafts::{Decided, Draft},
    known::Known,
    vault::VaultError,
};
use lending::{
    acknowledgement::VerifiedAck,
    application::Wish,
    catalogue::Place,
    money::{Fen, Months},
};
use outbox::{EntryHead, EntryId, EntryState, Lane, MoveError};
use seal::{Digest, PublicKey, Timestamp, rows::RowPlace};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use wire::{
    convert::officer_view,
    ipc::{
        BranchView, CaseConsentView, CaseState, CaseView, ConsentDecision, EntryAct, EntryView,
        OfficerView, ParkedReason, TextView,
    },
};

/// Park reasons, as the outbox keeps them. The outbox has one of its own: [`outbox::DAMAGED`].
pub(crate) mod park {
    use outbox::ParkReason;

    /// The bank holds another content under the same id.
    pub const CONFLICT: ParkReason = ParkReason::known("conflict");
    /// The bank could not take the envelope.
    pub const REFUSED: ParkReason = ParkReason::known("refused");
    /// Prices or words changed while it waited.
    pub const STALE: ParkReason = ParkReason::known("stale");
    /// A consent in it ended while it waited.
    pub const EXPIRED: ParkReason = ParkReason::known("expired");
}

/// Why a case was not shown or moved. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// No case has this id.
    #[error("no such case")]
    Unknown,
    /// It was delivered; taking it back on the device alone would be a lie.
    #[error("the case was delivered")]
    Delivered,
    /// The act is not for an entry in this state.
    #[error("the case is not in a state for this")]
    NotHeld,
    /// The outbox.
    #[error(transparent)]
    Outbox(#[from] outbox::StoreError),
    /// A move of the outbox.
    #[error(transparent)]
    Move(#[from] MoveError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A withdrawal could not be made anew.
    #[error(transparent)]
    Withdrawal(#[from] Box<ConsentError>),
    /// A file for the help line could not be written.
    #[error("the file could not be written")]
    File(#[from] std::io::Error),
}

/// What an outbox entry is, for this device only; encrypted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum CaseNote {
    Application(Box<ApplicationNote>),
    Withdrawal { branch: TextView },
}

/// What the receipt shows, as it was when the case was saved, and what it takes to ask it again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ApplicationNote {
    pub amount: Fen,
    pub term: Months,
    purpose: Option<TextView>,
    pub annual_percent: String,
    pub branch: BranchView,
    officer: Option<OfficerView>,
    product_name: TextView,
    consents: Vec<CaseConsentView>,
    next_steps: Vec<TextView>,
    /// Prices and words it was made with: [`Core::held`] compares them.
    pub terms: Terms,
    /// The earliest end of a consent that was given; none when all were refused.
    pub consents_end: Option<Timestamp>,
    /// The draft it was made of, without the decisions: they are asked anew.
    pub draft: Draft,
    /// The owner's own phone, when it signed the consents.
    #[serde(default)]
    pub consent_device: Option<PublicKey>,
}

impl CaseNote {
    /// `decided` is what was decided on the product's notices, in their order.
    pub fn of_application(
        known: &Known,
        place: &Place<'_>,
        wish: &Wish,
        annual_percent: String,
        draft: &Draft,
        decided: &[Decided],
        consent_device: Option<PublicKey>,
    ) -> Self {
        let product = place.product;
        let purpose = wish.purpose.as_deref().and_then(|code| {
            product.purposes.iter().find(|p| p.code == code).map(|p| (&p.name).into())
        });
        let notices = known.catalogue.notices_of(product);
        let consents = notices.iter().zip(decided).map(|(notice, decided)| CaseConsentView {
            kind: notice.kind.into(),
            decision: if decided.given { ConsentDecision::Given } else { ConsentDecision::Refused },
        });
        let given = decided.iter().filter(|decided| decided.given);
        Self::Application(Box::new(ApplicationNote {
            amount: wish.amount,
            term: wish.term,
            purpose,
            annual_percent,
            branch: place.branch.into(),
            officer: officer_view(place),
            product_name: (&product.name).into(),
            consents: consents.collect(),
            next_steps: product.next_steps.iter().map(Into::into).collect(),
            terms: Terms::of(known, product),
            consents_end: given.map(|decided| decided.until).min(),
            draft: Draft { decisions: Vec::new(), answer: None, ..draft.clone() },
            consent_device,
        }))
    }
}

impl Core {
    /// A submitted case.
    pub fn case(&self, id: Uuid) -> Result<CaseView, CaseError> {
        let head = self.outbox.entry(EntryId(id))?.ok_or(CaseError::Unknown)?;
        let note = self.note(&head)?;
        let ack = self.acknowledgement(&head)?;
        let acts = self.acts(&head, Some(&note), ack.as_ref());
        let CaseNote::Application(note) = note else {
            return Err(CaseError::Unknown);
        };
        let (state, parked_reason) = shown_state(&head.state, ack.as_ref());
        Ok(CaseView {
            case_id: id.to_string(),
            device_number: device_number(id),
            reference: ack.as_ref().map(|ack| ack.reference.clone()),
            state,
            parked_reason,
            saved_at_ms: head.saved_at.as_ms(),
            received_at_ms: ack.as_ref().map(|ack| ack.received_at.as_millis()),
            amount_fen: note.amount.get(),
            term_months: note.term.get().into(),
            parts: count(note.parts().len()),
            instead_of: note.draft.instead_of.map(|before| device_number(before.case)),
            purpose: note.purpose,
            annual_percent: note.annual_percent,
            branch: note.branch,
            officer: note.officer,
            product_name: note.product_name,
            consents: note.consents,
            next_steps: note.next_steps,
            acts,
        })
    }

    /// What a person can do with an entry. `note` is none when it cannot be read.
    ///
    /// A withdrawal is never taken back: it would be an agreement without a press. What the courier
    /// holds is not sent again as it is: it would be held again.
    pub fn acts(
        &self,
        head: &EntryHead,
        note: Option<&CaseNote>,
        ack: Option<&VerifiedAck>,
    ) -> Vec<EntryAct> {
        use EntryAct::{AskAgain, Export, Open, SendAgain, TakeBack};
        let (_, reason) = shown_state(&head.state, ack);
        if is_withdrawal(head, note) {
            let is_live = matches!(head.state, EntryState::Parked { .. });
            return if is_live { vec![SendAgain, Export] } else { Vec::new() };
        }
        let is_parked = matches!(head.state, EntryState::Parked { .. });
        let mut acts: Vec<EntryAct> = note.is_some().then_some(Open).into_iter().collect();
        let again = match note {
            Some(CaseNote::Application(note)) if self.can_ask_again(note) => Some(AskAgain),
            _ => None,
        };
        match reason {
            None => {}
            Some(ParkedReason::Stale | ParkedReason::Expired) => acts.extend(again),
            Some(ParkedReason::Refused) => {
                acts.extend(again);
                acts.extend(is_parked.then_some(SendAgain));
                acts.push(Export);
            }
            Some(ParkedReason::Conflict) => acts.push(Export),
            Some(ParkedReason::Damaged) => {
                acts.extend(again);
                acts.push(Export);
            }
        }
        acts.extend(can_take_back(&head.state).then_some(TakeBack));
        acts
    }

    /// Takes a case back before it was delivered. If it turns out that it had arrived, it becomes
    /// delivered after all: the bank is asked.
    pub fn take_back(&self, id: Uuid) -> Result<EntryView, CaseError> {
        let head = self.outbox.entry(EntryId(id))?.ok_or(CaseError::Unknown)?;
        if is_withdrawal(&head, self.note(&head).ok().as_ref()) {
            return Err(CaseError::NotHeld);
        }
        self.watch_taken_back(&[id]).map_err(VaultError::from)?;
        match self.outbox.cancel(EntryId(id), outbox_time(self.now())) {
            Ok(head) => {
                self.wake.notify_one();
                tracing::info!(envelope.id = %id, "took a case back before delivery");
                self.changed();
                self.entry_view(head)
            }
            Err(MoveError::Unknown(_)) => Err(CaseError::Unknown),
            Err(MoveError::Illegal(_)) => Err(CaseError::Delivered),
            Err(e) => Err(e.into()),
        }
    }

    /// Sends a parked entry once more as it is; one that is queued already stays so. A withdrawal
    /// whose bytes are damaged or gone is made anew, since all that is in it is kept here.
    pub fn send_again(&self, id: Uuid) -> Result<EntryView, CaseError> {
        let Some(head) = self.outbox.entry(EntryId(id))? else {
            return match self.remembered(id)? {
                Some(CaseNote::Withdrawal { .. }) if self.is_lost(id) => self.withdrawn_again(id),
                _ => Err(CaseError::Unknown),
            };
        };
        if matches!(head.state, EntryState::Queued { .. }) {
            return self.entry_view(head);
        }
        let note = self.note(&head).ok();
        let ack = self.acknowledgement(&head)?;
        if !self.acts(&head, note.as_ref(), ack.as_ref()).contains(&EntryAct::SendAgain) {
            return Err(CaseError::NotHeld);
        }
        if head.state == (EntryState::Parked { reason: outbox::DAMAGED }) {
            return self.withdrawn_again(id);
        }
        let head = self.outbox.release(EntryId(id))?;
        tracing::info!(envelope.id = %id, "sends a parked entry again");
        self.wake.notify_one();
        self.changed();
        self.entry_view(head)
    }

    fn withdrawn_again(&self, id: Uuid) -> Result<EntryView, CaseError> {
        let envelope = self.withdraw_again(id).map_err(Box::new)?;
        self.entry_view(self.outbox.entry(EntryId(envelope))?.ok_or(CaseError::Unknown)?)
    }

    /// The verified acknowledgement of a delivered entry.
    pub fn acknowledgement(&self, head: &EntryHead) -> Result<Option<VerifiedAck>, CaseError> {
        let Some(known) = self.known() else { return Ok(None) };
        let Some(proof) = self.outbox.proof(head.id)? else { return Ok(None) };
        let digest = Digest::from_bytes(head.digest);
        Ok(VerifiedAck::verify(&proof, *head.id.0.as_bytes(), digest, &known.directory).ok())
    }

    pub fn encrypt_note(&self, id: Uuid, note: &CaseNote) -> Result<Vec<u8>, VaultError> {
        self.vault.encrypt(note, note_place(&id), &*self.ports.entropy)
    }

    pub fn note(&self, head: &EntryHead) -> Result<CaseNote, VaultError> {
        self.vault.decrypt(&head.note, note_place(&head.id.0))
    }
}

fn note_place(id: &Uuid) -> RowPlace<'_> {
    RowPlace { table: "note", id: id.as_bytes(), version: 1 }
}

/// Withdrawals are the only ones in the urgent lane, so that also without a readable note.
pub(crate) fn is_withdrawal(head: &EntryHead, note: Option<&CaseNote>) -> bool {
    match note {
        Some(note) => matches!(note, CaseNote::Withdrawal { .. }),
        None => head.lane == Lane::Urgent,
    }
}

pub(crate) fn no_words() -> TextView {
    TextView { zh_hans: "—".into(), en: "—".into() }
}

pub(crate) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The state as a person is told: an envelope that the bank has but whose content intake refused
/// needs a person.
pub(crate) fn shown_state(
    state: &EntryState,
    ack: Option<&VerifiedAck>,
) -> (CaseState, Option<ParkedReason>) {
    match state {
        EntryState::Delivered { .. } if ack.is_some_and(|ack| ack.refused.is_some()) => {
            (CaseState::Parked, Some(ParkedReason::Refused))
        }
        EntryState::Delivered { .. } => (CaseState::Delivered, None),
        EntryState::Queued { .. } => (CaseState::Queued, None),
        EntryState::Cancelled { .. } => (CaseState::Cancelled, None),
        EntryState::Parked { reason } => (
            CaseState::Parked,
            Some(match reason.code() {
                "conflict" => ParkedReason::Conflict,
                "stale" => ParkedReason::Stale,
                "expired" => ParkedReason::Expired,
                "damaged" => ParkedReason::Damaged,
                _ => ParkedReason::Refused,
            }),
        ),
    }
}

fn can_take_back(state: &EntryState) -> bool {
    matches!(state, EntryState::Queued { .. } | EntryState::Parked { .. })
}

/// A short number to tell cases apart on this device, from the random end of the id: four
/// characters of Crockford's base 32, which has no letter that looks like a digit.
pub(crate) fn device_number(id: Uuid) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let tail = u32::from_be_bytes([0, id.as_bytes()[13], id.as_bytes()[14], id.as_bytes()[15]]);
    let digit = |shift: u32| char::from(ALPHABET[(tail >> shift & 31) as usize]);
    ["L-".to_owned(), [15, 10, 5, 0].map(digit).iter().collect()].concat()
}
