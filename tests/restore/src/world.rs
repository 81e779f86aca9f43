//! What happens, and what must be true at the end.

use crate::{
    Report,
    cases::{Case, Known},
    courier::{Device, time},
    office::{Objects, Office},
};
use anyhow::{Result, ensure};
use bank::parts::PartKey;
use outbox::EntryId;
use seal::{Digest, Entropy};
use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};

/// Devices.
const DEVICES: u8 = 4;

/// Longest pause between two acts: 2 days in ms. With some ten acts between two restores, cases grow
/// old enough to be purged in a long run.
const LONGEST_PAUSE_MS: u64 = 2 * DAY_MS;

/// Oldest backup that is restored: 29 days in ms. Devices keep what they delivered for 30, so an
/// older one may lose cases, which is what docs/guide/restore.md says.
const OLDEST_BACKUP_MS: u64 = 29 * DAY_MS;

const DAY_MS: u64 = 24 * 3600 * 1000;

/// Visits after which everything must have been delivered.
const LAST_VISITS: u32 = 200;

/// Bytes that look random and follow from a seed.
pub(crate) struct SeededEntropy(AtomicU64);

impl Entropy for SeededEntropy {
    fn fill(&self, out: &mut [u8]) {
        for chunk in out.chunks_mut(32) {
            let turn = self.0.fetch_add(1, Ordering::Relaxed);
            let digest = Digest::of(&turn.to_be_bytes());
            chunk.copy_from_slice(&digest.as_bytes()[..chunk.len()]);
        }
    }
}

/// Everything.
pub(crate) struct World {
    office: Office,
    known: Known,
    devices: Vec<Device>,
    dice: fastrand::Rng,
    entropy: SeededEntropy,
    /// Every case ever saved, with its device.
    cases: BTreeMap<EntryId, (usize, Case)>,
    /// Cases that the bank ever signed for.
    acknowledged: BTreeSet<EntryId>,
    report: Report,
}

impl World {
    pub(crate) fn new(seed: u64, reconciles: bool) -> Result<Self> {
        let entropy = SeededEntropy(AtomicU64::new(seed << 32));
        let mut office = Office::new(&entropy)?;
        office.back_up()?;
        let known = Known::read(&office.data())?;
        let devices = (1..=DEVICES)
            .map(|n| Device::new(n, office.beside(&format!("device-{n}.sqlite")), reconciles))
            .collect::<Result<_>>()?;
        Ok(Self {
            office,
            known,
            devices,
            dice: fastrand::Rng::with_seed(seed),
            entropy,
            cases: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            report: Report { seed, ..Report::default() },
        })
    }

    /// Some acts of anybody.
    pub(crate) async fn live_a_while(&mut self) -> Result<()> {
        for _ in 0..self.dice.u8(4..16) {
            self.office.pass(self.dice.u64(..LONGEST_PAUSE_MS));
            let which = self.dice.usize(..self.devices.len());
            match self.dice.u8(..10) {
                0..=2 => self.save(which)?,
                3..=6 => self.visit(which, 3).await?,
                7 => self.restart(which)?,
                8 => self.purge(which)?,
                _ => self.office.back_up()?,
            }
        }
        Ok(())
    }

    fn save(&mut self, which: usize) -> Result<()> {
        let photos: Vec<Vec<u8>> = (0..self.dice.u8(..3)).map(|_| photo(&mut self.dice)).collect();
        let (device, now) = (&mut self.devices[which], self.office.now());
        let case = self.known.case(&device.key, device.next_seq, &photos, now, &self.entropy)?;
        device.save(&case, time(self.office.bank()))?;
        self.cases.insert(EntryId(case.id), (which, case));
        Ok(())
    }

    async fn visit(&mut self, which: usize, most: usize) -> Result<()> {
        let device = &mut self.devices[which];
        let contact = device.meet(self.office.bank(), &self.known, most, &mut self.dice).await?;
        self.report.resent += contact.resent;
        self.acknowledged.extend(contact.acknowledged);
        Ok(())
    }

    fn restart(&mut self, which: usize) -> Result<()> {
        let device = self.devices.remove(which).restart()?;
        self.devices.insert(which, device);
        Ok(())
    }

