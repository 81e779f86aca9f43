use super::*;
use crate::ledger::suite::{self, Store};
use rusqlite::Connection;
use std::path::PathBuf;

struct File {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

impl File {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { path: dir.path().join("ledger.sqlite"), _dir: dir }
    }
}

impl Store for File {
    fn open(&self) -> Arc<dyn Ledger> {
        Arc::new(SqliteLedger::open(&self.path).unwrap())
    }
}

macro_rules! suite {
    ($($check:ident)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $check() {
            suite::$check(&File::new()).await;
        }
    )+};
}

suite! {
    a_replay_gets_the_first_acknowledgement
    another_content_under_a_known_id_is_a_conflict
    what_is_missing_of_a_list_is_told_by_id_digest_and_device
    everything_of_an_envelope_is_written_together
    a_refused_step_leaves_nothing_behind
    two_devices_may_use_one_record_id
    a_withdrawal_may_come_before_its_application
    a_gap_in_a_devices_numbers_is_seen
    a_gap_that_is_filled_closes_its_alarm
    a_number_used_twice_and_a_conflict_stay_alarms
    concurrent_duplicates_have_one_effect
    the_log_only_grows_and_proves_each_receipt
    reopening_keeps_everything
    an_asker_that_goes_away_loses_only_the_answer
    a_part_is_begun_once_and_is_its_devices_own
    a_change_of_a_part_fits_only_its_state
    of_concurrent_changes_of_a_part_one_fits
    what_is_pending_of_a_device_is_bounded
    what_is_dropped_leaves_a_note_of_its_objects
    an_envelope_takes_its_parts_in_one_transaction
    a_part_of_another_device_is_missing
    a_lost_part_of_an_envelope_is_wanted_again_and_its_device_brings_it
    a_lost_part_that_no_envelope_names_is_dropped
}

#[tokio::test]
async fn a_thousand_random_operations_agree_with_a_model() {
    for seed in [1, 0x5eed, 0x0261_1220] {
        suite::a_thousand_random_operations_agree_with_a_model(&File::new(), seed).await;
    }
}

