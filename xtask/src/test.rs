//! `cargo xtask test`: everything CI needs, from a clean clone.
//!
//! Fast checks come first. A step that fails does not hide others, except those that cannot run
//! without it.

mod count;
mod report;

use crate::build::{self, SHELL_FEATURES, cargo};
use crate::demo::tell_places;
use crate::place::{self, Profile};
use crate::program;
use crate::python::Python;
use crate::setup::npm;
use crate::setup::{self, Asking, Purpose};
use crate::soak;
use crate::wasm;
use anyhow::{Context, Result};
use count::Counts;
use report::{Report, Stop};
use std::fs;
use std::process::Command;
use std::time::Duration;

/// Something failed; the summary has been printed.
#[derive(Debug)]
pub struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not everything passed")
    }
}

impl std::error::Error for Failed {}

/// Quick checks: a hang is found after ten minutes.
const SHORT: Duration = Duration::from_secs(10 * 60);
/// A single browser or window test, in milliseconds, and a whole file of them: twice what the slowest
/// file took on a machine with seven times its share of work.
const NODE_TEST_LIMIT: &str = "--test-timeout=600000";

/// What the proofs are drawn from: the same each time, so that a failure is not a matter of luck.
/// `cargo xtask soak --seed` tries others.
const SEED: u64 = 1;

const SET_UP: &str = "set-up";
const PAGE_LENS: &str = "page lens";
const UI_BUILD: &str = "ui build";
const PROGRAMS: &str = "programs";
const DENY: &str = "cargo deny";

/// Runs everything.
///
/// # Errors
/// [`Failed`] after the summary when something did not pass.
pub fn everything(asking: Asking) -> Result<()> {
    let mut report = Report::new();
    report.step(SET_UP, &[], || check(setup::prepare(Purpose::Test, asking)));
    sources(&mut report);
    report.step("independent check", &[SET_UP], independent_check);
    // Before the tests of the page, which read with it, and before the page is built with it.
    report.step(PAGE_LENS, &[SET_UP], || check(wasm::build()));
    report.step("ui tests", &[SET_UP], || vitest(PageLens::Built));
    report.step(UI_BUILD, &[SET_UP], || check(build::ui()));
    report.step("ui budget", &[UI_BUILD], || script("budget"));
    report.step("clippy", &[UI_BUILD], || clippy(&["--workspace", "--features", SHELL_FEATURES]));
    // One set of packages, targets and features for both, so that no crate is built twice.
    let all = ["--workspace", "--features", SHELL_FEATURES];
    report.step(PROGRAMS, &[UI_BUILD], || {
        check(
            build::programs(&[&all[..], &["--all-targets"]].concat(), Profile::Debug)
                .and_then(|()| build::programs(&soak::FAILPOINTS, Profile::Debug)),
        )
    });
    report.step("rust tests", &[UI_BUILD], || rust_tests(&all));
    report.step("browser tests", &[PROGRAMS], || node_tests("browser"));
    report.step("window tests", &[PROGRAMS], || node_tests("shell"));
    for proof in &soak::PROOFS {
        report.step(proof.step, &[PROGRAMS], || prove(proof));
    }
    report.step(DENY, &[SET_UP], deny);
    report.step("advisories", &[DENY], advisories);
    finish(&report)
}

/// Runs what needs neither window nor browser.
///
/// # Errors
/// [`Failed`] after the summary when something did not pass.
pub fn quick(asking: Asking) -> Result<()> {
    let mut report = Report::new();
    report.step(SET_UP, &[], || check(setup::prepare(Purpose::QuickTest, asking)));
    sources(&mut report);
    report.step("ui tests", &[SET_UP], || vitest(PageLens::MayBeMissing));
    report.step("clippy", &[SET_UP], || clippy(&[]));
    report.step("rust tests", &[SET_UP], || rust_tests(&[]));
    finish(&report)
}

/// Checks that look at sources only.
fn sources(report: &mut Report) {
    report.step("rust format", &[SET_UP], || {
        check(program::run("cargo fmt", &mut cargo(&["fmt", "--all", "--check"]), SHORT))
    });
    report.step("ui types", &[SET_UP], || script("check"));
    report.step("ui lint", &[SET_UP], || script("lint"));
}

fn finish(report: &Report) -> Result<()> {
    report.print();
    if report.good() { Ok(()) } else { Err(Failed.into()) }
}

/// A step without tests of its own counts as one check.
fn check(done: Result<()>) -> Result<Counts, Stop> {
    done.map(|()| Counts { passed: 1, failed: 0 }).map_err(Stop::from)
}

