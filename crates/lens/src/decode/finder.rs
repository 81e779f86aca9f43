//! The main decoder: rxing's port of zxing-cpp, driven part by part.
//!
//! Its ready-made helpers have no bounds: a frame full of finder look-alikes takes them over a
//! second. Here the candidates are capped and the clock is checked for each.

use rxing::common::{BitMatrix, DetectorRXingResult};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FinderPatternSet, GenerateFinderPatternSets, SampleQR};

use super::Reader;
use super::clock::Deadline;
use super::corners::corner_squares;
use super::scales::{Scale, Scales};
use crate::frame::GreyFrame;

/// Corner squares looked at, largest first: 48. Sixteen codes in one view.
const MAX_PATTERNS: usize = 48;
/// Triples of corner squares tried, most plausible first.
const MAX_SETS: usize = 64;
/// Triples tried even when the time is up, so that an easy code is read on a busy machine.
const SURE_SETS: usize = 4;

/// What counts as ink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// Dark on light, threshold by blocks.
    Dark,
    /// Light on dark: the same bits flipped.
    Light,
    /// A little darker than the mean around it: pale print, low light.
    DarkerThanMean,
}

/// Finds three corner squares, samples the modules between them.
#[derive(Debug)]
pub(super) struct FinderReader {
    pub(super) scale: Scale,
    pub(super) ink: Ink,
}

impl Reader for FinderReader {
    fn read(&self, scales: &Scales<'_>, deadline: &Deadline) -> Vec<String> {
        let texts = match self.ink {
            Ink::Dark => scales.dark_bits(self.scale, |bits| texts_in(bits, deadline)),
            Ink::Light => scales.dark_bits(self.scale, |bits| {
                let mut flipped = bits.clone();
                flipped.flip_self();
                texts_in(&flipped, deadline)
            }),
            Ink::DarkerThanMean => scales
                .at(self.scale, mean_threshold)
                .flatten()
                .map(|bits| texts_in(&bits, deadline)),
        };
        texts.unwrap_or_default()
    }
}

fn texts_in(bits: &BitMatrix, deadline: &Deadline) -> Vec<String> {
    let mut patterns = corner_squares(bits, deadline);
    patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.size));
    patterns.truncate(MAX_PATTERNS);
    let sets = GenerateFinderPatternSets(&mut patterns);
    let mut used: Vec<FinderPatternSet> = Vec::new();
    let mut texts = Vec::new();
    for (tried, set) in sets.iter().take(MAX_SETS).enumerate() {
        if tried >= SURE_SETS && deadline.has_passed() {
            break;
        }
        if used.iter().any(|other| share_a_corner(other, set)) {
            continue;
        }
        if let Some(text) = text_at(bits, set) {
            used.push(*set);
            texts.push(text);
        }
    }
    texts
}

fn text_at(bits: &BitMatrix, set: &FinderPatternSet) -> Option<String> {
    let sample = SampleQR(bits, set).ok()?;
    let result = Decode(sample.getBits()).ok()?;
    result.isValid().then(|| result.text())
}

/// A corner square belongs to one code only.
fn share_a_corner(one: &FinderPatternSet, other: &FinderPatternSet) -> bool {
    let corners = [other.bl, other.tl, other.tr];
    [one.bl, one.tl, one.tr].iter().any(|corner| corners.contains(corner))
}

fn mean_threshold(frame: &GreyFrame) -> Option<BitMatrix> {
    let mut bits = BitMatrix::new(frame.width(), frame.height()).ok()?;
    let ink = frame.darker_than_mean();
    for (y, row) in (0..).zip(ink.chunks_exact(frame.width() as usize)) {
        for (x, _) in (0..).zip(row).filter(|(_, ink)| **ink) {
            bits.set(x, y);
        }
    }
    Some(bits)
}
