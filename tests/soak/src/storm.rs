//! The storm: many tablets come back into signal at once, over a way on which requests come to harm.
//!
//! Each tablet is the real client with files of its own; all of them live in one process, which costs
//! a few MB each. They capture their cases with no bank in reach, as at a market; then all
//! couriers start in the same moment. The bank is the real program on its SQLite ledger.

use crate::{
    audit::{Findings, Promises, audit},
    books::{Ledger, Queue},
    process::{Ear, Heard, Process, Who},
    road::{Photos, fill, id, until_catalogue},
    way::Way,
};
use anyhow::{Context, Result, ensure};
use client::{
    Client, Config, Ports, Trust,
    ports::{SilentNetwork, SystemClock, SystemDisk, SystemEntropy},
};
use sanbu_tests::{key_stores::MemoryKeyStore, world::Person};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, task::JoinSet};

/// Tablets that capture at a time: capturing is not what is measured.
const CAPTURING_AT_A_TIME: usize = 8;
/// Longest start of the bank on a busy machine.
const START_WITHIN: Duration = Duration::from_secs(60);

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many tablets.
    pub tablets: u32,
    /// Cases on each.
    pub cases: u32,
    /// Photos of each case.
    pub photos: Photos,
    /// Of a hundred requests, so many come to harm.
    pub harm_percent: usize,
    /// Until then everything must have been acknowledged.
    pub within: Duration,
    /// What the harm is drawn from.
    pub seed: u64,
    /// The bank's program.
    pub bank: PathBuf,
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    /// What the books say.
    pub findings: Findings,
    /// From the storm's begin to the last acknowledgement.
    pub took: Duration,
    /// Of each case, from the storm's begin to its verified acknowledgement; in order.
    pub waited: Vec<Duration>,
    /// Of each request that was answered, how long the bank took to begin the answer; in order.
    pub answers: Vec<Duration>,
    /// Requests, and how many came to harm.
    pub requests: (usize, usize),
    /// Length of an envelope, on average.
    pub envelope_bytes: u64,
    /// How long the capturing took.
    pub captured_in: Duration,
}

/// Runs a storm.
///
/// # Errors
/// When a program does not start, a command is refused, or not all is acknowledged in time.
pub async fn run(plan: &Plan) -> Result<Report> {
    let folder = tempfile::Builder::new().prefix("sanbu-storm-").tempdir()?;
    let data = folder.path().join("bank");
    let at_bank = |verb: &str, more: &[&str]| {
        let mut command = Command::new(&plan.bank);
        let output = command.arg(verb).arg("--data").arg(&data).args(more).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    };
    at_bank("init", &[]).context("bank init")?;
    let code = at_bank("ticket", &["--branch", "LQ01", "--product", "FLOW"])?.trim().to_owned();
    let ear = Arc::new(Ear::default());
    let mut command = Command::new(&plan.bank);
    command.arg("serve").arg("--data").arg(&data).args(["--listen", "127.0.0.1:0"]);
    command.env("RUST_LOG", "warn");
    let _bank = Process::start(Who::Bank, &mut command, &folder.path().join("bank.log"), &ear)?;
    let way = Way::open(listening(&ear).await?, plan.seed).await?;

    let began = Instant::now();
    let (tablets, promises) = capture(plan, folder.path(), &way, &code).await?;
    let captured_in = began.elapsed();

    way.harm(plan.harm_percent);
    let began = Instant::now();
    let waited = tokio::time::timeout(plan.within, drain(&tablets, began)).await;
    let mut waited = waited.with_context(|| format!("not drained in {:?}", plan.within))??;
    let took = began.elapsed();

    for tablet in &tablets {
        tablet.stop().await;
    }
    drop(tablets);
    let mut queue = Queue::default();
    for tablet in 0..plan.tablets {
        queue.join(Queue::read(&home(folder.path(), tablet))?);
    }
    let findings = audit(&promises, &queue, &Ledger::read(&data)?);
    let sizes = queue.entries.values().map(|entry| entry.size_bytes);
    let envelope_bytes = sizes.sum::<u64>() / (queue.entries.len() as u64).max(1);
    let mut answers = way.answers();
    waited.sort_unstable();
    answers.sort_unstable();
    Ok(Report {
        findings,
        took,
        waited,
        answers,
        requests: way.count(),
        envelope_bytes,
        captured_in,
    })
}

async fn listening(ear: &Arc<Ear>) -> Result<SocketAddr> {
    let ear = Arc::clone(ear);
    let until = Instant::now() + START_WITHIN;
    match tokio::task::spawn_blocking(move || ear.next(until)).await? {
        Some(Heard::Listening(address)) => Ok(address),
        other => anyhow::bail!("the bank did not start: {other:?}"),
    }
}

fn home(folder: &Path, tablet: u32) -> PathBuf {
    folder.join(format!("tablet-{tablet}"))
}

/// Opens all tablets, gives them the bank's words, and captures cases with no courier running.
async fn capture(
    plan: &Plan,
    folder: &Path,
    way: &Way,
    code: &str,
) -> Result<(Vec<Client>, Promises)> {
    let trust = Trust::from_json(&std::fs::read(folder.join("bank/trust.json"))?)?;
    let trust = Trust { address: format!("http://{}", way.address), ..trust };
    let turns = Arc::new(Semaphore::new(CAPTURING_AT_A_TIME));
    let mut capturing = JoinSet::new();
    for number in 0..plan.tablets {
        let config = Config {
            data: home(folder, number),
            trust: trust.clone(),
            app_version: "storm".into(),
            program: None,
        };
        let (turns, code) = (Arc::clone(&turns), code.to_owned());
        let (cases, photos) = (plan.cases, plan.photos);
        capturing.spawn(async move {
            let _turn = turns.acquire_owned().await?;
            let client =
                tokio::task::spawn_blocking(move || Client::open(config, ports())).await??;
            client.deliver_due().await;
            until_catalogue(&client).await?;
            let person = Person { client: &client, shop: number };
            let mut saved = Vec::with_capacity(cases as usize);
            for _ in 0..cases {
                let draft = fill(&person, &code, photos).await?;
                saved.push(id(&person.submit(&draft).await?.case_id));
            }
            anyhow::Ok((client, saved))
        });
    }
    let (mut tablets, mut promises) = (Vec::new(), Promises::default());
    while let Some(captured) = capturing.join_next().await {
        let (client, saved) = captured??;
        tablets.push(client);
        promises.saved.extend(saved);
    }
    Ok((tablets, promises))
}

fn ports() -> Ports {
    Ports {
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        key_store: Arc::new(MemoryKeyStore::default()),
        network: Arc::new(SilentNetwork::default()),
        disk: Arc::new(SystemDisk),
    }
}

/// Starts all couriers at once; when each case was acknowledged, since `began`.
async fn drain(tablets: &[Client], began: Instant) -> Result<Vec<Duration>> {
    let mut draining = JoinSet::new();
    for client in tablets {
        let client = client.clone();
        draining.spawn(async move {
            let mut changes = client.changes();
            let mut pending = client.home().await?.pending;
            let mut waited = Vec::with_capacity(pending as usize);
            client.start();
            while pending > 0 {
                changes.changed().await?;
                let left = client.home().await?.pending;
                waited.extend((left..pending).map(|_| began.elapsed()));
                pending = left;
            }
            anyhow::Ok(waited)
        });
    }
    let mut all = Vec::new();
    while let Some(waited) = draining.join_next().await {
        all.extend(waited??);
    }
    Ok(all)
}
