//! The code: error level Q, as one path of rectangles.

use std::fmt::Write;

use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

use super::{PosterCode, PosterError};

/// Blank modules around a code (ISO/IEC 18004).
const QUIET_MODULES: usize = 4;

/// Largest version printed: 81 modules, 1.2 mm each on an A4 poster.
const MAX_VERSION: i16 = 16;

/// A quarter of the code may be dirty or torn: a poster hangs for months.
const LEVEL: EcLevel = EcLevel::Q;

/// An encoded code, to be drawn at any size.
pub(super) struct Symbol {
    code: QrCode,
    dark: Vec<bool>,
}

impl Symbol {
    /// Encodes the text at error level Q.
    pub(super) fn of(code: &PosterCode) -> Result<Self, PosterError> {
        let code = encode(code)?;
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { code, dark })
    }

    /// Modules along one side, blank edge included.
    pub(super) fn modules(&self) -> usize {
        self.code.width() + 2 * QUIET_MODULES
    }

    /// Whether the module at this column and row, counted from the blank edge's corner, is ink.
    pub(super) fn is_dark(&self, column: usize, row: usize) -> bool {
        let width = self.code.width();
        let (x, y) = (column.wrapping_sub(QUIET_MODULES), row.wrapping_sub(QUIET_MODULES));
        x < width && y < width && self.dark[y * width + x]
    }

    /// Path data that fills a square of `side_mm`, blank edge included, from its top left corner.
    pub(super) fn path(&self, side_mm: f64) -> String {
        let module_mm = side_mm / self.modules() as f64;
        let mut path = String::new();
        for (y, row) in self.dark.chunks(self.code.width()).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|a, b| a == b) {
                if run[0] {
                    let left = (x + QUIET_MODULES) as f64 * module_mm;
                    let top = (y + QUIET_MODULES) as f64 * module_mm;
                    let length = run.len() as f64 * module_mm;
                    let _ = write!(
                        path,
                        "M{left:.4} {top:.4}h{length:.4}v{module_mm:.4}h-{length:.4}z"
                    );
                }
                x += run.len();
            }
        }
        path
    }
}

/// The smallest code that holds the address as capitals and the rest as digits.
fn encode(code: &PosterCode) -> Result<QrCode, PosterError> {
    let capitals = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let in_alphabet = |byte: u8| capitals(byte) || b" $%*+-./:".contains(&byte);
    let (prefix, digits) = (code.prefix.as_bytes(), code.digits.as_bytes());
    let good = prefix.iter().copied().all(in_alphabet)
        && !digits.is_empty()
        && digits.iter().all(u8::is_ascii_digit);
    if !good {
        return Err(PosterError::CodeAlphabet);
    }
    (1..=MAX_VERSION)
        .find_map(|version| fitted(prefix, digits, Version::Normal(version)))
        .ok_or(PosterError::CodeTooLong { characters: prefix.len() + digits.len() })
}

fn fitted(prefix: &[u8], digits: &[u8], version: Version) -> Option<QrCode> {
    let mut bits = Bits::new(version);
    if !prefix.is_empty() {
        bits.push_alphanumeric_data(prefix).ok()?;
    }
    bits.push_numeric_data(digits).ok()?;
    bits.push_terminator(LEVEL).ok()?;
    QrCode::with_bits(bits, LEVEL).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(prefix: &str, digits: usize) -> PosterCode {
        PosterCode { prefix: prefix.to_owned(), digits: "7".repeat(digits) }
    }

    #[test]
    fn two_parts_make_a_smaller_code_than_one() {
        let parts = code("HTTPS://APPLY.BANK.EXAMPLE/T/", 300);
        let whole = QrCode::with_error_correction_level(parts.text(), LEVEL).unwrap();
        let ours = encode(&parts).unwrap();
        assert!(ours.width() <= whole.width());
        assert_eq!(ours.error_correction_level(), LEVEL);
    }

    #[test]
    fn only_capitals_then_digits_are_taken() {
        for (prefix, digits) in
            [("https://a/T/", "1"), ("HTTPS://A/T/", ""), ("A", "1a"), ("行", "1")]
        {
            let code = PosterCode { prefix: prefix.to_owned(), digits: digits.to_owned() };
            assert!(matches!(encode(&code), Err(PosterError::CodeAlphabet)), "{prefix} {digits}");
        }
    }

    #[test]
    fn a_code_too_fine_to_scan_is_refused() {
        assert!(encode(&code("HTTPS://APPLY.BANK.EXAMPLE/T/", 500)).is_ok());
        let error = encode(&code("HTTPS://APPLY.BANK.EXAMPLE/T/", 900)).err().unwrap();
        assert!(matches!(error, PosterError::CodeTooLong { characters: 929 }));
    }

    #[test]
    fn the_blank_edge_is_blank_and_the_corner_of_the_code_is_ink() {
        let symbol = Symbol::of(&code("HTTPS://A/T/", 40)).unwrap();
        assert!((0..symbol.modules()).all(|at| !symbol.is_dark(at, 3) && !symbol.is_dark(3, at)));
        assert!((4..11).all(|at| symbol.is_dark(at, 4) && symbol.is_dark(4, at)));
    }
}
