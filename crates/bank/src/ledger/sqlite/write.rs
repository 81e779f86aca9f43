//! The one writer: group commit, one savepoint per order.

use super::{Order, alarms, failpoint, log, parts, stops};
use crate::ledger::{
    Admission, Admitted, ApplicationRow, ConsentRow, Content, LedgerError, SeqFinding,
};
use crate::ledger::{parts::PartChanged, stops::STOP};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use seal::{Digest, PublicKey, Timestamp};
use tokio::sync::mpsc;

/// Writes until the channel is closed and empty.
pub(super) fn run(mut connection: Connection, mut inbox: mpsc::Receiver<Order>, most: usize) {
    let mut batch = Vec::with_capacity(most);
    while let Some(first) = inbox.blocking_recv() {
        batch.push(first);
        while batch.len() < most
            && let Ok(next) = inbox.try_recv()
        {
            batch.push(next);
        }
        write(&mut connection, &mut batch);
    }
}

/// What became of an order.
enum Written {
    Admit(Result<Admitted, LedgerError>),
    Part(Result<PartChanged, LedgerError>),
    Conflict(Result<(), LedgerError>),
    Stop(Result<bool, LedgerError>),
}

/// Commits a batch, then answers it. An asker that went away loses nothing but the answer.
fn write(connection: &mut Connection, batch: &mut Vec<Order>) {
    match commit(connection, batch) {
        Ok(answers) => {
            for pair in batch.drain(..).zip(answers) {
                // An order is answered in its own kind.
                match pair {
                    (Order::Admit(_, reply), Written::Admit(answer)) => drop(reply.send(answer)),
                    (Order::Part(_, reply), Written::Part(answer)) => drop(reply.send(answer)),
                    (Order::Conflict(_, reply), Written::Conflict(answer)) => {
                        drop(reply.send(answer));
                    }
                    (Order::Stop(_, reply), Written::Stop(answer)) => drop(reply.send(answer)),
                    _ => {}
                }
            }
        }
        Err(error) => {
            tracing::error!(%error, orders = batch.len(), "could not commit a batch");
            // An error has one owner; each asker is told its kind.
            let full = matches!(LedgerError::from(error), LedgerError::DiskFull);
            let told = || match full {
                true => LedgerError::DiskFull,
                false => LedgerError::Storage("the batch was not committed".into()),
            };
            for order in batch.drain(..) {
                match order {
                    Order::Admit(_, reply) => drop(reply.send(Err(told()))),
                    Order::Part(_, reply) => drop(reply.send(Err(told()))),
                    Order::Conflict(_, reply) => drop(reply.send(Err(told()))),
                    Order::Stop(_, reply) => drop(reply.send(Err(told()))),
                }
            }
        }
    }
}

fn commit(connection: &mut Connection, orders: &[Order]) -> rusqlite::Result<Vec<Written>> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut answers = Vec::with_capacity(orders.len());
    for order in orders {
        failpoint(order.name(), "begin")?;
        answers.push(match order {
            Order::Admit(admission, _) => {
                let stays = |answer: &_| matches!(answer, Admitted::Recorded { .. });
                Written::Admit(alone(&mut transaction, |c| admit(c, admission), stays)?)
            }
            Order::Part(change, _) => {
                let stays = |answer: &_| *answer != PartChanged::Stale;
                Written::Part(alone(&mut transaction, |c| parts::change(c, change), stays)?)
            }
            Order::Conflict(conflict, _) => {
                let note = |c: &Connection| alarms::note_conflict(c, conflict);
                Written::Conflict(alone(&mut transaction, note, |()| true)?)
            }
            Order::Stop(finish, _) => {
                let act = |c: &Connection| stops::finish(c, finish);
                Written::Stop(alone(&mut transaction, act, |stays| *stays)?)
            }
        });
    }
    orders.iter().try_for_each(|order| failpoint(order.name(), "commit"))?;
    transaction.commit()?;
    orders.iter().try_for_each(|order| failpoint(order.name(), "committed"))?;
    Ok(answers)
}

