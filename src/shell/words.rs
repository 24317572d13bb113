//! The words of a command: a blank ends one, unless it stands in brackets or quotes.

use std::time::Duration;

use super::template::Template;
use super::{CommandError, expected};
use crate::engine::term::Atom;
use crate::engine::time::parse_duration;

/// The words of one command, read from left to right.
#[derive(Clone, Debug)]
pub(super) struct Words<'a> {
    words: Vec<&'a str>,
    next: usize,
}

impl<'a> Words<'a> {
    /// # Errors
    /// When a bracket or a quote is not closed.
    pub(super) fn of(line: &'a str) -> Result<Words<'a>, CommandError> {
        Ok(Words { words: split(line)?, next: 0 })
    }

    /// The next word, which stays.
    pub(super) fn peek(&self) -> Option<&'a str> {
        self.words.get(self.next).copied()
    }

    /// The next word, if there is one.
    pub(super) fn take(&mut self) -> Option<&'a str> {
        let word = self.peek()?;
        self.next += 1;
        Some(word)
    }

    /// The next word, which must be there.
    pub(super) fn word(&mut self, what: &str) -> Result<&'a str, CommandError> {
        self.take().ok_or_else(|| expected(what, None))
    }

    /// Returns the number of words that are left.
    pub(super) fn left(&self) -> usize {
        self.words.len() - self.next
    }

    /// The last word, if it is this one; it is taken away.
    pub(super) fn ends_in(&mut self, last: &str) -> bool {
        let found = self.left() > 0 && self.words.last() == Some(&last);
        if found {
            self.words.pop();
        }
        found
    }

    /// Returns whether this word comes next; if so it is read.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        self.next += usize::from(found);
        found
    }

    /// A word that must come next.
    pub(super) fn keyword(&mut self, word: &str) -> Result<(), CommandError> {
        if self.eat(word) { Ok(()) } else { Err(expected(&format!("`{word}`"), self.peek())) }
    }

    /// Returns what follows `key=`, if the next word begins so.
    pub(super) fn setting(&mut self, key: &str) -> Option<&'a str> {
        let value = self.peek()?.strip_prefix(key)?.strip_prefix('=')?;
        self.next += 1;
        Some(value)
    }

    /// A name of a process, a reference or a node.
    pub(super) fn name(&mut self, what: &str) -> Result<String, CommandError> {
        name_in(self.word(what)?, what)
    }

    /// The name behind `as`, if there is one.
    pub(super) fn as_name(&mut self) -> Result<Option<String>, CommandError> {
        if self.eat("as") { self.name("a name").map(Some) } else { Ok(None) }
    }

    /// Names up to a word that is none, at least one.
    pub(super) fn names(&mut self, what: &str) -> Result<Vec<String>, CommandError> {
        let mut names = vec![self.name(what)?];
        while let Some(word) = self.peek().filter(|word| is_name(word) && *word != "with") {
            self.next += 1;
            names.push(word.to_owned());
        }
        Ok(names)
    }

    /// A term.
    pub(super) fn term(&mut self, what: &str) -> Result<Template, CommandError> {
        Template::parse(self.word(what)?)
    }

    /// An atom.
    pub(super) fn atom(&mut self, what: &str) -> Result<Atom, CommandError> {
        atom_in(self.word(what)?, what)
    }

    /// `true` or `false`.
    pub(super) fn truth(&mut self) -> Result<bool, CommandError> {
        match self.word("`true` or `false`")? {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(expected("`true` or `false`", Some(other))),
        }
    }

    /// A duration.
    pub(super) fn duration(&mut self) -> Result<Duration, CommandError> {
        duration_in(self.word("a duration such as 500ms")?)
    }

    /// The end of the command.
    pub(super) fn end(&self) -> Result<(), CommandError> {
        match self.peek() {
            None => Ok(()),
            Some(word) => Err(expected("the end of the command", Some(word))),
        }
    }
}

