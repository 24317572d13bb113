//! The words that people write and read: those of a choice, the nearest known name to an unknown one,
//! the first few of many names, and commands that a reader can copy.
//!
//! **Invariant**: knows nothing of the rest of the crate. Words come in, words go out.

mod command;

pub use command::{command_for, quoted};

/// A choice between a few things, each of which has a word in files, terms and commands.
///
/// ```
/// use nodedown::otp::application::RestartType;
/// use nodedown::spelling::Choice;
///
/// assert_eq!(RestartType::Permanent.word(), "permanent");
/// assert_eq!(RestartType::of_word("transient"), Some(RestartType::Transient));
/// assert_eq!(RestartType::words(), ["permanent", "transient", "temporary"]);
/// ```
pub trait Choice: Copy + 'static {
    /// All of them in their order, each with its word.
    const WORDS: &'static [(Self, &'static str)];

    /// Its word.
    fn word(self) -> &'static str;

    /// The choice with this word.
    #[must_use]
    fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known)| *known == word).map(|(choice, _)| *choice)
    }

    /// All words in their order.
    #[must_use]
    fn words() -> Vec<&'static str> {
        Self::WORDS.iter().map(|(_, word)| *word).collect()
    }

    /// All of them in their order.
    #[must_use]
    fn all() -> Vec<Self> {
        Self::WORDS.iter().map(|(choice, _)| *choice).collect()
    }
}

/// Gives each variant of an enum its word. A variant without one does not compile.
macro_rules! words {
    ($choice:ty { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $crate::spelling::Choice for $choice {
            const WORDS: &'static [(Self, &'static str)] = &[$((Self::$variant, $word)),+];

            fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }
    };
}

pub(crate) use words;

/// The first few of some names, and the number of those left out.
///
/// ```
/// assert_eq!(nodedown::spelling::first_few(&["a", "b", "c"], 2, ", "), "a, b and 1 more");
/// ```
#[must_use]
pub fn first_few<T: AsRef<str>>(names: &[T], most: usize, between: &str) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    let shown = shown.join(between);
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The known name that was probably meant, if one is near enough.
///
/// ```
/// use nodedown::spelling::nearest;
///
/// assert_eq!(nearest("databse", ["database", "log"]), Some("database"));
/// assert_eq!(nearest("http", ["database", "log"]), None);
/// ```
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Nobody means a known name by anything longer.
    const LONGEST: usize = 512;
    if name.len() > LONGEST {
        return None;
    }
    let wanted = name.to_lowercase();
    let distance = |other: &str| strsim::damerau_levenshtein(&wanted, &other.to_lowercase());
    let candidates = known.into_iter().map(|other| (distance(other), other));
    let near = candidates.filter(|(distance, other)| {
        let longest = wanted.chars().count().max(other.chars().count());
        let typos = if longest > 2 { (longest / 3).max(1) } else { 0 };
        *distance <= typos || part_of(&wanted, &other.to_lowercase())
    });
    near.min_by_key(|(distance, _)| *distance).map(|(_, other)| other)
}

/// True if one is a word of the other: `ticktime` of `net_ticktime`, `db1` of `db1@a`.
fn part_of(wanted: &str, other: &str) -> bool {
    let words = |text: &str, word: &str| text.split(['_', '-', '@', ' ']).any(|part| part == word);
    words(other, wanted) || words(wanted, other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_if_it_is_near() {
        for (name, known, expected) in [
            ("db3@a", ["db1@a", "web@b"], Some("db1@a")),
            ("databse", ["database", "log"], Some("database")),
            ("ticktime", ["net_ticktime", "net_setuptime"], Some("net_ticktime")),
            ("Duration", ["duration", "seed"], Some("duration")),
            ("db1", ["db1@a", "web@b"], Some("db1@a")),
            ("http", ["log", "chat"], None),
            ("x", ["y", "zz"], None),
        ] {
            assert_eq!(nearest(name, known), expected, "{name}");
        }
    }
}
