mod parts;

use super::*;
use crate::{
    intake::Taken,
    testing::{Device, NOW, TestBank},
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A bank with envelopes 1 and 2, a backup of it, and envelope 3 after that.
struct Setting {
    test: TestBank,
    bodies: Vec<Vec<u8>>,
    outside: tempfile::TempDir,
}

impl Setting {
    async fn new() -> Self {
        let (test, device) = (TestBank::new(), Device::new(1));
        let bodies: Vec<_> =
            (1..=3).map(|n| device.envelope(&test, id(n), u64::try_from(n).unwrap())).collect();
        let setting = Self { test, bodies, outside: tempfile::tempdir().unwrap() };
        let bank = setting.test.open();
        for n in 1..=2 {
            bank.admit(id(n), setting.body(n)).await.unwrap();
        }
        // The gateway goes on.
        let made = back_up(setting.data(), &setting.backup()).unwrap();
        let bytes = fs::read(setting.backup()).unwrap();
        assert_eq!((made.digest, made.size_bytes), (seal::Digest::of(&bytes), bytes.len() as u64));
        bank.admit(id(3), setting.body(3)).await.unwrap();
        setting
    }

    fn body(&self, n: u128) -> Vec<u8> {
        self.bodies[usize::try_from(n).unwrap() - 1].clone()
    }

    fn data(&self) -> &Path {
        self.test.path()
    }

    fn backup(&self) -> PathBuf {
        self.outside.path().join("monday.sqlite")
    }

    fn epoch(&self) -> u64 {
        self.test.folder().identity().unwrap().server_epoch
    }

    async fn restore(&self) -> Result<Restored, RestoreError> {
        restore(self.data(), &self.backup(), None, NOW).await
    }

    /// Envelopes that a newly started gateway knows.
    async fn known(&self) -> Vec<u128> {
        known(&self.test.open()).await
    }

    /// Everything in the bank's folder but what a look at it leaves.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(self.data()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_file() && !name.ends_with(".lock") && !name.contains("restoring") {
                found.insert(path.clone(), fs::read(path).unwrap());
            }
        }
        found
    }
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

async fn known(bank: &crate::Bank) -> Vec<u128> {
    let mut known = Vec::new();
    for n in 1..=3 {
        if bank.ledger().envelope(id(n)).await.unwrap().is_some() {
            known.push(n);
        }
    }
    known
}

#[tokio::test]
async fn a_restored_bank_has_what_the_backup_had_under_a_new_epoch() {
    let setting = Setting::new().await;
    let before = setting.epoch();
    let restored = setting.restore().await.unwrap();
    assert!(restored.epoch > before);
    assert_eq!((restored.epoch, restored.envelopes), (setting.epoch(), 2));
    let bank = setting.test.open();
    assert_eq!((known(&bank).await, bank.server_epoch()), (vec![1, 2], restored.epoch));
    let again = bank.admit(id(3), setting.body(3)).await.unwrap();
    assert!(matches!(again, Taken::Recorded(_)), "{again:?}");
    let known_one = bank.admit(id(1), setting.body(1)).await.unwrap();
    assert!(matches!(known_one, Taken::Replayed(_)), "{known_one:?}");
    drop(bank);
    // The ledger that was replaced is whole, and the program opens it.
    let replaced = restored.replaced.unwrap();
    let tally = SqliteLedger::open(&replaced).unwrap().tally().await.unwrap();
    assert_eq!(tally.envelopes, 3);
}

#[tokio::test]
async fn a_second_restore_of_the_same_backup_has_another_epoch() {
    let setting = Setting::new().await;
    let first = setting.restore().await.unwrap();
    let second = setting.restore().await.unwrap();
    assert!(second.epoch > first.epoch);
    assert_ne!(first.replaced, second.replaced);
    assert_eq!(setting.known().await, [1, 2]);
}

