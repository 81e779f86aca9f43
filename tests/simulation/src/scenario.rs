//! One simulation: what happens, when, and what must be true at its end.

use crate::{
    schedule::{Act, Event, Events, Restore, TROUBLE, schedule},
    template::{Copied, Template, copy_folder},
    way::{BANK, PORT, SimulatedDoor, SimulatedWay},
};
use anyhow::{Result, anyhow, bail};
use bank::Bank;
use client::ipc::{
    CaseRequest, CaseState, CaseView, ConsentAnswer, ConsentRecordView, DraftRequest, EntryAct,
    EntryView, OutboxView, WithdrawConsentRequest,
};
use client::{Problem, ProblemCode, TurnEnd, ports::Clock, transport::Transport};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use sanbu_tests::{
    clock::{FakeClock, START},
    world::{Device, FIRST_PAGE, Person},
};
use seal::Timestamp;
use std::{
    collections::{BTreeSet, VecDeque},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// A step of the simulation.
const TICK: Duration = Duration::from_millis(40);
/// How long everything may take to arrive once there are none.
const CALM: Duration = Duration::from_secs(600);
/// The same of the machine's own time, whichever is longer: simulated time goes on while a disk or a
/// busy machine makes a commit wait.
const REAL_CALM: Duration = Duration::from_secs(20);
/// How often somebody presses "send now" in that time.
const NUDGE: Duration = Duration::from_secs(6);
/// Every so many seeds, devices are opened once more though nothing is crossed.
const LOOKED_AT_AGAIN: u64 = 50;
/// How often a device looks for something to do, of simulated time.
const LOOK: Duration = Duration::from_millis(100);

/// What a simulation came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Cases that were said to be saved.
    pub cases: u64,
    /// As in [`crate::Report`].
    pub lost: u64,
    /// As in [`crate::Report`].
    pub doubled: u64,
    /// What did not hold.
    pub why: Vec<String>,
    /// Cases that were taken back and are at the bank. The device may not have asked since they came.
    crossed: Vec<String>,
    /// As in [`crate::Report`].
    pub reopened: u64,
}

impl Outcome {
    /// Everything was asked: what is still crossed is lost on the device.
    fn last(mut self) -> Self {
        self.lost += self.crossed.len() as u64;
        self.why.append(&mut self.crossed);
        self
    }
}

/// What hosts and the director share. Survives their crashes.
struct Shared {
    code: String,
    bank: PathBuf,
    backup: PathBuf,
    devices: Vec<DeviceDesk>,
    clock: FakeClock,
    has_faults: Arc<AtomicBool>,
    seed: u64,
}

struct DeviceDesk {
    device: Device,
    clock: FakeClock,
    acts: Mutex<VecDeque<Act>>,
    /// Ids of cases that were said to be saved, or stood in the outbox at the beginning.
    saved: Mutex<BTreeSet<String>>,
    /// How much was on its way after the last whole turn since there are no faults.
    pending: Mutex<Option<usize>>,
    /// What went wrong with an act for no reason that a fault explains.
    wrong: Mutex<Vec<String>>,
}

/// Runs one simulation.
///
/// # Errors
/// What the harness itself could not do.
pub fn simulate(template: &Template, seed: u64, restore: Restore) -> Result<Outcome> {
    let copied = template.copy()?;
    let Copied { bank, backup, devices, .. } = &copied;
    let shared = Arc::new(Shared {
        code: template.code.clone(),
        bank: bank.clone(),
        backup: backup.clone(),
        devices: devices.iter().map(DeviceDesk::of).collect(),
        clock: FakeClock::at(START),
        has_faults: Arc::new(AtomicBool::new(true)),
        seed,
    });
    let mut dice = SmallRng::seed_from_u64(seed);
    let latency = Duration::from_millis(dice.random_range(20..400));
    let events = schedule(&mut dice, shared.devices.len(), restore);
    direct(&shared, latency, TROUBLE, events)?;
    let outcome = judge(&shared)?;
    let is_looked_at_again = seed.is_multiple_of(LOOKED_AT_AGAIN) || !outcome.crossed.is_empty();
    if !is_looked_at_again || !outcome.why.is_empty() {
        return Ok(outcome.last());
    }
    // What is crossed was at the bank's door just then. The app is opened once more: it asks, and what
    // it shows afterwards must be true. Where nothing is, nothing may change by that.
    shared.devices.iter().for_each(|desk| *lock(&desk.pending) = None);
    direct(&shared, latency, Duration::ZERO, Events::new())?;
    Ok(Outcome { reopened: 1, ..judge(&shared)?.last() })
}

