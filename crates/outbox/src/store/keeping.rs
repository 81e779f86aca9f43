//! Rows of retention and reconciliation.

use rusqlite::OptionalExtension;
use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use super::StoreError;
use super::rows::{Rows, head, number};
use crate::entry::{EntryHead, EntryId, Timestamp};
use crate::keeping::Epoch;

/// What was last heard of the receiver itself.
pub(crate) struct Receiver {
    pub(crate) epoch: Epoch,
    pub(crate) reconciled_at: Option<Timestamp>,
}

/// An ended entry whose body is still here.
pub(crate) struct Kept {
    pub(crate) head: EntryHead,
    pub(crate) known_in: Option<Epoch>,
}

impl Rows<'_> {
    /// What was last heard of the receiver, if anything was.
    pub(crate) fn receiver(&self) -> Result<Option<Receiver>, StoreError> {
        let mut query =
            self.connection.prepare_cached("select epoch, reconciled_at_ms from receiver")?;
        Ok(query
            .query_row([], |row| {
                Ok(Receiver {
                    epoch: row.get("epoch")?,
                    reconciled_at: row.get("reconciled_at_ms")?,
                })
            })
            .optional()?)
    }

    /// Writes down another epoch, in which nothing is reconciled yet.
    pub(crate) fn set_epoch(&self, epoch: Epoch) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "insert into receiver (only_row, epoch)
                 values (1, ?1)
                 on conflict (only_row) do update
                 set epoch = ?1,
                     reconciled_at_ms = null",
            )?
            .execute([epoch])?;
        Ok(())
    }

    /// Writes down a reconciliation in the epoch that is known, in which the receiver said that it
    /// has these entries; those that are not delivered (any more) are passed over. An earlier time
    /// than the one written down before moves nothing back.
    pub(crate) fn set_reconciled(
        &self,
        confirmed: &[EntryId],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "update receiver
                 set reconciled_at_ms = max(coalesce(reconciled_at_ms, 0), ?1)",
            )?
            .execute([at])?;
        let mut confirm = self.connection.prepare_cached(
            "update entry
             set known_in_epoch = (select epoch from receiver)
             where id = ?1
               and state = 'delivered'",
        )?;
        for id in confirmed {
            confirm.execute([id])?;
        }
        Ok(())
    }

    /// Lets go of an older proof: the receiver gave a new one.
    pub(crate) fn drop_former_proof(&self, id: EntryId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("delete from former_proof where entry_id = ?1")?
            .execute([id])?;
        Ok(())
    }

    /// Puts the proof of a delivered entry aside, before it is queued anew.
    pub(crate) fn put_proof_aside(&self, id: EntryId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "insert into former_proof (entry_id, proof, delivered_at_ms)
                 select id, proof, ended_at_ms
                 from entry
                 where id = ?1",
            )?
            .execute([id])?;
        self.connection
            .prepare_cached("update entry set known_in_epoch = null where id = ?1")?
            .execute([id])?;
        Ok(())
    }

    /// Adds a proof that was put aside elsewhere.
    pub(crate) fn insert_former_proof(
        &self,
        id: EntryId,
        proof: &[u8],
        delivered_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "insert into former_proof (entry_id, proof, delivered_at_ms)
                 values (?1, ?2, ?3)",
            )?
            .execute((id, proof, delivered_at))?;
        Ok(())
    }

    /// The proof that was put aside.
    pub(crate) fn former_proof(&self, id: EntryId) -> Result<Option<Vec<u8>>, StoreError> {
        let mut query =
            self.connection.prepare_cached("select proof from former_proof where entry_id = ?1")?;
        Ok(query.query_row([id], |row| row.get(0)).optional()?)
    }

    /// Ids and digests of what was delivered at or after a time, oldest first.
    pub(crate) fn delivered_since(
        &self,
        at: Timestamp,
    ) -> Result<Vec<(EntryId, [u8; 32])>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "select id, digest
             from entry
             where state = 'delivered'
               and ended_at_ms >= ?1
             order by ended_at_ms, id",
        )?;
        let list = query
            .query_map([at], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        Ok(list)
    }

    /// Whether the body of an entry was purged; `false` for an unknown one.
    pub(crate) fn is_purged(&self, id: EntryId) -> Result<bool, StoreError> {
        let mut query = self
            .connection
            .prepare_cached("select purged_at_ms is not null from entry where id = ?1")?;
        Ok(query.query_row([id], |row| row.get(0)).optional()?.unwrap_or(false))
    }

    /// Ended entries that ended at or before a time and whose body is still here.
    pub(crate) fn kept(&self, ended_by: Timestamp) -> Result<Vec<Kept>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "select id, lane, note, digest, size_bytes, saved_at_ms,
                    state, attempts, not_before_ms, park_reason, ended_at_ms, known_in_epoch
             from entry
             where purged_at_ms is null
               and ended_at_ms is not null
               and ended_at_ms <= ?1
             order by ended_at_ms, id",
        )?;
        let kept = query
            .query_map([ended_by], |row| {
                Ok(Kept { head: head(row)?, known_in: row.get("known_in_epoch")? })
            })?
            .collect::<Result<_, _>>()?;
        Ok(kept)
    }

    /// Deletes the body of an entry and notes when.
    pub(crate) fn purge_body(&self, id: EntryId, at: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "delete from entry_body
                 where number = (select body_number from entry where id = ?1)",
            )?
            .execute([id])?;
        self.connection
            .prepare_cached("update entry set purged_at_ms = ?2, body_number = null where id = ?1")?
            .execute((id, at))?;
        Ok(())
    }

    /// Bytes of the parts that an entry names: those confirmed, and all.
    pub(crate) fn part_bytes_of(&self, id: EntryId) -> Result<(u64, u64), StoreError> {
        let mut query = self.connection.prepare_cached(
            "select
                 coalesce(sum(part.confirmed_bytes), 0) as confirmed_bytes,
                 coalesce(sum(part.size_bytes), 0) as size_bytes
             from entry_part
             join part on part.digest = entry_part.digest
             where entry_part.entry_id = ?1",
        )?;
        Ok(query.query_row([id], |row| {
            Ok((number(row, "confirmed_bytes")?, number(row, "size_bytes")?))
        })?)
    }
}

impl ToSql for Epoch {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.cast_signed()))
    }
}

impl FromSql for Epoch {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Epoch> {
        Ok(Epoch(value.as_i64()?.cast_unsigned()))
    }
}
