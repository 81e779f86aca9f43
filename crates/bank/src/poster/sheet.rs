//! The layout: A4 upright, all measures in millimetres from the top left corner.
//!
//! Top to bottom: who (bank, branch), what for, the code, how, what it costs, the warning, the way
//! round a code that cannot be scanned. Type is 3.3 mm or larger unless a long name must be fitted,
//! and stands out 7:1 from its paper.

use super::svg::{Anchor, Drawing, Type, balanced, ems};
use super::{PosterContent, PosterError, code, icons};

const WIDTH: f64 = 210.0;
const HEIGHT: f64 = 297.0;
/// Left and right margin: office printers leave 5 mm blank, a frame hides 5 more.
const LEFT: f64 = 17.0;
const RIGHT: f64 = WIDTH - LEFT;
const CENTRE: f64 = WIDTH / 2.0;

/// Side of the code with its quiet zone. A code of version 12 then has modules of 1.5 mm.
const CODE_MM: f64 = 108.0;
const CODE_TOP: f64 = 73.5;

/// Families asked for, best first: the open Han fonts, then those of the desktop systems.
const FAMILIES: &str = "'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', \
     'PingFang SC', 'Microsoft YaHei', 'WenQuanYi Micro Hei', sans-serif";

/// Warm off-white. Every colour of text below has 7:1 or more on it and on white.
const PAPER: &str = "#fbf8f1";
const INK: &str = "#1d2422";
const QUIET: &str = "#47504c";
const ACCENT: &str = "#0f5c4d";
const ALARM: &str = "#8f2a1a";
const HAIRLINE: &str = "#d9d2c3";

