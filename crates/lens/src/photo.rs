//! A picture file to a grey frame.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::frame::{FrameError, GreyFrame, MAX_SIDE_PX, check_shape};

/// Largest file taken: 32 MiB, above every phone photo; a scanned poster is under 10 MiB.
pub const MAX_PHOTO_BYTES: usize = 32 * 1024 * 1024;

/// Memory one picture may take while it is unpacked: 256 MiB, about 85 million colour pixels.
const MAX_ALLOC_BYTES: u64 = 256 * 1024 * 1024;

/// Passes over the picture that a JPEG may ask for. Real progressive files have about ten; each
/// costs a walk over all pixels, so thousands in a small file are a trap.
const MAX_JPEG_SCANS: usize = 64;

/// Why a file gave no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// Not a PNG, JPEG, WebP, GIF or BMP by its content, or too small or too narrow for a code.
    #[error("file is not a picture that can hold a code")]
    NotAPicture,
    /// More than [`MAX_PHOTO_BYTES`], longer than [`MAX_SIDE_PX`], or too much memory once unpacked.
    #[error("picture is too large")]
    TooLarge,
    /// A picture by its first bytes, but cut off or broken.
    #[error("picture is damaged")]
    Damaged,
}

/// Reads a picture by its content, never by its name.
///
/// Takes PNG, JPEG, WebP, GIF (the first frame) and BMP. Transparent parts count as white paper.
/// The camera's turn mark (EXIF) is left alone: the decoders read codes at any angle. Takes 40 to
/// 150 ms for a 12-megapixel photo, so call it off the main thread.
///
/// # Errors
///
/// [`PhotoError`]; no input makes it panic or take more than about 600 MiB.
pub fn read_photo(bytes: &[u8]) -> Result<GreyFrame, PhotoError> {
    if bytes.len() > MAX_PHOTO_BYTES {
        return Err(PhotoError::TooLarge);
    }
    let format = image::guess_format(bytes).map_err(|_| PhotoError::NotAPicture)?;
    match format {
        ImageFormat::Jpeg if !is_whole_jpeg(bytes) => return Err(PhotoError::Damaged),
        ImageFormat::Jpeg
        | ImageFormat::Png
        | ImageFormat::WebP
        | ImageFormat::Gif
        | ImageFormat::Bmp => {}
        _ => return Err(PhotoError::NotAPicture),
    }
    let luma = AssertUnwindSafe(|| match format {
        ImageFormat::Jpeg => match jpeg_luma(bytes)? {
            Some(frame) => Ok(frame),
            None => frame_of(unpack(bytes, format)?),
        },
        _ => frame_of(unpack(bytes, format)?),
    });
    catch_unwind(luma).map_err(|_| PhotoError::Damaged)?
}

impl From<FrameError> for PhotoError {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::TooLarge { .. } => Self::TooLarge,
            FrameError::TooSmall { .. } | FrameError::Strip { .. } => Self::NotAPicture,
            FrameError::Length { .. } => Self::Damaged,
        }
    }
}

/// The brightness of a JPEG without its colours, which it holds apart; `None` for the rare ones
/// that do not. Takes 42 ms for 12 megapixels where unpacking colours and weighing them takes 100.
fn jpeg_luma(bytes: &[u8]) -> Result<Option<GreyFrame>, PhotoError> {
    // Not strict, as `image` has it: cameras write odd files.
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(MAX_SIDE_PX as usize)
        .set_max_height(MAX_SIDE_PX as usize)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    if decoder.decode_headers().is_err() {
        // `image` says better what is wrong.
        return Ok(None);
    }
    let (Some((width, height)), Some(colours)) = (decoder.dimensions(), decoder.input_colorspace())
    else {
        return Ok(None);
    };
    if !matches!(colours, ColorSpace::YCbCr | ColorSpace::Luma) {
        return Ok(None);
    }
    check_shape(width as u32, height as u32)?;
    // What the colours would take, for a progressive file keeps them all until its last pass.
    if (width * height * colours.num_components()) as u64 > MAX_ALLOC_BYTES {
        return Err(PhotoError::TooLarge);
    }
    let luma = decoder.decode().map_err(|_| PhotoError::Damaged)?;
    Ok(Some(GreyFrame::new(width as u32, height as u32, luma)?))
}

