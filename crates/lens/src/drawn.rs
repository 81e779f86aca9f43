//! Pictures for the tests, drawn pixel by pixel.

use qrcode::{Color, EcLevel, QrCode};

use crate::frame::GreyFrame;

/// A drawing in progress.
#[derive(Clone)]
pub(crate) struct Drawn {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) luma: Vec<u8>,
}

impl Drawn {
    /// Blank paper of one shade.
    pub(crate) fn paper(width: usize, height: usize, shade: u8) -> Self {
        Self { width, height, luma: vec![shade; width * height] }
    }

    /// A black code on white with the standard quiet zone of 4 modules.
    pub(crate) fn code(text: &str, module_px: usize) -> Self {
        Self::code_with(text, module_px, 4, 0, 255)
    }

    pub(crate) fn code_with(
        text: &str,
        module_px: usize,
        quiet_modules: usize,
        ink: u8,
        paper: u8,
    ) -> Self {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let modules = code.to_colors();
        let side = (code.width() + 2 * quiet_modules) * module_px;
        let mut drawn = Self::paper(side, side, paper);
        for (at, _) in modules.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
            let (x, y) = (at % code.width() + quiet_modules, at / code.width() + quiet_modules);
            for row in y * module_px..(y + 1) * module_px {
                let start = row * side + x * module_px;
                drawn.luma[start..start + module_px].fill(ink);
            }
        }
        drawn
    }

    /// Puts another drawing on top.
    pub(crate) fn with(mut self, other: &Self, left: usize, top: usize) -> Self {
        for y in 0..other.height {
            let to = (top + y) * self.width + left;
            self.luma[to..to + other.width]
                .copy_from_slice(&other.luma[y * other.width..(y + 1) * other.width]);
        }
        self
    }

    /// A quarter turn.
    pub(crate) fn turned(&self) -> Self {
        let mut turned = Self::paper(self.height, self.width, 0);
        for y in 0..self.height {
            for x in 0..self.width {
                turned.luma[x * self.height + (self.height - 1 - y)] =
                    self.luma[y * self.width + x];
            }
        }
        turned
    }

    pub(crate) fn inverted(mut self) -> Self {
        self.luma.iter_mut().for_each(|value| *value = 255 - *value);
        self
    }

    /// The mean of the pixels up to `across` and `down` pixels away.
    pub(crate) fn blurred(mut self, across: usize, down: usize) -> Self {
        let (width, height) = (self.width, self.height);
        let sharp = std::mem::take(&mut self.luma);
        let mean = |line: &mut dyn Iterator<Item = u8>| {
            let (sum, count) = line.fold((0, 0), |(sum, n), v| (sum + u32::from(v), n + 1));
            (sum / count) as u8
        };
        let wide: Vec<u8> = (0..width * height)
            .map(|at| (at % width, at / width * width))
            .map(|(x, row)| {
                let span = x.saturating_sub(across)..(x + across + 1).min(width);
                mean(&mut sharp[row..row + width][span].iter().copied())
            })
            .collect();
        self.luma = (0..width * height)
            .map(|at| (at % width, at / width))
            .map(|(x, y)| {
                let span = y.saturating_sub(down)..(y + down + 1).min(height);
                mean(&mut span.map(|y| wide[y * width + x]))
            })
            .collect();
        self
    }

    /// Adds even noise of up to `reach` either way, the same for the same seed.
    pub(crate) fn noisy(mut self, reach: i32, seed: u64) -> Self {
        let mut state = seed | 1;
        for value in &mut self.luma {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let shift = (state >> 33) as i32 % (2 * reach + 1) - reach;
            *value = (i32::from(*value) + shift).clamp(0, 255) as u8;
        }
        self
    }

    pub(crate) fn frame(self) -> GreyFrame {
        GreyFrame::new(self.width as u32, self.height as u32, self.luma).unwrap()
    }
}
