//! The second decoder: quircs, which grows regions and so reads strong tilt and glare that the
//! main one misses. It accepts more malformed codes: one more reason to trust no text.

use quircs::{Code, DataType, Quirc};

use super::Reader;
use super::clock::Deadline;
use super::scales::{Scale, Scales};
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
    fn read(&self, scales: &Scales<'_>, deadline: &Deadline) -> Vec<String> {
        let texts = scales.at(self.scale, |frame| match self.contrast {
            Contrast::Plain => texts_in(frame, deadline),
            Contrast::Levelled => texts_in(&frame.thresholded(), deadline),
        });
        texts.unwrap_or_default()
    }
}

fn texts_in(frame: &GreyFrame, deadline: &Deadline) -> Vec<String> {
    let mut decoder = Quirc::default();
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    decoder
        .identify(width, height, frame.luma())
        .take(MAX_CODES)
        .take_while(|_| !deadline.has_passed())
        .flatten()
        .filter_map(|code| text_of(&code))
        .collect()
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
