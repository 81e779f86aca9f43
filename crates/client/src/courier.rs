//! The one background task: it brings sealed envelopes to the bank.
//!
//! Woken by a post, by news of the network, by a person, or by time. A turn asks the outbox what
//! to do next until nothing is due, with 1 to 16 entries in flight as the link allows. What it
//! learns about an entry settles that entry; what it learns about the way (nobody, or somebody who
//! is not the bank) ends the turn and touches no entry. Which of the two it was, a probe tells:
//! an entry that some box on the way does not let through delays no other.
//!
//! | file | idea |
//! | --- | --- |
//! | [`greeting`] | is this the bank? |
//! | [`reconciliation`] | what it lost is sent again |
//! | [`delivery`] | one entry: parts, envelope, signature |
//! | [`upload`] | one part, from wherever it got to |
//! | [`asking`] | does the bank have it? |
//! | [`pace`] | how much at once |

mod asking;
mod delivery;
pub(crate) mod greeting;
mod pace;
mod reconciliation;
mod upload;

use crate::{
    certificates::fetch_certificates,
    core::{Core, outbox_time},
};
use delivery::{MEDDLED_PAUSE, Verdict, deliver};
use greeting::{greet, probe};
use outbox::{DAMAGED, Delivery, EntryId, Lane, Outcome, Settlement, StoreError};
use pace::Pace;
use seal::Digest;
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wire::ipc::Connection;

/// Pause after nobody answered: doubles from 2 s up to 60 s. An officer who comes back into signal
/// waits a minute at most. Source: docs/adr/0002.
const OFFLINE_PAUSE: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));
/// Pause after somebody else answered: 60 s. Source: docs/adr/0002 (captive portals).
const PORTAL_PAUSE: Duration = Duration::from_secs(60);
/// Pause with nothing to send: the bank is asked every 15 min whether its words changed.
const IDLE_PAUSE: Duration = Duration::from_secs(15 * 60);
/// Pause after the outbox could not be read or written, as on a full disk: 60 s. What the bank
/// said meanwhile, it says again.
const STORE_PAUSE: Duration = Duration::from_secs(60);

/// What a turn ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnEnd {
    /// Nothing is due before this long.
    Rest(Duration),
    /// The bank was not reached.
    NotReached(Connection),
}

