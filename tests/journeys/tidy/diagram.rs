//! Who may import whom, and which library stays in which crate.

use super::{files, read, root};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use std::collections::BTreeSet;

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .unwrap()
}

/// The import diagram of docs/architecture.md. A new arrow needs an ADR.
const DIAGRAM: [(&str, &[&str]); 17] = [
    ("seal", &[]),
    ("lending", &["seal"]),
    ("wire", &["lending"]),
    ("lens", &[]),
    ("lens-wasm", &["lens"]),
    ("outbox", &[]),
    ("client", &["lending", "lens", "outbox", "seal", "wire"]),
    ("bank", &["lending", "lens", "seal", "wire"]),
    ("sanbu-verify", &["lending", "seal"]),
    ("sanbu", &["client", "wire"]),
    ("sanbu-tests", &["bank", "client", "lending", "lens", "outbox", "seal", "wire"]),
    ("sanbu-failpoints", &["bank", "client", "lending", "outbox", "sanbu-tests", "seal", "wire"]),
    ("sanbu-powercut", &["outbox"]),
    ("sanbu-simulation", &["bank", "client", "outbox", "sanbu-tests", "seal"]),
    ("sanbu-restore", &["bank", "lending", "outbox", "seal", "wire"]),
    ("sanbu-soak", &["client", "lending", "outbox", "sanbu-tests", "seal", "wire"]),
    ("xtask", &[]),
];

#[test]
fn crates_import_only_what_the_diagram_draws() {
    let metadata = metadata();
    let ours: BTreeSet<&str> = metadata.packages.iter().map(|p| p.name.as_str()).collect();
    let drawn: BTreeSet<&str> = DIAGRAM.iter().map(|(name, _)| *name).collect();
    assert_eq!(ours, drawn, "every crate stands in the diagram");
    for package in &metadata.packages {
        let (_, allowed) = DIAGRAM.iter().find(|(name, _)| *name == package.name.as_str()).unwrap();
        let found: BTreeSet<&str> = package
            .dependencies
            .iter()
            .filter(|d| d.kind == DependencyKind::Normal && ours.contains(d.name.as_str()))
            .map(|d| d.name.as_str())
            .collect();
        assert_eq!(found, allowed.iter().copied().collect(), "imports of {}", package.name);
        assert_eq!(package.publish.as_deref(), Some(&[][..]), "{} is not published", package.name);
    }
}

/// Libraries that stay behind a fence, and the crates inside it. Test and chore crates stand where
/// they drive the real thing.
const FENCES: [(&str, &[&str]); 27] = [
    ("tauri", &["sanbu"]),
    ("tauri-plugin-deep-link", &["sanbu"]),
    ("tauri-plugin-single-instance", &["sanbu"]),
    ("tauri-plugin-window-state", &["sanbu"]),
    ("webkit2gtk", &["sanbu"]),
    // The bank's is for its object store only, behind a feature.
    ("reqwest", &["bank", "client"]),
    ("axum", &["bank", "sanbu-simulation", "sanbu-tests"]),
    ("coset", &["seal"]),
    ("ciborium", &["seal"]),
    ("ed25519-dalek", &["seal"]),
    ("hpke", &["seal"]),
    ("hmac", &["seal"]),
    ("sha2", &["seal"]),
    ("chacha20poly1305", &["seal"]),
    ("argon2", &["seal"]),
    ("image", &["lens"]),
    ("rxing", &["lens"]),
    ("quircs", &["lens"]),
    (
        "rusqlite",
        &["bank", "client", "outbox", "sanbu-powercut", "sanbu-soak", "sanbu-tests", "xtask"],
    ),
    ("ts-rs", &["wire"]),
    // An option of three crates that none of them takes by itself: see the test below.
    ("fail", &["bank", "client", "outbox", "sanbu-failpoints"]),
    ("keyring-core", &["client"]),
    ("resvg", &["bank"]),
    ("krilla", &["bank"]),
    ("pdf-writer", &["client"]),
    ("object_store", &["bank"]),
    ("zeroize", &["seal"]),
];

#[test]
fn libraries_stay_behind_their_fences() {
    for package in metadata().packages {
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            let fence = FENCES.iter().find(|(name, _)| *name == dependency.name);
            let allowed = fence.is_none_or(|(_, inside)| inside.contains(&package.name.as_str()));
            assert!(allowed, "{} must not use {}", package.name, dependency.name);
        }
    }
}

#[test]
fn no_build_has_failpoints_unless_it_asks_for_them() {
    const FEATURE: &str = "failpoints";
    for package in metadata().packages {
        let name = &package.name;
        let by_itself = package.features.get("default").into_iter().flatten();
        assert!(!by_itself.into_iter().any(|f| f.contains(FEATURE)), "{name} has them by default");
        for dependency in &package.dependencies {
            let asks = dependency.features.iter().any(|feature| feature == FEATURE);
            assert!(!asks, "{name} asks {} for them", dependency.name);
            let has = dependency.name == "fail" && !dependency.optional;
            assert!(!has || *name == "sanbu-failpoints", "{name} always has the library");
        }
    }
}

#[test]
fn the_database_of_the_bank_stays_in_its_sqlite_ledger() {
    for file in files("crates/bank/src", &[".rs"]) {
        let inside = file.starts_with("crates/bank/src/ledger");
        assert!(inside || !read(&file).contains("rusqlite"), "{}", file.display());
    }
}

#[test]
fn the_shell_imports_the_client_and_the_shapes_of_ipc_only() {
    for file in files("src-tauri/src", &[".rs"]) {
        let source = read(&file);
        for line in source.lines().filter(|line| line.contains("wire::")) {
            assert!(line.contains("wire::ipc"), "{}: {line}", file.display());
        }
    }
}

#[test]
fn the_rules_read_no_clock_draw_no_randomness_and_do_no_io() {
    let impure =
        ["SystemTime", "std::fs", "std::net", "std::env", "tokio::", "getrandom", "std::thread"];
    for crate_name in ["seal", "lending", "wire"] {
        for file in files(&format!("crates/{crate_name}/src"), &[".rs"]) {
            // A trust file may say an address; parsing one is pure.
            let source = read(&file).replace("std::net::SocketAddr", "");
            for word in impure {
                assert!(!source.contains(word), "{} uses {word}", file.display());
            }
            assert!(!source.contains("async fn"), "{} is async", file.display());
        }
    }
    let plan = read("crates/outbox/src/plan.rs");
    assert!(!plan.contains("rusqlite") && !plan.contains("SystemTime"), "outbox::plan is pure");
}

#[test]
fn only_one_file_of_the_screen_knows_tauri() {
    for file in files("ui/src", &[".ts", ".svelte"]) {
        let knows = read(&file).contains("@tauri-apps/");
        let may = file.ends_with("host/tauri.ts") || file.ends_with("host/tauri.test.ts");
        assert!(may || !knows, "{} imports @tauri-apps", file.display());
    }
}

#[test]
fn components_know_no_step_and_no_host() {
    for file in files("ui/src/components", &[".ts", ".svelte"]) {
        let source = read(&file);
        for word in ["/host/", "/steps/", "/places/"] {
            assert!(!source.contains(word), "{} knows {word}", file.display());
        }
    }
}
