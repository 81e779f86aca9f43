#![cfg_attr(test, allow(clippy::unwrap_used))]
//! What only whole programs can show.
//!
//! - [`kill`]: a real bank and a real client, killed with SIGKILL at any moment, over and over; then
//!   the bank's ledger, the device's outbox and what the device had promised are compared
//!   ([`audit`]).
//! - [`storm`]: many real clients come back into signal at once, over a way ([`way`]) on which requests
//!   come to harm; the same books are compared.
//! - [`canary`]: values that exist nowhere else are typed and submitted; whatever the device wrote is
//!   searched for them.
//!
//! Seeds choose who is killed and when, what is asked for and how often. They do not choose what the
//! operating system does meanwhile: the same seed gives the same plan, not the same run.

pub mod audit;
pub mod books;
pub mod canary;
pub mod device;
pub mod kill;
pub mod orders;
mod process;
pub mod road;
pub mod storm;
pub mod way;
