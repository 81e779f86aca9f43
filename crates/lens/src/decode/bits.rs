//! A picture of ink and paper, one bit a pixel.

use rxing::common::{BitArray, BitMatrix};

/// Pixels in one word: what the decoder library packs its rows by, 64 or (in a browser) 32.
const WORD: usize = usize::BITS as usize;

/// Ink is one, paper is nought; the lowest bit of a word is the leftmost pixel. Bits beyond the
/// right edge are nought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bits {
    width: usize,
    height: usize,
    words_a_row: usize,
    words: Vec<usize>,
}

impl Bits {
    /// All paper.
    pub(crate) fn paper(width: u32, height: u32) -> Self {
        let (width, height) = (width as usize, height as usize);
        let words_a_row = width.div_ceil(WORD);
        Self { width, height, words_a_row, words: vec![0; words_a_row * height] }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    /// Sets one row from a byte a pixel: 1 is ink, 0 is paper.
    pub(crate) fn pack_row(&mut self, y: usize, ink: &[u8]) {
        let row = &mut self.words[y * self.words_a_row..(y + 1) * self.words_a_row];
        for (word, pixels) in row.iter_mut().zip(ink.chunks(WORD)) {
            *word = 0;
            for (at, eight) in pixels.chunks(8).enumerate() {
                *word |= (packed(eight) as usize) << (at * 8);
            }
        }
    }

    /// Whether there is ink; `false` outside.
    pub(crate) fn ink(&self, x: i32, y: i32) -> bool {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return false };
        x < self.width
            && y < self.height
            && self.words[y * self.words_a_row + x / WORD] >> (x % WORD) & 1 == 1
    }

    /// The columns of a row at which ink and paper change places, from the left; a row that ends
    /// in ink changes at its width.
    pub(crate) fn edges(&self, y: usize) -> impl Iterator<Item = u32> {
        let row = &self.words[y * self.words_a_row..(y + 1) * self.words_a_row];
        let mut before = 0;
        let changes = row.iter().enumerate().flat_map(move |(at, &word)| {
            let mut edges = word ^ (word << 1 | before);
            before = word >> (WORD - 1);
            let start = (at * WORD) as u32;
            std::iter::from_fn(move || {
                let edge = (edges != 0).then(|| start + edges.trailing_zeros());
                edges &= edges.wrapping_sub(1);
                edge
            })
        });
        let ends_full = self.width.is_multiple_of(WORD)
            && row.last().is_some_and(|&word| word >> (WORD - 1) == 1);
        changes.chain(ends_full.then_some(self.width as u32))
    }

    /// Light on dark: ink and paper change places.
    pub(crate) fn flipped(&self) -> Self {
        let mut flipped = self.clone();
        let beyond = match self.width % WORD {
            0 => 0,
            used => usize::MAX << used,
        };
        for row in flipped.words.chunks_exact_mut(self.words_a_row) {
            row.iter_mut().for_each(|word| *word = !*word);
            if let Some(last) = row.last_mut() {
                *last &= !beyond;
            }
        }
        flipped
    }

    /// The same for the decoder library.
    pub(crate) fn matrix(&self) -> Option<BitMatrix> {
        let mut matrix = BitMatrix::new(self.width as u32, self.height as u32).ok()?;
        let mut row = BitArray::with_size(self.width);
        for (y, words) in (0..).zip(self.words.chunks_exact(self.words_a_row)) {
            for (at, &word) in words.iter().enumerate() {
                row.setBulk(at * WORD, word);
            }
            matrix.setRow(y, &row);
        }
        Some(matrix)
    }
}

/// Eight bytes of 0 or 1 as the bits of one byte, the first lowest.
fn packed(eight: &[u8]) -> u8 {
    match eight.first_chunk() {
        // Each product bit lands in the top byte once: no two of them carry into one another.
        Some(&eight) => (u64::from_le_bytes(eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8,
        None => (0..).zip(eight).fold(0, |byte, (at, &ink)| byte | ink << at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row_of(pattern: &str) -> Bits {
        let mut bits = Bits::paper(pattern.len() as u32, 2);
        let ink: Vec<u8> = pattern.bytes().map(|byte| u8::from(byte == b'#')).collect();
        bits.pack_row(1, &ink);
        bits
    }

    #[test]
    fn a_pixel_is_ink_where_it_was_put() {
        let pattern = "..#...##.#".repeat(17);
        let bits = row_of(&pattern);
        for (x, byte) in (0..).zip(pattern.bytes()) {
            assert_eq!(bits.ink(x, 1), byte == b'#', "column {x}");
            assert!(!bits.ink(x, 0));
        }
        assert!(!bits.ink(-1, 1) && !bits.ink(170, 1) && !bits.ink(2, 2) && !bits.ink(2, -1));
    }

    #[test]
    fn edges_are_where_the_colour_changes() {
        let edges = |pattern: &str| row_of(pattern).edges(1).collect::<Vec<_>>();
        assert_eq!(edges("..##.#"), [2, 4, 5, 6]);
        assert_eq!(edges("#....."), [0, 1]);
        assert_eq!(edges(&"#".repeat(128)), [0, 128]);
        assert_eq!(edges(&format!("{}##{}", ".".repeat(63), ".".repeat(70))), [63, 65]);
        assert_eq!(edges("......"), []);
    }

    #[test]
    fn flipping_twice_changes_nothing() {
        let bits = row_of(&"..#...##.#".repeat(13));
        assert_ne!(bits.flipped(), bits);
        assert_eq!(bits.flipped().flipped(), bits);
        assert_eq!(bits.flipped().edges(0).collect::<Vec<_>>(), [0, 130]);
    }

    #[test]
    fn the_library_sees_the_same_pixels() {
        let bits = row_of(&"#.##....#".repeat(15));
        let matrix = bits.matrix().unwrap();
        for (x, y) in (0..135).flat_map(|x| [(x, 0), (x, 1)]) {
            assert_eq!(matrix.get(x, y), bits.ink(x as i32, y as i32), "{x}, {y}");
        }
    }
}
