//! What goes up of the outbox: its rows, what is gone from it, and its repair.

use super::*;
use serde::{Deserialize, Serialize};

shapes! {
    /// A row of the outbox.
    struct EntryView {
        /// The entry: its envelope's id.
        pub case_id: String,
        /// A short number for this device.
        pub device_number: String,
        /// Application or withdrawal.
        pub kind: EntryKind,
        /// The branch it goes to.
        pub branch: TextView,
        /// Amount, for an application.
        pub amount_fen: Option<u64>,
        /// Where it stands.
        pub state: CaseState,
        /// Whether it is on its way this moment.
        pub sending: bool,
        /// Why it waits for a person.
        pub parked_reason: Option<ParkedReason>,
        /// Tries so far.
        pub attempts: u32,
        /// When the next try is due.
        pub next_try_at_ms: Option<u64>,
        /// When it was saved.
        pub saved_at_ms: u64,
        /// When the bank received it.
        pub received_at_ms: Option<u64>,
        /// The bank's number.
        pub reference: Option<String>,
        /// Photos and files that belong to it.
        pub parts: u32,
        /// Sealed bytes that the bank has confirmed, photos and files included.
        pub confirmed_bytes: u64,
        /// All its sealed bytes.
        pub total_bytes: u64,
        /// What can be done with it, in the order to show.
        pub acts: Vec<EntryAct>,
    }

    /// How many entries stand in each state.
    struct OutboxCountsView {
        /// To be sent.
        pub queued: u32,
        /// Waiting for a person.
        pub parked: u32,
        /// The bank has them.
        pub delivered: u32,
        /// Taken back.
        pub cancelled: u32,
    }

    /// A case that was saved on this device and is no longer in its outbox: something cut the file
    /// short. Whether it was sent before is not known here.
    struct LostCaseView {
        /// The case.
        pub case_id: String,
        /// Its short number.
        pub device_number: String,
        /// Application or withdrawal.
        pub kind: EntryKind,
        /// The branch it was for.
        pub branch: TextView,
        /// Amount, for an application.
        pub amount_fen: Option<u64>,
        /// When it was saved.
        pub saved_at_ms: u64,
        /// What can be done about it; forgetting it is always possible.
        pub acts: Vec<EntryAct>,
    }

    /// A page of the outbox.
    struct OutboxView {
        /// Rows of this page: what is not delivered first, newest first in each part.
        pub entries: Vec<EntryView>,
        /// How many rows come before this page.
        pub offset: u32,
        /// Rows of all pages.
        pub total: u32,
        /// Rows by state.
        pub counts: OutboxCountsView,
        /// Entries not yet delivered.
        pub pending: u32,
        /// When the last one was delivered.
        pub last_delivered_at_ms: Option<u64>,
        /// The way to the bank.
        pub connection: Connection,
        /// Cases that are gone from the outbox.
        pub lost: Vec<LostCaseView>,
    }

    /// A file that was written for the help line.
    struct ExportView {
        /// Its name.
        pub file_name: String,
        /// Where it lies on this device.
        pub path: String,
        /// Its length.
        pub size_bytes: u64,
    }

    /// What was brought back from a damaged outbox.
    struct RepairView {
        /// Cases that are in the outbox again, as they were.
        pub recovered: u32,
        /// Short numbers of cases whose content cannot be read: they need a person.
        pub damaged: Vec<String>,
        /// Cases that cannot be read at all, at least.
        pub unreadable: u32,
        /// Photos and files that are here again.
        pub parts: u32,
        /// Photos and files that cannot be read, at least.
        pub parts_unreadable: u32,
        /// Where the old file lies.
        pub old_file: String,
    }
}