fn frame_of(picture: DynamicImage) -> Result<GreyFrame, PhotoError> {
    let (width, height) = (picture.width(), picture.height());
    Ok(GreyFrame::new(width, height, luma(picture))?)
}

/// Unpacks the pixels, after the header alone has shown that the shape is one we take.
fn unpack(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, PhotoError> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOC_BYTES);
    limits.max_image_width = Some(MAX_SIDE_PX);
    limits.max_image_height = Some(MAX_SIDE_PX);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let decoder = reader.into_decoder().map_err(fault)?;
    let (width, height) = decoder.dimensions();
    check_shape(width, height)?;
    if decoder.total_bytes() > MAX_ALLOC_BYTES {
        return Err(PhotoError::TooLarge);
    }
    DynamicImage::from_decoder(decoder).map_err(fault)
}

fn fault(error: ImageError) -> PhotoError {
    match error {
        ImageError::Limits(_) => PhotoError::TooLarge,
        _ => PhotoError::Damaged,
    }
}

/// Brightness by Rec. 601 in whole numbers: the library's own conversion takes as long as unpacking.
fn luma(picture: DynamicImage) -> Vec<u8> {
    match picture {
        DynamicImage::ImageLuma8(grey) => grey.into_raw(),
        DynamicImage::ImageRgb8(rgb) => {
            rgb.as_raw().chunks_exact(3).map(|p| brightness(p[0], p[1], p[2])).collect()
        }
        DynamicImage::ImageLumaA8(grey) => {
            grey.as_raw().chunks_exact(2).map(|p| on_white(p[0], p[1])).collect()
        }
        other => other
            .into_rgba8()
            .as_raw()
            .chunks_exact(4)
            .map(|p| on_white(brightness(p[0], p[1], p[2]), p[3]))
            .collect(),
    }
}

/// Rounded, in parts of 65 536.
fn brightness(red: u8, green: u8, blue: u8) -> u8 {
    let sum = u32::from(red) * 19_595 + u32::from(green) * 38_470 + u32::from(blue) * 7_471;
    ((sum + 32_768) >> 16) as u8
}

fn on_white(value: u8, alpha: u8) -> u8 {
    let alpha = u32::from(alpha);
    ((u32::from(value) * alpha + 255 * (255 - alpha)) / 255) as u8
}

/// Whether a JPEG runs to its end mark with no more than [`MAX_JPEG_SCANS`] passes.
///
/// The library fills what is missing with grey, and half a code is worse than a plain answer.
/// Bytes after the end mark are fine: phones append a short film.
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    const END: u8 = 0xD9;
    const START_OF_SCAN: u8 = 0xDA;
    let mut at = 2;
    let mut scans = 0;
    while let Some(&[mark, code]) = bytes.get(at..at + 2).and_then(|two| two.first_chunk()) {
        match (mark, code) {
            (0xFF, END) => return scans > 0,
            // A fill byte before a mark.
            (0xFF, 0xFF) => at += 1,
            (0xFF, 0x01 | 0xD0..=0xD7) => at += 2,
            (0xFF, code) if code != 0 => {
                let Some(&length) = bytes.get(at + 2..).and_then(|rest| rest.first_chunk()) else {
                    return false;
                };
                at += 2 + usize::from(u16::from_be_bytes(length)).max(2);
                if code == START_OF_SCAN {
                    scans += 1;
                    if scans > MAX_JPEG_SCANS {
                        return false;
                    }
                }
            }
            // Packed pixels, up to the next mark.
            _ => match bytes[at + 1..].iter().position(|&byte| byte == 0xFF) {
                Some(skip) => at += 1 + skip,
                None => return false,
            },
        }
    }
    false
}

#[cfg(test)]
mod tests;
