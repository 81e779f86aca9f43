//! The poster: A4 upright, all measures in millimetres from the top left corner. A3 is the same
//! drawing, larger.
//!
//! Top to bottom: who (bank, branch), what for, the code, how, what it costs, the warning, the way
//! round a code that cannot be scanned. To be read from farther off the code grows and the steps
//! go. Type is 3.3 mm or larger and stands out 7:1 from its paper.

use super::ink::{ACCENT, ALARM, HAIRLINE, INK, LEAST_ON_POSTER_MM, PAPER, QUIET};
use super::layout::Brief;
use super::svg::{Anchor, Drawing, Type, balanced, ems};
use super::{PosterContent, PosterError, icons};

const WIDTH: f64 = 210.0;
const HEIGHT: f64 = 297.0;
/// Left and right margin: office printers leave 5 mm blank, a frame hides 5 more.
const LEFT: f64 = 17.0;
const RIGHT: f64 = WIDTH - LEFT;
const CENTRE: f64 = WIDTH / 2.0;

/// Side of the code with its quiet zone. A code of version 12 then has modules of 1.5 mm.
pub(super) const CODE_MM: f64 = 108.0;
const CODE_TOP: f64 = 73.5;
/// The same where it is to be read from farther off: 2.2 mm.
pub(super) const FAR_CODE_MM: f64 = 160.0;
const FAR_CODE_TOP: f64 = 58.5;

/// A3 over A4: the square root of two (ISO 216), rounded as the papers are.
pub(super) const A3_SCALE: f64 = std::f64::consts::SQRT_2;

