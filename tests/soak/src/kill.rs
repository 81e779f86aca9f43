//! The kill loop: a real bank, a real client, and SIGKILL.
//!
//! A round has a bank and a device of its own. In each cycle what is down is started, the device is
//! given orders, and at a moment that the dice choose (while something starts, right after a promise,
//! or at any time) the device, the bank or both are killed. At the end of the round both are left
//! alone until nothing waits any more; then the books are compared with what was promised.

mod round;

use crate::audit::Findings;
use anyhow::Result;
use round::Round;
use std::{
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Cycles between two audits. Short, so that first starts are killed as often as later ones.
const CYCLES_PER_ROUND: u64 = 25;
/// Rounds at a time. Most of a round is waiting for disks, timers and processes, on two cores.
const ROUNDS_AT_A_TIME: usize = 3;

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many cycles.
    pub cycles: u64,
    /// What everything is drawn from.
    pub seed: u64,
    /// The bank's program.
    pub bank: PathBuf,
    /// The device's program.
    pub device: PathBuf,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Cycles that were run.
    pub cycles: u64,
    /// How often a device was killed.
    pub device_kills: u64,
    /// How often a bank was killed.
    pub bank_kills: u64,
    /// Cases that devices had said to be saved.
    pub saved: usize,
    /// Envelopes that devices had said to be delivered.
    pub delivered: usize,
    /// Cases that devices had said to be taken back.
    pub taken_back: usize,
    /// Consents that devices had said to be withdrawn.
    pub withdrawn: usize,
    /// See [`Findings::crossed`].
    pub crossed: usize,
    /// How long after each withdrawal came the bank had stopped, ms, by its real clock.
    pub stopped_after_ms: Vec<u64>,
    /// Promises that were not true.
    pub lost: usize,
    /// Things that were there twice.
    pub doubled: usize,
    /// Other invariants that did not hold.
    pub broken: usize,
    /// How long it took.
    pub took: Duration,
    /// What went wrong, for a person; names the folders that were kept.
    pub failures: Vec<String>,
}

/// Runs the loop.
pub fn run(plan: &Plan) -> Report {
    let started = Instant::now();
    let rounds = plan.cycles.div_ceil(CYCLES_PER_ROUND);
    let report = Mutex::new(Report::default());
    let next = AtomicU64::new(0);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..ROUNDS_AT_A_TIME {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= rounds {
                        return;
                    }
                    let cycles = CYCLES_PER_ROUND.min(plan.cycles - number * CYCLES_PER_ROUND);
                    let good = one_round(plan, number, cycles, &report);
                    stop.fetch_or(!good, Ordering::SeqCst);
                }
            });
        }
    });
    let mut report = report.into_inner().unwrap_or_else(PoisonError::into_inner);
    report.took = started.elapsed();
    report
}

/// Runs and notes a round; whether nothing was found.
fn one_round(plan: &Plan, number: u64, cycles: u64, report: &Mutex<Report>) -> bool {
    let began = Round::begin(plan, number);
    let (done, round) = match began {
        Ok(mut round) => (round.run(cycles), Some(round)),
        Err(error) => (Err(error), None),
    };
    let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(round) = &round {
        report.cycles += round.cycles;
        report.device_kills += round.device_kills;
        report.bank_kills += round.bank_kills;
        report.saved += round.promises.saved.len();
        report.delivered += round.promises.delivered.len();
        report.taken_back += round.promises.taken_back.len();
        report.withdrawn += round.promises.withdrawn.len();
    }
    let told = report.note(number, done);
    if told.is_empty() {
        return true;
    }
    let folder = round.map(|round| round.keep(&told).display().to_string()).unwrap_or_default();
    report.failures.push(format!("{told}  its folder: {folder}"));
    false
}

impl Report {
    /// Counts what was found in a round; returns it in words, empty when nothing was found.
    fn note(&mut self, number: u64, done: Result<Findings>) -> String {
        let findings = match done {
            Ok(findings) => findings,
            Err(error) => return format!("round {number}: {error:#}\n"),
        };
        self.crossed += findings.crossed;
        self.stopped_after_ms.extend(&findings.stopped_after_ms);
        let kinds = [
            ("lost", &findings.lost, &mut self.lost),
            ("doubled", &findings.doubled, &mut self.doubled),
            ("broken", &findings.broken, &mut self.broken),
        ];
        let mut told = String::new();
        for (kind, found, sum) in kinds {
            *sum += found.len();
            for each in found {
                told.push_str(&format!("round {number}: {kind}: {each}\n"));
            }
        }
        told
    }
}
