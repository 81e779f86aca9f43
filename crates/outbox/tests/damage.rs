//! Damage to the file, place by place: each is opened or refused with a typed word, and nothing
//! that was acknowledged is lost without a word.
//!
//! What SQLite cannot see is told by what the caller has anyway: a turned bit within a body by its
//! digest ([`Outbox::begin_checked`]), within a note or proof by their own seals.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;

use outbox::{
    Damage, EntryId, EntryState, Lane, NewEntry, NewPart, OpenError, Outbox, Outcome, PartDigest,
    Step, StoreError, Timestamp,
};
use tempfile::TempDir;
use uuid::Uuid;

const ENTRIES: u8 = 12;
const PAGE: usize = 4096;

struct Folder(TempDir);

impl Folder {
    /// In memory where the system offers that: these files are damaged by hand.
    fn new() -> Folder {
        Folder(TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap())
    }

    fn with(file: &[u8], log: &[u8]) -> Folder {
        let folder = Folder::new();
        fs::write(folder.file(), file).unwrap();
        if !log.is_empty() {
            fs::write(folder.log(), log).unwrap();
        }
        folder
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("outbox.db")
    }

    fn log(&self) -> PathBuf {
        self.0.path().join("outbox.db-wal")
    }
}

/// Stands in for SHA-256, which this crate does not have: depends on every byte and its place.
fn digest_of(bytes: &[u8]) -> [u8; 32] {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        sum = (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&sum.to_be_bytes());
    digest
}

fn at(ms: u64) -> Timestamp {
    Timestamp::from(ms)
}

fn id(number: u8) -> EntryId {
    EntryId(Uuid::from_u128(u128::from(number) + 1))
}

fn entry(number: u8) -> NewEntry {
    let body = vec![number; 1_000];
    NewEntry {
        id: id(number),
        lane: Lane::Normal,
        note: vec![number; 30],
        digest: digest_of(&body),
        body,
        saved_at: at(1_000 + u64::from(number)),
    }
}

fn part() -> NewPart {
    let bytes = vec![9; 10_000];
    NewPart { digest: PartDigest(digest_of(&bytes)), bytes, saved_at: at(1) }
}

/// Every third entry delivered, the others queued; the first names a part.
fn fill(outbox: &Outbox) {
    outbox.add_part(&part()).unwrap();
    for number in 0..ENTRIES {
        let parts = if number == 0 { vec![part().digest] } else { Vec::new() };
        outbox.post_with_parts(&entry(number), &parts, &[]).unwrap();
        if number % 3 == 2 {
            let end = Outcome::Delivered { proof: vec![number; 20], at: at(5_000) };
            outbox.settle(id(number), &end, at(5_000), 0).unwrap();
        }
    }
}

fn closed() -> Vec<u8> {
    let folder = Folder::new();
    let outbox = Outbox::open(&folder.file()).unwrap();
    fill(&outbox);
    drop(outbox);
    fs::read(folder.file()).unwrap()
}

/// What was acknowledged is here, or its loss is told: by `begin`, by the part, or by the state.
fn assert_nothing_is_lost_unsaid(outbox: &Outbox, place: &str) {
    let Ok(heads) = outbox.entries() else { return };
    assert_eq!(heads.len(), usize::from(ENTRIES), "{place}: an entry is gone");
    for number in 0..ENTRIES {
        let was = entry(number);
        // An id that was damaged is an entry that is missing, and the caller's list says so.
        let Some(head) = heads.iter().find(|head| head.id == was.id) else {
            assert_eq!(outbox.missing(&[was.id]).unwrap(), [was.id], "{place}");
            continue;
        };
        let is_delivered = number % 3 == 2;
        let is_state = matches!(head.state, EntryState::Delivered { .. }) == is_delivered;
        assert!(is_state, "{place}: entry {number} is {:?}", head.state);
        if is_delivered {
            assert!(outbox.proof(head.id).unwrap().is_some(), "{place}: delivered without proof");
            continue;
        }
        match outbox.begin_checked(head.id, digest_of) {
            Ok(Some(delivery)) => {
                assert!(delivery.body == was.body, "{place}: other bytes would be sent");
            }
            Ok(None) => panic!("{place}: entry {number} cannot be begun"),
            Err(StoreError::Damaged(_)) => {}
            Err(other) => panic!("{place}: {other:?}"),
        }
    }
}

