//! Random operations on a ledger and on a map that is obviously right.

use super::{Admission, Admitted, Ledger, Store, application, other_content, tally, withdrawal};
use crate::ledger::SeqFinding;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

const OPERATIONS: u32 = 1_000;
const DEVICES: u8 = 4;

/// A thousand admissions, replays, conflicts, withdrawals, look-ups and restarts from `seed`
/// answer as a map would.
pub async fn a_thousand_random_operations_agree_with_a_model(store: &dyn Store, seed: u64) {
    let mut dice = Dice(seed | 1);
    let mut model = Model::default();
    let mut ledger = store.open();
    for step in 0..OPERATIONS {
        let told = format!("seed {seed}, step {step}");
        match dice.up_to(16) {
            0..=6 => model.admit(&ledger, model.next_application(&mut dice), &told).await,
            7 | 8 => {
                if let Some(known) = model.any(&mut dice) {
                    model.admit(&ledger, known, &told).await;
                }
            }
            9 | 10 => {
                if let Some(known) = model.any(&mut dice) {
                    model.admit(&ledger, other_content(&known), &told).await;
                }
            }
            11 | 12 => {
                if let Some(known) = model.any(&mut dice).filter(|known| known.schema == 1) {
                    let n = model.next_id();
                    model.admit(&ledger, withdrawal(n, &known), &told).await;
                }
            }
            13 => {
                drop(ledger);
                ledger = store.open();
            }
            _ => model.compare(&ledger, &mut dice, &told).await,
        }
    }
    let counted = tally(&ledger).await;
    assert_eq!(counted.envelopes, model.admitted.len() as u64, "seed {seed}");
    assert_eq!(counted.consents, model.records.len() as u64, "seed {seed}");
    assert_eq!(counted.jobs, counted.envelopes, "seed {seed}");
}

#[derive(Default)]
struct Model {
    admitted: BTreeMap<Uuid, Admission>,
    records: BTreeSet<([u8; 32], [u8; 16])>,
    next_seq: BTreeMap<u8, u64>,
}

impl Model {
    fn next_id(&self) -> u128 {
        self.admitted.len() as u128 + 1
    }

    fn next_application(&self, dice: &mut Dice) -> Admission {
        let device = u8::try_from(dice.up_to(u64::from(DEVICES))).expect("few devices");
        let seq = self.next_seq.get(&device).copied().unwrap_or(1);
        application(self.next_id(), device, seq)
    }

    fn any(&self, dice: &mut Dice) -> Option<Admission> {
        let count = self.admitted.len() as u64;
        let at = usize::try_from(dice.up_to(count.max(1))).ok()?;
        self.admitted.values().nth(at).cloned()
    }

    fn expected(&self, admission: &Admission) -> Admitted {
        if let Some(known) = self.admitted.get(&admission.id) {
            return if known.digest == admission.digest {
                Admitted::Replayed { ack: known.ack.clone() }
            } else {
                Admitted::Conflict { stored: known.digest }
            };
        }
        let taken = admission
            .consents
            .iter()
            .any(|row| self.records.contains(&(*admission.device.as_bytes(), row.record_id)));
        if taken { Admitted::RecordTaken } else { Admitted::Recorded { seq: SeqFinding::Fits } }
    }

    async fn admit(&mut self, ledger: &Arc<dyn Ledger>, admission: Admission, told: &str) {
        let expected = self.expected(&admission);
        let answer = super::admit(ledger, &admission).await;
        assert_eq!(answer, expected, "{told}");
        if let Admitted::Recorded { .. } = expected {
            for row in &admission.consents {
                self.records.insert((*admission.device.as_bytes(), row.record_id));
            }
            if admission.schema == 1 {
                *self.next_seq.entry(admission.device.as_bytes()[0]).or_insert(1) += 1;
            }
            self.admitted.insert(admission.id, admission);
        }
    }

    async fn compare(&self, ledger: &Arc<dyn Ledger>, dice: &mut Dice, told: &str) {
        let Some(known) = self.any(dice) else { return };
        let stored = ledger.envelope(known.id).await.expect("reads").expect(told);
        assert_eq!((stored.digest, stored.ack), (known.digest, known.ack), "{told}");
        let application = ledger.application(known.id).await.expect("reads");
        assert_eq!(application.is_some(), known.schema == 1, "{told}");
    }
}

/// Xorshift64 (Marsaglia 2003): random enough, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
