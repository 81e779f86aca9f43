//! The real client and a real bank, with a round trip between them that a village has.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, ensure};
use client::ipc::{
    CaseRequest, CaseState, ConsentAnswer, DraftStep, DraftView, EnterBranchRequest,
};
use client::{Client, Config, Ports, Problem, Trust};
use sanbu_tests::key_stores::MemoryKeyStore;
use sanbu_tests::world::Person;

use crate::{Figures, link, median};

/// Half a round trip of 40 ms: 4G at the edge of its cell. Source: own judgement, between the 20
/// and 50 ms that such links show when they are idle.
const ONE_WAY: Duration = Duration::from_millis(20);
/// Cases that are sent by themselves, for the rate of one in flight.
const ALONE: usize = 40;

/// Sends so many cases at once, and some one after another.
pub fn figures(folder: &Path, trust: &Path, branch: &str, cases: usize) -> anyhow::Result<Figures> {
    tokio::runtime::Runtime::new()?.block_on(measure(folder, trust, branch, cases))
}

async fn measure(
    folder: &Path,
    trust: &Path,
    branch: &str,
    cases: usize,
) -> anyhow::Result<Figures> {
    let client = client_over_the_link(folder, trust).await?;
    // The first turn fetches the bank's words.
    client.deliver_due().await;

    let (mut empty, mut alone) = (vec![], vec![]);
    for number in 0..ALONE.min(cases) {
        empty.push(turn(&client).await);
        let case = apply(&client, branch, number).await?;
        alone.push(turn(&client).await);
        ensure!(is_delivered(&client, &case).await?, "a case was not delivered");
    }
    let mut saved = Vec::new();
    for number in 0..cases {
        saved.push(apply(&client, branch, number).await?);
    }
    let together = turn(&client).await;
    for case in &saved {
        ensure!(is_delivered(&client, case).await?, "a case was not delivered");
    }

    // Each turn begins with a question to the bank, whatever there is to send.
    let empty = median(empty);
    let one = 1.0 / (median(alone) - empty);
    let sixteen = cases as f64 / (together - empty);
    Ok(vec![
        ("drain_cases", cases.to_string()),
        ("drain_round_trip_ms", (2 * ONE_WAY.as_millis()).to_string()),
        ("drain_1_in_flight_per_s", format!("{one:.1}")),
        ("drain_16_in_flight_per_s", format!("{sixteen:.1}")),
        ("drain_16_vs_1", format!("{:.1}", sixteen / one)),
    ])
}

async fn client_over_the_link(folder: &Path, trust: &Path) -> anyhow::Result<Client> {
    let trust = Trust::from_json(&std::fs::read(trust)?)?;
    let bank = trust.address.clone();
    let bank = bank.strip_prefix("http://").context("the bank is on loopback")?;
    let near = link::listen(bank.trim_end_matches('/').parse()?, ONE_WAY).await?;
    let mut ports = Ports::system();
    ports.key_store = Arc::new(MemoryKeyStore::default());
    let config = Config {
        data: folder.join("device"),
        trust: Trust { address: format!("http://{near}"), ..trust },
        app_version: env!("CARGO_PKG_VERSION").into(),
        program: None,
    };
    Ok(tokio::task::spawn_blocking(|| Client::open(config, ports)).await??)
}

/// Seconds of one turn of the courier.
async fn turn(client: &Client) -> f64 {
    let start = Instant::now();
    client.deliver_due().await;
    start.elapsed().as_secs_f64()
}

/// The whole road of a made-up shop up to "saved"; gives the id of the case.
async fn apply(client: &Client, branch: &str, number: usize) -> anyhow::Result<String> {
    let person = Person { client, shop: u32::try_from(number)? };
    let request = EnterBranchRequest { number: branch.to_owned() };
    let draft = client.enter_branch(request).await.map_err(told)?;
    let mut draft: DraftView = match draft.shop {
        None => draft,
        Some(_) => {
            let request = client::ipc::DraftRequest { draft_id: draft.draft_id };
            client.forget_shop(request).await.map_err(told)?
        }
    };
    while draft.step == DraftStep::Consent {
        draft = person.decide(&draft, ConsentAnswer::Give, 2_000).await.map_err(told)?;
    }
    let draft = person.fill(&draft).await;
    Ok(person.submit(&draft).await.map_err(told)?.case_id)
}

async fn is_delivered(client: &Client, case_id: &str) -> anyhow::Result<bool> {
    let view = client.case(CaseRequest { case_id: case_id.to_owned() }).await.map_err(told)?;
    Ok(view.state == CaseState::Delivered)
}

fn told(problem: Problem) -> anyhow::Error {
    anyhow!("{:?}: {}", problem.code, problem.message)
}
