//! Posters for a list of places: one PDF, numbered, with its list.
//!
//! Everything is checked before the first ticket is signed, and nothing leaves this module unless
//! every page was drawn and read back. Tickets are not kept anywhere, so a batch that fails has
//! issued nothing.

use super::{PlaceList, PlaceRow, PlacesError, PrintError, RowFault, poster_content};
use crate::{
    folder::Folder,
    poster::{
        Distance, Fonts, ListRow, Page, Piece, PosterContent, PosterError, Press, Size, list_pages,
        rows_a_page, stickers_a_sheet,
    },
    reference::chinese_date,
    tickets::{IssuedTicket, TicketOrder, TicketOrderError, issue_ticket},
};
use lending::catalogue::{Branch, Catalogue};
use seal::{Entropy, Timestamp};

/// Most pieces in one batch, copies counted: what a PDF reader still opens.
pub const MAX_PIECES: usize = 20_000;

/// What holds for a whole batch.
#[derive(Clone, Copy, Debug)]
pub struct BatchOrder<'o> {
    /// The size of places that name none.
    pub size: Size,
    /// The distance that every piece must be readable from.
    pub distance: Option<Distance>,
    /// Where stickers go.
    pub stickers: Stickers,
    /// Campaign, for counting.
    pub campaign: Option<&'o str>,
    /// Seconds from now until the tickets end.
    pub valid_for_s: u64,
}

/// Where the stickers of a batch go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stickers {
    /// Each on a page of its own size, for a label printer.
    OnLabels,
    /// Side by side on A4, with marks to cut along.
    OnA4,
}

/// What a batch is printed with.
#[derive(Clone, Copy, Debug)]
pub struct Means<'m> {
    /// The bank's folder, for its ticket key.
    pub folder: &'m Folder,
    /// The catalogue in force.
    pub catalogue: &'m Catalogue,
    /// Fonts.
    pub fonts: &'m Fonts,
}

/// A batch, ready to be written.
#[derive(Debug)]
pub struct PrintedBatch {
    /// Every page, and the list at the end.
    pub pdf: Vec<u8>,
    /// The list for a spreadsheet: CSV, UTF-8 with its mark.
    pub list: Vec<u8>,
    /// Places.
    pub places: usize,
    /// Pages, those of the list included.
    pub pages: usize,
}

