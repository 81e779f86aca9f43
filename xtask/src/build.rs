//! What is built before something can run.

use crate::place::{self, Profile};
use crate::program;
use crate::setup::npm;
use anyhow::{Context, Result};
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Longest build on a fresh machine with two cores: half an hour.
pub const LIMIT: Duration = Duration::from_secs(30 * 60);

/// Makes the shell serve the built pages instead of a development server.
pub const SHELL_FEATURES: &str = "sanbu/custom-protocol";

/// `cargo`, as the person would call it from the root.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(place::root());
    as_started_by_hand(&mut command);
    command
}

/// Takes away what `cargo run` adds for xtask itself, so that nothing depends on who called.
pub fn as_started_by_hand(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command.env_remove("LD_LIBRARY_PATH")
}

/// Builds programs: `what` are cargo's own arguments that choose them.
///
/// # Errors
/// When cargo fails.
pub fn programs(what: &[&str], profile: Profile) -> Result<()> {
    let mut arguments = vec!["build"];
    if matches!(profile, Profile::Release) {
        arguments.push("--release");
    }
    arguments.extend(what);
    program::run("cargo build", &mut cargo(&arguments), LIMIT)
}

/// Builds ui/dist unless it stands for the sources as they are. A new build would make cargo link the
/// shell again, even with the same content.
///
/// # Errors
/// When Vite fails.
pub fn ui() -> Result<()> {
    let stamp = place::target().join("xtask").join("ui-sources");
    let sources = fingerprint(&place::at("ui"))?;
    let built = place::at("ui/dist/index.html").exists();
    if built && fs::read_to_string(&stamp).is_ok_and(|known| known == sources) {
        println!("ui/dist is up to date");
        return Ok(());
    }
    let _ = fs::remove_file(&stamp);
    program::run("npm run build", &mut npm::script("ui", "build"), LIMIT)?;
    fs::create_dir_all(stamp.parent().context("the stamp has a folder")?)?;
    fs::write(&stamp, sources).context("could not write the stamp of ui/dist")
}

/// Sizes and times of all files of a folder, but not of what is installed or built.
fn fingerprint(folder: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut entries = fs::read_dir(&folder)
            .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
            .with_context(|| format!("could not read {}", folder.display()))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name();
            if name == "node_modules" || name == "dist" {
                continue;
            }
            let about = entry.metadata()?;
            if about.is_dir() {
                folders.push(entry.path());
            } else {
                (entry.path(), about.len(), about.modified()?).hash(&mut hasher);
            }
        }
    }
    Ok(format!("{:016x}\n", hasher.finish()))
}
