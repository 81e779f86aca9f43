//! Where the modules of a code lie in the frame.

use rxing::qrcode::common::Version;

use super::equations::solved;
use crate::frame::GreyFrame;

/// How far an alignment square is looked for around where it should be, in quarter modules.
const SEARCH: i32 = 5;

/// How far a guessed corner square is looked for, in half modules.
const SQUARE_SEARCH: i32 = 6;

/// Contrast an alignment square must have, as a share of that of the whole code.
const LEAST_LIKENESS: f32 = 0.35;

/// A place in modules, and the same in pixels.
pub(super) type Place = ((f64, f64), (f64, f64));

/// From modules to pixels: perspective, and small shifts between alignment squares for paper that
/// is not flat.
pub(super) struct Mesh {
    side: usize,
    perspective: [f64; 8],
    /// Module coordinates of the rows and columns of the mesh.
    lines: Vec<f32>,
    /// Shifts in modules at the crossings of the lines, by rows.
    shifts: Vec<(f32, f32)>,
}

impl Mesh {
    /// The mesh of a flat code from four places.
    pub(super) fn flat(side: usize, places: &[Place; 4]) -> Option<Self> {
        let perspective = perspective(places)?;
        Some(Self { side, perspective, lines: Vec::new(), shifts: Vec::new() })
    }

    /// Looks for the alignment squares and bends the mesh to them.
    pub(super) fn bent(mut self, frame: &GreyFrame, inverted: bool) -> Self {
        let Ok(version) = Version::getProvisionalVersionForDimension(self.side as u32) else {
            return self;
        };
        let lines: Vec<f32> =
            version.getAlignmentPatternCenters().iter().map(|&at| at as f32 + 0.5).collect();
        let count = lines.len();
        if count < 2 {
            return self;
        }
        let contrast = self.contrast(frame);
        if (contrast < 0.0) != inverted {
            return self;
        }
        let last = count - 1;
        let mut shifts: Vec<Option<(f32, f32)>> = vec![None; count * count];
        for (row, column) in (0..count).flat_map(|row| (0..count).map(move |column| (row, column)))
        {
            let at_square = [(0, 0), (0, last), (last, 0)].contains(&(row, column));
            let guess = if at_square {
                (0.0, 0.0)
            } else {
                let near = [(row.wrapping_sub(1), column), (row, column.wrapping_sub(1))];
                let known = near.iter().filter(|(y, x)| *y < count && *x < count);
                mean(known.filter_map(|(y, x)| shifts[y * count + x])).unwrap_or_default()
            };
            shifts[row * count + column] = if at_square {
                Some(guess)
            } else {
                self.alignment(frame, (lines[column], lines[row]), guess, contrast)
            };
        }
        self.shifts = filled(shifts, count);
        self.lines = lines;
        self
    }

