//! Looks for the corner squares of codes, row by row.
//!
//! The library's own search compares each candidate with all squares found so far, has no bound
//! and divides for each pixel it reads: a photo tiled with small squares takes it minutes. This
//! one follows the same rules on packed rows and stops.

use rxing::common::BitMatrix;
use rxing::common::cpp_essentials::{ConcentricPattern, FinetuneConcentricPatternCenter};
use rxing::point;

use super::bits::Bits;
use super::clock::Deadline;

/// Rows between two looks: the middle of a square is at least 3 modules high.
const ROW_STEP: usize = 3;

/// Squares after which the search ends: 1000. A sheet of a hundred codes has 300.
const MAX_SQUARES: usize = 1000;

/// Squares that are looked for whatever the clock says.
const SURE_SQUARES: usize = 48;

/// Dark, light, dark, light, dark pixels of a line through the middle of a corner square.
type Runs = [i32; 5];

/// The squares with the proportions of a code's corner, in the order of their rows. `matrix` is
/// asked for the same bits when the first candidate is to be measured.
pub(super) fn corner_squares<'a>(
    bits: &Bits,
    matrix: impl Fn() -> Option<&'a BitMatrix>,
    deadline: &Deadline,
) -> Vec<ConcentricPattern> {
    let mut found: Vec<ConcentricPattern> = Vec::new();
    for y in (ROW_STEP - 1..bits.height()).step_by(ROW_STEP) {
        if found.len() > SURE_SQUARES && deadline.has_passed() {
            break;
        }
        for Candidate { x, y, reach } in candidates(bits, y) {
            if found.iter().rev().any(|square| holds(square, x, y)) {
                continue;
            }
            let Some((x, y, size)) = measured(bits, x, y, reach) else { continue };
            let Some(matrix) = matrix() else { return found };
            let middle = point(x as f32, y as f32);
            if let Some(p) = FinetuneConcentricPatternCenter(matrix, middle, reach, 5) {
                found.push(ConcentricPattern { p, size });
                if found.len() >= MAX_SQUARES {
                    return found;
                }
            }
        }
    }
    found
}

/// What look like corner squares, without the last test for each: middle and width in pixels.
pub(super) fn rough(bits: &Bits) -> Vec<(i32, i32, i32)> {
    let mut found: Vec<(i32, i32, i32)> = Vec::new();
    for y in (ROW_STEP - 1..bits.height()).step_by(ROW_STEP) {
        for Candidate { x, y, reach } in candidates(bits, y) {
            let known = |&(left, top, size): &(i32, i32, i32)| {
                (x - left).abs().max((y - top).abs()) * 2 <= size
            };
            if found.len() < SURE_SQUARES && !found.iter().rev().any(known) {
                found.extend(measured(bits, x, y, reach));
            }
        }
    }
    found
}

/// A place in a row that could be the middle of a corner square.
struct Candidate {
    x: i32,
    y: i32,
    /// How far the square may reach: three times its width, for very skewed codes.
    reach: i32,
}

fn candidates(bits: &Bits, y: usize) -> impl Iterator<Item = Candidate> {
    // The last six edges; the first of a row turns to ink, so a dark run ends at every second.
    let mut edges = [0_i32; 6];
    (1_usize..).zip(bits.edges(y)).filter_map(move |(count, edge)| {
        edges.rotate_left(1);
        edges[5] = edge as i32;
        if count < 6 || !count.is_multiple_of(2) {
            return None;
        }
        let runs: Runs = std::array::from_fn(|at| edges[at + 1] - edges[at]);
        (could_be(&runs) && fits(&runs)).then(|| Candidate {
            x: edges[2] + runs[2] / 2,
            y: y as i32,
            reach: (edges[5] - edges[0]) * 3,
        })
    })
}

/// A quick test first: the middle is the longest run by far.
fn could_be(runs: &Runs) -> bool {
    runs[2] >= 3 && runs[2] >= 2 * runs[0].max(runs[4]) && runs[2] >= runs[1].max(runs[3])
}

