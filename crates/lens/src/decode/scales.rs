//! The sizes at which a frame is looked at, each made when first asked for.

use std::cell::{OnceCell, RefCell};

use super::bits::Bits;
use super::soft::Outline;
use super::threshold::{self, FLAT, FLAT_WHEN_PALE};
use crate::frame::{GreyFrame, MIN_SIDE_PX};

/// Longest side of the base size: 1400 px. Smaller misses small codes, larger costs time.
const BASE_PX: u32 = 1400;
/// Longest side of the small size, where a code that fills the view is read fastest.
const SMALL_PX: u32 = 700;
/// Up to this side a frame is enlarged, above it reduced to a quarter.
const DOUBLE_PX: u32 = 800;
/// Longest side of the "full" size: a 12-megapixel photo is 4000 px wide; more gains nothing and
/// would let one hostile picture take seconds.
const FULL_PX: u32 = 4200;

/// One of the sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// At most [`SMALL_PX`]; only where the base is larger.
    Small,
    /// At most [`BASE_PX`].
    Base,
    /// Half the base; the base itself where half would be too small for any code.
    Half,
    /// A quarter of the base; only where the base is larger than [`DOUBLE_PX`].
    Quarter,
    /// Twice the base; only up to [`DOUBLE_PX`].
    Double,
    /// As photographed, at most [`FULL_PX`]; only where that is larger than the base.
    Full,
}

/// What counts as ink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// Dark on light, threshold by blocks.
    Dark,
    /// Light on dark: the same bits flipped.
    Light,
    /// Dark on light by blocks, where little contrast is enough.
    Pale,
    /// A little darker than the mean around it: pale print, low light.
    DarkerThanMean,
    /// The darker of two groups of the whole frame.
    Darker,
}

/// Codes found but not read.
#[derive(Default)]
struct Noted {
    seen: Vec<Outline>,
    handed_out: usize,
}

/// The sizes of one frame.
pub(super) struct Scales<'a> {
    frame: &'a GreyFrame,
    base: OnceCell<Option<GreyFrame>>,
    half: OnceCell<Option<GreyFrame>>,
    small_bits: OnceCell<Option<Bits>>,
    base_bits: OnceCell<Option<Bits>>,
    unread: RefCell<Noted>,
}

impl<'a> Scales<'a> {
    pub(super) fn of(frame: &'a GreyFrame) -> Self {
        Self {
            frame,
            base: OnceCell::new(),
            half: OnceCell::new(),
            small_bits: OnceCell::new(),
            base_bits: OnceCell::new(),
            unread: RefCell::default(),
        }
    }

    /// Hands the frame at that size to `look`; `None` when the size would add nothing.
    pub(super) fn at<T>(&self, scale: Scale, look: impl FnOnce(&GreyFrame) -> T) -> Option<T> {
        let base = self.base();
        match scale {
            Scale::Base => Some(look(base)),
            Scale::Small if base.long_side() > SMALL_PX => self.half().map(look),
            Scale::Half => Some(look(self.half().unwrap_or(base))),
            Scale::Quarter if base.long_side() > DOUBLE_PX => {
                base.reduced(4).filter(large_enough).as_ref().map(look)
            }
            Scale::Double if base.long_side() <= DOUBLE_PX => Some(look(&base.doubled())),
            Scale::Full => match (factor(self.frame, FULL_PX), factor(self.frame, BASE_PX)) {
                (full, base) if full >= base => None,
                (1, _) => Some(look(self.frame)),
                (full, _) => self.frame.reduced(full).as_ref().map(look),
            },
            Scale::Small | Scale::Quarter | Scale::Double => None,
        }
    }

    /// Pixels of the frame handed in for each pixel of that size, along one side.
    pub(super) fn factor(&self, scale: Scale) -> f32 {
        let base = factor(self.frame, BASE_PX);
        match scale {
            Scale::Base => base as f32,
            Scale::Small | Scale::Half if self.half().is_some() => (base * 2) as f32,
            Scale::Small | Scale::Half => base as f32,
            Scale::Quarter => (base * 4) as f32,
            Scale::Double => base as f32 / 2.0,
            Scale::Full => factor(self.frame, FULL_PX) as f32,
        }
    }

    /// Hands the frame at that size to `look`, as ink and paper.
    pub(super) fn bits<T>(
        &self,
        scale: Scale,
        ink: Ink,
        look: impl FnOnce(&Bits) -> T,
    ) -> Option<T> {
        let bits = |ink: fn(&GreyFrame) -> Bits| self.at(scale, ink);
        match ink {
            Ink::Dark => self.dark_bits(scale, look),
            Ink::Light => self.dark_bits(scale, Bits::flipped).as_ref().map(look),
            Ink::Pale => {
                bits(|frame| threshold::by_blocks(frame, FLAT_WHEN_PALE)).as_ref().map(look)
            }
            Ink::DarkerThanMean => bits(|frame| {
                let mut bits = Bits::paper(frame.width(), frame.height());
                threshold::by_mean(frame, |y, ink| bits.pack_row(y, ink));
                bits
            })
            .as_ref()
            .map(look),
            Ink::Darker => {
                bits(|frame| threshold::by_level(frame, threshold::otsu(frame))).as_ref().map(look)
            }
        }
    }

    /// The two base sizes are kept: each is looked at more than once.
    fn dark_bits<T>(&self, scale: Scale, look: impl FnOnce(&Bits) -> T) -> Option<T> {
        let made = || self.at(scale, |frame| threshold::by_blocks(frame, FLAT));
        let kept = match scale {
            Scale::Small => &self.small_bits,
            Scale::Base => &self.base_bits,
            _ => return made().as_ref().map(look),
        };
        kept.get_or_init(made).as_ref().map(look)
    }

    /// Notes codes that a stage found but could not read, unless they were looked at before.
    pub(super) fn note(&self, unread: Vec<Outline>) {
        let mut noted = self.unread.borrow_mut();
        for outline in unread {
            if !noted.seen.iter().any(|seen| seen.is_like(&outline)) {
                noted.seen.push(outline);
            }
        }
    }

    /// Whether codes were noted since they were last handed out.
    pub(super) fn has_unread(&self) -> bool {
        let noted = self.unread.borrow();
        noted.handed_out < noted.seen.len()
    }

    /// The codes noted since this was last asked.
    pub(super) fn unread(&self) -> Vec<Outline> {
        let mut noted = self.unread.borrow_mut();
        let to = noted.seen.len();
        let from = std::mem::replace(&mut noted.handed_out, to);
        noted.seen[from..].to_vec()
    }

    fn base(&self) -> &GreyFrame {
        self.base
            .get_or_init(|| match factor(self.frame, BASE_PX) {
                1 => None,
                factor => self.frame.reduced(factor),
            })
            .as_ref()
            .unwrap_or(self.frame)
    }

    fn half(&self) -> Option<&GreyFrame> {
        self.half.get_or_init(|| self.base().reduced(2).filter(large_enough)).as_ref()
    }
}

/// The whole number that brings the longer side down to `side_px`.
fn factor(frame: &GreyFrame, side_px: u32) -> u32 {
    frame.long_side().div_ceil(side_px)
}

fn large_enough(frame: &GreyFrame) -> bool {
    frame.width().min(frame.height()) >= MIN_SIDE_PX
}
