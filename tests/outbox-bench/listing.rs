//! A cold start with many entries: the outbox beside a store that keeps each body in the row of
//! its entry.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::ensure;
use outbox::{Outbox, Timestamp};
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::{Figures, median};

/// Cold starts of each store, in turns.
const STARTS: usize = 3;
/// Bodies have 2,048 to 6,143 bytes, 4 kB in the middle: sealed cases differ in length.
const BODY: (u32, u32) = (2_048, 4_096);

/// The peer: the columns of an entry, the body as the last of them, the same two indexes.
const ONE_TABLE: &str = "
    create table entry (
        id blob not null primary key,
        lane text not null,
        note blob not null,
        digest blob not null,
        size_bytes integer not null,
        saved_at_ms integer not null,
        state text not null,
        attempts integer,
        not_before_ms integer,
        park_reason text,
        ended_at_ms integer,
        proof blob,
        bytes blob not null
    ) strict;
    create index entry_pending on entry (saved_at_ms, id) where state = 'queued';
    create index entry_by_age on entry (saved_at_ms, id);";

/// Measures with so many entries.
pub fn figures(folder: &Path, entries: u32) -> anyhow::Result<Figures> {
    let ours = folder.join("outbox.db");
    let peer = folder.join("one-table.db");
    drop(Outbox::open(&ours)?);
    fill(&ours, entries, Shape::Ours)?;
    open_one_table(&peer)?.execute_batch(ONE_TABLE)?;
    fill(&peer, entries, Shape::OneTable)?;

    let (mut opened, mut listed) = (vec![], vec![]);
    let (mut peers, mut forwards, mut unchecked) = (vec![], vec![], vec![]);
    for _ in 0..STARTS {
        forget(&ours)?;
        let (open, whole) = start_ours(&ours, entries)?;
        opened.push(ms(open));
        listed.push(ms(whole));
        forget(&peer)?;
        peers.push(ms(start_one_table(&peer, entries, Check::Heads)?));
        forget(&peer)?;
        forwards.push(ms(start_one_table(&peer, entries, Check::HeadsForwards)?));
        forget(&peer)?;
        unchecked.push(ms(start_one_table(&peer, entries, Check::None)?));
    }
    let warm = ms(start_ours(&ours, entries)?.1);
    let outbox = Outbox::open(&ours)?;
    let step = Instant::now();
    outbox.next_steps(Timestamp::from(9), 16)?;
    let step = ms(step.elapsed());
    let (listed, peer_ms) = (median(listed), median(peers));
    let (forwards, unchecked) = (median(forwards), median(unchecked));
    Ok(vec![
        ("list_entries", entries.to_string()),
        ("list_mib", (std::fs::metadata(&ours)?.len() >> 20).to_string()),
        ("cold_open_ms", format!("{:.0}", median(opened))),
        ("cold_open_and_list_ms", format!("{listed:.0}")),
        ("warm_open_and_list_ms", format!("{warm:.0}")),
        ("one_table_cold_open_and_list_ms", format!("{peer_ms:.0}")),
        ("one_table_forwards_cold_ms", format!("{forwards:.0}")),
        ("one_table_unchecked_cold_ms", format!("{unchecked:.0}")),
        ("list_vs_one_table", format!("{:.1}", peer_ms / listed)),
        ("list_vs_one_table_forwards", format!("{:.1}", forwards / listed)),
        ("list_vs_one_table_unchecked", format!("{:.1}", unchecked / listed)),
        ("next_steps_ms", format!("{step:.1}")),
    ])
}

fn ms(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Ours,
    OneTable,
}

/// Whether every row is checked at opening, as the outbox does it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    Heads,
    /// Read forwards before it is checked, as the outbox does it.
    HeadsForwards,
    None,
}

