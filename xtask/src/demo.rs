//! `cargo xtask demo` and `cargo xtask screenshots`: the road, walked without a human.

use crate::build::{self, SHELL_FEATURES, as_started_by_hand};
use crate::place::{self, Profile};
use crate::program;
use crate::setup::{self, Asking, Purpose};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The walk itself takes seconds; a hang is a finding.
const LIMIT: Duration = Duration::from_secs(5 * 60);

/// Walks from the poster to the acknowledgement in a real window; see tests/shell/demo.mjs.
///
/// # Errors
/// When a step fails or the acknowledgement was not verified.
pub fn demo(asking: Asking, out: &Path) -> Result<()> {
    setup::prepare(Purpose::Test, asking)?;
    build::ui()?;
    let programs =
        ["-p", "bank", "-p", "sanbu-verify", "-p", "sanbu", "--features", SHELL_FEATURES];
    build::programs(&programs, Profile::Debug)?;
    let out = folder(out)?;
    program::run("the demo", node("tests/shell/demo.mjs").arg("--out").arg(&out), LIMIT)?;
    println!("{}", fs::read_to_string(out.join("journey.json"))?.trim_end());
    println!("pictures, journey.json and evidence.bundle are in {}", out.display());
    Ok(())
}

/// Takes the README's pictures in Chromium; see tests/browser/pictures.mjs.
///
/// # Errors
/// When a step fails.
pub fn screenshots(asking: Asking, out: &Path) -> Result<()> {
    setup::prepare(Purpose::Test, asking)?;
    build::ui()?;
    build::programs(&["-p", "bank", "-p", "sanbu-tests", "--bins"], Profile::Debug)?;
    let out = folder(out)?;
    program::run(
        "taking pictures",
        node("tests/browser/pictures.mjs").arg("--out").arg(&out),
        LIMIT,
    )?;
    println!("pictures are in {}", out.display());
    Ok(())
}

/// Node with a script of the repository, told where the built programs are.
pub fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(place::at(script));
    tell_places(&mut command);
    command
}

/// Says where this build's programs lie; see tests/browser/stage.mjs.
pub fn tell_places(command: &mut Command) -> &mut Command {
    as_started_by_hand(command).current_dir(place::root()).env("SANBU_TARGET", place::target())
}

fn folder(out: &Path) -> Result<PathBuf> {
    fs::create_dir_all(out).with_context(|| format!("could not make {}", out.display()))?;
    Ok(out.canonicalize()?)
}
