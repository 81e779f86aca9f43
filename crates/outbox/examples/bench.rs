//! Measures what the figures of the outbox rest on; prints `name=value`, one a line.
//!
//! `cargo run --release -p outbox --example bench -- [folder] [entries]`. The folder should be on
//! the disk that is meant; without it, the system's folder for temporary files.
#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::error::Error;
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use outbox::{EntryId, Lane, NewEntry, Outbox, Settlement, Timestamp};
use rusqlite::{Connection, params};
use uuid::Uuid;

type Done<T> = Result<T, Box<dyn Error>>;

/// Length of a body in bytes: 4 kB, a case without photos.
const BODY: u16 = 4_096;
/// How many commits are timed.
const COMMITS: u32 = 1_000;

fn main() -> Done<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = match arguments.next() {
        Some(folder) => tempfile::TempDir::new_in(folder)?,
        None => tempfile::TempDir::new()?,
    };
    let entries = arguments.next().map_or(Ok(100_000), |number| number.parse())?;

    // In turns, so that a busy disk slows both alike.
    let (mut raw, mut durable) = (Duration::ZERO, Duration::ZERO);
    let outbox = Outbox::open(&folder.path().join("enqueue.db"))?;
    let mut file = File::create(folder.path().join("raw"))?;
    file.write_all(&[0; BODY as usize])?;
    file.sync_all()?;
    for turn in 0..10 {
        raw += overwrites(&mut file, COMMITS / 10)?;
        durable += posts(&outbox, turn * COMMITS / 10, COMMITS / 10)?;
    }
    let per_s = |took: Duration| f64::from(COMMITS) / took.as_secs_f64();
    println!("raw_overwrite_fdatasync_per_s={:.0}", per_s(raw));
    println!("durable_enqueue_per_s={:.0}", per_s(durable));
    println!("enqueue_to_raw={:.2}", raw.as_secs_f64() / durable.as_secs_f64());
    println!("settle_all_16_per_s={:.0}", settlements(&outbox)?);
    drop(outbox);

    // The largest file that is still checked in whole, and a large one.
    let whole = u32::try_from(outbox::policy::WHOLE_CHECK_BYTES / 4_500 * 3 / 4)?;
    for (name, entries) in [("whole_check", whole / 2), ("large", entries)] {
        let path = folder.path().join(format!("{name}.db"));
        fill(&path, entries)?;
        println!("{name}_entries={entries}");
        println!("{name}_mib={}", std::fs::metadata(&path)?.len() >> 20);
        open_and_list(name, &path, entries)?;
        let integrity = Instant::now();
        let pragma = "pragma integrity_check(1)";
        Connection::open(&path)?.query_row(pragma, [], |row| row.get::<_, String>(0))?;
        println!("{name}_integrity_check_ms={}", integrity.elapsed().as_millis());
    }
    Ok(())
}

fn overwrites(file: &mut File, times: u32) -> Done<Duration> {
    let bytes = [7; BODY as usize];
    let start = Instant::now();
    for _ in 0..times {
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&bytes)?;
        file.sync_data()?;
    }
    Ok(start.elapsed())
}

fn posts(outbox: &Outbox, from: u32, times: u32) -> Done<Duration> {
    let entries: Vec<_> = (from..from + times).map(entry).collect();
    let start = Instant::now();
    for entry in &entries {
        outbox.post(entry, &[])?;
    }
    Ok(start.elapsed())
}

fn entry(number: u32) -> NewEntry {
    NewEntry {
        id: EntryId(Uuid::from_u128(number.into())),
        lane: Lane::Normal,
        note: vec![1; 300],
        body: vec![2; BODY.into()],
        digest: [3; 32],
        saved_at: Timestamp::from(u64::from(number)),
    }
}

fn settlements(outbox: &Outbox) -> Done<f64> {
    let now = Timestamp::from(1_800_000_000_000);
    let heads = outbox.entries()?;
    let start = Instant::now();
    for sixteen in heads.chunks(16) {
        let ends: Vec<_> = sixteen
            .iter()
            .map(|head| Settlement {
                id: head.id,
                outcome: outbox::Outcome::Delivered { proof: vec![4; 250], at: now },
                jitter: 0,
            })
            .collect();
        outbox.settle_all(&ends, now)?;
    }
    Ok(heads.len() as f64 / start.elapsed().as_secs_f64())
}

/// A store with so many entries, most of them delivered, written in one commit.
fn fill(path: &Path, entries: u32) -> Done<()> {
    drop(Outbox::open(path)?);
    let mut file = Connection::open(path)?;
    let step = file.transaction()?;
    {
        let mut head = step.prepare(
            "insert into entry
                 (id, lane, note, digest, size_bytes, saved_at_ms, state, attempts, ended_at_ms,
                  proof)
             values (?1, 'normal', zeroblob(300), zeroblob(32), ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let mut body = step.prepare("insert into entry_body values (?1, zeroblob(?2))")?;
        for number in 0..entries {
            let id = Uuid::from_u128(number.into()).into_bytes();
            if number % 100 == 0 {
                head.execute(params![id, BODY, number, "queued", 0, None::<u32>, None::<&[u8]>])?;
            } else {
                let proof = [4u8; 250];
                head.execute(params![id, BODY, number, "delivered", None::<u32>, 9, proof])?;
            }
            body.execute(params![id, BODY])?;
        }
    }
    step.commit()?;
    Ok(())
}

fn open_and_list(name: &str, path: &Path, entries: u32) -> Done<()> {
    let start = Instant::now();
    let outbox = Outbox::open(path)?;
    let opened = start.elapsed();
    let listed = outbox.entries()?.len();
    let both = start.elapsed();
    if listed != usize::try_from(entries)? {
        return Err("the list is not whole".into());
    }
    let step = Instant::now();
    outbox.next_steps(Timestamp::from(9), 16)?;
    println!("{name}_open_ms={}", opened.as_millis());
    println!("{name}_open_and_list_ms={}", both.as_millis());
    println!("{name}_next_steps_ms={:.1}", step.elapsed().as_secs_f64() * 1000.0);
    Ok(())
}
