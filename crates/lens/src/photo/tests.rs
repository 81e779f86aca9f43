use image::{ExtendedColorType, ImageEncoder, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;
use crate::decode::{Effort, decode};
use crate::drawn::Drawn;

const TEXT: &str = "HTTPS://APPLY.BANK.EXAMPLE/T/1234567890";

const TAKEN: [ImageFormat; 5] =
    [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp];

fn packed(picture: DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn code_as(format: ImageFormat) -> Vec<u8> {
    let drawn = Drawn::code(TEXT, 5);
    let (width, height) = (drawn.width as u32, drawn.height as u32);
    let grey = image::GrayImage::from_raw(width, height, drawn.luma).unwrap();
    packed(DynamicImage::ImageRgb8(DynamicImage::ImageLuma8(grey).into_rgb8()), format)
}

/// A PNG header of that size with next to nothing behind it.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::codecs::png::PngEncoder::new(&mut bytes)
        .write_image(&[0; 4], 2, 2, ExtendedColorType::L8)
        .unwrap();
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend(&bytes[24..29]);
    bytes[12..29].copy_from_slice(&header);
    bytes[29..33].copy_from_slice(&crc32(&header).to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
    })
}

#[test]
fn every_format_taken_keeps_the_code_readable() {
    for format in TAKEN {
        let frame = read_photo(&code_as(format)).unwrap();
        let found = decode(&frame, Effort::Photo);
        assert_eq!(found.len(), 1, "{format:?}");
        assert_eq!(found[0].text, TEXT, "{format:?}");
    }
}

#[test]
fn the_brightness_of_a_colour_jpeg_is_that_of_its_colours() {
    let picture = image::RgbImage::from_fn(64, 48, |x, y| {
        image::Rgb([(x * 4) as u8, (y * 5) as u8, 255 - (x * 2 + y) as u8])
    });
    let bytes = packed(DynamicImage::ImageRgb8(picture), ImageFormat::Jpeg);
    let by_colours = frame_of(unpack(&bytes, ImageFormat::Jpeg).unwrap()).unwrap();
    let frame = read_photo(&bytes).unwrap();
    for (got, due) in frame.luma().iter().zip(by_colours.luma()) {
        // Colours out of range are cut off on the way to RGB.
        assert!(got.abs_diff(*due) <= 12, "{got}, {due} by its colours");
    }
}

#[test]
fn a_document_named_as_a_picture_is_refused() {
    let pdf = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj <</Type/Catalog>> endobj\n%%EOF";
    assert_eq!(read_photo(pdf).unwrap_err(), PhotoError::NotAPicture);
}

#[test]
fn the_first_picture_of_a_film_counts() {
    let frame =
        |shade| image::Frame::new(RgbaImage::from_pixel(40, 30, Rgba([shade, shade, shade, 255])));
    let mut bytes = Vec::new();
    image::codecs::gif::GifEncoder::new(&mut bytes)
        .encode_frames([frame(200), frame(10), frame(90)])
        .unwrap();
    assert_eq!(read_photo(&bytes).unwrap().luma()[0], 200);
}

#[test]
fn a_small_jpeg_that_claims_a_huge_picture_is_refused() {
    let mut bytes = code_as(ImageFormat::Jpeg);
    // The frame header: mark, length, depth, height, width.
    let at = bytes.windows(4).position(|w| w[..2] == [0xFF, 0xC0] && w[2] == 0).unwrap();
    for (side, error) in [(60_000_u16, PhotoError::TooLarge), (11_000, PhotoError::TooLarge)] {
        bytes[at + 5..at + 7].copy_from_slice(&side.to_be_bytes());
        bytes[at + 7..at + 9].copy_from_slice(&side.to_be_bytes());
        assert_eq!(read_photo(&bytes).unwrap_err(), error, "{side}");
    }
}

