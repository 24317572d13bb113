//! Histories in files: those that runs write, and those that were recorded elsewhere.

mod edn;
mod events;
mod jepsen;
mod json;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::{Action, History, OperationId};
use crate::diagnostic::{Diagnostics, suggestion};

pub(crate) use json::STRICT as STRICT_JSON;
pub use json::write_history;

/// How a history is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON lines: an operation a line, see [`write_history`].
    Json,
    /// EDN: an event a map, with `:process`, `:type`, `:f`, `:value`, and, if they are there, `:key`,
    /// `:error` and `:time`; one after the other or in a vector, with a tag before each or not. So
    /// Jepsen writes its `history.edn`.
    ///
    /// Processes that are keywords, as `:nemesis`, are passed over. The values `[key value]` of
    /// `jepsen.independent` are recognised by reads that are begun with `[key nil]`. A `:drain` is
    /// as many dequeues, and one that finds nothing.
    Edn,
    /// The lines that Jepsen writes into its log, and into `history.txt`: process, type, operation
    /// and value after tabs. Other lines are passed over.
    Jepsen,
}

/// A history that was read from a file, with the place of each operation.
#[derive(Clone, Debug)]
pub struct Recording {
    /// What was read. In EDN and in Jepsen's log it is the order of events that counts: where they do
    /// not all tell a time, each later than the one before, the time of each is its number, counted
    /// from 1, in nanoseconds.
    pub history: History,
    places: Vec<Place>,
}

/// Where the file tells of an operation.
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

/// More mistakes than this in one file are not told.
const MISTAKES_MAX: usize = 20;

impl Format {
    /// The format of a text, by how it begins.
    #[must_use]
    pub fn of(text: &str) -> Format {
        let start = text.trim_start();
        let in_object = start.strip_prefix('{').map(str::trim_start);
        match in_object {
            Some(object) if object.starts_with(['"', '}']) => Format::Json,
            Some(_) => Format::Edn,
            None if start.starts_with(['[', ';', '#']) => Format::Edn,
            None => Format::Jepsen,
        }
    }
}

impl Recording {
    /// Reads a history from a text; the name of the file is for messages.
    ///
    /// # Errors
    /// All that is wrong in it.
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
        let mut diagnostics = Diagnostics::new(file_name, text);
        let recording = match format {
            Format::Json => json::read(text, &mut diagnostics),
            Format::Edn => events::pair(edn::read(text, &mut diagnostics), &mut diagnostics),
            Format::Jepsen => events::pair(jepsen::read(text, &mut diagnostics), &mut diagnostics),
        };
        if diagnostics.is_empty() {
            return Ok(recording);
        }
        diagnostics.sort();
        diagnostics.truncate(MISTAKES_MAX);
        Err(diagnostics)
    }

    /// The lines that tell of an operation, counted from 1: of its invocation, and of its end.
    #[must_use]
    pub fn lines(&self, id: OperationId) -> (usize, Option<usize>) {
        let Place { invoked, completed } = &self.places[id.0 as usize];
        (invoked.line, completed.as_ref().map(|span| span.line))
    }

    /// The bytes of the file that tell of the end of an operation, or else of its invocation.
    #[must_use]
    pub fn bytes(&self, id: OperationId) -> Range<usize> {
        let Place { invoked, completed } = &self.places[id.0 as usize];
        completed.as_ref().unwrap_or(invoked).bytes.clone()
    }
}

/// What operations are called that do these things.
const OPERATIONS: [(&str, Action); 17] = [
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
];

fn action_of(name: &str) -> Option<Action> {
    OPERATIONS.iter().find(|(known, _)| *known == name).map(|(_, action)| *action)
}

/// Says that nobody knows what an operation of this name does.
fn unknown_operation(name: &str, bytes: &Range<usize>, diagnostics: &mut Diagnostics) {
    let error = diagnostics.error(bytes, format!("unknown operation `{name}`"));
    error.help(if name == "txn" {
        "an operation does one thing to one key; Elle checks histories of transactions".to_owned()
    } else {
        suggestion(name, &OPERATIONS.map(|(name, _)| name), "operations")
    });
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
