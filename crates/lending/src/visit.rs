//! A visit: the officer's tablet asks (授权请求码), the owner's own phone answers (授权应答码), both
//! without a network.
//!
//! A request carries no words: the phone shows those of its own signed catalogue, and refuses a
//! request about others. It is not signed, because nothing in it is believed. An answer is the
//! phone's key and its signed records; [`Answer::verify`] is the only way to attach them.

use crate::{
    Locale,
    application::{Entry, Refusal},
    asked::{Asked, By},
    catalogue::{Catalogue, Place, Product},
    check::BranchCode,
    consent::VerifiedRecord,
    notice::Notice,
    subject::EnterpriseCode,
    ticket::{TicketError, VerifiedTicket},
};
use miniz_oxide::{deflate::compress_to_vec, inflate::decompress_to_vec_with_limit};
use seal::{Digest, KeyDirectory, KeyId, PublicKey, Timestamp, cbor};
use serde_bytes::ByteBuf;
use serde_indexed::{DeserializeIndexed, SerializeIndexed};

/// Version of both shapes.
pub const SCHEMA_VERSION: u8 = 1;

/// Most bytes of a request or an answer, unpacked: 64 KiB, ninety records. Source: own judgement.
pub const MAX_BYTES: usize = 64 * 1024;

/// How hard an answer is pressed: the most that miniz_oxide does.
const COMPRESSION: u8 = 10;

/// What a tablet asks of an owner's own phone. The order of fields is their key, from 1.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Request {
    /// Version of the shape.
    pub schema_version: u8,
    /// The bank's code.
    pub bank: String,
    /// The case: the id of the tablet's draft, and of the envelope it will be.
    #[serde(with = "serde_bytes")]
    pub case: [u8; 16],
    /// The key of the device that asks.
    pub asker: KeyId,
    /// Its catalogue, for the log of whoever looks into a difference.
    pub catalogue_version: u32,
    /// How the tablet came to the branch: the signed ticket, or a typed number.
    pub entry: Entry,
    /// The branch.
    pub branch: BranchCode,
    /// The product.
    pub product: String,
    /// The enterprise that applies.
    pub enterprise_code: EnterpriseCode,
    /// The notices, in order.
    pub notices: Vec<NoticeAsked>,
    /// When it was made, by the tablet.
    pub at: Timestamp,
    /// The grid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grid: Option<String>,
    /// Staff number of the officer who asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub officer: Option<String>,
}

/// A notice by its words.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct NoticeAsked {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// Digest over its words in every language.
    pub digest: Digest,
}

impl From<&Notice> for NoticeAsked {
    fn from(notice: &Notice) -> Self {
        Self { id: notice.id.clone(), version: notice.version, digest: words_digest(notice) }
    }
}

/// The digest over the words of a notice in every language, and the lists behind them.
pub fn words_digest(notice: &Notice) -> Digest {
    Digest::of(&cbor::encode(&Locale::ALL.map(|locale| notice.digest(locale))))
}

/// Why a phone shows nothing of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not a request of this version.
    #[error("not a request")]
    Shape,
    /// Of another bank.
    #[error("a request of another bank")]
    OtherBank,
    /// This device made it.
    #[error("a request of this same device")]
    OwnDevice,
    /// Its branch ticket does not hold, or is of another place.
    #[error("the request's branch code: {0}")]
    Ticket(TicketError),
    /// The catalogue here has no such branch or product.
    #[error("the request's branch or product is not in the catalogue")]
    Place,
    /// The catalogue here has other words.
    #[error("the request is about other words")]
    Words,
}

impl Request {
    /// The bytes for the codes.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(self)
    }

    /// Reads a request. Nothing of it is believed yet.
    ///
    /// # Errors
    /// [`RequestError::Shape`].
    pub fn decode(bytes: &[u8]) -> Result<Self, RequestError> {
        let request: Self = cbor::decode_canonical(bytes).map_err(|_| RequestError::Shape)?;
        let fits = bytes.len() <= MAX_BYTES && request.schema_version == SCHEMA_VERSION;
        fits.then_some(request).ok_or(RequestError::Shape)
    }

    /// The place it is for, if this device (`own`) holds exactly the words that are asked about.
    /// `known_at` is when the directory was fetched. The officer is looked up, never taken over.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn place<'c>(
        &self,
        catalogue: &'c Catalogue,
        directory: &KeyDirectory,
        own: KeyId,
        known_at: Timestamp,
        now: Timestamp,
    ) -> Result<Place<'c>, RequestError> {
        if self.bank != catalogue.bank.code {
            return Err(RequestError::OtherBank);
        }
        if self.asker == own {
            return Err(RequestError::OwnDevice);
        }
        if let Entry::Ticket(signed) = &self.entry {
            let ticket = VerifiedTicket::from_signed(signed, directory, known_at, now)
                .map_err(RequestError::Ticket)?;
            if ticket.branch != self.branch || ticket.product != self.product {
                return Err(RequestError::Ticket(TicketError::Forged));
            }
        }
        let mut place = catalogue
            .place(&self.branch, &self.product, self.grid.as_deref())
            .ok_or(RequestError::Place)?;
        let here = catalogue.notices_of(place.product).into_iter().map(NoticeAsked::from);
        if !here.eq(self.notices.iter().cloned()) {
            return Err(RequestError::Words);
        }
        place.officer = self.officer.as_deref().and_then(|number| catalogue.officer(number));
        Ok(place)
    }

    /// The digest of its branch ticket, for the records.
    pub fn ticket(&self) -> Option<Digest> {
        ticket_of(&self.entry)
    }
}

