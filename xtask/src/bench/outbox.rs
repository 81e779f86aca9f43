//! `cargo xtask bench outbox`: durable posts, cold starts and deliveries, beside the disk's own rate,
//! a store with one table, and two queues of the web.
//!
//! The measuring program is `outbox-bench` of tests/, the peers' script is tests/peers/bench.mjs; here
//! they are built, started and read.

use super::{Figures, machine, scratch};
use crate::build;
use crate::demo::node;
use crate::place::{self, Profile, binary};
use crate::setup::npm;
use crate::{bank, program};
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Each measurement takes a minute or two on a quiet machine; a busy disk is ten times slower.
const LIMIT: Duration = Duration::from_secs(20 * 60);
/// The branch that the made-up shops go to, as a person types it.
const BRANCH: &str = "LQ01-9";
/// Packages of the peers; never part of the app.
const PEERS: &str = "tests/peers";

/// How much to measure.
#[derive(Clone, Copy, clap::Args)]
pub struct Extent {
    /// Also PouchDB and Workbox in Chromium, with 1,000 items of 4 kB; installs their packages into
    /// tests/peers, from npm.
    #[arg(long)]
    peers: bool,
    /// Small numbers and no release build: to see that it works, not how fast.
    #[arg(long)]
    check: bool,
}

/// Measures and prints figures.
///
/// # Errors
/// When something cannot be built or measured.
pub fn outbox(extent: Extent) -> Result<()> {
    let profile = if extent.check { Profile::Debug } else { Profile::Release };
    if extent.peers {
        npm::node_is_new_enough()?;
        npm::install(PEERS)?;
    }
    println!("building; the first time takes some minutes");
    let wanted = ["-p", "bank", "-p", "sanbu-tests", "--bin", "bank", "--bin", "outbox-bench"];
    build::programs(&wanted, profile)?;
    let folder = scratch()?;
    let mut figures: Vec<(String, String)> = owned(machine()?);
    for what in ["enqueue", "listing"] {
        figures.extend(measured(what, &[], folder.path(), profile, extent)?);
    }
    figures.extend(drained(folder.path(), profile, extent)?);
    if extent.peers {
        figures.extend(peers(folder.path(), extent)?);
    }
    println!();
    for (name, value) in figures {
        println!("{name}={value}");
    }
    Ok(())
}

fn owned(figures: Figures) -> Vec<(String, String)> {
    figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The figures that one part of `outbox-bench` prints.
fn measured(
    what: &str,
    more: &[&str],
    folder: &Path,
    profile: Profile,
    extent: Extent,
) -> Result<Vec<(String, String)>> {
    println!("measuring {what}");
    let mut command = Command::new(binary("outbox-bench", profile));
    command.arg(what).arg("--folder").arg(folder).args(more);
    if extent.check {
        command.arg("--check");
    }
    let (output, ended) = program::record("outbox-bench", &mut command, LIMIT)?;
    ended?;
    let figures = output.lines().filter_map(|line| line.split_once('='));
    Ok(figures.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// With a bank of its own, in a process of its own.
fn drained(folder: &Path, profile: Profile, extent: Extent) -> Result<Vec<(String, String)>> {
    let at = |name: &str| folder.join(name);
    bank::init(&at("bank"), profile)?;
    let _bank = bank::serve(&at("bank"), &at("trust.json"), &at("bank.log"), profile)?;
    let trust = at("trust.json");
    let trust = trust.to_str().context("the scratch folder has a readable name")?;
    measured("drain", &["--trust", trust, "--branch", BRANCH], folder, profile, extent)
}

/// The peers' figures, from the JSON that their script prints last.
fn peers(folder: &Path, extent: Extent) -> Result<Vec<(String, String)>> {
    println!("measuring PouchDB and Workbox in Chromium");
    let items = if extent.check { "60" } else { "1000" };
    let mut command = node(&format!("{PEERS}/bench.mjs"));
    command.arg("--folder").arg(folder.join("peers")).args(["--items", items]);
    let (output, ended) = program::record("bench.mjs", command.current_dir(place::root()), LIMIT)?;
    ended?;
    let json = output.lines().rev().find(|line| line.starts_with('{')).context("no figures")?;
    let found: Value = serde_json::from_str(json)?;
    let mut figures = Vec::new();
    for (peer, values) in found.as_object().context("figures by peer")? {
        for (name, value) in values.as_object().context("figures by name")? {
            let value = match value.as_f64() {
                Some(number) => format!("{number:.0}"),
                None => value.as_str().unwrap_or_default().to_owned(),
            };
            figures.push((format!("{peer}.{name}"), value));
        }
    }
    Ok(figures)
}
