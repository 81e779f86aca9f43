//! From a scanned poster to the verified acknowledgement: the real client and the real bank, each in its
//! own process, on this machine's loopback and disk.

use super::http::Host;
use super::{percentile, scratch};
use crate::place::Profile;
use crate::{bank, loopback};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

const RUNS: usize = 30;
/// Disk syncs measured after each run, so that both see the same disk.
const SYNCS_PER_RUN: usize = 10;
/// What SQLite writes at least: a page.
const PAGE: [u8; 4096] = [0x5a; 4096];
/// An application that is not acknowledged by then never will be.
const LIMIT: Duration = Duration::from_secs(30);
/// Reading time told to the client in place of waiting for it: consent pages stand at least 600 ms.
const DWELL_MS: u64 = 1_500;

/// Runs the road and the disk, in turn.
///
/// # Errors
/// When a program does not start or a call is refused.
pub fn figures() -> Result<Vec<(&'static str, String)>> {
    let folder = scratch()?;
    let at = |name: &str| folder.path().join(name);
    bank::init(&at("bank"), Profile::Release)?;
    bank::poster(&at("bank"), &at("poster.png"), Profile::Release)?;
    let _bank = bank::serve(&at("bank"), &at("trust.json"), &at("bank.log"), Profile::Release)?;
    let app = loopback::start(&at("trust.json"), &at("app"), &at("app.log"), Profile::Release)?;
    let host = Host::from_url(&app.address)?;
    let poster = fs::read(at("poster.png"))?;
    wait_for_catalogue(&host)?;

    println!("applying {RUNS} times");
    let (mut whole, mut scans, mut sends, mut syncs) = (vec![], vec![], vec![], vec![]);
    for _ in 0..RUNS {
        let run = apply(&host, &poster)?;
        whole.push(millis(run.whole));
        scans.push(millis(run.scan));
        sends.push(millis(run.send));
        syncs.extend(sync_times(&at("disk"))?);
    }
    let ms = |values: &mut [f64], percent| format!("{:.1}", percentile(values, percent));
    let p50 = percentile(&mut whole, 50);
    let sync = percentile(&mut syncs, 50);
    Ok(vec![
        ("scan_to_ack_runs", RUNS.to_string()),
        ("scan_to_ack_ms_p50", ms(&mut whole, 50)),
        ("scan_to_ack_ms_p95", ms(&mut whole, 95)),
        ("scan_picture_ms_p50", ms(&mut scans, 50)),
        ("scan_picture_ms_p95", ms(&mut scans, 95)),
        ("submit_to_ack_ms_p50", ms(&mut sends, 50)),
        ("submit_to_ack_ms_p95", ms(&mut sends, 95)),
        ("disk_sync_ms_p50", format!("{sync:.2}")),
        ("disk_sync_ms_p95", format!("{:.2}", percentile(&mut syncs, 95))),
        ("disk_syncs_per_s", format!("{:.0}", 1_000.0 / sync)),
        ("scan_to_ack_in_disk_syncs_p50", format!("{:.0}", p50 / sync)),
    ])
}

struct Run {
    whole: Duration,
    scan: Duration,
    send: Duration,
}

fn apply(host: &Host, poster: &[u8]) -> Result<Run> {
    let started = Instant::now();
    let read = host.call_raw("read_picture", poster)?;
    let codes = read["codes"].as_array().context("the poster is read")?;
    let texts: Vec<_> = codes.iter().map(|code| &code["text"]).collect();
    let mut draft = host.call("open_codes", &json!({ "texts": texts }))?;
    let scan = started.elapsed();
    let id = draft["draftId"].clone();
    if !draft["shop"].is_null() {
        draft = host.call("forget_shop", &json!({ "draftId": id }))?;
    }
    for consent in draft["consents"].as_array().context("a draft has consents")? {
        host.call("decide_consent", &answer(&id, consent))?;
    }
    for (field, value) in
        [("amount", "10"), ("enterprise_code", "91990000MA0000001B"), ("mobile", "19900000001")]
    {
        host.call("set_field", &json!({ "draftId": id, "field": field, "value": value }))?;
    }
    let submitted = Instant::now();
    let case = host.call("submit", &json!({ "draftId": id }))?;
    let case = json!({ "caseId": case["caseId"] });
    until_delivered(host, &case)?;
    Ok(Run { whole: started.elapsed(), scan, send: submitted.elapsed() })
}

fn answer(draft: &Value, consent: &Value) -> Value {
    json!({
        "draftId": draft,
        "noticeId": consent["noticeId"],
        "version": consent["version"],
        "locale": "zh-Hans",
        "answer": "give",
        "dwellMs": DWELL_MS,
        "pressedWith": "pointer",
        "fullTextOpened": false,
        "screenWidth": 360,
        "screenHeight": 740,
        "largeType": false,
    })
}

fn until_delivered(host: &Host, case: &Value) -> Result<()> {
    let started = Instant::now();
    while started.elapsed() < LIMIT {
        let view = host.call("case", case)?;
        match view["state"].as_str() {
            Some("delivered") => return Ok(()),
            Some("queued") => std::thread::park_timeout(Duration::from_millis(1)),
            other => bail!("the case is {other:?}: {view}"),
        }
    }
    bail!("not acknowledged in {LIMIT:?}")
}

fn wait_for_catalogue(host: &Host) -> Result<()> {
    let started = Instant::now();
    while started.elapsed() < LIMIT {
        if host.call("home", &json!(null))?["cataloguePresent"] == true {
            return Ok(());
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    bail!("no catalogue in {LIMIT:?}")
}

/// Milliseconds of single overwrites of one page, each followed by fdatasync: what the disk itself takes.
fn sync_times(path: &Path) -> Result<Vec<f64>> {
    let file = File::create(path)?;
    file.write_all_at(&PAGE, 0)?;
    file.sync_all()?;
    (0..SYNCS_PER_RUN)
        .map(|_| {
            let started = Instant::now();
            file.write_all_at(&PAGE, 0)?;
            file.sync_data()?;
            Ok(millis(started.elapsed()))
        })
        .collect()
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
