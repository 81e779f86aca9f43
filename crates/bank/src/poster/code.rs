//! The code as one path of rectangles.

use std::fmt::Write;

use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

use super::{PosterCode, PosterError};

/// Blank modules around a code (ISO/IEC 18004).
const QUIET_MODULES: usize = 4;

/// Largest version printed: 81 modules, 1.2 mm each at the size used. Up to version 13 a 720p
/// camera half a metre away still has 3 px a module (design note `qr.md`, section 7).
const MAX_VERSION: i16 = 16;

/// A quarter of the code may be dirty or torn: a poster hangs for months.
const LEVEL: EcLevel = EcLevel::Q;

/// Path data that fills a square of `side_mm`, quiet zone included, from its top left corner.
pub(super) fn path(code: &PosterCode, side_mm: f64) -> Result<String, PosterError> {
    let code = encode(code)?;
    let width = code.width();
    let module_mm = side_mm / (width + 2 * QUIET_MODULES) as f64;
    let colors = code.to_colors();
    let mut path = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run[0] == Color::Dark {
                let left = (x + QUIET_MODULES) as f64 * module_mm;
                let top = (y + QUIET_MODULES) as f64 * module_mm;
                let length = run.len() as f64 * module_mm;
                let _ =
                    write!(path, "M{left:.4} {top:.4}h{length:.4}v{module_mm:.4}h-{length:.4}z");
            }
            x += run.len();
        }
    }
    Ok(path)
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
        let error = path(&code("HTTPS://APPLY.BANK.EXAMPLE/T/", 900), 100.0).unwrap_err();
        assert!(matches!(error, PosterError::CodeTooLong { characters: 929 }));
    }
}
