//! The canary search: values that exist nowhere else are typed and submitted; then everything that the
//! device has written is searched for them, in eight shapes.
//!
//! Searched are the client's folder, the stand-in for the key store, the temporary folder and the logs
//! of device and bank at `debug`; with a browser also its profile. The bank's own folder is left out:
//! the bank is whom the values are for.

pub mod search;

use crate::{
    orders::{Order, Said},
    process::{Ear, Heard, Process, Who},
    road::{Photos, words_of},
};
use anyhow::{Context, Result, bail, ensure};
use sanbu_tests::builders;
use search::{Hit, Search};
use std::{
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The shop of the canaries: a number that no other test uses.
const SHOP: u32 = 27_182_818;
/// A photo with words in it.
const PHOTOS: Photos = Photos { count: 1, bytes: 300_000 };
/// Stands in clear in the client's folder, in the bank's signed words: what shows that the search finds
/// what is there.
const IN_CLEAR: &str = "路桥支行";
/// Longest wait for something to be said on a busy machine.
const SAID_WITHIN: Duration = Duration::from_secs(60);

/// What to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The bank's program.
    pub bank: PathBuf,
    /// The device's program.
    pub device: PathBuf,
    /// A script that walks the road in a browser; none leaves the browser out.
    pub pages: Option<PathBuf>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Files searched, each counted at each stage.
    pub places: usize,
    /// Files in which the value that stands in clear was found.
    pub control: usize,
    /// What was found, and at which stage.
    pub hits: Vec<(String, Hit)>,
}

/// Walks the roads and searches.
///
/// # Errors
/// When a program does not do what it should.
pub fn run(plan: &Plan) -> Result<Report> {
    let mut report = Report::default();
    client(plan, &mut report).context("the client")?;
    if let Some(script) = &plan.pages {
        pages(script, &mut report).context("the pages")?;
    }
    ensure!(report.control > 0, "what stands in clear was not found: the search is broken");
    Ok(report)
}

impl Report {
    /// Keeps a folder in which something was found, for a person to look.
    fn leave(&self, folder: TempDir) {
        if !self.hits.is_empty() {
            let _ = folder.keep();
        }
    }

    /// Searches a folder for the canaries, and for what is known to be there.
    fn search(&mut self, stage: impl Into<String>, folder: &Path) -> Result<()> {
        let (code, mobile) = (builders::enterprise_code(SHOP), builders::mobile(SHOP));
        let bank = |path: &Path| path.is_dir() && path.ends_with("bank");
        let mut hits = BTreeSet::new();
        let photo = words_of(SHOP);
        let canaries = [("enterprise code", &*code), ("mobile", &*mobile), ("photo", &*photo)];
        let canaries = Search::of(&canaries)?;
        self.places += canaries.folder(folder, &bank, &mut hits)?;
        let stage = stage.into();
        self.hits.extend(hits.into_iter().map(|hit| (stage.clone(), hit)));
        let mut in_clear = BTreeSet::new();
        Search::of(&[("branch", IN_CLEAR)])?.folder(folder, &bank, &mut in_clear)?;
        self.control += in_clear.len();
        Ok(())
    }
}

/// The road in the pages, in a browser with a profile on the disk: the script stops at each stage, and
/// goes on when it is told to.
fn pages(script: &Path, report: &mut Report) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("sanbu-canary-").tempdir()?;
    let ear = Arc::default();
    let mut command = Command::new("node");
    command.arg(script).arg("--profile").arg(folder.path().join("profile"));
    command.args(["--code", &builders::enterprise_code(SHOP), "--mobile", &builders::mobile(SHOP)]);
    // Whatever the script, its programs and the browser write besides, they write here.
    command.env("TMPDIR", folder.path()).env("RUST_LOG", "debug");
    let log = folder.path().join("script.log");
    let mut walking = Process::start(Who::Pages, &mut command, &log, &ear)?;
    loop {
        let limit = Instant::now() + SAID_WITHIN;
        match ear.next(limit).context("the script said nothing for a minute")? {
            Heard::Stage(stage) => report.search(format!("pages: {stage}"), folder.path())?,
            Heard::Ended(_) => break,
            other => bail!("the script said {other:?}"),
        }
        walking.tell("go on\n");
    }
    let status = walking.ended()?;
    ensure!(status.success(), "{status}: {}", fs::read_to_string(log)?);
    report.leave(folder);
    Ok(())
}

/// A device and its bank, in one folder.
struct Stage {
    folder: TempDir,
    ear: Arc<Ear>,
    code: String,
}

