//! The figures of a run as a table, and its verdict.

use crate::check::{Figures, Verdict};
use crate::simulation::Run;

use super::Styles;

/// The figures in aligned columns.
#[must_use]
pub fn figures_text(figures: &Figures, styles: &Styles) -> String {
    let _ = (figures, styles);
    String::new()
}

/// The verdict: each expectation with its mark and its figures, witnesses below it, and the total.
///
/// When the verdict is not the one that the scenario is meant to end in, the last line is `replay`,
/// the command that runs it again.
#[must_use]
pub fn verdict_text(run: &Run, verdict: &Verdict, replay: &str, styles: &Styles) -> String {
    let _ = (run, verdict, replay, styles);
    String::new()
}
