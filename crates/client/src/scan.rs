//! Step 1: from what a lens read, a link or a typed number to a draft for one branch; and, at step
//! 3, from a business licence to its enterprise code.
//!
//! The texts of codes come from [`Core::read_picture`] and [`Core::read_frame`] or, on phones, from
//! the same `lens` in the page. All of them, and pasted and linked ones, go one way: [`open_codes`].
//!
//! [`open_codes`]: Core::open_codes

use crate::{core::Core, drafts::DraftError, known::Known, visit::VisitError};
use lending::{
    application::Entry,
    check::{BranchCode, BranchNumberError},
    copy::named_in,
    foreign::{ForeignCode, licence_code},
    ticket::{TicketError, VerifiedTicket},
};
use lens::{Effort, Found, FrameError, GreyFrame, Hint, PhotoError};
use serde_bytes::ByteBuf;
use std::sync::PoisonError;
use wire::{
    ipc::{
        CodeView, CodesView, DraftView, Frame, KeyState, NotAFrame, PointView, ScanHint,
        SetFieldRequest,
    },
    pieces::Message,
    problem::Field,
};

/// Most codes looked at in one view: 64, more than a lens hands back.
const MAX_CODES: usize = 64;

/// Why no draft was begun.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The file is no picture that can be read.
    #[error("picture: {0}")]
    Picture(#[from] PhotoError),
    /// The bytes are no frame.
    #[error(transparent)]
    Bytes(#[from] NotAFrame),
    /// The frame is too small, or a strip.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// No code in the picture.
    #[error("no code found")]
    NoCode,
    /// No link waits.
    #[error("no link waits")]
    NoLink,
    /// A code of somebody else.
    #[error("a foreign code: {0:?}")]
    Foreign(ForeignCode),
    /// The code of a copy of a consent.
    #[error("the code of a consent; here: {is_here}")]
    Consent {
        /// Whether it stands in the list of consents on this device.
        is_here: bool,
    },
    /// No enterprise code in the licence's code.
    #[error("no enterprise code in the codes in view")]
    NoLicence,
    /// A branch code that does not hold.
    #[error(transparent)]
    Ticket(#[from] TicketError),
    /// A typed branch number that does not hold.
    #[error(transparent)]
    Number(#[from] BranchNumberError),
    /// No branch has this number.
    #[error("no branch has this number")]
    NumberUnknown,
    /// The code names a branch or product that the catalogue does not hold.
    #[error("the code's branch or product is not in the catalogue")]
    PlaceUnknown,
    /// A request or answer of another device.
    #[error(transparent)]
    Visit(#[from] VisitError),
    /// The draft.
    #[error(transparent)]
    Draft(#[from] DraftError),
}

/// Reads the codes in a picture file. Blocks for up to the decoder's budget; keeps nothing.
pub(crate) fn read_picture(picture: &[u8]) -> Result<CodesView, ScanError> {
    let frame = lens::read_photo(picture)?;
    Ok(codes_view(&frame, lens::decode(&frame, Effort::Photo)))
}

/// Reads the codes in a frame of a running camera. Blocks for tens of milliseconds; keeps nothing.
pub(crate) fn read_frame(body: Vec<u8>) -> Result<CodesView, ScanError> {
    let Frame { width, height, turn, luma } = Frame::read(body)?;
    let frame = GreyFrame::new(width.into(), height.into(), luma)?;
    Ok(codes_view(&frame, lens::decode(&frame, Effort::Live { turn })))
}

fn codes_view(frame: &GreyFrame, found: Vec<Found>) -> CodesView {
    let hint = if found.is_empty() { lens::hint(frame) } else { None };
    let point = |point: lens::Point| PointView { x: point.x, y: point.y };
    let code = |found: Found| CodeView {
        text: found.text,
        corners: found.corners.into_iter().map(point).collect(),
    };
    CodesView {
        codes: found.into_iter().map(code).collect(),
        hint: hint.map(|hint| match hint {
            Hint::TooDark => ScanHint::TooDark,
            Hint::TooFar => ScanHint::TooFar,
            Hint::Blurred => ScanHint::Blurred,
        }),
    }
}

impl Core {
    /// Begins a draft with the first of the codes that verifies; nothing of one that does not is
    /// kept, shown or opened.
    ///
    /// The pieces of another device's request are put together first. A branch code that does not
    /// hold is told before a code of somebody else.
    pub fn open_codes(&self, texts: &[String]) -> Result<DraftView, ScanError> {
        let known = self.known().ok_or(DraftError::NoCatalogue)?;
        let texts = &texts[..texts.len().min(MAX_CODES)];
        if let Some(request) = self.collect(texts, Message::Request)? {
            return Ok(self.open_request(&known, &request)?);
        }
        let mut foreign = None;
        for text in texts {
            match self.open_code(&known, text) {
                Err(e @ ScanError::Consent { is_here: true }) => return Err(e),
                Err(e @ ScanError::Consent { .. }) => foreign = Some(e),
                Err(e @ ScanError::Foreign(_)) => foreign = foreign.or(Some(e)),
                told => return told,
            }
        }
        Err(foreign.unwrap_or(ScanError::NoCode))
    }

    fn open_code(&self, known: &Known, text: &str) -> Result<DraftView, ScanError> {
        let (host, now) = (&self.trust.host, self.now());
        let verified = VerifiedTicket::verify(text, host, &known.directory, self.known_at(), now);
        let ticket = verified.map_err(|e| match e {
            TicketError::NotATicket => self.not_a_ticket(text),
            TicketError::StaleDirectory => {
                self.fetch_words();
                ScanError::Ticket(e)
            }
            other => ScanError::Ticket(other),
        })?;
        let place = known.catalogue.place_of_ticket(&ticket).ok_or(ScanError::PlaceUnknown)?;
        let entry = Entry::Ticket(ByteBuf::from(ticket.signed()));
        Ok(self.begin_draft(known, place, entry)?)
    }

    /// What a code is that begins no draft. One of a copy leads to its consent, if that is here.
    fn not_a_ticket(&self, text: &str) -> ScanError {
        match named_in(text, &self.trust.host) {
            Some(named) => ScanError::Consent { is_here: self.ask_for(named) },
            None => ScanError::Foreign(ForeignCode::of(text)),
        }
    }

    /// Keeps a link that the system handed over until the screen asks for it. In memory only. One that
    /// is pressed while an owner holds an officer's device is dropped.
    pub fn hand_over(&self, link: String) {
        if self.admit(None).is_err() {
            return;
        }
        *self.link.lock().unwrap_or_else(PoisonError::into_inner) = Some(link);
        self.changed();
    }

    /// Whether a link waits that can be opened now. One that comes before the first catalogue, or
    /// while the vault is locked, goes on waiting.
    pub fn link_waiting(&self) -> bool {
        let (_, key) = self.vault.state();
        let waits = self.link.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        waits && self.known().is_some() && key != KeyState::Locked
    }

    /// Begins a draft with the link that waits; asked once.
    pub fn open_link(&self) -> Result<DraftView, ScanError> {
        if !self.link_waiting() {
            return Err(ScanError::NoLink);
        }
        let link = self.link.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.open_codes(&[link.ok_or(ScanError::NoLink)?])
    }

    /// Begins a draft with a branch number typed by hand; its check character must fit.
    pub fn enter_branch(&self, number: &str) -> Result<DraftView, ScanError> {
        let known = self.known().ok_or(DraftError::NoCatalogue)?;
        let code = BranchCode::from_number(number)?;
        let branch = known.catalogue.branch(&code).ok_or(ScanError::NumberUnknown)?;
        let place = known
            .catalogue
            .place(&code, &branch.usual_product, None)
            .ok_or(ScanError::PlaceUnknown)?;
        Ok(self.begin_draft(&known, place, Entry::Typed)?)
    }

    /// Fills a draft's enterprise code from the licence in view.
    pub fn fill_licence(&self, draft_id: &str, texts: &[String]) -> Result<DraftView, ScanError> {
        if texts.is_empty() {
            return Err(ScanError::NoCode);
        }
        let code = texts.iter().take(MAX_CODES).find_map(|text| licence_code(text));
        let code = code.ok_or(ScanError::NoLicence)?;
        Ok(self.set_field(SetFieldRequest {
            draft_id: draft_id.into(),
            field: Field::EnterpriseCode,
            value: code.as_str().into(),
        })?)
    }
}
