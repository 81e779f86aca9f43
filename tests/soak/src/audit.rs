//! Whether what was promised is true. Pure: books and promises in, findings out.

use crate::books::{Ledger, Queue};
use crate::orders::Said;
use lending::certificate::STOP_WITHIN_MS;
use outbox::EntryState;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use uuid::Uuid;

/// What a device said, in all of its lives.
#[derive(Clone, Debug, Default)]
pub struct Promises {
    /// Drafts that were filled in.
    pub filled: BTreeSet<Uuid>,
    /// Drafts that were there at the end.
    pub drafts: BTreeSet<Uuid>,
    /// Cases that were saved.
    pub saved: BTreeSet<Uuid>,
    /// Cases that somebody meant to take back.
    pub taking_back: BTreeSet<Uuid>,
    /// Cases that were taken back.
    pub taken_back: BTreeSet<Uuid>,
    /// Records whose consent was withdrawn.
    pub withdrawn: BTreeSet<Uuid>,
    /// Envelopes that the bank has.
    pub delivered: BTreeSet<Uuid>,
}

impl Promises {
    /// Notes what a device said; whether it is a promise that was not made before.
    pub fn note(&mut self, said: &Said) -> bool {
        let (set, id) = match said {
            Said::Filled(id) => (&mut self.filled, id),
            Said::Saved(id) => (&mut self.saved, id),
            Said::TakingBack(id) => (&mut self.taking_back, id),
            Said::TakenBack(id) => (&mut self.taken_back, id),
            Said::Withdrawn(id) => (&mut self.withdrawn, id),
            Said::Delivered(id) => (&mut self.delivered, id),
            Said::Dry { drafts } => {
                self.drafts = drafts.iter().copied().collect();
                return false;
            }
            Said::Ready | Said::Refused(_) => return false,
        };
        set.insert(*id)
    }
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Promised, and not true.
    pub lost: Vec<String>,
    /// There more than once, or there without anybody having sent it.
    pub doubled: Vec<String>,
    /// Another invariant that does not hold.
    pub broken: Vec<String>,
    /// Cases that the device shows as taken back and that the bank has: an attempt was under way, and
    /// its answer never came. Counted, since no promise says that the bank knows of it.
    pub crossed: usize,
    /// How long after each withdrawal came the bank had stopped, ms.
    pub stopped_after_ms: Vec<u64>,
}

impl Findings {
    /// Whether everything that was promised is true.
    pub fn good(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.broken.is_empty()
    }
}

/// Compares the promises of all devices of a bank with their outboxes and with the bank's ledger, after
/// everything ran dry.
pub fn audit(promises: &Promises, queue: &Queue, ledger: &Ledger) -> Findings {
    let mut findings = Findings::default();
    promised(promises, queue, ledger, &mut findings);
    entries(promises, queue, ledger, &mut findings);
    bank(queue, ledger, &mut findings);
    findings
}

/// Every promise is true.
fn promised(promises: &Promises, queue: &Queue, ledger: &Ledger, findings: &mut Findings) {
    // A draft has the id of the case that becomes of it.
    for draft in promises.filled.difference(&promises.drafts) {
        if !queue.entries.contains_key(draft) && !promises.saved.contains(draft) {
            findings.lost.push(format!("{draft} was filled in and is neither a draft nor a case"));
        }
    }
    for case in &promises.saved {
        if !queue.entries.contains_key(case) {
            findings.lost.push(format!("{case} was saved and is not in the outbox"));
        }
    }
    for envelope in &promises.delivered {
        if !ledger.envelopes.contains_key(envelope) {
            findings.lost.push(format!("{envelope} was shown as delivered, the bank has it not"));
        }
    }
    for record in &promises.withdrawn {
        let here = ledger.records.iter().filter(|found| found.supersedes == Some(*record)).count();
        if here == 0 {
            findings.lost.push(format!("the withdrawal of {record} is not at the bank"));
        }
    }
    for case in &promises.taken_back {
        match queue.entries.get(case).map(|entry| &entry.state) {
            Some(EntryState::Cancelled { .. } | EntryState::Delivered { .. }) => {}
            state => findings.lost.push(format!("{case} was taken back and is {state:?}")),
        }
    }
}

