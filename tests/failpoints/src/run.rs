//! The parent: which faults there are, a process for each, and what became of it.

use crate::{
    fault::{Fault, Kind, points},
    judge::{Verdict, judge},
    work::copy_folder,
};
use anyhow::{Context, Result, bail, ensure};
use sanbu_tests::{World, clock::START};
use seal::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use tempfile::TempDir;

/// How many processes run at once: as many as the cores that the tests are given.
const AT_ONCE: usize = 2;

/// A folder with a bank that nobody has been at. It goes with the value.
pub struct Template(TempDir);

/// In memory where there is any: what is proved here needs no disk, only the order of things.
fn scratch() -> Result<TempDir> {
    let memory = Path::new("/dev/shm");
    Ok(if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }?)
}

impl Template {
    /// Makes it.
    ///
    /// # Errors
    /// What the file system says.
    pub fn make() -> Result<Self> {
        let folder = scratch()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(World::in_folder(folder.path(), START));
        Ok(Self(folder))
    }

    fn copy(&self) -> Result<TempDir> {
        let copy = scratch()?;
        copy_folder(self.0.path(), copy.path())?;
        Ok(copy)
    }
}

/// What a process said, and how it ended.
struct Ended {
    lines: Vec<String>,
    /// What it wrote to its standard error, when it failed.
    errors: String,
    status: ExitStatus,
}

/// The words of one process.
#[derive(Default)]
struct Child<'c> {
    fault: Option<&'c Fault>,
    counts: bool,
    says_too_early: bool,
    /// Goes on in the folder of a process that died, at this time.
    recovers_at: Option<Timestamp>,
}

impl Child<'_> {
    fn run(&self, folder: &Path) -> Result<Ended> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("--child").arg(folder).env("RUST_BACKTRACE", "0").stdin(Stdio::null());
        if let Some(Fault { kind, point, nth }) = self.fault {
            command.args(["--kind", kind.word(), "--point", point, "--nth", &nth.to_string()]);
        }
        if self.counts {
            command.arg("--counts");
        }
        if self.says_too_early {
            command.arg("--says-too-early");
        }
        if let Some(at) = self.recovers_at {
            command.args(["--recovers-at", &at.as_millis().to_string()]);
        }
        let output = command.output().context("a process does not start")?;
        Ok(Ended {
            lines: String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
            status: output.status,
        })
    }
}

/// Lives without a fault and counts how often each place is passed.
///
/// # Errors
/// When that alone fails, or a place is never passed.
pub fn passes(template: &Template) -> Result<BTreeMap<String, u64>> {
    let folder = template.copy()?;
    let ended = Child { counts: true, ..Child::default() }.run(folder.path())?;
    ensure!(ended.status.success(), "without a fault: {}", ended.errors);
    let verdict = judged(folder.path(), &ended.lines, false)?;
    ensure!(verdict.why.is_empty(), "without a fault: {:?}", verdict.why);
    let mut passes = BTreeMap::new();
    for line in &ended.lines {
        if let ["passed", point, times] = line.split(' ').collect::<Vec<_>>()[..] {
            passes.insert(point.to_owned(), times.parse()?);
        }
    }
    let never: Vec<_> =
        points().into_iter().filter(|p| passes.get(p).is_none_or(|times| *times == 0)).collect();
    ensure!(never.is_empty(), "never passed: {never:?}");
    Ok(passes)
}

/// At which times each place is tried.
#[derive(Clone, Copy)]
pub enum Times {
    /// At the first with each kind; at another one drawn from a seed with a kill, and with an error
    /// drawn too.
    Two(u64),
    /// At each.
    Each,
}

