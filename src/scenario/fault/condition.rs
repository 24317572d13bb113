//! Conditions: what a trace record has to show, for a fault to strike or an invariant to hold.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::document::shape::{Field, NameKind, Shape, Variant};
use crate::document::syntax::Node;
use crate::engine::term::Atom;
use crate::engine::trace::{
    ApplicationFact, ConnectionFact, Fact, Level, ProcessFact, TraceRecord,
};
use crate::scenario::reading::{Alternative, chosen, keyed};
use crate::scenario::writing::named;
use crate::spelling::Choice;

/// Something that a trace record can show. Fields that are `None` match any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// An application has started.
    ApplicationStarted {
        /// The application.
        application: Atom,
        /// Its node.
        on: Option<Atom>,
    },
    /// An application has stopped, in order or not.
    ApplicationStopped {
        /// The application.
        application: Atom,
        /// Its node.
        on: Option<Atom>,
    },
    /// A node has been found to be down.
    NodeDown {
        /// The node that is lost.
        node: Atom,
        /// The node that noticed.
        seen_by: Option<Atom>,
    },
    /// A connection to a node has come up.
    NodeUp {
        /// The node that is back.
        node: Atom,
        /// The node that noticed.
        seen_by: Option<Atom>,
    },
    /// A registered process has ended.
    ProcessExited {
        /// Its registered name.
        name: Atom,
        /// Its node.
        on: Option<Atom>,
    },
    /// A process has logged something.
    Logged {
        /// A part of the text.
        text: String,
        /// Its level.
        level: Option<Level>,
        /// Its node.
        on: Option<Atom>,
    },
    /// A process has been registered under a name that it did not have.
    NameRegistered {
        /// The name.
        name: Atom,
        /// The node.
        on: Option<Atom>,
    },
    /// This many client operations have been answered without an error.
    OperationsCompleted(u32),
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |before: &str, place: &Option<Atom>| {
            place.map_or(String::new(), |place| format!("{before}{place}"))
        };
        match self {
            Condition::ApplicationStarted { application, on } => {
                write!(f, "{application} starts{}", place(" on ", on))
            }
            Condition::ApplicationStopped { application, on } => {
                write!(f, "{application} stops{}", place(" on ", on))
            }
            Condition::NodeDown { node, seen_by } => {
                write!(f, "{node} is found to be down{}", place(" by ", seen_by))
            }
            Condition::NodeUp { node, seen_by } => {
                write!(f, "{node} is connected to{}", place(" by ", seen_by))
            }
            Condition::ProcessExited { name, on } => write!(f, "{name} ends{}", place(" on ", on)),
            Condition::Logged { text, level, on } => {
                let level = level.map_or(String::new(), |level| format!(" as {}", level.word()));
                write!(f, "{text:?} is logged{level}{}", place(" on ", on))
            }
            Condition::NameRegistered { name, on } => {
                write!(f, "{name} is registered{}", place(" on ", on))
            }
            Condition::OperationsCompleted(count) => write!(f, "{count} operations are answered"),
        }
    }
}

/// The words for a condition in a scenario file.
type ConditionForm = Alternative<fn(&Node, &Node) -> Option<Condition>>;

/// The conditions that a single record can show.
const EVENTS: [&ConditionForm; 6] =
    [&APPLICATION_STARTED, &APPLICATION_STOPPED, &NODE_DOWN, &NODE_UP, &PROCESS_EXITED, &LOGGED];

const APPLICATION_STARTED: ConditionForm = ConditionForm {
    name: "application_started",
    about: "An application has started.",
    fields: |name| vec![application(name), on()],
    read: |node, value| {
        let (application, on) = (value.atom()?, read_on(node));
        Some(Condition::ApplicationStarted { application, on })
    },
};

const APPLICATION_STOPPED: ConditionForm = ConditionForm {
    name: "application_stopped",
    about: "An application has stopped.",
    fields: |name| vec![application(name), on()],
    read: |node, value| {
        let (application, on) = (value.atom()?, read_on(node));
        Some(Condition::ApplicationStopped { application, on })
    },
};

const NODE_DOWN: ConditionForm = ConditionForm {
    name: "nodedown",
    about: "A node has been found to be down.",
    fields: |name| vec![node(name), seen_by()],
    read: |node, value| {
        Some(Condition::NodeDown { node: value.atom()?, seen_by: read_seen_by(node) })
    },
};

const NODE_UP: ConditionForm = ConditionForm {
    name: "nodeup",
    about: "A connection to a node has come up.",
    fields: |name| vec![node(name), seen_by()],
    read: |node, value| {
        Some(Condition::NodeUp { node: value.atom()?, seen_by: read_seen_by(node) })
    },
};

const PROCESS_EXITED: ConditionForm = ConditionForm {
    name: "process_exited",
    about: "A registered process has ended.",
    fields: |name| vec![Field::required(name, Shape::Name(NameKind::Atom), "Its name."), on()],
    read: |node, value| Some(Condition::ProcessExited { name: value.atom()?, on: read_on(node) }),
};

const LOGGED: ConditionForm = ConditionForm {
    name: "logged",
    about: "A process has logged something.",
    fields: |name| {
        let level = Shape::choice::<Level>();
        vec![
            Field::required(name, Shape::Text, "What the text contains; any if empty."),
            Field::optional("level", level, "Its level; any if left out."),
            on(),
        ]
    },
    read: |node, value| {
        let text = value.text()?.to_owned();
        let level = match node.get("level") {
            Some(level) => Some(level.choice()?),
            None => None,
        };
        Some(Condition::Logged { text, level, on: read_on(node) })
    },
};

