//! The device: carries out orders with the real client, and says each promise once it was made.

use crate::{
    orders::{Order, Said},
    road::{fill, id, until_catalogue},
};
use anyhow::{Context, Result};
use clap::Parser;
use client::{
    Client, Config, Ports, Problem, ProblemCode, Trust,
    ipc::{CaseRequest, CaseState, ConsentDecision, EntryKind, WithdrawConsentRequest},
};
use sanbu_tests::{
    key_stores::FolderKeyStore,
    world::{FIRST_PAGE, Person},
};
use std::{collections::HashSet, io::BufRead, path::PathBuf, sync::Arc};
use tokio::sync::mpsc;

/// Orders that may wait: more than the harness gives in a cycle.
const ORDERS: usize = 64;

/// Where a device lives and whom it trusts.
#[derive(Parser)]
#[command(about = "A device without a screen, for the soak")]
pub struct Arguments {
    /// The bank's trust file.
    #[arg(long)]
    trust: PathBuf,
    /// Where the bank answers today, instead of the trust file's address.
    #[arg(long)]
    address: String,
    /// Folder of the client's files.
    #[arg(long)]
    data: PathBuf,
    /// Keep the store's key as a plain file in this folder.
    #[arg(long)]
    test_key_folder: PathBuf,
    /// The text of a branch code.
    #[arg(long)]
    code: String,
    /// Which made-up shop applies.
    #[arg(long, default_value_t = 1)]
    shop: u32,
}

/// Runs until [`Order::Stop`], or until its standard input ends.
///
/// # Errors
/// When the client cannot be opened.
pub async fn run(arguments: Arguments) -> Result<()> {
    let trust = std::fs::read(&arguments.trust).context("no trust file")?;
    let trust = Trust { address: arguments.address, ..Trust::from_json(&trust)? };
    let config = Config { data: arguments.data, trust, app_version: "soak".into(), program: None };
    let mut ports = Ports::system();
    ports.key_store = Arc::new(FolderKeyStore::new(arguments.test_key_folder));
    let client = tokio::task::spawn_blocking(move || Client::open(config, ports)).await??;
    client.start();
    Said::Ready.say();

    let telling = tokio::spawn(tell_deliveries(client.clone()));
    let mut heard = listen();
    let (hand_over, mut orders) = mpsc::channel(ORDERS);
    let hands = {
        let client = client.clone();
        tokio::spawn(async move {
            let person = Person { client: &client, shop: arguments.shop };
            while let Some(order) = orders.recv().await {
                if order == Order::Stop {
                    return;
                }
                if let Err(problem) = carry_out(&person, &arguments.code, order).await {
                    Said::Refused(problem.code.to_string()).say();
                }
            }
        })
    };
    while let Some(order) = heard.recv().await {
        if order == Order::SendNow {
            client.send_now(FIRST_PAGE).await?;
        } else {
            hand_over.send(order).await?;
        }
    }
    drop(hand_over);
    hands.await?;
    client.stop().await;
    telling.abort();
    // It is cut in its wait; nothing is said after this.
    let _ = telling.await;
    Ok(())
}

/// Orders as they come in, up to and with [`Order::Stop`].
fn listen() -> mpsc::Receiver<Order> {
    let (tell, heard) = mpsc::channel(ORDERS);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let order = serde_json::from_str(&line).expect("the harness writes orders");
            let last = order == Order::Stop;
            if tell.blocking_send(order).is_err() || last {
                return;
            }
        }
    });
    heard
}

async fn carry_out(person: &Person<'_>, code: &str, order: Order) -> Result<(), Problem> {
    match order {
        Order::Apply { count, photos } => {
            until_catalogue(person.client).await?;
            for _ in 0..count {
                let draft = fill(person, code, photos).await?;
                Said::Filled(id(&draft.draft_id)).say();
                Said::Saved(id(&person.submit(&draft).await?.case_id)).say();
            }
            Ok(())
        }
        Order::Fill { photos } => {
            until_catalogue(person.client).await?;
            Said::Filled(id(&fill(person, code, photos).await?.draft_id)).say();
            Ok(())
        }
        Order::TakeBack { pick } => take_back(person.client, pick).await,
        Order::Withdraw { pick } => withdraw(person.client, pick).await,
        Order::Dry => {
            let mut changes = person.client.changes();
            while person.client.outbox(FIRST_PAGE).await?.pending > 0 {
                // The client outlives this wait.
                let _ = changes.changed().await;
            }
            let drafts = person.client.home().await?.drafts;
            let drafts = drafts.iter().map(|draft| id(&draft.draft_id)).collect();
            Said::Dry { drafts }.say();
            Ok(())
        }
        Order::SendNow | Order::Stop => Ok(()),
    }
}

async fn take_back(client: &Client, pick: usize) -> Result<(), Problem> {
    let entries = client.outbox(FIRST_PAGE).await?.entries;
    let waiting: Vec<_> = entries
        .iter()
        .filter(|e| e.kind == EntryKind::Application && e.state == CaseState::Queued)
        .collect();
    let Some(entry) = nth(&waiting, pick) else { return Ok(()) };
    let case = id(&entry.case_id);
    Said::TakingBack(case).say();
    match client.take_back(CaseRequest { case_id: entry.case_id.clone() }).await {
        Ok(_) => Said::TakenBack(case).say(),
        // The bank was faster.
        Err(problem) if problem.code == ProblemCode::CaseAlreadyDelivered => {}
        Err(problem) => return Err(problem),
    }
    Ok(())
}

async fn withdraw(client: &Client, pick: usize) -> Result<(), Problem> {
    let records = client.consents().await?.records;
    let given: Vec<_> =
        records.iter().filter(|record| record.decision == ConsentDecision::Given).collect();
    let Some(record) = nth(&given, pick) else { return Ok(()) };
    client.withdraw_consent(WithdrawConsentRequest { record_id: record.record_id.clone() }).await?;
    Said::Withdrawn(id(&record.record_id)).say();
    Ok(())
}

/// Says each envelope of which the client shows that the bank has it.
async fn tell_deliveries(client: Client) {
    let mut told = HashSet::new();
    let mut changes = client.changes();
    loop {
        match client.outbox(FIRST_PAGE).await {
            Ok(view) => {
                for entry in view.entries {
                    if entry.state == CaseState::Delivered && told.insert(entry.case_id.clone()) {
                        Said::Delivered(id(&entry.case_id)).say();
                    }
                }
            }
            Err(problem) => Said::Refused(problem.code.to_string()).say(),
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}

fn nth<'t, T>(these: &'t [&'t T], pick: usize) -> Option<&'t T> {
    these.get(pick % these.len().max(1)).copied()
}
