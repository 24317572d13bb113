//! The run as a short story in virtual time.

use crate::simulation::Run;
use crate::time::Time;

use super::Styles;

/// A line of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryLine {
    /// When.
    pub at: Time,
    /// Who, or where: a node, a workload, `fault`, `reporting`.
    pub who: String,
    /// What happened.
    pub what: String,
    /// How it is to be taken.
    pub tone: Tone,
}

/// How a line is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As a matter of course.
    Plain,
    /// As something bad.
    Bad,
    /// As something that is well, or well again.
    Good,
    /// As something to look at.
    Doubtful,
}

/// The story of a run.
#[must_use]
pub fn story(run: &Run) -> Vec<StoryLine> {
    let _ = run;
    Vec::new()
}

/// A story in aligned columns, a line each.
#[must_use]
pub fn story_text(story: &[StoryLine], styles: &Styles) -> String {
    let _ = (story, styles);
    String::new()
}
