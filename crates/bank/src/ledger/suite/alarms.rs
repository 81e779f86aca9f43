//! What somebody must look at.

use super::{Store, admit, application, other_content, tally};
use crate::ledger::alarms::{Conflict, Finding};
use seal::{Digest, Timestamp};
use uuid::Uuid;

/// An alarm of a gap names the numbers, says how many are still missing, and is closed by the last.
pub async fn a_gap_that_is_filled_closes_its_alarm(store: &dyn Store) {
    let ledger = store.open();
    admit(&ledger, &application(1, 1, 1)).await;
    assert_eq!(ledger.alarms().await.expect("reads"), []);
    admit(&ledger, &application(2, 1, 4)).await;
    // Another device's numbers fill nothing.
    admit(&ledger, &application(3, 2, 1)).await;
    admit(&ledger, &application(4, 2, 2)).await;
    for (n, missing) in [(0, 2), (2, 1), (3, 0)] {
        if n > 0 {
            admit(&ledger, &application(10 + u128::from(n), 1, n)).await;
        }
        let alarms = ledger.alarms().await.expect("reads");
        let [alarm] = &alarms[..] else { panic!("{alarms:?}") };
        assert_eq!(alarm.finding, Finding::Gap { first: 2, last: 3, missing });
        assert_eq!(alarm.device, application(1, 1, 1).device);
        assert_eq!((alarm.envelope, alarm.since), (Uuid::from_u128(2), Timestamp::from_millis(10)));
        assert_eq!(alarm.is_open(), missing > 0);
    }
}

/// A number used twice names the others; a conflict is one row, however often it comes, and changes
/// nothing of the envelope.
pub async fn a_number_used_twice_and_a_conflict_stay_alarms(store: &dyn Store) {
    let ledger = store.open();
    let first = application(1, 1, 1);
    admit(&ledger, &first).await;
    admit(&ledger, &application(2, 1, 1)).await;
    let before = tally(&ledger).await;
    let other = other_content(&first);
    for at in [20, 30] {
        let (envelope, at) = (first.id, Timestamp::from_millis(at));
        ledger.note_conflict(Conflict { envelope, found: other.digest, at }).await.expect("notes");
    }
    let unknown = Conflict {
        envelope: Uuid::from_u128(99),
        found: Digest::of(b""),
        at: Timestamp::from_millis(40),
    };
    ledger.note_conflict(unknown).await.expect("has nothing to note");
    drop(ledger);
    let ledger = store.open();
    assert_eq!(tally(&ledger).await, before);
    let alarms = ledger.alarms().await.expect("reads");
    let told: Vec<_> = alarms.iter().map(|alarm| (alarm.envelope, &alarm.finding)).collect();
    let reused = Finding::Reused { number: 1, others: vec![first.id] };
    let conflict = Finding::Conflict { stored: first.digest, found: other.digest, times: 2 };
    assert_eq!(told, [(Uuid::from_u128(2), &reused), (first.id, &conflict)]);
    assert_eq!(alarms[1].since, Timestamp::from_millis(20));
    assert!(alarms.iter().all(crate::ledger::alarms::Alarm::is_open));
}
