//! Set-up and chores of Sanbu: `cargo xtask run`, `test`, `demo`, `bench`, `soak` and the like.
//!
//! No product code: what stands here starts, checks or measures programs of the other folders.

#![allow(clippy::print_stdout, reason = "a chore tells the person who started it what it does")]

mod bank;
mod bench;
mod bindings;
mod build;
mod demo;
mod display;
mod ledger;
mod loopback;
mod place;
mod program;
mod python;
mod run;
mod setup;
mod soak;
mod test;
mod wasm;

use clap::{Parser, Subcommand};
use setup::Asking;
use std::path::PathBuf;
use std::process::ExitCode;

/// Set-up and chores of Sanbu.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
    /// Install missing Debian packages without asking (so does CI=true).
    #[arg(long, global = true)]
    yes: bool,
}

#[derive(Subcommand)]
enum Chore {
    /// Install what is missing, build, start a bank and open the app.
    Run,
    /// Run everything that CI runs.
    Test {
        /// Only what needs no window and no browser.
        #[arg(long)]
        quick: bool,
    },
    /// Walk from the poster to the acknowledgement in a real window, without a human.
    Demo {
        /// Folder for the screenshots and `journey.json`.
        #[arg(long)]
        out: PathBuf,
    },
    /// Print measured figures as name=value.
    Bench {
        #[command(subcommand)]
        what: bench::Measured,
    },
    /// Prove with whole programs that nothing is lost, doubled or left in clear; figures come last.
    Soak {
        /// How much of everything.
        #[arg(long, value_enum, default_value_t = soak::Size::Ci)]
        size: soak::Size,
        /// What everything is drawn from.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Write ui/src/bindings/ipc.ts from crates/wire.
    Bindings,
    /// Build the decoder that phones run in the page: ui/src/lens/lens.wasm.
    Wasm,
    /// Take the pictures of the README in Chromium.
    Screenshots {
        /// Folder for the pictures.
        #[arg(long, default_value = "docs/guide/pictures")]
        out: PathBuf,
    },
    /// Print what stands in a bank's ledger about one envelope, as JSON.
    #[command(hide = true)]
    Ledger {
        /// The bank's folder.
        #[arg(long)]
        data: PathBuf,
        /// The envelope's id.
        #[arg(long)]
        id: String,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let asking = Asking::from(arguments.yes);
    let done = program::stop_on_interrupt().and_then(|()| match arguments.chore {
        Chore::Run => run::run(asking),
        Chore::Test { quick: false } => test::everything(asking),
        Chore::Test { quick: true } => test::quick(asking),
        Chore::Demo { out } => demo::demo(asking, &out),
        Chore::Bench { what } => bench::measure(what, asking),
        Chore::Soak { size, seed } => soak::soak(size, seed, asking),
        Chore::Bindings => bindings::write(),
        Chore::Wasm => wasm::chore(asking),
        Chore::Screenshots { out } => demo::screenshots(asking, &out),
        Chore::Ledger { data, id } => ledger::print(&data, &id),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // The summary has said it all.
        Err(error) if error.is::<test::Failed>() => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