/// Opens a damaged file and judges what comes; gives whether it was refused.
fn is_refused(folder: &Folder, place: &str) -> bool {
    let before = fs::read(folder.file()).unwrap();
    match Outbox::open(&folder.file()) {
        Ok(outbox) => {
            assert_nothing_is_lost_unsaid(&outbox, place);
            false
        }
        Err(OpenError::Unreadable(_) | OpenError::TooNew { .. }) => {
            assert_eq!(fs::read(folder.file()).unwrap(), before, "{place}: touched");
            true
        }
        Err(other) => panic!("{place}: {other:?}"),
    }
}

#[test]
fn a_turned_bit_on_any_page_is_refused_or_told() {
    let sound = closed();
    let mut refused = 0;
    let mut tried = 0;
    for page in 0..sound.len() / PAGE {
        // In the header of the page, then all over it.
        for offset in (0..12).step_by(2).chain((16..PAGE).step_by(509)) {
            let place = page * PAGE + offset;
            let mut damaged = sound.clone();
            damaged[place] ^= 1 << (place % 8);
            let folder = Folder::with(&damaged, &[]);
            tried += 1;
            refused += usize::from(is_refused(&folder, &format!("page {page} byte {offset}")));
        }
    }
    assert!(refused * 10 > tried, "{refused} of {tried}: the check at opening sees nothing");
}

#[test]
fn a_page_that_is_lost_in_whole_is_refused_or_told() {
    let sound = closed();
    for page in 0..sound.len() / PAGE {
        for filling in [0x00, 0xff, 0xa5] {
            let mut damaged = sound.clone();
            damaged[page * PAGE..(page + 1) * PAGE].fill(filling);
            let folder = Folder::with(&damaged, &[]);
            is_refused(&folder, &format!("page {page} of {filling:#x}"));
        }
    }
}

/// A process that vanished: its last commits are in the log only. Gives file and log, and how long
/// the log was after each commit, with what was acknowledged then.
fn killed() -> (Vec<u8>, Vec<u8>, Vec<(usize, u8)>) {
    let folder = Folder::new();
    drop(Outbox::open(&folder.file()).unwrap());
    let outbox = Outbox::open(&folder.file()).unwrap();
    let mut commits = vec![(0, 0)];
    for number in 0..4 {
        outbox.post(&entry(number), &[]).unwrap();
        commits.push((fs::metadata(folder.log()).map_or(0, |log| log.len() as usize), number + 1));
    }
    (fs::read(folder.file()).unwrap(), fs::read(folder.log()).unwrap(), commits)
}

#[test]
fn a_log_cut_at_any_byte_gives_every_commit_before_the_cut_and_the_rest_is_told_as_missing() {
    let (file, log, commits) = killed();
    let tail = commits[commits.len() - 3].0;
    // Every byte around the ends of frames and their headers, every 211th elsewhere.
    let frame = PAGE + 24;
    let near_an_end = |cut: &usize| (cut + frame - 32 + 4) % frame < 32;
    let cuts = (tail..=log.len()).filter(|cut| near_an_end(cut) || cut % 211 == 0);
    let all: Vec<_> = (0..4).map(id).collect();
    for cut in cuts.chain([0, 1, 31, 32, 33]) {
        let folder = Folder::with(&file, &log[..cut]);
        let outbox = Outbox::open(&folder.file()).unwrap();
        let kept = commits.iter().rev().find(|(length, _)| *length <= cut).unwrap().1;
        let heads = outbox.entries().unwrap();
        assert_eq!(heads.len(), usize::from(kept), "cut at {cut} of {}", log.len());
        assert_eq!(outbox.missing(&all).unwrap(), all[usize::from(kept)..]);
        for head in heads {
            let begun = outbox.begin_checked(head.id, digest_of).unwrap().unwrap();
            assert_eq!(begun.body.len(), 1_000, "cut at {cut}: half an entry");
        }
    }
}

