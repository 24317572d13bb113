//! Histories in EDN, the data format of Clojure and so of Jepsen.

use clojure_reader::edn::{self, Edn};
use clojure_reader::error::{Code, Error};

use super::events::{Event, Kind};
use super::{MISTAKES_MAX, Span};
use crate::diagnostic::{Diagnostics, suggestion};
use crate::term::{Atom, Term};

/// The events of a text: maps one after the other, or in a vector. Those of the nemesis, whose
/// process is no number, are left out.
pub(super) fn read(text: &str, diagnostics: &mut Diagnostics) -> Vec<Event> {
    let mut events = Vec::new();
    let mut forms = Forms::new(text);
    let mut mistakes = 0;
    while let Some(form) = forms.next() {
        match form {
            Ok((form, span)) => events.extend(event(&form, span, diagnostics)),
            Err((message, at)) => {
                diagnostics.error(&(at..at), message);
                mistakes += 1;
                if mistakes == MISTAKES_MAX || !forms.skip_to_next_line() {
                    break;
                }
            }
        }
    }
    events
}

/// The forms of a text one after the other, also those in a vector around all.
struct Forms<'a> {
    text: &'a str,
    /// The byte at which to read on, and its line.
    at: usize,
    line: usize,
    in_vector: bool,
}

type Form<'a> = Result<(Edn<'a>, Span), (String, usize)>;

impl<'a> Forms<'a> {
    fn new(text: &'a str) -> Forms<'a> {
        let mut forms = Forms { text, at: 0, line: 1, in_vector: false };
        forms.skip_blanks();
        if text[forms.at..].starts_with('[') {
            forms.in_vector = true;
            forms.advance(1);
        }
        forms
    }

    fn next(&mut self) -> Option<Form<'a>> {
        self.skip_blanks();
        let rest = &self.text[self.at..];
        if rest.is_empty() {
            return None;
        }
        if self.in_vector && rest.starts_with(']') {
            self.in_vector = false;
            self.advance(1);
            return self.next();
        }
        let (start, line) = (self.at, self.line);
        Some(match edn::read(rest) {
            Ok((form, left)) => {
                self.advance(rest.len() - left.len());
                Ok((form, Span { bytes: start..self.at, line }))
            }
            Err(error) => Err((told(&error), start + error.ptr.unwrap_or(0).min(rest.len()))),
        })
    }

    /// Goes to the next line that may begin with an event; false if there is none.
    fn skip_to_next_line(&mut self) -> bool {
        let next = self.text[self.at..].find("\n{");
        if let Some(newline) = next {
            self.advance(newline + 1);
        }
        next.is_some()
    }

    /// Goes over what stands between forms: EDN takes commas for blanks.
    fn skip_blanks(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let blanks = rest.len() - rest.trim_start_matches([' ', ',', '\t', '\r', '\n']).len();
            let comment = rest[blanks..].starts_with(';');
            let comment =
                if comment { rest[blanks..].find('\n').unwrap_or(rest.len() - blanks) } else { 0 };
            if blanks + comment == 0 {
                return;
            }
            self.advance(blanks + comment);
        }
    }

    fn advance(&mut self, bytes: usize) {
        let passed = &self.text[self.at..self.at + bytes];
        self.line += passed.matches('\n').count();
        self.at += bytes;
    }
}

