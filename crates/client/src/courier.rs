//! The one background task: it brings sealed envelopes to the bank.
//!
//! Woken by a post, by news of the network, by a person, or by time. A turn asks the outbox what
//! to do next until nothing is due. What it learns about an entry settles that entry; what it
//! learns about the way (nobody, or somebody who is not the bank) pauses the turn and touches no
//! entry.

use crate::{
    bank_api::Answer,
    cases::park,
    core::{Core, outbox_time},
    known::{BundleError, Known},
};
use data_encoding::HEXLOWER;
use lending::acknowledgement::{Pong, VerifiedAck};
use outbox::{Delivery, Outcome, Step};
use seal::{Digest, random_bytes};
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use wire::{ipc::Connection, problem::ProblemCode};

/// Pause after nobody answered: doubles from 2 s up to 60 s. An officer who comes back into signal
/// waits a minute at most. Source: docs/adr/0002.
const OFFLINE_PAUSE: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(60));
/// Pause after somebody else answered: 60 s. Source: docs/adr/0002 (captive portals).
const PORTAL_PAUSE: Duration = Duration::from_secs(60);
/// Pause with nothing to send: the bank is asked every 15 min whether its words changed.
const IDLE_PAUSE: Duration = Duration::from_secs(15 * 60);

/// What a turn ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnEnd {
    /// Nothing is due before this long.
    Rest(Duration),
    /// The bank was not reached.
    NotReached(Connection),
}

/// What happened to one entry.
enum Delivered {
    Settle(Outcome),
    /// Nothing was learnt about the entry, only about the way.
    Way(Connection),
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
                TurnEnd::NotReached(Connection::Portal) => PORTAL_PAUSE,
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
    let connection = greet(core).await;
    core.set_connection(connection);
    if connection != Connection::Online {
        return TurnEnd::NotReached(connection);
    }
    loop {
        let step = match blocking(core, |core| core.outbox.next_step(outbox_time(core.now()))).await
        {
            Ok(step) => step,
            Err(e) => {
                tracing::error!("the outbox cannot be read: {e}");
                return TurnEnd::Rest(IDLE_PAUSE);
            }
        };
        match step {
            Step::Idle => return TurnEnd::Rest(IDLE_PAUSE),
            Step::SleepUntil(at) => {
                return TurnEnd::Rest(at.since(outbox_time(core.now())));
            }
            Step::Send(id) => {
                let begun = blocking(core, move |core| core.outbox.begin(id)).await;
                let (delivery, delivered) = match begun {
                    Ok(Some(delivery)) => {
                        core.changed();
                        let delivered = deliver(core, &delivery).await;
                        (Some(delivery), delivered)
                    }
                    // Cancelled in between.
                    Ok(None) => continue,
                    Err(e) => {
                        tracing::error!(envelope.id = %id, "an entry cannot be read: {e}");
                        let reason = park::REFUSED;
                        (None, Delivered::Settle(Outcome::Parked { reason }))
                    }
                };
                match delivered {
                    Delivered::Settle(outcome) => settle(core, id, outcome, delivery).await,
                    Delivered::Way(connection) => {
                        drop(delivery);
                        core.set_connection(connection);
                        core.changed();
                        return TurnEnd::NotReached(connection);
                    }
                }
            }
        }
    }
}

async fn settle(
    core: &Arc<Core>,
    id: outbox::EntryId,
    outcome: Outcome,
    delivery: Option<Delivery>,
) {
    let settled = blocking(core, move |core| {
        let settled = core.outbox.settle(id, &outcome, outbox_time(core.now()), core.jitter());
        drop(delivery);
        settled
    })
    .await;
    match settled {
        Ok(head) => tracing::info!(envelope.id = %id, state = head.state.name(), "settled"),
        // The entry is as it was: it goes out again and the bank gives its first answer again.
        Err(e) => tracing::error!(envelope.id = %id, "could not write down an answer: {e}"),
    }
    core.changed();
}

