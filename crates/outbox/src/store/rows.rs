//! Rows in and out: all the SQL of the running queue.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, RowIndex, named_params};
use uuid::Uuid;

use super::{StoreError, damaged};
use crate::entry::{Counts, EntryHead, EntryId, EntryState, Lane, NewEntry, ParkReason, Timestamp};

const HEAD: &str = "select id, lane, note, digest, size_bytes, saved_at_ms, \
                    state, attempts, not_before_ms, park_reason, ended_at_ms from entry";

/// The tables, seen through a connection or a transaction.
pub(crate) struct Rows<'c> {
    pub(super) connection: &'c Connection,
}

impl<'c> Rows<'c> {
    pub(super) fn of(connection: &'c Connection) -> Rows<'c> {
        Rows { connection }
    }

    /// The head of one entry.
    pub(crate) fn head(&self, id: EntryId) -> Result<Option<EntryHead>, StoreError> {
        let mut query = self.connection.prepare_cached(&format!("{HEAD} where id = ?1"))?;
        Ok(query.query_row([id], head).optional()?)
    }

    /// All heads, oldest first.
    pub(crate) fn heads(&self) -> Result<Vec<EntryHead>, StoreError> {
        let mut heads = self.list(HEAD)?;
        // They come in the order of the posts, which differs only where a clock jumped.
        heads.sort_by_key(|head| (head.saved_at, head.id));
        Ok(heads)
    }

    /// A page of heads: live ones before ended ones, the newest first in each. Sorts ids, so that
    /// only the notes of the page are read.
    pub(crate) fn heads_page(&self, offset: u64, limit: u64) -> Result<Vec<EntryHead>, StoreError> {
        let mut query = self.connection.prepare_cached(&format!(
            "{HEAD}
             where id in (
                 select id
                 from entry
                 order by ended_at_ms is not null, saved_at_ms desc, id desc
                 limit ?1
                 offset ?2
             )
             order by ended_at_ms is not null, saved_at_ms desc, id desc"
        ))?;
        let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let heads =
            query.query_map([whole(limit), whole(offset)], head)?.collect::<Result<_, _>>()?;
        Ok(heads)
    }

    /// The latest end of a delivered entry.
    pub(crate) fn last_delivered(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("select max(ended_at_ms) from entry where state = 'delivered'")?;
        Ok(query.query_row([], |row| row.get(0))?)
    }

    /// The heads of the queued entries, oldest first.
    pub(crate) fn queued(&self) -> Result<Vec<EntryHead>, StoreError> {
        self.list(&format!("{HEAD} where state = 'queued' order by saved_at_ms, id"))
    }

    fn list(&self, sql: &str) -> Result<Vec<EntryHead>, StoreError> {
        let mut query = self.connection.prepare_cached(sql)?;
        let heads = query.query_map([], head)?.collect::<Result<_, _>>()?;
        Ok(heads)
    }

    /// The body of an entry. That there is none is damage, unless it was purged: the two rows are
    /// written together. So is another length than the head says.
    pub(crate) fn body(&self, head: &EntryHead) -> Result<Vec<u8>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "select entry_body.bytes
             from entry
             join entry_body
               on entry_body.number = entry.body_number
              and entry_body.entry_id = entry.id
             where entry.id = ?1",
        )?;
        let body: Option<Vec<u8>> = query.query_row([head.id], |row| row.get(0)).optional()?;
        body.filter(|body| body.len() as u64 == head.size_bytes)
            .ok_or_else(|| damaged("a body is missing or has another length"))
    }

    /// The proof of a delivered entry.
    pub(crate) fn proof(&self, id: EntryId) -> Result<Option<Vec<u8>>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "select proof
             from entry
             where id = ?1",
        )?;
        Ok(query.query_row([id], |row| row.get(0)).optional()?.flatten())
    }

    /// How many entries there are in each state.
    pub(crate) fn counts(&self) -> Result<Counts, StoreError> {
        let mut query = self.connection.prepare_cached(
            "select
                 count(*) filter (where state = 'queued') as queued,
                 count(*) filter (where state = 'parked') as parked,
                 count(*) filter (where state = 'delivered') as delivered,
                 count(*) filter (where state = 'cancelled') as cancelled
             from entry",
        )?;
        Ok(query.query_row([], |row| {
            Ok(Counts {
                queued: number(row, "queued")?,
                parked: number(row, "parked")?,
                delivered: number(row, "delivered")?,
                cancelled: number(row, "cancelled")?,
            })
        })?)
    }

    /// Adds an entry, queued and due at once.
    pub(crate) fn insert(&self, entry: &NewEntry) -> Result<(), StoreError> {
        let size_bytes = entry.body.len() as u64;
        self.insert_head(
            entry.id,
            entry.lane,
            &entry.note,
            entry.digest,
            size_bytes,
            entry.saved_at,
        )?;
        self.insert_body(entry.id, &entry.body)
    }

    /// Adds the row of an entry, queued and due at once, without its body.
    pub(crate) fn insert_head(
        &self,
        id: EntryId,
        lane: Lane,
        note: &[u8],
        digest: [u8; 32],
        size_bytes: u64,
        saved_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "insert into entry
                     (id, lane, note, digest, size_bytes, saved_at_ms, state, attempts)
                 values
                     (:id, :lane, :note, :digest, :size_bytes, :saved_at_ms, 'queued', 0)",
            )?
            .execute(named_params! {
                ":id": id,
                ":lane": lane,
                ":note": note,
                ":digest": digest,
                ":size_bytes": i64::try_from(size_bytes).unwrap_or(i64::MAX),
                ":saved_at_ms": saved_at,
            })?;
        Ok(())
    }

    /// Adds the body of an entry, after its row.
    pub(crate) fn insert_body(&self, id: EntryId, body: &[u8]) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("insert into entry_body (entry_id, bytes) values (?1, ?2)")?
            .execute((id, body))?;
        self.connection
            .prepare_cached("update entry set body_number = last_insert_rowid() where id = ?1")?
            .execute([id])?;
        Ok(())
    }

    /// Moves an entry. `proof` goes with the state `Delivered` and with no other.
    pub(crate) fn set_state(
        &self,
        id: EntryId,
        state: &EntryState,
        proof: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let columns = StateColumns::of(state);
        self.connection
            .prepare_cached(
                "update entry
                 set state = :state,
                     attempts = :attempts,
                     not_before_ms = :not_before_ms,
                     park_reason = :park_reason,
                     ended_at_ms = :ended_at_ms,
                     proof = :proof
                 where id = :id",
            )?
            .execute(named_params! {
                ":id": id,
                ":state": state.name(),
                ":attempts": columns.attempts,
                ":not_before_ms": columns.not_before,
                ":park_reason": columns.park_reason,
                ":ended_at_ms": columns.ended_at,
                ":proof": proof,
            })?;
        Ok(())
    }

    /// Makes every queued entry due at once; gives how many were waiting.
    pub(crate) fn clear_waits(&self) -> Result<usize, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "update entry
                 set not_before_ms = null
                 where state = 'queued'
                   and not_before_ms is not null",
            )?
            .execute([])?)
    }
}

