//! Histories in EDN: a map for each event.

use super::edn::{Mistake, Reader};
use super::events::{Event, Kind, client};
use super::{Lines, MISTAKES_MAX, Span};
use crate::document::diagnostic::{Diagnostics, suggestion};
use crate::engine::term::Term;

/// The events of a text: maps one after the other, or in a vector or a list.
pub(super) fn read(text: &str, diagnostics: &mut Diagnostics) -> Vec<Event> {
    let mut forms = Forms::new(text);
    let mut events = Vec::new();
    let mut mistakes = 0;
    loop {
        match forms.next() {
            Ok(None) => return events,
            Ok(Some((form, span))) => events.extend(event(&form, span, diagnostics)),
            Err(Mistake { message, bytes }) => {
                diagnostics.error(&bytes, message);
                mistakes += 1;
                // What was read up to the end of the text for nothing is read again.
                if mistakes == MISTAKES_MAX || !forms.skip_to_next_line() {
                    return events;
                }
            }
        }
    }
}

/// The forms of a text one after the other, also those in a vector or a list around all.
struct Forms<'a> {
    reader: Reader<'a>,
    lines: Lines<'a>,
    /// The start of the form that was read last.
    start: usize,
    /// The start of the vector or list around the next form, and its closing bracket.
    around: Option<(usize, char)>,
}

impl<'a> Forms<'a> {
    fn new(text: &'a str) -> Forms<'a> {
        Forms { reader: Reader::new(text), lines: Lines::new(text), start: 0, around: None }
    }

    fn next(&mut self) -> Result<Option<(Term, Span)>, Mistake> {
        loop {
            self.reader.skip_blanks()?;
            let start = self.reader.at();
            self.start = start;
            let next = self.reader.rest().chars().next();
            match (next, self.around) {
                (None, None) => return Ok(None),
                (None, Some((opened, closing))) => {
                    self.around = None;
                    let message = format!("the history is not complete: a `{closing}` is missing");
                    return Err(Mistake { message, bytes: opened..opened + 1 });
                }
                (Some(found), Some((_, closing))) if found == closing => {
                    self.around = None;
                    self.reader.go_to(start + 1);
                }
                (Some('['), None) => self.enter(']'),
                (Some('('), None) => self.enter(')'),
                (Some(_), _) => {
                    let form = self.reader.form()?;
                    let span = self.lines.span(start..self.reader.at());
                    return Ok(Some((form, span)));
                }
            }
        }
    }

    fn enter(&mut self, closing: char) {
        self.around = Some((self.reader.at(), closing));
        self.reader.go_to(self.reader.at() + 1);
    }

    /// Goes to the next line that may begin with an event; false if there is none.
    fn skip_to_next_line(&mut self) -> bool {
        self.reader.go_to(self.start);
        let rest = self.reader.rest();
        let lines = rest.match_indices('\n').map(|(newline, _)| newline + 1);
        let begins = |line: &usize| {
            let line = rest[*line..].trim_start_matches([' ', '\t', ',']);
            line.starts_with('{') || (line.starts_with('#') && !line.starts_with("#{"))
        };
        let next = lines.into_iter().find(begins);
        if let Some(next) = next {
            self.reader.go_to(self.start + next);
        }
        next.is_some()
    }
}

fn event(form: &Term, span: Span, diagnostics: &mut Diagnostics) -> Option<Event> {
    let Term::Map(fields) = form else {
        let message = "expected a map like `{:process 0, :type :invoke, :f :read, :value nil}`";
        diagnostics.error(&span.bytes, message);
        return None;
    };
    let required = ["process", "type", "f"].map(|name| (name, fields.field(name)));
    let [(_, Some(process)), (_, Some(kind)), (_, Some(name))] = required else {
        let missing = required.iter().filter(|(_, found)| found.is_none());
        let missing: Vec<String> = missing.map(|(name, _)| format!("`:{name}`")).collect();
        diagnostics.error(&span.bytes, format!("this event has no {}", missing.join(", ")));
        return None;
    };
    let (kind, name) = (word(kind), word(name));
    let Some(kind) = Kind::of(&kind) else {
        let error = diagnostics.error(&span.bytes, format!("unknown type `{kind}`"));
        error.help(suggestion(&kind, &Kind::NAMES.map(|(_, name)| name), "types"));
        return None;
    };
    let process = match client(process, kind) {
        Ok(process) => process?,
        Err(message) => {
            diagnostics.error(&span.bytes, message);
            return None;
        }
    };
    let nil = || Term::atom("undefined");
    let [key, value] = ["key", "value"].map(|name| fields.field(name).cloned().unwrap_or_else(nil));
    let error = fields.field("error").filter(|error| !error.is_atom("undefined")).cloned();
    let time = fields.field("time").and_then(Term::as_integer);
    let time = time.and_then(|time| u64::try_from(time).ok());
    Some(Event { span, process, kind, name, key, value, error, time })
}

/// The name that a keyword, a symbol or a text is.
fn word(form: &Term) -> String {
    let name = form.as_atom().map(|name| name.as_str().to_owned());
    name.or_else(|| form.as_str().map(str::to_owned)).unwrap_or_else(|| form.to_string())
}
