//! What happens to print and picture.

use super::Kind;
use super::noise::Dice;

/// A stroke of one shade: all places nearer than `reach` to the line between two ends, or within
/// an upright box around them. Lengths in modules from the middle of the code.
pub struct Mark {
    ends: [(f64, f64); 2],
    reach: f64,
    boxed: bool,
    pub shade: f64,
}

impl Mark {
    pub fn covers(&self, u: f64, v: f64) -> bool {
        let [(u0, v0), (u1, v1)] = self.ends;
        let outside = u < u0.min(u1) - self.reach
            || u > u0.max(u1) + self.reach
            || v < v0.min(v1) - self.reach
            || v > v0.max(v1) + self.reach;
        if outside || self.boxed {
            return !outside;
        }
        let (du, dv) = (u1 - u0, v1 - v0);
        let along = ((u - u0) * du + (v - v0) * dv) / (du * du + dv * dv).max(1e-9);
        let along = along.clamp(0.0, 1.0);
        (u - u0 - along * du).hypot(v - v0 - along * dv) < self.reach
    }
}

/// Scratches or a logo on the code.
pub fn marks(kind: Kind, severity: usize, side: f64, dice: &mut Dice) -> Vec<Mark> {
    let step = |of: [f64; 3]| of[severity - 1];
    match kind {
        Kind::Logo => {
            let half = side * step([0.2, 0.25, 0.3]) / 2.0;
            let mark = |half: f64, shade| Mark {
                ends: [(-half, -half), (half, half)],
                reach: 0.0,
                boxed: true,
                shade,
            };
            vec![mark(half * 0.7, 90.0 + dice.to(90.0)), mark(half, 236.0)]
        }
        Kind::Scratch => (0..[2, 4, 7][severity - 1])
            .map(|_| {
                let from = (dice.either(side / 2.0), dice.either(side / 2.0));
                let to = (from.0 + dice.either(side / 2.0), from.1 + dice.either(side / 2.0));
                let shade = if dice.below(2) == 0 { 235.0 } else { 45.0 };
                let reach = 0.15 + dice.to(step([0.2, 0.3, 0.45]));
                Mark { ends: [from, to], reach, boxed: false, shade }
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// A heading above the code and lines of small print below it.
pub fn furniture(side: f64, dice: &mut Dice) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut stroke = |u0: f64, v0: f64, u1: f64, v1: f64, shade: f64| {
        let ends = [(u0, v0), (u1, v1)];
        marks.push(Mark { ends, reach: 0.0, boxed: true, shade });
    };
    stroke(-side, -side * 1.1, side, -side * 0.85, 60.0 + dice.to(60.0));
    for line in 0..6 {
        let (mut u, v) = (-side * 0.8, side * (0.66 + 0.06 * f64::from(line)));
        while u < side * 0.75 {
            let word = side * (0.02 + dice.to(0.09));
            stroke(u, v, u + word, v + side * 0.025, 50.0);
            u += word + side * 0.02;
        }
    }
    marks
}

/// What light, lens and sensor do. `light` is brightness by rows, 0 to 255.
pub fn spoil(
    kind: Kind,
    severity: usize,
    light: &mut Vec<f32>,
    width: usize,
    corners: &[(f64, f64); 4],
    dice: &mut Dice,
) {
    let step = |of: [f64; 3]| of[severity - 1];
    let middle = corners.iter().fold((0.0, 0.0), |at, c| (at.0 + c.0 / 4.0, at.1 + c.1 / 4.0));
    let side = (corners[0].0 - corners[1].0).hypot(corners[0].1 - corners[1].1);
    let mut noise = 2.0;
    match kind {
        Kind::LowLight => {
            let (gain, dark) = (step([0.25, 0.14, 0.09]), 4.0);
            light.iter_mut().for_each(|value| *value = *value * gain as f32 + dark);
            noise = step([4.0, 5.0, 6.0]);
        }
        Kind::LowContrast => {
            let (kept, floor) = (step([0.4, 0.2, 0.11]), 70.0 + dice.to(100.0));
            light.iter_mut().for_each(|value| *value = *value * kept as f32 + floor as f32);
            noise = 1.5;
        }
        Kind::Inverted => {
            let kept = step([1.0, 0.6, 0.3]) as f32;
            light.iter_mut().for_each(|value| *value = (255.0 - *value) * kept + 20.0);
        }
        Kind::Glare => {
            let from = (middle.0 + dice.either(side / 2.0), middle.1 + dice.either(side / 2.0));
            let reach = side * step([0.14, 0.22, 0.3]);
            for (at, value) in light.iter_mut().enumerate() {
                let (x, y) = ((at % width) as f64 - from.0, (at / width) as f64 - from.1);
                *value += (320.0 * (-(x * x + y * y) / (2.0 * reach * reach)).exp()) as f32;
            }
        }
        Kind::Shadow => {
            let (turn, kept) = (dice.to(std::f64::consts::TAU), step([0.5, 0.3, 0.18]));
            for (at, value) in light.iter_mut().enumerate() {
                let (x, y) = ((at % width) as f64 - middle.0, (at / width) as f64 - middle.1);
                let beyond = ((x * turn.cos() + y * turn.sin()) / 6.0 + 0.5).clamp(0.0, 1.0);
                *value *= (kept + (1.0 - kept) * beyond) as f32;
            }
        }
        Kind::Motion | Kind::Defocus => {
            // Relative to a module: the poster's modules are 4.4 px wide or more.
            let modules = side / 45.0;
            let spots = match kind {
                Kind::Motion => {
                    line(modules * step([0.7, 1.2, 1.8]), dice.to(std::f64::consts::PI))
                }
                _ => disc(modules * step([0.45, 0.7, 0.95])),
            };
            *light = smeared(light, width, &spots);
        }
        _ => {}
    }
    for value in light.iter_mut() {
        *value += dice.normal(noise) as f32;
    }
}

fn line(length: f64, turn: f64) -> Vec<(i32, i32)> {
    let steps = (length * 4.0).ceil() as i32;
    let at = |step: i32| f64::from(step) / f64::from(steps.max(1)) - 0.5;
    (0..=steps)
        .map(|step| (at(step) * length * turn.cos(), at(step) * length * turn.sin()))
        .map(|(x, y)| (x.round() as i32, y.round() as i32))
        .collect()
}

fn disc(radius: f64) -> Vec<(i32, i32)> {
    let reach = radius.ceil() as i32;
    let all = (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| (x, y)));
    all.filter(|&(x, y)| f64::from(x).hypot(f64::from(y)) <= radius).collect()
}

/// The mean of the brightness at all the spots around each pixel.
fn smeared(light: &[f32], width: usize, spots: &[(i32, i32)]) -> Vec<f32> {
    let height = light.len() / width;
    let mut smeared = vec![0.0; light.len()];
    for &(dx, dy) in spots {
        for y in 0..height {
            let from = (y as i32 + dy).clamp(0, height as i32 - 1) as usize * width;
            let row = &light[from..from + width];
            let sums = &mut smeared[y * width..(y + 1) * width];
            for (x, sum) in sums.iter_mut().enumerate() {
                *sum += row[(x as i32 + dx).clamp(0, width as i32 - 1) as usize];
            }
        }
    }
    smeared.iter_mut().for_each(|sum| *sum /= spots.len() as f32);
    smeared
}
