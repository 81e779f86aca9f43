//! Finds the QR codes in a grey frame.
//!
//! Two decoders look at several sizes and thresholds of the frame, cheapest first; after each stage
//! a third looks again at codes that were found but not read. The order was measured on 918
//! pictures (design note `qr.md`, section 5), what each adds is in ADR 0010.

mod bits;
mod clock;
mod corners;
mod finder;
mod grid;
mod pairs;
mod reader;
mod scales;
mod soft;
mod threshold;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::frame::GreyFrame;
use clock::Deadline;
use finder::FinderReader;
use grid::{Contrast, GridReader};
use reader::{Reader, Reading, Sighting};
use scales::{Ink, Scale, Scales};
use soft::SoftReader;

pub use clock::Clock;

/// Longest text handed back: 4096 bytes. A branch code has under 400; the format's own limit is
/// 7089 digits.
pub const MAX_TEXT_BYTES: usize = 4096;

/// Time after which a camera frame gets no further stage: 24 ms, so that with the stage in progress
/// the worst frame known stays under 60 ms (ADR 0010).
const LIVE_BUDGET: Duration = Duration::from_millis(24);

/// Time within which a camera frame gets more stages than the one whose turn it is although nothing
/// in it looks like a code: 2 ms, so that a small or easy frame is looked at thoroughly and a frame
/// of 720p without a code stays under 8 ms (design note `qr.md`, section 6).
const LIVE_SPARE: Duration = Duration::from_millis(2);

/// Time after which a photo gets no further stage: 250 ms, so that with the stage in progress no
/// photo of 12 megapixels takes over 400 ms.
const PHOTO_BUDGET: Duration = Duration::from_millis(250);

/// How much a frame is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effort {
    /// One frame of a running camera; another is coming. The base sizes, and one further stage
    /// by turns; more of them while 2 ms last. Where three squares lie as the corners of a code do
    /// and nothing could be read, more stages follow, none begun after 24 ms.
    Live {
        /// Which further stage is tried: any number that goes up by one with each frame.
        turn: u32,
    },
    /// A photo or screenshot, of which there is only one: every stage until a code is found, up
    /// to 400 ms on a desktop machine.
    Photo,
}

/// A place in the frame handed in, in pixels from its top left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Point {
    /// To the right; may lie a little outside the frame.
    pub x: i32,
    /// Downwards; may lie a little outside the frame.
    pub y: i32,
}

/// A code that was read. Untrusted: anyone can print one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Found {
    /// The text as it was written: not empty, at most [`MAX_TEXT_BYTES`], control characters and
    /// all. Bytes that are no UTF-8 and name no character set were guessed.
    pub text: String,
    /// The outer corners of the code: its own top left, top right, bottom right, bottom left,
    /// whichever way up it is held. Good to about a module; for an outline, not for measuring.
    pub corners: [Point; 4],
}

/// The sizes that nearly all codes are read at. They run whatever the clock says, so that a busy
/// machine still reads an easy code.
const BASE: [&dyn Reader; 2] = [
    &FinderReader { scale: Scale::Small, ink: Ink::Dark },
    &FinderReader { scale: Scale::Base, ink: Ink::Dark },
];

/// What is tried while nothing was found: inverted, pale, tiny or huge, tilted, glaring codes. What
/// each adds: ADR 0010.
const FURTHER: [&dyn Reader; 13] = [
    &FinderReader { scale: Scale::Base, ink: Ink::Light },
    &FinderReader { scale: Scale::Half, ink: Ink::DarkerThanMean },
    &FinderReader { scale: Scale::Quarter, ink: Ink::Dark },
    &FinderReader { scale: Scale::Double, ink: Ink::Dark },
    &GridReader { scale: Scale::Half, contrast: Contrast::Plain },
    &GridReader { scale: Scale::Base, contrast: Contrast::Plain },
    &FinderReader { scale: Scale::Full, ink: Ink::Dark },
    &GridReader { scale: Scale::Base, contrast: Contrast::Levelled },
    &FinderReader { scale: Scale::Base, ink: Ink::DarkerThanMean },
    &FinderReader { scale: Scale::Base, ink: Ink::Pale },
    &FinderReader { scale: Scale::Base, ink: Ink::Darker },
    &GridReader { scale: Scale::Double, contrast: Contrast::Plain },
    &GridReader { scale: Scale::Half, contrast: Contrast::Levelled },
];

