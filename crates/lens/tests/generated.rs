//! How many drawn camera frames are read: the proof that needs no corpus.

#![allow(clippy::unwrap_used)]

mod poster;

use std::time::Duration;

use lens::{Effort, Found, GreyFrame, Point, decode_by};
use poster::{KINDS, Kind, poster};
use rustix::time::{ClockId, clock_gettime};

/// Frames of each kind and severity.
const SEEDS: std::ops::Range<u64> = 21..24;

/// By processor time: a busy machine reads what an idle one does.
fn decode(frame: &GreyFrame, effort: Effort) -> Vec<Found> {
    decode_by(frame, effort, || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
    })
}

/// Reads every kind at one severity: percent read, and what was not.
fn share_read(severity: usize) -> (f64, Vec<String>) {
    let mut missed = Vec::new();
    let mut all = 0;
    for (kind, seed) in KINDS.into_iter().flat_map(|kind| SEEDS.map(move |seed| (kind, seed))) {
        let drawn = poster(kind, severity, seed);
        let read: Vec<_> = decode(&drawn.frame, Effort::Photo);
        for found in &read {
            assert_eq!(found.text, drawn.text, "{kind:?} {severity} {seed} misread");
        }
        all += 1;
        if read.is_empty() {
            missed.push(format!("{kind:?} {seed}"));
        }
    }
    (100.0 * (all - missed.len()) as f64 / f64::from(all as u32), missed)
}

#[test]
fn easy_posters_are_nearly_all_read() {
    let (percent, missed) = share_read(1);
    eprintln!("severity 1: {percent:.1} %, missed {missed:?}");
    assert!(percent >= 97.0, "{percent:.1} %, missed {missed:?}");
}

#[test]
fn spoiled_posters_are_mostly_read() {
    let (percent, missed) = share_read(2);
    eprintln!("severity 2: {percent:.1} %, missed {missed:?}");
    assert!(percent >= 90.0, "{percent:.1} %, missed {missed:?}");
}

#[test]
fn badly_spoiled_posters_are_often_read() {
    let (percent, missed) = share_read(3);
    eprintln!("severity 3: {percent:.1} %, missed {missed:?}");
    assert!(percent >= 75.0, "{percent:.1} %, missed {missed:?}");
}

#[test]
fn the_outline_lies_on_the_code() {
    for (kind, severity, seed) in [
        (Kind::Clean, 1, 3),
        (Kind::Tilt, 1, 4),
        (Kind::Tilt, 2, 5),
        (Kind::Inverted, 1, 6),
        (Kind::Glare, 2, 7),
    ] {
        let drawn = poster(kind, severity, seed);
        let found = decode(&drawn.frame, Effort::Photo);
        let corners = found[0].corners;
        let width = (drawn.corners[0].0 - drawn.corners[1].0)
            .hypot(drawn.corners[0].1 - drawn.corners[1].1);
        for (Point { x, y }, (right_x, right_y)) in corners.into_iter().zip(drawn.corners) {
            let off = (f64::from(x) - right_x).hypot(f64::from(y) - right_y);
            // A twentieth of the side is about two modules.
            assert!(off < width / 20.0, "{kind:?} {seed}: {corners:?}, drawn {:?}", drawn.corners);
        }
    }
}

#[test]
fn a_camera_reads_an_inverted_code_within_one_round_of_turns() {
    let drawn = poster(Kind::Inverted, 1, 31);
    let reads = |turn| !decode(&drawn.frame, Effort::Live { turn }).is_empty();
    assert!((0..13).any(reads));
}
