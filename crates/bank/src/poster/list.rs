//! The list that goes with a batch: which number hangs where.

use super::ink::{ACCENT, HAIRLINE, INK, LEAST_ON_POSTER_MM, QUIET};
use super::page::Page;
use super::svg::{Anchor, Drawing, Type, em, ems};
use super::{PosterError, Size};

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    /// The number printed on the piece, e.g. "0003".
    pub number: String,
    /// Where it is to hang.
    pub place: String,
    /// Branch code and name.
    pub branch: String,
    /// Serial of its ticket.
    pub serial: String,
    /// Size and copies, e.g. "a4 × 2".
    pub pieces: String,
    /// Last day it is valid.
    pub valid_until: String,
}

const LEFT: f64 = 17.0;
const RIGHT: f64 = 193.0;
const FIRST_ROW: f64 = 48.0;
const ROW_MM: f64 = 8.4;
const ROWS: usize = 27;

/// Left edge and width of each column.
const COLUMNS: [(f64, f64, &str); 6] = [
    (LEFT, 13.0, "编号"),
    (LEFT + 13.0, 51.0, "地点"),
    (LEFT + 64.0, 35.0, "网点"),
    (LEFT + 99.0, 38.0, "码的序号"),
    (LEFT + 137.0, 16.5, "规格"),
    (LEFT + 153.5, 22.5, "有效期至"),
];

/// How many lines go on one page of the list.
pub fn rows_a_page() -> usize {
    ROWS
}

/// The list on A4 pages. `mark` says what page it is, e.g. "第 39 页 共 40 页", counted from 0
/// within the list.
///
/// # Errors
///
/// [`PosterError::TextTooLong`] for the title.
pub fn list_pages(
    title: &str,
    rows: &[ListRow],
    mark: impl Fn(usize) -> String,
) -> Result<Vec<Page>, PosterError> {
    let pages = rows.chunks(ROWS).enumerate();
    pages.map(|(at, rows)| page(title, rows, &mark(at))).collect()
}

fn page(title: &str, rows: &[ListRow], mark: &str) -> Result<Page, PosterError> {
    let small = Type::plain(LEAST_ON_POSTER_MM, QUIET);
    let mut drawing = Drawing::default();
    let style = Type::bold(6.4, ACCENT).legible(title, RIGHT - LEFT, LEAST_ON_POSTER_MM)?;
    drawing.text(LEFT, 26.0, style, title);
    drawing.text(LEFT, 33.0, small, "请按编号张贴；撕下的码交回网点销毁");
    drawing.text(RIGHT, 287.0, small.at(Anchor::End), mark);
    for (left, _, heading) in COLUMNS {
        drawing.text(left, FIRST_ROW - 4.6, Type::bold(LEAST_ON_POSTER_MM, INK), heading);
    }
    drawing.rule(LEFT, RIGHT, FIRST_ROW - 3.0, INK);
    for (row, top) in rows.iter().zip(0..) {
        let top = FIRST_ROW - 3.0 + ROW_MM * f64::from(top);
        let cells =
            [&row.number, &row.place, &row.branch, &row.serial, &row.pieces, &row.valid_until];
        for (cell, (left, width, _)) in cells.into_iter().zip(COLUMNS) {
            two_lines(&mut drawing, (left, top), cell, width - 1.5);
        }
        drawing.rule(LEFT, RIGHT, top + ROW_MM, HAIRLINE);
    }
    Ok(Page::with_codes(drawing, Size::A4.paper_mm(), Vec::new()))
}

/// A cell, on one line in the middle of its row or on two; what those do not hold is cut.
fn two_lines(drawing: &mut Drawing, (left, top): (f64, f64), text: &str, width_mm: f64) {
    let style = Type::plain(LEAST_ON_POSTER_MM, INK);
    let room = width_mm / style.size_mm;
    if ems(text) <= room {
        drawing.text(left, top + 5.4, style, text);
        return;
    }
    let (first, rest) = cut(text, room);
    drawing.text(left, top + 3.7, style, first);
    if ems(rest) <= room {
        drawing.text(left, top + 7.4, style, rest);
    } else {
        let (second, _) = cut(rest, room - 1.0);
        drawing.text(left, top + 7.4, style, &format!("{second}…"));
    }
}

/// As much of a text as `room` ems hold, at a blank if one is near, and the rest.
fn cut(text: &str, room: f64) -> (&str, &str) {
    let mut wide = 0.0;
    let fits = text.char_indices().take_while(|(_, letter)| {
        wide += em(*letter);
        wide <= room
    });
    let most = fits.last().map_or(0, |(at, letter)| at + letter.len_utf8());
    let blank = text[..most].rfind(' ').filter(|at| ems(&text[..*at]) > room / 2.0);
    let at = blank.unwrap_or(most);
    (text[..at].trim_end(), text[at..].trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_cell_is_cut_at_a_blank_that_is_near() {
        assert_eq!(cut("南门市场 3 号摊", 6.5), ("南门市场 3", "号摊"));
        assert_eq!(cut("临泉县经济技术开发区", 4.0), ("临泉县经", "济技术开发区"));
    }

    #[test]
    fn a_list_is_parted_into_pages() {
        let row = ListRow {
            number: "0001".into(),
            place: "长".repeat(30),
            branch: "LQ01-9 临泉县经济技术开发区中原农产品批发市场支行".into(),
            serial: "0123 4567 8901 2345".into(),
            pieces: "80x100 × 100".into(),
            valid_until: "2027-11-22".into(),
        };
        let rows = vec![row; ROWS + 1];
        let pages = list_pages("清单", &rows, |at| format!("第 {} 页", at + 1)).unwrap();
        assert_eq!(pages.len(), 2);
        assert!(pages[0].svg().contains("第 1 页") && pages[1].svg().contains("第 2 页"));
    }
}
