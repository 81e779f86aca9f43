//! What to do next, and what an outcome makes of an entry. Pure: no disk, no clock, no dice.
//!
//! The edges, and there are no others:
//!
//! | from | by | to |
//! | --- | --- | --- |
//! | queued | delivered | delivered |
//! | queued | later | queued, waiting |
//! | queued | parked | parked |
//! | parked | [`release`] | queued, due at once |
//! | queued, parked | [`cancel`] | cancelled |
//! | cancelled | delivered | delivered: the receiver had it already, and the proof wins |
//! | delivered | [`resend`], by reconciliation | queued, due at once: the receiver lost it |
//!
//! An entry that was cancelled while in flight stays cancelled when the attempt fails. A second
//! proof changes nothing: the first one stays. `NotTried` never changes anything.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use crate::entry::{EntryHead, EntryId, EntryState, Outcome, Step, Steps, Timestamp};
use crate::keeping::Epoch;
use crate::policy::{
    BODY_KEPT, FIRST_BACKOFF, LONGEST_PAUSE, MAX_BACKOFF, MAX_IN_FLIGHT, MAX_RETRY_AFTER,
    MIN_BACKOFF,
};

/// A state was asked to move along an edge that is not drawn. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an entry that is {} cannot be {act}", .from.name())]
pub struct IllegalMove {
    /// Where the entry stands.
    pub from: EntryState,
    /// What was asked of it.
    pub act: Act,
}

/// Something done to an entry that moves its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Settled as [`Outcome::Delivered`].
    Deliver,
    /// Settled as [`Outcome::Later`].
    Delay,
    /// Settled as [`Outcome::Parked`].
    Park,
    /// Released by a person.
    Release,
    /// Cancelled.
    Cancel,
    /// Queued anew by a reconciliation, because the receiver lost it.
    Resend,
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Act::Deliver => "delivered",
            Act::Delay => "delayed",
            Act::Park => "parked",
            Act::Release => "released",
            Act::Cancel => "cancelled",
            Act::Resend => "sent again",
        })
    }
}

/// Decides what the courier does next.
///
/// Entries are independent: one that is parked, waiting or in flight never blocks another. Among
/// the due ones the urgent lane comes first, then the oldest by `saved_at`, then the lowest id;
/// the order of `heads` does not matter. `now` is wall time: an entry that claims to wait for
/// longer than [`LONGEST_PAUSE`] was dated by a wrong clock and is due at once.
pub fn next_step(heads: &[EntryHead], in_flight: &HashSet<EntryId>, now: Timestamp) -> Step {
    let mut first_due: Option<&EntryHead> = None;
    let mut earliest: Option<Timestamp> = None;
    for head in heads.iter().filter(|head| !in_flight.contains(&head.id)) {
        match readiness(&head.state, now) {
            Readiness::Due => {
                if first_due.is_none_or(|first| rank(head) < rank(first)) {
                    first_due = Some(head);
                }
            }
            Readiness::At(at) => earliest = Some(earliest.map_or(at, |seen| seen.min(at))),
            Readiness::Never => {}
        }
    }
    match (first_due, earliest) {
        (Some(head), _) => Step::Send(head.id),
        (None, Some(at)) => Step::SleepUntil(at),
        (None, None) => Step::Idle,
    }
}

/// Decides what a courier with several entries in flight does next: up to `limit` due entries
/// (held to 1 to [`MAX_IN_FLIGHT`]), in the order in which [`next_step`] would name them, and
/// when another one becomes due by waiting.
pub fn next_steps(
    heads: &[EntryHead],
    in_flight: &HashSet<EntryId>,
    now: Timestamp,
    limit: usize,
) -> Steps {
    let mut due = Vec::new();
    let mut wake_at: Option<Timestamp> = None;
    for head in heads.iter().filter(|head| !in_flight.contains(&head.id)) {
        match readiness(&head.state, now) {
            Readiness::Due => due.push(head),
            Readiness::At(at) => wake_at = Some(wake_at.map_or(at, |seen| seen.min(at))),
            Readiness::Never => {}
        }
    }
    due.sort_unstable_by_key(|head| rank(head));
    due.truncate(limit.clamp(1, MAX_IN_FLIGHT));
    Steps { send: due.into_iter().map(|head| head.id).collect(), wake_at }
}

/// What an outcome makes of an entry. `jitter` is a random number, uniform over all of `u64`.
///
/// # Errors
///
/// [`IllegalMove`] if no such edge is drawn: a parked entry is settled, or a delivered one
/// delayed or parked.
pub fn settle(
    state: &EntryState,
    outcome: &Outcome,
    now: Timestamp,
    jitter: u64,
) -> Result<EntryState, IllegalMove> {
    use EntryState::{Cancelled, Delivered, Parked, Queued};
    match (state, outcome) {
        (_, Outcome::NotTried) => Ok(state.clone()),
        (Queued { .. } | Cancelled { .. }, Outcome::Delivered { at, .. }) => {
            Ok(Delivered { at: *at })
        }
        (Delivered { .. }, Outcome::Delivered { .. })
        | (Cancelled { .. }, Outcome::Later { .. } | Outcome::Parked { .. }) => Ok(state.clone()),
        (Queued { attempts, .. }, Outcome::Later { retry_after }) => Ok(Queued {
            attempts: attempts.saturating_add(1),
            not_before: Some(now.plus(pause(*attempts, *retry_after, jitter))),
        }),
        (Queued { .. }, Outcome::Parked { reason }) => Ok(Parked { reason: reason.clone() }),
        (Parked { .. }, Outcome::Delivered { .. }) => illegal(state, Act::Deliver),
        (Parked { .. } | Delivered { .. }, Outcome::Later { .. }) => illegal(state, Act::Delay),
        (Parked { .. } | Delivered { .. }, Outcome::Parked { .. }) => illegal(state, Act::Park),
    }
}

