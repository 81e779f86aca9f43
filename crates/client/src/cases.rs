//! What the screen shows of submitted cases: the receipt and the outbox.

use crate::{
    core::{Core, outbox_time},
    drafts::Decision,
    known::Known,
    vault::VaultError,
};
use lending::{
    acknowledgement::VerifiedAck,
    application::Wish,
    catalogue::{Place, Product},
};
use outbox::{EntryHead, EntryId, EntryState, MoveError};
use seal::{Digest, cbor, rows::RowPlace};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use uuid::Uuid;
use wire::{
    convert::officer_view,
    ipc::{
        BranchView, CaseConsentView, CaseState, CaseView, ConsentDecision, EntryKind, EntryView,
        OfficerView, OutboxView, ParkedReason, TextView,
    },
};

/// Park reasons, as the outbox keeps them.
pub(crate) mod park {
    use outbox::ParkReason;

    /// The bank holds another content under the same id.
    pub const CONFLICT: ParkReason = ParkReason::known("conflict");
    /// The bank could not take the envelope.
    pub const REFUSED: ParkReason = ParkReason::known("refused");
    /// Prices or words changed while it waited.
    pub const STALE: ParkReason = ParkReason::known("stale");
}

/// Why a case was not shown or taken back.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// No case has this id.
    #[error("no such case")]
    Unknown,
    /// It was delivered; taking it back on the device alone would be a lie.
    #[error("the case was delivered")]
    Delivered,
    /// The outbox.
    #[error(transparent)]
    Outbox(#[from] outbox::StoreError),
    /// A move of the outbox.
    #[error(transparent)]
    Move(#[from] MoveError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// What an outbox entry is, for this device only; encrypted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum CaseNote {
    Application(Box<ApplicationNote>),
    Withdrawal { branch: TextView },
}

/// What the receipt shows, as it was when the case was saved.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ApplicationNote {
    amount_fen: u64,
    term_months: u32,
    purpose: Option<TextView>,
    annual_percent: String,
    branch: BranchView,
    officer: Option<OfficerView>,
    product_code: String,
    product_name: TextView,
    consents: Vec<CaseConsentView>,
    next_steps: Vec<TextView>,
    /// Digest of the prices and words it was made with: the stale guard compares it.
    terms: Digest,
}

impl CaseNote {
    pub fn of_application(
        known: &Known,
        place: &Place<'_>,
        wish: &Wish,
        annual_percent: String,
        decisions: &[&Decision],
    ) -> Self {
        let product = place.product;
        let purpose = wish.purpose.as_deref().and_then(|code| {
            product.purposes.iter().find(|p| p.code == code).map(|p| (&p.name).into())
        });
        let consents = known.catalogue.notices_of(product).into_iter().zip(decisions).map(
            |(notice, decision)| CaseConsentView {
                kind: notice.kind.into(),
                decision: if decision.given {
                    ConsentDecision::Given
                } else {
                    ConsentDecision::Refused
                },
            },
        );
        Self::Application(Box::new(ApplicationNote {
            amount_fen: wish.amount.get(),
            term_months: wish.term.get().into(),
            purpose,
            annual_percent,
            branch: place.branch.into(),
            officer: officer_view(place),
            product_code: product.code.clone(),
            product_name: (&product.name).into(),
            consents: consents.collect(),
            next_steps: product.next_steps.iter().map(Into::into).collect(),
            terms: terms_digest(known, product),
        }))
    }
}

/// What must not change while a case waits: price, fees, limits of the product, and the words of
/// its notices.
fn terms_digest(known: &Known, product: &Product) -> Digest {
    let notices: Vec<_> = known
        .catalogue
        .notices_of(product)
        .iter()
        .flat_map(|notice| lending::Locale::ALL.map(|locale| notice.digest(locale)))
        .collect();
    Digest::of(&cbor::encode(&(
        product.rate,
        product.method,
        &product.fees,
        product.min,
        product.max,
        notices,
    )))
}

impl Core {
    /// A submitted case.
    pub fn case(&self, id: Uuid) -> Result<CaseView, CaseError> {
        let head = self.outbox.entry(EntryId(id))?.ok_or(CaseError::Unknown)?;
        let CaseNote::Application(note) = self.note(&head)? else {
            return Err(CaseError::Unknown);
        };
        let ack = self.acknowledgement(&head)?;
        let (state, parked_reason) = shown_state(&head.state, ack.as_ref());
        Ok(CaseView {
            case_id: id.to_string(),
            device_number: device_number(id),
            reference: ack.as_ref().map(|ack| ack.reference.clone()),
            state,
            parked_reason,
            saved_at_ms: head.saved_at.as_ms(),
            received_at_ms: ack.as_ref().map(|ack| ack.received_at.as_millis()),
            amount_fen: note.amount_fen,
            term_months: note.term_months,
            purpose: note.purpose,
            annual_percent: note.annual_percent,
            branch: note.branch,
            officer: note.officer,
            product_name: note.product_name,
            consents: note.consents,
            next_steps: note.next_steps,
            can_take_back: can_take_back(&head.state),
        })
    }