/// Whether the runs are about 1, 1, 3, 1, 1 modules. Dark and light have modules of their own, for
/// ink that spreads. The limits are those of zxing-cpp.
fn fits(runs: &Runs) -> bool {
    let dark = (runs[0] + runs[2] + runs[4]) as f32 / 5.0;
    let light = (runs[1] + runs[3]) as f32 / 2.0;
    if dark.max(light) > 4.0 * dark.min(light) {
        return false;
    }
    let near = |run: i32, due: f32, spare: f32| (run as f32 - due).abs() <= spare;
    let (spare_dark, spare_light) = (dark * 0.75 + 0.5, light / 3.0 + 0.5);
    near(runs[0], dark, spare_dark)
        && near(runs[1], light, spare_light)
        && near(runs[2], 3.0 * dark, spare_dark)
        && near(runs[3], light, spare_light)
        && near(runs[4], dark, spare_dark)
}

/// Looks along a column, a row and both diagonals: the middle and the mean width, if all fit.
fn measured(bits: &Bits, x: i32, y: i32, reach: i32) -> Option<(i32, i32, i32)> {
    let down = runs_through(bits, (x, y), (0, 1), reach)?;
    let y = y + down.shift;
    let along = runs_through(bits, (x, y), (1, 0), reach)?;
    let x = x + along.shift;
    let falling = runs_through(bits, (x, y), (1, 1), reach * 2)?;
    let rising = runs_through(bits, (x, y), (1, -1), reach * 2)?;
    let widths = [down.width, along.width, falling.width, rising.width];
    let (least, most) = widths.iter().fold((i32::MAX, 0), |(a, b), &w| (a.min(w), b.max(w)));
    (most <= 5 * least).then_some((x, y, (most + least) / 2))
}

struct Line {
    width: i32,
    /// Steps from the place looked at to the middle.
    shift: i32,
}

/// Measures the five runs around a dark place in one direction, within `reach` steps in all.
fn runs_through(
    bits: &Bits,
    (x, y): (i32, i32),
    (dx, dy): (i32, i32),
    mut reach: i32,
) -> Option<Line> {
    if !bits.ink(x, y) {
        return None;
    }
    let (width, height) = (bits.width() as i32, bits.height() as i32);
    let outside = |x: i32, y: i32| x < 0 || y < 0 || x >= width || y >= height;
    // Steps until the colour changes or the frame ends, from a place in it.
    let run = |from: (i32, i32), sign: i32, reach: i32| {
        let (mut x, mut y) = from;
        let colour = bits.ink(x, y);
        for steps in 1..=reach {
            (x, y) = (x + sign * dx, y + sign * dy);
            if outside(x, y) || bits.ink(x, y) != colour {
                return Some((steps, (x, y)));
            }
        }
        None
    };
    let (ahead, mut front) = run((x, y), 1, reach)?;
    let (behind, mut back) = run((x, y), -1, reach)?;
    let mut runs: Runs = [0, 0, ahead + behind - 1, 0, 0];
    reach -= runs[2];
    for at in 1..=2 {
        for (sign, place, slot) in [(1, &mut front, 2 + at), (-1, &mut back, 2 - at)] {
            if outside(place.0, place.1) {
                return None;
            }
            let (steps, next) = run(*place, sign, reach)?;
            (runs[slot], *place) = (steps, next);
            reach -= steps;
        }
    }
    fits(&runs).then(|| Line { width: runs.iter().sum(), shift: runs[2] / 2 - (behind - 1) })
}

fn holds(square: &ConcentricPattern, x: i32, y: i32) -> bool {
    let reach = square.size as f32 / 2.0;
    let (across, down) = (x as f32 + 0.5 - square.p.x, y as f32 + 0.5 - square.p.y);
    across.abs() < reach && down.abs() < reach && across.hypot(down) < reach
}
