//! Held and asked again: what must not be sent as it was saved, and how a person goes on with it.
//!
//! While a case waits, the bank's prices or words may change, or a consent in it may end. Then it is
//! not sent but parked, and [`Core::ask_again`] makes a new draft of it: the values and photos are
//! kept, every notice is asked anew. Submitting that draft takes the old case back in the same post.

use crate::{
    cases::{ApplicationNote, CaseError, CaseNote, device_number, park, shown_state},
    core::Core,
    drafts::{DRAFT, Draft, DraftError, uuid_of},
    known::Known,
    parts::DraftPart,
    store::StoreError,
    vault::VaultError,
};
use lending::{
    application::check_amount,
    catalogue::Product,
    consent::Event,
    cost::{cost_sheet, percent_text},
    money::{Fen, Months},
    visit::words_digest,
};
use outbox::{EntryHead, EntryId, EntryState, ParkReason};
use seal::{Digest, Timestamp, cbor};
use serde::{Deserialize, Serialize};
use std::sync::PoisonError;
use uuid::Uuid;
use wire::ipc::{DraftView, InsteadOfView, ParkedReason};

/// Why no draft was made of a case.
#[derive(Debug, thiserror::Error)]
pub enum AgainError {
    /// It waits for nothing that asking again would help.
    #[error("the case is not held")]
    NotHeld,
    /// The case.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The draft.
    #[error(transparent)]
    Draft(#[from] DraftError),
}

/// Prices and words that a case was made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terms {
    /// Of rate, method, fees and limits.
    prices: Digest,
    /// Of the words of each notice, in every language, by its id.
    notices: Vec<(String, Digest)>,
}

impl Terms {
    pub fn of(known: &Known, product: &Product) -> Self {
        let notices = known.catalogue.notices_of(product);
        Self {
            prices: Digest::of(&cbor::encode(&(
                product.rate,
                product.method,
                &product.fees,
                product.min,
                product.max,
            ))),
            notices: notices.into_iter().map(|n| (n.id.clone(), words_digest(n))).collect(),
        }
    }
}

/// The case that a draft takes the place of, as it was.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct InsteadOf {
    pub case: Uuid,
    reason: ParkedReason,
    amount: Fen,
    term: Months,
    annual_percent: String,
    terms: Terms,
    parts_lost: u32,
    takes_back: bool,
}

impl InsteadOf {
    /// What ended the consents of the case that the new ones take the place of.
    pub const fn end_of_consents(&self) -> Event {
        match self.reason {
            ParkedReason::Expired => Event::Expired,
            _ => Event::Superseded,
        }
    }

    /// What changed since, by today's catalogue.
    pub fn view(&self, known: &Known, product: &Product) -> InsteadOfView {
        let now = Terms::of(known, product);
        let notices = known.catalogue.notices_of(product);
        let is_changed = |at: &usize| !self.terms.notices.contains(&now.notices[*at]);
        let changed = (0..now.notices.len()).filter(is_changed);
        InsteadOfView {
            case_id: self.case.to_string(),
            device_number: device_number(self.case),
            reason: self.reason,
            annual_percent_before: self.annual_percent.clone(),
            annual_percent_now: self.percent_now(product),
            changed_notices: changed.map(|at| notices[at].kind.into()).collect(),
            parts_lost: self.parts_lost,
            takes_back: self.takes_back,
        }
    }

    fn percent_now(&self, product: &Product) -> Option<String> {
        let amount = check_amount(&self.amount.to_wan_text(), product).ok()?;
        let term = product.terms.iter().find(|offered| **offered == self.term)?;
        let sheet = cost_sheet(&product.terms_for(amount, *term)).ok()?;
        Some(percent_text(sheet.simple_annual_percent))
    }
}