/// What a person's release makes of an entry: a parked one is queued anew, due at once.
///
/// # Errors
///
/// [`IllegalMove`] if it is not parked.
pub fn release(state: &EntryState) -> Result<EntryState, IllegalMove> {
    match state {
        EntryState::Parked { .. } => Ok(EntryState::FRESH),
        EntryState::Queued { .. } | EntryState::Delivered { .. } | EntryState::Cancelled { .. } => {
            illegal(state, Act::Release)
        }
    }
}

/// What cancelling makes of an entry.
///
/// # Errors
///
/// [`IllegalMove`] if it is neither queued nor parked.
pub fn cancel(state: &EntryState, now: Timestamp) -> Result<EntryState, IllegalMove> {
    match state {
        EntryState::Queued { .. } | EntryState::Parked { .. } => {
            Ok(EntryState::Cancelled { at: now })
        }
        EntryState::Delivered { .. } | EntryState::Cancelled { .. } => illegal(state, Act::Cancel),
    }
}

/// What a reconciliation makes of an entry that the receiver lost: queued anew, due at once.
///
/// # Errors
///
/// [`IllegalMove`] if it is not delivered.
pub fn resend(state: &EntryState) -> Result<EntryState, IllegalMove> {
    match state {
        EntryState::Delivered { .. } => Ok(EntryState::FRESH),
        EntryState::Queued { .. } | EntryState::Parked { .. } | EntryState::Cancelled { .. } => {
            illegal(state, Act::Resend)
        }
    }
}

/// Until when the body of an ended entry is kept at least; `None` for one that has not ended.
/// A delivered entry is kept longer, until a reconciliation after this time, in the epoch in which
/// the receiver confirmed it. Source: invariant I6 of the design.
pub fn kept_until(state: &EntryState) -> Option<Timestamp> {
    match state {
        EntryState::Delivered { at } | EntryState::Cancelled { at } => Some(at.plus(BODY_KEPT)),
        EntryState::Queued { .. } | EntryState::Parked { .. } => None,
    }
}

/// Whether the body of an ended entry may go.
///
/// `known_in` is the epoch in which the receiver last confirmed the entry, `reconciled` the last
/// reconciliation: its epoch, and its time by the receiver's clock. So a device's clock that
/// is years ahead purges nothing that was delivered. A cancelled entry waits for its time only:
/// nobody is owed its bytes.
pub fn may_purge(
    state: &EntryState,
    known_in: Option<Epoch>,
    reconciled: Option<(Epoch, Timestamp)>,
    now: Timestamp,
) -> bool {
    let Some(until) = kept_until(state).filter(|until| *until <= now) else { return false };
    match state {
        EntryState::Delivered { .. } => reconciled
            .is_some_and(|(epoch, at)| at >= until && known_in.is_some_and(|known| known == epoch)),
        EntryState::Cancelled { .. } => true,
        EntryState::Queued { .. } | EntryState::Parked { .. } => false,
    }
}

/// The pause after a failure, when `attempts` had failed before it.
///
/// A backoff with full jitter: drawn from nought to the smaller of [`MAX_BACKOFF`] and
/// [`FIRST_BACKOFF`] doubled `attempts` times, then at least [`MIN_BACKOFF`]. If the receiver
/// asked for a wait, that wait (at most [`MAX_RETRY_AFTER`]) comes first and the backoff after
/// it: never earlier than asked, and not all phones in the same second. Grows with `jitter`.
pub fn pause(attempts: u32, retry_after: Option<Duration>, jitter: u64) -> Duration {
    let ceiling = 2u32
        .checked_pow(attempts)
        .and_then(|times| FIRST_BACKOFF.checked_mul(times))
        .map_or(MAX_BACKOFF, |ceiling| ceiling.min(MAX_BACKOFF));
    let choices = ceiling.as_millis() + 1;
    // Below `choices`, because jitter is below 2^64; so it fits what the ceiling fits.
    let drawn_ms = (u128::from(jitter) * choices) >> 64;
    let backoff = Duration::from_millis(u64::try_from(drawn_ms).unwrap_or(u64::MAX));
    let asked = retry_after.unwrap_or(Duration::ZERO).min(MAX_RETRY_AFTER);
    asked + backoff.max(MIN_BACKOFF)
}

enum Readiness {
    Due,
    At(Timestamp),
    Never,
}

fn readiness(state: &EntryState, now: Timestamp) -> Readiness {
    match state {
        EntryState::Queued { not_before: Some(at), .. }
            if *at > now && at.since(now) <= LONGEST_PAUSE =>
        {
            Readiness::At(*at)
        }
        EntryState::Queued { .. } => Readiness::Due,
        EntryState::Parked { .. } | EntryState::Delivered { .. } | EntryState::Cancelled { .. } => {
            Readiness::Never
        }
    }
}

fn rank(head: &EntryHead) -> (crate::Lane, Timestamp, EntryId) {
    (head.lane, head.saved_at, head.id)
}

fn illegal(from: &EntryState, act: Act) -> Result<EntryState, IllegalMove> {
    Err(IllegalMove { from: from.clone(), act })
}

#[cfg(test)]
mod tests;
