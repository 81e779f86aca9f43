#![allow(clippy::print_stdout, reason = "its figures are what it is for")]
//! `soak kill --size ci`: prints figures as name=value, and fails if anything was lost or doubled.

use anyhow::{Result, bail, ensure};
use clap::{Parser, Subcommand, ValueEnum};
use sanbu_soak::kill;
use std::path::PathBuf;

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
    println!("kill.crossed={}", report.crossed);
    println!("kill.broken={}", report.broken);
    println!("kill.cycles={}", report.cycles);
    println!("kill.lost={}", report.lost);
    println!("kill.doubled={}", report.doubled);
    if report.failures.is_empty() { Ok(()) } else { bail!("something was found") }
}

/// A program that was built with this one.
fn beside(name: &str) -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    ensure!(path.exists(), "{} is not there: cargo build -p bank -p sanbu-soak", path.display());
    Ok(path)
}
