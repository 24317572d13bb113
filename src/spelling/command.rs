//! Commands that a reader can copy into a shell.

/// A word as a shell takes it for one.
///
/// ```
/// use nodedown::spelling::quoted;
///
/// assert_eq!(quoted("scenarios/chat.json"), "scenarios/chat.json");
/// assert_eq!(quoted("my chat.json"), "'my chat.json'");
/// ```
#[must_use]
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./@=:,+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// A command of nodedown for a file and a seed.
#[must_use]
pub fn command_for(command: &str, file: &str, seed: u64) -> String {
    format!("nodedown {command} {} --seed {seed}", quoted(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_anything_unusual_in_them_are_quoted() {
        for (word, expected) in [
            ("a.json", "a.json"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("a;b", "'a;b'"),
            ("*.json", "'*.json'"),
            ("é@h", "é@h"),
        ] {
            assert_eq!(quoted(word), expected);
        }
        assert_eq!(command_for("run", "a b.json", 7), "nodedown run 'a b.json' --seed 7");
    }
}
