//! Many runs as one piece of work: on how many threads, and when it ends early.

use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::OnceLock;

use super::interrupt::Interrupt;
use super::pool;
use super::results::{OnFailure, StopReason};

/// The threads of many runs, and the reasons for which they end early.
///
/// The results of the runs do not depend on it, but for those that are no longer begun.
///
/// ```
/// use std::num::NonZero;
/// use nodedown::explore::{Batch, OnFailure, ScenarioText, Seeds, Sweep};
/// use nodedown::services::Programs;
///
/// let programs = Programs::builtin();
/// let batch = Batch::new().jobs(NonZero::new(2).unwrap()).on_failure(OnFailure::Stop);
/// let text = ScenarioText::read("scenarios/takeover.json")?;
/// let results = Sweep::new(&programs).batch(batch).scenario(text, Seeds::from(1..3))?.run(|_| {});
/// assert_eq!(results.stopped, None);
/// # Ok::<(), nodedown::scenario::ScenarioError>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct Batch<'a> {
    jobs: NonZero<usize>,
    on_failure: OnFailure,
    interrupt: Interrupt,
    time_is_up: &'a (dyn Fn() -> bool + Sync),
}

impl Default for Batch<'_> {
    fn default() -> Self {
        Batch::new()
    }
}

impl<'a> Batch<'a> {
    /// On all cores, to the end.
    pub fn new() -> Batch<'a> {
        Batch {
            jobs: pool::available_jobs(),
            on_failure: OnFailure::Continue,
            interrupt: Interrupt::default(),
            time_is_up: &|| false,
        }
    }

    /// Sets the number of threads.
    pub fn jobs(self, jobs: NonZero<usize>) -> Batch<'a> {
        Batch { jobs, ..self }
    }

    /// Sets the reaction to the first run, in order, that fails.
    pub fn on_failure(self, on_failure: OnFailure) -> Batch<'a> {
        Batch { on_failure, ..self }
    }

    /// Begins no more runs once this is raised; those in progress are finished, but for one of a sweep
    /// that goes on for long.
    pub fn interrupt(self, interrupt: &Interrupt) -> Batch<'a> {
        Batch { interrupt: interrupt.clone(), ..self }
    }

    /// Begins no more runs once the time is up; those in progress are finished, but for one of a sweep
    /// that goes on for long.
    pub fn until(self, time_is_up: &'a (dyn Fn() -> bool + Sync)) -> Batch<'a> {
        Batch { time_is_up, ..self }
    }

    /// The reason to begin no more runs, if there is one by now.
    pub(super) fn stop(&self) -> Option<StopReason> {
        if self.interrupt.is_raised() {
            Some(StopReason::Interrupted)
        } else {
            (self.time_is_up)().then_some(StopReason::TimeUp)
        }
    }

    /// Does the work for each item, on at most this many threads, and takes the results in the order
    /// of the items, until one of them says to break. Returns the reason why not all were begun, if
    /// that is neither their end nor a break.
    pub(super) fn in_order<I, S, R>(
        &self,
        items: I,
        start: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, I::Item) -> R + Sync,
        take: impl FnMut(R) -> ControlFlow<()>,
    ) -> Option<StopReason>
    where
        I: IntoIterator<IntoIter: Send>,
        R: Send,
    {
        let stopped = OnceLock::new();
        let goes_on = |_: &I::Item| match self.stop() {
            None => true,
            Some(reason) => {
                stopped.get_or_init(|| reason);
                false
            }
        };
        pool::in_order(self.jobs, items.into_iter().take_while(goes_on), start, work, take);
        stopped.into_inner()
    }

    /// As [`in_order`](Self::in_order), and it may end at the first failure: `take` returns true if
    /// a run has failed.
    pub(super) fn up_to_failure<I, S, R>(
        &self,
        items: I,
        start: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, I::Item) -> R + Sync,
        mut take: impl FnMut(R) -> bool,
    ) -> Option<StopReason>
    where
        I: IntoIterator<IntoIter: Send>,
        R: Send,
    {
        let mut first = None;
        let stopped = self.in_order(items, start, work, |result| {
            if take(result) && self.on_failure == OnFailure::Stop {
                first = Some(StopReason::FirstFailure);
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        first.or(stopped)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn taken(batch: &Batch<'_>, failing: u32) -> (Vec<u32>, Option<StopReason>) {
        let mut taken = Vec::new();
        let stopped = batch.up_to_failure(
            1..=20_u32,
            || (),
            |(), item| item,
            |item| {
                taken.push(item);
                item == failing
            },
        );
        (taken, stopped)
    }

    #[test]
    fn a_batch_ends_early_only_for_a_reason() {
        let all: Vec<u32> = (1..=20).collect();
        let two = || Batch::new().jobs(NonZero::new(2).unwrap());
        assert_eq!(taken(&two(), 7), (all, None));
        let (seen, stopped) = taken(&two().on_failure(OnFailure::Stop), 7);
        assert_eq!((seen.len(), stopped), (7, Some(StopReason::FirstFailure)));
        let interrupt = Interrupt::default();
        interrupt.raise();
        let both = || true;
        let batch = two().interrupt(&interrupt).until(&both);
        assert_eq!(taken(&batch, 7), (Vec::new(), Some(StopReason::Interrupted)));
    }

    #[test]
    fn runs_in_progress_are_finished_when_the_time_is_up() {
        let asked = AtomicU32::new(0);
        let time_is_up = || asked.fetch_add(1, Ordering::Relaxed) >= 5;
        let batch = Batch::new().jobs(NonZero::<usize>::MIN).until(&time_is_up);
        let (seen, stopped) = taken(&batch, 99);
        assert_eq!((seen, stopped), ((1..=5).collect(), Some(StopReason::TimeUp)));
    }
}
