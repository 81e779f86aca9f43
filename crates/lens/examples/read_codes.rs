//! Reads every picture of a manifest and prints what was found and how long it took.
//!
//! ```text
//! cargo run -p lens --release --example read_codes -- \
//!     --root DIR --manifest DIR/manifest.tsv [--mode photo|frame] [--cap-ms N]
//! ```
//!
//! One line a picture, in the order of the manifest: file, thread CPU time of the decoding alone in
//! milliseconds, JSON array of the texts. The manifest is tab separated with a header line, the
//! file first. Frames count as those of one camera: each has the next turn. A picture that cannot
//! be read gives an empty array. The decoders keep their time budget by the same CPU clock, so that
//! a busy machine gives the answer of an idle one.

#![allow(clippy::print_stdout)]

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader};
use lens::{Effort, GreyFrame, decode_by, decode_within};
use rustix::time::{ClockId, clock_gettime};

const USAGE: &str =
    "usage: read_codes --root DIR --manifest FILE [--mode photo|frame] [--cap-ms N]";

struct Options {
    root: PathBuf,
    manifest: PathBuf,
    effort: Effort,
    cap: Option<Duration>,
}

fn main() -> ExitCode {
    let Some(options) = options(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let manifest = match std::fs::read_to_string(&options.manifest) {
        Ok(manifest) => manifest,
        Err(error) => {
            eprintln!("{}: {error}", options.manifest.display());
            return ExitCode::FAILURE;
        }
    };
    for (turn, line) in (0..).zip(manifest.lines().skip(1).filter(|line| !line.is_empty())) {
        let file = line.split('\t').next().unwrap_or_default();
        let (took, texts) = read(&options.root.join(file), &options, turn);
        println!("{file}\t{:.3}\t{}", took.as_secs_f64() * 1e3, serde_json::json!(texts));
    }
    ExitCode::SUCCESS
}

fn options(mut args: impl Iterator<Item = String>) -> Option<Options> {
    let (mut root, mut manifest, mut effort, mut cap) = (None, None, Effort::Photo, None);
    while let Some(name) = args.next() {
        let value = args.next()?;
        match (name.as_str(), value.as_str()) {
            ("--root", _) => root = Some(PathBuf::from(value)),
            ("--manifest", _) => manifest = Some(PathBuf::from(value)),
            ("--mode", "photo") => effort = Effort::Photo,
            ("--mode", "frame") => effort = Effort::Live { turn: 0 },
            ("--cap-ms", _) => cap = Some(Duration::from_millis(value.parse().ok()?)),
            _ => return None,
        }
    }
    Some(Options { root: root?, manifest: manifest?, effort, cap })
}

fn read(path: &Path, options: &Options, turn: u32) -> (Duration, Vec<String>) {
    // A picture that makes its library panic must not stop the run.
    let Ok(Some(frame)) = catch_unwind(|| frame(path)) else {
        return (Duration::ZERO, Vec::new());
    };
    let effort = match options.effort {
        Effort::Live { .. } => Effort::Live { turn },
        Effort::Photo => Effort::Photo,
    };
    let begun = cpu_time();
    let found = match options.cap {
        Some(cap) => decode_within(&frame, effort, cap, cpu_time),
        None => decode_by(&frame, effort, cpu_time),
    };
    let took = cpu_time() - begun;
    (took, found.into_iter().map(|found| found.text).collect())
}

/// Time this thread has spent on a processor.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The picture upright, alpha over white, in Rec. 601 luma.
fn frame(path: &Path) -> Option<GreyFrame> {
    let mut decoder =
        ImageReader::open(path).ok()?.with_guessed_format().ok()?.into_decoder().ok()?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    picture.apply_orientation(orientation);
    let (width, height) = (picture.width(), picture.height());
    let luma = match picture {
        DynamicImage::ImageLuma8(grey) => grey.into_raw(),
        other => other.into_rgba8().pixels().map(|pixel| luma(pixel.0)).collect(),
    };
    GreyFrame::new(width, height, luma).ok()
}

fn luma([red, green, blue, alpha]: [u8; 4]) -> u8 {
    let over_white = |value: u8| {
        let alpha = f64::from(alpha) / 255.0;
        f64::from(value) * alpha + 255.0 * (1.0 - alpha)
    };
    let (red, green, blue) = (over_white(red), over_white(green), over_white(blue));
    (0.299 * red + 0.587 * green + 0.114 * blue).round() as u8
}
