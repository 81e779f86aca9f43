//! What every ledger must do with parts.

use super::{Admission, Admitted, Ledger, Store, admit, application, recorded, tally};
use crate::ledger::parts::{
    Litter, NewPart, PartChange, PartChanged, PartState, PendingQuota, StoredPart, UploadId,
};
use lending::part::Part;
use seal::{Digest, PublicKey, Timestamp};
use std::sync::Arc;

const SIZE_BYTES: u64 = 1_000;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// Part `n` of device `device`, begun at 10 ms, dropped at 100 ms, with a quota of three parts.
pub fn part(n: u8, device: u8) -> NewPart {
    NewPart {
        device: PublicKey::from_bytes([device; 32]),
        digest: Digest::of(&[n]),
        upload: UploadId([n, device].repeat(8).try_into().expect("16 bytes")),
        size_bytes: SIZE_BYTES,
        at: at(10),
        expires_at: at(100),
        quota: PendingQuota { bytes: 10 * SIZE_BYTES, parts: 3 },
    }
}

/// The same application with these parts of its device.
pub fn application_with(n: u128, device: u8, parts: &[NewPart]) -> Admission {
    let named = |part: &NewPart| Part {
        id: [5; 16],
        digest: part.digest,
        kind: "licence".into(),
        media_type: "image/jpeg".into(),
        size_bytes: part.size_bytes,
    };
    Admission { parts: parts.iter().map(named).collect(), ..application(n, device, 1) }
}

fn advance(part: &NewPart, from_bytes: u64, to_bytes: u64) -> PartChange {
    let upload = part.upload;
    PartChange::Advance { upload, from_bytes, to_bytes, at: at(20), expires_at: at(200) }
}

fn complete(part: &NewPart) -> PartChange {
    PartChange::Complete { upload: part.upload, at: at(30), expires_at: at(300) }
}

async fn change(ledger: &Arc<dyn Ledger>, change: PartChange) -> PartChanged {
    ledger.change_part(change).await.expect("the ledger changes")
}

async fn stored(ledger: &Arc<dyn Ledger>, part: &NewPart) -> Option<StoredPart> {
    ledger.part(part.device, part.digest).await.expect("the ledger reads")
}

async fn litter(ledger: &Arc<dyn Ledger>) -> Vec<Litter> {
    ledger.litter(99).await.expect("the ledger reads")
}

async fn upload(ledger: &Arc<dyn Ledger>, part: &NewPart) {
    assert_eq!(change(ledger, PartChange::Open(*part)).await, PartChanged::Done);
    assert_eq!(change(ledger, advance(part, 0, SIZE_BYTES)).await, PartChanged::Done);
    assert_eq!(change(ledger, complete(part)).await, PartChanged::Done);
}

/// A part begun again is found as far as it is, also after the ledger was opened again; another
/// device sees none of it.
pub async fn a_part_is_begun_once_and_is_its_devices_own(store: &dyn Store) {
    let ledger = store.open();
    let mine = part(1, 1);
    assert_eq!(stored(&ledger, &mine).await, None);
    assert_eq!(change(&ledger, PartChange::Open(mine)).await, PartChanged::Done);
    assert_eq!(change(&ledger, advance(&mine, 0, 400)).await, PartChanged::Done);
    drop(ledger);
    let ledger = store.open();
    let known = StoredPart {
        upload: mine.upload,
        size_bytes: SIZE_BYTES,
        received_bytes: 400,
        state: PartState::Uploading,
        expires_at: Some(at(200)),
    };
    let again = NewPart { upload: UploadId([9; 16]), ..mine };
    assert_eq!(change(&ledger, PartChange::Open(again)).await, PartChanged::Known(known));
    let theirs = NewPart { device: PublicKey::from_bytes([2; 32]), ..again };
    assert_eq!(stored(&ledger, &theirs).await, None);
    assert_eq!(change(&ledger, PartChange::Open(theirs)).await, PartChanged::Done);
    let began = stored(&ledger, &theirs).await.expect("is on record");
    assert_eq!((began.received_bytes, began.upload), (0, theirs.upload));
    assert_eq!(stored(&ledger, &mine).await, Some(known));
}

