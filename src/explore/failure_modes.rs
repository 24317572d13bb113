//! The distinct ways in which runs fail: two witnesses are of the same way if they are equal
//! without times, numbers, processes and texts of messages.

use std::fmt;
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

use super::summary::RunConclusion;
use crate::engine::rng::fnv1a;

/// The most runs that are kept as examples of one way of failing: those with the smallest seeds.
pub const EXAMPLES_MAX: usize = 20;

/// An id for a way of failing, stable between sweeps of the same scenario.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailureModeId(u32);

/// A way of failing, with the runs that showed it.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureMode {
    /// Its id.
    pub id: FailureModeId,
    /// The expectation that did not hold, or was not tested.
    pub what: ExpectationRef,
    /// The conclusion of such a run.
    pub result: RunConclusion,
    /// The number of runs that failed in this way.
    pub runs: u64,
    /// The number of these that did not end as the scenario expects.
    pub failures: u64,
    /// The runs with the smallest seeds, smallest first.
    pub examples: Vec<FailureExample>,
}

/// An expectation that is part of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectationRef {
    /// The place of the expectation among those of the scenario, if it is one.
    pub place: Option<usize>,
    /// The expectation in words: `users lose nothing of what was acknowledged`.
    pub text: String,
}

/// A run that failed in a certain way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureExample {
    /// The seed of the run.
    pub seed: u64,
    /// The place of its transport among those of the scenario.
    pub transport: usize,
    /// A summary in one line.
    pub summary: String,
    /// The lines of the witness.
    pub witness: Vec<String>,
}

/// A single failure in a single run, before it is counted under its way of failing.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureInstance {
    /// The expectation that did not hold, or was not tested.
    pub what: ExpectationRef,
    /// The conclusion of the run.
    pub result: RunConclusion,
    /// The run, with its summary and witness.
    pub example: FailureExample,
}

impl FailureInstance {
    /// The id of its way of failing.
    #[must_use]
    pub fn mode(&self) -> FailureModeId {
        let ExpectationRef { place, text } = &self.what;
        let FailureExample { summary, witness, .. } = &self.example;
        let line = witness.first().map_or("", String::as_str);
        let place = place.map_or(String::new(), |place| place.to_string());
        let parts = [&place, text, &format!("{:?}", self.result), &shape(summary), &shape(line)];
        let hash = fnv1a(parts.map(String::as_str).join("\n").as_bytes());
        FailureModeId((hash ^ (hash >> 32)) as u32)
    }
}

impl FailureMode {
    /// A way of failing without any runs yet.
    pub(super) fn of(sight: &FailureInstance) -> FailureMode {
        FailureMode {
            id: sight.mode(),
            what: sight.what.clone(),
            result: sight.result,
            runs: 0,
            failures: 0,
            examples: Vec::new(),
        }
    }

    /// Adds an example, unless there are enough with smaller seeds.
    pub(super) fn add_example(&mut self, example: FailureExample) {
        let key = |example: &FailureExample| (example.seed, example.transport);
        let place = self.examples.partition_point(|other| key(other) <= key(&example));
        if place < EXAMPLES_MAX {
            self.examples.insert(place, example);
            self.examples.truncate(EXAMPLES_MAX);
        }
    }

    /// The example with the smallest seed.
    ///
    /// # Panics
    /// If no run has failed this way.
    #[must_use]
    pub fn example(&self) -> &FailureExample {
        self.examples.first().expect("a way is made by a run that goes it")
    }

    /// The respect in which it differs from another way in which the same expectation fails.
    #[must_use]
    pub fn differs_in(&self, other: &FailureMode) -> &'static str {
        let [own, others] = [self.example(), other.example()];
        if shape(&own.summary) != shape(&others.summary) {
            "its summary"
        } else if self.result != other.result {
            "its verdict"
        } else {
            "its witness"
        }
    }

    /// The example from this run, if it was kept.
    #[must_use]
    pub fn example_in(&self, seed: u64, transport: usize) -> Option<&FailureExample> {
        self.examples.iter().find(|each| each.seed == seed && each.transport == transport)
    }
}

impl fmt::Display for FailureModeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl fmt::Debug for FailureModeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<FailureModeId> for String {
    fn from(id: FailureModeId) -> String {
        id.to_string()
    }
}

impl TryFrom<String> for FailureModeId {
    type Error = String;

    fn try_from(text: String) -> Result<FailureModeId, String> {
        let number = u32::from_str_radix(&text, 16);
        number.map(FailureModeId).map_err(|_| format!("\"{text}\" names no way of failing"))
    }
}

