//! The number a person can quote on the telephone (受理号): `SB-261122-7K3QM9-T`.
//!
//! The bank's day in Chinese time, six characters of 30 bits derived from the envelope's id, one
//! check character. Derived, not counted: the acknowledgement that names it can be signed before
//! the transaction begins, so the writer holds no key. Two ids of one day that derive the same
//! number are told apart by the ledger's unique constraint; the next attempt derives another.

use jiff::tz::{TimeZone, offset};
use lending::check::check_character;
use seal::{Digest, Timestamp};
use uuid::Uuid;

/// Crockford's base 32: no I, L, O, U, which are misheard and misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARACTERS: usize = 6;

/// The number of an envelope received at `at`; `attempt` counts from 0.
pub fn reference(envelope: Uuid, at: Timestamp, attempt: u8) -> String {
    let day = chinese_date(at).strftime("%y%m%d").to_string();
    (0_u32..)
        .filter_map(|round| {
            let code = code(envelope, round);
            let check = check_character(&format!("{day}{code}"))?;
            let readable = ALPHABET.contains(&u8::try_from(check).ok()?);
            readable.then(|| format!("SB-{day}-{code}-{check}"))
        })
        .nth(usize::from(attempt))
        .expect("most rounds give a readable check character")
}

fn code(envelope: Uuid, round: u32) -> String {
    let digest = Digest::keyed(&round.to_be_bytes(), envelope.as_bytes());
    let characters = digest.as_bytes()[..CHARACTERS].iter();
    characters.map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

/// The day in China, where the bank is.
pub(crate) fn chinese_date(at: Timestamp) -> jiff::civil::Date {
    jiff::Timestamp::from_millisecond(i64::try_from(at.as_millis()).unwrap_or(i64::MAX))
        .unwrap_or(jiff::Timestamp::MAX)
        .to_zoned(TimeZone::fixed(offset(8)))
        .date()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// 2026-11-21T17:00Z, which is 2026-11-22 01:00 in China.
    const NIGHT: Timestamp = Timestamp::from_millis(1_795_280_400_000);

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn the_same_envelope_always_has_the_same_number_of_the_chinese_day() {
        let first = reference(id(1), NIGHT, 0);
        assert!(first.starts_with("SB-261122-"), "{first}");
        assert_eq!(first, reference(id(1), NIGHT, 0));
        assert_ne!(first, reference(id(1), NIGHT, 1));
    }

    #[test]
    fn numbers_hold_no_letter_that_is_misread_and_their_check_fits() {
        let mut seen = HashSet::new();
        for n in 0..2_000 {
            let number = reference(id(n), NIGHT, 0);
            let (code, check) = number[10..].split_once('-').unwrap();
            assert!(!number[3..].contains(['I', 'L', 'O', 'U']), "{number}");
            assert_eq!(check_character(&format!("261122{code}")), check.chars().next());
            seen.insert(number);
        }
        assert_eq!(seen.len(), 2_000);
    }

    #[test]
    fn a_clock_at_the_end_of_time_does_not_panic() {
        reference(id(1), Timestamp::from_millis(u64::MAX), 0);
    }
}