/// The whole poster, with a code of [`CODE_MM`] or of [`FAR_CODE_MM`].
pub(super) fn draw(
    content: &PosterContent,
    brief: &Brief<'_>,
    code_mm: f64,
) -> Result<Drawing, PosterError> {
    let mut drawing = Drawing::default();
    drawing.raw(&format!(r#"<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>"#));
    drawing.raw(&format!(r#"<rect width="{WIDTH}" height="5" fill="{ACCENT}"/>"#));
    if let Some(mark) = brief.mark {
        drawing.text(RIGHT, 12.4, Type::plain(3.3, QUIET).at(Anchor::End), mark);
    }
    heading(&mut drawing, content)?;
    if code_mm > CODE_MM {
        let chinese = Type::bold(10.0, INK).at(Anchor::Middle);
        let chinese = chinese.legible(&content.headline, RIGHT - LEFT, LEAST_ON_POSTER_MM)?;
        drawing.text(CENTRE, 50.0, chinese, &content.headline);
        code_card(&mut drawing, brief, FAR_CODE_MM, FAR_CODE_TOP);
        how(&mut drawing, content, 228.8)?;
        facts_in_a_line(&mut drawing, content)?;
    } else {
        headline(&mut drawing, content)?;
        code_card(&mut drawing, brief, CODE_MM, CODE_TOP);
        how(&mut drawing, content, 193.2)?;
        steps(&mut drawing);
        facts(&mut drawing, content)?;
    }
    warning(&mut drawing);
    footer(&mut drawing, content, brief)?;
    Ok(drawing)
}

/// Bank on the left, branch on the right, on one base line.
fn heading(drawing: &mut Drawing, content: &PosterContent) -> Result<(), PosterError> {
    const BANK_WIDTH: f64 = 98.0;
    const BRANCH_WIDTH: f64 = 70.0;
    let bank = Type::bold(8.6, ACCENT);
    let bank = bank.legible(&content.bank_name, BANK_WIDTH, LEAST_ON_POSTER_MM)?;
    drawing.text(LEFT, 24.0, bank, &content.bank_name);
    second_language(
        drawing,
        (LEFT, 30.5),
        Type::plain(3.6, QUIET),
        &content.bank_name_en,
        BANK_WIDTH,
    );
    let branch = Type::bold(6.2, INK).at(Anchor::End);
    let lines = balanced(&content.branch_name, branch, BRANCH_WIDTH);
    let top = if lines.len() == 1 { 24.0 } else { 22.5 };
    for (line, row) in lines.iter().zip(0..) {
        let branch = branch.legible(line, BRANCH_WIDTH, LEAST_ON_POSTER_MM)?;
        drawing.text(RIGHT, top + 8.0 * f64::from(row), branch, line);
    }
    drawing.rule(LEFT, RIGHT, 37.0, HAIRLINE);
    Ok(())
}

/// Chinese comes first: a line in English that would be too small is left out.
fn second_language(
    drawing: &mut Drawing,
    (x, y): (f64, f64),
    style: Type,
    text: &str,
    width_mm: f64,
) {
    if let Ok(style) = style.legible(text, width_mm, LEAST_ON_POSTER_MM) {
        drawing.text(x, y, style, text);
    }
}

fn headline(drawing: &mut Drawing, content: &PosterContent) -> Result<(), PosterError> {
    let chinese = Type::bold(12.6, INK).at(Anchor::Middle);
    let chinese = chinese.legible(&content.headline, RIGHT - LEFT, LEAST_ON_POSTER_MM)?;
    drawing.text(CENTRE, 55.5, chinese, &content.headline);
    let english = Type::plain(4.6, QUIET).at(Anchor::Middle);
    second_language(drawing, (CENTRE, 64.8), english, &content.headline_en, RIGHT - LEFT);
    Ok(())
}

/// The code on white, in the corners of a viewfinder.
fn code_card(drawing: &mut Drawing, brief: &Brief<'_>, side: f64, top: f64) {
    let left = CENTRE - side / 2.0;
    drawing.code((left, top), side, brief.symbol);
    let (l, t) = (left - 1.5, top - 1.5);
    let (r, b) = (left + side + 1.5, top + side + 1.5);
    let (arm, round) = (14.0, 3.5);
    drawing.raw(&format!(
        r#"<path d="M{l} {} V{} Q{l} {t} {} {t} H{} M{} {t} H{} Q{r} {t} {r} {} V{} M{r} {} V{} Q{r} {b} {} {b} H{} M{} {b} H{} Q{l} {b} {l} {} V{}" fill="none" stroke="{ACCENT}" stroke-width="1.3" stroke-linecap="round"/>"#,
        t + arm, t + round, l + round, l + arm,
        r - arm, r - round, t + round, t + arm,
        b - arm, b - round, r - round, r - arm,
        l + arm, l + round, b - round, b - arm,
    ));
}

fn how(drawing: &mut Drawing, content: &PosterContent, y: f64) -> Result<(), PosterError> {
    let how = format!("用「{}」App 扫，不要用别的软件付款或转账", content.app_name);
    let style = Type::bold(5.4, INK).at(Anchor::Middle);
    let style = style.legible(&how, RIGHT - LEFT, LEAST_ON_POSTER_MM)?;
    drawing.text(CENTRE, y, style, &how);
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
fn facts(drawing: &mut Drawing, content: &PosterContent) -> Result<(), PosterError> {
    const LABELS: f64 = 226.2;
    const FIGURES: f64 = 239.0;
    drawing.rule(LEFT, RIGHT, 219.0, HAIRLINE);
    let (rate, amount) = (content.rate(), content.amount());
    let columns = [
        (LEFT, 78.0, "年化利率（单利）", rate.as_str(), Type::bold(12.0, ACCENT)),
        (LEFT + 85.0, 45.0, "额度", amount.as_str(), Type::bold(7.0, INK)),
        (LEFT + 136.0, 40.0, "期限", content.term.as_str(), Type::bold(7.0, INK)),
    ];
    for (left, width, label, figure, style) in columns {
        drawing.text(left, LABELS, Type::plain(3.9, QUIET), label);
        let style = style.legible(figure, width, LEAST_ON_POSTER_MM)?;
        drawing.text(left, FIGURES, style, figure);
    }
    Ok(())
}

/// The same on one line, where the code needs the room.
fn facts_in_a_line(drawing: &mut Drawing, content: &PosterContent) -> Result<(), PosterError> {
    let facts = content.facts().join(" · ");
    let style = Type::bold(5.6, ACCENT).at(Anchor::Middle);
    let style = style.legible(&facts, RIGHT - LEFT, LEAST_ON_POSTER_MM)?;
    drawing.text(CENTRE, 239.6, style, &facts);
    Ok(())
}

/// The warning on everything that hangs or stands.
pub(super) const WARNING: &str = "放款前不收任何费用。有人让您先交钱，就是骗子。";

fn warning(drawing: &mut Drawing) {
    const TOP: f64 = 246.5;
    const TALL: f64 = 14.0;
    drawing.raw(&format!(
        r##"<rect x="{LEFT}" y="{TOP}" width="{}" height="{TALL}" rx="2" fill="#ffffff" stroke="{ALARM}" stroke-width="0.7"/>"##,
        RIGHT - LEFT
    ));
    let style = Type::bold(6.4, ALARM).at(Anchor::Middle);
    drawing.text(CENTRE, TOP + 9.3, style.within(WARNING, RIGHT - LEFT - 12.0), WARNING);
}

/// The number to type on the left, where the branch is on the right, the small print below.
fn footer(
    drawing: &mut Drawing,
    content: &PosterContent,
    brief: &Brief<'_>,
) -> Result<(), PosterError> {
    const FIRST: f64 = 271.8;
    const SECOND: f64 = 278.6;
    const SMALL_PRINT: f64 = 288.2;
    const HINT: &str = "扫不了？在 App 里输网点号";
    const NUMBER_WIDTH: f64 = 44.0;
    const LEAST: f64 = LEAST_ON_POSTER_MM;
    let hint = Type::plain(4.2, INK);
    drawing.text(LEFT, FIRST, hint, HINT);
    let number_left = LEFT + ems(HINT) * hint.size_mm + 0.5;
    let number = Type::bold(6.4, ACCENT).legible(&content.branch_number, NUMBER_WIDTH, LEAST)?;
    drawing.text(number_left, FIRST, number, &content.branch_number);
    let aside = Type::plain(4.2, INK).at(Anchor::End);
    let phone = format!("网点电话 {}", content.branch_phone);
    let number_width = ems(&content.branch_number) * number.size_mm;
    let phone_width = RIGHT - number_left - number_width - 4.0;
    if let Ok(style) = aside.legible(&phone, phone_width, LEAST) {
        drawing.text(RIGHT, FIRST, style, &phone);
        let address = aside.legible(&content.branch_address, RIGHT - LEFT, LEAST)?;
        drawing.text(RIGHT, SECOND, address, &content.branch_address);
    } else {
        let both = format!("{phone} · {}", content.branch_address);
        let lines = balanced(&both, Type::plain(LEAST, INK), RIGHT - LEFT);
        for (line, y) in lines.iter().zip([277.0, 281.3]) {
            drawing.text(RIGHT, y, aside.legible(line, RIGHT - LEFT, LEAST)?.capped(3.6), line);
        }
    }
    drawing.rule(LEFT, RIGHT, 283.4, HAIRLINE);
    let reach = format!("适合在 {}内扫", brief.reach);
    drawing.text(RIGHT, SMALL_PRINT, Type::plain(LEAST, QUIET).at(Anchor::End), &reach);
    let validity = format!("本码有效期至 {} · 利率、额度、期限以审批结果为准", content.valid_until);
    let room = RIGHT - LEFT - ems(&reach) * LEAST - 4.0;
    drawing.text(
        LEFT,
        SMALL_PRINT,
        Type::plain(LEAST, QUIET).legible(&validity, room, LEAST)?,
        &validity,
    );
    Ok(())
}
