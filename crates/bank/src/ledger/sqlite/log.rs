//! The log of countersignatures: rows, and the nodes of its tree.

use crate::ledger::log::{Countersignatures, Extension, LogEntry, RecordOnFile};
use rusqlite::{Connection, OptionalExtension, params};
use seal::{
    Digest, PublicKey,
    tree::{self, Nodes, Place},
};
use uuid::Uuid;

/// The nodes in the database.
struct Kept<'c>(&'c Connection);

impl Nodes for Kept<'_> {
    type Error = rusqlite::Error;

    fn node(&self, place: Place) -> rusqlite::Result<Digest> {
        self.0
            .prepare_cached("select digest from log_node where level = ?1 and ordinal = ?2")?
            .query_row(params![place.level, whole(place.ordinal)], |row| {
                Ok(Digest::from_bytes(row.get(0)?))
            })
    }
}

/// Appends a countersignature; a record is countersigned once.
pub(super) fn append(
    connection: &Connection,
    record: Digest,
    countersignature: &[u8],
) -> rusqlite::Result<()> {
    let number = size(connection)?;
    let appended = connection
        .prepare_cached(
            "insert into log_entry (number, record, countersignature)
             values (?1, ?2, ?3)
             on conflict (record) do nothing",
        )?
        .execute(params![whole(number), record.as_bytes(), countersignature])?;
    if appended == 0 {
        return Ok(());
    }
    let mut insert = connection
        .prepare_cached("insert into log_node (level, ordinal, digest) values (?1, ?2, ?3)")?;
    for (place, digest) in tree::append(&Kept(connection), number, tree::leaf(countersignature))? {
        insert.execute(params![place.level, whole(place.ordinal), digest.as_bytes()])?;
    }
    Ok(())
}

/// Countersignatures with their paths to the root of today's log.
pub(super) fn countersignatures(
    connection: &Connection,
    records: &[Digest],
) -> rusqlite::Result<Countersignatures> {
    let snapshot = connection.unchecked_transaction()?;
    let size = size(&snapshot)?;
    let nodes = Kept(&snapshot);
    let mut query = snapshot
        .prepare_cached("select number, countersignature from log_entry where record = ?1")?;
    let mut found = Vec::with_capacity(records.len());
    for record in records {
        let entry: Option<(i64, Vec<u8>)> = query
            .query_row([record.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        found.push(match entry {
            None => None,
            Some((number, countersignature)) => {
                let index = number.unsigned_abs();
                Some(LogEntry {
                    countersignature,
                    index,
                    path: tree::inclusion(&nodes, index, size)?,
                })
            }
        });
    }
    Ok(Countersignatures { size, root: tree::root(&nodes, size)?, found })
}

/// The consent records about a case, in the order in which they came.
pub(super) fn records_of_case(
    connection: &Connection,
    case: Uuid,
) -> rusqlite::Result<Vec<RecordOnFile>> {
    connection
        .prepare_cached(
            "select device, signed from consent_record where case_id = ?1
             order by event not in ('given', 'refused'), rowid",
        )?
        .query_map([case.as_bytes()], |row| {
            Ok(RecordOnFile { device: PublicKey::from_bytes(row.get(0)?), signed: row.get(1)? })
        })?
        .collect()
}

/// Today's log, and how it extends an earlier one.
pub(super) fn extension(connection: &Connection, earlier: u64) -> rusqlite::Result<Extension> {
    let snapshot = connection.unchecked_transaction()?;
    let size = size(&snapshot)?;
    let nodes = Kept(&snapshot);
    Ok(Extension {
        size,
        root: tree::root(&nodes, size)?,
        proof: tree::consistency(&nodes, earlier, size)?,
    })
}

fn size(connection: &Connection) -> rusqlite::Result<u64> {
    let last: Option<i64> = connection
        .prepare_cached("select max(number) from log_entry")?
        .query_row([], |row| row.get(0))?;
    Ok(last.map_or(0, |last| last.unsigned_abs() + 1))
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
