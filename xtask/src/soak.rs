//! `cargo xtask soak`: the proofs that take minutes, or a night. The small size is part of
//! `cargo xtask test`.

use crate::build;
use crate::demo::tell_places;
use crate::place::{self, Profile, binary};
use crate::program;
use crate::setup::{self, Asking, Purpose};
use crate::test::Failed;
use anyhow::{Context, Result, anyhow, ensure};
use clap::ValueEnum;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// How much of everything.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Size {
    /// What every run of the tests takes: some minutes.
    Ci,
    /// A night.
    Long,
}

impl Size {
    fn word(self) -> &'static str {
        match self {
            Self::Ci => "ci",
            Self::Long => "long",
        }
    }

    /// What the small size runs was built for the tests already.
    fn profile(self) -> Profile {
        match self {
            Self::Ci => Profile::Debug,
            Self::Long => Profile::Release,
        }
    }

    /// A hang is found by then: some five times what a proof takes on two busy cores.
    fn limit(self) -> Duration {
        match self {
            Self::Ci => Duration::from_secs(15 * 60),
            Self::Long => Duration::from_secs(12 * 60 * 60),
        }
    }
}

/// A program that tries something many times, and prints figures as `name.figure=value`.
pub struct Proof {
    /// What it is called in a report.
    pub step: &'static str,
    /// What its figures begin with.
    name: &'static str,
    /// Its program, and the words it is called with.
    called: &'static [&'static str],
    /// Figures that must be 0.
    nought: &'static [&'static str],
    runs: Runs,
}

/// What a proof runs with.
enum Runs {
    /// Programs alone, on a real disk.
    Programs,
    /// Programs alone, with files in memory where there is a folder for that: what is proved does
    /// not hang on the disk.
    InMemory,
    /// A browser too, on the pages and programs of the tests, whatever the size.
    Browser,
}

/// What builds the program whose crates have failpoints. Alone: together with others it would give
/// them failpoints too.
pub const FAILPOINTS: [&str; 4] = ["-p", "sanbu-failpoints", "--features", "failpoints"];

/// Lines of a failed proof that the summary repeats, and bytes of each: the figures, and what they
/// speak of.
const SHOWN_LINES: usize = 16;
const SHOWN_BYTES: usize = 400;

/// The proofs, in order.
pub const PROOFS: [Proof; 7] = [
    Proof {
        step: "power cuts",
        name: "powercut",
        called: &["powercut"],
        nought: &["powercut.lost", "powercut.faults_lost"],
        runs: Runs::Programs,
    },
    Proof {
        step: "failpoints",
        name: "failpoints",
        called: &["failpoints"],
        nought: &["failpoints.lost", "failpoints.doubled", "failpoints.lied"],
        runs: Runs::Programs,
    },
    Proof {
        step: "kill loop",
        name: "kill",
        called: &["soak", "kill"],
        nought: &["kill.lost", "kill.doubled", "kill.broken"],
        runs: Runs::Programs,
    },
    Proof {
        step: "network simulation",
        name: "simulation",
        called: &["simulation"],
        nought: &["simulation.failed", "simulation.lost", "simulation.doubled"],
        runs: Runs::InMemory,
    },
    Proof {
        step: "restored banks",
        name: "restore",
        called: &["restore"],
        nought: &["restore.lost", "restore.doubled"],
        runs: Runs::InMemory,
    },
    Proof {
        step: "storm",
        name: "storm",
        called: &["soak", "storm"],
        nought: &["storm.lost", "storm.doubled", "storm.broken"],
        runs: Runs::Programs,
    },
    Proof {
        step: "canary search",
        name: "canary",
        called: &["soak", "canary"],
        nought: &["canary.hits"],
        runs: Runs::Browser,
    },
];

type Figures = Vec<(String, String)>;

