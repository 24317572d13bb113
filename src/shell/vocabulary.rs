//! Completion: the words that fit behind those of a line.

use super::names::Names;
use super::{help, operation_words};

/// The words of a session, sorted by what they name, for whoever completes them.
///
/// ```
/// use nodedown::shell::Session;
///
/// let mut session = Session::new(1);
/// session.answer("nodes a b")?;
/// assert_eq!(session.vocabulary().next_words("crash "), ["a", "b"]);
/// # Ok::<(), nodedown::shell::CommandError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    nodes: Vec<String>,
    /// Processes, references and requests.
    things: Vec<String>,
    applications: Vec<String>,
}

/// The kind of the next word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Command,
    Operation,
    Node,
    Thing,
    Application,
    Topic,
    /// One of these words.
    Keyword(&'static [&'static str]),
}

/// The kinds of a word of a usage: `NODE`, `[on NODE...]`, `on`.
fn kinds_in(usage: &str) -> Vec<Kind> {
    let plain = usage.trim_matches(|c: char| !c.is_alphanumeric());
    match plain {
        "NODE" => vec![Kind::Node],
        "APPLICATION" | "X" => vec![Kind::Application],
        "P" | "Q" | "S" | "V" | "M" | "R" | "T" | "TO" => vec![Kind::Thing],
        "TOPIC" => vec![Kind::Topic],
        "OPERATION" => vec![Kind::Operation],
        "on" => vec![Kind::Keyword(&["on"])],
        "by" => vec![Kind::Keyword(&["by"])],
        _ => Vec::new(),
    }
}

/// The kinds of the word that follows this many others of a command or an operation.
fn kinds_at(usage: &str, place: usize) -> Vec<Kind> {
    let forms = usage.split(" | ");
    let mut kinds: Vec<Kind> = forms
        .flat_map(|form| form.split(' ').nth(place).map(kinds_in).unwrap_or_default())
        .collect();
    kinds.dedup();
    kinds
}

impl Vocabulary {
    pub(super) fn of(names: &Names, applications: impl Iterator<Item = String>) -> Vocabulary {
        Vocabulary {
            nodes: names.nodes().map(str::to_owned).collect(),
            things: names.all().map(str::to_owned).collect(),
            applications: applications.collect(),
        }
    }

    /// The words that can stand behind this beginning of a line and begin with its last word, which
    /// is empty if the line ends in a blank. They are sorted, each there once. A command that is
    /// complete comes with the blank behind it.
    #[must_use]
    pub fn next_words(&self, line: &str) -> Vec<String> {
        let (before, begun) = split(line);
        let before: Vec<&str> = before.split_whitespace().collect();
        let kinds = self.kinds(&before);
        let words = kinds.iter().flat_map(|kind| self.of_kind(*kind));
        let mut words: Vec<String> = words.filter(|word| word.starts_with(begun)).collect();
        words.sort_unstable();
        words.dedup();
        if words.len() == 1 && words[0] == begun && !begun.is_empty() {
            words[0].push(' ');
        }
        words
    }

    fn kinds(&self, before: &[&str]) -> Vec<Kind> {
        let Some(first) = before.first() else { return vec![Kind::Command, Kind::Thing] };
        let last = before.last().copied().unwrap_or_default();
        let is_process = self.things.iter().any(|thing| thing == first);
        if is_process && (before.len() == 1 || last == ";") {
            return vec![Kind::Operation];
        }
        if ["on", "|", "->"].contains(&last) || self.follows_nodes(before) {
            return vec![Kind::Node];
        }
        if last == "by" {
            return vec![Kind::Thing];
        }
        if is_process {
            let begins = before.iter().rposition(|word| operation_words::find(word).is_some());
            let begin = begins.unwrap_or(1);
            let Some(word) = operation_words::find(before[begin]) else { return vec![Kind::Thing] };
            let kinds = kinds_at(word.topic.usage, before.len() - begin + 1);
            return if kinds.is_empty() { vec![Kind::Thing] } else { kinds };
        }
        help::usage(first).map(|usage| kinds_at(usage, before.len())).unwrap_or_default()
    }

    /// Returns whether the words behind the last `on` are all nodes, so that another may follow.
    fn follows_nodes(&self, before: &[&str]) -> bool {
        let Some(on) = before.iter().rposition(|word| *word == "on") else { return false };
        before[on + 1..].iter().all(|word| self.nodes.iter().any(|node| node == word))
    }

    fn of_kind(&self, kind: Kind) -> Vec<String> {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        match kind {
            Kind::Command => help::commands().map(str::to_owned).collect(),
            Kind::Operation => operation_words::all().map(|each| each.word().to_owned()).collect(),
            Kind::Node => self.nodes.clone(),
            Kind::Thing => self.things.clone(),
            Kind::Application => self.applications.clone(),
            Kind::Topic => help::topics().map(str::to_owned).collect(),
            Kind::Keyword(words) => owned(words),
        }
    }
}

/// A line up to its last word, and that word as far as it is typed.
fn split(line: &str) -> (&str, &str) {
    let belongs = |c: char| c.is_alphanumeric() || c == '_';
    let start = line
        .rfind(|c| !belongs(c))
        .map_or(0, |index| index + line[index..].chars().next().map_or(1, char::len_utf8));
    line.split_at(start)
}

#[cfg(test)]
mod tests {
    use super::super::Session;

    #[test]
    fn the_words_that_fit_come_next() {
        let mut session = Session::new(1);
        for command in ["application db on a b", "nodes a b", "spawn p on a", "spawn q on b"] {
            session.answer(command).unwrap();
        }
        let vocabulary = session.vocabulary();
        for (line, expected) in [
            ("crash ", &["a", "b"][..]),
            ("partition", &["partition "]),
            ("partition ", &["a", "b"]),
            ("partition a | ", &["a", "b"]),
            ("ping a ", &["a", "b"]),
            ("mailbox ", &["p", "q"]),
            (
                "p sen",
                &[
                    "send",
                    "send_after",
                    "send_bulk",
                    "send_noconnect",
                    "send_nosuspend",
                    "send_request",
                ],
            ),
            ("p send ", &["p", "q"]),
            ("p monitor_node ", &["a", "b"]),
            ("spawn r ", &["on"]),
            ("spawn r on ", &["a", "b"]),
            ("spawn_link r on a by ", &["p", "q"]),
            ("where ", &["db"]),
            ("start db ", &["on"]),
            ("start db on a ", &["a", "b"]),
            ("takeover db ", &["a", "b"]),
            ("stop ", &["a", "b", "db"]),
            ("cra", &["crash"]),
            ("crash x", &[]),
        ] {
            assert_eq!(vocabulary.next_words(line), expected, "{line:?}");
        }
        assert!(vocabulary.next_words("help sup").contains(&"supervisor".to_owned()));
        assert!(vocabulary.next_words("").len() > 50);
    }
}
