//! A list of places as a spreadsheet writes it: CSV to rows.
//!
//! The first line names the columns, in English or Chinese and in any order. Only the text is
//! judged here; whether a branch exists is the catalogue's to say.

use crate::poster::Size;
use csv::{ReaderBuilder, StringRecord, Trim};
use std::collections::BTreeSet;

/// Most places in one list.
pub const MAX_PLACES: usize = 10_000;
/// Most bytes of a list: 4 MiB, ten times what [`MAX_PLACES`] usual lines take.
pub const MAX_LIST_BYTES: usize = 4 * 1024 * 1024;
/// Most copies of one place.
pub const MAX_COPIES: u32 = 100;
/// Longest note of a place, in characters: what the list page holds.
pub const MAX_PLACE_CHARACTERS: usize = 30;
/// Longest code in any other column, in characters.
const MAX_CODE_CHARACTERS: usize = 40;

/// One line of a list, not yet held against the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceRow {
    /// Line of the file, counted from 1.
    pub line: u64,
    /// Branch code.
    pub branch: String,
    /// Product code; without one the branch's usual product.
    pub product: Option<String>,
    /// Grid code.
    pub grid: Option<String>,
    /// Staff number.
    pub officer: Option<String>,
    /// Where it is to hang.
    pub place: String,
    /// How many to print, 1 to [`MAX_COPIES`].
    pub copies: u32,
    /// On what; without one the batch's own size.
    pub size: Option<Size>,
}

/// What is wrong with one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    /// Line of the file, counted from 1.
    pub line: u64,
    /// What is wrong and what to do.
    pub reason: String,
}

/// A list as read: its good lines, and what is wrong with the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlaceList {
    /// The good lines, in their order.
    pub rows: Vec<PlaceRow>,
    /// What is wrong with the others. A batch with a fault is not printed.
    pub faults: Vec<RowFault>,
}

/// A list that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlacesError {
    /// More bytes than a list has.
    #[error("the list has {0} bytes, more than {MAX_LIST_BYTES}; split it into several files")]
    TooLarge(usize),
    /// Neither UTF-8 nor GB18030.
    #[error("the list is neither UTF-8 nor GB18030; save it as \"CSV UTF-8\"")]
    Encoding,
    /// No line at all, or only the one that names the columns.
    #[error(
        "the list is empty; write one line that names the columns, then one line for each place"
    )]
    Empty,
    /// The columns are not those of a list.
    #[error("{0}")]
    Columns(String),
    /// Too many lines.
    #[error("the list has more than {MAX_PLACES} places; split it into several files")]
    TooMany,
    /// Some lines are not good; every one of them is named.
    #[error("{}", listed(.0))]
    Rows(Vec<RowFault>),
}

fn listed(faults: &[RowFault]) -> String {
    /// A list whose every line is bad has one cause; its first lines show it.
    const SHOWN: usize = 200;
    let lines = faults.iter().take(SHOWN);
    let mut text = format!("{} faults in the list; nothing was printed", faults.len());
    for RowFault { line, reason } in lines {
        text += &format!("\n  line {line}: {reason}");
    }
    if faults.len() > SHOWN {
        text += &format!("\n  and {} more", faults.len() - SHOWN);
    }
    text
}

/// A column of the list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Branch,
    Product,
    Grid,
    Officer,
    Place,
    Copies,
    Size,
}

/// Their names, English first. `branch` and `place` must be there.
const COLUMNS: [(Column, [&str; 2]); 7] = [
    (Column::Branch, ["branch", "网点"]),
    (Column::Product, ["product", "产品"]),
    (Column::Grid, ["grid", "网格"]),
    (Column::Officer, ["officer", "客户经理"]),
    (Column::Place, ["place", "地点"]),
    (Column::Copies, ["copies", "份数"]),
    (Column::Size, ["size", "尺寸"]),
];

/// Reads a list: UTF-8 with or without its mark, or GB18030 as Chinese spreadsheets write it.
///
/// # Errors
/// [`PlacesError`] when it is no list at all. Bad lines are in [`PlaceList::faults`], so that those
/// which the catalogue does not bear out can be named with them.
pub fn read_places(bytes: &[u8]) -> Result<PlaceList, PlacesError> {
    if bytes.len() > MAX_LIST_BYTES {
        return Err(PlacesError::TooLarge(bytes.len()));
    }
    let text = decoded(bytes)?;
    let mut reader =
        ReaderBuilder::new().flexible(true).trim(Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|_| PlacesError::Encoding)?.clone();
    if header.iter().all(str::is_empty) {
        return Err(PlacesError::Empty);
    }
    let columns = columns(&header)?;
    let mut list = PlaceList::default();
    let mut lines = Lines { text: &text, byte: 0, line: 1 };
    for (at, record) in reader.records().enumerate() {
        if at == MAX_PLACES {
            return Err(PlacesError::TooMany);
        }
        let record = record.map_err(|_| PlacesError::Encoding)?;
        let line = lines.line_of(&record);
        // Spreadsheets write the lines that somebody emptied.
        if record.iter().all(str::is_empty) {
            continue;
        }
        match row(line, &columns, &record) {
            Ok(place) => list.rows.push(place),
            Err(reasons) => {
                let faults = reasons.into_iter().map(|reason| RowFault { line, reason });
                list.faults.extend(faults);
            }
        }
    }
    if list == PlaceList::default() { Err(PlacesError::Empty) } else { Ok(list) }
}

