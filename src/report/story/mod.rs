//! The run as a short story in virtual time.
//!
//! What belongs together is told in one line: the start of the cluster, a node that several others
//! lose within a second, the same complaint again and again.

mod connections;
mod nodes;
mod users;

use std::fmt::Write;

use anstyle::Style;

use crate::runtime::Outcome;
use crate::simulation::Run;
use crate::time::Time;

use super::Styles;

/// A line of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryLine {
    /// When.
    pub at: Time,
    /// Who, or where: a node, a workload, `cluster`, `fault`.
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
    let mut lines = nodes::boot(run);
    lines.extend(nodes::lines(run));
    lines.extend(connections::lines(run));
    lines.extend(users::lines(run));
    lines.extend(reported(run));
    lines.extend(unregistered(run));
    lines.extend(end(run));
    // Stable: at one instant causes come before effects, in the order of the sources above.
    lines.sort_by_key(|line| line.at);
    lines
}

/// What services themselves said of it.
fn reported(run: &Run) -> impl Iterator<Item = StoryLine> {
    run.reports.iter().map(|line| {
        let what = format!("[{}] {}", line.application.as_str(), line.text);
        StoryLine::new(line.at, line.node.as_str(), what, Tone::Plain)
    })
}

/// The names that nobody ever had, where they were first looked for.
fn unregistered(run: &Run) -> impl Iterator<Item = StoryLine> {
    run.unregistered_names.iter().map(|name| {
        StoryLine::new(name.first, name.node.as_str(), name.to_string(), Tone::Doubtful)
    })
}

fn end(run: &Run) -> Option<StoryLine> {
    let what = match &run.outcome {
        Outcome::Deadline
        | Outcome::Quiescent
        | Outcome::Called(_)
        | Outcome::Recorded
        | Outcome::Stepped
        | Outcome::StepsDone => {
            return None;
        }
        Outcome::BudgetExhausted { busy } => {
            let busy: Vec<String> =
                busy.iter().map(|(label, count)| format!("{count} {}", label.as_str())).collect();
            let busy = if busy.is_empty() { "nobody".to_owned() } else { busy.join(", ") };
            format!("the run is given up after {} steps; ready were {busy}", run.steps)
        }
    };
    Some(StoryLine::new(run.ended_at, "run", what, Tone::Bad))
}

impl StoryLine {
    fn new(at: Time, who: &str, what: impl Into<String>, tone: Tone) -> StoryLine {
        StoryLine { at, who: who.to_owned(), what: what.into(), tone }
    }
}

/// A story in aligned columns, a line each: when, who, what.
#[must_use]
pub fn story_text(story: &[StoryLine], styles: &Styles) -> String {
    let times = story.iter().map(|line| line.at.to_string().len()).max().unwrap_or(0);
    let names = story.iter().map(|line| line.who.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for StoryLine { at, who, what, tone } in story {
        let (style, faint) = (tone.style(styles), styles.faint);
        let _ =
            writeln!(text, "{faint}{at:>times$}{faint:#}  {who:names$}  {style}{what}{style:#}");
    }
    text
}

impl Tone {
    const fn style(self, styles: &Styles) -> Style {
        match self {
            Tone::Plain => Style::new(),
            Tone::Bad => styles.bad,
            Tone::Good => styles.good,
            Tone::Doubtful => styles.doubtful,
        }
    }
}