/// Runs until `stop`. Owned by the client.
pub(crate) async fn run(core: Arc<Core>, stop: CancellationToken) {
    let mut network = core.ports.network.changes();
    let mut failures = 0u32;
    loop {
        let pause = tokio::select! {
            () = stop.cancelled() => return,
            end = turn(&core) => match end {
                TurnEnd::Rest(pause) => {
                    failures = 0;
                    pause.min(IDLE_PAUSE)
                }
                TurnEnd::NotReached(Connection::Portal | Connection::Clock) => PORTAL_PAUSE,
                TurnEnd::NotReached(_) => {
                    failures = failures.saturating_add(1);
                    let (first, longest) = OFFLINE_PAUSE;
                    longest.min(first.saturating_mul(1 << failures.min(6).saturating_sub(1)))
                }
            },
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = core.wake.notified() => {}
            // A host that drops its sender only stops telling.
            Ok(()) = network.changed() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One turn: everything that is due now. Cancel-safe: an entry whose answer is lost stays queued
/// and is delivered again under the same id.
pub(crate) async fn turn(core: &Arc<Core>) -> TurnEnd {
    loop {
        let reached = greet(core).await;
        core.set_connection(reached.err().unwrap_or(Connection::Online));
        if let Err(connection) = reached {
            return TurnEnd::NotReached(connection);
        }
        let mut end = Turn::new(core).run().await;
        if let TurnEnd::Rest(rest) = end {
            let again = fetch_certificates(core).await;
            end = TurnEnd::Rest(again.map_or(rest, |again| again.min(rest)));
        }
        // Asked for in the middle of a turn, whose wake-up it took.
        if !matches!(end, TurnEnd::Rest(_)) || !core.words_are_wanted() {
            return end;
        }
    }
}

/// An entry after an attempt. Its mark of being in flight goes with the delivery.
type Attempt = (Delivery, Verdict);

struct Turn<'t> {
    core: &'t Arc<Core>,
    pace: Pace,
    in_flight: JoinSet<Attempt>,
    /// Withdrawals among them: while one is on its way, nothing else is begun.
    urgent: HashSet<EntryId>,
    /// Entries that were doubted in this turn: once is the way's fault, twice is theirs.
    doubted: HashSet<EntryId>,
}

impl<'t> Turn<'t> {
    fn new(core: &'t Arc<Core>) -> Self {
        Self {
            core,
            pace: Pace::default(),
            in_flight: JoinSet::new(),
            urgent: HashSet::new(),
            doubted: HashSet::new(),
        }
    }

    async fn run(mut self) -> TurnEnd {
        loop {
            let rest = match self.begin_due().await {
                Ok(rest) => rest,
                Err(error) => {
                    tracing::error!("the outbox cannot be read: {error}");
                    return TurnEnd::Rest(STORE_PAUSE);
                }
            };
            if self.in_flight.is_empty() {
                return TurnEnd::Rest(rest);
            }
            let ended = tokio::select! {
                Some(ended) = self.in_flight.join_next() => self.and_others(attempt(ended)),
                // A post, perhaps a withdrawal, which waits for nobody.
                () = self.core.wake.notified() => continue,
            };
            if let Err(end) = self.settle(ended).await {
                return end;
            }
        }
    }

    /// Begins what is due, as far as the pace allows. A withdrawal always, and before anything else:
    /// the rest waits for its answer, or for its failure. Says how long nothing else becomes due by
    /// waiting.
    async fn begin_due(&mut self) -> Result<Duration, StoreError> {
        loop {
            let room = self.pace.limit().saturating_sub(self.in_flight.len());
            let limit = room.max(1);
            let is_behind = !self.urgent.is_empty();
            let begun = blocking(self.core, move |core| {
                let now = outbox_time(core.now());
                let steps = core.outbox.next_steps(now, limit)?;
                let mut begun = Vec::with_capacity(steps.send.len());
                let mut is_behind = is_behind;
                for id in steps.send {
                    // They come first in the list.
                    let is_urgent = is_urgent(core, id)?;
                    is_behind |= is_urgent;
                    if is_urgent || (room > 0 && !is_behind) {
                        begun.push((id, begin(core, id)));
                    }
                }
                let rest = steps.wake_at.map_or(IDLE_PAUSE, |at| at.since(now));
                Ok::<_, StoreError>((begun, rest))
            })
            .await;
            let (begun, rest) = begun?;
            if begun.is_empty() {
                return Ok(rest);
            }
            let mut damaged = Vec::new();
            for (id, begun) in begun {
                match begun {
                    Ok(Some(delivery)) => self.send(delivery),
                    // Cancelled in between.
                    Ok(None) => {}
                    Err(StoreError::Damaged(what)) => {
                        tracing::error!(envelope.id = %id, "an entry is damaged: {what}");
                        damaged.push((id, Outcome::Parked { reason: DAMAGED }));
                    }
                    Err(error) => return Err(error),
                }
            }
            self.core.changed();
            write_down(self.core, damaged).await?;
        }
    }

    fn send(&mut self, delivery: Delivery) {
        let core = Arc::clone(self.core);
        if delivery.head.lane == Lane::Urgent {
            self.urgent.insert(delivery.head.id);
        }
        self.in_flight.spawn(async move {
            let verdict = deliver(&core, &delivery).await;
            (delivery, verdict)
        });
    }

    /// What ended at the same time is written down in the same commit.
    fn and_others(&mut self, first: Attempt) -> Vec<Attempt> {
        let mut ended = vec![first];
        while let Some(next) = self.in_flight.try_join_next() {
            ended.push(attempt(next));
        }
        ended
    }

    /// Writes down how attempts ended. The marks are taken away after that.
    async fn settle(&mut self, ended: Vec<Attempt>) -> Result<(), TurnEnd> {
        let doubt = ended.iter().find_map(|(_, verdict)| match verdict {
            Verdict::Doubt(connection) => Some(*connection),
            Verdict::Known(_) => None,
        });
        let way = match doubt {
            Some(_) => probe(self.core).await.map(|_| ()),
            None => Ok(()),
        };
        let outcomes = ended
            .iter()
            .map(|(delivery, verdict)| (delivery.head.id, self.outcome(delivery, verdict, way)))
            .collect();
        let settled = write_down(self.core, outcomes).await;
        ended.iter().for_each(|(delivery, _)| {
            self.urgent.remove(&delivery.head.id);
        });
        drop(ended);
        self.core.changed();
        if let Err(connection) = way {
            self.core.set_connection(connection);
            return Err(TurnEnd::NotReached(connection));
        }
        settled.map_err(|error| {
            // Entries are as they were: they go out again and the bank gives its first answers.
            tracing::error!("could not write down answers: {error}");
            TurnEnd::Rest(STORE_PAUSE)
        })
    }

    fn outcome(
        &mut self,
        delivery: &Delivery,
        verdict: &Verdict,
        way: Result<(), Connection>,
    ) -> Outcome {
        match verdict {
            Verdict::Known(outcome) => {
                match outcome {
                    Outcome::Later { .. } => self.pace.faltered(),
                    _ => self.pace.answered(),
                }
                outcome.clone()
            }
            Verdict::Doubt(connection) => {
                self.pace.faltered();
                let first = self.doubted.insert(delivery.head.id);
                match (way, connection) {
                    (Err(_), _) => Outcome::NotTried,
                    (Ok(()), _) if first => Outcome::NotTried,
                    (Ok(()), Connection::Portal) => {
                        Outcome::Later { retry_after: Some(MEDDLED_PAUSE) }
                    }
                    (Ok(()), _) => Outcome::Later { retry_after: None },
                }
            }
        }
    }
}

fn attempt(ended: Result<Attempt, tokio::task::JoinError>) -> Attempt {
    match ended {
        Ok(attempt) => attempt,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

fn is_urgent(core: &Core, id: EntryId) -> Result<bool, StoreError> {
    Ok(core.outbox.entry(id)?.is_some_and(|head| head.lane == Lane::Urgent))
}

fn begin(core: &Core, id: EntryId) -> Result<Option<Delivery>, StoreError> {
    core.outbox.begin_checked(id, |body| *Digest::of(body).as_bytes())
}

/// Settles in one transaction.
async fn write_down(core: &Arc<Core>, outcomes: Vec<(EntryId, Outcome)>) -> Result<(), StoreError> {
    if outcomes.is_empty() {
        return Ok(());
    }
    let settled = blocking(core, move |core| {
        let settlements: Vec<Settlement> = outcomes
            .into_iter()
            .map(|(id, outcome)| Settlement { id, outcome, jitter: core.jitter() })
            .collect();
        core.outbox.settle_all(&settlements, outbox_time(core.now()))
    })
    .await?;
    for settled in settled {
        match settled {
            Ok(head) => {
                tracing::info!(envelope.id = %head.id, state = head.state.name(), "settled")
            }
            Err(error) => tracing::error!("an answer does not fit its entry: {error}"),
        }
    }
    Ok(())
}

/// Runs `act` on the blocking pool.
pub(crate) async fn blocking<T: Send + 'static>(
    core: &Arc<Core>,
    act: impl FnOnce(&Core) -> T + Send + 'static,
) -> T {
    let core = Arc::clone(core);
    match tokio::task::spawn_blocking(move || act(&core)).await {
        Ok(value) => value,
        Err(e) => std::panic::resume_unwind(e.into_panic()),
    }
}
