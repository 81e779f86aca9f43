//! Money, rates and terms: whole numbers with their unit in the type.

mod limited;

pub use limited::{LimitError, Months, RateBps, ShareBps};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::check::typed;

/// Fen in 万元 (10,000 yuan), the unit in which owners name an amount.
const FEN_PER_WAN: u64 = 1_000_000;
/// Decimals of an amount in 万元 down to one yuan.
const WAN_DECIMALS: usize = 4;

/// An amount of money in fen (分), a hundredth of a yuan; at most 2^53 - 1.
///
/// The limit keeps every amount exact as a number of JavaScript (ECMA-262,
/// `Number.MAX_SAFE_INTEGER`). There are no negative amounts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "u64", into = "u64")]
pub struct Fen(u64);

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount: 2^53 - 1 fen.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// Takes a number of fen.
    ///
    /// # Errors
    ///
    /// [`AmountError::TooLarge`] above [`Fen::MAX`].
    pub const fn new(amount_fen: u64) -> Result<Self, AmountError> {
        if amount_fen > Self::MAX.0 { Err(AmountError::TooLarge) } else { Ok(Self(amount_fen)) }
    }

    /// Takes whole yuan; 2^32 of them are far below the limit.
    #[must_use]
    pub const fn from_yuan(amount_yuan: u32) -> Self {
        Self(amount_yuan as u64 * 100)
    }

    /// The number of fen.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The sum, or none above [`Fen::MAX`].
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::new(self.0.checked_add(other.0)?).ok()
    }

    /// The difference, or none below zero.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The amount a number of times, or none above [`Fen::MAX`].
    #[must_use]
    pub fn checked_mul(self, times: u64) -> Option<Self> {
        Self::new(self.0.checked_mul(times)?).ok()
    }

    /// The sum of all, or none above [`Fen::MAX`].
    #[must_use]
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Reads an amount that was typed in 万元 (10,000 yuan), e.g. `10`, `0.8`, `１０。５ 万元`.
    ///
    /// At most four decimals, which is one yuan. Full-width characters, blanks around the
    /// number and a unit 万 or 万元 behind it are taken as meant. Commas may only part
    /// thousands: `10,5` is refused, since guessing could turn ten into a hundred.
    ///
    /// # Errors
    ///
    /// [`AmountError::Missing`] for blanks only; [`AmountError::NotNumber`] for zero, signs,
    /// exponents, other units and anything else; [`AmountError::TooLarge`] above [`Fen::MAX`].
    pub fn parse_wan(text: &str) -> Result<Self, AmountError> {
        let folded: String = text.chars().map(typed::half_width).collect();
        let folded = folded.trim_matches(typed::is_blank);
        if folded.is_empty() {
            return Err(AmountError::Missing);
        }
        let number = ["万元", "萬元", "万", "萬"]
            .iter()
            .find_map(|unit| folded.strip_suffix(unit))
            .unwrap_or(folded)
            .trim_end_matches(typed::is_blank);

        let (whole, decimals) = number.split_once(['.', '。']).unwrap_or((number, ""));
        let whole = without_thousands_separators(whole).ok_or(AmountError::NotNumber)?;
        let digits_only = whole.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit());
        if !digits_only || whole.len() + decimals.len() == 0 || decimals.len() > WAN_DECIMALS {
            return Err(AmountError::NotNumber);
        }
        let amount_yuan = whole
            .bytes()
            .chain(format!("{decimals:0<WAN_DECIMALS$}").bytes())
            .try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
            .ok_or(AmountError::TooLarge)?;
        if amount_yuan == 0 {
            return Err(AmountError::NotNumber);
        }
        Self::new(amount_yuan.checked_mul(100).ok_or(AmountError::TooLarge)?)
    }

    /// The amount in 万元, as short as it goes: `10`, `0.8`.
    ///
    /// What [`Fen::parse_wan`] reads, this writes back. Amounts that are not whole yuan get
    /// five or six decimals, which `parse_wan` refuses.
    #[must_use]
    pub fn to_wan_text(self) -> String {
        let (whole, rest) = (self.0 / FEN_PER_WAN, self.0 % FEN_PER_WAN);
        if rest == 0 {
            return whole.to_string();
        }
        format!("{whole}.{rest:06}").trim_end_matches('0').to_owned()
    }
}

/// The digits without commas; none when a comma stands anywhere but between thousands.
fn without_thousands_separators(whole: &str) -> Option<String> {
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    if first.len() == whole.len() {
        return Some(first.to_owned());
    }
    let well_parted = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    well_parted.then(|| whole.replace(',', ""))
}

impl TryFrom<u64> for Fen {
    type Error = AmountError;

