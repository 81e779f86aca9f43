//! Installs what is missing, after asking.

pub mod npm;
mod packages;

use crate::wasm;
use anyhow::{Context, Result, bail};
use packages::{Group, Package};
use std::fs;
use std::io::{BufRead, IsTerminal, Write};
use std::process::{Command, Stdio};

/// What set-up is for.
#[derive(Clone, Copy)]
pub enum Purpose {
    /// Opening the app, in a window or in a browser.
    Run {
        /// Whether there is a display for a window.
        window: bool,
    },
    /// Checks without window or browser.
    QuickTest,
    /// Building the decoder for the page.
    Page,
    /// Everything.
    Test,
}

/// Whether a person is asked before Debian packages are installed.
#[derive(Clone, Copy)]
pub enum Asking {
    /// Asked.
    Ask,
    /// Agreed beforehand: `--yes` or `CI=true`.
    Agreed,
}

impl Asking {
    /// From the flag and the environment.
    pub fn from(yes: bool) -> Self {
        let ci = std::env::var("CI").is_ok_and(|value| value == "true" || value == "1");
        if yes || ci { Self::Agreed } else { Self::Ask }
    }
}

/// Apt waits this long for another apt, in seconds.
const LOCK: &str = "DPkg::Lock::Timeout=300";

/// Installs what `purpose` needs and this machine lacks.
///
/// # Errors
/// When something needed is missing and cannot be installed.
pub fn prepare(purpose: Purpose, asking: Asking) -> Result<()> {
    let mut groups = match purpose {
        Purpose::Run { window: true } => vec![Group::Build, Group::Window],
        Purpose::Run { window: false } | Purpose::QuickTest => vec![Group::Build],
        Purpose::Page => vec![Group::Build, Group::Page],
        Purpose::Test => vec![Group::Build, Group::Window, Group::Page, Group::Test],
    };
    // 150 MB that a toolchain with the target does not need.
    if groups.contains(&Group::Page) && wasm::toolchain_knows_the_web() {
        groups.retain(|group| *group != Group::Page);
    }
    debian(&groups, asking)?;
    if matches!(purpose, Purpose::Page) {
        return Ok(());
    }
    npm::node_is_new_enough()?;
    npm::install("ui")?;
    if matches!(purpose, Purpose::Test) {
        npm::install("tests")?;
    }
    Ok(())
}

fn debian(groups: &[Group], asking: Asking) -> Result<()> {
    let wanted: Vec<&Package> =
        packages::PACKAGES.iter().filter(|package| groups.contains(&package.group)).collect();
    if !has_apt() {
        println!("not a Debian system: please see that these are there, by their Debian names");
        list(&wanted);
        return Ok(());
    }
    let missing: Vec<&Package> =
        wanted.into_iter().filter(|package| !is_installed(package.name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("missing Debian packages:");
    list(&missing);
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    if matches!(asking, Asking::Ask) && !agreed()? {
        bail!(
            "not installed. By hand: apt-get install --no-install-recommends {}",
            names.join(" ")
        );
    }
    apt(&["update", "-q"])?;
    // Debian's rustc-web and its plain rustc exclude each other: which one to keep is not ours to say.
    let mut arguments = vec!["install", "-y", "-q", "--no-install-recommends", "--no-remove"];
    arguments.extend(names);
    apt(&arguments)
}

fn list(packages: &[&Package]) {
    for package in packages {
        println!("  {:<24} {}", package.name, package.what_for);
    }
}

fn has_apt() -> bool {
    ["/usr/bin/apt-get", "/usr/bin/dpkg-query"].iter().all(|path| fs::exists(path).unwrap_or(false))
}

fn is_installed(name: &str) -> bool {
    Command::new("dpkg-query")
        .args(["-W", "-f", "${db:Status-Status}", name])
        .stderr(Stdio::null())
        .output()
        .is_ok_and(|output| output.stdout == b"installed")
}

/// Asks once; the answer is yes by default, as the command was typed to get somewhere.
fn agreed() -> Result<bool> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        println!("there is nobody to ask; run again with --yes to install them");
        return Ok(false);
    }
    print!("install them now with apt-get? [Y/n] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes"))
}

/// In xtask's own process group, because sudo may ask for a password at the terminal.
fn apt(arguments: &[&str]) -> Result<()> {
    let root = rustix::process::geteuid().is_root();
    let mut command = if root {
        Command::new("env")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.arg("env");
        sudo
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", LOCK]).args(arguments);
    println!("apt-get {}", arguments.join(" "));
    let status = command.status().context("could not start apt-get")?;
    if !status.success() {
        bail!("apt-get {} failed: {status}", arguments.first().unwrap_or(&""));
    }
    Ok(())
}
