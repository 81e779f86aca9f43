//! Where things are.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the root")
}

/// A folder or file of the repository.
pub fn at(path: &str) -> PathBuf {
    root().join(path)
}

/// What cargo builds into.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| at("target"), |dir| root().join(dir))
}

/// How a program is built.
#[derive(Clone, Copy)]
pub enum Profile {
    /// For tests and for a try.
    Debug,
    /// As shipped.
    Release,
}

/// A program built by cargo.
pub fn binary(name: &str, profile: Profile) -> PathBuf {
    let folder = match profile {
        Profile::Debug => "debug",
        Profile::Release => "release",
    };
    target().join(folder).join(name)
}

/// The bank, the app's data and logs of `cargo xtask run`; kept between runs, ignored by git.
pub fn playground() -> PathBuf {
    at(".sanbu")
}
