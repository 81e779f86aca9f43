//! Parts whose bytes are gone.

use super::parts::{
    SIZE_BYTES, advance, application_with, at, change, complete, litter, part, stored, upload,
};
use super::{Store, admit, recorded};
use crate::ledger::{
    Admitted,
    parts::{Litter, NewPart, PartChange, PartChanged, PartState},
};
use wire::reconciliation::Listed;

fn lose(part: &NewPart) -> PartChange {
    PartChange::Lose { upload: part.upload, at: at(40), expires_at: at(100) }
}

fn find(part: &NewPart) -> PartChange {
    PartChange::Find { upload: part.upload, at: at(50), expires_at: at(400) }
}

/// An envelope whose part is lost is missing, is not acknowledged, and is whole again once its
/// device has brought the part, or once the bytes are found. Nothing expires meanwhile.
pub async fn a_lost_part_of_an_envelope_is_wanted_again_and_its_device_brings_it(
    store: &dyn Store,
) {
    let ledger = store.open();
    let (kept, gone) = (part(1, 1), part(2, 1));
    upload(&ledger, &kept).await;
    upload(&ledger, &gone).await;
    let envelope = application_with(1, 1, &[kept, gone]);
    assert_eq!(admit(&ledger, &envelope).await, recorded());
    let id = envelope.id.into_bytes();
    let list = || vec![Listed { id, digest: *envelope.digest.as_bytes() }];
    for is_brought in [true, false] {
        assert_eq!(change(&ledger, lose(&gone)).await, PartChanged::Done);
        let row = stored(&ledger, &gone).await.expect("is on record");
        assert_eq!((row.state, row.received_bytes), (PartState::Uploading, 0));
        assert_eq!(litter(&ledger).await, [Litter::Pieces(kept.upload)], "its names are used anew");
        let expire = PartChange::Expire { now: at(9_999), most: 99 };
        assert_eq!(change(&ledger, expire).await, PartChanged::Expired(0), "named");
        let drop = PartChange::Drop { upload: gone.upload };
        assert_eq!(change(&ledger, drop).await, PartChanged::Stale, "named");

        assert_eq!(ledger.missing(envelope.device, list()).await.expect("reads"), [id]);
        let row = ledger.envelope(envelope.id).await.expect("reads").expect("is on record");
        assert!(!row.is_whole);
        let missing = Admitted::PartsMissing { missing: vec![gone.digest] };
        assert_eq!(admit(&ledger, &envelope).await, missing);

        if is_brought {
            assert_eq!(change(&ledger, advance(&gone, 0, SIZE_BYTES)).await, PartChanged::Done);
            assert_eq!(change(&ledger, complete(&gone)).await, PartChanged::Done);
        } else {
            assert_eq!(change(&ledger, find(&gone)).await, PartChanged::Done);
            assert_eq!(change(&ledger, find(&gone)).await, PartChanged::Stale, "twice");
        }
        let row = stored(&ledger, &gone).await.expect("is on record");
        assert_eq!((row.state, row.expires_at), (PartState::Attached, None));
        assert_eq!(row.received_bytes, SIZE_BYTES);
        assert_eq!(ledger.missing(envelope.device, list()).await.expect("reads"), [[0; 16]; 0]);
        let replayed = Admitted::Replayed { ack: envelope.ack.clone() };
        assert_eq!(admit(&ledger, &envelope).await, replayed);
    }
}

/// A lost part that no envelope names is begun anew; one that is found is complete. All of them
/// can be walked through.
pub async fn a_lost_part_that_no_envelope_names_is_dropped(store: &dyn Store) {
    let ledger = store.open();
    let parts = [part(1, 1), part(2, 2), part(3, 3)];
    for part in &parts {
        change(&ledger, PartChange::Open(*part)).await;
    }
    change(&ledger, advance(&parts[0], 0, 400)).await;
    let mut uploads = Vec::new();
    let mut after = None;
    while let [next] = ledger.parts_after(after, 1).await.expect("reads")[..] {
        after = Some(next.upload);
        uploads.push(next.upload);
    }
    assert_eq!(uploads, parts.map(|part| part.upload), "in their order");
    assert_eq!(change(&ledger, lose(&parts[0])).await, PartChanged::Done);
    assert_eq!(stored(&ledger, &parts[0]).await, None);
    assert_eq!(litter(&ledger).await, [Litter::Everything(parts[0].upload)]);
    assert_eq!(change(&ledger, lose(&parts[0])).await, PartChanged::Stale, "twice");
    assert_eq!(change(&ledger, find(&parts[0])).await, PartChanged::Stale, "gone");
    assert_eq!(change(&ledger, find(&parts[1])).await, PartChanged::Done);
    let found = stored(&ledger, &parts[1]).await.expect("is on record");
    assert_eq!((found.state, found.received_bytes), (PartState::Complete, SIZE_BYTES));
    assert_eq!(found.expires_at, Some(at(400)));
}
