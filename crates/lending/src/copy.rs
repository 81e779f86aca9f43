//! The owner's copy (授权书副本): what was asked and answered, in words, for the person to keep.
//!
//! Everything on it comes from signed records, the words that they name by digest, and the signed
//! catalogue. A page draws the [`Block`]s from top to bottom and adds nothing. A copy is in the
//! language that the page was in. It bears no name, number or pseudonym of a person.

mod words;

use crate::{
    Locale,
    catalogue::Catalogue,
    check::BranchCode,
    consent::{Event, RecipientRole, VerifiedRecord},
    notice::Notice,
};
use seal::Digest;
use words::Words;

/// Between the address of the words and what names the record, in a code's text. What stands after
/// it is not sent to the server by a browser that opens the address.
const RECORD_MARK: &str = "#r=";
const DIGEST_MARK: &str = "&d=";

/// Longest code text looked at, in bytes. A host has at most 253 (RFC 1035), and an id of a notice
/// is a word.
const MAX_CODE_BYTES: usize = 600;

/// How a block is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// What the sheet is.
    Title,
    /// Smaller and paler.
    Soft,
    /// A part begins.
    Heading,
    /// The question of a consent.
    Question,
    /// What was answered.
    Answer,
    /// A short line with its label in front.
    Fact,
    /// A paragraph.
    Text,
    /// Signs to be compared one by one: an id, a digest.
    Mark,
    /// The text of a code; its label says what it is for.
    Code,
}

/// One piece of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// How it is set.
    pub style: Style,
    /// What stands in front of it.
    pub label: Option<String>,
    /// The words.
    pub text: String,
}

/// A record, the words it is about, and its end if it has one.
#[derive(Clone, Copy, Debug)]
pub struct Copied<'a> {
    /// The answer. Its signature held, or it would not exist.
    pub record: &'a VerifiedRecord,
    /// The words as this device kept them.
    pub notice: &'a Notice,
    /// The record that ended it.
    pub end: Option<&'a VerifiedRecord>,
}

/// Why there is no copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// There is no record to copy.
    #[error("no record to copy")]
    Empty,
    /// The words are not those that the record names by digest.
    #[error("the words are not those of the record")]
    Words,
    /// The record is the end of another one, or another one than said is ended.
    #[error("not an answer with its own end")]
    End,
}

/// The copy of some records of one bank, in the order given.
///
/// # Errors
/// [`CopyError`]; nothing is copied that cannot be proved.
pub fn copy_of(catalogue: &Catalogue, records: &[Copied<'_>]) -> Result<Vec<Block>, CopyError> {
    let first = records.first().ok_or(CopyError::Empty)?;
    let words = Words::of(first.record.notice.locale);
    let bank = catalogue.bank.name.get(words.locale);
    let mut sheet = Sheet::default();
    sheet.add(Style::Title, words.title);
    sheet.add(Style::Soft, words.bank_and_count(bank, records.len()));
    for copied in records {
        copied.check()?;
        copied.write(&mut sheet, catalogue);
    }
    sheet.add(Style::Heading, words.undo_title);
    sheet.add(Style::Text, words.undo_path);
    let branch = BranchCode::new(&first.record.controller.branch).ok();
    let branch = branch.and_then(|code| catalogue.branch(&code));
    sheet.add(Style::Text, words.undo_call(bank, &catalogue.bank.phone));
    if let Some(branch) = branch {
        sheet.add(Style::Text, words.undo_branch(branch.name.get(words.locale), &branch.phone));
    }
    sheet.add(Style::Soft, words.compare);
    Ok(sheet.blocks)
}

impl Copied<'_> {
    fn check(&self) -> Result<(), CopyError> {
        let (record, shown) = (self.record, &self.record.notice);
        let is_it = self.notice.id == shown.id
            && self.notice.version == shown.version
            && self.notice.digest(shown.locale) == shown.digest;
        if !is_it {
            return Err(CopyError::Words);
        }
        let ends_it = |end: &VerifiedRecord| {
            end.device == record.device
                && end.happened.ends.is_some_and(|id| *id == record.record_id)
        };
        let fits = record.event().is_answer() && self.end.is_none_or(ends_it);
        fits.then_some(()).ok_or(CopyError::End)
    }

    fn write(&self, sheet: &mut Sheet, catalogue: &Catalogue) {
        let (record, notice) = (self.record, self.notice);
        let words = Words::of(record.notice.locale);
        let text = |text: &crate::Text| text.get(words.locale).to_owned();
        sheet.add(Style::Heading, words.version(record.notice.version));
        if let Some(adverse) = &notice.adverse_effect {
            sheet.add(Style::Text, text(adverse));
        }
        sheet.add(Style::Question, text(&notice.question));
        sheet.add(Style::Answer, words.answer(record.event(), record.times.wall));
        if let Some(end) = self.end {
            sheet.add(Style::Answer, words.answer(end.event(), end.times.wall));
        }
        for (line, said) in &notice.lines {
            sheet.fact(words.line(*line), text(said));
        }
        sheet.fact(words.buttons, words.both(&text(&notice.agree), &text(&notice.refuse)));
        sheet.add(Style::Text, text(&notice.if_refused));
        if let Some(because) = &notice.necessary_because {
            sheet.add(Style::Text, text(because));
        }
        for (_, paragraph) in &notice.full_text {
            sheet.add(Style::Text, text(paragraph));
        }
        self.write_scope(sheet, words, catalogue);
        let (host, path) = (&catalogue.bank.host, &record.notice.path);
        sheet.fact(words.page, format!("https://{host}/{path}"));
        sheet.mark(words.words_digest, record.notice.digest.to_hex());
        sheet.mark(words.record_id, hex(&record.record_id));
        sheet.mark(words.record_digest, record.digest().to_hex());
        let code = code_text(&catalogue.bank.host, record);
        sheet.blocks.push(Block {
            style: Style::Code,
            label: Some(words.code.to_owned()),
            text: code,
        });
    }

    /// What the record fixes beyond the words: whose data, which, from when to when, how long kept.
    fn write_scope(&self, sheet: &mut Sheet, words: Words, catalogue: &Catalogue) {
        let record = self.record;
        let is_refused = record.event() == Event::Refused;
        sheet.add(Style::Soft, if is_refused { words.scope_refused } else { words.scope });
        sheet.fact(words.enterprise, record.principal.enterprise_code.clone());
        let bank = catalogue.bank.name.get(words.locale).to_owned();
        let recipient = match record.recipient.role {
            RecipientRole::Controller => bank,
            RecipientRole::Guarantor | RecipientRole::CreditBureau => self
                .notice
                .recipient
                .as_ref()
                .map_or(bank, |to| words.named(to.name.get(words.locale), &to.contact)),
        };
        sheet.fact(words.recipient, recipient);
        let items: Vec<String> =
            record.items.iter().map(|item| words.item(&item.code, &item.source)).collect();
        sheet.fact(words.items, items.join(words.comma));
        let range = &record.data_range;
        sheet.fact(words.months, words.days(range.from, range.to));
        sheet.fact(words.often, words.times(record.fetch));
        sheet.fact(words.until, words.minute(record.valid.until));
        sheet.fact(words.kept, words.retention(&record.retention));
    }
}

