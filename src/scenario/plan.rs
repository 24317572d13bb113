//! The plan: all that is done to a cluster in one run, with its times.

use std::time::Duration;

use rand::{Rng, RngExt};

use crate::engine::rng::{Stream, Streams};
use crate::engine::term::Atom;
use crate::engine::time::{Time, nanos};
use crate::scenario::fault::Trigger;
use crate::scenario::services::transport::Transport;

use super::chaos;
use super::{Arrivals, Load, Scenario, ScheduledFault, WorkloadConfig};
use crate::document::diagnostic::Diagnostics;

/// A scenario with one seed, resolved: nothing that is injected is left to be drawn.
///
/// The plan is what is recorded, replayed, shrunk and shared. It can be written as a scenario whose
/// faults have their times and whose workloads have their operations one by one:
///
/// ```
/// use nodedown::scenario::Scenario;
/// use nodedown::services::Programs;
///
/// let catalogue = Programs::builtin().catalogue();
/// let scenario = Scenario::from_file("scenarios/chat-failover.json", &catalogue)?;
/// let plan = scenario.plan(7);
/// let text = plan.to_scenario().to_json(&catalogue).unwrap();
/// let again = Scenario::parse(&text, "plan.json", &catalogue)?;
/// assert_eq!(again.plan(again.seed).operations, plan.operations);
/// # Ok::<(), nodedown::scenario::ScenarioError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The cluster, and the expectations of it.
    pub scenario: Scenario,
    /// The seed of the run: of its delays, and of its order.
    pub seed: u64,
    /// The protocol between services in this run.
    pub transport: Transport,
    /// The faults with a time in the order of their times, then those that wait for a step or an
    /// event.
    pub faults: Vec<ScheduledFault>,
    /// The operations of all clients, in the order of time, workload and number.
    pub operations: Vec<PlannedOperation>,
}

/// An operation of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedOperation {
    /// The time at which it is to begin; a client that is still busy begins it as soon as it can.
    pub at: Time,
    /// The workload that it belongs to.
    pub workload: Atom,
    /// The client, counted from 0 within the workload.
    pub client: u32,
    /// The operation's own number, counted from 0 within the workload.
    pub number: u32,
    /// The operation, in the client's words.
    pub name: Atom,
    /// A random number for the client to choose its arguments by.
    pub draw: u64,
}

impl Scenario {
    /// The plans of the runs with this seed: one for each transport of the scenario.
    pub fn plans(&self, seed: u64) -> impl Iterator<Item = Plan> {
        let plan = self.plan(seed);
        self.transports.iter().map(move |transport| Plan { transport: *transport, ..plan.clone() })
    }

    /// The plan of the run with this seed and the scenario's first transport.
    #[must_use]
    pub fn plan(&self, seed: u64) -> Plan {
        let streams = Streams::new(seed);
        let mut operations: Vec<PlannedOperation> =
            self.workloads.iter().flat_map(|workload| operations(workload, streams)).collect();
        operations.sort_by_key(|operation| (operation.at, operation.workload, operation.number));
        let mut faults = self.faults.clone();
        faults.extend(chaos::faults(self, streams));
        faults.sort_by_key(|fault| due(&fault.trigger));
        let transport = self.transports[0];
        Plan { scenario: self.clone(), seed, transport, faults, operations }
    }
}

impl Plan {
    /// The scenario in which nothing is left to be drawn: its plan, whatever the seed, has these
    /// faults and these operations. The seed of the plan is the scenario's, for what is not planned:
    /// delays, and who goes first.
    #[must_use]
    pub fn to_scenario(&self) -> Scenario {
        let mut scenario = Scenario {
            seed: self.seed,
            transports: vec![self.transport],
            faults: self.faults.clone(),
            chaos: None,
            warnings: Diagnostics::default(),
            ..self.scenario.clone()
        };
        for workload in &mut scenario.workloads {
            let operations = self.operations.iter();
            let own = operations.filter(|operation| operation.workload == workload.name);
            workload.load = Load::Explicit(own.cloned().collect());
        }
        scenario
    }

