//! What is on the disks at the end, held against what was promised.

use anyhow::Result;
use bank::{Bank, ledger::alarms::Finding, parts::PartKey};
use outbox::{EntryId, EntryState, Lane, Outbox};
use sanbu_tests::clock::START;
use seal::Digest;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

/// What a run, or all of them, came to.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Promises that were not kept.
    pub lost: u64,
    /// What is there twice, or was never asked for.
    pub doubled: u64,
    /// Successes that were told of acts that had met a fault.
    pub lied: u64,
    /// In words.
    pub why: Vec<String>,
}

impl Verdict {
    fn lose(&mut self, what: String) {
        self.lost += 1;
        self.why.push(what);
    }

    fn double(&mut self, what: String) {
        self.doubled += 1;
        self.why.push(what);
    }

    /// Takes up another one.
    pub fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.lied += other.lied;
        self.why.extend(other.why);
    }
}

/// What was said, in order of what it means: see `life`.
#[derive(Default)]
struct Promises<'l> {
    begun: BTreeSet<&'l str>,
    discarding: BTreeSet<&'l str>,
    saved: BTreeSet<&'l str>,
    taken_back: BTreeSet<&'l str>,
    delivered: BTreeSet<&'l str>,
    filled: BTreeMap<&'l str, &'l str>,
    drafts: BTreeMap<&'l str, &'l str>,
    lies: Vec<&'l str>,
}

impl<'l> Promises<'l> {
    fn of(lines: &'l [String]) -> Self {
        let mut all = Self::default();
        for line in lines {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["begun", id] => drop(all.begun.insert(id)),
                ["discarding", id] => drop(all.discarding.insert(id)),
                ["saved", id] => drop(all.saved.insert(id)),
                ["taken", "back", id] => drop(all.taken_back.insert(id)),
                ["delivered", id] => drop(all.delivered.insert(id)),
                ["filled", id, amount] => drop(all.filled.insert(id, amount)),
                ["draft", id, amount] => drop(all.drafts.insert(id, amount)),
                ["lied", ..] => all.lies.push(line),
                _ => {}
            }
        }
        all
    }
}

/// Looks at a folder whose bank and device are closed. `is_recovered` when the last process said which
/// drafts there are.
///
/// # Errors
/// When a store does not open.
pub async fn judge(folder: &Path, lines: &[String], is_recovered: bool) -> Result<Verdict> {
    let said = Promises::of(lines);
    let mut verdict = Verdict { lied: said.lies.len() as u64, ..Verdict::default() };
    verdict.why.extend(said.lies.iter().map(|line| (*line).to_owned()));

    let phone = folder.join("phone");
    for file in fs::read_dir(&phone)? {
        let name = file?.file_name();
        if name.to_string_lossy().contains(".damaged-") {
            verdict.lose(format!("{name:?} was moved aside"));
        }
    }
    let bank = Bank::open(&folder.join("bank"), Arc::new(|| START))?;
    let outbox = Outbox::open(&phone.join("outbox.db"))?;
    let entries = outbox.entries()?;
    let counts = outbox.counts()?;
    let kept = counts.queued + counts.parked + counts.delivered + counts.cancelled;
    if kept != entries.len() as u64 {
        verdict.lose(format!("{kept} entries are counted of {}", entries.len()));
    }

    let mut arrived = 0;
    for head in &entries {
        let id = head.id.to_string();
        let stored = bank.ledger().envelope(head.id.0).await?;
        arrived += u64::from(stored.is_some());
        match (&head.state, &stored) {
            (EntryState::Delivered { .. }, Some(found)) => {
                if *found.digest.as_bytes() != head.digest || !found.is_whole {
                    verdict.lose(format!("{id} is at the bank with another content"));
                }
                for part in outbox.parts(head.id)? {
                    let digest = Digest::from_bytes(part.digest.0);
                    let key = PartKey { device: found.device, digest };
                    let bytes = bank.part_bytes(key).await;
                    if !bytes.is_ok_and(|bytes| Digest::of(&bytes) == digest) {
                        verdict.lose(format!("a part of {id} is not at the bank"));
                    }
                }
            }
            (EntryState::Cancelled { .. }, None) => {}
            (state, found) => {
                let at = if found.is_some() { "at the bank" } else { "not at the bank" };
                verdict.lose(format!("{id} is {} and {at}", state.name()));
            }
        }
        if head.lane == Lane::Normal && !said.begun.contains(id.as_str()) {
            verdict.double(format!("{id} is of no draft"));
        }
    }
    let withdrawals = entries.iter().filter(|head| head.lane == Lane::Urgent).count();
    if withdrawals > 1 {
        verdict.double(format!("{withdrawals} withdrawals of one consent"));
    }
    let tally = bank.ledger().tally().await?;
    if tally.envelopes != arrived || tally.jobs != arrived {
        verdict.double(format!("{arrived} of the device: {tally:?}"));
    }
    for alarm in bank.ledger().alarms().await? {
        if matches!(alarm.finding, Finding::Reused { .. }) {
            verdict.double(format!("{alarm:?}"));
        }
    }

    let state_of = |id: &str| -> Result<Option<EntryState>> {
        Ok(outbox.entry(EntryId(Uuid::parse_str(id)?))?.map(|head| head.state))
    };
    for id in &said.saved {
        if state_of(id)?.is_none() {
            verdict.lose(format!("{id} was saved and is not there"));
        }
    }
    for id in &said.taken_back {
        if !matches!(state_of(id)?, Some(EntryState::Cancelled { .. })) {
            verdict.lose(format!("{id} was taken back and is not"));
        }
    }
    for id in &said.delivered {
        if !matches!(state_of(id)?, Some(EntryState::Delivered { .. })) {
            verdict.lose(format!("{id} was delivered and is not"));
        }
    }
    for (id, amount) in
        said.filled.iter().filter(|(id, _)| is_recovered && !said.discarding.contains(*id))
    {
        let is_kept = said.drafts.get(id).is_some_and(|found| found == amount);
        if !is_kept && state_of(id)?.is_none() {
            verdict.lose(format!("{id} was filled in and is not"));
        }
    }
    Ok(verdict)
}
