//! Many images on all cores, counted.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{fmt, thread};

use outbox::Outbox;

use crate::check::{Case, check};
use crate::control::PlainNormal;
use crate::dice::Dice;
use crate::disk::{FaultKind, Flush};
use crate::faults::Reference;
use crate::older::{newest_version, older_file};
use crate::queue::Queue;
use crate::trace::{Bench, Start, Trace, image_at, write_out};
use crate::workload::{Shape, Workload};

/// Failures beyond these are counted and not kept.
const KEPT_FAILURES: usize = 20;

/// How much to try.
#[derive(Debug, Clone)]
pub struct Run {
    /// What everything is drawn from.
    pub seed: u64,
    /// Images of the outbox.
    pub images: u64,
    /// Images of each of the two controls.
    pub control_images: u64,
    /// Faults to inject; each run has one or two thousand.
    pub faults: u64,
    /// Where images that failed are written.
    pub keep_in: Option<PathBuf>,
}

impl Run {
    /// So many images, and what goes with them.
    pub fn of(images: u64, seed: u64) -> Run {
        let control_images = (images / 20).clamp(300, 5_000);
        Run { seed, images, control_images, faults: images / 5, keep_in: None }
    }
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Images of the outbox that were opened.
    pub images: u64,
    /// Those that would not open, or had lost something or made something up.
    pub lost: u64,
    /// Losses with `synchronous=NORMAL`, of as many images as asked for.
    pub control_lost: u64,
    /// Losses on a disk that only says it flushes.
    pub lying_lost: u64,
    /// Faults that came to pass.
    pub faults: u64,
    /// Those that had another effect than an error.
    pub faults_lost: u64,
    /// Flushes that failed and dropped what they should have written, as on Linux.
    pub dropped: u64,
    /// Losses after those.
    pub dropped_lost: u64,
    /// The first losses and faults that should not be.
    pub failures: Vec<Failure>,
}

/// One loss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The seed of all.
    pub seed: u64,
    /// Which run under that seed.
    pub run: u64,
    /// What was done to it.
    pub trial: Trial,
    /// What was found.
    pub why: String,
}

/// What a run was put through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trial {
    /// The power went before the operation with this number, from 0.
    Cut(u64),
    /// A call failed: the fault with this number, from 0, of all that the run can meet.
    Fault(u64),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure { seed, run, trial, why } = self;
        match trial {
            Trial::Cut(number) => write!(f, "--seed {seed} --cut {run}:{number}: {why}"),
            Trial::Fault(number) => write!(f, "--seed {seed} --fault {run}:{number}: {why}"),
        }
    }
}

/// Tries it.
///
/// # Panics
///
/// If the outbox fails on a sound disk, or no thread can be started.
pub fn run(plan: &Run) -> Report {
    let newest = newest_version(&mut Bench::new()).expect("an outbox can be made");
    let outbox = images::<Outbox>(plan, plan.images, Kind { flush: Flush::Honest, newest });
    let normal =
        images::<PlainNormal>(plan, plan.control_images, Kind { flush: Flush::Honest, newest: 1 });
    let lying =
        images::<Outbox>(plan, plan.control_images, Kind { flush: Flush::Lying, newest: 1 });
    let faults = faults(plan, newest);
    let failures: Vec<_> = outbox.failures.into_iter().chain(faults.failures).collect();
    for failure in &failures {
        if let (Some(folder), Trial::Cut(cut)) = (&plan.keep_in, failure.trial) {
            replay_cut(failure.seed, failure.run, cut, folder).expect("an image can be written");
        }
    }
    Report {
        images: outbox.tried,
        lost: outbox.lost,
        control_lost: normal.lost,
        lying_lost: lying.lost,
        faults: faults.tried,
        faults_lost: faults.lost,
        dropped: faults.dropped,
        dropped_lost: faults.dropped_lost,
        failures,
    }
}

/// Makes one image again and writes it to a folder of its own below `folder`; gives that folder,
/// and what is wrong with the image if anything is.
///
/// # Errors
///
/// The image cannot be made or written.
pub fn replay_cut(
    seed: u64,
    run: u64,
    cut: u64,
    folder: &Path,
) -> Result<(PathBuf, Option<String>), String> {
    let mut bench = Bench::new();
    let newest = newest_version(&mut bench)?;
    let kind = Kind { flush: Flush::Honest, newest };
    let trace = record::<Outbox>(&mut bench, seed, run, kind)?;
    let cut = usize::try_from(cut).unwrap_or(usize::MAX);
    let folder = folder.join(format!("{seed}-{run}-{cut}"));
    let mut state = trace.begin();
    state.go_to(cut);
    let (image, _, _) = image_at(&state, &[seed, run, cut as u64, 2]);
    write_out(&image, &folder).map_err(|error| error.to_string())?;
    let found = try_cut::<Outbox>(&mut bench, &trace, &state, (seed, run, cut)).err();
    Ok((folder, found))
}

/// Meets one fault again; gives what is wrong beyond it, if anything is.
///
/// # Errors
///
/// There is no such fault.
pub fn replay_fault(seed: u64, run: u64, number: u64) -> Result<Option<String>, String> {
    let mut bench = Bench::new();
    let newest = newest_version(&mut bench)?;
    let (workload, start) = begin(&mut bench, seed, run, newest)?;
    let reference = Reference::of(&mut bench, workload, start)?;
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    let fault = reference.faults().nth(number).ok_or("no such fault")?;
    Ok(reference.run(&mut bench, fault).err().map(|why| format!("{fault:?}: {why}")))
}

