//! Where two runs that began alike part.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use super::Told;
use crate::simulation::Run;
use crate::trace::TraceRecord;

/// Where two runs part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parting {
    /// How many records are the same from the beginning on.
    pub same: usize,
    /// The last few of those.
    pub before: Vec<Told>,
    /// The first that differs on each side, and the few after it; empty where that side is over.
    pub sides: [Vec<Told>; 2],
}

/// How many records are shown that are still the same.
const BEFORE: usize = 4;

/// How many records of each side are shown from the first that differs on.
const AFTER: usize = 3;

/// Where two lists of records part; nothing if they do not.
fn parting<T>(
    mut sides: [impl Iterator<Item = T>; 2],
    same: impl Fn(&T, &T) -> bool,
    tell: impl Fn(usize, T) -> Told,
) -> Option<Parting> {
    let mut before = VecDeque::with_capacity(BEFORE + 1);
    let mut count = 0;
    loop {
        let next = [sides[0].next(), sides[1].next()];
        match next {
            [None, None] => return None,
            [Some(one), Some(other)] if same(&one, &other) => {
                count += 1;
                before.push_back(one);
                if before.len() > BEFORE {
                    before.pop_front();
                }
            }
            [one, other] => {
                let before = before.into_iter().map(|each| tell(0, each)).collect();
                let [rest_of_one, rest_of_other] = sides;
                let one = one.into_iter().chain(rest_of_one).take(AFTER);
                let other = other.into_iter().chain(rest_of_other).take(AFTER);
                let sides = [
                    one.map(|each| tell(0, each)).collect(),
                    other.map(|each| tell(1, each)).collect(),
                ];
                return Some(Parting { same: count, before, sides });
            }
        }
    }
}

/// Where two stories part.
pub(super) fn of_stories(stories: [&[Told]; 2]) -> Option<Parting> {
    parting(stories.map(<[Told]>::iter), |one, other| one == other, |_, told| told.clone())
}

/// Where the traces of two runs part, whatever their records say of their causes.
pub(super) fn of_runs(runs: [&Run; 2]) -> Option<Parting> {
    let same = |one: &&TraceRecord, other: &&TraceRecord| {
        one.at == other.at && one.node == other.node && one.fact == other.fact
    };
    let traces = runs.map(|run| run.trace.records().iter());
    parting(traces, same, |side, record| Told::of(record, &runs[side].history))
}

/// Why trace files cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum TraceFileError {
    /// One cannot be read.
    #[error("{0}")]
    Read(io::Error),
    /// A line is no trace record.
    #[error("line {0} is no trace record, which is a JSON object with `at` and `what`")]
    Line(usize),
}

impl Parting {
    /// Where two trace files part, as `nodedown run --trace` writes them; nothing if they do not.
    ///
    /// # Errors
    /// [`TraceFileError`] with the number of the file, 0 or 1, when one cannot be read.
    pub fn of_trace_files(
        files: [impl BufRead; 2],
    ) -> Result<Option<Parting>, (usize, TraceFileError)> {
        let mut failures = [None, None];
        let [of_one, of_other] = &mut failures;
        let [one, other] = files;
        let sides: [Box<dyn Iterator<Item = Told>>; 2] =
            [Box::new(records(one, of_one)), Box::new(records(other, of_other))];
        let parting = parting(sides, |one, other| one == other, |_, told| told);
        for (file, failure) in failures.into_iter().enumerate() {
            if let Some(failure) = failure {
                return Err((file, failure));
            }
        }
        Ok(parting)
    }
}

/// The records of a trace file up to the first that cannot be read, which is the failure.
fn records<'a>(
    file: impl BufRead + 'a,
    failure: &'a mut Option<TraceFileError>,
) -> impl Iterator<Item = Told> + 'a {
    let mut lines = file.lines().enumerate();
    std::iter::from_fn(move || {
        let (index, line) = lines.next()?;
        let told = match line {
            Ok(line) => Told::of_line(&line).ok_or(TraceFileError::Line(index + 1)),
            Err(error) => Err(TraceFileError::Read(error)),
        };
        told.map_err(|error| *failure = Some(error)).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    fn story(times: &[u64]) -> Vec<Told> {
        let told = |at: &u64| Told {
            at: Time::from_nanos(*at),
            node: "a@h".to_owned(),
            text: "node_crashed".to_owned(),
        };
        times.iter().map(told).collect()
    }

    #[track_caller]
    fn check(stories: [&[u64]; 2], expected: Option<(usize, [u64; 2], [usize; 2])>) {
        let [one, other] = stories.map(story);
        let found = of_stories([&one, &other]).map(|found| {
            let at = |told: Option<&Told>| told.map_or(0, |told| told.at.as_nanos());
            let before = [at(found.before.first()), at(found.before.last())];
            (found.same, before, found.sides.map(|side| side.len()))
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn runs_part_at_the_first_record_that_differs() {
        check([&[1, 2, 3], &[1, 2, 3]], None);
        check([&[], &[]], None);
        check([&[1], &[2]], Some((0, [0, 0], [1, 1])));
        let (long, other) = ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [1, 2, 3, 4, 5, 6, 8]);
        check([&long, &other], Some((6, [3, 6], [3, 1])));
        check([&[1, 2], &[1]], Some((1, [1, 1], [1, 0])));
    }

    #[test]
    fn trace_files_are_compared_up_to_what_cannot_be_read() {
        let line = |at: u64| format!("{{\"id\":1,\"at\":{at},\"what\":\"node_crashed\"}}\n");
        let both =
            |one: &str, other: &str| Parting::of_trace_files([one.as_bytes(), other.as_bytes()]);
        assert_eq!(both(&line(1), &line(1)).unwrap(), None);
        assert_eq!(both(&line(1), &(line(1) + &line(2))).unwrap().unwrap().same, 1);
        let (file, error) = both(&line(1), &(line(1) + "oops\n")).unwrap_err();
        assert_eq!((file, error.to_string().starts_with("line 2 is no")), (1, true));
    }
}
