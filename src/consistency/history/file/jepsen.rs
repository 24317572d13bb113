//! The lines of Jepsen's log, as `INFO  jepsen.util - 0 :invoke :cas [3 0]`, with tabs or blanks
//! between.

use super::edn::Reader;
use super::events::{Event, Kind, client};
use super::{Span, lines};
use crate::document::diagnostic::{Diagnostics, suggestion};
use crate::engine::term::Term;

/// The events of the log. A client's event has four fields, the number of the process, the type,
/// the operation and its value, and perhaps an error after them. Other lines are skipped.
pub(super) fn read(text: &str, diagnostics: &mut Diagnostics) -> Vec<Event> {
    let (mut events, mut found) = (Vec::new(), false);
    for (line, span) in lines(text) {
        match Columns::of(line) {
            Ok(Some(columns)) => {
                found = true;
                events.extend(columns.event(span, diagnostics));
            }
            Ok(None) => {}
            Err(word) => {
                found = true;
                let message = format!("there is `{word}` in this line, and it is no event");
                diagnostics.error(&span.bytes, message).help(EXAMPLE);
            }
        }
    }
    if let Some((_, first)) = lines(text).next().filter(|_| !found) {
        let message = "this is no history: no line of it tells of an operation";
        diagnostics.error(&first.bytes, message).help(HISTORIES);
    }
    events
}

const EXAMPLE: &str = "an event is like `0 :invoke :write 3`, with anything before it";

const HISTORIES: &str = "a history has lines like `0 :invoke :write 3`, maps like \
    `{:process 0, :type :invoke, :f :write, :value 3}`, or JSON like \
    `{\"process\":0,\"type\":\"invoke\",\"f\":\"write\",\"value\":3}`";

/// The fields of a line that tells of an event.
struct Columns<'a> {
    process: &'a str,
    kind: &'a str,
    name: &'a str,
    /// The value, and perhaps more.
    rest: &'a str,
}

impl<'a> Columns<'a> {
    /// Finds the fields; `None` in a line that is not an event.
    ///
    /// # Errors
    /// The word of an event that is there without the others.
    fn of(line: &'a str) -> Result<Option<Columns<'a>>, &'a str> {
        let mut words = Words(line);
        let mut process = words.next();
        let mut stray = process.filter(|word| is_kind(word));
        while let Some(kind) = words.next() {
            let rest = words.0;
            let is_kind = is_kind(kind);
            if let Some(before) = process.filter(|word| is_process(word))
                && let Some(name) = words.next()
                && (is_kind || (is_keyword(kind) && is_keyword(name) && !before.starts_with(':')))
            {
                return Ok(Some(Columns { process: before, kind, name, rest: words.0 }));
            }
            words = Words(rest);
            stray = stray.or(Some(kind).filter(|_| is_kind));
            process = Some(kind);
            // Maps in messages contain operations as well, but are not events.
            if kind.contains("{:") {
                break;
            }
        }
        stray.map_or(Ok(None), Err)
    }

    fn event(self, span: Span, diagnostics: &mut Diagnostics) -> Option<Event> {
        let kind_name = keyword(self.kind);
        let Some(kind) = Kind::of(kind_name) else {
            let error = diagnostics.error(&span.bytes, format!("unknown type `{kind_name}`"));
            error.help(suggestion(kind_name, &Kind::NAMES.map(|(_, name)| name), "types"));
            return None;
        };
        let number = self.process.parse::<u64>().map(Term::from);
        let process = client(&number.unwrap_or_else(|_| keyword(self.process).into()), kind);
        let process = process.map_err(|message| diagnostics.error(&span.bytes, message)).ok()??;
        let [value, error] = match values(self.rest) {
            Ok(values) => values,
            Err(message) => {
                diagnostics.error(&span.bytes, format!("the value is no EDN: {message}"));
                return None;
            }
        };
        let (name, key) = (keyword(self.name).to_owned(), Term::atom("undefined"));
        let value = value.unwrap_or_else(|| Term::atom("undefined"));
        Some(Event { span, process, kind, name, key, value, error, time: None })
    }
}

/// The value, and the error after it, if any.
fn values(text: &str) -> Result<[Option<Term>; 2], String> {
    let mut reader = Reader::new(text);
    let mut next = || {
        reader.skip_blanks().map_err(|mistake| mistake.message)?;
        if reader.rest().is_empty() {
            return Ok(None);
        }
        reader.form().map(Some).map_err(|mistake| mistake.message)
    };
    let value = next()?;
    // The error may be any text.
    Ok([value, next().unwrap_or(None)])
}

/// The words of a line, and what is behind those that were taken.
struct Words<'a>(&'a str);

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let start = self.0.trim_start();
        let word = &start[..start.find(char::is_whitespace).unwrap_or(start.len())];
        self.0 = &start[word.len()..];
        Some(word).filter(|word| !word.is_empty())
    }
}

fn is_process(word: &str) -> bool {
    word == ":nemesis" || (!word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_keyword(word: &str) -> bool {
    word.len() > 1 && word.starts_with(':')
}

fn is_kind(word: &str) -> bool {
    word.strip_prefix(':').is_some_and(|name| Kind::of(name).is_some())
}

/// The name of a keyword, whose colon may be left out.
fn keyword(text: &str) -> &str {
    text.strip_prefix(':').unwrap_or(text)
}
