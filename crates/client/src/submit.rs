//! Step 3: from a draft to a sealed envelope in the outbox.
//!
//! Checked in full before sealing, with the rules the bank uses. Sealed once: the bytes never
//! change again, so a replay is the same delivery. One commit writes the consent records, the
//! handover to the outbox and the end of the draft; "saved" is said after it.

use crate::{
    cases::CaseNote,
    consent::ConsentError,
    core::Core,
    drafts::{DRAFT, Decided, Draft, DraftError, Shop, draft_id},
    officer::Hands,
    post::{Handover, PostError},
    records::{RecordContext, principal},
    store::{self, StoreError},
    vault::{Moment, VaultError},
    visit::Answered,
};
use lending::{
    application::{Application, Entry, RuleViolation, SCHEMA_VERSION, Wish},
    catalogue::Product,
    cost::{CostError, cost_sheet, percent_text},
    notice::Notice,
    part::Part,
    ticket::{TicketError, VerifiedTicket},
    visit::ticket_of,
};
use seal::{Digest, SigningKey, cbor};
use serde_bytes::ByteBuf;
use std::sync::PoisonError;
use uuid::Uuid;
use wire::{
    bank::schema,
    ipc::{CaseView, TextView},
};

/// Why a draft was not submitted. It stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// Every broken rule.
    #[error("{} rules not met", .0.len())]
    Rules(Vec<RuleViolation>),
    /// The cost cannot be computed, which a verified catalogue rules out.
    #[error("cost: {0}")]
    Cost(#[from] CostError),
    /// The draft.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The consent records or the seal.
    #[error(transparent)]
    Consent(#[from] ConsentError),
    /// The branch code ran out while the draft waited; scanning a new one goes on with the draft.
    #[error("the branch code: {0}")]
    Ticket(#[from] TicketError),
    /// Photos or files of the draft that can no longer be read.
    #[error("{} parts cannot be read", .0)]
    PartsLost(usize),
    /// The outbox.
    #[error(transparent)]
    Post(#[from] PostError),
    /// The case was saved but cannot be shown.
    #[error(transparent)]
    Case(#[from] crate::cases::CaseError),
    /// The vault or the file.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<StoreError> for SubmitError {
    fn from(error: StoreError) -> Self {
        Self::Vault(error.into())
    }
}

/// An envelope's number on this device, dense from 1.
fn envelope_seq_name(device: &SigningKey) -> String {
    format!("envelope-seq/{}", device.id().to_hex())
}

impl Core {
    /// Submits a draft. When this returns, the application is on the disk, sealed, and will be
    /// sent. The id of the draft is the id of the case, so submitting twice submits once.
    pub fn submit(&self, draft_id_text: &str) -> Result<CaseView, SubmitError> {
        let _posting = self.posting.lock().unwrap_or_else(PoisonError::into_inner);
        self.post_what_was_saved()?;
        let id = draft_id(draft_id_text)?;
        if let Some(case) = self.find_case(id)? {
            return Ok(case);
        }
        let known = self.known().ok_or(DraftError::NoCatalogue)?;
        let (draft, _) = self.load_draft(id)?;
        draft.is_own()?;
        let place = draft.place(&known)?;
        let notices = known.catalogue.notices_of(place.product);
        let answers = self.answers(id, &draft, &known)?;
        let (wish, decided) = checked(&draft, place.product, &notices, answers.as_ref())?;
        let saved_at = self.now();
        if let Entry::Ticket(signed) = &draft.entry {
            VerifiedTicket::from_signed(signed, &known.directory, self.known_at(), saved_at)?;
        }
        let parts = self.parts_to_send(&draft)?;
        let digests: Vec<Digest> = parts.iter().map(|part| part.digest).collect();
        let sheet = cost_sheet(&place.product.terms_for(wish.amount, wish.term))?;
        let percent = percent_text(sheet.simple_annual_percent);

        let device = self.device_key()?;
        let principal = principal(
            &known.catalogue.bank.pseudonym_salt,
            wish.mobile.as_str(),
            wish.enterprise_code.as_str(),
        );
        let context = RecordContext {
            known: &known,
            draft: &draft,
            envelope: id,
            principal: &principal,
            device: &device,
            officer: None,
            ticket: ticket_of(&draft.entry),
            app: self.app(),
        };
        let mut head = self.chain_head(&device)?;
        let mut ended = Vec::new();
        if let Some(before) = &draft.instead_of {
            ended = self.end_consents_of(before, &device, &mut head)?;
        }
        let mut records = Vec::new();
        let consents: Vec<ByteBuf> = match &answers {
            // Signed on the owner's own phone, which keeps them: here they only pass through.
            Some(answers) => {
                answers.records.iter().map(|record| ByteBuf::from(record.signed())).collect()
            }
            None => {
                let branch: TextView = (&place.branch.name).into();
                records = context.sign_all(&notices, &mut head, &branch, &*self.ports.entropy);
                records.iter().map(|(_, kept)| kept.signed.clone()).collect()
            }
        };
        let consent_device = answers.map(|answers| answers.phone);

        let seq = self.envelope_seq(&device)? + 1;
        let application = Application {
            schema_version: SCHEMA_VERSION,
            envelope_id: *id.as_bytes(),
            device: device.public(),
            device_seq: seq,
            saved_at,
            entry: draft.entry.clone(),
            branch: draft.branch.clone(),
            grid: draft.grid.clone(),
            product: draft.product.clone(),
            officer: draft.officer.clone(),
            enterprise_code: wish.enterprise_code.clone(),
            mobile: wish.mobile.clone(),
            amount: wish.amount,
            term: wish.term,
            purpose: wish.purpose.clone(),
            catalogue_version: known.catalogue.version,
            annual_percent_shown: percent.clone(),
            consents,
            parts,
            consent_device,
        };
        let content = application.sign(&device);
        let body = self.seal(&content, id, schema::APPLICATION, &digests, &device)?;
        let note = CaseNote::of_application(
            &known,
            &place,
            &wish,
            percent,
            &draft,
            &decided,
            consent_device,
        );
        let handover = Handover {
            id,
            urgent: false,
            note: ByteBuf::from(self.encrypt_note(id, &note)?),
            body: ByteBuf::from(body),
            saved_at,
            parts: digests,
            cancels: draft.instead_of.iter().map(|before| before.case).collect(),
        };
        let shop = Shop { enterprise_code: wish.enterprise_code, mobile: wish.mobile };
        let is_own = self.hands()? == Hands::Own;
        let at = Moment::of(&self.ports);
        self.store.write("submit", |tx| {
            for (record_id, kept) in ended.iter().chain(&records) {
                self.put_record(tx, *record_id, kept, &device, at)?;
            }
            self.put_chain_head(tx, &device, head)?;
            store::put_public_value(tx, &envelope_seq_name(&device), &cbor::encode(&seq))?;
            // An officer's device serves many shops and knows none.
            if is_own {
                self.put_shop(tx, &shop, at)?;
            }
            store::delete_row(tx, DRAFT, id.as_bytes())?;
            self.remember(tx, id, &note, at)?;
            for before in &handover.cancels {
                self.replace_lost(tx, *before)?;
            }
            Ok::<_, SubmitError>(handover.put(tx)?)
        })?;
        for before in &handover.cancels {
            self.no_longer_lost(*before);
        }
        tracing::info!(envelope.id = %id, "saved an application");
        self.post_what_was_saved()?;
        Ok(self.case(id)?)
    }

    /// The number of the last envelope of this device; 0 before the first.
    pub fn envelope_seq(&self, device: &SigningKey) -> Result<u64, StoreError> {
        let bytes = self.store.public_value(&envelope_seq_name(device))?;
        Ok(bytes.and_then(|bytes| cbor::decode(&bytes).ok()).unwrap_or_default())
    }

    /// The parts of a draft, all of which must be here: a handover that names another could never be
    /// posted.
    fn parts_to_send(&self, draft: &Draft) -> Result<Vec<Part>, SubmitError> {
        let (here, gone) =
            self.split_by_presence(draft.parts.clone()).map_err(crate::cases::CaseError::from)?;
        match gone.len() {
            0 => Ok(here.into_iter().map(|kept| kept.part).collect()),
            lost => Err(SubmitError::PartsLost(lost)),
        }
    }

    fn find_case(&self, id: Uuid) -> Result<Option<CaseView>, SubmitError> {
        match self.case(id) {
            Ok(case) => Ok(Some(case)),
            Err(crate::cases::CaseError::Unknown) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }
}

/// The form, parsed, and what was decided on every notice; else every broken rule at once.
fn checked(
    draft: &Draft,
    product: &Product,
    notices: &[&Notice],
    answers: Option<&Answered>,
) -> Result<(Wish, Vec<Decided>), SubmitError> {
    let decided = check_consents(notices, draft.decided(notices, answers));
    match (draft.form().check(product), decided) {
        (Ok(wish), Ok(decided)) => Ok((wish, decided)),
        (form, decided) => {
            let broken = form.err().into_iter().flatten().chain(decided.err()).collect();
            Err(SubmitError::Rules(broken))
        }
    }
}

/// What keeps an application from being made of these decisions.
fn check_consents(
    notices: &[&Notice],
    decided: Vec<Option<Decided>>,
) -> Result<Vec<Decided>, RuleViolation> {
    let decided: Option<Vec<Decided>> = decided.into_iter().collect();
    let decided = decided.ok_or(RuleViolation::ConsentUndecided)?;
    let mut refused = notices.iter().zip(&decided).filter(|(_, decided)| !decided.given);
    match refused.any(|(notice, _)| notice.necessary_because.is_some()) {
        true => Err(RuleViolation::NecessaryRefused),
        false => Ok(decided),
    }
}