/// Runs every proof, and prints all figures at the end.
///
/// # Errors
/// [`Failed`] after the figures when a proof failed.
pub fn soak(size: Size, seed: u64, asking: Asking) -> Result<()> {
    setup::prepare(Purpose::Test, asking)?;
    build::ui()?;
    let packages = [
        "bank",
        "sanbu-tests",
        "sanbu-soak",
        "sanbu-powercut",
        "sanbu-simulation",
        "sanbu-restore",
    ];
    let mut what: Vec<&str> = packages.iter().flat_map(|package| ["-p", package]).collect();
    what.push("--bins");
    build::programs(&what, Profile::Debug)?;
    build::programs(&FAILPOINTS, size.profile())?;
    if size == Size::Long {
        println!("building for release; the first time takes some minutes");
        build::programs(&what, Profile::Release)?;
    }
    let (mut all, mut failed) = (Figures::new(), Vec::new());
    for proof in &PROOFS {
        println!("\n==> {}", proof.step);
        let began = Instant::now();
        let (figures, proved) = proof.run(size, seed)?;
        all.extend(figures);
        all.push((format!("soak.{}_seconds", proof.name), began.elapsed().as_secs().to_string()));
        if let Err(error) = proved {
            failed.push(format!("FAILED {}: {error:#}", proof.step));
        }
    }
    println!();
    for failure in &failed {
        println!("{failure}");
    }
    for (name, value) in all {
        println!("{name}={value}");
    }
    if failed.is_empty() { Ok(()) } else { Err(Failed.into()) }
}

impl Proof {
    /// Runs it; its figures, and whether it proved what it should.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&self, size: Size, seed: u64) -> Result<(Figures, Result<()>)> {
        let (program, words) = self.called.split_first().context("a proof has a program")?;
        let profile = match self.runs {
            Runs::Programs | Runs::InMemory => size.profile(),
            Runs::Browser => Profile::Debug,
        };
        let mut command = Command::new(binary(program, profile));
        command.args(words).args(["--size", size.word()]).args(["--seed", &seed.to_string()]);
        match self.runs {
            // On the disk that cargo builds on: /tmp may be memory, where a sync costs nothing.
            Runs::Programs => {
                let scratch = place::target().join("xtask");
                fs::create_dir_all(&scratch)?;
                command.env("TMPDIR", scratch);
            }
            Runs::InMemory => {
                let memory = Path::new("/dev/shm");
                if memory.is_dir() {
                    command.env("TMPDIR", memory);
                }
            }
            Runs::Browser => {
                command.arg("--pages").arg(place::at("tests/browser/canary.mjs"));
            }
        }
        let (output, ended) = program::record(self.step, tell_places(&mut command), size.limit())?;
        let figures = figures(&output, self.name);
        let proved = ended.and_then(|()| self.judge(&figures));
        Ok((figures, proved.map_err(|error| anyhow!("{error:#}{}", last_lines(&output)))))
    }

    fn judge(&self, figures: &Figures) -> Result<()> {
        for wanted in self.nought {
            let (_, value) = figures
                .iter()
                .find(|(name, _)| name == wanted)
                .with_context(|| format!("it said nothing of {wanted}"))?;
            ensure!(value == "0", "{wanted} is {value}");
        }
        Ok(())
    }
}

/// The end of an output, indented, each line cut: what a report of a failure shows of it.
fn last_lines(output: &str) -> String {
    let lines: Vec<&str> = output.lines().collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..]
        .iter()
        .flat_map(|line| ["\n    ", line.get(..SHOWN_BYTES).unwrap_or(line)])
        .collect()
}

/// The lines `name.figure=value` of an output.
fn figures(output: &str, name: &str) -> Figures {
    let of_it = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    output
        .lines()
        .filter(of_it)
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_the_end_of_what_was_said() {
        let said: String = (0..40).map(|n| format!("line {n}\n")).collect();
        assert!(last_lines(&said).starts_with("\n    line 24\n"));
        assert!(last_lines(&said).ends_with("\n    line 39"));
        assert_eq!(last_lines(&"x".repeat(1_000)).len(), 5 + SHOWN_BYTES);
        assert_eq!(last_lines(""), "");
    }

    #[test]
    fn a_loss_and_a_missing_figure_are_failures() {
        let kill = &PROOFS[2];
        let judged = |output: &str| kill.judge(&figures(output, kill.name)).is_ok();
        let good =
            "round 1\nkill.seed=1\nkill.broken=0\nkill.cycles=500\nkill.lost=0\nkill.doubled=0\n";
        assert_eq!(figures(good, "kill").len(), 5);
        assert!(judged(good));
        assert!(!judged(&good.replace("lost=0", "lost=1")));
        assert!(!judged(&good.replace("kill.doubled=0\n", "")));
        assert!(!judged(&good.replace("kill.", "killer.")));
    }
}
