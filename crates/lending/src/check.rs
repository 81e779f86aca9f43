//! Check characters, and the branch number that is typed by hand.
//!
//! A branch number stands under the code on a poster, for the day the code cannot be scanned:
//! the branch code, a hyphen, one check character, as in `LQ01-9`.

pub(crate) mod typed;

use serde::{Deserialize, Serialize};

/// The characters of ISO/IEC 7064 MOD 37,36 in the order of their values, 0 to 35.
const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Fewest characters of a branch code.
pub const MIN_BRANCH_CODE_LENGTH: usize = 4;
/// Most characters of a branch code.
pub const MAX_BRANCH_CODE_LENGTH: usize = 8;

/// Computes the check character of ISO/IEC 7064 MOD 37,36, a hybrid system.
///
/// None when the text is empty or holds anything but 0-9 and A-Z. Every single wrong character
/// is found, and all but very few swaps of two neighbours.
#[must_use]
pub fn check_character(text: &str) -> Option<char> {
    if text.is_empty() {
        return None;
    }
    let mut product = 36;
    for character in text.bytes() {
        let value = ALPHABET.iter().position(|&known| known == character)?;
        let sum = match (product + value) % 36 {
            0 => 36,
            sum => sum,
        };
        product = sum * 2 % 37;
    }
    Some(char::from(ALPHABET[(37 - product) % 36]))
}

/// Says whether the last character is the check character of those before it.
#[must_use]
pub fn verify(text: &str) -> bool {
    let mut characters = text.chars();
    let last = characters.next_back();
    last.is_some() && check_character(characters.as_str()) == last
}

/// The code of a branch (网点): 4 to 8 of A-Z and 0-9, as the bank's catalogue names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BranchCode(String);

impl BranchCode {
    /// Takes a code exactly as the catalogue or a ticket writes it; nothing is folded.
    ///
    /// # Errors
    ///
    /// [`BranchNumberError::Shape`] for another length or character.
    pub fn new(code: impl Into<String>) -> Result<Self, BranchNumberError> {
        let code = code.into();
        let length_holds = (MIN_BRANCH_CODE_LENGTH..=MAX_BRANCH_CODE_LENGTH).contains(&code.len());
        if length_holds && code.bytes().all(|byte| ALPHABET.contains(&byte)) {
            Ok(Self(code))
        } else {
            Err(BranchNumberError::Shape)
        }
    }

    /// Reads a branch number as a person typed it.
    ///
    /// Lower case, full-width characters, spaces and a missing or misplaced hyphen are taken
    /// as meant. A mistyped character is refused, not guessed at.
    ///
    /// # Errors
    ///
    /// [`BranchNumberError::Shape`] before [`BranchNumberError::Check`].
    pub fn from_number(text: &str) -> Result<Self, BranchNumberError> {
        let mut number: String =
            typed::fold(text).filter(|character| !typed::is_hyphen(*character)).collect();
        let check = number.pop().ok_or(BranchNumberError::Shape)?;
        let code = Self::new(number)?;
        if !check.is_ascii_alphanumeric() {
            return Err(BranchNumberError::Shape);
        }
        if check_character(&code.0) != Some(check) {
            return Err(BranchNumberError::Check);
        }
        Ok(code)
    }

    /// The number to print and to type: code, hyphen, check character.
    #[must_use]
    pub fn number(&self) -> String {
        let check = check_character(&self.0).expect("a branch code holds only 0-9 and A-Z");
        format!("{}-{check}", self.0)
    }

    /// The code without its check character.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for BranchCode {
    type Error = BranchNumberError;

    fn try_from(code: String) -> Result<Self, BranchNumberError> {
        Self::new(code)
    }
}

impl From<BranchCode> for String {
    fn from(code: BranchCode) -> Self {
        code.0
    }
}

/// Why a text is no branch number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BranchNumberError {
    /// Too short, too long, or with a character other than A-Z and 0-9.
    #[error("branch number has a wrong length or character")]
    Shape,
    /// The last character does not fit the others: something was mistyped.
    #[error("check character of the branch number does not fit")]
    Check,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error as ValueError, StrDeserializer};

    #[test]
    fn the_check_character_is_the_one_of_the_standard() {
        // The first is the sample GRid of the IFPI's standard, which uses the same system.
        let cases = [("A12425GABC1234002", 'M'), ("LQ01", '9'), ("LQ02", '7'), ("0000", 'G')];
        for (text, check) in cases {
            assert_eq!(check_character(text), Some(check), "{text}");
            assert!(verify(&format!("{text}{check}")), "{text}");
        }
    }

    #[test]
    fn a_text_outside_the_alphabet_has_no_check_character() {
        for text in ["", "lq01", "LQ-1", "路桥01"] {
            assert_eq!(check_character(text), None, "{text}");
            assert!(!verify(text), "{text}");
        }
    }

    #[test]
    fn a_branch_number_is_read_however_it_was_typed() {
        let typed = [
            "LQ01-9",
            "lq01-9",
            "LQ019",
            " lq 01 9 ",
            "LQ01－9",
            "ＬＱ０１—９",
            "L-Q01-9",
            "\u{202d}LQ01-9\u{202c}",
        ];
        for text in typed {
            let code = BranchCode::from_number(text);
            assert_eq!(code.as_ref().map(BranchCode::as_str), Ok("LQ01"), "{text}");
        }
    }

    #[test]
    fn a_wrong_branch_number_is_refused_with_its_reason() {
        let cases = [
            ("", BranchNumberError::Shape),
            ("-", BranchNumberError::Shape),
            ("LQ01", BranchNumberError::Shape),
            ("LQ0123456-7", BranchNumberError::Shape),
            ("LQ路1-9", BranchNumberError::Shape),
            ("LQ01-?", BranchNumberError::Shape),
            ("LQ01/9", BranchNumberError::Shape),
            ("LQ01-8", BranchNumberError::Check),
            ("LQ10-9", BranchNumberError::Check),
            ("LQO1-9", BranchNumberError::Check),
        ];
        for (text, error) in cases {
            assert_eq!(BranchCode::from_number(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_record_holds_a_branch_code_only_in_its_one_form() {
        let read = |text: &'static str| {
            let input: StrDeserializer<'_, ValueError> = text.into_deserializer();
            BranchCode::deserialize(input)
        };
        assert_eq!(read("LQ01").map(String::from), Ok("LQ01".to_owned()));
        for text in ["lq01", "LQ1", "LQ01 ", "LQ01-9", "LQ0123456"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_printed_number_reads_back(text in "[A-Z0-9]{4,8}") {
            let code = BranchCode::new(text).unwrap();
            prop_assert_eq!(BranchCode::from_number(&code.number()), Ok(code));
        }

        #[test]
        fn one_wrong_character_never_passes(
            text in "[A-Z0-9]{4,8}",
            place in any::<prop::sample::Index>(),
            other in "[A-Z0-9]",
        ) {
            let mut number = format!("{text}{}", check_character(&text).unwrap());
            let at = place.index(number.len());
            prop_assume!(number[at..=at] != other);
            number.replace_range(at..=at, &other);
            prop_assert_eq!(BranchCode::from_number(&number), Err(BranchNumberError::Check));
        }

        #[test]
        fn no_text_makes_reading_panic(text in "\\PC*") {
            let _ = BranchCode::from_number(&text);
        }
    }
}
