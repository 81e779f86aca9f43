//! An object store or a ledger that fails at each of its calls, in each of its ways: what is told
//! is as before, and the repeated request works.

use super::*;
use crate::ledger::{
    Admission, Admitted, Answer, Ledger, PartLedger, SqliteLedger, StoredApplication,
    StoredEnvelope, Tally,
    alarms::{Alarm, Conflict},
    log::{Countersignatures, Extension, RecordOnFile},
    stops::{FinishStop, Stop, StopLedger, StopWaiting, Stopping},
};
use async_trait::async_trait;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, memory::InMemory,
    path::Path as Name,
};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio_stream::StreamExt;
use uuid::Uuid;
use wire::reconciliation::Listed;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// No room (ENOSPC); nothing is written.
    Full,
    /// The device fails (EIO); nothing is written.
    Broken,
    /// It is written, and the answer is lost.
    AnswerLost,
}

impl Fault {
    fn error(self) -> Error {
        let source = match self {
            Self::Full => io::Error::from(io::ErrorKind::StorageFull),
            Self::Broken | Self::AnswerLost => io::Error::other("input/output error"),
        };
        Error::Generic { store: "test", source: source.into() }
    }
}

/// Fails once, at the call with this number, counted from 1.
#[derive(Debug)]
struct Trap {
    calls: AtomicU64,
    at: u64,
    fault: Fault,
}

impl Trap {
    fn new(at: u64, fault: Fault) -> Self {
        Self { calls: AtomicU64::new(0), at, fault }
    }

    /// The fault, if this call is the one.
    fn step(&self) -> Option<Fault> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        (number == self.at).then_some(self.fault)
    }

    fn was_sprung(&self) -> bool {
        self.calls.load(Ordering::SeqCst) >= self.at
    }
}

#[derive(Debug)]
struct FaultyStore {
    inner: InMemory,
    trap: Trap,
}

impl std::fmt::Display for FaultyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("faulty")
    }
}

type Stream<T> = std::pin::Pin<Box<dyn tokio_stream::Stream<Item = T> + Send>>;

#[async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(
        &self,
        location: &Name,
        payload: PutPayload,
        opts: PutOptions,
    ) -> object_store::Result<PutResult> {
        match self.trap.step() {
            None => self.inner.put_opts(location, payload, opts).await,
            Some(fault) => {
                if fault == Fault::AnswerLost {
                    self.inner.put_opts(location, payload, opts).await?;
                }
                Err(fault.error())
            }
        }
    }

    async fn put_multipart_opts(
        &self,
        location: &Name,
        opts: PutMultipartOptions,
    ) -> object_store::Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(
        &self,
        location: &Name,
        options: GetOptions,
    ) -> object_store::Result<GetResult> {
        match self.trap.step() {
            None => self.inner.get_opts(location, options).await,
            Some(fault) => Err(fault.error()),
        }
    }

    fn delete_stream(
        &self,
        locations: Stream<object_store::Result<Name>>,
    ) -> Stream<object_store::Result<Name>> {
        match self.trap.step() {
            None => self.inner.delete_stream(locations),
            Some(fault) => Box::pin(tokio_stream::iter([Err(fault.error())])),
        }
    }

    fn list(&self, prefix: Option<&Name>) -> Stream<object_store::Result<ObjectMeta>> {
        match self.trap.step() {
            None => self.inner.list(prefix),
            Some(fault) => Box::pin(tokio_stream::iter([Err(fault.error())])),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Name>) -> object_store::Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(
        &self,
        from: &Name,
        to: &Name,
        options: CopyOptions,
    ) -> object_store::Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

struct FaultyLedger {
    inner: SqliteLedger,
    trap: Arc<Trap>,
}

impl PartLedger for FaultyLedger {
    fn part(&self, device: PublicKey, digest: Digest) -> Answer<'_, Option<StoredPart>> {
        self.inner.part(device, digest)
    }
    fn parts_after(&self, after: Option<UploadId>, most: u32) -> Answer<'_, Vec<StoredPart>> {
        self.inner.parts_after(after, most)
    }
    fn litter(&self, most: u32) -> Answer<'_, Vec<Litter>> {
        self.inner.litter(most)
    }
    fn change_part(&self, change: PartChange) -> Answer<'_, PartChanged> {
        Box::pin(async move {
            let failed = || LedgerError::Storage("on purpose".into());
            match self.trap.step() {
                None => self.inner.change_part(change).await,
                Some(Fault::Full) => Err(LedgerError::DiskFull),
                Some(Fault::Broken) => Err(failed()),
                Some(Fault::AnswerLost) => {
                    self.inner.change_part(change).await?;
                    Err(failed())
                }
            }
        })
    }
}

