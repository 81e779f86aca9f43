//! From modules with a confidence to a text.

use rxing::qrcode::common::{ErrorCorrectionLevel, Version};
use rxing::qrcode::cpp_port::decoder::DecodeBitStream;

use super::modules::Modules;
use super::solomon;

/// Check codewords that may not be used up: four, or 32 bits, so that noise does not pass for a
/// text. Blocks with few checks keep two.
const SPARE_CHECKS: usize = 4;

/// Side of a square of equal modules that no mask leaves in a code, by a chance of 1 in 32 768.
const BLANK_SIDE: usize = 4;

/// A codeword as it was seen.
#[derive(Clone, Copy)]
struct Codeword {
    value: u8,
    /// Of its least certain module; below 0 in a blank area, such as a lamp's reflection or a logo.
    confidence: f32,
}

/// The text of the modules, if they can be put right.
pub(super) fn text_of(modules: &Modules) -> Option<String> {
    let version = Version::getProvisionalVersionForDimension(modules.side() as u32).ok()?;
    let (level, mask) = format_of(modules)?;
    let seen = codewords(modules, version, mask)?;
    let layout = version.getECBlocksForLevel(level);
    let checks = layout.getECCodewordsPerBlock() as usize;
    let sizes: Vec<usize> = layout
        .getECBlocks()
        .iter()
        .flat_map(|kind| {
            std::iter::repeat_n(kind.getDataCodewords() as usize, kind.getCount() as usize)
        })
        .collect();
    let mut bytes = Vec::new();
    for block in blocks(&seen, &sizes, checks)? {
        bytes.extend(corrected(&block, checks)?);
    }
    let result = DecodeBitStream(&bytes, version, level).ok()?;
    result.isValid().then(|| result.text())
}

/// Error correction level and mask: the one of 32 words that the two copies look most like.
fn format_of(modules: &Modules) -> Option<(ErrorCorrectionLevel, u8)> {
    let side = modules.side();
    let by_corner = (0..6).map(|x| (x, 8)).chain([(7, 8), (8, 8), (8, 7)]);
    let by_corner = by_corner.chain((0..6).rev().map(|y| (8, y)));
    let apart = (side - 7..side).rev().map(|y| (8, y)).chain((side - 8..side).map(|x| (x, 8)));
    let seen: Vec<f32> = by_corner.chain(apart).map(|(x, y)| modules.ink(x, y)).collect();
    let likeness = |word: u16| -> f32 {
        let sign = |at: usize| if word >> (14 - at % 15) & 1 == 1 { 1.0 } else { -1.0 };
        seen.iter().enumerate().map(|(at, ink)| ink * sign(at)).sum()
    };
    let best = (0..32_u16).max_by(|&a, &b| likeness(word(a)).total_cmp(&likeness(word(b))))?;
    Some((ErrorCorrectionLevel::forBits((best >> 3) as u8).ok()?, (best & 7) as u8))
}

/// Five bits of format with their ten check bits, masked (ISO/IEC 18004, annex C).
fn word(format: u16) -> u16 {
    let mut rest = format << 10;
    for bit in (10..15).rev() {
        if rest >> bit & 1 == 1 {
            rest ^= 0x537 << (bit - 10);
        }
    }
    (format << 10 | rest) ^ 0x5412
}

