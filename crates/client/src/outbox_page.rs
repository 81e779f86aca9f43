//! A page of the outbox: heads are read by the page, notes decrypted and acknowledgements verified
//! for the page only, so that 10,000 entries are as smooth as ten.

use crate::{
    cases::{CaseError, CaseNote, count, device_number, is_withdrawal, no_words, shown_state},
    core::Core,
};
use outbox::{EntryHead, EntryState};
use wire::ipc::{EntryKind, EntryView, OutboxCountsView, OutboxRequest, OutboxView};

/// Most rows of a page: 100, some screens full. Source: own judgement.
pub const MAX_PAGE: u32 = 100;

impl Core {
    /// A page of the outbox: what is not delivered first, newest first in each part.
    pub fn outbox_view(&self, request: &OutboxRequest) -> Result<OutboxView, CaseError> {
        let limit = request.limit.min(MAX_PAGE);
        let heads = self.outbox.entries_page(request.offset.into(), limit.into())?;
        let entries =
            heads.into_iter().map(|head| self.entry_view(head)).collect::<Result<_, _>>()?;
        let counts = self.outbox.counts()?;
        let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(OutboxView {
            entries,
            offset: request.offset,
            total: small(counts.posted()),
            pending: small(counts.queued + counts.parked),
            counts: OutboxCountsView {
                queued: small(counts.queued),
                parked: small(counts.parked),
                delivered: small(counts.delivered),
                cancelled: small(counts.cancelled),
            },
            last_delivered_at_ms: self.outbox.last_delivered()?.map(outbox::Timestamp::as_ms),
            connection: self.connection(),
            lost: self.lost_views()?,
        })
    }

    /// One row. An entry whose note cannot be read still goes out, and still has its row.
    pub fn entry_view(&self, head: EntryHead) -> Result<EntryView, CaseError> {
        let ack = self.acknowledgement(&head)?;
        let note = self.note(&head).ok();
        let acts = self.acts(&head, note.as_ref(), ack.as_ref());
        let (state, parked_reason) = shown_state(&head.state, ack.as_ref());
        let (attempts, next_try_at_ms) = match &head.state {
            EntryState::Queued { attempts, not_before } => {
                (*attempts, not_before.map(|at| at.as_ms()))
            }
            _ => (0, None),
        };
        let progress = self.outbox.progress(head.id)?.ok_or(CaseError::Unknown)?;
        let parts = self.outbox.parts(head.id)?.len();
        let kind = match is_withdrawal(&head, note.as_ref()) {
            true => EntryKind::Withdrawal,
            false => EntryKind::Application,
        };
        let (branch, amount_fen) = match note {
            Some(CaseNote::Application(note)) => (note.branch.name, Some(note.amount.get())),
            Some(CaseNote::Withdrawal { branch }) => (branch, None),
            None => (no_words(), None),
        };
        Ok(EntryView {
            case_id: head.id.to_string(),
            device_number: device_number(head.id.0),
            kind,
            branch,
            amount_fen,
            state,
            sending: self.outbox.sending().contains(&head.id),
            parked_reason,
            attempts,
            next_try_at_ms,
            saved_at_ms: head.saved_at.as_ms(),
            received_at_ms: ack.as_ref().map(|ack| ack.received_at.as_millis()),
            reference: ack.map(|ack| ack.reference.clone()),
            parts: count(parts),
            confirmed_bytes: progress.confirmed_bytes,
            total_bytes: progress.total_bytes,
            acts,
        })
    }
}
