#![cfg_attr(test, allow(clippy::unwrap_used))]
//! A durable send queue over opaque bytes.
//!
//! The caller seals something, posts it here with an id, a digest and a small note, and may then
//! say "saved": the post is on the disk. Later someone asks what to do next, sends the bytes, and
//! settles how it went. The queue knows neither what the bytes are nor where they go.
//!
//! # States
//!
//! ```text
//!            post      resend: the receiver lost it
//!              │  ┌───────────────────────────────────────────┐
//!              ▼  ▼           settle: delivered, with a proof │
//!           queued ───────────┬─────────────────────────► delivered
//!            ▲ │ ▲            │                                ▲
//!      later │ │ │            │                                │ late proof: the
//!     (wait) └─┘ │            │ cancel                         │ receiver had it already
//!                │ release    └─────────────────────────► cancelled
//!                │                                             ▲
//!                │            settle: parked, with a reason    │ cancel
//!                └──────────► parked ──────────────────────────┘
//! ```
//!
//! There is no other edge; [`plan`] has them as a table, and a test for each. An entry is never
//! deleted: what was posted is queued, parked, delivered or cancelled, at every instant.
//!
//! # Parts
//!
//! A photo or file is sealed once and added as a part, named by the digest of its sealed bytes,
//! before any entry names it ([`Outbox::add_part`]). An entry is posted with the digests of its
//! parts; all of them must be here. [`Delivery::parts`] says what is still to be uploaded,
//! [`Outbox::part_bytes`] reads any range in pieces of 256 KiB, and [`Outbox::part_progress`] and
//! [`Outbox::part_done`] note what the receiver confirmed. After a crash the receiver is asked how
//! far it got; what is noted here is a hint.
//!
//! # Sending
//!
//! [`Outbox::next_step`] names an entry or a time, [`Outbox::begin`] marks it as in flight and
//! hands out its bytes, [`Outbox::settle`] writes down the outcome, and dropping the [`Delivery`]
//! takes the mark away. The mark lives in memory only.
//!
//! Two lanes: everything due in [`Lane::Urgent`] is named before anything in [`Lane::Normal`],
//! and within a lane the oldest comes first. Entries are independent: one that is parked, waits
//! or is in flight never delays another. A failed attempt waits longer each time ([`policy`]), a
//! number of attempts at which the queue gives up does not exist.
//!
//! # Keeping
//!
//! [`Outbox::purge`] takes bodies and parts away: 30 days after delivery, and after a
//! reconciliation in the epoch in which the receiver confirmed the entry. The row, the note
//! and the proof stay. When the receiver says another epoch ([`Outbox::note_epoch`]) it was
//! restored from a backup: it is asked about [`Outbox::delivered_since`], what it lost is queued
//! anew ([`Outbox::resend`]), and [`Outbox::reconciled`] writes down that this was done.
//!
//! # Crashes
//!
//! Only the file is state. Each change is one SQLite transaction, flushed to the disk before the
//! call returns; a process or a phone that vanishes at any line leaves the state before or after
//! that change. Vanishing between the receiver's answer and `settle` leaves the entry queued: it
//! goes out once more with the same id and the same bytes, and the receiver is expected to give
//! its first answer again. So there is nothing to repair at start-up.
//!
//! A full disk is an error of its own in every operation; the state is then as before, and the
//! same call works once there is room. A file that is damaged, foreign, of a newer version or
//! open elsewhere is refused at [`Outbox::open`] and left as it is; a person may then have it moved
//! aside ([`quarantine`]) and what can be read of it taken up anew ([`Outbox::salvage`]).
//!
//! # Clocks
//!
//! Time comes in as an argument. A clock that jumps ahead makes entries due early; one that jumps
//! back makes them due at once, where they would otherwise seem to wait for years.

mod entry;
#[cfg(feature = "failpoints")]
pub mod failpoint;
#[cfg(not(feature = "failpoints"))]
mod failpoint;
mod keeping;
mod outbox;
mod part;
pub mod plan;
pub mod policy;
mod store;

pub use entry::{
    Counts, EntryHead, EntryId, EntryState, Lane, NewEntry, Outcome, ParkReason, ParkReasonSize,
    Step, Steps, Timestamp,
};
pub use keeping::{Epoch, EpochChange, Export, Purged, Settlement};
pub use outbox::{
    DAMAGED, Delivery, MoveError, Outbox, PartError, PostError, ReconcileError, SalvageError,
    Salvaged,
};
pub use part::{NewPart, PartDigest, PartHead, Progress};
pub use plan::{Act, IllegalMove};
pub use store::{Damage, OpenError, QuarantineError, StoreError, quarantine};