#[test]
fn a_newer_ledger_is_refused_untouched() {
    let file = File::new();
    drop(file.open());
    let connection = Connection::open(&file.path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let before = std::fs::read(&file.path).unwrap();
    let error = SqliteLedger::open(&file.path).unwrap_err();
    assert!(matches!(error, LedgerError::TooNew { found: 99, known: 5 }), "{error}");
    assert_eq!(std::fs::read(&file.path).unwrap(), before);
}

#[test]
fn a_damaged_or_foreign_file_is_refused_untouched() {
    let damaged = File::new();
    drop(damaged.open());
    let mut bytes = std::fs::read(&damaged.path).unwrap();
    // The header of the second page, a table of ours.
    bytes[4096..4200].fill(0xa5);
    std::fs::write(&damaged.path, &bytes).unwrap();
    let foreign = File::new();
    Connection::open(&foreign.path).unwrap().execute_batch("create table t (a)").unwrap();
    let text = File::new();
    std::fs::write(&text.path, "not a database, but long enough to be read as one".repeat(30))
        .unwrap();
    for file in [damaged, foreign, text] {
        let before = std::fs::read(&file.path).unwrap();
        let error = SqliteLedger::open(&file.path).unwrap_err();
        assert!(matches!(error, LedgerError::Unreadable(_)), "{error}");
        assert_eq!(std::fs::read(&file.path).unwrap(), before);
    }
}

#[test]
fn a_log_that_lost_its_database_is_not_deleted() {
    let file = File::new();
    let log = file.path.with_file_name("ledger.sqlite-wal");
    std::fs::write(&log, b"acknowledged").unwrap();
    let error = SqliteLedger::open(&file.path).unwrap_err();
    assert!(matches!(error, LedgerError::Unreadable(_)), "{error}");
    assert_eq!(std::fs::read(&log).unwrap(), b"acknowledged");
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_ledger() {
    let file = File::new();
    let _ledger = file.open();
    only_the_owner_can_read(&file);
}

#[cfg(not(unix))]
fn only_the_owner_can_read(_: &File) {}

#[cfg(unix)]
fn only_the_owner_can_read(file: &File) {
    use std::os::unix::fs::PermissionsExt;
    for entry in std::fs::read_dir(file.path.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
}

#[tokio::test]
async fn a_full_disk_is_told_and_what_was_there_stays() {
    let file = File::new();
    let ledger =
        SqliteLedger::with_queue(&file.path, Lock::share(&file.path).unwrap(), 16, |connection| {
            connection.pragma_update_and_check(None, "max_page_count", 60, |_| Ok(()))
        })
        .unwrap();
    let mut answered = 0;
    let error = loop {
        let mut admission = suite::application(answered + 1, 1, 1);
        admission.body = vec![7; 20_000];
        match ledger.admit(admission).await {
            Ok(_) => answered += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, LedgerError::DiskFull), "{error}");
    let replay = ledger.admit(suite::application(1, 1, 1)).await;
    assert!(matches!(replay, Ok(Admitted::Replayed { .. })), "{replay:?}");
    assert_eq!(u128::from(ledger.tally().await.unwrap().envelopes), answered);
}

#[tokio::test]
async fn a_ledger_that_was_closed_is_one_file() {
    let file = File::new();
    let ledger = file.open();
    ledger.admit(suite::application(1, 1, 1)).await.unwrap();
    ledger.tally().await.unwrap();
    drop(ledger);
    assert!(!file.path.with_extension("sqlite-wal").exists());
    assert_eq!(file.open().tally().await.unwrap().envelopes, 1);
}

#[tokio::test]
async fn a_full_queue_is_busy_and_what_was_queued_is_kept() {
    let file = File::new();
    let ledger =
        SqliteLedger::with_queue(&file.path, Lock::share(&file.path).unwrap(), 2, |_| Ok(()))
            .unwrap();
    let lock = Connection::open(&file.path).unwrap();
    lock.execute_batch("begin immediate").unwrap();
    let mut queued = Vec::new();
    let mut busy = 0;
    for n in 1..=10 {
        let mut answer = ledger.admit(suite::application(n, 1, u64::try_from(n).unwrap()));
        // Polling once tells a refused order from one that waits.
        let waker = std::task::Waker::noop();
        match answer.as_mut().poll(&mut std::task::Context::from_waker(waker)) {
            std::task::Poll::Ready(Err(LedgerError::Busy)) => busy += 1,
            std::task::Poll::Ready(other) => panic!("{other:?}"),
            std::task::Poll::Pending => queued.push(answer),
        }
    }
    assert!(busy >= 1);
    lock.execute_batch("rollback").unwrap();
    let kept = queued.len();
    for answer in queued {
        assert!(matches!(answer.await, Ok(Admitted::Recorded { .. })));
    }
    assert_eq!(ledger.tally().await.unwrap().envelopes, kept as u64);
}

#[tokio::test]
async fn readers_cannot_write() {
    let file = File::new();
    let ledger = SqliteLedger::open(&file.path).unwrap();
    let error =
        ledger.read(|connection| connection.execute("delete from job", [])).await.unwrap_err();
    assert!(matches!(error, LedgerError::Storage(_)), "{error}");
}

/// Keeps a ledger open for writing, so that its log is not moved into it.
pub(crate) fn hold(path: &Path) -> Box<dyn std::any::Any> {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("update device set last_seen_at = last_seen_at + 1").unwrap();
    Box::new(connection)
}

/// Does to a ledger what no code path does.
pub(crate) fn execute(path: &Path, statement: &str) -> rusqlite::Result<()> {
    Connection::open(path)?.execute_batch(statement)
}

/// One number from a ledger.
pub(crate) fn number(path: &Path, query: &str) -> i64 {
    Connection::open(path).unwrap().query_row(query, [], |row| row.get(0)).unwrap()
}

/// Takes a ledger or a backup back to its first version.
pub(crate) fn make_older(path: &Path) {
    let tables = "drop table envelope_conflict; drop table envelope_part; drop table part;
        drop table part_litter; drop table log_entry; drop table log_node;
        drop table withdrawal_certificate;
        pragma user_version = 1";
    Connection::open(path).unwrap().execute_batch(tables).unwrap();
}

#[tokio::test]
async fn an_older_ledger_is_copied_aside_and_brought_up_to_date_with_all_it_holds() {
    let file = File::new();
    let first = suite::application(1, 1, 1);
    file.open().admit(first.clone()).await.unwrap();
    make_older(&file.path);
    let ledger = file.open();
    let replay = ledger.admit(first.clone()).await.unwrap();
    assert_eq!(replay, Admitted::Replayed { ack: first.ack });
    let change = crate::ledger::parts::PartChange::Open(suite::part(1, 1));
    ledger.change_part(change).await.unwrap();
    drop(ledger);
    let copy = Connection::open(file.path.with_file_name("ledger.sqlite.v1")).unwrap();
    let version: u32 = copy.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let envelopes: u32 =
        copy.query_row("select count(*) from envelope", [], |row| row.get(0)).unwrap();
    assert_eq!((version, envelopes), (1, 1));
    only_the_owner_can_read(&file);
    assert!(!file.path.with_file_name("ledger.sqlite.v1.partial").exists());
}
