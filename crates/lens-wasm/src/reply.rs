//! How an answer lies in memory. Whole numbers are little endian.
//!
//! ```text
//! refused   0, then why in English (UTF-8) to the end
//! read      1, hint (0 none, 1 too dark, 2 too far, 3 blurred), number of codes, then for each:
//!           x and y of its four corners (i32), length of its text (u32), its text (UTF-8)
//! ```

use lens::{Found, FrameError, Hint};

/// First byte of a refusal.
pub const REFUSED: u8 = 0;
/// First byte of what was read.
pub const READ: u8 = 1;

/// The frame could hold no code.
pub fn refused(why: &FrameError) -> Vec<u8> {
    let mut reply = vec![REFUSED];
    reply.extend(why.to_string().into_bytes());
    reply
}

/// The codes in the frame: the first 255, which is more than there is room for in a picture.
pub fn read(found: &[Found], hint: Option<Hint>) -> Vec<u8> {
    let found = &found[..found.len().min(usize::from(u8::MAX))];
    let hint = match hint {
        None => 0,
        Some(Hint::TooDark) => 1,
        Some(Hint::TooFar) => 2,
        Some(Hint::Blurred) => 3,
    };
    let mut reply = vec![READ, hint, found.len() as u8];
    for Found { text, corners } in found {
        for corner in corners {
            reply.extend(corner.x.to_le_bytes());
            reply.extend(corner.y.to_le_bytes());
        }
        reply.extend((text.len() as u32).to_le_bytes());
        reply.extend(text.as_bytes());
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::*;
    use lens::Point;

    #[test]
    fn a_code_lies_as_corners_length_and_text() {
        let corners = [(1, 2), (3, 4), (5, -6), (7, 8)].map(|(x, y)| Point { x, y });
        let found = [Found { text: "é".to_owned(), corners }];
        let mut expected = vec![READ, 0, 1];
        for side in [1_i32, 2, 3, 4, 5, -6, 7, 8, 2] {
            expected.extend(side.to_le_bytes());
        }
        expected.extend([0xC3, 0xA9]);
        assert_eq!(read(&found, None), expected);
    }

    #[test]
    fn a_hint_is_one_byte() {
        assert_eq!(read(&[], Some(Hint::TooDark)), [READ, 1, 0]);
        assert_eq!(read(&[], Some(Hint::TooFar)), [READ, 2, 0]);
        assert_eq!(read(&[], Some(Hint::Blurred)), [READ, 3, 0]);
    }

    #[test]
    fn a_refusal_says_why() {
        let told = refused(&FrameError::TooSmall { width: 1, height: 5000 });
        assert_eq!(told, b"\0frame of 1x5000 px is too small for a code");
    }
}
