//! The decoder that phones run in the page: crates/lens-wasm as ui/src/lens/lens.wasm.
//!
//! It needs a standard library for the web. Where the toolchain has none and it cannot be added,
//! Debian's compiler for browser builds makes one from its source. docs/adr/0011-lens-in-the-page.md.

use crate::build::{LIMIT, as_started_by_hand, cargo};
use crate::setup::{self, Asking, Purpose};
use crate::{place, program};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the page looks for it; ignored by git.
const FILE: &str = "ui/src/lens/lens.wasm";
const TARGET: &str = "wasm32-unknown-unknown";
/// The profile of the root Cargo.toml.
const PROFILE: &str = "page";

/// Debian's compiler, by its path: a toolchain of the person's own comes first in the search path.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";

/// Sets up and builds.
///
/// # Errors
/// When there is no compiler for it, or it fails.
pub fn chore(asking: Asking) -> Result<()> {
    setup::prepare(Purpose::Page, asking)?;
    build()
}

/// Builds the decoder and puts it where the page looks for it.
///
/// # Errors
/// When there is no compiler for it, or it fails.
pub fn build() -> Result<()> {
    let mut command = if toolchain_knows_the_web() { cargo(&[]) } else { debians_cargo()? };
    // A folder of its own: two compilers would build everything anew by turns.
    let folder = place::target().join("wasm");
    command.args(["build", "--package", "lens-wasm", "--profile", PROFILE, "--target", TARGET]);
    command.arg("--target-dir").arg(&folder);
    program::run("cargo build for the page", &mut command, LIMIT)?;
    put(&folder.join(TARGET).join(PROFILE).join("lens_wasm.wasm"))
}

/// Whether the toolchain that builds everything else has a standard library for the web.
pub fn toolchain_knows_the_web() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--print", "target-libdir", "--target", TARGET]).current_dir(place::root());
    let Ok(output) = as_started_by_hand(&mut command).output() else { return false };
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    // The folder is told whether it is there or not.
    let Ok(mut entries) = fs::read_dir(folder) else { return false };
    entries.any(|entry| {
        entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

/// Debian's cargo with Debian's compiler, told to build the standard library as well.
fn debians_cargo() -> Result<Command> {
    if ![DEBIAN_RUSTC, DEBIAN_CARGO].iter().all(|path| Path::new(path).exists()) {
        bail!(
            "no compiler here knows the web. Add it to yours (rustup target add {TARGET}) or, on \
             Debian, see what `cargo xtask wasm` would install"
        );
    }
    let mut command = Command::new(DEBIAN_CARGO);
    as_started_by_hand(&mut command);
    command.current_dir(place::root()).env("RUSTC", DEBIAN_RUSTC).env_remove("RUSTDOC");
    // Building the standard library is not stable yet; this lets a stable compiler do it.
    command.env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_abort");
    // A toolchain of rustup's brings its own linker; Debian's is a package.
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld");
    Ok(command)
}

/// Copies it only when it is another, so that an unchanged one does not have the pages built anew.
fn put(built: &Path) -> Result<()> {
    let bytes = fs::read(built).with_context(|| format!("{} is missing", built.display()))?;
    let file = place::at(FILE);
    if !fs::read(&file).is_ok_and(|known| known == bytes) {
        fs::create_dir_all(file.parent().context("the file has a folder")?)?;
        fs::write(&file, &bytes).with_context(|| format!("could not write {FILE}"))?;
    }
    println!("{FILE}: {} bytes", bytes.len());
    Ok(())
}
