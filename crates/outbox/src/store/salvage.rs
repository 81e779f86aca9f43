//! Reading what can still be read of a file that was moved aside, row by row.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, Statement};

use super::StoreError;
use super::migrate::{newest_version, remove_if_there, with_suffix};
use super::open::{APPLICATION_ID, OpenError, open_untouched};
use super::parts::part;
use super::rows::{head, number};
use crate::entry::{EntryHead, EntryId, Timestamp};
use crate::part::{PartDigest, PartHead};
use crate::policy::{CHUNK_BYTES, MAX_PART_BYTES};

/// Most rows that fit on a page, for guessing how many there may be in a table whose last page
/// cannot be read: an entry has about 200 bytes at least.
const MOST_ROWS_ON_A_PAGE: i64 = 40;

/// How far to look past what seems to be the last row: 10,000 rows, some milliseconds.
const ABSENT_AT_THE_END: u32 = 10_000;

/// A damaged file, open for reading. Nothing here changes it or its log.
pub(crate) struct Remains {
    connection: Connection,
    /// A copy with a header made anew, to be deleted afterwards.
    repaired: Option<PathBuf>,
    body_rows: HashMap<EntryId, Vec<i64>>,
    chunk_rows: HashMap<(PartDigest, u64), i64>,
    names: HashMap<EntryId, Vec<(u64, PartDigest)>>,
    former_proofs: HashMap<EntryId, (Vec<u8>, Timestamp)>,
}

/// The rows of one table that could be read, and how many at least could not.
pub(crate) struct Found<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) unreadable: u64,
}

/// One entry as it stands in a damaged file.
pub(crate) struct FoundEntry {
    pub(crate) head: EntryHead,
    pub(crate) proof: Option<Vec<u8>>,
    pub(crate) is_purged: bool,
}

/// Opens a damaged outbox. If its header cannot be read, a copy beside it gets a new one.
pub(crate) fn read_remains(path: &Path) -> Result<Remains, OpenError> {
    // SQLite would make a database out of nothing and delete a log beside an empty one.
    if fs::metadata(path)?.len() == 0 {
        return Err(OpenError::Io(std::io::ErrorKind::UnexpectedEof.into()));
    }
    let (connection, repaired) = match open_untouched(path).and_then(has_entries) {
        Ok(connection) => (connection, None),
        Err(OpenError::Unreadable(_)) => {
            let copy = copy_with_header(path)?;
            let opened = open_untouched(&copy).and_then(has_entries);
            match opened {
                Ok(connection) => (connection, Some(copy)),
                Err(error) => {
                    delete_copy(&copy);
                    return Err(error);
                }
            }
        }
        Err(error) => return Err(error),
    };
    let mut remains = Remains {
        connection,
        repaired,
        body_rows: HashMap::new(),
        chunk_rows: HashMap::new(),
        names: HashMap::new(),
        former_proofs: HashMap::new(),
    };
    remains.index()?;
    Ok(remains)
}

fn has_entries(connection: Connection) -> Result<Connection, OpenError> {
    connection.prepare("select id from entry")?;
    connection.prepare("select bytes from entry_body")?;
    Ok(connection)
}

/// A copy of the file and its log whose header says what every outbox says: 4096-byte pages, a
/// log, UTF-8. Source: the file format of SQLite, section 1.3.
fn copy_with_header(path: &Path) -> Result<PathBuf, OpenError> {
    let copy = with_suffix(path, ".salvage");
    let mut bytes = fs::read(path)?;
    let log = with_suffix(path, "-wal");
    if log.exists() {
        fs::copy(log, with_suffix(&copy, "-wal"))?;
    }
    if let Some(header) = bytes.get_mut(..100) {
        header.fill(0);
        header[..16].copy_from_slice(b"SQLite format 3\0");
        header[16..18].copy_from_slice(&4096u16.to_be_bytes());
        header[18..24].copy_from_slice(&[2, 2, 0, 64, 32, 32]);
        header[44..48].copy_from_slice(&4u32.to_be_bytes());
        header[56..60].copy_from_slice(&1u32.to_be_bytes());
        header[60..64].copy_from_slice(&newest_version().to_be_bytes());
        header[68..72].copy_from_slice(&APPLICATION_ID.to_be_bytes());
    }
    let pages = u32::try_from(bytes.len() / 4096).unwrap_or(u32::MAX);
    if let Some(count) = bytes.get_mut(28..32) {
        count.copy_from_slice(&pages.to_be_bytes());
    }
    fs::write(&copy, bytes)?;
    Ok(copy)
}

fn delete_copy(copy: &Path) {
    for end in ["", "-wal"] {
        // What stays is a copy of sealed bytes beside the file it was copied from.
        let _ = remove_if_there(&with_suffix(copy, end));
    }
}

impl Drop for Remains {
    fn drop(&mut self) {
        if let Some(copy) = self.repaired.take() {
            delete_copy(&copy);
        }
    }
}