/// An offset moves only from where it is, forward, within the length; a part completes only as a
/// whole, and once.
pub async fn a_change_of_a_part_fits_only_its_state(store: &dyn Store) {
    let ledger = store.open();
    let mine = part(1, 1);
    assert_eq!(change(&ledger, advance(&mine, 0, 1)).await, PartChanged::Stale, "not begun");
    change(&ledger, PartChange::Open(mine)).await;
    assert_eq!(change(&ledger, complete(&mine)).await, PartChanged::Stale, "no bytes");
    assert_eq!(change(&ledger, advance(&mine, 0, 600)).await, PartChanged::Done);
    assert_eq!(change(&ledger, advance(&mine, 0, 600)).await, PartChanged::Stale, "twice");
    assert_eq!(change(&ledger, advance(&mine, 599, 700)).await, PartChanged::Stale);
    assert!(ledger.change_part(advance(&mine, 600, SIZE_BYTES + 1)).await.is_err(), "too far");
    assert_eq!(change(&ledger, complete(&mine)).await, PartChanged::Stale, "not whole");
    assert_eq!(change(&ledger, advance(&mine, 600, SIZE_BYTES)).await, PartChanged::Done);
    assert_eq!(change(&ledger, complete(&mine)).await, PartChanged::Done);
    assert_eq!(change(&ledger, complete(&mine)).await, PartChanged::Stale, "complete");
    assert_eq!(change(&ledger, advance(&mine, 0, 1)).await, PartChanged::Stale, "complete");
    assert_eq!(litter(&ledger).await, [Litter::Pieces(mine.upload)]);
}

/// Of two gateways that count the same bytes one fits.
pub async fn of_concurrent_changes_of_a_part_one_fits(store: &dyn Store) {
    let ledger = store.open();
    let mine = part(1, 1);
    change(&ledger, PartChange::Open(mine)).await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 1..=32 {
        let ledger = Arc::clone(&ledger);
        tasks.spawn(async move { ledger.change_part(advance(&mine, 0, n)).await });
    }
    let answers = tasks.join_all().await;
    let done = |answer: &&Result<_, _>| matches!(answer, Ok(PartChanged::Done));
    assert_eq!(answers.iter().filter(done).count(), 1, "one fits");
}

/// A device has so many parts and bytes pending; what an envelope took does not count, and what
/// another device has neither.
pub async fn what_is_pending_of_a_device_is_bounded(store: &dyn Store) {
    let ledger = store.open();
    for n in 1..=3 {
        upload(&ledger, &part(n, 1)).await;
    }
    assert_eq!(change(&ledger, PartChange::Open(part(4, 1))).await, PartChanged::OverQuota);
    assert_eq!(change(&ledger, PartChange::Open(part(4, 2))).await, PartChanged::Done);
    let known = change(&ledger, PartChange::Open(part(3, 1))).await;
    assert!(matches!(known, PartChanged::Known(_)), "{known:?}");
    let taken = application_with(1, 1, &[part(1, 1)]);
    assert_eq!(admit(&ledger, &taken).await, recorded());
    let many_bytes = |size_bytes| PartChange::Open(NewPart { size_bytes, ..part(4, 1) });
    assert_eq!(change(&ledger, many_bytes(8 * SIZE_BYTES + 1)).await, PartChanged::OverQuota);
    assert_eq!(change(&ledger, many_bytes(u64::MAX)).await, PartChanged::OverQuota);
    assert_eq!(change(&ledger, many_bytes(8 * SIZE_BYTES)).await, PartChanged::Done);
}

