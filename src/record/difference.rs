//! All in which two records differ: what was to happen, what happened, and what came of it.

use super::plans::{self, PartDiffers};
use super::{Found, Parting, Record, parting};
use crate::check::Conclusion;
use crate::simulation::{Checkpoint, Run};
use crate::trace::Digest;

/// All in which two records differ.
///
/// The versions and the scenario files that they name do not count: those are about where the
/// records come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The parts of the plans that differ.
    pub plan: Vec<PartDiffers>,
    /// How the runs differ, if they do.
    pub run: Option<RunDiffers>,
    /// The two verdicts, if they differ.
    pub verdicts: Option<[Conclusion; 2]>,
    /// The expectations of which not the same came.
    pub findings: Vec<FindingDiffers>,
}

/// How two runs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDiffers {
    /// Their fingerprints.
    pub digests: [Digest; 2],
    /// How many steps each took.
    pub steps: [u64; 2],
    /// The last checkpoint up to which they are the same; nothing if they never are.
    pub same_until: Option<Checkpoint>,
    /// The first checkpoint of which they are not; nothing if there is none.
    pub differ_at: Option<Checkpoint>,
    /// Where they part; nothing if their records are all the same, so that the difference is in
    /// something that these do not tell.
    pub parting: Option<Parting>,
    /// Whether they were compared message by message. Otherwise what happened between two records
    /// of the story is not known.
    pub in_full: bool,
}

/// An expectation of which not the same came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingDiffers {
    /// What was expected.
    pub expectation: String,
    /// What came of it on each side; nothing where it was not expected.
    pub sides: [Option<(Conclusion, String)>; 2],
}

impl Record {
    /// All in which another record differs; nothing if it does not.
    #[must_use]
    pub fn difference(&self, other: &Record) -> Option<Difference> {
        let verdicts = [self.verdict, other.verdict];
        let difference = Difference {
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

impl RunDiffers {
    /// Finds where the runs part message by message. Both are what the records tell of, with full
    /// traces.
    ///
    /// # Panics
    /// If a trace is not full.
    pub fn look_closer(&mut self, runs: [&Run; 2]) {
        assert!(runs.iter().all(|run| run.trace.is_full()), "a trace is not full");
        self.parting = parting::of_runs(runs);
        self.in_full = true;
    }
}

fn run_differs(one: &Record, other: &Record) -> Option<RunDiffers> {
    if one.digest == other.digest {
        return None;
    }
    let pairs = one.checkpoints.iter().zip(&other.checkpoints);
    let same = pairs.take_while(|(one, other)| one == other).count();
    Some(RunDiffers {
        digests: [one.digest, other.digest],
        steps: [one.steps, other.steps],
        same_until: same.checked_sub(1).map(|last| one.checkpoints[last]),
        differ_at: one.checkpoints.get(same).copied(),
        parting: parting::of_stories([&one.story, &other.story]),
        in_full: false,
    })
}

fn findings_differ(one: &[Found], other: &[Found]) -> Vec<FindingDiffers> {
    let of = |all: &[Found], expectation: &str| {
        let found = all.iter().find(|found| found.expectation == expectation);
        found.map(|found| (found.result, found.summary.clone()))
    };
    let is_new = |found: &&Found| of(one, &found.expectation).is_none();
    let all = one.iter().chain(other.iter().filter(is_new));
    let all = all.map(|found| FindingDiffers {
        expectation: found.expectation.clone(),
        sides: [of(one, &found.expectation), of(other, &found.expectation)],
    });
    all.filter(|finding| finding.sides[0] != finding.sides[1]).collect()
}
