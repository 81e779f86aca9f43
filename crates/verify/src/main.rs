#![allow(clippy::print_stdout)]
//! `sanbu-verify BUNDLE`: whether an evidence bundle (证据包) holds, and why. Reads one file, opens
//! no connection, keeps nothing. Exit code 0: it holds; 1: it does not; 2: it could not be asked.

mod words;

use anyhow::{Context, Result, ensure};
use clap::{Parser, ValueEnum};
use lending::evidence::{Bundle, Invalid, MAX_BYTES, Proved};
use seal::PublicKey;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// 核对授权证据包，不联网 / says whether an evidence bundle holds, without a network.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The bundle.
    bundle: PathBuf,
    /// The bank's root key, 64 hex digits, from a source you trust: the bank's own trust file, its
    /// website, the regulator. Without it the key in the bundle is shown for you to compare.
    #[arg(long)]
    root: Option<String>,
    /// The language of the answer.
    #[arg(long, value_enum, default_value_t = Language::Zh)]
    lang: Language,
    /// The words that were shown, too, under each record.
    #[arg(long)]
    words: bool,
    /// As JSON, in words of programs.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    Zh,
    En,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match judge(&arguments) {
        Ok((text, holds)) => {
            println!("{text}");
            if holds { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(error) => {
            eprint(&error);
            ExitCode::from(2)
        }
    }
}

#[allow(clippy::print_stderr)]
fn eprint(error: &anyhow::Error) {
    eprintln!("sanbu-verify: {error:#}");
}

fn judge(arguments: &Arguments) -> Result<(String, bool)> {
    let root = match &arguments.root {
        Some(hex) => {
            Some(PublicKey::from_hex(hex).context("--root is not 64 hex digits of a key")?)
        }
        None => None,
    };
    let bytes = read(&arguments.bundle)?;
    let verdict = Bundle::verify(&bytes, root.as_ref());
    let holds = verdict.is_ok();
    let is_pinned = root.is_some();
    let text = match arguments.json {
        true => serde_json::to_string_pretty(&as_json(&verdict, is_pinned))?,
        false => words::text(&verdict, is_pinned, arguments.words, arguments.lang),
    };
    Ok((text, holds))
}

/// A file that is longer than any bundle is not read whole.
fn read(path: &Path) -> Result<Vec<u8>> {
    let told = || format!("{} cannot be read", path.display());
    let mut bytes = Vec::new();
    File::open(path)
        .with_context(told)?
        .take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .with_context(told)?;
    ensure!(!bytes.is_empty(), "{} is empty", path.display());
    Ok(bytes)
}

fn as_json(verdict: &Result<Proved, Invalid>, is_pinned: bool) -> Value {
    match verdict {
        Err(invalid) => json!({
            "valid": false,
            "reason": invalid.code(),
            "message": invalid.to_string(),
        }),
        Ok(proved) => json!({
            "valid": true,
            "root": proved.root.to_hex(),
            "rootPinned": is_pinned,
            "bank": proved.bank,
            "records": proved.records.iter().map(|proved| json!({
                "recordId": hex(&proved.record.record_id),
                "caseId": hex(&proved.record.envelope_id),
                "digest": proved.record.digest().to_hex(),
                "notice": proved.record.notice.id,
                "version": proved.record.notice.version,
                "event": proved.event().as_str(),
                "assurance": proved.level() as u8,
                "pressedAtMs": proved.record.times.wall.as_millis(),
                "receivedAtMs": proved.received_at.map(seal::Timestamp::as_millis),
                "range": {
                    "from": proved.record.data_range.from.text(),
                    "to": proved.record.data_range.to.text(),
                },
                "words": proved.words,
                "items": proved.record.items.iter().map(|item| &item.code).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
        }),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
