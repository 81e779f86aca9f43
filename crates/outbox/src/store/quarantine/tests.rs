//! Moving aside: nothing is lost, whatever interrupts it.

use tempfile::TempDir;

use super::*;
use crate::store::Store;

const NOW: u64 = 1_795_342_530_000;

struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(TempDir::new().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("outbox.db")
    }

    fn with(files: &[(&str, &str)]) -> Folder {
        let folder = Folder::new();
        for (end, text) in files {
            fs::write(with_suffix(&folder.file(), end), text).unwrap();
        }
        folder
    }

    /// Everything in the folder but the name of the outbox itself.
    fn files(&self) -> Vec<(String, String)> {
        let mut files: Vec<_> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|found| {
                let path = found.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                (name.replace("outbox.db", "*"), fs::read_to_string(path).unwrap())
            })
            .collect();
        files.sort();
        files
    }
}

fn now() -> Timestamp {
    Timestamp::from(NOW)
}

fn named(name: &str, text: &str) -> (String, String) {
    (name.to_owned(), text.to_owned())
}

#[test]
fn a_date_is_written_as_people_write_it() {
    let table = [
        (0, "1970-01-01T00-00-00Z"),
        (951_782_400_000, "2000-02-29T00-00-00Z"),
        (1_795_342_530_000, "2026-11-22T10-15-30Z"),
        (4_107_542_399_000, "2100-02-28T23-59-59Z"),
        (4_107_542_400_000, "2100-03-01T00-00-00Z"),
    ];
    for (ms, text) in table {
        assert_eq!(date_and_time(Timestamp::from(ms)), text);
    }
}

#[test]
fn a_refused_file_is_moved_with_its_log_and_a_new_one_can_be_made() {
    let folder = Folder::with(&[("", "no database"), ("-wal", "its log")]);
    assert!(Store::open(&folder.file()).is_err());
    let aside = quarantine(&folder.file(), now()).unwrap();
    assert_eq!(aside, with_suffix(&folder.file(), ".damaged-2026-11-22T10-15-30Z"));
    let expected = [
        named("*.damaged-2026-11-22T10-15-30Z", "no database"),
        named("*.damaged-2026-11-22T10-15-30Z-wal", "its log"),
    ];
    assert_eq!(folder.files(), expected);
    Store::open(&folder.file()).unwrap();
}

#[test]
fn the_copy_of_a_migration_goes_along() {
    let folder = Folder::with(&[("", "no database"), (".before-v2", "the copy")]);
    let aside = quarantine(&folder.file(), now()).unwrap();
    assert_eq!(fs::read_to_string(copy_name(&aside, 2)).unwrap(), "the copy");
    drop(Store::open(&folder.file()).unwrap());
    drop(Store::open(&folder.file()).unwrap());
    assert_eq!(fs::read_to_string(copy_name(&aside, 2)).unwrap(), "the copy");
}

#[test]
fn a_name_that_is_taken_is_left_alone() {
    let folder = Folder::with(&[("", "first")]);
    let first = quarantine(&folder.file(), now()).unwrap();
    fs::write(folder.file(), "second").unwrap();
    let second = quarantine(&folder.file(), now()).unwrap();
    assert_ne!(first, second);
    assert_eq!(fs::read_to_string(first).unwrap(), "first");
    assert_eq!(fs::read_to_string(second).unwrap(), "second");
}

#[test]
fn killed_half_way_it_goes_on_and_no_file_loses_its_log() {
    let aside = ".damaged-2026-11-22T09-00-00Z";
    let aside_log = format!("{aside}-wal");
    // Killed after the log was copied; after the file was moved.
    let copied = Folder::with(&[("", "file"), ("-wal", "log"), (&aside_log, "log")]);
    let moved = quarantine(&copied.file(), now()).unwrap();
    assert_eq!(fs::read_to_string(&moved).unwrap(), "file");
    assert_eq!(fs::read_to_string(with_suffix(&moved, "-wal")).unwrap(), "log");

    let other = (".damaged-2026-11-22T08-00-00Z", "other");
    let other_log = (".damaged-2026-11-22T08-00-00Z-wal", "other log");
    let renamed =
        Folder::with(&[("-wal", "log"), (aside, "file"), (&aside_log, "log"), other, other_log]);
    let moved = quarantine(&renamed.file(), now()).unwrap();
    assert_eq!(moved, with_suffix(&renamed.file(), aside));
    assert_eq!(fs::read_to_string(with_suffix(&moved, "-wal")).unwrap(), "log");
    assert!(!with_suffix(&renamed.file(), "-wal").exists());
    Store::open(&renamed.file()).unwrap();
}

#[test]
fn what_is_open_newer_or_not_there_stays() {
    let folder = Folder::new();
    assert!(matches!(quarantine(&folder.file(), now()), Err(QuarantineError::Missing)));
    let store = Store::open(&folder.file()).unwrap();
    assert!(matches!(quarantine(&folder.file(), now()), Err(QuarantineError::InUse)));
    store.connection().pragma_update(None, "user_version", 99).unwrap();
    drop(store);
    let before = fs::read(folder.file()).unwrap();
    assert!(matches!(quarantine(&folder.file(), now()), Err(QuarantineError::TooNew)));
    assert_eq!(fs::read(folder.file()).unwrap(), before);
}
