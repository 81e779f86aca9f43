//! The seam to SQLite: a file system as a table of C functions. All unsafe code is here.
//!
//! Each function turns what C gives into Rust values, calls [`OpenFile`] or [`Disk`], and turns
//! the result into a code. A panic does not cross: an `extern "C"` function aborts instead.
//!
//! No shared memory and no memory maps are offered: with `locking_mode=exclusive` the write-ahead
//! log needs neither, and code that asked for them would be refused. The device says of itself
//! what SQLite's own file system on Linux says: sectors of 4096, and a torn write harms no byte
//! beside it.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::CStr;
use std::os::raw::{c_char, c_int, c_void};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, RwLock};

use rusqlite::ffi;

use crate::disk::{Call, Code, Disk};
use crate::file::{OpenFile, SharedDisk, lock};

/// The disks by the folder they stand for.
static DISKS: RwLock<Option<HashMap<String, SharedDisk>>> = RwLock::new(None);

/// Where SQLite's random numbers come from.
static RANDOM: Mutex<Option<crate::dice::Dice>> = Mutex::new(None);

thread_local! {
    /// After how many pages of log a connection opened on this thread moves them to the file.
    static AUTOCHECKPOINT_PAGES: Cell<c_int> = const { Cell::new(1000) };
}

/// A disk that SQLite finds at a folder for as long as this lives.
#[derive(Debug)]
pub(crate) struct Mounted {
    folder: String,
    disk: SharedDisk,
}

impl Mounted {
    /// Puts a disk at a folder. The first call makes this the file system of every connection
    /// that the process opens from then on.
    pub(crate) fn at(folder: &Path, disk: Disk) -> Mounted {
        register();
        let folder = folder.to_string_lossy().into_owned();
        let disk: SharedDisk = Arc::new(Mutex::new(disk));
        let mut disks = DISKS.write().unwrap_or_else(PoisonError::into_inner);
        disks.get_or_insert_default().insert(folder.clone(), disk.clone());
        Mounted { folder, disk }
    }

    /// The disk.
    pub(crate) fn disk(&self) -> MutexGuard<'_, Disk> {
        lock(&self.disk)
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let mut disks = DISKS.write().unwrap_or_else(PoisonError::into_inner);
        disks.get_or_insert_default().remove(&self.folder);
    }
}

/// Sets after how many pages of log a connection that this thread opens moves them to the file,
/// unless the connection sets its own number. SQLite's default is 1000.
pub(crate) fn set_autocheckpoint(pages: u16) {
    AUTOCHECKPOINT_PAGES.set(c_int::from(pages));
}

fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let vfs = Box::leak(Box::new(ffi::sqlite3_vfs {
            iVersion: 2,
            szOsFile: size_of::<Handle>() as c_int,
            mxPathname: 1024,
            pNext: std::ptr::null_mut(),
            zName: c"powercut".as_ptr(),
            pAppData: std::ptr::null_mut(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: None,
            xGetLastError: None,
            xCurrentTimeInt64: Some(current_time),
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        }));
        // SAFETY: the table lives for as long as the process, is never changed by this code
        // again, and every function that SQLite calls through it is set.
        let registered = unsafe { ffi::sqlite3_vfs_register(vfs, 1) };
        assert_eq!(registered, ffi::SQLITE_OK, "the file system is registered");
        // SAFETY: the function has the type that SQLite documents for entry points, and lives for
        // as long as the process.
        let extended = unsafe { ffi::sqlite3_auto_extension(Some(on_open)) };
        assert_eq!(extended, ffi::SQLITE_OK, "the entry point is registered");
    });
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock_file),
    xUnlock: Some(unlock_file),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

/// What SQLite allocates for each file: its own part first, then ours.
#[repr(C)]
struct Handle {
    base: ffi::sqlite3_file,
    file: *mut OpenFile,
}

fn code(result: Result<(), Code>) -> Code {
    result.err().unwrap_or(ffi::SQLITE_OK)
}