/// Every entry has ended in a way that somebody wanted, and proves it.
fn entries(promises: &Promises, queue: &Queue, ledger: &Ledger, findings: &mut Findings) {
    let counts = queue.counts;
    if counts.posted() != queue.entries.len() as u64 {
        findings.broken.push(format!("{counts:?} of {} entries", queue.entries.len()));
    }
    let withdrawn: BTreeSet<Uuid> = ledger
        .records
        .iter()
        .filter(|record| record.event == "withdrawn")
        .map(|record| record.case)
        .collect();
    for (id, entry) in &queue.entries {
        let at_bank = ledger.envelopes.get(id);
        match &entry.state {
            EntryState::Delivered { .. } => match at_bank {
                None => findings.lost.push(format!("{id} is delivered, the bank has it not")),
                Some(row) if row.digest != entry.digest => {
                    findings.broken.push(format!("{id} has another content at the bank"));
                }
                Some(row) if entry.proof.as_ref() != Some(&row.ack) => {
                    findings.broken.push(format!("{id} has another proof than the bank's"));
                }
                Some(row) if row.parts != entry.parts => {
                    let (here, sent) = (row.parts.len(), entry.parts.len());
                    findings.lost.push(format!("{id}: {here} of its {sent} parts are at the bank"));
                }
                Some(_) => {}
            },
            EntryState::Cancelled { .. } => {
                if !promises.taking_back.contains(id) && !withdrawn.contains(id) {
                    findings.lost.push(format!("{id} is cancelled and nobody took it back"));
                }
                findings.crossed += usize::from(at_bank.is_some());
            }
            state => findings.lost.push(format!("{id} never ended: {state:?}")),
        }
    }
}

/// The bank has nothing twice, and nothing that no device sent.
fn bank(queue: &Queue, ledger: &Ledger, findings: &mut Findings) {
    for id in ledger.envelopes.keys().filter(|id| !queue.entries.contains_key(*id)) {
        findings.doubled.push(format!("{id} is at the bank, no outbox knows it"));
    }
    let doubled = &mut findings.doubled;
    once("case", ledger.applications.iter().map(|row| row.id), doubled);
    once("number of a case", ledger.applications.iter().map(|row| row.number), doubled);
    once("number of a record", ledger.records.iter().map(|row| row.number), doubled);
    let answered = ledger.records.iter().filter(|row| row.supersedes.is_none());
    once("answer", answered.map(|row| (row.case, row.notice.as_str())), doubled);
    once("withdrawal", ledger.records.iter().filter_map(|row| row.supersedes), doubled);
    once("job", ledger.jobs.iter(), doubled);
    if ledger.reused_numbers > 0 {
        doubled.push(format!("{} alarms about a number used twice", ledger.reused_numbers));
    }
    findings.stopped_after_ms = ledger.stops.iter().filter_map(|(_, took)| *took).collect();
    for (id, took) in &ledger.stops {
        match took {
            None => findings.broken.push(format!("the bank never stopped after {id}")),
            Some(took) if *took > STOP_WITHIN_MS => {
                findings.broken.push(format!("the bank stopped {took} ms after {id} came"));
            }
            Some(_) => {}
        }
    }
    for row in &ledger.applications {
        if let Some(code) = &row.refused {
            findings.broken.push(format!("{} was refused: {code}", row.id));
        }
        let answers = ledger.records.iter().filter(|record| {
            record.case == row.id && matches!(record.event.as_str(), "given" | "refused")
        });
        if answers.count() == 0 {
            findings.broken.push(format!("{} came without its consents", row.id));
        }
    }
}

fn once<T: Ord + Debug>(what: &str, these: impl Iterator<Item = T>, doubled: &mut Vec<String>) {
    let mut seen = BTreeMap::new();
    for each in these {
        *seen.entry(each).or_insert(0u32) += 1;
    }
    for (each, times) in seen.into_iter().filter(|(_, times)| *times > 1) {
        doubled.push(format!("{what} {each:?} is there {times} times"));
    }
}

#[cfg(test)]
mod tests;
