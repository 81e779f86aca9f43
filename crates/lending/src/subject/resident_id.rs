//! 公民身份号码, the number on an identity card.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::checked_text;
use crate::check::typed;

/// Characters of a number.
const LENGTH: usize = 18;
/// Check characters of GB 11643-1999 by remainder.
const CHECK_CHARACTERS: &[u8; 11] = b"10X98765432";
/// No card has been made for anyone born earlier; a year before is a slip.
const FIRST_YEAR: i16 = 1800;

/// A citizen's identity number (公民身份号码, GB 11643-1999): six digits of place, eight of
/// birth, three of order, one check character.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResidentId(String);

checked_text!(ResidentId, "resident id");

impl ResidentId {
    /// Reads a number as typed: a small x and full-width characters are folded, blanks dropped.
    ///
    /// The date of birth must stand in the calendar; whether it is in the past is for a caller
    /// that knows the day.
    ///
    /// # Errors
    ///
    /// The first of [`ResidentIdError`] that holds, in the order they are declared.
    pub fn parse(text: &str) -> Result<Self, ResidentIdError> {
        let id: String = typed::fold(text).collect();
        let length = id.chars().count();
        if length == 0 {
            return Err(ResidentIdError::Missing);
        }
        if length != LENGTH {
            return Err(ResidentIdError::Length { length });
        }
        let fits = |(at, character): (usize, char)| {
            character.is_ascii_digit() || (at == LENGTH - 1 && character == 'X')
        };
        if let Some(at) = id.chars().enumerate().position(|place| !fits(place)) {
            return Err(ResidentIdError::Character { position: at + 1 });
        }
        if !has_birth_date(&id) {
            return Err(ResidentIdError::Date);
        }
        if check_character(&id[..LENGTH - 1]) != id.chars().last() {
            return Err(ResidentIdError::Check);
        }
        Ok(Self(id))
    }

    /// The number with birth and half the order hidden: first four, `****`, last four.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("{}****{}", &self.0[..4], &self.0[LENGTH - 4..])
    }
}

/// Why a text is no identity number. Positions and lengths count the text without its blanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResidentIdError {
    /// Nothing was given.
    #[error("resident id missing")]
    Missing,
    /// Not 18 characters; the old numbers of 15 ended in 2013.
    #[error("resident id has {length} characters, not 18")]
    Length {
        /// Characters given.
        length: usize,
    },
    /// Something other than a digit, or than a digit or X at the end.
    #[error("resident id has a character that is no digit at {position}")]
    Character {
        /// Where, from 1.
        position: usize,
    },
    /// The date of birth is on no calendar.
    #[error("date in the resident id does not exist")]
    Date,
    /// The last character does not fit the others.
    #[error("check character of the resident id does not fit")]
    Check,
}

/// Computes the 18th character of an identity number from the first 17 (GB 11643-1999, which
/// takes ISO 7064 MOD 11-2).
///
/// None for another length or anything but digits.
#[must_use]
pub fn check_character(first17: &str) -> Option<char> {
    if first17.chars().count() != LENGTH - 1 {
        return None;
    }
    let mut sum = 0;
    for character in first17.chars() {
        sum = (sum + character.to_digit(10)? as usize) * 2 % 11;
    }
    Some(char::from(CHECK_CHARACTERS[sum]))
}

fn has_birth_date(id: &str) -> bool {
    let (Ok(year), Ok(month), Ok(day)) =
        (id[6..10].parse::<i16>(), id[10..12].parse::<i8>(), id[12..14].parse::<i8>())
    else {
        return false;
    };
    year >= FIRST_YEAR && Date::new(year, month, day).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_standard_pass() {
        for text in ["11010519491231002X", "440524188001010014"] {
            assert_eq!(ResidentId::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_number_is_read_however_it_was_typed() {
        for text in
            ["11010519491231002x", "110105 19491231 002X", "１１０１０５１９４９１２３１００２ｘ"]
        {
            assert_eq!(ResidentId::parse(text).unwrap().as_str(), "11010519491231002X");
        }
    }

    #[test]
    fn a_wrong_number_is_refused_with_its_reason() {
        use ResidentIdError::{Character, Check, Date, Length, Missing};
        let cases = [
            ("", Missing),
            ("\u{3000}", Missing),
            ("110105491231002", Length { length: 15 }),
            ("11010519491231002XX", Length { length: 19 }),
            ("1101051949123100X2", Character { position: 17 }),
            ("A1010519491231002X", Character { position: 1 }),
            ("11010519491231002Y", Character { position: 18 }),
            ("１1010519491231002十", Character { position: 18 }),
            ("331004199001010003", Check),
            ("110105194912310021", Check),
            ("331004198102290010", Date),
            ("331004198113010010", Date),
            ("331004190002290017", Date),
            ("331004000001010010", Date),
        ];
        for (text, error) in cases {
            assert_eq!(ResidentId::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_leap_day_passes_in_leap_years() {
        for text in ["331004198002290013", "331004200002290013"] {
            assert!(ResidentId::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_masked_number_hides_the_birthday() {
        let id = ResidentId::parse("11010519491231002X").unwrap();
        assert_eq!(id.masked(), "1101****002X");
    }

    #[test]
    fn only_seventeen_digits_have_a_check_character() {
        assert_eq!(check_character("11010519491231002"), Some('X'));
        for text in
            ["", "1101051949123100", "1101051949123100X", "１１０１０５１９４９１２３１００２"]
        {
            assert_eq!(check_character(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_digit_never_passes(
            place in "[1-6][0-9]{5}",
            (year, month, day) in (1900..2030, 1..=12, 1..=28),
            order in "[0-9]{3}",
            at in 0_usize..17,
            other in "[0-9]",
        ) {
            let first17 = format!("{place}{year:04}{month:02}{day:02}{order}");
            let good = format!("{first17}{}", check_character(&first17).unwrap());
            prop_assert!(ResidentId::parse(&good).is_ok());
            let mut wrong = good.clone();
            wrong.replace_range(at..=at, &other);
            prop_assert_eq!(ResidentId::parse(&wrong).is_ok(), wrong == good);
        }

        #[test]
        fn no_text_makes_reading_panic(text in "\\PC*|[0-9X ]{17,20}") {
            let _ = ResidentId::parse(&text);
        }
    }
}
