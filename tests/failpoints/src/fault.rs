//! The named places, and what happens at one of them.

use anyhow::{Result, anyhow};
use clap::ValueEnum;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What happens at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// The process dies, with bank and client in it.
    Kill,
    /// The disk reports an error.
    Eio,
    /// The disk is full.
    Enospc,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Kill, Self::Eio, Self::Enospc];

    /// As it is written on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Eio => "eio",
            Self::Enospc => "enospc",
        }
    }
}

/// One fault of one run.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What happens.
    pub kind: Kind,
    /// Where.
    pub point: String,
    /// At which time that the place is passed, from 1.
    pub nth: u64,
}

impl Fault {
    /// Makes it happen in this process.
    ///
    /// # Errors
    /// When the registry does not understand it.
    pub fn arm(&self) -> Result<()> {
        let nth = self.nth;
        let told = match self.kind {
            Kind::Kill => {
                let passed = AtomicU64::new(0);
                let die = move || {
                    if passed.fetch_add(1, Ordering::SeqCst) + 1 == nth {
                        std::process::abort();
                    }
                };
                return fail::cfg_callback(self.point.as_str(), die).map_err(|e| anyhow!(e));
            }
            Kind::Eio => "eio",
            Kind::Enospc => "full",
        };
        let before = match nth {
            1 => String::new(),
            _ => format!("{}*off->", nth - 1),
        };
        fail::cfg(self.point.as_str(), &format!("{before}1*return({told})->off"))
            .map_err(|e| anyhow!(e))
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at pass {} of {}", self.kind.word(), self.nth, self.point)
    }
}

/// Every place of client and bank.
pub fn points() -> Vec<String> {
    let ours =
        [outbox::failpoint::points(), client::failpoint::points(), bank::failpoint::points()];
    ours.concat().into_iter().filter(|point| !point.starts_with(NOT_PASSED)).collect()
}

/// A restore that finds the object of a part which its backup knew as begun: which request of several
/// in flight comes first decides whether this life meets it, so it is left to the bank's own tests of
/// a restore.
const NOT_PASSED: &str = "bank.part_find.";

/// How often each place was passed in this process.
pub struct Passes(BTreeMap<String, Arc<AtomicU64>>);

impl Passes {
    /// Begins to count.
    ///
    /// # Errors
    /// When the registry refuses.
    pub fn count() -> Result<Self> {
        let mut passes = BTreeMap::new();
        for point in points() {
            let count = Arc::new(AtomicU64::new(0));
            let counted = Arc::clone(&count);
            let note = move || {
                counted.fetch_add(1, Ordering::SeqCst);
            };
            fail::cfg_callback(point.as_str(), note).map_err(|e| anyhow!(e))?;
            passes.insert(point, count);
        }
        Ok(Self(passes))
    }

    /// Each place with its number.
    pub fn each(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(point, count)| (point.as_str(), count.load(Ordering::SeqCst)))
    }
}

/// Faults that the device has met: the person has to be told of each that an act of hers meets.
pub fn met_by_the_device() -> u64 {
    outbox::failpoint::met() + client::failpoint::met()
}

/// Faults that anybody has met.
pub fn met() -> u64 {
    met_by_the_device() + bank::failpoint::met()
}
