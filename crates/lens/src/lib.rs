//! Grey frame in, code text out; no camera.
//!
//! Three ideas: [`GreyFrame`] is a picture of one brightness byte a pixel, [`read_photo`] makes one
//! from a picture file, and [`decode`] finds the QR codes in it. Everything is pure: no file, no
//! network, no camera. Text that comes out was written by a stranger: whoever uses it must check a
//! signature before anything is shown or fetched.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod decode;
#[cfg(test)]
mod drawn;
mod frame;
mod photo;

pub use decode::{Effort, Found, MAX_TEXT_BYTES, decode};
pub use frame::{FrameError, GreyFrame, MAX_ASPECT, MAX_SIDE_PX, MIN_SIDE_PX};
pub use photo::{MAX_PHOTO_BYTES, PhotoError, read_photo};
