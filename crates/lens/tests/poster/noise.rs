//! Chance from a seed.

/// A splitmix generator: the same numbers for the same seed everywhere.
pub struct Dice(u64);

impl Dice {
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 up to `most`.
    pub fn to(&mut self, most: f64) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64 * most
    }

    /// From `-most` up to `most`.
    pub fn either(&mut self, most: f64) -> f64 {
        self.to(2.0 * most) - most
    }

    pub fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    /// About normal, with that deviation.
    pub fn normal(&mut self, deviation: f64) -> f64 {
        let sum: f64 = (0..4).map(|_| self.either(1.0)).sum();
        sum * deviation * 0.866
    }
}

/// Soft blotches, for what is behind the poster.
pub struct Clouds([[f64; 17]; 10]);

impl Clouds {
    pub fn of(dice: &mut Dice) -> Self {
        Self(std::array::from_fn(|_| std::array::from_fn(|_| 60.0 + dice.to(140.0))))
    }

    pub fn at(&self, x: usize, y: usize) -> f64 {
        let (across, down) = (x as f64 / 80.0, y as f64 / 80.0);
        let (column, row) = (across as usize, down as usize);
        let (right, below) = (across.fract(), down.fract());
        let mix = |row: &[f64; 17]| row[column] * (1.0 - right) + row[column + 1] * right;
        mix(&self.0[row]) * (1.0 - below) + mix(&self.0[row + 1]) * below
    }
}
