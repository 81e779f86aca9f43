//! Parts against a real file.

use super::*;
use crate::entry::{NewEntry, Outcome, Timestamp};
use crate::outbox::PostError;
use crate::outbox::tests::{Queue, at, delivered, entry, id, parked};
use crate::policy::{CHUNK_BYTES, MAX_PARTS_PER_ENTRY};

/// Bytes that differ from place to place, so that a shifted range is seen.
pub(in crate::outbox) fn part(number: u8, size_bytes: usize) -> NewPart {
    let bytes = (0..size_bytes).map(|at| (at.wrapping_mul(31) >> 3) as u8 ^ number).collect();
    NewPart { digest: PartDigest([number; 32]), bytes, saved_at: at(1_000) }
}

pub(in crate::outbox) fn digest(number: u8) -> PartDigest {
    PartDigest([number; 32])
}

#[test]
fn a_part_comes_back_from_any_byte_on_after_reopening() {
    let sizes = [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 77];
    for (number, size) in (0u8..).zip(sizes) {
        let queue = Queue::new();
        let posted = part(number, size);
        queue.outbox.add_part(&posted).unwrap();
        let queue = queue.reopened();
        let edges = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, size - 1, size];
        for from in edges.into_iter().filter(|from| *from <= size) {
            for max_len in [0, 1, 1000, CHUNK_BYTES, CHUNK_BYTES + 1, size, usize::MAX] {
                let read = queue.outbox.part_bytes(digest(number), from as u64, max_len).unwrap();
                let to = size.min(from.saturating_add(max_len));
                assert!(read == posted.bytes[from..to], "{size} bytes from {from}, {max_len}");
            }
        }
    }
}

#[test]
fn a_part_has_a_size() {
    let queue = Queue::new();
    let most = usize::try_from(MAX_PART_BYTES).unwrap();
    for size in [0, most + 1] {
        let refused = queue.outbox.add_part(&part(1, size)).unwrap_err();
        assert!(matches!(refused, PartError::Size { .. }), "{refused:?}");
    }
    assert_eq!(queue.outbox.add_part(&part(1, most)).unwrap().size_bytes, MAX_PART_BYTES);
}

#[test]
fn adding_a_part_again_changes_nothing_and_another_size_is_refused() {
    let queue = Queue::new();
    queue.outbox.add_part(&part(1, 50)).unwrap();
    queue.outbox.part_progress(digest(1), 20).unwrap();
    let again = queue.outbox.add_part(&part(1, 50)).unwrap();
    assert_eq!(again.confirmed_bytes, 20);
    let refused = queue.outbox.add_part(&part(1, 51)).unwrap_err();
    assert!(matches!(refused, PartError::SizeDiffers { .. }), "{refused:?}");
    assert_eq!(queue.outbox.part_bytes(digest(1), 0, 99).unwrap(), part(1, 50).bytes);
}

#[test]
fn the_word_of_the_receiver_counts_forth_and_back_and_never_past_the_end() {
    let queue = Queue::new();
    queue.outbox.add_part(&part(1, 50)).unwrap();
    let table = [
        (Some(20), Ok((20, false))),
        (Some(51), Err(())),
        (Some(50), Ok((50, false))),
        (None, Ok((50, true))),
        (Some(50), Ok((50, true))),
        (Some(3), Ok((3, false))),
        (Some(0), Ok((0, false))),
    ];
    for (offset, expected) in table {
        let said = match offset {
            Some(offset) => queue.outbox.part_progress(digest(1), offset),
            None => queue.outbox.part_done(digest(1)),
        };
        match (said, expected) {
            (Ok(part), Ok(expected)) => {
                assert_eq!((part.confirmed_bytes, part.is_done), expected);
                assert_eq!(queue.outbox.part(digest(1)).unwrap(), Some(part));
            }
            (Err(PartError::PastEnd { size_bytes: 50, .. }), Err(())) => {}
            other => panic!("{other:?}"),
        }
    }
    let progress = queue.outbox.part_progress(digest(9), 0);
    assert!(matches!(progress, Err(PartError::Unknown(_))));
}

#[test]
fn an_entry_is_posted_only_with_all_of_its_parts() {
    let queue = Queue::with(&[2]);
    queue.outbox.add_part(&part(1, 50)).unwrap();
    let refused =
        queue.outbox.post_with_parts(&entry(1), &[digest(1), digest(7)], &[id(2)]).unwrap_err();
    assert!(matches!(refused, PostError::PartMissing { digest: told } if told == digest(7)));
    assert_eq!(queue.outbox.entry(id(1)).unwrap(), None);
    assert_eq!(queue.state(2), EntryState::FRESH, "nothing was cancelled either");
}

#[test]
fn a_delivery_lists_its_parts_in_order_each_once() {
    let queue = Queue::new();
    for number in [1, 2, 3] {
        queue.outbox.add_part(&part(number, 40 + usize::from(number))).unwrap();
    }
    queue.outbox.part_progress(digest(3), 9).unwrap();
    queue.outbox.part_done(digest(1)).unwrap();
    let named = [digest(3), digest(1), digest(3)];
    queue.outbox.post_with_parts(&entry(1), &named, &[]).unwrap();
    let delivery = queue.outbox.begin(id(1)).unwrap().unwrap();
    let listed: Vec<_> = delivery
        .parts()
        .iter()
        .map(|part| (part.digest, part.size_bytes, part.confirmed_bytes, part.is_done))
        .collect();
    assert_eq!(listed, [(digest(3), 43, 9, false), (digest(1), 41, 41, true)]);
    assert_eq!(queue.outbox.parts(id(1)).unwrap(), delivery.parts());
}

