//! The owner's copy of consents: its words, from what this device holds; and the file of it.
//!
//! The words and their order are `lending::copy`'s. The page draws them, because the web view has
//! the system's Han letters and this program has none (ADR 0019); what comes back is kept only when
//! the lines that were drawn are those words. No network is asked.

mod pdf;

use crate::{
    cases::device_number,
    consent::{KeptRecord, RECORD},
    core::Core,
    drafts::DraftError,
    known::Known,
    qr::modules,
    store::StoreError,
    vault::VaultError,
};
use data_encoding::BASE64;
use lending::{
    consent::VerifiedRecord,
    copy::{self, Block, Copied, Named, Style, letters},
    notice::Notice,
};
use pdf::Sheet;
use seal::cbor;
use std::sync::PoisonError;
use uuid::Uuid;
use wire::ipc::{
    CopyBlockView, CopyFile, CopyOf, CopyRequest, CopySheetRequest, CopyView, ExportView,
    SaveCopyRequest,
};

/// Most sheets of a copy: a case asks a handful of consents, two or three pages each.
const MAX_SHEETS: usize = 60;
/// Longest side of a drawn sheet, pixels: what web views draw at most.
const MAX_SIDE_PX: u32 = 32_767;

/// Why there is no copy. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// This device holds no such case or record.
    #[error("no such consent")]
    Unknown,
    /// A record whose signature or words cannot be proved here.
    #[error("no copy of what cannot be proved: {0}")]
    Unproved(&'static str),
    /// The sheets are not the copy.
    #[error("not the sheets of the copy: {0}")]
    Sheets(&'static str),
    /// The text of a code is too long for one, which a catalogue's host rules out.
    #[error("no code can be drawn")]
    Code,
    /// The catalogue.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The file.
    #[error("the file could not be written")]
    File(#[from] std::io::Error),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<StoreError> for CopyError {
    fn from(error: StoreError) -> Self {
        Self::Vault(error.into())
    }
}

/// A record of this device whose signature holds.
struct Held {
    id: Uuid,
    kept: KeptRecord,
    record: VerifiedRecord,
}

impl Core {
    /// What stands on a copy, in the language in which the first of its pages was shown.
    pub fn consent_copy(&self, request: &CopyRequest) -> Result<CopyView, CopyError> {
        let (locale, _, blocks) = self.copy_blocks(request)?;
        let blocks = blocks.into_iter().map(block_view).collect::<Result<_, _>>()?;
        Ok(CopyView { locale: locale.into(), blocks })
    }

    /// Keeps drawn sheets as a file in `exports/`. A file of the same name is written over.
    pub fn save_copy(&self, request: &SaveCopyRequest) -> Result<ExportView, CopyError> {
        let (_, name, blocks) = self.copy_blocks(&request.copy)?;
        let sheets = &request.sheets;
        if sheets.is_empty() || sheets.len() > MAX_SHEETS {
            return Err(CopyError::Sheets("how many"));
        }
        let lines = sheets.iter().flat_map(|sheet| &sheet.lines).map(|line| line.text.as_str());
        if letters(lines) != letters(blocks.iter().flat_map(words_of)) {
            return Err(CopyError::Sheets("other words"));
        }
        let drawn = sheets.iter().map(drawn).collect::<Result<Vec<_>, _>>()?;
        let (ending, bytes) = match (request.file, drawn.as_slice()) {
            (CopyFile::Picture, [one]) if one.image.starts_with(PNG) => ("png", one.image.clone()),
            (CopyFile::Pages, pages) if pages.iter().all(|page| page.image.starts_with(JPEG)) => {
                ("pdf", pdf::of(pages))
            }
            _ => return Err(CopyError::Sheets("another kind of picture")),
        };
        let view = self.write_export(format!("{name}.{ending}"), &bytes)?;
        tracing::info!("wrote a copy of consents");
        Ok(view)
    }

    /// Whether a code's record stands in the list of consents here; then the list tells of it once.
    pub fn ask_for(&self, named: Named) -> bool {
        let Ok(Some(held)) = self.held_by_id(&Uuid::from_bytes(named.record_id)) else {
            return false;
        };
        let is_listed = held.record.event().is_answer() && !held.kept.ended;
        let is_here = is_listed && held.record.digest() == named.digest;
        if is_here {
            *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(held.id);
        }
        is_here
    }

    fn held_by_id(&self, id: &Uuid) -> Result<Option<Held>, CopyError> {
        Ok(self.held_records()?.into_iter().find(|held| held.id == *id))
    }

    /// Every record whose signature holds, oldest first.
    fn held_records(&self) -> Result<Vec<Held>, CopyError> {
        let device = self.device_key()?.public();
        let mut held = Vec::new();
        for row in self.store.rows(RECORD)? {
            let kept: KeptRecord = match self.vault.read(RECORD, &row) {
                Ok(kept) => kept,
                Err(VaultError::Unreadable(_)) => continue,
                Err(e) => return Err(e.into()),
            };
            let Ok(record) = VerifiedRecord::verify(&kept.signed, &device) else { continue };
            held.push(Held { id: Uuid::from_bytes(record.record_id), kept, record });
        }
        held.sort_by_key(|held| held.record.device_seq);
        Ok(held)
    }

    /// The language, the name of the file, and what stands on the copy.
    fn copy_blocks(
        &self,
        request: &CopyRequest,
    ) -> Result<(lending::Locale, String, Vec<Block>), CopyError> {
        let id = Uuid::try_parse(&request.id).map_err(|_| CopyError::Unknown)?;
        let known = self.known().ok_or(DraftError::NoCatalogue)?;
        let held = self.held_records()?;
        let is_meant = |held: &&Held| {
            held.record.event().is_answer()
                && match request.of {
                    CopyOf::Case => held.kept.case == id,
                    CopyOf::Record => held.id == id,
                }
        };
        let meant: Vec<&Held> = held.iter().filter(is_meant).collect();
        if meant.is_empty() {
            return Err(CopyError::Unknown);
        }
        let notices = meant
            .iter()
            .map(|held| notice_of(held, &known).ok_or(CopyError::Unproved("the words are gone")))
            .collect::<Result<Vec<_>, _>>()?;
        let copied: Vec<Copied<'_>> = meant
            .iter()
            .zip(&notices)
            .map(|(one, notice)| Copied {
                record: &one.record,
                notice,
                end: held
                    .iter()
                    .find(|end| {
                        end.record.happened.ends.is_some_and(|id| *id == *one.id.as_bytes())
                    })
                    .map(|end| &end.record),
            })
            .collect();
        let blocks = copy::copy_of(&known.catalogue, &copied).map_err(|e| match e {
            copy::CopyError::Empty => CopyError::Unknown,
            copy::CopyError::Words => CopyError::Unproved("other words"),
            copy::CopyError::End => CopyError::Unproved("not an answer with its end"),
        })?;
        let name = match request.of {
            CopyOf::Case => format!("授权书-{}", device_number(id)),
            CopyOf::Record => format!("授权书-{}", &id.simple().to_string()[..8]),
        };
        Ok((copy::locale_of(&copied), name, blocks))
    }
}

/// The words as they were kept with the record; for one from before copies, those of the catalogue
/// on this device, which may be others by now: `copy_of` compares them.
fn notice_of(held: &Held, known: &Known) -> Option<Notice> {
    let kept = held.kept.notice.as_ref().and_then(|bytes| cbor::decode(bytes).ok());
    kept.or_else(|| known.catalogue.notice(&held.record.notice.id).cloned())
}

/// What is drawn in letters of a block: its label, and its text unless that is a code.
fn words_of(block: &Block) -> impl Iterator<Item = &str> {
    let text = (block.style != Style::Code).then_some(block.text.as_str());
    block.label.as_deref().into_iter().chain(text)
}

fn block_view(block: Block) -> Result<CopyBlockView, CopyError> {
    let modules = match block.style {
        Style::Code => modules(&block.text).ok_or(CopyError::Code)?,
        _ => Vec::new(),
    };
    Ok(CopyBlockView { style: block.style.into(), label: block.label, text: block.text, modules })
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";

fn drawn(sheet: &CopySheetRequest) -> Result<Sheet<'_>, CopyError> {
    let image = BASE64.decode(sheet.image.as_bytes());
    let image = image.map_err(|_| CopyError::Sheets("not base 64"))?;
    let fits = |side: u32| (1..=MAX_SIDE_PX).contains(&side);
    if !fits(sheet.width) || !fits(sheet.height) {
        return Err(CopyError::Sheets("its size"));
    }
    Ok(Sheet { image, width: sheet.width, height: sheet.height, lines: &sheet.lines })
}
