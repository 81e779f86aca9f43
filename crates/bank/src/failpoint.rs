//! Named places at which a test makes a write fail, or its process die.
//!
//! Only with the feature `failpoints`, which no build of the product has: without it a place is
//! nothing. With it, the registry of the `fail` crate says what happens where.

use std::io;

/// What is written in a transaction, or beside its place and then moved there. Each has three
/// places, see [`points`].
#[cfg(feature = "failpoints")]
pub const TRANSACTIONS: [&str; 13] = [
    "admit",
    "conflict",
    "file",
    "layout",
    "part_advance",
    "part_complete",
    "part_drop",
    "part_expire",
    "part_find",
    "part_lose",
    "part_open",
    "part_swept",
    "stop",
];

/// What is done in the object store. Each has two places, see [`points`].
#[cfg(feature = "failpoints")]
pub const OBJECTS: [&str; 5] =
    ["put_piece", "put_whole", "delete_piece", "delete_pieces", "delete_everything"];

/// The places: `bank.<transaction>.begin`; `.commit`, just before the commit or the move;
/// `.committed`, just after it. Of objects the first and the last. A fault after the commit is that
/// of a disk which wrote and then said that it had not.
#[cfg(feature = "failpoints")]
pub fn points() -> Vec<String> {
    let three = |name| ["begin", "commit", "committed"].map(|at| format!("bank.{name}.{at}"));
    let two = |name| ["begin", "committed"].map(|at| format!("bank.{name}.{at}"));
    let transactions = TRANSACTIONS.into_iter().flat_map(three);
    transactions.chain(OBJECTS.into_iter().flat_map(two)).collect()
}

/// How many faults were met since the process began.
#[cfg(feature = "failpoints")]
pub fn met() -> u64 {
    MET.load(std::sync::atomic::Ordering::SeqCst)
}

#[cfg(feature = "failpoints")]
static MET: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

/// No space left on the device, as the system numbers it.
#[cfg(feature = "failpoints")]
pub(crate) const ENOSPC: i32 = 28;
/// Input/output error, as the system numbers it.
#[cfg(feature = "failpoints")]
const EIO: i32 = 5;

/// Passes a place. `return(full)` there is a full disk, any other `return` an I/O error.
#[cfg(feature = "failpoints")]
pub(crate) fn pass(write: &str, place: &str) -> io::Result<()> {
    debug_assert!(
        TRANSACTIONS.contains(&write) || OBJECTS.contains(&write),
        "{write} stands in no list"
    );
    fail::fail_point!(&format!("bank.{write}.{place}"), |told: Option<String>| {
        MET.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let is_full = told.as_deref() == Some("full");
        Err(io::Error::from_raw_os_error(if is_full { ENOSPC } else { EIO }))
    });
    Ok(())
}

/// Passes a place: nothing.
#[cfg(not(feature = "failpoints"))]
#[inline]
pub(crate) fn pass(_: &str, _: &str) -> io::Result<()> {
    Ok(())
}
