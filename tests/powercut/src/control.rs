//! The control: a plain store with the same tables, without the flush at each commit.
//!
//! With `synchronous=NORMAL` a commit in the log is not on the disk when it returns. If the
//! images did not show that, they would show nothing.

use std::path::Path;

use outbox::{EntryHead, EntryId, EntryState, Lane, ParkReason, PartDigest, Timestamp};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use uuid::Uuid;

use crate::queue::{Queue, Shown, Shows, id, lane_name, told};
use crate::workload::{Act, Posting, Settling, Workload};

/// The first shape of the tables, which has all that the control needs.
pub(crate) const TABLES: &str = include_str!("../../../crates/outbox/migrations/0001_entries.sql");

const STALE: ParkReason = ParkReason::known("stale");

/// A store as the outbox would be with `synchronous=NORMAL`.
#[derive(Debug)]
pub(crate) struct PlainNormal {
    connection: Connection,
}

impl Queue for PlainNormal {
    fn open(path: &Path) -> Result<PlainNormal, String> {
        open(path).map_err(|error| told(&error))
    }

    fn act(&mut self, act: &Act, workload: &Workload) -> Result<(), String> {
        self.change(act, workload).map_err(|error| told(&error))
    }

    fn shows(&self) -> Result<Shows, String> {
        shows(&self.connection).map_err(|error| told(&error))
    }

    fn queued_body(&self, id: EntryId) -> Result<Vec<u8>, String> {
        let sql = "select bytes from entry_body where entry_id = ?1";
        let read = self.connection.query_row(sql, [id.0.as_bytes()], |row| row.get(0));
        read.map_err(|error| told(&error))
    }

    fn part(&self, _digest: PartDigest) -> Result<Vec<u8>, String> {
        Err("the first shape has no parts".to_owned())
    }
}

fn open(path: &Path) -> rusqlite::Result<PlainNormal> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch(
        "pragma locking_mode = exclusive;
         pragma journal_mode = wal;
         pragma synchronous = normal;
         pragma temp_store = memory;",
    )?;
    let finding: String = connection.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
    if finding != "ok" {
        return Err(rusqlite::Error::InvalidParameterName(finding));
    }
    let version: u32 = connection.query_row("pragma user_version", [], |row| row.get(0))?;
    if version == 0 {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        step.execute_batch(TABLES)?;
        step.pragma_update(None, "user_version", 1)?;
        step.commit()?;
    }
    Ok(PlainNormal { connection })
}

impl PlainNormal {
    /// Writes the mark by which a program knows its files.
    pub(crate) fn mark(&self, application_id: i32) -> Result<(), String> {
        let marked = self.connection.pragma_update(None, "application_id", application_id);
        marked.map_err(|error| told(&error))
    }

    /// Brings the file one version further.
    pub(crate) fn migrate(&mut self, version: u32, script: &str) -> Result<(), String> {
        let done = self.connection.transaction().and_then(|step| {
            step.execute_batch(script)?;
            step.pragma_update(None, "user_version", version)?;
            step.commit()
        });
        done.map_err(|error| told(&error))
    }

    fn change(&mut self, act: &Act, workload: &Workload) -> rusqlite::Result<()> {
        let step = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        match act {
            Act::Post(posting) => post(&step, posting, workload)?,
            Act::Settle { number, how: Settling::Deliver, at } => {
                step.execute(
                    "update entry
                     set state = 'delivered', ended_at_ms = ?2, proof = x'01',
                         attempts = null, not_before_ms = null, park_reason = null
                     where id = ?1 and state = 'queued'",
                    params![id(*number).0.as_bytes(), ms(*at)],
                )?;
            }
            Act::Settle { number, how: Settling::Delay, at } => {
                step.execute(
                    "update entry
                     set attempts = attempts + 1, not_before_ms = ?2
                     where id = ?1 and state = 'queued'",
                    params![id(*number).0.as_bytes(), ms(*at)],
                )?;
            }
            Act::Settle { number, how: Settling::Park, .. } => {
                step.execute(
                    "update entry
                     set state = 'parked', park_reason = ?2,
                         attempts = null, not_before_ms = null
                     where id = ?1 and state = 'queued'",
                    params![id(*number).0.as_bytes(), STALE.code()],
                )?;
            }
            Act::Release { number } => {
                step.execute(
                    "update entry
                     set state = 'queued', attempts = 0, park_reason = null
                     where id = ?1 and state = 'parked'",
                    params![id(*number).0.as_bytes()],
                )?;
            }
            Act::Cancel { number, at } => cancel(&step, *number, *at)?,
            Act::RetryNow => {
                step.execute("update entry set not_before_ms = null", [])?;
            }
            // It has the first shape, which knows nothing of these.
            Act::SettleAll { .. }
            | Act::AddPart { .. }
            | Act::Progress { .. }
            | Act::Hear { .. }
            | Act::Reconciled { .. }
            | Act::Resend { .. }
            | Act::Purge
            | Act::Settle { how: Settling::GiveBack, .. }
            | Act::Reopen => {}
        }
        step.commit()
    }
}

