//! Pictures with their manifest, and what decoders say to them.

use super::score::Row;
use crate::place::{self, Profile};
use crate::program;
use crate::python::Python;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Rounds over all pictures; of a picture's CPU times the least counts, as in the design note
/// `qr.md`. The decoders take turns within a round, so that they see the same machine.
const ROUNDS: usize = 3;
/// One decoder over all pictures of a manifest. They take seconds.
const LIMIT: Duration = Duration::from_secs(10 * 60);

/// What reads pictures.
#[derive(Clone, Copy)]
pub enum Decoder {
    /// Ours, on a photo: every stage until a code is found.
    Photo,
    /// Ours, on a single camera frame, within 30 ms.
    Capped,
    /// Ours, on a camera frame: the base pass and one further stage, by turns.
    Live,
    /// Ours, the base pass alone.
    Base,
    /// The wheel, as it comes.
    Wheel,
}

impl Decoder {
    fn command(self, python: &Python) -> Command {
        let arguments: &[&str] = match self {
            Self::Photo => &["--mode", "photo"],
            Self::Capped => &["--mode", "frame", "--cap-ms", "30"],
            Self::Live => &["--mode", "frame"],
            Self::Base => &["--mode", "frame", "--cap-ms", "0"],
            Self::Wheel => return python.script("xtask/src/bench/lens/zxing_cpp.py"),
        };
        let mut command = Command::new(place::binary("examples/read_codes", Profile::Release));
        command.args(arguments);
        command
    }
}

/// What a decoder said to a picture.
#[derive(Clone)]
pub struct Reading<'a> {
    pub row: &'a Row,
    pub cpu_ms: f64,
    pub texts: Vec<String>,
}

impl Reading<'_> {
    /// Whether an expected payload came back.
    pub fn is_read(&self) -> bool {
        self.row.is_read(&self.texts)
    }
}

/// A manifest and the folder that its files lie in.
pub struct Pictures {
    root: PathBuf,
    manifest: PathBuf,
    rows: Vec<Row>,
}

impl Pictures {
    /// Reads a manifest.
    ///
    /// # Errors
    /// When it is absent, empty or malformed.
    pub fn of(root: &Path, manifest: &str) -> Result<Self> {
        let manifest = root.join(manifest);
        let text = fs::read_to_string(&manifest)
            .with_context(|| format!("could not read {}", manifest.display()))?;
        let rows: Vec<Row> = text.lines().skip(1).map(Row::parse).collect::<Result<_>>()?;
        ensure!(!rows.is_empty(), "{} lists no picture", manifest.display());
        Ok(Self { root: root.to_owned(), manifest, rows })
    }

    /// How many rows the manifest has.
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// Has each decoder read every picture; one reading a row, in the manifest's order.
    ///
    /// # Errors
    /// When a decoder fails or does not answer to every picture.
    pub fn read_by<const N: usize>(
        &self,
        decoders: [Decoder; N],
        python: &Python,
    ) -> Result<[Vec<Reading<'_>>; N]> {
        let mut best = decoders.map(|_| Vec::new());
        for _ in 0..ROUNDS {
            for (decoder, best) in decoders.into_iter().zip(&mut best) {
                keep_least(best, self.read_once(decoder, python)?);
            }
        }
        Ok(best)
    }

    fn read_once(&self, decoder: Decoder, python: &Python) -> Result<Vec<Reading<'_>>> {
        // Not a pipe: nothing has to be read while the clock runs.
        let mut output = tempfile::tempfile().context("could not make a scratch file")?;
        let mut command = decoder.command(python);
        command.arg("--root").arg(&self.root).arg("--manifest").arg(&self.manifest);
        program::run("the decoder", command.stdout(output.try_clone()?), LIMIT)?;
        let mut text = String::new();
        output.rewind()?;
        output.read_to_string(&mut text)?;
        let lines: Vec<&str> = text.lines().collect();
        ensure!(lines.len() == self.rows.len(), "{command:?} left out pictures");
        self.rows.iter().zip(lines).map(|(row, line)| reading(row, line)).collect()
    }
}

fn reading<'a>(row: &'a Row, line: &str) -> Result<Reading<'a>> {
    let understood = || {
        let mut cells = line.splitn(3, '\t');
        let same = cells.next() == Some(row.file.as_str());
        let cpu_ms = cells.next()?.parse().ok()?;
        let texts = serde_json::from_str(cells.next()?).ok()?;
        same.then_some(Reading { row, cpu_ms, texts })
    };
    understood().with_context(|| format!("no reading of {}: {line:?}", row.file))
}

/// The first round's texts stay: later ones differ only where a time budget ran out.
fn keep_least<'a>(best: &mut Vec<Reading<'a>>, round: Vec<Reading<'a>>) {
    if best.is_empty() {
        *best = round;
        return;
    }
    for (best, again) in best.iter_mut().zip(round) {
        best.cpu_ms = best.cpu_ms.min(again.cpu_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_reading_of_the_picture_asked_for() {
        let row = Row::parse("a.png\t[]\tset\t\t\t").unwrap();
        let good = reading(&row, "a.png\t1.25\t[\"x\\ty\"]").unwrap();
        assert_eq!(
            (good.cpu_ms.to_string().as_str(), good.texts),
            ("1.25", vec!["x\ty".to_owned()])
        );
        for bad in ["b.png\t1\t[]", "a.png\tsoon\t[]", "a.png\t1\t[", "a.png\t1", ""] {
            assert!(reading(&row, bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_least_time_of_all_rounds_counts() {
        let row = Row::parse("a.png\t[]\tset\t\t\t").unwrap();
        let round = |cpu_ms| vec![Reading { row: &row, cpu_ms, texts: vec![] }];
        let mut best = Vec::new();
        for cpu_ms in [3.0, 1.0, 2.0] {
            keep_least(&mut best, round(cpu_ms));
        }
        assert_eq!(best[0].cpu_ms.to_string(), "1");
    }
}
