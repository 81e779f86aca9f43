//! A bank on this machine.

use crate::build::as_started_by_hand;
use crate::place::{Profile, binary};
use crate::program::{self, Program};
use anyhow::{Context, Result};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Branch and product of the poster that is made without being asked for.
const POSTER_OF: [&str; 2] = ["LQ01", "FLOW"];
/// A bank makes its keys and answers within seconds, also on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// A running bank.
pub struct Bank {
    /// The program.
    pub program: Program,
    /// Where it answers.
    pub address: String,
}

/// Makes the bank in `data` unless it is there.
///
/// # Errors
/// When `bank init` fails.
pub fn init(data: &Path, profile: Profile) -> Result<()> {
    // Written last by `bank init`.
    if data.join("bank.json").exists() {
        return Ok(());
    }
    println!("making a bank in {}", data.display());
    let mut command = command(profile, "init", data);
    program::run("bank init", command.stdout(Stdio::null()), LIMIT)
}

/// Prints a poster into `out` unless it is there.
///
/// # Errors
/// When `bank poster` fails.
pub fn poster(data: &Path, out: &Path, profile: Profile) -> Result<()> {
    if out.exists() {
        return Ok(());
    }
    let mut command = command(profile, "poster", data);
    command.args(["--branch", POSTER_OF[0], "--product", POSTER_OF[1]]).arg("--out").arg(out);
    program::run("bank poster", command.stdout(Stdio::null()), LIMIT)
}

/// Starts the bank of `data` on a free port. Its trust file with the address of today goes to `trust`,
/// its log to `log`.
///
/// # Errors
/// When it does not get ready.
pub fn serve(data: &Path, trust: &Path, log: &Path, profile: Profile) -> Result<Bank> {
    let log = File::create(log).with_context(|| format!("could not write {}", log.display()))?;
    let mut command = command(profile, "serve", data);
    command
        .args(["--listen", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log);
    let mut program = Program::start("bank", &mut command)?;
    let address = program.ready("listening on ", LIMIT)?;
    readdress(&data.join("trust.json"), &address, trust)?;
    Ok(Bank { program, address })
}

/// Copies a trust file with another address: the port is a new one each time.
fn readdress(from: &Path, address: &str, to: &Path) -> Result<()> {
    let text = fs::read(from).with_context(|| format!("could not read {}", from.display()))?;
    let mut trust: serde_json::Value = serde_json::from_slice(&text).context("not a trust file")?;
    trust["address"] = address.into();
    fs::write(to, serde_json::to_vec_pretty(&trust)?)
        .with_context(|| format!("could not write {}", to.display()))
}

fn command(profile: Profile, verb: &str, data: &Path) -> Command {
    let mut command = Command::new(binary("bank", profile));
    command.arg(verb).arg("--data").arg(data);
    as_started_by_hand(&mut command);
    command
}
