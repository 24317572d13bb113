//! The shapes of invariants.

use crate::document::shape::{Field, NameKind, Object, Shape, Variant, Variants};

use super::fault::event_variants;

pub(super) fn invariant() -> Shape {
    let kind = |about, fields: Vec<Field>| Variant { name: fields[0].name, about, fields };
    let observed = |name| Field::required(name, observation(), "What is seen.");
    let within = |about| Field::required("within", Shape::Duration, about);
    let from = "From when on it holds, since the start of the run.";
    let application = Shape::Name(NameKind::Application);
    let variants = vec![
        kind(
            "A state holds at every instant.",
            vec![
                Field::required("always", state(), "The state."),
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
                Field::required("after", event(), "What happens."),
                within("How long after it the other has to be seen."),
                Field::required("then", observation(), "What has to be seen."),
            ],
        ),
    ];
    keyed("an invariant", variants)
}

fn keyed(what: &'static str, variants: Vec<Variant>) -> Shape {
    Shape::Object(Object { what, variants: Variants::Keyed(variants), ..Object::default() })
}

fn event() -> Shape {
    keyed("an event", event_variants())
}

fn state() -> Shape {
    keyed("a state", state_variants())
}

fn observation() -> Shape {
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
