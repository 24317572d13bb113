//! The shapes of what keeps nodes running and connected.

use crate::document::shape::{Field, NameKind, Object, Shape};

/// The field of a node that says whether it connects again by itself.
pub(super) fn reconnect() -> Field {
    let to = Field::optional(
        "to",
        Shape::some(Shape::Name(NameKind::Node)),
        "The nodes that it connects to; all that are not hidden and have its cookie if left out.",
    );
    let every = Field::required("every", Shape::Timeout, EVERY);
    let shapes = vec![Shape::Timeout, Shape::object("reconnecting", vec![every, to])];
    Field::optional(
        "reconnect",
        Shape::OneOf(shapes),
        "How often it connects by itself to the nodes that it is not connected to, as libcluster and \
         brokers do; never if \"infinity\"; as the network says if left out, and never if that says \
         nothing. Erlang itself connects only when something is sent.",
    )
}

/// The same for all nodes that do not say.
pub(super) fn network_reconnect() -> Field {
    let every = Field::required("every", Shape::Duration, EVERY);
    let shapes = vec![Shape::Duration, Shape::object("reconnecting of all nodes", vec![every])];
    Field::optional(
        "reconnect",
        Shape::OneOf(shapes),
        "How often nodes connect by themselves to those that they are not connected to, unless they say \
         otherwise or are hidden; never if left out.",
    )
}

const EVERY: &str = "The time between two rounds of attempts.";

/// The names of the policies.
const POLICIES: [&str; 2] = ["always", "on_failure"];

/// The field of a node that says whether it is started again when it has gone down.
pub(super) fn restart() -> Field {
    let fields = vec![
        Field::default(
            "policy",
            Shape::Choice(POLICIES.to_vec()),
            "always",
            "After which ends: any, or any but a stop in order.",
        ),
        Field::default("after", Shape::Duration, "1s", "How long after its first end."),
        Field::default(
            "backoff",
            Shape::Number { min: 1.0 },
            1,
            "How many times longer each further delay is: with 2 it doubles.",
        ),
        Field::default("max_delay", Shape::Duration, "5m", "The longest delay."),
        Field::default(
            "reset_after",
            Shape::Duration,
            "10m",
            "After it has run for this long, the next delay is the first one again.",
        ),
        Field::optional(
            "at_most",
            Shape::Integer { min: 1, max: i128::from(u32::MAX) },
            "How often it is started again until it stays down; without end if left out.",
        ),
        Field::optional("within", Shape::Duration, "Only restarts within this time count."),
    ];
    let policy = Object {
        what: "a restart policy",
        fields,
        requires: vec![("within", "at_most")],
        ..Object::default()
    };
    let shapes = vec![Shape::Choice(POLICIES.to_vec()), Shape::Object(policy)];
    Field::optional(
        "restart",
        Shape::OneOf(shapes),
        "Whether it is started again whenever it has gone down, for whatever reason, as heart, systemd \
         and Kubernetes do; not if left out.",
    )
}
