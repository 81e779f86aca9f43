//! Every code has words in every language.

use super::{files, read};
use wire::problem::{ProblemCode, ViolationCode};

/// The dictionaries; a language may be split over several files that begin with its tag.
const LANGUAGES: [&str; 2] = ["zh-Hans", "en"];

fn dictionary(language: &str) -> String {
    files("ui/src/i18n", &[".ts"])
        .iter()
        .filter(|file| {
            let path = file.strip_prefix("ui/src/i18n").unwrap().to_string_lossy().into_owned();
            path.starts_with(&format!("{language}.")) || path.starts_with(&format!("{language}/"))
        })
        .map(read)
        .collect()
}

#[test]
fn every_problem_and_every_rule_has_words_in_every_language() {
    let problems = ProblemCode::ALL.iter().map(|code| code.as_str());
    let rules = ViolationCode::ALL.iter().map(|code| code.as_str());
    let codes: Vec<&str> = problems.chain(rules).collect();
    for language in LANGUAGES {
        let words = dictionary(language);
        for code in &codes {
            let keyed = words.lines().any(|line| line.trim().starts_with(&format!("{code}:")));
            assert!(keyed, "{language} has no words for {code}");
        }
    }
}

/// The Chinese dictionary is the type of all others, so that the compiler (`npm run check`) refuses
/// a missing or surplus key; here stands that nobody loosens it.
#[test]
fn every_text_stands_in_every_language() {
    assert!(dictionary("en").contains("const en: typeof zh = {"));
    for language in LANGUAGES {
        let words = dictionary(language);
        assert!(!words.contains("Partial<"), "{language} leaves words out");
        assert!(!words.contains(": ''"), "{language} has an empty text");
    }
}

#[test]
fn every_problem_code_names_one_thing() {
    let mut codes: Vec<&str> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
    codes.extend(ViolationCode::ALL.iter().map(|code| code.as_str()));
    let all = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), all);
}
