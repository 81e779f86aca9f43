//! What the tests share: made-up people, key stores, networks with faults, a world in one process.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

pub mod builders;
pub mod clock;
pub mod codes;
pub mod key_stores;
pub mod many;
pub mod network;
pub mod proxy;
pub mod tls_servers;
pub mod world;

pub use world::World;
