//! What hands and keyboards do to a code or number, undone.

/// Folds a typed code to upper-case half-width characters, without blanks.
///
/// Characters that a keyboard cannot have meant are left as they are, to be refused.
pub(crate) fn fold(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars()
        .filter(|character| !is_blank(*character))
        .map(|character| half_width(character).to_ascii_uppercase())
}

/// Turns a full-width form of U+FF01 to U+FF5E, as Chinese keyboards type, into its ASCII twin.
pub(crate) fn half_width(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character)
        }
        _ => character,
    }
}

/// White space, and the marks without width that come along when a number is pasted from
/// an address book.
pub(crate) fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(character, '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Any of the dashes that stand for a hyphen, after [`fold`].
pub(crate) fn is_hyphen(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}')
}
