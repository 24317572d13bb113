//! The distribution of a measured time over many runs.

use super::summary::{MeasuredTime, RunSummary, RunTimes};

/// The distribution of one measured time over many runs, by the nearest-rank method. Runs in which
/// the awaited event never happened count as the longest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Percentiles {
    /// The number of runs in which it was measured.
    pub runs: u64,
    /// The number of these in which the awaited event never happened.
    pub never: u64,
    /// The median.
    pub p50: MeasuredTime,
    /// The 90th percentile.
    pub p90: MeasuredTime,
    /// The 99th percentile.
    pub p99: MeasuredTime,
    /// The longest of all.
    pub max: MeasuredTime,
    /// The first seed in which it took that long.
    pub max_seed: u64,
}

/// All measures in [`RunTimes`], each with a name for programs and a text for people.
pub const MEASURES: [Measure; 6] = [
    Measure {
        name: "detection_first",
        about: "until the first node notices",
        of: |times| times.detection_first,
    },
    Measure {
        name: "detection_last",
        about: "until the last node notices",
        of: |times| times.detection_last,
    },
    Measure {
        name: "restart",
        about: "until an application runs again",
        of: |times| times.restart,
    },
    Measure {
        name: "recovery",
        about: "until users are served again (RTO)",
        of: |times| times.recovery,
    },
    Measure { name: "p99", about: "99 in 100 operations", of: |times| times.p99 },
    Measure { name: "slowest", about: "the slowest operation", of: |times| times.slowest },
];

/// Something that is measured in each run.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Its name for programs.
    pub name: &'static str,
    /// Its description, for people.
    pub about: &'static str,
    /// Reads it from the times of a run.
    pub of: fn(&RunTimes) -> Option<MeasuredTime>,
}

impl Percentiles {
    /// The percentiles of one measure in these runs; `None` if none of them has it.
    #[must_use]
    pub fn of(measure: &Measure, runs: &[RunSummary]) -> Option<Percentiles> {
        let taken = runs.iter().filter_map(|run| Some(((measure.of)(&run.times)?, run.seed)));
        let mut taken: Vec<(MeasuredTime, u64)> = taken.collect();
        taken.sort_unstable();
        let rank = |percent: usize| {
            let rank = (taken.len() * percent).div_ceil(100);
            Some(taken.get(rank.checked_sub(1)?)?.0)
        };
        let max = rank(100)?;
        let longest = taken.partition_point(|(time, _)| *time < max);
        let never = taken.iter().filter(|(time, _)| *time == MeasuredTime::Never).count();
        Some(Percentiles {
            runs: taken.len() as u64,
            never: never as u64,
            p50: rank(50)?,
            p90: rank(90)?,
            p99: rank(99)?,
            max,
            max_seed: taken[longest].1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explore::summary::RunConclusion;
    use std::time::Duration;

    fn runs(times: impl IntoIterator<Item = Option<MeasuredTime>>) -> Vec<RunSummary> {
        let numbered = (1..).zip(times);
        numbered
            .map(|(seed, recovery)| RunSummary {
                seed,
                transport: 0,
                digest: 0,
                ended: RunConclusion::Pass,
                as_expected: true,
                faults: 1,
                times: RunTimes { recovery, ..RunTimes::default() },
                strikes: Vec::new(),
                ways: Vec::new(),
            })
            .collect()
    }

    fn taken(millis: u64) -> MeasuredTime {
        MeasuredTime::For(Duration::from_millis(millis))
    }

    fn recovery(times: impl IntoIterator<Item = Option<MeasuredTime>>) -> Option<Percentiles> {
        let measure = MEASURES.iter().find(|measure| measure.name == "recovery").unwrap();
        Percentiles::of(measure, &runs(times))
    }

    #[test]
    fn percentiles_are_the_nearest_rank() {
        let found = recovery((1..=200).rev().map(|time| Some(taken(time)))).unwrap();
        assert_eq!([found.p50, found.p90, found.p99, found.max], [100, 180, 198, 200].map(taken));
        assert_eq!((found.runs, found.never, found.max_seed), (200, 0, 1));
        let one = recovery([None, Some(taken(7)), None]).unwrap();
        assert_eq!((one.runs, one.p50, one.max, one.max_seed), (1, taken(7), taken(7), 2));
        assert_eq!(recovery([None, None]), None);
    }

    #[test]
    fn what_never_came_about_took_longest() {
        let times =
            [Some(taken(9)), Some(MeasuredTime::Never), Some(taken(1)), Some(MeasuredTime::Never)];
        let found = recovery(times).unwrap();
        assert_eq!([found.p50, found.p90], [taken(9), MeasuredTime::Never]);
        assert_eq!((found.never, found.max_seed), (2, 2));
    }
}
