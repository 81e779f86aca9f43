//! How dark each module of a code is, beside its neighbours.

use rxing::qrcode::common::Version;

use super::equations::solved;

/// Modules each way whose mean parts dark from light.
const REACH: usize = 5;

/// Rings of modules around the code that are sampled too: its quiet zone.
pub(super) const QUIET: usize = 1;

/// Contrast under which nothing can be told, in steps of brightness.
const LEAST_CONTRAST: f32 = 2.0;

/// A square of modules: above 0 is dark, below 0 is light, about 1 is sure.
#[derive(Debug, Clone)]
pub(super) struct Modules {
    side: usize,
    /// With a ring of [`QUIET`] modules around the code.
    ink: Vec<f32>,
}

impl Modules {
    /// From brightness by rows, the ring of [`QUIET`] modules included.
    pub(super) fn of(side: usize, light: &[f32]) -> Self {
        let wide = side + 2 * QUIET;
        // Sums of all above and left, for the mean of any window.
        let mut sums = vec![0.0_f64; (wide + 1) * (wide + 1)];
        let mut spreads = sums.clone();
        let window = |sums: &[f64], x: usize, y: usize| {
            let (left, right) = (x.saturating_sub(REACH), (x + REACH + 1).min(wide));
            let (top, bottom) = (y.saturating_sub(REACH), (y + REACH + 1).min(wide));
            let at = |x: usize, y: usize| sums[y * (wide + 1) + x];
            let sum = at(right, bottom) - at(left, bottom) - at(right, top) + at(left, top);
            (sum / ((right - left) * (bottom - top)) as f64) as f32
        };
        add_up(&mut sums, light, wide);
        let off: Vec<f32> =
            (0..wide * wide).map(|at| window(&sums, at % wide, at / wide) - light[at]).collect();
        let spread: Vec<f32> = off.iter().map(|value| value.abs()).collect();
        add_up(&mut spreads, &spread, wide);
        let ink = (0..wide * wide)
            .map(|at| off[at] / window(&spreads, at % wide, at / wide).max(LEAST_CONTRAST))
            .collect();
        Self { side, ink }
    }

    /// Modules along one side of the code.
    pub(super) fn side(&self) -> usize {
        self.side
    }

    /// How dark a module of the code is.
    pub(super) fn ink(&self, x: usize, y: usize) -> f32 {
        self.ink[(y + QUIET) * (self.side + 2 * QUIET) + x + QUIET]
    }

    /// The same with the blur taken out, as far as the known patterns show it.
    ///
    /// Finds the weights of a module and its eight neighbours that bring corner squares and timing
    /// lines closest to what they must be (least squares, drawn to no change), and applies them
    /// everywhere: an equaliser trained on a known signal, as in modems.
    pub(super) fn sharpened(&self) -> Option<Self> {
        let known = known(self.side)?;
        let mut sums = [[0.0_f64; 10]; 9];
        for &(x, y, dark) in &known {
            let around = self.around(x, y);
            for row in 0..9 {
                for column in 0..9 {
                    sums[row][column] += f64::from(around[row] * around[column]);
                }
                sums[row][9] += f64::from(around[row]) * if dark { 1.0 } else { -1.0 };
            }
        }
        let pull = known.len() as f64 * 0.02;
        for (at, row) in sums.iter_mut().enumerate() {
            row[at] += pull;
            row[9] += if at == 4 { pull } else { 0.0 };
        }
        let weights = solved(sums)?;
        let mut sharpened = self.clone();
        for (y, x) in (0..self.side).flat_map(|y| (0..self.side).map(move |x| (y, x))) {
            let around = self.around(x, y);
            sharpened.ink[(y + QUIET) * (self.side + 2 * QUIET) + x + QUIET] =
                around.iter().zip(weights).map(|(a, weight)| a * weight as f32).sum();
        }
        Some(sharpened)
    }

    /// A module in the middle of its neighbours.
    fn around(&self, x: usize, y: usize) -> [f32; 9] {
        let wide = self.side + 2 * QUIET;
        std::array::from_fn(|at| self.ink[(y + at / 3) * wide + x + at % 3])
    }
}

fn add_up(sums: &mut [f64], values: &[f32], wide: usize) {
    for y in 0..wide {
        let mut row = 0.0;
        for x in 0..wide {
            row += f64::from(values[y * wide + x]);
            sums[(y + 1) * (wide + 1) + x + 1] = sums[y * (wide + 1) + x + 1] + row;
        }
    }
}

/// The modules that are the same in every code of a size, and whether they are dark.
fn known(side: usize) -> Option<Vec<(usize, usize, bool)>> {
    let mut known = Vec::new();
    // Ring 4 of a corner square is the light line around it.
    for (left, top) in [(0, 0), (side - 7, 0), (0, side - 7)] {
        for (y, x) in (top.max(1) - 1..(top + 8).min(side))
            .flat_map(|y| (left.max(1) - 1..(left + 8).min(side)).map(move |x| (y, x)))
        {
            let ring = x.abs_diff(left + 3).max(y.abs_diff(top + 3));
            known.push((x, y, ring <= 1 || ring == 3));
        }
    }
    for at in 8..side - 8 {
        known.push((at, 6, at % 2 == 0));
        known.push((6, at, at % 2 == 0));
    }
    let version = Version::getProvisionalVersionForDimension(side as u32).ok()?;
    let centres = version.getAlignmentPatternCenters();
    for (&row, &column) in
        centres.iter().flat_map(|row| centres.iter().map(move |column| (row, column)))
    {
        let (row, column) = (row as usize, column as usize);
        if row == 6 || column == 6 {
            continue;
        }
        for (y, x) in
            (row - 2..=row + 2).flat_map(|y| (column - 2..=column + 2).map(move |x| (y, x)))
        {
            known.push((x, y, x.abs_diff(column).max(y.abs_diff(row)) != 1));
        }
    }
    Some(known)
}
