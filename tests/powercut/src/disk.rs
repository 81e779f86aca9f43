//! A disk in memory: what the running process sees, and a log of everything that changed it.
//!
//! The log is what a power-cut image is built from ([`crate::image`]). SQLite reaches the disk
//! through [`crate::vfs`]; a [`Fault`] makes it fail on the way.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rusqlite::ffi;

/// Which file content, apart from its name.
pub(crate) type NodeId = usize;

/// Something that changed the disk, or asked for it to last.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    /// A file got its name.
    Create { name: String, node: NodeId },
    /// Bytes were written.
    Write { node: NodeId, offset: usize, bytes: Arc<[u8]> },
    /// The file got another length.
    Truncate { node: NodeId, size_bytes: usize },
    /// The content was flushed; with `names`, the folder too.
    Sync { node: NodeId, names: bool },
    /// A flush failed, and what it should have written is gone for good: a later flush passes
    /// over it, while the process still reads it. Linux does so.
    SyncDropped { node: NodeId },
    /// A name was taken away; with `synced`, the folder was flushed after it.
    Delete { name: String, synced: bool },
}

/// Whether a flush does what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flush {
    /// What was flushed is there after a power cut.
    Honest,
    /// It is answered, and nothing is done.
    Lying,
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// One call of any kind fails with an I/O error and does nothing.
    Error,
    /// One write stops halfway with an I/O error.
    ShortWrite,
    /// A write stops halfway because the disk is full, and so does each one after it.
    Full,
    /// One flush fails, and what it should have written is dropped.
    DroppedFlush,
}

/// A fault that is waiting for its call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    /// How it fails.
    pub(crate) kind: FaultKind,
    /// At which call, counted from 1 over those that can fail this way.
    pub(crate) at: u64,
}

/// A call that SQLite makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Open,
    Read,
    Write,
    Truncate,
    Sync,
    Size,
    Access,
    Delete,
}

/// A result code of SQLite.
pub(crate) type Code = std::os::raw::c_int;

/// A file as the process sees it, and who holds which lock on it.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) content: Vec<u8>,
    pub(crate) locks: BTreeMap<u64, Code>,
}

/// The files of one folder.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) nodes: Vec<Node>,
    names: BTreeMap<String, NodeId>,
    log: Vec<Op>,
    flush: Flush,
    /// A real folder that shows the same files, for code that looks past SQLite.
    mirror: Option<PathBuf>,
    fault: Option<Fault>,
    calls: u64,
    writes: u64,
    syncs: u64,
    has_failed: bool,
    handles: u64,
}

impl Disk {
    /// A disk with these files on it, all of them flushed.
    pub(crate) fn holding(files: &BTreeMap<String, Vec<u8>>, flush: Flush) -> Disk {
        let nodes =
            files.values().map(|content| Node { content: content.clone(), ..Node::default() });
        Disk {
            nodes: nodes.collect(),
            names: files.keys().cloned().zip(0..).collect(),
            log: Vec::new(),
            flush,
            mirror: None,
            fault: None,
            calls: 0,
            writes: 0,
            syncs: 0,
            has_failed: false,
            handles: 0,
        }
    }

    /// Shows the files in a real folder as well, and takes up what others do there.
    pub(crate) fn mirror_in(&mut self, folder: &Path) -> io::Result<()> {
        for (name, node) in &self.names {
            fs::write(folder.join(name), &self.nodes[*node].content)?;
            mark(&folder.join(name))?;
        }
        self.mirror = Some(folder.to_owned());
        Ok(())
    }

    /// From here on the real folder stays as it is.
    pub(crate) fn stop_mirroring(&mut self) {
        self.mirror = None;
    }

    /// How many operations there were.
    pub(crate) fn log_len(&self) -> usize {
        self.log.len()
    }

    /// All operations so far; the log begins anew.
    pub(crate) fn take_log(&mut self) -> Vec<Op> {
        std::mem::take(&mut self.log)
    }

