//! One request at a time for each part, the newest first.
//!
//! A phone that lost its network asks for the offset while its broken request still hangs here. So
//! a new request asks the one under way to end; that one writes down what it has and lets go. The
//! draft recommends this (draft-ietf-httpbis-resumable-upload, "Concurrency"). Correctness does not
//! rest on it: each change of a row names the offset it goes out from, also between gateways.

use super::PartKey;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, watch};

/// Slots kept before those that nobody uses are let go.
const MOST_IDLE_SLOTS: usize = 1024;

/// The turns of all parts.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<HashMap<PartKey, Slot>>);

#[derive(Clone, Debug)]
struct Slot {
    /// The number of the newest request.
    newest: Arc<watch::Sender<u64>>,
    busy: Arc<AsyncMutex<()>>,
}

/// The right to act on one part until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    number: u64,
    newest: watch::Receiver<u64>,
    _busy: OwnedMutexGuard<()>,
}

impl Turns {
    /// Waits for the turn, and asks the request before to end.
    pub(super) async fn take(&self, key: PartKey) -> Turn {
        let slot = self.slot(key);
        let mut number = 0;
        slot.newest.send_modify(|newest| {
            *newest += 1;
            number = *newest;
        });
        let newest = slot.newest.subscribe();
        Turn { number, newest, _busy: slot.busy.lock_owned().await }
    }

    fn slot(&self, key: PartKey) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() > MOST_IDLE_SLOTS {
            slots.retain(|_, slot| Arc::strong_count(&slot.busy) > 1);
        }
        slots
            .entry(key)
            .or_insert_with(|| Slot {
                newest: Arc::new(watch::Sender::new(0)),
                busy: Arc::default(),
            })
            .clone()
    }
}

impl Turn {
    /// Ends when a newer request waits for this part.
    pub(super) async fn is_wanted(&mut self) {
        let number = self.number;
        if self.newest.wait_for(|newest| *newest > number).await.is_err() {
            // The sender lives in the slot; without it nobody else can want the turn.
            std::future::pending::<()>().await;
        }
    }
}
