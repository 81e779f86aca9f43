//! Mobile numbers of mainland China.

use serde::{Deserialize, Serialize};

use super::checked_text;
use crate::check::typed;

/// Digits of a number without its country code.
const LENGTH: usize = 11;

/// A mobile number of mainland China: 11 digits, of which the first two are 13 to 19
/// (MIIT numbering plan, 电信网编号计划).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mobile(String);

checked_text!(Mobile, "mobile number");

impl Mobile {
    /// Reads a number as typed or pasted: blanks, hyphens, full-width digits and the country
    /// code as `+86`, `0086` or `86` are taken as meant.
    ///
    /// # Errors
    ///
    /// [`MobileError::Missing`] for blanks only, otherwise [`MobileError::Shape`].
    pub fn parse(text: &str) -> Result<Self, MobileError> {
        let typed: String =
            typed::fold(text).filter(|character| !typed::is_hyphen(*character)).collect();
        if typed.is_empty() {
            return Err(MobileError::Missing);
        }
        let number = ["+86", "0086", "86"]
            .iter()
            .find_map(|country| typed.strip_prefix(country))
            .unwrap_or(&typed);
        let shape_holds = number.len() == LENGTH
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && number.starts_with('1')
            && number[1..2] >= *"3";
        if shape_holds { Ok(Self(number.to_owned())) } else { Err(MobileError::Shape) }
    }

    /// The number with its middle hidden: first three, `****`, last four.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}****{}", &self.0[..3], &self.0[LENGTH - 4..])
    }
}

/// Why a text is no mobile number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MobileError {
    /// Nothing was given.
    #[error("mobile number missing")]
    Missing,
    /// Not 11 digits that begin with 13 to 19.
    #[error("not a mobile number of mainland China")]
    Shape,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_read_however_it_was_typed() {
        let typed = [
            "13812345678",
            "138 1234 5678",
            "138-1234-5678",
            "138－1234—5678",
            "+86 138 1234 5678",
            "+86-13812345678",
            "＋８６１３８１２３４５６７８",
            "008613812345678",
            "8613812345678",
            "\u{202d}+86 138 1234 5678\u{202c}",
            "１３８１２３４５６７８",
        ];
        for text in typed {
            assert_eq!(Mobile::parse(text).unwrap().as_str(), "13812345678", "{text}");
        }
    }

    #[test]
    fn a_wrong_number_is_refused_with_its_reason() {
        for text in ["", " ", "-"] {
            assert_eq!(Mobile::parse(text), Err(MobileError::Missing), "{text}");
        }
        let shapes = [
            "1381234567",
            "138123456789",
            "12812345678",
            "23812345678",
            "057681234567",
            "95588",
            "1381234567a",
            "1381234567八",
            "+1 13812345678",
            "+85213812345678",
            "+8686138123456",
            "86",
            "+86",
            "861381234567",
            "13812345678,13912345678",
            "(138)12345678",
        ];
        for text in shapes {
            assert_eq!(Mobile::parse(text), Err(MobileError::Shape), "{text}");
        }
    }

    #[test]
    fn a_masked_number_shows_its_ends() {
        assert_eq!(Mobile::parse("13812345678").unwrap().masked(), "138****5678");
    }

    proptest! {
        #[test]
        fn every_number_of_the_plan_is_kept_as_it_is(text in "1[3-9][0-9]{9}") {
            let mobile = Mobile::parse(&text).unwrap();
            prop_assert_eq!(mobile.as_str(), text);
        }

        #[test]
        fn no_text_makes_reading_panic(text in "\\PC*|[+0-9 －]{9,16}") {
            let _ = Mobile::parse(&text);
        }
    }
}
