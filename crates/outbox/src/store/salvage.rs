//! Reading what can still be read of a file that was moved aside, row by row.

use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, Statement};

use super::migrate::{remove_if_there, with_suffix};
use super::open::{OpenError, open_untouched};
use super::parts::part;
use super::rows::{head, number};
use super::{Store, StoreError};
use crate::entry::{EntryHead, EntryId, Timestamp};
use crate::part::{PartDigest, PartHead};
use crate::policy::{CHUNK_BYTES, MAX_PART_BYTES};

/// Most rows that fit on a page, for guessing how many there may be in a table whose last page
/// cannot be read: an entry has about 200 bytes at least.
const MOST_ROWS_ON_A_PAGE: i64 = 40;

/// Size of a page in bytes: what SQLite chooses for a new file, and every outbox is one.
const PAGE: usize = 4096;

/// How far to look past what seems to be the last row: 10,000 rows, some milliseconds.
const ABSENT_AT_THE_END: u32 = 10_000;

/// A damaged file, open for reading. Nothing here changes it or its log.
pub(crate) struct Remains {
    connection: Connection,
    /// A copy with a header made anew, to be deleted afterwards.
    _repaired: Option<Copy>,
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

/// Opens a damaged outbox. If its header or its list of tables cannot be read, a copy beside it
/// gets those of a new outbox.
pub(crate) fn read_remains(path: &Path) -> Result<Remains, OpenError> {
    // SQLite would make a database out of nothing and delete a log beside an empty one.
    if fs::metadata(path)?.len() <= 1 {
        return Err(OpenError::Io(std::io::ErrorKind::UnexpectedEof.into()));
    }
    let mut refused = match open_untouched(path).and_then(Remains::of) {
        Err(OpenError::Unreadable(refused)) => refused,
        opened => return opened,
    };
    for graft in [Graft::Header, Graft::Tables] {
        let copy = grafted_copy(path, graft)?;
        match open_untouched(&copy).and_then(Remains::of) {
            Ok(remains) => return Ok(Remains { _repaired: Some(Copy(copy)), ..remains }),
            Err(OpenError::Unreadable(again)) => refused = again,
            Err(error) => {
                delete_copy(&copy);
                return Err(error);
            }
        }
        delete_copy(&copy);
    }
    Err(OpenError::Unreadable(refused))
}

/// What a damaged file gets from a new outbox.
#[derive(Clone, Copy)]
enum Graft {
    /// The first 100 bytes.
    Header,
    /// Those, and the pages that list the tables. Where the tables begin is the same in every file
    /// that was made by this version; one that was migrated may differ, and then nothing is found.
    Tables,
}

/// A copy of the file and its log with something of a new outbox. Source: the file format of
/// SQLite, sections 1.3 and 1.6.
fn grafted_copy(path: &Path, graft: Graft) -> Result<PathBuf, OpenError> {
    let copy = with_suffix(path, ".salvage");
    delete_copy(&copy);
    let sound = new_file(&copy)?;
    let mut bytes = fs::read(path)?;
    let grafts: Vec<Range<usize>> = match graft {
        Graft::Header => std::iter::once(0..100).collect(),
        Graft::Tables => {
            schema_pages(&sound).into_iter().map(|page| page * PAGE..(page + 1) * PAGE).collect()
        }
    };
    for range in grafts {
        if let (Some(to), Some(from)) = (bytes.get_mut(range.clone()), sound.get(range)) {
            to.copy_from_slice(from);
        }
    }
    let pages = u32::try_from(bytes.len() / PAGE).unwrap_or(u32::MAX);
    if let Some(count) = bytes.get_mut(28..32) {
        count.copy_from_slice(&pages.to_be_bytes());
    }
    fs::write(&copy, bytes)?;
    let log = with_suffix(path, "-wal");
    if log.exists() {
        fs::copy(log, with_suffix(&copy, "-wal"))?;
    }
    Ok(copy)
}

/// The bytes of a new outbox, made at `path` and deleted again.
fn new_file(path: &Path) -> Result<Vec<u8>, OpenError> {
    drop(Store::open(path)?);
    let bytes = fs::read(path)?;
    delete_copy(path);
    Ok(bytes)
}

/// The pages of the list of tables, counted from 0: the first, and those it points to.
fn schema_pages(file: &[u8]) -> Vec<usize> {
    let number = |at: usize, length: usize| {
        let bytes = file.get(at..at + length).unwrap_or_default();
        bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let is_interior = number(100, 1) == 5;
    let cells = if is_interior { number(103, 2) } else { 0 };
    let children = (0..cells).map(|cell| number(number(112 + 2 * cell, 2), 4));
    let last = is_interior.then(|| number(108, 4));
    let pages = children.chain(last).filter_map(|page| page.checked_sub(1));
    std::iter::once(0).chain(pages).collect()
}

fn delete_copy(copy: &Path) {
    for end in ["", "-wal"] {
        // What stays is a copy of sealed bytes beside the file it was copied from.
        let _ = remove_if_there(&with_suffix(copy, end));
    }
}

/// Deleted when dropped.
struct Copy(PathBuf);

impl Drop for Copy {
    fn drop(&mut self) {
        delete_copy(&self.0);
    }
}

impl Remains {
    fn of(connection: Connection) -> Result<Remains, OpenError> {
        connection.prepare("select id from entry")?;
        connection.prepare("select bytes from entry_body")?;
        let mut remains = Remains {
            connection,
            _repaired: None,
            body_rows: HashMap::new(),
            chunk_rows: HashMap::new(),
            names: HashMap::new(),
            former_proofs: HashMap::new(),
        };
        remains.index()?;
        Ok(remains)
    }

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
