//! Colours, fonts and the least size of type, the same on every paper.

/// Families asked for, best first: the open Han fonts, then those of the desktop systems.
pub(super) const FAMILIES: &str = "'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', \
     'PingFang SC', 'Microsoft YaHei', 'WenQuanYi Micro Hei', sans-serif";

/// Warm off-white. Every colour of text below has 7:1 or more on it and on white.
pub(super) const PAPER: &str = "#fbf8f1";
pub(super) const INK: &str = "#1d2422";
pub(super) const QUIET: &str = "#47504c";
pub(super) const ACCENT: &str = "#0f5c4d";
pub(super) const ALARM: &str = "#8f2a1a";
pub(super) const HAIRLINE: &str = "#d9d2c3";

/// Least size of type on what hangs on a wall or stands on a counter.
pub(super) const LEAST_ON_POSTER_MM: f64 = 3.3;
/// Least size of type on what is held in the hand or looked at from near.
pub(super) const LEAST_ON_STICKER_MM: f64 = 2.4;

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
