//! Client and bank, the real ones, over a simulated network: latency, broken links, lost and
//! doubled messages, somebody on the way, and hosts that crash, all drawn from one seed.
//!
//! Time is simulated and the network deterministic; disks are real, so two runs of a seed may
//! differ in what happens between two flushes. What must hold, holds in each.

mod scenario;
mod schedule;
mod template;
mod way;

pub use scenario::{Outcome, simulate};
pub use schedule::Restore;
pub use template::Template;

/// What many simulations came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many were run.
    pub seeds: u64,
    /// Cases saved in all of them.
    pub cases: u64,
    /// Cases that the bank has not, and that nobody took back.
    pub lost: u64,
    /// Cases or consent records that the bank has twice, or has though they were taken back
    /// before anything was sent.
    pub doubled: u64,
    /// Simulations whose devices were opened once more: some always, and each in which a case came to
    /// the bank's door just when everything else had ended.
    pub reopened: u64,
    /// Seeds that failed, and why.
    pub failures: Vec<(u64, String)>,
}

/// Runs `count` simulations from `first` on.
///
/// # Panics
/// When the template cannot be made.
pub fn run(first: u64, count: u64, restore: Restore) -> Report {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let template = runtime.block_on(Template::make());
    let mut report = Report::default();
    for seed in first..first + count {
        report.seeds += 1;
        match simulate(&template, seed, restore) {
            Ok(Outcome { cases, lost, doubled, why, reopened, .. }) => {
                report.cases += cases;
                report.lost += lost;
                report.doubled += doubled;
                report.reopened += reopened;
                if !why.is_empty() {
                    report.failures.push((seed, why.join("; ")));
                }
            }
            Err(error) => report.failures.push((seed, format!("{error:#}"))),
        }
    }
    report
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seeds that failed once.
    const KEPT: &str = include_str!("../seeds.txt");

    #[test]
    fn nothing_is_lost_or_doubled_with_seeds_that_failed_once() {
        for seed in KEPT.lines().filter(|line| !line.starts_with('#')) {
            let report = run(seed.parse().unwrap(), 1, Restore::Told);
            assert_eq!(report.failures, [], "seed {seed}");
        }
    }

    #[test]
    fn nothing_is_lost_or_doubled_with_a_few_others() {
        let report = run(1, 10, Restore::Told);
        assert_eq!(report.failures, []);
        assert!(report.cases > 10 * 2);
    }

    #[test]
    fn a_bank_that_loses_data_behind_our_back_is_found_out() {
        let report = run(1, 5, Restore::Untold);
        assert!(report.lost > 0, "{report:?}");
    }
}
