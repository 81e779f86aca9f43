//! Looks for words in files, in every shape in which they may have got there.

use aho_corasick::AhoCorasick;
use anyhow::Result;
use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use flate2::read::{GzDecoder, ZlibDecoder};
use std::{
    collections::BTreeSet,
    fmt::Write,
    fs,
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
};

/// Most bytes that are unpacked of one stream: 16 MiB, more than any file here holds.
const UNPACKED_BYTES: u64 = 16 * 1024 * 1024;

/// How a word stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// As it is.
    Utf8,
    /// As Windows, JavaScript and Java keep it in memory.
    Utf16Le,
    /// The same, the other way round.
    Utf16Be,
    /// Hexadecimal, small letters.
    HexLower,
    /// Hexadecimal, capital letters.
    HexUpper,
    /// Base 64 in either alphabet, beginning at any of its three alignments.
    Base64,
    /// Each byte with a percent sign, as in an address.
    Percent,
    /// In any of these shapes, within a gzip or zlib stream.
    Packed,
}

impl Shape {
    /// All shapes.
    pub const ALL: [Self; 8] = [
        Self::Utf8,
        Self::Utf16Le,
        Self::Utf16Be,
        Self::HexLower,
        Self::HexUpper,
        Self::Base64,
        Self::Percent,
        Self::Packed,
    ];

    /// What to look for; none for [`Shape::Packed`], which is looked into.
    pub fn of(self, word: &str) -> Vec<Vec<u8>> {
        let bytes = word.as_bytes();
        let utf16 = |order: fn(u16) -> [u8; 2]| word.encode_utf16().flat_map(order).collect();
        match self {
            Self::Utf8 => vec![bytes.into()],
            Self::Utf16Le => vec![utf16(u16::to_le_bytes)],
            Self::Utf16Be => vec![utf16(u16::to_be_bytes)],
            Self::HexLower => vec![HEXLOWER.encode(bytes).into()],
            Self::HexUpper => vec![HEXUPPER.encode(bytes).into()],
            Self::Base64 => base64(bytes),
            Self::Percent => [true, false].map(|upper| percent(bytes, upper).into()).into(),
            Self::Packed => Vec::new(),
        }
    }
}

/// The characters of the encoded word that do not depend on what stands before and after it.
fn base64(word: &[u8]) -> Vec<Vec<u8>> {
    let mut found = BTreeSet::new();
    for before in 0..3 {
        let mut bytes = vec![0; before];
        bytes.extend(word);
        let first = (before * 8).div_ceil(6);
        let end = bytes.len() * 8 / 6;
        for alphabet in [&BASE64_NOPAD, &BASE64URL_NOPAD] {
            found.insert(alphabet.encode(&bytes).as_bytes()[first..end].to_vec());
        }
    }
    found.into_iter().collect()
}

fn percent(word: &[u8], upper: bool) -> String {
    word.iter().fold(String::new(), |mut text, byte| {
        let _ = if upper { write!(text, "%{byte:02X}") } else { write!(text, "%{byte:02x}") };
        text
    })
}

/// A word that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Which, by its name: the word itself is told to nobody.
    pub word: &'static str,
    /// How it stood there.
    pub shape: Shape,
    /// In which file.
    pub place: PathBuf,
}

