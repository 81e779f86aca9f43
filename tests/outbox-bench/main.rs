//! Measures the outbox and the courier on this machine; prints `name=value`, one a line.
//!
//! Started by `cargo xtask bench outbox`, in a release build. The folder should be on the disk that
//! is meant: /tmp may be memory, where a flush costs nothing. What is compared is measured in turns,
//! so that a disk that others use slows both alike, and ratios are medians over the rounds.
#![allow(clippy::print_stdout, reason = "its output is what it is for")]

mod drain;
mod enqueue;
mod link;
mod listing;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

#[derive(Parser)]
#[command(about = "Figures of the outbox")]
struct Arguments {
    /// What to measure.
    what: What,
    /// A folder on the disk that is meant.
    #[arg(long)]
    folder: PathBuf,
    /// Small numbers: to see that it works, not how fast.
    #[arg(long)]
    check: bool,
    /// The trust file of a running bank; for `drain`.
    #[arg(long)]
    trust: Option<PathBuf>,
    /// The number of a branch of that bank, as a person types it; for `drain`.
    #[arg(long)]
    branch: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// Durable posts of 4 kB beside raw overwrites.
    Enqueue,
    /// Opening and listing beside a store with one table.
    Listing,
    /// From the outbox to a bank, over a link with a round trip of village length.
    Drain,
}

/// A figure by its name.
type Figures = Vec<(&'static str, String)>;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::TempDir::new_in(&arguments.folder)?;
    let figures = match arguments.what {
        What::Enqueue => enqueue::figures(folder.path(), if arguments.check { 2 } else { 120 })?,
        What::Listing => {
            listing::figures(folder.path(), if arguments.check { 1_000 } else { 100_000 })?
        }
        What::Drain => {
            let (Some(trust), Some(branch)) = (&arguments.trust, &arguments.branch) else {
                anyhow::bail!("drain needs --trust and --branch");
            };
            let cases = if arguments.check { 4 } else { 160 };
            drain::figures(folder.path(), trust, branch, cases)?
        }
    };
    for (name, value) in figures {
        println!("outbox.{name}={value}");
    }
    Ok(())
}

/// The value in the middle.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_figure_without_a_bank_is_measured() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        for figures in [
            super::enqueue::figures(folder.path(), 1).expect("posts are measured"),
            super::listing::figures(folder.path(), 200).expect("lists are measured"),
        ] {
            for (name, value) in figures {
                assert!(!value.is_empty() && !value.contains("NaN"), "{name}={value}");
            }
        }
    }
}
