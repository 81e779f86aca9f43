//! Draws camera frames of a printed poster with a code: a plane in front of a pinhole camera, then
//! what light, lens and sensor do to it. Everything follows from kind, severity and seed.

mod damage;
mod noise;

use lens::GreyFrame;
use qrcode::{Color, EcLevel, QrCode};

pub use noise::Dice;

/// What is wrong with a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing: upright, sharp, well lit.
    Clean,
    /// Seen from the side.
    Tilt,
    /// On a round pillar.
    Curl,
    /// Creased.
    Fold,
    /// Dark and noisy.
    LowLight,
    /// Faded print.
    LowContrast,
    /// A lamp in the laminate.
    Glare,
    /// The edge of a shadow across the code.
    Shadow,
    /// The camera moved.
    Motion,
    /// Out of focus.
    Defocus,
    /// Few pixels a module.
    Tiny,
    /// Light print on dark paper.
    Inverted,
    /// A picture in the middle of the code.
    Logo,
    /// Scratched, corner squares too.
    Scratch,
}

/// Every kind there is.
pub const KINDS: [Kind; 14] = [
    Kind::Clean,
    Kind::Tilt,
    Kind::Curl,
    Kind::Fold,
    Kind::LowLight,
    Kind::LowContrast,
    Kind::Glare,
    Kind::Shadow,
    Kind::Motion,
    Kind::Defocus,
    Kind::Tiny,
    Kind::Inverted,
    Kind::Logo,
    Kind::Scratch,
];

/// A frame and the text of the code in it.
pub struct Poster {
    pub frame: GreyFrame,
    pub text: String,
    /// Where the outer corners of the code are: top left, top right, bottom right, bottom left.
    pub corners: [(f64, f64); 4],
}

/// Width and height of a frame in pixels.
const FRAME: (usize, usize) = (1280, 720);
/// Focal length in pixels: a view of 60 degrees over the width.
const FOCAL: f64 = 1108.0;

/// Where the poster hangs and how it is bent. Lengths in modules.
struct View {
    /// Unit vectors of the poster's right, down and away, as the camera sees them.
    right: [f64; 3],
    down: [f64; 3],
    away: [f64; 3],
    /// Middle of the code.
    middle: [f64; 3],
    /// Radius of the pillar; infinite for a wall.
    radius: f64,
    /// A crease: where, and by what angle the paper beyond it turns away.
    crease: Option<(f64, f64)>,
}

/// Draws one frame.
pub fn poster(kind: Kind, severity: usize, seed: u64) -> Poster {
    let mut dice = Dice::of(seed * 1009 + kind as u64 * 31 + severity as u64);
    let text = text(&mut dice, kind);
    let level = if kind == Kind::Logo || kind == Kind::Scratch { EcLevel::Q } else { EcLevel::M };
    let code = QrCode::with_error_correction_level(&text, level).unwrap();
    let side = code.width() as f64;
    let view = view(kind, severity, side, &mut dice);
    let page = Page {
        code: &code,
        marks: damage::marks(kind, severity, side, &mut dice),
        furniture: damage::furniture(side, &mut dice),
    };
    let mut light = render(&page, &view, &mut dice);
    let corners = [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)]
        .map(|(u, v)| view.project(u - side / 2.0, v - side / 2.0));
    damage::spoil(kind, severity, &mut light, FRAME.0, &corners, &mut dice);
    let luma = light.iter().map(|&value| value.round().clamp(0.0, 255.0) as u8).collect();
    let frame = GreyFrame::new(FRAME.0 as u32, FRAME.1 as u32, luma).unwrap();
    Poster { frame, text, corners }
}

fn text(dice: &mut Dice, kind: Kind) -> String {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let length = match kind {
        Kind::Logo | Kind::Scratch => 20.0 + dice.to(60.0),
        _ => 30.0 + dice.to(190.0),
    };
    let tail = (0..length as usize).map(|_| char::from(LETTERS[dice.below(LETTERS.len())]));
    "HTTPS://APPLY.BANK.EXAMPLE/T/".chars().chain(tail).collect()
}

