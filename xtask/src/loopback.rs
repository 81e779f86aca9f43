//! The app without a window: the same client and pages at a loopback address.

use crate::build::as_started_by_hand;
use crate::place::{self, Profile, binary};
use crate::program::Program;
use anyhow::{Context, Result};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Longest start.
const LIMIT: Duration = Duration::from_secs(60);

/// A running loopback host.
pub struct Loopback {
    /// The program.
    pub program: Program,
    /// What to open, with the token behind `#token=`.
    pub address: String,
}

/// Starts it with its data in `data` and its log in `log`.
///
/// # Errors
/// When it does not get ready.
pub fn start(trust: &Path, data: &Path, log: &Path, profile: Profile) -> Result<Loopback> {
    let log = File::create(log).with_context(|| format!("could not write {}", log.display()))?;
    let mut command = Command::new(binary("loopback", profile));
    command.arg("--trust").arg(trust).arg("--data").arg(data);
    command.arg("--ui").arg(place::at("ui/dist")).args(["--listen", "127.0.0.1:0"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
    let mut program = Program::start("loopback", as_started_by_hand(&mut command))?;
    let address = program.ready("open ", LIMIT)?;
    Ok(Loopback { program, address })
}
