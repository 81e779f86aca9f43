//! The lens for a web page: four functions over one memory.
//!
//! The page asks for [`room`], writes a frame's brightness bytes there, calls [`read_live`] or
//! [`read_photo`], and reads as many bytes as that returned from [`answer`]. Every address is valid
//! until the next call. The other side of this is `ui/src/lens/decoder.ts`; why there is no binding
//! generator between the two is in `docs/adr/0011-lens-in-the-page.md`.
//!
//! A panic ends the instance (a trap): the page then makes a new one.

mod clock;
mod reply;

use std::cell::RefCell;
use std::time::Duration;

use lens::{Effort, GreyFrame};

/// Time after which a picture gets no further stage: 2 s. Source: design note `qr.md`, section 5,
/// for phones.
const PHOTO_BUDGET: Duration = Duration::from_secs(2);

thread_local! {
    /// The brightness bytes, as the page writes them.
    static FRAME: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// What was read last.
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Makes room for a frame of `size_bytes` and says where; null when there is none to be had. What
/// was written before is gone.
#[allow(unsafe_code, reason = "the page finds it by this name; no other crate has one like it")]
#[cfg_attr(target_family = "wasm", unsafe(no_mangle))]
pub extern "C" fn room(size_bytes: usize) -> *mut u8 {
    FRAME.with_borrow_mut(|frame| {
        frame.clear();
        if frame.try_reserve_exact(size_bytes).is_err() {
            return std::ptr::null_mut();
        }
        frame.resize(size_bytes, 0);
        frame.as_mut_ptr()
    })
}

/// Reads one frame of a running camera, `turn` the number of the frame. Returns the length of the
/// answer in bytes.
#[allow(unsafe_code, reason = "the page finds it by this name; no other crate has one like it")]
#[cfg_attr(target_family = "wasm", unsafe(no_mangle))]
pub extern "C" fn read_live(width: u32, height: u32, turn: u32) -> usize {
    read(width, height, |frame| lens::decode_by(frame, Effort::Live { turn }, clock::now))
}

/// Reads a whole picture. Returns the length of the answer in bytes.
#[allow(unsafe_code, reason = "the page finds it by this name; no other crate has one like it")]
#[cfg_attr(target_family = "wasm", unsafe(no_mangle))]
pub extern "C" fn read_photo(width: u32, height: u32) -> usize {
    read(width, height, |frame| lens::decode_within(frame, Effort::Photo, PHOTO_BUDGET, clock::now))
}

/// Where the last answer lies; [`reply`] says how.
#[allow(unsafe_code, reason = "the page finds it by this name; no other crate has one like it")]
#[cfg_attr(target_family = "wasm", unsafe(no_mangle))]
pub extern "C" fn answer() -> *const u8 {
    ANSWER.with_borrow(|answer| answer.as_ptr())
}

/// The frame is taken, so that one frame is never read twice and its memory is free again.
fn read(width: u32, height: u32, decode: impl FnOnce(&GreyFrame) -> Vec<lens::Found>) -> usize {
    let luma = FRAME.take();
    let told = match GreyFrame::new(width, height, luma) {
        Ok(frame) => {
            let found = decode(&frame);
            let hint = if found.is_empty() { lens::hint(&frame) } else { None };
            reply::read(&found, hint)
        }
        Err(refusal) => reply::refused(&refusal),
    };
    let length = told.len();
    ANSWER.set(told);
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the page would do, but for the bytes it writes in the room.
    fn ask(size_bytes: usize, width: u32, height: u32) -> Vec<u8> {
        assert!(!room(size_bytes).is_null());
        let length = read_live(width, height, 0);
        ANSWER.with_borrow(|answer| {
            assert_eq!(answer.len(), length);
            answer.clone()
        })
    }

    #[test]
    fn a_black_frame_is_answered_without_a_code() {
        let told = ask(40 * 30, 40, 30);
        assert_eq!((told[0], told.len()), (reply::READ, 3));
        assert_eq!(told[2], 0);
    }

    #[test]
    fn a_frame_that_does_not_fit_its_room_is_refused() {
        for (size_bytes, width, height) in [(0, 0, 0), (5000, 1, 5000), (1199, 40, 30), (0, 40, 30)]
        {
            assert_eq!(ask(size_bytes, width, height)[0], reply::REFUSED, "{width}x{height}");
        }
    }

    #[test]
    fn a_frame_is_read_once() {
        ask(40 * 30, 40, 30);
        let length = read_photo(40, 30);
        assert!(length > 1);
        assert_eq!(ANSWER.with_borrow(|answer| answer[0]), reply::REFUSED);
    }

    #[test]
    fn there_is_no_room_for_more_than_there_is() {
        assert!(room(usize::MAX).is_null());
        assert!(!room(10).is_null());
    }
}
