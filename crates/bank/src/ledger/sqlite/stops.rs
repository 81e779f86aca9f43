//! Rows of what is done after a withdrawal.

use super::write::{millis, whole};
use crate::ledger::stops::{FinishStop, STOP, Stop, StopWaiting, Stopping};
use lending::{certificate::OnFile, status::Status};
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Connection, OptionalExtension, params};
use seal::{PublicKey, Timestamp};
use uuid::Uuid;

/// The withdrawal `?1` that waits, the consent of the same device that it ends, and the application
/// that brought that one, perhaps from another device. A job `fetch/<notice>` of the application
/// reads what the consent is about. Nothing
/// that was read is kept in a ledger of this version: no connector writes it yet.
const WAITING: &str = "
    from job j
    join envelope e on e.id = j.envelope_id
    join consent_record w on w.envelope_id = e.id and w.event = 'withdrawn'
    left join consent_record c
        on c.device = w.device and c.record_id = w.supersedes and c.event = 'given'
    left join application a on a.envelope_id = c.envelope_id
    left join job f
        on f.envelope_id = c.case_id and f.kind = 'fetch/' || c.notice and f.state = 'ready'
    where j.envelope_id = ?1 and j.kind = ?2 and j.state = 'ready'";

pub(super) fn stop(connection: &Connection, withdrawal: Uuid) -> rusqlite::Result<Option<Stop>> {
    connection
        .prepare_cached(&format!(
            "select e.device, e.received_at, w.signed, c.signed, a.status, f.id is not null {WAITING}"
        ))?
        .query_row(params![withdrawal.as_bytes(), STOP], |row| {
            let word: Option<String> = row.get(4)?;
            let case = match word {
                None => None,
                Some(word) => Some(Status::from_word(&word).ok_or_else(|| {
                    let wrong = FromSqlError::InvalidType.into();
                    rusqlite::Error::FromSqlConversionFailure(4, Type::Text, wrong)
                })?),
            };
            Ok(Stop {
                device: PublicKey::from_bytes(row.get(0)?),
                received_at: Timestamp::from_millis(row.get::<_, i64>(1)?.unsigned_abs()),
                record: row.get(2)?,
                consent: row.get(3)?,
                on_file: OnFile { case, reads_wait: row.get(5)?, was_read: false },
            })
        })
        .optional()
}

pub(super) fn waiting(
    connection: &Connection,
    after: u64,
    most: u32,
) -> rusqlite::Result<Vec<StopWaiting>> {
    connection
        .prepare_cached(
            "select id, envelope_id from job
             where kind = ?1 and state = 'ready' and id > ?2
             order by id limit ?3",
        )?
        .query_map(params![STOP, whole(after), most], |row| {
            Ok(StopWaiting {
                job: row.get::<_, i64>(0)?.unsigned_abs(),
                withdrawal: Uuid::from_bytes(row.get(1)?),
            })
        })?
        .collect()
}

/// Does a stop within the writer's transaction. What was changed before a `false` is undone by it.
pub(super) fn finish(connection: &Connection, finish: &FinishStop) -> rusqlite::Result<bool> {
    let id = finish.withdrawal.as_bytes();
    let as_decided =
        stop(connection, finish.withdrawal)?.is_some_and(|stop| stop.on_file == finish.on_file);
    if !as_decided {
        return Ok(false);
    }
    connection
        .prepare_cached(&format!(
            "update job set state = 'cancelled' where id in (select f.id {WAITING})"
        ))?
        .execute(params![id, STOP])?;
    if finish.ends_case {
        connection
            .prepare_cached(&format!(
                "update job set state = 'cancelled'
                 where kind = 'decide' and state = 'ready'
                     and envelope_id in (select a.envelope_id {WAITING})"
            ))?
            .execute(params![id, STOP])?;
        connection
            .prepare_cached(&format!(
                "update application set status = ?3
                 where envelope_id in (select a.envelope_id {WAITING})"
            ))?
            .execute(params![id, STOP, Status::Withdrawn.as_str()])?;
    }
    connection
        .prepare_cached(
            "insert into withdrawal_certificate (envelope_id, signed, stopped_at)
             values (?1, ?2, ?3)",
        )?
        .execute(params![id, finish.certificate, millis(finish.stopped_at)])?;
    let done = connection
        .prepare_cached(
            "update job set state = 'done', attempts = attempts + 1
             where envelope_id = ?1 and kind = ?2 and state = 'ready'",
        )?
        .execute(params![id, STOP])?;
    Ok(done == 1)
}

pub(super) fn stopping(
    connection: &Connection,
    withdrawal: Uuid,
) -> rusqlite::Result<Option<Stopping>> {
    connection
        .prepare_cached(
            "select e.device, c.signed, exists (
                 select 1 from job j
                 where j.envelope_id = e.id and j.kind = ?2 and j.state = 'ready')
             from envelope e
             left join withdrawal_certificate c on c.envelope_id = e.id
             where e.id = ?1",
        )?
        .query_row(params![withdrawal.as_bytes(), STOP], |row| {
            Ok(Stopping {
                device: PublicKey::from_bytes(row.get(0)?),
                certificate: row.get(1)?,
                is_waiting: row.get(2)?,
            })
        })
        .optional()
}