/// The patterns that are removed from a text, in this order, each with its replacement.
static PARTS: LazyLock<[(Regex, &str); 7]> = LazyLock::new(|| {
    [
        // Binaries, that is texts of messages and names of rooms; then processes and references.
        (r"<<.*?>>", "<<…>>"),
        (r"(#Ref)?<[^<>…]+>", "<…>"),
        // Who does what, and when.
        (r"([\w@.-]+)/\d+ .*? at \d+\.\d{3}s", "$1 …"),
        (r"([\w@.-]+)/\d+\b", "$1/…"),
        // Times, and how long something took.
        (r"\b\d+\.\d{3}s\b", "T"),
        (r"\b\d+(\.\d+)? ?(ns|us|ms|s|m|h)\b", "T"),
        (r"\b\d+(\.\d+)?%", "N%"),
    ]
    .map(|(pattern, instead)| (Regex::new(pattern).expect("a pattern that is tested"), instead))
});

static LIST: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\[[^\[\]]*\]").expect("a pattern that is tested"));

static WORD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\w@/-]+(\.\d+)?").expect("a pattern that is tested"));

/// A text without what differs from one run to the other. Whether a number is 0 or not is kept.
pub(super) fn shape(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, instead) in PARTS.iter() {
        text = pattern.replace_all(&text, *instead).into_owned();
    }
    // From the inside to the outside.
    while LIST.is_match(&text) {
        text = LIST.replace_all(&text, "…").into_owned();
    }
    WORD.replace_all(&text, |word: &Captures<'_>| {
        let word = &word[0];
        let number = word.parse::<f64>().is_ok_and(|number| number != 0.0);
        if number { "N".to_owned() } else { word.to_owned() }
    })
    .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_between_runs_is_taken_out() {
        for (text, expected) in [
            (
                "users/3 post <<\"users-3-139\">> in <<\"room-1\">> at 20.185s, failed with noproc at 24.587s (4.40 s)",
                "users …, failed with noproc at T (T)",
            ),
            (
                "users/2 read in <<\"room-1\">> at 20.355s, answered [<<\"a\">>,[1,2],… 3 more …] at 28.976s (3.80 s)",
                "users …, answered … at T (T)",
            ),
            (
                "22 of 1241 acknowledged operations lost, the oldest 931 ms before the fault; 0 missing for a time",
                "N of N acknowledged operations lost, the oldest T before the fault; 0 missing for a time",
            ),
            (
                "database ran on db1@a and db2@b from 29.319s to 90.000s (the end of the run), 60.7 s; the later start was {failover,db1@a}",
                "database ran on db1@a and db2@b from T to T (the end of the run), T; the later start was {failover,db1@a}",
            ),
            ("91.4163% answered (426 of 466)", "N% answered (N of N)"),
            ("<db2@b.85.0> and #Ref<db2@b.1.2.3> on rack-2", "<…> and <…> on rack-2"),
            ("notices within 1500ms, 4s", "notices within T, T"),
        ] {
            assert_eq!(shape(text), expected);
        }
    }

    fn sight(seed: u64, summary: &str, line: &str) -> FailureInstance {
        let what = ExpectationRef { place: Some(1), text: "nothing is lost".to_owned() };
        let (summary, witness) = (summary.to_owned(), vec![line.to_owned()]);
        FailureInstance {
            what,
            result: RunConclusion::Violated,
            example: FailureExample { seed, transport: 0, summary, witness },
        }
    }

    #[test]
    fn runs_that_differ_in_times_and_numbers_only_fail_in_the_same_way() {
        let one = sight(1, "3 of 20 lost", "users/3 post <<\"a\">> at 1.000s, lost");
        let other = sight(2, "17 of 31 lost", "users/1 post <<\"b\">> at 7.500s, lost");
        assert_eq!(one.mode(), other.mode());
        let kind = sight(2, "17 of 31 lost", "users/1 post <<\"b\">> at 7.500s, doubled");
        assert_ne!(one.mode(), kind.mode());
        let elsewhere = FailureInstance {
            what: ExpectationRef { place: Some(2), ..one.what.clone() },
            ..one.clone()
        };
        assert_ne!(one.mode(), elsewhere.mode());
    }

    #[test]
    fn the_examples_with_the_smallest_seeds_are_kept_whatever_comes_first() {
        let kept = |seeds: &mut dyn Iterator<Item = u64>| {
            let mut way = FailureMode::of(&sight(0, "", ""));
            seeds.for_each(|seed| way.add_example(sight(seed, "", "").example));
            way
        };
        let way = kept(&mut (0..100).rev());
        assert_eq!(way, kept(&mut (0..100)));
        assert_eq!(way.examples.len(), EXAMPLES_MAX);
        assert_eq!(way.example().seed, 0);
        assert!(way.example_in(19, 0).is_some() && way.example_in(20, 0).is_none());
    }

    #[test]
    fn ids_are_written_and_read() {
        let id = sight(1, "a", "b").mode();
        assert_eq!(FailureModeId::try_from(String::from(id)), Ok(id));
        assert!(FailureModeId::try_from("no".to_owned()).is_err());
    }
}
