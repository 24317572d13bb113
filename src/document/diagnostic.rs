//! Diagnostics: the errors and warnings of a file, with their places and what to write instead.

mod place;
pub(crate) mod text;

use std::fmt;
use std::ops::Range;

use annotate_snippets::Renderer;

use crate::spelling::nearest;

use place::{Places, Shown};

/// The severity of a [`Diagnostic`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, and probably says something that was not meant.
    Warning,
}

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its severity.
    pub severity: Severity,
    /// The mistake.
    pub message: String,
    /// A proposal.
    pub help: Option<String>,
    /// The bytes of the file that it is about.
    pub span: Range<usize>,
    /// The line of its beginning, counted from 1.
    pub line: usize,
    /// The character in the line, counted from 1.
    pub column: usize,
    /// Another place of the file, and what it has to do with it.
    pub related: Option<(Range<usize>, String)>,
}

/// The mistakes in one file, in its order: all of them, or the first ones.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    file_name: String,
    text: String,
    list: Vec<Diagnostic>,
    /// The number that were left out.
    more: usize,
    places: Places,
}

/// No more than this are kept: the first errors, and then the first warnings.
const KEPT: usize = 20;

/// The style of diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without colours.
    Plain,
    /// With the escape sequences of a terminal.
    Colour,
}

impl Diagnostics {
    /// No diagnostics yet for this file.
    #[must_use]
    pub(crate) fn new(file_name: &str, text: &str) -> Diagnostics {
        let (file_name, text) = (file_name.to_owned(), text.to_owned());
        Diagnostics { file_name, text, list: Vec::new(), more: 0, places: Places::default() }
    }

    /// The diagnostics as data.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// True if one of them keeps the file from being used.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// True if one of them, in this part of the file, keeps the file from being used.
    pub(crate) fn has_errors_in(&self, part: &Range<usize>) -> bool {
        let inside = |span: &Range<usize>| part.start <= span.start && span.end <= part.end;
        self.list.iter().any(|each| each.severity == Severity::Error && inside(&each.span))
    }

    /// True if those that come later in the file are only counted.
    pub(crate) fn is_full(&self) -> bool {
        self.list.len() >= KEPT && self.list.iter().all(|each| each.severity == Severity::Error)
    }

    /// The number of those that were left out because there are too many.
    #[must_use]
    pub fn more(&self) -> usize {
        self.more
    }

    /// Writes them for people: each with its place, a pointer into the text, and what to write.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        let renderer = match style {
            Style::Plain => Renderer::plain(),
            Style::Colour => Renderer::styled(),
        };
        let told = self.list.iter().map(|diagnostic| {
            let shown = Shown::of(&self.text, diagnostic);
            renderer.render(&[shown.group(&self.file_name, diagnostic)])
        });
        let more = (self.more > 0).then(|| format!("... and {} more", self.more));
        told.chain(more).collect::<Vec<_>>().join("\n\n")
    }

    /// Adds an error about these bytes of the file.
    pub(crate) fn error(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
    ) -> AddedDiagnostic<'_> {
        self.add(Severity::Error, span, message.into())
    }

    /// Adds a warning about these bytes of the file.
    pub(crate) fn warn(
        &mut self,
        span: &Range<usize>,
        message: impl Into<String>,
    ) -> AddedDiagnostic<'_> {
        self.add(Severity::Warning, span, message.into())
    }

    /// The bytes of the file that are these bytes of the text in a string of it.
    pub(crate) fn inside(&self, string: &Range<usize>, part: &Range<usize>) -> Range<usize> {
        text::inside(&self.text, string, part)
    }

    fn add(
        &mut self,
        severity: Severity,
        span: &Range<usize>,
        message: String,
    ) -> AddedDiagnostic<'_> {
        let (message, line, column) = (readable(message), 0, 0);
        let (help, related, span) = (None, None, span.clone());
        let added = Diagnostic { severity, message, help, span, line, column, related };
        if self.list.len() < KEPT {
            let (line, column) = self.places.of(&self.text, added.span.start);
            self.list.push(Diagnostic { line, column, ..added });
            return AddedDiagnostic(self.list.last_mut());
        }
        self.more += 1;
        let worst = self.list.iter_mut().max_by_key(|each| each.rank());
        let Some(worst) = worst.filter(|worst| added.rank() < worst.rank()) else {
            return AddedDiagnostic(None);
        };
        // Its place is found when it is known that it stays.
        *worst = added;
        AddedDiagnostic(Some(worst))
    }

    /// Puts them in the order of the file. To be done when the last was added.
    pub(crate) fn sort(&mut self) {
        self.list.sort_by_key(|diagnostic| diagnostic.span.start);
        for each in &mut self.list {
            (each.line, each.column) = self.places.of(&self.text, each.span.start);
        }
    }
}

impl fmt::Debug for Diagnostics {
    /// As [`Display`](fmt::Display): a test that unwraps a result shows what is wrong with a file,
    /// and not the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() { f.write_str("Diagnostics") } else { write!(f, "\n{self}\n") }
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Style::Plain))
    }
}

impl Diagnostic {
    /// The rank of a diagnostic: those with lower ranks are kept first.
    fn rank(&self) -> (bool, usize) {
        (self.severity == Severity::Warning, self.span.start)
    }
}

/// A diagnostic that was just added, to say more about it; `None` inside if it is not kept.
pub(crate) struct AddedDiagnostic<'a>(Option<&'a mut Diagnostic>);

impl AddedDiagnostic<'_> {
    /// Says what to write instead.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        if let Some(kept) = &mut self.0 {
            kept.help = Some(readable(help.into()));
        }
        self
    }

    /// As [`AddedDiagnostic::help`], for help that takes long to find: only if it is told.
    pub(crate) fn help_with(self, help: impl FnOnce() -> String) -> Self {
        if self.0.is_some() { self.help(help()) } else { self }
    }

    /// Shows another place of the file that has to do with it.
    pub(crate) fn related(mut self, span: &Range<usize>, label: impl Into<String>) -> Self {
        if let Some(kept) = &mut self.0 {
            kept.related = Some((span.clone(), label.into()));
        }
        self
    }
}

/// A text whose middle is left out if it is longer than anybody reads.
fn readable(mut text: String) -> String {
    const LONGEST: usize = 2_000;
    const KEPT: usize = 100;
    if text.len() > LONGEST {
        let middle = text.floor_char_boundary(KEPT)..text.ceil_char_boundary(text.len() - KEPT);
        text.replace_range(middle, " ... ");
    }
    text
}

/// A proposal for an unknown name: the nearest one, or else all there are.
pub(crate) fn suggestion(name: &str, known: &[&str], plural: &str) -> String {
    /// The most names that are listed.
    const LISTED: usize = 12;
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => format!("there are no {plural}"),
        None if known.len() <= LISTED => format!("the {plural} are {}", quoted(known)),
        None => format!("the {plural} are {}, ...", quoted(&known[..LISTED])),
    }
}

/// Names as they stand in messages.
pub(crate) fn quoted<T: AsRef<str>>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_very_long_name_the_ends_are_told() {
        let name = format!("b{}e", "x".repeat(1_000_000));
        let mut diagnostics = Diagnostics::new("letters", &name);
        let message = format!("unknown letter `{name}`");
        diagnostics.error(&(0..1), message).help(suggestion(&name, &["b"], "letters"));
        let told = diagnostics.render(Style::Plain);
        assert!(told.contains("unknown letter `bxx") && told.contains(" ... xxx"), "{told}");
        assert!(told.contains("xe`") && told.contains("the letters are `b`"), "{told}");
        assert!(told.len() < 1_000);
    }
}
