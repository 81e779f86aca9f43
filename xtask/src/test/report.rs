//! The steps of a test run: which were run, how long they took, what they counted.

use super::count::Counts;
use std::time::{Duration, Instant};

/// Why a step did not pass.
pub enum Stop {
    /// It failed.
    Failed {
        /// What it counted before.
        counts: Counts,
        /// Why.
        error: anyhow::Error,
    },
    /// A tool that is not needed everywhere is not on this machine.
    NotHere(&'static str),
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed { counts: Counts { passed: 0, failed: 1 }, error }
    }
}

enum End {
    Passed(Counts),
    Failed(Counts, String),
    NotHere(&'static str),
    /// A step that it needs did not pass.
    NotRun(&'static str),
}

struct Step {
    name: &'static str,
    took: Duration,
    end: End,
}

/// All steps of a run, in order.
pub struct Report {
    started: Instant,
    steps: Vec<Step>,
}

impl Report {
    /// An empty report; the clock starts.
    pub fn new() -> Self {
        Self { started: Instant::now(), steps: Vec::new() }
    }

    /// Runs a step unless one that it needs did not pass.
    pub fn step(
        &mut self,
        name: &'static str,
        needs: &[&'static str],
        work: impl FnOnce() -> Result<Counts, Stop>,
    ) {
        let started = Instant::now();
        println!("\n==> {name}");
        let end = match needs.iter().find_map(|need| self.held_back_by(need)) {
            Some(end) => end,
            None => match work() {
                Ok(counts) => End::Passed(counts),
                Err(Stop::NotHere(why)) => End::NotHere(why),
                Err(Stop::Failed { counts, error }) => End::Failed(counts, format!("{error:#}")),
            },
        };
        match &end {
            End::Passed(_) => {}
            End::Failed(_, why) => println!("==> {name}: FAILED: {why}"),
            End::NotHere(why) => println!("==> {name}: left out: {why}"),
            End::NotRun(need) => println!("==> {name}: not run, because {need} did not pass"),
        }
        self.steps.push(Step { name, took: started.elapsed(), end });
    }

    /// How a step ends that needs `name`, when that did not pass: what is not here is missing to both.
    fn held_back_by(&self, name: &'static str) -> Option<End> {
        match self.steps.iter().find(|step| step.name == name).map(|step| &step.end) {
            Some(End::Passed(_)) => None,
            Some(End::NotHere(why)) => Some(End::NotHere(why)),
            _ => Some(End::NotRun(name)),
        }
    }

    /// Whether every step that could be run passed and none was held back.
    pub fn good(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.end, End::Passed(_) | End::NotHere(_)))
    }

    /// Prints the table and, as the very last line, `N passed, M failed`.
    ///
    /// A step without tests counts as one; a step that was not run counts as neither and is named.
    pub fn print(&self) {
        println!("\n{:<18} {:>7} {:>8} {:>8}", "step", "time", "passed", "failed");
        let mut sum = Counts::default();
        for step in &self.steps {
            let counts = match &step.end {
                End::Passed(counts) | End::Failed(counts, _) => *counts,
                End::NotHere(why) => {
                    println!("{:<18} {:>7}   left out: {why}", step.name, clock(step.took));
                    continue;
                }
                End::NotRun(need) => {
                    println!("{:<18} {:>7}   not run: {need} did not pass", step.name, "");
                    continue;
                }
            };
            sum.passed += counts.passed;
            sum.failed += counts.failed;
            let (took, Counts { passed, failed }) = (clock(step.took), counts);
            println!("{:<18} {took:>7} {passed:>8} {failed:>8}", step.name);
        }
        println!("{:<18} {:>7}", "all", clock(self.started.elapsed()));
        for step in &self.steps {
            if let End::Failed(_, why) = &step.end {
                println!("FAILED {}: {why}", step.name);
            }
        }
        println!("{} passed, {} failed", sum.passed, sum.failed);
    }
}

fn clock(took: Duration) -> String {
    let seconds = took.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one() -> Result<Counts, Stop> {
        Ok(Counts { passed: 1, failed: 0 })
    }

    #[test]
    fn a_failure_holds_back_only_what_needs_it() {
        let mut report = Report::new();
        report.step("a", &[], || Err(anyhow::anyhow!("broken").into()));
        report.step("b", &["a"], || unreachable!("needs a"));
        report.step("c", &[], one);
        report.step("d", &["c"], one);
        assert!(matches!(report.steps[1].end, End::NotRun("a")));
        assert!(matches!(report.steps[3].end, End::Passed(_)));
        assert!(!report.good());
    }

    #[test]
    fn a_tool_that_is_not_here_fails_nothing() {
        let mut report = Report::new();
        report.step("a", &[], || Err(Stop::NotHere("not installed")));
        report.step("b", &["a"], || unreachable!("needs a"));
        assert!(report.good());
    }
}
