//! What an opened envelope means to the bank: accepted, or refused with a code.

use crate::{
    bank::Desk,
    ledger::{ApplicationRow, ConsentRow, Content},
};
use lending::{
    application::{Application, Entry},
    catalogue::Catalogue,
    consent::VerifiedRecord,
    part::Part,
    status::Status,
    ticket::Ticket,
};
use seal::{PublicKey, Timestamp, cbor, sign::Unverified};
use uuid::Uuid;
use wire::bank::schema;

/// An envelope's content, judged but not yet recorded.
pub(super) struct Judged {
    pub(super) device: PublicKey,
    pub(super) schema: u8,
    pub(super) content: Content,
    pub(super) consents: Vec<ConsentRow>,
    /// The key that signed them.
    pub(super) consents_by: PublicKey,
    /// They stay with a refused one: the person who asks for more looks at them.
    pub(super) parts: Vec<Part>,
    pub(super) refused: Option<&'static str>,
}

impl Judged {
    /// The same, not accepted. Its consent records do not count.
    pub(super) fn refused(self, code: &'static str) -> Self {
        let content = match self.content {
            Content::Application(row) => Content::Application(Box::new(ApplicationRow {
                status: Status::Refused,
                refused_code: Some(code),
                ..*row
            })),
            Content::Withdrawal | Content::RefusedWithdrawal => Content::RefusedWithdrawal,
        };
        Self { content, consents: Vec::new(), refused: Some(code), ..self }
    }
}

/// Judges an application with the catalogue it was made with.
pub(super) fn judge_application(application: &Application, desk: &Desk, now: Timestamp) -> Judged {
    let published = &desk.published;
    let catalogue = published.catalogue_of(application.catalogue_version);
    let judgement = application.judge(catalogue, &published.directory, now);
    let (grid, officer) = grid_and_officer(application, catalogue);
    let judged = Judged {
        device: application.device,
        schema: schema::APPLICATION,
        content: Content::Application(Box::new(ApplicationRow {
            status: Status::Received,
            refused_code: None,
            device_seq: application.device_seq,
            branch: application.branch.as_str().into(),
            grid,
            product: application.product.clone(),
            officer,
            enterprise_code: application.enterprise_code.as_str().into(),
            mobile: application.mobile.as_str().into(),
            amount_fen: application.amount.get(),
            term_months: application.term.get(),
            purpose: application.purpose.clone(),
            catalogue_version: application.catalogue_version,
            saved_at: application.saved_at,
        })),
        consents: Vec::new(),
        consents_by: application.consents_by(),
        parts: application.parts.clone(),
        refused: None,
    };
    match judgement {
        Ok(records) => Judged { consents: records.iter().map(consent_row).collect(), ..judged },
        Err(refusal) => judged.refused(refusal.code()),
    }
}

/// Grid and officer by the ticket and the catalogue; what the device says counts for neither, or
/// an edited app could send work, and credit for it, to anybody.
fn grid_and_officer(
    application: &Application,
    catalogue: &Catalogue,
) -> (Option<String>, Option<String>) {
    let ticket = match &application.entry {
        // Its signature was judged before; a ticket that did not hold leads to a refusal.
        Entry::Ticket(signed) => Unverified::parse(signed)
            .ok()
            .and_then(|ticket| cbor::decode::<Ticket>(ticket.claimed_payload()).ok()),
        Entry::Typed => None,
    };
    let (grid, officer) = ticket.map_or((None, None), |ticket| (ticket.grid, ticket.officer));
    let place = catalogue.place(&application.branch, &application.product, grid.as_deref());
    let known = |number: &String| catalogue.officer(number).is_some();
    let of_grid = place.and_then(|place| place.officer).map(|o| o.staff_number.clone());
    (grid, officer.filter(known).or(of_grid))
}

pub(super) fn consent_row(record: &VerifiedRecord) -> ConsentRow {
    ConsentRow {
        record_id: record.record_id,
        case: Uuid::from_bytes(record.envelope_id),
        notice: record.notice.id.clone(),
        event: record.event(),
        supersedes: record.happened.ends.map(|id| id.into_array()),
        signed: record.signed().to_vec(),
        // Signed when it is admitted, with the time of that.
        countersignature: Vec::new(),
        at: record.times.wall,
        is_necessary: record.is_necessary() && record.event().is_answer(),
    }
}
