//! Salvage: nothing that can be read is lost, and what cannot is told.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::entry::{NewEntry, Outcome};
use crate::keeping::Epoch;
use crate::outbox::tests::{Queue, at, delivered, id, parked};
use crate::outbox::{MoveError, Outbox};
use crate::part::PartDigest;
use crate::quarantine;

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

fn entry(number: u8) -> NewEntry {
    let body = vec![number; 3000];
    NewEntry { digest: digest_of(&body), body, ..crate::outbox::tests::entry(number) }
}

fn part(number: u8) -> NewPart {
    let bytes = vec![number; if number == 0 { 270_000 } else { 5_000 }];
    NewPart { digest: PartDigest(digest_of(&bytes)), bytes, saved_at: at(1) }
}

/// Thirty entries in every state, some with parts; one that is being sent again.
fn source() -> Queue {
    let queue = Queue::new();
    queue.outbox.note_epoch(Epoch(1)).unwrap();
    for number in 0..3 {
        queue.outbox.add_part(&part(number)).unwrap();
    }
    for number in 0..30 {
        let named: Vec<_> =
            (0..3).filter(|_| number % 5 == 0).map(|number| part(number).digest).collect();
        queue.outbox.post_with_parts(&entry(number), &named, &[]).unwrap();
        match number % 6 {
            1 => drop(queue.outbox.settle(id(number), &parked(), at(9), 0).unwrap()),
            2 | 3 => drop(queue.outbox.settle(id(number), &delivered(), at(9), 0).unwrap()),
            4 => drop(queue.outbox.cancel(id(number), at(9)).unwrap()),
            _ => {}
        }
    }
    queue.outbox.resend(id(2)).unwrap();
    queue
}

/// Closes, damages and moves aside; gives a new queue in the same folder and what is to be read.
fn put_aside(queue: Queue, harm: impl FnOnce(&mut Vec<u8>)) -> (Queue, PathBuf) {
    let Queue { outbox, folder } = queue;
    drop(outbox);
    let path = folder.path().join("outbox.db");
    let mut bytes = fs::read(&path).unwrap();
    harm(&mut bytes);
    fs::write(&path, bytes).unwrap();
    let aside = quarantine(&path, at(5)).unwrap();
    (Queue { outbox: Outbox::open(&path).unwrap(), folder }, aside)
}

#[test]
fn everything_comes_out_of_a_sound_file() {
    let queue = source();
    let (heads, counts) = (queue.outbox.entries().unwrap(), queue.outbox.counts().unwrap());
    let (fresh, aside) = put_aside(queue, |_| {});
    let before = fs::read(&aside).unwrap();
    let salvaged = fresh.outbox.salvage(&aside, at(5), digest_of).unwrap();
    assert_eq!(salvaged, Salvaged { entries: 30, parts: 3, ..Salvaged::default() });
    assert_eq!(fresh.outbox.entries().unwrap(), heads);
    assert_eq!(fresh.outbox.counts().unwrap(), counts);
    assert_eq!(fresh.outbox.former_proof(id(2)).unwrap(), Some(vec![9, 9]));
    assert_eq!(fresh.outbox.proof(id(3)).unwrap(), Some(vec![9, 9]));
    let export = fresh.outbox.export(id(5)).unwrap().unwrap();
    assert_eq!((export.body, export.parts.len()), (Some(entry(5).body), 3));
    assert_eq!(fresh.outbox.part_bytes(part(1).digest, 0, 999_999).unwrap(), part(1).bytes);
    assert_eq!(fs::read(&aside).unwrap(), before, "the file was touched");
    let again = fresh.outbox.salvage(&aside, at(5), digest_of).unwrap();
    assert_eq!((again.entries, again.known), (0, 30));
}

#[test]
fn a_file_without_its_header_is_read_by_a_copy_that_does_not_stay() {
    let queue = source();
    let heads = queue.outbox.entries().unwrap();
    let (fresh, aside) = put_aside(queue, |bytes| bytes[..100].fill(0));
    let before = fs::read_dir(fresh.folder.path()).unwrap().count();
    let salvaged = fresh.outbox.salvage(&aside, at(5), digest_of).unwrap();
    assert_eq!((salvaged.entries, salvaged.parts), (30, 3));
    assert_eq!(fresh.outbox.entries().unwrap(), heads);
    assert_eq!(fs::read_dir(fresh.folder.path()).unwrap().count(), before);
}

