//! What stands in the books after everything ran dry: the bank's ledger and the device's outbox, both
//! read from outside.

use anyhow::{Context, Result, ensure};
use lending::consent::VerifiedRecord;
use outbox::{Counts, EntryState, Outbox};
use rusqlite::{Connection, OpenFlags, Row};
use seal::{Digest, PublicKey};
use std::{collections::BTreeMap, path::Path};
use uuid::Uuid;

/// The bank's ledger.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// Every envelope.
    pub envelopes: BTreeMap<Uuid, Envelope>,
    /// Every application.
    pub applications: Vec<Application>,
    /// Every consent record.
    pub records: Vec<Record>,
    /// Jobs: the envelope and what is to be done.
    pub jobs: Vec<(Uuid, String)>,
    /// Withdrawals, and how long after each came the bank had stopped, by its own clock, ms. None
    /// when it has not.
    pub stops: Vec<(Uuid, Option<u64>)>,
    /// Alarms about a number that a device used twice.
    pub reused_numbers: i64,
}

/// An envelope at the bank.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// SHA-256 of the sealed bytes.
    pub digest: [u8; 32],
    /// The signed acknowledgement.
    pub ack: Vec<u8>,
    /// The parts that it names and whose bytes are here with that digest, in its order.
    pub parts: Vec<[u8; 32]>,
}

/// An application at the bank.
#[derive(Clone, Debug)]
pub struct Application {
    /// Its envelope.
    pub id: Uuid,
    /// Its device's key and its number on that device.
    pub number: ([u8; 32], u64),
    /// Why the content was refused.
    pub refused: Option<String>,
}

/// A consent record at the bank; its signature was verified.
#[derive(Clone, Debug)]
pub struct Record {
    /// The application that it is about.
    pub case: Uuid,
    /// `given`, `refused` or `withdrawn`.
    pub event: String,
    /// Which words it answers.
    pub notice: String,
    /// The record that it takes back.
    pub supersedes: Option<Uuid>,
    /// The device's key and the record's number in its chain.
    pub number: ([u8; 32], u64),
}

impl Ledger {
    /// Reads the ledger of the bank in `folder`, which may be running.
    ///
    /// # Errors
    /// When it cannot be read, is not whole, or holds a record that does not verify.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("ledger.sqlite");
        let ledger = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        whole(&ledger).context("the ledger")?;
        let envelopes = rows(&ledger, "select id, digest, ack from envelope", |row| {
            let (digest, ack, parts) = (row.get(1)?, row.get(2)?, Vec::new());
            Ok((id(row, 0)?, Envelope { digest, ack, parts }))
        })?;
        let mut envelopes: BTreeMap<Uuid, Envelope> = envelopes.into_iter().collect();
        let attached = rows(
            &ledger,
            "select envelope_id, part.digest, part.upload
             from envelope_part
             join part using (device, digest)
             where part.state = 'attached'
             order by envelope_id, position",
            |row| Ok((id(row, 0)?, row.get(1)?, row.get::<_, [u8; 16]>(2)?)),
        )?;
        for (envelope, digest, upload) in attached {
            let upload = data_encoding::HEXLOWER.encode(&upload);
            let bytes = std::fs::read(folder.join("objects/parts").join(upload).join("whole"));
            let here = bytes.is_ok_and(|bytes| *Digest::of(&bytes).as_bytes() == digest);
            if let Some(envelope) = envelopes.get_mut(&envelope).filter(|_| here) {
                envelope.parts.push(digest);
            }
        }
        let applications = rows(
            &ledger,
            "select envelope_id, device, device_seq, refused_code from application",
            |row| {
                Ok(Application {
                    id: id(row, 0)?,
                    number: (row.get(1)?, row.get::<_, i64>(2)?.unsigned_abs()),
                    refused: row.get(3)?,
                })
            },
        )?;
        let signed = rows(
            &ledger,
            "select case_id, event, notice, supersedes, device, signed from consent_record",
            |row| {
                let supersedes: Option<[u8; 16]> = row.get(3)?;
                let record = Record {
                    case: id(row, 0)?,
                    event: row.get(1)?,
                    notice: row.get(2)?,
                    supersedes: supersedes.map(Uuid::from_bytes),
                    number: (row.get(4)?, 0),
                };
                Ok((record, row.get::<_, Vec<u8>>(5)?))
            },
        )?;
        let mut records = Vec::with_capacity(signed.len());
        for (mut record, signed) in signed {
            let device = PublicKey::from_bytes(record.number.0);
            let verified = VerifiedRecord::verify(&signed, &device)
                .with_context(|| format!("a record of {}", record.case))?;
            record.number.1 = verified.device_seq;
            records.push(record);
        }
        let jobs = rows(&ledger, "select envelope_id, kind from job", |row| {
            Ok((id(row, 0)?, row.get(1)?))
        })?;
        let stops = rows(
            &ledger,
            "select job.envelope_id, stopped_at - envelope.received_at
             from job
             join envelope on envelope.id = job.envelope_id
             left join withdrawal_certificate using (envelope_id)
             where job.kind = 'stop_fetching'",
            |row| Ok((id(row, 0)?, row.get::<_, Option<i64>>(1)?.map(i64::unsigned_abs))),
        )?;
        let reused = "select count(*) from seq_fault where kind = 'reused'";
        Ok(Self {
            envelopes,
            applications,
            records,
            jobs,
            stops,
            reused_numbers: ledger.query_row(reused, [], |row| row.get(0))?,
        })
    }
}

/// The device's outbox.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// Every entry.
    pub entries: BTreeMap<Uuid, Entry>,
    /// How many are where.
    pub counts: Counts,
}

/// An entry of the outbox.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it stands.
    pub state: EntryState,
    /// SHA-256 of the sealed bytes.
    pub digest: [u8; 32],
    /// How many they are.
    pub size_bytes: u64,
    /// What the bank signed.
    pub proof: Option<Vec<u8>>,
    /// The parts that it names, in order.
    pub parts: Vec<[u8; 32]>,
}

impl Queue {
    /// Reads the outbox in a device's `folder`. The device must have ended: its file is its own.
    ///
    /// # Errors
    /// When it, or the client's own store, cannot be read or is not whole.
    pub fn read(folder: &Path) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        whole(&Connection::open_with_flags(folder.join("client.db"), flags)?)
            .context("the client's store")?;
        let outbox = Outbox::open(&folder.join("outbox.db"))?;
        let mut entries = BTreeMap::new();
        for head in outbox.entries()? {
            let proof = outbox.proof(head.id)?;
            let parts = outbox.parts(head.id)?.into_iter().map(|part| part.digest.0).collect();
            let (digest, size_bytes) = (head.digest, head.size_bytes);
            entries
                .insert(head.id.0, Entry { state: head.state, digest, size_bytes, proof, parts });
        }
        Ok(Self { entries, counts: outbox.counts()? })
    }

    /// Adds another device's outbox.
    pub fn join(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.counts = Counts {
            queued: self.counts.queued + other.counts.queued,
            parked: self.counts.parked + other.counts.parked,
            delivered: self.counts.delivered + other.counts.delivered,
            cancelled: self.counts.cancelled + other.counts.cancelled,
        };
    }
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    Ok(connection.prepare(sql)?.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
}

fn id(row: &Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get(column).map(Uuid::from_bytes)
}

fn whole(connection: &Connection) -> Result<()> {
    let found: String = connection.query_row("pragma integrity_check(1)", [], |row| row.get(0))?;
    ensure!(found == "ok", "not whole: {found}");
    Ok(())
}
