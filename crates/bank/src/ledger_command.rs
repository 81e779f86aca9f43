//! `bank backup`, `restore`, `restored`, `alarms`: what an operator does with the ledger.

use anyhow::Result;
use bank::{
    Bank,
    ledger::{
        Ledger, SqliteLedger,
        alarms::{Alarm, Finding},
    },
    parts::Audit,
    restore::{self, Restored},
};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The commands about the ledger.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Copies the ledger while the gateway runs, with its digest beside it. Keys and objects of parts
    /// are plain files: copy them too, the objects after the ledger.
    Backup {
        /// The bank's folder.
        #[arg(long)]
        data: PathBuf,
        /// The file to write; the digest goes to <OUT>.sha256.
        #[arg(long)]
        out: PathBuf,
    },
    /// Brings a backup of the ledger back. The gateway must be stopped; afterwards devices send again
    /// what is missing.
    Restore {
        #[command(flatten)]
        bank: BankArgs,
        /// The backup; its digest is in <FROM>.sha256.
        #[arg(long)]
        from: PathBuf,
    },
    /// Says that the ledger was restored by other means, such as a snapshot of the machine. The
    /// gateway must be stopped; afterwards devices send again what is missing.
    Restored {
        #[command(flatten)]
        bank: BankArgs,
    },
    /// Writes everything about the consents of one case into one file, which `sanbu-verify` judges.
    Evidence {
        /// The bank's folder.
        #[arg(long)]
        data: PathBuf,
        /// The case: the id of its envelope, as the app shows it.
        #[arg(long)]
        case: uuid::Uuid,
        /// The file to write.
        #[arg(long)]
        out: PathBuf,
    },
    /// Lists what somebody must look at: numbers of devices that are missing or were used twice, ids
    /// that came again with another content.
    Alarms {
        /// The bank's folder.
        #[arg(long)]
        data: PathBuf,
        /// As JSON, closed ones too.
        #[arg(long)]
        json: bool,
    },
}

/// Where the bank is.
#[derive(Debug, Args)]
pub struct BankArgs {
    /// The bank's folder.
    #[arg(long)]
    data: PathBuf,
    /// Where the bytes of parts are kept, as for `serve`.
    #[arg(long)]
    objects: Option<String>,
}

/// Carries a command out and returns what to say.
///
/// # Errors
/// What the operator can do about it, in words.
pub fn run(command: LedgerCommand, now: seal::Timestamp) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match command {
        LedgerCommand::Backup { data, out } => {
            let made = restore::back_up(&data, &out)?;
            let (bytes, digest) = (made.size_bytes, made.digest.to_hex());
            Ok(format!("wrote {}, {bytes} bytes, sha256 {digest}", out.display()))
        }
        LedgerCommand::Restore { bank, from } => {
            let work = restore::restore(&bank.data, &from, bank.objects.as_deref(), now);
            Ok(of_restored(&runtime.block_on(work)?))
        }
        LedgerCommand::Restored { bank } => {
            let work = restore::declare_restored(&bank.data, bank.objects.as_deref(), now);
            Ok(of_restored(&runtime.block_on(work)?))
        }
        LedgerCommand::Evidence { data, case, out } => {
            let bank = Bank::open(&data, bank::system_clock())?;
            let bundle = runtime.block_on(bank.evidence(case))?;
            std::fs::write(&out, bundle.encode())?;
            Ok(format!("wrote {}, {} consent records", out.display(), bundle.records.len()))
        }
        LedgerCommand::Alarms { data, json } => {
            let alarms = runtime.block_on(alarms(&data))?;
            if json {
                let all: Vec<Value> = alarms.iter().map(as_json).collect();
                Ok(serde_json::to_string_pretty(&all)?)
            } else {
                Ok(of_alarms(&alarms))
            }
        }
    }
}

async fn alarms(data: &Path) -> Result<Vec<Alarm>> {
    let folder = bank::folder::Folder::at(data);
    folder.identity()?;
    Ok(SqliteLedger::open(&folder.ledger())?.alarms().await?)
}

fn of_restored(restored: &Restored) -> String {
    let Restored { epoch, envelopes, audit, replaced } = restored;
    let Audit { sound, lost, found, unknown } = audit;
    let mut text = format!("the ledger holds {envelopes} envelopes; new epoch {epoch}\n");
    if let Some(replaced) = replaced {
        let _ = writeln!(text, "the ledger before is {}", replaced.display());
    }
    let _ = write!(text, "parts: {} here, {lost} lost", sound + found);
    if *lost > 0 {
        text.push_str(
            "; their devices send them again. If their objects were only copied too late, copy \
             them back and run `bank restored`",
        );
    }
    if *unknown > 0 {
        let _ =
            write!(text, "\n{unknown} uploads in the object store are in no row; they were left");
    }
    text
}