fn size_of_count(count: impl TryInto<usize>) -> usize {
    count.try_into().unwrap_or(0)
}

/// The disk of a path and the name on it.
fn find(path: &str) -> Option<(SharedDisk, &str)> {
    let path = Path::new(path);
    let folder = path.parent()?.to_str()?;
    let disks = DISKS.read().unwrap_or_else(PoisonError::into_inner);
    let disk = disks.as_ref()?.get(folder)?.clone();
    Some((disk, path.file_name()?.to_str()?))
}

/// # Safety
///
/// `path` is null or a string that ends in nought and outlives the result.
unsafe fn text<'p>(path: *const c_char) -> Option<&'p str> {
    if path.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller answers for the rest.
    unsafe { CStr::from_ptr(path) }.to_str().ok()
}

/// # Safety
///
/// `file` came from [`open`], which succeeded, and was not closed since; SQLite uses a file from
/// one thread at a time.
unsafe fn opened<'f>(file: *mut ffi::sqlite3_file) -> &'f mut OpenFile {
    // SAFETY: SQLite allocated `szOsFile` bytes for a handle, and `open` wrote one there.
    let handle = unsafe { &mut *file.cast::<Handle>() };
    // SAFETY: `open` put a leaked box there, and only `close` takes it back.
    unsafe { &mut *handle.file }
}

unsafe extern "C" fn on_open(
    db: *mut ffi::sqlite3,
    _message: *mut *mut c_char,
    _api: *const ffi::sqlite3_api_routines,
) -> c_int {
    // SAFETY: SQLite calls this with the connection that it is about to hand out.
    unsafe { ffi::sqlite3_wal_autocheckpoint(db, AUTOCHECKPOINT_PAGES.get()) }
}

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    path: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let handle = file.cast::<Handle>();
    // SAFETY: SQLite allocated `szOsFile` bytes for a handle. No methods means "not open", so
    // that it calls no `close` if this fails.
    unsafe { (*handle).base.pMethods = std::ptr::null() };
    // SAFETY: null for a nameless file, else a string of SQLite's.
    let Some((disk, name)) = unsafe { text(path) }.and_then(find) else {
        return ffi::SQLITE_CANTOPEN;
    };
    let opened = match OpenFile::open(&disk, name, flags) {
        Ok(opened) => opened,
        Err(refused) => return refused,
    };
    let whole = Handle {
        base: ffi::sqlite3_file { pMethods: &raw const METHODS },
        file: Box::into_raw(Box::new(opened)),
    };
    // SAFETY: as above; nothing that needs dropping was there before.
    unsafe { handle.write(whole) };
    if !out_flags.is_null() {
        // SAFETY: not null, so SQLite's own variable.
        unsafe { *out_flags = flags };
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let handle = file.cast::<Handle>();
    // SAFETY: SQLite closes a file that `open` opened, and closes it once.
    let file = unsafe { std::mem::replace(&mut (*handle).file, std::ptr::null_mut()) };
    // SAFETY: `open` made it from a box, and this was its last pointer.
    drop(unsafe { Box::from_raw(file) });
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    buffer: *mut c_void,
    size_bytes: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite hands over a buffer of so many bytes and does not look at it meanwhile. It
    // may not have been written, but bytes have no wrong value and these come from its heap.
    let buffer =
        unsafe { std::slice::from_raw_parts_mut(buffer.cast::<u8>(), size_of_count(size_bytes)) };
    // SAFETY: SQLite reads open files only.
    let file = unsafe { opened(file) };
    code(file.read(buffer, size_of_count(offset)))
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    bytes: *const c_void,
    size_bytes: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite hands over so many bytes and does not change them meanwhile.
    let bytes =
        unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), size_of_count(size_bytes)) };
    // SAFETY: SQLite writes open files only.
    let file = unsafe { opened(file) };
    code(file.write(bytes, size_of_count(offset)))
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite truncates open files only.
    let file = unsafe { opened(file) };
    code(file.truncate(size_of_count(size)))
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: SQLite flushes open files only.
    code(unsafe { opened(file) }.sync())
}

