//! The owner's copy of consents: its words up, the drawn sheets down.

use super::*;
use serde::{Deserialize, Serialize};

shapes! {
    /// Names what a copy is of.
    struct CopyRequest {
        /// Whether `id` is of a case or of one record.
        pub of: CopyOf,
        /// The case or the record.
        pub id: String,
    }

    /// A piece of a copy.
    struct CopyBlockView {
        /// How it is set.
        pub style: CopyStyle,
        /// What stands in front of it.
        pub label: Option<String>,
        /// The words; of a code, its text, which is not drawn in letters.
        pub text: String,
        /// The rows of a code from the top, `#` for a dark module; empty for what is no code.
        pub modules: Vec<String>,
    }

    /// What stands on a copy, from top to bottom.
    struct CopyView {
        /// The language it is in.
        pub locale: Locale,
        /// Its pieces.
        pub blocks: Vec<CopyBlockView>,
    }

    /// A line of words as it was drawn. Lengths are pixels of the picture, rounded.
    struct CopyLineRequest {
        /// The words.
        pub text: String,
        /// Left end.
        pub x: u32,
        /// Its base line, from the top.
        pub y: u32,
        /// Its width.
        pub width: u32,
        /// Height of its type.
        pub size: u32,
    }

    /// A drawn sheet.
    struct CopySheetRequest {
        /// The picture in base 64: PNG for a picture, JPEG for a page.
        pub image: String,
        /// Its width, pixels.
        pub width: u32,
        /// Its height, pixels.
        pub height: u32,
        /// Every line of words on it, from top to bottom.
        pub lines: Vec<CopyLineRequest>,
    }

    /// Drawn sheets, to be kept as a file.
    struct SaveCopyRequest {
        /// What it is a copy of.
        pub copy: CopyRequest,
        /// As a picture, which has one sheet, or as pages.
        pub file: CopyFile,
        /// The sheets, in order.
        pub sheets: Vec<CopySheetRequest>,
    }
}
