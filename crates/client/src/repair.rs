//! The start of a client, and its repair when the outbox is damaged.
//!
//! A host holds a [`Start`]: the client, or why there is none. A damaged or foreign outbox is never
//! opened, written to or recreated by itself. A person reads what happened and presses once: then
//! the file is moved aside, a new outbox begins, and everything that can be read is taken up into
//! it. Killed at any line, the next start says the same, and the same press goes on: a file that was
//! moved aside counts as unrepaired until a mark beside it says that it was read to its end.

use crate::{
    Client, Config, Ports, StartError,
    cases::device_number,
    core::{OUTBOX_FILE, outbox_time},
};
use outbox::{OpenError, Outbox, QuarantineError, SalvageError, Salvaged, quarantine};
use seal::Digest;
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};
use tokio::sync::watch;
use wire::{
    ipc::RepairView,
    problem::{Problem, ProblemCode},
};

/// Ends the name of the mark beside a file that was moved aside and read to its end.
const READ_MARK: &str = ".read";

/// Why a damaged outbox was not repaired. Nothing was deleted; the same press goes on.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// There is nothing to repair.
    #[error("the outbox is not damaged")]
    NotDamaged,
    /// It was not moved aside.
    #[error(transparent)]
    Quarantine(#[from] QuarantineError),
    /// No new outbox.
    #[error("a new outbox: {0}")]
    Open(#[from] OpenError),
    /// It was not read to its end.
    #[error(transparent)]
    Salvage(SalvageError),
    /// The folder.
    #[error("the folder of the outbox: {0}")]
    Folder(#[from] io::Error),
    /// The client still does not start.
    #[error("after the repair: {0}")]
    Start(#[from] StartError),
}

/// What a host holds: the client, or why it could not start.
pub struct Start {
    config: Config,
    ports: Ports,
    state: watch::Sender<Result<Client, Problem>>,
}

impl Start {
    /// Opens the client's files. Blocks, as [`Client::open`] does.
    pub fn open(config: Config, ports: Ports) -> Self {
        let state = watch::Sender::new(start(&config, &ports));
        Self { config, ports, state }
    }

    /// The client.
    ///
    /// # Errors
    /// The problem it could not start with.
    pub fn client(&self) -> Result<Client, Problem> {
        self.state.borrow().clone()
    }

    /// Waits until there is a client: at once, or when it was repaired.
    pub async fn started(&self) -> Option<Client> {
        let mut state = self.state.subscribe();
        let started = state.wait_for(Result::is_ok).await.ok()?;
        started.as_ref().ok().cloned()
    }

    /// Moves a damaged outbox aside, takes up what can be read of it, and starts the client, though
    /// not its courier.
    ///
    /// # Errors
    /// [`Problem`]; nothing was deleted, and calling again goes on.
    pub fn repair(&self) -> Result<RepairView, Problem> {
        let is_damaged = matches!(
            &*self.state.borrow(),
            Err(problem) if problem.code == ProblemCode::OutboxDamaged
        );
        if !is_damaged {
            return Err(RepairError::NotDamaged.into());
        }
        let view = self.mend()?;
        let client = start(&self.config, &self.ports);
        self.state.send_modify(|state| *state = client.clone());
        client.map(|_| view)
    }

    fn mend(&self) -> Result<RepairView, RepairError> {
        let path = self.config.data.join(OUTBOX_FILE);
        let now = outbox_time(self.ports.clock.now());
        if is_refused(&path)? {
            quarantine(&path, now)?;
        }
        let outbox = Outbox::open(&path)?;
        let mut view = RepairView {
            recovered: 0,
            damaged: Vec::new(),
            unreadable: 0,
            parts: 0,
            parts_unreadable: 0,
            old_file: String::new(),
        };
        for aside in unread(&self.config.data)? {
            let digest_of = |bytes: &[u8]| *Digest::of(bytes).as_bytes();
            match outbox.salvage(&aside, now, digest_of) {
                Ok(salvaged) => add(&mut view, salvaged),
                // Nothing of ours in it: it stays where it lies. Anything else may pass.
                Err(SalvageError::Unreadable(e)) if is_hopeless(&e) => {
                    tracing::error!("nothing can be read of the old outbox: {e}");
                }
                Err(e) => return Err(RepairError::Salvage(e)),
            }
            mark_as_read(&aside)?;
            view.old_file = aside.display().to_string();
        }
        tracing::warn!(recovered = view.recovered, "repaired the outbox");
        Ok(view)
    }
}

/// Whether a file says nothing, however often it is asked.
fn is_hopeless(error: &OpenError) -> bool {
    match error {
        OpenError::Unreadable(_) => true,
        OpenError::Io(e) => e.kind() == io::ErrorKind::UnexpectedEof,
        _ => false,
    }
}

fn start(config: &Config, ports: &Ports) -> Result<Client, Problem> {
    match unread(&config.data) {
        Ok(aside) if aside.is_empty() => {}
        Ok(_) => return Err(Problem::new(ProblemCode::OutboxDamaged, "a repair was cut short")),
        Err(e) => return Err(RepairError::Folder(e).into()),
    }
    Client::open(config.clone(), ports.clone()).map_err(|e| {
        tracing::error!("the client cannot start: {e}");
        e.into()
    })
}

/// Whether the file is refused as damaged or foreign; one that opens, or is not there, is not.
fn is_refused(path: &Path) -> Result<bool, RepairError> {
    match Outbox::open(path) {
        Ok(_) => Ok(false),
        Err(OpenError::Unreadable(_)) => Ok(true),
        Err(e) => Err(e.into()),
    }
}

/// Files that were moved aside and not read to their end yet, oldest first.
fn unread(data: &Path) -> io::Result<Vec<PathBuf>> {
    let start = format!("{OUTBOX_FILE}.damaged-");
    let mut found = Vec::new();
    let entries = match fs::read_dir(data) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        // The date has hyphens only: what comes after a dot is a number, a log, a copy or the mark.
        let is_aside =
            name.to_str().and_then(|name| name.strip_prefix(&start)).is_some_and(|end| {
                !end.contains("-wal")
                    && !end.contains("-journal")
                    && !end.contains("-shm")
                    && end.split('.').skip(1).all(|part| part.parse::<u32>().is_ok())
            });
        if is_aside && !read_mark(&entry.path()).exists() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn read_mark(aside: &Path) -> PathBuf {
    let mut name = aside.as_os_str().to_owned();
    name.push(READ_MARK);
    name.into()
}

fn mark_as_read(aside: &Path) -> io::Result<()> {
    File::create(read_mark(aside))?.sync_all()
}

fn add(view: &mut RepairView, salvaged: Salvaged) {
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    view.recovered += small(salvaged.entries + salvaged.known);
    view.damaged.extend(salvaged.damaged.iter().map(|id| device_number(id.0)));
    view.unreadable += small(salvaged.unreadable);
    view.parts += small(salvaged.parts);
    view.parts_unreadable += small(salvaged.parts_unreadable);
}
