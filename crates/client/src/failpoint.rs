//! Named places at which a test makes a transaction fail, or its process die.
//!
//! Only with the feature `failpoints`, which no build of the product has: without it a place is
//! nothing. With it, the registry of the `fail` crate says what happens where.

use rusqlite::Error;

/// What the transactions of this crate are called. Each has three places, see [`points`].
#[cfg(feature = "failpoints")]
pub const TRANSACTIONS: [&str; 16] = [
    "catalogue-bundle",
    "catalogue-fetched-at",
    "certificate",
    "device_key",
    "discard",
    "draft",
    "forget_lost",
    "forget_shop",
    "handover",
    "layout",
    "preferences",
    "server-time",
    "submit",
    "taken-back",
    "vault",
    "withdraw",
];

/// The places: `client.<transaction>.begin`; `.commit`, just before the commit; `.committed`, just
/// after it, where a fault is that of a disk which wrote and then said that it had not.
#[cfg(feature = "failpoints")]
pub fn points() -> Vec<String> {
    let places = |name| ["begin", "commit", "committed"].map(|at| format!("client.{name}.{at}"));
    TRANSACTIONS.into_iter().flat_map(places).collect()
}

/// How many faults were met since the process began.
#[cfg(feature = "failpoints")]
pub fn met() -> u64 {
    MET.load(std::sync::atomic::Ordering::SeqCst)
}

#[cfg(feature = "failpoints")]
static MET: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

/// Passes a place. `return(full)` there is a full disk, any other `return` an I/O error.
#[cfg(feature = "failpoints")]
pub(crate) fn pass(transaction: &str, place: &str) -> Result<(), Error> {
    debug_assert!(TRANSACTIONS.contains(&transaction), "{transaction} stands in no list");
    fail::fail_point!(&format!("client.{transaction}.{place}"), |told: Option<String>| {
        MET.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let code = match told.as_deref() {
            Some("full") => rusqlite::ffi::SQLITE_FULL,
            _ => rusqlite::ffi::SQLITE_IOERR,
        };
        Err(Error::SqliteFailure(rusqlite::ffi::Error::new(code), None))
    });
    Ok(())
}

/// Passes a place: nothing.
#[cfg(not(feature = "failpoints"))]
#[inline]
pub(crate) fn pass(_: &str, _: &str) -> Result<(), Error> {
    Ok(())
}
