//! Rows of parts.

use super::write::{millis, whole};
use crate::ledger::parts::{
    Litter, NewPart, PartChange, PartChanged, PartState, StoredPart, UploadId,
};
use crate::ledger::{Admission, Admitted};
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Connection, OptionalExtension, Row, params};
use seal::{Digest, PublicKey, Timestamp};
use uuid::Uuid;

/// Whether an envelope names the part of this row.
const NAMED: &str = "exists (
    select 1 from envelope_part n where n.device = part.device and n.digest = part.digest)";

const COLUMNS: &str = "upload, size, received, state, expires_at";

pub(super) fn part(
    connection: &Connection,
    device: PublicKey,
    digest: Digest,
) -> rusqlite::Result<Option<StoredPart>> {
    connection
        .prepare_cached(&format!("select {COLUMNS} from part where device = ?1 and digest = ?2"))?
        .query_row([&device.as_bytes()[..], digest.as_bytes()], stored)
        .optional()
}

pub(super) fn parts_after(
    connection: &Connection,
    after: Option<UploadId>,
    most: u32,
) -> rusqlite::Result<Vec<StoredPart>> {
    // No upload has an id shorter than 16 bytes, so the empty one comes before all.
    let after = after.map(|upload| upload.0.to_vec()).unwrap_or_default();
    connection
        .prepare_cached(&format!(
            "select {COLUMNS} from part where upload > ?1 order by upload limit ?2"
        ))?
        .query_map(params![after, most], stored)?
        .collect()
}

/// The parts of an envelope on record whose bytes are gone, in its order.
pub(super) fn lost(connection: &Connection, envelope: Uuid) -> rusqlite::Result<Vec<Digest>> {
    connection
        .prepare_cached(
            "select p.digest
             from envelope_part n
             join part p on p.device = n.device and p.digest = n.digest
             where n.envelope_id = ?1 and p.state <> 'attached'
             order by n.position",
        )?
        .query_map([envelope.as_bytes()], |row| row.get(0).map(Digest::from_bytes))?
        .collect()
}

pub(super) fn litter(connection: &Connection, most: u32) -> rusqlite::Result<Vec<Litter>> {
    connection
        .prepare_cached("select upload, what from part_litter order by upload limit ?1")?
        .query_map([most], |row| {
            let upload = UploadId(row.get(0)?);
            match row.get_ref(1)?.as_str()? {
                "pieces" => Ok(Litter::Pieces(upload)),
                "everything" => Ok(Litter::Everything(upload)),
                _ => Err(unknown_word(1)),
            }
        })?
        .collect()
}

/// Makes a change within the writer's transaction.
pub(super) fn change(
    connection: &Connection,
    change: &PartChange,
) -> rusqlite::Result<PartChanged> {
    match change {
        PartChange::Open(part) => open(connection, part),
        PartChange::Advance { upload, from_bytes, to_bytes, at, expires_at } => {
            let moved = connection
                .prepare_cached(
                    "update part set received = ?3, updated_at = ?4, expires_at = ?5
                     where upload = ?1 and received = ?2 and state = 'uploading'",
                )?
                .execute(params![
                    upload.0,
                    whole(*from_bytes),
                    whole(*to_bytes),
                    millis(*at),
                    millis(*expires_at)
                ])?;
            Ok(done_or_stale(moved))
        }
        PartChange::Complete { upload, at, expires_at } => {
            complete(connection, *upload, "received = size", *at, *expires_at)
        }
        PartChange::Drop { upload } => {
            let dropped = connection
                .prepare_cached(&format!("delete from part where upload = ?1 and not {NAMED}"))?
                .execute([upload.0])?;
            if dropped == 1 {
                note_litter(connection, Litter::Everything(*upload))?;
            }
            Ok(done_or_stale(dropped))
        }
        PartChange::Lose { upload, at, expires_at } => {
            let started_over = connection
                .prepare_cached(&format!(
                    "update part
                     set state = 'uploading', received = 0, updated_at = ?2, expires_at = ?3
                     where upload = ?1 and {NAMED}"
                ))?
                .execute(params![upload.0, millis(*at), millis(*expires_at)])?;
            if started_over == 0 {
                return self::change(connection, &PartChange::Drop { upload: *upload });
            }
            // It has new pieces soon, under the same names.
            connection
                .prepare_cached("delete from part_litter where upload = ?1")?
                .execute([upload.0])?;
            Ok(PartChanged::Done)
        }
        PartChange::Find { upload, at, expires_at } => {
            complete(connection, *upload, "true", *at, *expires_at)
        }
        PartChange::Expire { now, most } => expire(connection, *now, *most),
        PartChange::Swept(litter) => {
            connection
                .prepare_cached("delete from part_litter where upload = ?1 and what = ?2")?
                .execute(params![litter.upload().0, word(*litter)])?;
            Ok(PartChanged::Done)
        }
    }
}

