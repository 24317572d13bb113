//! Hand-made runs, and what the checkers have to say about them.

mod availability;
mod bounds;
mod claimed;
mod controls;
mod detection;
mod doubts;
mod fault_free;
mod figures;
pub(crate) mod hand_made;
mod instances;
mod invariants;
mod kept;
mod linearizable;
mod location;
mod recovery;
mod together;
mod tolerance;
mod totals;
mod transparent;

use std::cell::RefCell;

use super::{Conclusion, Finding, check};
use hand_made::HandMade;

thread_local! {
    /// All that was found on this thread, for those who count it.
    static FINDINGS: RefCell<Vec<Finding>> = const { RefCell::new(Vec::new()) };
}

/// The finding about the only expectation of a run.
#[track_caller]
fn finding(made: &HandMade) -> Finding {
    let verdict = check(&made.run());
    let [finding] = verdict.findings.as_slice() else { panic!("not one finding: {verdict:?}") };
    finding.clone()
}

/// Checks the only finding: its result, a part of its summary, and that the witness does not say
/// that again.
#[track_caller]
fn expect(made: &HandMade, result: Conclusion, summary: &str) -> Finding {
    let finding = finding(made);
    assert_eq!(finding.result, result, "{finding:#?}");
    assert!(finding.summary.contains(summary), "{finding:#?}");
    assert_eq!(finding.witness.is_some(), result == Conclusion::Violated, "{finding:#?}");
    let again = witness(&finding).lines().any(|line| line == finding.summary);
    assert!(!again, "{finding:#?}");
    FINDINGS.with_borrow_mut(|all| all.push(finding.clone()));
    finding
}

#[track_caller]
fn violated(made: &HandMade, summary: &str) -> Finding {
    expect(made, Conclusion::Violated, summary)
}

#[track_caller]
fn inconclusive(made: &HandMade, summary: &str) {
    expect(made, Conclusion::Inconclusive, summary);
}

#[track_caller]
fn passes(made: &HandMade, summary: &str) {
    expect(made, Conclusion::Pass, summary);
}

/// The lines of the witness of a violation.
fn witness(finding: &Finding) -> String {
    finding.witness.as_ref().map_or(String::new(), |witness| witness.texts.join("\n"))
}
