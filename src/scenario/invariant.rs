//! Invariants: what has to hold of the trace itself, instant by instant.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::document::shape::{Field, NameKind, Object, Shape, Variant, Variants};
use crate::document::syntax::{Member, Node};
use crate::engine::term::Atom;
use crate::engine::time::{decimal_duration, format_duration};

use super::Expectation;
use super::fault::Condition;
use super::fault::condition::{self, event_variants};
use super::reading::{Resolver, unknown_choice, values};
use super::writing::named;

/// Something that has to hold while a run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invariant {
    /// A state holds at every instant from a time on.
    Always {
        /// The state.
        state: State,
        /// From when on, since the start of the run.
        from: Duration,
    },
    /// Something is never seen.
    Never(Observation),
    /// Something is seen in time.
    Eventually {
        /// What is seen.
        what: Observation,
        /// By when, since the start of the run.
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
        /// What happens.
        event: Condition,
        /// How long after it the other has to be seen.
        within: Duration,
        /// What has to be seen.
        then: Observation,
    },
    /// What a program asks of the world at every step, under this name.
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
        /// Where; anywhere if nothing.
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

pub(super) fn shape() -> Shape {
    let kind = |about, fields: Vec<Field>| Variant { name: fields[0].name, about, fields };
    let observed = |name| Field::required(name, observation_shape(), "What is seen.");
    let within = |about| Field::required("within", Shape::Duration, about);
    let from = "From when on it holds, since the start of the run.";
    let application = Shape::Name(NameKind::Application);
    let variants = vec![
        kind(
            "A state holds at every instant.",
            vec![
                Field::required("always", state_shape(), "The state."),
                Field::default("from", Shape::Duration, "0s", from),
            ],
        ),
        kind("Something is never seen.", vec![observed("never")]),
        kind(
            "Something is seen in time.",
            vec![observed("eventually"), within("By when, since the start of the run.")],
        ),
        kind(
            "Something is seen at least once; a run in which it is not is inconclusive.",
            vec![observed("sometimes")],
        ),
        kind(
            "An application never runs on two nodes at a time.",
            vec![Field::required("at_most_one", application, "The application.")],
        ),
        kind(
            "Each time that something happens, something else is seen in time.",
            vec![
                Field::required("after", event_shape(), "What happens."),
                within("How long after it the other has to be seen."),
                Field::required("then", observation_shape(), "What has to be seen."),
            ],
        ),
    ];
    keyed("an invariant", variants)
}

fn keyed(what: &'static str, variants: Vec<Variant>) -> Shape {
    Shape::Object(Object { what, variants: Variants::Keyed(variants), ..Object::default() })
}

fn event_shape() -> Shape {
    keyed("an event", event_variants())
}

fn state_shape() -> Shape {
    keyed("a state", state_variants())
}

fn observation_shape() -> Shape {
    keyed("an observation", event_variants().into_iter().chain(state_variants()).collect())
}

fn state_variants() -> Vec<Variant> {
    let kind = |about, fields: Vec<Field>| Variant { name: fields[0].name, about, fields };
    let node = || Shape::Name(NameKind::Node);
    let running =
        Field::required("running", Shape::Name(NameKind::Application), "The application.");
    let on = Field::optional("on", node(), "Where; anywhere if left out.");
    let pair = "The node, and the one that it is connected to.";
    vec![
        kind("An application runs.", vec![running, on]),
        kind("A node is up.", vec![Field::required("up", node(), "The node.")]),
        kind(
            "A node is connected to another, as far as it knows.",
            vec![Field::required("connected", Shape::pair(node()), pair)],
        ),
    ]
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
        values(file, "invariants", |each| invariant(each).map(Expectation::Invariant))
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

fn invariant(node: &Node) -> Option<Invariant> {
    let Member { name, value, .. } = node.members().first()?;
    let duration = |name| node.get(name).and_then(Node::duration);
    Some(match name.as_str() {
        "always" => Invariant::Always { state: state(value)?, from: duration("from")? },
        "never" => Invariant::Never(observation(value)?),
        "eventually" => {
            Invariant::Eventually { what: observation(value)?, within: duration("within")? }
        }
        "sometimes" => Invariant::Sometimes(observation(value)?),
        "at_most_one" => Invariant::AtMostOne { application: value.atom()? },
        "after" => Invariant::After {
            event: condition::read(value)?,
            within: duration("within")?,
            then: observation(node.get("then")?)?,
        },
        other => unknown_choice(other),
    })
}

fn observation(node: &Node) -> Option<Observation> {
    let states = ["running", "up", "connected"];
    if states.contains(&node.members().first()?.name.as_str()) {
        state(node).map(Observation::State)
    } else {
        condition::read(node).map(Observation::Event)
    }
}

fn state(node: &Node) -> Option<State> {
    let Member { name, value, .. } = node.members().first()?;
    Some(match name.as_str() {
        "running" => {
            State::Running { application: value.atom()?, on: node.get("on").and_then(Node::atom) }
        }
        "up" => State::Up { node: value.atom()? },
        "connected" => {
            let [node, peer] = value.items() else { return None };
            State::Connected { node: node.atom()?, peer: peer.atom()? }
        }
        other => unknown_choice(other),
    })
}

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
