//! The numbers of the queue: each with its unit, its reason and where it comes from.

use std::time::Duration;

/// Upper bound of the first pause after a failed attempt: 1 s. Short, because most failures in a
/// village are one lost packet. Doubled after each further failure. Source: response table in
/// the design (transient failures back off from 1 s to 15 min).
pub const FIRST_BACKOFF: Duration = Duration::from_secs(1);

/// Longest backoff between two attempts: 15 min. Keeps a phone in a village from sleeping past a
/// short spell of signal. Source: response table in the design.
pub const MAX_BACKOFF: Duration = Duration::from_secs(15 * 60);

/// Shortest backoff: 250 ms. Full jitter may draw nought; this keeps a run of unlucky draws from
/// becoming a tight loop that empties the battery. Source: own judgement, a quarter of the first
/// pause.
pub const MIN_BACKOFF: Duration = Duration::from_millis(250);

/// Longest wait that the receiver may ask for (`Retry-After`): 1 h. A longer one is read as 1 h,
/// so that a wrong header cannot silence a phone for a week. Source: response table in the
/// design; the header is RFC 9110, section 10.2.3.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);

/// Longest pause that this crate ever writes down: 75 min, the longest honoured `Retry-After`
/// plus the longest backoff that spreads the phones after it. An entry that claims to wait
/// longer than this was dated by a wrong clock, and is due at once.
pub const LONGEST_PAUSE: Duration =
    Duration::from_secs(MAX_RETRY_AFTER.as_secs() + MAX_BACKOFF.as_secs());

/// How long the row of an ended entry is kept at least, after its body may go: 400 days. The
/// receiver remembers ids as long, because a tablet can sleep in a drawer; a shorter memory here
/// would let an old post in again. This version deletes no row at all. Source: design, the
/// decision that an id is a key and never a permission.
pub const TOMBSTONE_KEPT: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// Longest park reason: 64 bytes. A reason is a code for which the caller has words, not a text.
/// The table `entry` checks the same number.
pub const MAX_PARK_REASON_BYTES: usize = 64;

/// How long opening waits for another holder of the file: 500 ms. Enough for a process that is
/// just ending, short enough that a second start is told soon. After opening nothing ever waits,
/// because the lock is exclusive. Source: own judgement.
pub const BUSY_TIMEOUT: Duration = Duration::from_millis(500);

/// Largest part, sealed: 20 MiB. A photo is about 1 MB after it was encoded anew, a scanned
/// statement of a year under 15 MB; beyond that an upload over a village's network takes an hour
/// and more. The table `part` checks the same number. Source: design, "a broken 20 MB case".
pub const MAX_PART_BYTES: u64 = 20 * 1024 * 1024;

/// Most parts that one entry names: 40. A case with both sides of two identity cards, a licence,
/// a lease, a dozen statements and photos of a shop comes to about 30. It also bounds what one
/// post checks in its transaction. Source: own judgement.
pub const MAX_PARTS_PER_ENTRY: usize = 40;

/// Size of the pieces in which a part is stored: 256 KiB. What is lost when a transfer breaks is
/// at most one of them. The table `part_chunk` checks the same number. Source: design, figures
/// of the upload.
pub const CHUNK_BYTES: usize = 256 * 1024;

/// How long a part that no entry names is kept: 7 days. A photo is sealed when it is taken, and
/// a case is begun on a market day and finished on the next; parts that a draft still names are
/// kept however old they are, see [`Outbox::purge`](crate::Outbox::purge). Source: own judgement,
/// one market week.
pub const UNNAMED_PART_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long the body and parts of an ended entry are kept at least: 30 days. The receiver's
/// backups reach back no further, so what it lost can be sent again. Source: invariant I6 of the
/// design.
pub const BODY_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Most entries in flight at once: 16. Twenty tablets behind one uplink then stay under the
/// receiver's limit of connections. Source: design, reconnect storm.
pub const MAX_IN_FLIGHT: usize = 16;

/// Largest file that is checked in whole at opening: 64 MiB, which takes well under a second on
/// a phone. In a larger one the tables of heads are checked in whole, and bodies and chunks when
/// they are read. Source: measured, docs/adr/0012.
pub const WHOLE_CHECK_BYTES: u64 = 64 * 1024 * 1024;