#[test]
fn with_any_page_lost_the_rest_is_taken_up_and_nothing_is_made_up() {
    let sound = source();
    let heads = sound.outbox.entries().unwrap();
    let Queue { outbox, folder } = sound;
    drop(outbox);
    let bytes = fs::read(folder.path().join("outbox.db")).unwrap();
    let pages = bytes.len() / 4096;
    let (mut tried, mut whole) = (0, 0);
    // Every page of the list of tables, and every ninth of the many that hold bytes.
    for page in (1..pages).filter(|page| *page < 12 || page % 9 == 0) {
        let folder = tempfile::TempDir::new().unwrap();
        let aside = folder.path().join("aside.db");
        let mut damaged = bytes.clone();
        damaged[page * 4096..(page + 1) * 4096].fill(0xa5);
        fs::write(&aside, damaged).unwrap();
        let outbox = Outbox::open(&folder.path().join("outbox.db")).unwrap();
        let salvaged = outbox.salvage(&aside, at(5), digest_of).unwrap();
        let taken = outbox.entries().unwrap();
        let told = salvaged.entries + salvaged.damaged.len() as u64;
        assert_eq!(told, taken.len() as u64, "page {page}");
        assert!(taken.len() == 30 || salvaged.unreadable > 0, "page {page}: lost unsaid");
        tried += 30;
        whole += salvaged.entries;
        for head in taken {
            let was = heads.iter().find(|was| was.id == head.id).unwrap();
            if salvaged.damaged.contains(&head.id) {
                assert_eq!(head.state, EntryState::Parked { reason: DAMAGED });
                continue;
            }
            assert_eq!(head.state, was.state, "page {page}");
            let body = outbox.export(head.id).unwrap().unwrap().body;
            let is_live = matches!(head.state, EntryState::Queued { .. });
            assert!(body.is_some() || !is_live, "page {page}: queued without a body");
            assert!(body.is_none_or(|body| digest_of(&body) == head.digest));
        }
    }
    assert!(whole * 10 > tried * 8, "{whole} of {tried}: a page costs more than its own rows");
}

#[test]
fn an_entry_whose_body_is_wrong_is_shown_to_a_person_and_never_sent() {
    let queue = Queue::new();
    let harmed = NewEntry { body: vec![1; 3000], ..entry(2) };
    queue.outbox.post(&harmed, &[]).unwrap();
    let checked = queue.outbox.begin_checked(id(2), digest_of);
    assert!(matches!(checked, Err(StoreError::Damaged(_))), "{checked:?}");
    assert!(queue.outbox.sending().is_empty());
    let (fresh, aside) = put_aside(queue, |_| {});
    let salvaged = fresh.outbox.salvage(&aside, at(5), digest_of).unwrap();
    assert_eq!(salvaged.damaged, [id(2)]);
    assert_eq!(fresh.state(2), EntryState::Parked { reason: DAMAGED });
    fresh.outbox.release(id(2)).unwrap();
    assert!(matches!(fresh.outbox.begin(id(2)), Err(StoreError::Damaged(_))));
    fresh.outbox.cancel(id(2), at(9)).unwrap();
}

#[test]
fn what_is_no_outbox_gives_nothing() {
    let queue = Queue::new();
    let path = queue.folder.path().join("letter");
    for text in [String::new(), "a letter to the branch ".repeat(400)] {
        fs::write(&path, &text).unwrap();
        let refused = queue.outbox.salvage(&path, at(5), digest_of).unwrap_err();
        assert!(matches!(refused, SalvageError::Unreadable(_)), "{refused:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    let missing = queue.outbox.salvage(&queue.folder.path().join("none"), at(5), digest_of);
    assert!(matches!(missing, Err(SalvageError::Unreadable(_))));
}

#[test]
fn nothing_salvaged_is_purged_before_the_receiver_was_asked() {
    let (fresh, aside) = put_aside(source(), |_| {});
    fresh.outbox.salvage(&aside, at(5), digest_of).unwrap();
    fresh.outbox.note_epoch(Epoch(1)).unwrap();
    let late = at(9).plus(crate::policy::BODY_KEPT).plus(std::time::Duration::from_secs(9_999));
    fresh.outbox.reconciled(Epoch(1), &[], late).unwrap();
    fresh.outbox.purge(late, &[]).unwrap();
    assert!(fresh.outbox.export(id(3)).unwrap().unwrap().body.is_some());
    let resent = fresh.outbox.resend(id(3));
    assert!(!matches!(resent, Err(MoveError::BodyGone(_))));
    let anew = Outcome::Delivered { proof: vec![4], at: at(9) };
    fresh.outbox.settle(id(3), &anew, at(9), 0).unwrap();
}
