//! The shape of `chaos` in a file.

use serde_json::json;

use crate::document::shape::{Field, NameKind, Object, Shape};
use crate::scenario::fault::DRAWS;
use crate::scenario::fault::draw::DrawForm;
use crate::scenario::network::distribution;
use crate::spelling::Choice;

use super::{BurstTarget, Freeze, SecondFault};

/// More faults of a kind than anybody looks at.
pub(in crate::scenario) const COUNT_MAX: u32 = 10_000;

pub(in crate::scenario) fn shape() -> Shape {
    let lasting = json!({ "distribution": "exponential", "min": "500ms", "mean": "5s" });
    let budget = vec![
        Shape::Choice(vec!["minority", "all"]),
        Shape::Integer { min: 0, max: i128::from(u32::MAX) },
    ];
    let fields = vec![
        Field::default("from", Shape::Duration, "0s", "Nothing strikes before."),
        Field::optional(
            "until",
            Shape::Duration,
            "Nothing strikes then or later, and everything is right again.",
        ),
        Field::optional(
            "quiet",
            Shape::Duration,
            "The same, as the length of the quiet time at the end of the run; 10s if neither is there.",
        ),
        Field::optional(
            "nodes",
            Shape::some(Shape::Name(NameKind::Place)),
            "The nodes that may be struck; all that run applications if left out.",
        ),
        Field::optional(
            "applications",
            Shape::list(Shape::Name(NameKind::Application)),
            "The applications that may be struck; all on these nodes if left out.",
        ),
        Field::default(
            "budget",
            Shape::OneOf(budget),
            "minority",
            "The most nodes that may be down or cut off at once: a number below a majority, \
             `minority` (a majority is left), or `all`.",
        ),
        Field::default(
            "recovery",
            Shape::Duration,
            "0s",
            "The time for which a node that is back still counts as away, and is spared by all but \
             bursts.",
        ),
        Field::default(
            "interval",
            Shape::Duration,
            "30s",
            "The mean time between two faults of a kind with weight 1.",
        ),
        Field::default("for", distribution("a length of time"), lasting, "The length of faults."),
        Field::default(
            "swarm",
            Shape::Boolean,
            true,
            "True if each kind is left out of about half of the runs.",
        ),
        Field::optional(
            "kinds",
            kinds(),
            "The kinds of faults; all but those of disks if left out.",
        ),
        Field::optional("bursts", bursts(), "Second faults around failovers."),
        Field::optional(
            "liveness",
            liveness(),
            "Some nodes stay failed in the end; the others must make progress.",
        ),
    ];
    Shape::Object(Object {
        what: "chaos",
        fields,
        not_both: vec![("until", "quiet")],
        ..Object::default()
    })
}

/// The shape of a kind, written as an object.
pub(super) fn kind(form: &DrawForm) -> Shape {
    let mut own = (form.fields)();
    if form.lasts {
        let about = "Its length; as the `for` of all if left out.";
        own.push(Field::optional("for", distribution("a length of time"), about));
    }
    kind_object(own)
}

fn kinds() -> Shape {
    let field = |form: &&DrawForm| {
        let shape = Shape::OneOf(vec![Shape::Number { min: 0.0 }, kind(form)]);
        Field::optional(form.name, shape, form.about)
    };
    Shape::object("the kinds of faults", DRAWS.iter().map(field).collect())
}

fn kind_object(own: Vec<Field>) -> Shape {
    let mut fields = vec![
        Field::optional(
            "weight",
            Shape::Number { min: 0.0 },
            "The relative frequency: 2 is twice as often.",
        ),
        Field::optional("interval", Shape::Duration, "The mean time between two of this kind."),
        Field::optional(
            "count",
            Shape::Integer { min: 0, max: COUNT_MAX.into() },
            "The number that strike, as far as the budget allows.",
        ),
        Field::optional(
            "nodes",
            Shape::some(Shape::Name(NameKind::Place)),
            "The nodes that it may strike; those of all if left out.",
        ),
    ];
    fields.extend(own);
    Shape::Object(Object {
        what: "a kind of fault",
        fields,
        not_both: vec![("weight", "interval"), ("weight", "count"), ("interval", "count")],
        ..Object::default()
    })
}

fn bursts() -> Shape {
    let after = json!({ "distribution": "uniform", "min": "0ms", "max": "200ms" });
    let fields = vec![
        Field::default(
            "probability",
            Shape::Fraction,
            0.5,
            "The part of the faults that take nodes away which another one follows.",
        ),
        Field::default(
            "after",
            distribution("a length of time"),
            after,
            "The time from the event until it strikes.",
        ),
        Field::optional(
            "for",
            distribution("a length of time"),
            "Its length; as the `for` of all if left out.",
        ),
        choices::<BurstTarget>(
            "targets",
            "The node that it strikes: where an application has just \
            started, the lost node when it has just come back, or one that has just noticed.",
        ),
        choices::<SecondFault>("hits", "Its effect."),
    ];
    Shape::object("bursts", fields)
}

fn liveness() -> Shape {
    let about = "The ways in which those fail that have not failed already; one is drawn for each. A \
                 node that is always started again does not stay crashed: it stands still.";
    Shape::object("a liveness phase", vec![choices::<Freeze>("freeze", about)])
}

/// A list of choices, all of them if it is left out.
fn choices<T: Choice>(name: &'static str, about: &'static str) -> Field {
    Field::default(name, Shape::some(Shape::choice::<T>()), T::words(), about)
}