/// Names and attaches the parts of an envelope that was just inserted; else says which are missing,
/// and the caller undoes the rest.
pub(super) fn attach(
    connection: &Connection,
    admission: &Admission,
) -> rusqlite::Result<Option<Admitted>> {
    let mut missing = Vec::new();
    for named in &admission.parts {
        match part(connection, admission.device, named.digest)? {
            Some(part) if !part.is_complete() => missing.push(named.digest),
            None => missing.push(named.digest),
            Some(part) if part.size_bytes != named.size_bytes => {
                return Ok(Some(Admitted::PartDiffers { part: named.digest }));
            }
            Some(_) => {}
        }
    }
    if !missing.is_empty() {
        return Ok(Some(Admitted::PartsMissing { missing }));
    }
    for (position, named) in (0i64..).zip(&admission.parts) {
        let device = admission.device.as_bytes();
        let digest = named.digest.as_bytes();
        connection
            .prepare_cached(
                "insert into envelope_part (
                     envelope_id, position, device, digest, kind, media_type, part_id)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                admission.id.as_bytes(),
                position,
                device,
                digest,
                named.kind,
                named.media_type,
                named.id
            ])?;
        connection
            .prepare_cached(
                "update part set state = 'attached', updated_at = ?3, expires_at = null
                 where device = ?1 and digest = ?2 and state = 'complete'",
            )?
            .execute(params![device, digest, millis(admission.received_at)])?;
    }
    Ok(None)
}

/// Makes an unfinished part complete, and attached if an envelope names it: then it had been so
/// before its bytes were lost.
fn complete(
    connection: &Connection,
    upload: UploadId,
    fits: &str,
    at: Timestamp,
    expires_at: Timestamp,
) -> rusqlite::Result<PartChanged> {
    let completed = connection
        .prepare_cached(&format!(
            "update part
             set received = size, updated_at = ?2,
                 state = case when {NAMED} then 'attached' else 'complete' end,
                 expires_at = case when {NAMED} then null else ?3 end
             where upload = ?1 and {fits} and state = 'uploading'"
        ))?
        .execute(params![upload.0, millis(at), millis(expires_at)])?;
    if completed == 1 {
        note_litter(connection, Litter::Pieces(upload))?;
    }
    Ok(done_or_stale(completed))
}

fn open(connection: &Connection, new: &NewPart) -> rusqlite::Result<PartChanged> {
    if let Some(known) = part(connection, new.device, new.digest)? {
        return Ok(PartChanged::Known(known));
    }
    let (parts, bytes): (i64, i64) = connection
        .prepare_cached(
            "select count(*), coalesce(sum(size), 0) from part
             where device = ?1 and state <> 'attached'",
        )?
        .query_row([new.device.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let has_room = parts.unsigned_abs() < new.quota.parts
        && bytes.unsigned_abs().saturating_add(new.size_bytes) <= new.quota.bytes;
    if !has_room {
        return Ok(PartChanged::OverQuota);
    }
    connection
        .prepare_cached(
            "insert into part (
                 device, digest, upload, size, received, state, created_at, updated_at, expires_at)
             values (?1, ?2, ?3, ?4, 0, 'uploading', ?5, ?5, ?6)",
        )?
        .execute(params![
            new.device.as_bytes(),
            new.digest.as_bytes(),
            new.upload.0,
            whole(new.size_bytes),
            millis(new.at),
            millis(new.expires_at),
        ])?;
    Ok(PartChanged::Done)
}

fn expire(connection: &Connection, now: Timestamp, most: u32) -> rusqlite::Result<PartChanged> {
    let over: Vec<[u8; 16]> = connection
        .prepare_cached(&format!(
            "select upload from part
             where expires_at <= ?1 and not {NAMED}
             order by expires_at limit ?2",
        ))?
        .query_map(params![millis(now), most], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for upload in &over {
        connection.prepare_cached("delete from part where upload = ?1")?.execute([upload])?;
        note_litter(connection, Litter::Everything(UploadId(*upload)))?;
    }
    Ok(PartChanged::Expired(over.len() as u64))
}

/// Everything is more than pieces: it takes the place of an earlier note.
fn note_litter(connection: &Connection, litter: Litter) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "insert into part_litter (upload, what) values (?1, ?2)
             on conflict (upload) do update
             set what = excluded.what",
        )?
        .execute(params![litter.upload().0, word(litter)])?;
    Ok(())
}

const fn word(litter: Litter) -> &'static str {
    match litter {
        Litter::Pieces(_) => "pieces",
        Litter::Everything(_) => "everything",
    }
}

const fn done_or_stale(rows: usize) -> PartChanged {
    if rows == 1 { PartChanged::Done } else { PartChanged::Stale }
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredPart> {
    let state = match row.get_ref(3)?.as_str()? {
        "uploading" => PartState::Uploading,
        "complete" => PartState::Complete,
        "attached" => PartState::Attached,
        _ => return Err(unknown_word(3)),
    };
    Ok(StoredPart {
        upload: UploadId(row.get(0)?),
        size_bytes: row.get::<_, i64>(1)?.unsigned_abs(),
        received_bytes: row.get::<_, i64>(2)?.unsigned_abs(),
        state,
        expires_at: row
            .get::<_, Option<i64>>(4)?
            .map(|at| Timestamp::from_millis(at.unsigned_abs())),
    })
}

fn unknown_word(column: usize) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, FromSqlError::InvalidType.into())
}
