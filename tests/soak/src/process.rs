//! Processes that are started, heard and killed.

use crate::orders::{Order, Said};
use anyhow::{Context, Result};
use std::{
    collections::VecDeque,
    fs::File,
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdin, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Instant,
};

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The bank.
    Bank,
    /// The device.
    Device,
    /// A script that walks in a browser.
    Pages,
}

/// What was heard.
#[derive(Clone, Debug)]
pub enum Heard {
    /// The bank answers at this address.
    Listening(SocketAddr),
    /// A device said something.
    Said(Said),
    /// A script has come to a stage, and waits.
    Stage(String),
    /// Somebody's output ended, and so did its process, or it is about to.
    Ended(Who),
}

/// Where all that is heard comes together, in the order in which it came.
#[derive(Default)]
pub struct Ear {
    queue: Mutex<VecDeque<Heard>>,
    more: Condvar,
}

impl Ear {
    fn hear(&self, heard: Heard) {
        self.lock().push_back(heard);
        self.more.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Heard>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next thing heard, or none by `until`.
    pub fn next(&self, until: Instant) -> Option<Heard> {
        let queue = self.lock();
        let left = until.saturating_duration_since(Instant::now());
        let waited = self.more.wait_timeout_while(queue, left, |queue| queue.is_empty());
        waited.unwrap_or_else(PoisonError::into_inner).0.pop_front()
    }
}

/// A process of the soak. Killed when dropped.
pub struct Process {
    child: Child,
    stdin: ChildStdin,
    reader: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts it; what it says goes to `ear`, what it logs to the end of `log`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(who: Who, command: &mut Command, log: &Path, ear: &Arc<Ear>) -> Result<Self> {
        let log = File::options().append(true).create(true).open(log)?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("could not start {command:?}"))?;
        let stdin = child.stdin.take().context("it was piped")?;
        let stdout = child.stdout.take().context("it was piped")?;
        let ear = Arc::clone(ear);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some(heard) = understood(who, &line) {
                    ear.hear(heard);
                }
            }
            ear.hear(Heard::Ended(who));
        });
        Ok(Self { child, stdin, reader: Some(reader) })
    }

    /// Gives an order. One that ended by itself is noticed elsewhere.
    pub fn order(&mut self, order: &Order) {
        self.tell(&order.line());
    }

    /// Writes to its standard input.
    pub fn tell(&mut self, line: &str) {
        let _ = self.stdin.write_all(line.as_bytes()).and_then(|()| self.stdin.flush());
    }

    /// SIGKILL; returns once it is gone and all that it had said was heard.
    ///
    /// # Errors
    /// When it ended by itself before, badly.
    pub fn kill(mut self) -> Result<()> {
        let ended = self.child.try_wait()?;
        self.end();
        anyhow::ensure!(ended.is_none_or(|status| status.success()), "it had ended: {ended:?}");
        Ok(())
    }

    /// How it ended; to be called once its output has ended.
    ///
    /// # Errors
    /// When the operating system does not say.
    pub fn ended(mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

fn understood(who: Who, line: &str) -> Option<Heard> {
    match who {
        Who::Bank => line.strip_prefix("listening on http://")?.parse().ok().map(Heard::Listening),
        Who::Pages => line.strip_prefix("stage ").map(|stage| Heard::Stage(stage.into())),
        // A line that a kill cut short was not said.
        Who::Device => serde_json::from_str(line).ok().map(Heard::Said),
    }
}
