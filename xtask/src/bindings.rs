//! `cargo xtask bindings`: the TypeScript side of crates/wire.

use crate::build::{LIMIT, cargo};
use crate::program;
use anyhow::Result;

/// The test that compares the file also writes it, when told so.
///
/// # Errors
/// When the test cannot be built or fails.
pub fn write() -> Result<()> {
    let mut command =
        cargo(&["test", "-p", "sanbu-tests", "--test", "journeys", "bindings_are_up_to_date"]);
    program::run("writing ui/src/bindings/ipc.ts", command.env("SANBU_UPDATE", "1"), LIMIT)
}
