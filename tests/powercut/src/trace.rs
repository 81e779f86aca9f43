//! One run of a queue on a disk: its operations, and what it had acknowledged at each.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::dice::Dice;
use crate::disk::{Disk, Flush, Op};
use crate::image::{Cut, Fate, Image};
use crate::queue::{Queue, Shows};
use crate::vfs::{Mounted, set_autocheckpoint};
use crate::workload::{Act, Workload};

/// The name of the file that is opened.
pub(crate) const FILE: &str = "outbox.db";

/// A folder of this thread for the disks that also need a real one.
#[derive(Debug)]
pub(crate) struct Bench {
    scratch: TempDir,
    sites: u64,
}

impl Bench {
    /// In memory where the system offers that.
    pub(crate) fn new() -> Bench {
        let in_memory = tempfile::tempdir_in("/dev/shm");
        let scratch = in_memory.or_else(|_| tempfile::tempdir()).expect("a folder can be made");
        Bench { scratch, sites: 0 }
    }

    /// A disk that holds an image, at a folder of its own.
    pub(crate) fn site(&mut self, image: &Image, flush: Flush, seen: Seen) -> Site {
        self.sites += 1;
        let folder = self.scratch.path().join(self.sites.to_string());
        let mut disk = Disk::holding(image, flush);
        if seen == Seen::ByAll {
            fs::create_dir(&folder).expect("a folder can be made");
            disk.mirror_in(&folder).expect("the mirror can be written");
        }
        Site { mounted: Mounted::at(&folder, disk), folder }
    }
}

/// Who sees the files of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// SQLite only.
    BySqlite,
    /// Also code that looks into the folder past SQLite: slower.
    ByAll,
}

/// A disk at a folder; both go when it is dropped.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) mounted: Mounted,
    folder: PathBuf,
}

impl Site {
    /// The file to open.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.join(FILE)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // Most sites have no real folder; one that stays behind goes with the scratch folder.
        let _gone = fs::remove_dir_all(&self.folder);
    }
}

/// What was acknowledged while a stretch of the log was written.
#[derive(Debug)]
struct Stretch {
    end: usize,
    before: Arc<Shows>,
    after: Arc<Shows>,
    is_piecewise: bool,
}

/// A run, ready to be cut.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) workload: Workload,
    pub(crate) flush: Flush,
    base: Image,
    log: Vec<Op>,
    stretches: Vec<Stretch>,
}

impl Trace {
    /// Runs a workload to its end on a disk that holds `start`.
    ///
    /// # Errors
    ///
    /// Why the queue failed on a sound disk, or did not show what it was given.
    pub(crate) fn record<Q: Queue>(
        bench: &mut Bench,
        workload: Workload,
        start: &Start,
        flush: Flush,
    ) -> Result<Trace, String> {
        set_autocheckpoint(workload.autocheckpoint);
        let site = bench.site(&start.image, flush, Seen::ByAll);
        let mut trace = Trace {
            workload,
            flush,
            base: start.image.clone(),
            log: Vec::new(),
            stretches: Vec::new(),
        };
        let mut shows = Arc::new(start.shows.clone());
        let mut queue = Some(Q::open(&site.file())?);
        trace.note(&site, &mut shows, &queue, false)?;
        if *shows != start.shows {
            return Err("opening changed what is shown".to_owned());
        }
        site.mounted.disk().stop_mirroring();
        for act in &trace.workload.acts.clone() {
            step(&mut queue, act, &trace.workload, &site.file())?;
            trace.note(&site, &mut shows, &queue, matches!(act, Act::Purge))?;
        }
        drop(queue.take());
        let end = site.mounted.disk().log_len();
        let (before, after) = (shows.clone(), shows);
        trace.stretches.push(Stretch { end, before, after, is_piecewise: false });
        trace.log = site.mounted.disk().take_log();
        Ok(trace)
    }

