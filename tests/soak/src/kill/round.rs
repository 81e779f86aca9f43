//! One round: a fresh bank, a fresh device, some cycles, an audit.

use super::Plan;
use crate::{
    audit::{Findings, Promises, audit},
    books::{Ledger, Queue},
    orders::{Order, Said},
    process::{Ear, Heard, Process, Who},
    road::Photos,
};
use anyhow::{Context, Result, bail, ensure};
use fastrand::Rng;
use lending::certificate::STOP_WITHIN_MS;
use std::{
    fmt::Write,
    net::TcpListener,
    path::PathBuf,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Longest wait for everything to run dry on a busy machine. A hang is a finding.
const DRY_WITHIN: Duration = Duration::from_secs(60);
/// How often "send now" is pressed while everything runs dry: the courier itself would wait up to a
/// minute after a bank that was away.
const PRESSED_EVERY: Duration = Duration::from_millis(250);
/// How often the ledger is read while a bank does what follows a withdrawal.
const LOOK: Duration = Duration::from_millis(20);
/// A close that has nothing left to do takes less: 60 ms.
const CLOSES_WITHIN_US: u64 = 60_000;
/// Ports that the operating system gives to nobody who does not ask for them by number.
const PORTS: std::ops::Range<u16> = 15_000..32_000;

/// A round under way.
pub struct Round<'p> {
    plan: &'p Plan,
    dice: Rng,
    folder: TempDir,
    port: u16,
    code: String,
    ear: Arc<Ear>,
    bank: Option<Process>,
    device: Option<Process>,
    history: String,
    dry: bool,
    /// Everything that the device said.
    pub promises: Promises,
    /// Cycles run.
    pub cycles: u64,
    /// Times that the device was killed.
    pub device_kills: u64,
    /// Times that the bank was killed.
    pub bank_kills: u64,
}

/// When somebody is killed.
struct Moment {
    /// At the latest this long after the cycle began.
    within: Duration,
    /// After so many promises, if they come before that.
    promises: u32,
    /// And this much later.
    later: Duration,
}

impl<'p> Round<'p> {
    /// Makes a bank and a code of it.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn begin(plan: &'p Plan, number: u64) -> Result<Self> {
        let mut dice = Rng::with_seed(plan.seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let folder = tempfile::Builder::new().prefix("sanbu-kill-").tempdir()?;
        let bank = folder.path().join("bank");
        let ran = |verb: &str, more: &[&str]| {
            let mut command = Command::new(&plan.bank);
            let output = command.arg(verb).arg("--data").arg(&bank).args(more).output()?;
            ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Ok(String::from_utf8(output.stdout)?)
        };
        ran("init", &[]).context("bank init")?;
        let code = ran("ticket", &["--branch", "LQ01", "--product", "FLOW"]);
        Ok(Self {
            plan,
            port: free_port(&mut dice),
            dice,
            code: code.context("bank ticket")?.trim().to_owned(),
            folder,
            ear: Arc::default(),
            bank: None,
            device: None,
            history: String::new(),
            dry: false,
            promises: Promises::default(),
            cycles: 0,
            device_kills: 0,
            bank_kills: 0,
        })
    }

    /// Runs the cycles, lets everything run dry, and compares the books.
    ///
    /// # Errors
    /// When something hung, or ended by itself.
    pub fn run(&mut self, cycles: u64) -> Result<Findings> {
        for _ in 0..cycles {
            self.cycle().with_context(|| format!("cycle {}", self.cycles))?;
            self.cycles += 1;
        }
        self.run_dry().context("running dry")?;
        // Read while the bank runs: nothing but the ledger's own file is asked.
        let ledger = self.ledger_when_stopped()?;
        self.bank = None;
        let queue = Queue::read(&self.folder.path().join("device"))?;
        Ok(audit(&self.promises, &queue, &ledger))
    }

    /// The ledger, once the bank has done what follows each withdrawal, or has had the time that it
    /// promises: one that was killed in between does the rest after its start.
    fn ledger_when_stopped(&mut self) -> Result<Ledger> {
        let since = Instant::now();
        loop {
            let ledger = Ledger::read(&self.folder.path().join("bank"))?;
            let is_done = ledger.stops.iter().all(|(_, took)| took.is_some());
            if is_done || since.elapsed() > Duration::from_millis(STOP_WITHIN_MS) {
                return Ok(ledger);
            }
            if let Some(heard) = self.ear.next(Instant::now() + LOOK) {
                self.take(heard)?;
            }
        }
    }

    /// Keeps the folder for a person, with what was heard in it.
    pub fn keep(mut self, findings: &str) -> PathBuf {
        self.bank = None;
        self.device = None;
        let told = format!("{}\n{findings}", self.history);
        let folder = self.folder.keep();
        let _ = std::fs::write(folder.join("history.txt"), told);
        folder
    }

    fn cycle(&mut self) -> Result<()> {
        self.start_what_is_down()?;
        for order in orders(&mut self.dice) {
            self.order(&order);
        }
        let mut moment = moment(&mut self.dice);
        let mut until = Instant::now() + moment.within;
        while let Some(heard) = self.ear.next(until) {
            let promised = self.take(heard)?;
            if promised && moment.promises > 0 {
                moment.promises -= 1;
                if moment.promises == 0 {
                    until = until.min(Instant::now() + moment.later);
                }
            }
        }
        // Device, bank or both: a phone is killed more often than a server.
        match self.dice.u8(0..100) {
            0..45 => self.kill_device(),
            45..75 => self.kill_bank(),
            75..88 => self.kill_device().and_then(|()| self.kill_bank()),
            _ => self.kill_bank().and_then(|()| self.kill_device()),
        }
    }

