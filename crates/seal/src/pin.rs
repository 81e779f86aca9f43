//! A PIN that is kept only as long as something is locked by it.
//!
//! Derived as a passphrase is, so that a guess costs as much. Ten thousand guesses are no wall all
//! the same: whoever asks for a PIN counts the wrong ones.

use crate::{
    Entropy,
    passphrase::{self, PassphraseError},
    rows::DataKey,
};

/// Fewest and most digits.
pub const DIGITS: std::ops::RangeInclusive<usize> = 4..=6;

/// A PIN as it may be kept; none when it is not [`DIGITS`] digits. Takes about a second and 64 MiB.
pub fn keep(pin: &str, entropy: &(impl Entropy + ?Sized)) -> Option<Vec<u8>> {
    let is_pin = DIGITS.contains(&pin.len()) && pin.bytes().all(|byte| byte.is_ascii_digit());
    is_pin.then(|| passphrase::wrap_with(&DataKey::generate(entropy), pin, entropy).ok())?
}

/// Whether this is the PIN that was kept. Takes about a second and 64 MiB.
///
/// # Errors
/// [`PassphraseError::Shape`] when what was kept is no PIN.
pub fn fits(kept: &[u8], pin: &str) -> Result<bool, PassphraseError> {
    match passphrase::unwrap(kept, pin) {
        Ok(_) => Ok(true),
        Err(PassphraseError::Wrong) => Ok(false),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::Zero;

    #[test]
    fn only_the_pin_that_was_kept_fits() {
        let kept = keep("4711", &Zero).unwrap();
        assert!(fits(&kept, "4711").unwrap());
        assert!(!fits(&kept, "4712").unwrap());
        assert!(fits(b"junk", "4711").is_err());
    }

    #[test]
    fn a_pin_is_four_to_six_digits() {
        for no_pin in ["", "123", "1234567", "12a4", "１２３４", " 1234", "12 34"] {
            assert_eq!(keep(no_pin, &Zero), None, "{no_pin:?}");
        }
    }
}