/// The road with the real client: filled in, saved with no bank in reach, delivered; killed at each of
/// these, and closed.
fn client(plan: &Plan, report: &mut Report) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("sanbu-canary-").tempdir()?;
    let at_bank = |verb: &str, more: &[&str]| {
        let mut command = Command::new(&plan.bank);
        let command = command.arg(verb).arg("--data").arg(folder.path().join("bank"));
        let output = command.args(more).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    };
    at_bank("init", &[]).context("bank init")?;
    let code = at_bank("ticket", &["--branch", "LQ01", "--product", "FLOW"])?.trim().to_owned();
    fs::create_dir(folder.path().join("tmp"))?;
    let stage = Stage { folder, ear: Arc::default(), code };

    let (bank, address) = stage.bank(plan, "127.0.0.1:0")?;
    let mut device = stage.device(plan, address)?;
    stage.ask(&mut device, &Order::Fill { photos: PHOTOS }, |said| {
        matches!(said, Said::Filled(_))
    })?;
    report.search("filled in", stage.folder.path())?;
    stage.kill(device, Who::Device)?;
    report.search("filled in, killed", stage.folder.path())?;

    stage.kill(bank, Who::Bank)?;
    let mut device = stage.device(plan, address)?;
    let saved = |said: &Said| matches!(said, Said::Saved(_));
    stage.ask(&mut device, &Order::Apply { count: 1, photos: PHOTOS }, saved)?;
    report.search("saved", stage.folder.path())?;
    stage.kill(device, Who::Device)?;
    report.search("saved, killed", stage.folder.path())?;

    let (bank, address) = stage.bank(plan, &address.to_string())?;
    let mut device = stage.device(plan, address)?;
    stage.ask(&mut device, &Order::Dry, |said| matches!(said, Said::Dry { .. }))?;
    report.search("delivered", stage.folder.path())?;
    stage.kill(device, Who::Device)?;
    report.search("delivered, killed", stage.folder.path())?;

    let mut device = stage.device(plan, address)?;
    device.order(&Order::Stop);
    stage.until(|heard| matches!(heard, Heard::Ended(Who::Device)))?;
    let status = device.ended()?;
    ensure!(status.success(), "the device ended with {status}");
    report.search("closed", stage.folder.path())?;
    drop(bank);
    report.leave(stage.folder);
    Ok(())
}

impl Stage {
    fn bank(&self, plan: &Plan, listen: &str) -> Result<(Process, SocketAddr)> {
        let mut command = Command::new(&plan.bank);
        command.arg("serve").arg("--data").arg(self.folder.path().join("bank"));
        command.args(["--listen", listen]).env("RUST_LOG", "debug");
        let log = self.folder.path().join("bank.log");
        let bank = Process::start(Who::Bank, &mut command, &log, &self.ear)?;
        match self.until(|heard| matches!(heard, Heard::Listening(_)))? {
            Heard::Listening(address) => Ok((bank, address)),
            other => bail!("the bank said {other:?}"),
        }
    }

    fn device(&self, plan: &Plan, address: SocketAddr) -> Result<Process> {
        let at = |name: &str| self.folder.path().join(name);
        let mut command = Command::new(&plan.device);
        command.arg("--trust").arg(at("bank/trust.json"));
        command.arg("--address").arg(format!("http://{address}"));
        command.arg("--data").arg(at("device")).arg("--test-key-folder").arg(at("key"));
        command.args(["--code", &self.code, "--shop", &SHOP.to_string()]);
        command.env("RUST_LOG", "debug").env("TMPDIR", at("tmp"));
        Process::start(Who::Device, &mut command, &at("device.log"), &self.ear)
    }

    fn ask(&self, device: &mut Process, order: &Order, done: impl Fn(&Said) -> bool) -> Result<()> {
        device.order(order);
        self.until(|heard| matches!(heard, Heard::Said(said) if done(said)))?;
        Ok(())
    }

    fn kill(&self, process: Process, who: Who) -> Result<()> {
        process.kill()?;
        self.until(|heard| matches!(heard, Heard::Ended(gone) if *gone == who))?;
        Ok(())
    }

    fn until(&self, wanted: impl Fn(&Heard) -> bool) -> Result<Heard> {
        let limit = Instant::now() + SAID_WITHIN;
        loop {
            let heard = self.ear.next(limit).context("nothing was said for a minute")?;
            if wanted(&heard) {
                return Ok(heard);
            }
            if matches!(heard, Heard::Ended(_) | Heard::Said(Said::Refused(_))) {
                bail!("{heard:?}");
            }
        }
    }
}
