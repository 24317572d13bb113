//! Histories as JSON lines, an operation a line.

use std::io;
use std::time::Duration;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::{Value, json};

use super::events::{self, Event, Kind};
use super::{Place, Recording, Span, action_of, lines, unknown_operation};
use crate::diagnostic::{Diagnostics, suggestion};
use crate::history::{Action, Completion, History, Operation, Outcome};
use crate::term::{Atom, Term, term_from_json, term_to_json};
use crate::time::{Time, nanos};

/// Writes a history as JSON lines: an operation a line, in the order of their invocation.
///
/// | field | holds | if it is not there |
/// |---|---|---|
/// | `workload`, `client` | who: a name, and a number within | `"clients"`, required |
/// | `name` | what the user calls it | the action's name |
/// | `action` | what it does: [`Action::name`] | what `name` says |
/// | `key`, `value` | what it is about, what it brings | `null` |
/// | `invoked_ns` | when the client began | required |
/// | `timeout_ns` | how long it was prepared to wait | 0 |
/// | `outcome` | `"ok"`, `"failed"`, `"unknown"`; `null` while it goes on | `null` |
/// | `completed_ns` | when the client knew | required with an outcome |
/// | `answer` | what it was told: the answer, or the reason | `null` |
///
/// Times are nanoseconds of virtual time; terms are JSON as [`term_to_json`] says.
///
/// Events are read as well, one a line: `{"process":0,"type":"invoke","f":"write","value":3}`, as in
/// [`Format::Edn`](super::Format::Edn).
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_history(history: &History, mut out: impl io::Write) -> io::Result<()> {
    for operation in history.operations() {
        serde_json::to_writer(&mut out, &to_json(operation))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn to_json(operation: &Operation) -> Value {
    let Operation { workload, client, name, action, key, value, invoked, timeout, completion } =
        operation;
    let (outcome, answer) = match completion.as_ref().map(|completion| &completion.outcome) {
        None => (None, None),
        Some(Outcome::Ok(answer)) => (Some("ok"), Some(answer)),
        Some(Outcome::Failed(reason)) => (Some("failed"), Some(reason)),
        Some(Outcome::Unknown(reason)) => (Some("unknown"), Some(reason)),
    };
    json!({
        "workload": workload,
        "client": client,
        "name": name,
        "action": action.name(),
        "key": term_to_json(key),
        "value": term_to_json(value),
        "invoked_ns": invoked,
        "timeout_ns": nanos(*timeout),
        "outcome": outcome,
        "completed_ns": completion.as_ref().map(|completion| completion.at),
        "answer": answer.map(term_to_json),
    })
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
    let mut recording = Recording { history: History::default(), places: Vec::new() };
    let mut values = lines(text).filter_map(|(line, _)| line.parse::<Value>().ok());
    let first = values.find(Value::is_object);
    let goes_on = lines(text).nth(1).is_some();
    if let Some((_, span)) = lines(text).next().filter(|_| first.is_none() && goes_on) {
        // Each line of an object that goes over several would be a mistake of its own.
        diagnostics
            .error(&span.bytes, "expected an object on each line, and there is none on any")
            .help(EXAMPLE);
        return recording;
    }
    if first.is_some_and(|first| first.get("f").is_some()) {
        let events =
            lines(text).filter_map(|(line, span)| Line::parse(line, &span, diagnostics)?.event());
        return events::pair(events.collect::<Vec<_>>(), diagnostics);
    }
    let all = lines(text).filter_map(|(line, span)| {
        let operation = Line::parse(line, &span, diagnostics)?.operation()?;
        Some((operation, span))
    });
    let mut all: Vec<(Operation, Span)> = all.collect();
    all.sort_by_key(|(operation, _)| operation.invoked);
    for (operation, span) in all {
        let completed = operation.completion.is_some().then(|| span.clone());
        recording.history.invoke(operation);
        recording.places.push(Place { invoked: span, completed });
    }
    recording
}

/// The fields of a line, which are taken out one by one.
struct Line<'a> {
    fields: Vec<(String, Span, Value)>,
    span: &'a Span,
    diagnostics: &'a mut Diagnostics,
    /// Whether all is well so far.
    sound: bool,
}

impl<'a> Line<'a> {
    fn parse(line: &str, span: &'a Span, diagnostics: &'a mut Diagnostics) -> Option<Line<'a>> {
        let shifted = |range: &dyn Ranged| {
            let bytes = span.bytes.start + range.start()..span.bytes.start + range.end();
            Span { bytes, line: span.line }
        };
        let parsed = parse_to_ast(line, &CollectOptions::default(), &STRICT);
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
        let fields = object.properties.into_iter().map(|property| {
            let place = shifted(&property);
            let value = property.value.text(line).parse().unwrap_or_default();
            (property.name.into_string(), place, value)
        });
        let fields = fields.collect();
        Some(Line { fields, span, diagnostics, sound: true })
    }

    fn operation(mut self) -> Option<Operation> {
        let workload = self.text("workload").unwrap_or_else(|| "clients".to_owned());
        let client = self.required_number("client");
        let (name, action) = (self.text("name"), self.text("action"));
        let (key, value) = (self.term("key"), self.term("value"));
        let invoked = self.required_number("invoked_ns");
        let timeout = self.number("timeout_ns").unwrap_or_default();
        let completion = self.completion();
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

    /// What a recorder wrote down, with the fields that it has in EDN; nothing if it is not of
    /// a client. Other fields are passed over.
    fn event(mut self) -> Option<Event> {
        let Some((span, process)) = self.take("process") else {
            self.mistake(self.span, "an event needs `process`, `type` and `f`", EVENT);
            return None;
        };
        if process.is_string() || process.is_null() {
            return None;
        }
        let Some(process) = process.as_u64().and_then(|number| u32::try_from(number).ok()) else {
            let message = format!("a process is a number from 0, not {process}");
            self.mistake(&span, &message, "what is no client has a name instead");
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
        let (key, value) = (self.term("key"), self.term("value"));
        let error = Some(self.term("error")).filter(|error| !error.is_atom("undefined"));
        let time = self.take("time").and_then(|(_, time)| time.as_u64());
        Some(Event { span: self.span.clone(), process, kind, name, key, value, error, time })
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

/// JSON as the standard has it.
pub(crate) const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_trailing_commas: false,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};
