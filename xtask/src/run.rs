//! `cargo xtask run`: from a clone to the open app in one command.

use crate::bank::{self, Bank};
use crate::build::{self, SHELL_FEATURES, as_started_by_hand};
use crate::place::{self, Profile, binary};
use crate::program::{Program, first_to_end};
use crate::setup::{self, Asking, Purpose};
use crate::{display, loopback};
use anyhow::{Result, bail};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Sets up, builds, starts the bank and opens the app; ends when the app is closed or on Ctrl-C.
///
/// # Errors
/// When a step fails or the bank ends by itself.
pub fn run(asking: Asking) -> Result<()> {
    let window = display::present();
    setup::prepare(Purpose::Run { window }, asking)?;
    build::ui()?;
    println!("building the bank and the app; the first time takes some minutes");
    if window {
        build::programs(
            &["-p", "bank", "-p", "sanbu", "--features", SHELL_FEATURES],
            Profile::Debug,
        )?;
    } else {
        build::programs(&["-p", "bank", "-p", "sanbu-tests", "--bins"], Profile::Debug)?;
    }

    let home = place::playground();
    let (data, poster, trust) =
        (home.join("bank"), home.join("poster.png"), home.join("trust.json"));
    fs::create_dir_all(&home)?;
    bank::init(&data, Profile::Debug)?;
    bank::poster(&data, &poster, Profile::Debug)?;
    let mut bank = bank::serve(&data, &trust, &home.join("bank.log"), Profile::Debug)?;

    println!();
    println!("bank      {}", bank.address);
    println!("data      {}", home.display());
    println!("poster    {}", poster.display());
    let ended = if window {
        println!("opening the app: choose the poster's picture there. Ctrl-C stops everything.");
        let mut app = shell(&trust, &home.join("app"))?;
        until_closed(&mut app, &mut bank)
    } else {
        let mut app =
            loopback::start(&trust, &home.join("app"), &home.join("app.log"), Profile::Debug)?;
        println!(
            "no display here, so the app is served instead of opened. In a browser on this machine:"
        );
        println!("open      {}", app.address);
        println!("Choose the poster's picture there. Ctrl-C stops everything.");
        until_closed(&mut app.program, &mut bank)
    };
    println!("stopping what was started");
    ended
}

fn shell(trust: &Path, data: &Path) -> Result<Program> {
    let mut command = Command::new(binary("sanbu", Profile::Debug));
    command.arg("--trust").arg(trust).arg("--data").arg(data).stdin(Stdio::null());
    Program::start("the app", as_started_by_hand(&mut command))
}

fn until_closed(app: &mut Program, bank: &mut Bank) -> Result<()> {
    let (name, status) = first_to_end(&mut [app, &mut bank.program]);
    if name == "bank" {
        bail!(
            "the bank ended by itself ({status}); see {}",
            place::playground().join("bank.log").display()
        );
    }
    if !status.success() {
        bail!("{name} ended with {status}");
    }
    println!("{name} was closed");
    Ok(())
}
