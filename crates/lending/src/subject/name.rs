//! Names of persons and enterprises.

use serde::{Deserialize, Serialize};

use super::checked_text;
use crate::check::typed;

/// Most characters of a person's name: room for the longest with a middle dot.
const MAX_PERSON_NAME_LENGTH: usize = 50;
/// Most characters of an enterprise's name.
const MAX_ENTERPRISE_NAME_LENGTH: usize = 100;
/// The one dot between the parts of a name (U+00B7), as the public security registers write it.
const MIDDLE_DOT: char = '·';

/// A person's name: 1 to 50 Han or Latin characters, in parts joined by a middle dot, and
/// for Latin names also by a space, hyphen or apostrophe.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonName(String);

checked_text!(PersonName, "person name");

impl PersonName {
    /// Reads a name as typed: the many dots of keyboards become `·`, spaces stay only between
    /// Latin parts, full-width letters are folded. Upper and lower case are kept.
    ///
    /// # Errors
    ///
    /// The first of [`NameError`] that holds, in the order they are declared.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let mut name: Vec<char> = Vec::new();
        for word in text.split(typed::is_blank).filter(|word| !word.is_empty()) {
            let word: Vec<char> = word.chars().map(fold_person_character).collect();
            let parts_latin = |last: &char| is_latin(*last) && is_latin(word[0]);
            if name.last().is_some_and(parts_latin) {
                name.push(' ');
            }
            name.extend(word);
        }
        check_length(name.len(), MAX_PERSON_NAME_LENGTH)?;
        let is_letter = |at: usize| name.get(at).is_some_and(|&c| is_han(c) || is_latin(c));
        let fits = |at: usize| match name[at] {
            ' ' | '-' | '\'' | MIDDLE_DOT => at > 0 && is_letter(at - 1) && is_letter(at + 1),
            _ => is_letter(at),
        };
        match (0..name.len()).find(|&at| !fits(at)) {
            Some(at) => Err(NameError::Character { position: at + 1 }),
            None => Ok(Self(name.into_iter().collect())),
        }
    }

    /// The first character and a star for each further one, at most two.
    #[must_use]
    pub fn masked(&self) -> String {
        let mut characters = self.0.chars();
        characters.next().into_iter().chain(characters.take(2).map(|_| '*')).collect()
    }
}

/// An enterprise's registered name: 1 to 100 characters, none of them a control character.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EnterpriseName(String);

checked_text!(EnterpriseName, "enterprise name");

impl EnterpriseName {
    /// Reads a name as registered; only blanks around it are dropped.
    ///
    /// # Errors
    ///
    /// The first of [`NameError`] that holds, in the order they are declared.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let name = text.trim_matches(typed::is_blank);
        check_length(name.chars().count(), MAX_ENTERPRISE_NAME_LENGTH)?;
        let unseen = |character: char| {
            character.is_control() || (character != ' ' && typed::is_blank(character))
        };
        match name.chars().position(unseen) {
            Some(at) => Err(NameError::Character { position: at + 1 }),
            None => Ok(Self(name.to_owned())),
        }
    }

    /// The first character and `****`.
    #[must_use]
    pub fn masked(&self) -> String {
        self.0.chars().take(1).chain("****".chars()).collect()
    }
}

/// Why a text is no name. Positions and lengths count the text as it would be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("name missing")]
    Missing,
    /// Longer than a name can be.
    #[error("name has {length} characters")]
    Length {
        /// Characters given.
        length: usize,
    },
    /// A character that stands in no name, or a dot, hyphen or apostrophe that joins nothing.
    #[error("name has an unexpected character at {position}")]
    Character {
        /// Where, from 1.
        position: usize,
    },
}

fn check_length(length: usize, max: usize) -> Result<(), NameError> {
    match length {
        0 => Err(NameError::Missing),
        length if length > max => Err(NameError::Length { length }),
        _ => Ok(()),
    }
}

fn fold_person_character(character: char) -> char {
    match typed::half_width(character) {
        '.' | '•' | '‧' | '・' | '･' | '∙' | '⋅' => MIDDLE_DOT,
        '’' | '‘' => '\'',
        hyphen if typed::is_hyphen(hyphen) => '-',
        other => other,
    }
}

/// CJK ideographs of every plane, and 〇.
fn is_han(character: char) -> bool {
    matches!(character,
        '〇' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// Letters of the Latin blocks, with or without marks.
fn is_latin(character: char) -> bool {
    character.is_ascii_alphabetic()
        || (character.is_alphabetic()
            && matches!(character, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_persons_name_is_read_however_it_was_typed() {
        let cases = [
            ("王小明", "王小明"),
            (" 王 小明\u{3000}", "王小明"),
            ("买买提•艾力", "买买提·艾力"),
            ("买买提 . 艾力", "买买提·艾力"),
            ("㛃〇", "㛃〇"),
            ("𠮷田", "𠮷田"),
            ("Anne-Marie  O’Brien", "Anne-Marie O'Brien"),
            ("Ｊｏｓé García", "José García"),
        ];
        for (text, name) in cases {
            assert_eq!(PersonName::parse(text).unwrap().as_str(), name);
        }
    }

    #[test]
    fn a_wrong_name_is_refused_with_its_reason() {
        let long = "王".repeat(51);
        let cases = [
            ("", NameError::Missing),
            ("\u{3000}", NameError::Missing),
            (long.as_str(), NameError::Length { length: 51 }),
            ("王3", NameError::Character { position: 2 }),
            ("·王", NameError::Character { position: 1 }),
            ("买买提··艾力", NameError::Character { position: 4 }),
            ("王-", NameError::Character { position: 2 }),
            ("王\u{0}明", NameError::Character { position: 2 }),
            ("Иван", NameError::Character { position: 1 }),
            ("王😀", NameError::Character { position: 2 }),
        ];
        for (text, error) in cases {
            assert_eq!(PersonName::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn an_enterprises_name_may_hold_what_registers_hold() {
        for text in ["李记面馆", "台州市顺达汽配有限公司（普通合伙）", "3M 中国有限公司"]
        {
            assert_eq!(EnterpriseName::parse(text).unwrap().as_str(), text);
        }
        assert_eq!(EnterpriseName::parse(" "), Err(NameError::Missing));
        assert_eq!(EnterpriseName::parse("李\n记"), Err(NameError::Character { position: 2 }));
        assert_eq!(
            EnterpriseName::parse(&"李".repeat(101)),
            Err(NameError::Length { length: 101 })
        );
    }

    #[test]
    fn a_masked_name_shows_its_first_character() {
        let masked = |text| PersonName::parse(text).unwrap().masked();
        assert_eq!([masked("王"), masked("王明"), masked("买买提·艾力")], ["王", "王*", "买**"]);
    }

    proptest! {
        #[test]
        fn a_name_once_read_reads_back_unchanged(text in "\\PC*|[王明A-C .·\\-']{1,8}") {
            if let Ok(name) = PersonName::parse(&text) {
                prop_assert_eq!(PersonName::parse(name.as_str()), Ok(name.clone()));
            }
            if let Ok(name) = EnterpriseName::parse(&text) {
                prop_assert_eq!(EnterpriseName::parse(name.as_str()), Ok(name.clone()));
            }
        }
    }
}
