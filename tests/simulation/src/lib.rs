//! Client and bank, the real ones, over a simulated network: latency, broken links, lost and
//! doubled messages, somebody on the way, and hosts that crash, all drawn from one seed.
//!
//! Time is simulated and the network deterministic; disks are real, so two runs of a seed may
//! differ in what happens between two flushes. What must hold, holds in each.

mod scenario;
mod template;
mod way;

pub use scenario::{Outcome, simulate};
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
    /// Seeds that failed, and why.
    pub failures: Vec<(u64, String)>,
}

/// Runs `count` simulations from `first` on.
///
/// # Panics
/// When the template cannot be made.
pub fn run(first: u64, count: u64) -> Report {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let template = runtime.block_on(Template::make());
    let mut report = Report::default();
    for seed in first..first + count {
        report.seeds += 1;
        match simulate(&template, seed) {
            Ok(Outcome { cases, lost, doubled, why }) => {
                report.cases += cases;
                report.lost += lost;
                report.doubled += doubled;
                if !why.is_empty() {
                    report.failures.push((seed, why.join("; ")));
                }
            }
            Err(error) => report.failures.push((seed, format!("{error:#}"))),
        }
    }
    report
}