/// A batch that was not printed.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// Lines of the list do not fit the catalogue; every one of them is named.
    #[error(transparent)]
    Places(#[from] PlacesError),
    /// Too much for one file.
    #[error("the batch has {0} pieces, copies counted, more than {MAX_PIECES}; print it in parts")]
    TooManyPieces(usize),
    /// A ticket could not be signed.
    #[error(transparent)]
    Ticket(#[from] TicketOrderError),
    /// A poster cannot be filled in.
    #[error(transparent)]
    Content(#[from] PrintError),
    /// A page could not be drawn.
    #[error("line {line}")]
    Piece {
        /// Line of the list.
        line: u64,
        /// Why.
        source: PosterError,
    },
    /// The document could not be put together.
    #[error(transparent)]
    Press(#[from] PosterError),
}

/// A place whose ticket is signed.
struct Issued<'r> {
    number: u32,
    row: &'r PlaceRow,
    size: Size,
    ticket: IssuedTicket,
    content: PosterContent,
}

/// Prints every place of a list, with one ticket each: posters in the order of the list, then
/// stickers on A4 by their size, then the list.
///
/// `progress` is told the pages done and due, after each page.
///
/// # Errors
/// [`BatchError`]; then nothing was issued.
pub fn print_batch(
    means: &Means<'_>,
    list: &PlaceList,
    order: &BatchOrder<'_>,
    now: Timestamp,
    entropy: &(impl Entropy + ?Sized),
    progress: &mut dyn FnMut(usize, usize),
) -> Result<PrintedBatch, BatchError> {
    let Means { folder, catalogue, fonts } = *means;
    check(catalogue, list)?;
    let rows = &list.rows;
    let pieces = rows.iter().map(|row| row.copies as usize).sum();
    if pieces > MAX_PIECES {
        return Err(BatchError::TooManyPieces(pieces));
    }
    let issued: Vec<Issued<'_>> = (1..)
        .zip(rows)
        .map(|(number, row)| issue(folder, catalogue, (number, row), order, now, entropy))
        .collect::<Result<_, _>>()?;
    let leaves = leaves(&issued, order.stickers);
    let pages = leaves.len() + issued.len().div_ceil(rows_a_page());
    let title = format!("{} · 网点码张贴清单", catalogue.bank.name.zh_hans);
    let mut press = Press::new(fonts, &title);
    for (at, leaf) in leaves.iter().enumerate() {
        let mark = format!("第 {} 页 共 {pages} 页 · 编号 {}", at + 1, leaf.numbers());
        let line = leaf.places.first().map_or(0, |place| place.row.line);
        let fault = |source| BatchError::Piece { line, source };
        let page = leaf.page(order.distance, &mark).map_err(fault)?;
        press.print(&page).map_err(fault)?;
        progress(at + 1, pages);
    }
    let listed: Vec<ListRow> = issued.iter().map(list_row).collect();
    let mark = |at: usize| format!("第 {} 页 共 {pages} 页", leaves.len() + at + 1);
    for page in list_pages(&title, &listed, mark)? {
        press.print(&page)?;
    }
    progress(pages, pages);
    let list = list_file(&issued, &listed);
    Ok(PrintedBatch { pdf: press.finish()?, list, places: issued.len(), pages })
}

/// Names every bad line: those that were no good by themselves, and those that the catalogue does
/// not bear out.
fn check(catalogue: &Catalogue, list: &PlaceList) -> Result<(), PlacesError> {
    let mut faults = list.faults.clone();
    for row in &list.rows {
        let reasons = reasons(catalogue, row).into_iter();
        faults.extend(reasons.map(|reason| RowFault { line: row.line, reason }));
    }
    faults.sort_by_key(|fault| fault.line);
    if faults.is_empty() { Ok(()) } else { Err(PlacesError::Rows(faults)) }
}

fn reasons(catalogue: &Catalogue, row: &PlaceRow) -> Vec<String> {
    let Some(branch) = branch_of(catalogue, row) else {
        let known = catalogue.branches.iter().map(|branch| branch.code.as_str());
        return vec![unknown("branch", &row.branch, known)];
    };
    let mut reasons = Vec::new();
    if let Some(asked) = row.product.as_deref().filter(|code| catalogue.product(code).is_none()) {
        let known = catalogue.products.iter().map(|product| product.code.as_str());
        reasons.push(unknown("product", asked, known));
    }
    let grids = || branch.grids.iter().map(|grid| grid.code.as_str());
    if let Some(asked) = row.grid.as_deref().filter(|asked| grids().all(|code| code != *asked)) {
        reasons.push(unknown(&format!("grid at {}", row.branch), asked, grids()));
    }
    if let Some(asked) = &row.officer {
        let mut here = catalogue.officers.iter().filter(|officer| officer.branch == branch.code);
        if here.clone().all(|officer| officer.staff_number != *asked) {
            let known = here.by_ref().map(|officer| officer.staff_number.as_str());
            reasons.push(unknown(&format!("officer at {}", row.branch), asked, known));
        }
    }
    reasons
}

fn unknown<'c>(what: &str, asked: &str, known: impl Iterator<Item = &'c str>) -> String {
    /// More than these help nobody to find a mistyped code.
    const SHOWN: usize = 12;
    let known: Vec<&str> = known.collect();
    let more = if known.len() > SHOWN { ", …" } else { "" };
    let shown = known.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    format!("no {what} {asked:?}; there are: {shown}{more}")
}

fn branch_of<'c>(catalogue: &'c Catalogue, row: &PlaceRow) -> Option<&'c Branch> {
    catalogue.branches.iter().find(|branch| branch.code.as_str() == row.branch)
}

fn issue<'r>(
    folder: &Folder,
    catalogue: &Catalogue,
    (number, row): (u32, &'r PlaceRow),
    order: &BatchOrder<'_>,
    now: Timestamp,
    entropy: &(impl Entropy + ?Sized),
) -> Result<Issued<'r>, BatchError> {
    let usual = branch_of(catalogue, row).map_or("", |branch| &branch.usual_product);
    let ticket_order = TicketOrder {
        branch: &row.branch,
        product: row.product.as_deref().unwrap_or(usual),
        grid: row.grid.as_deref(),
        officer: row.officer.as_deref(),
        campaign: order.campaign,
        valid_for_s: order.valid_for_s,
    };
    let ticket = issue_ticket(folder, catalogue, &ticket_order, now, entropy)?;
    let content = poster_content(catalogue, &ticket)?;
    Ok(Issued { number, row, size: row.size.unwrap_or(order.size), ticket, content })
}

