//! A page: a piece on a paper of its own, or stickers side by side on A4 with marks for the knife.

use super::ink::{INK, LEAST_ON_POSTER_MM, QUIET};
use super::layout::{self, Leaf};
use super::svg::{Anchor, Drawing, Type};
use super::{Piece, PosterError, Size};

/// A drawing ready to print, and where its codes are.
pub struct Page {
    drawing: Drawing,
    paper_mm: (f64, f64),
    pub(super) codes: Vec<CodeOnPage>,
}

/// Where on the page one code, and no other, must be found.
pub(super) struct CodeOnPage {
    pub(super) text: String,
    pub(super) module_mm: f64,
    pub(super) left_mm: f64,
    pub(super) top_mm: f64,
    pub(super) width_mm: f64,
    pub(super) height_mm: f64,
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (width, height) = self.paper_mm;
        write!(f, "Page({width} x {height} mm, {} codes)", self.codes.len())
    }
}

/// How stickers of one size lie on an upright A4 sheet.
struct Grid {
    columns: usize,
    rows: usize,
    /// Width and height of a cell.
    cell_mm: (f64, f64),
    /// Left and top of the first cell.
    origin_mm: (f64, f64),
    /// Whether stickers lie on their side, because more of them fit so.
    turned: bool,
}

impl Grid {
    /// `None` for what is no sticker.
    fn of(size: Size) -> Option<Self> {
        let (paper_width, paper_height) = Size::A4.paper_mm();
        let (width, height) = size.paper_mm();
        let (columns, rows, turned) = match size {
            Size::Sticker80x100 => (2, 3, true),
            Size::Sticker60x80 => (3, 3, false),
            Size::A3 | Size::A4 | Size::A5 => return None,
        };
        let cell_mm = if turned { (height, width) } else { (width, height) };
        let left = (paper_width - cell_mm.0 * columns as f64) / 2.0;
        let top = (paper_height - cell_mm.1 * rows as f64) / 2.0;
        Some(Self { columns, rows, cell_mm, origin_mm: (left, top), turned })
    }

    /// Left and top of a cell, counted by rows.
    fn corner(&self, at: usize) -> (f64, f64) {
        let (column, row) = (at % self.columns, at / self.columns);
        let (left, top) = self.origin_mm;
        (left + self.cell_mm.0 * column as f64, top + self.cell_mm.1 * row as f64)
    }
}

/// How many stickers of a size go on one A4 sheet; `None` for what is no sticker.
pub fn stickers_a_sheet(size: Size) -> Option<usize> {
    Grid::of(size).map(|grid| grid.columns * grid.rows)
}

impl Page {
    /// A piece on a paper of its own. The mark, e.g. "第 3 页 共 40 页 · 编号 0003", is printed where
    /// there is room: not on stickers.
    ///
    /// # Errors
    ///
    /// [`PosterError`].
    pub fn of(piece: &Piece<'_>, mark: Option<&str>) -> Result<Self, PosterError> {
        let Leaf { drawing, paper_mm, text, module_mm } = layout::draw(piece, mark)?;
        let (width_mm, height_mm) = paper_mm;
        let code = CodeOnPage { text, module_mm, left_mm: 0.0, top_mm: 0.0, width_mm, height_mm };
        Ok(Self { drawing, paper_mm, codes: vec![code] })
    }

    /// Stickers of one size on A4, with marks to cut along. At most [`stickers_a_sheet`] of them
    /// are taken; posters and cards are none.
    ///
    /// # Errors
    ///
    /// [`PosterError`].
    pub fn of_stickers(
        size: Size,
        pieces: &[Piece<'_>],
        mark: Option<&str>,
    ) -> Result<Self, PosterError> {
        let Some(grid) = Grid::of(size) else {
            return Err(PosterError::Drawing(format!("size {size} is no sticker")));
        };
        let mut page = Self::with_codes(Drawing::default(), Size::A4.paper_mm(), Vec::new());
        for (at, piece) in pieces.iter().take(grid.columns * grid.rows).enumerate() {
            let leaf = layout::draw(&Piece { size, ..*piece }, None)?;
            let (left_mm, top_mm) = grid.corner(at);
            let (width_mm, height_mm) = grid.cell_mm;
            let transform = if grid.turned {
                format!("translate({:.3} {top_mm:.3}) rotate(90)", left_mm + width_mm)
            } else {
                format!("translate({left_mm:.3} {top_mm:.3})")
            };
            page.drawing.place(&transform, &leaf.drawing);
            let (text, module_mm) = (leaf.text, leaf.module_mm);
            page.codes.push(CodeOnPage { text, module_mm, left_mm, top_mm, width_mm, height_mm });
        }
        cut_marks(&mut page.drawing, &grid);
        let (width, height) = size.paper_mm();
        let hint = format!("沿十字线裁开，每张 {width} × {height} 毫米 · 打印时选“实际大小”");
        let small = Type::plain(LEAST_ON_POSTER_MM, QUIET).at(Anchor::Middle);
        let (middle, _) = Size::A4.paper_mm();
        page.drawing.text(middle / 2.0, 16.0, small, &hint);
        page.drawing.text(middle / 2.0, 284.0, small, mark.unwrap_or_default());
        Ok(page)
    }

    /// A drawing and the codes to be read back from it.
    pub(super) fn with_codes(
        drawing: Drawing,
        paper_mm: (f64, f64),
        codes: Vec<CodeOnPage>,
    ) -> Self {
        Self { drawing, paper_mm, codes }
    }

    /// Width and height in millimetres.
    pub fn paper_mm(&self) -> (f64, f64) {
        self.paper_mm
    }

    pub(super) fn svg(&self) -> String {
        self.drawing.finished(self.paper_mm)
    }
}

/// A cross at each corner of each cell, 2 mm to either side: it stays off the codes, and what the
/// knife leaves of it is a hair at the edge.
fn cut_marks(drawing: &mut Drawing, grid: &Grid) {
    const ARM: f64 = 2.0;
    let mut path = String::new();
    for row in 0..=grid.rows {
        for column in 0..=grid.columns {
            let x = grid.origin_mm.0 + grid.cell_mm.0 * column as f64;
            let y = grid.origin_mm.1 + grid.cell_mm.1 * row as f64;
            let (left, top, across) = (x - ARM, y - ARM, 2.0 * ARM);
            path += &format!("M{left:.2} {y:.2}h{across}M{x:.2} {top:.2}v{across}");
        }
    }
    drawing.raw(&format!(r#"<path d="{path}" stroke="{INK}" stroke-width="0.15" fill="none"/>"#));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stickers_fill_a_sheet_and_stay_on_it() {
        for (size, count) in [(Size::Sticker80x100, 6), (Size::Sticker60x80, 9)] {
            let grid = Grid::of(size).unwrap();
            assert_eq!(stickers_a_sheet(size), Some(count));
            let (left, top) = grid.corner(0);
            let (right, bottom) = grid.corner(count - 1);
            // Office printers leave 5 mm blank.
            assert!(left >= 5.0 && top >= 5.0, "{size}");
            assert!(right + grid.cell_mm.0 <= 205.0 && bottom + grid.cell_mm.1 <= 292.0, "{size}");
        }
        assert_eq!(stickers_a_sheet(Size::A4), None);
    }
}
