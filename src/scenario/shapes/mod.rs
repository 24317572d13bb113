//! The shapes of a scenario file.

mod fault;
mod invariant;
mod network;

use serde_json::json;

use crate::shape::{Catalogue, Field, NameKind, Object, ProgramInfo, Shape, Variant, Variants};

use super::model::Consistency;

pub(super) use network::path_fields;

const U32: Shape = Shape::Integer { min: 0, max: u32::MAX as i128 };

/// The shape of a whole file. The settings of services and clients are left open here: their shape
/// depends on the program.
pub(super) fn scenario(catalogue: &Catalogue) -> Shape {
    let names = |programs: &[ProgramInfo]| programs.iter().map(|program| program.name).collect();
    let u64_from = |min| Shape::Integer { min, max: i128::from(u64::MAX) };
    let fields = vec![
        Field::optional("$schema", Shape::Text, "Where the schema of this file is, for editors."),
        Field::optional("name", Shape::Text, "One line that says what the scenario shows."),
        Field::default("description", Shape::Text, "", "Some sentences for people."),
        Field::default("seed", u64_from(0), 1, "The seed of a run that is given no other."),
        Field::required("duration", Shape::Duration, "The length of a run, in virtual time."),
        Field::default(
            "event_budget",
            u64_from(1),
            10_000_000,
            "The number of events after which a run is given up.",
        ),
        Field::default(
            "schedule",
            Shape::Choice(vec!["random", "fifo"]),
            "random",
            "Who goes first among the processes that are ready at one instant.",
        ),
        Field::required("hosts", some(NameKind::Host, host()), "The machines."),
        Field::required("nodes", some(NameKind::Node, node()), "The Erlang nodes."),
        Field::default("network", network::network(), json!({}), "The cables between the hosts."),
        Field::default(
            "transport",
            transports(),
            "distribution",
            "How services talk; a list runs the scenario once with each, to compare them.",
        ),
        Field::default(
            "applications",
            Shape::map(NameKind::Atom, application(names(&catalogue.services))),
            json!({}),
            "What runs on the nodes.",
        ),
        Field::default(
            "workload",
            Shape::map(NameKind::Atom, workload(names(&catalogue.clients))),
            json!({}),
            "Who uses it.",
        ),
        Field::default("faults", Shape::list(fault::fault()), json!([]), "What goes wrong."),
        Field::default("expect", Shape::list(expectation()), json!([]), "What must hold then."),
        Field::default(
            "invariants",
            Shape::list(invariant::invariant()),
            json!([]),
            "What must hold of the run itself, instant by instant.",
        ),
        Field::default(
            "verdict",
            Shape::Choice(vec!["pass", "violated", "inconclusive"]),
            "pass",
            "The verdict that the run is meant to end in.",
        ),
    ];
    Shape::object("a scenario", fields)
}

fn some(key: NameKind, value: Shape) -> Shape {
    Shape::Map { key, value: Box::new(value), min: 1 }
}

fn host() -> Shape {
    Shape::object("a host", vec![])
}

fn node() -> Shape {
    let nodes = || Shape::list(Shape::Name(NameKind::Node));
    let fields = vec![
        Field::required("host", Shape::Name(NameKind::Host), "The machine that it runs on."),
        Field::default(
            "cookie",
            Shape::Name(NameKind::Atom),
            "nodedown",
            "The secret of the nodes that can connect to each other.",
        ),
        Field::default("hidden", Shape::Boolean, false, "Whether it keeps out of the full mesh."),
        Field::optional("net_ticktime", Shape::Duration, "Its own, instead of the network's."),
        Field::default(
            "connect_all",
            Shape::Boolean,
            true,
            "Whether it connects to the nodes that its peers are connected to.",
        ),
        Field::default(
            "dist_auto_connect",
            Shape::Choice(vec!["true", "never", "once"]),
            "true",
            "Whether using a remote name makes a connection.",
        ),
        Field::default(
            "prevent_overlapping_partitions",
            Shape::Boolean,
            true,
            "Whether `global` disconnects nodes so that partitions do not overlap.",
        ),
        Field::default(
            "sync_nodes_mandatory",
            nodes(),
            json!([]),
            "The nodes that it does not start without.",
        ),
        Field::default(
            "sync_nodes_optional",
            nodes(),
            json!([]),
            "The nodes that it waits for at its start.",
        ),
        Field::optional("sync_nodes_timeout", Shape::Timeout, "How long it waits for them."),
        Field::default("starts_at", Shape::Duration, "0s", "When it is started."),
    ];
    Shape::object("a node", fields)
}

fn transports() -> Shape {
    let mut shapes = transport();
    shapes.push(Shape::some(Shape::OneOf(transport())));
    Shape::OneOf(shapes)
}

/// The ways to write one transport.
fn transport() -> Vec<Shape> {
    let keep_alive = Field::default(
        "keep_alive",
        Shape::Boolean,
        true,
        "Whether a connection is used for more than one request.",
    );
    let variant = |name, about, fields| Variant { name, about, fields };
    let variants = vec![
        variant("distribution", "Erlang's distribution.", vec![]),
        variant("json_http", "Requests in JSON over HTTP.", vec![keep_alive]),
    ];
    let object = Object {
        what: "a transport",
        variants: Variants::Tagged("kind", variants),
        ..Object::default()
    };
    vec![Shape::Choice(vec!["distribution", "json_http"]), Shape::Object(object)]
}

