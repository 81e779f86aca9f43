//! What happens in a simulation, and when: all of it drawn from the seed.

use rand::{Rng, rngs::SmallRng};
use std::{collections::BTreeMap, time::Duration};

/// How long there are faults.
pub const TROUBLE: Duration = Duration::from_secs(30);

/// Events by their time; those of one moment in the order in which they were drawn.
pub type Events = BTreeMap<(Duration, u32), Event>;

/// Something that a person does on a device.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Applies for this shop.
    Apply {
        /// Which one.
        shop: u32,
    },
    /// Takes back an open consent.
    Withdraw {
        /// Its place among them.
        nth: usize,
    },
    /// Takes back a case.
    TakeBack {
        /// Its place among those that were saved.
        nth: usize,
    },
    /// Presses "send now".
    SendNow,
}

/// Something that happens to a device, the bank, or what is between them.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    /// A person on a device.
    Act(usize, Act),
    /// The clock of a device is off by this many ms from now on.
    Clock(usize, i64),
    /// What a device and the bank send each other is lost.
    Part(usize),
    /// It waits.
    Hold(usize),
    /// Ends both.
    Join(usize),
    /// The bank dies.
    CrashBank,
    /// It comes back as it was at the beginning of the simulation.
    RestoreBank(Restore),
    /// It starts again.
    StartBank,
    /// A device dies.
    CrashDevice(usize),
    /// It starts again.
    StartDevice(usize),
}

/// How a bank is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restore {
    /// As `bank restore` does it: under a new epoch.
    Told,
    /// Behind everybody's back. A control: this must be found out.
    Untold,
}

/// Draws what happens and when. Hosts that crash are started again before the trouble ends.
pub fn schedule(dice: &mut SmallRng, devices: usize, restore: Restore) -> Events {
    let mut events = BTreeMap::new();
    let mut number = 0;
    let mut add = |at: Duration, event: Event| {
        number += 1;
        events.insert((at, number), event);
    };
    let last = u64::try_from(TROUBLE.as_millis()).unwrap_or(u64::MAX);
    let is_restored = restore == Restore::Untold || dice.random_ratio(1, 3);
    if is_restored {
        let at = Duration::from_millis(dice.random_range(last / 2..last - 1_000));
        add(at, Event::RestoreBank(restore));
    }
    for _ in 0..dice.random_range(8..24) {
        let begins = dice.random_range(0..last - 6_000);
        let at = Duration::from_millis(begins);
        let ends = Duration::from_millis(begins + dice.random_range(50..5_000));
        let device = dice.random_range(0..devices);
        let nth = dice.random_range(0..8);
        match dice.random_range(0..12) {
            0..3 => add(at, Event::Act(device, Act::Apply { shop: dice.random_range(0..50) })),
            3 => add(at, Event::Act(device, Act::Withdraw { nth })),
            4 => add(at, Event::Act(device, Act::TakeBack { nth })),
            5 => {
                let decade = 10 * 365 * 24 * 3600 * 1000;
                let skew = [0, 600_000, -600_000, decade, -decade][dice.random_range(0..5)];
                add(at, Event::Clock(device, skew));
            }
            6 => {
                add(at, Event::Part(device));
                add(ends, Event::Join(device));
            }
            7 => {
                add(at, Event::Hold(device));
                add(ends, Event::Join(device));
            }
            8 | 9 => {
                add(at, Event::CrashBank);
                add(ends, Event::StartBank);
            }
            _ => {
                add(at, Event::CrashDevice(device));
                add(ends, Event::StartDevice(device));
            }
        }
    }
    events
}
