//! Every shape that leaves a process, and the only parser of outside data.
//!
//! | module | between |
//! | --- | --- |
//! | [`ipc`] | the screen and the client |
//! | [`bank`] | the client and the bank, over HTTP |
//! | [`parts`] | the client and the bank: the words of an upload of a part |
//! | [`pieces`] | two devices held before each other: a message as several codes |
//! | [`reconciliation`] | the client and the bank: what a restored bank still has |
//! | [`trust`] | what a bank gives its app: address, host, root key |
//! | [`proof`] | a device and the bank: who may read a case (RFC 9421) |
//! | [`problem`] | any of them, when something is refused |
//! | [`convert`] | from and to the words of `lending` |
//!
//! Signed objects travel as opaque bytes; `lending` reads them, and verifies first.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod bank;
#[cfg(feature = "ts")]
pub mod bindings;
pub mod convert;
pub mod ipc;
pub mod parts;
pub mod pieces;
pub mod problem;
pub mod proof;
pub mod reconciliation;
pub mod trust;
