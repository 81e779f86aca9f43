//! Rows of parts: heads, chunks, and who names them.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{OptionalExtension, Row, named_params};

use super::rows::{Rows, number};
use super::{StoreError, damaged};
use crate::entry::{EntryId, Timestamp};
use crate::part::{NewPart, PartDigest, PartHead};
use crate::policy::CHUNK_BYTES;

const PART: &str = "select part.digest, part.size_bytes, part.confirmed_bytes, part.is_done, \
                    part.purged_at_ms from part";

impl Rows<'_> {
    /// One part.
    pub(crate) fn part(&self, digest: PartDigest) -> Result<Option<PartHead>, StoreError> {
        let mut query = self.connection.prepare_cached(&format!("{PART} where digest = ?1"))?;
        Ok(query.query_row([digest], part).optional()?)
    }

    /// The parts that an entry names, in its order.
    pub(crate) fn parts_of(&self, id: EntryId) -> Result<Vec<PartHead>, StoreError> {
        let mut query = self.connection.prepare_cached(&format!(
            "{PART}
             join entry_part on entry_part.digest = part.digest
             where entry_part.entry_id = ?1
             order by entry_part.ordinal"
        ))?;
        let parts = query.query_map([id], part)?.collect::<Result<_, _>>()?;
        Ok(parts)
    }

    /// Adds a part or, if its bytes were purged, its bytes anew: nothing confirmed yet.
    pub(crate) fn insert_part(&self, part: &NewPart) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "insert into part (digest, size_bytes, saved_at_ms)
                 values (:digest, :size_bytes, :saved_at_ms)
                 on conflict (digest) do update
                 set saved_at_ms = :saved_at_ms,
                     confirmed_bytes = 0,
                     is_done = 0,
                     purged_at_ms = null",
            )?
            .execute(named_params! {
                ":digest": part.digest,
                ":size_bytes": i64::try_from(part.bytes.len()).unwrap_or(i64::MAX),
                ":saved_at_ms": part.saved_at,
            })?;
        let mut insert = self.connection.prepare_cached(
            "insert into part_chunk (digest, ordinal, bytes) values (?1, ?2, ?3)",
        )?;
        for (ordinal, bytes) in (0i64..).zip(part.bytes.chunks(CHUNK_BYTES)) {
            insert.execute((part.digest, ordinal, bytes))?;
        }
        Ok(())
    }

    /// Notes that a part was added again: it is kept as if it were new.
    pub(crate) fn renew_part(&self, digest: PartDigest, at: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "update part
                 set saved_at_ms = max(saved_at_ms, ?2)
                 where digest = ?1",
            )?
            .execute((digest, at))?;
        Ok(())
    }

    /// Notes that an entry names these parts, in this order.
    pub(crate) fn name_parts(&self, id: EntryId, parts: &[PartDigest]) -> Result<(), StoreError> {
        let mut insert = self.connection.prepare_cached(
            "insert into entry_part (entry_id, ordinal, digest)
             values (?1, ?2, ?3)",
        )?;
        for (ordinal, digest) in (0i64..).zip(parts) {
            insert.execute((id, ordinal, digest))?;
        }
        Ok(())
    }

    /// Writes down what the receiver said about a part.
    pub(crate) fn set_progress(
        &self,
        digest: PartDigest,
        confirmed_bytes: u64,
        is_done: bool,
    ) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "update part
                 set confirmed_bytes = ?2,
                     is_done = ?3
                 where digest = ?1",
            )?
            .execute((digest, i64::try_from(confirmed_bytes).unwrap_or(i64::MAX), is_done))?;
        Ok(())
    }

    /// Forgets what the receiver said about the parts of one entry.
    pub(crate) fn forget_progress_of(&self, id: EntryId) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "update part
                 set confirmed_bytes = 0,
                     is_done = 0
                 where digest in (select digest from entry_part where entry_id = ?1)",
            )?
            .execute([id])?;
        Ok(())
    }

    /// Forgets what the receiver said about every part that may still be needed: those that an
    /// entry to be sent names, and those that no entry names yet.
    pub(crate) fn forget_progress(&self) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "update part
                 set confirmed_bytes = 0,
                     is_done = 0
                 where confirmed_bytes > 0
                   and (
                       digest not in (select digest from entry_part)
                       or digest in (
                           select entry_part.digest
                           from entry_part
                           join entry on entry.id = entry_part.entry_id
                           where entry.state in ('queued', 'parked')
                       )
                   )",
            )?
            .execute([])?;
        Ok(())
    }

    /// Bytes `from..to` of a part, `to` at most its size. Reads only the chunks they lie in.
    pub(crate) fn part_range(
        &self,
        digest: PartDigest,
        from: u64,
        to: u64,
    ) -> Result<Vec<u8>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "select bytes
             from part_chunk
             where digest = ?1
               and ordinal = ?2",
        )?;
        let mut range = Vec::new();
        let mut at = from;
        while at < to {
            let chunk = CHUNK_BYTES as u64;
            let (ordinal, skipped) = (at / chunk, at % chunk);
            let wanted = (chunk - skipped).min(to - at);
            let ordinal = i64::try_from(ordinal).unwrap_or(i64::MAX);
            let mut rows = query.query((digest, ordinal))?;
            let row = rows.next()?.ok_or_else(|| damaged("a chunk is missing"))?;
            let bytes =
                row.get_ref("bytes")?.as_blob().map_err(|_| damaged("a chunk is no blob"))?;
            // Both fit: they are at most the size of a chunk.
            let first = usize::try_from(skipped).unwrap_or(usize::MAX);
            let last = usize::try_from(skipped + wanted).unwrap_or(usize::MAX);
            range.extend(bytes.get(first..last).ok_or_else(|| damaged("a chunk is short"))?);
            at += wanted;
        }
        Ok(range)
    }

    /// Parts whose bytes no entry needs any more, saved at or before `saved_by`: named by nobody,
    /// or by purged entries only. Gives with each whether an entry names it.
    pub(crate) fn unneeded_parts(
        &self,
        saved_by: Timestamp,
    ) -> Result<Vec<(PartHead, bool)>, StoreError> {
        let mut query = self.connection.prepare_cached(
            "select part.digest, part.size_bytes, part.confirmed_bytes, part.is_done,
                    part.purged_at_ms,
                    exists (select 1 from entry_part where digest = part.digest) as is_named
             from part
             where part.purged_at_ms is null
               and part.saved_at_ms <= ?1
               and not exists (
                   select 1
                   from entry_part
                   join entry on entry.id = entry_part.entry_id
                   where entry_part.digest = part.digest
                     and entry.purged_at_ms is null
               )",
        )?;
        let parts = query
            .query_map([saved_by], |row| Ok((part(row)?, row.get("is_named")?)))?
            .collect::<Result<_, _>>()?;
        Ok(parts)
    }

    /// Deletes the bytes of a part and keeps its row, which an entry names.
    pub(crate) fn purge_part(&self, digest: PartDigest, at: Timestamp) -> Result<(), StoreError> {
        self.delete_chunks(digest)?;
        self.connection
            .prepare_cached("update part set purged_at_ms = ?2 where digest = ?1")?
            .execute((digest, at))?;
        Ok(())
    }

    /// Deletes a part that no entry names, in whole.
    pub(crate) fn drop_part(&self, digest: PartDigest) -> Result<(), StoreError> {
        self.delete_chunks(digest)?;
        self.connection.prepare_cached("delete from part where digest = ?1")?.execute([digest])?;
        Ok(())
    }

    fn delete_chunks(&self, digest: PartDigest) -> Result<(), StoreError> {
        self.connection
            .prepare_cached("delete from part_chunk where digest = ?1")?
            .execute([digest])?;
        Ok(())
    }
}

pub(super) fn part(row: &Row<'_>) -> rusqlite::Result<PartHead> {
    Ok(PartHead {
        digest: row.get("digest")?,
        size_bytes: number(row, "size_bytes")?,
        confirmed_bytes: number(row, "confirmed_bytes")?,
        is_done: row.get("is_done")?,
        purged_at: row.get("purged_at_ms")?,
    })
}

impl ToSql for PartDigest {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.as_slice()))
    }
}

impl FromSql for PartDigest {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<PartDigest> {
        let bytes = value.as_blob()?;
        let digest = bytes.try_into().map_err(|error| FromSqlError::Other(Box::new(error)))?;
        Ok(PartDigest(digest))
    }
}
