//! The program itself: what it prints, what it answers, how it ends.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn bank(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bank")).args(args).output().unwrap()
}

fn init(data: &Path) -> Output {
    bank(&["init", "--data", data.to_str().unwrap()])
}

/// A gateway that is killed when the test ends, however it ends.
struct Gateway {
    child: Child,
    address: String,
}

impl Gateway {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bank"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://").unwrap().to_owned();
        Self { child, address }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = &self.address;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_second_init_says_so_politely() {
    let dir = tempfile::tempdir().unwrap();
    assert!(init(dir.path()).status.success());
    let again = init(dir.path());
    assert_eq!(again.status.code(), Some(1));
    let told = String::from_utf8(again.stderr).unwrap();
    assert!(told.contains("already; nothing was changed"), "{told}");
}

#[test]
fn what_cannot_be_ordered_is_answered_with_what_can() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path());
    let (data, gif) = (dir.path().to_str().unwrap(), dir.path().join("a.gif"));
    let order = |branch, product, out| {
        bank(&["poster", "--data", data, "--branch", branch, "--product", product, "--out", out])
    };
    for (output, told) in [
        (order("XX99", "FLOW", "a.svg"), "LQ01, HY02, JJ03"),
        (order("LQ01", "GOLD", "a.svg"), "FLOW, QUICK, GUARANTEED"),
        (order("LQ01", "FLOW", gif.to_str().unwrap()), ".png, .svg or .pdf"),
    ] {
        assert_eq!(output.status.code(), Some(2));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn a_poster_is_written_and_its_path_printed() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("bank");
    init(&data);
    let out = dir.path().join("poster.svg");
    let (data, file) = (data.to_str().unwrap(), out.to_str().unwrap());
    let output =
        bank(&["poster", "--data", data, "--branch", "LQ01", "--product", "FLOW", "--out", file]);
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), file);
    let drawing = std::fs::read_to_string(out).unwrap();
    assert!(drawing.contains("LQ01-9") && drawing.contains("三步示范银行"));
}

#[test]
fn a_bank_is_backed_up_while_it_runs_and_restored_once_it_has_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let (data, file) = (dir.path().join("bank"), dir.path().join("monday.sqlite"));
    init(&data);
    let (data_at, file) = (data.to_str().unwrap(), file.to_str().unwrap());
    let gateway = Gateway::start(&data);
    let made = bank(&["backup", "--data", data_at, "--out", file]);
    let told = String::from_utf8(made.stdout).unwrap();
    let named = std::fs::read_to_string(format!("{file}.sha256")).unwrap();
    let (digest, name) = named.trim_end().split_once("  ").unwrap();
    assert!(told.contains(digest) && name == "monday.sqlite", "{told}{named}");

    let refused = bank(&["restore", "--data", data_at, "--from", file]);
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(told.contains("stop the gateway first"), "{told}");
    drop(gateway);

    let epoch = || std::fs::read_to_string(data.join("bank.json")).unwrap();
    let before = epoch();
    let restored = bank(&["restore", "--data", data_at, "--from", file]);
    let told = String::from_utf8(restored.stdout).unwrap();
    assert!(told.contains("0 envelopes; new epoch") && told.contains("before-"), "{told}");
    assert_ne!(epoch(), before);
    let alarms = bank(&["alarms", "--data", data_at]);
    assert!(String::from_utf8(alarms.stdout).unwrap().starts_with("0 open"));
    let alarms = bank(&["alarms", "--data", data_at, "--json"]);
    assert_eq!(String::from_utf8(alarms.stdout).unwrap(), "[]\n");
}

#[cfg(unix)]
#[test]
fn the_gateway_says_where_it_listens_and_stops_when_told() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path());
    for name in ["-TERM", "-INT"] {
        let mut gateway = Gateway::start(dir.path());
        let answer = gateway.get("/v1/catalogue");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        // A connection that says nothing does not keep the gateway from stopping.
        let _idle = TcpStream::connect(&gateway.address).unwrap();
        gateway.signal(name);
        assert!(gateway.child.wait().unwrap().success(), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_signed_catalogue_is_taken_up_without_a_pause() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path());
    let gateway = Gateway::start(dir.path());
    let source = dir.path().join("catalogue.json");
    let text = std::fs::read_to_string(&source).unwrap();
    let edited = text
        .replacen("\"version\": 1", "\"version\": 2", 1)
        .replace("\"phone\": \"0576-0000-0000\"", "\"phone\": \"0576-0000-0009\"");
    std::fs::write(&source, edited).unwrap();
    let signed = bank(&["catalogue", "sign", "--data", dir.path().to_str().unwrap()]);
    assert_eq!(String::from_utf8(signed.stdout).unwrap(), "catalogue 2 is in force\n");
    assert!(gateway.get("/T/1").contains("0576-0000-0000"));
    gateway.signal("-HUP");
    // The signal is handled at once; a bounded number of looks instead of a pause.
    let taken_up = (0..10_000).any(|_| gateway.get("/T/1").contains("0576-0000-0009"));
    assert!(taken_up);
}