fn application(services: Vec<&'static str>) -> Shape {
    let node = || Shape::Name(NameKind::Node);
    let node_or_equals = Shape::OneOf(vec![node(), Shape::some(node())]);
    let distributed = vec![
        Field::required(
            "nodes",
            Shape::some(node_or_equals),
            "The nodes, those it prefers first; an inner list holds equals.",
        ),
        Field::default(
            "timeout",
            Shape::Timeout,
            "0s",
            "How long the others wait for a lost node before one takes over.",
        ),
    ];
    let fields = vec![
        Field::optional(
            "service",
            Shape::Choice(services),
            "The program; the one with the application's name if left out.",
        ),
        Field::default(
            "config",
            Shape::map(NameKind::Atom, Shape::Any),
            json!({}),
            "Its settings.",
        ),
        Field::optional("nodes", Shape::some(node()), "It runs on each of these nodes."),
        Field::optional(
            "distributed",
            Shape::object("a distributed application", distributed),
            "It runs on one of these nodes at a time.",
        ),
        Field::default(
            "depends_on",
            Shape::list(Shape::Name(NameKind::Application)),
            json!([]),
            "The applications that must be running on the node before it starts.",
        ),
        Field::default(
            "type",
            Shape::Choice(vec!["permanent", "transient", "temporary"]),
            "temporary",
            "What its end means for its node.",
        ),
    ];
    Shape::Object(Object {
        what: "an application",
        fields,
        exactly_one_of: vec![vec!["nodes", "distributed"]],
        ..Object::default()
    })
}

fn workload(clients: Vec<&'static str>) -> Shape {
    let claims = Consistency::NAMES.iter().map(|(_, name)| *name).collect();
    let node = || Shape::Name(NameKind::Node);
    let fields = vec![
        Field::required("client", Shape::Choice(clients), "The program of the clients."),
        Field::required(
            "on",
            Shape::OneOf(vec![node(), Shape::some(node())]),
            "The node of the clients, or the nodes that they are dealt out to.",
        ),
        Field::default(
            "count",
            Shape::Integer { min: 1, max: i128::from(u32::MAX) },
            1,
            "The number of clients.",
        ),
        Field::required("rate", Shape::Rate, "How often one of all the clients does something."),
        Field::default(
            "arrivals",
            Shape::Choice(vec!["poisson", "even"]),
            "poisson",
            "How the operations are spread over time.",
        ),
        Field::default("from", Shape::Duration, "0s", "When the first operation may begin."),
        Field::optional(
            "until",
            Shape::Duration,
            "When no more operations begin; the end of the run if left out.",
        ),
        Field::optional(
            "mix",
            some(NameKind::Atom, Shape::Number { min: 0.0 }),
            "The operations with their weights; all alike if left out.",
        ),
        Field::default("timeout", Shape::Duration, "5s", "How long a client waits."),
        Field::default(
            "claims",
            Shape::list(Shape::Choice(claims)),
            json!([]),
            "What the service claims of what these clients see; each claim is checked.",
        ),
        Field::default(
            "config",
            Shape::map(NameKind::Atom, Shape::Any),
            json!({}),
            "Its settings.",
        ),
    ];
    Shape::object("a workload", fields)
}

fn expectation() -> Shape {
    let variant = |about, fields: Vec<Field>| Variant { name: fields[0].name, about, fields };
    let workload =
        |name| Field::required(name, Shape::Name(NameKind::Workload), "The users concerned.");
    let duration = |name, about| Field::required(name, Shape::Duration, about);
    let count = || Field::default("at_most", U32, 0, "How many operations may be so.");
    let application = |name| {
        Field::required(name, Shape::Name(NameKind::Application), "The distributed application.")
    };
    let overlap = "How long it may run on two nodes.";
    let factor = |name, about| Field::required(name, Shape::Number { min: 0.0 }, about);
    let variants = vec![
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
            "The history has an order that the service's model accepts.",
            vec![workload("linearizable")],
        ),
        variant("What was acknowledged is kept.", vec![workload("lost_acknowledged"), count()]),
        variant("What was done once is there once.", vec![workload("duplicated"), count()]),
        variant(
            "A distributed application runs on one node at a time.",
            vec![
                application("single_instance"),
                Field::default("overlap_at_most", Shape::Duration, "0s", overlap),
            ],
        ),
        variant(
            "So large a part of the operations is answered without an error.",
            vec![
                workload("availability"),
                Field::required("at_least", Shape::Fraction, "The least part."),
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
        variant(
            "What is lost of what was acknowledged was not older than this at the fault.",
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
                    "In how many other ways they are placed: on one node, on one host, each on a \
                     host of its own, then by lot; `all` are the first three.",
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
    ];
    Shape::Object(Object {
        what: "an expectation",
        variants: Variants::Keyed(variants),
        ..Object::default()
    })
}
