//! Stickers: white, upright, millimetres from the top left corner.
//!
//! Two lines above the code (bank, branch) and four below (how, the way round, the warning, how
//! long and how far). No rates: a sticker names no offer. Type is 2.4 mm or larger.

use super::ink::{ACCENT, ALARM, INK, LEAST_ON_STICKER_MM, QUIET};
use super::layout::Brief;
use super::svg::{Anchor, Drawing, Type, ems};
use super::{PosterContent, PosterError};

/// Measures of one size. Base lines are from the top edge.
pub(super) struct Measures {
    width_mm: f64,
    /// Left and right of the text; the knife may be 1 mm off.
    margin_mm: f64,
    /// Side of the code with its quiet zone.
    pub(super) code_mm: f64,
    code_top: f64,
    bank: (f64, f64),
    branch: (f64, f64),
    how: (f64, f64),
    number: (f64, f64),
    warning: (f64, f64),
    small_print: f64,
}

/// 80 x 100 mm. A code of version 12 has modules of 0.94 mm.
pub(super) const LARGE: Measures = Measures {
    width_mm: 80.0,
    margin_mm: 5.0,
    code_mm: 69.0,
    code_top: 12.3,
    bank: (4.2, 6.8),
    branch: (3.3, 11.3),
    how: (3.6, 84.8),
    number: (3.1, 89.0),
    warning: (3.2, 93.2),
    small_print: 97.2,
};

/// 60 x 80 mm. A code of version 12 has modules of 0.72 mm.
pub(super) const SMALL: Measures = Measures {
    width_mm: 60.0,
    margin_mm: 3.0,
    code_mm: 53.0,
    code_top: 9.7,
    bank: (3.3, 5.3),
    branch: (2.7, 8.9),
    how: (3.1, 65.6),
    number: (2.7, 69.5),
    warning: (2.8, 73.4),
    small_print: 77.2,
};

/// The warning in short.
const WARNING: &str = "放款前不收费，先要钱的是骗子";

/// The whole sticker.
pub(super) fn draw(
    content: &PosterContent,
    brief: &Brief<'_>,
    measures: &Measures,
) -> Result<Drawing, PosterError> {
    const LEAST: f64 = LEAST_ON_STICKER_MM;
    let (left, right) = (measures.margin_mm, measures.width_mm - measures.margin_mm);
    let (centre, room) = (measures.width_mm / 2.0, right - left);
    let mut drawing = Drawing::default();
    let code_left = centre - measures.code_mm / 2.0;
    drawing.code((code_left, measures.code_top), measures.code_mm, brief.symbol);
    let how = format!("用「{}」App 扫", content.app_name);
    let number = format!("扫不了？输网点号 {}", content.branch_number);
    let lines = [
        (measures.bank, ACCENT, true, content.bank_name.as_str()),
        (measures.branch, INK, true, content.branch_name.as_str()),
        (measures.how, INK, true, how.as_str()),
        (measures.number, INK, false, number.as_str()),
        (measures.warning, ALARM, true, WARNING),
    ];
    for ((size_mm, y), colour, bold, text) in lines {
        let style = if bold { Type::bold(size_mm, colour) } else { Type::plain(size_mm, colour) };
        drawing.text(centre, y, style.at(Anchor::Middle).legible(text, room, LEAST)?, text);
    }
    let valid = format!("有效期至 {}", content.valid_until);
    let reach = format!("{}内扫", brief.reach);
    let number = brief.number.map(numbered).unwrap_or_default();
    let together = [&valid, &reach, &number].map(|text| ems(text)).iter().sum::<f64>() * LEAST;
    if together > room {
        return Err(PosterError::TextTooLong { text: valid, least_mm: LEAST });
    }
    let small = Type::plain(LEAST, QUIET);
    drawing.text(left, measures.small_print, small, &valid);
    if number.is_empty() {
        drawing.text(right, measures.small_print, small.at(Anchor::End), &reach);
    } else {
        let between = (left + ems(&valid) * LEAST + right - ems(&number) * LEAST) / 2.0;
        drawing.text(between, measures.small_print, small.at(Anchor::Middle), &reach);
        drawing.text(right, measures.small_print, small.at(Anchor::End), &number);
    }
    Ok(drawing)
}

/// The number of a place, as printed: "0003".
pub(super) fn numbered(number: u32) -> String {
    format!("{number:04}")
}