#[test]
fn a_turned_bit_in_the_log_never_mixes_commits() {
    let (file, log, _) = killed();
    for place in (0..log.len()).step_by(151) {
        let mut damaged = log.clone();
        damaged[place] ^= 0x10;
        let folder = Folder::with(&file, &damaged);
        let outbox = Outbox::open(&folder.file()).unwrap();
        let heads = outbox.entries().unwrap();
        for (number, head) in (0..).zip(&heads) {
            assert_eq!(head.id, id(number), "byte {place}: a gap");
            let begun = outbox.begin_checked(head.id, digest_of).unwrap();
            assert!(begun.is_some(), "byte {place}: half an entry");
        }
    }
}

#[test]
fn what_stands_in_its_place_is_refused_with_a_word_of_its_own() {
    let foreign = Folder::new();
    let song = rusqlite::Connection::open(foreign.file()).unwrap();
    song.execute_batch("create table song (title text)").unwrap();
    drop(song);
    let mut zeroed = closed();
    zeroed[..100].fill(0);
    let text = "a letter to the branch ".repeat(400).into_bytes();
    let table = [
        ("foreign", fs::read(foreign.file()).unwrap()),
        ("zeroed header", zeroed),
        ("text", text),
        ("a few bytes", vec![7; 100]),
    ];
    for (name, bytes) in table {
        let folder = Folder::with(&bytes, &[]);
        let refused = Outbox::open(&folder.file()).map(|_| ()).expect_err(name);
        match (name, &refused) {
            ("foreign", OpenError::Unreadable(Damage::Foreign)) => {}
            ("foreign", _) => panic!("{refused:?}"),
            (_, OpenError::Unreadable(Damage::Malformed(_))) => {}
            _ => panic!("{name}: {refused:?}"),
        }
        assert_eq!(fs::read(folder.file()).unwrap(), bytes, "{name}: touched");
    }
}

#[test]
fn a_clock_ten_years_off_loses_nothing_and_holds_nothing_up() {
    const NOW: u64 = 1_800_000_000_000;
    const TEN_YEARS_MS: u64 = 10 * 365 * 24 * 60 * 60 * 1000;
    for clock in [NOW - TEN_YEARS_MS, NOW + TEN_YEARS_MS] {
        let folder = Folder::new();
        let outbox = Outbox::open(&folder.file()).unwrap();
        outbox.note_epoch(outbox::Epoch(1)).unwrap();
        outbox.add_part(&NewPart { saved_at: at(NOW), ..part() }).unwrap();
        outbox.post(&NewEntry { saved_at: at(NOW), ..entry(0) }, &[]).unwrap();
        outbox.post(&NewEntry { saved_at: at(clock), ..entry(1) }, &[]).unwrap();
        let end = Outcome::Delivered { proof: vec![1], at: at(NOW) };
        outbox.settle(id(1), &end, at(clock), 0).unwrap();
        outbox.settle(id(0), &Outcome::Later { retry_after: None }, at(NOW), 0).unwrap();
        outbox.reconciled(outbox::Epoch(1), &[id(1)], at(NOW)).unwrap();
        outbox.purge(at(clock), &[part().digest]).unwrap();
        drop(outbox);
        let outbox = Outbox::open(&folder.file()).unwrap();
        assert_eq!(outbox.next_step(at(clock)).unwrap(), Step::Send(id(0)), "due at once");
        assert!(outbox.export(id(1)).unwrap().unwrap().body.is_some(), "purged by a wrong clock");
        let named = NewEntry { saved_at: at(clock), ..entry(2) };
        outbox.post_with_parts(&named, &[part().digest], &[]).unwrap();
    }
}
