#![allow(clippy::print_stdout)]
//! `failpoints --size ci --seed 1`: client and bank die, meet an I/O error or a full disk at each named
//! place of their stores; prints what was tried, and fails if a promise was not kept.
//!
//! One process lives through one fault ([`work`]); the parent enumerates ([`run`]) and judges from the
//! disks ([`judge`]).

mod fault;
mod judge;
mod life;
mod run;
mod shop;
mod spare;
mod work;

use anyhow::{Context, Result, bail};
use clap::{Parser, ValueEnum};
use fault::{Fault, Kind, Passes, met};
use life::{Life, say};
use run::{Template, Times, attempt, faults, passes, try_all};
use sanbu_tests::clock::START;
use seal::Timestamp;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Longest life of one process; one that takes longer hangs.
const LONGEST_LIFE: Duration = Duration::from_secs(120);

/// Where the control dies: the rows of a submission are written and not committed.
const CONTROL: &str = "client.submit.commit";

/// Client and bank fail or die at each named place.
#[derive(Parser)]
struct Arguments {
    /// At how many times each place is tried.
    #[arg(long, value_enum, default_value_t = Size::Ci)]
    size: Size,
    /// What the times are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only places whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Lives through one fault in this folder: what the program calls itself with.
    #[arg(long, hide = true)]
    child: Option<PathBuf>,
    #[command(flatten)]
    life: LifeArguments,
}

#[derive(clap::Args)]
#[group(requires = "child")]
struct LifeArguments {
    #[arg(long, hide = true, requires = "point")]
    kind: Option<Kind>,
    #[arg(long, hide = true)]
    point: Option<String>,
    #[arg(long, hide = true, default_value_t = 1)]
    nth: u64,
    #[arg(long, hide = true)]
    counts: bool,
    #[arg(long, hide = true)]
    says_too_early: bool,
    #[arg(long, hide = true)]
    recovers_at: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Size {
    /// The first time, and one drawn from the seed.
    Ci,
    /// Each time.
    Long,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match &arguments.child {
        Some(folder) => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()?;
            let life = live(folder, &arguments.life);
            runtime.block_on(async { tokio::time::timeout(LONGEST_LIFE, Box::pin(life)).await })?
        }
        None => prove(&arguments),
    }
}

/// One process.
async fn live(folder: &std::path::Path, wanted: &LifeArguments) -> Result<()> {
    if let (Some(kind), Some(point)) = (wanted.kind, &wanted.point) {
        Fault { kind, point: point.clone(), nth: wanted.nth }.arm()?;
    }
    let counted = if wanted.counts { Some(Passes::count()?) } else { None };
    let now = wanted.recovers_at.map_or(START, Timestamp::from_millis);
    let mut life = Life::open(folder, now, wanted.says_too_early).await?;
    match wanted.recovers_at {
        None => work::work(&mut life).await?,
        Some(_) => work::recover(&mut life).await?,
    }
    drop(life);
    for (point, times) in counted.iter().flat_map(Passes::each) {
        say(format_args!("passed {point} {times}"));
    }
    say(format_args!("met {}", met()));
    Ok(())
}

/// The parent.
fn prove(arguments: &Arguments) -> Result<()> {
    let begun = Instant::now();
    let template = Template::make()?;
    let passes = passes(&template)?;
    let control = Fault { kind: Kind::Kill, point: CONTROL.into(), nth: 1 };
    let control = attempt(&template, &control, true)?;
    println!("failpoints.control_lost={}", control.lost);
    let times = match arguments.size {
        Size::Ci => Times::Two(arguments.seed),
        Size::Long => Times::Each,
    };
    let mut faults = faults(&passes, times);
    if let Some(only) = &arguments.only {
        faults.retain(|fault| fault.point.contains(only.as_str()));
    }
    let verdict = try_all(&template, &faults).context("a fault could not be tried")?;
    for why in &verdict.why {
        println!("{why}");
    }
    println!("failpoints.seed={}", arguments.seed);
    println!("failpoints.points={}", passes.len());
    println!("failpoints.runs={}", faults.len());
    println!("failpoints.lost={}", verdict.lost);
    println!("failpoints.doubled={}", verdict.doubled);
    println!("failpoints.lied={}", verdict.lied);
    println!("failpoints.seconds={}", begun.elapsed().as_secs());
    if !verdict.why.is_empty() {
        bail!("not every promise was kept; seed {}", arguments.seed);
    }
    if control.lost == 0 {
        bail!("a promise made before its commit was not found out: the harness is broken");
    }
    Ok(())
}
