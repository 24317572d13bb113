//! The shape of a whole file.

use serde_json::json;

use super::ExpectedVerdict;
use crate::document::shape::{Catalogue, Field, NameKind, ProgramInfo, Shape};
use crate::engine::runtime::Schedule;
use crate::scenario::{
    application, chaos, erlang, expectation, fault, host, invariant, network, node, transport,
    workload,
};
use crate::spelling::Choice;

pub(in crate::scenario) const U32: Shape = Shape::Integer { min: 0, max: u32::MAX as i128 };

/// The shape of a whole file. The settings of services and clients are left open here: their shape
/// depends on the program.
pub(in crate::scenario) fn scenario(catalogue: &Catalogue) -> Shape {
    let names = |programs: &[ProgramInfo]| programs.iter().map(|program| program.name).collect();
    let u64_from = |min| Shape::Integer { min, max: i128::from(u64::MAX) };
    let fields = vec![
        Field::optional(
            "$schema",
            Shape::Text,
            "The place of the schema of this file, for editors.",
        ),
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
            Shape::choice::<Schedule>(),
            Schedule::Random.word(),
            "The order of processes that are ready at the same instant.",
        ),
        Field::default(
            "otp",
            node::release_shape(),
            25,
            "The release of Erlang/OTP that the nodes run.",
        ),
        Field::required("hosts", Shape::some_map(NameKind::Host, host::shape()), "The machines."),
        Field::required(
            "nodes",
            Shape::some_map(NameKind::Node, node::shape()),
            "The Erlang nodes.",
        ),
        erlang::shape::section(),
        Field::optional(
            "sync_nodes",
            node::sync::shape(),
            "Nodes that wait for each other at their start.",
        ),
        Field::default("network", network::shape(), json!({}), "The network between the hosts."),
        Field::default(
            "transport",
            transport::shape(),
            "distribution",
            "The protocol between services; a list runs the scenario once with each and compares them.",
        ),
        Field::default(
            "applications",
            Shape::map(NameKind::Atom, application::shape(names(&catalogue.services))),
            json!({}),
            "The programs that run on the nodes.",
        ),
        Field::default(
            "workload",
            Shape::map(NameKind::Atom, workload::shape(names(&catalogue.clients))),
            json!({}),
            "The users.",
        ),
        Field::default("faults", Shape::list(fault::schedule::shape()), json!([]), "The faults."),
        Field::optional(
            "chaos",
            chaos::shape(),
            "Faults drawn at random from the seed, within limits.",
        ),
        Field::default(
            "expect",
            Shape::list(expectation::form::shape()),
            json!([]),
            "The expectations of the run. A run of which nothing is expected is inconclusive.",
        ),
        Field::default(
            "invariants",
            Shape::list(invariant::shape()),
            json!([]),
            "The invariants of the run, instant by instant.",
        ),
        Field::default(
            "verdict",
            Shape::choice::<ExpectedVerdict>(),
            ExpectedVerdict::Pass.word(),
            "The verdict that the run is meant to end in.",
        ),
    ];
    Shape::object("a scenario", fields)
}
