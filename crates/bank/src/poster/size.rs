//! The papers that codes are printed on.

use std::{fmt, str::FromStr};

/// A paper, upright, and what is laid out on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Size {
    /// 297 x 420 mm: the A4 layout, larger by the square root of two.
    A3,
    /// 210 x 297 mm: the whole poster, with steps and rates.
    A4,
    /// 148 x 210 mm: a counter card.
    A5,
    /// 80 x 100 mm.
    Sticker80x100,
    /// 60 x 80 mm.
    Sticker60x80,
}

impl Size {
    /// All of them, largest first.
    pub const ALL: [Self; 5] =
        [Self::A3, Self::A4, Self::A5, Self::Sticker80x100, Self::Sticker60x80];

    /// The name typed by people.
    pub fn name(self) -> &'static str {
        match self {
            Self::A3 => "a3",
            Self::A4 => "a4",
            Self::A5 => "a5",
            Self::Sticker80x100 => "80x100",
            Self::Sticker60x80 => "60x80",
        }
    }

    /// Width and height in millimetres (ISO 216 for the A sizes).
    pub fn paper_mm(self) -> (f64, f64) {
        match self {
            Self::A3 => (297.0, 420.0),
            Self::A4 => (210.0, 297.0),
            Self::A5 => (148.0, 210.0),
            Self::Sticker80x100 => (80.0, 100.0),
            Self::Sticker60x80 => (60.0, 80.0),
        }
    }

    /// Whether several of them go on one A4 sheet, to be cut.
    pub fn is_sticker(self) -> bool {
        matches!(self, Self::Sticker80x100 | Self::Sticker60x80)
    }

    /// Side of the largest code the paper holds, blank edge included, in millimetres.
    pub fn largest_code_mm(self) -> f64 {
        match self {
            Self::A3 => super::sheet::FAR_CODE_MM * super::sheet::A3_SCALE,
            Self::A4 => super::sheet::FAR_CODE_MM,
            Self::A5 => super::card::CODE_MM,
            Self::Sticker80x100 => super::sticker::LARGE.code_mm,
            Self::Sticker60x80 => super::sticker::SMALL.code_mm,
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Not the name of a paper.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no size {0:?}; there are a3, a4, a5, 80x100 and 60x80")]
pub struct UnknownSize(pub String);

impl FromStr for Size {
    type Err = UnknownSize;

    /// Reads a name in any case; "80×100" and "80*100" are taken too.
    fn from_str(text: &str) -> Result<Self, UnknownSize> {
        let plain = text.trim().to_ascii_lowercase().replace(['×', '*'], "x");
        let plain = plain.strip_suffix("mm").unwrap_or(&plain).trim();
        let found = Self::ALL.into_iter().find(|size| size.name() == plain);
        found.ok_or_else(|| UnknownSize(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_is_read_by_its_name() {
        for size in Size::ALL {
            assert_eq!(size.name().parse(), Ok(size));
            assert_eq!(size.name().to_uppercase().parse(), Ok(size));
        }
        assert_eq!("80×100 mm".parse(), Ok(Size::Sticker80x100));
    }

    #[test]
    fn an_unknown_size_is_answered_with_the_known_ones() {
        let message = "a0".parse::<Size>().unwrap_err().to_string();
        assert_eq!(message, r#"no size "a0"; there are a3, a4, a5, 80x100 and 60x80"#);
    }

    #[test]
    fn every_code_fits_its_paper() {
        for size in Size::ALL {
            let (width, height) = size.paper_mm();
            assert!(size.largest_code_mm() < width && width < height, "{size}");
        }
    }
}
