//! Durable posts beside the rate at which the disk takes one overwritten page after another: along a
//! file that is already there, flushed each time, which is what SQLite does with its log. One page
//! written over and over is a rate too, printed beside it: that one never moves on.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use outbox::{EntryId, Lane, NewEntry, Outbox, Outcome, Settlement, Timestamp};
use seal::{Digest, PublicKey, SigningKey, sealed, sign};
use uuid::Uuid;

use crate::{Figures, median};

/// Length of a body in bytes: 4 kB, a case without photos.
const BODY: usize = 4_096;
/// Posts of a round: few, so that what slows one of a round's four slows the others alike.
const ROUND: u32 = 20;
/// Posts before the first round. The log of a new outbox grows in them; that of a phone's has grown
/// long ago.
const BEFORE: u32 = 200;
/// Length of the file for the raw rate: as long as SQLite's log grows, 4 MiB.
const RAW: usize = 4 << 20;

/// Measures so many rounds.
pub fn figures(folder: &Path, rounds: u32) -> anyhow::Result<Figures> {
    let plain = Outbox::open(&folder.join("plain.db"))?;
    let sealing = Outbox::open(&folder.join("sealed.db"))?;
    let raw = file_of(&folder.join("raw"), RAW)?;
    let one_page = file_of(&folder.join("one_page"), BODY)?;
    let sealer = Sealer::new();
    posts(0..BEFORE, &|number| Ok(plain.post(&plain_entry(number), &[])?))?;
    posts(0..BEFORE, &|number| Ok(sealing.post(&sealer.entry(number)?, &[])?))?;

    let mut times: [Vec<f64>; 4] = Default::default();
    for round in 0..rounds {
        let numbers = BEFORE + round * ROUND..BEFORE + (round + 1) * ROUND;
        let took = [
            overwrites(&raw, RAW)?,
            overwrites(&one_page, BODY)?,
            posts(numbers.clone(), &|number| Ok(plain.post(&plain_entry(number), &[])?))?,
            posts(numbers, &|number| Ok(sealing.post(&sealer.entry(number)?, &[])?))?,
        ];
        for (times, took) in times.iter_mut().zip(took) {
            times.push(took.as_secs_f64() / f64::from(ROUND));
        }
    }
    let [raw, one_page, plain_s, sealed_s] = times;
    let ratio = |base: &[f64], of: &[f64]| {
        format!("{:.2}", median(base.iter().zip(of).map(|(base, of)| base / of).collect()))
    };
    // Posts during which the log was moved into the file count here too, and each hiccup of the disk.
    let total = |base: &[f64], of: &[f64]| {
        format!("{:.2}", base.iter().sum::<f64>() / of.iter().sum::<f64>())
    };
    let quartiles = |base: &[f64], of: &[f64]| {
        let mut each: Vec<f64> = base.iter().zip(of).map(|(base, of)| base / of).collect();
        each.sort_by(f64::total_cmp);
        let at = |quarter: usize| each.get(each.len() * quarter / 4).copied().unwrap_or(f64::NAN);
        format!("{:.2}..{:.2}", at(1), at(3))
    };
    let sealing_us = sealing_us(&sealer)?;
    let per_s = |times: &[f64]| format!("{:.0}", 1.0 / median(times.to_vec()));
    Ok(vec![
        ("enqueue_rounds", rounds.to_string()),
        ("raw_overwrite_per_s", per_s(&raw)),
        ("raw_one_page_per_s", per_s(&one_page)),
        ("enqueue_per_s", per_s(&plain_s)),
        ("enqueue_vs_raw", ratio(&raw, &plain_s)),
        ("enqueue_vs_raw_quartiles", quartiles(&raw, &plain_s)),
        ("enqueue_vs_raw_total", total(&raw, &plain_s)),
        ("enqueue_vs_one_page", ratio(&one_page, &plain_s)),
        ("enqueue_sealed_per_s", per_s(&sealed_s)),
        ("enqueue_sealed_vs_plain", ratio(&plain_s, &sealed_s)),
        ("enqueue_sealed_vs_plain_quartiles", quartiles(&plain_s, &sealed_s)),
        ("enqueue_sealed_vs_plain_total", total(&plain_s, &sealed_s)),
        ("sealing_us", format!("{sealing_us:.0}")),
        ("settle_16_per_s", format!("{:.0}", settlements(&plain)?)),
    ])
}

