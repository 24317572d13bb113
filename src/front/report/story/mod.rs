//! A run as a short story in virtual time.
//!
//! Each line has the time at which it happened and comes after the lines that led to it. Related
//! events share a line: the start of the cluster, a node that several others lose at the same time,
//! and a repeated complaint, which is placed where it was first made and says until when.

mod connections;
mod nodes;
mod users;

use std::collections::BTreeSet;
use std::fmt::Write;

use anstyle::Style;

use crate::engine::runtime::RunOutcome;
use crate::engine::time::Time;
use crate::engine::trace::{Fact, FaultFact, LogFact, RecordId};
use crate::scenario::ScheduledFault;
use crate::scenario::fault::Trigger;
use crate::scenario::simulation::Run;

use super::Styles;

/// A line of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryLine {
    /// The time.
    pub at: Time,
    /// The subject: a node, a workload, `cluster`, `fault`.
    pub who: String,
    /// The event.
    pub what: String,
    /// The tone in which it is shown.
    pub tone: Tone,
    /// The trace record that it tells of: at one instant causes come before effects.
    record: RecordId,
}

/// The tone of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// An ordinary event.
    Plain,
    /// Something bad.
    Bad,
    /// Something good, or good again.
    Good,
    /// Something worth a look.
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
    lines.extend(never_struck(run));
    lines.extend(end(run));
    lines.sort_by_key(|line| (line.at, line.record));
    lines
}

/// The lines that services reported about themselves, which they also wrote to the log.
fn reported(run: &Run) -> Vec<StoryLine> {
    let mut logged = run.trace.records().iter();
    let lines = run.reports.iter().map(|line| {
        let what = format!("[{}] {}", line.application.as_str(), line.text);
        let said = format!("{}: {}", line.application, line.text);
        let record = logged.clone().find(|record| {
            let is_said = matches!(&record.fact, Fact::Log(LogFact { text, .. }) if *text == said);
            is_said && (record.at, record.node) == (line.at, Some(line.node))
        });
        if let Some(found) = record {
            logged = run.trace.records()[found.id.0 as usize..].iter();
        }
        let record = record.map_or(LAST, |record| record.id);
        StoryLine::new((line.at, record), line.node.as_str(), what, Tone::Plain)
    });
    lines.collect()
}

/// A record id that sorts after everything else at an instant.
const LAST: RecordId = RecordId(u32::MAX);

/// The names that nobody ever had, where they were first looked for.
fn unregistered(run: &Run) -> impl Iterator<Item = StoryLine> {
    run.unregistered_names.iter().map(|name| {
        StoryLine::new((name.first, LAST), name.node.as_str(), name.to_string(), Tone::Doubtful)
    })
}

/// The faults of the plan of which the trace does not tell.
fn never_struck(run: &Run) -> Vec<StoryLine> {
    let told: BTreeSet<u32> = run
        .trace
        .records()
        .iter()
        .filter_map(|record| match &record.fact {
            Fact::Fault(
                FaultFact::Injected { fault, .. } | FaultFact::WithoutEffect { fault, .. },
            ) => Some(*fault),
            _ => None,
        })
        .collect();
    let missing = run.plan.faults.iter().zip(0..).filter(|(_, number)| !told.contains(number));
    let line = |(scheduled, _): (&ScheduledFault, u32)| {
        let why = match scheduled.trigger {
            Trigger::When(_) => "what it waits for was not seen",
            Trigger::At(_) | Trigger::AtStep(_) => "the run had ended",
        };
        let text = scheduled.label.clone().unwrap_or_else(|| scheduled.fault.to_string());
        let what = format!("never injected: {text} ({why})");
        StoryLine::new((run.ended_at, LAST), "fault", what, Tone::Doubtful)
    };
    missing.map(line).collect()
}

fn end(run: &Run) -> Option<StoryLine> {
    let what = match &run.outcome {
        RunOutcome::Deadline
        | RunOutcome::Quiescent
        | RunOutcome::Called(_)
        | RunOutcome::Recorded
        | RunOutcome::Stepped
        | RunOutcome::StepsDone => {
            return None;
        }
        RunOutcome::BudgetExhausted { busy } => {
            let busy: Vec<String> =
                busy.iter().map(|(label, count)| format!("{count} {}", label.as_str())).collect();
            let busy = if busy.is_empty() { "nobody".to_owned() } else { busy.join(", ") };
            format!("the run was given up after {} steps; still ready: {busy}", run.steps)
        }
    };
    Some(StoryLine::new((run.ended_at, LAST), "run", what, Tone::Bad))
}

impl StoryLine {
    /// The record that it tells of; `None` if it tells of something that is not in the trace.
    #[must_use]
    pub fn record(&self) -> Option<RecordId> {
        Some(self.record).filter(|record| *record != LAST)
    }

    fn new(
        (at, record): (Time, RecordId),
        who: &str,
        what: impl Into<String>,
        tone: Tone,
    ) -> StoryLine {
        StoryLine { at, who: who.to_owned(), what: what.into(), tone, record }
    }
}

/// A story in aligned columns: time, subject, event.
#[must_use]
pub fn story_text(story: &[StoryLine], styles: &Styles) -> String {
    let times = story.iter().map(|line| line.at.to_string().len()).max().unwrap_or(0);
    let names = story.iter().map(|line| line.who.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for StoryLine { at, who, what, tone, .. } in story {
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
