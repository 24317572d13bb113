//! Records of runs: a record holds the plan of a run, its findings, its story and its digest.
//!
//! A [`Record`] is a JSON file that people can read and compare. It holds everything that a replay
//! needs, so that it does not depend on the scenario file that it was made from.
//!
//! - `write`, `read`: the file
//! - `story`: trace records in words
//! - `code`: the compiled code of a run
//! - `divergence`: the place where two runs with the same beginning diverge
//! - `plans`: the differences between two plans
//! - `difference`: the differences between two records

mod code;
mod difference;
mod divergence;
mod plans;
mod read;
mod story;
#[cfg(test)]
mod tests;
mod write;

use crate::engine::time::Time;
use crate::engine::trace::Digest;
use crate::scenario::services::Programs;
use crate::scenario::simulation::{Checkpoint, Run, Simulation};
use crate::scenario::{Plan, sha256_of};
use crate::verdict::{Conclusion, Verdict, check};

pub use code::{CodeDifference, RecordedCode};
pub use difference::{FindingDifference, RecordDifference, RunDifference};
pub use divergence::{Divergence, TraceFileError};
pub use plans::PlanDifference;
pub use read::is_record;
pub(crate) use read::looks_like_a_record;
pub use story::StoryEvent;

/// The version of the files that this nodedown writes and reads.
pub const FORMAT: u32 = 1;

/// A run that can be replayed.
///
/// ```
/// use nodedown::prelude::*;
/// use nodedown::record::Record;
///
/// let programs = Programs::builtin();
/// let catalogue = programs.catalogue();
/// let scenario = Scenario::from_file("scenarios/takeover.json", &catalogue)?;
/// let run = Simulation::new(scenario.plan(3), &programs).run();
/// let record = Record::of(&run, &check(&run));
///
/// let text = record.to_json(&catalogue).unwrap();
/// let again = Record::parse(&text, "record.json", &catalogue)?;
/// assert_eq!(again, record);
///
/// let replayed = again.replay(&programs);
/// assert!(record.difference(&replayed).is_none());
/// # Ok::<(), nodedown::scenario::ScenarioError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The version of the nodedown that made the run.
    pub version: String,
    /// The file that the plan was made from, if it was one.
    pub source: Option<ScenarioSource>,
    /// The compiled code that its nodes ran, if they did.
    pub code: Option<RecordedCode>,
    /// The plan, without randomness.
    pub plan: Plan,
    /// The verdict.
    pub verdict: Conclusion,
    /// The findings, in short.
    pub findings: Vec<FindingSummary>,
    /// The fingerprint of the run.
    pub digest: Digest,
    /// Events and turns of processes.
    pub steps: u64,
    /// The time at which the run ended.
    pub ended_at: Time,
    /// The fingerprint at several times of the run.
    pub checkpoints: Vec<Checkpoint>,
    /// The story of the run, without single messages.
    pub story: Vec<StoryEvent>,
}

/// The file that a plan was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioSource {
    /// Its name.
    pub file: String,
    /// The SHA-256 of its text, in hexadecimal.
    pub sha256: String,
}

/// A finding, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingSummary {
    /// The expectation, in words.
    pub expectation: String,
    /// The conclusion about it.
    pub result: Conclusion,
    /// A summary in one line, for people.
    pub summary: String,
}

impl ScenarioSource {
    /// A file with this name and text.
    #[must_use]
    pub fn of(file: &str, text: &str) -> ScenarioSource {
        ScenarioSource { file: file.to_owned(), sha256: sha256_of(text.as_bytes()) }
    }
}

impl Record {
    /// The record of a run and its verdict. The level of detail of its trace makes no
    /// difference, if it has the [story](crate::engine::trace::Detail::Story) at least.
    #[must_use]
    pub fn of(run: &Run, verdict: &Verdict) -> Record {
        let findings = verdict.findings.iter().map(|finding| FindingSummary {
            expectation: finding.expectation.to_string(),
            result: finding.result,
            summary: finding.summary.clone(),
        });
        Record {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            source: None,
            code: RecordedCode::of(&run.plan.scenario),
            plan: run.plan.to_scenario().plan(run.plan.seed),
            verdict: verdict.conclusion,
            findings: findings.collect(),
            digest: run.trace.digest(),
            steps: run.steps,
            ended_at: run.ended_at,
            checkpoints: run.checkpoints.clone(),
            story: story::story(run),
        }
    }

    /// The same record, with the file that its plan was made from.
    #[must_use]
    pub fn with_source(self, source: ScenarioSource) -> Record {
        Record { source: Some(source), ..self }
    }

    /// The differences between the compiled code of two runs; `None` if there are none, or if one of them
    /// ran none.
    #[must_use]
    pub fn code_difference(&self, other: &Record) -> Option<CodeDifference> {
        self.code.as_ref()?.difference(other.code.as_ref()?)
    }

    /// Runs the plan again, and makes a record of that.
    ///
    /// # Panics
    /// If the plan names programs that are not among these.
    #[must_use]
    pub fn replay(&self, programs: &Programs) -> Record {
        let run = Simulation::new(self.plan.clone(), programs).run();
        let replayed = Record::of(&run, &check(&run));
        Record { source: self.source.clone(), ..replayed }
    }
}
