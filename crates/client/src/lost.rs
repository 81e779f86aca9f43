//! What this device posted, and whether the outbox still has it.
//!
//! A log that something cut short looks to SQLite like a crash in the middle of a commit, so only
//! somebody who remembers the ids can tell (docs/adr/0012). Each submission and withdrawal writes
//! its id and its note into the client's own file, in the transaction of the handover. At start the
//! two files are compared.

use crate::{
    cases::{CaseError, CaseNote, device_number, no_words},
    core::Core,
    courier::greeting::probe,
    status::StatusError,
    store::{self, StoreError},
    vault::{Moment, VaultError},
};
use outbox::EntryId;
use rusqlite::Transaction;
use std::sync::{Arc, PoisonError};
use uuid::Uuid;
use wire::{
    ipc::{EntryAct, EntryKind, LostCaseView},
    problem::ProblemCode,
};

const POSTED: &str = "posted";

impl Core {
    /// Remembers an entry, within the transaction that saves it.
    pub fn remember(
        &self,
        tx: &Transaction<'_>,
        id: Uuid,
        note: &CaseNote,
        at: Moment<'_>,
    ) -> Result<(), VaultError> {
        self.vault.put(tx, POSTED, id.as_bytes(), note, at)
    }

    /// What is remembered of an entry.
    pub fn remembered(&self, id: Uuid) -> Result<Option<CaseNote>, VaultError> {
        let Some(row) = self.store.row(POSTED, id.as_bytes())? else { return Ok(None) };
        Ok(Some(self.vault.read(POSTED, &row)?))
    }

    /// Compares what was posted with what the outbox has. That this fails keeps nobody from
    /// working: it is done again at the next start.
    pub fn look_for_lost(&self) {
        match self.missing() {
            Ok(lost) => {
                if !lost.is_empty() {
                    tracing::error!("{} cases are gone from the outbox", lost.len());
                }
                *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = lost;
            }
            Err(e) => tracing::error!("the outbox was not compared with what was posted: {e}"),
        }
    }

    fn missing(&self) -> Result<Vec<Uuid>, CaseError> {
        let posted: Vec<EntryId> = self
            .store
            .ids(POSTED)
            .map_err(VaultError::from)?
            .iter()
            .filter_map(|id| Uuid::from_slice(id).ok().map(EntryId))
            .collect();
        Ok(self.outbox.missing(&posted)?.into_iter().map(|id| id.0).collect())
    }

    /// Whether a case is gone from the outbox.
    pub fn is_lost(&self, id: Uuid) -> bool {
        self.lost_ids().contains(&id)
    }

    /// How many cases are gone from the outbox.
    pub fn lost_count(&self) -> usize {
        self.lost_ids().len()
    }

    fn lost_ids(&self) -> Vec<Uuid> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The cases that are gone from the outbox, oldest first.
    pub fn lost_views(&self) -> Result<Vec<LostCaseView>, VaultError> {
        self.lost_ids().into_iter().map(|id| self.lost_view(id)).collect()
    }

    fn lost_view(&self, id: Uuid) -> Result<LostCaseView, VaultError> {
        let saved_at_ms = self
            .store
            .row(POSTED, id.as_bytes())?
            .map_or_else(Default::default, |row| row.saved_at_ms);
        let (kind, branch, amount_fen, acts) = match self.remembered(id) {
            Ok(Some(CaseNote::Application(note))) => (
                EntryKind::Application,
                note.branch.name.clone(),
                Some(note.amount.get()),
                self.can_ask_again(&note).then_some(EntryAct::AskAgain),
            ),
            Ok(Some(CaseNote::Withdrawal { branch })) => {
                (EntryKind::Withdrawal, branch, None, Some(EntryAct::SendAgain))
            }
            Ok(None) | Err(_) => (EntryKind::Application, no_words(), None, None),
        };
        Ok(LostCaseView {
            case_id: id.to_string(),
            device_number: device_number(id),
            kind,
            branch,
            amount_fen,
            saved_at_ms,
            acts: acts.into_iter().collect(),
        })
    }

    /// Whether the bank has a case that is gone from the outbox.
    ///
    /// Of a case that it does not know it says only that the proof is not good; it says the same to
    /// a clock that is off. So its time is asked first, and a clock that is off gets no answer.
    ///
    /// # Errors
    /// [`StatusError`]; nobody can tell.
    pub async fn is_at_bank(self: &Arc<Self>, id: Uuid) -> Result<bool, StatusError> {
        // First its time, by which the proof is made.
        probe(self).await.map_err(|_| StatusError::NotReached)?;
        match self.status(id).await {
            Ok(_) => Ok(true),
            Err(StatusError::Refused(problem)) if problem.code == ProblemCode::Unauthorised => {
                Ok(false)
            }
            Err(StatusError::Refused(_)) => Err(StatusError::NotReached),
            Err(e) => Err(e),
        }
    }

    /// Forgets a case that is gone from the outbox: the act of a person who knows about it.
    pub fn forget_lost(&self, id: Uuid) -> Result<(), CaseError> {
        if !self.is_lost(id) {
            return Err(CaseError::Unknown);
        }
        self.store
            .write("forget_lost", |tx| store::delete_row(tx, POSTED, id.as_bytes()))
            .map_err(VaultError::from)?;
        self.no_longer_lost(id);
        self.changed();
        Ok(())
    }

    /// Forgets a lost case within the transaction that saves another one in its place.
    pub fn replace_lost(&self, tx: &Transaction<'_>, id: Uuid) -> Result<(), StoreError> {
        if self.is_lost(id) { store::delete_row(tx, POSTED, id.as_bytes()) } else { Ok(()) }
    }

    /// Takes a case off the list in memory.
    pub fn no_longer_lost(&self, id: Uuid) {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).retain(|lost| *lost != id);
    }
}
