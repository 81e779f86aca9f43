//! `cargo xtask bench lens`: the code reader beside the zxing-cpp wheel, on the same pictures, in turn.
//!
//! CPU time of the decoding thread alone, so that other programs on the machine matter little. They
//! still share caches and clock rate with it: the ratios say more than the milliseconds.

mod pictures;
mod score;
mod table;

use super::{Figures, machine, percentile};
use crate::build;
use crate::place::{self, Profile};
use crate::program;
use crate::python::Python;
use anyhow::{Context, Result};
use pictures::{Decoder, Pictures, Reading};
use score::Row;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The wheel that the figures are compared with is the one of the design note `qr.md`, section 4.
const PACKAGES: [&str; 3] = ["zxing-cpp==3.1.1", "numpy==2.4.6", "pillow==13.0.0"];
/// Making pictures takes about a minute.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Measures with the corpus in `root`, or with codes drawn here.
///
/// # Errors
/// When something is missing or cannot be measured.
pub fn lens(root: Option<&Path>) -> Result<()> {
    // First, as a wrong folder is a slip of the hand.
    let corpus = root.map(|root| Pictures::of(root, "manifest.tsv")).transpose()?;
    let python = Python::with("bench", &PACKAGES)?;
    println!("building for release; the first time takes some minutes");
    build::programs(&["-p", "lens", "--example", "read_codes"], Profile::Release)?;
    let made = make_pictures(root, &python)?;
    let corpus = corpus.map_or_else(|| Pictures::of(&made, "codes.tsv"), Ok)?;

    let mut figures = machine()?;
    figures.extend(rates(&corpus, &python)?);
    figures.extend(frame_times(&made, &python)?);
    figures.extend(photo_times(&made, &python)?);
    super::print(figures);
    Ok(())
}

/// Frames and photos made from the corpus, or from codes drawn for lack of one; the folder of both.
fn make_pictures(root: Option<&Path>, python: &Python) -> Result<PathBuf> {
    let folder = place::target().join("bench").join("lens");
    fs::create_dir_all(&folder)?;
    println!("making pictures in {}", folder.display());
    let mut command = python.script("xtask/src/bench/lens/pictures.py");
    if let Some(root) = root {
        command.arg("--root").arg(root);
    }
    program::run("pictures.py", command.arg("--out").arg(&folder), LIMIT)?;
    Ok(folder)
}

/// Frames are the pictures as they are, not scaled to a camera's size: as in the design note.
fn rates(corpus: &Pictures, python: &Python) -> Result<Figures> {
    println!("reading {} pictures", corpus.count());
    let decoders = [Decoder::Photo, Decoder::Capped, Decoder::Wheel];
    let [photo, capped, wheel] = corpus.read_by(decoders, python)?;

    table::rates(&[("photo", &photo), ("30 ms", &capped), ("zxing-cpp", &wheel)]);
    table::times_head("CPU time on these pictures");
    table::times("with a code, photo", Row::has_code, &photo, Some(&wheel));
    table::times("with a code, frame 30 ms", Row::has_code, &capped, Some(&wheel));
    table::times("no code, photo", |row| !row.has_code(), &photo, Some(&wheel));
    table::differences(&photo, &wheel);
    let misreads = table::misreads("photo", &photo, &wheel);
    table::misreads("zxing-cpp", &wheel, &photo);

    let percent = |readings: &[Reading]| percent_read(readings).context("no picture has a code");
    let (photo, capped, wheel) = (percent(&photo)?, percent(&capped)?, percent(&wheel)?);
    Ok(vec![
        ("lens.pictures", corpus.count().to_string()),
        ("lens.misreads", misreads.to_string()),
        ("lens.rate", format!("{photo:.1}")),
        ("lens.rate_vs_zxing_cpp", format!("{:+.1}", photo - wheel)),
        ("lens.frame_rate", format!("{capped:.1}")),
    ])
}

