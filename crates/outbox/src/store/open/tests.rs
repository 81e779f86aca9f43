//! What opening accepts, refuses and sets.

use std::path::PathBuf;

use super::*;
use crate::store::migrate::apply;
use tempfile::TempDir;

struct Folder {
    folder: TempDir,
}

impl Folder {
    fn new() -> Folder {
        Folder { folder: TempDir::new().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("outbox.db")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("outbox.db-wal")
    }

    fn open(&self) -> Result<Store, OpenError> {
        Store::open(&self.file())
    }

    /// A store with a few pages of rows, closed.
    fn with_rows() -> Folder {
        let folder = Folder::new();
        let store = folder.open().unwrap();
        for number in 0..40u8 {
            store
                .connection()
                .execute(
                    "insert into entry
                         (id, lane, note, digest, size_bytes, saved_at_ms, state, attempts)
                     values (?1, 'normal', zeroblob(300), zeroblob(32), 0, 1, 'queued', 0)",
                    [[number; 16]],
                )
                .unwrap();
        }
        folder
    }

    /// Opens with plain SQLite, past all checks.
    fn tamper(&self, sql: &str) {
        Connection::open(self.file()).unwrap().execute_batch(sql).unwrap();
    }

    /// Opening fails and leaves the file as it was, bit by bit.
    fn refusal(&self) -> OpenError {
        let before = fs::read(self.file()).unwrap();
        let refused = self.open().map(|_| ()).unwrap_err();
        assert_eq!(fs::read(self.file()).unwrap(), before, "the file was touched");
        refused
    }
}

#[test]
fn sqlite_is_free_of_the_wal_reset_fault() {
    assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
}

#[test]
fn a_new_file_gets_the_settings_that_survive_a_power_cut() {
    let folder = Folder::new();
    let store = folder.open().unwrap();
    let number = |name| pragma::<i64>(store.connection(), name).unwrap();
    let text = |name| pragma::<String>(store.connection(), name).unwrap();
    assert_eq!(text("journal_mode"), "wal");
    assert_eq!(text("locking_mode"), "exclusive");
    for (name, value) in [
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("trusted_schema", 0),
        ("cell_size_check", 1),
        ("secure_delete", 1),
        ("temp_store", 2),
        ("mmap_size", 0),
        ("fullfsync", 1),
        ("checkpoint_fullfsync", 1),
        ("busy_timeout", 500),
        ("user_version", 3),
        ("application_id", i64::from(APPLICATION_ID)),
    ] {
        assert_eq!(number(name), value, "{name}");
    }
}

#[test]
fn every_table_is_strict_and_says_what_it_is_for() {
    let folder = Folder::new();
    let store = folder.open().unwrap();
    let mut query = store
        .connection()
        .prepare("select name, sql from sqlite_schema where type = 'table' order by name")
        .unwrap();
    let tables: Vec<(String, String)> =
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().flatten().collect();
    let names: Vec<_> = tables.iter().map(|(name, _)| name.as_str()).collect();
    let expected =
        ["entry", "entry_body", "entry_part", "former_proof", "part", "part_chunk", "receiver"];
    assert_eq!(names, expected);
    for (name, sql) in tables {
        assert!(sql.trim_end().ends_with("strict"), "{name}");
        assert!(sql.contains("--"), "{name}");
    }
}

#[test]
fn the_next_entry_is_found_by_the_partial_index() {
    let folder = Folder::new();
    let store = folder.open().unwrap();
    let plan: String = store
        .connection()
        .query_row(
            "explain query plan
             select * from entry where state = 'queued' order by saved_at_ms, id",
            [],
            |row| row.get("detail"),
        )
        .unwrap();
    assert!(plan.contains("entry_pending"), "{plan}");
}

#[test]
fn the_tables_refuse_what_no_state_has() {
    let folder = Folder::with_rows();
    let store = folder.open().unwrap();
    for wrong in [
        "delete from entry",
        "update entry set state = 'sending'",
        "update entry set state = 'delivered', attempts = null, ended_at_ms = 1",
        "update entry set state = 'delivered', attempts = null, ended_at_ms = 1, proof = x''",
        "update entry set state = 'parked', attempts = null",
        "update entry set state = 'cancelled', ended_at_ms = 1",
        "update entry set attempts = null",
        "update entry set proof = x'01'",
        "update entry set digest = x'01'",
        "update entry set lane = 'slow'",
        "insert into entry_body (entry_id, bytes) values (x'ff', x'ff')",
        "update entry set purged_at_ms = 1",
        "insert into part (digest, size_bytes, saved_at_ms) values (x'01', 1, 1)",
        "insert into part (digest, size_bytes, saved_at_ms) values (zeroblob(32), 0, 1)",
        "insert into part (digest, size_bytes, saved_at_ms) values (zeroblob(32), 20971521, 1)",
        "insert into part (digest, size_bytes, saved_at_ms, confirmed_bytes)
         values (zeroblob(32), 5, 1, 6)",
        "insert into part (digest, size_bytes, saved_at_ms, is_done)
         values (zeroblob(32), 5, 1, 1)",
        "insert into part_chunk (digest, ordinal, bytes) values (zeroblob(32), 0, x'ff')",
        "insert into entry_part (entry_id, ordinal, digest)
         select id, 0, zeroblob(32) from entry limit 1",
        "insert into former_proof (entry_id, proof, delivered_at_ms)
         select id, x'', 1 from entry limit 1",
        "insert into receiver (only_row, epoch) values (2, 1)",
    ] {
        assert!(store.connection().execute(wrong, []).is_err(), "{wrong}");
    }
}

#[test]
fn a_store_of_a_newer_app_is_refused_untouched() {
    let folder = Folder::with_rows();
    folder.tamper("pragma user_version = 4");
    let refused = folder.refusal();
    assert!(matches!(refused, OpenError::TooNew { found: 4, known: 3 }), "{refused:?}");
}

#[test]
fn the_log_of_a_newer_store_is_left_as_it_is() {
    // The newer app was killed: its last commits are in the log only.
    let killed = Folder::new();
    let newer = killed.open().unwrap();
    newer.connection().pragma_update(None, "user_version", 4).unwrap();
    let folder = Folder::new();
    fs::copy(killed.file(), folder.file()).unwrap();
    fs::copy(killed.log(), folder.log()).unwrap();
    let log = fs::read(folder.log()).unwrap();
    let refused = folder.refusal();
    assert!(matches!(refused, OpenError::TooNew { found: 4, known: 3 }), "{refused:?}");
    assert_eq!(fs::read(folder.log()).unwrap(), log);
}

#[test]
fn a_file_that_is_no_database_is_refused_untouched() {
    let folder = Folder::new();
    fs::write(folder.file(), "a letter to the branch ".repeat(400)).unwrap();
    let refused = folder.refusal();
    assert!(matches!(refused, OpenError::Unreadable(Damage::Malformed(_))), "{refused:?}");
}

#[test]
fn a_header_of_noughts_is_refused_untouched() {
    let folder = Folder::with_rows();
    let mut bytes = fs::read(folder.file()).unwrap();
    bytes[..100].fill(0);
    fs::write(folder.file(), bytes).unwrap();
    let refused = folder.refusal();
    assert!(matches!(refused, OpenError::Unreadable(Damage::Malformed(_))), "{refused:?}");
}

#[test]
fn a_database_of_another_kind_is_refused_untouched() {
    let folder = Folder::new();
    folder.tamper("create table song (title text)");
    let refused = folder.refusal();
    assert!(matches!(refused, OpenError::Unreadable(Damage::Foreign)), "{refused:?}");
}

#[test]
fn a_damaged_page_is_refused_untouched() {
    let sound = fs::read(Folder::with_rows().file()).unwrap();
    let pages = sound.len() / 4096;
    assert!(pages > 4, "too small a file to damage");
    // Each page in turn gets nonsense where its cells are counted and placed; none of them is
    // let through as sound.
    for page in 1..pages {
        let folder = Folder::new();
        let mut bytes = sound.clone();
        bytes[page * 4096..page * 4096 + 16].fill(0xa5);
        fs::write(folder.file(), bytes).unwrap();
        let refused = folder.refusal();
        assert!(matches!(refused, OpenError::Unreadable(_)), "page {page}: {refused:?}");
    }
}

#[test]
fn a_file_cut_short_is_refused_untouched() {
    let folder = Folder::with_rows();
    let bytes = fs::read(folder.file()).unwrap();
    fs::write(folder.file(), &bytes[..bytes.len() - 4096]).unwrap();
    let refused = folder.refusal();
    assert!(matches!(refused, OpenError::Unreadable(_)), "{refused:?}");
}

#[test]
fn a_log_without_its_database_is_not_thrown_away() {
    let folder = Folder::new();
    fs::write(folder.log(), [1; 5000]).unwrap();
    let refused = folder.open().map(|_| ()).unwrap_err();
    assert!(matches!(refused, OpenError::Unreadable(Damage::Headless)), "{refused:?}");
    assert_eq!(fs::read(folder.log()).unwrap(), [1; 5000]);
    assert!(!folder.file().exists());
    // SQLite takes these for no database as well.
    for nearly_empty in ["", "x"] {
        fs::write(folder.file(), nearly_empty).unwrap();
        let refused = folder.refusal();
        assert!(matches!(refused, OpenError::Unreadable(Damage::Headless)), "{refused:?}");
        assert_eq!(fs::read(folder.log()).unwrap(), [1; 5000]);
    }
}

#[test]
fn a_copy_of_a_migration_without_its_database_is_not_thrown_away() {
    let folder = Folder::new();
    let copy = folder.folder.path().join("outbox.db.before-v2");
    fs::write(&copy, [1; 5000]).unwrap();
    let refused = folder.open().map(|_| ()).unwrap_err();
    assert!(matches!(refused, OpenError::Unreadable(Damage::Headless)), "{refused:?}");
    assert_eq!(fs::read(copy).unwrap(), [1; 5000]);
    assert!(!folder.file().exists());
}

#[test]
fn in_a_large_file_the_heads_are_checked_and_the_bodies_are_not() {
    let folder = Folder::with_rows();
    let body = "insert into entry_body (entry_id, bytes) select id, zeroblob(9000) from entry";
    folder.tamper(body);
    let sound = open_untouched(&folder.file()).unwrap();
    check_heads(&sound).unwrap();
    let first_page_of = |table: &str| -> usize {
        let sql = "select rootpage from sqlite_schema where name = ?1";
        let page: u32 = sound.query_row(sql, [table], |row| row.get(0)).unwrap();
        usize::try_from(page).unwrap()
    };
    let pages = [(first_page_of("entry_body"), false), (first_page_of("entry"), true)];
    drop(sound);
    let bytes = fs::read(folder.file()).unwrap();
    for (page, is_seen) in pages {
        let damaged = Folder::new();
        let mut bytes = bytes.clone();
        bytes[(page - 1) * 4096..(page - 1) * 4096 + 16].fill(0xa5);
        fs::write(damaged.file(), bytes).unwrap();
        let found = check_heads(&open_untouched(&damaged.file()).unwrap());
        assert_eq!(found.is_err(), is_seen, "page {page}: {found:?}");
    }
}

#[test]
fn a_second_handle_is_told_that_the_outbox_is_in_use() {
    let folder = Folder::new();
    let first = folder.open().unwrap();
    let refused = folder.open().map(|_| ()).unwrap_err();
    assert!(matches!(refused, OpenError::InUse), "{refused:?}");
    drop(first);
    folder.open().unwrap();
}

#[test]
fn a_missing_folder_is_an_error_and_not_made() {
    let folder = Folder::new();
    let inside = folder.folder.path().join("missing");
    let refused = Store::open(&inside.join("outbox.db")).map(|_| ()).unwrap_err();
    assert!(matches!(refused, OpenError::Sqlite(_)), "{refused:?}");
    assert!(!inside.exists());
}

#[test]
fn a_full_disk_while_preparing_a_new_file_is_told_and_retried() {
    let folder = Folder::new();
    let mut connection = Connection::open(folder.file()).unwrap();
    make_durable(&connection).unwrap();
    connection.pragma_update_and_check(None, "max_page_count", 3, |_| Ok(())).unwrap();
    let refused = apply(&mut connection, 0).unwrap_err();
    assert!(matches!(refused, OpenError::DiskFull(_)), "{refused:?}");
    drop(connection);
    let store = folder.open().unwrap();
    assert_eq!(pragma::<u32>(store.connection(), "user_version").unwrap(), 3);
}

#[test]
fn a_full_disk_reported_by_the_file_system_is_told_as_such() {
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded] {
        assert!(matches!(OpenError::from(io::Error::from(kind)), OpenError::DiskFull(_)));
    }
}