impl DeviceDesk {
    fn of(device: &Device) -> Self {
        let clock = FakeClock::at(START);
        Self {
            device: device.clone().with_clock(clock.clone()),
            clock,
            acts: Mutex::default(),
            saved: Mutex::default(),
            pending: Mutex::new(None),
            wrong: Mutex::default(),
        }
    }
}

/// Runs hosts and events until there was trouble for so long, and everything arrived after it.
fn direct(
    shared: &Arc<Shared>,
    latency: Duration,
    trouble: Duration,
    mut events: Events,
) -> Result<()> {
    let began = shared.clock.now();
    let mut sim = turmoil::Builder::new()
        .rng_seed(shared.seed)
        .tick_duration(TICK)
        .simulation_duration(Duration::MAX)
        .min_message_latency(Duration::from_millis(5))
        .max_message_latency(latency)
        .tcp_capacity(1 << 16)
        .build();
    let hosted = Arc::clone(shared);
    sim.host(BANK, move || bank_host(Arc::clone(&hosted)));
    for number in 0..shared.devices.len() {
        let hosted = Arc::clone(shared);
        sim.host(name(number), move || device_host(Arc::clone(&hosted), number));
    }
    let mut skews = vec![0i64; shared.devices.len()];
    let mut next_nudge = trouble;
    let mut calm_since = None;
    loop {
        sim.step().map_err(|error| anyhow!("{error}"))?;
        let at = sim.elapsed();
        let now = began.as_millis() + u64::try_from(at.as_millis())?;
        shared.clock.set(Timestamp::from_millis(now));
        for (desk, skew) in shared.devices.iter().zip(&skews) {
            desk.clock.set(Timestamp::from_millis(now.saturating_add_signed(*skew)));
        }
        while events.first_key_value().is_some_and(|((due, _), _)| *due <= at) {
            let Some((_, event)) = events.pop_first() else { break };
            happen(&mut sim, shared, &mut skews, event)?;
        }
        if at >= next_nudge {
            if calm_since.is_none() {
                calm_since = Some(Instant::now());
                shared.has_faults.store(false, Ordering::Relaxed);
                for number in 0..shared.devices.len() {
                    sim.repair(name(number), BANK);
                    sim.release(name(number), BANK);
                }
            }
            // Every crashed host is up again by now: the schedule says so.
            shared.devices.iter().for_each(|desk| lock(&desk.acts).push_back(Act::SendNow));
            next_nudge += NUDGE;
        }
        if shared.devices.iter().all(|desk| *lock(&desk.pending) == Some(0)) {
            return Ok(());
        }
        if at > trouble + CALM && calm_since.is_some_and(|since| since.elapsed() > REAL_CALM) {
            let pending: Vec<_> = shared.devices.iter().map(|desk| *lock(&desk.pending)).collect();
            bail!("not all arrived within {CALM:?} of calm: {pending:?} pending");
        }
    }
}

fn happen(
    sim: &mut turmoil::Sim<'_>,
    shared: &Shared,
    skews: &mut [i64],
    event: Event,
) -> Result<()> {
    match event {
        Event::Act(device, act) => lock(&shared.devices[device].acts).push_back(act),
        Event::Clock(device, skew) => skews[device] = skew,
        Event::Part(device) => sim.partition(name(device), BANK),
        Event::Hold(device) => sim.hold(name(device), BANK),
        Event::Join(device) => {
            sim.repair(name(device), BANK);
            sim.release(name(device), BANK);
        }
        Event::CrashBank => sim.crash(BANK),
        Event::RestoreBank(restore) => {
            sim.crash(BANK);
            std::fs::remove_dir_all(&shared.bank)?;
            copy_folder(&shared.backup, &shared.bank)?;
            if restore == Restore::Told {
                bank::setup::renew_epoch(&shared.bank, shared.clock.now())?;
            }
            start(sim, BANK);
        }
        Event::CrashDevice(device) => {
            sim.crash(name(device));
            *lock(&shared.devices[device].pending) = None;
        }
        Event::StartBank => start(sim, BANK),
        Event::StartDevice(device) => start(sim, &name(device)),
    }
    Ok(())
}

