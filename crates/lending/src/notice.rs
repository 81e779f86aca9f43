//! A consent notice (授权书): the words of one question, about one kind of data, to one recipient.
//!
//! What a person agrees to is exactly what was rendered: [`Notice::digest`] covers every string of
//! the page in the language it was shown in.

use crate::{Locale, Text};
use seal::{Digest, cbor};
use serde::{Deserialize, Serialize};

/// Most Han characters on a consent page. At 230 characters a minute, the pace of a reader over
/// 60, it keeps a page under 25 s. Source: docs/adr/0008.
pub const MAX_HAN_ON_PAGE: usize = 90;

/// A kind of data that a consent is about. More kinds follow with the consent issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataKind {
    /// Tax returns and payments (税务).
    Tax,
    /// Takings: payments into the shop's accounts (收款流水).
    Transactions,
}

impl DataKind {
    /// The word for storage.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tax => "tax",
            Self::Transactions => "transactions",
        }
    }
}

/// A short line of a consent page, in the order of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Who looks (谁来查).
    Who,
    /// What is looked at (查什么).
    What,
    /// What for (做什么).
    Why,
    /// How long it is kept (留多久).
    Kept,
    /// How to take it back (想撤回).
    Withdraw,
}

impl Line {
    /// Every line; a page has each exactly once, in this order.
    pub const ALL: [Self; 5] = [Self::Who, Self::What, Self::Why, Self::Kept, Self::Withdraw];
}

/// One data item read under a consent, by code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataItem {
    /// Code of the item, e.g. `tax.returns`.
    pub code: String,
    /// Sensitive personal information (个人信息保护法 28).
    pub sensitive: bool,
    /// Where it comes from, e.g. `e-tax`.
    pub source: String,
}

/// A consent notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notice {
    /// Names the notice over all its versions.
    pub id: String,
    /// Grows by one with each change of words or lists.
    pub version: u32,
    /// The kind of data.
    pub kind: DataKind,
    /// The question on top, one plain sentence.
    pub question: Text,
    /// The short lines, each of [`Line::ALL`] once and in that order.
    pub lines: Vec<(Line, Text)>,
    /// The full text, paragraph by paragraph.
    pub full_text: Vec<Text>,
    /// The agree button; names the act.
    pub agree: Text,
    /// The refuse button.
    pub refuse: Text,
    /// What happens on refusal.
    pub if_refused: Text,
    /// Purpose code of the one purpose.
    pub purpose: String,
    /// The data items, by code.
    pub items: Vec<DataItem>,
    /// Months back that are read.
    pub months_back: u16,
    /// Days from the press during which the bank may read.
    pub valid_days: u16,
    /// Days after a refusal of the loan until the data is deleted.
    pub kept_days: u16,
    /// Whether the application cannot be decided without it. Such a notice must say why.
    pub necessary: bool,
    /// The system where the data's own authorisation is given, if one is needed.
    pub upstream: Option<String>,
}

impl Notice {
    /// The digest of what is rendered in one language: what a consent record names.
    pub fn digest(&self, locale: Locale) -> Digest {
        let words: Vec<&str> = std::iter::once(&self.question)
            .chain(self.lines.iter().map(|(_, text)| text))
            .chain(&self.full_text)
            .chain([&self.agree, &self.refuse, &self.if_refused])
            .map(|text| text.get(locale))
            .collect();
        Digest::of(&cbor::encode(&(
            "sanbu/notice/1",
            &self.id,
            self.version,
            locale,
            words,
            &self.items,
            &self.purpose,
        )))
    }

    /// Han characters a reader sees before opening the full text.
    pub fn han_on_page(&self) -> usize {
        std::iter::once(&self.question)
            .chain(self.lines.iter().map(|(_, text)| text))
            .chain([&self.agree, &self.refuse, &self.if_refused])
            .map(|text| han_characters(&text.zh_hans))
            .sum()
    }

    /// What is wrong with the notice, in English; none when it may be shown.
    pub fn fault(&self) -> Option<String> {
        let texts = std::iter::once(&self.question)
            .chain(self.lines.iter().map(|(_, text)| text))
            .chain(&self.full_text)
            .chain([&self.agree, &self.refuse, &self.if_refused]);
        if !texts.clone().all(Text::is_complete) {
            return Some("a text is missing in a language".into());
        }
        if !self.lines.iter().map(|(line, _)| *line).eq(Line::ALL) {
            return Some("the lines are not who, what, why, kept, withdraw".into());
        }
        if self.full_text.is_empty() || self.items.is_empty() {
            return Some("the full text or the list of data is empty".into());
        }
        if self.agree.zh_hans == self.refuse.zh_hans {
            return Some("the two buttons say the same".into());
        }
        let han = self.han_on_page();
        (han > MAX_HAN_ON_PAGE).then(|| format!("{han} Han characters on the page"))
    }
}

/// Han characters in a text (CJK Unified Ideographs and extension A).
pub fn han_characters(text: &str) -> usize {
    text.chars().filter(|c| matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')).count()
}