#[tokio::test]
async fn nothing_is_restored_while_a_gateway_has_the_ledger() {
    let setting = Setting::new().await;
    let gateway = setting.test.open();
    let before = setting.files();
    let refused = setting.restore().await;
    assert!(matches!(refused, Err(RestoreError::InUse)), "{refused:?}");
    let refused = declare_restored(setting.data(), None, NOW).await;
    assert!(matches!(refused, Err(RestoreError::InUse)), "{refused:?}");
    assert_eq!(setting.files(), before);
    drop(gateway);
    // The other way round: no gateway starts on a ledger that is being replaced.
    let lock = Lock::alone(&setting.test.folder().ledger()).unwrap();
    let refused = SqliteLedger::open(&setting.test.folder().ledger());
    assert!(matches!(refused, Err(LedgerError::InUse)), "{refused:?}");
    drop(lock);
    setting.restore().await.unwrap();
}

#[tokio::test]
async fn a_backup_that_is_put_in_the_ledgers_place_by_hand_is_refused() {
    let setting = Setting::new().await;
    let ledger = setting.test.folder().ledger();
    fs::copy(setting.backup(), &ledger).unwrap();
    let refused = SqliteLedger::open(&ledger).unwrap_err();
    assert!(refused.to_string().contains("bank restore"), "{refused}");
    assert_eq!(fs::read(&ledger).unwrap(), fs::read(setting.backup()).unwrap());
}

#[tokio::test]
async fn a_file_that_is_no_sound_backup_changes_nothing() {
    let setting = Setting::new().await;
    let (backup, sound) = (setting.backup(), fs::read(setting.backup()).unwrap());
    let named = backup::digest_file(&backup);
    let before = setting.files();
    let write = |bytes: &[u8]| {
        fs::write(&backup, bytes).unwrap();
        fs::write(&named, seal::Digest::of(bytes).to_hex()).unwrap();
    };
    let with = |at: usize, byte: u8| {
        let mut bytes = sound.clone();
        bytes[at] ^= byte;
        bytes
    };
    let ledger = fs::read(setting.test.folder().ledger()).unwrap();
    for (name, bytes) in [
        ("empty", Vec::new()),
        ("no database", b"not a database, but long enough to be read as one".repeat(30)),
        ("cut", sound[..sound.len() / 2].to_vec()),
        ("a page's header", with(4096, 0xff)),
        ("newer", with(63, 0x40)),
        ("a ledger", ledger),
    ] {
        write(&bytes);
        let refused = setting.restore().await;
        assert!(matches!(refused, Err(RestoreError::Backup(_))), "{name}: {refused:?}");
        assert_eq!(setting.files(), before, "{name}");
    }
    write(&sound);
    fs::write(&backup, with(sound.len() - 1, 1)).unwrap();
    let refused = setting.restore().await;
    let differs = matches!(refused, Err(RestoreError::Backup(BackupError::Differs(_))));
    assert!(differs, "{refused:?}");
    fs::remove_file(&named).unwrap();
    let refused = setting.restore().await;
    assert!(matches!(refused, Err(RestoreError::Backup(BackupError::Io { .. }))), "{refused:?}");
    assert_eq!(setting.files(), before);
    write(&sound);
    setting.restore().await.unwrap();
}

#[tokio::test]
async fn a_backup_writes_over_nothing() {
    let setting = Setting::new().await;
    let before = fs::read(setting.backup()).unwrap();
    let refused = back_up(setting.data(), &setting.backup());
    let exists = matches!(refused, Err(RestoreError::Backup(BackupError::Exists(_))));
    assert!(exists, "{refused:?}");
    assert_eq!(fs::read(setting.backup()).unwrap(), before);
}

const STEPS: [Step; 7] = [
    Step::Staged,
    Step::Audited,
    Step::Declared,
    Step::Folded,
    Step::Linked,
    Step::SetAside,
    Step::Placed,
];

