//! How the sources are kept.

use super::{files, read};
use seal::Digest;

const MAX_LINES: usize = 500;

#[test]
fn no_file_is_over_500_lines() {
    for file in files(".", &[".rs", ".ts", ".svelte", ".css", ".mjs", ".sql"]) {
        // Generated, and held to its source by `bindings_are_up_to_date`.
        if file.starts_with("ui/src/bindings") {
            continue;
        }
        let lines = read(&file).lines().count();
        assert!(lines <= MAX_LINES, "{} has {lines} lines", file.display());
    }
}

/// Migrations that were applied somewhere are never edited: a changed digest here means a new
/// file is wanted instead.
const MIGRATIONS: [(&str, &str); 9] = [
    (
        "crates/bank/migrations/0001_intake.sql",
        "7f5dbef0fd64700381a051cb0386908f75d6ee78dd92e559b53bb1e1b8793fb2",
    ),
    (
        "crates/bank/migrations/0002_parts.sql",
        "5845866a7cbc0ad1f64981f3def24b3811de9c352d97fa64cd6f3982d39c0aa8",
    ),
    (
        "crates/bank/migrations/0003_alarms.sql",
        "0d1c4c791606c572eaf5612ac66f2bdee50fe3730574d96248aae7537d138c01",
    ),
    (
        "crates/bank/migrations/0004_log.sql",
        "d618dada935540690e512bedc3c7c4ba0a09c1a372204947085ec7946d1a0ede",
    ),
    (
        "crates/bank/migrations/0005_withdrawal_certificate.sql",
        "dcec85a2615693cb070119627fe881659e740527c1072b9eb8132031df52a0e5",
    ),
    (
        "crates/client/migrations/0001_rows.sql",
        "56f2718a45a9f54e1e79e19f5fec6fe1a51b254c1ce40ede932bdd7cfbf38626",
    ),
    (
        "crates/outbox/migrations/0001_entries.sql",
        "caedff2833125d76ecebb722c2dd4af64a2edca8f8d594c4b3024324118458ac",
    ),
    (
        "crates/outbox/migrations/0002_parts.sql",
        "809e45626823ecda8841bff2da991e3fe865d94c2cc9359242d5eb72c14928b4",
    ),
    (
        "crates/outbox/migrations/0003_numbered_bodies.sql",
        "d4a8a87ac6d0897e29b9462aaf53e35bb24cb25dd34700e0811e4815fb1ad54f",
    ),
];

#[test]
fn applied_migrations_are_never_edited() {
    let found = files("crates", &[".sql"]);
    let known: Vec<_> = MIGRATIONS.iter().map(|(path, _)| std::path::PathBuf::from(path)).collect();
    assert_eq!(found, known);
    for (path, digest) in MIGRATIONS {
        assert_eq!(Digest::of(read(path).as_bytes()).to_hex(), digest, "{path} was edited");
    }
}

#[test]
fn tables_are_strict_and_say_what_they_are_for() {
    for file in files("crates", &[".sql"]) {
        let source = read(&file);
        for table in source.split("create table ").skip(1) {
            let name = table.split_whitespace().next().unwrap_or_default();
            let first = table.lines().nth(1).unwrap_or_default().trim();
            assert!(first.starts_with("--"), "{}: {name} has no comment", file.display());
            let end = table.lines().find(|line| line.starts_with(')')).unwrap_or_default();
            assert!(end.contains("strict"), "{}: {name} is not strict", file.display());
        }
    }
}

#[test]
fn no_test_is_ignored_and_none_sleeps() {
    // Spelt in parts, so that this file does not find itself.
    let banned = [["#[", "ignore"].concat(), ["thread::", "sleep"].concat()];
    for file in files(".", &[".rs"]) {
        let source = read(&file);
        for word in &banned {
            assert!(!source.contains(word.as_str()), "{} has {word}", file.display());
        }
        let sleeps = ["time::", "sleep("].concat();
        let is_test = file.starts_with("tests") || source.contains("#[cfg(test)]");
        // The courier rests between two turns; in a simulation time is simulated.
        let may = file.ends_with("courier.rs") || file.starts_with("tests/simulation");
        assert!(may || !is_test || !source.contains(&sleeps), "{} sleeps", file.display());
    }
}

#[test]
fn the_repository_stands_alone() {
    let outside = ["../", "shared/"].concat();
    for file in files(".", &[".rs", ".ts", ".svelte", ".md", ".toml", ".mjs", ".sh", ".json"]) {
        // The corpus test uses a folder beside the repository when it is there.
        let may = file.starts_with("crates/lens") || file.ends_with("sources.rs");
        assert!(may || !read(&file).contains(&outside), "{} refers outside", file.display());
    }
}

#[test]
fn identities_outside_of_rust_are_those_of_the_one_builder() {
    let code = sanbu_tests::builders::enterprise_code(1);
    let mobile = sanbu_tests::builders::mobile(1);
    for path in ["tests/browser/road.mjs", "xtask/src/bench/road.rs"] {
        let source = read(path);
        assert!(source.contains(&code) && source.contains(&mobile), "{path}: {code}, {mobile}");
    }
}
