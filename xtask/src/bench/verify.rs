//! `cargo xtask bench verify`: consent records judged a second, on one core, as intake judges them.
//!
//! The measuring program is the example `receipt_rate` of crates/verify.

use super::{LIMIT, figure, machine};
use crate::build;
use crate::place::{Profile, binary};
use crate::program;
use anyhow::{Context, Result, bail};
use std::process::Command;

/// Fewest records a second on one core: 10,000 applications with three consents each, come at once
/// after an outage, take it three seconds.
const LEAST_PER_S: f64 = 10_000.0;

/// Measures and prints figures.
///
/// # Errors
/// When something cannot be built or measured, or the rate is below what it must be.
pub fn verify(check: bool) -> Result<()> {
    let profile = if check { Profile::Debug } else { Profile::Release };
    println!("building; the first time takes some minutes");
    build::programs(&["-p", "sanbu-verify", "--example", "receipt_rate"], profile)?;
    super::print(machine()?);
    let mut command = Command::new(binary("examples/receipt_rate", profile));
    if check {
        command.arg("--check");
    }
    let (output, ended) = program::record("receipt_rate", &mut command, LIMIT)?;
    ended?;
    let rate = figure(&output, "verify.receipts_per_s").context("no rate was printed")?;
    // A debug build says that it works, not how fast.
    if !check && rate < LEAST_PER_S {
        bail!("{rate:.0} records a second, fewer than {LEAST_PER_S:.0}");
    }
    Ok(())
}
