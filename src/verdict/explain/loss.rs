//! The attribution of lost or duplicated operations to changes.

use std::collections::{BTreeMap, BTreeSet};

use crate::consistency::history::{Operation, OperationId};
use crate::engine::term::{Pid, Term};
use crate::engine::time::Time;
use crate::engine::trace::{Fact, NodeFact, ProcessFact, RecordId};
use crate::scenario::simulation::Run;
use crate::verdict::{DuplicateValue, MissingOperation, Verdict};

use super::attribution::{Attribution, FaultEvent};
use super::effects;

/// The damage that a change did to the data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    /// The acknowledged operations that no later read showed again, each with the first read that
    /// did not show it.
    pub lost: Vec<(OperationId, OperationId)>,
    /// The acknowledged operations that a read did not show and a later one did, each with the
    /// first read that did not show it.
    pub out_of_sight: Vec<(OperationId, OperationId)>,
    /// The values that were shown more often than they were written, each with the first read that
    /// did.
    pub duplicated: Vec<(OperationId, Term)>,
}

impl Damage {
    /// True if nothing was lost, out of sight or doubled.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.lost.is_empty() && self.out_of_sight.is_empty() && self.duplicated.is_empty()
    }

    /// The read that first showed the damage.
    pub(super) fn first_read(&self, run: &Run) -> Option<OperationId> {
        let lost = self.lost.iter().chain(&self.out_of_sight).map(|(_, read)| *read);
        let reads = lost.chain(self.duplicated.iter().map(|(read, _)| *read));
        reads.min_by_key(|id| (end(&run.history.operations()[id.0 as usize]), *id))
    }
}

/// Attributes everything that was lost, out of sight or doubled to changes; damage without a cause
/// is at record 0.
pub(super) fn damages(
    run: &Run,
    verdict: &Verdict,
    attribution: &Attribution,
) -> BTreeMap<RecordId, Damage> {
    let assessor = DamageAssessor { run, attribution, places: BTreeMap::new() };
    assessor.assess(verdict)
}

/// The first operation with each key and value.
type FirstOperations<'a> = BTreeMap<(&'a Term, &'a Term), OperationId>;

struct DamageAssessor<'a, 'b, 'c> {
    run: &'a Run,
    attribution: &'c Attribution<'a, 'b>,
    /// The processes at which operations took effect, as far as they are known.
    places: BTreeMap<OperationId, Option<Pid>>,
}

impl<'a> DamageAssessor<'a, '_, '_> {
    fn assess(mut self, verdict: &Verdict) -> BTreeMap<RecordId, Damage> {
        let mut damages: BTreeMap<RecordId, Damage> = BTreeMap::new();
        let (mut known, mut doubled) = (BTreeSet::new(), BTreeSet::new());
        let workloads = &verdict.figures.workloads;
        let has_doubles = workloads.iter().any(|figures| !figures.duplicated.is_empty());
        let written = if has_doubles { self.written() } else { FirstOperations::new() };
        for figures in &verdict.figures.workloads {
            for missing in &figures.missing {
                let reason = self.reason(missing).map_or(RecordId::default(), |it| it.record);
                let damage = damages.entry(reason).or_default();
                let list =
                    if missing.seen_again { &mut damage.out_of_sight } else { &mut damage.lost };
                if known.insert((reason, missing.seen_again, missing.operation)) {
                    list.push((missing.operation, missing.not_in));
                }
            }
            for duplicated in &figures.duplicated {
                let reason = self
                    .doubled_by(duplicated, &written)
                    .map_or(RecordId::default(), |it| it.record);
                if doubled.insert((reason, duplicated.read, &duplicated.value)) {
                    let list = &mut damages.entry(reason).or_default().duplicated;
                    list.push((duplicated.read, duplicated.value.clone()));
                }
            }
        }
        damages
    }

    /// The first operation with each key and value.
    fn written(&self) -> FirstOperations<'a> {
        let mut first = FirstOperations::new();
        for (id, operation) in self.run.history.iter() {
            first.entry((&operation.key, &operation.value)).or_insert(id);
        }
        first
    }

    fn operation(&self, id: OperationId) -> &'a Operation {
        &self.run.history.operations()[id.0 as usize]
    }

    /// The change that destroyed an acknowledged value: the one that ended the process that had it
    /// or its node; else the one that started the process that answers in its place, or the one
    /// that had it; else the last one before the read.
    fn reason(&mut self, missing: &MissingOperation) -> Option<FaultEvent<'a>> {
        let read_end = end(self.operation(missing.not_in));
        let (had, answers) = (self.place(missing.operation), self.place(missing.not_in));
        let from = missing.acknowledged;
        if let (Some(had), Some(answers)) = (had, answers)
            && had != answers
        {
            let ended = self.end_of(had, from, read_end);
            let brought_up = || self.attribution.instances().instance(answers).map(|it| it.root);
            let instead = || self.attribution.instances().instance(had).map(|it| it.root);
            let record = ended.or_else(brought_up).or_else(instead);
            let found = self.before(read_end).iter().find(|each| Some(each.record) == record);
            if let Some(found) = found {
                return Some(*found);
            }
        }
        self.before(read_end).last().copied()
    }

    /// The change that ended a process, or took its node away.
    fn end_of(&self, pid: Pid, from: Time, until: Time) -> Option<RecordId> {
        let causes = self.attribution.causes();
        let records = causes.trace.records();
        let first = records.partition_point(|record| record.at < from);
        let mut within = records[first..].iter().take_while(|record| record.at <= until);
        within.find_map(|record| {
            let gone = match record.fact {
                Fact::Process(ProcessFact::Exited { pid: ended, .. }) => ended == pid,
                Fact::Node(NodeFact::Crashed | NodeFact::Stopped { .. }) => {
                    record.node == Some(pid.node())
                }
                _ => false,
            };
            gone.then(|| causes.change_behind(record.id)).flatten()
        })
    }

    /// The change because of which an operation was done twice: the one to which the operation that
    /// wrote the value is attributed, or else the last change before its end.
    fn doubled_by(
        &self,
        duplicated: &DuplicateValue,
        written: &FirstOperations,
    ) -> Option<FaultEvent<'a>> {
        let id = *written.get(&(&duplicated.key, &duplicated.value))?;
        let operation = self.operation(id);
        let attributed_to = self.attribution.reason_of(id);
        let changes = self.before(end(operation));
        let found = changes.iter().find(|change| Some(change.record) == attributed_to);
        found.or_else(|| changes.last()).copied()
    }

    fn before(&self, time: Time) -> &[FaultEvent<'a>] {
        let changes = &self.attribution.changes;
        &changes[..changes.partition_point(|change| change.at <= time)]
    }

    fn place(&mut self, id: OperationId) -> Option<Pid> {
        let (run, causes) = (self.run, self.attribution.causes());
        let found = || effects::place(run, causes, id).map(|(_, pid)| pid);
        *self.places.entry(id).or_insert_with(found)
    }
}

/// The time at which an operation ended; the end of time if it did not.
fn end(operation: &Operation) -> Time {
    operation.completion.as_ref().map_or(Time::MAX, |completion| completion.at)
}
