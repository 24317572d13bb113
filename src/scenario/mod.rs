//! Scenario files: text, to syntax with positions, to diagnostics or a [`Scenario`], to a [`Plan`].

mod diagnostic;
mod model;
mod plan;

pub use diagnostic::{Diagnostic, Diagnostics, Severity, Style};
pub use model::{
    ApplicationConfig, Arrivals, AutoConnect, Expectation, ExpectedVerdict, HostPath,
    NetworkConfig, NodeConfig, Placement, RestartType, Scenario, Schedule, ScheduledFault, Timeout,
    Transport, WorkloadConfig,
};
pub use plan::{Plan, PlannedOperation};
