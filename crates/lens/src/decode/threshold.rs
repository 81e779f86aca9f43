//! Splits ink from paper: three ways, each over whole rows so that the compiler can use wide
//! instructions.

use super::bits::Bits;
use crate::frame::GreyFrame;

/// Side of a block: 8 px, as in ZXing's HybridBinarizer, whose rules [`by_blocks`] follows.
const BLOCK: usize = 8;

/// Blocks around a block whose levels are averaged: two each way.
const REACH: usize = 2;

/// A block with a smaller range between its darkest and its lightest pixel holds no edge. Source:
/// ZXing's HybridBinarizer.
pub(super) const FLAT: u8 = 24;

/// The same for pale print and low light.
pub(super) const FLAT_WHEN_PALE: u8 = 8;

/// By the mean levels of the blocks around each block; good on even light and on shadows.
///
/// A block with a range of `flat` or less is taken for paper, or for the inside of a dark area
/// when its neighbours say so. Frames under 5 blocks a side have one level.
pub(super) fn by_blocks(frame: &GreyFrame, flat: u8) -> Bits {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    if width.min(height) < BLOCK * (2 * REACH + 1) {
        return by_level(frame, otsu(frame));
    }
    let (columns, rows) = (width.div_ceil(BLOCK), height.div_ceil(BLOCK));
    let levels = block_levels(frame, columns, rows, flat);
    let mut bits = Bits::paper(frame.width(), frame.height());
    let (mut level_row, mut ink) = (vec![0; columns * BLOCK], vec![0; width]);
    let mut sums = vec![0_u32; columns];
    for (row, band) in frame.luma().chunks(width * BLOCK).enumerate() {
        let top = row.clamp(REACH, rows - 1 - REACH) - REACH;
        sums.fill(0);
        for around in levels[top * columns..].chunks_exact(columns).take(2 * REACH + 1) {
            sums.iter_mut().zip(around).for_each(|(sum, &level)| *sum += u32::from(level));
        }
        for (column, levels) in level_row.chunks_exact_mut(BLOCK).enumerate() {
            let left = column.clamp(REACH, columns - 1 - REACH) - REACH;
            levels.fill((sums[left..=left + 2 * REACH].iter().sum::<u32>() / 25) as u8);
        }
        for (line, pixels) in band.chunks_exact(width).enumerate() {
            for ((ink, &pixel), &level) in ink.iter_mut().zip(pixels).zip(&level_row) {
                *ink = u8::from(pixel <= level);
            }
            bits.pack_row(row * BLOCK + line, &ink);
        }
    }
    bits
}

/// One level for each block: its mean, or a guess where it is flat.
fn block_levels(frame: &GreyFrame, columns: usize, rows: usize, flat: u8) -> Vec<u8> {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let (mut least, mut most, mut sums) = (vec![0; width], vec![0; width], vec![0_u16; width]);
    let mut levels: Vec<u8> = vec![0; columns * rows];
    for row in 0..rows {
        // The last blocks reach back into their neighbours where the frame is no multiple of 8.
        let top = (row * BLOCK).min(height - BLOCK);
        least.fill(u8::MAX);
        most.fill(u8::MIN);
        sums.fill(0);
        for line in frame.luma()[top * width..].chunks_exact(width).take(BLOCK) {
            for (((least, most), sum), &pixel) in
                least.iter_mut().zip(&mut most).zip(&mut sums).zip(line)
            {
                *least = pixel.min(*least);
                *most = pixel.max(*most);
                *sum += u16::from(pixel);
            }
        }
        for column in 0..columns {
            let left = (column * BLOCK).min(width - BLOCK);
            let span = left..left + BLOCK;
            let darkest = least[span.clone()].iter().fold(u8::MAX, |a, &b| a.min(b));
            let lightest = most[span.clone()].iter().fold(u8::MIN, |a, &b| a.max(b));
            let at = row * columns + column;
            levels[at] = if lightest - darkest > flat {
                (sums[span].iter().sum::<u16>() / (BLOCK * BLOCK) as u16) as u8
            } else if row > 0 && column > 0 {
                let level = |at: usize| u16::from(levels[at]);
                let around =
                    (level(at - columns) + 2 * level(at - 1) + level(at - columns - 1)) / 4;
                if u16::from(darkest) < around { around as u8 } else { darkest / 2 }
            } else {
                darkest / 2
            };
        }
    }
    levels
}

/// By one level for the whole frame: ink is `level` or darker.
pub(super) fn by_level(frame: &GreyFrame, level: u8) -> Bits {
    let width = frame.width() as usize;
    let mut bits = Bits::paper(frame.width(), frame.height());
    let mut ink = vec![0; width];
    for (y, pixels) in frame.luma().chunks_exact(width).enumerate() {
        for (ink, &pixel) in ink.iter_mut().zip(pixels) {
            *ink = u8::from(pixel <= level);
        }
        bits.pack_row(y, &ink);
    }
    bits
}

/// The level that parts the frame's brightness into the two most even groups (Otsu 1979).
pub(super) fn otsu(frame: &GreyFrame) -> u8 {
    let mut counts = [0_u32; 256];
    for &pixel in frame.luma() {
        counts[usize::from(pixel)] += 1;
    }
    let all = frame.luma().len() as f64;
    let weight: f64 =
        (0..).zip(counts).map(|(value, count)| f64::from(value) * f64::from(count)).sum();
    let (mut best, mut level) = (0.0, 0);
    let (mut below, mut weight_below) = (0.0, 0.0);
    for (value, count) in (0_u8..=255).zip(counts) {
        below += f64::from(count);
        weight_below += f64::from(value) * f64::from(count);
        let above = all - below;
        if below == 0.0 || above == 0.0 {
            continue;
        }
        let apart = weight_below / below - (weight - weight_below) / above;
        let variance = apart * apart * below * above;
        if variance > best {
            (best, level) = (variance, value);
        }
    }
    level
}