/// Asks the bank to sign a nonce, and fetches its words when there are none or newer ones.
async fn greet(core: &Arc<Core>) -> Connection {
    if core.known().is_none() {
        let fetched = fetch_catalogue(core).await;
        if fetched != Connection::Online {
            return fetched;
        }
    }
    let Some(known) = core.known() else { return Connection::Offline };
    let nonce: [u8; 16] = random_bytes(&*core.ports.entropy);
    let body = match core.api.ping(&HEXLOWER.encode(&nonce)).await {
        Answer::Body(body) => body,
        answer => return way(&answer),
    };
    let pong = match Pong::verify(&body, nonce, &known.directory) {
        Ok(pong) => pong,
        // A key this device does not know yet, perhaps: the bank's words tell.
        Err(_) => {
            if fetch_catalogue(core).await != Connection::Online {
                return Connection::Portal;
            }
            let Some(known) = core.known() else { return Connection::Portal };
            let Ok(pong) = Pong::verify(&body, nonce, &known.directory) else {
                return Connection::Portal;
            };
            pong
        }
    };
    if let Err(e) = core.heard_server_time(pong.at) {
        tracing::warn!("the bank's time is not kept: {e}");
    }
    if core.words_due() || pong.catalogue_version != known.catalogue.version {
        fetch_catalogue(core).await;
    }
    Connection::Online
}

/// Fetches and verifies the bank's words; says what was learnt about the way.
async fn fetch_catalogue(core: &Arc<Core>) -> Connection {
    let body = match core.api.catalogue().await {
        Answer::Body(body) => body,
        answer => return way(&answer),
    };
    let accepted = blocking(core, move |core| {
        let before = core.known();
        Known::accept(&body, before.as_deref(), &core.store, &core.trust.bank, &core.root)
    })
    .await;
    match accepted {
        Ok(known) => {
            tracing::info!(catalogue.version = known.catalogue.version, "have the catalogue");
            core.set_known(known);
            Connection::Online
        }
        Err(BundleError::Store(e)) => {
            tracing::error!("the catalogue is not kept: {e}");
            Connection::Offline
        }
        Err(e) => {
            tracing::warn!("what came is not the bank's catalogue: {e}");
            Connection::Portal
        }
    }
}

fn way(answer: &Answer) -> Connection {
    match answer {
        Answer::Nobody | Answer::Later { .. } => Connection::Offline,
        Answer::NotTheBank | Answer::Refused(_) | Answer::Body(_) => Connection::Portal,
    }
}

async fn deliver(core: &Arc<Core>, delivery: &Delivery) -> Delivered {
    let id = delivery.head.id.0;
    if let Some(reason) = core.held(&delivery.head, core.last_server_time().unwrap_or_default()) {
        return Delivered::Settle(Outcome::Parked { reason });
    }
    match core.api.put_envelope(id, delivery.body.clone()).await {
        Answer::Body(signed) => acknowledged(core, delivery, signed).await,
        Answer::Later { retry_after } => Delivered::Settle(Outcome::Later { retry_after }),
        Answer::Nobody => Delivered::Way(Connection::Offline),
        Answer::NotTheBank => Delivered::Way(Connection::Portal),
        Answer::Refused(problem) => match problem.code {
            ProblemCode::EnvelopeConflict => {
                Delivered::Settle(Outcome::Parked { reason: park::CONFLICT })
            }
            // Not about this entry: a gateway of another version, or a wrong address.
            ProblemCode::NotFound | ProblemCode::MethodNotAllowed | ProblemCode::Unauthorised => {
                Delivered::Way(Connection::Portal)
            }
            code => {
                tracing::error!(envelope.id = %id, problem = %code, "the bank refused an envelope");
                Delivered::Settle(Outcome::Parked { reason: park::REFUSED })
            }
        },
    }
}

async fn acknowledged(core: &Arc<Core>, delivery: &Delivery, signed: Vec<u8>) -> Delivered {
    let verify = |known: &Known| {
        let digest = Digest::from_bytes(delivery.head.digest);
        VerifiedAck::verify(&signed, *delivery.head.id.0.as_bytes(), digest, &known.directory)
    };
    let first = core.known().map(|known| verify(&known));
    let ack = match first {
        Some(Ok(ack)) => ack,
        // The key may have been rotated while the entry waited.
        _ => {
            fetch_catalogue(core).await;
            match core.known().map(|known| verify(&known)) {
                Some(Ok(ack)) => ack,
                _ => return Delivered::Way(Connection::Portal),
            }
        }
    };
    if let Err(e) = core.heard_server_time(ack.received_at) {
        tracing::warn!("the bank's time is not kept: {e}");
    }
    let at = outbox_time(ack.received_at);
    Delivered::Settle(Outcome::Delivered { proof: ack.signed().to_vec(), at })
}

/// Runs `act` on the blocking pool.
async fn blocking<T: Send + 'static>(
    core: &Arc<Core>,
    act: impl FnOnce(&Core) -> T + Send + 'static,
) -> T {
    let core = Arc::clone(core);
    match tokio::task::spawn_blocking(move || act(&core)).await {
        Ok(value) => value,
        Err(e) => std::panic::resume_unwind(e.into_panic()),
    }
}