#[derive(Default)]
struct Sheet {
    blocks: Vec<Block>,
}

impl Sheet {
    fn add(&mut self, style: Style, text: impl Into<String>) {
        self.blocks.push(Block { style, label: None, text: text.into() });
    }

    fn fact(&mut self, label: &str, text: String) {
        self.blocks.push(Block { style: Style::Fact, label: Some(label.to_owned()), text });
    }

    fn mark(&mut self, label: &str, text: String) {
        self.blocks.push(Block { style: Style::Mark, label: Some(label.to_owned()), text });
    }
}

/// A record as a code names it. Untrusted until a record of this device fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The record's id.
    pub record_id: [u8; 16],
    /// The digest of the signed record.
    pub digest: Digest,
}

/// The text of a record's code: the bank's page with the words, then the record's id and digest.
/// Any scanner opens the page; the app finds the record.
pub fn code_text(host: &str, record: &VerifiedRecord) -> String {
    let (path, id) = (&record.notice.path, hex(&record.record_id));
    let digest = record.digest().to_hex();
    format!("https://{host}/{path}{RECORD_MARK}{id}{DIGEST_MARK}{digest}")
}

/// The record that a code of `host` names; none when it is no code of a copy.
pub fn named_in(code: &str, host: &str) -> Option<Named> {
    let code = code.trim();
    if code.len() > MAX_CODE_BYTES {
        return None;
    }
    let (found_host, rest) = code.strip_prefix("https://")?.split_once('/')?;
    let (path, named) = rest.split_once(RECORD_MARK)?;
    let (id, digest) = named.split_once(DIGEST_MARK)?;
    let ours = found_host.eq_ignore_ascii_case(host) && path.starts_with("n/");
    let record_id = bytes_of(id)?;
    ours.then_some(Named { record_id, digest: Digest::from_bytes(bytes_of(digest)?) })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of<const N: usize>(hex: &str) -> Option<[u8; N]> {
    if hex.len() != 2 * N || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

/// What the person reads of some blocks, without spaces: what a drawn sheet is compared with.
pub fn letters<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    texts.into_iter().flat_map(str::chars).filter(|c| !c.is_whitespace()).collect()
}

/// The language of a copy: that of its first record.
pub fn locale_of(records: &[Copied<'_>]) -> Locale {
    records.first().map_or(Locale::ZhHans, |copied| copied.record.notice.locale)
}

#[cfg(test)]
#[path = "copy_tests.rs"]
mod tests;
