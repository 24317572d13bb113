//! Histories as JSON lines, an operation or an event a line, or as an array of these.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Duration;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, parse_to_ast};
use serde_json::{Value, json};

use super::events::{self, Event, Kind};
use super::{Lines, Place, Recording, Span, action_of, lines, unknown_operation};
use crate::consistency::history::{Action, Completion, History, Operation, Outcome};
use crate::document::STRICT_JSON;
use crate::document::diagnostic::{Diagnostics, suggestion};
use crate::engine::term::{Atom, Term, term_from_json, term_to_json};
use crate::engine::time::{Time, nanos};
use crate::formats::history::{ActionJson, HistoryLineJson, OutcomeJson};

/// Writes a history as JSON lines: an operation a line, in the order of their invocation.
///
/// | field | holds | if it is not there |
/// |---|---|---|
/// | `workload`, `client` | who: a name, and a number within | `"clients"`, required |
/// | `name` | what the user calls it | the action's name |
/// | `action` | what it does: [`Action::name`] | what `name` says |
/// | `key`, `value` | the key, the value | `null` |
/// | `invoked_ns` | when the client began | required |
/// | `timeout_ns` | how long it was prepared to wait | 0 |
/// | `outcome` | `"ok"`, `"failed"`, `"unknown"`; `null` while it is in progress | `null` |
/// | `completed_ns` | when the client knew | required with an outcome |
/// | `answer` | the answer, or the reason of the failure | `null` |
///
/// Times are nanoseconds of virtual time; terms are JSON as [`term_to_json`] says.
///
/// Events are read as well, one a line: `{"process":0,"type":"invoke","f":"write","value":3}`, as
/// in [`Format::Edn`](super::Format::Edn). Either may be the elements of an array.
///
/// A `cas`, an `acquire` or a `release` that was answered with `false` was refused, and changed
/// nothing.
///
/// # Errors
/// If `out` cannot be written to.
pub fn write_history(history: &History, mut out: impl io::Write) -> io::Result<()> {
    for operation in history.operations() {
        serde_json::to_writer(&mut out, &to_json(operation))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn to_json(operation: &Operation) -> HistoryLineJson {
    let Operation { workload, client, name, action, key, value, invoked, timeout, completion } =
        operation;
    let (outcome, answer) = match completion.as_ref().map(|completion| &completion.outcome) {
        None => (None, None),
        Some(Outcome::Ok(answer)) => (Some(OutcomeJson::Ok), Some(answer)),
        Some(Outcome::Failed(reason)) => (Some(OutcomeJson::Failed), Some(reason)),
        Some(Outcome::Unknown(reason)) => (Some(OutcomeJson::Unknown), Some(reason)),
    };
    HistoryLineJson {
        workload: workload.as_str().to_owned(),
        client: *client,
        name: name.as_str().to_owned(),
        action: action_json(*action),
        key: term_to_json(key),
        value: term_to_json(value),
        invoked_ns: invoked.as_nanos(),
        timeout_ns: nanos(*timeout),
        outcome,
        completed_ns: completion.as_ref().map(|completion| completion.at.as_nanos()),
        answer: answer.map(term_to_json),
    }
}

const fn action_json(action: Action) -> ActionJson {
    match action {
        Action::Read => ActionJson::Read,
        Action::Write => ActionJson::Write,
        Action::CompareAndSet => ActionJson::Cas,
        Action::Append => ActionJson::Append,
        Action::Add => ActionJson::Add,
        Action::Remove => ActionJson::Remove,
        Action::Acquire => ActionJson::Acquire,
        Action::Release => ActionJson::Release,
        Action::Enqueue => ActionJson::Enqueue,
        Action::Dequeue => ActionJson::Dequeue,
        Action::Contains => ActionJson::Contains,
        Action::Delete => ActionJson::Delete,
        Action::Transfer => ActionJson::Transfer,
        Action::Transaction => ActionJson::Txn,
        Action::Other => ActionJson::Other,
    }
}

const FIELDS: [&str; 11] = [
    "workload",
    "client",
    "name",
    "action",
    "key",
    "value",
    "invoked_ns",
    "timeout_ns",
    "outcome",
    "completed_ns",
    "answer",
];

/// The operations of a text: those of its lines, or those that its events tell of.
pub(super) fn read(text: &str, diagnostics: &mut Diagnostics) -> Recording {
    if text.trim_start().starts_with('[') {
        let elements = elements(text, diagnostics);
        return objects(elements.into_iter(), diagnostics);
    }
    let mut beginning = lines(text);
    let (first, goes_on) = (beginning.next(), beginning.next().is_some());
    let is_object = |line: &str| {
        let parsed = parse_to_ast(line, &CollectOptions::default(), &STRICT_JSON);
        matches!(parsed.map(|parsed| parsed.value), Ok(Some(ast::Value::Object(_))))
    };
    if let Some((line, span)) = first.filter(|_| goes_on)
        && !is_object(line)
        && (is_something_else(text) || !lines(text).any(|(line, _)| is_object(line)))
    {
        // Each line of an object that spans several lines would be a separate mistake.
        let none = "expected an object on each line, and there is none on any";
        let names = names(text);
        let what = something_else(|name| names.contains(&name));
        diagnostics.error(&span.bytes, what.unwrap_or(none)).help(EXAMPLE);
        return Recording::default();
    }
    objects(lines(text), diagnostics)
}

/// The kind of file that begins with an object with such fields, if it is not a history.
fn something_else(has: impl Fn(&str) -> bool) -> Option<&'static str> {
    let has_all = |names: &[&str]| names.iter().all(|name| has(name));
    if has("client") {
        None
    } else if has_all(&["id", "cause", "at", "what"]) {
        Some("this is a trace, not a history: `nodedown run --history` writes one")
    } else if has_all(&["record", "nodedown"]) {
        Some("this is a record, not a history: `nodedown run --history` writes one")
    } else if has("nodes") || has("workloads") || has("duration") {
        Some("this is a scenario, not a history: `nodedown run --history` writes one")
    } else {
        None
    }
}

/// True if an object that spans several lines is the beginning of some other kind of file.
fn is_something_else(text: &str) -> bool {
    let names = names(text);
    something_else(|name| names.contains(&name)).is_some()
}

/// The names of the first fields of an object that goes over several lines.
fn names(text: &str) -> Vec<&str> {
    /// The number of bytes in which the first fields are looked for.
    const BEGINNING: usize = 1 << 16;
    let (mut names, mut depth, mut escaped, mut opened) = (Vec::new(), 0_usize, false, None);
    for (at, byte) in text.bytes().enumerate().take(BEGINNING) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if opened.is_some() => escaped = true,
            b'"' => match opened.take() {
                None => opened = Some(at + 1),
                Some(start) if depth == 1 && text[at + 1..].trim_start().starts_with(':') => {
                    names.push(&text[start..at]);
                }
                Some(_) => {}
            },
            _ if opened.is_some() => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    names
}

/// The operations that objects describe, each with its place; all objects are either operations or
/// events.
fn objects<'a>(
    all: impl Iterator<Item = (&'a str, Span)>,
    diagnostics: &mut Diagnostics,
) -> Recording {
    let (mut are_events, mut wrong) = (None, false);
    let (mut events, mut operations): (Vec<Event>, Vec<(Operation, Span)>) = Default::default();
    for (line, span) in all {
        let Some(line) = Line::parse(line, &span, diagnostics) else { continue };
        if are_events.is_none()
            && !line.is_event()
            && let Some(what) = something_else(|name| line.has(name))
        {
            diagnostics.error(&span.bytes, what).help(EXAMPLE);
            wrong = true;
            break;
        }
        if *are_events.get_or_insert_with(|| line.is_event()) {
            events.extend(line.event());
        } else {
            let operation = line.operation();
            operations.extend(operation.map(|operation| (operation, span)));
        }
    }
    if wrong || are_events == Some(true) {
        return events::pair(events, diagnostics);
    }
    operations.sort_by_key(|(operation, _)| operation.invoked);
    refuse_overlaps(&operations, diagnostics);
    let mut recording = Recording::default();
    for (operation, span) in operations {
        let completed = operation.completion.is_some().then(|| span.clone());
        recording.history.invoke(operation);
        recording.places.push(Place { invoked: span, completed });
    }
    recording
}

/// A client does one thing after the other.
fn refuse_overlaps(operations: &[(Operation, Span)], diagnostics: &mut Diagnostics) {
    let mut last: BTreeMap<(Atom, u32), (Time, &Span)> = BTreeMap::new();
    for (operation, span) in operations {
        let client = (operation.workload, operation.client);
        if let Some((end, before)) = last.get(&client)
            && *end > operation.invoked
        {
            let Operation { workload, client, .. } = operation;
            let message = format!("{workload} {client} begins this before it has ended another");
            let error = diagnostics.error(&span.bytes, message);
            error
                .help("a client does one thing after the other; give each a number of its own")
                .related(&before.bytes, "ended later than this is begun");
        }
        let end = operation.completion.as_ref().map(|end| end.at);
        if let Some(end) = end.filter(|end| last.get(&client).is_none_or(|(last, _)| last <= end)) {
            last.insert(client, (end, span));
        }
    }
}

/// The elements of an array with their places. Only the brackets are matched, so that a mistake in
/// one element does not affect the others.
fn elements<'a>(text: &'a str, diagnostics: &mut Diagnostics) -> Vec<(&'a str, Span)> {
    let mut lines = Lines::new(text);
    let opened = text.find('[').unwrap_or_default();
    let (mut all, mut at, mut needs_comma) = (Vec::new(), opened + 1, false);
    loop {
        at += blanks(&text[at..]);
        match text[at..].chars().next() {
            Some(',') if needs_comma => {
                needs_comma = false;
                at += 1;
            }
            Some(']') => {
                at += 1 + blanks(&text[at + 1..]);
                if at < text.len() {
                    diagnostics.error(&(at..at), "there is more behind the array");
                }
                return all;
            }
            Some(_) if needs_comma => {
                diagnostics.error(&(at..at), "expected a `,` between two operations");
                needs_comma = false;
            }
            Some(_) => {
                let length = element(&text[at..]);
                all.push((&text[at..at + length], lines.span(at..at + length)));
                at += length;
                needs_comma = true;
            }
            None => {
                let message = "the history is not complete: a `]` is missing";
                diagnostics.error(&(opened..opened + 1), message);
                return all;
            }
        }
    }
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// The bytes of an element of an array: up to the comma or the bracket behind it.
fn element(text: &str) -> usize {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 0 => depth -= 1,
            b',' | b']' | b'}' if depth == 0 => return text[..at].trim_end().len().max(1),
            _ => {}
        }
    }
    text.trim_end().len().max(1)
}

