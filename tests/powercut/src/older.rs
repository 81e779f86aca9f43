//! Files that older versions of the outbox left behind.
//!
//! As soon as the outbox has a second migration, a file of the first one is an older file. To try
//! another: add the script of the last but one to `SCRIPTS`.

use outbox::Outbox;
use rusqlite::Connection;

use crate::control::PlainNormal;
use crate::disk::Flush;
use crate::queue::{Queue, told};
use crate::trace::{Bench, Seen, Start};
use crate::workload::{Act, Workload};

/// `application_id` of an outbox: "SNBO".
const APPLICATION_ID: i32 = 0x534e_424f;

/// The scripts after the first, without the newest.
const SCRIPTS: [&str; 1] = [include_str!("../../../crates/outbox/migrations/0002_parts.sql")];

/// The version of the file that this build of the outbox makes.
pub(crate) fn newest_version(bench: &mut Bench) -> Result<u32, String> {
    let site = bench.site(&Start::default().image, Flush::Honest, Seen::ByAll);
    drop(Outbox::open(&site.file()).map_err(|error| told(&error))?);
    let connection = Connection::open(site.file()).map_err(|error| told(&error))?;
    let version = connection
        .execute_batch("pragma locking_mode = exclusive")
        .and_then(|()| connection.query_row("pragma user_version", [], |row| row.get(0)));
    version.map_err(|error| told(&error))
}

/// A file of an older version, drawn by the length of the workload, as a killed process leaves it,
/// half of it in its log, after the first half of the workload; the other half is left to do.
pub(crate) fn older_file(bench: &mut Bench, workload: &mut Workload) -> Result<Start, String> {
    let site = bench.site(&Start::default().image, Flush::Honest, Seen::BySqlite);
    let mut store = PlainNormal::open(&site.file())?;
    store.mark(APPLICATION_ID)?;
    let rest = workload.acts.split_off(workload.acts.len() / 2);
    for act in std::mem::replace(&mut workload.acts, rest) {
        if !matches!(act, Act::Reopen) {
            store.act(&act, workload)?;
        }
    }
    let scripts = &SCRIPTS[..workload.acts.len() % (SCRIPTS.len() + 1)];
    for (version, script) in (2u32..).zip(scripts) {
        store.migrate(version, script)?;
    }
    let shows = store.shows()?;
    // The store is still open: this is what a kill would leave.
    let image = site.mounted.disk().files();
    Ok(Start { image, shows })
}