fn start(sim: &mut turmoil::Sim<'_>, host: &str) {
    if !sim.is_host_running(host) {
        sim.bounce(host);
    }
}

async fn bank_host(shared: Arc<Shared>) -> turmoil::Result {
    let clock = shared.clock.clone();
    let bank = loop {
        let clock = clock.clone();
        match Bank::open(&shared.bank, Arc::new(move || clock.now())) {
            Ok(bank) => break bank,
            // The ledger's thread of the bank that crashed is just ending.
            Err(_) => tokio::time::sleep(LOOK).await,
        }
    };
    let door = turmoil::net::TcpListener::bind(("0.0.0.0", PORT)).await?;
    axum::serve(SimulatedDoor(door), bank.router()).await?;
    Ok(())
}

async fn device_host(shared: Arc<Shared>, number: usize) -> turmoil::Result {
    let desk = &shared.devices[number];
    let seed = shared.seed.wrapping_mul(31).wrapping_add(number as u64);
    let way = SimulatedWay::new(seed, Arc::clone(&shared.has_faults));
    let way: Arc<dyn Transport> = Arc::new(way);
    let client = loop {
        match desk.device.start_over(Arc::clone(&way)) {
            Ok(client) => break client,
            // A commit of the device that crashed is just ending.
            Err(error) => match Problem::from(error) {
                Problem { code: ProblemCode::StoreInUse, .. } => tokio::time::sleep(LOOK).await,
                problem => return Err(problem.code.to_string().into()),
            },
        }
    };
    client.start();
    while shared.has_faults.load(Ordering::Relaxed) {
        tokio::time::sleep(LOOK).await;
        desk.act_next(&client, &shared.code, number).await;
    }
    // How far the background got cannot be told from outside: a greeting that was held may be
    // answered by a bank that is gone. Turn by turn it can: one that began in the calm has asked the
    // bank of now what it has, and has brought the rest.
    client.stop().await;
    loop {
        desk.act_next(&client, &shared.code, number).await;
        if lock(&desk.acts).is_empty() && matches!(client.deliver_due().await, TurnEnd::Rest(_)) {
            // A case whose consents ended, by the clock of its device, is held for its owner.
            let is_queued = |entry: &&EntryView| entry.state == CaseState::Queued;
            let page = client.outbox(FIRST_PAGE).await.ok();
            let count = |page: OutboxView| page.entries.iter().filter(is_queued).count();
            *lock(&desk.pending) = page.map(count);
        }
        tokio::time::sleep(LOOK).await;
    }
}

impl DeviceDesk {
    /// Does what waits to be done next.
    async fn act_next(&self, client: &client::Client, code: &str, number: usize) {
        let act = lock(&self.acts).pop_front();
        if let Some(act) = act
            && let Err(wrong) = self.act(client, code, act).await
        {
            lock(&self.wrong).push(format!("device {number}: {act:?}: {wrong}"));
        }
    }