/// The fields of a line, which are taken out one by one.
struct Line<'a> {
    fields: Vec<(String, Span, Value)>,
    span: &'a Span,
    diagnostics: &'a mut Diagnostics,
    /// True as long as no mistake was found.
    sound: bool,
}

impl<'a> Line<'a> {
    fn parse(line: &str, span: &'a Span, diagnostics: &'a mut Diagnostics) -> Option<Line<'a>> {
        let shifted = |range: &dyn Ranged| {
            let bytes = span.bytes.start + range.start()..span.bytes.start + range.end();
            Span { bytes, line: span.line }
        };
        let parsed = parse_to_ast(line, &CollectOptions::default(), &STRICT_JSON);
        let object = match parsed.map(|parsed| parsed.value) {
            Ok(Some(ast::Value::Object(object))) => object,
            Ok(_) => {
                let error = diagnostics.error(&span.bytes, "expected an object on each line");
                error.help(EXAMPLE);
                return None;
            }
            Err(error) => {
                let message = error.kind().to_string().to_lowercase();
                diagnostics.error(&shifted(&error.range()).bytes, message);
                return None;
            }
        };
        let mut line = Line { fields: Vec::new(), span, diagnostics, sound: true };
        let mut names = BTreeSet::new();
        for property in object.properties {
            let place = shifted(&property);
            let name = property.name.into_string();
            match value_of(property.value) {
                Ok(_) if !names.insert(name.clone()) => {
                    line.mistake(
                        &place,
                        &format!("`{name}` is there twice"),
                        "keep one of the two",
                    );
                }
                Ok(value) => line.fields.push((name, place, value)),
                Err(number) => {
                    let message = format!("the number {number} is too large");
                    line.mistake(&place, &message, "write one below 1e308");
                    line.fields.push((name, place, Value::Null));
                }
            }
        }
        Some(line)
    }

    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _, _)| field == name)
    }

    /// True if it describes an event, not an operation.
    fn is_event(&self) -> bool {
        self.has("f") || (self.has("process") && !self.has("client"))
    }

    fn operation(mut self) -> Option<Operation> {
        let workload = self.text("workload").unwrap_or_else(|| "clients".to_owned());
        let client = self.required_number("client");
        let (name, action) = (self.text("name"), self.text("action"));
        let (key, value) = (self.term("key"), self.term("value"));
        let invoked = self.required_number("invoked_ns");
        let timeout = self.number("timeout_ns").unwrap_or_default();
        let completed = self.fields.iter().find(|(name, _, _)| name == "completed_ns");
        let completed = completed.map(|(_, place, _)| place.clone());
        let completion = self.completion();
        if let (Some(place), Some(end), Some(invoked)) = (completed, &completion, invoked)
            && end.at < Time::from_nanos(invoked)
        {
            let message = "this operation ends before it begins";
            self.mistake(&place, message, "`completed_ns` is at `invoked_ns` or later");
        }
        let action = self.action(name.as_deref(), action.as_deref());
        self.refuse_unknown_fields();
        let (client, invoked, action) = (client?, invoked?, action?);
        let name = name.as_deref().unwrap_or(action.name());
        self.sound.then(|| Operation {
            workload: Atom::new(&workload),
            client: client as u32,
            name: Atom::new(name),
            action,
            key,
            value,
            invoked: Time::from_nanos(invoked),
            timeout: Duration::from_nanos(timeout),
            completion,
        })
    }

    fn completion(&mut self) -> Option<Completion> {
        let (outcome, answer) = (self.text("outcome"), self.term("answer"));
        let at = self.number("completed_ns").map(Time::from_nanos);
        let outcome = match outcome?.as_str() {
            "ok" => Outcome::Ok(answer),
            "failed" => Outcome::Failed(answer),
            "unknown" => Outcome::Unknown(answer),
            other => {
                let known = suggestion(other, &["ok", "failed", "unknown"], "outcomes");
                self.mistake(self.span, &format!("unknown outcome `{other}`"), &known);
                return None;
            }
        };
        let Some(at) = at else {
            self.mistake(self.span, "an operation with an outcome needs `completed_ns`", EXAMPLE);
            return None;
        };
        Some(Completion { at, outcome })
    }

    /// An event of a recorder, with the fields that it has in EDN; `None` if it is not of a client.
    /// Other fields are skipped.
    fn event(mut self) -> Option<Event> {
        let Some((span, process)) = self.take("process") else {
            self.mistake(self.span, "an event needs `process`, `type` and `f`", EVENT);
            return None;
        };
        let (kind, name) = (self.text("type"), self.text("f"));
        let (Some(kind), Some(name)) = (kind, name) else {
            self.mistake(self.span, "an event needs `process`, `type` and `f`", EVENT);
            return None;
        };
        let Some(kind) = Kind::of(&kind) else {
            let help = suggestion(&kind, &Kind::NAMES.map(|(_, name)| name), "types");
            self.mistake(self.span, &format!("unknown type `{kind}`"), &help);
            return None;
        };
        let process = match events::client(&term_from_json(&process), kind) {
            Ok(process) => process?,
            Err(message) => {
                self.mistake(&span, &message, "what is no client has a name instead");
                return None;
            }
        };
        let (key, value) = (self.term("key"), self.term("value"));
        let error = Some(self.term("error")).filter(|error| !error.is_atom("undefined"));
        let time = self.take("time").and_then(|(_, time)| time.as_u64());
        let event = Event { span: self.span.clone(), process, kind, name, key, value, error, time };
        Some(event).filter(|_| self.sound)
    }

    fn action(&mut self, name: Option<&str>, action: Option<&str>) -> Option<Action> {
        if let Some(action) = action {
            let known = Action::NAMES.iter().find(|(_, name)| *name == action);
            if known.is_none() {
                let names = Action::NAMES.map(|(_, name)| name);
                let help = suggestion(action, &names, "actions");
                self.mistake(self.span, &format!("unknown action `{action}`"), &help);
            }
            return known.map(|(action, _)| *action);
        }
        let Some(name) = name else {
            self.mistake(
                self.span,
                "an operation needs an `action`, or a `name` that tells it",
                EXAMPLE,
            );
            return None;
        };
        let action = action_of(name);
        if action.is_none() {
            unknown_operation(name, &self.span.bytes, self.diagnostics);
        }
        action
    }

    fn refuse_unknown_fields(&mut self) {
        for (name, span, _) in std::mem::take(&mut self.fields) {
            if self.diagnostics.is_full() {
                self.mistake(&span, "", "");
                continue;
            }
            let help = suggestion(&name, &FIELDS, "fields");
            self.mistake(&span, &format!("unknown field `{name}`"), &help);
        }
    }

    fn take(&mut self, name: &str) -> Option<(Span, Value)> {
        let index = self.fields.iter().position(|(field, _, _)| field == name)?;
        let (_, span, value) = self.fields.swap_remove(index);
        Some((span, value))
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            (_, Value::String(text)) if text.chars().count() < 256 => Some(text),
            (_, Value::Null) => None,
            (span, _) => {
                self.mistake(
                    &span,
                    &format!("`{name}` needs a text of at most 255 characters"),
                    EXAMPLE,
                );
                None
            }
        }
    }

    fn term(&mut self, name: &str) -> Term {
        term_from_json(&self.take(name).map_or(Value::Null, |(_, value)| value))
    }

    fn number(&mut self, name: &str) -> Option<u64> {
        let (span, value) = self.take(name).filter(|(_, value)| !value.is_null())?;
        let most = if name == "client" { u64::from(u32::MAX) } else { u64::MAX };
        let number = value.as_u64().filter(|number| *number <= most);
        if number.is_none() {
            self.mistake(
                &span,
                &format!("`{name}` needs a whole number from 0 to {most}"),
                EXAMPLE,
            );
        }
        number
    }

    fn required_number(&mut self, name: &str) -> Option<u64> {
        if self.fields.iter().all(|(field, _, _)| field != name) {
            self.mistake(self.span, &format!("an operation needs `{name}`"), EXAMPLE);
        }
        self.number(name)
    }

    fn mistake(&mut self, span: &Span, message: &str, help: &str) {
        self.sound = false;
        self.diagnostics.error(&span.bytes, message).help(help);
    }
}

