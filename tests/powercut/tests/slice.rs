//! A slice of the power cuts, for every run of the tests.

use std::sync::OnceLock;

use sanbu_powercut::{Report, Run, run};

/// One report for all tests: the disk is the same for all of them.
fn report() -> &'static Report {
    static REPORT: OnceLock<Report> = OnceLock::new();
    REPORT.get_or_init(|| run(&Run { faults: 600, ..Run::of(2_000, 1) }))
}

fn told(report: &Report) -> String {
    report.failures.iter().map(|failure| format!("{failure}\n")).collect()
}

#[test]
fn nothing_acknowledged_is_lost_in_a_power_cut() {
    let report = report();
    assert_eq!(report.images, 2_000);
    assert_eq!(report.lost, 0, "{}", told(report));
}

#[test]
fn the_same_images_show_the_losses_of_synchronous_normal() {
    assert!(report().control_lost > 0);
}

#[test]
fn the_same_images_show_the_losses_of_a_disk_that_lies() {
    assert!(report().lying_lost > 0);
}

#[test]
fn a_call_that_fails_is_told_and_changes_nothing() {
    let report = report();
    assert!(report.faults > 300, "{report:?}");
    assert_eq!(report.faults_lost, 0, "{}", told(report));
}

#[test]
fn nothing_is_lost_after_a_flush_that_dropped_what_it_should_have_written() {
    let report = report();
    assert!(report.dropped > 3, "{report:?}");
    assert_eq!(report.dropped_lost, 0, "{}", told(report));
}