fn frame_times(made: &Path, python: &Python) -> Result<Figures> {
    let frames = Pictures::of(made, "frames.tsv")?;
    let turning = Pictures::of(made, "live.tsv")?;
    println!("\nreading {} frames", frames.count());
    let decoders = [Decoder::Live, Decoder::Base, Decoder::Wheel];
    let [live, base, wheel] = frames.read_by(decoders, python)?;
    let [turns] = turning.read_by([Decoder::Live], python)?;
    let code = Row::has_code;
    let plain = |row: &Row| row.set == "nocode";
    let hard = |row: &Row| row.set == "hard";

    table::rates(&[("live", &live), ("base", &base), ("zxing-cpp", &wheel)]);
    table::times_head("CPU time on 1280x720 frames");
    table::times("with a code, live", code, &live, Some(&wheel));
    table::times("with a code, base", code, &base, Some(&wheel));
    table::times("no code, base", plain, &base, Some(&wheel));
    table::times("no code, live, every turn", plain, &turns, None);
    table::times("hard to refuse, base", hard, &base, Some(&wheel));
    table::times("hard to refuse, every turn", hard, &turns, None);
    table::worst(&turns);
    table::misreads("live", &live, &wheel);
    table::misreads("live, every turn", &turns, &[]);

    let median = |readings: &[Reading], which: fn(&Row) -> bool| cpu_ms(readings, which, 50);
    Ok(vec![
        ratio("lens.frame_vs_zxing_cpp", median(&live, code), median(&wheel, code)),
        ratio("lens.nocode_vs_zxing_cpp", median(&base, plain), median(&wheel, plain)),
        ms("lens.nocode_p95_ms", cpu_ms(&turns, plain, 95)),
        ms("lens.worst_frame_ms", cpu_ms(&turns, |_| true, 100)),
    ])
}

fn photo_times(made: &Path, python: &Python) -> Result<Figures> {
    let photos = Pictures::of(made, "large.tsv")?;
    println!("\nreading {} photos of 12 megapixels", photos.count());
    let [photo, wheel] = photos.read_by([Decoder::Photo, Decoder::Wheel], python)?;

    table::rates(&[("photo", &photo), ("zxing-cpp", &wheel)]);
    table::times_head("CPU time on photos of 12 megapixels");
    table::times("with a code", Row::has_code, &photo, Some(&wheel));
    table::times("no code", |row| row.set == "nocode", &photo, Some(&wheel));
    table::times("hard to refuse", |row| row.set == "hard", &photo, Some(&wheel));
    table::worst(&photo);
    table::misreads("photo", &photo, &wheel);

    Ok(vec![
        ms("lens.photo_12mp_median_ms", cpu_ms(&photo, Row::has_code, 50)),
        ms("lens.photo_12mp_max_ms", cpu_ms(&photo, |_| true, 100)),
    ])
}

fn ms(name: &'static str, value: f64) -> (&'static str, String) {
    (name, format!("{value:.1}"))
}

fn ratio(name: &'static str, ours: f64, wheel: f64) -> (&'static str, String) {
    (name, format!("{:.2}", ours / wheel))
}

/// A percentile of the CPU times on some of the pictures.
fn cpu_ms(readings: &[Reading], which: fn(&Row) -> bool, percent: usize) -> f64 {
    let chosen = readings.iter().filter(|reading| which(reading.row));
    percentile(&mut chosen.map(|reading| reading.cpu_ms).collect::<Vec<_>>(), percent)
}

/// Of the pictures with a code, the share that was read; `None` when no picture has one.
#[allow(clippy::cast_precision_loss, reason = "a share of some hundred pictures")]
fn percent_read<'a>(readings: impl IntoIterator<Item = &'a Reading<'a>>) -> Option<f64> {
    let (mut all, mut read) = (0_usize, 0_usize);
    for reading in readings.into_iter().filter(|reading| reading.row.has_code()) {
        all += 1;
        read += usize::from(reading.is_read());
    }
    (all > 0).then(|| 100.0 * read as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(expected: &str) -> Row {
        Row::parse(&format!("a.png\t{expected}\tset\t\t\t")).unwrap()
    }

    fn reading<'a>(row: &'a Row, cpu_ms: f64, text: &str) -> Reading<'a> {
        Reading { row, cpu_ms, texts: vec![text.to_owned()] }
    }

    #[test]
    fn only_pictures_with_a_code_count_for_the_rate() {
        let (code, none) = (row(r#"["a"]"#), row("[]"));
        let readings =
            [reading(&code, 1.0, "a"), reading(&code, 1.0, "b"), reading(&none, 1.0, "")];
        assert_eq!(percent_read(&readings), Some(50.0));
        assert_eq!(percent_read(&readings[2..]), None);
    }

    #[test]
    fn times_are_those_of_the_chosen_pictures() {
        let (code, none) = (row(r#"["a"]"#), row("[]"));
        let readings = [1.0, 2.0, 9.0].map(|cpu_ms| reading(&code, cpu_ms, "a"));
        let readings = [&readings[..], &[reading(&none, 50.0, "")]].concat();
        assert_eq!(ms("median", cpu_ms(&readings, Row::has_code, 50)).1, "2.0");
        assert_eq!(ms("worst", cpu_ms(&readings, |_| true, 100)).1, "50.0");
        assert_eq!(ratio("ratio", 3.0, 2.0).1, "1.50");
    }
}
