//! A text in every language of the bank.

use serde::{Deserialize, Serialize};

/// A language that the bank's texts exist in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Locale {
    /// Simplified Chinese.
    #[serde(rename = "zh-Hans")]
    ZhHans,
    /// English.
    #[serde(rename = "en")]
    En,
}

impl Locale {
    /// Every language, the users' own first.
    pub const ALL: [Self; 2] = [Self::ZhHans, Self::En];

    /// Its BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ZhHans => "zh-Hans",
            Self::En => "en",
        }
    }
}

/// A text of the catalogue, complete in every language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Simplified Chinese.
    pub zh_hans: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A text from its Chinese and its English.
    pub fn new(zh_hans: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh_hans: zh_hans.into(), en: en.into() }
    }

    /// The words in one language.
    pub fn get(&self, locale: Locale) -> &str {
        match locale {
            Locale::ZhHans => &self.zh_hans,
            Locale::En => &self.en,
        }
    }

    /// Whether no language is empty.
    pub fn is_complete(&self) -> bool {
        Locale::ALL.iter().all(|locale| !self.get(*locale).trim().is_empty())
    }
}