/// Writes the entries in one commit: one in a hundred queued, the others delivered.
fn fill(path: &Path, entries: u32, shape: Shape) -> anyhow::Result<()> {
    let mut file = Connection::open(path)?;
    let step = file.transaction()?;
    let columns =
        "id, lane, note, digest, size_bytes, saved_at_ms, state, attempts, ended_at_ms, proof";
    let values = "?1, 'normal', zeroblob(300), zeroblob(32), ?2, ?3, ?4, ?5, ?6, ?7";
    let (more, its) = match shape {
        Shape::Ours => ("body_number", "?3 + 1"),
        Shape::OneTable => ("bytes", "zeroblob(?2)"),
    };
    {
        let insert = format!("insert into entry ({columns}, {more}) values ({values}, {its})");
        let mut insert = step.prepare(&insert)?;
        for number in 0..entries {
            let id = Uuid::from_u128(number.into()).into_bytes();
            let size = BODY.0 + number.wrapping_mul(2_654_435_761) % BODY.1;
            let ends = match number % 100 {
                0 => ("queued", Some(0), None, None),
                _ => ("delivered", None, Some(9), Some([4u8; 250])),
            };
            insert.execute(params![id, size, number, ends.0, ends.1, ends.2, ends.3])?;
        }
    }
    if shape == Shape::Ours {
        step.execute(
            "insert into entry_body (number, entry_id, bytes)
             select body_number, id, zeroblob(size_bytes)
             from entry
             order by body_number",
            [],
        )?;
    }
    step.commit()?;
    Ok(())
}

/// Drops the file from the system's cache of the disk, so that the next start reads it anew.
fn forget(path: &Path) -> anyhow::Result<()> {
    let file = format!("if={}", path.display());
    let dropped =
        Command::new("dd").args([&file, "iflag=nocache", "count=0", "status=none"]).status()?;
    ensure!(dropped.success(), "dd could not drop the cache of {}", path.display());
    Ok(())
}

fn start_ours(path: &Path, entries: u32) -> anyhow::Result<(Duration, Duration)> {
    let start = Instant::now();
    let outbox = Outbox::open(path)?;
    let opened = start.elapsed();
    let listed = outbox.entries()?.len();
    let both = start.elapsed();
    ensure!(listed == usize::try_from(entries)?, "the list is not whole");
    Ok((opened, both))
}

fn open_one_table(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "pragma locking_mode = exclusive;
         pragma trusted_schema = off;
         pragma cell_size_check = on;
         pragma temp_store = memory;
         pragma journal_mode = wal;
         pragma synchronous = full;
         pragma secure_delete = on;",
    )?;
    Ok(connection)
}

/// Opens and reads the same columns of every row, in the same order.
fn start_one_table(path: &Path, entries: u32, check: Check) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let connection = open_one_table(path)?;
    if check == Check::HeadsForwards {
        connection.query_row("select count(*) from entry not indexed", [], |_| Ok(()))?;
    }
    if check != Check::None {
        let finding: String =
            connection.query_row("pragma quick_check(1)", [], |row| row.get(0))?;
        ensure!(finding == "ok", "{finding}");
    }
    let mut query = connection.prepare(
        "select id, lane, note, digest, size_bytes, saved_at_ms, state, attempts, not_before_ms,
                park_reason, ended_at_ms
         from entry
         order by saved_at_ms, id",
    )?;
    let list: Vec<OneRow> = query
        .query_map([], |row| {
            Ok(OneRow {
                _id: row.get(0)?,
                _lane: row.get(1)?,
                _note: row.get(2)?,
                _digest: row.get(3)?,
                _numbers: (row.get(4)?, row.get(5)?, row.get(7)?, row.get(8)?, row.get(10)?),
                _state: row.get(6)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    let took = start.elapsed();
    ensure!(list.len() == usize::try_from(entries)?, "the list is not whole");
    Ok(took)
}

/// What a list shows of a row; held, as the outbox holds its heads.
struct OneRow {
    _id: [u8; 16],
    _lane: String,
    _note: Vec<u8>,
    _digest: [u8; 32],
    _numbers: (i64, i64, Option<i64>, Option<i64>, Option<i64>),
    _state: String,
}
