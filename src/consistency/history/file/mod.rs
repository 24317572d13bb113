//! Histories in files: those that runs write, and those that were recorded elsewhere.

mod edn;
mod edn_events;
mod events;
mod jepsen;
mod json;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::{Action, History, OperationId};
use crate::document::diagnostic::{Diagnostics, suggestion};
use crate::engine::term::{Term, term_from_json};

pub use json::write_history;

/// The format of a history file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON: an operation or an event a line, see [`write_history`]; or all of them in an array.
    Json,
    /// EDN: an event a map, with `:process`, `:type`, `:f`, `:value`, and, if they are there,
    /// `:key`, `:error` and `:time`; one after the other, in a vector or in a list, with a tag
    /// before each or not. So Jepsen writes its `history.edn`.
    ///
    /// Processes that are keywords, as `:nemesis`, are skipped, unless they do what clients do. The
    /// values `[key value]` of `jepsen.independent` are recognised by reads that are begun with
    /// `[key nil]`. A `:drain` is a dequeue for each value, and one that finds nothing.
    Edn,
    /// The lines that Jepsen writes into its log, and into `history.txt`: process, type, operation
    /// and value, with tabs or blanks between and anything before them. Lines without any of
    /// `:invoke`, `:ok`, `:fail` and `:info` are skipped.
    Jepsen,
}

/// A history that was read from a file, with the place of each operation.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// The history. In EDN and in Jepsen's log the order of events counts: unless each has a time
    /// later than the one before, the time of each is its number, counted from 1, in nanoseconds.
    ///
    /// The value of an operation may appear only at its end. If it never did, the operation has [an
    /// action that no checker looks into](Action::Other), see
    /// [`without_value`](Recording::without_value).
    pub history: History,
    places: Vec<Place>,
    without_value: Vec<OperationId>,
}

/// The place of an operation in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    invoked: Span,
    completed: Option<Span>,
}

/// The bytes of a text, and the line of the first, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    bytes: Range<usize>,
    line: usize,
}

/// The most mistakes that are reported for one file.
const MISTAKES_MAX: usize = 20;

impl Format {
    /// The format of a text, by how it begins.
    #[must_use]
    pub fn of(text: &str) -> Format {
        let start = without_mark(text).trim_start();
        let in_array = start.strip_prefix('[').map_or(start, str::trim_start);
        match in_array.strip_prefix('{').map(str::trim_start) {
            Some(object) if object.starts_with(['"', '}']) => Format::Json,
            Some(_) => Format::Edn,
            None if start.starts_with(['[', '(', ';', '#']) => Format::Edn,
            None => Format::Jepsen,
        }
    }
}

impl Recording {
    /// Reads a history from a text; the name of the file is for messages.
    ///
    /// # Errors
    /// All mistakes in it.
    ///
    /// ```
    /// use nodedown::history::{Format, Recording};
    ///
    /// let text = "{:process 0, :type :invoke, :f :write, :value 3}
    ///             {:process 0, :type :ok, :f :write, :value 3}";
    /// let recording = Recording::read(text, "history.edn", Format::Edn).unwrap();
    /// assert_eq!(recording.history.operations().len(), 1);
    /// ```
    pub fn read(text: &str, file_name: &str, format: Format) -> Result<Recording, Diagnostics> {
        let text = without_mark(text);
        let mut diagnostics = Diagnostics::new(file_name, text);
        let recording = match format {
            Format::Json => json::read(text, &mut diagnostics),
            Format::Edn => events::pair(edn_events::read(text, &mut diagnostics), &mut diagnostics),
            Format::Jepsen => events::pair(jepsen::read(text, &mut diagnostics), &mut diagnostics),
        };
        if diagnostics.is_empty() {
            return Ok(recording);
        }
        diagnostics.sort();
        Err(diagnostics)
    }

