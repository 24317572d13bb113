//! The steps of a run in which its records were made.

use crate::engine::runtime::World;
use crate::engine::trace::RecordId;

/// The step in which each record of a run was made: a fault that strikes
/// [after as many steps](crate::scenario::fault::Trigger::AtStep) strikes right after the record.
///
/// ```
/// use nodedown::prelude::*;
/// use nodedown::trace::{Detail, RecordId};
///
/// let programs = Programs::builtin();
/// let scenario = Scenario::from_file("scenarios/chat-failover.json", &programs.catalogue())?;
/// let simulation = Simulation::new(scenario.plan(1), &programs).detail(Detail::Full);
/// let run = simulation.with_record_steps().run();
/// let last = run.trace.latest();
/// assert!(run.record_steps.of(RecordId(1)) < run.record_steps.of(last));
/// assert!(run.record_steps.of(last).unwrap() <= run.steps);
/// # Ok::<(), nodedown::scenario::ScenarioError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordSteps {
    /// The length of the trace after each step that added to it, with the number of the step.
    ends: Vec<(usize, u64)>,
}

impl RecordSteps {
    /// Looks at the world after a step.
    pub(super) fn look(&mut self, world: &World) {
        let records = world.trace().records().len();
        if self.ends.last().map_or(0, |(known, _)| *known) < records {
            self.ends.push((records, world.steps()));
        }
    }

    /// The number of steps that the run had taken when a record was there: events and turns of
    /// processes. What was recorded between two steps, such as a fault, counts to the second one.
    /// `None` if the record came after the last step, or nothing was counted.
    #[must_use]
    pub fn of(&self, id: RecordId) -> Option<u64> {
        let place = self.ends.partition_point(|(records, _)| *records < id.0 as usize);
        self.ends.get(place).map(|(_, step)| *step)
    }

    /// The steps of all records in their order, up to the last that has one.
    pub fn all(&self) -> impl Iterator<Item = u64> {
        let before = std::iter::once(0).chain(self.ends.iter().map(|(records, _)| *records));
        let runs = self.ends.iter().zip(before);
        runs.flat_map(|((records, step), before)| std::iter::repeat_n(*step, records - before))
    }
}