fn file_of(path: &Path, size: usize) -> std::io::Result<File> {
    let file = File::create(path)?;
    file.write_all_at(&vec![7; size], 0)?;
    file.sync_all()?;
    Ok(file)
}

/// Overwrites one page after another, from the start again at `size`, each flushed.
fn overwrites(file: &File, size: usize) -> std::io::Result<Duration> {
    let page = [8; BODY];
    let start = Instant::now();
    for number in 0..ROUND as usize {
        file.write_all_at(&page, (number * BODY % size) as u64)?;
        file.sync_data()?;
    }
    Ok(start.elapsed())
}

type Post<'p> = dyn Fn(u32) -> anyhow::Result<Vec<EntryId>> + 'p;

fn posts(numbers: Range<u32>, post: &Post<'_>) -> anyhow::Result<Duration> {
    let start = Instant::now();
    for number in numbers {
        post(number)?;
    }
    Ok(start.elapsed())
}

fn plain_entry(number: u32) -> NewEntry {
    NewEntry {
        id: EntryId(Uuid::from_u128(number.into())),
        lane: Lane::Normal,
        note: vec![1; 300],
        body: vec![2; BODY],
        digest: [3; 32],
        saved_at: Timestamp::from(u64::from(number)),
    }
}

/// What the client does before a post: signs, seals to the bank, and digests.
struct Sealer {
    device: SigningKey,
    bank: PublicKey,
}

/// Bytes that the signature and the seal add to the content, so that the body is as long as a
/// plain one: a little less than 200.
const ADDED: usize = 200;

impl Sealer {
    fn new() -> Sealer {
        // Any 32 bytes are a key of X25519; nobody opens what is sealed here.
        Sealer { device: SigningKey::from_seed([5; 32]), bank: PublicKey::from_bytes([9; 32]) }
    }

    fn entry(&self, number: u32) -> anyhow::Result<NewEntry> {
        let id = Uuid::from_u128(number.into());
        let content = sign::sign(sign::Namespace::Application, &[6; BODY - ADDED], &self.device);
        let address = sealed::Address {
            envelope_id: *id.as_bytes(),
            device: self.device.id(),
            schema: wire::bank::schema::APPLICATION,
        };
        let body = sealed::seal(&content, &self.bank, &address, &client::ports::SystemEntropy)?;
        let digest = *Digest::of(&body).as_bytes();
        Ok(NewEntry { body, digest, ..plain_entry(number) })
    }
}

/// Microseconds of one signature, seal and digest, without a post.
fn sealing_us(sealer: &Sealer) -> anyhow::Result<f64> {
    let mut times = Vec::new();
    for number in 0..ROUND {
        let start = Instant::now();
        sealer.entry(number)?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    Ok(median(times))
}

/// Settlements a second, in commits of 16.
fn settlements(outbox: &Outbox) -> anyhow::Result<f64> {
    let now = Timestamp::from(1_800_000_000_000);
    let heads = outbox.entries()?;
    let start = Instant::now();
    for sixteen in heads.chunks(16) {
        let ends: Vec<_> = sixteen
            .iter()
            .map(|head| Settlement {
                id: head.id,
                outcome: Outcome::Delivered { proof: vec![4; 250], at: now },
                jitter: 0,
            })
            .collect();
        outbox.settle_all(&ends, now)?;
    }
    Ok(heads.len() as f64 / start.elapsed().as_secs_f64())
}
