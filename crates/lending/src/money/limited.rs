//! Rates, shares and terms: small whole numbers with limits.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Declares a whole number with limits, which deserialising keeps too.
macro_rules! limited {
    ($($(#[$meta:meta])* $name:ident($unit:ident: $inner:ty) in $min:literal..=$max:literal,
       else $error:ident;)+) => {$(
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        $(#[$meta])*
        pub struct $name($inner);

        impl $name {
            /// The least value.
            pub const MIN: Self = Self($min);
            /// The largest value.
            pub const MAX: Self = Self($max);

            /// Takes the number, in the unit of the type.
            ///
            /// # Errors
            ///
            /// [`LimitError`] below `MIN` or above `MAX`.
            pub const fn new($unit: $inner) -> Result<Self, LimitError> {
                match $unit {
                    $min..=$max => Ok(Self($unit)),
                    _ => Err(LimitError::$error { $unit }),
                }
            }

            /// The number, in the unit of the type.
            #[must_use]
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl TryFrom<$inner> for $name {
            type Error = LimitError;

            fn try_from($unit: $inner) -> Result<Self, LimitError> {
                Self::new($unit)
            }
        }

        impl From<$name> for $inner {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    )+};
}

limited! {
    /// A nominal rate for a year in hundredths of a percent: 385 is 3.85 %; at most 36 %.
    ///
    /// The limit guards against a wrong unit. It is the line above which courts once gave no
    /// help at all (法释〔2015〕18号, article 26, until 2020), not a statement of today's law.
    #[serde(try_from = "u32", into = "u32")]
    RateBps(rate_bps: u32) in 0..=3600, else Rate;

    /// A part of an amount in hundredths of a percent: 100 is 1 %; at most the whole.
    #[serde(try_from = "u32", into = "u32")]
    ShareBps(share_bps: u32) in 0..=10_000, else Share;

    /// A term in months, 1 to 360.
    ///
    /// Thirty years is the longest that banks in China lend for.
    #[serde(try_from = "u16", into = "u16")]
    Months(term_months: u16) in 1..=360, else Term;
}

impl RateBps {
    /// The rate in percent, exactly: 385 gives 3.85.
    #[must_use]
    pub fn percent(self) -> Decimal {
        Decimal::new(i64::from(self.0), 2)
    }
}

/// Why a number is no rate, share or term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// A yearly rate above [`RateBps::MAX`].
    #[error("rate of {rate_bps} hundredths of a percent is out of limits")]
    Rate {
        /// The rate that was given.
        rate_bps: u32,
    },
    /// A share above [`ShareBps::MAX`].
    #[error("share of {share_bps} hundredths of a percent is out of limits")]
    Share {
        /// The share that was given.
        share_bps: u32,
    },
    /// A term below [`Months::MIN`] or above [`Months::MAX`].
    #[error("term of {term_months} months is out of limits")]
    Term {
        /// The term that was given.
        term_months: u16,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error as ValueError, U64Deserializer};

    fn input(number: u64) -> U64Deserializer<ValueError> {
        number.into_deserializer()
    }

    #[test]
    fn a_rate_is_known_in_percent() {
        assert_eq!(RateBps::new(385).unwrap().percent().to_string(), "3.85");
    }

    #[test]
    fn numbers_outside_the_limits_are_refused() {
        assert_eq!(RateBps::new(3601), Err(LimitError::Rate { rate_bps: 3601 }));
        assert_eq!(ShareBps::new(10_001), Err(LimitError::Share { share_bps: 10_001 }));
        assert_eq!(Months::new(0), Err(LimitError::Term { term_months: 0 }));
        assert_eq!(Months::new(361), Err(LimitError::Term { term_months: 361 }));
    }

    #[test]
    fn a_record_cannot_carry_a_number_outside_the_limits() {
        assert_eq!(RateBps::deserialize(input(3600)), Ok(RateBps::MAX));
        assert!(RateBps::deserialize(input(3601)).is_err());
        assert_eq!(ShareBps::deserialize(input(0)), Ok(ShareBps::MIN));
        assert!(ShareBps::deserialize(input(10_001)).is_err());
        assert_eq!(Months::deserialize(input(360)), Ok(Months::MAX));
        assert!(Months::deserialize(input(0)).is_err());
    }
}
