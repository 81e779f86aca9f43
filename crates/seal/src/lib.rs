//! Every byte of cryptography in Sanbu, and nothing else.
//!
//! The crate does no I/O, reads no clock and draws no randomness: keys, times and an
//! [`Entropy`] come in as arguments. No other crate of the workspace imports a crypto library.
//!
//! | job | module | how |
//! | --- | --- | --- |
//! | who said it | [`sign`] | COSE_Sign1 (RFC 9052), Ed25519, one namespace per kind of message |
//! | whom to believe | [`keys`] | a key directory signed by the root key that is pinned in the app |
//! | who may read it | [`sealed`] | HPKE (RFC 9180) to the bank, once, at capture |
//! | at rest | [`rows`] | XChaCha20-Poly1305 per row |
//! | a key behind a passphrase | [`passphrase`] | Argon2id (RFC 9106) |
//! | nothing taken away or changed later | [`tree`] | the Merkle tree of RFC 9162 |
//! | same bytes | [`digest`], [`chain`] | SHA-256 and a chain of it |
//!
//! Invariant: nothing here formats a secret. `Debug` of key types prints the public id only.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod cbor;
pub mod chain;
pub mod digest;
mod entropy;
pub mod keys;
pub mod passphrase;
pub mod pin;
pub mod rows;
pub mod sealed;
pub mod sign;
mod time;
pub mod tree;

pub use digest::Digest;
pub use entropy::{Entropy, random_bytes};
pub use keys::{KeyDirectory, KeyId, KeyUse, PublicKey, SigningKey};
pub use sign::Namespace;
pub use time::Timestamp;
