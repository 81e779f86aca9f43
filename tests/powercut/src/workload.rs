//! What the queue does before the power goes, by seed.

use std::collections::BTreeMap;

use outbox::{Lane, PartDigest, Timestamp};

use crate::dice::Dice;

/// One step of a run. Entries are named by a small number, so that steps meet each other.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Post(Posting),
    /// Begin, and settle.
    Settle {
        number: u32,
        how: Settling,
        at: Timestamp,
    },
    Release {
        number: u32,
    },
    Cancel {
        number: u32,
        at: Timestamp,
    },
    RetryNow,
    /// Several outcomes in one commit.
    SettleAll {
        ends: Vec<(u32, Settling)>,
        at: Timestamp,
    },
    AddPart {
        number: u32,
        at: Timestamp,
    },
    /// The receiver says how many bytes of a part it has; none: all of them.
    Progress {
        number: u32,
        offset: Option<u64>,
    },
    /// The receiver says its epoch.
    Hear {
        epoch: u64,
    },
    /// It has everything that was ever posted.
    Reconciled {
        epoch: u64,
    },
    Resend {
        number: u32,
    },
    /// Each entry and part is a commit of its own.
    Purge,
    /// Closed in order, which moves the log into the file, and opened again.
    Reopen,
}

/// A post, with those that it cancels.
#[derive(Debug, Clone)]
pub(crate) struct Posting {
    pub(crate) number: u32,
    pub(crate) lane: Lane,
    pub(crate) at: Timestamp,
    pub(crate) cancel: Vec<u32>,
    pub(crate) parts: Vec<u32>,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Settling {
    Deliver,
    Delay,
    Park,
    GiveBack,
}

impl Settling {
    fn any(dice: &mut Dice) -> Settling {
        *dice.pick(&[Settling::Deliver, Settling::Delay, Settling::Park, Settling::GiveBack])
    }
}

/// The name of a part.
pub(crate) fn part_digest(number: u32) -> PartDigest {
    PartDigest([u8::try_from(number % 251).unwrap_or(0); 32])
}

/// Which shape of run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A dozen steps from an empty folder.
    Short,
    /// Long enough for SQLite's own threshold of 1000 pages of log.
    Long,
    /// Begins with a file of an older version, which opening migrates.
    Older,
}

/// The steps and the bodies of one run.
#[derive(Debug, Clone)]
pub(crate) struct Workload {
    pub(crate) shape: Shape,
    pub(crate) acts: Vec<Act>,
    /// After how many pages the log is moved into the file.
    pub(crate) autocheckpoint: u16,
    bodies: BTreeMap<u32, Vec<u8>>,
    parts: BTreeMap<u32, Vec<u8>>,
}

/// When the runs begin: some day in 2027.
const BEGIN_MS: u64 = 1_800_000_000_000;

/// When the receiver is reconciled with and the outbox purged: 40 days later, so that what ended
/// in the run may go.
pub(crate) const LATER_MS: u64 = BEGIN_MS + 40 * 24 * 60 * 60 * 1000;

impl Workload {
    /// The run with this number under a seed.
    pub(crate) fn of(seed: u64, number: u64, shape: Shape) -> Workload {
        let mut dice = Dice::of(&[seed, number, 1]);
        let (steps, autocheckpoint) = match shape {
            Shape::Short | Shape::Older => {
                (dice.within(8..24), *dice.pick(&[8, 16, 40, 120, 1000]))
            }
            Shape::Long => (44, 1000),
        };
        let mut workload = Workload {
            shape,
            acts: Vec::new(),
            autocheckpoint,
            bodies: BTreeMap::new(),
            parts: BTreeMap::new(),
        };
        for step in 0..steps {
            let at = Timestamp::from(BEGIN_MS + 1000 * step as u64);
            let act = workload.draw(&mut dice, at);
            workload.acts.push(act);
        }
        workload
    }

    /// The bytes of an entry.
    pub(crate) fn body(&self, number: u32) -> &[u8] {
        self.bodies.get(&number).map(Vec::as_slice).unwrap_or_default()
    }

    /// How many entries the steps name.
    pub(crate) fn entries(&self) -> u32 {
        u32::try_from(self.bodies.len()).unwrap_or(u32::MAX)
    }