#[derive(Default)]
struct StateColumns<'s> {
    attempts: Option<u32>,
    not_before: Option<Timestamp>,
    park_reason: Option<&'s str>,
    ended_at: Option<Timestamp>,
}

impl<'s> StateColumns<'s> {
    fn of(state: &'s EntryState) -> StateColumns<'s> {
        let none = StateColumns::default();
        match state {
            EntryState::Queued { attempts, not_before } => {
                StateColumns { attempts: Some(*attempts), not_before: *not_before, ..none }
            }
            EntryState::Parked { reason } => {
                StateColumns { park_reason: Some(reason.code()), ..none }
            }
            EntryState::Delivered { at } | EntryState::Cancelled { at } => {
                StateColumns { ended_at: Some(*at), ..none }
            }
        }
    }
}

/// The head of an entry, from a query that begins with the columns of [`HEAD`] in their order: by
/// place, because looking up names costs half the time of listing 100,000 entries.
pub(super) fn head(row: &Row<'_>) -> rusqlite::Result<EntryHead> {
    Ok(EntryHead {
        id: row.get(0)?,
        lane: row.get(1)?,
        note: row.get(2)?,
        digest: row.get(3)?,
        size_bytes: number(row, 4)?,
        saved_at: row.get(5)?,
        state: state(row)?,
    })
}

/// A number that is not negative, from a column given by name or place.
pub(super) fn number(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<u64> {
    let stored: i64 = row.get(column)?;
    u64::try_from(stored).or_else(|_| {
        let index = column.idx(row.as_ref())?;
        Err(rusqlite::Error::IntegralValueOutOfRange(index, stored))
    })
}

fn state(row: &Row<'_>) -> rusqlite::Result<EntryState> {
    match row.get_ref(6)?.as_str()? {
        "queued" => Ok(EntryState::Queued { attempts: row.get(7)?, not_before: row.get(8)? }),
        "parked" => Ok(EntryState::Parked { reason: row.get(9)? }),
        "delivered" => Ok(EntryState::Delivered { at: row.get(10)? }),
        "cancelled" => Ok(EntryState::Cancelled { at: row.get(10)? }),
        _ => {
            let unknown = Box::new(FromSqlError::InvalidType);
            let text = rusqlite::types::Type::Text;
            Err(rusqlite::Error::FromSqlConversionFailure(6, text, unknown))
        }
    }
}

impl ToSql for EntryId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.as_bytes().as_slice()))
    }
}

impl FromSql for EntryId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<EntryId> {
        let id = Uuid::from_slice(value.as_blob()?);
        id.map(EntryId).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

impl ToSql for Timestamp {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let ms = i64::try_from(self.as_ms()).expect("a timestamp fits a column by construction");
        Ok(ToSqlOutput::from(ms))
    }
}

impl FromSql for Timestamp {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Timestamp> {
        let ms = value.as_i64()?;
        u64::try_from(ms).map(Timestamp::from).map_err(|_| FromSqlError::OutOfRange(ms))
    }
}

impl ToSql for Lane {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(match self {
            Lane::Urgent => "urgent",
            Lane::Normal => "normal",
        }))
    }
}

impl FromSql for Lane {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Lane> {
        match value.as_str()? {
            "urgent" => Ok(Lane::Urgent),
            "normal" => Ok(Lane::Normal),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

impl FromSql for ParkReason {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<ParkReason> {
        let code = value.as_str()?.to_owned();
        ParkReason::try_from(code).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}
