//! Codes as the screen draws them.

use qrcode::{Color, EcLevel, QrCode};

/// The rows of a code from the top, `#` for a dark module; none of a text that is too long for one.
/// Level M: printed at home and photographed, or seen through a glare, a part may be spoilt.
pub(crate) fn modules(text: &str) -> Option<Vec<String>> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let sign = |color: &Color| if *color == Color::Dark { '#' } else { '.' };
    Some(code.to_colors().chunks(code.width()).map(|row| row.iter().map(sign).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_row_by_row() {
        let rows = modules("https://b.example/n/a/1").unwrap();
        assert!(rows.iter().all(|row| row.len() == rows.len()));
        assert!(rows[0].starts_with("#######."), "the corner mark is at the top left");
        assert_eq!(modules(&"x".repeat(3_000)), None);
    }
}
