//! Tables and properties of the plan.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::entry::{Lane, ParkReason};

const NOW: u64 = 1_800_000_000_000;
const STALE: ParkReason = ParkReason::known("stale");

fn now() -> Timestamp {
    Timestamp::from(NOW)
}

fn id(number: u128) -> EntryId {
    EntryId(Uuid::from_u128(number))
}

fn head(number: u128, lane: Lane, saved_at: u64, state: EntryState) -> EntryHead {
    EntryHead {
        id: id(number),
        lane,
        note: Vec::new(),
        digest: [0; 32],
        size_bytes: 0,
        saved_at: Timestamp::from(saved_at),
        state,
    }
}

fn waiting(until: u64) -> EntryState {
    EntryState::Queued { attempts: 1, not_before: Some(Timestamp::from(until)) }
}

fn parked() -> EntryState {
    EntryState::Parked { reason: STALE }
}

fn delivered(at: u64) -> EntryState {
    EntryState::Delivered { at: Timestamp::from(at) }
}

fn cancelled(at: u64) -> EntryState {
    EntryState::Cancelled { at: Timestamp::from(at) }
}

fn proved(at: u64) -> Outcome {
    Outcome::Delivered { proof: vec![1], at: Timestamp::from(at) }
}

fn later() -> Outcome {
    Outcome::Later { retry_after: None }
}

#[test]
fn the_next_step_follows_the_table() {
    use Lane::{Normal, Urgent};
    let fresh = || EntryState::FRESH;
    let longest_ms = u64::try_from(LONGEST_PAUSE.as_millis()).unwrap();
    let cases: Vec<(&str, Vec<EntryHead>, Vec<u128>, Step)> = vec![
        ("an empty queue", vec![], vec![], Step::Idle),
        ("one fresh entry", vec![head(1, Normal, 5, fresh())], vec![], Step::Send(id(1))),
        (
            "the oldest first, whatever the order given",
            vec![head(1, Normal, 9, fresh()), head(2, Normal, 5, fresh())],
            vec![],
            Step::Send(id(2)),
        ),
        (
            "the lower id among equals",
            vec![head(2, Normal, 5, fresh()), head(1, Normal, 5, fresh())],
            vec![],
            Step::Send(id(1)),
        ),
        (
            "urgent before older",
            vec![head(1, Normal, 1, fresh()), head(2, Urgent, 9, fresh())],
            vec![],
            Step::Send(id(2)),
        ),
        (
            "a waiting urgent entry does not hold the normal lane",
            vec![head(1, Normal, 1, fresh()), head(2, Urgent, 9, waiting(NOW + 1))],
            vec![],
            Step::Send(id(1)),
        ),
        (
            "an entry in flight is passed over",
            vec![head(1, Normal, 1, fresh()), head(2, Normal, 2, fresh())],
            vec![1],
            Step::Send(id(2)),
        ),
        ("only in flight", vec![head(1, Normal, 1, fresh())], vec![1], Step::Idle),
        (
            "sleep until the earliest",
            vec![head(1, Normal, 1, waiting(NOW + 9)), head(2, Normal, 2, waiting(NOW + 3))],
            vec![],
            Step::SleepUntil(Timestamp::from(NOW + 3)),
        ),
        ("due on the dot", vec![head(1, Normal, 1, waiting(NOW))], vec![], Step::Send(id(1))),
        (
            "the longest pause is believed",
            vec![head(1, Normal, 1, waiting(NOW + longest_ms))],
            vec![],
            Step::SleepUntil(Timestamp::from(NOW + longest_ms)),
        ),
        (
            "a longer one came from a wrong clock",
            vec![head(1, Normal, 1, waiting(NOW + longest_ms + 1))],
            vec![],
            Step::Send(id(1)),
        ),
        (
            "nothing to do for the rest",
            vec![
                head(1, Normal, 1, parked()),
                head(2, Urgent, 1, delivered(3)),
                head(3, Urgent, 1, cancelled(3)),
            ],
            vec![],
            Step::Idle,
        ),
    ];
    for (name, heads, in_flight, expected) in cases {
        let in_flight = in_flight.into_iter().map(id).collect();
        assert_eq!(next_step(&heads, &in_flight, now()), expected, "{name}");
    }
}