    /// The outbox: what is not delivered first, newest first in each part.
    pub fn outbox_view(&self) -> Result<OutboxView, CaseError> {
        let sending = self.outbox.sending();
        let mut entries = Vec::new();
        for head in self.outbox.entries()? {
            entries.push(self.entry_view(head, &sending)?);
        }
        entries.sort_by_key(|e| {
            let done = matches!(e.state, CaseState::Delivered | CaseState::Cancelled);
            (done, std::cmp::Reverse(e.saved_at_ms))
        });
        let counts = self.outbox.counts()?;
        Ok(OutboxView {
            pending: u32::try_from(counts.queued + counts.parked).unwrap_or(u32::MAX),
            last_delivered_at_ms: entries.iter().filter_map(|e| e.received_at_ms).max(),
            entries,
            connection: self.connection(),
        })
    }

    fn entry_view(
        &self,
        head: EntryHead,
        sending: &HashSet<EntryId>,
    ) -> Result<EntryView, CaseError> {
        let ack = self.acknowledgement(&head)?;
        let (state, parked_reason) = shown_state(&head.state, ack.as_ref());
        let (attempts, next_try_at_ms) = match &head.state {
            EntryState::Queued { attempts, not_before } => {
                (*attempts, not_before.map(|at| at.as_ms()))
            }
            _ => (0, None),
        };
        // An entry whose note cannot be read still goes out, and still has its row.
        let (kind, branch, amount_fen) = match self.note(&head) {
            Ok(CaseNote::Application(note)) => {
                (EntryKind::Application, note.branch.name, Some(note.amount_fen))
            }
            Ok(CaseNote::Withdrawal { branch }) => (EntryKind::Withdrawal, branch, None),
            Err(_) if head.lane == outbox::Lane::Urgent => {
                (EntryKind::Withdrawal, no_words(), None)
            }
            Err(_) => (EntryKind::Application, no_words(), None),
        };
        Ok(EntryView {
            case_id: head.id.to_string(),
            device_number: device_number(head.id.0),
            kind,
            branch,
            amount_fen,
            state,
            sending: sending.contains(&head.id),
            parked_reason,
            attempts,
            next_try_at_ms,
            saved_at_ms: head.saved_at.as_ms(),
            received_at_ms: ack.as_ref().map(|ack| ack.received_at.as_millis()),
            reference: ack.map(|ack| ack.reference.clone()),
            size_bytes: head.size_bytes,
        })
    }

    /// Takes a case back before it was delivered.
    pub fn take_back(&self, id: Uuid) -> Result<CaseView, CaseError> {
        match self.outbox.cancel(EntryId(id), outbox_time(self.now())) {
            Ok(_) => {
                tracing::info!(envelope.id = %id, "took a case back before delivery");
                self.changed();
                self.case(id)
            }
            Err(MoveError::Unknown(_)) => Err(CaseError::Unknown),
            Err(MoveError::Illegal(_)) => Err(CaseError::Delivered),
            Err(e) => Err(e.into()),
        }
    }

    /// Whether prices or words changed since a case was saved. Unknown counts as unchanged: the
    /// bank judges anew.
    pub fn is_stale(&self, head: &EntryHead) -> bool {
        let Some(known) = self.known() else { return false };
        let Ok(CaseNote::Application(note)) = self.note(head) else { return false };
        known
            .catalogue
            .product(&note.product_code)
            .is_none_or(|product| terms_digest(&known, product) != note.terms)
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

    pub fn note_of_withdrawal(&self, id: Uuid, branch: TextView) -> Result<Vec<u8>, VaultError> {
        self.encrypt_note(id, &CaseNote::Withdrawal { branch })
    }

    fn note(&self, head: &EntryHead) -> Result<CaseNote, VaultError> {
        self.vault.decrypt(&head.note, note_place(&head.id.0))
    }
}

fn note_place(id: &Uuid) -> RowPlace<'_> {
    RowPlace { table: "note", id: id.as_bytes(), version: 1 }
}

fn no_words() -> TextView {
    TextView { zh_hans: "—".into(), en: "—".into() }
}

/// The state as a person is told: an envelope that the bank has but whose content intake refused
/// needs a person.
fn shown_state(state: &EntryState, ack: Option<&VerifiedAck>) -> (CaseState, Option<ParkedReason>) {
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
fn device_number(id: Uuid) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let tail = u32::from_be_bytes([0, id.as_bytes()[13], id.as_bytes()[14], id.as_bytes()[15]]);
    let digit = |shift: u32| char::from(ALPHABET[(tail >> shift & 31) as usize]);
    ["L-".to_owned(), [15, 10, 5, 0].map(digit).iter().collect()].concat()
}