fn of_alarms(alarms: &[Alarm]) -> String {
    let open: Vec<&Alarm> = alarms.iter().filter(|alarm| alarm.is_open()).collect();
    let closed = alarms.len() - open.len();
    let mut text = format!("{} open; {closed} closed: gaps that were filled later", open.len());
    for alarm in open {
        let (device, envelope, since) =
            (alarm.device.id().to_hex(), alarm.envelope, date(alarm.since));
        let _ = write!(text, "\n{since}  device {device}  envelope {envelope}\n    ");
        let _ = match &alarm.finding {
            Finding::Gap { first, last, missing } => write!(
                text,
                "gap: {missing} of the applications {first} to {last} of the device have not come"
            ),
            Finding::Reused { number, others } => {
                let others: Vec<String> = others.iter().map(ToString::to_string).collect();
                write!(text, "number {number} used twice, also by {}", others.join(", "))
            }
            Finding::Conflict { stored, found, times } => write!(
                text,
                "the id came {times} more times with another content: on record {}, last {}",
                stored.to_hex(),
                found.to_hex()
            ),
        };
    }
    text
}

fn as_json(alarm: &Alarm) -> Value {
    let finding = match &alarm.finding {
        Finding::Gap { first, last, missing } => {
            json!({ "kind": "gap", "first": first, "last": last, "missing": missing })
        }
        Finding::Reused { number, others } => {
            json!({ "kind": "reused", "number": number, "others": others })
        }
        Finding::Conflict { stored, found, times } => json!({
            "kind": "conflict",
            "stored": stored.to_hex(),
            "found": found.to_hex(),
            "times": times,
        }),
    };
    json!({
        "open": alarm.is_open(),
        "since": date(alarm.since),
        "device": alarm.device.id().to_hex(),
        "envelope": alarm.envelope,
        "finding": finding,
    })
}

/// A time of the bank's clock in UTC, to the second.
fn date(at: seal::Timestamp) -> String {
    let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(millis)
        .map_or_else(|_| millis.to_string(), |at| at.strftime("%FT%TZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use seal::{Digest, PublicKey, Timestamp};
    use uuid::Uuid;

    fn alarm(n: u128, finding: Finding) -> Alarm {
        Alarm {
            device: PublicKey::from_bytes([1; 32]),
            envelope: Uuid::from_u128(n),
            since: Timestamp::from_millis(1_795_309_200_000),
            finding,
        }
    }

    fn alarms() -> [Alarm; 4] {
        let (stored, found) = (Digest::of(b"a"), Digest::of(b"b"));
        [
            alarm(1, Finding::Gap { first: 3, last: 5, missing: 0 }),
            alarm(2, Finding::Gap { first: 7, last: 9, missing: 2 }),
            alarm(3, Finding::Reused { number: 4, others: vec![Uuid::from_u128(9)] }),
            alarm(4, Finding::Conflict { stored, found, times: 5 }),
        ]
    }

    #[test]
    fn open_alarms_are_told_in_words_with_device_numbers_and_envelopes() {
        let told = of_alarms(&alarms());
        let device = alarms()[0].device.id().to_hex();
        for words in [
            "3 open; 1 closed",
            "2026-11-22T01:00:00Z",
            &device,
            "gap: 2 of the applications 7 to 9 of the device have not come",
            "00000000-0000-0000-0000-000000000003",
            "number 4 used twice, also by 00000000-0000-0000-0000-000000000009",
            "the id came 5 more times with another content",
            &Digest::of(b"b").to_hex(),
        ] {
            assert!(told.contains(words), "{words}\n{told}");
        }
        assert!(!told.contains("3 to 5"), "a filled gap is only counted");
    }

    #[test]
    fn json_holds_closed_ones_too() {
        let [filled, gap, reused, conflict] = alarms().map(|alarm| as_json(&alarm));
        assert_eq!((&filled["open"], &filled["finding"]["missing"]), (&json!(false), &json!(0)));
        assert_eq!((&gap["open"], &gap["finding"]["first"]), (&json!(true), &json!(7)));
        assert_eq!(reused["finding"]["others"][0], "00000000-0000-0000-0000-000000000009");
        assert_eq!(conflict["finding"]["times"], 5);
    }
}