    /// The pixels where a corner square shows best around a place in modules.
    pub(super) fn square(
        &self,
        frame: &GreyFrame,
        (u, v): (f32, f32),
        inverted: bool,
    ) -> (f32, f32) {
        let sign = if inverted { -1.0 } else { 1.0 };
        let shown = |du: f32, dv: f32| {
            let mut likeness = 0.0;
            for (y, x) in (-3_i32..=3).flat_map(|y| (-3_i32..=3).map(move |x| (y, x))) {
                let light = self.light(frame, u + du + x as f32, v + dv + y as f32);
                // 33 dark modules, 16 light ones.
                let is_light = x.abs().max(y.abs()) == 2;
                likeness += sign * if is_light { light / 16.0 } else { -light / 33.0 };
            }
            likeness
        };
        let mut best = (shown(0.0, 0.0), 0.0, 0.0);
        for (step, reach) in [(0.5, SQUARE_SEARCH), (0.125, 3)] {
            let (_, du, dv) = best;
            for (y, x) in (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| (y, x))) {
                let (du, dv) = (du + x as f32 * step, dv + y as f32 * step);
                let likeness = shown(du, dv);
                if likeness > best.0 {
                    best = (likeness, du, dv);
                }
            }
        }
        self.project(u + best.1, v + best.2)
    }

    /// How well both timing lines alternate: 1 is perfect, 0 is chance.
    pub(super) fn timing(&self, frame: &GreyFrame, inverted: bool) -> f32 {
        let line = |across: bool| {
            let lights: Vec<f32> = (7..self.side - 7)
                .map(|at| at as f32 + 0.5)
                .map(|at| if across { (at, 6.5) } else { (6.5, at) })
                .map(|(u, v)| self.light(frame, u, v))
                .collect();
            // The first, at module 7, is light.
            let (mut right, mut all) = (0.0, 0.0);
            for (at, three) in lights.windows(3).enumerate() {
                let bump = three[1] - (three[0] + three[2]) / 2.0;
                let due = if at % 2 == 0 { -bump } else { bump };
                right += if inverted { -due } else { due };
                all += bump.abs();
            }
            if all > 0.0 { right / all } else { 0.0 }
        };
        // One of the lines may be damaged as well.
        (line(true) + line(false)) / 2.0
    }

    /// Pixel coordinates of a place in modules.
    pub(super) fn place(&self, u: f32, v: f32) -> (f32, f32) {
        let (du, dv) = self.shift(u, v);
        self.project(u + du, v + dv)
    }

    /// Pixels a module, in the middle of the code.
    pub(super) fn module_px(&self) -> f32 {
        let middle = self.side as f32 / 2.0;
        let ((x0, y0), (x1, y1)) =
            (self.project(middle, middle), self.project(middle + 1.0, middle));
        let (x2, y2) = self.project(middle, middle + 1.0);
        (x1 - x0).hypot(y1 - y0).min((x2 - x0).hypot(y2 - y0))
    }

    fn project(&self, u: f32, v: f32) -> (f32, f32) {
        let (u, v) = (f64::from(u), f64::from(v));
        let p = &self.perspective;
        let scale = 1.0 / (p[6] * u + p[7] * v + 1.0);
        (
            ((p[0] * u + p[1] * v + p[2]) * scale) as f32,
            ((p[3] * u + p[4] * v + p[5]) * scale) as f32,
        )
    }

    fn shift(&self, u: f32, v: f32) -> (f32, f32) {
        let count = self.lines.len();
        if count < 2 {
            return (0.0, 0.0);
        }
        // The cell it is in; outside the lines the next cell goes on.
        let cell = |at: f32| {
            let cell = self.lines[1..count - 1].iter().filter(|line| **line <= at).count();
            (cell, (at - self.lines[cell]) / (self.lines[cell + 1] - self.lines[cell]))
        };
        let ((column, right), (row, below)) = (cell(u), cell(v));
        let corner = |y: usize, x: usize| self.shifts[y * count + x];
        let mix = |a: (f32, f32), b: (f32, f32), share: f32| {
            (a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share)
        };
        let above = mix(corner(row, column), corner(row, column + 1), right);
        let under = mix(corner(row + 1, column), corner(row + 1, column + 1), right);
        mix(above, under, below)
    }

    /// Light minus dark in the corner squares.
    fn contrast(&self, frame: &GreyFrame) -> f32 {
        let far = self.side as f32 - 3.5;
        let squares = [(3.5, 3.5), (far, 3.5), (3.5, far)];
        let mut contrast = 0.0;
        for (u, v) in squares {
            for (du, dv) in [(2.0, 0.0), (-2.0, 0.0), (0.0, 2.0), (0.0, -2.0)] {
                contrast += self.light(frame, u + du, v + dv) - self.light(frame, u, v);
            }
        }
        contrast / 12.0
    }

    fn light(&self, frame: &GreyFrame, u: f32, v: f32) -> f32 {
        let (x, y) = self.project(u, v);
        light_at(frame, x, y)
    }

    /// The shift at which an alignment square (dark, light ring, dark ring) shows best.
    fn alignment(
        &self,
        frame: &GreyFrame,
        (u, v): (f32, f32),
        guess: (f32, f32),
        contrast: f32,
    ) -> Option<(f32, f32)> {
        let sign = contrast.signum();
        let contrast = contrast.abs();
        let mut best = (LEAST_LIKENESS * contrast, None);
        let (dark_weight, light_weight) = (1.0 / 17.0, 1.0 / 8.0);
        for (down, right) in
            (-SEARCH..=SEARCH).flat_map(|y| (-SEARCH..=SEARCH).map(move |x| (y, x)))
        {
            let shift = (guess.0 + right as f32 / 4.0, guess.1 + down as f32 / 4.0);
            let mut likeness = 0.0;
            for (y, x) in (-2_i32..=2).flat_map(|y| (-2_i32..=2).map(move |x| (y, x))) {
                let light = self.light(frame, u + shift.0 + x as f32, v + shift.1 + y as f32);
                let ring = x.abs().max(y.abs());
                likeness +=
                    sign * if ring == 1 { light * light_weight } else { -light * dark_weight };
            }
            // Of equals the nearest to the guess.
            likeness -= (right * right + down * down) as f32 * 0.002 * contrast;
            if likeness > best.0 {
                best = (likeness, Some(shift));
            }
        }
        best.1
    }
}

