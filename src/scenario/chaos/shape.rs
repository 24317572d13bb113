//! The shape of `chaos` in a file.

use serde_json::json;

use crate::document::shape::{Field, NameKind, Object, Shape};
use crate::scenario::network::distribution;
use crate::spelling::Choice;

use super::{BurstTarget, CutShape, Freeze, PathScope, SecondFault};

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
            "How long a node still counts as away when it is back, and is spared, but for bursts.",
        ),
        Field::default(
            "interval",
            Shape::Duration,
            "30s",
            "The mean time between two faults of a kind with weight 1.",
        ),
        Field::default("for", distribution("a length of time"), lasting, "How long faults last."),
        Field::default(
            "swarm",
            Shape::Boolean,
            true,
            "Whether each kind is left out of about half of the runs.",
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

/// The kinds of faults, and what each has beside what all have.
fn all_kinds() -> Vec<(&'static str, &'static str, Vec<Field>)> {
    let lasting = || {
        Field::optional(
            "for",
            distribution("a length of time"),
            "How long it lasts; as the `for` of all if left out.",
        )
    };
    let cut_one_way = cut(&CutShape::ONE_WAY, lasting());
    vec![
        ("crash", "A node crashes and starts again.", vec![lasting()]),
        ("crash_host", "A host loses power with all its nodes.", vec![lasting()]),
        ("crash_site", "A site loses power with all its hosts and nodes.", vec![lasting()]),
        ("stop", "A node stops in order and starts again.", vec![lasting()]),
        ("pause", "A node stands still.", vec![lasting()]),
        ("kill", "A process gets an exit signal.", kill()),
        ("partition", "The network is cut.", cut(&CutShape::all(), lasting())),
        ("one_way_partition", "The network is cut one way.", cut_one_way),
        (
            "swizzle",
            "Nodes are cut off one by one, and come back in another order.",
            swizzle(lasting()),
        ),
        ("disconnect", "A node closes its connection to another.", vec![]),
        ("slow_path", "The path between two hosts or sites gets slow.", slow_path(lasting())),
        ("loss", "The path between two hosts or sites loses packets.", loss(lasting())),
        ("bandwidth", "The path between two hosts or sites gets narrow.", bandwidth(lasting())),
        ("slow_node", "Work on a node takes longer.", slow_node(lasting())),
        ("fsync_error", "Syncs of the disk of a node fail.", vec![lasting()]),
        ("full_disk", "The disk of a node is full.", vec![lasting()]),
        ("slow_disk", "Syncs of the disk of a node are slow.", slow_disk(lasting())),
        (
            "lying_disk",
            "The disk of a node acknowledges syncs that it has not done.",
            vec![lasting()],
        ),
        ("corrupt_disk", "A record of each file of a node is damaged.", vec![]),
        ("clock_step", "The system clock of a node jumps.", clock_step()),
        ("clock_drift", "The clocks of a node run fast or slow.", clock_drift(lasting())),
    ]
}

/// The names of all kinds.
pub(in crate::scenario) fn kind_names() -> Vec<&'static str> {
    all_kinds().into_iter().map(|(name, ..)| name).collect()
}

/// The shape of the kind with this name, written as an object.
pub(in crate::scenario) fn kind(name: &str) -> Option<Shape> {
    let found = all_kinds().into_iter().find(|(known, ..)| *known == name);
    found.map(|(_, _, own)| kind_object(own))
}

fn kinds() -> Shape {
    let field = |(name, about, own)| {
        let shape = Shape::OneOf(vec![Shape::Number { min: 0.0 }, kind_object(own)]);
        Field::optional(name, shape, about)
    };
    Shape::object("the kinds of faults", all_kinds().into_iter().map(field).collect())
}

