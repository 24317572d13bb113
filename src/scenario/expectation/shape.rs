//! The shapes of expectations.

use crate::document::shape::{Field, NameKind, Object, Shape, Variant, Variants};
use crate::scenario::file::shape::U32;

pub(in crate::scenario) fn shape() -> Shape {
    let mut variants = in_one_run();
    variants.extend(limits());
    Shape::Object(Object {
        what: "an expectation",
        variants: Variants::Keyed(variants),
        ..Object::default()
    })
}

fn variant(about: &'static str, fields: Vec<Field>) -> Variant {
    Variant { name: fields[0].name, about, fields }
}

fn workload(name: &'static str) -> Field {
    Field::required(name, Shape::Name(NameKind::Workload), "The users concerned.")
}

fn application(name: &'static str) -> Field {
    Field::required(name, Shape::Name(NameKind::Application), "The distributed application.")
}

fn duration(name: &'static str, about: &'static str) -> Field {
    Field::required(name, Shape::Duration, about)
}

/// What kind of fault tolerance users are to see, and what must not happen to them.
fn in_one_run() -> Vec<Variant> {
    let count = || Field::default("at_most", U32, 0, "The greatest number of them.");
    let overlap = "How long it may run on two nodes.";
    vec![
        variant(
            "Masking: the users cannot tell the run from one without faults.",
            vec![workload("transparent"), duration("within", "The longest wait for an answer.")],
        ),
        variant(
            "The same as `transparent`, by the name that goes with the next two.",
            vec![workload("masking"), duration("within", "The longest wait for an answer.")],
        ),
        variant(
            "What the users see can be explained without the faults, whether it is in time or not.",
            vec![workload("fail_safe")],
        ),
        variant(
            "Some time after the last change everything is right and in time again.",
            vec![
                workload("nonmasking"),
                duration("within", "The longest wait for an answer then."),
                duration("after", "How long after the last change."),
            ],
        ),
        variant(
            "Some time after the last change users are served again, whatever they are told.",
            vec![
                workload("progress"),
                Field::optional(
                    "within",
                    Shape::Duration,
                    "The longest wait for an answer then; as long as the clients wait if left out.",
                ),
                duration("after", "How long after the last change."),
            ],
        ),
        variant(
            "The history has an order that the service's model accepts.",
            vec![workload("linearizable")],
        ),
        variant("No acknowledged operation is lost.", vec![workload("lost_acknowledged"), count()]),
        variant(
            "Nothing that was done once is there twice.",
            vec![workload("duplicated"), count()],
        ),
        variant(
            "A distributed application runs on one node at a time.",
            vec![
                application("single_instance"),
                Field::default("overlap_at_most", Shape::Duration, "0s", overlap),
            ],
        ),
        variant(
            "At least this share of the operations succeeds.",
            vec![
                workload("availability"),
                Field::required("at_least", Shape::Fraction, "The least share."),
            ],
        ),
        variant(
            "After a fault the users are served again in time.",
            vec![workload("recovery_time"), duration("at_most", "The longest outage.")],
        ),
        variant(
            "The loss of a node is noticed in time.",
            vec![
                Field::required("detection_time", Shape::Name(NameKind::Node), "The node."),
                duration("at_most", "The longest that another node may take to notice."),
            ],
        ),
    ]
}

/// Limits to figures, and comparisons with other runs.
fn limits() -> Vec<Variant> {
    let factor = |name, about| Field::required(name, Shape::Number { min: 0.0 }, about);
    vec![
        variant(
            "Acknowledged operations that are lost are no older than this at the fault.",
            vec![workload("rpo"), duration("at_most", "The greatest age.")],
        ),
        variant(
            "The operations that fail use up at most a part of those that may.",
            vec![
                workload("error_budget"),
                Field::required("objective", Shape::Fraction, "The part that is to succeed."),
                Field::default(
                    "at_most",
                    Shape::Number { min: 0.0 },
                    1,
                    "The greatest part of the budget that may be used up; 1 is all of it.",
                ),
            ],
        ),
        variant(
            "The slowest answers are not much slower than in the same run without faults.",
            vec![
                workload("p99_against_twin"),
                factor("at_most", "How many times the 99th percentile of that run."),
            ],
        ),
        variant(
            "Where the applications run makes no difference to the users.",
            vec![
                workload("location_transparent"),
                Field::default(
                    "placements",
                    Shape::OneOf(vec![
                        Shape::Choice(vec!["all"]),
                        Shape::Integer { min: 1, max: 100 },
                    ]),
                    "all",
                    "The number of other placements: all on one node, all on one host, each on a host \
                     of its own, then random ones; `all` is the first three.",
                ),
            ],
        ),
        variant(
            "A distributed application does not run on two nodes for long.",
            vec![
                application("two_primaries"),
                duration("at_most", "The longest time, all overlaps taken together."),
            ],
        ),
    ]
}
