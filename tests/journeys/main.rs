//! Journeys: a real client and a real bank in one process, under a fake clock, over a network with
//! faults. Each test is a sentence of what Sanbu promises.
#![allow(clippy::unwrap_used, reason = "a journey that cannot go on must stop")]

mod applying;
mod bad_input;
mod consents;
mod copies;
mod delivering;
mod holding;
mod owner_mode;
mod parts;
mod poster;
mod repairing;
mod restoring;
mod scanning;
mod shapes;
mod tidy;
mod uploading;
mod vault;
mod visiting;
