//! The size of a plan.

use std::time::Duration;

use crate::scenario::{Load, Scenario};

/// The size of a plan, in the figures that make it hard to understand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanSize {
    /// The faults.
    pub faults: usize,
    /// The operations of all users.
    pub operations: usize,
    /// The users.
    pub clients: u64,
    /// The applications.
    pub applications: usize,
    /// The nodes.
    pub nodes: usize,
    /// Its duration, in virtual time.
    pub duration: Duration,
    /// The bytes of its text as a scenario file.
    pub bytes: usize,
}

impl PlanSize {
    /// The size of a plan that is written as a scenario, and has this text.
    pub(super) fn of(scenario: &Scenario, text: &str) -> PlanSize {
        let operations = scenario.workloads.iter().map(|workload| match &workload.load {
            Load::Explicit(operations) => operations.len(),
            Load::Drawn { .. } => 0,
        });
        PlanSize {
            faults: scenario.faults.len(),
            operations: operations.sum(),
            clients: scenario.workloads.iter().map(|workload| u64::from(workload.count)).sum(),
            applications: scenario.applications.len(),
            nodes: scenario.nodes.len(),
            duration: scenario.duration,
            bytes: text.len(),
        }
    }
}