/// Every fault.
pub fn faults(passes: &BTreeMap<String, u64>, times: Times) -> Vec<Fault> {
    let mut dice = fastrand::Rng::with_seed(match times {
        Times::Two(seed) => seed,
        Times::Each => 0,
    });
    let mut faults = Vec::new();
    for (point, passed) in passes {
        let other = [Kind::Kill, if dice.bool() { Kind::Eio } else { Kind::Enospc }];
        for kind in Kind::ALL {
            let tried: Vec<u64> = match times {
                Times::Each => (1..=*passed).collect(),
                Times::Two(_) if *passed > 1 && other.contains(&kind) => {
                    vec![1, dice.u64(2..=*passed)]
                }
                Times::Two(_) => vec![1],
            };
            faults.extend(tried.into_iter().map(|nth| Fault { kind, point: point.clone(), nth }));
        }
    }
    faults
}

/// Tries every fault; what all of them came to.
///
/// # Errors
/// When a process cannot be started.
pub fn try_all(template: &Template, faults: &[Fault]) -> Result<Verdict> {
    let next = AtomicUsize::new(0);
    let all = Mutex::new(Verdict::default());
    let work = || -> Result<()> {
        while let Some(fault) = faults.get(next.fetch_add(1, Ordering::SeqCst)) {
            let mut verdict = attempt(template, fault, false)?;
            for why in &mut verdict.why {
                *why = format!("{fault}: {why}");
            }
            all.lock().unwrap_or_else(PoisonError::into_inner).add(verdict);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            match worker.join() {
                Ok(done) => done?,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok::<_, anyhow::Error>(())
    })?;
    Ok(all.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// One fault in one life, and what came after. Answers that come together are settled together, so
/// that a life may pass a place less often than the one that was counted: then the fault comes one
/// pass earlier in the next.
///
/// # Errors
/// When a process cannot be started, or even the first pass is not reached.
pub fn attempt(template: &Template, fault: &Fault, says_too_early: bool) -> Result<Verdict> {
    for nth in (1..=fault.nth).rev() {
        let fault = Fault { nth, ..fault.clone() };
        if let Some(verdict) = attempt_once(template, &fault, says_too_early)? {
            return Ok(verdict);
        }
    }
    bail!("{fault}: it was not met")
}

/// None when the fault was not met.
fn attempt_once(
    template: &Template,
    fault: &Fault,
    says_too_early: bool,
) -> Result<Option<Verdict>> {
    let folder = template.copy()?;
    let first = Child { fault: Some(fault), says_too_early, ..Child::default() };
    let mut ended = first.run(folder.path())?;
    let is_killed = ended.status.code().is_none();
    if is_killed {
        ensure!(fault.kind == Kind::Kill, "{fault}: it died: {}", ended.errors);
        let at = last_time(&ended.lines)?;
        let after = Child { recovers_at: Some(at), ..Child::default() }.run(folder.path())?;
        ended = Ended { lines: [ended.lines, after.lines].concat(), ..after };
    }
    if !ended.status.success() {
        let kept = keep(folder)?;
        let why = format!("{} (kept in {})", ended.errors.trim(), kept.display());
        return Ok(Some(Verdict { lost: 1, why: vec![why], ..Verdict::default() }));
    }
    let is_met = is_killed || ended.lines.iter().any(|line| line == "met 1");
    is_met.then(|| judged(folder.path(), &ended.lines, is_killed)).transpose()
}

fn judged(folder: &Path, lines: &[String], is_recovered: bool) -> Result<Verdict> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let found = runtime.block_on(judge(folder, lines, is_recovered));
    Ok(found.unwrap_or_else(|error| Verdict {
        lost: 1,
        why: vec![format!("{error:#}")],
        ..Verdict::default()
    }))
}

fn last_time(lines: &[String]) -> Result<Timestamp> {
    let last = lines.iter().rev().find_map(|line| line.strip_prefix("clock "));
    Ok(last.map_or(Ok(START), |millis| millis.parse().map(Timestamp::from_millis))?)
}

fn keep(folder: TempDir) -> Result<PathBuf> {
    let kept = std::env::temp_dir().join("failpoints-failed");
    copy_folder(folder.path(), &kept.join(folder.path().file_name().unwrap_or_default()))?;
    Ok(kept)
}