impl StopLedger for FaultyLedger {
    fn stop(&self, id: Uuid) -> Answer<'_, Option<Stop>> {
        self.inner.stop(id)
    }
    fn stops_waiting(&self, after: u64, most: u32) -> Answer<'_, Vec<StopWaiting>> {
        self.inner.stops_waiting(after, most)
    }
    fn finish_stop(&self, finish: FinishStop) -> Answer<'_, bool> {
        self.inner.finish_stop(finish)
    }
    fn stopping(&self, id: Uuid) -> Answer<'_, Option<Stopping>> {
        self.inner.stopping(id)
    }
}

impl Ledger for FaultyLedger {
    fn admit(&self, admission: Admission) -> Answer<'_, Admitted> {
        self.inner.admit(admission)
    }
    fn envelope(&self, id: Uuid) -> Answer<'_, Option<StoredEnvelope>> {
        self.inner.envelope(id)
    }
    fn missing(&self, device: PublicKey, listed: Vec<Listed>) -> Answer<'_, Vec<[u8; 16]>> {
        self.inner.missing(device, listed)
    }
    fn application(&self, id: Uuid) -> Answer<'_, Option<StoredApplication>> {
        self.inner.application(id)
    }
    fn devices_of_record(&self, record_id: [u8; 16]) -> Answer<'_, Vec<PublicKey>> {
        self.inner.devices_of_record(record_id)
    }
    fn log(&self, earlier: u64) -> Answer<'_, Extension> {
        self.inner.log(earlier)
    }
    fn countersignatures(&self, records: Vec<Digest>) -> Answer<'_, Countersignatures> {
        self.inner.countersignatures(records)
    }
    fn records_of_case(&self, case: Uuid) -> Answer<'_, Vec<RecordOnFile>> {
        self.inner.records_of_case(case)
    }
    fn note_conflict(&self, conflict: Conflict) -> Answer<'_, ()> {
        self.inner.note_conflict(conflict)
    }
    fn alarms(&self) -> Answer<'_, Vec<Alarm>> {
        self.inner.alarms()
    }
    fn tally(&self) -> Answer<'_, Tally> {
        self.inner.tally()
    }
}

/// Uploads a part in bodies that end inside of chunks, as a client would that goes on wherever the
/// bank says; returns how many requests were refused.
async fn upload_stubbornly(phone: &Phone, bank: &Bank, bytes: &[u8], told: &str) -> u32 {
    let (router, digest, size) = (bank.router(), Digest::of(bytes), bytes.len());
    let mut refused = 0;
    let mut offset = loop {
        let seen = phone.create(&router, bytes).await;
        if seen.status.is_success() {
            break seen.state().0;
        }
        refused += 1;
        assert!(refused < 3, "{told}");
    };
    loop {
        let from = usize::try_from(offset).unwrap();
        let end = size.min(from + 300_000);
        let is_end = end == size;
        let seen = phone.append(&router, digest, offset, is_end, &bytes[from..end]).await;
        if seen.status.is_success() {
            offset = seen.state().0;
            if seen.state().1 {
                return refused;
            }
            continue;
        }
        refused += 1;
        assert!(refused < 3, "{told}");
        let (status, code) = seen.problem();
        let faults = [(507, ProblemCode::DiskFull), (500, ProblemCode::Internal)];
        assert!(faults.contains(&(status, code)), "{told}: {status} {code}");
        let head = phone.head(&router, digest).await;
        let (now, _) = head.state();
        assert!(now >= offset, "{told}: went back from {offset} to {now}");
        let back = end as u64 - now.min(end as u64);
        assert!(back <= (end - from) as u64, "{told}: more than that body is sent again");
        offset = now;
    }
}

