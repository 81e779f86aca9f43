#![allow(clippy::print_stdout, reason = "its figures are what it is for")]
//! `soak kill --size ci`: prints figures as name=value, and fails if anything was lost or doubled.

use anyhow::{Context, Result, bail, ensure};
use clap::{Parser, Subcommand, ValueEnum};
use sanbu_soak::{canary, kill, road::Photos, storm};
use std::path::PathBuf;
use std::time::Duration;

/// Of a hundred requests of the storm, so many come to harm.
const HARM_PERCENT: usize = 10;
/// Photos of each case of the storm.
const PHOTOS: Photos = Photos { count: 3, bytes: 200_000 };
/// A storm is over by then, on two cores.
const DRAINED_WITHIN: Duration = Duration::from_secs(10 * 60);

/// Proofs with whole programs.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    proof: Proof,
    /// How much of it.
    #[arg(long, global = true, value_enum, default_value_t = Size::Ci)]
    size: Size,
    /// What everything is drawn from.
    #[arg(long, global = true, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Size {
    /// For every run of the tests: minutes.
    Ci,
    /// For a night.
    Long,
}

#[derive(Subcommand)]
enum Proof {
    /// Kills a real bank and a real client at any moment: 500 cycles, or 20,000.
    Kill {
        /// How many cycles, exactly.
        #[arg(long)]
        cycles: Option<u64>,
    },
    /// Many tablets come back into signal at once, and one request in ten comes to harm: 20 tablets of
    /// 5 cases, or 200 of 20.
    Storm {
        /// How many tablets, exactly.
        #[arg(long)]
        tablets: Option<u32>,
        /// How many cases on each, exactly.
        #[arg(long)]
        cases: Option<u32>,
    },
    /// Searches everything that a device writes for what was typed on it.
    Canary {
        /// A script that walks the road in a browser, to search that too: tests/browser/canary.mjs.
        #[arg(long)]
        pages: Option<PathBuf>,
    },
}

fn main() -> Result<()> {
    let Arguments { proof, size, seed } = Arguments::parse();
    match proof {
        Proof::Kill { cycles } => {
            let usual = match size {
                Size::Ci => 500,
                Size::Long => 20_000,
            };
            kill_loop(cycles.unwrap_or(usual), seed)
        }
        Proof::Storm { tablets, cases } => {
            let usual = match size {
                Size::Ci => (20, 5),
                Size::Long => (200, 20),
            };
            let plan = storm::Plan {
                tablets: tablets.unwrap_or(usual.0),
                cases: cases.unwrap_or(usual.1),
                photos: PHOTOS,
                harm_percent: HARM_PERCENT,
                within: DRAINED_WITHIN,
                seed,
                bank: beside("bank")?,
            };
            tokio::runtime::Runtime::new()?.block_on(reconnect(&plan))
        }
        Proof::Canary { pages } => search(pages),
    }
}

fn kill_loop(cycles: u64, seed: u64) -> Result<()> {
    let plan = kill::Plan { cycles, seed, bank: beside("bank")?, device: beside("soak-device")? };
    let report = kill::run(&plan);
    for failure in &report.failures {
        println!("{failure}");
    }
    println!("kill.seed={seed}");
    println!("kill.seconds={}", report.took.as_secs());
    println!("kill.device_kills={}", report.device_kills);
    println!("kill.bank_kills={}", report.bank_kills);
    println!("kill.saved={}", report.saved);
    println!("kill.delivered={}", report.delivered);
    println!("kill.taken_back={}", report.taken_back);
    println!("kill.withdrawn={}", report.withdrawn);
    println!("kill.stopped={}", report.stopped_after_ms.len());
    println!("kill.stopped_after_ms_at_most={}", at_most(&report.stopped_after_ms));
    println!("kill.crossed={}", report.crossed);
    println!("kill.broken={}", report.broken);
    println!("kill.cycles={}", report.cycles);
    println!("kill.lost={}", report.lost);
    println!("kill.doubled={}", report.doubled);
    if report.failures.is_empty() { Ok(()) } else { bail!("something was found") }
}

fn at_most(these: &[u64]) -> u64 {
    these.iter().copied().max().unwrap_or_default()
}

async fn reconnect(plan: &storm::Plan) -> Result<()> {
    let report = storm::run(plan).await?;
    let findings = &report.findings;
    for found in findings.lost.iter().chain(&findings.doubled).chain(&findings.broken) {
        println!("{found}");
    }
    println!("storm.seed={}", plan.seed);
    println!("storm.tablets={}", plan.tablets);
    println!("storm.capture_seconds={:.1}", report.captured_in.as_secs_f64());
    println!("storm.envelope_bytes={}", report.envelope_bytes);
    println!("storm.photos={}x{}", plan.photos.count, plan.photos.bytes);
    println!("storm.requests={}", report.requests.0);
    println!("storm.faults={}", report.requests.1);
    println!("storm.answer_p50_ms={}", percentile(&report.answers, 50).as_millis());
    println!("storm.answer_p99_ms={}", percentile(&report.answers, 99).as_millis());
    println!("storm.ack_p50_ms={}", percentile(&report.waited, 50).as_millis());
    println!("storm.ack_p99_ms={}", percentile(&report.waited, 99).as_millis());
    println!("storm.memory_mib={}", most_memory_mib()?);
    println!("storm.seconds={:.1}", report.took.as_secs_f64());
    println!("storm.broken={}", findings.broken.len());
    println!("storm.cases={}", report.waited.len());
    println!("storm.lost={}", findings.lost.len());
    println!("storm.doubled={}", findings.doubled.len());
    if findings.good() { Ok(()) } else { bail!("something was found") }
}

/// The smallest that so many of a hundred do not exceed; `ordered` is.
fn percentile(ordered: &[Duration], percent: usize) -> Duration {
    let rank = (ordered.len() * percent).div_ceil(100).max(1);
    ordered.get(rank - 1).copied().unwrap_or_default()
}

/// The most memory that this process, with all tablets in it, had at a time.
fn most_memory_mib() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).context("no VmHWM")?;
    Ok(kib.parse::<u64>()? / 1024)
}

fn search(pages: Option<PathBuf>) -> Result<()> {
    let plan = canary::Plan { bank: beside("bank")?, device: beside("soak-device")?, pages };
    let report = canary::run(&plan)?;
    for (stage, hit) in &report.hits {
        println!("{stage}: {} as {:?} in {}", hit.word, hit.shape, hit.place.display());
    }
    println!("canary.shapes={}", canary::search::Shape::ALL.len());
    println!("canary.control={}", report.control);
    println!("canary.places={}", report.places);
    println!("canary.hits={}", report.hits.len());
    if report.hits.is_empty() { Ok(()) } else { bail!("something was found") }
}

/// A program that was built with this one.
fn beside(name: &str) -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    ensure!(path.exists(), "{} is not there: cargo build -p bank -p sanbu-soak", path.display());
    Ok(path)
}
