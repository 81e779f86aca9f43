//! A bank, a device and a person in one process: what they do, and what is promised on the way.
//!
//! Promises go to standard output, a line each, as soon as they are made:
//!
//! | line | promise |
//! | --- | --- |
//! | `begun <id>` | none: a draft, whose id is that of its case |
//! | `filled <id> <amount>` | the amount is kept |
//! | `discarding <id>` | none: from now on the draft may be gone |
//! | `saved <id>` | the case is kept, and gets to the bank |
//! | `taken back <id>` | it is kept as cancelled, and never gets to the bank |
//! | `delivered <id>` | the bank has it |
//! | `lied <act>` | an act met a fault and said that it went well |
//! | `clock <ms>` | none: the time, for the process after this one |

use crate::{
    fault::{met, met_by_the_device},
    shop::Shop,
};
use anyhow::{Context, Result, bail, ensure};
use bank::{Bank, folder::Folder, publishing, restore};
use client::{Client, ipc::*, ports::Clock};
use lending::money::RateBps;
use sanbu_tests::{
    World,
    key_stores::FolderKeyStore,
    network::Fault as Way,
    world::{Device, FIRST_PAGE},
};
use seal::Timestamp;
use std::{collections::BTreeSet, fmt::Display, fs, io::Write, path::Path, path::PathBuf};

/// An act that fails this often does so without a fault.
const TRIES: u32 = 4;
/// Turns of the courier after which nothing may be under way.
const TURNS: u32 = 40;
/// Between two turns: 20 min in ms, longer than any backoff.
const BETWEEN_TURNS_MS: u64 = 20 * 60 * 1000;

