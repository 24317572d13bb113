//! The shapes of a scenario file.

mod chaos;
mod expectation;
mod fault;
mod invariant;
mod network;
mod upkeep;

use serde_json::json;

use crate::document::shape::{
    Catalogue, Field, NameKind, Object, ProgramInfo, Shape, Variant, Variants,
};

use super::model::Consistency;
use crate::engine::network::Kernel;
use crate::engine::runtime::OtpRelease;
use crate::scenario::services::Affinity;

pub(super) use chaos::{COUNT_MAX, kind as chaos_kind, kind_names as chaos_kind_names};
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
        Field::default("description", Shape::Text, "", "A description, for people."),
        Field::default("seed", u64_from(0), 1, "The seed, unless a run is given another."),
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
            "The order of processes that are ready at the same instant.",
        ),
        Field::default("otp", release(), 25, "The release of Erlang/OTP that the nodes run."),
        Field::required("hosts", some(NameKind::Host, host()), "The machines."),
        Field::required("nodes", some(NameKind::Node, node()), "The Erlang nodes."),
        Field::optional(
            "sync_nodes",
            sync_nodes(),
            "Nodes that wait for each other at their start.",
        ),
        Field::default("network", network::network(), json!({}), "The network between the hosts."),
        Field::default(
            "transport",
            transports(),
            "distribution",
            "The protocol between services; a list runs the scenario once with each and compares them.",
        ),
        Field::default(
            "applications",
            Shape::map(NameKind::Atom, application(names(&catalogue.services))),
            json!({}),
            "The programs that run on the nodes.",
        ),
        Field::default(
            "workload",
            Shape::map(NameKind::Atom, workload(names(&catalogue.clients))),
            json!({}),
            "The users.",
        ),
        Field::default("faults", Shape::list(fault::fault()), json!([]), "The faults."),
        Field::optional(
            "chaos",
            chaos::chaos(),
            "Faults drawn at random from the seed, within limits.",
        ),
        Field::default(
            "expect",
            Shape::list(expectation::expectation()),
            json!([]),
            "What is expected of the run. A run of which nothing is expected is inconclusive.",
        ),
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

/// The number of a release of Erlang/OTP.
fn release() -> Shape {
    let [first, .., last] = OtpRelease::ALL.map(|release| i128::from(release.number()));
    Shape::Integer { min: first, max: last }
}

fn host() -> Shape {
    let site = Field::optional(
        "site",
        Shape::Name(NameKind::Atom),
        "Its data centre; faults, chaos, paths and users may name sites.",
    );
    let kernel = Field::default(
        "kernel",
        Shape::Kernel,
        Kernel::default().to_string(),
        "The Linux kernel that it runs: before 6.5 it asks less often for a connection that nobody answers.",
    );
    Shape::object("a host", vec![site, kernel])
}

fn node() -> Shape {
    let nodes = || Shape::list(Shape::Name(NameKind::Node));
    let fields = vec![
        Field::required("host", Shape::Name(NameKind::Host), "The machine that it runs on."),
        Field::optional("otp", release(), "Its own release, instead of the scenario's."),
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
        Field::optional(
            "sync_nodes_mandatory",
            nodes(),
            "The nodes that it does not start without; those of `sync_nodes` if left out.",
        ),
        Field::optional(
            "sync_nodes_optional",
            nodes(),
            "The nodes that it waits for at its start; those of `sync_nodes` if left out.",
        ),
        Field::optional(
            "sync_nodes_timeout",
            Shape::Timeout,
            "The time to wait for them. As in Erlang, a node without it does not wait.",
        ),
        upkeep::reconnect(),
        upkeep::restart(),
        Field::default(
            "start_delay",
            Shape::Duration,
            "0s",
            "The time from each of its starts until it starts its applications.",
        ),
        Field::default("starts_at", Shape::Duration, "0s", "The time of its first start."),
    ];
    Shape::object("a node", fields)
}

/// The kernel parameters that nodes share which wait for each other.
fn sync_nodes() -> Shape {
    let nodes = || Shape::list(Shape::Name(NameKind::Node));
    let fields = vec![
        Field::default(
            "mandatory",
            nodes(),
            json!([]),
            "The nodes that the others named here do not start without.",
        ),
        Field::default(
            "optional",
            nodes(),
            json!([]),
            "The nodes that the others named here start without when the time is up.",
        ),
        Field::required("timeout", Shape::Timeout, "How long each waits for the others."),
    ];
    Shape::object("a group of nodes", fields)
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
    let retries = Field::default(
        "retries",
        Shape::Integer { min: 0, max: 100 },
        0,
        "How often a request is made again whose connection closes before the answer comes, as proxies do: \
         it may arrive twice.",
    );
    let variant = |name, about, fields| Variant { name, about, fields };
    let variants = vec![
        variant("distribution", "Erlang's distribution.", vec![]),
        variant("json_http", "Requests in JSON over HTTP.", vec![keep_alive, retries]),
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
            "Whether its node goes down when it ends: always, if it ends abnormally, or never.",
        ),
        Field::default(
            "start_delay",
            Shape::Duration,
            "0s",
            "The time that a booting node takes to start it; applications after it wait.",
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
        Field::optional("rate", Shape::Rate, "How often one of all the clients does something."),
        Field::optional(
            "operations",
            Shape::list(operation()),
            "What they do, one by one, instead of what a seed draws.",
        ),
        Field::optional(
            "arrivals",
            Shape::Choice(vec!["poisson", "even"]),
            "How the operations are spread over time; `poisson` if left out.",
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
            "affinity",
            Shape::Choice(Affinity::NAMES.iter().map(|(_, name)| *name).collect()),
            "none",
            "Which instances of a service the clients use: those on their own host or at their own site \
             first, or no others, or any.",
        ),
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
    Shape::Object(Object {
        what: "a workload",
        fields,
        exactly_one_of: vec![vec!["rate", "operations"]],
        requires: vec![("arrivals", "rate"), ("mix", "rate")],
        ..Object::default()
    })
}

/// One operation that a client is told to do.
fn operation() -> Shape {
    let number = "Its own number; one more than that of the operation before it if left out.";
    let fields = vec![
        Field::required("at", Shape::Duration, "When it begins, from the start of the run."),
        Field::default("client", U32, 0, "The client, counted from 0."),
        Field::required("do", Shape::Name(NameKind::Atom), "What to do, in the client's words."),
        Field::default("draw", Shape::Bits, 0, "What the client chooses its arguments by."),
        Field::optional("number", Shape::Integer { min: 0, max: i128::from(i32::MAX) }, number),
    ];
    Shape::object("an operation", fields)
}
