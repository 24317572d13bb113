//! A scenario file as a whole: what it may say, what it means, and the way back.

pub(super) mod defaults;
mod lines;
mod reference;
mod resolve;
pub(super) mod shape;
mod write;

use std::time::Duration;

use crate::document::diagnostic::Diagnostics;
use crate::engine::runtime::Schedule;
use crate::scenario::services::transport::Transport;
use crate::scenario::{
    ApplicationConfig, Chaos, ErlangConfig, Expectation, HostConfig, NetworkConfig, NodeSpec,
    ScheduledFault, WorkloadConfig,
};

use crate::spelling::words;

pub use write::Unwritable;

/// A scenario that makes sense: a cluster, what happens to it, and what is expected of it.
///
/// Hosts, nodes, applications and workloads are in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// One line for people; the name of the file if it says nothing.
    pub name: String,
    /// Some sentences for people; may be empty.
    pub description: String,
    /// The seed of a run that is given no other.
    pub seed: u64,
    /// The length of a run, in virtual time.
    pub duration: Duration,
    /// The number of events after which a run is given up.
    pub event_budget: u64,
    /// The order of processes that are ready at one instant.
    pub schedule: Schedule,
    /// The machines.
    pub hosts: Vec<HostConfig>,
    /// The Erlang nodes on them.
    pub nodes: Vec<NodeSpec>,
    /// The compiled code that nodes run, if any does.
    pub erlang: Option<ErlangConfig>,
    /// The cables between them.
    pub network: NetworkConfig,
    /// The protocols between services. With more than one, the scenario is run once with each.
    pub transports: Vec<Transport>,
    /// The applications on the nodes.
    pub applications: Vec<ApplicationConfig>,
    /// The users.
    pub workloads: Vec<WorkloadConfig>,
    /// The faults, in the order of the file.
    pub faults: Vec<ScheduledFault>,
    /// Faults drawn at random, within limits.
    pub chaos: Option<Chaos>,
    /// The expectations.
    pub expectations: Vec<Expectation>,
    /// The verdict that the run is meant to end in.
    pub expected_verdict: ExpectedVerdict,
    /// Warnings about the file, which can be run nevertheless.
    pub warnings: Diagnostics,
}

/// The verdict that a run is meant to end in: lessons show failures on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedVerdict {
    /// Everything expected held.
    Pass,
    /// Something expected did not hold.
    Violated,
    /// The run did not put it to the test.
    Inconclusive,
}

words!(ExpectedVerdict {
    Pass => "pass",
    Violated => "violated",
    Inconclusive => "inconclusive",
});