/// Counts lines as an editor shows them: the reader's own count leaves out blank ones.
struct Lines<'t> {
    text: &'t str,
    byte: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line on which a record begins. Records must come in their order.
    fn line_of(&mut self, record: &StringRecord) -> u64 {
        let bytes = self.text.as_bytes();
        let begin = record.position().map_or(0, |at| at.byte() as usize).min(bytes.len());
        let blank = bytes[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let begin = (begin + blank.count()).max(self.byte);
        let ends = bytes[self.byte..begin].iter().filter(|byte| **byte == b'\n').count();
        (self.byte, self.line) = (begin, self.line + ends as u64);
        self.line
    }
}

fn decoded(bytes: &[u8]) -> Result<String, PlacesError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.into());
    }
    // UTF-16, which a spreadsheet calls "Unicode text", would pass for odd GB18030.
    let wide = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    text.filter(|_| !wide).map(Into::into).ok_or(PlacesError::Encoding)
}

/// Which column stands where.
fn columns(header: &StringRecord) -> Result<Vec<Column>, PlacesError> {
    const KNOWN: &str = "branch, product, grid, officer, place, copies, size \
                         (网点、产品、网格、客户经理、地点、份数、尺寸)";
    let wrong = |text: String| PlacesError::Columns(text);
    let only = header.iter().next().filter(|_| header.len() == 1);
    if only.is_some_and(|name| name.contains([';', '\t'])) {
        return Err(wrong(
            "the columns of the list are not parted by commas; save it as CSV".into(),
        ));
    }
    let mut columns = Vec::new();
    for name in header {
        let plain = name.to_lowercase();
        let known = COLUMNS.into_iter().find(|(_, names)| names.contains(&plain.as_str()));
        let Some((column, _)) = known else {
            return Err(wrong(format!("no column {name:?} is known; there are: {KNOWN}")));
        };
        if columns.contains(&column) {
            return Err(wrong(format!("the column {name:?} is there twice")));
        }
        columns.push(column);
    }
    let there: BTreeSet<_> = columns.iter().copied().collect();
    for (column, [name, chinese]) in COLUMNS {
        if matches!(column, Column::Branch | Column::Place) && !there.contains(&column) {
            let text =
                format!("the list has no column {name} ({chinese}); name it in the first line");
            return Err(wrong(text));
        }
    }
    Ok(columns)
}

/// One line, or everything that is wrong with it.
fn row(line: u64, columns: &[Column], record: &StringRecord) -> Result<PlaceRow, Vec<String>> {
    if record.len() > columns.len() {
        let (got, due) = (record.len(), columns.len());
        let hint = "put a text that holds a comma in double quotes";
        return Err(vec![format!("{got} cells where {due} are due; {hint}")]);
    }
    let mut reasons = Vec::new();
    let mut cell = |wanted: Column, most: usize| {
        let at = columns.iter().position(|column| *column == wanted)?;
        let text = record.get(at).filter(|text| !text.is_empty())?;
        reasons.extend(fault_of(columns_name(wanted), text, most));
        Some(text.to_owned())
    };
    let branch = cell(Column::Branch, MAX_CODE_CHARACTERS);
    let product = cell(Column::Product, MAX_CODE_CHARACTERS);
    let grid = cell(Column::Grid, MAX_CODE_CHARACTERS);
    let officer = cell(Column::Officer, MAX_CODE_CHARACTERS);
    let place = cell(Column::Place, MAX_PLACE_CHARACTERS);
    let copies = cell(Column::Copies, MAX_CODE_CHARACTERS);
    let size = cell(Column::Size, MAX_CODE_CHARACTERS);
    if branch.is_none() {
        reasons.push("the branch is missing".into());
    }
    if place.is_none() {
        reasons.push("the place is missing".into());
    }
    let copies = copies.map_or(Some(1), |text| {
        let number = text.parse().ok().filter(|copies| (1..=MAX_COPIES).contains(copies));
        if number.is_none() {
            reasons.push(format!("copies {text:?} is not a number from 1 to {MAX_COPIES}"));
        }
        number
    });
    let size = size.and_then(|text| text.parse().map_err(|e| reasons.push(format!("{e}"))).ok());
    match (branch, place, copies) {
        (Some(branch), Some(place), Some(copies)) if reasons.is_empty() => {
            Ok(PlaceRow { line, branch, product, grid, officer, place, copies, size })
        }
        _ => Err(reasons),
    }
}

fn columns_name(wanted: Column) -> &'static str {
    COLUMNS.iter().find(|(column, _)| *column == wanted).map_or("", |(_, [name, _])| name)
}

/// Why a cell is not taken.
///
/// The list goes back into a spreadsheet, which runs what begins like a formula; and onto paper,
/// where a mark that cannot be seen can turn a name around.
fn fault_of(name: &str, text: &str, most: usize) -> Option<String> {
    let characters = text.chars().count();
    if characters > most {
        return Some(format!("{name} has {characters} characters; {most} is the most"));
    }
    if text.starts_with(['=', '+', '-', '@']) {
        let hint = "a spreadsheet runs that as a formula; begin with a word";
        return Some(format!("{name} {text:?} begins with a sign; {hint}"));
    }
    let unseen = text.chars().find(|letter| letter.is_control() || is_unseen(*letter))?;
    let code = u32::from(unseen);
    Some(format!("{name} holds the invisible character U+{code:04X}; type the cell anew"))
}

/// Marks of direction and joiners, line and paragraph ends, tags, and what is for private use.
fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{E000}'..='\u{F8FF}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{FFF0}'..='\u{FFFF}' | '\u{E0000}'..='\u{10FFFF}')
}

#[cfg(test)]
mod tests;