#[test]
fn every_state_and_outcome_has_its_row() {
    let park = || Outcome::Parked { reason: STALE };
    let queued = EntryState::Queued { attempts: 2, not_before: Some(Timestamp::from(7)) };
    let delayed = EntryState::Queued { attempts: 3, not_before: Some(now().plus(MIN_BACKOFF)) };
    let table: Vec<(EntryState, Outcome, Result<EntryState, Act>)> = vec![
        (queued.clone(), proved(8), Ok(delivered(8))),
        (queued.clone(), later(), Ok(delayed)),
        (queued.clone(), park(), Ok(parked())),
        (queued.clone(), Outcome::NotTried, Ok(queued)),
        (parked(), proved(8), Err(Act::Deliver)),
        (parked(), later(), Err(Act::Delay)),
        (parked(), park(), Err(Act::Park)),
        (parked(), Outcome::NotTried, Ok(parked())),
        (delivered(4), proved(8), Ok(delivered(4))),
        (delivered(4), later(), Err(Act::Delay)),
        (delivered(4), park(), Err(Act::Park)),
        (delivered(4), Outcome::NotTried, Ok(delivered(4))),
        (cancelled(4), proved(8), Ok(delivered(8))),
        (cancelled(4), later(), Ok(cancelled(4))),
        (cancelled(4), park(), Ok(cancelled(4))),
        (cancelled(4), Outcome::NotTried, Ok(cancelled(4))),
    ];
    for (from, outcome, expected) in table {
        let expected = expected.map_err(|act| IllegalMove { from: from.clone(), act });
        assert_eq!(settle(&from, &outcome, now(), 0), expected, "{from:?} {outcome:?}");
    }
}

#[test]
fn release_and_cancel_follow_the_drawn_edges() {
    let illegal = |from: EntryState, act| Err(IllegalMove { from, act });
    let stopped = Ok(EntryState::Cancelled { at: now() });
    assert_eq!(release(&parked()), Ok(EntryState::FRESH));
    assert_eq!(cancel(&parked(), now()), stopped);
    assert_eq!(cancel(&waiting(NOW + 5), now()), stopped);
    assert_eq!(release(&EntryState::FRESH), illegal(EntryState::FRESH, Act::Release));
    for ended in [delivered(4), cancelled(4)] {
        assert_eq!(release(&ended), illegal(ended.clone(), Act::Release));
        assert_eq!(cancel(&ended, now()), illegal(ended.clone(), Act::Cancel));
    }
}

#[test]
fn only_what_was_delivered_is_sent_again() {
    assert_eq!(resend(&delivered(4)), Ok(EntryState::FRESH));
    for from in [EntryState::FRESH, waiting(NOW), parked(), cancelled(4)] {
        let expected = Err(IllegalMove { from: from.clone(), act: Act::Resend });
        assert_eq!(resend(&from), expected);
    }
}

#[test]
fn a_body_goes_after_thirty_days_and_a_reconciliation_in_the_same_epoch() {
    let (one, other) = (Epoch(1), Epoch(2));
    let kept_ms = u64::try_from(BODY_KEPT.as_millis()).unwrap();
    let at = |ms| Timestamp::from(ms);
    let (end, due) = (NOW, NOW + kept_ms);
    let table = [
        ("all of it", delivered(end), Some(one), Some((one, at(due))), due, true),
        ("a day early", delivered(end), Some(one), Some((one, at(due))), due - 1, false),
        ("reconciled too early", delivered(end), Some(one), Some((one, at(due - 1))), due, false),
        ("never reconciled", delivered(end), Some(one), None, due, false),
        ("another epoch", delivered(end), Some(other), Some((one, at(due))), due, false),
        ("in no epoch for certain", delivered(end), None, Some((one, at(due))), due, false),
        ("a clock years ahead", delivered(end), Some(one), Some((one, at(end))), u64::MAX, false),
        ("cancelled", cancelled(end), None, None, due, true),
        ("cancelled a day early", cancelled(end), None, None, due - 1, false),
        ("queued", EntryState::FRESH, Some(one), Some((one, at(due))), u64::MAX, false),
        ("parked", parked(), Some(one), Some((one, at(due))), u64::MAX, false),
    ];
    for (name, state, known_in, reconciled, clock, expected) in table {
        assert_eq!(may_purge(&state, known_in, reconciled, at(clock)), expected, "{name}");
    }
}

