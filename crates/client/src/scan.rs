//! Step 1: from a picture, a text or a typed number to a draft for one branch.

use crate::{core::Core, drafts::DraftError};
use lending::{
    application::Entry,
    check::{BranchCode, BranchNumberError},
    ticket::{ForeignCode, TicketError, VerifiedTicket},
};
use lens::{Effort, PhotoError};
use serde_bytes::ByteBuf;
use wire::ipc::DraftView;

/// Why no draft was begun.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The file is no picture that can be read.
    #[error("picture: {0}")]
    Picture(#[from] PhotoError),
    /// No code in the picture.
    #[error("no code found")]
    NoCode,
    /// A code of somebody else.
    #[error("a foreign code: {0:?}")]
    Foreign(ForeignCode),
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
    /// The draft.
    #[error(transparent)]
    Draft(#[from] DraftError),
}

impl Core {
    /// Reads a picture and begins a draft with the first code in it that verifies.
    ///
    /// Blocks for up to the decoder's budget; nothing of a code that does not verify is kept,
    /// shown or opened.
    pub fn scan_picture(&self, picture: &[u8]) -> Result<DraftView, ScanError> {
        let frame = lens::read_photo(picture)?;
        let found = lens::decode(&frame, Effort::Photo);
        let mut first = None;
        for code in found {
            match self.open_code(&code.text) {
                Ok(draft) => return Ok(draft),
                // What concerns a branch code of ours is worth more to a person than a stranger's.
                Err(e @ ScanError::Foreign(_)) => first = first.or(Some(e)),
                Err(e) => return Err(e),
            }
        }
        Err(first.unwrap_or(ScanError::NoCode))
    }

    /// Begins a draft with the text of a code or link.
    pub fn open_code(&self, text: &str) -> Result<DraftView, ScanError> {
        let known = self.known().ok_or(DraftError::NoCatalogue)?;
        let verified = VerifiedTicket::verify(text, &self.trust.host, &known.directory, self.now());
        let ticket = verified.map_err(|e| match e {
            TicketError::NotATicket => ScanError::Foreign(ForeignCode::of(text)),
            other => ScanError::Ticket(other),
        })?;
        let place = known.catalogue.place_of_ticket(&ticket).ok_or(ScanError::PlaceUnknown)?;
        let entry = Entry::Ticket(ByteBuf::from(ticket.signed()));
        Ok(self.begin_draft(&known, place, entry)?)
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
}
