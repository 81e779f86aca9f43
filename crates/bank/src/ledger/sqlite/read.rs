//! Reading, on connections that cannot write.

use super::open;
use crate::ledger::{LedgerError, StoredApplication, StoredEnvelope, Tally};
use lending::status::Status;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Connection, OptionalExtension, params};
use seal::{Digest, PublicKey, Timestamp};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;
use wire::reconciliation::Listed;

/// A look-up takes some 10 µs, so two connections keep up with one writer.
const CONNECTIONS: usize = 2;

/// Whether all parts of an envelope are here.
const WHOLE: &str = "not exists (
    select 1 from envelope_part n
    join part p on p.device = n.device and p.digest = n.digest
    where n.envelope_id = envelope.id and p.state <> 'attached')";

/// The connections for reading.
#[derive(Debug)]
pub(super) struct Readers([Mutex<Connection>; CONNECTIONS]);

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Self, LedgerError> {
        Ok(Self([Mutex::new(open::reader(path)?), Mutex::new(open::reader(path)?)]))
    }

    /// Runs a query on a free connection, else waits for the first.
    pub(super) fn with<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let free = self.0.iter().find_map(|connection| connection.try_lock().ok());
        let connection =
            free.unwrap_or_else(|| self.0[0].lock().unwrap_or_else(PoisonError::into_inner));
        query(&connection)
    }
}

pub(super) fn envelope(
    connection: &Connection,
    id: Uuid,
) -> rusqlite::Result<Option<StoredEnvelope>> {
    connection
        .prepare_cached(&format!(
            "select digest, device, ack, {WHOLE} from envelope where id = ?1"
        ))?
        .query_row([id.as_bytes()], |row| {
            Ok(StoredEnvelope {
                digest: Digest::from_bytes(row.get(0)?),
                device: PublicKey::from_bytes(row.get(1)?),
                ack: row.get(2)?,
                is_whole: row.get(3)?,
            })
        })
        .optional()
}

pub(super) fn missing(
    connection: &Connection,
    device: PublicKey,
    listed: &[Listed],
) -> rusqlite::Result<Vec<[u8; 16]>> {
    let mut query = connection.prepare_cached(&format!(
        "select exists (
             select 1 from envelope
             where id = ?1 and digest = ?2 and device = ?3 and {WHOLE})",
    ))?;
    let mut missing = Vec::new();
    for Listed { id, digest } in listed {
        let is_here: bool =
            query.query_row(params![id, digest, device.as_bytes()], |row| row.get(0))?;
        if !is_here {
            missing.push(*id);
        }
    }
    Ok(missing)
}

pub(super) fn application(
    connection: &Connection,
    id: Uuid,
) -> rusqlite::Result<Option<StoredApplication>> {
    connection
        .prepare_cached(
            "select e.device, e.reference, a.status, a.refused_code, e.received_at
             from application a
             join envelope e on e.id = a.envelope_id
             where a.envelope_id = ?1",
        )?
        .query_row([id.as_bytes()], |row| {
            let word: String = row.get(2)?;
            let status = Status::from_word(&word).ok_or_else(|| {
                rusqlite::Error::FromSqlConversionFailure(
                    2,
                    Type::Text,
                    FromSqlError::InvalidType.into(),
                )
            })?;
            Ok(StoredApplication {
                device: PublicKey::from_bytes(row.get(0)?),
                reference: row.get(1)?,
                status,
                refused_code: row.get(3)?,
                received_at: Timestamp::from_millis(row.get::<_, i64>(4)?.unsigned_abs()),
            })
        })
        .optional()
}

pub(super) fn devices_of_record(
    connection: &Connection,
    record_id: [u8; 16],
) -> rusqlite::Result<Vec<PublicKey>> {
    connection
        .prepare_cached("select device from consent_record where record_id = ?1")?
        .query_map([record_id], |row| Ok(PublicKey::from_bytes(row.get(0)?)))?
        .collect()
}

pub(super) fn tally(connection: &Connection) -> rusqlite::Result<Tally> {
    connection
        .prepare_cached(
            "select
                 (select count(*) from envelope),
                 (select count(*) from application),
                 (select count(*) from consent_record),
                 (select count(*) from device),
                 (select count(*) from job),
                 (select count(*) from seq_fault)",
        )?
        .query_row([], |row| {
            let count = |at| row.get::<_, i64>(at).map(i64::unsigned_abs);
            Ok(Tally {
                envelopes: count(0)?,
                applications: count(1)?,
                consents: count(2)?,
                devices: count(3)?,
                jobs: count(4)?,
                seq_faults: count(5)?,
            })
        })
}
