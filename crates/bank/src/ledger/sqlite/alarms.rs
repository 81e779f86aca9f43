//! Rows of alarms.

use super::write::millis;
use crate::ledger::alarms::{Alarm, Conflict, Finding};
use rusqlite::{Connection, Row, params};
use seal::{Digest, PublicKey, Timestamp};
use uuid::Uuid;

/// Counts a conflict. An id that is not on record has none.
pub(super) fn note_conflict(connection: &Connection, conflict: &Conflict) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "insert into envelope_conflict (envelope_id, digest, times, first_at, last_at)
             select id, ?2, 1, ?3, ?3 from envelope where id = ?1
             on conflict (envelope_id) do update
             set digest = excluded.digest, times = times + 1, last_at = excluded.last_at",
        )?
        .execute(params![
            conflict.envelope.as_bytes(),
            conflict.found.as_bytes(),
            millis(conflict.at)
        ])?;
    Ok(())
}

/// Every alarm ever, oldest first.
pub(super) fn alarms(connection: &Connection) -> rusqlite::Result<Vec<Alarm>> {
    let mut alarms = faults(connection)?;
    alarms.extend(conflicts(connection)?);
    alarms.sort_by_key(|alarm| (alarm.since, alarm.envelope));
    Ok(alarms)
}

fn faults(connection: &Connection) -> rusqlite::Result<Vec<Alarm>> {
    let mut others = connection.prepare_cached(
        "select a.envelope_id
         from application a
         join envelope e on e.id = a.envelope_id
         where a.device = ?1 and a.device_seq = ?2 and a.envelope_id <> ?3
         order by e.received_at, e.rowid",
    )?;
    connection
        .prepare_cached(
            "select f.device, f.envelope_id, e.received_at, f.kind, f.expected, f.found,
                 (select count(distinct a.device_seq)
                  from application a
                  where a.device = f.device and a.device_seq >= f.expected
                      and a.device_seq < f.found)
             from seq_fault f
             join envelope e on e.id = f.envelope_id
             order by f.id",
        )?
        .query_map([], |row| {
            let (device, envelope): ([u8; 32], [u8; 16]) = (row.get(0)?, row.get(1)?);
            let (expected, found, came) = (number(row, 4)?, number(row, 5)?, number(row, 6)?);
            let finding = match row.get_ref(3)?.as_str()? {
                "gap" => {
                    let missing = found.saturating_sub(expected).saturating_sub(came);
                    Finding::Gap { first: expected, last: found.saturating_sub(1), missing }
                }
                _ => Finding::Reused {
                    number: found,
                    others: others
                        .query_map(params![device, row.get::<_, i64>(5)?, envelope], |row| {
                            row.get(0).map(Uuid::from_bytes)
                        })?
                        .collect::<rusqlite::Result<_>>()?,
                },
            };
            alarm(row, finding)
        })?
        .collect()
}

fn conflicts(connection: &Connection) -> rusqlite::Result<Vec<Alarm>> {
    connection
        .prepare_cached(
            "select e.device, e.id, c.first_at, e.digest, c.digest, c.times
             from envelope_conflict c
             join envelope e on e.id = c.envelope_id",
        )?
        .query_map([], |row| {
            let stored = Digest::from_bytes(row.get(3)?);
            let found = Digest::from_bytes(row.get(4)?);
            alarm(row, Finding::Conflict { stored, found, times: number(row, 5)? })
        })?
        .collect()
}

fn alarm(row: &Row<'_>, finding: Finding) -> rusqlite::Result<Alarm> {
    Ok(Alarm {
        device: PublicKey::from_bytes(row.get(0)?),
        envelope: Uuid::from_bytes(row.get(1)?),
        since: Timestamp::from_millis(number(row, 2)?),
        finding,
    })
}

fn number(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(at).map(i64::unsigned_abs)
}
