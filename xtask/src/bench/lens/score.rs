//! When a picture counts as read, by the rules of the corpus.

use anyhow::{Context, Result};
use encoding_rs::{Encoding, GB18030, SHIFT_JIS, mem};
use icu_normalizer::ComposingNormalizerBorrowed;

/// A picture of a manifest.
pub struct Row {
    pub file: String,
    pub set: String,
    pub severity: Option<u8>,
    /// Each payload in all its readings.
    expected: Vec<Vec<String>>,
}

impl Row {
    /// From a line of a manifest.
    ///
    /// # Errors
    /// When a column is missing or the payloads are no JSON array of texts.
    pub fn parse(line: &str) -> Result<Self> {
        let mut cells = line.split('\t');
        let mut next = |name: &str| cells.next().with_context(|| format!("no {name} in {line:?}"));
        let (file, expected, set) = (next("file")?, next("expected_json")?, next("set")?);
        let (_licence, _truth, severity) = (next("licence")?, next("truth")?, next("severity")?);
        let expected: Vec<String> =
            serde_json::from_str(expected).with_context(|| format!("payloads of {file}"))?;
        Ok(Self {
            file: file.to_owned(),
            set: set.to_owned(),
            severity: severity.parse().ok(),
            expected: expected.iter().map(|entry| readings(entry)).collect(),
        })
    }

    /// What a row of a table stands for: all synthetic cases are one set.
    pub fn group(&self) -> &str {
        if self.set.starts_with("synth-") { "synthetic" } else { &self.set }
    }

    /// Whether there is a code in the picture.
    pub fn has_code(&self) -> bool {
        !self.expected.is_empty()
    }

    /// Whether at least one expected payload came back.
    pub fn is_read(&self, texts: &[String]) -> bool {
        texts.iter().any(|text| self.expects(text))
    }

    /// Texts that are in no way expected, and that `other` did not find as well: what two decoders
    /// read alike beside an expected code is a further code in view.
    pub fn misread<'a>(&self, texts: &'a [String], other: &[String]) -> Vec<&'a str> {
        let other: Vec<String> = other.iter().map(|text| plain(text)).collect();
        let in_view = |text: &str| self.has_code() && other.contains(&plain(text));
        texts.iter().map(String::as_str).filter(|t| !self.expects(t) && !in_view(t)).collect()
    }

    fn expects(&self, text: &str) -> bool {
        let text = plain(text);
        self.expected.iter().flatten().any(|reading| *reading == text)
    }
}

/// What may come back for an entry: bytes without a character set are guessed, by each decoder in
/// its own way. An entry `hex:...` gives the bytes themselves.
fn readings(entry: &str) -> Vec<String> {
    let written: Vec<Vec<u8>> = match entry.strip_prefix("hex:").and_then(bytes_of_hex) {
        Some(bytes) => vec![bytes],
        None => Charset::ALL.iter().filter_map(|charset| charset.encode(entry)).collect(),
    };
    let read = written.iter().flat_map(|bytes| Charset::ALL.map(|charset| charset.decode(bytes)));
    read.flatten().chain([entry.to_owned()]).map(|text| plain(&text)).collect()
}

/// Without line-end style, outer blanks and ways to write an accent.
fn plain(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    ComposingNormalizerBorrowed::new_nfc().normalize(text.trim()).into_owned()
}

fn bytes_of_hex(hex: &str) -> Option<Vec<u8>> {
    let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// How decoders read a byte segment.
#[derive(Clone, Copy)]
enum Charset {
    Utf8,
    Latin1,
    Other(&'static Encoding),
}

impl Charset {
    const ALL: [Self; 4] = [Self::Utf8, Self::Latin1, Self::Other(SHIFT_JIS), Self::Other(GB18030)];

    /// `None` when the text cannot be written so.
    fn encode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Utf8 => Some(text.as_bytes().to_owned()),
            Self::Latin1 => {
                mem::is_str_latin1(text).then(|| mem::encode_latin1_lossy(text).into_owned())
            }
            Self::Other(encoding) => {
                let (bytes, _, replaced) = encoding.encode(text);
                (!replaced).then(|| bytes.into_owned())
            }
        }
    }

    /// `None` when the bytes cannot mean this.
    fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => String::from_utf8(bytes.to_owned()).ok(),
            Self::Latin1 => Some(mem::decode_latin1(bytes).into_owned()),
            Self::Other(encoding) => encoding
                .decode_without_bom_handling_and_without_replacement(bytes)
                .map(std::borrow::Cow::into_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(expected: &str) -> Row {
        Row::parse(&format!("a/b.png\t{expected}\tset\tlicence\ttruth\t2\t\t")).unwrap()
    }

    fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
        texts.map(str::to_owned).to_vec()
    }

    #[test]
    fn a_line_of_the_manifest_gives_file_set_and_severity() {
        let row = row("[]");
        assert_eq!(
            (row.file.as_str(), row.set.as_str(), row.severity),
            ("a/b.png", "set", Some(2))
        );
        assert!(!row.has_code());
        assert!(Row::parse("a/b.png\t[]").is_err());
        assert!(Row::parse("a/b.png\tno json\tset\tlicence\ttruth\t2").is_err());
    }

    #[test]
    fn a_payload_may_come_back_in_these_forms() {
        for (expected, found) in [
            (r#"["a\r\nb \r\n"]"#, "a\nb"),
            (r#"["a", "b"]"#, "b"),
            // Composed and in parts.
            ("[\"caf\u{e9}\"]", "cafe\u{301}"),
            // The bytes of a text, read in another character set.
            ("[\"caf\u{e9}\"]", "caf\u{c3}\u{a9}"),
            (r#"["点"]"#, "\u{93}_"),
            (r#"["茗"]"#, "\u{e4}\u{aa}"),
            (r#"["hex:e59586"]"#, "商"),
            (r#"["hex:00ff"]"#, "\u{0}\u{ff}"),
        ] {
            assert!(row(expected).is_read(&texts(["other", found])), "{expected} {found}");
        }
    }

    #[test]
    fn another_payload_is_a_misread() {
        let row = row(r#"["right"]"#);
        assert!(!row.is_read(&texts(["wrong"])));
        assert!(!row.is_read(&[]));
        assert_eq!(row.misread(&texts(["right", "wrong"]), &[]), ["wrong"]);
    }

    #[test]
    fn what_both_read_beside_a_code_is_a_further_code() {
        let both = texts(["second\r\n"]);
        assert!(row(r#"["first"]"#).misread(&both, &texts(["first", "second\n"])).is_empty());
        assert_eq!(row("[]").misread(&both, &both), ["second\r\n"]);
    }
}
