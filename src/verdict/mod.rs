//! The checkers: they read a finished run and say whether what was expected of it held.
//!
//! **Invariant**: reads finished runs, never the world.
//!
//! They see the trace and the users' history. The trace has to tell the
//! story ([`Detail::Story`](crate::engine::trace::Detail) at least). An expectation that nothing put to
//! the test is *inconclusive*, and says why.

mod assessment;
mod availability;
mod bounds;
mod claimed;
mod detection;
mod doubts;
mod evidence;
pub mod explain;
mod explained;
mod fault_free;
mod figures;
mod finding;
mod instances;
mod invariants;
mod kept;
mod linearizable;
mod location;
pub mod record;
mod recovery;
#[cfg(test)]
pub(crate) mod tests;
mod together;
mod tolerance;
mod transparent;
mod users;

pub use figures::{
    ApplicationFigures, Detection, DuplicateValue, ErrorBudget, Failover, FaultFigures, Figures,
    MissingOperation, NextStart, Overlap, Recovery, WorkloadFigures,
};
pub use finding::{Conclusion, Doubt, Finding, Verdict, Witness};
pub use tolerance::{Tolerance, ToleranceFigures};

use crate::engine::term::Atom;
use crate::scenario::fault::Fault;
use crate::scenario::simulation::Run;
use crate::scenario::{Consistency, Expectation, Invariant, Placement};

use assessment::Assessment;
use evidence::{Evidence, WorldChange};
use recovery::Disturbances;

/// Measures a run, and checks everything that its scenario expects of it.
#[must_use]
pub fn check(run: &Run) -> Verdict {
    let evidence = Evidence::of(run);
    let figures = measure(&evidence);
    let named = run.invariants.iter().map(|each| Invariant::Named(each.name.clone()));
    let named: Vec<Expectation> = named.map(Expectation::Invariant).collect();
    let expectations = run.plan.scenario.expectations.iter().chain(&named);
    let findings: Vec<Finding> = expectations
        .map(|expectation| {
            let assessment = assess(&evidence, &figures, expectation);
            let assessment = assessment.together(&evidence, expectation);
            assessment.into_finding(expectation.clone(), &evidence)
        })
        .collect();
    let doubts = doubts::doubts(&evidence, findings.len());
    let doubted = evidence.given_up() || !doubts.is_empty();
    let results = findings.iter().map(|finding| finding.result);
    let conclusion = Conclusion::total(results.chain(doubted.then_some(Conclusion::Inconclusive)));
    Verdict { findings, doubts, conclusion, figures }
}

/// The finding on one expectation of a run, which need not be among those of its scenario.
#[cfg(feature = "course")]
pub(crate) fn finding_of(run: &Run, expectation: &Expectation) -> Finding {
    let evidence = Evidence::of(run);
    let figures = measure(&evidence);
    let assessment = assess(&evidence, &figures, expectation);
    let assessment = assessment.together(&evidence, expectation);
    assessment.into_finding(expectation.clone(), &evidence)
}

fn assess(evidence: &Evidence, figures: &Figures, expectation: &Expectation) -> Assessment {
    let of = |workload: &Atom| figures.of(*workload);
    match expectation {
        Expectation::Transparent { workload, within } => {
            transparent::check(evidence, of(workload), *within)
        }
        Expectation::Linearizable { workload } => {
            claimed::check(evidence, *workload, Consistency::Linearizable)
        }
        Expectation::Claim { workload, claim } => claimed::check(evidence, *workload, *claim),
        Expectation::LostAcknowledged { workload, at_most } => {
            kept::check_lost(evidence, *workload, *at_most)
        }
        Expectation::Duplicated { workload, at_most } => {
            kept::check_duplicated(evidence, *workload, *at_most)
        }
        Expectation::SingleInstance { application, overlap_at_most } => {
            instances::check(evidence, *application, *overlap_at_most)
        }
        Expectation::Availability { workload, at_least_ppm } => {
            availability::check(evidence, of(workload), *at_least_ppm)
        }
        Expectation::RecoveryTime { workload, at_most } => {
            recovery::check(evidence, *workload, *at_most)
        }
        Expectation::DetectionTime { node, at_most } => detection::check(evidence, *node, *at_most),
        Expectation::Invariant(invariant) => invariants::check(evidence, invariant),
        Expectation::FailSafe { workload } => tolerance::check_fail_safe(evidence, of(workload)),
        Expectation::Nonmasking { workload, within, after } => {
            tolerance::check_nonmasking(evidence, *workload, *within, *after)
        }
        Expectation::Progress { workload, within, after } => {
            tolerance::check_progress(evidence, *workload, *within, *after)
        }
        Expectation::RecoveryPoint { workload, at_most } => {
            bounds::check_recovery_point(evidence, *workload, *at_most)
        }
        Expectation::ErrorBudget { workload, objective_ppm, at_most_permille } => {
            let figures = of(workload);
            bounds::check_error_budget(evidence, figures, *objective_ppm, *at_most_permille)
        }
        Expectation::P99AgainstTwin { workload, at_most_permille } => {
            bounds::check_p99_against_twin(evidence, of(workload), *at_most_permille)
        }
        Expectation::LocationTransparent { workload, .. } => location::check(evidence, *workload),
        Expectation::TwoPrimaries { application, at_most } => {
            instances::check_two_primaries(evidence, *application, *at_most)
        }
    }
}

fn measure(evidence: &Evidence) -> Figures {
    let scenario = &evidence.run.plan.scenario;
    let workloads = scenario.workloads.iter().map(|each| users::measure(evidence, each.name));
    let disturbances = Disturbances::of(evidence, None);
    let faults = evidence.harms();
    let faults =
        faults.map(|(injection, fault)| fault_figures(evidence, &disturbances, &injection, fault));
    let distributed = scenario
        .applications
        .iter()
        .filter(|each| matches!(each.placement, Placement::Distributed { .. }));
    let applications = distributed.map(|each| instances::measure(evidence, each.name));
    Figures {
        workloads: workloads.collect(),
        faults: faults.collect(),
        applications: applications.collect(),
    }
}

fn fault_figures(
    evidence: &Evidence,
    disturbances: &Disturbances,
    injection: &WorldChange,
    fault: &Fault,
) -> FaultFigures {
    FaultFigures {
        fault: injection.fault,
        text: injection.text.to_owned(),
        at: injection.at,
        detection: detection::measure(evidence, injection, fault),
        failovers: instances::failovers(evidence, injection, fault),
        recovery: disturbances.recovery(injection),
        after_its_end: evidence.end_of(injection).map(|end| disturbances.recovery(end)),
    }
}
