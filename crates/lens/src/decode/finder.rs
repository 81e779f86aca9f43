//! The main decoder: rxing's port of zxing-cpp, driven part by part.
//!
//! Its ready-made helpers have no bounds: a frame full of finder look-alikes takes them over a
//! second. Here the candidates are capped and the clock is checked for each.

use std::cell::OnceCell;

use rxing::common::{BitMatrix, DetectorRXingResult};
use rxing::qrcode::cpp_port::decoder::Decode;
use rxing::qrcode::cpp_port::detector::{FinderPatternSet, GenerateFinderPatternSets, SampleQR};

use super::bits::Bits;
use super::clock::Deadline;
use super::corners::corner_squares;
use super::pairs;
use super::reader::{Reader, Reading, Sighting};
use super::scales::{Ink, Scale, Scales};
use super::soft::Outline;

/// Corner squares looked at, largest first: 48. Sixteen codes in one view.
const MAX_PATTERNS: usize = 48;
/// Triples of corner squares tried, most plausible first.
const MAX_SETS: usize = 64;
/// Triples tried even when the time is up, so that an easy code is read on a busy machine.
const SURE_SETS: usize = 4;

/// Finds three corner squares, samples the modules between them.
#[derive(Debug)]
pub(super) struct FinderReader {
    pub(super) scale: Scale,
    pub(super) ink: Ink,
}

impl Reader for FinderReader {
    fn read(&self, scales: &Scales<'_>, deadline: &Deadline) -> Reading {
        let inverted = self.ink == Ink::Light;
        let reading = scales.bits(self.scale, self.ink, |bits| codes_in(bits, inverted, deadline));
        reading.unwrap_or_default().scaled(scales.factor(self.scale))
    }
}

fn codes_in(bits: &Bits, inverted: bool, deadline: &Deadline) -> Reading {
    let kept = OnceCell::new();
    let matrix = || kept.get_or_init(|| bits.matrix()).as_ref();
    let mut patterns = corner_squares(bits, matrix, deadline);
    patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.size));
    patterns.truncate(MAX_PATTERNS);
    let sets = GenerateFinderPatternSets(&mut patterns);
    let mut used: Vec<FinderPatternSet> = Vec::new();
    let (mut sightings, mut unread) = (Vec::new(), Vec::new());
    for (tried, set) in sets.iter().take(MAX_SETS).enumerate() {
        if tried >= SURE_SETS && deadline.has_passed() {
            break;
        }
        if used.iter().any(|other| share_a_corner(other, set)) {
            continue;
        }
        match matrix().and_then(|matrix| code_at(matrix, set, inverted)) {
            Some(Seen::Read(sighting)) => {
                used.push(*set);
                sightings.push(sighting);
            }
            Some(Seen::Unread(outline)) => unread.push(outline),
            None => {}
        }
    }
    if sightings.is_empty()
        && patterns.len() > 1
        && let Some(matrix) = matrix()
    {
        unread.extend(pairs::outlines(matrix, &patterns, inverted));
    }
    Reading { sightings, unread, saw_corners: !sets.is_empty() }
}

enum Seen {
    Read(Sighting),
    Unread(Outline),
}

fn code_at(bits: &BitMatrix, set: &FinderPatternSet, inverted: bool) -> Option<Seen> {
    let sample = SampleQR(bits, set).ok()?;
    let place = |at: usize| sample.getPoints().get(at).map(|point| (point.x, point.y));
    // The library's order is top left, top right, bottom left, bottom right.
    let corners = [place(0)?, place(1)?, place(3)?, place(2)?];
    match Decode(sample.getBits()) {
        Ok(result) if result.isValid() => {
            Some(Seen::Read(Sighting { text: result.text(), corners }))
        }
        _ => {
            let squares = [set.tl, set.tr, set.bl].map(|square| (square.p.x, square.p.y));
            let side = sample.getBits().width() as usize;
            Some(Seen::Unread(Outline { side, squares, corners, inverted, guessed: None }))
        }
    }
}

/// A corner square belongs to one code only.
fn share_a_corner(one: &FinderPatternSet, other: &FinderPatternSet) -> bool {
    let corners = [other.bl, other.tl, other.tr];
    [one.bl, one.tl, one.tr].iter().any(|corner| corners.contains(corner))
}
