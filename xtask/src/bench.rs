//! `cargo xtask bench`: figures, each measured here and now, in the release build.

mod http;
mod lens;
mod outbox;
mod road;
mod verify;
mod visit;

use crate::build::{self, SHELL_FEATURES};
use crate::demo::node;
use crate::place::{self, Profile, binary};
use crate::program;
use crate::setup::npm;
use crate::setup::{self, Asking, Purpose};
use anyhow::{Context, Result};
use clap::Subcommand;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Starts of the shell. Each takes about a second; the median is printed.
const STARTS: &str = "5";
/// Longest measurement.
const LIMIT: Duration = Duration::from_secs(10 * 60);
const MIB: f64 = 1024.0 * 1024.0;

/// What to measure.
#[derive(Subcommand)]
pub enum Measured {
    /// Scan to acknowledgement, cold start, sizes, memory.
    ///
    /// Takes about two minutes once everything is built.
    App,
    /// Codes read, misread and CPU time of the code reader beside the zxing-cpp wheel.
    ///
    /// Both read the same pictures in turn, three times: those of a corpus or some drawn here, camera
    /// frames of 1280x720 and photos of 12 megapixels, with a code and without. Prints tables, then
    /// the figures as lens.*=value. Needs Python 3.11 with venv and, the first time, PyPI; writes to
    /// target/bench only. Takes about five minutes once the release build is there.
    Lens {
        /// Folder with pictures and their manifest.tsv; without it, codes are drawn.
        #[arg(long)]
        root: Option<PathBuf>,
    },
    /// Durable posts, cold starts and deliveries of the outbox beside its peers.
    ///
    /// Beside the disk's own rate, a store with one table and, if asked for, PouchDB and Workbox.
    /// Prints outbox.*=value; ratios are medians of measurements in turns. Takes about five minutes
    /// once the release build is there; writes to the target folder only.
    Outbox(outbox::Extent),
    /// Consent records judged a second on one core, beside bare signatures.
    ///
    /// Prints verify.*=value, and fails below 10,000 a second. Takes some seconds once the release
    /// build is there.
    Verify {
        /// One round and no release build: to see that it works, not how fast.
        #[arg(long)]
        check: bool,
    },
    /// Machine time of one consent on an own phone: codes made, read by the lens, verified.
    ///
    /// Prints visit.*=value, and fails above 2 s. Takes some seconds once the release build is there.
    Visit {
        /// No release build: to see that it works, not how fast.
        #[arg(long)]
        check: bool,
    },
}

/// Measures and prints figures as name=value.
///
/// # Errors
/// When something cannot be built or measured.
pub fn measure(what: Measured, asking: Asking) -> Result<()> {
    match what {
        Measured::App => app(asking),
        Measured::Lens { root } => lens::lens(root.as_deref()),
        Measured::Outbox(extent) => outbox::outbox(extent),
        Measured::Verify { check } => verify::verify(check),
        Measured::Visit { check } => visit::visit(check),
    }
}

fn app(asking: Asking) -> Result<()> {
    setup::prepare(Purpose::Test, asking)?;
    build::ui()?;
    println!("building for release; the first time takes some minutes");
    build::programs(&["--workspace", "--features", SHELL_FEATURES], Profile::Release)?;

    let mut figures = machine()?;
    figures.extend(road::figures()?);
    figures.extend(window()?);
    figures.extend(pages()?);
    let size = fs::metadata(binary("sanbu", Profile::Release))?.len();
    figures.push(("release_binary_mib", format!("{:.1}", in_mib(size))));
    print(figures);
    Ok(())
}

