//! Consent on one's own phone in a visit, with no network on either side.
//!
//! The tablet asks ([`Core::request_code`]); on the phone the request becomes a draft whose id is the
//! tablet's, so that reading it again goes on with it; the phone signs once ([`Core::answer_code`]);
//! the tablet reads the answer ([`Core::read_answer`]), keeps it with its draft, and judges it anew
//! each time it looks: what was changed since does not count, what is changed back counts again. The
//! records stay the phone's: there they are withdrawn.

use crate::{
    consent::{KeptRecord, RECORD},
    core::Core,
    drafts::{DRAFT, Draft, DraftError, draft_id},
    known::Known,
    officer::Hands,
    qr::modules,
    records::{RecordContext, principal},
    store::StoreError,
    vault::{Moment, VaultError},
};
use lending::{
    application::{Entry, RuleViolation},
    consent::VerifiedRecord,
    subject::EnterpriseCode,
    ticket::{TicketError, VerifiedTicket},
    visit::{
        Answer, AnswerError, Expected, NoticeAsked, Request, RequestError, SCHEMA_VERSION,
        ticket_of,
    },
};
use outbox::EntryId;
use seal::PublicKey;
use serde_bytes::ByteBuf;
use std::sync::PoisonError;
use uuid::Uuid;
use wire::{
    ipc::{CodePiecesView, DraftView, TextView},
    pieces::{Message, Taken, message_of, pieces},
};

/// Why nothing was asked or answered. What was there before stays.
#[derive(Debug, thiserror::Error)]
pub enum VisitError {
    /// No code in the picture.
    #[error("no code found")]
    NoCode,
    /// More codes of the message are needed.
    #[error("{done} of {of} are here")]
    InPieces {
        /// How many are here.
        done: usize,
        /// How many are needed.
        of: usize,
    },
    /// The codes make up no message.
    #[error("the codes make up no message")]
    Damaged,
    /// A message of the other kind: this one was held before the camera.
    #[error("not the kind of message that is wanted: {0:?}")]
    OtherKind(Message),
    /// A rule of the draft that has to hold first.
    #[error("a rule is broken: {0}")]
    Rule(RuleViolation),
    /// The tablet's own branch code ran out.
    #[error("the branch code: {0}")]
    Ticket(#[from] TicketError),
    /// An officer's device answers nobody.
    #[error("an officer may not consent")]
    Officer,
    /// The phone cannot stand behind the request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The answer is not attached.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The draft.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The vault or the file.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<StoreError> for VisitError {
    fn from(error: StoreError) -> Self {
        Self::Vault(error.into())
    }
}

/// Records that answer a draft: of an own phone to this tablet, or of this phone to a tablet.
pub(crate) struct Answered {
    pub phone: PublicKey,
    pub records: Vec<VerifiedRecord>,
}

impl Core {
    /// The codes that ask for the consents of a draft; its enterprise code has to be right.
    pub fn request_code(&self, draft_id_text: &str) -> Result<CodePiecesView, VisitError> {
        let known = self.known().ok_or(DraftError::NoCatalogue)?;
        let id = draft_id(draft_id_text)?;
        let (draft, _) = self.load_draft(id)?;
        draft.is_own()?;
        let place = draft.place(&known)?;
        let enterprise_code = EnterpriseCode::parse(&draft.enterprise_code)
            .map_err(|e| VisitError::Rule(RuleViolation::EnterpriseCode(e)))?;
        if let Entry::Ticket(signed) = &draft.entry {
            VerifiedTicket::from_signed(signed, &known.directory, self.known_at(), self.now())?;
        }
        let notices = known.catalogue.notices_of(place.product);
        let of_grid = || place.officer.map(|officer| officer.staff_number.clone());
        let request = Request {
            schema_version: SCHEMA_VERSION,
            bank: known.catalogue.bank.code.clone(),
            case: id.into_bytes(),
            asker: self.device_key()?.id(),
            catalogue_version: known.catalogue.version,
            entry: draft.entry.clone(),
            branch: draft.branch.clone(),
            product: draft.product.clone(),
            enterprise_code,
            notices: notices.into_iter().map(NoticeAsked::from).collect(),
            at: self.now(),
            grid: draft.grid.clone(),
            officer: self.officer()?.or_else(of_grid),
        };
        Ok(codes(Message::Request, &request.encode()))
    }

    /// Puts the pieces in view together; none when there is no piece among them.
    pub(crate) fn collect(
        &self,
        texts: &[String],
        wanted: Message,
    ) -> Result<Option<Vec<u8>>, VisitError> {
        let mut pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last = None;
        for text in texts {
            match message_of(text) {
                None => continue,
                Some(message) if message != wanted => return Err(VisitError::OtherKind(message)),
                Some(_) => {}
            }
            match pieces.take(text) {
                Some(Taken::Whole(_, bytes)) => return Ok(Some(bytes)),
                taken => last = taken.or(last),
            }
        }
        match last {
            None => Ok(None),
            Some(Taken::Some { done, of }) => Err(VisitError::InPieces { done, of }),
            Some(Taken::Damaged | Taken::Whole(..)) => Err(VisitError::Damaged),
        }
    }