fn event(form: &Edn, span: Span, diagnostics: &mut Diagnostics) -> Option<Event> {
    // Records are maps with a tag before them.
    if let Edn::Tagged(_, form) = form {
        return event(form, span, diagnostics);
    }
    let Edn::Map(_) = form else {
        let message = "expected a map like `{:process 0, :type :invoke, :f :read, :value nil}`";
        diagnostics.error(&span.bytes, message);
        return None;
    };
    let field = |name: &'static str| form.get(&Edn::key(name));
    let mut missing = Vec::new();
    let mut required = |name: &'static str| {
        let found = field(name);
        if found.is_none() {
            missing.push(format!("`:{name}`"));
        }
        found
    };
    let (process, kind, name) = (required("process"), required("type"), required("f"));
    if !missing.is_empty() {
        diagnostics.error(&span.bytes, format!("this event has no {}", missing.join(", ")));
        return None;
    }
    let process = match process? {
        Edn::Int(process) => *process,
        // The nemesis, and whatever else is no client.
        Edn::Key(_) | Edn::Symbol(_) | Edn::Nil => return None,
        other => {
            let message =
                format!("a process is a number, or a keyword if it is no client, not {other}");
            diagnostics.error(&span.bytes, message);
            return None;
        }
    };
    let Ok(process) = u32::try_from(process) else {
        diagnostics.error(&span.bytes, format!("a process is a number from 0, not {process}"));
        return None;
    };
    let (kind, name) = (word(kind?), word(name?));
    let Some(known) = Kind::of(&kind) else {
        let error = diagnostics.error(&span.bytes, format!("unknown type `{kind}`"));
        error.help(suggestion(&kind, &Kind::NAMES.map(|(_, name)| name), "types"));
        return None;
    };
    let [key, value] = ["key", "value"].map(|name| field(name).map_or_else(nil, term));
    let error = field("error").filter(|error| **error != Edn::Nil).map(term);
    let time = match field("time") {
        Some(Edn::Int(time)) => u64::try_from(*time).ok(),
        _ => None,
    };
    Some(Event { span, process, kind: known, name, key, value, error, time })
}

/// A single value.
pub(super) fn value(text: &str) -> Result<Term, String> {
    edn::read_string(text).map(|form| term(&form)).map_err(|error| told(&error))
}

/// The name of a keyword, whose colon may be left out.
pub(super) fn keyword(text: &str) -> &str {
    text.strip_prefix(':').unwrap_or(text)
}

fn word(form: &Edn) -> String {
    match form {
        Edn::Key(name) | Edn::Symbol(name) | Edn::Str(name) => name.clone().into_owned(),
        other => other.to_string(),
    }
}

fn nil() -> Term {
    Term::atom("undefined")
}

/// Nil is `undefined`, names are atoms, texts are binaries, vectors and sets are lists.
fn term(form: &Edn) -> Term {
    match form {
        Edn::Nil => nil(),
        Edn::Bool(value) => Term::from(*value),
        Edn::Int(value) => Term::from(*value),
        Edn::Str(text) => Term::from(text.as_ref()),
        Edn::Key(name) | Edn::Symbol(name) => {
            Atom::try_new(name).map_or_else(|_| Term::from(name.as_ref()), Term::from)
        }
        Edn::Vector(elements) | Edn::List(elements) => elements.iter().map(term).collect(),
        Edn::Set(elements) => elements.iter().map(term).collect(),
        Edn::Map(entries) => {
            Term::Map(entries.iter().map(|(key, value)| (term(key), term(value))).collect())
        }
        Edn::Tagged(_, value) => term(value),
        Edn::Double(value) => {
            Term::float(value.into_inner()).unwrap_or_else(|| Term::from(form.to_string()))
        }
        other => Term::from(other.to_string()),
    }
}

fn told(error: &Error) -> String {
    match error.code {
        Code::UnexpectedEOF => "the form is not complete".to_owned(),
        Code::UnmatchedDelimiter(found) => format!("`{found}` closes nothing that was opened"),
        Code::HashMapDuplicateKey => "a map has the same key twice".to_owned(),
        Code::SetDuplicateKey => "a set has the same element twice".to_owned(),
        Code::InvalidNumber => "this is no number".to_owned(),
        Code::InvalidKeyword => "this is no keyword".to_owned(),
        Code::InvalidEscape => "unknown escape in a text".to_owned(),
        _ => "this is no EDN".to_owned(),
    }
}
