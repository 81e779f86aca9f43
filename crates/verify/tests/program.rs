//! The program as somebody at a court runs it: a file, an answer, an exit code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn verify(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sanbu-verify")).args(arguments).output().expect("it runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn golden() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "bundle"));
    files.sort();
    files
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in ASCII")
}

#[test]
fn every_kept_bundle_holds_in_both_languages_and_as_json() {
    let files = golden();
    assert!(files.len() >= 7, "three ends and four levels");
    for file in &files {
        let chinese = verify(&[text(file)]);
        assert_eq!(chinese.status.code(), Some(0), "{}", file.display());
        assert!(said(&chinese).starts_with("有效："));
        let with_words = said(&verify(&[text(file), "--words"]));
        assert!(with_words.contains("\n    同意吗\n"), "{with_words}");
        let english = verify(&[text(file), "--lang", "en"]);
        assert!(said(&english).starts_with("valid:"));
        let json: serde_json::Value =
            serde_json::from_slice(&verify(&[text(file), "--json"]).stdout).expect("JSON");
        assert_eq!(json["valid"], true);
        assert_eq!(json["rootPinned"], false);
        let root = json["root"].as_str().expect("a key");
        let pinned = verify(&[text(file), "--root", root]);
        assert_eq!(pinned.status.code(), Some(0));
    }
}

#[test]
fn another_root_or_a_changed_byte_is_invalid_and_says_why() {
    let file = &golden()[0];
    let other = "9a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c";
    let refused = verify(&[text(file), "--root", other, "--lang", "en"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("another root key"), "{}", said(&refused));

    let folder = std::env::temp_dir().join(format!("sanbu-verify-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let changed = folder.join("changed.bundle");
    let bytes = fs::read(file).expect("a bundle");
    // The whole of it byte by byte is a test of the library; here some, as a program sees them.
    for at in (0..bytes.len()).step_by(bytes.len() / 12) {
        let mut tampered = bytes.clone();
        tampered[at] ^= 4;
        fs::write(&changed, tampered).expect("a file");
        let refused = verify(&[text(&changed), "--json"]);
        assert_eq!(refused.status.code(), Some(1), "byte {at}");
        let json: serde_json::Value = serde_json::from_slice(&refused.stdout).expect("JSON");
        assert_eq!(json["valid"], false);
        assert!(json["reason"].is_string() && json["message"].is_string());
        let chinese = verify(&[text(&changed)]);
        assert!(said(&chinese).starts_with("无效："));
    }
    fs::remove_dir_all(folder).expect("a folder");
}

#[test]
fn what_cannot_be_asked_is_told_apart_from_what_does_not_hold() {
    let missing = verify(&["/nowhere/at/all.bundle"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("cannot be read"));
    let no_key = verify(&[text(&golden()[0]), "--root", "abc"]);
    assert_eq!(no_key.status.code(), Some(2));
}
