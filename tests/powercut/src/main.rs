#![allow(clippy::print_stdout)]
//! `powercut --size ci`: prints what was tried, and fails if anything was lost or a control found
//! nothing.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{anyhow, bail};
use clap::{Parser, ValueEnum};
use sanbu_powercut::{Run, replay_cut, replay_fault, run};

/// Power-cut images and disk faults under the real outbox.
#[derive(Parser)]
struct Arguments {
    /// How many images.
    #[arg(long, value_enum, default_value_t = Size::Ci)]
    size: Size,
    /// How many images, exactly.
    #[arg(long)]
    images: Option<u64>,
    /// What everything is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many faults, exactly.
    #[arg(long)]
    faults: Option<u64>,
    /// Makes one image again: RUN:NUMBER.
    #[arg(long)]
    cut: Option<String>,
    /// Meets one fault again: RUN:NUMBER.
    #[arg(long, conflicts_with = "cut")]
    fault: Option<String>,
    /// Where images are written that failed or were asked for.
    #[arg(long, default_value = "target/powercut")]
    keep_in: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Size {
    /// 20,000 images.
    Ci,
    /// 1,000,000 images.
    Long,
}

impl Size {
    fn images(self) -> u64 {
        match self {
            Size::Ci => 20_000,
            Size::Long => 1_000_000,
        }
    }
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(named) = &arguments.cut {
        let (run, number) = numbers(named)?;
        let replayed = replay_cut(arguments.seed, run, number, &arguments.keep_in);
        let (folder, found) = replayed.map_err(|why| anyhow!(why))?;
        println!("{}: {}", folder.display(), found.as_deref().unwrap_or("sound"));
        return Ok(());
    }
    if let Some(named) = &arguments.fault {
        let (run, number) = numbers(named)?;
        let found = replay_fault(arguments.seed, run, number).map_err(|why| anyhow!(why))?;
        println!("{}", found.as_deref().unwrap_or("told, and nothing changed"));
        return Ok(());
    }
    let begun = Instant::now();
    let images = arguments.images.unwrap_or(arguments.size.images());
    let mut plan = Run::of(images, arguments.seed);
    plan.faults = arguments.faults.unwrap_or(plan.faults);
    plan.keep_in = Some(arguments.keep_in);
    let report = run(&plan);
    for failure in &report.failures {
        println!("{failure}");
    }
    println!("powercut.seed={}", plan.seed);
    println!("powercut.seconds={}", begun.elapsed().as_secs());
    println!("powercut.control_images={}", plan.control_images);
    println!("powercut.lying_lost={}", report.lying_lost);
    println!("powercut.faults_lost={}", report.faults_lost);
    println!("powercut.dropped={}", report.dropped);
    println!("powercut.dropped_lost={}", report.dropped_lost);
    println!("powercut.images={}", report.images);
    println!("powercut.lost={}", report.lost);
    println!("powercut.control_lost={}", report.control_lost);
    println!("powercut.faults={}", report.faults);
    if report.lost > 0 || report.faults_lost > 0 {
        bail!("something was lost");
    }
    if report.control_lost == 0 || report.lying_lost == 0 {
        bail!("a control lost nothing: the harness is broken");
    }
    Ok(())
}

fn numbers(named: &str) -> anyhow::Result<(u64, u64)> {
    let (run, number) = named.split_once(':').ok_or_else(|| anyhow!("RUN:NUMBER is wanted"))?;
    Ok((run.parse()?, number.parse()?))
}
