//! The place where two runs with the same beginning diverge.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use super::StoryEvent;
use crate::engine::trace::TraceRecord;
use crate::scenario::simulation::Run;

/// The place where two runs diverge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The number of records that are the same at the beginning.
    pub same: usize,
    /// The last few of those.
    pub before: Vec<StoryEvent>,
    /// The first that differs on each side, and the few after it; empty where that side is over.
    pub sides: [Vec<StoryEvent>; 2],
}

/// The number of shared records that are shown before the divergence.
const BEFORE: usize = 4;

/// The number of records of each side that are shown from the divergence on.
const AFTER: usize = 3;

/// The place where two lists of records diverge; `None` if they are equal.
fn divergence<T>(
    mut sides: [impl Iterator<Item = T>; 2],
    same: impl Fn(&T, &T) -> bool,
    tell: impl Fn(usize, T) -> StoryEvent,
) -> Option<Divergence> {
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
                return Some(Divergence { same: count, before, sides });
            }
        }
    }
}

/// The place where two stories diverge.
pub(super) fn of_stories(stories: [&[StoryEvent]; 2]) -> Option<Divergence> {
    divergence(
        stories.map(<[StoryEvent]>::iter),
        |one, other| one == other,
        |_, event| event.clone(),
    )
}

/// The place where the traces of two runs diverge, apart from the causes of the records.
pub(super) fn of_runs(runs: [&Run; 2]) -> Option<Divergence> {
    let same = |one: &&TraceRecord, other: &&TraceRecord| {
        one.at == other.at && one.node == other.node && one.fact == other.fact
    };
    let traces = runs.map(|run| run.trace.records().iter());
    divergence(traces, same, |side, record| StoryEvent::of(record, &runs[side].history))
}

/// The reasons why trace files cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum TraceFileError {
    /// One cannot be read.
    #[error("{0}")]
    Read(io::Error),
    /// A line is not a trace record.
    #[error("line {0} is no trace record, which is a JSON object with `at` and `what`")]
    Line(usize),
}

impl Divergence {
    /// Compares two trace files as `nodedown run --trace` writes them; `None` if they are equal.
    ///
    /// # Errors
    /// [`TraceFileError`] with the number of the file, 0 or 1, when one cannot be read.
    pub fn of_trace_files(
        files: [impl BufRead; 2],
    ) -> Result<Option<Divergence>, (usize, TraceFileError)> {
        let mut failures = [None, None];
        let [of_one, of_other] = &mut failures;
        let [one, other] = files;
        let sides: [Box<dyn Iterator<Item = StoryEvent>>; 2] =
            [Box::new(records(one, of_one)), Box::new(records(other, of_other))];
        let divergence = divergence(sides, |one, other| one == other, |_, event| event);
        for (file, failure) in failures.into_iter().enumerate() {
            if let Some(failure) = failure {
                return Err((file, failure));
            }
        }
        Ok(divergence)
    }
}

/// The records of a trace file up to the first that cannot be read, which is the failure.
fn records<'a>(
    file: impl BufRead + 'a,
    failure: &'a mut Option<TraceFileError>,
) -> impl Iterator<Item = StoryEvent> + 'a {
    let mut lines = file.lines().enumerate();
    std::iter::from_fn(move || {
        let (index, line) = lines.next()?;
        let event = match line {
            Ok(line) => StoryEvent::of_line(&line).ok_or(TraceFileError::Line(index + 1)),
            Err(error) => Err(TraceFileError::Read(error)),
        };
        event.map_err(|error| *failure = Some(error)).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::time::Time;

    fn story(times: &[u64]) -> Vec<StoryEvent> {
        let event = |at: &u64| StoryEvent {
            at: Time::from_nanos(*at),
            node: "a@h".to_owned(),
            text: "node_crashed".to_owned(),
        };
        times.iter().map(event).collect()
    }

    #[track_caller]
    fn check(stories: [&[u64]; 2], expected: Option<(usize, [u64; 2], [usize; 2])>) {
        let [one, other] = stories.map(story);
        let found = of_stories([&one, &other]).map(|found| {
            let at = |event: Option<&StoryEvent>| event.map_or(0, |event| event.at.as_nanos());
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
            |one: &str, other: &str| Divergence::of_trace_files([one.as_bytes(), other.as_bytes()]);
        assert_eq!(both(&line(1), &line(1)).unwrap(), None);
        assert_eq!(both(&line(1), &(line(1) + &line(2))).unwrap().unwrap().same, 1);
        let (file, error) = both(&line(1), &(line(1) + "oops\n")).unwrap_err();
        assert_eq!((file, error.to_string().starts_with("line 2 is no")), (1, true));
    }
}
