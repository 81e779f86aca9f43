//! Programs that xtask starts.
//!
//! Each gets a process group of its own, so that stopping it stops whatever it started in turn, and
//! all are stopped when xtask ends: by returning, by an error or by Ctrl-C.

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long a program may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(5);
/// Pause between two looks at a group that is ending.
const LOOK: Duration = Duration::from_millis(20);

/// The groups that are running. Held while one is started, so that none slips past `stop_all`.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

fn running() -> MutexGuard<'static, Vec<Pid>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running program.
pub struct Program {
    name: String,
    group: Pid,
    stdout: Option<ChildStdout>,
    exit: Receiver<ExitStatus>,
    status: Option<ExitStatus>,
}

impl Program {
    /// Starts a program; `name` is for messages.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(name: impl Into<String>, command: &mut Command) -> Result<Self> {
        use std::os::unix::process::CommandExt;
        let name = name.into();
        let mut list = running();
        let mut child = command
            .process_group(0)
            .spawn()
            .with_context(|| format!("could not start {name} ({command:?})"))?;
        let group = Pid::from_child(&child);
        list.push(group);
        drop(list);
        let stdout = child.stdout.take();
        let (tell, exit) = sync_channel(1);
        // Reaps the child and ends with it.
        thread::spawn(move || {
            if let Ok(status) = child.wait() {
                let _ = tell.send(status);
            }
        });
        Ok(Self { name, group, stdout, exit, status: None })
    }

    /// Waits for a line of its standard output that starts with `prefix` and returns the rest of it.
    ///
    /// Later output is read and dropped, so that the program never blocks on a full pipe.
    ///
    /// # Errors
    /// When the program ends first or `limit` passes.
    pub fn ready(&mut self, prefix: &'static str, limit: Duration) -> Result<String> {
        let name = &self.name;
        let stdout = self.stdout.take().with_context(|| format!("{name} has no piped output"))?;
        let (tell, heard) = sync_channel(1);
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some(rest) = line.strip_prefix(prefix) {
                    let _ = tell.try_send(rest.trim().to_owned());
                }
            }
        });
        match heard.recv_timeout(limit) {
            Ok(rest) => Ok(rest),
            Err(RecvTimeoutError::Timeout) => bail!("{name} did not say {prefix:?} in {limit:?}"),
            Err(RecvTimeoutError::Disconnected) => bail!("{name} ended before it was ready"),
        }
    }

    /// Waits until it ends; `None` when `limit` passes first.
    pub fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        if self.status.is_none() {
            self.status = self.exit.recv_timeout(limit).ok();
        }
        self.status
    }

    /// Stops it and everything it started: politely, then by force.
    pub fn stop(&mut self) {
        end(&[self.group]);
        running().retain(|group| *group != self.group);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Waits until one of the programs ends and returns its name and how it ended.
pub fn first_to_end(programs: &mut [&mut Program]) -> (String, ExitStatus) {
    loop {
        for program in programs.iter_mut() {
            if let Some(status) = program.wait(Duration::from_millis(100)) {
                // On Ctrl-C they end because they were stopped; then this waits for xtask's own end.
                drop(running());
                return (program.name.clone(), status);
            }
        }
    }
}

/// Runs a program to its end with its output shown.
///
/// # Errors
/// When it fails or takes longer than `limit`.
pub fn run(name: &str, command: &mut Command, limit: Duration) -> Result<()> {
    let mut program = Program::start(name, command.stdin(Stdio::null()))?;
    judge(&mut program, limit)
}

/// The same, and returns what it wrote to its standard output, which is shown too. How it ended is the
/// second part, so that output of a failing program can be counted.
///
/// # Errors
/// When it cannot be started.
pub fn record(name: &str, command: &mut Command, limit: Duration) -> Result<(String, Result<()>)> {
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut program = Program::start(name, command)?;
    let stdout = program.stdout.take().context("the output was piped")?;
    let reader = show(stdout);
    let judged = judge(&mut program, limit);
    // Nothing may hold the pipe open any more.
    program.stop();
    let text = reader.join().unwrap_or_default();
    Ok((text, judged))
}

fn show(stdout: ChildStdout) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(&line).and_then(|()| out.flush());
            text.push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
        text
    })
}

fn judge(program: &mut Program, limit: Duration) -> Result<()> {
    match program.wait(limit) {
        Some(status) if status.success() => Ok(()),
        Some(status) => bail!("{} failed: {status}", program.name),
        None => bail!("{} took longer than {} s", program.name, limit.as_secs()),
    }
}

/// Stops everything on Ctrl-C, on a closed terminal and on SIGTERM, then ends xtask.
///
/// # Errors
/// When the handler cannot be set.
pub fn stop_on_interrupt() -> Result<()> {
    ctrlc::set_handler(|| {
        // Held until the end: nothing more is started.
        let list = running();
        eprintln!();
        eprintln!("stopping what was started");
        end(&list);
        // 128 + SIGINT, as shells expect it.
        std::process::exit(130);
    })
    .context("could not listen for Ctrl-C")
}

/// Ends groups: asks, waits, then kills what is left.
fn end(groups: &[Pid]) {
    let alive = |group: &&Pid| test_kill_process_group(**group).is_ok();
    for group in groups {
        // An error means that the group is gone, which is what is wanted.
        let _ = kill_process_group(*group, Signal::TERM);
    }
    let started = Instant::now();
    while groups.iter().any(|group| alive(&group)) && started.elapsed() < GRACE {
        thread::park_timeout(LOOK);
    }
    for group in groups.iter().filter(alive) {
        let _ = kill_process_group(*group, Signal::KILL);
    }
}