impl Remains {
    fn index(&mut self) -> Result<(), OpenError> {
        let bodies = self.scan("entry_body", "rowid, entry_id", |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, EntryId>(1)?))
        })?;
        for (rowid, id) in bodies.rows {
            self.body_rows.entry(id).or_default().push(rowid);
        }
        if !self.has_parts() {
            return Ok(());
        }
        let chunks = self.scan("part_chunk", "rowid, digest, ordinal", |row| {
            Ok((row.get(0)?, row.get(1)?, number(row, "ordinal")?))
        })?;
        self.chunk_rows =
            chunks.rows.into_iter().map(|(row, digest, at)| ((digest, at), row)).collect();
        let names = self.scan("entry_part", "entry_id, ordinal, digest", |row| {
            Ok((row.get::<_, EntryId>(0)?, number(row, "ordinal")?, row.get(2)?))
        })?;
        for (id, ordinal, digest) in names.rows {
            self.names.entry(id).or_default().push((ordinal, digest));
        }
        self.names.values_mut().for_each(|named| named.sort_unstable());
        let proofs = self.scan("former_proof", "entry_id, proof, delivered_at_ms", |row| {
            Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))
        })?;
        self.former_proofs = proofs.rows.into_iter().collect();
        Ok(())
    }

    /// A file of the first version has no parts.
    fn has_parts(&self) -> bool {
        self.connection.prepare("select digest from part").is_ok()
    }

    /// Every entry whose row can be read.
    pub(crate) fn entries(&self) -> Result<Found<FoundEntry>, StoreError> {
        let purged = if self.connection.prepare("select purged_at_ms from entry").is_ok() {
            "purged_at_ms is not null as is_purged"
        } else {
            "0 as is_purged"
        };
        let columns = format!(
            "id, lane, note, digest, size_bytes, saved_at_ms, state, attempts, not_before_ms, \
             park_reason, ended_at_ms, proof, {purged}"
        );
        self.scan("entry", &columns, |row| {
            Ok(FoundEntry {
                head: head(row)?,
                proof: row.get("proof")?,
                is_purged: row.get("is_purged")?,
            })
        })
    }

    /// Every part whose row can be read.
    pub(crate) fn parts(&self) -> Result<Found<PartHead>, StoreError> {
        if !self.has_parts() {
            return Ok(Found { rows: Vec::new(), unreadable: 0 });
        }
        let columns = "digest, size_bytes, confirmed_bytes, is_done, purged_at_ms";
        self.scan("part", columns, part)
    }

    /// The parts that an entry names, as far as those rows can be read.
    pub(crate) fn names(&self, id: EntryId) -> Vec<PartDigest> {
        let named = self.names.get(&id).map(Vec::as_slice).unwrap_or_default();
        named.iter().map(|(_, digest)| *digest).collect()
    }

    /// The proof of an earlier delivery of an entry, and when that was.
    pub(crate) fn former_proof(&self, id: EntryId) -> Option<&(Vec<u8>, Timestamp)> {
        self.former_proofs.get(&id)
    }

    /// The body of an entry, if it can be read and `is_right` says so of its bytes.
    pub(crate) fn body(&self, id: EntryId, is_right: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
        let rows = self.body_rows.get(&id)?;
        rows.iter().filter_map(|row| self.bytes("entry_body", *row)).find(|bytes| is_right(bytes))
    }

    /// The bytes of a part, if all of its chunks can be read.
    pub(crate) fn part_bytes(&self, part: &PartHead) -> Option<Vec<u8>> {
        if part.size_bytes > MAX_PART_BYTES {
            return None;
        }
        let chunks = part.size_bytes.div_ceil(CHUNK_BYTES as u64);
        let mut bytes = Vec::new();
        for ordinal in 0..chunks {
            let row = self.chunk_rows.get(&(part.digest, ordinal))?;
            bytes.extend(self.bytes("part_chunk", *row)?);
        }
        Some(bytes)
    }

    fn bytes(&self, table: &str, rowid: i64) -> Option<Vec<u8>> {
        let sql = format!("select bytes from {table} where rowid = ?1");
        self.connection.prepare_cached(&sql).ok()?.query_row([rowid], |row| row.get(0)).ok()
    }

    /// Asks for each row by its number, so that a page that cannot be read costs only its own
    /// rows.
    fn scan<T>(
        &self,
        table: &str,
        columns: &str,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Found<T>, StoreError> {
        let sql = format!("select {columns} from {table} where rowid = ?1");
        let mut query = self.connection.prepare(&sql)?;
        let mut found = Found { rows: Vec::new(), unreadable: 0 };
        let last = self.last_row(table);
        let mut absent = 0;
        for rowid in 1..=self.most_rows() {
            // A damaged page may also hide the true last row, so look some way past it.
            if last.is_some_and(|last| rowid > last) && absent > ABSENT_AT_THE_END {
                break;
            }
            match one(&mut query, rowid, &read) {
                Ok(Some(row)) => {
                    found.rows.push(row);
                    absent = 0;
                }
                Ok(None) => absent += 1,
                Err(_) if last.is_some_and(|last| rowid <= last) => found.unreadable += 1,
                // Whether there was a row at all is not known.
                Err(_) => {
                    found.unreadable = found.unreadable.max(1);
                    absent += 1;
                }
            }
        }
        Ok(found)
    }

    fn last_row(&self, table: &str) -> Option<i64> {
        let sql = format!("select coalesce(max(rowid), 0) from {table}");
        let last: i64 = self.connection.query_row(&sql, [], |row| row.get(0)).ok()?;
        // A damaged page may say any number.
        Some(last).filter(|last| *last <= self.most_rows())
    }

    fn most_rows(&self) -> i64 {
        let pages: i64 =
            self.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap_or(1);
        pages.saturating_mul(MOST_ROWS_ON_A_PAGE)
    }
}

fn one<T>(
    query: &mut Statement<'_>,
    rowid: i64,
    read: &impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    query.query_row([rowid], |row| read(row)).optional()
}