    fn note<Q: Queue>(
        &mut self,
        site: &Site,
        shows: &mut Arc<Shows>,
        queue: &Option<Q>,
        is_piecewise: bool,
    ) -> Result<(), String> {
        let end = site.mounted.disk().log_len();
        let after = Arc::new(queue.as_ref().ok_or("closed")?.shows()?);
        let before = std::mem::replace(shows, after.clone());
        self.stretches.push(Stretch { end, before, after, is_piecewise });
        Ok(())
    }

    /// Where to cut: before every operation and after the last, in order. Of a long run, around
    /// every operation that is not a write, and at some of the writes.
    pub(crate) fn cuts(&self, dice: &mut Dice) -> Vec<usize> {
        const ALL_UP_TO: usize = 2_000;
        let all = 0..=self.log.len();
        if self.log.len() <= ALL_UP_TO {
            return all.collect();
        }
        let is_write = |at: usize| matches!(self.log.get(at), Some(Op::Write { .. }) | None);
        let share = self.log.len() / ALL_UP_TO * 4;
        let near = |at: usize| !is_write(at) || (at > 0 && !is_write(at - 1));
        all.filter(|at| near(*at) || dice.one_in(share)).collect()
    }

    /// Goes to the first cut; see [`Cut::go_to`].
    pub(crate) fn begin(&self) -> Cut<'_> {
        Cut::before(&self.log, &self.base)
    }

    /// What may be shown after a cut: what was acknowledged, or that and the step under way.
    pub(crate) fn allowed(&self, at: usize) -> Vec<&Shows> {
        let mut start = 0;
        for stretch in &self.stretches {
            if at < stretch.end {
                let both = [&*stretch.before, &*stretch.after];
                return if at == start { both[..1].to_vec() } else { both.to_vec() };
            }
            start = stretch.end;
        }
        self.stretches.last().map(|last| &*last.after).into_iter().collect()
    }

    /// Whether the step under way at a cut is several commits.
    pub(crate) fn is_piecewise(&self, at: usize) -> bool {
        self.stretches.iter().find(|stretch| at < stretch.end).is_some_and(|it| it.is_piecewise)
    }

    /// Who has to see the files of an image of this cut. Only while a file is made or migrated
    /// does the outbox look past SQLite for more than whether there is one.
    pub(crate) fn seen(&self, at: usize, image: &Image) -> Seen {
        let is_opening = self.stretches.first().is_some_and(|opening| at < opening.end);
        let size = |name: &str| image.get(name).map_or(0, Vec::len);
        let is_headless = size(FILE) == 0 && size(&format!("{FILE}-wal")) > 0;
        if is_opening || is_headless || self.flush == Flush::Lying {
            Seen::ByAll
        } else {
            Seen::BySqlite
        }
    }

    /// What the operation before a cut was, for a person.
    pub(crate) fn around(&self, at: usize) -> String {
        match at.checked_sub(1).and_then(|last| self.log.get(last)) {
            None => "the beginning".to_owned(),
            Some(Op::Write { node, offset, bytes }) => {
                format!("write of {} bytes at {offset} of file {node}", bytes.len())
            }
            Some(op) => format!("{op:?}"),
        }
    }
}

/// What a run finds on the disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Start {
    pub(crate) image: Image,
    pub(crate) shows: Shows,
}

/// Does one step with a queue that is open, or opens it anew.
pub(crate) fn step<Q: Queue>(
    queue: &mut Option<Q>,
    act: &Act,
    workload: &Workload,
    file: &Path,
) -> Result<(), String> {
    if matches!(act, Act::Reopen) {
        drop(queue.take());
    }
    if queue.is_none() {
        *queue = Some(Q::open(file)?);
    }
    queue.as_mut().ok_or("closed")?.act(act, workload)
}

/// An image in files of a folder, for a person.
pub(crate) fn write_out(image: &BTreeMap<String, Vec<u8>>, folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, content) in image {
        fs::write(folder.join(name), content)?;
    }
    Ok(())
}

/// The image of a run at one cut: the same for the same seeds.
pub(crate) fn image_at(cut: &Cut<'_>, seeds: &[u64]) -> (Image, Fate, Dice) {
    let mut dice = Dice::of(seeds);
    let (image, fate) = cut.image(&mut dice);
    (image, fate, dice)
}
