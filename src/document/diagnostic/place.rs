//! Places in a text: their lines and characters, and the part of the text that shows them.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Snippet};

use super::{Diagnostic, Severity};

/// Finds the lines of bytes. What was counted is not counted again, so that places that are asked
/// for in the order of the text take the time of one pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// A byte, the newlines before it, and where its line begins.
    at: usize,
    newlines: usize,
    line_start: usize,
}

impl Places {
    /// The line and the character of a byte, both counted from 1.
    pub(super) fn of(&mut self, text: &str, byte: usize) -> (usize, usize) {
        if byte < self.at {
            *self = Places::default();
        }
        let passed = &text[self.at..byte];
        self.newlines += passed.matches('\n').count();
        if let Some(newline) = passed.rfind('\n') {
            self.line_start = self.at + newline + 1;
        }
        self.at = byte;
        (self.newlines + 1, text[self.line_start..byte].chars().count() + 1)
    }
}

/// Texts up to this are shown to the renderer as they are.
const WHOLE: usize = 1 << 16;

/// The bytes of a larger text that are shown before and after a place.
const AROUND: usize = 1 << 10;

/// The bytes of a line longer than [`AROUND`] that are shown before and after a place.
const IN_LINE: usize = 60;

/// The parts of a text that show what a diagnostic is about.
pub(super) struct Shown<'a> {
    parts: Vec<Part<'a>>,
}

/// A part of a text and the places in it, with what is said of them.
struct Part<'a> {
    text: &'a str,
    line: usize,
    places: Vec<(AnnotationKind, Range<usize>, Option<&'a str>)>,
}

impl<'a> Shown<'a> {
    pub(super) fn of(text: &'a str, diagnostic: &'a Diagnostic) -> Shown<'a> {
        let place = (AnnotationKind::Primary, diagnostic.span.clone(), None);
        let related = diagnostic.related.iter();
        let related = related
            .map(|(span, label)| (AnnotationKind::Context, span.clone(), Some(label.as_str())));
        let places = [place].into_iter().chain(related);
        let parts = if text.len() <= WHOLE {
            vec![Part { text, line: 1, places: places.collect() }]
        } else {
            places.map(|(kind, span, label)| Part::around(text, kind, span, label)).collect()
        };
        Shown { parts }
    }

    /// The text of a diagnostic.
    pub(super) fn group(&self, file_name: &'a str, diagnostic: &'a Diagnostic) -> Group<'_> {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let snippets = self.parts.iter().map(|part| {
            let places = part.places.iter().map(|(kind, span, label)| {
                let place = kind.span(span.clone());
                label.map_or(place.clone(), |label| place.label(label))
            });
            let snippet = Snippet::source(part.text).path(file_name).line_start(part.line);
            snippet.annotations(places)
        });
        let group = level.primary_title(diagnostic.message.as_str()).elements(snippets);
        group.elements(diagnostic.help.iter().map(|help| Level::HELP.message(help.as_str())))
    }
}

impl<'a> Part<'a> {
    /// The lines of a place; of a long line only what is near it, and of many lines the first.
    fn around(
        text: &'a str,
        kind: AnnotationKind,
        span: Range<usize>,
        label: Option<&'a str>,
    ) -> Part<'a> {
        let before = &text[floor(text, span.start.saturating_sub(AROUND))..span.start];
        let start = before.rfind('\n').map(|newline| span.start - before.len() + newline + 1);
        let is_first = before.len() == span.start;
        let near = || floor(text, span.start.saturating_sub(IN_LINE));
        let start = start.unwrap_or_else(|| if is_first { 0 } else { near() });
        let behind = &text[span.start..floor(text, (span.start + AROUND).min(text.len()))];
        let near = || floor(text, (span.start + IN_LINE).min(text.len()));
        let end = behind.find('\n').map_or_else(near, |newline| span.start + newline);
        let line = text[..start].matches('\n').count() + 1;
        let shown = span.start - start..span.end.clamp(span.start, end) - start;
        Part { text: &text[start..end], line, places: vec![(kind, shown, label)] }
    }
}

/// The last boundary between letters that is not behind a byte.
fn floor(text: &str, byte: usize) -> usize {
    text.floor_char_boundary(byte)
}

#[cfg(test)]
mod tests {
    use super::super::{Diagnostics, Style};
    use super::*;

    #[test]
    fn places_are_found_in_any_order() {
        let text = "ab\n\u{e9}cd\n\nx";
        let mut places = Places::default();
        for (byte, expected) in
            [(0, (1, 1)), (5, (2, 2)), (9, (4, 1)), (5, (2, 2)), (3, (2, 1)), (10, (4, 2))]
        {
            assert_eq!(places.of(text, byte), expected, "{byte}");
        }
    }

    #[test]
    fn of_many_mistakes_the_first_are_told_and_the_others_are_counted() {
        let text = "x\n".repeat(200_000);
        let mut diagnostics = Diagnostics::new("letters", &text);
        for line in (0..200_000).rev() {
            diagnostics.warn(&(2 * line..2 * line + 1), "a letter").help("write a number");
        }
        diagnostics.error(&(30_000..30_001), "an error").related(&(5_000..5_001), "see here");
        diagnostics.sort();
        let lines: Vec<usize> = diagnostics.iter().map(|each| each.line).collect();
        assert_eq!(lines, (1..=19).chain([15_001]).collect::<Vec<_>>());
        assert!(diagnostics.has_errors());
        let told = diagnostics.render(Style::Plain);
        assert!(told.contains("letters:15001:1") && told.contains("2501 | x"), "{told}");
        assert!(told.ends_with("... and 199981 more"), "{told}");
        assert!(told.len() < 10_000);
    }

    #[test]
    fn of_a_long_line_only_a_part_is_shown() {
        let text = format!("{{{}\"wrong\": 1}}", "\"\u{e9}\": 1, ".repeat(20_000));
        let mut diagnostics = Diagnostics::new("long", &text);
        let start = text.find("\"wrong").unwrap();
        diagnostics.error(&(start..start + 7), "this is wrong");
        let told = diagnostics.render(Style::Plain);
        assert!(told.contains("\"wrong\": 1}") && told.len() < 1_000, "{told}");
    }
}
