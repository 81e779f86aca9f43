//! The words and rules of lending. Pure: no I/O, no clock, no randomness.
//!
//! Both sides of the road use this crate: the client before it seals, the bank after it opens, so
//! that nothing bounces at the bank for a rule the device could have told. Objects that are signed
//! (ticket, catalogue, consent record, application, acknowledgement) are encoded and decoded here,
//! next to the rules that make them valid; their constructors from outside bytes verify first.
//! See docs/adr/0006.
//!
//! | module | what it knows |
//! | --- | --- |
//! | [`subject`] | who: enterprise code, resident id, mobile number, and their check digits |
//! | [`money`], [`cost`] | how much: fen, rates, terms; schedules and the all-in rate |
//! | [`check`] | branch numbers with a check character |
//! | [`ticket`], [`foreign`] | the signed code on the poster; the codes of others |
//! | [`catalogue`] | the bank's branches, officers, products and notices |
//! | [`consent`] | what is agreed, refused, withdrawn, and the proof of it |
//! | [`application`], [`status`] | from draft to application; where it stands at the bank |
//! | [`asked`], [`visit`] | whether a record answers an application; asking an owner's own phone |
//! | [`part`] | photos and files that an application names |
//! | [`acknowledgement`] | the bank's signed word that it has the envelope |
//! | [`countersignature`] | the bank's countersignature under a consent record, and the log of them |
//! | [`copy`] | the owner's copy of consents: what stands on it, and the code that names a record |
//! | [`certificate`] | what the bank did after a withdrawal, and its signed word of it |
//! | [`access`] | whether the bank may read something now, under a consent |
//! | [`evidence`] | consent records with all that is needed to judge them offline |
//! | [`reconciliation`] | which of many envelopes the bank has, after it was restored |
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod access;
pub mod acknowledgement;
pub mod application;
pub mod asked;
pub mod catalogue;
pub mod certificate;
pub mod check;
pub mod consent;
pub mod copy;
pub mod cost;
pub mod countersignature;
pub mod evidence;
pub mod foreign;
pub mod money;
pub mod notice;
mod numbered;
pub mod part;
pub mod reconciliation;
#[cfg(test)]
mod sample;
pub mod status;
pub mod subject;
mod text;
pub mod ticket;
pub mod upstream;
pub mod visit;

pub use text::{Locale, Text};
