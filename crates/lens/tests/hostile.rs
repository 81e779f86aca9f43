//! Frames made to hurt the decoders: no panic escapes, no text is over its cap, no time is taken
//! that was not given.

#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::time::Duration;

use lens::{Effort, GreyFrame, MAX_TEXT_BYTES, decode, decode_by, decode_within, hint};
use proptest::prelude::*;
use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

/// A clock that goes on by a millisecond with each look at it.
fn counting() -> Duration {
    CALLS.set(CALLS.get() + 1);
    Duration::from_millis(u64::from(CALLS.get()))
}

/// The looks at the clock during `work`.
fn calls(work: impl FnOnce()) -> u32 {
    let before = CALLS.get();
    work();
    CALLS.get() - before
}

/// A picture of modules, `px` pixels each, within `quiet` modules of paper.
fn drawn(side: usize, px: usize, quiet: usize, dark: impl Fn(usize, usize) -> bool) -> GreyFrame {
    let wide = (side + 2 * quiet) * px;
    let luma = (0..wide * wide)
        .map(|at| ((at % wide / px).wrapping_sub(quiet), (at / wide / px).wrapping_sub(quiet)))
        .map(|(x, y)| if x < side && y < side && dark(x, y) { 0 } else { 255 })
        .collect();
    GreyFrame::new(wide as u32, wide as u32, luma).unwrap()
}

/// Nothing that comes out is longer than it may be or without a text.
fn within_bounds(frame: &GreyFrame) {
    for effort in [Effort::Photo, Effort::Live { turn: 5 }] {
        for found in decode(frame, effort) {
            assert!(!found.text.is_empty() && found.text.len() <= MAX_TEXT_BYTES);
        }
    }
    hint(frame);
}

/// A well-formed code with segments of every kind in it.
fn segments(version: i16, kinds: &[u8], seed: &[u8]) -> Option<QrCode> {
    let mut bits = Bits::new(Version::Normal(version));
    for (at, kind) in kinds.iter().enumerate() {
        let text = &seed[at % seed.len()..];
        let digits: Vec<u8> = text.iter().map(|byte| b'0' + byte % 10).collect();
        let letters: Vec<u8> = text.iter().map(|byte| b'A' + byte % 26).collect();
        match kind % 6 {
            0 => bits.push_byte_data(text),
            1 => bits.push_numeric_data(&digits),
            2 => bits.push_alphanumeric_data(&letters),
            3 => bits.push_kanji_data(&[0x88, 0x9F, 0x93, 0xFA]),
            4 => bits.push_eci_designator(u32::from(text[0]) * 31),
            _ => bits.push_fnc1_second_position(text[0]),
        }
        .ok()?;
    }
    bits.push_terminator(EcLevel::L).ok()?;
    QrCode::with_bits(bits, EcLevel::L).ok()
}

/// Which mask a code was drawn with: three bits of its format (ISO/IEC 18004, annex C).
fn format_bits(code: &QrCode) -> [bool; 3] {
    [2, 3, 4].map(|x| code[(x, 8)] == Color::Dark)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Codes of one size and mask may be added up: what comes out has valid error correction, but
    /// its segments are of no lawful kind or length.
    #[test]
    fn unlawful_segments_behind_valid_error_correction(
        version in 1_i16..12,
        kinds in prop::collection::vec(prop::collection::vec(0_u8..6, 1..4), 24),
        seed in prop::collection::vec(any::<u8>(), 24..30),
    ) {
        let codes: Vec<QrCode> = kinds.iter().enumerate()
            .filter_map(|(at, kinds)| segments(version, kinds, &seed[at % 20..]))
            .collect();
        let Some(first) = codes.first() else { return Ok(()) };
        let same: Vec<&QrCode> =
            codes.iter().filter(|code| format_bits(code) == format_bits(first)).collect();
        // An odd number keeps corner squares, format and mask as they are.
        let odd = (same.len() - 1) / 2 * 2 + 1;
        for count in (1..=odd).step_by(2) {
            let dark = |x, y| {
                same[..count].iter().filter(|code| code[(x, y)] == Color::Dark).count() % 2 == 1
            };
            within_bounds(&drawn(first.width(), 4, 4, dark));
        }
    }

    #[test]
    fn corner_squares_around_random_modules(
        version in 1_usize..14,
        px in 2_usize..6,
        moved in prop::collection::vec(0_usize..5, 6),
        seed: u64,
    ) {
        let side = 17 + 4 * version;
        let squares = [(moved[0], moved[1]), (side - 7 - moved[2], moved[3]), (moved[4], side - 7 - moved[5])];
        let frame = drawn(side, px, 3, |x, y| {
            for (left, top) in squares {
                let ring = x.abs_diff(left + 3).max(y.abs_diff(top + 3));
                if ring <= 4 {
                    return ring <= 1 || ring == 3;
                }
            }
            mixed(seed, x, y) & 1 == 1
        });
        within_bounds(&frame);
    }

    #[test]
    fn noise_gradients_and_stripes_of_odd_sizes(
        width in 21_u32..400,
        height in 21_u32..400,
        kind in 0_u8..4,
        pitch in 1_u32..40,
        seed: u64,
    ) {
        prop_assume!(width.max(height) <= width.min(height) * 16);
        let luma = (0..width * height)
            .map(|at| (at % width, at / width))
            .map(|(x, y)| match kind {
                0 => mixed(seed, x as usize, y as usize) as u8,
                1 => (x * 255 / width) as u8 ^ (y * 255 / height) as u8,
                2 => if (x / pitch + y / pitch) % 2 == 0 { 20 } else { 230 },
                _ => ((x * pitch) as u8).wrapping_add((mixed(seed, 1, y as usize) & 7) as u8),
            })
            .collect();
        within_bounds(&GreyFrame::new(width, height, luma).unwrap());
    }
}