/// All codewords in the order of the symbol: two columns at a time from the right, up and down.
fn codewords(modules: &Modules, version: &Version, mask: u8) -> Option<Vec<Codeword>> {
    let side = modules.side();
    let function = version.buildFunctionPattern().ok()?;
    let is_data = |x: usize, y: usize| !function.get(x as u32, y as u32);
    let blank = blank(modules, is_data);
    let mut seen = Vec::with_capacity(version.getTotalCodewords() as usize);
    let mut word = Codeword { value: 0, confidence: f32::MAX };
    let mut bits = 0;
    let pairs = (1..side).rev().step_by(2).map(|right| if right <= 6 { right - 1 } else { right });
    for (pair, right) in pairs.enumerate() {
        for step in 0..side {
            let y = if pair % 2 == 0 { side - 1 - step } else { step };
            for x in [right, right - 1] {
                if !is_data(x, y) {
                    continue;
                }
                let ink = modules.ink(x, y);
                let sure = if blank[y * side + x] { ink.abs() - 1e3 } else { ink.abs() };
                word.value = word.value << 1 | u8::from((ink > 0.0) != masked(mask, x, y));
                word.confidence = word.confidence.min(sure);
                bits += 1;
                if bits == 8 {
                    seen.push(word);
                    word = Codeword { value: 0, confidence: f32::MAX };
                    bits = 0;
                }
            }
        }
    }
    (seen.len() == version.getTotalCodewords() as usize).then_some(seen)
}

/// Whether the mask turns a module over (ISO/IEC 18004, table 10).
fn masked(mask: u8, x: usize, y: usize) -> bool {
    let rest = match mask {
        0 => (x + y) % 2,
        1 => y % 2,
        2 => x % 3,
        3 => (x + y) % 3,
        4 => (y / 2 + x / 3) % 2,
        5 => (x * y) % 2 + (x * y) % 3,
        6 => ((x * y) % 2 + (x * y) % 3) % 2,
        _ => ((x + y) % 2 + (x * y) % 3) % 2,
    };
    rest == 0
}

/// The modules in a square of [`BLANK_SIDE`] of one colour that touches no function pattern.
fn blank(modules: &Modules, is_data: impl Fn(usize, usize) -> bool) -> Vec<bool> {
    let side = modules.side();
    let mut blank = vec![false; side * side];
    let within = |left: usize, top: usize| {
        (top..top + BLANK_SIDE).flat_map(move |y| (left..left + BLANK_SIDE).map(move |x| (x, y)))
    };
    for (top, left) in
        (0..=side - BLANK_SIDE).flat_map(|y| (0..=side - BLANK_SIDE).map(move |x| (y, x)))
    {
        let colour = modules.ink(left, top) > 0.0;
        if within(left, top).all(|(x, y)| is_data(x, y) && (modules.ink(x, y) > 0.0) == colour) {
            within(left, top).for_each(|(x, y)| blank[y * side + x] = true);
        }
    }
    blank
}

/// Takes the woven codewords apart into blocks of data, then checks.
fn blocks(seen: &[Codeword], sizes: &[usize], checks: usize) -> Option<Vec<Vec<Codeword>>> {
    let longest = sizes.iter().copied().max()?;
    if seen.len() != sizes.iter().map(|size| size + checks).sum::<usize>() {
        return None;
    }
    let mut blocks = vec![Vec::new(); sizes.len()];
    let mut rest = seen.iter();
    for at in 0..longest {
        for (block, _) in blocks.iter_mut().zip(sizes).filter(|(_, size)| at < **size) {
            block.push(*rest.next()?);
        }
    }
    for _ in 0..checks {
        for block in &mut blocks {
            block.push(*rest.next()?);
        }
    }
    Some(blocks)
}

/// The data of a block, with more and more of its least certain codewords taken for lost.
fn corrected(block: &[Codeword], checks: usize) -> Option<Vec<u8>> {
    let spare = if checks >= 14 { SPARE_CHECKS } else { 2 };
    let most = checks.checked_sub(spare)?;
    let mut order: Vec<usize> = (0..block.len()).collect();
    order.sort_by(|&a, &b| block[a].confidence.total_cmp(&block[b].confidence));
    let blank = block.iter().filter(|word| word.confidence < 0.0).count().min(most);
    let tries = [0, blank].into_iter().chain((2..=most).step_by(2));
    for erased in tries {
        let mut bytes: Vec<u8> = block.iter().map(|word| word.value).collect();
        let Some(errors) = solomon::correct(&mut bytes, checks, &order[..erased]) else { continue };
        if erased + 2 * errors <= most {
            bytes.truncate(block.len() - checks);
            return Some(bytes);
        }
    }
    None
}
