//! How far a code can be read from, and how large its squares must be for that.
//!
//! The yardstick is a cheap camera: 1280 x 720 pixels over 60 degrees, and three pixels for each
//! module (ISO/IEC 18004 calls the squares of a code modules). It sees `2 tan(30°) / 1280` of the
//! distance in one pixel: 0.45 mm at half a metre, so modules of 1.35 mm (design note `qr.md`,
//! section 7).

use std::{fmt, str::FromStr};

/// Pixels along the long side of the yardstick camera.
pub(super) const CAMERA_WIDTH_PX: u32 = 1280;
/// Pixels along its short side.
pub(super) const CAMERA_HEIGHT_PX: u32 = 720;
/// Half of its view of 60 degrees along the long side: the tangent of 30 degrees.
pub(super) const TAN_HALF_VIEW: f64 = 0.577_350_269_189_625_8;
/// Pixels a module needs to be read without care. Fewer may do: see `smallest`.
pub(super) const PIXELS_A_MODULE: f64 = 3.0;

/// The shortest distance taken: nearer than 15 cm a cheap camera does not focus.
pub const NEAREST_MM: u32 = 150;
/// The longest distance taken: 5 m.
pub const FARTHEST_MM: u32 = 5_000;

/// A reading distance from [`NEAREST_MM`] to [`FARTHEST_MM`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Distance {
    mm: u32,
}

/// Why a text is no reading distance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DistanceError {
    /// Not a number with a unit.
    #[error("{0:?} is no distance; write it in metres or centimetres, e.g. 0.5m or 50cm")]
    Unit(String),
    /// Nearer or farther than anything printed is read.
    #[error("{0:?} is out of bounds; codes are made for 0.15m to 5m")]
    Bounds(String),
}

impl Distance {
    /// A distance in millimetres, if it is within bounds.
    pub fn from_mm(mm: u32) -> Option<Self> {
        (NEAREST_MM..=FARTHEST_MM).contains(&mm).then_some(Self { mm })
    }

    /// In millimetres.
    pub fn mm(self) -> f64 {
        f64::from(self.mm)
    }

    /// What one pixel of the yardstick camera sees at this distance, in millimetres.
    pub fn pixel_mm(self) -> f64 {
        2.0 * TAN_HALF_VIEW * self.mm() / f64::from(CAMERA_WIDTH_PX)
    }

    /// The least module that is read at this distance, in millimetres.
    pub fn least_module_mm(self) -> f64 {
        self.pixel_mm() * PIXELS_A_MODULE
    }

    /// The farthest distance at which modules of this size are read, in whole 5 cm.
    ///
    /// `None` for modules too small for any camera; modules for more than 5 m say 5 m.
    pub fn served_by(module_mm: f64) -> Option<Self> {
        const STEP_MM: f64 = 50.0;
        let farthest =
            module_mm * f64::from(CAMERA_WIDTH_PX) / (2.0 * TAN_HALF_VIEW * PIXELS_A_MODULE);
        // A code made for exactly a step is not to fall below it by a rounding.
        let mm = ((farthest + 1e-6) / STEP_MM).floor() * STEP_MM;
        Self::from_mm(mm.min(f64::from(FARTHEST_MM)) as u32)
    }
}

impl fmt::Display for Distance {
    /// In metres, e.g. "0.5".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.mm() / 1000.0)
    }
}

impl FromStr for Distance {
    type Err = DistanceError;

    /// Reads "0.5m", "50cm", "0.5 米" or "50 厘米".
    fn from_str(text: &str) -> Result<Self, DistanceError> {
        let plain = text.trim().to_lowercase();
        let units = [("cm", 10.0), ("厘米", 10.0), ("m", 1000.0), ("米", 1000.0)];
        let unit = || DistanceError::Unit(text.into());
        let (number, unit_mm) = units
            .into_iter()
            .find_map(|(unit, mm)| Some((plain.strip_suffix(unit)?, mm)))
            .ok_or_else(unit)?;
        let number: f64 = number.trim().parse().map_err(|_| unit())?;
        // `as` takes what is no number for 0 and what is too large for the largest: out of bounds.
        Self::from_mm((number * unit_mm).round() as u32)
            .ok_or_else(|| DistanceError::Bounds(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_read_in_metres_and_centimetres() {
        for (text, mm) in
            [("0.5m", 500), ("50cm", 500), (" 1.2 M ", 1200), ("0.5米", 500), ("15 厘米", 150)]
        {
            assert_eq!(text.parse(), Ok(Distance { mm }), "{text}");
        }
    }

    #[test]
    fn what_is_no_distance_is_answered_with_an_example() {
        for text in ["", "0.5", "m", "half a metre", "5mm m", "--m"] {
            let error = text.parse::<Distance>().unwrap_err();
            assert!(matches!(error, DistanceError::Unit(_)), "{text}: {error}");
        }
        for text in ["0.1m", "5.01m", "-1m", "NaNm", "infm", "1e99m"] {
            let error = text.parse::<Distance>().unwrap_err();
            assert!(matches!(error, DistanceError::Bounds(_)), "{text}: {error}");
        }
    }

    #[test]
    fn modules_grow_with_the_distance_as_the_design_says() {
        for (mm, module) in [(150, 0.41), (300, 0.81), (500, 1.35), (1_000, 2.71), (5_000, 13.53)] {
            let distance = Distance { mm };
            assert!((distance.least_module_mm() - module).abs() < 0.01, "{mm} mm");
            assert_eq!(Distance::served_by(distance.least_module_mm()), Some(distance));
        }
        assert_eq!(Distance::served_by(0.1), None);
        assert_eq!(Distance::served_by(99.0), Distance::from_mm(FARTHEST_MM));
    }
}
