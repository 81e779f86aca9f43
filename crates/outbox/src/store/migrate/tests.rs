//! Upgrades: with rows, killed half-way, on a full disk.

use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::store::Store;
use crate::store::open::make_durable;

/// A file as the first version made it, with `rows` entries, closed in order.
fn first_version(path: &Path, rows: u8) {
    let mut connection = Connection::open(path).unwrap();
    make_durable(&connection).unwrap();
    let step = connection.transaction().unwrap();
    step.execute_batch(MIGRATIONS[0]).unwrap();
    step.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    step.pragma_update(None, "user_version", 1).unwrap();
    for number in 0..rows {
        step.execute(
            "insert into entry
                 (id, lane, note, digest, size_bytes, saved_at_ms, state, attempts)
             values (?1, 'normal', x'01', zeroblob(32), 9000, 1, 'queued', 0)",
            [[number; 16]],
        )
        .unwrap();
        step.execute("insert into entry_body values (?1, zeroblob(9000))", [[number; 16]]).unwrap();
    }
    step.commit().unwrap();
}

fn version(store: &Connection) -> u32 {
    store.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

fn count(store: &Connection, table: &str) -> u32 {
    store.query_row(&format!("select count(*) from {table}"), [], |row| row.get(0)).unwrap()
}

fn beside(folder: &TempDir) -> Vec<String> {
    let names = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<String> =
        names.map(|name| name.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn an_older_file_is_migrated_with_its_rows_and_no_copy_is_left() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("outbox.db");
    first_version(&path, 7);
    let store = Store::open(&path).unwrap();
    assert_eq!(version(store.connection()), newest_version());
    assert_eq!(
        (count(store.connection(), "entry"), count(store.connection(), "entry_body")),
        (7, 7)
    );
    drop(store);
    assert_eq!(beside(&folder), ["outbox.db"]);
}

#[test]
fn a_new_file_is_made_without_a_copy() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("outbox.db");
    drop(Store::open(&path).unwrap());
    assert_eq!(beside(&folder), ["outbox.db"]);
}

#[test]
fn the_copy_holds_what_is_only_in_the_log() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("outbox.db");
    first_version(&path, 3);
    let connection = Connection::open(&path).unwrap();
    connection.execute("update entry set note = x'02'", []).unwrap();
    copy_aside(&connection, &path, newest_version()).unwrap();
    let copy = Connection::open(copy_name(&path, newest_version())).unwrap();
    assert_eq!(version(&copy), 1);
    let changed = "select count(*) from entry where note = x'02'";
    assert_eq!(copy.query_row(changed, [], |row| row.get::<_, u32>(0)).unwrap(), 3);
    assert_eq!(count(&copy, "entry_body"), 3);
}

#[test]
fn killed_at_any_line_the_next_opening_goes_on() {
    // What a kill leaves: nothing but an unfinished copy; a finished copy and the old shape; a
    // finished copy and the new shape, not checked yet.
    for (name, partial, finished, migrated) in [
        ("while copying", true, false, false),
        ("after copying", false, true, false),
        ("while copying anew", true, true, false),
        ("after the commit", false, true, true),
    ] {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("outbox.db");
        first_version(&path, 5);
        if finished {
            fs::copy(&path, copy_name(&path, newest_version())).unwrap();
        }
        if partial {
            fs::write(with_suffix(&copy_name(&path, newest_version()), ".partial"), "half a page")
                .unwrap();
        }
        if migrated {
            apply(&mut Connection::open(&path).unwrap(), 1).unwrap();
        }
        let store = Store::open(&path).unwrap();
        assert_eq!(version(store.connection()), newest_version(), "{name}");
        assert_eq!(count(store.connection(), "entry"), 5, "{name}");
        drop(store);
        assert_eq!(beside(&folder), ["outbox.db"], "{name}");
    }
}

#[test]
fn a_migration_without_room_leaves_the_file_as_it_was() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("outbox.db");
    first_version(&path, 5);
    let mut connection = Connection::open(&path).unwrap();
    let pages: u32 = connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    for room in 0..8 {
        let most = pages + room;
        connection.pragma_update_and_check(None, "max_page_count", most, |_| Ok(())).unwrap();
        let refused = apply(&mut connection, 1).unwrap_err();
        assert!(matches!(refused, OpenError::DiskFull(_)), "{refused:?}");
        assert_eq!(version(&connection), 1);
        assert!(connection.prepare("select digest from part").is_err(), "half a migration");
    }
    drop(connection);
    let store = Store::open(&path).unwrap();
    assert_eq!(count(store.connection(), "entry"), 5);
}

#[test]
fn the_copy_is_kept_while_the_check_fails() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("outbox.db");
    first_version(&path, 5);
    let mut connection = Connection::open(&path).unwrap();
    // A body of nobody: no check of SQLite's pages sees it, the one of the references does.
    connection.execute("insert into entry_body values (zeroblob(16), x'01')", []).unwrap_err();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    connection.execute("insert into entry_body values (x'aa', x'01')", []).unwrap();
    let refused = bring_up_to_date(&mut connection, &path, 1).unwrap_err();
    assert!(matches!(refused, OpenError::Unreadable(Damage::Integrity(_))), "{refused:?}");
    drop(connection);
    let again = Store::open(&path).map(|_| ()).unwrap_err();
    assert!(matches!(again, OpenError::Unreadable(Damage::Integrity(_))), "{again:?}");
    let copy = Connection::open(copy_name(&path, newest_version())).unwrap();
    assert_eq!((version(&copy), count(&copy, "entry")), (1, 5));
}