fn kind_object(own: Vec<Field>) -> Shape {
    let mut fields = vec![
        Field::optional("weight", Shape::Number { min: 0.0 }, "How often: 2 is twice as often."),
        Field::optional("interval", Shape::Duration, "The mean time between two of this kind."),
        Field::optional(
            "count",
            Shape::Integer { min: 0, max: COUNT_MAX.into() },
            "How many strike, as far as the budget allows.",
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

fn kill() -> Vec<Field> {
    vec![
        Field::optional(
            "names",
            Shape::some(Shape::Name(NameKind::Atom)),
            "Applications, or registered names of processes; the applications if left out.",
        ),
        Field::default("reason", Shape::Term, "kill", "The exit reason, an Erlang term."),
    ]
}

fn cut(shapes: &[CutShape], lasting: Field) -> Vec<Field> {
    let names = shapes.iter().map(|shape| shape.word()).collect();
    let about =
        "Who can reach whom; one is drawn. All that there are nodes enough for if left out.";
    vec![Field::optional("shapes", Shape::some(Shape::Choice(names)), about), lasting]
}

fn swizzle(lasting: Field) -> Vec<Field> {
    let about = "The time in which all are cut off, and again the time in which all come back.";
    vec![Field::default("over", Shape::Duration, "3s", about), lasting]
}

/// Between what a path lies that gets bad.
fn between() -> Field {
    let about = "Whether it is the path between two hosts, or all paths between two sites.";
    Field::default("between", Shape::choice::<PathScope>(), PathScope::Hosts.word(), about)
}

fn slow_path(lasting: Field) -> Vec<Field> {
    let latency = json!({ "distribution": "lognormal", "median": "100ms", "p99": "1s" });
    let shape = distribution("a latency");
    vec![Field::default("latency", shape, latency, "Its latency then."), between(), lasting]
}

fn slow_disk(lasting: Field) -> Vec<Field> {
    let latency = json!({ "distribution": "lognormal", "median": "100ms", "p99": "1s" });
    let shape = distribution("a latency");
    vec![Field::default("latency", shape, latency, "How long a sync takes then."), lasting]
}

fn loss(lasting: Field) -> Vec<Field> {
    let about = "The part of the packets that have to be sent again.";
    vec![Field::default("loss", Shape::Fraction, "5%", about), between(), lasting]
}

fn bandwidth(lasting: Field) -> Vec<Field> {
    let about = "How much gets through then.";
    vec![Field::default("bandwidth", Shape::Bandwidth, "100kbit/s", about), between(), lasting]
}

fn slow_node(lasting: Field) -> Vec<Field> {
    let about = "How many times as long its work takes at the most.";
    vec![Field::default("factor", Shape::Number { min: 1.0 }, 10, about), lasting]
}

fn clock_step() -> Vec<Field> {
    let by = json!({ "distribution": "uniform", "min": "100ms", "max": "10s" });
    let about = "How far, back or forward.";
    vec![Field::default("by", distribution("a length of time"), by, about)]
}

fn clock_drift(lasting: Field) -> Vec<Field> {
    let about = "Parts per million at the most, fast or slow.";
    let shape = Shape::Integer { min: 1, max: 999_999 };
    vec![Field::default("ppm", shape, 10_000, about), lasting]
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
            "How long after the event it strikes.",
        ),
        Field::optional(
            "for",
            distribution("a length of time"),
            "How long it lasts; as the `for` of all if left out.",
        ),
        choices::<BurstTarget>(
            "targets",
            "Whom it strikes: where an application has just \
            started, the lost node when it has just come back, or one that has just noticed.",
        ),
        choices::<SecondFault>("hits", "What it does."),
    ];
    Shape::object("bursts", fields)
}

fn liveness() -> Shape {
    let about = "How those fail that have not failed already; one is drawn for each. A node that is \
                 always started again does not stay crashed: it stands still.";
    Shape::object("a liveness phase", vec![choices::<Freeze>("freeze", about)])
}

/// A list of choices, all of them if it is left out.
fn choices<T: Choice>(name: &'static str, about: &'static str) -> Field {
    Field::default(name, Shape::some(Shape::choice::<T>()), T::words(), about)
}
