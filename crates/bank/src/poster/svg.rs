//! Writing SVG, and fitting text before it is drawn.

use std::fmt::Write;

use super::PosterError;
use super::code::Symbol;
use super::ink::FAMILIES;

/// Where a text's `x` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub(super) size_mm: f64,
    pub(super) bold: bool,
    pub(super) fill: &'static str,
    pub(super) anchor: Anchor,
}

impl Type {
    pub(super) const fn plain(size_mm: f64, fill: &'static str) -> Self {
        Self { size_mm, bold: false, fill, anchor: Anchor::Start }
    }

    pub(super) const fn bold(size_mm: f64, fill: &'static str) -> Self {
        Self { size_mm, bold: true, fill, anchor: Anchor::Start }
    }

    pub(super) const fn at(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    /// Set no larger than `most_mm`.
    pub(super) fn capped(self, most_mm: f64) -> Self {
        Self { size_mm: self.size_mm.min(most_mm), ..self }
    }

    /// Set smaller where the text would be wider than `width_mm`.
    pub(super) fn within(self, text: &str, width_mm: f64) -> Self {
        let size_mm = self.size_mm.min(width_mm / ems(text).max(0.1));
        Self { size_mm, ..self }
    }

    /// Set smaller where the text would be wider, but never below `least_mm`: refused instead.
    pub(super) fn legible(
        self,
        text: &str,
        width_mm: f64,
        least_mm: f64,
    ) -> Result<Self, PosterError> {
        let fitted = self.within(text, width_mm);
        if fitted.size_mm < least_mm {
            return Err(PosterError::TextTooLong { text: text.into(), least_mm });
        }
        Ok(fitted)
    }
}

/// A drawing in progress, in millimetres.
#[derive(Default)]
pub(super) struct Drawing(String);

impl Drawing {
    /// One line of text on its base line. An empty text draws nothing.
    pub(super) fn text(&mut self, x: f64, y: f64, style: Type, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let weight = if style.bold { 700 } else { 400 };
        let anchor = match style.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = writeln!(
            self.0,
            r#"<text x="{x:.2}" y="{y:.2}" font-size="{:.3}" font-weight="{weight}" fill="{}" text-anchor="{anchor}">{}</text>"#,
            style.size_mm,
            style.fill,
            escaped(text)
        );
    }

    /// A code on white, blank edge included, with its top left corner at a point.
    pub(super) fn code(&mut self, (left, top): (f64, f64), side_mm: f64, symbol: &Symbol) {
        let path = symbol.path(side_mm);
        self.raw(&format!(
            r##"<rect x="{left}" y="{top}" width="{side_mm}" height="{side_mm}" rx="2" fill="#ffffff"/>"##
        ));
        self.raw(&format!(
            r##"<path transform="translate({left} {top})" d="{path}" fill="#000000" shape-rendering="crispEdges"/>"##
        ));
    }

    /// A piece of SVG of our own making.
    pub(super) fn raw(&mut self, markup: &str) {
        self.0.push_str(markup);
        self.0.push('\n');
    }

    /// A hairline from left to right.
    pub(super) fn rule(&mut self, left: f64, right: f64, y: f64, colour: &str) {
        self.raw(&format!(
            r#"<path d="M{left} {y}H{right}" stroke="{colour}" stroke-width="0.25" fill="none"/>"#
        ));
    }

    /// Puts another drawing inside: `transform` is SVG, such as `translate(10 20) rotate(90)`.
    pub(super) fn place(&mut self, transform: &str, other: &Self) {
        let _ = writeln!(self.0, r#"<g transform="{transform}">"#);
        self.0.push_str(&other.0);
        self.0.push_str("</g>\n");
    }

    /// The whole document, on a paper of this many millimetres.
    pub(super) fn finished(&self, (width_mm, height_mm): (f64, f64)) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width_mm}mm\" \
             height=\"{height_mm}mm\" viewBox=\"0 0 {width_mm} {height_mm}\" \
             font-family=\"{FAMILIES}\" xml:lang=\"zh-Hans\">\n\
             <rect width=\"{width_mm}\" height=\"{height_mm}\" fill=\"#ffffff\"/>\n{}</svg>\n",
            self.0
        )
    }
}

/// Cuts a text that is wider than `width_mm` into two lines of about the same width.
pub(super) fn balanced(text: &str, style: Type, width_mm: f64) -> Vec<String> {
    if ems(text) * style.size_mm <= width_mm {
        return vec![text.to_owned()];
    }
    let half = ems(text) / 2.0;
    let mut first = String::new();
    for letter in text.chars() {
        if ems(&first) + em(letter) / 2.0 > half {
            break;
        }
        first.push(letter);
    }
    let second = text[first.len()..].trim().to_owned();
    vec![first.trim().to_owned(), second]
}

/// Width of a text in units of its size, at most a little too wide: bold Noto Sans CJK.
pub(super) fn ems(text: &str) -> f64 {
    text.chars().map(em).sum()
}

/// Width of one letter.
pub(super) fn em(letter: char) -> f64 {
    match letter {
        ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | 'i' | 'l' | 'j' | 'I' | '!' => 0.33,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.95,
        'A'..='Z' | '&' => 0.7,
        '0'..='9' | ' '..='~' => 0.62,
        '–' => 0.62,
        _ => 1.0,
    }
}

/// Makes any text safe inside an element. Characters that XML cannot hold become blanks.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push(' '),
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}
