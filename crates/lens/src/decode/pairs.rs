//! Where a code could lie of which only two corner squares were found: the third is scratched, in
//! the glare of a lamp or in shadow.

use rxing::common::BitMatrix;
use rxing::common::cpp_essentials::{ConcentricPattern, FindConcentricPatternCorners};

use super::soft::Outline;

/// More squares than this are a pattern of their own, and pairs of them are too many.
const MAX_SQUARES: usize = 6;

/// Distances of two squares along a side, in modules: those of versions 1 and 15, a tenth off.
/// Larger codes are not guessed at.
const STEPS: std::ops::Range<f32> = 12.6..77.0;

/// A pair is along a side when the squares see each other this straight ahead (share of the
/// distance), and across when this much to both sides.
const STRAIGHT: f32 = 0.25;
const ACROSS: f32 = 0.6;

type Vector = (f32, f32);

/// A square with its own idea of a module: two vectors along its sides.
struct Square {
    middle: Vector,
    sides: [Vector; 2],
}

/// The outlines of codes with any two of the squares as corners.
pub(super) fn outlines(
    bits: &BitMatrix,
    squares: &[ConcentricPattern],
    inverted: bool,
) -> Vec<Outline> {
    if squares.len() > MAX_SQUARES {
        return Vec::new();
    }
    let squares: Vec<Square> = squares.iter().filter_map(|square| measured(bits, square)).collect();
    let mut outlines = Vec::new();
    for (at, a) in squares.iter().enumerate() {
        for b in &squares[at + 1..] {
            outlines.extend(along(a, b).into_iter().chain(across(a, b)).map(|corners| {
                let [top_left, top_right, bottom_left] = corners.places;
                let (right, down) = (minus(top_right, top_left), minus(bottom_left, top_left));
                // The squares' middles are 3.5 modules from the edges.
                let side = corners.modules + 7;
                let edge = 3.5 / corners.modules as f32;
                let corner = |across: f32, below: f32| {
                    plus(top_left, plus(scaled(right, across), scaled(down, below)))
                };
                Outline {
                    side,
                    squares: corners.places,
                    corners: [
                        corner(-edge, -edge),
                        corner(1.0 + edge, -edge),
                        corner(1.0 + edge, 1.0 + edge),
                        corner(-edge, 1.0 + edge),
                    ],
                    inverted,
                    guessed: Some(corners.guessed),
                }
            }));
        }
    }
    outlines
}

struct Corners {
    /// Top left, top right, bottom left.
    places: [Vector; 3],
    /// Which of them was not seen.
    guessed: usize,
    /// Between two of them along a side.
    modules: usize,
}

/// Both squares on one side of the code: it may lie on either hand, and begin at either.
fn along(a: &Square, b: &Square) -> Vec<Corners> {
    let apart = minus(b.middle, a.middle);
    let Some((a_ahead, a_aside)) = facing(a, apart) else { return Vec::new() };
    let Some((b_ahead, b_aside)) = facing(b, apart) else { return Vec::new() };
    let steps = (a_ahead.0 + b_ahead.0) / 2.0;
    let (Some(modules), true) =
        (whole(steps), a_ahead.1.abs().max(b_ahead.1.abs()) < STRAIGHT * steps)
    else {
        return Vec::new();
    };
    let reach = modules as f32;
    let from_a = |hand: f32| plus(a.middle, scaled(a_aside, hand * reach));
    let from_b = |hand: f32| plus(b.middle, scaled(b_aside, hand * reach));
    // `aside` is a quarter turn clockwise from `apart`: the code's down, if that is its right.
    [
        ([a.middle, b.middle, from_a(1.0)], 2),
        ([b.middle, a.middle, from_b(-1.0)], 2),
        ([a.middle, from_a(-1.0), b.middle], 1),
        ([b.middle, from_b(1.0), a.middle], 1),
    ]
    .map(|(places, guessed)| Corners { places, guessed, modules })
    .into()
}

/// The squares at opposite corners: the third is on either hand.
fn across(a: &Square, b: &Square) -> Vec<Corners> {
    let apart = minus(b.middle, a.middle);
    let Some((x, y)) = in_modules(a, apart) else { return Vec::new() };
    let (least, most) = (x.abs().min(y.abs()), x.abs().max(y.abs()));
    let (Some(modules), true) = (whole((least + most) / 2.0), least > ACROSS * most) else {
        return Vec::new();
    };
    [scaled(a.sides[0], x), scaled(a.sides[1], y)]
        .map(|step| {
            let third = plus(a.middle, step);
            let turns_right = cross(minus(a.middle, third), minus(b.middle, third)) > 0.0;
            let (right, down) = if turns_right { (a, b) } else { (b, a) };
            Corners { places: [third, right.middle, down.middle], guessed: 0, modules }
        })
        .into()
}

/// The number of modules between two squares of a code: 14, 18, 22 and so on.
fn whole(steps: f32) -> Option<usize> {
    STEPS.contains(&steps).then(|| (((steps - 14.0) / 4.0).round().max(0.0) * 4.0) as usize + 14)
}

/// How far ahead and aside `apart` is, in modules, by the side of the square that faces that way;
/// and a module's step a quarter turn clockwise from there.
fn facing(square: &Square, apart: Vector) -> Option<(Vector, Vector)> {
    let (x, y) = in_modules(square, apart)?;
    let [first, second] = square.sides;
    let (ahead, aside, straight, other) =
        if x.abs() > y.abs() { (first, second, x, y) } else { (second, first, y, x) };
    let clockwise = cross(scaled(ahead, straight.signum()), aside) > 0.0;
    Some(((straight.abs(), other), if clockwise { aside } else { scaled(aside, -1.0) }))
}

/// A vector in modules along the sides of a square.
fn in_modules(square: &Square, vector: Vector) -> Option<Vector> {
    let [first, second] = square.sides;
    let area = cross(first, second);
    (area.abs() > 0.5).then(|| (cross(vector, second) / area, cross(first, vector) / area))
}

fn measured(bits: &BitMatrix, square: &ConcentricPattern) -> Option<Square> {
    // Corners of the middle of the dark ring, 6 modules apart.
    let corners = FindConcentricPatternCorners(bits, square.p, square.size, 2)?.0;
    let corner = |at: usize| (corners[at].x, corners[at].y);
    let side = |a: usize, b: usize, c: usize, d: usize| {
        scaled(plus(minus(corner(b), corner(a)), minus(corner(c), corner(d))), 1.0 / 12.0)
    };
    Some(Square { middle: (square.p.x, square.p.y), sides: [side(0, 1, 2, 3), side(1, 2, 3, 0)] })
}

fn plus(a: Vector, b: Vector) -> Vector {
    (a.0 + b.0, a.1 + b.1)
}

fn minus(a: Vector, b: Vector) -> Vector {
    (a.0 - b.0, a.1 - b.1)
}

fn scaled(a: Vector, by: f32) -> Vector {
    (a.0 * by, a.1 * by)
}

/// Above 0 when `b` is clockwise from `a`, with y going down.
fn cross(a: Vector, b: Vector) -> f32 {
    a.0 * b.1 - a.1 * b.0
}