    /// The files as the process sees them.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let content = |node: &NodeId| self.nodes[*node].content.clone();
        self.names.iter().map(|(name, node)| (name.clone(), content(node))).collect()
    }

    /// Arms a fault, or takes it away; the calls are counted from here.
    pub(crate) fn arm(&mut self, fault: Option<Fault>) {
        self.fault = fault;
        self.calls = 0;
        self.writes = 0;
        self.syncs = 0;
        self.has_failed = false;
    }

    /// Whether the armed fault came to pass.
    pub(crate) fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// How many calls there were that can fail this way.
    pub(crate) fn calls(&self, kind: FaultKind) -> u64 {
        match kind {
            FaultKind::Error => self.calls,
            FaultKind::ShortWrite | FaultKind::Full => self.writes,
            FaultKind::DroppedFlush => self.syncs,
        }
    }

    /// Whether this call fails, and how.
    pub(crate) fn fails(&mut self, call: Call) -> Option<FaultKind> {
        self.calls += 1;
        self.writes += u64::from(call == Call::Write);
        self.syncs += u64::from(call == Call::Sync);
        let fault = self.fault?;
        let fails = match fault.kind {
            FaultKind::Error => self.calls == fault.at,
            FaultKind::ShortWrite => call == Call::Write && self.writes == fault.at,
            FaultKind::Full => call == Call::Write && self.writes >= fault.at,
            FaultKind::DroppedFlush => call == Call::Sync && self.syncs == fault.at,
        };
        self.has_failed |= fails;
        fails.then_some(fault.kind)
    }

    /// A number for a new handle.
    pub(crate) fn new_handle(&mut self) -> u64 {
        self.handles += 1;
        self.handles
    }

    /// The file of this name.
    pub(crate) fn find(&mut self, name: &str) -> Option<NodeId> {
        self.take_up_the_mirror();
        self.names.get(name).copied()
    }

    /// A new, empty file.
    pub(crate) fn create(&mut self, name: &str) -> NodeId {
        self.take_up_the_mirror();
        let node = self.adopt(name, Vec::new());
        self.show(|folder| {
            fs::write(folder.join(name), [])?;
            mark(&folder.join(name))
        });
        node
    }

    /// Writes, growing the file with noughts if need be.
    pub(crate) fn write(&mut self, node: NodeId, offset: usize, bytes: &[u8]) {
        self.take_up_the_mirror();
        put(&mut self.nodes[node].content, offset, bytes);
        self.log.push(Op::Write { node, offset, bytes: bytes.into() });
        self.show_node(node, |file| {
            file.seek(SeekFrom::Start(offset as u64))?;
            file.write_all(bytes)
        });
    }

    /// Gives the file another length.
    pub(crate) fn truncate(&mut self, node: NodeId, size_bytes: usize) {
        self.take_up_the_mirror();
        self.nodes[node].content.resize(size_bytes, 0);
        self.log.push(Op::Truncate { node, size_bytes });
        self.show_node(node, |file| file.set_len(size_bytes as u64));
    }

    /// Makes the content last, and with `names` the folder.
    pub(crate) fn sync(&mut self, node: NodeId, names: bool) {
        self.take_up_the_mirror();
        if self.flush == Flush::Honest {
            self.log.push(Op::Sync { node, names });
        }
    }

    /// Drops what the process wrote and did not flush; it still reads it.
    pub(crate) fn drop_writes(&mut self, node: NodeId) {
        self.log.push(Op::SyncDropped { node });
    }

    /// Takes a name away.
    ///
    /// # Errors
    ///
    /// The code for "there is no such file".
    pub(crate) fn delete(&mut self, name: &str, synced: bool) -> Result<(), Code> {
        self.take_up_the_mirror();
        self.names.remove(name).ok_or(ffi::SQLITE_IOERR_DELETE_NOENT)?;
        let synced = synced && self.flush == Flush::Honest;
        self.log.push(Op::Delete { name: name.to_owned(), synced });
        self.show(|folder| fs::remove_file(folder.join(name)));
        Ok(())
    }

    fn adopt(&mut self, name: &str, content: Vec<u8>) -> NodeId {
        let node = self.nodes.len();
        self.nodes.push(Node { content, ..Node::default() });
        self.names.insert(name.to_owned(), node);
        self.log.push(Op::Create { name: name.to_owned(), node });
        node
    }

    /// What others did in the real folder without SQLite: files that came, went or were written.
    /// It counts as flushed at once.
    fn take_up_the_mirror(&mut self) {
        let Some(folder) = &self.mirror else { return };
        let mut there = BTreeMap::new();
        for found in fs::read_dir(folder).into_iter().flatten().flatten() {
            there.insert(found.file_name().to_string_lossy().into_owned(), found.path());
        }
        let gone: Vec<_> =
            self.names.keys().filter(|name| !there.contains_key(*name)).cloned().collect();
        there.retain(|name, path| !self.names.contains_key(name) || !is_marked(path));
        for name in gone {
            self.names.remove(&name);
            self.log.push(Op::Delete { name, synced: true });
        }
        for (name, path) in there {
            let content = fs::read(&path).unwrap_or_default();
            // A file that is gone by now is taken up the next time.
            let _gone = mark(&path);
            let node = match self.names.get(&name) {
                Some(node) => *node,
                None => self.adopt(&name, Vec::new()),
            };
            self.nodes[node].content.clone_from(&content);
            self.log.push(Op::Truncate { node, size_bytes: content.len() });
            self.log.push(Op::Write { node, offset: 0, bytes: content.into() });
            self.log.push(Op::Sync { node, names: true });
        }
    }

    fn show(&self, act: impl FnOnce(&Path) -> io::Result<()>) {
        if let Some(folder) = &self.mirror {
            act(folder).expect("the mirror can be written");
        }
    }

    fn show_node(&self, node: NodeId, act: impl FnOnce(&mut fs::File) -> io::Result<()>) {
        let name = self.names.iter().find(|(_, named)| **named == node).map(|(name, _)| name);
        let Some(name) = name else { return };
        self.show(|folder| {
            act(&mut fs::File::options().write(true).open(folder.join(name))?)?;
            mark(&folder.join(name))
        });
    }
}

/// Dates a mirrored file so that a write of anybody else shows.
fn mark(path: &Path) -> io::Result<()> {
    fs::File::options().write(true).open(path)?.set_modified(SystemTime::UNIX_EPOCH)
}

fn is_marked(path: &Path) -> bool {
    let modified = fs::metadata(path).and_then(|found| found.modified());
    modified.is_ok_and(|at| at == SystemTime::UNIX_EPOCH)
}

/// Writes into a content, growing it with noughts.
pub(crate) fn put(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[offset..end].copy_from_slice(bytes);
}