impl Core {
    /// Why a case must not be sent as it is; none when it may. A catalogue that is not here counts
    /// as unchanged: the bank judges anew.
    ///
    /// `now` is the bank's own time as last heard, not this device's clock: one that is ten years
    /// ahead must not end a consent.
    pub fn held(&self, head: &EntryHead, now: Timestamp) -> Option<ParkReason> {
        let Ok(CaseNote::Application(note)) = self.note(head) else { return None };
        if note.consents_end.is_some_and(|end| now > end) {
            return Some(park::EXPIRED);
        }
        let known = self.known()?;
        let unchanged = known
            .catalogue
            .product(&note.draft.product)
            .is_some_and(|product| Terms::of(&known, product) == note.terms);
        (!unchanged).then_some(park::STALE)
    }

    /// A new draft of a case that is parked, was refused, or is gone from the outbox. Nothing was
    /// decided in it. Asked twice it is the same draft; the case stays as it is until the draft is
    /// submitted.
    pub fn ask_again(&self, case: Uuid) -> Result<DraftView, AgainError> {
        let _posting = self.posting.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.known().ok_or(DraftError::NoCatalogue)?;
        let (note, reason, takes_back) = self.to_ask_again(case)?;
        if let Some((id, draft)) = self.draft_instead_of(case)? {
            return Ok(self.save_draft(id, &draft, &known)?);
        }
        let kept = note.draft.parts.clone();
        let (parts, gone) = self.split_by_presence(kept).map_err(CaseError::from)?;
        let draft = Draft {
            decisions: Vec::new(),
            instead_of: Some(InsteadOf {
                case,
                reason,
                amount: note.amount,
                term: note.term,
                annual_percent: note.annual_percent,
                terms: note.terms,
                parts_lost: u32::try_from(gone.len()).unwrap_or(u32::MAX),
                takes_back,
            }),
            parts,
            ..note.draft
        };
        let id = self.new_id();
        let view = self.save_draft(id, &draft, &known)?;
        tracing::info!(envelope.id = %case, draft.id = %id, "asks a case again");
        self.changed();
        Ok(view)
    }

    /// The note of a case that may be asked again, why, and whether it is still to be taken back.
    fn to_ask_again(
        &self,
        case: Uuid,
    ) -> Result<(ApplicationNote, ParkedReason, bool), AgainError> {
        let Some(head) = self.outbox.entry(EntryId(case)).map_err(CaseError::from)? else {
            let CaseNote::Application(note) = self.remembered(case)?.ok_or(CaseError::Unknown)?
            else {
                return Err(AgainError::NotHeld);
            };
            return Ok((*note, ParkedReason::Damaged, false));
        };
        let CaseNote::Application(note) = self.note(&head).map_err(CaseError::from)? else {
            return Err(AgainError::NotHeld);
        };
        let ack = self.acknowledgement(&head)?;
        match shown_state(&head.state, ack.as_ref()).1 {
            Some(ParkedReason::Conflict) | None => match head.state {
                EntryState::Delivered { .. } => Err(CaseError::Delivered.into()),
                _ => Err(AgainError::NotHeld),
            },
            Some(reason) => Ok((*note, reason, matches!(head.state, EntryState::Parked { .. }))),
        }
    }

    fn draft_instead_of(&self, case: Uuid) -> Result<Option<(Uuid, Draft)>, StoreError> {
        for row in self.store.rows(DRAFT)? {
            let Ok(draft) = self.vault.read::<Draft>(DRAFT, &row) else { continue };
            if draft.instead_of.as_ref().is_some_and(|before| before.case == case) {
                return Ok(Some((uuid_of(&row), draft)));
            }
        }
        Ok(None)
    }

    /// Whether today's catalogue still has what a case was for.
    pub fn can_ask_again(&self, note: &ApplicationNote) -> bool {
        self.known().is_some_and(|known| note.draft.place(&known).is_ok())
    }
}

impl ApplicationNote {
    /// Photos and files of the case.
    pub fn parts(&self) -> &[DraftPart] {
        &self.draft.parts
    }
}

impl From<StoreError> for AgainError {
    fn from(error: StoreError) -> Self {
        Self::Draft(error.into())
    }
}

impl From<VaultError> for AgainError {
    fn from(error: VaultError) -> Self {
        Self::Draft(error.into())
    }
}
