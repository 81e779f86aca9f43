//! A picture as one brightness byte a pixel, and the few things done to it before decoding.

/// Shortest side that can hold a code: a version 1 QR code is 21 modules wide (ISO/IEC 18004).
pub const MIN_SIDE_PX: u32 = 21;

/// Longest side taken: 12 000 px, above every common phone camera's binned picture.
pub const MAX_SIDE_PX: u32 = 12_000;

/// Longest side over shortest side: 16. A code is square, so a longer strip is a trap: one decoder
/// did not return on a 1x1119 picture (design note `qr.md`, section 7).
pub const MAX_ASPECT: u32 = 16;

/// Why a frame was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A side is shorter than [`MIN_SIDE_PX`].
    #[error("frame of {width}x{height} px is too small for a code")]
    TooSmall {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// A side is longer than [`MAX_SIDE_PX`].
    #[error("frame of {width}x{height} px is too large")]
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The frame is more than [`MAX_ASPECT`] times as long as it is wide.
    #[error("frame of {width}x{height} px is a strip")]
    Strip {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// The bytes are not one a pixel.
    #[error("frame holds {got} bytes where {expected} are due")]
    Length {
        /// Width times height.
        expected: usize,
        /// Bytes handed in.
        got: usize,
    },
}

/// Brightness by rows from the top left: 0 black, 255 white, no padding between rows.
#[derive(Clone, PartialEq, Eq)]
pub struct GreyFrame {
    width: u32,
    height: u32,
    luma: Vec<u8>,
}

impl std::fmt::Debug for GreyFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GreyFrame({}x{})", self.width, self.height)
    }
}