async fn restore_killed_after(setting: &Setting, killed_after: Step) {
    let backup = setting.backup();
    let killed = restore_in_steps(setting.data(), &backup, None, NOW, |step| {
        if step == killed_after { Err(RestoreError::InUse) } else { Ok(()) }
    });
    killed.await.unwrap_err();
}

#[tokio::test]
async fn a_restore_killed_after_any_step_leaves_the_old_ledger_or_the_new_one() {
    for step in STEPS {
        let setting = Setting::new().await;
        let before = setting.epoch();
        restore_killed_after(&setting, step).await;
        let is_new = step == Step::Placed;
        assert_eq!(
            setting.known().await,
            if is_new { vec![1, 2] } else { vec![1, 2, 3] },
            "{step:?}"
        );
        let declared = !matches!(step, Step::Staged | Step::Audited);
        assert_eq!(setting.epoch() > before, declared, "{step:?}");
        setting.restore().await.unwrap();
        assert_eq!(setting.known().await, [1, 2], "again after {step:?}");
    }
}

#[tokio::test]
async fn a_damaged_ledger_is_kept_with_its_log_and_replaced() {
    for step in STEPS {
        let setting = Setting::new().await;
        let ledger = setting.test.folder().ledger();
        let log = ledger.with_extension("sqlite-wal");
        let mut bytes = fs::read(&ledger).unwrap();
        // The header of the second page, a table of ours.
        bytes[4096..4200].fill(0xa5);
        fs::write(&ledger, &bytes).unwrap();
        fs::write(&log, b"commits that nobody can read any more").unwrap();
        restore_killed_after(&setting, step).await;
        if step != Step::Placed {
            assert!(SqliteLedger::open(&ledger).is_err(), "{step:?}");
            setting.restore().await.unwrap();
        }
        assert_eq!(setting.known().await, [1, 2], "{step:?}");
        let kept = |suffix: &str, wanted: &[u8]| {
            let files = setting.files();
            files.iter().any(|(path, bytes)| {
                let name = path.to_string_lossy();
                name.contains("before") && name.ends_with(suffix) && bytes == wanted
            })
        };
        assert!(kept("", &bytes), "{step:?}");
        assert!(kept("-wal", b"commits that nobody can read any more"), "{step:?}");
    }
}

#[tokio::test]
async fn a_bank_whose_ledger_is_gone_is_restored_too() {
    let setting = Setting::new().await;
    let ledger = setting.test.folder().ledger();
    // Its log is still there, and would be taken for that of the restored one.
    let connected = crate::ledger::sqlite::tests::hold(&ledger);
    assert_eq!(setting.known().await, [1, 2, 3]);
    let log = fs::read(ledger.with_extension("sqlite-wal")).unwrap();
    drop(connected);
    fs::remove_file(&ledger).unwrap();
    fs::write(ledger.with_extension("sqlite-wal"), log).unwrap();
    let restored = setting.restore().await.unwrap();
    assert_eq!(restored.replaced, None);
    assert_eq!(setting.known().await, [1, 2]);
}

#[tokio::test]
async fn a_backup_of_an_older_version_is_brought_up_to_date() {
    let setting = Setting::new().await;
    crate::ledger::sqlite::tests::make_older(&setting.backup());
    let bytes = fs::read(setting.backup()).unwrap();
    fs::write(backup::digest_file(&setting.backup()), seal::Digest::of(&bytes).to_hex()).unwrap();
    setting.restore().await.unwrap();
    let bank = setting.test.open();
    assert_eq!(known(&bank).await, [1, 2]);
    assert_eq!(bank.ledger().alarms().await.unwrap(), []);
    assert_eq!(fs::read(setting.backup()).unwrap(), bytes, "a backup is not written to");
    let left = fs::read_dir(setting.data()).unwrap().filter(|entry| {
        entry.as_ref().unwrap().file_name().to_string_lossy().contains("restoring")
    });
    assert_eq!(left.count(), 0);
}
