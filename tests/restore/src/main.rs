//! `restore --points 100 --seed 1`: prints what was tried, and fails if anything was lost or doubled
//! or the control lost nothing.
#![allow(clippy::print_stdout)]

use anyhow::bail;
use clap::{Parser, ValueEnum};
use sanbu_restore::{control, run};

/// Points of the control: enough to lose something with any seed.
const CONTROL_POINTS: u32 = 10;

/// The bank is restored from backups under devices that go on delivering.
#[derive(Parser)]
struct Arguments {
    /// How often the bank is restored.
    #[arg(long, value_enum, default_value_t = Size::Ci)]
    size: Size,
    /// How often, exactly.
    #[arg(long)]
    points: Option<u32>,
    /// What everything is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Size {
    /// 100 times.
    Ci,
    /// 1,000 times.
    Long,
}

fn main() -> anyhow::Result<()> {
    let Arguments { size, points, seed } = Arguments::parse();
    let points = points.unwrap_or(match size {
        Size::Ci => 100,
        Size::Long => 1_000,
    });
    let control = control(seed, CONTROL_POINTS)?;
    println!("restore.control_lost={}", control.lost);
    let report = run(seed, points)?;
    println!("{report}");
    if report.lost + report.doubled > 0 {
        bail!("something was lost or doubled; seed {seed}");
    }
    if control.lost == 0 {
        bail!("the control lost nothing: the harness is broken; seed {seed}");
    }
    Ok(())
}