#[test]
fn several_steps_are_held_to_one_to_sixteen() {
    let heads: Vec<_> =
        (0..40).map(|number| head(number, Lane::Normal, 5, EntryState::FRESH)).collect();
    for (limit, expected) in [(0, 1), (1, 1), (7, 7), (16, 16), (usize::MAX, 16)] {
        let steps = next_steps(&heads, &HashSet::new(), now(), limit);
        assert_eq!(steps.send.len(), expected, "{limit}");
        assert_eq!(steps.wake_at, None);
    }
}

#[test]
fn an_illegal_move_says_so_in_words() {
    let refused = settle(&parked(), &later(), now(), 0).unwrap_err();
    assert_eq!(refused.to_string(), "an entry that is parked cannot be delayed");
}

#[test]
fn pauses_double_from_one_second_to_fifteen_minutes() {
    let longest = |attempts| pause(attempts, None, u64::MAX).as_secs();
    let table = [(0, 1), (1, 2), (2, 4), (5, 32), (9, 512), (10, 900), (31, 900), (u32::MAX, 900)];
    for (attempts, secs) in table {
        assert_eq!(longest(attempts), secs, "after {attempts}");
        assert_eq!(pause(attempts, None, 0), MIN_BACKOFF, "after {attempts}");
    }
}

#[test]
fn a_retry_after_is_honoured_up_to_an_hour_and_then_spread() {
    let asked = Duration::from_secs(120);
    assert_eq!(pause(0, Some(asked), 0), asked + MIN_BACKOFF);
    assert_eq!(pause(0, Some(asked), u64::MAX), asked + FIRST_BACKOFF);
    assert_eq!(pause(0, Some(Duration::MAX), 0), MAX_RETRY_AFTER + MIN_BACKOFF);
    assert_eq!(pause(u32::MAX, Some(Duration::MAX), u64::MAX), LONGEST_PAUSE);
}

fn any_state() -> impl Strategy<Value = EntryState> {
    let near = (0..20u32, NOW - 8_000_000..NOW + 8_000_000);
    prop_oneof![
        2 => Just(EntryState::FRESH),
        4 => near.prop_map(|(attempts, at)| EntryState::Queued {
            attempts,
            not_before: Some(Timestamp::from(at)),
        }),
        1 => Just(parked()),
        1 => Just(delivered(3)),
        1 => Just(cancelled(3)),
    ]
}

fn any_heads() -> impl Strategy<Value = Vec<EntryHead>> {
    let lane = prop_oneof![Just(Lane::Urgent), Just(Lane::Normal)];
    proptest::collection::vec((lane, 0..9u64, any_state()), 0..12).prop_map(|rows| {
        let numbered = (0u128..).zip(rows);
        numbered
            .map(|(number, (lane, saved_at, state))| head(number, lane, saved_at, state))
            .collect()
    })
}

fn is_due(head: &EntryHead) -> bool {
    next_step(std::slice::from_ref(head), &HashSet::new(), now()) == Step::Send(head.id)
}