/// Carries out one order so that its failure leaves the others of the batch alone; what it wrote
/// stays only with an answer that `stays`.
///
/// Errors only when SQLite gave up the whole transaction, as it does on a full disk.
fn alone<T>(
    transaction: &mut Transaction<'_>,
    act: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    stays: impl FnOnce(&T) -> bool,
) -> rusqlite::Result<Result<T, LedgerError>> {
    let mut savepoint = transaction.savepoint()?;
    let answer = act(&savepoint);
    if savepoint.is_autocommit() {
        return Err(answer.err().unwrap_or(rusqlite::Error::InvalidQuery));
    }
    if !answer.as_ref().is_ok_and(stays) {
        savepoint.rollback()?;
    }
    savepoint.commit()?;
    Ok(answer.map_err(Into::into))
}

fn admit(connection: &Connection, admission: &Admission) -> rusqlite::Result<Admitted> {
    if let Some((digest, ack)) = on_record(connection, admission)? {
        if digest != admission.digest {
            return Ok(Admitted::Conflict { stored: digest });
        }
        let missing = parts::lost(connection, admission.id)?;
        return Ok(match missing.is_empty() {
            true => Admitted::Replayed { ack },
            false => Admitted::PartsMissing { missing },
        });
    }
    let last_seq = greet_device(connection, admission.device, admission.received_at)?;
    if !insert_envelope(connection, admission)? {
        return Ok(Admitted::ReferenceTaken);
    }
    let mut seq = SeqFinding::Fits;
    if let Content::Application(application) = &admission.content {
        seq = look_at_seq(connection, admission, application.device_seq, last_seq)?;
        insert_application(connection, admission, application)?;
    }
    if !admission.consents.is_empty() && admission.consents_by != admission.device {
        greet_device(connection, admission.consents_by, admission.received_at)?;
    }
    for consent in &admission.consents {
        if consent.is_necessary && was_ended(connection, admission, consent)? {
            return Ok(Admitted::NecessaryEnded);
        }
        if !insert_consent(connection, admission, consent)? {
            return Ok(Admitted::RecordTaken);
        }
        log::append(connection, Digest::of(&consent.signed), &consent.countersignature)?;
    }
    if let Some(refused) = parts::attach(connection, admission)? {
        return Ok(refused);
    }
    insert_job(connection, admission)?;
    Ok(Admitted::Recorded { seq })
}

fn on_record(
    connection: &Connection,
    admission: &Admission,
) -> rusqlite::Result<Option<(Digest, Vec<u8>)>> {
    connection
        .prepare_cached("select digest, ack from envelope where id = ?1")?
        .query_row([admission.id.as_bytes()], |row| {
            Ok((Digest::from_bytes(row.get(0)?), row.get(1)?))
        })
        .optional()
}

/// Makes or touches the device's row; returns the highest number seen so far.
fn greet_device(
    connection: &Connection,
    device: PublicKey,
    at: Timestamp,
) -> rusqlite::Result<u64> {
    let last_seq: i64 = connection
        .prepare_cached(
            "insert into device (public_key, last_seq, first_seen_at, last_seen_at)
             values (?1, 0, ?2, ?2)
             on conflict (public_key) do update
             set last_seen_at = excluded.last_seen_at
             returning last_seq",
        )?
        .query_row(params![device.as_bytes(), millis(at)], |row| row.get(0))?;
    Ok(last_seq.unsigned_abs())
}

/// False when the reference belongs to another envelope.
fn insert_envelope(connection: &Connection, admission: &Admission) -> rusqlite::Result<bool> {
    let inserted = connection
        .prepare_cached(
            "insert into envelope (id, digest, device, schema, reference, ack, received_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             on conflict (reference) do nothing",
        )?
        .execute(params![
            admission.id.as_bytes(),
            admission.digest.as_bytes(),
            admission.device.as_bytes(),
            admission.schema,
            admission.reference,
            admission.ack,
            millis(admission.received_at),
        ])?;
    if inserted == 0 {
        return Ok(false);
    }
    connection
        .prepare_cached("insert into envelope_body (envelope_id, bytes) values (?1, ?2)")?
        .execute(params![admission.id.as_bytes(), admission.body])?;
    Ok(true)
}