/// Hands over each row of the frame as bytes, 1 where a pixel is more than 3 darker than the mean
/// around it. The window is a sixteenth of the longer side. Keeps pale and badly lit codes that a
/// block threshold takes for flat.
pub(super) fn by_mean(frame: &GreyFrame, mut row_of_ink: impl FnMut(usize, &[u8])) {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let reach = (frame.long_side() as usize / 32).max(4);
    let row_at = |y: usize| &frame.luma()[y * width..(y + 1) * width];
    let mut columns = vec![0_u32; width];
    // Sums of all columns left of each; no more than 4200 * 265 * 255, which fits.
    let mut left_of = vec![0_u32; width + 1];
    let mut ink = vec![0; width];
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
        let mut sum = 0;
        for (left_of, &column) in left_of[1..].iter_mut().zip(&columns) {
            sum += column;
            *left_of = sum;
        }
        let pixels = row_at(y);
        let darker = |pixel: u8, left: u32, right: u32, count: usize| {
            u8::from((u32::from(pixel) + 3) * (count as u32) < right - left)
        };
        let high = bottom - top;
        let inner = reach.min(width)..width.saturating_sub(reach + 1).max(reach.min(width));
        for x in (0..inner.start).chain(inner.end..width) {
            let (left, right) = (x.saturating_sub(reach), (x + reach + 1).min(width));
            ink[x] = darker(pixels[x], left_of[left], left_of[right], (right - left) * high);
        }
        let wide = 2 * reach + 1;
        for (((ink, &pixel), &left), &right) in ink[inner.clone()]
            .iter_mut()
            .zip(&pixels[inner.clone()])
            .zip(&left_of)
            .zip(left_of.get(wide..).unwrap_or_default())
        {
            *ink = darker(pixel, left, right, wide * high);
        }
        row_of_ink(y, &ink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(width: usize, height: usize, shade: impl Fn(usize, usize) -> u8) -> GreyFrame {
        let luma = (0..width * height).map(|at| shade(at % width, at / width)).collect();
        GreyFrame::new(width as u32, height as u32, luma).unwrap()
    }

    fn ink_in(bits: &Bits) -> usize {
        let pixels =
            (0..bits.height() as i32).flat_map(|y| (0..bits.width() as i32).map(move |x| (x, y)));
        pixels.filter(|&(x, y)| bits.ink(x, y)).count()
    }

    fn by_mean_bits(frame: &GreyFrame) -> Bits {
        let mut bits = Bits::paper(frame.width(), frame.height());
        by_mean(frame, |y, ink| bits.pack_row(y, ink));
        bits
    }

    #[test]
    fn only_what_is_darker_than_its_surroundings_is_ink() {
        let spot = frame(40, 40, |x, y| if (x, y) == (20, 20) { 90 } else { 100 });
        let bits = by_mean_bits(&spot);
        assert_eq!(ink_in(&bits), 1);
        assert!(bits.ink(20, 20));
    }

    #[test]
    fn the_mean_is_that_of_the_part_of_the_window_inside_the_frame() {
        for (width, height) in [(21, 30), (33, 21), (150, 40)] {
            let ramp = frame(width, height, |x, y| (x * 37 + y * 91) as u8);
            let bits = by_mean_bits(&ramp);
            let reach = (width.max(height) / 32).max(4) as i32;
            for (x, y) in (0..width as i32).flat_map(|x| (0..height as i32).map(move |y| (x, y))) {
                let (mut sum, mut count) = (0, 0);
                for row in (y - reach).max(0)..(y + reach + 1).min(height as i32) {
                    for column in (x - reach).max(0)..(x + reach + 1).min(width as i32) {
                        sum += u32::from(ramp.luma()[row as usize * width + column as usize]);
                        count += 1;
                    }
                }
                let value = u32::from(ramp.luma()[y as usize * width + x as usize]);
                assert_eq!(bits.ink(x, y), (value + 3) * count < sum, "{x}, {y}");
            }
        }
    }

    #[test]
    fn a_shadow_over_print_stays_paper() {
        let lit = |x: usize| if x < 60 { 1 } else { 2 };
        let page = frame(120, 80, |x, y| {
            let print = (x / 4 + y / 4) % 2 == 0;
            (if print { 20 } else { 110 }) * lit(x)
        });
        let bits = by_blocks(&page, FLAT);
        let wrong = (0..120_i32)
            .flat_map(|x| (0..80_i32).map(move |y| (x, y)))
            .filter(|&(x, y)| bits.ink(x, y) != ((x / 4 + y / 4) % 2 == 0))
            .count();
        assert_eq!(wrong, 0);
    }

    #[test]
    fn pale_print_is_flat_unless_asked_for() {
        let pale = frame(80, 80, |x, y| if (x / 4 + y / 4) % 2 == 0 { 200 } else { 215 });
        assert_eq!(ink_in(&by_blocks(&pale, FLAT)), 0);
        assert_eq!(ink_in(&by_blocks(&pale, FLAT_WHEN_PALE)), 80 * 80 / 2);
    }

    #[test]
    fn otsu_parts_two_shades() {
        let two = frame(40, 40, |x, _| if x < 10 { 60 } else { 200 });
        assert!((60..200).contains(&otsu(&two)));
        assert_eq!(ink_in(&by_level(&two, otsu(&two))), 400);
    }
}