fn ms(at: Timestamp) -> i64 {
    at.as_ms().cast_signed()
}

/// Adds an entry with its body, unless it is there, and cancels others.
pub(crate) fn post(
    connection: &Connection,
    posting: &Posting,
    workload: &Workload,
) -> rusqlite::Result<()> {
    let key = id(posting.number);
    let new = crate::queue::new_entry(posting, workload);
    let found: Option<i64> = connection
        .query_row("select 1 from entry where id = ?1", [key.0.as_bytes()], |row| row.get(0))
        .optional()?;
    if found.is_none() {
        connection.execute(
            "insert into entry
                 (id, lane, note, digest, size_bytes, saved_at_ms, state, attempts)
             values (?1, ?2, ?3, ?4, ?5, ?6, 'queued', 0)",
            params![
                key.0.as_bytes(),
                lane_name(new.lane),
                new.note,
                new.digest,
                new.body.len() as i64,
                ms(new.saved_at)
            ],
        )?;
        connection.execute(
            "insert into entry_body (entry_id, bytes) values (?1, ?2)",
            params![key.0.as_bytes(), new.body],
        )?;
    }
    for other in posting.cancel.iter().filter(|other| **other != posting.number) {
        cancel(connection, *other, posting.at)?;
    }
    Ok(())
}

fn cancel(connection: &Connection, number: u32, at: Timestamp) -> rusqlite::Result<()> {
    connection.execute(
        "update entry
         set state = 'cancelled', ended_at_ms = ?2,
             attempts = null, not_before_ms = null, park_reason = null
         where id = ?1 and state in ('queued', 'parked')",
        params![id(number).0.as_bytes(), ms(at)],
    )?;
    Ok(())
}

fn shows(connection: &Connection) -> rusqlite::Result<Shows> {
    let mut query = connection.prepare(
        "select id, lane, note, digest, size_bytes, saved_at_ms, state, attempts, not_before_ms,
                ended_at_ms, proof
         from entry",
    )?;
    let shown = query.query_map([], |row| {
        let id = EntryId(Uuid::from_bytes(row.get("id")?));
        let time = |column| row.get::<_, Option<i64>>(column).map(timestamp);
        let state = match row.get::<_, String>("state")?.as_str() {
            "queued" => EntryState::Queued {
                attempts: row.get("attempts")?,
                not_before: time("not_before_ms")?,
            },
            "parked" => EntryState::Parked { reason: STALE },
            "delivered" => EntryState::Delivered { at: at(time("ended_at_ms")?) },
            _ => EntryState::Cancelled { at: at(time("ended_at_ms")?) },
        };
        let lane = match row.get::<_, String>("lane")?.as_str() {
            "urgent" => Lane::Urgent,
            _ => Lane::Normal,
        };
        let head = EntryHead {
            id,
            lane,
            note: row.get("note")?,
            digest: row.get("digest")?,
            size_bytes: row.get::<_, i64>("size_bytes")?.unsigned_abs(),
            saved_at: at(time("saved_at_ms")?),
            state,
        };
        let proof = row.get("proof")?;
        let parts = Vec::new();
        Ok((id, Shown { head, proof, former_proof: None, parts, is_purged: false }))
    })?;
    Ok(Shows { entries: shown.collect::<Result<_, _>>()?, ..Shows::default() })
}

fn timestamp(stored: Option<i64>) -> Option<Timestamp> {
    stored.map(|ms| Timestamp::from(ms.unsigned_abs()))
}

fn at(time: Option<Timestamp>) -> Timestamp {
    time.unwrap_or(Timestamp::from(0))
}
