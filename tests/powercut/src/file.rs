//! An open file: what SQLite may do with it, in safe Rust.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::ffi;

use crate::disk::{Call, Code, Disk, FaultKind, NodeId};

/// A disk that several handles share.
pub(crate) type SharedDisk = Arc<Mutex<Disk>>;

/// A poisoned disk is as good as any: each method leaves it whole.
pub(crate) fn lock(disk: &SharedDisk) -> MutexGuard<'_, Disk> {
    disk.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One handle.
#[derive(Debug)]
pub(crate) struct OpenFile {
    disk: SharedDisk,
    node: NodeId,
    handle: u64,
    /// As SQLite's own file systems on Unix do: the first flush of a journal or log that this
    /// handle created flushes the folder too.
    owes_folder_sync: bool,
    delete_on_close: Option<String>,
}

impl OpenFile {
    /// Opens or creates.
    pub(crate) fn open(disk: &SharedDisk, name: &str, flags: Code) -> Result<OpenFile, Code> {
        let mut guard = lock(disk);
        if guard.fails(Call::Open).is_some() {
            return Err(ffi::SQLITE_CANTOPEN);
        }
        let found = guard.find(name);
        let may_create = flags & ffi::SQLITE_OPEN_CREATE != 0;
        let is_log = flags & (ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL) != 0;
        let node = match found {
            Some(node) => node,
            None if may_create => guard.create(name),
            None => return Err(ffi::SQLITE_CANTOPEN),
        };
        let delete_on_close =
            (flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0).then(|| name.to_owned());
        let handle = guard.new_handle();
        drop(guard);
        // SQLite sets this flag by the same rule: whether the open may create.
        let owes_folder_sync = may_create && is_log;
        Ok(OpenFile { disk: disk.clone(), node, handle, owes_folder_sync, delete_on_close })
    }

    /// Fills `buffer`; a file that ends before leaves noughts and says so.
    pub(crate) fn read(&self, buffer: &mut [u8], offset: usize) -> Result<(), Code> {
        let mut disk = lock(&self.disk);
        if disk.fails(Call::Read).is_some() {
            return Err(ffi::SQLITE_IOERR_READ);
        }
        let content = &disk.nodes[self.node].content;
        let rest = content.get(offset..).unwrap_or_default();
        let there = rest.len().min(buffer.len());
        buffer[..there].copy_from_slice(&rest[..there]);
        buffer[there..].fill(0);
        if there < buffer.len() { Err(ffi::SQLITE_IOERR_SHORT_READ) } else { Ok(()) }
    }

    pub(crate) fn write(&self, bytes: &[u8], offset: usize) -> Result<(), Code> {
        let mut disk = lock(&self.disk);
        match disk.fails(Call::Write) {
            None => {
                disk.write(self.node, offset, bytes);
                Ok(())
            }
            Some(FaultKind::Error | FaultKind::DroppedFlush) => Err(ffi::SQLITE_IOERR_WRITE),
            Some(FaultKind::ShortWrite) => {
                disk.write(self.node, offset, &bytes[..bytes.len() / 2]);
                Err(ffi::SQLITE_IOERR_WRITE)
            }
            Some(FaultKind::Full) => {
                disk.write(self.node, offset, &bytes[..bytes.len() / 2]);
                Err(ffi::SQLITE_FULL)
            }
        }
    }

    pub(crate) fn truncate(&self, size_bytes: usize) -> Result<(), Code> {
        let mut disk = lock(&self.disk);
        if disk.fails(Call::Truncate).is_some() {
            return Err(ffi::SQLITE_IOERR_TRUNCATE);
        }
        disk.truncate(self.node, size_bytes);
        Ok(())
    }

    pub(crate) fn sync(&mut self) -> Result<(), Code> {
        let mut disk = lock(&self.disk);
        if let Some(fault) = disk.fails(Call::Sync) {
            if fault == FaultKind::DroppedFlush {
                disk.drop_writes(self.node);
            }
            return Err(ffi::SQLITE_IOERR_FSYNC);
        }
        disk.sync(self.node, std::mem::take(&mut self.owes_folder_sync));
        Ok(())
    }

    pub(crate) fn size(&self) -> Result<usize, Code> {
        let mut disk = lock(&self.disk);
        if disk.fails(Call::Size).is_some() {
            return Err(ffi::SQLITE_IOERR_FSTAT);
        }
        Ok(disk.nodes[self.node].content.len())
    }

    /// Raises the lock to a level; busy if another handle stands in the way.
    pub(crate) fn lock(&self, level: Code) -> Result<(), Code> {
        let mut disk = lock(&self.disk);
        let locks = &mut disk.nodes[self.node].locks;
        let others = locks.iter().filter(|(handle, _)| **handle != self.handle);
        let highest = others.map(|(_, level)| *level).max().unwrap_or(0);
        let stands_in_the_way = match level {
            ffi::SQLITE_LOCK_NONE => false,
            ffi::SQLITE_LOCK_SHARED => highest >= ffi::SQLITE_LOCK_PENDING,
            ffi::SQLITE_LOCK_EXCLUSIVE => highest >= ffi::SQLITE_LOCK_SHARED,
            _ => highest >= ffi::SQLITE_LOCK_RESERVED,
        };
        if stands_in_the_way {
            return Err(ffi::SQLITE_BUSY);
        }
        let held = locks.entry(self.handle).or_insert(level);
        *held = level.max(*held);
        Ok(())
    }

    /// Lowers the lock to a level.
    pub(crate) fn unlock(&self, level: Code) {
        lock(&self.disk).nodes[self.node].locks.insert(self.handle, level);
    }

    /// Whether anyone holds more than a shared lock.
    pub(crate) fn is_reserved(&self) -> bool {
        let disk = lock(&self.disk);
        disk.nodes[self.node].locks.values().any(|level| *level >= ffi::SQLITE_LOCK_RESERVED)
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        let mut disk = lock(&self.disk);
        disk.nodes[self.node].locks.remove(&self.handle);
        if let Some(name) = self.delete_on_close.take() {
            // That it is gone already is what was wanted.
            let _gone = disk.delete(&name, false);
        }
    }
}