const NAME_REGISTERED: ConditionForm = ConditionForm {
    name: "name_registered",
    about: "A process has been registered under a name.",
    fields: |name| vec![Field::required(name, Shape::Name(NameKind::Atom), "The name."), on()],
    read: |node, value| Some(Condition::NameRegistered { name: value.atom()?, on: read_on(node) }),
};

const OPERATIONS_COMPLETED: ConditionForm = ConditionForm {
    name: "operations_completed",
    about: "This many operations have succeeded.",
    fields: |name| {
        let count = Shape::Integer { min: 1, max: i128::from(u32::MAX) };
        vec![Field::required(name, count, "The number.")]
    },
    read: |_, value| value.integer().map(Condition::OperationsCompleted),
};

fn all() -> impl Iterator<Item = &'static ConditionForm> {
    EVENTS.into_iter().chain([&NAME_REGISTERED, &OPERATIONS_COMPLETED])
}

fn application(name: &'static str) -> Field {
    Field::required(name, Shape::Name(NameKind::Application), "The application.")
}

fn node(name: &'static str) -> Field {
    Field::required(name, Shape::Name(NameKind::Node), "The node.")
}

fn on() -> Field {
    Field::optional("on", Shape::Name(NameKind::Node), "The node; any node if left out.")
}

fn read_on(node: &Node) -> Option<Atom> {
    node.get("on").and_then(Node::atom)
}

fn seen_by() -> Field {
    let about = "The node that notices; any if left out.";
    Field::optional("seen_by", Shape::Name(NameKind::Node), about)
}

fn read_seen_by(node: &Node) -> Option<Atom> {
    node.get("seen_by").and_then(Node::atom)
}

/// The shape of a condition in a file.
pub(super) fn shape() -> Shape {
    keyed("a condition", all())
}

/// The shapes of the conditions that a single record can show.
pub(in crate::scenario) fn event_variants() -> Vec<Variant> {
    EVENTS.iter().map(|form| form.variant()).collect()
}

/// The condition that an object of a file is.
pub(in crate::scenario) fn read(node: &Node) -> Option<Condition> {
    let (form, value) = chosen(all(), node)?;
    (form.read)(node, value)
}

/// A condition as JSON.
pub(in crate::scenario) fn write(condition: &Condition) -> Value {
    let of = |form: &ConditionForm, subject: &Atom, place, node: &Option<Atom>| {
        let mut fields = Map::from_iter([named(form.name, json!(subject))]);
        fields.extend(node.map(|node| named(place, json!(node))));
        Value::Object(fields)
    };
    match condition {
        Condition::ApplicationStarted { application, on } => {
            of(&APPLICATION_STARTED, application, "on", on)
        }
        Condition::ApplicationStopped { application, on } => {
            of(&APPLICATION_STOPPED, application, "on", on)
        }
        Condition::NodeDown { node, seen_by } => of(&NODE_DOWN, node, "seen_by", seen_by),
        Condition::NodeUp { node, seen_by } => of(&NODE_UP, node, "seen_by", seen_by),
        Condition::ProcessExited { name, on } => of(&PROCESS_EXITED, name, "on", on),
        Condition::Logged { text, level, on } => {
            let mut fields = Map::from_iter([named(LOGGED.name, json!(text))]);
            fields.extend(level.map(|level| named("level", json!(level.word()))));
            fields.extend(on.map(|on| named("on", json!(on))));
            Value::Object(fields)
        }
        Condition::NameRegistered { name, on } => of(&NAME_REGISTERED, name, "on", on),
        Condition::OperationsCompleted(count) => json!({ OPERATIONS_COMPLETED.name: count }),
    }
}

impl Condition {
    /// True if the record shows it. [`Condition::OperationsCompleted`] is in no record, but in the
    /// history, and [`Condition::NameRegistered`] in the state of the world.
    #[must_use]
    pub fn is_met_by(&self, record: &TraceRecord) -> bool {
        let node = record.node;
        match (self, &record.fact) {
            (
                Condition::ApplicationStarted { application, on },
                Fact::Application(ApplicationFact::Started { application: started, .. }),
            ) => application == started && matches(*on, node),
            (
                Condition::ApplicationStopped { application, on },
                Fact::Application(ApplicationFact::Stopped { application: stopped, .. }),
            ) => application == stopped && matches(*on, node),
            (
                Condition::NodeDown { node: down, seen_by },
                Fact::Connection(ConnectionFact::Down { peer, .. }),
            )
            | (
                Condition::NodeUp { node: down, seen_by },
                Fact::Connection(ConnectionFact::Up { peer }),
            ) => down == peer && matches(*seen_by, node),
            (
                Condition::ProcessExited { name, on },
                Fact::Process(ProcessFact::Exited { label, .. }),
            ) => name == label && matches(*on, node),
            (Condition::Logged { text, level, on }, Fact::Log(log)) => {
                log.text.contains(text.as_str())
                    && level.is_none_or(|level| level == log.level)
                    && matches(*on, node)
            }
            (
                Condition::ApplicationStarted { .. }
                | Condition::ApplicationStopped { .. }
                | Condition::NodeDown { .. }
                | Condition::NodeUp { .. }
                | Condition::ProcessExited { .. }
                | Condition::Logged { .. }
                | Condition::NameRegistered { .. }
                | Condition::OperationsCompleted(_),
                _,
            ) => false,
        }
    }
}

fn matches(wanted: Option<Atom>, found: Option<Atom>) -> bool {
    wanted.is_none() || wanted == found
}
