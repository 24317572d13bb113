//! Invariants: what has to hold of the trace itself, instant by instant.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::document::shape::{Field, NameKind, Object, Shape, Variant, Variants};
use crate::document::syntax::Node;
use crate::engine::term::Atom;
use crate::engine::time::{decimal_duration, format_duration};

use super::Expectation;
use super::fault::Condition;
use super::fault::condition::{self, event_variants};
use super::reading::{Alternative, Resolver, chosen, keyed, values};
use super::writing::named;

/// Something that has to hold while a run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invariant {
    /// A state holds at every instant from a time on.
    Always {
        /// The state.
        state: State,
        /// The time from which on it holds, since the start of the run.
        from: Duration,
    },
    /// Something is never seen.
    Never(Observation),
    /// Something is seen in time.
    Eventually {
        /// The thing that is seen.
        what: Observation,
        /// The time by which it is seen, since the start of the run.
        within: Duration,
    },
    /// Something is seen at least once: a run in which it is not has put nothing to the test.
    Sometimes(Observation),
    /// An application never runs on two nodes at a time.
    AtMostOne {
        /// The application.
        application: Atom,
    },
    /// Each time that something happens, something else is seen in time.
    After {
        /// The event.
        event: Condition,
        /// The time within which the other has to be seen.
        within: Duration,
        /// The thing that has to be seen.
        then: Observation,
    },
    /// An invariant that a program checks at every step, under this name.
    Named(String),
}

/// Something that a trace can show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// It happens at an instant.
    Event(Condition),
    /// It holds for a while.
    State(State),
}

/// Something that holds for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// An application runs.
    Running {
        /// The application.
        application: Atom,
        /// The node; any node if `None`.
        on: Option<Atom>,
    },
    /// A node is up; one that stands still is.
    Up {
        /// The node.
        node: Atom,
    },
    /// A node is connected to another, as far as it knows.
    Connected {
        /// The node.
        node: Atom,
        /// The other.
        peer: Atom,
    },
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Invariant::Always { state, from } if from.is_zero() => {
                write!(f, "always: {state}")
            }
            Invariant::Always { state, from } => {
                write!(f, "always from {} on: {}", format_duration(*from), state)
            }
            Invariant::Never(what) => write!(f, "never: {what}"),
            Invariant::Eventually { what, within } => {
                write!(f, "within {}: {}", format_duration(*within), what)
            }
            Invariant::Sometimes(what) => write!(f, "sometimes: {what}"),
            Invariant::AtMostOne { application } => {
                write!(f, "at most one {application} at a time")
            }
            Invariant::After { event, within, then } => {
                let within = format_duration(*within);
                write!(f, "each time that {event}, within {within}: {then}")
            }
            Invariant::Named(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Observation::Event(event) => event.fmt(f),
            Observation::State(state) => state.fmt(f),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Running { application, on: Some(on) } => write!(f, "{application} runs on {on}"),
            State::Running { application, on: None } => write!(f, "{application} runs"),
            State::Up { node } => write!(f, "{node} is up"),
            State::Connected { node, peer } => write!(f, "{node} is connected to {peer}"),
        }
    }
}

/// The words for an invariant in a scenario file.
type InvariantForm = Alternative<fn(&Node, &Node) -> Option<Invariant>>;

/// All invariants that a file can state, in the order of the reference.
const FORMS: [InvariantForm; 6] = [
    InvariantForm {
        name: "always",
        about: "A state holds at every instant.",
        fields: |name| {
            let about = "From when on it holds, since the start of the run.";
            let state = keyed("a state", &STATES);
            vec![
                Field::required(name, state, "The state."),
                Field::default("from", Shape::Duration, "0s", about),
            ]
        },
        read: |node, value| {
            let from = node.get("from")?.duration()?;
            Some(Invariant::Always { state: read_state(value)?, from })
        },
    },
    InvariantForm {
        name: "never",
        about: "Something is never seen.",
        fields: |name| vec![seen(name)],
        read: |_, value| read_observation(value).map(Invariant::Never),
    },
    InvariantForm {
        name: "eventually",
        about: "Something is seen in time.",
        fields: |name| vec![seen(name), within("By when, since the start of the run.")],
        read: |node, value| {
            let within = node.get("within")?.duration()?;
            Some(Invariant::Eventually { what: read_observation(value)?, within })
        },
    },
    InvariantForm {
        name: "sometimes",
        about: "Something is seen at least once; a run in which it is not is inconclusive.",
        fields: |name| vec![seen(name)],
        read: |_, value| read_observation(value).map(Invariant::Sometimes),
    },
    InvariantForm {
        name: "at_most_one",
        about: "An application never runs on two nodes at a time.",
        fields: |name| vec![application(name)],
        read: |_, value| Some(Invariant::AtMostOne { application: value.atom()? }),
    },
    InvariantForm {
        name: "after",
        about: "Each time that something happens, something else is seen in time.",
        fields: |name| {
            let event = one_of("an event", event_variants());
            vec![
                Field::required(name, event, "What happens."),
                within("The time after it within which the other has to be seen."),
                Field::required("then", observation(), "The event that has to be seen."),
            ]
        },
        read: |node, value| {
            let within = node.get("within")?.duration()?;
            let then = read_observation(node.get("then")?)?;
            Some(Invariant::After { event: condition::read(value)?, within, then })
        },
    },
];

