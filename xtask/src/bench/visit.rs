//! `cargo xtask bench visit`: machine time of one consent on an own phone.
//!
//! The measuring program is `visit-bench` of tests/.

use super::{LIMIT, figure, machine};
use crate::build;
use crate::place::{Profile, binary};
use crate::program;
use anyhow::{Context, Result, bail};
use std::process::Command;

/// Longest exchange, in milliseconds: what a person standing before the shelf waits for machines.
const MOST_MS: f64 = 2_000.0;

/// Measures and prints figures.
///
/// # Errors
/// When something cannot be built or measured, or the slowest exchange took too long.
pub fn visit(check: bool) -> Result<()> {
    let profile = if check { Profile::Debug } else { Profile::Release };
    println!("building; the first time takes some minutes");
    build::programs(&["-p", "sanbu-tests", "--bin", "visit-bench"], profile)?;
    super::print(machine()?);
    let mut command = Command::new(binary("visit-bench", profile));
    let (output, ended) = program::record("visit-bench", &mut command, LIMIT)?;
    ended?;
    let slowest = figure(&output, "visit.exchange_ms_max").context("no time was printed")?;
    // A debug build says that it works, not how fast.
    if !check && slowest > MOST_MS {
        bail!("{slowest:.0} ms for one exchange, more than {MOST_MS:.0}");
    }
    Ok(())
}