fn mixed(seed: u64, x: usize, y: usize) -> u64 {
    let at = seed ^ (x as u64) << 32 ^ y as u64;
    let at = (at ^ at >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (at ^ at >> 27).wrapping_mul(0x94D0_49BB_1331_11EB) >> 40
}

#[test]
fn the_longest_texts_are_handed_back_or_left_out() {
    for length in [2000, 2950] {
        let text = "a".repeat(length);
        let code = QrCode::with_error_correction_level(&text, EcLevel::L).unwrap();
        let frame = drawn(code.width(), 4, 4, |x, y| code[(x, y)] == Color::Dark);
        assert_eq!(decode(&frame, Effort::Photo)[0].text, text);
    }
    let digits = "7".repeat(7000);
    let code = QrCode::with_error_correction_level(&digits, EcLevel::L).unwrap();
    let frame = drawn(code.width(), 4, 4, |x, y| code[(x, y)] == Color::Dark);
    assert_eq!(decode(&frame, Effort::Photo), []);
}

#[test]
fn control_and_direction_marks_come_back_as_they_were_written() {
    for text in ["a\0b\u{1b}[31m\r\n", "\u{202e}gpj.exe\u{2066}", "../../etc/passwd"] {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let frame = drawn(code.width(), 5, 4, |x, y| code[(x, y)] == Color::Dark);
        assert_eq!(decode(&frame, Effort::Photo)[0].text, text);
    }
}

/// A page of corner squares: what costs most, for it looks like a code everywhere.
fn squares(width: usize, height: usize, px: usize, pitch: usize) -> GreyFrame {
    let luma = (0..width * height)
        .map(|at| (at % width / px % pitch, at / width / px % pitch))
        .map(|(x, y)| {
            let ring = x.abs_diff(3).max(y.abs_diff(3));
            if ring <= 1 || ring == 3 { 0 } else { 255 }
        })
        .collect();
    GreyFrame::new(width as u32, height as u32, luma).unwrap()
}

#[test]
fn when_the_time_is_up_no_further_stage_is_begun() {
    let page = squares(1280, 720, 3, 10);
    for effort in [Effort::Photo, Effort::Live { turn: 0 }] {
        let looks = |budget_ms| {
            calls(|| {
                decode_within(&page, effort, Duration::from_millis(budget_ms), counting);
            })
        };
        // Each loop that asks the clock ends with its next look.
        assert!(looks(0) < 40, "{effort:?}: {}", looks(0));
        assert!(looks(30) < 80, "{effort:?}: {}", looks(30));
    }
    let live = calls(|| {
        decode_by(&page, Effort::Live { turn: 0 }, counting);
    });
    assert!(live < 80, "{live}");
}

#[test]
fn without_time_the_base_sizes_still_run() {
    let code = QrCode::with_error_correction_level("SANBU", EcLevel::M).unwrap();
    let dark = |x, y| code[(x, y)] == Color::Dark;
    let read = |frame| decode_within(&frame, Effort::Photo, Duration::ZERO, counting).len();
    assert_eq!(read(drawn(code.width(), 6, 4, dark)), 1);
    // Light on dark is a further stage.
    let inverted = drawn(code.width() + 8, 6, 4, |x, y| {
        x < 4 || y < 4 || x >= code.width() + 4 || y >= code.width() + 4 || !dark(x - 4, y - 4)
    });
    assert_eq!(decode_within(&inverted, Effort::Photo, Duration::ZERO, counting), []);
    assert_eq!(decode_within(&inverted, Effort::Photo, Duration::from_secs(9), counting).len(), 1);
}

#[test]
fn a_camera_frame_without_squares_gets_one_further_stage() {
    let blank = GreyFrame::new(1280, 720, vec![200; 1280 * 720]).unwrap();
    let live = calls(|| {
        decode_by(&blank, Effort::Live { turn: 0 }, counting);
    });
    let photo = calls(|| {
        decode_by(&blank, Effort::Photo, counting);
    });
    assert!(live < photo, "{live} looks at the clock, {photo} for a photo");
}

#[test]
fn the_largest_frames_and_the_longest_strips_end() {
    for (width, height) in [(12_000, 750), (750, 12_000), (21, 336), (336, 21), (12_000, 3000)] {
        let luma = vec![180; width * height];
        let frame = GreyFrame::new(width as u32, height as u32, luma).unwrap();
        assert_eq!(decode(&frame, Effort::Photo), []);
        assert_eq!(hint(&frame), None);
    }
}