#[test]
fn transparent_parts_are_white_paper() {
    let drawn = Drawn::code(TEXT, 5);
    let (width, height) = (drawn.width as u32, drawn.height as u32);
    let clear = RgbaImage::from_fn(width, height, |x, y| {
        let ink = drawn.luma[(y * width + x) as usize] == 0;
        Rgba([0, 0, 0, if ink { 255 } else { 0 }])
    });
    let frame = read_photo(&packed(DynamicImage::ImageRgba8(clear), ImageFormat::Png)).unwrap();
    assert_eq!(frame.luma()[0], 255);
    assert_eq!(decode(&frame, Effort::Photo)[0].text, TEXT);
}

#[test]
fn deep_colour_is_taken() {
    let deep = DynamicImage::new_rgb16(40, 30);
    let frame = read_photo(&packed(deep, ImageFormat::Png)).unwrap();
    assert_eq!((frame.width(), frame.height(), frame.luma()[7]), (40, 30, 0));
}

#[test]
fn what_is_no_picture_is_refused() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><rect width='90' height='90'/></svg>";
    let hostile: [&[u8]; 6] =
        [b"", b"\x89", svg, b"%PDF-1.7\n1 0 obj", b"PK\x03\x04", &[0_u8; 4096]];
    for bytes in hostile {
        assert_eq!(read_photo(bytes).unwrap_err(), PhotoError::NotAPicture);
    }
}

#[test]
fn a_file_that_is_cut_off_is_damaged() {
    for format in TAKEN {
        let whole = code_as(format);
        for kept in [whole.len() / 4, whole.len() / 2, whole.len() - 40] {
            let error = read_photo(&whole[..kept]).unwrap_err();
            assert_eq!(error, PhotoError::Damaged, "{format:?} to {kept} of {}", whole.len());
        }
    }
}

#[test]
fn what_a_phone_appends_to_a_jpeg_does_no_harm() {
    let mut bytes = code_as(ImageFormat::Jpeg);
    bytes.extend(b"ftypmp42 a short film \xFF\xD8\xFF");
    assert!(read_photo(&bytes).is_ok());
}

#[test]
fn a_jpeg_with_thousands_of_passes_is_refused() {
    let mut bytes = code_as(ImageFormat::Jpeg);
    let end = bytes.split_off(bytes.len() - 2);
    for _ in 0..2000 {
        bytes.extend([0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0x55]);
    }
    bytes.extend(end);
    assert_eq!(read_photo(&bytes).unwrap_err(), PhotoError::Damaged);
}

#[test]
fn a_small_file_that_claims_a_huge_picture_is_refused() {
    for (width, height) in [(60_000, 60_000), (12_001, 800), (u32::MAX, u32::MAX)] {
        assert_eq!(read_photo(&png_of(width, height)).unwrap_err(), PhotoError::TooLarge);
    }
    // Within the sides, but empty: an error, and no minute of work.
    assert_eq!(read_photo(&png_of(11_000, 11_000)).unwrap_err(), PhotoError::Damaged);
}

#[test]
fn a_file_over_the_byte_cap_is_refused_unread() {
    assert_eq!(read_photo(&vec![0; MAX_PHOTO_BYTES + 1]).unwrap_err(), PhotoError::TooLarge);
}

#[test]
fn strips_and_specks_are_refused() {
    for (width, height) in [(1, 5000), (5000, 1), (20, 20), (30, 600)] {
        let bytes = packed(DynamicImage::new_luma8(width, height), ImageFormat::Png);
        assert_eq!(read_photo(&bytes).unwrap_err(), PhotoError::NotAPicture, "{width}x{height}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_bytes_never_panic(
        kind in 0_usize..6,
        bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let start: &[u8] = [
            b"\x89PNG\r\n\x1a\n".as_slice(),
            b"\xFF\xD8\xFF",
            b"RIFF\xFF\0\0\0WEBPVP8 ",
            b"GIF89a",
            b"BM",
            b"",
        ][kind];
        let _ = read_photo(&[start, &bytes].concat());
    }

    #[test]
    fn a_picture_with_flipped_bytes_never_panics(
        format in 0_usize..5,
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut bytes = code_as(TAKEN[format]);
        for (at, mask) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= mask;
        }
        let _ = read_photo(&bytes);
    }
}
