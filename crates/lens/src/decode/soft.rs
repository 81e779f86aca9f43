//! The third decoder: a second look at codes whose corners were found but whose modules could not
//! be read.
//!
//! The other decoders ask one pixel of a black-and-white picture for each module. This one takes
//! the mean brightness of each module from the grey frame, follows bent paper by its alignment
//! squares, undoes blur as the known patterns show it, and treats blank areas (reflections,
//! logos) as lost rather than wrong.

mod codewords;
mod equations;
mod mesh;
mod modules;
mod solomon;

use super::clock::Deadline;
use super::reader::{Reader, Reading, Sighting};
use super::scales::{Scale, Scales};
use crate::frame::GreyFrame;
use mesh::{Mesh, light_at};
use modules::{Modules, QUIET};

/// Codes looked at again after each stage, the most plausible first.
const MAX_OUTLINES: usize = 4;

/// How well the timing lines of a guessed code must show: 1 is perfect, 0 is chance.
const LEAST_TIMING: f32 = 0.4;

/// A code that was seen but not read, in pixels of the frame handed in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outline {
    /// Modules along one side.
    pub(super) side: usize,
    /// Middles of the corner squares: top left, top right, bottom left.
    pub(super) squares: [(f32, f32); 3],
    /// Outer corners: top left, top right, bottom right, bottom left.
    pub(super) corners: [(f32, f32); 4],
    /// Light on dark.
    pub(super) inverted: bool,
    /// Which of the squares was not seen but guessed from the others.
    pub(super) guessed: Option<usize>,
}

impl Outline {
    /// Whether the other would be read from the same pixels: its squares are within a module.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let [(x0, y0), (x1, y1), _] = self.squares;
        let module_px = (x1 - x0).hypot(y1 - y0) / self.side as f32;
        let near = |a: (f32, f32), b: (f32, f32)| (a.0 - b.0).hypot(a.1 - b.1) < module_px;
        self.side == other.side
            && self.inverted == other.inverted
            && near(self.corners[2], other.corners[2])
            && self.squares.iter().zip(other.squares).all(|(&a, b)| near(a, b))
    }
}

/// Looks again at what the stages before it could not read.
#[derive(Debug)]
pub(super) struct SoftReader;

impl Reader for SoftReader {
    fn read(&self, scales: &Scales<'_>, deadline: &Deadline) -> Reading {
        let factor = scales.factor(Scale::Base);
        let outlines = scales.unread();
        let sightings = scales.at(Scale::Base, |frame| {
            let mut sightings = Vec::new();
            let plausible = outlines.iter().filter_map(|outline| laid(frame, outline, factor));
            for (outline, mesh) in plausible.take(MAX_OUTLINES) {
                if deadline.has_passed() {
                    break;
                }
                let text = text_at(frame, outline, mesh);
                sightings.extend(text.map(|text| Sighting { text, corners: outline.corners }));
            }
            sightings
        });
        Reading { sightings: sightings.unwrap_or_default(), ..Reading::default() }
    }
}

/// The mesh of an outline in a frame that is `factor` times smaller than the one handed in; `None`
/// for a guess that the frame does not bear out.
fn laid<'a>(frame: &GreyFrame, outline: &'a Outline, factor: f32) -> Option<(&'a Outline, Mesh)> {
    let side = outline.side as f64;
    let pixel = |(x, y): (f32, f32)| (f64::from(x / factor), f64::from(y / factor));
    let mut places = [
        ((3.5, 3.5), pixel(outline.squares[0])),
        ((side - 3.5, 3.5), pixel(outline.squares[1])),
        ((3.5, side - 3.5), pixel(outline.squares[2])),
        ((side, side), pixel(outline.corners[2])),
    ];
    let mut mesh = Mesh::flat(outline.side, &places)?;
    if let Some(guessed) = outline.guessed {
        let (u, v) = places[guessed].0;
        let (x, y) = mesh.square(frame, (u as f32, v as f32), outline.inverted);
        let (dx, dy) = (f64::from(x) - places[guessed].1.0, f64::from(y) - places[guessed].1.1);
        // The far corner of a parallelogram moves with the others, against the first.
        let along = if guessed == 0 { -1.0 } else { 1.0 };
        for (at, by) in [(guessed, 1.0), (3, along)] {
            places[at].1.0 += dx * by;
            places[at].1.1 += dy * by;
        }
        mesh = Mesh::flat(outline.side, &places)?;
        if mesh.timing(frame, outline.inverted) < LEAST_TIMING {
            return None;
        }
    }
    Some((outline, mesh))
}

/// Reads one code.
fn text_at(frame: &GreyFrame, outline: &Outline, mesh: Mesh) -> Option<String> {
    let mesh = mesh.bent(frame, outline.inverted);
    let mut light = sampled(frame, &mesh, outline.side);
    if outline.inverted {
        light.iter_mut().for_each(|light| *light = 255.0 - *light);
    }
    let modules = Modules::of(outline.side, &light);
    codewords::text_of(&modules).or_else(|| codewords::text_of(&modules.sharpened()?))
}

/// Mean brightness of each module, by rows, with a ring of [`QUIET`] modules around the code.
fn sampled(frame: &GreyFrame, mesh: &Mesh, side: usize) -> Vec<f32> {
    // As many places as the module has pixels, within its inner part: edges are blurred.
    let spots: &[f32] = match mesh.module_px() {
        px if px < 2.5 => &[0.0],
        px if px < 4.0 => &[-0.17, 0.17],
        _ => &[-0.25, 0.0, 0.25],
    };
    let wide = side + 2 * QUIET;
    let middle = |at: usize| at as f32 + 0.5 - QUIET as f32;
    let mut light = Vec::with_capacity(wide * wide);
    for (y, x) in (0..wide).flat_map(|y| (0..wide).map(move |x| (y, x))) {
        let mut sum = 0.0;
        for (down, right) in spots.iter().flat_map(|y| spots.iter().map(move |x| (y, x))) {
            let (x, y) = mesh.place(middle(x) + right, middle(y) + down);
            sum += light_at(frame, x, y);
        }
        light.push(sum / (spots.len() * spots.len()) as f32);
    }
    light
}
