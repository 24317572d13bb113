//! The words of the field: Erlang's, the checkers', and those of verdicts, each in a sentence or two.
//!
//! **Invariant**: words only. It knows no type of another room but the spelling of words.
//!
//! ```
//! use nodedown::glossary;
//!
//! let entry = glossary::entry("Net ticks").unwrap();
//! assert_eq!(entry.word, "net tick");
//! assert!(entry.text.starts_with("A sign of life"));
//! ```

mod terms;

use crate::spelling::nearest;

use terms::TERMS;

/// A word and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GlossaryEntry {
    /// The word as the output writes it.
    pub word: &'static str,
    /// Other forms of it, and other words for the same.
    pub also: &'static [&'static str],
    /// The meaning.
    pub text: &'static str,
}

/// All entries in the order of their words.
#[must_use]
pub fn entries() -> &'static [GlossaryEntry] {
    TERMS
}

/// The entry of a word, in whatever form: `net_tick`, `Net ticks`.
#[must_use]
pub fn entry(word: &str) -> Option<&'static GlossaryEntry> {
    let wanted = plain(word);
    let is_it = |form: &str| {
        let form = plain(form);
        form == wanted || wanted.strip_suffix('s') == Some(form.as_str())
    };
    TERMS.iter().find(|entry| forms(entry).any(is_it))
}

/// The word that was probably meant.
#[must_use]
pub fn meant(word: &str) -> Option<&'static str> {
    let wanted = plain(word);
    let near = nearest(&wanted, TERMS.iter().flat_map(forms))?;
    entry(near).map(|entry| entry.word)
}

/// The entries whose word stands in a text, in the order of the text.
#[must_use]
pub fn used_in(text: &str) -> Vec<&'static GlossaryEntry> {
    let text = text.to_lowercase();
    let places = TERMS.iter().filter_map(|entry| {
        let place = forms(entry).filter_map(|form| place_of(&form.to_lowercase(), &text)).min()?;
        Some((place, entry))
    });
    let mut found: Vec<(usize, &GlossaryEntry)> = places.collect();
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, entry)| entry).collect()
}

fn forms(entry: &'static GlossaryEntry) -> impl Iterator<Item = &'static str> {
    std::iter::once(entry.word).chain(entry.also.iter().copied())
}

/// A word without what makes no difference.
fn plain(word: &str) -> String {
    let parts = word.to_lowercase();
    let parts: Vec<&str> =
        parts.split([' ', '_', '-', '`', '\'', '"', '?']).filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// The place of a word in a text, as a word of its own.
fn place_of(word: &str, text: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '@';
    let is_alone = |place: &usize| {
        let after = &text[place + word.len()..];
        let after =
            after.strip_prefix('s').filter(|rest| !rest.starts_with(is_part)).unwrap_or(after);
        !text[..*place].ends_with(is_part) && !after.starts_with(is_part)
    };
    text.match_indices(word).map(|(place, _)| place).find(is_alone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_form() {
        for (word, expected) in [
            ("masking", Some("masking")),
            ("Fail safe", Some("fail-safe")),
            ("fail_safe", Some("fail-safe")),
            ("nonmasking", Some("nonmasking")),
            ("read your writes", Some("read_your_writes")),
            ("RTO", Some("RTO")),
            ("rto", Some("RTO")),
            ("twin", Some("twin")),
            ("dist_ac", Some("dist_ac")),
            ("split brain", Some("split brain")),
            ("two primaries", Some("two primaries")),
            ("zebra", None),
            ("", None),
        ] {
            assert_eq!(entry(word).map(|entry| entry.word), expected, "{word}");
        }
        assert_eq!(meant("linearisable"), Some("linearizable"));
        assert_eq!(meant("maskng"), Some("masking"));
        assert_eq!(meant("zebra"), None);
    }

    #[test]
    fn words_are_found_in_texts_as_words_alone() {
        let words = |text| used_in(text).iter().map(|entry| entry.word).collect::<Vec<_>>();
        assert_eq!(words("users: masking; RTO 2 s, p99 3 ms"), ["masking", "RTO", "p99"]);
        assert_eq!(words("unmaskings, artois"), [""; 0]);
    }

    #[test]
    fn every_entry_is_one_and_has_its_place() {
        let words: Vec<String> = TERMS.iter().map(|entry| plain(entry.word)).collect();
        assert!(words.is_sorted(), "{words:?}");
        assert!((60..=120).contains(&words.len()), "{}", words.len());
        for one in TERMS {
            for form in forms(one) {
                assert_eq!(entry(form), Some(one), "{form} has two entries");
            }
            assert!(one.text.ends_with('.') && one.text.len() > 40, "{}", one.word);
        }
    }
}