    fn forget_pieces(&self) {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Begins the draft of a request, or goes on with it.
    pub(crate) fn open_request(
        &self,
        known: &Known,
        bytes: &[u8],
    ) -> Result<DraftView, VisitError> {
        if self.hands()? != Hands::Own {
            return Err(VisitError::Officer);
        }
        let request = Request::decode(bytes)?;
        self.check_request(known, &request)?;
        let id = Uuid::from_bytes(request.case);
        let _posting = self.posting.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match self.load_draft(id) {
            Ok((before, _)) => Some(before),
            Err(DraftError::Unknown) => None,
            Err(e) => return Err(e.into()),
        };
        // A case of this device itself, which a stranger can name, is answered to nobody.
        let own = before.as_ref().is_some_and(|before| before.asked.is_none());
        if own || !matches!(self.outbox.entry(EntryId(id)), Ok(None)) {
            return Err(RequestError::OwnDevice.into());
        }
        let asks_the_same = |before: &Request| {
            before.enterprise_code == request.enterprise_code
                && (&before.branch, &before.product) == (&request.branch, &request.product)
                && before.notices == request.notices
        };
        let decisions = before
            .filter(|before| before.asked.as_ref().is_some_and(asks_the_same))
            .map(|before| before.decisions);
        let draft = Draft {
            entry: request.entry.clone(),
            branch: request.branch.clone(),
            product: request.product.clone(),
            grid: request.grid.clone(),
            officer: request.officer.clone(),
            decisions: decisions.unwrap_or_default(),
            enterprise_code: String::new(),
            mobile: String::new(),
            amount: String::new(),
            term: None,
            purpose: None,
            known_shop: false,
            parts: Vec::new(),
            instead_of: None,
            asked: Some(request),
            answer: None,
        };
        let view = self.save_draft(id, &draft, known)?;
        self.forget_pieces();
        tracing::info!(draft.id = %id, "began to answer another device's request");
        Ok(view)
    }

    /// Whether this device can stand behind a request now. One that may hold after news of the bank
    /// has them fetched.
    fn check_request(&self, known: &Known, request: &Request) -> Result<(), VisitError> {
        let own = self.device_key()?.id();
        let (known_at, now) = (self.known_at(), self.now());
        let place = request.place(&known.catalogue, &known.directory, own, known_at, now);
        if let Err(
            RequestError::Words
            | RequestError::Place
            | RequestError::Ticket(TicketError::StaleDirectory),
        ) = place
        {
            self.fetch_words();
        }
        place?;
        Ok(())
    }

    /// The codes of the answer. The records are signed at the first call and kept: these are the
    /// codes at each later one.
    pub fn answer_code(&self, draft_id_text: &str) -> Result<CodePiecesView, VisitError> {
        let known = self.known().ok_or(DraftError::NoCatalogue)?;
        let _posting = self.posting.lock().unwrap_or_else(PoisonError::into_inner);
        let id = draft_id(draft_id_text)?;
        let (draft, _) = self.load_draft(id)?;
        let request = draft.asked.as_ref().ok_or(DraftError::Unknown)?;
        let answered = match self.answers(id, &draft, &known)? {
            Some(answered) => answered,
            None => {
                self.check_request(&known, request)?;
                self.sign_answer(id, &draft, request, &known)?;
                self.answers(id, &draft, &known)?
                    .ok_or(VisitError::Rule(RuleViolation::ConsentUndecided))?
            }
        };
        let answer = Answer {
            schema_version: SCHEMA_VERSION,
            case: id.into_bytes(),
            phone: answered.phone,
            records: answered.records.iter().map(|r| ByteBuf::from(r.signed())).collect(),
        };
        Ok(codes(Message::Answer, &answer.pack()))
    }

    /// Signs and keeps the records of an answer. The presses go with it: what is taken back later
    /// must not be signed again.
    fn sign_answer(
        &self,
        id: Uuid,
        draft: &Draft,
        request: &Request,
        known: &Known,
    ) -> Result<(), VisitError> {
        let place = draft.place(known)?;
        let notices = known.catalogue.notices_of(place.product);
        if notices.iter().any(|notice| draft.decision(notice).is_none()) {
            return Err(VisitError::Rule(RuleViolation::ConsentUndecided));
        }
        let device = self.device_key()?;
        let salt = &known.catalogue.bank.pseudonym_salt;
        let code = request.enterprise_code.as_str();
        let context = RecordContext {
            known,
            draft,
            envelope: id,
            principal: &principal(salt, &device.public().to_hex(), code),
            device: &device,
            officer: place.officer.map(|officer| officer.staff_number.clone()),
            ticket: ticket_of(&request.entry),
            app: self.app(),
        };
        let mut head = self.chain_head(&device)?;
        let branch: TextView = (&place.branch.name).into();
        let records = context.sign_all(&notices, &mut head, &branch, &*self.ports.entropy);
        let pressed = Draft { decisions: Vec::new(), ..draft.clone() };
        let at = Moment::of(&self.ports);
        self.store.write("answer", |tx| {
            for (record_id, kept) in &records {
                self.put_record(tx, *record_id, kept, &device, at)?;
            }
            self.put_chain_head(tx, &device, head)?;
            self.vault.put(tx, DRAFT, id.as_bytes(), &pressed, at)?;
            Ok::<_, VisitError>(())
        })?;
        tracing::info!(draft.id = %id, "signed the consents of another device's request");
        self.changed();
        Ok(())
    }

    /// Reads the codes of an answer and keeps it with the draft that asked.
    pub fn read_answer(
        &self,
        draft_id_text: &str,
        texts: &[String],
    ) -> Result<DraftView, VisitError> {
        let id = draft_id(draft_id_text)?;
        let known = self.known().ok_or(DraftError::NoCatalogue)?;
        let bytes = self.collect(texts, Message::Answer)?.ok_or(VisitError::NoCode)?;
        let answer = Answer::unpack(&bytes)?;
        let view = self.change_draft(id, |draft| {
            draft.is_own()?;
            let asker = self.device_key()?;
            let code =
                EnterpriseCode::parse(&draft.enterprise_code).map_err(|_| AnswerError::Other)?;
            answer.verify(&Expected {
                catalogue: &known.catalogue,
                product: draft.place(&known)?.product,
                case: id.into_bytes(),
                branch: &draft.branch,
                entry: &draft.entry,
                enterprise_code: &code,
                asker: asker.id(),
            })?;
            draft.answer = Some(ByteBuf::from(bytes));
            Ok::<_, VisitError>(())
        })?;
        self.forget_pieces();
        tracing::info!(draft.id = %id, "keeps the answer of an own phone");
        Ok(view)
    }

    /// The records that answer a draft as it is now; none when nothing answers it, or not any more.
    pub(crate) fn answers(
        &self,
        id: Uuid,
        draft: &Draft,
        known: &Known,
    ) -> Result<Option<Answered>, DraftError> {
        let device = || self.device_key().map_err(DraftError::from);
        let (answer, code, asker) = match (&draft.asked, &draft.answer) {
            (Some(request), _) => {
                let answer = self.answer_kept(id, request, device()?.public())?;
                (answer, request.enterprise_code.clone(), request.asker)
            }
            (None, Some(packed)) => {
                let code = EnterpriseCode::parse(&draft.enterprise_code);
                let (Ok(answer), Ok(code)) = (Answer::unpack(packed), code) else {
                    return Ok(None);
                };
                (answer, code, device()?.id())
            }
            (None, None) => return Ok(None),
        };
        let expected = Expected {
            catalogue: &known.catalogue,
            product: draft.place(known)?.product,
            case: id.into_bytes(),
            branch: &draft.branch,
            entry: &draft.entry,
            enterprise_code: &code,
            asker,
        };
        let records = answer.verify(&expected).ok();
        Ok(records.map(|records| Answered { phone: answer.phone, records }))
    }

    /// The answer that lies among this device's own records: the last one of the case on each notice
    /// that was not taken back.
    fn answer_kept(
        &self,
        case: Uuid,
        request: &Request,
        phone: PublicKey,
    ) -> Result<Answer, DraftError> {
        let mut found: Vec<Option<VerifiedRecord>> = vec![None; request.notices.len()];
        for row in self.store.rows(RECORD)? {
            let Ok(kept) = self.vault.read::<KeptRecord>(RECORD, &row) else { continue };
            if kept.case != case || kept.withdrawn.is_some() || kept.ended {
                continue;
            }
            let Ok(record) = VerifiedRecord::verify(&kept.signed, &phone) else { continue };
            let at = request.notices.iter().position(|asked| asked.id == record.notice.id);
            let Some(last) = at.and_then(|at| found.get_mut(at)) else { continue };
            let is_later = last.as_ref().is_none_or(|last| last.device_seq < record.device_seq);
            if record.event().is_answer() && is_later {
                *last = Some(record);
            }
        }
        let records = found.into_iter().flatten().map(|r| ByteBuf::from(r.signed())).collect();
        Ok(Answer { schema_version: SCHEMA_VERSION, case: case.into_bytes(), phone, records })
    }
}

/// A message as the screen draws it.
fn codes(message: Message, bytes: &[u8]) -> CodePiecesView {
    // A piece is always short enough for a code.
    let pieces = pieces(message, bytes).iter().filter_map(|text| modules(text)).collect();
    CodePiecesView { pieces }
}