impl GreyFrame {
    /// Takes `width * height` brightness bytes.
    ///
    /// # Errors
    ///
    /// [`FrameError`] when a side or the aspect is out of bounds, or the length does not fit.
    pub fn new(width: u32, height: u32, luma: Vec<u8>) -> Result<Self, FrameError> {
        check_shape(width, height)?;
        let expected = width as usize * height as usize;
        if luma.len() != expected {
            return Err(FrameError::Length { expected, got: luma.len() });
        }
        Ok(Self { width, height, luma })
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The brightness bytes, row by row.
    pub fn luma(&self) -> &[u8] {
        &self.luma
    }

    /// The longer side in pixels.
    pub(crate) fn long_side(&self) -> u32 {
        self.width.max(self.height)
    }

    /// A frame of the same size with other pixels. `luma` holds as many bytes as this frame.
    pub(crate) fn with_luma(&self, luma: Vec<u8>) -> Self {
        debug_assert_eq!(luma.len(), self.luma.len());
        Self { width: self.width, height: self.height, luma }
    }

    /// The middle of the frame, at most so wide and so high.
    pub(crate) fn middle(&self, width: u32, height: u32) -> Self {
        let (width, height) = (width.min(self.width), height.min(self.height));
        let (left, top) = ((self.width - width) / 2, (self.height - height) / 2);
        let rows = self.luma.chunks_exact(self.width as usize);
        let rows = rows.skip(top as usize).take(height as usize);
        let luma = rows.flat_map(|row| &row[left as usize..(left + width) as usize]);
        Self { width, height, luma: luma.copied().collect() }
    }

    /// Shrinks by a whole factor, each pixel the mean of a `factor`-sided box.
    ///
    /// Pixels left over at the right and bottom edge are dropped. The result may be smaller than
    /// [`MIN_SIDE_PX`]; `None` when nothing at all would be left.
    pub(crate) fn reduced(&self, factor: u32) -> Option<Self> {
        let (width, height) = (self.width.checked_div(factor)?, self.height / factor);
        if width == 0 || height == 0 {
            return None;
        }
        let side = self.width as usize;
        let mut luma = Vec::with_capacity(width as usize * height as usize);
        let mut sums = vec![0_u16; side];
        for band in self.luma.chunks_exact(side * factor as usize).take(height as usize) {
            // The first row sets the sums, so that the sides' bound keeps them in 16 bits.
            sums.iter_mut().zip(band).for_each(|(sum, &v)| *sum = u16::from(v));
            for row in band[side..].chunks_exact(side) {
                sums.iter_mut().zip(row).for_each(|(sum, &v)| *sum += u16::from(v));
            }
            // Known factors let the compiler unroll and replace the division.
            match factor {
                1 => luma.extend_from_slice(band),
                2 => luma.extend(means::<2>(&sums)),
                3 => luma.extend(means::<3>(&sums)),
                4 => luma.extend(means::<4>(&sums)),
                _ => luma.extend(sums.chunks_exact(factor as usize).map(|sums| {
                    (sums.iter().map(|&sum| u32::from(sum)).sum::<u32>() / (factor * factor)) as u8
                })),
            }
        }
        Some(Self { width, height, luma })
    }

    /// Doubles both sides with bilinear interpolation, for codes of one or two pixels a module.
    pub(crate) fn doubled(&self) -> Self {
        let (width, height) = (self.width as usize, self.height as usize);
        let mut wide = Vec::with_capacity(width * 2 * height);
        for row in self.luma.chunks_exact(width) {
            for (x, &here) in row.iter().enumerate() {
                let left = row[x.saturating_sub(1)];
                let right = row[(x + 1).min(width - 1)];
                wide.push(nearer(here, left));
                wide.push(nearer(here, right));
            }
        }
        let row_at = |y: usize| &wide[y * width * 2..(y + 1) * width * 2];
        let mut luma = Vec::with_capacity(wide.len() * 2);
        for y in 0..height {
            for other in [y.saturating_sub(1), (y + 1).min(height - 1)] {
                luma.extend(row_at(y).iter().zip(row_at(other)).map(|(&a, &b)| nearer(a, b)));
            }
        }
        Self { width: self.width * 2, height: self.height * 2, luma }
    }
}

/// Checks the sides alone, so that a picture can be refused before its pixels are unpacked.
pub(crate) fn check_shape(width: u32, height: u32) -> Result<(), FrameError> {
    let (short, long) = (width.min(height), width.max(height));
    if long > MAX_SIDE_PX {
        return Err(FrameError::TooLarge { width, height });
    }
    if short < MIN_SIDE_PX {
        return Err(FrameError::TooSmall { width, height });
    }
    if long > short * MAX_ASPECT {
        return Err(FrameError::Strip { width, height });
    }
    Ok(())
}

/// The mean of each `N` by `N` box, from the sums of its columns.
fn means<const N: usize>(sums: &[u16]) -> impl Iterator<Item = u8> {
    let area = (N * N) as u32;
    sums.as_chunks::<N>()
        .0
        .iter()
        .map(move |columns| (columns.iter().map(|&sum| u32::from(sum)).sum::<u32>() / area) as u8)
}

/// Three parts of `near`, one part of `far`: bilinear interpolation at a doubled size.
fn nearer(near: u8, far: u8) -> u8 {
    ((u16::from(near) * 3 + u16::from(far) + 2) / 4) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_cannot_hold_a_code_is_refused() {
        let refused = |width, height| GreyFrame::new(width, height, Vec::new()).unwrap_err();
        assert!(matches!(refused(20, 20), FrameError::TooSmall { .. }));
        assert!(matches!(refused(0, 0), FrameError::TooSmall { .. }));
        assert!(matches!(refused(1, 5000), FrameError::TooSmall { .. }));
        assert!(matches!(refused(12_001, 12_001), FrameError::TooLarge { .. }));
        assert!(matches!(refused(u32::MAX, u32::MAX), FrameError::TooLarge { .. }));
        assert!(matches!(refused(21, 21 * 16 + 1), FrameError::Strip { .. }));
        assert_eq!(refused(21, 30), FrameError::Length { expected: 630, got: 0 });
    }

    #[test]
    fn the_smallest_and_the_longest_frame_are_taken() {
        assert!(GreyFrame::new(21, 21, vec![0; 441]).is_ok());
        assert!(GreyFrame::new(750, 12_000, vec![0; 9_000_000]).is_ok());
    }

    #[test]
    fn reducing_takes_the_mean_of_each_box_and_drops_the_rest() {
        let mut luma = vec![10; 21 * 23];
        luma[0] = 50;
        let small = GreyFrame::new(21, 23, luma).unwrap().reduced(2).unwrap();
        assert_eq!((small.width(), small.height()), (10, 11));
        assert_eq!(small.luma()[..2], [20, 10]);
        assert_eq!(small.luma().len(), 110);
    }

    #[test]
    fn doubling_keeps_flat_areas_flat() {
        let frame = GreyFrame::new(21, 22, vec![77; 21 * 22]).unwrap().doubled();
        assert_eq!((frame.width(), frame.height()), (42, 44));
        assert!(frame.luma().iter().all(|&v| v == 77));
    }
}
