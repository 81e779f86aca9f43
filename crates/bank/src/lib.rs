//! Reference bank: intake, ledger, posters.
//!
//! ```text
//! http  ─► intake ─► ledger        one envelope, one transaction, one signed acknowledgement
//!           │
//!           └─ publishing          the keys and catalogues that content is judged with
//! stopping ─► ledger             after a withdrawal: what waits is cancelled, a certificate
//! parts ─► ledger, objects         photos and files, uploaded before the envelope that names them
//! setup ─► folder                  `bank init`: keys, directory, catalogue, trust file
//! tickets, printing ─► poster      `bank poster`: a signed code on paper
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod bank;
pub mod evidence;
#[cfg(feature = "failpoints")]
pub mod failpoint;
#[cfg(not(feature = "failpoints"))]
mod failpoint;
pub mod folder;
pub mod http;
pub mod intake;
pub mod ledger;
pub mod parts;
mod platform;
pub mod poster;
pub mod printing;
pub mod publishing;
pub mod reconciliation;
pub mod reference;
pub mod restore;
pub mod sandbox;
mod serve;
pub mod server_keys;
pub mod setup;
pub mod stopping;
#[cfg(test)]
mod testing;
pub mod tickets;

pub use bank::{Bank, OpenError};
pub use platform::{Clock, SystemEntropy, system_clock};
pub use serve::serve;
pub use tickets::{IssuedTicket, TicketOrder, issue_ticket};