    /// Does what a person does. An error is one that no fault of the network explains.
    async fn act(&self, client: &client::Client, code: &str, act: Act) -> Result<(), String> {
        match act {
            Act::Apply { shop } => {
                let person = Person { client, shop };
                // A clock that is years off makes a code expired, and says so.
                let Ok(draft) = person.scan(code).await else { return Ok(()) };
                // Every fourth shop has photos: a small one, and one of two requests.
                let photos = if shop % 4 == 0 { &[20_000, 270_000][..] } else { &[] };
                for size in photos {
                    let request = DraftRequest { draft_id: draft.draft_id.clone() };
                    client
                        .add_part(request, "shop".into(), "image/jpeg".into(), vec![1; *size])
                        .await
                        .map_err(|problem| problem.code.to_string())?;
                }
                let draft = person.decide_all(draft, ConsentAnswer::Give).await;
                let draft = person.fill(&draft).await;
                match person.submit(&draft).await {
                    Ok(CaseView { case_id, .. }) => {
                        lock(&self.saved).insert(case_id);
                        Ok(())
                    }
                    // The clock jumped between the scan and the last press.
                    Err(problem) if is_about_time(problem.code) => Ok(()),
                    Err(problem) => Err(problem.code.to_string()),
                }
            }
            Act::Withdraw { nth } => {
                let records = client.consents().await.map_err(|p| p.code.to_string())?.records;
                let open = |r: &&ConsentRecordView| r.withdrawn_at_ms.is_none();
                let Some(record) = records.iter().filter(open).nth(nth) else { return Ok(()) };
                let request = WithdrawConsentRequest { record_id: record.record_id.clone() };
                client.withdraw_consent(request).await.map_err(|p| p.code.to_string())?;
                Ok(())
            }
            Act::TakeBack { nth } => {
                let chosen = lock(&self.saved).iter().nth(nth).cloned();
                let Some(case_id) = chosen else { return Ok(()) };
                let request = CaseRequest { case_id };
                let case = client.case(request.clone()).await.map_err(|p| p.code.to_string())?;
                if case.acts.contains(&EntryAct::TakeBack) {
                    // It may arrive in this very moment.
                    if let Ok(case) = client.take_back(request).await
                        && case.state == CaseState::Queued
                    {
                        return Err("taken back and still queued".into());
                    }
                }
                Ok(())
            }
            Act::SendNow => {
                client.send_now(FIRST_PAGE).await.map(|_| ()).map_err(|p| p.code.to_string())
            }
        }
    }
}

const fn is_about_time(code: ProblemCode) -> bool {
    matches!(code, ProblemCode::TicketExpired | ProblemCode::TicketNotYetValid)
}

/// Looks at what is left on the disks.
fn judge(shared: &Shared) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let clock = shared.clock.clone();
    let bank = Bank::open(&shared.bank, Arc::new(move || clock.now()))?;
    let mut arrived = 0;
    for (number, desk) in shared.devices.iter().enumerate() {
        outcome.why.append(&mut lock(&desk.wrong));
        let outbox = outbox::Outbox::open(&desk.device.folder().join("outbox.db"))?;
        let entries = outbox.entries()?;
        outcome.cases += entries.len() as u64;
        let known: BTreeSet<String> = entries.iter().map(|head| head.id.to_string()).collect();
        for promised in lock(&desk.saved).difference(&known) {
            outcome.lost += 1;
            outcome.why.push(format!("device {number}: {promised} was saved and is not there"));
        }
        for head in entries {
            let stored = runtime.block_on(bank.ledger().envelope(head.id.0))?;
            let is_there = stored.is_some_and(|s| *s.digest.as_bytes() == head.digest);
            arrived += u64::from(is_there);
            match head.state {
                outbox::EntryState::Delivered { .. } if is_there => {}
                outbox::EntryState::Cancelled { .. } if !is_there => {}
                outbox::EntryState::Cancelled { .. } => {
                    outcome.crossed.push(format!("device {number}: {} is cancelled", head.id));
                }
                // Said, with a reason, and asked again when its owner looks.
                outbox::EntryState::Parked { reason }
                    if reason.code() == "expired" && !is_there => {}
                state => {
                    outcome.lost += 1;
                    let state = state.name();
                    let what = format!("device {number}: {} is {state}, {is_there}", head.id);
                    outcome.why.push(what);
                }
            }
        }
    }
    let tally = runtime.block_on(bank.ledger().tally())?;
    if tally.envelopes != arrived {
        outcome.doubled += tally.envelopes.abs_diff(arrived);
        outcome.why.push(format!("{} envelopes at the bank, {arrived} known", tally.envelopes));
    }
    Ok(outcome)
}

fn name(device: usize) -> String {
    format!("device-{device}")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