/// The digest of the branch ticket that somebody came with; none for a typed number.
pub fn ticket_of(entry: &Entry) -> Option<Digest> {
    match entry {
        Entry::Ticket(signed) => Some(Digest::of(signed)),
        Entry::Typed => None,
    }
}

/// What a phone answers. The order of fields is their key, from 1.
#[derive(Clone, Debug, PartialEq, Eq, SerializeIndexed, DeserializeIndexed)]
#[serde(auto_index, offset = 1)]
pub struct Answer {
    /// Version of the shape.
    pub schema_version: u8,
    /// The case of the request.
    #[serde(with = "serde_bytes")]
    pub case: [u8; 16],
    /// The phone's key.
    pub phone: PublicKey,
    /// Its signed records, one for each notice, in order.
    pub records: Vec<ByteBuf>,
}

/// What an answer has to answer: the draft as it is on the tablet now.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The catalogue of the tablet.
    pub catalogue: &'a Catalogue,
    /// The product.
    pub product: &'a Product,
    /// The draft.
    pub case: [u8; 16],
    /// The branch.
    pub branch: &'a BranchCode,
    /// How the tablet came there.
    pub entry: &'a Entry,
    /// The enterprise.
    pub enterprise_code: &'a EnterpriseCode,
    /// The id of the key of the tablet.
    pub asker: KeyId,
}

/// Why nothing of an answer is attached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Not an answer of this version, or larger than [`MAX_BYTES`].
    #[error("not an answer")]
    Shape,
    /// To another request, or to this one before something in it changed.
    #[error("the answer to another request")]
    Other,
    /// Its records do not hold.
    #[error("the answer's records: {0}")]
    Records(Refusal),
}

impl Answer {
    /// The bytes for the codes. Records are alike to a large part, so that all of them together
    /// are pressed to less than two.
    pub fn pack(&self) -> Vec<u8> {
        cbor::encode(&ByteBuf::from(compress_to_vec(&cbor::encode(self), COMPRESSION)))
    }

    /// Reads an answer. Nothing of it is believed yet.
    ///
    /// # Errors
    /// [`AnswerError::Shape`].
    pub fn unpack(bytes: &[u8]) -> Result<Self, AnswerError> {
        let packed: ByteBuf = cbor::decode_canonical(bytes).map_err(|_| AnswerError::Shape)?;
        let bytes =
            decompress_to_vec_with_limit(&packed, MAX_BYTES).map_err(|_| AnswerError::Shape)?;
        let answer: Self = cbor::decode_canonical(&bytes).map_err(|_| AnswerError::Shape)?;
        let fits = answer.schema_version == SCHEMA_VERSION;
        fits.then_some(answer).ok_or(AnswerError::Shape)
    }

    /// The records, if each is what intake will take: by the phone, of this case, enterprise and
    /// branch, about the words of the catalogue, in order and in one chain.
    ///
    /// # Errors
    /// [`AnswerError`]; then nothing of it counts.
    pub fn verify(&self, expected: &Expected<'_>) -> Result<Vec<VerifiedRecord>, AnswerError> {
        let notices = expected.catalogue.notices_of(expected.product);
        if self.case != expected.case {
            return Err(AnswerError::Other);
        }
        if notices.len() != self.records.len() {
            return Err(AnswerError::Records(Refusal::Consents));
        }
        let asked = Asked {
            bank: &expected.catalogue.bank,
            envelope_id: expected.case,
            enterprise_code: expected.enterprise_code,
            by: By::OwnPhone { phone: self.phone, asker: expected.asker },
        };
        let mut records: Vec<VerifiedRecord> = Vec::with_capacity(notices.len());
        for (notice, signed) in notices.into_iter().zip(&self.records) {
            let record = match asked.answer(notice, signed, records.last()) {
                Ok(record) if expected.is_met_by(&record) => record,
                Ok(_) => return Err(AnswerError::Other),
                Err(_) if self.is_elsewhere(expected, notice, signed) => {
                    return Err(AnswerError::Other);
                }
                Err(refusal) => return Err(AnswerError::Records(refusal)),
            };
            records.push(record);
        }
        Ok(records)
    }

    /// Whether a record that does not fit was honestly signed about another enterprise or other
    /// words: the request changed since, and asking again helps.
    fn is_elsewhere(&self, expected: &Expected<'_>, notice: &Notice, signed: &[u8]) -> bool {
        VerifiedRecord::verify(signed, &self.phone).is_ok_and(|record| {
            let shown = &record.notice;
            record.principal.enterprise_code != expected.enterprise_code.as_str()
                || shown.id != notice.id
                || shown.digest != notice.digest(shown.locale)
        })
    }
}

impl Expected<'_> {
    fn is_met_by(&self, record: &VerifiedRecord) -> bool {
        record.controller.branch == self.branch.as_str() && record.ticket == ticket_of(self.entry)
    }
}

#[cfg(test)]
#[path = "visit_tests.rs"]
mod tests;
