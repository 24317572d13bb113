//! What is kept of a run: its plan, what came of it, and what tells it from other runs.
//!
//! A [`Record`] is a JSON file that people can read and compare. It holds all that a replay needs, so
//! that nothing depends on the scenario file that it was made from.
//!
//! - `write`, `read`: the file
//! - `told`: trace records in words
//! - `parting`: where two runs that began alike part
//! - `plans`: what two plans have not in common
//! - `difference`: all in which two records differ

mod difference;
mod parting;
mod plans;
mod read;
#[cfg(test)]
mod tests;
mod told;
mod write;

use sha2::{Digest as _, Sha256};

use crate::check::{Conclusion, Verdict, check, describe};
use crate::scenario::Plan;
use crate::services::Programs;
use crate::simulation::{Checkpoint, Run, Simulation};
use crate::time::Time;
use crate::trace::Digest;

pub use difference::{Difference, FindingDiffers, RunDiffers};
pub use parting::{Parting, TraceFileError};
pub use plans::PartDiffers;
pub use read::is_record;
pub use told::Told;

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
    pub source: Option<Source>,
    /// What was to happen, with nothing left to be drawn.
    pub plan: Plan,
    /// The verdict.
    pub verdict: Conclusion,
    /// What came of each expectation, in short.
    pub findings: Vec<Found>,
    /// The fingerprint of the run.
    pub digest: Digest,
    /// Events and turns of processes.
    pub steps: u64,
    /// When the run ended.
    pub ended_at: Time,
    /// The fingerprint at several times of the run.
    pub checkpoints: Vec<Checkpoint>,
    /// What happened, without the single messages.
    pub story: Vec<Told>,
}

/// The file that a plan was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub file: String,
    /// The SHA-256 of its text, in hexadecimal.
    pub sha256: String,
}

/// What came of an expectation, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What was expected.
    pub expectation: String,
    /// Whether it held.
    pub result: Conclusion,
    /// One line for people.
    pub summary: String,
}

impl Source {
    /// A file with this name and text.
    #[must_use]
    pub fn of(file: &str, text: &str) -> Source {
        let hash = Sha256::digest(text);
        let digits: Vec<String> = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Source { file: file.to_owned(), sha256: digits.concat() }
    }
}

impl Record {
    /// The record of a run and its verdict. How much of its trace was written down makes no
    /// difference, if it tells the [story](crate::trace::Detail::Story) at least.
    #[must_use]
    pub fn of(run: &Run, verdict: &Verdict) -> Record {
        let findings = verdict.findings.iter().map(|finding| Found {
            expectation: describe(&finding.expectation),
            result: finding.result,
            summary: finding.summary.clone(),
        });
        Record {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            source: None,
            plan: run.plan.to_scenario().plan(run.plan.seed),
            verdict: verdict.conclusion,
            findings: findings.collect(),
            digest: run.trace.digest(),
            steps: run.steps,
            ended_at: run.ended_at,
            checkpoints: run.checkpoints.clone(),
            story: told::story(run),
        }
    }

    /// The same record, which says which file its plan was made from.
    #[must_use]
    pub fn with_source(self, source: Source) -> Record {
        Record { source: Some(source), ..self }
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
