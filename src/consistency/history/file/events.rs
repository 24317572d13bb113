//! From invocations and completions, as recorders write them, to operations.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Place, Recording, Span, action_of, unknown_operation};
use crate::consistency::history::{Action, Completion, Operation, Outcome};
use crate::document::diagnostic::Diagnostics;
use crate::engine::term::{Atom, Term};
use crate::engine::time::Time;

/// An event of a client, as a recorder wrote it.
pub(super) struct Event {
    pub(super) span: Span,
    pub(super) process: u32,
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) key: Term,
    pub(super) value: Term,
    /// The reason why it failed, or why its outcome is unknown, if the recorder gives one.
    pub(super) error: Option<Term>,
    /// The time in nanoseconds, if the recorder gives one.
    pub(super) time: Option<u64>,
}

/// The kind of an [`Event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Invoke,
    Ok,
    Fail,
    Info,
}

impl Kind {
    pub(super) const NAMES: [(Kind, &str); 4] =
        [(Kind::Invoke, "invoke"), (Kind::Ok, "ok"), (Kind::Fail, "fail"), (Kind::Info, "info")];

    pub(super) fn of(name: &str) -> Option<Kind> {
        Kind::NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

/// The number of the client that an event is of; `None` if it is of something else, as the nemesis,
/// which has a name.
///
/// # Errors
/// If it is neither, or if a named process does something that only clients do.
pub(super) fn client(process: &Term, kind: Kind) -> Result<Option<u32>, String> {
    let text = process.as_atom().map(|name| name.as_str().to_owned());
    let name = text.or_else(|| process.as_str().map(str::to_owned));
    match name.as_deref() {
        Some("undefined") => Err("a process is a number from 0, not nil".to_owned()),
        Some("nemesis") => Ok(None),
        Some(_) if kind == Kind::Info => Ok(None),
        Some(name) => {
            let what = "a process is a number, or a keyword if it is no client";
            Err(format!("{what}; give `{name}` a number"))
        }
        None => {
            let number = process.as_integer().and_then(|number| u32::try_from(number).ok());
            number.map(Some).ok_or_else(|| format!("a process is a number from 0, not {process}"))
        }
    }
}

/// The operations that the events tell of.
///
/// The order of the events counts. Their recorded times are used if they agree with it; otherwise
/// the time of each is its number.
pub(super) fn pair(mut events: Vec<Event>, diagnostics: &mut Diagnostics) -> Recording {
    if are_independent(&events) {
        events.iter_mut().for_each(split_key);
    }
    let times = times(&events);
    let mut pairs = Pairs::new(diagnostics);
    for (at, event) in times.into_iter().zip(events) {
        match event.kind {
            Kind::Invoke if event.name == DRAIN => pairs.begin_drain(event, at),
            Kind::Ok | Kind::Fail | Kind::Info if event.name == DRAIN => pairs.end_drain(event, at),
            Kind::Invoke => pairs.invoke(event, at),
            Kind::Ok | Kind::Fail | Kind::Info => pairs.complete(event, at),
        }
    }
    pairs.recording()
}

/// The time of each event: as recorded, if each is later than the one before, or else its number,
/// counted from 1.
fn times(events: &[Event]) -> Vec<Time> {
    let told: Option<Vec<u64>> = events.iter().map(|event| event.time).collect();
    let in_order = |times: &Vec<u64>| times.is_sorted_by(|one, next| one < next);
    let times = told.filter(in_order).unwrap_or_else(|| (1..=events.len() as u64).collect());
    times.into_iter().map(Time::from_nanos).collect()
}

/// True if all values are pairs of a key and a value, as `jepsen.independent` writes them. The sign
/// is an operation without a value that is begun with a key and nothing.
fn are_independent(events: &[Event]) -> bool {
    let mut begun = events.iter().filter(|event| event.kind == Kind::Invoke);
    let brings_nothing = |event: &Event| match (event.value.as_list(), action_of(&event.name)) {
        (Some([key, value]), Some(action)) => !brings(action) && is_nil(value) && !is_nil(key),
        _ => false,
    };
    let is_pair = |event: &Event| matches!(event.value.as_list(), Some([_, _]));
    begun.clone().any(brings_nothing)
        && begun.all(|event| is_pair(event) && event.key.is_atom("undefined"))
}

/// Takes the key out of a value.
fn split_key(event: &mut Event) {
    if let Some([key, value]) = event.value.as_list() {
        (event.key, event.value) = (key.clone(), value.clone());
    }
}

/// The name of the operation that takes all values out of a queue.
const DRAIN: &str = "drain";

struct Pairs<'a> {
    operations: Vec<(Operation, Place)>,
    /// The open operation of each process.
    open: BTreeMap<u32, usize>,
    /// The processes that drain a queue: since when.
    drains: BTreeMap<u32, (Span, Time)>,
    /// The names of the operations whose values appear only at their ends.
    told_late: BTreeSet<Atom>,
    diagnostics: &'a mut Diagnostics,
}

impl<'a> Pairs<'a> {
    fn new(diagnostics: &'a mut Diagnostics) -> Pairs<'a> {
        Pairs {
            operations: Vec::new(),
            open: BTreeMap::new(),
            drains: BTreeMap::new(),
            told_late: BTreeSet::new(),
            diagnostics,
        }
    }

    fn invoke(&mut self, event: Event, at: Time) {
        let Event { span, process, name, key, value, .. } = event;
        let Some(action) = action_of(&name) else {
            unknown_operation(&name, &span.bytes, self.diagnostics);
            return;
        };
        let operation = Operation {
            workload: Atom::new("process"),
            client: process,
            name: Atom::new(&name),
            action,
            key,
            value,
            invoked: at,
            timeout: Duration::ZERO,
            completion: None,
        };
        if let Some(before) = self.open.insert(process, self.operations.len()) {
            let message = format!("process {process} begins something before it has ended this");
            let before = &self.operations[before].1.invoked.bytes;
            let error = self.diagnostics.error(&span.bytes, message);
            error.help("a process does one thing after the other").related(before, "begun here");
        }
        self.operations.push((operation, Place { invoked: span, completed: None }));
    }

    fn complete(&mut self, event: Event, at: Time) {
        let Event { span, process, kind, name, key, value, error, .. } = event;
        let Some(index) = self.open.remove(&process) else {
            let message = format!("process {process} ends a `{name}` that it has not begun");
            self.diagnostics.error(&span.bytes, message);
            return;
        };
        let (operation, place) = &mut self.operations[index];
        if operation.name != name.as_str() {
            let begun = operation.name;
            let message = format!("process {process} ends a `{name}`, but has begun a `{begun}`");
            self.diagnostics
                .error(&span.bytes, message)
                .related(&place.invoked.bytes, "begun here");
        }
        if is_nil(&operation.key) {
            operation.key = key;
        }
        let tells = kind == Kind::Ok || (kind == Kind::Info && error.is_some());
        if brings(operation.action) && is_nil(&operation.value) && tells && !is_nil(&value) {
            operation.value = value.clone();
            self.told_late.insert(operation.name);
        }
        let outcome = match kind {
            Kind::Ok => Outcome::Ok(value),
            Kind::Fail => Outcome::Failed(error.unwrap_or(value)),
            Kind::Info | Kind::Invoke => Outcome::Unknown(error.unwrap_or(value)),
        };
        operation.completion.get_or_insert(Completion { at, outcome });
        place.completed = Some(span);
    }

    fn begin_drain(&mut self, event: Event, at: Time) {
        self.drains.insert(event.process, (event.span, at));
    }

    /// A drain takes one value after the other, until there is none.
    fn end_drain(&mut self, event: Event, at: Time) {
        let Event { span, process, kind, key, value, .. } = event;
        let Some((begun, invoked)) = self.drains.remove(&process) else {
            let message = format!("process {process} ends a `{DRAIN}` that it has not begun");
            self.diagnostics.error(&span.bytes, message);
            return;
        };
        let taken = match (kind, value.as_list()) {
            (Kind::Fail, _) => return,
            (Kind::Ok, Some(taken)) => taken,
            _ => {
                let message = "a drain needs the list of what it took: nobody knows what is left";
                self.diagnostics.error(&span.bytes, message);
                return;
            }
        };
        let nothing = Term::atom("undefined");
        for value in taken.iter().chain([&nothing]) {
            let operation = Operation {
                workload: Atom::new("process"),
                client: process,
                name: Atom::new("dequeue"),
                action: Action::Dequeue,
                key: key.clone(),
                value: nothing.clone(),
                invoked,
                timeout: Duration::ZERO,
                completion: Some(Completion { at, outcome: Outcome::Ok(value.clone()) }),
            };
            let place = Place { invoked: begun.clone(), completed: Some(span.clone()) };
            self.operations.push((operation, place));
        }
    }

    fn recording(mut self) -> Recording {
        for (span, _) in self.drains.into_values() {
            let message = "this drain has no end: nobody knows what is left";
            self.diagnostics.error(&span.bytes, message);
        }
        self.operations.sort_by_key(|(operation, _)| operation.invoked);
        let mut recording = Recording::default();
        for (mut operation, place) in self.operations {
            let is_without_value = lacks_value(&operation, &self.told_late);
            if is_without_value {
                operation.action = Action::Other;
            }
            let id = recording.history.invoke(operation);
            recording.places.push(place);
            recording.without_value.extend(is_without_value.then_some(id));
        }
        recording
    }
}

/// True if an operation that may have been done brings an unknown value: it would have appeared at
/// its end.
fn lacks_value(operation: &Operation, told_late: &BTreeSet<Atom>) -> bool {
    let may_be_done = match operation.completion.as_ref().map(|end| &end.outcome) {
        None | Some(Outcome::Unknown(_)) => true,
        Some(Outcome::Ok(_) | Outcome::Failed(_)) => false,
    };
    let needs_one = match operation.action {
        // A register may well be set to nothing.
        Action::Write => told_late.contains(&operation.name),
        action => brings(action),
    };
    may_be_done && needs_one && is_nil(&operation.value)
}

/// True if operations with this action bring a value.
const fn brings(action: Action) -> bool {
    match action {
        Action::Write
        | Action::CompareAndSet
        | Action::Append
        | Action::Add
        | Action::Remove
        | Action::Enqueue
        | Action::Contains
        | Action::Transfer
        | Action::Transaction => true,
        Action::Delete
        | Action::Read
        | Action::Dequeue
        | Action::Acquire
        | Action::Release
        | Action::Other => false,
    }
}

fn is_nil(term: &Term) -> bool {
    term.is_atom("undefined")
}
