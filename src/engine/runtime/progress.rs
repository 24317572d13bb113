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

    /// Stops after this many steps of the run.
    pub(super) const fn stop_after(&mut self, steps_max: u64) {
        self.steps_max = steps_max;
    }

    /// Stops at every record beyond this number of them, or at none.
    pub(super) const fn stop_at_records(&mut self, records: Option<usize>) {
        self.records_seen = records;
    }

    /// Stops after every step, or after none.
    pub(super) fn stop_at_steps(&mut self, stop: bool) {
        self.steps_seen = stop.then_some(self.steps);
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