/// What was not found lies between its neighbours.
fn filled(mut shifts: Vec<Option<(f32, f32)>>, count: usize) -> Vec<(f32, f32)> {
    for _ in 0..count {
        let known = shifts.clone();
        for at in (0..shifts.len()).filter(|&at| known[at].is_none()) {
            let (row, column) = (at / count, at % count);
            let near = [
                (row.wrapping_sub(1), column),
                (row + 1, column),
                (row, column.wrapping_sub(1)),
                (row, column + 1),
            ];
            let near = near.iter().filter(|(y, x)| *y < count && *x < count);
            shifts[at] = mean(near.filter_map(|(y, x)| known[y * count + x]));
        }
    }
    shifts.into_iter().map(Option::unwrap_or_default).collect()
}

fn mean(shifts: impl Iterator<Item = (f32, f32)>) -> Option<(f32, f32)> {
    let (sum, count) = shifts.fold(((0.0, 0.0), 0), |((x, y), n), s| ((x + s.0, y + s.1), n + 1));
    (count > 0).then(|| (sum.0 / count as f32, sum.1 / count as f32))
}

/// Brightness between the middles of four pixels; the nearest pixel's outside the frame.
pub(super) fn light_at(frame: &GreyFrame, x: f32, y: f32) -> f32 {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    // Not a number becomes the left edge.
    let x = (x - 0.5).max(0.0).min((width - 1) as f32);
    let y = (y - 0.5).max(0.0).min((height - 1) as f32);
    let (column, row) = (x as usize, y as usize);
    let (right, below) = (x - column as f32, y - row as f32);
    let at = |x: usize, y: usize| f32::from(frame.luma()[y * width + x]);
    let (next, under) = ((column + 1).min(width - 1), (row + 1).min(height - 1));
    let above = at(column, row) + (at(next, row) - at(column, row)) * right;
    let low = at(column, under) + (at(next, under) - at(column, under)) * right;
    above + (low - above) * below
}

/// The perspective that takes four places to four others: eight equations.
fn perspective(places: &[Place; 4]) -> Option<[f64; 8]> {
    let mut rows = [[0.0; 9]; 8];
    for (at, &((u, v), (x, y))) in places.iter().enumerate() {
        rows[2 * at] = [u, v, 1.0, 0.0, 0.0, 0.0, -u * x, -v * x, x];
        rows[2 * at + 1] = [0.0, 0.0, 0.0, u, v, 1.0, -u * y, -v * y, y];
    }
    let answer = solved(rows)?;
    answer.iter().all(|value| value.is_finite()).then_some(answer)
}
