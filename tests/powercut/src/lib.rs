#![cfg_attr(test, allow(clippy::unwrap_used))]
//! Power cuts under the real outbox: at every I/O operation, image by image.
//!
//! # How
//!
//! A file system of our own is registered with SQLite as the default of the process (`vfs`). It
//! keeps files in memory (`disk`), and logs every operation that changes one. A seeded run of
//! posts, settlements, parts, reconciliations, purges and reopenings (`workload`) goes through the unmodified
//! `Outbox` on it (`trace`). Then, for each operation of the log, an image is built of what a
//! disk may hold if the power goes just there (`image`), the real `Outbox::open` opens it, and
//! (`check`):
//!
//! - it opens; it is never "corrupt";
//! - every step that had returned `Ok` is there in full, with the bytes of its body and its proof;
//! - nothing else is there, but that the one step under way may be done or not;
//! - created = queued + parked + delivered + cancelled;
//! - of each eight images one loses power again while it is opened and closed, and one goes on
//!   working.
//!
//! # What is modelled
//!
//! What was flushed is there. What was not is lost, kept, torn at sectors of 512 or 4096 bytes,
//! or kept without what came before it. Growth may come without bytes; there are then noughts or
//! rubbish. A name comes or goes with the flush of its folder, each by itself: as SQLite's own
//! file system on Unix does it, with the first flush of a new journal or log, and with a deletion
//! that asks for it.
//!
//! After how many pages the log is moved into the file is drawn, from 8 to SQLite's own 1000, so
//! that it happens within a short run; one run in 32 is long enough for 1000. Of a long run not
//! every write is cut.
//!
//! A run in eight begins with a file of an older version, if there is one (`older`). While a
//! file is opened for the first time the folder also exists for real, because a migration makes a
//! copy past SQLite. What is done there past SQLite counts as flushed at once.
//!
//! # What is not
//!
//! A disk that forgets what it said it flushed, or harms sectors that it was not writing; the
//! journal of a real file system, which allows less than is tried here; bits that turn by
//! themselves; two processes.
//!
//! # Controls
//!
//! The same images over a plain store with `synchronous=NORMAL`, and over the outbox on a disk
//! whose flush does nothing, must show losses; without them the harness would be broken.
//!
//! # Faults
//!
//! The same file system fails the Nth call, for every N of a run (`faults`): an I/O error in any
//! call, a write that stops halfway, a disk that is full until someone makes room.
//!
//! A flush that fails as on Linux, where what it should have written is dropped and still read, is
//! tried as well and counted (`dropped`, `dropped_lost`): a log whose last commit was dropped looks
//! whole to whoever opens the file anew before the power goes. The outbox writes the log over with
//! its own bytes when it opens it; without that, what is appended would hang in the air. See
//! Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020.
//!
//! # Seeds
//!
//! An image is named by seed, run and cut: `powercut --seed S --cut R:C` makes that one again and
//! writes it out. `powercut --seed S --fault R:N` meets the fault N of a run again. Only the salts
//! in SQLite's log differ between two processes.

mod check;
mod control;
mod dice;
mod disk;
mod faults;
mod file;
mod image;
mod older;
mod queue;
mod run;
mod trace;
mod vfs;
mod workload;

pub use run::{Failure, Report, Run, Trial, replay_cut, replay_fault, run};
