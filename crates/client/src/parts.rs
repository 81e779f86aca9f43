//! Photos and files of a draft: sealed to the bank when they are added, and never again.
//!
//! First the sealed bytes are in the outbox, then the draft names them. A crash between the two
//! leaves a part that nothing names; [`Core::purge_sealed`] takes it away after 7 days. The content
//! is never written to the disk.

use crate::{
    consent::ConsentError,
    core::{Core, outbox_time},
    drafts::{DRAFT, Draft, DraftError, draft_id},
    post::PostError,
    store::{Row, StoreError},
    vault::VaultError,
};
use lending::part::{MAX_CONTENT_BYTES, MAX_PARTS, Part};
use outbox::{NewPart, PartDigest, Purged};
use seal::{Digest, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::PoisonError;
use wire::{
    bank::schema,
    ipc::{DraftView, PartView},
};

/// Least room on the disk for a photo to be taken: 200 MB. The queue still drains below it, and a
/// case of photos that were already taken can be sent. Source: own judgement, ten of the largest
/// parts.
pub const MIN_FREE_BYTES: u64 = 200 * 1000 * 1000;

/// Why a photo or file was not added or removed. The draft is as it was.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// Nothing in it, or kind or media type are no words for one.
    #[error("not a part")]
    Shape,
    /// Larger than any that the bank takes.
    #[error("the content has {size_bytes} bytes, more than {MAX_CONTENT_BYTES}")]
    TooLarge {
        /// What it has.
        size_bytes: u64,
    },
    /// The draft has as many as an envelope can name.
    #[error("the draft has {MAX_PARTS} parts already")]
    TooMany,
    /// Less than [`MIN_FREE_BYTES`] on the disk.
    #[error("{free_bytes} bytes free on the disk, less than {MIN_FREE_BYTES}")]
    DiskLow {
        /// What there is.
        free_bytes: u64,
    },
    /// The draft.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The seal.
    #[error(transparent)]
    Seal(#[from] ConsentError),
    /// The outbox.
    #[error(transparent)]
    Outbox(#[from] outbox::PartError),
    /// The vault or the file.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Why nothing was purged, or not all.
#[derive(Debug, thiserror::Error)]
pub enum PurgeError {
    /// The drafts cannot be read now, so nobody can tell what they name.
    #[error("the drafts cannot be read")]
    Vault(#[from] VaultError),
    /// The case that was saved and not posted yet.
    #[error(transparent)]
    Post(#[from] PostError),
    /// The outbox.
    #[error(transparent)]
    Outbox(#[from] outbox::StoreError),
}

/// A part as the draft keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct DraftPart {
    pub part: Part,
    pub saved_at: Timestamp,
}

impl DraftPart {
    pub fn view(&self) -> PartView {
        PartView {
            digest: self.part.digest.to_hex(),
            kind: self.part.kind.clone(),
            media_type: self.part.media_type.clone(),
            size_bytes: self.part.size_bytes,
            saved_at_ms: self.saved_at.as_millis(),
        }
    }

    pub fn digest(&self) -> PartDigest {
        PartDigest(*self.part.digest.as_bytes())
    }
}

impl Core {
    /// Refuses while the disk has less than [`MIN_FREE_BYTES`]: to be asked before a photo is taken.
    /// A system that does not tell is believed to have room.
    pub fn check_room(&self) -> Result<(), PartError> {
        match self.ports.disk.free_bytes(&self.data) {
            Some(free_bytes) if free_bytes < MIN_FREE_BYTES => {
                Err(PartError::DiskLow { free_bytes })
            }
            _ => Ok(()),
        }
    }

    /// Seals a photo or file and adds it to a draft. On the disk when this returns.
    pub fn add_part(
        &self,
        draft_id_text: &str,
        kind: &str,
        media_type: &str,
        content: &[u8],
    ) -> Result<DraftView, PartError> {
        let draft = draft_id(draft_id_text)?;
        self.check_room()?;
        let size_bytes = content.len() as u64;
        if size_bytes > MAX_CONTENT_BYTES {
            return Err(PartError::TooLarge { size_bytes });
        }
        let (before, _) = self.load_draft(draft)?;
        before.is_own()?;
        has_room(&before)?;

        let id = self.new_id();
        let mut part = Part {
            id: *id.as_bytes(),
            digest: Digest::of(&[]),
            kind: kind.to_owned(),
            media_type: media_type.to_owned(),
            size_bytes,
        };
        if !part.is_well_formed() {
            return Err(PartError::Shape);
        }
        let bytes = self.seal(content, id, schema::PART, &[], &self.device_key()?)?;
        part.digest = Digest::of(&bytes);
        part.size_bytes = bytes.len() as u64;
        let added = DraftPart { part, saved_at: self.now() };
        self.outbox.add_part(&NewPart {
            digest: added.digest(),
            bytes,
            saved_at: outbox_time(added.saved_at),
        })?;
        self.change_draft(draft, |draft| {
            has_room(draft)?;
            draft.parts.push(added);
            Ok(())
        })
    }

    /// Takes a photo or file out of a draft. Its sealed bytes go with the next purge after 7 days.
    pub fn remove_part(&self, draft_id_text: &str, digest: &str) -> Result<DraftView, PartError> {
        self.change_draft(draft_id(draft_id_text)?, |draft| {
            draft.parts.retain(|kept| kept.part.digest.to_hex() != digest);
            Ok(())
        })
    }

    /// Parts that are still needed though no entry names them: those of drafts, and those of a case
    /// that was saved and is not in the outbox yet.
    ///
    /// # Errors
    /// While the vault is locked nobody can tell, and nothing may be purged. Drafts of a lost key
    /// name nothing any more.
    pub fn parts_in_drafts(&self) -> Result<Vec<PartDigest>, PurgeError> {
        let mut parts: Vec<PartDigest> =
            self.handover()?.into_iter().flat_map(|handover| handover.part_digests()).collect();
        for row in self.store.rows(DRAFT)? {
            parts.extend(self.parts_of_row(&row)?);
        }
        Ok(parts)
    }

    fn parts_of_row(&self, row: &Row) -> Result<Vec<PartDigest>, PurgeError> {
        match self.vault.read::<Draft>(DRAFT, row) {
            Ok(draft) => Ok(draft.parts.iter().map(DraftPart::digest).collect()),
            Err(VaultError::Unreadable(_)) => Ok(Vec::new()),
            Err(e) => Err(e.into()),
        }
    }

    /// Purges the sealed bytes that nobody needs any more, while no draft can change.
    pub fn purge_sealed(&self) -> Result<Purged, PurgeError> {
        let _posting = self.posting.lock().unwrap_or_else(PoisonError::into_inner);
        let in_drafts = self.parts_in_drafts()?;
        Ok(self.outbox.purge(outbox_time(self.bank_now()), &in_drafts)?)
    }

    /// Which parts of a list have their bytes here.
    pub fn split_by_presence(
        &self,
        parts: Vec<DraftPart>,
    ) -> Result<(Vec<DraftPart>, Vec<DraftPart>), outbox::StoreError> {
        let mut here = Vec::new();
        let mut gone = Vec::new();
        for part in parts {
            let head = self.outbox.part(part.digest())?;
            let is_here = head.is_some_and(|head| head.purged_at.is_none());
            if is_here { &mut here } else { &mut gone }.push(part);
        }
        Ok((here, gone))
    }
}

fn has_room(draft: &Draft) -> Result<(), PartError> {
    if draft.parts.len() < MAX_PARTS { Ok(()) } else { Err(PartError::TooMany) }
}

impl From<StoreError> for PurgeError {
    fn from(error: StoreError) -> Self {
        Self::Vault(error.into())
    }
}

impl From<StoreError> for PartError {
    fn from(error: StoreError) -> Self {
        Self::Vault(error.into())
    }
}