/// Some words, in all shapes.
pub struct Search {
    patterns: AhoCorasick,
    names: Vec<(&'static str, Shape)>,
}

impl Search {
    /// A search for words, each with a name to tell it by.
    ///
    /// # Errors
    /// When there are too many.
    pub fn of(words: &[(&'static str, &str)]) -> Result<Self> {
        let (mut patterns, mut names) = (Vec::new(), Vec::new());
        for (name, word) in words {
            for shape in Shape::ALL {
                for pattern in shape.of(word) {
                    patterns.push(pattern);
                    names.push((*name, shape));
                }
            }
        }
        Ok(Self { patterns: AhoCorasick::new(patterns)?, names })
    }

    /// Looks into every file below `folder` but those of which `leave_out` says so, and at their names.
    /// Adds what was found to `hits`; returns how many files there were. What goes meanwhile is
    /// not there.
    ///
    /// # Errors
    /// When a folder or file cannot be read.
    pub fn folder(
        &self,
        folder: &Path,
        leave_out: &impl Fn(&Path) -> bool,
        hits: &mut BTreeSet<Hit>,
    ) -> Result<usize> {
        let mut places = 0;
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        for entry in entries {
            let (entry, path) = entry.map(|entry| (entry.file_type(), entry.path()))?;
            let kind = entry?;
            if leave_out(&path) {
                continue;
            }
            let mut note = |bytes: &[u8]| {
                hits.extend(self.bytes(bytes).into_iter().map(|(word, shape)| Hit {
                    word,
                    shape,
                    place: path.clone(),
                }));
            };
            note(path.file_name().unwrap_or_default().as_encoded_bytes());
            if kind.is_dir() {
                places += self.folder(&path, leave_out, hits)?;
            } else if kind.is_file() {
                match fs::read(&path) {
                    Ok(bytes) => note(&bytes),
                    Err(error) if error.kind() == ErrorKind::NotFound => continue,
                    Err(error) => return Err(error.into()),
                }
                places += 1;
            }
        }
        Ok(places)
    }

    /// Which words stand in some bytes, and how.
    pub fn bytes(&self, bytes: &[u8]) -> BTreeSet<(&'static str, Shape)> {
        let mut found = self.plain(bytes);
        for begin in 0..bytes.len() {
            for (word, _) in unpacked(&bytes[begin..]).iter().flat_map(|bytes| self.plain(bytes)) {
                found.insert((word, Shape::Packed));
            }
        }
        found
    }

    fn plain(&self, bytes: &[u8]) -> BTreeSet<(&'static str, Shape)> {
        let matches = self.patterns.find_overlapping_iter(bytes);
        matches.map(|found| self.names[found.pattern().as_usize()]).collect()
    }
}

/// What a stream that begins here holds, up to where it breaks off; none if none begins here.
fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    // An error ends the stream; what came before it is looked at.
    let _ = match bytes {
        [0x1f, 0x8b, 8, ..] => GzDecoder::new(bytes).take(UNPACKED_BYTES).read_to_end(&mut content),
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => {
            ZlibDecoder::new(bytes).take(UNPACKED_BYTES).read_to_end(&mut content)
        }
        _ => return None,
    };
    Some(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder, write::ZlibEncoder};
    use std::io::Write as _;

    const WORD: &str = "19900004711-MA";

    fn found(bytes: &[u8]) -> Vec<Shape> {
        let search = Search::of(&[("mobile", WORD)]).unwrap();
        search.bytes(bytes).into_iter().map(|(_, shape)| shape).collect()
    }

    /// The word in one shape, among other things, on disk: found there, and in that shape only.
    #[test]
    fn a_word_is_found_in_every_shape_that_is_planted_in_a_file() {
        let pack = |bytes: &[u8]| {
            let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
            gzip.write_all(bytes).unwrap();
            gzip.finish().unwrap()
        };
        for shape in Shape::ALL {
            let planted = match shape {
                Shape::Packed => vec![pack(format!("{{\"mobile\":\"{WORD}\"}}").as_bytes())],
                other => other.of(WORD),
            };
            for bytes in planted {
                let folder = tempfile::tempdir().unwrap();
                let deep = folder.path().join("a/b");
                fs::create_dir_all(&deep).unwrap();
                let around = [&[0, 0x1f, 0x8b, 9][..], &bytes, b"\xff and more"].concat();
                fs::write(deep.join("file"), around).unwrap();
                let mut hits = BTreeSet::new();
                let search = Search::of(&[("mobile", WORD)]).unwrap();
                let places = search.folder(folder.path(), &|_| false, &mut hits).unwrap();
                let shapes: Vec<_> = hits.iter().map(|hit| hit.shape).collect();
                assert_eq!((places, shapes), (1, vec![shape]));
            }
        }
    }

    #[test]
    fn base_64_is_found_wherever_the_word_begins() {
        for before in 0..6 {
            for after in 0..4 {
                let text = [&"abcdef"[..before], WORD, &"uvwx"[..after]].concat();
                for alphabet in [&data_encoding::BASE64, &data_encoding::BASE64URL] {
                    let encoded = alphabet.encode(text.as_bytes());
                    assert_eq!(found(encoded.as_bytes()), [Shape::Base64], "{text}");
                }
            }
        }
    }

    #[test]
    fn a_stream_that_breaks_off_is_looked_at_up_to_there() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(WORD.as_bytes()).unwrap();
        zlib.write_all(&[7; 10_000]).unwrap();
        let packed = zlib.finish().unwrap();
        assert_eq!(found(&packed[..packed.len() - 4]), [Shape::Packed]);
    }

    #[test]
    fn a_name_counts_and_what_is_left_out_does_not() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(format!("{WORD}.txt")), "nothing").unwrap();
        fs::create_dir(folder.path().join("bank")).unwrap();
        fs::write(folder.path().join("bank/ledger"), WORD).unwrap();
        let search = Search::of(&[("mobile", WORD)]).unwrap();
        let mut hits = BTreeSet::new();
        let leave_out = |path: &Path| path.ends_with("bank");
        assert_eq!(search.folder(folder.path(), &leave_out, &mut hits).unwrap(), 1);
        assert_eq!(hits.len(), 1);
        assert_eq!(found(b"19900004712-MA and 1990000 4711-MA"), []);
    }
}
