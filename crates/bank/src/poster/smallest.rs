//! How small a code may be printed and still be read from a distance.
//!
//! The same code is drawn at decreasing sizes, looked at by the camera of `camera`, and handed to
//! the project's own decoder. The recommended size is not the smallest: it has a third or more in
//! hand for a darker room, a shakier hand and a worn print.

use super::camera;
use super::code::Symbol;
use super::distance::{Distance, PIXELS_A_MODULE};
use super::ink::{ACCENT, INK, LEAST_ON_POSTER_MM, QUIET};
use super::page::{CodeOnPage, Page};
use super::svg::{Anchor, Drawing, Type};
use super::{PosterCode, PosterError};

/// The sizes tried, in pixels a module as the camera has them.
const PIXELS: [f64; 14] =
    [4.5, 4.0, 3.5, PIXELS_A_MODULE, 2.75, 2.5, 2.25, 2.0, 1.8, 1.6, 1.4, 1.2, 1.0, 0.8];
/// Shots of each size, with different noise. Every one must be read.
const SHOTS: u64 = 3;
/// The decoder gives up after a time; a busy machine gets a second look.
const LOOKS: u32 = 2;
/// The widest code that is shown at its true size: a picture of 300 dpi grows with its square.
const WIDEST_SHOWN_MM: f64 = 300.0;

/// One size, tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// Side of the code with its blank edge, in millimetres.
    pub side_mm: f64,
    /// Side of one module, in millimetres.
    pub module_mm: f64,
    /// Pixels of the camera a module.
    pub pixels_a_module: f64,
    /// Whether every shot was read.
    pub reads: bool,
}

/// Every size tried at one distance, largest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Trials {
    /// The distance.
    pub distance: Distance,
    /// Modules along one side, blank edge included.
    pub modules: usize,
    /// The sizes.
    pub trials: Vec<Trial>,
    code: PosterCode,
}

/// Tries a code at decreasing sizes. The same code and distance give the same answer every time.
///
/// Takes some seconds: each size that fails costs the decoder all that it can do.
///
/// # Errors
///
/// [`PosterError`] for a code that cannot be printed.
pub fn smallest(code: &PosterCode, distance: Distance) -> Result<Trials, PosterError> {
    let symbol = Symbol::of(code)?;
    let modules = symbol.modules();
    let text = code.text();
    let mut trials = Vec::new();
    for pixels_a_module in PIXELS {
        let module_mm = distance.pixel_mm() * pixels_a_module;
        let side_mm = module_mm * modules as f64;
        let reads = (1..=SHOTS).all(|seed| {
            let seed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let frame = camera::shot(&symbol, side_mm, distance.mm(), seed);
            frame.is_some_and(|frame| (0..LOOKS).any(|_| is_read(&frame, &text)))
        });
        trials.push(Trial { side_mm, module_mm, pixels_a_module, reads });
        // Two failures on end: smaller ones are not read either.
        if trials.iter().rev().take(2).filter(|trial| !trial.reads).count() == 2 {
            break;
        }
    }
    Ok(Trials { distance, modules, trials, code: code.clone() })
}

fn is_read(frame: &lens::GreyFrame, text: &str) -> bool {
    lens::decode(frame, lens::Effort::Photo).iter().any(|found| found.text == text)
}

impl Trials {
    /// The size that the posters use for this distance.
    pub fn recommended(&self) -> Option<&Trial> {
        self.trials.iter().find(|trial| trial.pixels_a_module == PIXELS_A_MODULE)
    }

    /// The smallest size that was read, and everything larger with it.
    pub fn smallest(&self) -> Option<&Trial> {
        self.trials.iter().take_while(|trial| trial.reads).last()
    }

