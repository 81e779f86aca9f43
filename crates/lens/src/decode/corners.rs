//! Looks for the corner squares of codes, row by row.
//!
//! The library's own search compares each candidate with all squares found so far and has no
//! bound: a photo tiled with small squares takes it minutes. This one walks the same way and
//! stops.

use rxing::common::BitMatrix;
use rxing::common::cpp_essentials::{
    ConcentricPattern, FindLeftGuardBy, FixedPattern, GetPatternRowTP, IsPattern,
    LocateConcentricPattern, PatternRow, PatternView,
};
use rxing::{Point, point};

use super::clock::Deadline;

/// Rows between two looks: the middle of a square is at least 3 modules high.
const ROW_STEP: usize = 3;

/// Squares after which the search ends: 1000. A sheet of a hundred codes has 300.
const MAX_SQUARES: usize = 1000;

/// Squares that are looked for whatever the clock says.
const SURE_SQUARES: usize = 48;

/// Runs of a row through the middle of a corner square: 1 dark, 1 light, 3 dark, 1 light, 1 dark.
const RUNS: FixedPattern<5, 7, false> = FixedPattern::new([1, 1, 3, 1, 1]);

/// The squares with the proportions of a code's corner, in the order of their rows.
pub(super) fn corner_squares(bits: &BitMatrix, deadline: &Deadline) -> Vec<ConcentricPattern> {
    let mut found: Vec<ConcentricPattern> = Vec::new();
    let mut runs = PatternRow::default();
    for y in (ROW_STEP as u32 - 1..bits.height()).step_by(ROW_STEP) {
        if found.len() > SURE_SQUARES && deadline.has_passed() {
            break;
        }
        GetPatternRowTP(bits, y, &mut runs, false);
        let mut rest = PatternView::new(&runs);
        while let Some(view) = next_candidate(rest) {
            let ahead = f32::from(view.pixelsInFront()) + f32::from(view[0]) + f32::from(view[1]);
            let middle = point(ahead + f32::from(view[2]) / 2.0, y as f32 + 0.5);
            if !found.iter().any(|square| holds(square, middle)) {
                // Three times the width, for very skewed codes.
                let reach = i32::from(view.iter().sum::<u16>()) * 3;
                let square =
                    LocateConcentricPattern::<true, 5, 7>(bits, &RUNS.into(), middle, reach);
                found.extend(square);
                if found.len() >= MAX_SQUARES {
                    return found;
                }
            }
            rest = view;
            rest.skipPair();
            rest.skipPair();
            rest.extend();
        }
    }
    found
}

/// The next place in a row with runs that could cross a corner square.
fn next_candidate(rest: PatternView<'_>) -> Option<PatternView<'_>> {
    let plausible = |view: &PatternView<'_>, space: Option<f32>| {
        // A quick test first: the middle is the longest run by far.
        let run = |at: usize| view[at];
        let fits = run(2) >= 3 && run(2) >= 2 * run(0).max(run(4)) && run(2) >= run(1).max(run(3));
        fits && IsPattern::<true, 5, 7, false>(view, &RUNS, space, 0.1, 0.0, 0.0) != 0.0
    };
    FindLeftGuardBy::<5, _>(rest, 5, plausible).ok().filter(PatternView::isValid)
}

fn holds(square: &ConcentricPattern, place: Point) -> bool {
    Point::distance(place, square.p) < square.size as f32 / 2.0
}