/// The words for a state in a scenario file.
type StateForm = Alternative<fn(&Node, &Node) -> Option<State>>;

const STATES: [StateForm; 3] = [
    StateForm {
        name: "running",
        about: "An application runs.",
        fields: |name| {
            let on = Shape::Name(NameKind::Node);
            vec![application(name), Field::optional("on", on, "The node; any node if left out.")]
        },
        read: |node, value| {
            let on = node.get("on").and_then(Node::atom);
            Some(State::Running { application: value.atom()?, on })
        },
    },
    StateForm {
        name: "up",
        about: "A node is up.",
        fields: |name| vec![Field::required(name, Shape::Name(NameKind::Node), "The node.")],
        read: |_, value| Some(State::Up { node: value.atom()? }),
    },
    StateForm {
        name: "connected",
        about: "A node is connected to another, as far as it knows.",
        fields: |name| {
            let about = "The node, and the one that it is connected to.";
            vec![Field::required(name, Shape::pair(Shape::Name(NameKind::Node)), about)]
        },
        read: |_, value| {
            let [node, peer] = value.items() else { return None };
            Some(State::Connected { node: node.atom()?, peer: peer.atom()? })
        },
    },
];

fn application(name: &'static str) -> Field {
    Field::required(name, Shape::Name(NameKind::Application), "The application.")
}

fn seen(name: &'static str) -> Field {
    Field::required(name, observation(), "What is seen.")
}

fn within(about: &'static str) -> Field {
    Field::required("within", Shape::Duration, about)
}

/// The shape of an invariant in a file.
pub(super) fn shape() -> Shape {
    keyed("an invariant", &FORMS)
}

fn observation() -> Shape {
    let states = STATES.iter().map(Alternative::variant);
    one_of("an observation", event_variants().into_iter().chain(states).collect())
}

fn one_of(what: &'static str, variants: Vec<Variant>) -> Shape {
    Shape::Object(Object { what, variants: Variants::Keyed(variants), ..Object::default() })
}

impl Resolver<'_> {
    /// The invariants, as the expectations that they are.
    pub(super) fn invariants(
        &mut self,
        file: &Node,
        end: Option<Duration>,
    ) -> Option<Vec<Expectation>> {
        for each in file.get("invariants").map(Node::items).unwrap_or_default() {
            self.too_late(each, end);
            let connected = each.members().iter().filter_map(|each| each.value.get("connected"));
            for pair in connected {
                self.no_repetition(pair.items());
            }
        }
        values(file, "invariants", |each| read(each).map(Expectation::Invariant))
    }

    /// Reports what the run is too short for.
    fn too_late(&mut self, invariant: &Node, end: Option<Duration>) {
        let Some(end) = end else { return };
        for name in ["from", "within"] {
            let Some(node) = invariant.get(name) else { continue };
            if node.duration().is_some_and(|time| time > end) {
                let end = format_duration(end);
                let message = format!("the run is over at {end}, before `{name}`");
                let help = format!("write at most {end}, or a longer `duration`");
                self.diagnostics.error(&node.span, message).help(help);
            }
        }
    }
}

fn read(node: &Node) -> Option<Invariant> {
    let (form, value) = chosen(&FORMS, node)?;
    (form.read)(node, value)
}

fn read_observation(node: &Node) -> Option<Observation> {
    match read_state(node) {
        Some(state) => Some(Observation::State(state)),
        None => condition::read(node).map(Observation::Event),
    }
}

fn read_state(node: &Node) -> Option<State> {
    let (form, value) = chosen(&STATES, node)?;
    (form.read)(node, value)
}

/// An invariant as JSON; `null` for one in Rust.
pub(super) fn write(invariant: &Invariant) -> Value {
    match invariant {
        Invariant::Always { state, from } => {
            json!({ "always": write_state(state), "from": decimal_duration(*from) })
        }
        Invariant::Never(what) => json!({ "never": write_observation(what) }),
        Invariant::Eventually { what, within } => {
            json!({ "eventually": write_observation(what), "within": decimal_duration(*within) })
        }
        Invariant::Sometimes(what) => json!({ "sometimes": write_observation(what) }),
        Invariant::AtMostOne { application } => json!({ "at_most_one": application }),
        Invariant::After { event, within, then } => json!({
            "after": condition::write(event),
            "within": decimal_duration(*within),
            "then": write_observation(then),
        }),
        Invariant::Named(_) => Value::Null,
    }
}

fn write_observation(observation: &Observation) -> Value {
    match observation {
        Observation::Event(event) => condition::write(event),
        Observation::State(state) => write_state(state),
    }
}

fn write_state(state: &State) -> Value {
    let of = |name, subject: &Atom| Map::from_iter([named(name, json!(subject))]);
    match state {
        State::Running { application, on } => {
            let mut fields = of("running", application);
            fields.extend(on.map(|on| named("on", json!(on))));
            Value::Object(fields)
        }
        State::Up { node } => Value::Object(of("up", node)),
        State::Connected { node, peer } => json!({ "connected": [node, peer] }),
    }
}
