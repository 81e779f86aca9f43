//! From one piece to its drawing: which layout, how large a code, and whether that is enough.

use super::code::Symbol;
use super::distance::Distance;
use super::svg::Drawing;
use super::{Piece, PosterError, Size, card, sheet, sticker};

/// A piece as drawn, upright, on a paper of its own.
pub(super) struct Leaf {
    pub(super) drawing: Drawing,
    /// Width and height of the paper.
    pub(super) paper_mm: (f64, f64),
    /// What the code must read back as.
    pub(super) text: String,
    /// Side of one module.
    pub(super) module_mm: f64,
}

/// What every layout is told besides the content.
pub(super) struct Brief<'b> {
    pub(super) symbol: &'b Symbol,
    /// What to say about the distance, e.g. "50 厘米".
    pub(super) reach: String,
    /// What to say about the place in a batch, e.g. "第 3 页 共 40 页 · 编号 0003".
    pub(super) mark: Option<&'b str>,
    /// The number of the place in a batch.
    pub(super) number: Option<u32>,
}

/// Draws a piece; `mark` is printed on papers that are pages of their own.
pub(super) fn draw(piece: &Piece<'_>, mark: Option<&str>) -> Result<Leaf, PosterError> {
    let symbol = Symbol::of(&piece.content.code)?;
    let code_mm = code_side(piece, symbol.modules())?;
    let module_mm = code_mm / symbol.modules() as f64;
    let served = Distance::served_by(module_mm)
        .ok_or(PosterError::CodeTooLong { characters: piece.content.code.text().len() })?;
    let brief = Brief { symbol: &symbol, reach: reach(served), mark, number: piece.number };
    let content = piece.content;
    let drawing = match piece.size {
        Size::A4 => sheet::draw(content, &brief, code_mm)?,
        Size::A3 => {
            let upright = sheet::draw(content, &brief, code_mm / sheet::A3_SCALE)?;
            let mut drawing = Drawing::default();
            drawing.place(&format!("scale({})", sheet::A3_SCALE), &upright);
            drawing
        }
        Size::A5 => card::draw(content, &brief)?,
        Size::Sticker80x100 => sticker::draw(content, &brief, &sticker::LARGE)?,
        Size::Sticker60x80 => sticker::draw(content, &brief, &sticker::SMALL)?,
    };
    Ok(Leaf { drawing, paper_mm: piece.size.paper_mm(), text: content.code.text(), module_mm })
}

/// Side of the code: the usual one, or the largest when the distance asks for more.
fn code_side(piece: &Piece<'_>, modules: usize) -> Result<f64, PosterError> {
    let usual = match piece.size {
        Size::A3 => sheet::CODE_MM * sheet::A3_SCALE,
        Size::A4 => sheet::CODE_MM,
        Size::A5 | Size::Sticker80x100 | Size::Sticker60x80 => piece.size.largest_code_mm(),
    };
    let Some(distance) = piece.distance else { return Ok(usual) };
    let least = distance.least_module_mm() * modules as f64;
    let largest = piece.size.largest_code_mm();
    if least <= usual {
        Ok(usual)
    } else if least <= largest {
        Ok(largest)
    } else {
        let enough = |size: &Size| least <= size.largest_code_mm();
        let serves = |size: Size| Distance::served_by(size.largest_code_mm() / modules as f64);
        Err(PosterError::TooFar {
            asked: distance,
            size: piece.size,
            serves: serves(piece.size),
            would_do: Size::ALL.into_iter().rev().find(enough),
            farthest: serves(Size::A3),
        })
    }
}

/// A distance as printed: centimetres below a metre, metres from there.
fn reach(distance: Distance) -> String {
    if distance.mm() < 1000.0 {
        format!("{} 厘米", distance.mm() / 10.0)
    } else {
        format!("{distance} 米")
    }
}
