//! The terminal: how wide it is, and text that fits into it.

use std::env;
use std::io::{self, IsTerminal, Write};

use crate::front::report::Styles;
use crate::glossary;

/// The narrowest terminal that text is fitted into.
const NARROWEST: usize = 20;

/// The number of columns: of the terminal that standard output is, or else of the variable
/// `COLUMNS`. `None` where text goes to a file or a pipe.
pub(super) fn width() -> Option<usize> {
    let terminal = || terminal_size::terminal_size_of(io::stdout());
    let asked = env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok());
    let columns = match terminal() {
        Some((terminal_size::Width(columns), _)) if columns > 0 => Some(usize::from(columns)),
        Some(_) | None => asked,
    };
    columns.map(|columns| columns.max(NARROWEST))
}

/// The colours of text for this terminal, and its width.
pub(super) fn styles() -> Styles {
    let styles = Styles::coloured();
    width().map_or(styles, |width| styles.within(width))
}

/// Standard output for people: lines that are too long for the terminal are broken between words.
pub(super) fn out() -> Box<dyn Write> {
    fitted(anstream::stdout())
}

/// A place for text, which is fitted into the terminal.
pub(super) fn fitted(out: impl Write + 'static) -> Box<dyn Write> {
    match width() {
        Some(width) => Box::new(Fitted { out, width, line: Vec::new() }),
        None => Box::new(out),
    }
}

/// The last line for people: the words of a text that `nodedown explain` explains. Nothing where
/// nobody reads along.
pub(super) fn words_line(text: &str) -> String {
    if io::stdout().is_terminal() { words_of(text) } else { String::new() }
}

fn words_of(text: &str) -> String {
    let text = anstream::adapter::strip_str(text).to_string();
    let words = glossary::used_in(&text).into_iter().map(|entry| entry.word);
    let words: Vec<&str> = words.filter(|word| !PLAIN.contains(word)).take(WORDS_MAX).collect();
    if words.is_empty() {
        return String::new();
    }
    format!("words: `nodedown explain WORD` for {}\n", words.join(", "))
}

/// The most words that are offered.
const WORDS_MAX: usize = 7;

/// Words that are not offered: whoever uses the program knows them, or has just read what they are.
const PLAIN: [&str; 19] = [
    "application",
    "client",
    "connection",
    "coverage",
    "crash",
    "fault",
    "history",
    "lost",
    "node",
    "nodedown",
    "nodeup",
    "operation",
    "partition",
    "replay",
    "scenario",
    "seed",
    "unknown",
    "verdict",
    "workload",
];

/// Breaks long lines between words, and indents the rest to the last column of the line.
struct Fitted<W: Write> {
    out: W,
    width: usize,
    line: Vec<u8>,
}

impl<W: Write> Write for Fitted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                let text = String::from_utf8_lossy(&line);
                self.out.write_all(broken(&text, self.width).as_bytes())?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.line);
        self.out.write_all(&rest)?;
        self.out.flush()
    }
}

impl<W: Write> Drop for Fitted<W> {
    fn drop(&mut self) {
        // Whoever wants to know of errors flushes before.
        let _ = self.flush();
    }
}

/// The beginnings of lines that are made to be copied, and stay whole.
const COPIED: [&str; 7] = ["nodedown ", "why: ", "replay: ", "shrink: ", "keep: ", "\"", "{"];

/// A line in lines of at most `width` characters, as far as words allow. Escape sequences have no
/// width.
fn broken(line: &str, width: usize) -> String {
    let plain = anstream::adapter::strip_str(line).to_string();
    let plain = plain.trim_end();
    let is_copied = COPIED.iter().any(|start| plain.trim_start().starts_with(start));
    if plain.chars().count() <= width || is_copied {
        return line.to_owned();
    }
    let indent = " ".repeat(hang(plain, width));
    let (mut text, mut column, mut in_escape, mut blank) = (String::new(), 0, false, None);
    let mut written = 0;
    for c in line.chars() {
        text.push(c);
        in_escape = if in_escape { !c.is_ascii_alphabetic() } else { c == '\u{1b}' };
        if in_escape || text.ends_with('m') && ends_escape(&text) || c == '\n' {
            continue;
        }
        column += 1;
        if c == ' ' && column > indent.len() + 1 && written < column {
            blank = Some((text.len() - 1, column));
        }
        if column > width
            && let Some((place, at)) = blank.take()
        {
            let rest = text.split_off(place);
            text.truncate(text.trim_end().len());
            text.push('\n');
            text += &indent;
            text += rest.trim_start();
            column = indent.len() + column - at;
            written = indent.len();
        }
    }
    text
}

/// True if a text ends in an escape sequence.
fn ends_escape(text: &str) -> bool {
    text.rfind('\u{1b}').is_some_and(|place| {
        let codes = text[place + 1..].strip_prefix('[').and_then(|rest| rest.strip_suffix('m'));
        codes.is_some_and(|codes| codes.chars().all(|c| c.is_ascii_digit() || c == ';'))
    })
}

/// The indentation of the lines that a line goes on in: that of its last column, or a little more than
/// its own.
fn hang(plain: &str, width: usize) -> usize {
    let start = plain.len() - plain.trim_start().len();
    let body = plain.trim_start();
    let column = body.match_indices("  ").map(|(place, _)| {
        let behind = body[place..].trim_start();
        plain.chars().count() - behind.chars().count()
    });
    let column = column.filter(|column| *column <= width / 2).max();
    column.unwrap_or(if start + 2 <= width / 2 { start + 2 } else { start.min(width / 2) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, width: usize, expected: &[&str]) {
        let text = broken(&format!("{line}\n"), width);
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn long_lines_are_broken_between_words() {
        check("one two three four", 40, &["one two three four"]);
        check("one two three four", 9, &["one two", "  three", "  four"]);
        check("  one two three four", 12, &["  one two", "    three", "    four"]);
        check("incomprehensible words", 8, &["incomprehensible", "  words"]);
    }

    #[test]
    fn what_goes_on_stands_under_the_last_column() {
        check(
            "20.000s  fault  db1@a crashes and nobody knows",
            34,
            &["20.000s  fault  db1@a crashes and", "                nobody knows"],
        );
    }

    #[test]
    fn colours_take_no_room_and_commands_stay_whole() {
        check("\u{1b}[1mone two\u{1b}[0m three", 13, &["\u{1b}[1mone two\u{1b}[0m three"]);
        check("\u{1b}[1mone two\u{1b}[0m three", 9, &["\u{1b}[1mone two\u{1b}[0m", "  three"]);
        check(
            "replay: nodedown run a.json --seed 3",
            20,
            &["replay: nodedown run a.json --seed 3"],
        );
    }

    #[test]
    fn words_that_need_it_are_offered() {
        assert_eq!(words_of("a node crashes\n"), "");
        assert_eq!(
            words_of("users: masking; served again (RTO) 2 s\n"),
            "words: `nodedown explain WORD` for masking, RTO\n"
        );
    }
}
