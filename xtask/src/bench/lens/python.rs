//! The Python side: its packages in a folder of their own, its scripts in the repository.

use crate::{place, program};
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// The wheel that the figures are compared with is the one of the design note `qr.md`, section 4.
const PACKAGES: [&str; 3] = ["zxing-cpp==3.1.1", "numpy==2.4.6", "pillow==13.0.0"];
/// Some 25 MB over a slow line.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// A Python with the packages.
pub struct Python {
    program: PathBuf,
}

impl Python {
    /// Installs the packages into target/bench/venv, unless that was done.
    ///
    /// # Errors
    /// When there is no Python with venv, or no way to PyPI.
    pub fn ready() -> Result<Self> {
        let venv = place::target().join("bench").join("venv");
        let python = Self { program: venv.join("bin").join("python") };
        let stamp = venv.join("packages");
        let wanted = PACKAGES.join("\n");
        if fs::read_to_string(&stamp).is_ok_and(|known| known == wanted) {
            return Ok(python);
        }
        println!("installing {} into {}", PACKAGES.join(", "), venv.display());
        let mut create = Command::new("python3");
        create.args(["-m", "venv", "--clear"]).arg(&venv);
        program::run("python3 -m venv", &mut create, LIMIT).context(
            "Python 3.11 or newer with venv is needed; on Debian: apt-get install python3-venv",
        )?;
        let mut install = Command::new(&python.program);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        program::run("pip install", install.args(["--only-binary", ":all:"]).args(PACKAGES), LIMIT)
            .context(
                "the packages come from PyPI (Python 3.11 or newer), which must be reachable",
            )?;
        fs::write(&stamp, wanted).context("could not write the stamp of the packages")?;
        Ok(python)
    }

    /// A script beside this file.
    pub fn script(&self, name: &str) -> Command {
        let mut command = Command::new(&self.program);
        // Nothing is written beside the script.
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.arg(place::at("xtask/src/bench/lens").join(name));
        command
    }
}