#[test]
fn posting_again_asks_for_the_same_parts() {
    let queue = Queue::new();
    queue.outbox.add_part(&part(1, 50)).unwrap();
    queue.outbox.post_with_parts(&entry(1), &[digest(1)], &[]).unwrap();
    queue.outbox.post_with_parts(&entry(1), &[digest(1), digest(1)], &[]).unwrap();
    let refused = queue.outbox.post(&entry(1), &[]).unwrap_err();
    assert!(matches!(refused, PostError::PartsDiffer { .. }), "{refused:?}");
}

#[test]
fn an_entry_names_no_more_parts_than_the_limit() {
    let queue = Queue::new();
    let most = u8::try_from(MAX_PARTS_PER_ENTRY).unwrap();
    let named: Vec<_> = (0..=most).map(digest).collect();
    for number in 0..=most {
        queue.outbox.add_part(&part(number, 5)).unwrap();
    }
    let refused = queue.outbox.post_with_parts(&entry(1), &named, &[]).unwrap_err();
    assert!(matches!(refused, PostError::TooManyParts { named: 41 }), "{refused:?}");
    queue.outbox.post_with_parts(&entry(1), &named[1..], &[]).unwrap();
}

#[test]
fn a_part_that_two_entries_share_is_uploaded_once() {
    let queue = Queue::new();
    queue.outbox.add_part(&part(1, 50)).unwrap();
    for number in [1, 2] {
        queue.outbox.post_with_parts(&entry(number), &[digest(1)], &[]).unwrap();
    }
    queue.outbox.part_done(digest(1)).unwrap();
    assert!(queue.outbox.begin(id(2)).unwrap().unwrap().parts()[0].is_done);
}

#[test]
fn progress_counts_parts_as_they_are_confirmed_and_the_body_at_the_end() {
    let queue = Queue::with(&[2]);
    queue.outbox.add_part(&part(1, 1000)).unwrap();
    queue.outbox.post_with_parts(&entry(1), &[digest(1)], &[]).unwrap();
    let of = |number| {
        let progress = queue.outbox.progress(id(number)).unwrap().unwrap();
        (progress.confirmed_bytes, progress.total_bytes)
    };
    assert_eq!((of(1), of(2)), ((0, 1050), (0, 50)));
    queue.outbox.part_progress(digest(1), 400).unwrap();
    assert_eq!(of(1), (400, 1050));
    queue.outbox.part_done(digest(1)).unwrap();
    assert_eq!(of(1), (1000, 1050));
    queue.outbox.settle(id(1), &delivered(), at(5), 0).unwrap();
    assert_eq!(of(1), (1050, 1050));
    assert_eq!(queue.outbox.progress(id(9)).unwrap(), None);
}

#[test]
fn a_part_on_a_full_disk_is_refused_in_whole_and_saved_once_there_is_room() {
    let queue = Queue::with(&[1]);
    let large = part(1, 3 * CHUNK_BYTES);
    for pages in [0, 1, 70, 150, 187] {
        queue.leave_room_for(pages);
        let refused = queue.outbox.add_part(&large).unwrap_err();
        assert!(matches!(refused, PartError::DiskFull(_)), "{pages}: {refused:?}");
        assert_eq!(queue.outbox.part(digest(1)).unwrap(), None);
    }
    queue.leave_room_for(1_000);
    queue.outbox.add_part(&large).unwrap();
    assert_eq!(queue.outbox.part_bytes(digest(1), 0, usize::MAX).unwrap(), large.bytes);
}

#[test]
fn a_chunk_that_is_gone_or_short_is_told_as_damage() {
    for harm in [
        "delete from part_chunk where ordinal = 1",
        "update part_chunk set bytes = x'01' where ordinal = 1",
    ] {
        let queue = Queue::new();
        queue.outbox.add_part(&part(1, 2 * CHUNK_BYTES)).unwrap();
        queue.outbox.store().connection().execute(harm, []).unwrap();
        let whole = queue.outbox.part_bytes(digest(1), 0, usize::MAX);
        assert!(matches!(whole, Err(PartError::Store(StoreError::Damaged(_)))), "{whole:?}");
        assert_eq!(queue.outbox.part_bytes(digest(1), 0, 9).unwrap().len(), 9);
    }
}

#[test]
fn a_part_of_a_parked_entry_waits_with_it() {
    let queue = Queue::new();
    queue.outbox.add_part(&part(1, 50)).unwrap();
    let early = NewEntry { saved_at: Timestamp::from(0), ..entry(1) };
    queue.outbox.post_with_parts(&early, &[digest(1)], &[]).unwrap();
    queue.outbox.settle(id(1), &parked(), at(5), 0).unwrap();
    queue.outbox.purge(at(u64::MAX), &[]).unwrap();
    queue.outbox.release(id(1)).unwrap();
    queue.outbox.settle(id(1), &Outcome::NotTried, at(5), 0).unwrap();
    assert_eq!(queue.outbox.part_bytes(digest(1), 0, 99).unwrap().len(), 50);
}
