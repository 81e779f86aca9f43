//! Node and the packages of ui/ and tests/.

use crate::build::as_started_by_hand;
use crate::{place, program};
use anyhow::{Context, Result, bail};
use std::fs;
use std::process::Command;
use std::time::Duration;

/// Oldest Node that Vite 8 runs on.
const NODE: (u32, u32) = (20, 19);
/// A fresh install takes seconds; a slow line minutes.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Checks for Node.
///
/// # Errors
/// When it is absent or too old, with what to do about it.
pub fn node_is_new_enough() -> Result<()> {
    let help = format!(
        "Node {}.{} or newer is needed. Debian's own package is older: see https://nodejs.org/en/download",
        NODE.0, NODE.1
    );
    let Ok(output) = Command::new("node").arg("--version").output() else {
        bail!("there is no Node on this machine. {help}");
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text.trim();
    if version(found).is_none_or(|version| version < NODE) {
        bail!("found Node {found:?}. {help}");
    }
    Ok(())
}

/// Major and minor of `v20.19.1`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.strip_prefix('v')?.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

/// `npm run <script>` in a folder of the repository.
pub fn script(folder: &str, script: &str) -> Command {
    npm(folder, &["run", "--silent", script])
}

fn npm(folder: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(place::at(folder));
    // What npm itself would tell about its own versions and funding is not progress.
    command.env("NPM_CONFIG_UPDATE_NOTIFIER", "false").env("NPM_CONFIG_LOGLEVEL", "error");
    as_started_by_hand(&mut command);
    command
}

/// Installs exactly what the folder's lock file names, unless that was done.
///
/// # Errors
/// When `npm ci` fails.
pub fn install(folder: &str) -> Result<()> {
    let lock = fs::read_to_string(place::at(folder).join("package-lock.json"))
        .with_context(|| format!("{folder}/package-lock.json is missing"))?;
    // Inside, so that it goes away with the packages.
    let stamp = place::at(folder).join("node_modules").join(".installed-from");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    println!("installing the packages of {folder}/");
    program::run("npm ci", &mut npm(folder, &["ci", "--no-audit", "--no-fund"]), LIMIT)?;
    fs::write(&stamp, lock).context("could not write the stamp of npm ci")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_read() {
        for (text, expected) in [
            ("v20.19.0", Some((20, 19))),
            ("v24.1.2", Some((24, 1))),
            ("20.19.0", None),
            ("v20", None),
            ("", None),
        ] {
            assert_eq!(version(text), expected, "{text}");
        }
    }
}
