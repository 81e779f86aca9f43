//! The bank's side: a gateway that runs, backups, and an operator who restores.

use anyhow::Result;
use bank::{Bank, parts::Audit, restore, setup};
use seal::{Entropy, Timestamp};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// When everything begins: 2026-11-22 09:00 in China.
const START_MS: u64 = 1_795_309_200_000;

/// A bank, the clock on its wall, and its cupboard of backups.
pub(crate) struct Office {
    folder: tempfile::TempDir,
    clock: Arc<AtomicU64>,
    bank: Option<Bank>,
    backups: Vec<Kept>,
}

/// A backup: the ledger, and the objects as they were copied after it.
pub(crate) struct Kept {
    pub(crate) at: Timestamp,
    ledger: PathBuf,
    objects: PathBuf,
}

/// What an operator has of the objects at a restore.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Objects {
    /// They were not on the disk that broke.
    Untouched,
    /// Those copied with the backup.
    Copied,
}

impl Office {
    pub(crate) fn new(entropy: &dyn Entropy) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let now = Timestamp::from_millis(START_MS);
        setup::init(&folder.path().join("bank"), &setup::InitOptions::default(), now, entropy)?;
        let clock = Arc::new(AtomicU64::new(START_MS));
        let mut office = Self { folder, clock, bank: None, backups: Vec::new() };
        office.open()?;
        Ok(office)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("bank")
    }

    /// A folder for something else.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.load(Ordering::Relaxed))
    }

    pub(crate) fn pass(&self, millis: u64) {
        self.clock.fetch_add(millis, Ordering::Relaxed);
    }

    #[expect(clippy::expect_used, reason = "it is only closed within a restore")]
    pub(crate) fn bank(&self) -> &Bank {
        self.bank.as_ref().expect("the gateway runs")
    }

    fn open(&mut self) -> Result<()> {
        let clock = Arc::clone(&self.clock);
        let clock = Arc::new(move || Timestamp::from_millis(clock.load(Ordering::Relaxed)));
        self.bank = Some(Bank::open(&self.data(), clock)?);
        Ok(())
    }

    /// The way of docs/guide/restore.md: the ledger first, then the objects.
    pub(crate) fn back_up(&mut self) -> Result<()> {
        let n = self.backups.len();
        let ledger = self.beside(&format!("{n}.sqlite"));
        let objects = self.beside(&format!("{n}.objects"));
        restore::back_up(&self.data(), &ledger)?;
        copy_folder(&self.data().join("objects"), &objects)?;
        self.backups.push(Kept { at: self.now(), ledger, objects });
        Ok(())
    }

    pub(crate) fn backups(&self) -> &[Kept] {
        &self.backups
    }

    /// The gateway is gone, whatever was under way; backup `which` comes back.
    pub(crate) async fn restore(&mut self, which: usize, objects: Objects) -> Result<Audit> {
        self.bank = None;
        let kept = &self.backups[which];
        if let Objects::Copied = objects {
            fs::remove_dir_all(self.data().join("objects"))?;
            copy_folder(&kept.objects, &self.data().join("objects"))?;
        }
        let restored = restore::restore(&self.data(), &kept.ledger, None, self.now()).await?;
        if let Some(replaced) = restored.replaced {
            fs::remove_file(replaced)?;
        }
        self.open()?;
        Ok(restored.audit)
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_folder(&entry.path(), &target)?,
            false => drop(fs::copy(entry.path(), target)?),
        }
    }
    Ok(())
}