    /// The same plan with nothing that goes wrong. What else is drawn stays as it is.
    #[must_use]
    pub fn without_faults(&self) -> Plan {
        let scenario = Scenario { faults: Vec::new(), chaos: None, ..self.scenario.clone() };
        Plan { scenario, faults: Vec::new(), ..self.clone() }
    }
}

/// The time of a fault; those that wait for a step or an event come last.
fn due(trigger: &Trigger) -> Duration {
    match trigger {
        Trigger::At(time) => *time,
        Trigger::AtStep(_) | Trigger::When(_) => Duration::MAX,
    }
}

/// The operations of one workload.
fn operations(workload: &WorkloadConfig, streams: Streams) -> Vec<PlannedOperation> {
    match &workload.load {
        Load::Drawn { rate, arrivals, mix } => {
            draw(workload, streams, *arrivals, rate.per_second(), mix)
        }
        Load::Explicit(operations) => operations.clone(),
    }
}

/// Draws the operations of one workload in the order of their times.
///
/// Times, clients, names and arguments come from streams of their own, so that changing the mix
/// leaves the times as they were.
fn draw(
    workload: &WorkloadConfig,
    streams: Streams,
    arrivals: Arrivals,
    rate: f64,
    mix: &[(Atom, f64)],
) -> Vec<PlannedOperation> {
    let stream = |what: &str| streams.stream(&format!("workload/{}{what}", workload.name.as_str()));
    let (mut clients, mut names, mut draws) = (stream("/client"), stream("/mix"), stream("/draw"));
    let times = times(workload, arrivals, rate, &mut stream(""));
    let numbered = times.into_iter().zip(0..);
    numbered
        .map(|(at, number)| PlannedOperation {
            at,
            workload: workload.name,
            client: pick_client(workload.count, arrivals, number, &mut clients),
            number,
            name: pick_operation(mix, &mut names),
            draw: draws.next_u64(),
        })
        .collect()
}

/// The times from `from` to `until` (not included) at which an operation begins.
fn times(
    workload: &WorkloadConfig,
    arrivals: Arrivals,
    rate: f64,
    stream: &mut Stream,
) -> Vec<Time> {
    let gap = 1e9 / rate;
    let (from, until) = (nanos(workload.from) as f64, nanos(workload.until) as f64);
    let mut times = Vec::new();
    let mut at = from;
    loop {
        match arrivals {
            Arrivals::Poisson => at += exponential(stream) * gap,
            Arrivals::Even => at = from + times.len() as f64 * gap,
        }
        // Compared as it is kept, lest rounding put the last one at the very end.
        let time = libm::round(at);
        if time >= until {
            return times;
        }
        times.push(Time::from_nanos(time as u64));
    }
}

/// A draw of the exponential distribution with mean 1, never quite infinite.
fn exponential(stream: &mut Stream) -> f64 {
    let unit = ((stream.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64;
    -libm::log(unit)
}

/// Independent users come in any order; an even load goes round.
fn pick_client(count: u32, arrivals: Arrivals, number: u32, stream: &mut Stream) -> u32 {
    match arrivals {
        Arrivals::Poisson => stream.random_range(0..count),
        Arrivals::Even => number % count,
    }
}

fn pick_operation(mix: &[(Atom, f64)], stream: &mut Stream) -> Atom {
    let total: f64 = mix.iter().map(|(_, weight)| weight).sum();
    let mut point = (stream.next_u64() >> 11) as f64 / (1u64 << 53) as f64 * total;
    let possible = mix.iter().filter(|(_, weight)| *weight > 0.0);
    let mut last = None;
    for (name, weight) in possible {
        last = Some(*name);
        point -= weight;
        if point < 0.0 {
            break;
        }
    }
    last.expect("a mix has an operation with a weight above 0")
}