type Figures = Vec<(&'static str, String)>;

fn machine() -> Result<Figures> {
    Ok(vec![
        ("machine_cores", std::thread::available_parallelism()?.to_string()),
        ("machine_load_1min", fs::read_to_string("/proc/loadavg")?.split(' ').take(1).collect()),
    ])
}

fn print(figures: Figures) {
    println!();
    for (name, value) in figures {
        println!("{name}={value}");
    }
}

/// Cold start, idle memory, and a camera frame's way to Rust and back in the real window; see tests/shell/cold-start.mjs.
fn window() -> Result<Figures> {
    println!("starting the app {STARTS} times");
    let mut command = node("tests/shell/cold-start.mjs");
    let (output, ended) = program::record("cold starts", command.args(["--runs", STARTS]), LIMIT)?;
    ended?;
    let json = output.lines().rev().find(|line| line.starts_with('{')).context("no figures")?;
    let found: serde_json::Value = serde_json::from_str(json)?;
    let times = |name: &str| -> Result<Vec<f64>> {
        let times = found[name].as_array().with_context(|| format!("no {name}"))?;
        Ok(times.iter().filter_map(serde_json::Value::as_f64).collect())
    };
    let (mut starts, mut frames) = (times("cold_start_ms")?, times("frame_ms")?);
    let kib = |name: &str| found[name].as_f64().context("no memory");
    Ok(vec![
        ("cold_start_ms_p50", format!("{:.0}", percentile(&mut starts, 50))),
        ("cold_start_ms_max", format!("{:.0}", percentile(&mut starts, 100))),
        ("frame_ipc_ms_p50", format!("{:.1}", percentile(&mut frames, 50))),
        ("frame_ipc_ms_p95", format!("{:.1}", percentile(&mut frames, 95))),
        ("idle_memory_pss_mib", format!("{:.0}", kib("idle_pss_kib")? / 1024.0)),
        ("idle_memory_rss_sum_mib", format!("{:.0}", kib("idle_rss_kib")? / 1024.0)),
    ])
}

/// What is loaded before the first step can be used; the script is also a gate.
fn pages() -> Result<Figures> {
    let mut command: Command = npm::script("ui", "budget");
    let output = command.stderr(Stdio::inherit()).output().context("could not start npm")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let kib = |name: &str| {
        text.lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .find(|words| words.get(1) == Some(&name) && words.get(3) == Some(&"KiB"))
            .and_then(|words| words.get(2).map(|number| (*number).to_owned()))
            .with_context(|| format!("the budget script says nothing of {name}:\n{text}"))
    };
    Ok(vec![
        ("ui_js_before_s1_gz_kib", kib("js")?),
        ("ui_css_gz_kib", kib("css")?),
        ("ui_all_gz_kib", kib("everything")?),
        ("ui_budget", if output.status.success() { "kept" } else { "exceeded" }.to_owned()),
    ])
}

#[allow(clippy::cast_precision_loss, reason = "a size for people")]
fn in_mib(bytes: u64) -> f64 {
    bytes as f64 / MIB
}

/// The smallest value that at least `percent` of the values do not exceed.
fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * percent).div_ceil(100).max(1);
    values.get(rank - 1).copied().unwrap_or(f64::NAN)
}

/// A scratch folder on the disk that cargo builds on: /tmp may be memory, where a sync costs nothing.
fn scratch() -> Result<tempfile::TempDir> {
    let folder = place::target().join("xtask");
    fs::create_dir_all(&folder)?;
    tempfile::tempdir_in(folder).context("could not make a scratch folder")
}

/// A figure that a measuring program printed.
fn figure(output: &str, name: &str) -> Option<f64> {
    let figures = output.lines().filter_map(|line| line.split_once('='));
    figures.filter(|(found, _)| *found == name).find_map(|(_, value)| value.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let mut values: Vec<f64> = (1..=30).rev().map(f64::from).collect();
        assert_eq!(percentile(&mut values, 50).to_string(), "15");
        assert_eq!(percentile(&mut values, 95).to_string(), "29");
        assert_eq!(percentile(&mut values, 100).to_string(), "30");
        assert!(percentile(&mut [], 50).is_nan());
    }

    #[test]
    fn a_figure_is_found_by_its_name() {
        let output = "words\nverify.vs_bare=0.7\nverify.receipts_per_s=13387\n";
        assert_eq!(figure(output, "verify.receipts_per_s"), Some(13_387.0));
        assert_eq!(figure(output, "verify.other"), None);
    }
}
