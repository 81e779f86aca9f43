//! What stands in a bank's ledger: read from outside, read-only, to check what a screen claims.

use anyhow::{Context, Result};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use serde_json::{Value, json};
use std::path::Path;

/// Prints what the ledger of the bank in `data` holds about an envelope; `null` when there is none.
///
/// # Errors
/// When `id` is no UUID or the ledger cannot be read.
pub fn print(data: &Path, id: &str) -> Result<()> {
    println!("{}", row(&data.join("ledger.sqlite"), id)?);
    Ok(())
}

fn row(ledger: &Path, id: &str) -> Result<Value> {
    let digits = id.replace('-', "");
    let envelope = u128::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 32);
    let envelope = envelope.with_context(|| format!("{id:?} is no UUID"))?.to_be_bytes();
    let connection = Connection::open_with_flags(ledger, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| format!("could not open {}", ledger.display()))?;
    let found = connection
        .query_row(
            "select envelope.reference, length(envelope.ack), application.status,
                    application.branch, application.product, application.amount_fen
             from envelope
             join application on application.envelope_id = envelope.id
             where envelope.id = ?1",
            [envelope],
            |row| {
                Ok(json!({
                    "application_id": id,
                    "reference": row.get::<_, String>(0)?,
                    "ack_bytes": row.get::<_, i64>(1)?,
                    "status": row.get::<_, String>(2)?,
                    "branch": row.get::<_, String>(3)?,
                    "product": row.get::<_, String>(4)?,
                    "amount_fen": row.get::<_, i64>(5)?,
                }))
            },
        )
        .optional()?;
    let Some(mut found) = found else { return Ok(Value::Null) };
    let mut consents = connection
        .prepare("select notice, event from consent_record where case_id = ?1 order by notice")?;
    let consents = consents
        .query_map([envelope], |row| Ok((row.get(0)?, Value::String(row.get(1)?))))?
        .collect::<rusqlite::Result<serde_json::Map<String, Value>>>()?;
    found["consents"] = Value::Object(consents);
    let mut jobs =
        connection.prepare("select kind from job where envelope_id = ?1 order by kind")?;
    found["jobs"] = jobs
        .query_map([envelope], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<String>>>()?
        .into();
    Ok(found)
}
