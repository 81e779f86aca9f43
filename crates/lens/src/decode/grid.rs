//! The second decoder: quircs, which grows regions and so reads strong tilt and glare that the
//! main one misses. It accepts more malformed codes: one more reason to trust no text.

use quircs::{Code, DataType, Quirc};

use super::clock::Deadline;
use super::reader::{Reader, Reading, Sighting};
use super::scales::{Scale, Scales};
use super::threshold;
use crate::frame::GreyFrame;

/// Codes decoded in one frame.
const MAX_CODES: usize = 64;

/// What the decoder is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contrast {
    /// The frame as it is; the decoder finds its own threshold.
    Plain,
    /// Black and white by the mean around each pixel.
    Levelled,
}

/// Finds corner squares by filling regions, fits a grid to three of them.
#[derive(Debug)]
pub(super) struct GridReader {
    pub(super) scale: Scale,
    pub(super) contrast: Contrast,
}

impl Reader for GridReader {
    fn read(&self, scales: &Scales<'_>, deadline: &Deadline) -> Reading {
        let reading = scales.at(self.scale, |frame| match self.contrast {
            Contrast::Plain => codes_in(frame, deadline),
            Contrast::Levelled => codes_in(&black_and_white(frame), deadline),
        });
        reading.unwrap_or_default().scaled(scales.factor(self.scale))
    }
}

fn codes_in(frame: &GreyFrame, deadline: &Deadline) -> Reading {
    let mut decoder = Quirc::default();
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let mut saw_corners = false;
    let sightings = decoder
        .identify(width, height, frame.luma())
        .take(MAX_CODES)
        .take_while(|_| !deadline.has_passed())
        .inspect(|_| saw_corners = true)
        .flatten()
        .filter_map(|code| sighting_of(&code))
        .collect();
    Reading { sightings, saw_corners, unread: Vec::new() }
}

/// Pure black and white by the mean around each pixel.
fn black_and_white(frame: &GreyFrame) -> GreyFrame {
    let mut luma = Vec::with_capacity(frame.luma().len());
    threshold::by_mean(frame, |_, ink| luma.extend(ink.iter().map(|&ink| ink.wrapping_sub(1))));
    frame.with_luma(luma)
}

fn sighting_of(code: &Code) -> Option<Sighting> {
    let corners = code.corners.map(|corner| (corner.x as f32, corner.y as f32));
    text_of(code).map(|text| Sighting { text, corners })
}

/// UTF-8, or else Latin-1, which is what plain bytes mean in a QR code (ISO/IEC 18004).
fn text_of(code: &Code) -> Option<String> {
    let data = code.decode().ok()?;
    match String::from_utf8(data.payload) {
        Ok(text) => Some(text),
        Err(error) if data.data_type == Some(DataType::Byte) => {
            Some(error.into_bytes().into_iter().map(char::from).collect())
        }
        Err(_) => None,
    }
}