async fn check_whole(bank: &Bank, phone: &Phone, bytes: &[u8], told: &str) {
    let key = PartKey { device: phone.key.public(), digest: Digest::of(bytes) };
    assert!(bank.part_bytes(key).await.unwrap() == bytes, "{told}");
}

const FAULTS: [Fault; 3] = [Fault::Full, Fault::Broken, Fault::AnswerLost];

#[tokio::test]
async fn an_object_store_that_fails_at_any_call_leaves_a_part_that_goes_on() {
    let phone = Phone::new(1);
    let bytes = content(1, 2 * CHUNK + 4711);
    for fault in FAULTS {
        for at in 1.. {
            let told = format!("{fault:?} at call {at}");
            let test = TestBank::new();
            let store =
                Arc::new(FaultyStore { inner: InMemory::new(), trap: Trap::new(at, fault) });
            let bank = test.open_with_objects(Arc::clone(&store) as Arc<dyn ObjectStore>);
            upload_stubbornly(&phone, &bank, &bytes, &told).await;
            if !store.trap.was_sprung() {
                assert!(at > 10, "there are calls to fail");
                break;
            }
            check_whole(&bank, &phone, &bytes, &told).await;
            // What could not be deleted is written down, and the next pass does it.
            bank.sweep_parts().await.unwrap();
            assert_eq!(bank.ledger().litter(9).await.unwrap(), [], "{told}");
            let left = store.inner.list(None).collect::<Vec<_>>().await;
            assert_eq!(left.len(), 1, "{told}: only the whole is left");
        }
    }
}

/// Bytes first, then the row: a crash between them is a change that is not written.
#[tokio::test]
async fn a_ledger_that_fails_at_any_change_leaves_a_part_that_goes_on() {
    let phone = Phone::new(1);
    let bytes = content(1, 2 * CHUNK + 4711);
    for fault in FAULTS {
        for at in 1.. {
            let told = format!("{fault:?} at change {at}");
            let test = TestBank::new();
            let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
            let inner = SqliteLedger::open(&test.folder().ledger()).unwrap();
            let trap = Arc::new(Trap::new(at, fault));
            let ledger = FaultyLedger { inner, trap: Arc::clone(&trap) };
            let bank = test.open_with_stores(Arc::new(ledger), Arc::clone(&store));
            upload_stubbornly(&phone, &bank, &bytes, &told).await;
            if !trap.was_sprung() {
                assert!(at > 5, "there are changes to fail");
                break;
            }
            check_whole(&bank, &phone, &bytes, &told).await;
            bank.sweep_parts().await.unwrap();
            assert_eq!(bank.ledger().litter(9).await.unwrap(), [], "{told}");
            let left = store.list(None).collect::<Vec<_>>().await;
            assert_eq!(left.len(), 1, "{told}: only the whole is left");
        }
    }
}

/// The folder of this machine itself, which cannot be written to.
#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_cannot_be_written_to_is_told_and_tried_again() {
    let test = TestBank::new();
    let phone = Phone::new(1);
    let router = test.open().router();
    let bytes = content(1, 100);
    let digest = Digest::of(&bytes);
    phone.create(&router, &bytes).await;
    // A file where a folder belongs fails for everybody, also for root.
    let in_the_way = test.folder().objects().join("parts");
    std::fs::write(&in_the_way, b"").unwrap();
    let seen = phone.append(&router, digest, 0, true, &bytes).await;
    assert_eq!(seen.problem(), (500, ProblemCode::Internal));
    assert_eq!(phone.head(&router, digest).await.state(), (0, false));
    std::fs::remove_file(in_the_way).unwrap();
    let seen = phone.append(&router, digest, 0, true, &bytes).await;
    assert_eq!(seen.state(), (100, true));
}