    /// The bytes of a part.
    pub(crate) fn part(&self, number: u32) -> &[u8] {
        self.parts.get(&number).map(Vec::as_slice).unwrap_or_default()
    }

    /// The part of this name, if a step adds it.
    pub(crate) fn part_named(&self, digest: PartDigest) -> Option<&[u8]> {
        let found = self.parts.iter().find(|(number, _)| part_digest(**number) == digest);
        found.map(|(_, bytes)| bytes.as_slice())
    }

    /// Makes a body for an entry that no step posts.
    pub(crate) fn add_body(&mut self, number: u32, bytes: Vec<u8>) {
        self.bodies.insert(number, bytes);
    }

    fn draw(&mut self, dice: &mut Dice, at: Timestamp) -> Act {
        let posted = self.bodies.len();
        let number = u32::try_from(dice.below(posted)).unwrap_or(0);
        if posted == 0 {
            return self.draw_post(dice, at);
        }
        match dice.below(28) {
            0..8 => self.draw_post(dice, at),
            8..14 => Act::Settle { number, how: Settling::any(dice), at },
            14 => Act::Release { number },
            15..17 => Act::Cancel { number, at },
            17 => Act::RetryNow,
            18..21 => self.draw_part(dice, at),
            21 if self.parts.is_empty() => self.draw_part(dice, at),
            21 => {
                let number = u32::try_from(dice.below(self.parts.len())).unwrap_or(0);
                let size_bytes = self.part(number).len();
                let offset = dice.one_in(2).then(|| dice.below(size_bytes) as u64);
                Act::Progress { number, offset }
            }
            22 => {
                let ends = (0..dice.within(2..6))
                    .map(|_| (dice.below(posted) as u32, Settling::any(dice)))
                    .collect();
                Act::SettleAll { ends, at }
            }
            23 => Act::Resend { number },
            24 => Act::Hear { epoch: dice.within(1..3) as u64 },
            25 => Act::Reconciled { epoch: dice.within(1..3) as u64 },
            26 => Act::Purge,
            _ if self.shape == Shape::Long => self.draw_post(dice, at),
            _ => Act::Reopen,
        }
    }

    fn draw_post(&mut self, dice: &mut Dice, at: Timestamp) -> Act {
        let fresh = u32::try_from(self.bodies.len()).unwrap_or(u32::MAX);
        // A repeated post finds its entry and changes nothing but what it cancels.
        let number =
            if fresh > 0 && dice.one_in(10) { dice.below(fresh as usize) as u32 } else { fresh };
        let cancels = if fresh > 0 && dice.one_in(3) { dice.within(1..4) } else { 0 };
        let cancel = (0..cancels).map(|_| dice.below(fresh as usize) as u32).collect();
        let parts = match self.parts.len() {
            0 => Vec::new(),
            added if dice.one_in(2) => {
                (0..dice.within(1..3)).map(|_| dice.below(added) as u32).collect()
            }
            _ => Vec::new(),
        };
        let lane = if dice.one_in(4) { Lane::Urgent } else { Lane::Normal };
        if number == fresh {
            let size_bytes = size_bytes(dice, self.shape);
            let body = dice.bytes(size_bytes);
            self.bodies.insert(number, body);
        }
        Act::Post(Posting { number, lane, at, cancel, parts })
    }

    /// A new part, or one that was added before.
    fn draw_part(&mut self, dice: &mut Dice, at: Timestamp) -> Act {
        let fresh = u32::try_from(self.parts.len()).unwrap_or(u32::MAX);
        let number =
            if fresh > 0 && dice.one_in(6) { dice.below(fresh as usize) as u32 } else { fresh };
        if number == fresh {
            // One in twelve has a second chunk.
            let size_bytes =
                if dice.one_in(12) { dice.within(262_145..280_000) } else { dice.within(1..6_000) };
            let bytes = dice.bytes(size_bytes);
            self.parts.insert(number, bytes);
        }
        Act::AddPart { number, at }
    }
}

fn size_bytes(dice: &mut Dice, shape: Shape) -> usize {
    match dice.below(40) {
        _ if shape == Shape::Long => dice.within(120_000..200_001),
        0 => 0,
        1..20 => dice.within(1..300),
        20..32 => dice.within(300..9_000),
        32..39 => dice.within(9_000..40_000),
        _ => dice.within(100_000..200_001),
    }
}
