//! Grey frame in, code text out; no camera.
//!
//! Four ideas: [`GreyFrame`] is a picture of one brightness byte a pixel, `read_photo` (feature
//! `photo`, on by default) makes one from a picture file, [`decode_by`] and its like find the QR
//! codes in it, and [`hint`] says why nothing was found. Everything is pure: no file, no network,
//! no camera. Text that comes out was written by a stranger: whoever uses it must check a
//! signature before anything is shown or fetched.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod decode;
#[cfg(test)]
mod drawn;
mod frame;
mod hint;
#[cfg(feature = "photo")]
mod photo;

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub use decode::decode;
pub use decode::{Clock, Effort, Found, MAX_TEXT_BYTES, Point, decode_by, decode_within};
pub use frame::{FrameError, GreyFrame, MAX_ASPECT, MAX_SIDE_PX, MIN_SIDE_PX};
pub use hint::{Hint, hint};
#[cfg(feature = "photo")]
pub use photo::{MAX_PHOTO_BYTES, PhotoError, read_photo};