    fn purge(&mut self, which: usize) -> Result<()> {
        let now = time(self.office.bank());
        self.report.purged += self.devices[which].outbox.purge(now, &[])?.entries;
        Ok(())
    }

    /// The bank's disk breaks; somebody brings a backup back.
    pub(crate) async fn restore(&mut self) -> Result<()> {
        let now = self.office.now();
        let young = |at: seal::Timestamp| now.millis_since(at) <= OLDEST_BACKUP_MS;
        let usable: Vec<usize> = (0..self.office.backups().len())
            .filter(|which| young(self.office.backups()[*which].at))
            .collect();
        let Some(which) = self.dice.choice(usable) else {
            // A bank that makes no backups for a month makes one now.
            self.office.back_up()?;
            return Box::pin(self.restore()).await;
        };
        let objects = match self.dice.bool() {
            true => Objects::Untouched,
            false => Objects::Copied,
        };
        let audit = self.office.restore(which, objects).await?;
        self.report.parts_lost += audit.lost;
        self.report.points += 1;
        Ok(())
    }

    /// Everybody visits until nothing is left to be done.
    pub(crate) async fn settle_down(&mut self) -> Result<()> {
        for _ in 0..LAST_VISITS {
            for which in 0..self.devices.len() {
                self.visit(which, 16).await?;
            }
            let epoch = self.office.bank().server_epoch();
            let at_rest = self.devices.iter().map(|device| device.is_at_rest(epoch));
            if at_rest.collect::<Result<Vec<_>>>()?.into_iter().all(|is_at_rest| is_at_rest) {
                return Ok(());
            }
        }
        ensure!(false, "seed {}: devices do not come to rest", self.report.seed);
        Ok(())
    }

    /// Holds the bank against what was ever acknowledged.
    pub(crate) async fn report(mut self) -> Result<Report> {
        let mut report = mem::take(&mut self.report);
        report.acknowledged = self.acknowledged.len() as u64;
        for id in &self.acknowledged {
            let (which, case) = &self.cases[id];
            if let Some(why) = self.what_is_missing(*which, case).await? {
                report.lost += 1;
                report.failures.push(format!("{id} of device {which} is lost: {why}"));
            }
        }
        let ledger = self.office.bank().ledger();
        let tally = ledger.tally().await?;
        let expected = self.acknowledged.len() as u64 - report.lost;
        let surplus = tally.applications.saturating_sub(expected)
            + tally.envelopes.saturating_sub(expected)
            + tally.jobs.saturating_sub(expected);
        let open = ledger.alarms().await?.into_iter().filter(bank::ledger::alarms::Alarm::is_open);
        for alarm in open {
            let is_gap = matches!(alarm.finding, bank::ledger::alarms::Finding::Gap { .. });
            report.doubled += u64::from(!is_gap);
            report.failures.push(format!("{alarm:?}"));
        }
        report.doubled += surplus;
        Ok(report)
    }

    async fn what_is_missing(&self, which: usize, case: &Case) -> Result<Option<&'static str>> {
        let (bank, device) = (self.office.bank(), self.devices[which].key.public());
        let Some(stored) = bank.ledger().envelope(case.id).await? else {
            return Ok(Some("not on record"));
        };
        if stored.digest != Digest::of(&case.body) || stored.device != device {
            return Ok(Some("another one is on record"));
        }
        if bank.ledger().application(case.id).await?.is_none() {
            return Ok(Some("its application is not on record"));
        }
        for part in &case.parts {
            let key = PartKey { device, digest: Digest::of(part) };
            if bank.part_bytes(key).await.ok().as_ref() != Some(part) {
                return Ok(Some("a part is not there"));
            }
        }
        Ok((!stored.is_whole).then_some("not whole"))
    }
}

/// Mostly some 20 kB, now and then more than two chunks.
fn photo(dice: &mut fastrand::Rng) -> Vec<u8> {
    let size = if dice.u8(..8) == 0 { dice.usize(1..600_000) } else { dice.usize(1..20_000) };
    let mut bytes = vec![0; size];
    dice.fill(&mut bytes);
    bytes
}