    fn start_what_is_down(&mut self) -> Result<()> {
        let address = format!("127.0.0.1:{}", self.port);
        let folder = self.folder.path();
        if self.bank.is_none() {
            let mut command = Command::new(&self.plan.bank);
            command.arg("serve").arg("--data").arg(folder.join("bank"));
            command.args(["--listen", &address]);
            let log = folder.join("bank.log");
            self.bank = Some(Process::start(Who::Bank, &mut command, &log, &self.ear)?);
        }
        if self.device.is_none() {
            let mut command = Command::new(&self.plan.device);
            command.arg("--trust").arg(folder.join("bank/trust.json"));
            command.arg("--address").arg(format!("http://{address}"));
            command.arg("--data").arg(folder.join("device"));
            command.arg("--test-key-folder").arg(folder.join("key"));
            command.args(["--code", &self.code]).env("RUST_LOG", "info");
            let log = folder.join("device.log");
            self.device = Some(Process::start(Who::Device, &mut command, &log, &self.ear)?);
        }
        Ok(())
    }

    fn order(&mut self, order: &Order) {
        if let Some(device) = &mut self.device {
            device.order(order);
        }
    }

    /// Takes in what was heard; whether it was a new promise.
    fn take(&mut self, heard: Heard) -> Result<bool> {
        let _ = writeln!(self.history, "{}: {heard:?}", self.cycles);
        match heard {
            // As when a phone is in signal again.
            Heard::Listening(_) => self.order(&Order::SendNow),
            Heard::Said(Said::Refused(code)) => bail!("the device was refused: {code}"),
            Heard::Said(Said::Ready) => {}
            Heard::Said(said) => {
                self.dry |= matches!(said, Said::Dry { .. });
                return Ok(self.promises.note(&said));
            }
            Heard::Stage(stage) => bail!("nobody should say {stage}"),
            Heard::Ended(who) => bail!("{who:?} ended by itself"),
        }
        Ok(false)
    }

    fn kill_device(&mut self) -> Result<()> {
        self.device_kills += 1;
        // Now and then it is killed while it closes, or has just closed.
        if self.dice.u8(0..6) == 0 {
            self.order(&Order::Stop);
            std::thread::park_timeout(Duration::from_micros(self.dice.u64(0..CLOSES_WITHIN_US)));
        }
        let device = self.device.take().context("a device runs")?;
        device.kill().context("the device")?;
        self.take_what_is_left(Who::Device)
    }

    fn kill_bank(&mut self) -> Result<()> {
        self.bank_kills += 1;
        self.bank.take().context("a bank runs")?.kill().context("the bank")?;
        self.take_what_is_left(Who::Bank)
    }

    /// What somebody who is gone had said before.
    fn take_what_is_left(&mut self, gone: Who) -> Result<()> {
        let _ = writeln!(self.history, "{}: killed {gone:?}", self.cycles);
        while let Some(heard) = self.ear.next(Instant::now()) {
            match heard {
                Heard::Ended(who) if who == gone => {}
                heard => drop(self.take(heard)?),
            }
        }
        Ok(())
    }

    /// Leaves both alone until nothing waits, then closes the device.
    fn run_dry(&mut self) -> Result<()> {
        self.start_what_is_down()?;
        let limit = Instant::now() + DRY_WITHIN;
        self.order(&Order::Dry);
        while !self.dry {
            ensure!(Instant::now() < limit, "something still waits after {DRY_WITHIN:?}");
            self.order(&Order::SendNow);
            let pressed = Instant::now() + PRESSED_EVERY;
            while let (false, Some(heard)) = (self.dry, self.ear.next(pressed)) {
                self.take(heard)?;
            }
        }
        self.order(&Order::Stop);
        loop {
            match self.ear.next(limit).context("the device does not stop")? {
                Heard::Ended(Who::Device) => break,
                heard => drop(self.take(heard)?),
            }
        }
        let status = self.device.take().context("a device runs")?.ended()?;
        ensure!(status.success(), "the device ended with {status}");
        Ok(())
    }
}

fn orders(dice: &mut Rng) -> Vec<Order> {
    // Every other time there are photos: within a chunk, and over the edge of one.
    let photos = match dice.u8(0..4) {
        0 => Photos { count: 1, bytes: dice.usize(100..20_000) },
        1 => Photos { count: dice.usize(1..=3), bytes: dice.usize(200_000..400_000) },
        _ => Photos::default(),
    };
    let mut orders = vec![Order::Apply { count: dice.u32(3..=6), photos }];
    if dice.u8(0..3) == 0 {
        orders.push(Order::TakeBack { pick: dice.usize(0..1000) });
    }
    if dice.u8(0..3) == 0 {
        orders.push(Order::Withdraw { pick: dice.usize(0..1000) });
    }
    dice.shuffle(&mut orders);
    orders
}

fn moment(dice: &mut Rng) -> Moment {
    let any_time = |dice: &mut Rng, most_us| Duration::from_micros(dice.u64(0..most_us));
    match dice.u8(0..100) {
        // While something starts: an open takes some 20 ms.
        0..20 => Moment { within: any_time(dice, 60_000), promises: 0, later: Duration::ZERO },
        // In the middle of what follows a promise. Three cases make nine, so on a slow machine this
        // waits for them, and something is always under way.
        20..80 => Moment {
            within: Duration::from_secs(2),
            promises: dice.u32(1..=8),
            later: any_time(dice, 8_000),
        },
        _ => Moment { within: any_time(dice, 500_000), promises: 0, later: Duration::ZERO },
    }
}

/// A port that nobody listens on. Two who ask at once may get the same one; the bank then says so.
fn free_port(dice: &mut Rng) -> u16 {
    loop {
        let port = dice.u16(PORTS);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
