//! Finds the QR codes in a grey frame.
//!
//! Two decoders look at several sizes and thresholds of the frame, cheapest first. The order and
//! what each stage adds were measured on 918 pictures (design note `qr.md`, section 5).

mod clock;
mod corners;
mod finder;
mod grid;
mod scales;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::frame::GreyFrame;
use clock::Deadline;
use finder::{FinderReader, Ink};
use grid::{Contrast, GridReader};
use scales::{Scale, Scales};

/// Longest text handed back: 4096 bytes. A branch code has under 400; the format's own limit is
/// 7089 digits.
pub const MAX_TEXT_BYTES: usize = 4096;

/// How much time a frame is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effort {
    /// One frame of a running camera: about 30 ms, another frame is coming.
    Live,
    /// A photo or screenshot, of which there is only one: up to 2 s on a slow phone. Finds the
    /// codes of both base sizes, so that two codes in view can be told apart.
    Photo,
}

impl Effort {
    /// Time after which no further stage is begun. Source: design note `qr.md`, section 5.
    fn budget(self) -> Duration {
        match self {
            Self::Live => Duration::from_millis(30),
            Self::Photo => Duration::from_secs(2),
        }
    }
}

/// A code that was read. Untrusted: anyone can print one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Found {
    /// The text: not empty, at most [`MAX_TEXT_BYTES`]. Bytes that are no UTF-8 and name no
    /// character set were guessed.
    pub text: String,
}

/// One way of looking at the frame.
trait Reader: Sync {
    /// The texts it can read, in no order and perhaps twice. Nothing is left undone by a panic.
    fn read(&self, scales: &Scales<'_>, deadline: &Deadline) -> Vec<String>;
}

/// The sizes that nearly all codes are read at. They run whatever the clock says, so that a busy
/// machine still reads an easy code.
const BASE: [&dyn Reader; 2] = [
    &FinderReader { scale: Scale::Small, ink: Ink::Dark },
    &FinderReader { scale: Scale::Base, ink: Ink::Dark },
];

/// What is tried while nothing was found: inverted, pale, tiny or huge, tilted, glaring codes. The
/// last three add two pictures of the 242 in the development corpus.
const FURTHER: [&dyn Reader; 11] = [
    &FinderReader { scale: Scale::Base, ink: Ink::Light },
    &FinderReader { scale: Scale::Half, ink: Ink::DarkerThanMean },
    &FinderReader { scale: Scale::Quarter, ink: Ink::Dark },
    &FinderReader { scale: Scale::Double, ink: Ink::Dark },
    &GridReader { scale: Scale::Half, contrast: Contrast::Plain },
    &GridReader { scale: Scale::Base, contrast: Contrast::Plain },
    &FinderReader { scale: Scale::Full, ink: Ink::Dark },
    &GridReader { scale: Scale::Base, contrast: Contrast::Levelled },
    &FinderReader { scale: Scale::Base, ink: Ink::DarkerThanMean },
    &GridReader { scale: Scale::Double, contrast: Contrast::Plain },
    &GridReader { scale: Scale::Half, contrast: Contrast::Levelled },
];

/// Reads the QR codes in a frame, each text once.
///
/// No frame makes it panic or hang. It reads the monotonic clock to keep its time budget, the one
/// thing here that is not a function of the input: on a busy machine a hard frame may be given up
/// earlier. The base sizes always run, and a stage in progress is finished: up to 0.2 s on a
/// 12-megapixel frame of noise. Use a worker thread. A decoder's panic is caught, but the
/// process's panic hook still sees it, and a build with `panic = "abort"` would lose that.
pub fn decode(frame: &GreyFrame, effort: Effort) -> Vec<Found> {
    let deadline = Deadline::after(effort.budget());
    let scales = Scales::of(frame);
    let mut found = Vec::new();
    for reader in BASE {
        collect(&mut found, attempt(reader, &scales, &deadline));
        if effort == Effort::Live && !found.is_empty() {
            return found;
        }
    }
    for reader in FURTHER {
        if !found.is_empty() || deadline.has_passed() {
            break;
        }
        collect(&mut found, attempt(reader, &scales, &deadline));
    }
    found
}

/// Runs one decoder; one that panics has read nothing.
fn attempt(reader: &dyn Reader, scales: &Scales<'_>, deadline: &Deadline) -> Vec<String> {
    catch_unwind(AssertUnwindSafe(|| reader.read(scales, deadline))).unwrap_or_default()
}

fn collect(found: &mut Vec<Found>, texts: Vec<String>) {
    for text in texts {
        let fits = !text.is_empty() && text.len() <= MAX_TEXT_BYTES;
        if fits && found.iter().all(|known| known.text != text) {
            found.push(Found { text });
        }
    }
}

#[cfg(test)]
mod tests;
