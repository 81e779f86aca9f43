//! 统一社会信用代码, the number on a business licence.

use serde::{Deserialize, Serialize};

use super::checked_text;
use crate::check::typed;

/// The characters of GB 32100-2015 in the order of their values; I, O, S, V and Z are left out.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Characters of a code.
const LENGTH: usize = 18;

/// A unified social credit code (统一社会信用代码, GB 32100-2015): 18 characters, the last
/// of which checks the others.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EnterpriseCode(String);

checked_text!(EnterpriseCode, "enterprise code");

impl EnterpriseCode {
    /// Reads a code as typed or scanned: lower case and full-width characters are folded,
    /// blanks dropped.
    ///
    /// # Errors
    ///
    /// The first of [`EnterpriseCodeError`] that holds, in the order they are declared.
    pub fn parse(text: &str) -> Result<Self, EnterpriseCodeError> {
        let code: String = typed::fold(text).collect();
        let length = code.chars().count();
        if length == 0 {
            return Err(EnterpriseCodeError::Missing);
        }
        if length != LENGTH {
            return Err(EnterpriseCodeError::Length { length });
        }
        if let Some(at) = code.chars().position(|character| value(character).is_none()) {
            return Err(EnterpriseCodeError::Character { position: at + 1 });
        }
        if check_character(&code[..LENGTH - 1]) != code.chars().last() {
            return Err(EnterpriseCodeError::Check);
        }
        Ok(Self(code))
    }

    /// The code with its middle hidden: first four, `****`, last three.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}****{}", &self.0[..4], &self.0[LENGTH - 3..])
    }
}

/// Why a text is no enterprise code. Positions and lengths count the text without its blanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnterpriseCodeError {
    /// Nothing was given.
    #[error("enterprise code missing")]
    Missing,
    /// Not 18 characters.
    #[error("enterprise code has {length} characters, not 18")]
    Length {
        /// Characters given.
        length: usize,
    },
    /// A character that GB 32100 does not use, such as the letter O for a zero.
    #[error("enterprise code has a character out of its alphabet at {position}")]
    Character {
        /// Where, from 1.
        position: usize,
    },
    /// The last character does not fit the others.
    #[error("check character of the enterprise code does not fit")]
    Check,
}

/// Computes the 18th character of an enterprise code from the first 17 (GB 32100-2015, the
/// weight of place i, from 0, being 3^i modulo 31).
///
/// None for another length or a character that the standard does not use.
#[must_use]
pub fn check_character(first17: &str) -> Option<char> {
    if first17.chars().count() != LENGTH - 1 {
        return None;
    }
    let (mut sum, mut weight) = (0, 1);
    for character in first17.chars() {
        sum += value(character)? * weight;
        weight = weight * 3 % 31;
    }
    Some(char::from(ALPHABET[(31 - sum % 31) % 31]))
}

fn value(character: char) -> Option<usize> {
    ALPHABET.iter().position(|&known| char::from(known) == character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_standard_and_made_up_codes_pass() {
        for text in ["91350100M000100Y43", "91990000MA0000001B", "91990000100000001K"] {
            assert_eq!(EnterpriseCode::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        let typed = [
            "91350100m000100y43",
            " 9135 0100 M000 100Y 43 ",
            "９１３５０１００Ｍ０００１００ｙ４３",
            "91350100M000100Y43\u{3000}\n",
            "\u{feff}91350100M000100Y43",
        ];
        for text in typed {
            assert_eq!(EnterpriseCode::parse(text).unwrap().as_str(), "91350100M000100Y43");
        }
    }

    #[test]
    fn a_wrong_code_is_refused_with_its_reason() {
        use EnterpriseCodeError::{Character, Check, Length, Missing};
        let cases = [
            ("", Missing),
            (" \u{3000}", Missing),
            ("91350100M000100Y4", Length { length: 17 }),
            ("91350100M000100Y433", Length { length: 19 }),
            ("面馆", Length { length: 2 }),
            ("9135O100M000100Y43", Character { position: 5 }),
            ("9135 O100M000100Y43", Character { position: 5 }),
            ("91350100M000100Y4Z", Character { position: 18 }),
            ("面1350100M000100Y43", Character { position: 1 }),
            ("91350100-000100Y43", Character { position: 9 }),
            ("91350100M000100Y44", Check),
            ("91350100M000010Y43", Check),
        ];
        for (text, error) in cases {
            assert_eq!(EnterpriseCode::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_masked_code_shows_its_ends() {
        let code = EnterpriseCode::parse("91350100M000100Y43").unwrap();
        assert_eq!(code.masked(), "9135****Y43");
    }

    #[test]
    fn only_seventeen_known_characters_have_a_check_character() {
        assert_eq!(check_character("91350100M000100Y4"), Some('3'));
        for text in ["", "91350100M000100Y", "91350100M000100Y43", "91350100m000100Y4"] {
            assert_eq!(check_character(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_character_or_swapped_neighbours_never_pass(
            first17 in "9[123][0-9]{6}[0-9A-HJ-NP-RT-UW-Y]{9}",
            place in 0_usize..18,
            other in "[0-9A-HJ-NP-RT-UW-Y]",
        ) {
            let good = format!("{first17}{}", check_character(&first17).unwrap());
            prop_assert!(EnterpriseCode::parse(&good).is_ok());

            let mut wrong = good.clone();
            wrong.replace_range(place..=place, &other);
            prop_assert_eq!(EnterpriseCode::parse(&wrong).is_ok(), wrong == good);

            let mut swapped = good.clone().into_bytes();
            swapped.swap(place, (place + 1).min(17));
            let swapped = String::from_utf8(swapped).unwrap();
            prop_assert_eq!(EnterpriseCode::parse(&swapped).is_ok(), swapped == good);
        }

        #[test]
        fn no_text_makes_reading_panic(text in "\\PC*|[0-9A-ZＡ-Ｚ ]{17,20}") {
            let _ = EnterpriseCode::parse(&text);
        }
    }
}
