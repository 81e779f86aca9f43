//! A long outbox, for tests of the list: made-up entries that were never sent.

use rusqlite::Connection;
use std::path::Path;

/// Adds entries to the outbox of a device whose client is not running, in one commit: every second
/// one parked, the others taken back. Their notes are of no key, so their rows show no amount.
///
/// # Panics
/// When the file cannot be written, or is of another shape than this code knows.
pub fn fill_outbox(path: &Path, count: u32) {
    drop(outbox::Outbox::open(path).expect("an outbox"));
    let mut connection = Connection::open(path).expect("an outbox");
    let tx = connection.transaction().expect("nobody else writes");
    for n in 0..count {
        let id = uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::from(n));
        let (state, reason, ended) = match n % 2 {
            0 => ("parked", Some("refused"), None),
            _ => ("cancelled", None, Some(1_795_000_000_000_i64)),
        };
        tx.execute(
            "insert into entry
                 (id, lane, note, digest, size_bytes, saved_at_ms, state, park_reason, ended_at_ms)
             values (?1, 'normal', zeroblob(1500), zeroblob(32), 1800, ?2, ?3, ?4, ?5)",
            (id.as_bytes().as_slice(), 1_790_000_000_000_i64 + i64::from(n), state, reason, ended),
        )
        .expect("a row of this shape");
        tx.execute(
            "insert into entry_body (entry_id, bytes) values (?1, zeroblob(1800))",
            [id.as_bytes().as_slice()],
        )
        .expect("a row of this shape");
    }
    tx.commit().expect("room on the disk");
}
