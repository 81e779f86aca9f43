//! A cheap camera in arithmetic: what 720p over 60 degrees sees of a printed code.
//!
//! The code stands upright in the middle of the view, turned a little about three axes as a hand
//! holds a telephone; the lens blurs, the sensor adds noise. Every shot can be taken again.

use super::code::Symbol;
use super::distance::{CAMERA_HEIGHT_PX, CAMERA_WIDTH_PX, TAN_HALF_VIEW};

/// Turn about the upright, the level and the viewing axis: 12, 7 and 4 degrees.
const TURN_DEG: [f64; 3] = [12.0, 7.0, 4.0];
/// Spread of the blur, in pixels: a fixed lens that is a little out of focus.
const BLUR_PX: f32 = 0.8;
/// Spread of the noise, in steps of 255: a room lit by one lamp.
const NOISE: f32 = 5.0;
/// Brightness of ink, of the sheet around the code, and of the wall behind it.
const INK: f32 = 48.0;
const SHEET: f32 = 205.0;
const WALL: f32 = 150.0;
/// The sheet goes on for a tenth of the code beyond its blank edge.
const BORDER: f64 = 0.1;
/// Side of the middle of the view that is looked at, as in a viewfinder: a code of 4.5 pixels a
/// module fills it, and the decoder needs no luck to be through with it in time.
const FINDER_PX: u32 = 480;
/// Rays a pixel along each side.
const RAYS: usize = 3;

/// One shot of a code printed `side_mm` wide, blank edge included, from `distance_mm`.
///
/// `None` for a frame that the decoder would not take, which one of this size is not.
pub(super) fn shot(
    symbol: &Symbol,
    side_mm: f64,
    distance_mm: f64,
    seed: u64,
) -> Option<lens::GreyFrame> {
    let view = View::new(symbol, side_mm, distance_mm);
    let middle = |side: u32| side / 2 - FINDER_PX / 2..side / 2 + FINDER_PX / 2;
    let row = |y: u32| middle(CAMERA_WIDTH_PX).map(move |x| (x, y));
    let pixels = middle(CAMERA_HEIGHT_PX).flat_map(row);
    let seen: Vec<f32> = pixels.map(|(x, y)| view.pixel(f64::from(x), f64::from(y))).collect();
    let seen = blurred(&seen, FINDER_PX as usize);
    let mut noise = Noise(seed | 1);
    let luma = seen.iter().map(|light| (light + noise.next() * NOISE).round() as u8).collect();
    lens::GreyFrame::new(FINDER_PX, FINDER_PX, luma).ok()
}

struct View<'s> {
    symbol: &'s Symbol,
    side_mm: f64,
    distance_mm: f64,
    /// Focal length in pixels.
    focal_px: f64,
    /// The sheet's directions to the right, downwards and away from it, as the camera has them.
    axes: [[f64; 3]; 3],
}

impl<'s> View<'s> {
    fn new(symbol: &'s Symbol, side_mm: f64, distance_mm: f64) -> Self {
        let focal_px = f64::from(CAMERA_WIDTH_PX) / 2.0 / TAN_HALF_VIEW;
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(turned);
        Self { symbol, side_mm, distance_mm, focal_px, axes }
    }

    /// Mean brightness of one pixel over its rays.
    fn pixel(&self, x: f64, y: f64) -> f32 {
        let mut sum = 0.0;
        for ray in 0..RAYS * RAYS {
            let within = |step: usize| (step as f64 + 0.5) / RAYS as f64;
            sum += self.ray(x + within(ray % RAYS), y + within(ray / RAYS));
        }
        sum / (RAYS * RAYS) as f32
    }

    /// Where the ray meets the sheet, and what is printed there.
    fn ray(&self, x: f64, y: f64) -> f32 {
        let [right, down, away] = self.axes;
        let ray = [
            (x - f64::from(CAMERA_WIDTH_PX) / 2.0) / self.focal_px,
            (y - f64::from(CAMERA_HEIGHT_PX) / 2.0) / self.focal_px,
            1.0,
        ];
        // The sheet's middle is straight ahead at the distance.
        let reach = away[2] * self.distance_mm / dot(ray, away);
        let point = [ray[0] * reach, ray[1] * reach, ray[2] * reach - self.distance_mm];
        let along = |axis| dot(point, axis) / self.side_mm + 0.5;
        let (across, downwards) = (along(right), along(down));
        let on_sheet = -BORDER..1.0 + BORDER;
        if !on_sheet.contains(&across) || !on_sheet.contains(&downwards) {
            return WALL;
        }
        let module = |part: f64| (part * self.symbol.modules() as f64).floor();
        let (column, row) = (module(across), module(downwards));
        let ink = column >= 0.0 && row >= 0.0 && self.symbol.is_dark(column as usize, row as usize);
        if ink { INK } else { SHEET }
    }
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// A direction after the three turns.
fn turned(direction: [f64; 3]) -> [f64; 3] {
    let planes = [(2, 0), (1, 2), (0, 1)];
    TURN_DEG.into_iter().zip(planes).fold(direction, |mut at, (degrees, (a, b))| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        (at[a], at[b]) = (at[a] * cos - at[b] * sin, at[a] * sin + at[b] * cos);
        at
    })
}

/// A Gaussian blur of a square picture: along the rows, turned over, and along the rows again.
fn blurred(light: &[f32], side: usize) -> Vec<f32> {
    let rows = blurred_and_turned_over(light, side);
    blurred_and_turned_over(&rows, side)
}

fn blurred_and_turned_over(light: &[f32], side: usize) -> Vec<f32> {
    const REACH: usize = 3;
    let weight = |at: usize| (-((at * at) as f32) / (2.0 * BLUR_PX * BLUR_PX)).exp();
    let weights: [f32; REACH + 1] = std::array::from_fn(weight);
    let sum = weights[0] + 2.0 * weights[1..].iter().sum::<f32>();
    let mut out = vec![0.0; light.len()];
    for (y, row) in light.chunks_exact(side).enumerate() {
        for x in 0..side {
            let pair =
                |offset: usize| row[x.saturating_sub(offset)] + row[(x + offset).min(side - 1)];
            let mixed: f32 = (1..=REACH).map(|offset| pair(offset) * weights[offset]).sum();
            out[x * side + y] = (row[x] * weights[0] + mixed) / sum;
        }
    }
    out
}

/// Noise of spread 1, nearly normal: xorshift64* and the sum of four even draws.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f32 {
        let mut draw = || {
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as f32 / (1_u64 << 24) as f32
        };
        // Four even draws have a spread of 1/√3.
        (draw() + draw() + draw() + draw() - 2.0) * 3.0_f32.sqrt()
    }
}