    /// The same history without the reads that were answered with `undefined`, JSON's `null` and
    /// EDN's `nil`: Knossos treats their values as unknown. They get [an action that no checker
    /// looks into](Action::Other).
    #[must_use]
    pub fn without_nil_reads(mut self) -> Recording {
        for operation in &mut self.history.operations {
            let saw_nil = operation.answer().is_some_and(|answer| answer.is_atom("undefined"));
            if operation.action == Action::Read && saw_nil {
                operation.action = Action::Other;
            }
        }
        self
    }

    /// The lines of an operation, counted from 1: of its invocation, and of its end.
    #[must_use]
    pub fn lines(&self, id: OperationId) -> (usize, Option<usize>) {
        let Place { invoked, completed } = &self.places[id.0 as usize];
        (invoked.line, completed.as_ref().map(|span| span.line))
    }

    /// The operations that may have been done, but with unknown values: these would have appeared
    /// at their ends, and did not.
    #[must_use]
    pub fn without_value(&self) -> &[OperationId] {
        &self.without_value
    }

    /// The bytes of the file that tell of the end of an operation, or else of its invocation.
    #[must_use]
    pub fn bytes(&self, id: OperationId) -> Range<usize> {
        let Place { invoked, completed } = &self.places[id.0 as usize];
        completed.as_ref().unwrap_or(invoked).bytes.clone()
    }
}

/// The value that a text is in JSON, or else in EDN.
///
/// # Errors
/// The reason why it is neither.
pub fn value(text: &str) -> Result<Term, String> {
    let json = text.parse::<serde_json::Value>();
    // EDN has integers of any size, and JSON's have the same form.
    match json.ok().filter(|json| !json.is_number()) {
        Some(json) => Ok(term_from_json(&json)),
        None => edn::value(text).map_err(|why| format!("this is neither JSON nor EDN: {why}")),
    }
}

/// The names of operations with these actions.
const OPERATIONS: [(&str, Action); 21] = [
    ("read", Action::Read),
    ("get", Action::Read),
    ("write", Action::Write),
    ("put", Action::Write),
    ("cas", Action::CompareAndSet),
    ("append", Action::Append),
    ("post", Action::Append),
    ("add", Action::Add),
    ("remove", Action::Remove),
    ("acquire", Action::Acquire),
    ("lock", Action::Acquire),
    ("release", Action::Release),
    ("unlock", Action::Release),
    ("enqueue", Action::Enqueue),
    ("push", Action::Enqueue),
    ("dequeue", Action::Dequeue),
    ("pop", Action::Dequeue),
    ("contains", Action::Contains),
    ("delete", Action::Delete),
    ("transfer", Action::Transfer),
    ("txn", Action::Transaction),
];

fn action_of(name: &str) -> Option<Action> {
    OPERATIONS.iter().find(|(known, _)| *known == name).map(|(_, action)| *action)
}

/// Reports an operation with a name that is not known.
fn unknown_operation(name: &str, bytes: &Range<usize>, diagnostics: &mut Diagnostics) {
    let error = diagnostics.error(bytes, format!("unknown operation `{name}`"));
    error.help(suggestion(name, &OPERATIONS.map(|(name, _)| name), "operations"));
}

/// A text without the mark that some editors put before UTF-8.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Counts the lines of a text on demand.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    const fn new(text: &'a str) -> Lines<'a> {
        Lines { text, at: 0, line: 1 }
    }

    /// These bytes with their line; they must come after those asked for before.
    fn span(&mut self, bytes: Range<usize>) -> Span {
        self.line += self.text[self.at..bytes.start].matches('\n').count();
        self.at = bytes.start;
        Span { bytes, line: self.line }
    }
}

/// The lines of a text with their places; without those that are empty.
fn lines(text: &str) -> impl Iterator<Item = (&str, Span)> {
    let mut start = 0;
    let all = (1..).zip(text.split_inclusive('\n')).map(move |(line, content)| {
        let content_start = start + (content.len() - content.trim_start().len());
        start += content.len();
        let content = content.trim();
        (content, Span { bytes: content_start..content_start + content.len(), line })
    });
    all.filter(|(content, _)| !content.is_empty())
}
