//! From invocations and completions, as recorders write them, to operations.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Place, Recording, Span, action_of, unknown_operation};
use crate::diagnostic::Diagnostics;
use crate::history::{Completion, History, Operation, OperationId, Outcome};
use crate::term::{Atom, Term};
use crate::time::Time;

/// Something that a recorder wrote down of a client.
pub(super) struct Event {
    pub(super) span: Span,
    pub(super) process: u32,
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) key: Term,
    pub(super) value: Term,
}

/// What an [`Event`] is.
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

/// The operations that the events tell of, at the numbers of the events.
pub(super) fn pair(events: Vec<Event>, diagnostics: &mut Diagnostics) -> Recording {
    let (history, places, open) = (History::default(), Vec::new(), BTreeMap::new());
    let mut pairs = Pairs { history, places, open, diagnostics };
    for (number, event) in (1..).zip(events) {
        let at = Time::from_nanos(number);
        match event.kind {
            Kind::Invoke => pairs.invoke(event, at),
            Kind::Ok | Kind::Fail | Kind::Info => pairs.complete(event, at),
        }
    }
    Recording { history: pairs.history, places: pairs.places }
}

struct Pairs<'a> {
    history: History,
    places: Vec<Place>,
    /// What each process is about.
    open: BTreeMap<u32, OperationId>,
    diagnostics: &'a mut Diagnostics,
}

impl Pairs<'_> {
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
        let id = self.history.invoke(operation);
        if let Some(before) = self.open.insert(process, id) {
            let message = format!("process {process} begins something before it has ended this");
            let before = &self.places[before.0 as usize].invoked.bytes;
            let error = self.diagnostics.error(&span.bytes, message);
            error.help("a process does one thing after the other").related(before, "begun here");
        }
        self.places.push(Place { invoked: span, completed: None });
    }

    fn complete(&mut self, event: Event, at: Time) {
        let Event { span, process, kind, name, value, .. } = event;
        let Some(id) = self.open.remove(&process) else {
            let message = format!("process {process} ends a `{name}` that it has not begun");
            self.diagnostics.error(&span.bytes, message);
            return;
        };
        let begun = self.history.operations()[id.0 as usize].name;
        if begun != name.as_str() {
            let message = format!("process {process} ends a `{name}`, but has begun a `{begun}`");
            let place = &self.places[id.0 as usize].invoked.bytes;
            self.diagnostics.error(&span.bytes, message).related(place, "begun here");
        }
        let outcome = match kind {
            Kind::Ok => Outcome::Ok(value),
            Kind::Fail => Outcome::Failed(value),
            Kind::Info | Kind::Invoke => Outcome::Unknown(value),
        };
        self.history.complete(id, Completion { at, outcome });
        self.places[id.0 as usize].completed = Some(span);
    }
}