fn view(kind: Kind, severity: usize, side: f64, dice: &mut Dice) -> View {
    let step = |of: [f64; 3]| of[severity - 1];
    let tilt = match kind {
        Kind::Tilt => step([30.0, 45.0, 55.0]),
        Kind::Clean => 0.0,
        _ => dice.to(14.0),
    };
    let module_px = match kind {
        Kind::Tiny => step([3.2, 2.6, 2.1]),
        _ => (4.4 + dice.to(4.0)).min(560.0 / side),
    };
    let roll = if kind == Kind::Clean { 0.0 } else { dice.either(18.0) };
    let (tilt, towards, roll) =
        (tilt.to_radians(), dice.to(std::f64::consts::TAU), roll.to_radians());
    // Turn by `tilt` around an axis in the picture plane, then by `roll` within it.
    let axis = [towards.cos(), towards.sin(), 0.0];
    let turned = |v: [f64; 3]| {
        let (x, y) = (v[0] * roll.cos() - v[1] * roll.sin(), v[0] * roll.sin() + v[1] * roll.cos());
        rotated([x, y, v[2]], axis, tilt)
    };
    let distance = FOCAL / module_px;
    let spare_x = (1280.0 / module_px - side) / 2.0 - 6.0;
    let spare_y = (720.0 / module_px - side) / 2.0 - 6.0;
    let middle = [dice.either(spare_x.max(0.0)), dice.either(spare_y.max(0.0)), distance];
    View {
        right: turned([1.0, 0.0, 0.0]),
        down: turned([0.0, 1.0, 0.0]),
        away: turned([0.0, 0.0, 1.0]),
        middle,
        radius: match kind {
            Kind::Curl => side * step([1.6, 1.0, 0.75]),
            _ => f64::INFINITY,
        },
        crease: (kind == Kind::Fold)
            .then(|| (dice.either(side / 4.0), step([12.0, 22.0, 32.0_f64]).to_radians())),
    }
}

impl View {
    /// The place on the poster seen at a pixel, from the middle of the code.
    fn seen_at(&self, x: f64, y: f64) -> (f64, f64) {
        let ray = [(x - 640.0) / FOCAL, (y - 360.0) / FOCAL, 1.0];
        let far = dot(self.middle, self.away) / dot(ray, self.away);
        let hit = std::array::from_fn(|at| ray[at] * far - self.middle[at]);
        let (mut u, mut v) = (dot(hit, self.right), dot(hit, self.down));
        if self.radius.is_finite() {
            let bent = (u / self.radius).clamp(-1.0, 1.0).asin();
            // What bends away is further off and so looks smaller.
            v *= 1.0 + (1.0 - bent.cos()) * self.radius / self.middle[2];
            u = bent * self.radius;
        }
        if let Some((at, angle)) = self.crease
            && u > at
        {
            // Seen a little from above, so that what turns away also sinks.
            v += (u - at) * angle.sin() * 0.15;
            u = at + (u - at) / angle.cos();
        }
        (u, v)
    }

    /// Where a place on a flat poster is seen.
    fn project(&self, u: f64, v: f64) -> (f64, f64) {
        let place: [f64; 3] =
            std::array::from_fn(|at| self.middle[at] + u * self.right[at] + v * self.down[at]);
        (640.0 + FOCAL * place[0] / place[2], 360.0 + FOCAL * place[1] / place[2])
    }
}

/// What is printed. Lengths in modules from the middle of the code.
struct Page<'a> {
    code: &'a QrCode,
    /// On the code and beside it.
    marks: Vec<damage::Mark>,
    /// Above and below the code.
    furniture: Vec<damage::Mark>,
}

impl Page<'_> {
    /// Brightness of the print, 0 to 255; `None` beside the poster.
    fn shade(&self, u: f64, v: f64) -> Option<f64> {
        let side = self.code.width() as f64;
        if u.abs() > side * 0.9 || v.abs() > side * 1.1 {
            return None;
        }
        let beside = v.abs() > side * 0.65;
        let marks = if beside { &self.furniture } else { &self.marks };
        if let Some(mark) = marks.iter().find(|mark| mark.covers(u, v)) {
            return Some(mark.shade);
        }
        let (x, y) = ((u + side / 2.0).floor(), (v + side / 2.0).floor());
        let within = (0.0..side).contains(&x) && (0.0..side).contains(&y);
        let ink = within && self.code[(x as usize, y as usize)] == Color::Dark;
        Some(if ink { 28.0 } else { 232.0 })
    }
}

/// Four rays a pixel of the poster.
fn render(page: &Page<'_>, view: &View, dice: &mut Dice) -> Vec<f32> {
    let wall = noise::Clouds::of(dice);
    let mut light = Vec::with_capacity(FRAME.0 * FRAME.1);
    for y in 0..FRAME.1 {
        for x in 0..FRAME.0 {
            let shade = |(right, down): (f64, f64)| {
                let (u, v) = view.seen_at(x as f64 + right, y as f64 + down);
                page.shade(u, v)
            };
            // Nothing behind the poster needs more than one.
            let value = shade((0.25, 0.25)).map_or_else(
                || wall.at(x, y),
                |first| {
                    let rays = [(0.75, 0.25), (0.25, 0.75), (0.75, 0.75)];
                    let others = rays.map(|ray| shade(ray).unwrap_or(first));
                    (first + others.iter().sum::<f64>()) / 4.0
                },
            );
            light.push(value as f32);
        }
    }
    light
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Rodrigues' formula.
fn rotated(v: [f64; 3], axis: [f64; 3], angle: f64) -> [f64; 3] {
    let cross = [
        axis[1] * v[2] - axis[2] * v[1],
        axis[2] * v[0] - axis[0] * v[2],
        axis[0] * v[1] - axis[1] * v[0],
    ];
    let along = dot(axis, v) * (1.0 - angle.cos());
    std::array::from_fn(|at| v[at] * angle.cos() + cross[at] * angle.sin() + axis[at] * along)
}