#[derive(Debug, Clone, Copy)]
struct Kind {
    flush: Flush,
    /// The newest version of the file; below 2 there is no older one.
    newest: u32,
}

#[derive(Debug, Default)]
struct Tally {
    tried: u64,
    lost: u64,
    dropped: u64,
    dropped_lost: u64,
    failures: Vec<Failure>,
}

fn shape(run: u64, newest: u32) -> Shape {
    match run % 32 {
        20 => Shape::Long,
        other if other % 8 == 3 && newest > 1 => Shape::Older,
        _ => Shape::Short,
    }
}

fn record<Q: Queue>(bench: &mut Bench, seed: u64, run: u64, kind: Kind) -> Result<Trace, String> {
    let (workload, start) = begin(bench, seed, run, kind.newest)?;
    Trace::record::<Q>(bench, workload, &start, kind.flush)
}

fn begin(bench: &mut Bench, seed: u64, run: u64, newest: u32) -> Result<(Workload, Start), String> {
    let mut workload = Workload::of(seed, run, shape(run, newest));
    let start = match workload.shape {
        Shape::Older => older_file(bench, &mut workload)?,
        Shape::Short | Shape::Long => Start::default(),
    };
    Ok((workload, start))
}

fn images<Q: Queue>(plan: &Run, wanted: u64, kind: Kind) -> Tally {
    let left = Left(AtomicU64::new(wanted));
    on_all_cores(|bench, run, tally| {
        let seed = plan.seed;
        let trace = record::<Q>(bench, seed, run, kind).expect("a sound disk serves");
        let mut state = trace.begin();
        for cut in trace.cuts(&mut Dice::of(&[seed, run, 3])) {
            if !left.take_one() {
                return Go::Home;
            }
            state.go_to(cut);
            tally.tried += 1;
            if let Err(why) = try_cut::<Q>(bench, &trace, &state, (seed, run, cut)) {
                tally.lose(Failure { seed, run, trial: Trial::Cut(cut as u64), why });
            }
        }
        Go::On
    })
}

fn try_cut<Q: Queue>(
    bench: &mut Bench,
    trace: &Trace,
    state: &crate::image::Cut<'_>,
    (seed, run, cut): (u64, u64, usize),
) -> Result<(), String> {
    let (image, fate, mut dice) = image_at(state, &[seed, run, cut as u64, 2]);
    let case = Case {
        image: &image,
        allowed: &trace.allowed(cut),
        is_piecewise: trace.is_piecewise(cut),
        workload: &trace.workload,
        seen: trace.seen(cut, &image),
    };
    check::<Q>(bench, case, &mut dice).map_err(|why| {
        format!("{:?}, {fate:?} after {}: {why}", trace.workload.shape, trace.around(cut))
    })
}

fn faults(plan: &Run, newest: u32) -> Tally {
    let left = Left(AtomicU64::new(plan.faults));
    on_all_cores(|bench, run, tally| {
        let seed = plan.seed;
        // Long runs have no call that a short one has not.
        if shape(run, newest) == Shape::Long {
            return Go::On;
        }
        let (workload, start) = begin(bench, seed, run, newest).expect("a sound disk serves");
        let reference = Reference::of(bench, workload, start).expect("a sound disk serves");
        let mut faults: Vec<_> = (0..).zip(reference.faults()).collect();
        // So that a few of them are of every kind.
        Dice::of(&[seed, run, 4]).shuffle(&mut faults);
        for (number, fault) in faults {
            if !left.take_one() {
                return Go::Home;
            }
            let is_dropped = fault.kind == FaultKind::DroppedFlush;
            let tried = reference.run(bench, fault);
            tally.tried += u64::from(*tried.as_ref().unwrap_or(&true));
            tally.dropped += u64::from(is_dropped);
            if let Err(why) = tried {
                tally.dropped_lost += u64::from(is_dropped);
                let why = format!("{fault:?}: {why}");
                tally.lose(Failure { seed, run, trial: Trial::Fault(number), why });
            }
        }
        Go::On
    })
}

impl Tally {
    fn lose(&mut self, failure: Failure) {
        self.lost += 1;
        if self.failures.len() < KEPT_FAILURES {
            self.failures.push(failure);
        }
    }

    fn add(&mut self, other: Tally) {
        self.tried += other.tried;
        self.lost += other.lost;
        self.dropped += other.dropped;
        self.dropped_lost += other.dropped_lost;
        self.failures.extend(other.failures);
        self.failures.sort_by_key(|failure| (failure.run, failure.trial));
        self.failures.truncate(KEPT_FAILURES);
    }
}

/// What is left to do for all threads together.
struct Left(AtomicU64);

impl Left {
    fn take_one(&self) -> bool {
        let less_one = |left: u64| left.checked_sub(1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less_one).is_ok()
    }
}

enum Go {
    On,
    Home,
}

/// Hands out the numbers of runs, from 0, until a thread has nothing left to do.
fn on_all_cores(work: impl Fn(&mut Bench, u64, &mut Tally) -> Go + Sync) -> Tally {
    let next = AtomicU64::new(0);
    let total = Mutex::new(Tally::default());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut bench = Bench::new();
                let mut tally = Tally::default();
                while let Go::On =
                    work(&mut bench, next.fetch_add(1, Ordering::Relaxed), &mut tally)
                {
                }
                total.lock().unwrap_or_else(PoisonError::into_inner).add(tally);
            });
        }
    });
    total.into_inner().unwrap_or_else(PoisonError::into_inner)
}