/// A name, as the text of a word.
pub(super) fn name_in(word: &str, what: &str) -> Result<String, CommandError> {
    let bare = word.strip_prefix('<').and_then(|word| word.strip_suffix('>')).unwrap_or(word);
    if is_name(bare) { Ok(bare.to_owned()) } else { Err(expected(what, Some(word))) }
}

/// An atom, as the text of a word.
pub(super) fn atom_in(word: &str, what: &str) -> Result<Atom, CommandError> {
    let term = Template::parse(word)?.plain();
    term.and_then(|term| term.as_atom()).ok_or_else(|| expected(what, Some(word)))
}

/// A duration, as the text of a word.
pub(super) fn duration_in(word: &str) -> Result<Duration, CommandError> {
    parse_duration(word).map_err(|error| CommandError::new(error.to_string()))
}

/// A duration or `infinity`, which is `None`.
pub(super) fn timeout_in(word: &str) -> Result<Option<Duration>, CommandError> {
    if word == "infinity" { Ok(None) } else { duration_in(word).map(Some) }
}

/// Returns whether a word can be the name of a process, a reference or a node.
pub(super) fn is_name(word: &str) -> bool {
    let mut characters = word.chars();
    characters.next().is_some_and(|c| c.is_ascii_lowercase())
        && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Splits a line into words.
fn split(line: &str) -> Result<Vec<&str>, CommandError> {
    let (mut words, mut start, mut scan) = (Vec::new(), None, Scan::default());
    for (index, c) in line.char_indices() {
        if c.is_whitespace() && scan.is_outside() {
            words.extend(start.take().map(|start: usize| &line[start..index]));
        } else {
            start.get_or_insert(index);
            scan.read(c)?;
        }
    }
    scan.end()?;
    words.extend(start.map(|start| &line[start..]));
    Ok(words)
}

/// The brackets and quotes that are open at a character.
#[derive(Debug, Default)]
pub(super) struct Scan {
    open: Vec<char>,
    quote: Option<char>,
    /// The character before was a backslash, or the dollar of a character.
    escaped: bool,
}

impl Scan {
    fn is_outside(&self) -> bool {
        self.open.is_empty() && self.quote.is_none() && !self.escaped
    }

    /// Returns whether the characters read so far end outside of quotes.
    pub(super) fn is_unquoted(&self) -> bool {
        self.quote.is_none() && !self.escaped
    }

    /// Goes on by one character.
    pub(super) fn read(&mut self, c: char) -> Result<(), CommandError> {
        if std::mem::take(&mut self.escaped) {
            return Ok(());
        }
        match (self.quote, c) {
            (Some(_), '\\') | (None, '$') => self.escaped = true,
            (Some(quote), _) if quote == c => self.quote = None,
            (None, '\'' | '"') => self.quote = Some(c),
            (None, '{') => self.open.push('}'),
            (None, '[') => self.open.push(']'),
            (None, '(') => self.open.push(')'),
            (None, '}' | ']' | ')') if self.open.pop() != Some(c) => {
                return Err(CommandError::new(format!("`{c}` closes nothing")));
            }
            (Some(_) | None, _) => {}
        }
        Ok(())
    }

    fn end(&self) -> Result<(), CommandError> {
        match self.quote.or_else(|| self.open.last().copied()) {
            Some(missing) => Err(CommandError::new(format!("expected `{missing}` before the end"))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_in_brackets_and_quotes_end_no_word() {
        let check = |line: &str, words: &[&str]| assert_eq!(split(line).unwrap(), words);
        check("p send  q hello", &["p", "send", "q", "hello"]);
        check("p send q {a, [b, c]}", &["p", "send", "q", "{a, [b, c]}"]);
        check("p send q <<\"a } b\">> ", &["p", "send", "q", "<<\"a } b\">>"]);
        check("p erlang:send(<q>, {a, b})", &["p", "erlang:send(<q>, {a, b})"]);
        check("p send 'a \\' b' $' x", &["p", "send", "'a \\' b'", "$'", "x"]);
        for wrong in ["{a", "a]", "'a", "\"a"] {
            assert!(split(wrong).is_err(), "{wrong}");
        }
    }
}