/// Reads the QR codes in a frame, each text once.
///
/// No frame makes it panic or hang. It reads the monotonic clock to keep its time budget, the one
/// thing here that is not a function of the input: on a busy machine a hard frame may be given up
/// earlier. The base sizes always run, and a stage in progress is finished. Use a worker thread. A
/// decoder's panic is caught, but the process's panic hook still sees it, and a build with
/// `panic = "abort"` would lose that.
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub fn decode(frame: &GreyFrame, effort: Effort) -> Vec<Found> {
    decode_by(frame, effort, clock::uptime)
}

/// As [`decode`], by the clock handed in: for a browser, where the standard library has none.
pub fn decode_by(frame: &GreyFrame, effort: Effort, now: Clock) -> Vec<Found> {
    match effort {
        Effort::Live { turn } => {
            let spare = Deadline::after(LIVE_SPARE, now);
            let mut search = Search::new(frame, LIVE_BUDGET, now);
            search.base(effort);
            let mut stages = FURTHER;
            stages.rotate_left(turn as usize % FURTHER.len());
            for (at, reader) in stages.into_iter().enumerate() {
                let earned = at == 0 || search.goes_on() || !spare.has_passed();
                if !search.found.is_empty() || !earned {
                    break;
                }
                search.stage(reader);
            }
            search.found
        }
        Effort::Photo => decode_within(frame, effort, PHOTO_BUDGET, now),
    }
}

/// As [`decode`], with a time budget in place of the effort's own: the base sizes always, then
/// every stage in order until a code is found or the time is up. `Live` ends at the first stage
/// that reads a code, `Photo` looks at both base sizes for a second one.
pub fn decode_within(
    frame: &GreyFrame,
    effort: Effort,
    budget: Duration,
    now: Clock,
) -> Vec<Found> {
    let mut search = Search::new(frame, budget, now);
    search.base(effort);
    for reader in FURTHER {
        if !search.found.is_empty() || search.deadline.has_passed() {
            break;
        }
        search.stage(reader);
    }
    search.found
}

/// What look like the corner squares of codes in a frame: middle and width in pixels.
pub(crate) fn corner_squares(frame: &GreyFrame) -> Vec<(i32, i32, i32)> {
    corners::rough(&threshold::by_blocks(frame, threshold::FLAT))
}

/// One frame being looked at.
struct Search<'a> {
    scales: Scales<'a>,
    deadline: Deadline,
    found: Vec<Found>,
    saw_corners: bool,
}

impl<'a> Search<'a> {
    fn new(frame: &'a GreyFrame, budget: Duration, now: Clock) -> Self {
        Self {
            scales: Scales::of(frame),
            deadline: Deadline::after(budget, now),
            found: Vec::new(),
            saw_corners: false,
        }
    }

    fn base(&mut self, effort: Effort) {
        for reader in BASE {
            self.look(reader);
            if effort != Effort::Photo && !self.found.is_empty() {
                return;
            }
        }
        self.look_again();
    }

    /// Whether a camera frame earns one more stage.
    fn goes_on(&self) -> bool {
        self.saw_corners && !self.deadline.has_passed()
    }

    /// One stage, and a second look at what it could not read.
    fn stage(&mut self, reader: &dyn Reader) {
        self.look(reader);
        self.look_again();
    }

    fn look_again(&mut self) {
        if self.found.is_empty() && self.scales.has_unread() {
            self.look(&SoftReader);
        }
    }

    /// Runs one decoder; one that panics has read nothing.
    fn look(&mut self, reader: &dyn Reader) {
        let read = AssertUnwindSafe(|| reader.read(&self.scales, &self.deadline));
        let Reading { sightings, unread, saw_corners } = catch_unwind(read).unwrap_or_default();
        self.scales.note(unread);
        self.saw_corners |= saw_corners;
        for Sighting { text, corners } in sightings {
            let fits = !text.is_empty() && text.len() <= MAX_TEXT_BYTES;
            if fits && self.found.iter().all(|known| known.text != text) {
                let corners =
                    corners.map(|(x, y)| Point { x: x.round() as i32, y: y.round() as i32 });
                self.found.push(Found { text, corners });
            }
        }
    }
}

#[cfg(test)]
mod tests;
