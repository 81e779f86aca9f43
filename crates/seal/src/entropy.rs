//! Randomness, handed in.

use hpke::rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

/// A source of random bytes fit for keys.
///
/// The host supplies the operating system's; a test supplies a seeded one.
pub trait Entropy: Send + Sync {
    /// Fills `out` with random bytes.
    ///
    /// An implementation that cannot deliver must panic: carrying on with predictable keys is
    /// worse than stopping.
    fn fill(&self, out: &mut [u8]);

    /// An array of random bytes.
    fn bytes<const N: usize>(&self) -> [u8; N]
    where
        Self: Sized,
    {
        random_bytes(self)
    }
}

/// An array of random bytes, also from a trait object.
pub fn random_bytes<const N: usize>(entropy: &(impl Entropy + ?Sized)) -> [u8; N] {
    let mut out = [0; N];
    entropy.fill(&mut out);
    out
}

/// Nothing but zeros, for tests whose bytes must be the same each time.
#[cfg(test)]
pub(crate) struct Zero;

#[cfg(test)]
impl Entropy for Zero {
    fn fill(&self, out: &mut [u8]) {
        out.fill(0);
    }
}

/// Lets the HPKE library draw from an [`Entropy`].
pub(crate) struct Drawn<'e, E: Entropy + ?Sized>(pub &'e E);

impl<E: Entropy + ?Sized> TryRng for Drawn<'_, E> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(random_bytes(self.0)))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(random_bytes(self.0)))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(out);
        Ok(())
    }
}

impl<E: Entropy + ?Sized> TryCryptoRng for Drawn<'_, E> {}
