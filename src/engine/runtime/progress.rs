//! The number of steps that a run has taken, and the steps at which it is to stop.

/// The steps taken, and the reasons to stop between two of them.
pub(super) struct Progress {
    /// Events and turns of processes.
    pub steps: u64,
    /// The run stops after this many steps.
    steps_max: u64,
    /// The number of records at the last stop, if the run stops at every new record.
    records_seen: Option<usize>,
    /// The number of steps at the last stop, if the run stops after every step.
    steps_seen: Option<u64>,
}

/// The steps at which a run of a world stops before its deadline; by default at none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StopsAt {
    /// Every step in which something is recorded, with [`RunOutcome::Recorded`](super::RunOutcome::Recorded).
    pub records: bool,
    /// Every event and every turn of a process, with [`RunOutcome::Stepped`](super::RunOutcome::Stepped).
    pub steps: bool,
    /// The step with this number, counted from the start of the world, with
    /// [`RunOutcome::StepsDone`](super::RunOutcome::StepsDone); at once if there have been that many.
    pub step: Option<u64>,
}

/// The reason to stop between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StopReason {
    Recorded,
    Stepped,
    StepsDone,
}

impl Progress {
    pub(super) const fn new(steps_max: u64) -> Progress {
        Progress { steps: 0, steps_max, records_seen: None, steps_seen: None }
    }

    /// Stops at these, given the number of records and the most steps of the run.
    pub(super) fn stop_at(&mut self, stops: StopsAt, records: usize, steps_max: u64) {
        self.records_seen = stops.records.then_some(records);
        // A step that was stopped at for its record is still to be stopped at.
        self.steps_seen = stops.steps.then(|| self.steps_seen.unwrap_or(self.steps));
        self.steps_max = stops.step.map_or(steps_max, |step| step.min(steps_max));
    }

    /// The reason to stop now, given the number of records.
    #[inline]
    pub(super) fn stop_reason(&mut self, records: usize) -> Option<StopReason> {
        if self.records_seen.is_some_and(|seen| records > seen) {
            self.records_seen = Some(records);
            return Some(StopReason::Recorded);
        }
        if self.steps_seen.is_some_and(|seen| self.steps > seen) {
            self.steps_seen = Some(self.steps);
            return Some(StopReason::Stepped);
        }
        (self.steps >= self.steps_max).then_some(StopReason::StepsDone)
    }
}