const EVENT: &str = r#"an event is like {"process":0,"type":"invoke","f":"write","value":3}"#;

const EXAMPLE: &str = r#"a line is like {"client":0,"name":"write","value":3,"invoked_ns":1000,"outcome":"ok","completed_ns":2000}"#;

/// A value as it is written, with integers of any size; or a number that is too large for a float.
fn value_of(value: ast::Value) -> Result<Value, String> {
    Ok(match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(literal) => Value::Bool(literal.value),
        ast::Value::StringLit(literal) => Value::String(literal.value.into_owned()),
        ast::Value::NumberLit(literal) => return number_of(literal.value),
        ast::Value::Array(array) => {
            array.elements.into_iter().map(value_of).collect::<Result<Value, String>>()?
        }
        ast::Value::Object(object) => {
            let entries = object.properties.into_iter();
            let entries = entries.map(|entry| {
                let name = entry.name.into_string();
                value_of(entry.value).map(|value| (name, value))
            });
            entries.collect::<Result<Value, String>>()?
        }
    })
}

fn number_of(literal: &str) -> Result<Value, String> {
    let is_whole = !literal.contains(['.', 'e', 'E']);
    let small = || literal.parse::<i64>().map(Value::from);
    let number = small().or_else(|_| literal.parse::<u64>().map(Value::from));
    match number {
        Ok(number) if is_whole => Ok(number),
        // `term_from_json` knows these.
        Err(_) if is_whole => Ok(json!({ "$integer": literal })),
        _ => {
            literal.parse::<serde_json::Number>().map(Value::Number).map_err(|_| literal.to_owned())
        }
    }
}
