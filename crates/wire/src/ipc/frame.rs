//! A camera frame on its way down: the one request that is not JSON, because a 720p frame is
//! 0.9 MB and there are ten a second.

/// Longest side of a frame, in pixels: 1920. Cameras are asked for 1280 x 720.
pub const MAX_FRAME_SIDE_PX: u16 = 1920;

/// Bytes before the pixels.
const HEADER_BYTES: usize = 8;

/// A grey frame as it travels: width and height (u16 each) and turn (u32), little endian, then one
/// byte of brightness a pixel, by rows from the top left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Width in pixels.
    pub width: u16,
    /// Height in pixels.
    pub height: u16,
    /// Number of the frame since the camera was opened.
    pub turn: u32,
    /// The pixels, 0 black to 255 white.
    pub luma: Vec<u8>,
}

/// The bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a grey frame of at most {MAX_FRAME_SIDE_PX} px a side")]
pub struct NotAFrame;

impl Frame {
    /// Reads a request's body.
    ///
    /// # Errors
    /// [`NotAFrame`] when a side is too long or the bytes are not one a pixel.
    pub fn read(mut body: Vec<u8>) -> Result<Self, NotAFrame> {
        let header = body.first_chunk::<HEADER_BYTES>().ok_or(NotAFrame)?;
        let [w0, w1, h0, h1, turn @ ..] = *header;
        let (width, height) = (u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1]));
        let pixels = usize::from(width) * usize::from(height);
        if width.max(height) > MAX_FRAME_SIDE_PX || body.len() != HEADER_BYTES + pixels {
            return Err(NotAFrame);
        }
        let luma = body.split_off(HEADER_BYTES);
        Ok(Self { width, height, turn: u32::from_le_bytes(turn), luma })
    }

    /// The bytes of the request.
    pub fn to_body(&self) -> Vec<u8> {
        let mut body = Vec::with_capacity(HEADER_BYTES + self.luma.len());
        body.extend(self.width.to_le_bytes());
        body.extend(self.height.to_le_bytes());
        body.extend(self.turn.to_le_bytes());
        body.extend(&self.luma);
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_comes_back_as_it_went() {
        let frame = Frame { width: 3, height: 2, turn: 70_000, luma: vec![1, 2, 3, 4, 5, 6] };
        let body = frame.to_body();
        assert_eq!(body, [3, 0, 2, 0, 0x70, 0x11, 1, 0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(Frame::read(body), Ok(frame));
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        let body = |width: u16, height: u16, pixels: usize| {
            Frame { width, height, turn: 0, luma: vec![0; pixels] }.to_body()
        };
        let wide = usize::from(MAX_FRAME_SIDE_PX) + 1;
        for bytes in [
            Vec::new(),
            vec![0; 7],
            body(3, 2, 5),
            body(3, 2, 7),
            body(u16::MAX, u16::MAX, 16),
            body(MAX_FRAME_SIDE_PX + 1, 1, wide),
        ] {
            assert_eq!(Frame::read(bytes), Err(NotAFrame));
        }
    }
}