    /// A picture with the smallest code that still reads beside the recommended one, at their true
    /// sizes.
    ///
    /// # Errors
    ///
    /// [`PosterError::TooLargeToShow`] for codes wider than 300 mm; [`PosterError::NotReadBack`]
    /// when no size was read.
    pub fn preview(&self) -> Result<Page, PosterError> {
        const MARGIN: f64 = 12.0;
        const TOP: f64 = 30.0;
        const LEAST_COLUMN: f64 = 62.0;
        let (Some(smallest), Some(recommended)) = (self.smallest(), self.recommended()) else {
            return Err(PosterError::NotReadBack);
        };
        if recommended.side_mm > WIDEST_SHOWN_MM {
            let side_mm = recommended.side_mm;
            return Err(PosterError::TooLargeToShow { side_mm, most_mm: WIDEST_SHOWN_MM });
        }
        let symbol = Symbol::of(&self.code)?;
        let columns = [("最小：还能读出", smallest, INK), ("建议：印这么大", recommended, ACCENT)];
        let mut drawing = Drawing::default();
        let mut codes = Vec::new();
        let mut left = MARGIN;
        let tallest = smallest.side_mm.max(recommended.side_mm);
        for (title, trial, colour) in columns {
            let width = trial.side_mm.max(LEAST_COLUMN);
            let middle = left + width / 2.0;
            let corner = (middle - trial.side_mm / 2.0, TOP + (tallest - trial.side_mm) / 2.0);
            drawing.code(corner, trial.side_mm, &symbol);
            let style = Type::bold(5.0, colour).at(Anchor::Middle);
            drawing.text(middle, TOP + tallest + 8.0, style, title);
            let measure = format!(
                "边长 {:.1} 毫米 · 每格 {:.2} 毫米 · {:.2} 像素",
                trial.side_mm, trial.module_mm, trial.pixels_a_module
            );
            let style = Type::plain(LEAST_ON_POSTER_MM, QUIET).at(Anchor::Middle);
            drawing.text(middle, TOP + tallest + 14.0, style.within(&measure, width), &measure);
            codes.push(CodeOnPage {
                text: self.code.text(),
                module_mm: trial.module_mm,
                left_mm: corner.0,
                top_mm: corner.1,
                width_mm: trial.side_mm,
                height_mm: trial.side_mm,
            });
            left += width + MARGIN;
        }
        let title = format!("{} 米外，720p、60° 的摄像头", self.distance);
        drawing.text(MARGIN, 14.0, Type::bold(6.0, INK), &title);
        let scale = "本图 300 dpi，按实际大小打印；模拟结果，印前请用手机试扫";
        drawing.text(MARGIN, 21.0, Type::plain(LEAST_ON_POSTER_MM, QUIET), scale);
        let paper_mm = (left.max(120.0), TOP + tallest + 22.0);
        Ok(Page::with_codes(drawing, paper_mm, codes))
    }
}

/// A code as long as a usual ticket's, for trying sizes without a bank. It carries no ticket.
pub fn sample_code() -> PosterCode {
    /// A ticket with a branch, a product and a grid, in digits.
    const DIGITS: usize = 329;
    let digits = (0..DIGITS).scan(7_u32, |state, _| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from_digit((*state >> 24) % 10, 10)
    });
    PosterCode { prefix: "HTTPS://LOAN.SANBU.EXAMPLE/T/".into(), digits: digits.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(mm: u32) -> Distance {
        Distance::from_mm(mm).unwrap()
    }

    #[test]
    fn the_recommended_size_is_read_and_is_not_the_smallest_that_is() {
        for mm in [300, 1_200] {
            let trials = smallest(&sample_code(), distance(mm)).unwrap();
            let recommended = trials.recommended().unwrap();
            let smallest = trials.smallest().unwrap();
            assert!(recommended.reads, "{mm} mm");
            assert!(recommended.side_mm >= smallest.side_mm, "{mm} mm: {trials:?}");
            assert!(!trials.trials.last().unwrap().reads, "{mm} mm: the end was not found");
            assert!(trials.preview().is_ok(), "{mm} mm");
        }
    }

    #[test]
    fn the_same_shot_is_taken_again() {
        let symbol = Symbol::of(&sample_code()).unwrap();
        let shot = |seed| camera::shot(&symbol, 90.0, 500.0, seed).unwrap();
        assert!(shot(1) == shot(1));
        assert!(shot(1) != shot(2), "noise differs");
    }

    #[test]
    fn what_is_too_large_to_show_is_said() {
        let trial = Trial {
            side_mm: 933.0,
            module_mm: 13.5,
            pixels_a_module: PIXELS_A_MODULE,
            reads: true,
        };
        let trials = Trials {
            distance: distance(5_000),
            modules: 69,
            trials: vec![trial],
            code: sample_code(),
        };
        let error = trials.preview().unwrap_err();
        assert!(error.to_string().contains("a shorter distance"), "{error}");
    }
}
