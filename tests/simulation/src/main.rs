#![allow(clippy::print_stdout)]
//! `simulation --seeds 2000`: prints what was tried, and fails if anything was lost or doubled.

use anyhow::bail;
use clap::{Parser, ValueEnum};
use sanbu_simulation::{Restore, run};
use std::time::Instant;

/// Client and bank over a simulated network with seeded faults.
#[derive(Parser)]
struct Arguments {
    /// How many seeds.
    #[arg(long, value_enum, default_value_t = Size::Ci)]
    size: Size,
    /// How many seeds, exactly.
    #[arg(long)]
    seeds: Option<u64>,
    /// The first one.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Processes that share the work.
    #[arg(long, default_value_t = 2)]
    jobs: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Size {
    /// 2,000 seeds.
    Ci,
    /// 100,000 seeds.
    Long,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let size = match arguments.size {
        Size::Ci => 2_000,
        Size::Long => 100_000,
    };
    let seeds = arguments.seeds.unwrap_or(size);
    let begun = Instant::now();
    let jobs = arguments.jobs.clamp(1, seeds.max(1));
    let share = seeds.div_ceil(jobs);
    let parts: Vec<_> = (0..jobs)
        .map(|job| (arguments.seed + job * share, share.min(seeds - (job * share).min(seeds))))
        .map(|(first, count)| std::thread::spawn(move || run(first, count, Restore::Told)))
        .collect();
    let mut all = sanbu_simulation::Report::default();
    for part in parts {
        let Ok(report) = part.join() else { bail!("a simulation panicked") };
        all.seeds += report.seeds;
        all.cases += report.cases;
        all.lost += report.lost;
        all.doubled += report.doubled;
        all.reopened += report.reopened;
        all.failures.extend(report.failures);
    }
    for (seed, why) in &all.failures {
        println!("seed {seed}: {why}");
    }
    println!("simulation.first_seed={}", arguments.seed);
    println!("simulation.seconds={}", begun.elapsed().as_secs());
    println!("simulation.cases={}", all.cases);
    println!("simulation.reopened={}", all.reopened);
    println!("simulation.seeds={}", all.seeds);
    println!("simulation.failed={}", all.failures.len());
    println!("simulation.lost={}", all.lost);
    println!("simulation.doubled={}", all.doubled);
    if all.failures.is_empty() { Ok(()) } else { bail!("not every seed held") }
}