proptest! {
    #[test]
    fn an_entry_that_is_not_due_never_delays_one_that_is(heads in any_heads()) {
        let due: Vec<_> = heads.iter().filter(|head| is_due(head)).cloned().collect();
        let step = next_step(&heads, &HashSet::new(), now());
        if due.is_empty() {
            prop_assert!(!matches!(step, Step::Send(_)));
        } else {
            prop_assert_eq!(step, next_step(&due, &HashSet::new(), now()));
            prop_assert!(matches!(step, Step::Send(_)));
        }
    }

    #[test]
    fn taking_each_step_in_turn_reaches_every_due_entry_once(heads in any_heads()) {
        let mut in_flight = HashSet::new();
        let mut lanes = Vec::new();
        while let Step::Send(id) = next_step(&heads, &in_flight, now()) {
            prop_assert!(in_flight.insert(id));
            lanes.extend(heads.iter().filter(|head| head.id == id).map(|head| head.lane));
        }
        prop_assert_eq!(in_flight.len(), heads.iter().filter(|head| is_due(head)).count());
        prop_assert!(lanes.is_sorted());
    }

    #[test]
    fn several_steps_are_the_single_ones_in_turn(heads in any_heads(), limit in 1..=16usize) {
        let mut in_flight = HashSet::new();
        let mut single = Vec::new();
        while let Step::Send(id) = next_step(&heads, &in_flight, now()) {
            in_flight.insert(id);
            single.push(id);
        }
        let wake_at = match next_step(&heads, &in_flight, now()) {
            Step::SleepUntil(at) => Some(at),
            Step::Idle | Step::Send(_) => None,
        };
        single.truncate(limit);
        let expected = Steps { send: single, wake_at };
        prop_assert_eq!(next_steps(&heads, &HashSet::new(), now(), limit), expected);
    }

    #[test]
    fn a_sleep_is_bounded_and_ends_with_something_to_send(heads in any_heads()) {
        if let Step::SleepUntil(at) = next_step(&heads, &HashSet::new(), now()) {
            prop_assert!(at > now());
            prop_assert!(at.since(now()) <= LONGEST_PAUSE);
            prop_assert!(matches!(next_step(&heads, &HashSet::new(), at), Step::Send(_)));
        }
    }

    #[test]
    fn a_pause_stays_within_its_bounds_and_grows_with_the_draw(
        attempts in prop_oneof![0..12u32, any::<u32>()],
        asked_s in proptest::option::of(0..10_000u64),
        one in any::<u64>(),
        other in any::<u64>(),
    ) {
        let asked = asked_s.map(Duration::from_secs);
        let least = asked.unwrap_or(Duration::ZERO).min(MAX_RETRY_AFTER);
        let ceiling = FIRST_BACKOFF.saturating_mul(2u32.saturating_pow(attempts)).min(MAX_BACKOFF);
        let drawn = pause(attempts, asked, one);
        prop_assert!(drawn >= least + MIN_BACKOFF);
        prop_assert!(drawn <= least + ceiling);
        prop_assert!(drawn <= LONGEST_PAUSE);
        let (less, more) = (one.min(other), one.max(other));
        prop_assert!(pause(attempts, asked, less) <= pause(attempts, asked, more));
    }

    #[test]
    fn a_delayed_entry_sleeps_and_then_goes_whatever_the_clock_says(
        attempts in any::<u32>(),
        asked_s in proptest::option::of(any::<u64>()),
        jitter in any::<u64>(),
        later_clock in 0..=i64::MAX as u64,
    ) {
        let state = EntryState::Queued { attempts, not_before: None };
        let outcome = Outcome::Later { retry_after: asked_s.map(Duration::from_secs) };
        let delayed = settle(&state, &outcome, now(), jitter).unwrap();
        let heads = [head(1, Lane::Normal, 1, delayed)];
        // Whatever the clock jumped to, the entry is due at once or within the longest pause.
        let clock = Timestamp::from(later_clock);
        match next_step(&heads, &HashSet::new(), clock) {
            Step::Send(sent) => prop_assert_eq!(sent, id(1)),
            Step::SleepUntil(at) => prop_assert!(at.since(clock) <= LONGEST_PAUSE),
            Step::Idle => prop_assert!(false, "a queued entry is never forgotten"),
        }
    }
}
