//! Python programs with packages in folders of their own, under target/.

use crate::{place, program};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Some 25 MB over a slow line.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// A Python with the packages of one task.
pub struct Python {
    program: PathBuf,
}

impl Python {
    /// Installs packages, `name==version` each, into target/`task`/venv, unless that was done.
    ///
    /// # Errors
    /// When there is no Python with venv, or no way to PyPI.
    pub fn with(task: &str, packages: &[&str]) -> Result<Self> {
        let venv = place::target().join(task).join("venv");
        let python = Self { program: venv.join("bin").join("python") };
        let stamp = venv.join("packages");
        let wanted = packages.join("\n");
        // A folder that was moved, or whose Python was replaced, is made anew.
        let runs = Command::new(&python.program).arg("--version").output();
        let is_alive = runs.is_ok_and(|output| output.status.success());
        if is_alive && fs::read_to_string(&stamp).is_ok_and(|known| known == wanted) {
            return Ok(python);
        }
        println!("installing {} into {}", packages.join(", "), venv.display());
        let mut create = Command::new("python3");
        create.args(["-m", "venv", "--clear"]).arg(&venv);
        program::run("python3 -m venv", &mut create, LIMIT).context(
            "Python 3.11 or newer with venv is needed; on Debian: apt-get install python3-venv",
        )?;
        let mut install = Command::new(&python.program);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        program::run("pip install", install.args(["--only-binary", ":all:"]).args(packages), LIMIT)
            .context(
                "the packages come from PyPI (Python 3.11 or newer), which must be reachable",
            )?;
        fs::write(&stamp, wanted).context("could not write the stamp of the packages")?;
        Ok(python)
    }

    /// The same with the packages of a requirements file of the repository.
    ///
    /// # Errors
    /// As [`Python::with`], and when the file cannot be read.
    pub fn with_file(task: &str, requirements: &str) -> Result<Self> {
        let text = fs::read_to_string(place::at(requirements))
            .with_context(|| format!("{requirements} is missing"))?;
        Self::with(task, &packages(&text))
    }

    /// A script of the repository.
    pub fn script(&self, path: impl AsRef<Path>) -> Command {
        let mut command = Command::new(&self.program);
        // Nothing is written beside the script.
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.arg(place::root().join(path));
        command
    }
}

/// The lines that name a package.
fn packages(requirements: &str) -> Vec<&str> {
    let names = requirements.lines().map(str::trim);
    names.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_of_a_requirements_file_are_no_packages() {
        assert_eq!(packages("# why\na==1\n\n b==2 \n"), ["a==1", "b==2"]);
    }
}
