//! The text of a lesson on a terminal: its paragraphs in lines as wide as that is.

use crate::front::cli::terminal;
use crate::front::report::wrapped;

/// The most columns of a line: longer ones are hard to read.
const WIDEST: usize = 100;

/// A section as it is shown. Where it goes to a file or a pipe, it stays as it is written.
pub(super) fn shown_section(section: &str) -> String {
    match terminal::width() {
        Some(width) => flowing(section, width.min(WIDEST)),
        None => section.to_owned(),
    }
}

/// A text in Markdown with its paragraphs and the items of its lists in lines of at most this many
/// columns. Tables and blocks of code stay as they are.
fn flowing(markdown: &str, width: usize) -> String {
    let mut text = String::new();
    let mut paragraph = Paragraph::default();
    let mut in_code = false;
    for line in markdown.lines() {
        let is_fence = line.trim_start().starts_with("```");
        if in_code || is_fence || line.starts_with('|') || line.trim().is_empty() {
            in_code ^= is_fence;
            paragraph.end(&mut text, width);
            text += line;
            text.push('\n');
            continue;
        }
        let (marker, words) = line.split_at(marker_length(line));
        if !marker.is_empty() {
            paragraph.end(&mut text, width);
            marker.clone_into(&mut paragraph.marker);
        }
        paragraph.words.push(' ');
        paragraph.words += words.trim();
    }
    paragraph.end(&mut text, width);
    text.truncate(text.trim_end().len());
    text
}

/// The length of the sign before an item of a list; 0 if the line begins none.
fn marker_length(line: &str) -> usize {
    if line.starts_with("- ") || line.starts_with("* ") {
        return 2;
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && line[digits..].starts_with(". ") { digits + 2 } else { 0 }
}

/// A paragraph in the making.
#[derive(Default)]
struct Paragraph {
    /// The sign of an item of a list, before its first line.
    marker: String,
    words: String,
}

impl Paragraph {
    fn end(&mut self, text: &mut String, width: usize) {
        let Paragraph { marker, words } = std::mem::take(self);
        let hang = " ".repeat(marker.len());
        for (place, line) in
            wrapped(&words, width.saturating_sub(hang.len()).max(1)).iter().enumerate()
        {
            text.push_str(if place == 0 { &marker } else { &hang });
            text.push_str(line);
            text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_and_items_fill_the_width_and_tables_stay() {
        let text = "One two three\nfour five.\n\n- six seven\n  eight nine\n10. ten eleven\n\n\
                    | a | b | c | d | e |\n\n```sh\nnodedown learn predict when 7s\n```\n";
        let expected = "One two three four\nfive.\n\n- six seven eight\n  nine\n10. ten eleven\n\n\
                        | a | b | c | d | e |\n\n```sh\nnodedown learn predict when 7s\n```";
        assert_eq!(flowing(text, 18), expected);
    }

    #[test]
    fn a_wide_terminal_joins_what_was_broken() {
        assert_eq!(flowing("One two\nthree.", 80), "One two three.");
        assert_eq!(flowing("", 80), "");
    }
}