fn script(name: &str) -> Result<Counts, Stop> {
    check(program::run(&format!("npm run {name}"), &mut npm::script("ui", name), SHORT))
}

fn clippy(what: &[&str]) -> Result<Counts, Stop> {
    let mut arguments = vec!["clippy", "--all-targets"];
    arguments.extend(what);
    arguments.extend(["--", "-D", "warnings"]);
    check(program::run("cargo clippy", &mut cargo(&arguments), build::LIMIT))
}

fn rust_tests(what: &[&str]) -> Result<Counts, Stop> {
    let mut arguments = vec!["test", "--no-fail-fast"];
    arguments.extend(what);
    let (output, ended) = program::record("cargo test", &mut cargo(&arguments), build::LIMIT)?;
    counted(count::cargo(&output), ended)
}

/// Whether the tests of the page's decoder must run.
enum PageLens {
    /// It was built: they fail without it.
    Built,
    /// They are skipped, and said to be, where nobody built it.
    MayBeMissing,
}

fn vitest(lens: PageLens) -> Result<Counts, Stop> {
    let file = place::target().join("xtask").join("vitest.json");
    fs::create_dir_all(file.parent().context("the file has a folder")?)
        .map_err(anyhow::Error::from)?;
    let _ = fs::remove_file(&file);
    let mut command = npm::script("ui", "test");
    command.args(["--", "--reporter=default", "--reporter=json"]);
    command.arg(format!("--outputFile.json={}", file.display()));
    match lens {
        PageLens::Built => command.env("SANBU_PAGE_LENS", "built"),
        PageLens::MayBeMissing => command.env_remove("SANBU_PAGE_LENS"),
    };
    let ended = program::run("vitest", &mut command, SHORT);
    let counts = fs::read(&file).ok().and_then(|json| count::vitest(&json));
    counted(counts, ended)
}

/// Every `*.test.mjs` of a folder under tests/, one file after the other.
fn node_tests(folder: &str) -> Result<Counts, Stop> {
    let folder = place::at("tests").join(folder);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .with_context(|| format!("could not read {}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    files.sort();
    let mut command = Command::new("node");
    command.args(["--test", "--test-concurrency=1", "--test-reporter=spec", NODE_TEST_LIMIT]);
    command.args(files);
    let (output, ended) = program::record("node --test", tell_places(&mut command), build::LIMIT)?;
    counted(count::node(&output), ended)
}

/// What was signed and sealed here, opened by libraries of others.
fn independent_check() -> Result<Counts, Stop> {
    let folder = "tests/independent";
    let python = Python::with_file("independent", &format!("{folder}/requirements.txt"))?;
    let mut command = python.script(format!("{folder}/check.py"));
    let (output, ended) = program::record("check.py", &mut command, SHORT)?;
    counted(count::unittest(&output), ended)
}

/// A proof counts as one check.
fn prove(proof: &soak::Proof) -> Result<Counts, Stop> {
    let (_, proved) = proof.run(soak::Size::Ci, SEED)?;
    check(proved)
}

fn deny() -> Result<Counts, Stop> {
    let there = Command::new("cargo-deny").arg("--version").output().is_ok();
    if !there {
        return Err(Stop::NotHere(
            "cargo-deny is not installed: cargo install cargo-deny --locked",
        ));
    }
    let mut command = cargo(&["deny", "check", "bans", "licenses", "sources"]);
    check(program::run("cargo deny", &mut command, SHORT))
}

/// Apart from the rest, because its database lies in another repository, which cannot be reached from
/// everywhere.
fn advisories() -> Result<Counts, Stop> {
    let output = cargo(&["deny", "check", "advisories"]).output().context("could not start it")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("failed to fetch advisory database") {
        return Err(Stop::NotHere("the advisory database cannot be reached from here"));
    }
    print!("{said}");
    let done = output.status.success();
    check(if done { Ok(()) } else { Err(anyhow::anyhow!("there are advisories")) })
}

/// Joins what was counted with how the program ended: a failure that no test accounts for (it did not
/// compile, it hung) counts as one.
fn counted(counts: Option<Counts>, ended: Result<()>) -> Result<Counts, Stop> {
    match (counts, ended) {
        (Some(counts), Ok(())) if counts.passed > 0 => Ok(counts),
        (_, Ok(())) => Err(Stop::from(anyhow::anyhow!("it ended well, but no test was counted"))),
        (counts, Err(error)) => {
            let mut counts = counts.unwrap_or_default();
            counts.failed = counts.failed.max(1);
            Err(Stop::Failed { counts, error })
        }
    }
}
