//! Every shape that leaves a process.

pub mod ipc;
pub mod problem;
