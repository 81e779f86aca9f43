//! Calls that fail: an I/O error, a write that stops halfway, a full disk, at every call of a run.
//!
//! The step that meets the fault reports it or succeeds in full (SQLite keeps quiet about a
//! checkpoint that failed after a commit). If it reports it, nothing has changed and the same
//! call works afterwards. At the end everything acknowledged is there, after a reopening and
//! after a power cut that loses all that was not flushed. After a flush that failed and dropped
//! what it should have written, the power is also cut after each step, and at points in between:
//! what is lost then would be written over by a later step.

use outbox::Outbox;

use crate::check::{Case, check};
use crate::dice::Dice;
use crate::disk::{Fault, FaultKind, Flush, Op};
use crate::image::{Cut, Image};
use crate::queue::{Queue, Shows};
use crate::trace::{Bench, Seen, Site, Start, step};
use crate::vfs::set_autocheckpoint;
use crate::workload::{Act, Workload};

/// The kinds of fault, in the order in which they are tried.
pub(crate) const KINDS: [FaultKind; 4] =
    [FaultKind::Error, FaultKind::ShortWrite, FaultKind::Full, FaultKind::DroppedFlush];

/// A run without faults: what is shown after each step, and how many calls of each kind it made.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) workload: Workload,
    pub(crate) start: Start,
    shows: Vec<Shows>,
    calls: [u64; 4],
}

impl Reference {
    /// Runs once, with a sound disk.
    ///
    /// # Errors
    ///
    /// Why that failed.
    pub(crate) fn of(bench: &mut Bench, workload: Workload, start: Start) -> Result<Self, String> {
        let mut reference = Reference { workload, start, shows: Vec::new(), calls: [0; 4] };
        let site = reference.site(bench);
        let mut queue = Some(Outbox::open(&site.file()).map_err(|error| error.to_string())?);
        site.mounted.disk().stop_mirroring();
        for act in &reference.workload.acts {
            step(&mut queue, act, &reference.workload, &site.file())?;
            reference.shows.push(queue.as_ref().ok_or("closed")?.shows()?);
        }
        drop(queue);
        reference.calls = KINDS.map(|kind| site.mounted.disk().calls(kind));
        Ok(reference)
    }

    /// Every fault of a run.
    pub(crate) fn faults(&self) -> impl Iterator<Item = Fault> {
        let each = |(kind, calls)| (1..=calls).map(move |at| Fault { kind, at });
        KINDS.into_iter().zip(self.calls).flat_map(each)
    }

    fn site(&self, bench: &mut Bench) -> Site {
        set_autocheckpoint(self.workload.autocheckpoint);
        bench.site(&self.start.image, Flush::Honest, Seen::ByAll)
    }

    /// Runs with a fault; gives whether it came to pass.
    ///
    /// # Errors
    ///
    /// What went wrong beyond the fault.
    pub(crate) fn run(&self, bench: &mut Bench, fault: Fault) -> Result<bool, String> {
        let site = self.site(bench);
        site.mounted.disk().arm(Some(fault));
        let mut mishap = Mishap { site: &site, has_come: false };
        let mut queue = Some(mishap.retry(|| {
            <Outbox as Queue>::open(&site.file()).map_err(|why| format!("opening: {why}"))
        })?);
        // Only what is opened anew after such a flush looks past SQLite once more.
        if fault.kind != FaultKind::DroppedFlush {
            site.mounted.disk().stop_mirroring();
        }
        let mut before = self.start.shows.clone();
        let mut stretches = vec![Stretch::of(&site, &before, &before)];
        for (act, after) in self.workload.acts.iter().zip(&self.shows) {
            let done = step(&mut queue, act, &self.workload, &site.file());
            if let Err(why) = done {
                mishap.is_over(&why)?;
                if let Some(queue) = &queue {
                    let shows = queue.shows()?;
                    let is_partly = matches!(act, Act::Purge) && shows.is_between(&before, after);
                    if shows != before && !is_partly {
                        return Err(format!("{act:?} failed and changed something: {why}"));
                    }
                }
                step(&mut queue, act, &self.workload, &site.file())
                    .map_err(|why| format!("{act:?} fails again: {why}"))?;
            }
            let open = queue.as_ref().ok_or("closed")?;
            if mishap.retry(|| open.shows())? != *after {
                return Err(format!("{act:?} was done otherwise than without the fault"));
            }
            let is_piecewise = matches!(act, Act::Purge);
            stretches.push(Stretch { is_piecewise, ..Stretch::of(&site, &before, after) });
            before.clone_from(after);
        }
        let end = site.mounted.disk().log_len();
        drop(queue);
        let has_failed = mishap.has_come || site.mounted.disk().has_failed();
        site.mounted.disk().arm(None);
        let (files, log) = {
            let mut disk = site.mounted.disk();
            (disk.files(), disk.take_log())
        };
        self.is_whole(bench, &files, &[&before], "reopened")?;
        if fault.kind == FaultKind::DroppedFlush {
            self.nothing_is_lost_on_the_way(bench, &log, &stretches, fault.at)?;
        }
        let mut cut = Cut::before(&log, &self.start.image);
        cut.go_to(end);
        self.is_whole(bench, &cut.lost(), &[&before], "after a power cut")?;
        Ok(has_failed)
    }

