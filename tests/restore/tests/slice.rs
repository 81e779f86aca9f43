//! A slice of the restores, for every run of the tests.
#![allow(clippy::unwrap_used)]

use sanbu_restore::{control, run};

#[test]
fn nothing_acknowledged_is_lost_or_doubled_when_the_bank_is_restored() {
    let report = run(1, 10).unwrap();
    assert_eq!(report.points, 10);
    assert!(report.acknowledged > 0 && report.resent > 0, "{report}");
    assert_eq!((report.lost, report.doubled), (0, 0), "{report}");
    assert_eq!(report.failures, [""; 0], "{report}");
}

#[test]
fn without_a_reconciliation_the_same_run_loses() {
    let report = control(1, 10).unwrap();
    assert!(report.lost > 0, "{report}");
}
