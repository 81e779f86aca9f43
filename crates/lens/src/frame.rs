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

    /// Shrinks by a whole factor, each pixel the mean of a `factor`-sided box.
    ///
    /// Pixels left over at the right and bottom edge are dropped. The result may be smaller than
    /// [`MIN_SIDE_PX`]; `None` when nothing at all would be left.
    pub(crate) fn reduced(&self, factor: u32) -> Option<Self> {
        let (width, height) = (self.width.checked_div(factor)?, self.height / factor);
        if width == 0 || height == 0 {
            return None;
        }
        let (factor, columns) = (factor as usize, width as usize);
        let area = (factor * factor) as u32;
        let mut luma = Vec::with_capacity(columns * height as usize);
        let mut sums = vec![0_u32; columns];
        for band in self.luma.chunks_exact(self.width as usize * factor).take(height as usize) {
            sums.fill(0);
            for row in band.chunks_exact(self.width as usize) {
                for (sum, pixels) in sums.iter_mut().zip(row.chunks_exact(factor)) {
                    *sum += pixels.iter().map(|&v| u32::from(v)).sum::<u32>();
                }
            }
            luma.extend(sums.iter().map(|&sum| (sum / area) as u8));
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

    /// Splits ink from paper by the mean of the neighbourhood: `true` is ink.
    ///
    /// The window is a sixteenth of the longer side; a pixel is ink when it is more than 3 darker
    /// than the mean. Keeps pale and badly lit codes that a block threshold takes for flat.
    pub(crate) fn darker_than_mean(&self) -> Vec<bool> {
        let (width, height) = (self.width as usize, self.height as usize);
        let reach = (self.long_side() as usize / 32).max(4);
        let mut columns = vec![0_u32; width];
        let mut ink = Vec::with_capacity(self.luma.len());
        let row_at = |y: usize| &self.luma[y * width..(y + 1) * width];
        let (mut top, mut bottom) = (0, 0);
        for y in 0..height {
            while bottom < (y + reach + 1).min(height) {
                columns.iter_mut().zip(row_at(bottom)).for_each(|(sum, &v)| *sum += u32::from(v));
                bottom += 1;
            }
            while top < y.saturating_sub(reach) {
                columns.iter_mut().zip(row_at(top)).for_each(|(sum, &v)| *sum -= u32::from(v));
                top += 1;
            }
            let (mut left, mut right, mut sum) = (0, 0, 0_u64);
            for (x, &value) in row_at(y).iter().enumerate() {
                while right < (x + reach + 1).min(width) {
                    sum += u64::from(columns[right]);
                    right += 1;
                }
                while left < x.saturating_sub(reach) {
                    sum -= u64::from(columns[left]);
                    left += 1;
                }
                let count = ((right - left) * (bottom - top)) as u64;
                ink.push((u64::from(value) + 3) * count < sum);
            }
        }
        ink
    }

    /// A frame of pure black and white from the answer of [`GreyFrame::darker_than_mean`].
    pub(crate) fn thresholded(&self) -> Self {
        let ink = self.darker_than_mean();
        let luma = ink.into_iter().map(|ink| if ink { 0 } else { 255 }).collect();
        Self { width: self.width, height: self.height, luma }
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

    #[test]
    fn only_what_is_darker_than_its_surroundings_is_ink() {
        let mut luma = vec![100; 40 * 40];
        luma[20 * 40 + 20] = 90;
        let ink = GreyFrame::new(40, 40, luma).unwrap().darker_than_mean();
        let marked: Vec<usize> = (0..ink.len()).filter(|&at| ink[at]).collect();
        assert_eq!(marked, [20 * 40 + 20]);
    }
}