    /// Cuts the power after each step, and once within it.
    fn nothing_is_lost_on_the_way(
        &self,
        bench: &mut Bench,
        log: &[Op],
        stretches: &[Stretch],
        seed: u64,
    ) -> Result<(), String> {
        let mut cut = Cut::before(log, &self.start.image);
        let mut dice = Dice::of(&[seed]);
        let mut start = 0;
        for (number, stretch) in stretches.iter().enumerate() {
            let Stretch { end, before, after, is_piecewise } = stretch;
            if start < *end {
                cut.go_to(start + dice.below(end - start));
                let when = format!("within step {number}");
                let allowed = [before, after];
                self.check(bench, &cut.lost(), &allowed, *is_piecewise, &when)?;
            }
            cut.go_to(*end);
            self.is_whole(bench, &cut.lost(), &[after], &format!("after step {number}"))?;
            start = *end;
        }
        Ok(())
    }

    fn is_whole(
        &self,
        bench: &mut Bench,
        image: &Image,
        allowed: &[&Shows],
        when: &str,
    ) -> Result<(), String> {
        self.check(bench, image, allowed, false, when)
    }

    fn check(
        &self,
        bench: &mut Bench,
        image: &Image,
        allowed: &[&Shows],
        is_piecewise: bool,
        when: &str,
    ) -> Result<(), String> {
        let workload = &self.workload;
        let case = Case { image, allowed, is_piecewise, workload, seen: Seen::ByAll };
        let mut dice = Dice::of(&[image.values().map(|content| content.len() as u64).sum()]);
        check::<Outbox>(bench, case, &mut dice).map_err(|why| format!("{when}: {why}"))
    }
}

/// The operations of one step, and what may be shown after a cut within it.
struct Stretch {
    end: usize,
    before: Shows,
    after: Shows,
    is_piecewise: bool,
}

impl Stretch {
    fn of(site: &Site, before: &Shows, after: &Shows) -> Stretch {
        let end = site.mounted.disk().log_len();
        Stretch { end, before: before.clone(), after: after.clone(), is_piecewise: false }
    }
}

/// Follows a fault until something reports it.
struct Mishap<'s> {
    site: &'s Site,
    has_come: bool,
}

impl Mishap<'_> {
    /// Something was reported: it must be the fault, which is over then.
    fn is_over(&mut self, why: &str) -> Result<(), String> {
        let mut disk = self.site.mounted.disk();
        if self.has_come || !disk.has_failed() {
            return Err(format!("an error without a fault: {why}"));
        }
        self.has_come = true;
        disk.arm(None);
        Ok(())
    }

    /// Tries again if the fault was met.
    fn retry<T>(&mut self, act: impl Fn() -> Result<T, String>) -> Result<T, String> {
        match act() {
            Ok(done) => Ok(done),
            Err(why) => {
                self.is_over(&why)?;
                act().map_err(|why| format!("fails again: {why}"))
            }
        }
    }
}
