//! Why a camera frame gave nothing, as far as it can be told.

use crate::decode::corner_squares;
use crate::frame::GreyFrame;

/// What the person holding the camera could change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hint {
    /// Hardly any light reaches the camera.
    TooDark,
    /// A code is in view, but its modules are under two pixels wide.
    TooFar,
    /// No edge in the frame is sharp: out of focus, or moved.
    Blurred,
}

/// Lines sampled each way.
const LINES: usize = 32;

/// A frame is dark when 19 of 20 pixels are below this: an eighth of white. Codes down to a tenth
/// are still read where the noise allows it, so this is only said when they were not.
const DARK: u8 = 32;

/// Modules under this many pixels are rarely read: 2 (design note `qr.md`, section 7).
const LEAST_MODULE_PX: f32 = 2.0;

/// Side of the part in the middle of a frame that is searched for corner squares, in pixels.
const SEARCHED: u32 = 480;

/// More small squares than this are a pattern or grain, not a code.
const MAX_SQUARES: usize = 12;

/// Pixels of a line among which an edge is looked for.
const WINDOW: usize = 16;

/// Range of brightness in a window that makes it an edge.
const EDGE: u8 = 40;

/// Edges a frame must have before it can be called blurred.
const MIN_EDGES: usize = 24;

/// An edge is soft when no two neighbours differ by more than a third of its range: it is spread
/// over more than three pixels.
const SOFT: u32 = 3;

/// What could be better about a frame in which nothing was found; `None` when nothing stands out.
///
/// Looks at a sample of the lines and for corner squares in the middle of the frame: about 1 ms for
/// a frame of 1280x720 in a release build. A picture enlarged from a small one is blurred too.
pub fn hint(frame: &GreyFrame) -> Option<Hint> {
    if is_dark(frame) {
        Some(Hint::TooDark)
    } else if is_far(frame) {
        Some(Hint::TooFar)
    } else if is_blurred(&rows(frame)) || is_blurred(&columns(frame)) {
        Some(Hint::Blurred)
    } else {
        None
    }
}

fn is_dark(frame: &GreyFrame) -> bool {
    let pixels = || frame.luma().iter().step_by(101);
    let bright = pixels().filter(|&&value| value >= DARK).count();
    bright * 20 < pixels().count()
}

/// Three corner squares as small as in a code that is too far off, lying as a code's do: grain
/// gives single ones.
fn is_far(frame: &GreyFrame) -> bool {
    let squares = corner_squares(&frame.middle(SEARCHED, SEARCHED));
    let small: Vec<_> =
        squares.into_iter().filter(|square| (square.2 as f32) < 7.0 * LEAST_MODULE_PX).collect();
    small.len() <= MAX_SQUARES
        && small.iter().any(|&middle| {
            let ways = small.iter().map(|other| (other.0 - middle.0, other.1 - middle.1));
            ways.clone().any(|a| ways.clone().any(|b| is_a_corner(a, b)))
        })
}

/// Whether two ways from a square are about as long and at a right angle, 14 modules or more.
fn is_a_corner(a: (i32, i32), b: (i32, i32)) -> bool {
    let (long, other) =
        (f64::from(a.0).hypot(f64::from(a.1)), f64::from(b.0).hypot(f64::from(b.1)));
    let dot = f64::from(a.0 * b.0 + a.1 * b.1);
    other.min(long) >= 14.0 && (long - other).abs() < 0.15 * long && dot.abs() < 0.15 * long * other
}

fn is_blurred(lines: &[Vec<u8>]) -> bool {
    let (mut edges, mut soft) = (0, 0);
    for window in lines.iter().flat_map(|line| line.windows(WINDOW).step_by(WINDOW / 2)) {
        let (least, most) = window.iter().fold((u8::MAX, 0), |(a, b), &v| (a.min(v), b.max(v)));
        let range = most - least;
        if range >= EDGE {
            let step = window.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max().unwrap_or(0);
            edges += 1;
            soft += usize::from(u32::from(step) * SOFT <= u32::from(range));
        }
    }
    edges >= MIN_EDGES && soft * 5 >= edges * 4
}

fn rows(frame: &GreyFrame) -> Vec<Vec<u8>> {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let rows = frame.luma().chunks_exact(width).step_by(height.div_ceil(LINES));
    rows.map(<[u8]>::to_vec).collect()
}

fn columns(frame: &GreyFrame) -> Vec<Vec<u8>> {
    let width = frame.width() as usize;
    let columns = (0..width).step_by(width.div_ceil(LINES));
    columns.map(|x| frame.luma()[x..].iter().step_by(width).copied().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drawn::Drawn;

    const TEXT: &str = "HTTPS://APPLY.BANK.EXAMPLE/T/7302915540028164417709352261";

    fn scene() -> Drawn {
        let mut scene = Drawn::paper(1280, 720, 190);
        for (at, (left, top)) in
            [(80, 60), (420, 90), (900, 40), (250, 400), (760, 380)].into_iter().enumerate()
        {
            scene = scene.with(&Drawn::paper(230 + at * 20, 200, 60 + at as u8 * 25), left, top);
        }
        scene
    }

    fn hint_for(drawn: Drawn) -> Option<Hint> {
        hint(&drawn.frame())
    }

    #[test]
    fn an_ordinary_scene_gives_no_hint() {
        assert_eq!(hint_for(scene()), None);
        assert_eq!(hint_for(scene().noisy(8, 3)), None);
        assert_eq!(hint_for(Drawn::paper(640, 480, 255)), None);
        assert_eq!(hint_for(Drawn::paper(21, 21, 128)), None);
    }

    #[test]
    fn a_sharp_code_of_ordinary_size_gives_no_hint() {
        assert_eq!(hint_for(scene().with(&Drawn::code(TEXT, 6), 500, 200)), None);
    }

    #[test]
    fn a_frame_without_light_is_too_dark() {
        assert_eq!(hint_for(Drawn::paper(640, 480, 10).noisy(8, 5)), Some(Hint::TooDark));
    }

    #[test]
    fn grain_is_not_a_code_far_off() {
        for seed in 1..6 {
            assert_eq!(hint_for(scene().noisy(60, seed)), None, "seed {seed}");
            assert_eq!(hint_for(Drawn::paper(1280, 720, 128).noisy(127, seed)), None);
        }
    }

    #[test]
    fn a_tiny_code_is_too_far() {
        assert_eq!(hint_for(scene().with(&Drawn::code(TEXT, 1), 600, 330)), Some(Hint::TooFar));
    }

    #[test]
    fn soft_edges_everywhere_are_a_blur() {
        let page = scene().with(&Drawn::code(TEXT, 10), 400, 100);
        assert_eq!(hint_for(page.blurred(6, 6)), Some(Hint::Blurred));
    }

    #[test]
    fn a_blur_in_one_direction_is_a_blur() {
        let page = scene().with(&Drawn::code(TEXT, 10), 400, 100);
        assert_eq!(hint_for(page.clone().blurred(8, 0)), Some(Hint::Blurred));
        assert_eq!(hint_for(page.blurred(0, 8)), Some(Hint::Blurred));
    }
}