    fn try_from(amount_fen: u64) -> Result<Self, AmountError> {
        Self::new(amount_fen)
    }
}

impl From<Fen> for u64 {
    fn from(amount: Fen) -> Self {
        amount.0
    }
}

impl From<Fen> for Decimal {
    fn from(amount: Fen) -> Self {
        Self::from(amount.0)
    }
}

/// Why something is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Nothing was given.
    #[error("amount missing")]
    Missing,
    /// Not a positive number, or with parts smaller than a yuan.
    #[error("amount is not a positive number of whole yuan")]
    NotNumber,
    /// Above [`Fen::MAX`].
    #[error("amount too large")]
    TooLarge,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error as ValueError, U64Deserializer};

    #[test]
    fn an_amount_is_read_however_it_was_typed() {
        let cases = [
            ("10", 10_000_000),
            ("10.5", 10_500_000),
            ("0.8", 800_000),
            (".8", 800_000),
            ("10.", 10_000_000),
            ("0.0001", 100),
            ("12.3456", 12_345_600),
            ("0010", 10_000_000),
            ("１０．５", 10_500_000),
            ("10。5", 10_500_000),
            ("  10 ", 10_000_000),
            ("\u{3000}10\u{3000}万", 10_000_000),
            ("10万", 10_000_000),
            ("10 万元", 10_000_000),
            ("10萬", 10_000_000),
            ("1,000", 1_000_000_000),
            ("1，000.5", 1_000_500_000),
        ];
        for (text, amount_fen) in cases {
            assert_eq!(Fen::parse_wan(text).map(Fen::get), Ok(amount_fen), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_amount_is_refused_with_its_reason() {
        let not_numbers = [
            "0", "0.0", "-1", "+1", "－1", "NaN", "inf", "1e3", "1E3", "ten", "十", "万", "元",
            ".", ",", "1.2.3", "1.00001", "10元", "10万万", "10 5", "10,5", "1,0000", "1000,000",
            ",100", "1.,5", "0x10", "¥10", "1_0", "٣", "10\u{0}",
        ];
        for text in not_numbers {
            assert_eq!(Fen::parse_wan(text), Err(AmountError::NotNumber), "{text}");
        }
        for text in ["", "  ", "\u{3000}\t"] {
            assert_eq!(Fen::parse_wan(text), Err(AmountError::Missing), "{text}");
        }
        let nines = "9".repeat(400);
        for text in ["9007199255", "9007199254.741", "18446744073709551616", &nines] {
            assert_eq!(Fen::parse_wan(text), Err(AmountError::TooLarge), "{text}");
        }
    }

    #[test]
    fn an_amount_is_written_in_wan_as_short_as_it_goes() {
        let cases = [
            (0, "0"),
            (1, "0.000001"),
            (100, "0.0001"),
            (800_000, "0.8"),
            (10_000_000, "10"),
            (10_500_000, "10.5"),
            (850_814, "0.850814"),
            (Fen::MAX.get(), "9007199254.740991"),
        ];
        for (amount_fen, text) in cases {
            assert_eq!(Fen::new(amount_fen).unwrap().to_wan_text(), text);
        }
    }

    #[test]
    fn arithmetic_stops_at_the_limits() {
        let one = Fen::new(1).unwrap();
        assert_eq!(Fen::MAX.checked_add(one), None);
        assert_eq!(Fen::ZERO.checked_sub(one), None);
        assert_eq!(Fen::MAX.checked_mul(2), None);
        assert_eq!(Fen::MAX.checked_mul(u64::MAX), None);
        assert_eq!(Fen::checked_sum([Fen::MAX, one]), None);
        assert_eq!(Fen::checked_sum([Fen::from_yuan(1), one]), Fen::new(101).ok());
        assert_eq!(Fen::new(Fen::MAX.get() + 1), Err(AmountError::TooLarge));
    }

    #[test]
    fn a_record_with_too_large_an_amount_is_refused() {
        let read = |amount_fen: u64| {
            let input: U64Deserializer<ValueError> = amount_fen.into_deserializer();
            Fen::deserialize(input)
        };
        assert_eq!(read(Fen::MAX.get()), Ok(Fen::MAX));
        assert!(read(Fen::MAX.get() + 1).is_err());
    }

    proptest! {
        #[test]
        fn whole_yuan_written_in_wan_read_back(yuan in 1..=Fen::MAX.get() / 100) {
            let amount = Fen::new(yuan * 100).unwrap();
            prop_assert_eq!(Fen::parse_wan(&amount.to_wan_text()), Ok(amount));
        }

        #[test]
        fn no_text_makes_reading_panic(text in "[0-9.,。万元 \\-+eE]*|\\PC*") {
            let _ = Fen::parse_wan(&text);
        }
    }
}