/// Compares the number with those before it. A late one fills a gap and is no fault; a number
/// that another envelope has means that a copy of the device is in use.
fn look_at_seq(
    connection: &Connection,
    admission: &Admission,
    found: u64,
    last: u64,
) -> rusqlite::Result<SeqFinding> {
    let expected = last.saturating_add(1);
    let device = admission.device.as_bytes();
    let reused: bool = connection
        .prepare_cached(
            "select exists (select 1 from application where device = ?1 and device_seq = ?2)",
        )?
        .query_row(params![device, whole(found)], |row| row.get(0))?;
    let finding = if reused || found == 0 {
        SeqFinding::Reused
    } else if found > expected {
        SeqFinding::Gap { first_missing: expected }
    } else {
        SeqFinding::Fits
    };
    let kind = match finding {
        SeqFinding::Fits => None,
        SeqFinding::Gap { .. } => Some("gap"),
        SeqFinding::Reused => Some("reused"),
    };
    if let Some(kind) = kind {
        connection
            .prepare_cached(
                "insert into seq_fault (device, envelope_id, kind, expected, found)
                 values (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                device,
                admission.id.as_bytes(),
                kind,
                whole(expected),
                whole(found)
            ])?;
    }
    connection
        .prepare_cached("update device set last_seq = max(last_seq, ?2) where public_key = ?1")?
        .execute(params![device, whole(found)])?;
    Ok(finding)
}

fn insert_application(
    connection: &Connection,
    admission: &Admission,
    application: &ApplicationRow,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "insert into application (
                 envelope_id, device, device_seq, status, refused_code, branch, grid, product,
                 officer, enterprise_code, mobile, amount_fen, term_months, purpose,
                 catalogue_version, saved_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        )?
        .execute(params![
            admission.id.as_bytes(),
            admission.device.as_bytes(),
            whole(application.device_seq),
            application.status.as_str(),
            application.refused_code,
            application.branch,
            application.grid,
            application.product,
            application.officer,
            application.enterprise_code,
            application.mobile,
            whole(application.amount_fen),
            application.term_months,
            application.purpose,
            application.catalogue_version,
            millis(application.saved_at),
        ])?;
    Ok(())
}

/// False when the device used the record's id before.
fn insert_consent(
    connection: &Connection,
    admission: &Admission,
    consent: &ConsentRow,
) -> rusqlite::Result<bool> {
    let event = consent.event.as_str();
    let inserted = connection
        .prepare_cached(
            "insert into consent_record (
                 device, record_id, envelope_id, case_id, notice, event, supersedes, signed, at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             on conflict (device, record_id) do nothing",
        )?
        .execute(params![
            admission.consents_by.as_bytes(),
            consent.record_id,
            admission.id.as_bytes(),
            consent.case.as_bytes(),
            consent.notice,
            event,
            consent.supersedes,
            consent.signed,
            millis(consent.at),
        ])?;
    Ok(inserted == 1)
}

/// Whether the device sent the end of this record before the record itself: withdrawals travel first.
fn was_ended(
    connection: &Connection,
    admission: &Admission,
    consent: &ConsentRow,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "select exists (
                 select 1 from consent_record where device = ?1 and supersedes = ?2)",
        )?
        .query_row(params![admission.consents_by.as_bytes(), consent.record_id], |row| row.get(0))
}

fn insert_job(connection: &Connection, admission: &Admission) -> rusqlite::Result<()> {
    let kind = match &admission.content {
        Content::Application(application) if application.refused_code.is_none() => "decide",
        Content::Application(_) => "ask_for_more",
        Content::Withdrawal => STOP,
        Content::RefusedWithdrawal => return Ok(()),
    };
    connection
        .prepare_cached(
            "insert into job (envelope_id, kind, state, not_before, attempts)
             values (?1, ?2, 'ready', ?3, 0)",
        )?
        .execute(params![admission.id.as_bytes(), kind, millis(admission.received_at)])?;
    Ok(())
}

pub(super) fn millis(at: Timestamp) -> i64 {
    whole(at.as_millis())
}

/// SQLite's integers are signed; a number beyond them comes from a broken or hostile device and
/// is kept as the largest.
pub(super) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