/// A part that is dropped, or whose time is over, leaves a note of its objects until they are
/// deleted; begun anew it is another upload.
pub async fn what_is_dropped_leaves_a_note_of_its_objects(store: &dyn Store) {
    let ledger = store.open();
    let (dropped, finished, fresh) = (part(1, 1), part(2, 1), part(3, 1));
    change(&ledger, PartChange::Open(dropped)).await;
    upload(&ledger, &finished).await;
    change(&ledger, PartChange::Open(fresh)).await;
    let drop_it = PartChange::Drop { upload: dropped.upload };
    assert_eq!(change(&ledger, drop_it).await, PartChanged::Done);
    assert_eq!(change(&ledger, drop_it).await, PartChanged::Stale);
    assert_eq!(stored(&ledger, &dropped).await, None);
    let expire = |now| PartChange::Expire { now: at(now), most: 99 };
    assert_eq!(change(&ledger, expire(99)).await, PartChanged::Expired(0));
    assert_eq!(change(&ledger, expire(299)).await, PartChanged::Expired(1), "never advanced");
    assert_eq!(change(&ledger, expire(300)).await, PartChanged::Expired(1), "never taken");
    let mut left = litter(&ledger).await;
    left.sort();
    let everything = [dropped, finished, fresh].map(|part| Litter::Everything(part.upload));
    assert_eq!(left, everything, "more than pieces of the complete one");
    let pieces = PartChange::Swept(Litter::Pieces(finished.upload));
    assert_eq!(change(&ledger, pieces).await, PartChanged::Done);
    assert_eq!(litter(&ledger).await.len(), 3, "that note was replaced");
    for note in everything {
        change(&ledger, PartChange::Swept(note)).await;
    }
    assert_eq!(litter(&ledger).await, []);
    let anew = NewPart { upload: UploadId([9; 16]), ..dropped };
    assert_eq!(change(&ledger, PartChange::Open(anew)).await, PartChanged::Done);
    assert_eq!(change(&ledger, advance(&dropped, 0, 1)).await, PartChanged::Stale, "the old one");
}

/// An envelope is recorded with all its parts or not at all; then they stay for ever.
pub async fn an_envelope_takes_its_parts_in_one_transaction(store: &dyn Store) {
    let ledger = store.open();
    let (first, second, third) = (part(1, 1), part(2, 1), part(3, 1));
    upload(&ledger, &first).await;
    change(&ledger, PartChange::Open(second)).await;
    let admission = application_with(1, 1, &[first, second, third]);
    let before = tally(&ledger).await;
    let missing = Admitted::PartsMissing { missing: vec![second.digest, third.digest] };
    assert_eq!(admit(&ledger, &admission).await, missing);
    assert_eq!(admit(&ledger, &admission).await, missing, "asked again");
    assert_eq!(tally(&ledger).await, before, "nothing is recorded");
    assert_eq!(ledger.envelope(admission.id).await.expect("reads"), None);
    assert_eq!(stored(&ledger, &first).await.expect("is there").state, PartState::Complete);

    change(&ledger, advance(&second, 0, SIZE_BYTES)).await;
    change(&ledger, complete(&second)).await;
    upload(&ledger, &third).await;
    let shorter = Part { size_bytes: SIZE_BYTES - 1, ..admission.parts[1].clone() };
    let lies = Admission { parts: vec![shorter], ..admission.clone() };
    let differs = Admitted::PartDiffers { part: second.digest };
    assert_eq!(admit(&ledger, &lies).await, differs);
    assert_eq!(admit(&ledger, &admission).await, recorded());
    for part in [first, second, third] {
        let kept = stored(&ledger, &part).await.expect("is there");
        assert_eq!((kept.state, kept.expires_at), (PartState::Attached, None));
        let drop_it = PartChange::Drop { upload: part.upload };
        assert_eq!(change(&ledger, drop_it).await, PartChanged::Stale);
    }
    let expire = PartChange::Expire { now: at(u64::MAX), most: 99 };
    assert_eq!(change(&ledger, expire).await, PartChanged::Expired(0));
    let replayed = Admitted::Replayed { ack: admission.ack.clone() };
    assert_eq!(admit(&ledger, &admission).await, replayed);
    let another = Admission { parts: admission.parts.clone(), ..application(2, 1, 2) };
    assert_eq!(admit(&ledger, &another).await, recorded(), "a part may be named again");
}

/// A part counts only for the device that uploaded it.
pub async fn a_part_of_another_device_is_missing(store: &dyn Store) {
    let ledger = store.open();
    let theirs = part(1, 2);
    upload(&ledger, &theirs).await;
    let missing = Admitted::PartsMissing { missing: vec![theirs.digest] };
    assert_eq!(admit(&ledger, &application_with(1, 1, &[theirs])).await, missing);
}
