//! The bank is restored from backups at random points, under devices that go on delivering.
//!
//! Real outboxes on disk, real sealed envelopes with parts, a real bank with its ledger and its
//! folder of objects; backups and restores are those of `bank::restore`. What is played is the
//! world around them: time, answers that get lost or come late, devices that die at any step,
//! operators who bring the objects back, bring older ones back, or none.
//!
//! What must hold at the end: every envelope that the bank ever signed for is there once, whole,
//! with the bytes of its parts. A control without reconciliation must show losses, or this harness
//! is broken.

mod cases;
mod courier;
mod office;
mod world;

use std::fmt;

/// What one run did and found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Where its dice began.
    pub seed: u64,
    /// Times the bank was restored.
    pub points: u32,
    /// Envelopes that the bank signed for.
    pub acknowledged: u64,
    /// Envelopes that devices sent again after a restore.
    pub resent: u64,
    /// Parts that a restore found to be lost.
    pub parts_lost: u64,
    /// Bodies that devices purged, before the end.
    pub purged: u64,
    /// Acknowledged envelopes that are not there at the end, or not whole.
    pub lost: u64,
    /// Envelopes, applications, records or numbers that are there more than once.
    pub doubled: u64,
    /// What was lost or doubled, in words.
    pub failures: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for failure in &self.failures {
            writeln!(f, "{failure}")?;
        }
        writeln!(f, "restore.seed={}", self.seed)?;
        writeln!(f, "restore.acknowledged={}", self.acknowledged)?;
        writeln!(f, "restore.resent={}", self.resent)?;
        writeln!(f, "restore.parts_lost={}", self.parts_lost)?;
        writeln!(f, "restore.purged={}", self.purged)?;
        writeln!(f, "restore.points={}", self.points)?;
        writeln!(f, "restore.lost={}", self.lost)?;
        write!(f, "restore.doubled={}", self.doubled)
    }
}

/// Restores the bank at so many points, with dice from `seed`.
///
/// # Errors
/// What stopped the run itself: a disk that is full, say. What was lost is in the report.
pub fn run(seed: u64, points: u32) -> anyhow::Result<Report> {
    play(seed, points, true)
}

/// The same with devices that never reconcile: what it loses shows that the run would tell.
///
/// # Errors
/// As [`run`].
pub fn control(seed: u64, points: u32) -> anyhow::Result<Report> {
    play(seed, points, false)
}

fn play(seed: u64, points: u32, reconciles: bool) -> anyhow::Result<Report> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut world = world::World::new(seed, reconciles)?;
        for _ in 0..points {
            world.live_a_while().await?;
            world.restore().await?;
        }
        world.settle_down().await?;
        world.report().await
    })
}
