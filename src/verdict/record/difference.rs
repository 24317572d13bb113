//! The differences between two records: in the plan, in the run, and in the findings.

use super::plans::{self, PlanDifference};
use super::{Divergence, FindingSummary, Record, divergence};
use crate::engine::trace::Digest;
use crate::scenario::simulation::{Checkpoint, Run};
use crate::verdict::Conclusion;

/// The differences between two records.
///
/// The versions and the scenario files that they name do not count: they only describe where the
/// records come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordDifference {
    /// The parts of the plans that differ.
    pub plan: Vec<PlanDifference>,
    /// The difference between the runs, if there is one.
    pub run: Option<RunDifference>,
    /// The two verdicts, if they differ.
    pub verdicts: Option<[Conclusion; 2]>,
    /// The expectations with different findings.
    pub findings: Vec<FindingDifference>,
}

/// The difference between two runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDifference {
    /// Their fingerprints.
    pub digests: [Digest; 2],
    /// The number of steps of each.
    pub steps: [u64; 2],
    /// The last checkpoint up to which they are the same; `None` if they never are.
    pub same_until: Option<Checkpoint>,
    /// The first checkpoint at which they differ; `None` if there is none.
    pub differ_at: Option<Checkpoint>,
    /// The place where they diverge; `None` if all their records are equal, so that the difference
    /// is in something that the records do not show.
    pub divergence: Option<Divergence>,
    /// True if they were compared message by message. Otherwise nothing is known of what happened
    /// between two records of the story.
    pub in_full: bool,
}

/// An expectation with different findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingDifference {
    /// The expectation, in words.
    pub expectation: String,
    /// The finding on each side; `None` on a side that does not have the expectation.
    pub sides: [Option<(Conclusion, String)>; 2],
}

impl Record {
    /// The differences to another record; `None` if there are none.
    #[must_use]
    pub fn difference(&self, other: &Record) -> Option<RecordDifference> {
        let verdicts = [self.verdict, other.verdict];
        let difference = RecordDifference {
            plan: plans::differences([&self.plan, &other.plan]),
            run: run_differs(self, other),
            verdicts: (verdicts[0] != verdicts[1]).then_some(verdicts),
            findings: findings_differ(&self.findings, &other.findings),
        };
        let none = difference.plan.is_empty()
            && difference.run.is_none()
            && difference.verdicts.is_none()
            && difference.findings.is_empty();
        if none { None } else { Some(difference) }
    }
}

impl RunDifference {
    /// Finds the message at which the runs diverge. `runs` are those of the two records, with full
    /// traces.
    ///
    /// # Panics
    /// If a trace is not full.
    pub fn look_closer(&mut self, runs: [&Run; 2]) {
        assert!(runs.iter().all(|run| run.trace.is_full()), "a trace is not full");
        self.divergence = divergence::of_runs(runs);
        self.in_full = true;
    }
}

fn run_differs(one: &Record, other: &Record) -> Option<RunDifference> {
    if one.digest == other.digest {
        return None;
    }
    let pairs = one.checkpoints.iter().zip(&other.checkpoints);
    let same = pairs.take_while(|(one, other)| one == other).count();
    Some(RunDifference {
        digests: [one.digest, other.digest],
        steps: [one.steps, other.steps],
        same_until: same.checked_sub(1).map(|last| one.checkpoints[last]),
        differ_at: one.checkpoints.get(same).copied(),
        divergence: divergence::of_stories([&one.story, &other.story]),
        in_full: false,
    })
}

fn findings_differ(one: &[FindingSummary], other: &[FindingSummary]) -> Vec<FindingDifference> {
    let of = |all: &[FindingSummary], expectation: &str| {
        let found = all.iter().find(|found| found.expectation == expectation);
        found.map(|found| (found.result, found.summary.clone()))
    };
    let is_new = |found: &&FindingSummary| of(one, &found.expectation).is_none();
    let all = one.iter().chain(other.iter().filter(is_new));
    let all = all.map(|found| FindingDifference {
        expectation: found.expectation.clone(),
        sides: [of(one, &found.expectation), of(other, &found.expectation)],
    });
    all.filter(|finding| finding.sides[0] != finding.sides[1]).collect()
}