/// Says a line at once: a process that dies after it has said it.
pub fn say(line: impl Display) {
    let mut out = std::io::stdout().lock();
    // A parent that is gone hears nothing more.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Does something until it goes well. A failure without a fault is one; a fault that is not told is a
/// lie if the device met it.
pub async fn insist<T, E: Display>(what: &str, act: impl AsyncFn() -> Result<T, E>) -> Result<T> {
    for _ in 0..TRIES {
        let (before, of_the_device) = (met(), met_by_the_device());
        match act().await {
            Ok(done) => {
                if met_by_the_device() != of_the_device {
                    say(format_args!("lied {what}"));
                }
                return Ok(done);
            }
            Err(error) if met() == before => bail!("{what}: {error}, without a fault"),
            Err(_) => {}
        }
    }
    bail!("{what} fails again and again")
}

/// Everything in a folder.
pub struct Life {
    pub(crate) folder: PathBuf,
    pub(crate) world: World,
    pub(crate) device: Device,
    pub(crate) client: Client,
    pub(crate) bank: Option<Bank>,
    /// Says `saved` before the act, as a wrong order of the store would: the control.
    says_too_early: bool,
    told: BTreeSet<String>,
}

/// A device whose key store lies beside it.
pub fn device(world: &World, folder: &Path, name: &str) -> Device {
    world.device(name).with_key_store(FolderKeyStore::new(folder.join("keys")))
}

impl Life {
    /// Opens the bank and the device of a folder, as they were left there.
    pub async fn open(folder: &Path, now: Timestamp, says_too_early: bool) -> Result<Self> {
        let world = World::in_folder(folder, now).await;
        if folder.join("restoring").exists() {
            let data = world.bank_folder();
            restore::restore(&data, &folder.join("backup.sqlite"), None, now).await?;
            fs::remove_file(folder.join("restoring"))?;
        }
        let bank = insist("the bank's start", async || world.open_bank()).await?;
        world.network.connect(bank.router());
        let device = device(&world, folder, "phone");
        let client = insist("the client's start", async || device.try_start()).await?;
        let folder = folder.to_owned();
        let (bank, told) = (Some(bank), BTreeSet::new());
        Ok(Self { folder, world, device, client, bank, says_too_early, told })
    }

    /// The bank.
    pub fn bank(&self) -> Result<&Bank> {
        self.bank.as_ref().context("the bank is closed")
    }

    /// A person with a shop.
    pub fn shop(&self, number: u32) -> Shop<'_> {
        Shop { life: self, number }
    }

    /// Lets time pass.
    pub fn pass_ms(&self, millis: u64) {
        self.world.clock.pass_ms(millis);
        say(format_args!("clock {}", self.world.clock.now().as_millis()));
    }

    /// Delivers until nothing is under way; parked entries stay parked.
    pub async fn deliver(&mut self) -> Result<()> {
        self.world.network.set(Way::None);
        for _ in 0..TURNS {
            self.client.deliver_due().await;
            self.tell_delivered().await?;
            let home = self.client.home().await?;
            if home.catalogue_present && home.pending == home.parked {
                return Ok(());
            }
            self.pass_ms(BETWEEN_TURNS_MS);
        }
        bail!("something does not get to the bank")
    }

    /// Says what the screen shows as received.
    async fn tell_delivered(&mut self) -> Result<()> {
        for entry in self.client.outbox(FIRST_PAGE).await?.entries {
            if entry.state == CaseState::Delivered && self.told.insert(entry.case_id.clone()) {
                say(format_args!("delivered {}", entry.case_id));
            }
        }
        Ok(())
    }

    /// A case from the scan to "saved"; gives its id.
    pub(crate) async fn apply(&self, number: u32, photos: &[usize]) -> Result<String> {
        let shop = self.shop(number);
        let draft = shop.begin().await?;
        shop.attach(&draft, photos).await?;
        let draft = shop.decide(draft).await?;
        shop.fill(&draft, "10").await?;
        self.submit(&draft.draft_id).await
    }

    /// Submits twice: it is one case.
    pub(crate) async fn submit(&self, draft_id: &str) -> Result<String> {
        let request = DraftRequest { draft_id: draft_id.into() };
        if self.says_too_early {
            say(format_args!("saved {draft_id}"));
        }
        let submit = async || self.client.submit(request.clone()).await;
        let case = insist("submit", submit).await?;
        ensure!(case.case_id == draft_id, "a case has another id than its draft");
        say(format_args!("saved {draft_id}"));
        let twice = insist("submit twice", submit).await?;
        ensure!(twice.case_id == case.case_id, "submitting twice made two cases");
        Ok(case.case_id)
    }

    /// Takes back.
    pub(crate) async fn take_back(&self, case_id: &str) -> Result<()> {
        let request = CaseRequest { case_id: case_id.into() };
        let act = async || {
            // A disk that wrote and said that it had not: the second press finds it done.
            if self.client.case(request.clone()).await?.state == CaseState::Cancelled {
                return Ok(());
            }
            self.client.take_back(request.clone()).await.map(drop)
        };
        insist("take back", act).await?;
        say(format_args!("taken back {case_id}"));
        Ok(())
    }

    /// Withdraws the newest consent of a case, which takes the case back.
    pub(crate) async fn withdraw(&self, case_id: &str, before: &BTreeSet<String>) -> Result<()> {
        let records = self.records().await?;
        let record_id =
            records.difference(before).next().context("the case has no consent")?.clone();
        let request = WithdrawConsentRequest { record_id };
        insist("withdraw", async || self.client.withdraw_consent(request.clone()).await).await?;
        say(format_args!("taken back {case_id}"));
        Ok(())
    }

    /// Ids of consents on this device.
    pub(crate) async fn records(&self) -> Result<BTreeSet<String>> {
        let records = self.client.consents().await?.records;
        Ok(records.into_iter().map(|record| record.record_id).collect())
    }

    /// The bank edits a price, signs it and takes it up.
    pub(crate) async fn publish(&self) -> Result<()> {
        let folder = Folder::at(self.world.bank_folder());
        let mut catalogue = self.world.catalogue();
        for product in &mut catalogue.products {
            let rate = product.rate.get() - 10;
            product.rate = RateBps::new(rate).context("a rate")?;
        }
        catalogue.version += 1;
        fs::write(folder.file("catalogue.json"), serde_json::to_vec(&catalogue)?)?;
        let now = self.world.clock.now();
        insist("sign the catalogue", async || publishing::sign_catalogue(&folder, now)).await?;
        Ok(self.bank()?.reload()?)
    }

    /// The bank's disk breaks; an operator brings the backup back, and some photos are lost.
    pub(crate) async fn restore_bank(&mut self) -> Result<()> {
        self.world.network.disconnect();
        self.bank = None;
        fs::write(self.folder.join("restoring"), [])?;
        let data = self.world.bank_folder();
        lose_small_photos(&data.join("objects").join("parts"))?;
        let (backup, now) = (self.folder.join("backup.sqlite"), self.world.clock.now());
        let mut tries = 0;
        loop {
            let before = met();
            match restore::restore(&data, &backup, None, now).await {
                Ok(_) => break,
                // Its last request is just ending.
                Err(restore::RestoreError::InUse) => tokio::task::yield_now().await,
                Err(error) if met() == before => bail!("restore: {error}, without a fault"),
                Err(_) => tries += 1,
            }
            ensure!(tries < TRIES, "the restore fails again and again");
        }
        fs::remove_file(self.folder.join("restoring"))?;
        let bank = insist("the bank's start", async || self.world.open_bank()).await?;
        self.world.network.connect(bank.router());
        self.bank = Some(bank);
        Ok(())
    }
}

/// Every whole object that is small.
fn lose_small_photos(parts: &Path) -> Result<()> {
    for upload in fs::read_dir(parts)? {
        let whole = upload?.path().join("whole");
        if fs::metadata(&whole).is_ok_and(|found| found.len() < 30_000) {
            fs::remove_file(whole)?;
        }
    }
    Ok(())
}
