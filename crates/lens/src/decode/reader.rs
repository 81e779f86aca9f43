//! What a decoder is, and what it hands back.

use super::clock::Deadline;
use super::scales::Scales;
use super::soft::Outline;

/// One way of looking at the frame.
pub(super) trait Reader: Sync {
    /// The codes it can read, in no order and perhaps twice. Nothing is left undone by a panic.
    fn read(&self, scales: &Scales<'_>, deadline: &Deadline) -> Reading;
}

/// What one look gave.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) sightings: Vec<Sighting>,
    /// Codes that were found but not read, the most plausible first.
    pub(super) unread: Vec<Outline>,
    /// Three squares lay as the corners of a code do, whether it could be read or not.
    pub(super) saw_corners: bool,
}

/// A text and where it was, in pixels of the size looked at.
#[derive(Debug)]
pub(super) struct Sighting {
    pub(super) text: String,
    /// Outer corners: top left, top right, bottom right, bottom left of the code itself.
    pub(super) corners: [(f32, f32); 4],
}

impl Reading {
    /// The same reading in pixels of the frame handed in, `factor` times as many.
    pub(super) fn scaled(mut self, factor: f32) -> Self {
        let scale = |place: &mut (f32, f32)| *place = (place.0 * factor, place.1 * factor);
        self.sightings.iter_mut().flat_map(|sighting| &mut sighting.corners).for_each(scale);
        for outline in &mut self.unread {
            outline.squares.iter_mut().chain(&mut outline.corners).for_each(scale);
        }
        self
    }
}