/// One page of the batch: a place, or the stickers that share a sheet.
struct Leaf<'i> {
    size: Size,
    places: Vec<&'i Issued<'i>>,
    shared: bool,
}

/// The pages in the order they are printed.
fn leaves<'i>(issued: &'i [Issued<'i>], stickers: Stickers) -> Vec<Leaf<'i>> {
    let on_a_sheet = |size: Size| stickers_a_sheet(size).filter(|_| stickers == Stickers::OnA4);
    let copies = |place: &'i Issued<'i>| std::iter::repeat_n(place, place.row.copies as usize);
    let alone = issued.iter().filter(|place| on_a_sheet(place.size).is_none());
    let mut leaves: Vec<Leaf<'_>> = alone
        .flat_map(copies)
        .map(|place| Leaf { size: place.size, places: vec![place], shared: false })
        .collect();
    for size in Size::ALL {
        let Some(room) = on_a_sheet(size) else { continue };
        let all: Vec<_> =
            issued.iter().filter(|place| place.size == size).flat_map(copies).collect();
        let sheets = all.chunks(room);
        leaves.extend(sheets.map(|places| Leaf { size, places: places.to_vec(), shared: true }));
    }
    leaves
}

impl Leaf<'_> {
    fn page(&self, distance: Option<Distance>, mark: &str) -> Result<Page, PosterError> {
        let mut pieces = self.places.iter().map(|place| Piece {
            content: &place.content,
            size: self.size,
            distance,
            number: Some(place.number),
        });
        match pieces.next() {
            Some(piece) if !self.shared => Page::of(&piece, Some(mark)),
            first => {
                let pieces: Vec<Piece<'_>> = first.into_iter().chain(pieces).collect();
                Page::of_stickers(self.size, &pieces, Some(mark))
            }
        }
    }

    /// The numbers on it, e.g. "0003" or "0003–0008".
    fn numbers(&self) -> String {
        let number = |place: Option<&&Issued<'_>>| place.map_or(0, |place| place.number);
        let (first, last) = (number(self.places.first()), number(self.places.last()));
        if first == last { format!("{first:04}") } else { format!("{first:04}–{last:04}") }
    }
}

fn list_row(place: &Issued<'_>) -> ListRow {
    let last_moment = (place.ticket.ticket.not_after_s * 1000).saturating_sub(1);
    ListRow {
        number: format!("{:04}", place.number),
        place: place.row.place.clone(),
        branch: format!("{} {}", place.content.branch_number, place.content.branch_name),
        serial: serial_text(place.ticket.ticket.serial),
        pieces: format!("{} × {}", size_text(place.size), place.row.copies),
        valid_until: chinese_date(Timestamp::from_millis(last_moment)).to_string(),
    }
}

/// "A4", "80×100".
fn size_text(size: Size) -> String {
    size.name().replace('x', "×").to_uppercase()
}

/// Sixteen digits in groups of four: readable, and no number that a spreadsheet would round.
fn serial_text(serial: u64) -> String {
    let digits = format!("{serial:016}");
    let groups = digits.as_bytes().chunks(4).map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(" ")
}

/// The list for a spreadsheet.
fn list_file(issued: &[Issued<'_>], listed: &[ListRow]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(b"\xEF\xBB\xBF".to_vec());
    let header =
        ["编号", "地点", "网点", "产品", "网格", "客户经理", "码的序号", "规格", "有效期至"];
    // Writing to memory cannot fail.
    let _ = writer.write_record(header);
    for (place, row) in issued.iter().zip(listed) {
        let ticket = &place.ticket.ticket;
        let _ = writer.write_record([
            row.number.as_str(),
            &row.place,
            &row.branch,
            &ticket.product,
            ticket.grid.as_deref().unwrap_or_default(),
            ticket.officer.as_deref().unwrap_or_default(),
            &row.serial,
            &row.pieces,
            &row.valid_until,
        ]);
    }
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests;