unsafe extern "C" fn file_size(
    file: *mut ffi::sqlite3_file,
    size: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite asks about open files only.
    match unsafe { opened(file) }.size() {
        Ok(found) => {
            // SAFETY: a variable of SQLite's.
            unsafe { *size = ffi::sqlite3_int64::try_from(found).unwrap_or(0) };
            ffi::SQLITE_OK
        }
        Err(refused) => refused,
    }
}

unsafe extern "C" fn lock_file(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite locks open files only.
    code(unsafe { opened(file) }.lock(level))
}

unsafe extern "C" fn unlock_file(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite unlocks open files only.
    unsafe { opened(file) }.unlock(level);
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: SQLite asks about open files only.
    let is_reserved = unsafe { opened(file) }.is_reserved();
    // SAFETY: a variable of SQLite's.
    unsafe { *out = c_int::from(is_reserved) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(
    _file: *mut ffi::sqlite3_file,
    _op: c_int,
    _arg: *mut c_void,
) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    4096
}

unsafe extern "C" fn device_characteristics(_file: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE | ffi::SQLITE_IOCAP_SUBPAGE_READ
}

unsafe extern "C" fn delete(
    _vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: a string of SQLite's.
    let Some((disk, name)) = unsafe { text(path) }.and_then(find) else {
        return ffi::SQLITE_IOERR_DELETE_NOENT;
    };
    let mut disk = lock(&disk);
    if disk.fails(Call::Delete).is_some() {
        return ffi::SQLITE_IOERR_DELETE;
    }
    code(disk.delete(name, sync_folder & 1 != 0))
}

unsafe extern "C" fn access(
    _vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: a string of SQLite's.
    let is_there = match unsafe { text(path) }.and_then(find) {
        None => false,
        Some((disk, name)) => {
            let mut disk = lock(&disk);
            if disk.fails(Call::Access).is_some() {
                return ffi::SQLITE_IOERR_ACCESS;
            }
            // An empty file counts as none, as on Unix.
            let is_empty = |disk: &Disk, node: usize| disk.nodes[node].content.is_empty();
            let found = disk.find(name);
            found.is_some_and(|node| flags != ffi::SQLITE_ACCESS_EXISTS || !is_empty(&disk, node))
        }
    };
    // SAFETY: a variable of SQLite's.
    unsafe { *out = c_int::from(is_there) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn full_pathname(
    _vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: a string of SQLite's.
    let path = unsafe { CStr::from_ptr(path) }.to_bytes_with_nul();
    if path.len() > size_of_count(room) {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: `out` has room for so many bytes, and is a buffer of its own.
    unsafe { std::ptr::copy_nonoverlapping(path.as_ptr().cast(), out, path.len()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn randomness(
    _vfs: *mut ffi::sqlite3_vfs,
    size_bytes: c_int,
    out: *mut c_char,
) -> c_int {
    let mut random = RANDOM.lock().unwrap_or_else(PoisonError::into_inner);
    let dice = random.get_or_insert_with(|| crate::dice::Dice::of(&[1]));
    let bytes = dice.bytes(size_of_count(size_bytes));
    // SAFETY: SQLite asks for so many bytes and has room for them.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len()) };
    size_bytes
}

unsafe extern "C" fn sleep(_vfs: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    microseconds
}

unsafe extern "C" fn current_time(
    _vfs: *mut ffi::sqlite3_vfs,
    out: *mut ffi::sqlite3_int64,
) -> c_int {
    // A Julian day in the year 2027, in milliseconds: these runs have no clock.
    // SAFETY: a variable of SQLite's.
    unsafe { *out = 2_461_500 * 86_400_000 };
    ffi::SQLITE_OK
}