/// The whole poster as one SVG document.
pub(super) fn draw(content: &PosterContent) -> Result<String, PosterError> {
    let mut drawing = Drawing::default();
    drawing.raw(&format!(r#"<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>"#));
    drawing.raw(&format!(r#"<rect width="{WIDTH}" height="5" fill="{ACCENT}"/>"#));
    heading(&mut drawing, content);
    headline(&mut drawing, content);
    code_card(&mut drawing, content)?;
    steps(&mut drawing);
    facts(&mut drawing, content);
    warning(&mut drawing);
    footer(&mut drawing, content);
    Ok(drawing.finished(WIDTH, HEIGHT, FAMILIES))
}

/// Bank on the left, branch on the right, on one base line.
fn heading(drawing: &mut Drawing, content: &PosterContent) {
    const BANK_WIDTH: f64 = 98.0;
    const BRANCH_WIDTH: f64 = 70.0;
    let bank = Type::bold(8.6, ACCENT).within(&content.bank_name, BANK_WIDTH);
    drawing.text(LEFT, 24.0, bank, &content.bank_name);
    let english = Type::plain(3.6, QUIET).within(&content.bank_name_en, BANK_WIDTH);
    drawing.text(LEFT, 30.5, english, &content.bank_name_en);
    let branch = Type::bold(6.2, INK).at(Anchor::End);
    let lines = balanced(&content.branch_name, branch, BRANCH_WIDTH);
    let top = if lines.len() == 1 { 24.0 } else { 22.5 };
    for (line, row) in lines.iter().zip(0..) {
        let branch = branch.within(line, BRANCH_WIDTH);
        drawing.text(RIGHT, top + 8.0 * f64::from(row), branch, line);
    }
    drawing.rule(LEFT, RIGHT, 37.0, HAIRLINE);
}

fn headline(drawing: &mut Drawing, content: &PosterContent) {
    let chinese = Type::bold(12.6, INK).at(Anchor::Middle);
    drawing.text(CENTRE, 55.5, chinese.within(&content.headline, RIGHT - LEFT), &content.headline);
    let english = Type::plain(4.6, QUIET).at(Anchor::Middle);
    let english = english.within(&content.headline_en, RIGHT - LEFT);
    drawing.text(CENTRE, 64.8, english, &content.headline_en);
}

/// The code on white, in the corners of a viewfinder, and how to scan it.
fn code_card(drawing: &mut Drawing, content: &PosterContent) -> Result<(), PosterError> {
    let left = CENTRE - CODE_MM / 2.0;
    drawing.raw(&format!(
        r##"<rect x="{left}" y="{CODE_TOP}" width="{CODE_MM}" height="{CODE_MM}" rx="2.5" fill="#ffffff"/>"##
    ));
    let path = code::path(&content.code, CODE_MM)?;
    drawing.raw(&format!(
        r##"<path transform="translate({left} {CODE_TOP})" d="{path}" fill="#000000" shape-rendering="crispEdges"/>"##
    ));
    let (l, t) = (left - 1.5, CODE_TOP - 1.5);
    let (r, b) = (left + CODE_MM + 1.5, CODE_TOP + CODE_MM + 1.5);
    let (arm, round) = (14.0, 3.5);
    drawing.raw(&format!(
        r#"<path d="M{l} {} V{} Q{l} {t} {} {t} H{} M{} {t} H{} Q{r} {t} {r} {} V{} M{r} {} V{} Q{r} {b} {} {b} H{} M{} {b} H{} Q{l} {b} {l} {} V{}" fill="none" stroke="{ACCENT}" stroke-width="1.3" stroke-linecap="round"/>"#,
        t + arm, t + round, l + round, l + arm,
        r - arm, r - round, t + round, t + arm,
        b - arm, b - round, r - round, r - arm,
        l + arm, l + round, b - round, b - arm,
    ));
    let how = format!("用「{}」App 扫，不要用别的软件付款或转账", content.app_name);
    let style = Type::bold(5.4, INK).at(Anchor::Middle).within(&how, RIGHT - LEFT);
    drawing.text(CENTRE, 193.2, style, &how);
    Ok(())
}

/// Scan, consent, submit: icon on the left, two lines on the right, in three equal columns.
fn steps(drawing: &mut Drawing) {
    const TOP: f64 = 201.0;
    const ICON: f64 = 11.5;
    let rows = [
        (icons::SCAN, "扫码", "对准上面的码"),
        (icons::CONSENT, "两项授权", "每一项都可以不同意"),
        (icons::SUBMIT, "提交", "填金额，收银行回执"),
    ];
    let column = (RIGHT - LEFT) / 3.0;
    for ((icon, title, hint), at) in rows.into_iter().zip(0..) {
        let left = LEFT + column * f64::from(at);
        drawing.raw(&icons::drawn(icon, left, TOP, ICON, ACCENT));
        let text = left + ICON + 4.0;
        let number = Type::bold(5.0, ACCENT);
        drawing.text(text, TOP + 4.9, number, &(at + 1).to_string());
        drawing.text(text + 5.0, TOP + 4.9, Type::bold(5.0, INK), title);
        drawing.text(text, TOP + 11.0, Type::plain(3.7, QUIET), hint);
    }
}

/// Rate, amount, term. The yearly rate is the largest figure (央行公告〔2021〕3号).
fn facts(drawing: &mut Drawing, content: &PosterContent) {
    const LABELS: f64 = 226.2;
    const FIGURES: f64 = 239.0;
    drawing.rule(LEFT, RIGHT, 219.0, HAIRLINE);
    let rate = if content.apr_from == content.apr_to {
        format!("{}%", content.apr_from)
    } else {
        format!("{}%–{}%", content.apr_from, content.apr_to)
    };
    let amount = format!("{}–{}", content.amount_from, content.amount_to);
    let columns = [
        (LEFT, 78.0, "年化利率（单利）", rate.as_str(), Type::bold(12.0, ACCENT)),
        (LEFT + 85.0, 45.0, "额度", amount.as_str(), Type::bold(7.0, INK)),
        (LEFT + 136.0, 40.0, "期限", content.term.as_str(), Type::bold(7.0, INK)),
    ];
    for (left, width, label, figure, style) in columns {
        drawing.text(left, LABELS, Type::plain(3.9, QUIET), label);
        drawing.text(left, FIGURES, style.within(figure, width), figure);
    }
}

fn warning(drawing: &mut Drawing) {
    const TOP: f64 = 246.5;
    const TALL: f64 = 14.0;
    const TEXT: &str = "放款前不收任何费用。有人让您先交钱，就是骗子。";
    drawing.raw(&format!(
        r##"<rect x="{LEFT}" y="{TOP}" width="{}" height="{TALL}" rx="2" fill="#ffffff" stroke="{ALARM}" stroke-width="0.7"/>"##,
        RIGHT - LEFT
    ));
    let style = Type::bold(6.4, ALARM).at(Anchor::Middle);
    drawing.text(CENTRE, TOP + 9.3, style.within(TEXT, RIGHT - LEFT - 12.0), TEXT);
}

/// The number to type on the left, where the branch is on the right, the small print below.
fn footer(drawing: &mut Drawing, content: &PosterContent) {
    const FIRST: f64 = 271.8;
    const SECOND: f64 = 278.6;
    const HINT: &str = "扫不了？在 App 里输网点号";
    const NUMBER_WIDTH: f64 = 44.0;
    let hint = Type::plain(4.2, INK);
    drawing.text(LEFT, FIRST, hint, HINT);
    let number_left = LEFT + ems(HINT) * hint.size_mm + 0.5;
    let number = Type::bold(6.4, ACCENT).within(&content.branch_number, NUMBER_WIDTH);
    drawing.text(number_left, FIRST, number, &content.branch_number);
    let aside = Type::plain(4.2, INK).at(Anchor::End);
    let phone = format!("网点电话 {}", content.branch_phone);
    let phone_width = RIGHT - number_left - NUMBER_WIDTH - 4.0;
    drawing.text(RIGHT, FIRST, aside.within(&phone, phone_width), &phone);
    let address = aside.within(&content.branch_address, RIGHT - LEFT);
    drawing.text(RIGHT, SECOND, address, &content.branch_address);
    drawing.rule(LEFT, RIGHT, 282.8, HAIRLINE);
    let validity = format!("本码有效期至 {} · 利率、额度、期限以审批结果为准", content.valid_until);
    let small = Type::plain(3.3, QUIET).within(&validity, RIGHT - LEFT);
    drawing.text(LEFT, 288.2, small, &validity);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance of a "#rrggbb" colour (WCAG 2.2).
    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    #[test]
    fn every_colour_of_text_stands_out_seven_to_one() {
        for ink in [INK, QUIET, ACCENT, ALARM] {
            for paper in [PAPER, "#ffffff"] {
                let contrast = (luminance(paper) + 0.05) / (luminance(ink) + 0.05);
                assert!(contrast >= 7.0, "{ink} on {paper}: {contrast:.2}");
            }
        }
    }
}
