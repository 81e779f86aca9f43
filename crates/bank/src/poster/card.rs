//! The counter card: A5 upright, millimetres from the top left corner.
//!
//! The poster without its steps and its English: who, what for, the code, how, what it costs, the
//! warning, the way round. Type is 3.3 mm or larger.

use super::ink::{ACCENT, ALARM, HAIRLINE, INK, LEAST_ON_POSTER_MM, PAPER, QUIET};
use super::layout::Brief;
use super::sheet::WARNING;
use super::svg::{Anchor, Drawing, Type, balanced, ems};
use super::{PosterContent, PosterError};

const WIDTH: f64 = 148.0;
const HEIGHT: f64 = 210.0;
const LEFT: f64 = 12.0;
const RIGHT: f64 = WIDTH - LEFT;
const CENTRE: f64 = WIDTH / 2.0;
const FULL: f64 = RIGHT - LEFT;
const LEAST: f64 = LEAST_ON_POSTER_MM;

/// Side of the code with its quiet zone. A code of version 12 then has modules of 1.4 mm.
pub(super) const CODE_MM: f64 = 102.0;
const CODE_TOP: f64 = 45.0;

/// The whole card.
pub(super) fn draw(content: &PosterContent, brief: &Brief<'_>) -> Result<Drawing, PosterError> {
    let mut drawing = Drawing::default();
    drawing.raw(&format!(r#"<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>"#));
    drawing.raw(&format!(r#"<rect width="{WIDTH}" height="4" fill="{ACCENT}"/>"#));
    if let Some(mark) = brief.mark {
        drawing.text(RIGHT, 10.4, Type::plain(LEAST, QUIET).at(Anchor::End), mark);
    }
    heading(&mut drawing, content)?;
    let centred = |style: Type, text: &str| style.at(Anchor::Middle).legible(text, FULL, LEAST);
    let headline = &content.headline;
    drawing.text(CENTRE, 39.5, centred(Type::bold(8.4, INK), headline)?, headline);
    drawing.code((CENTRE - CODE_MM / 2.0, CODE_TOP), CODE_MM, brief.symbol);
    let how = format!("用「{}」App 扫，不要用别的软件付款或转账", content.app_name);
    drawing.text(CENTRE, 155.0, centred(Type::bold(4.6, INK), &how)?, &how);
    let facts = content.facts();
    let style = Type::bold(4.6, ACCENT);
    let together = facts.join(" · ");
    if let Ok(style) = style.at(Anchor::Middle).legible(&together, FULL, 4.2) {
        drawing.text(CENTRE, 164.0, style, &together);
    } else {
        for (line, y) in facts.iter().zip([161.4, 167.0]) {
            drawing.text(CENTRE, y, centred(style.capped(4.2), line)?, line);
        }
    }
    warning(&mut drawing);
    footer(&mut drawing, content, brief)?;
    Ok(drawing)
}

/// Bank on the left, branch on the right.
fn heading(drawing: &mut Drawing, content: &PosterContent) -> Result<(), PosterError> {
    const BANK_WIDTH: f64 = 72.0;
    const BRANCH_WIDTH: f64 = 48.0;
    let bank = Type::bold(6.6, ACCENT).legible(&content.bank_name, BANK_WIDTH, LEAST)?;
    drawing.text(LEFT, 20.6, bank, &content.bank_name);
    let branch = Type::bold(4.8, INK).at(Anchor::End);
    let lines = balanced(&content.branch_name, branch, BRANCH_WIDTH);
    let top = if lines.len() == 1 { 20.6 } else { 18.0 };
    for (line, row) in lines.iter().zip(0..) {
        let branch = branch.legible(line, BRANCH_WIDTH, LEAST)?;
        drawing.text(RIGHT, top + 6.0 * f64::from(row), branch, line);
    }
    drawing.rule(LEFT, RIGHT, 27.5, HAIRLINE);
    Ok(())
}

fn warning(drawing: &mut Drawing) {
    const TOP: f64 = 169.5;
    const TALL: f64 = 10.5;
    drawing.raw(&format!(
        r##"<rect x="{LEFT}" y="{TOP}" width="{FULL}" height="{TALL}" rx="1.6" fill="#ffffff" stroke="{ALARM}" stroke-width="0.6"/>"##
    ));
    let style = Type::bold(4.9, ALARM).at(Anchor::Middle).within(WARNING, FULL - 8.0);
    drawing.text(CENTRE, TOP + 7.0, style, WARNING);
}

/// The number to type, the telephone, the small print.
fn footer(
    drawing: &mut Drawing,
    content: &PosterContent,
    brief: &Brief<'_>,
) -> Result<(), PosterError> {
    const FIRST: f64 = 187.6;
    const HINT: &str = "扫不了？在 App 里输网点号";
    let hint = Type::plain(3.7, INK);
    drawing.text(LEFT, FIRST, hint, HINT);
    let number_left = LEFT + ems(HINT) * hint.size_mm + 0.5;
    let number = Type::bold(5.4, ACCENT);
    let number = number.legible(&content.branch_number, RIGHT - number_left, LEAST)?;
    drawing.text(number_left, FIRST, number, &content.branch_number);
    let phone = format!("网点电话 {}", content.branch_phone);
    drawing.text(LEFT, 194.0, Type::plain(3.7, INK).legible(&phone, FULL, LEAST)?, &phone);
    drawing.rule(LEFT, RIGHT, 197.2, HAIRLINE);
    let reach = format!("适合在 {}内扫", brief.reach);
    let small = Type::plain(LEAST, QUIET);
    drawing.text(RIGHT, 202.4, small.at(Anchor::End), &reach);
    let validity = format!("本码有效期至 {} · 以审批结果为准", content.valid_until);
    let room = FULL - ems(&reach) * LEAST - 3.0;
    drawing.text(LEFT, 202.4, small.legible(&validity, room, LEAST)?, &validity);
    Ok(())
}
