//! The sizes at which a frame is looked at, each made when first asked for.

use std::cell::OnceCell;

use rxing::common::{BitMatrix, HybridBinarizer};
use rxing::{Binarizer, Luma8Source};

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

/// The sizes of one frame.
pub(super) struct Scales<'a> {
    frame: &'a GreyFrame,
    base: OnceCell<Option<GreyFrame>>,
    half: OnceCell<Option<GreyFrame>>,
    small_bits: OnceCell<Option<BitMatrix>>,
    base_bits: OnceCell<Option<BitMatrix>>,
}

impl<'a> Scales<'a> {
    pub(super) fn of(frame: &'a GreyFrame) -> Self {
        Self {
            frame,
            base: OnceCell::new(),
            half: OnceCell::new(),
            small_bits: OnceCell::new(),
            base_bits: OnceCell::new(),
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

    /// Ink and paper by the block threshold of the decoder library. The two base sizes are kept:
    /// each is looked at more than once.
    pub(super) fn dark_bits<T>(
        &self,
        scale: Scale,
        look: impl FnOnce(&BitMatrix) -> T,
    ) -> Option<T> {
        let kept = match scale {
            Scale::Small => &self.small_bits,
            Scale::Base => &self.base_bits,
            _ => return self.at(scale, block_threshold)?.as_ref().map(look),
        };
        kept.get_or_init(|| self.at(scale, block_threshold)?).as_ref().map(look)
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

fn block_threshold(frame: &GreyFrame) -> Option<BitMatrix> {
    let source = Luma8Source::new_with_slice(frame.luma(), frame.width(), frame.height()).ok()?;
    HybridBinarizer::new(source).get_black_matrix().ok().cloned()
}
