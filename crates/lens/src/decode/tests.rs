use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::drawn::Drawn;

const TICKET: &str = "HTTPS://APPLY.BANK.EXAMPLE/T/7302915540028164417709352261";

fn texts(drawn: Drawn, effort: Effort) -> Vec<String> {
    decode(&drawn.frame(), effort).into_iter().map(|found| found.text).collect()
}

#[test]
fn a_plain_code_is_read_at_any_size() {
    for module_px in [2, 3, 4, 7, 12, 30, 60] {
        for effort in [Effort::Live { turn: 0 }, Effort::Photo] {
            let read = texts(Drawn::code(TICKET, module_px), effort);
            assert_eq!(read, [TICKET], "{module_px} px a module, {effort:?}");
        }
    }
}

#[test]
fn a_code_is_read_whichever_way_up_it_is() {
    let mut drawn = Drawn::code(TICKET, 5);
    for turn in 0..4 {
        assert_eq!(texts(drawn.clone(), Effort::Photo), [TICKET], "turn {turn}");
        drawn = drawn.turned();
    }
}

#[test]
fn light_on_dark_is_read() {
    let drawn = Drawn::paper(600, 480, 255).with(&Drawn::code(TICKET, 6), 90, 60).inverted();
    assert_eq!(texts(drawn, Effort::Photo), [TICKET]);
}

#[test]
fn a_pale_code_is_read() {
    assert_eq!(texts(Drawn::code_with(TICKET, 6, 4, 205, 225), Effort::Photo), [TICKET]);
}

#[test]
fn a_code_in_the_dark_is_read_through_noise() {
    let drawn = Drawn::code_with(TICKET, 8, 4, 14, 40).noisy(6, 3);
    assert_eq!(texts(drawn, Effort::Photo), [TICKET]);
}

#[test]
fn a_code_with_a_narrow_quiet_zone_is_read() {
    for quiet in [1, 2] {
        let code = Drawn::code_with(TICKET, 5, quiet, 0, 255);
        let drawn = Drawn::paper(500, 400, 90).with(&code, 70, 50);
        assert_eq!(texts(drawn, Effort::Photo), [TICKET], "{quiet} modules");
    }
}

#[test]
fn two_codes_in_one_photo_are_both_found() {
    let drawn = Drawn::paper(1280, 720, 230).with(&Drawn::code(TICKET, 6), 60, 80).with(
        &Drawn::code("WIFI:S:shop;;", 8),
        760,
        200,
    );
    let mut read = texts(drawn, Effort::Photo);
    read.sort();
    assert_eq!(read, [TICKET, "WIFI:S:shop;;"]);
}

#[test]
fn the_same_text_twice_in_view_is_one_find() {
    let code = Drawn::code(TICKET, 6);
    let drawn = Drawn::paper(1280, 720, 255).with(&code, 60, 80).with(&code, 760, 200);
    assert_eq!(texts(drawn, Effort::Photo), [TICKET]);
}

#[test]
fn a_small_code_in_a_large_photo_is_read() {
    let drawn = Drawn::paper(3000, 2200, 200).with(&Drawn::code(TICKET, 3), 1711, 903);
    assert_eq!(texts(drawn, Effort::Photo), [TICKET]);
}

#[test]
fn pictures_without_a_code_give_nothing() {
    for effort in [Effort::Live { turn: 0 }, Effort::Photo] {
        for seed in 1..4 {
            assert!(texts(Drawn::paper(640, 480, 128).noisy(127, seed), effort).is_empty());
        }
        assert!(texts(Drawn::paper(640, 480, 255), effort).is_empty());
        assert!(texts(Drawn::paper(21, 21, 0), effort).is_empty());
    }
}

#[test]
fn a_text_over_the_cap_is_left_out() {
    let long = "7".repeat(MAX_TEXT_BYTES + 100);
    assert!(texts(Drawn::code(&long, 4), Effort::Photo).is_empty());
}

/// Paper tiled with corner squares. A search without bounds takes seconds to minutes on it.
fn tiled(width: usize, height: usize, module_px: usize) -> Drawn {
    let code = Drawn::code_with("X", module_px, 0, 0, 255);
    let (side, pitch) = (7 * module_px, 9 * module_px);
    let mut page = Drawn::paper(width, height, 255);
    for top in (0..height - pitch).step_by(pitch) {
        for left in (0..width - pitch).step_by(pitch) {
            for row in 0..side {
                let to = (top + module_px + row) * width + left + module_px;
                page.luma[to..to + side].copy_from_slice(&code.luma[row * code.width..][..side]);
            }
        }
    }
    page
}

#[test]
fn a_page_of_corner_squares_ends_in_time() {
    for (width, height, module_px) in [(1280, 720, 3), (4000, 3000, 3), (4000, 3000, 1)] {
        let page = tiled(width, height, module_px);
        let begun = Instant::now();
        assert!(texts(page, Effort::Photo).is_empty());
        // The budget is 2 s; the rest is for a busy machine and an unoptimised build.
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(8), "{width}x{height}, {module_px} px: {took:?}");
    }
}

#[test]
fn long_strips_and_one_pixel_modules_end_without_a_panic() {
    for (width, height) in [(21, 336), (336, 21), (750, 12_000)] {
        assert!(texts(Drawn::paper(width, height, 128).noisy(127, 9), Effort::Photo).is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_small_frame_makes_the_decoders_panic(
        width in 21_usize..90,
        height in 21_usize..90,
        seed: u64,
        reach in 1_i32..255,
    ) {
        let drawn = Drawn::paper(width, height, 128).noisy(reach, seed);
        texts(drawn, Effort::Photo);
    }

    #[test]
    fn a_code_with_broken_modules_gives_its_text_or_nothing(
        broken in prop::collection::vec((0_usize..45, 0_usize..45), 0..120),
    ) {
        let mut drawn = Drawn::code(TICKET, 4);
        let modules = drawn.width / 4;
        for (x, y) in broken {
            let (x, y) = (x % modules, y % modules);
            for row in y * 4..y * 4 + 4 {
                let start = row * drawn.width + x * 4;
                drawn.luma[start..start + 4].iter_mut().for_each(|value| *value = 255 - *value);
            }
        }
        for text in texts(drawn, Effort::Photo) {
            prop_assert_eq!(text, TICKET);
        }
    }
}
