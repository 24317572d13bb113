//! The records between a change and a client's answer.

use crate::consistency::history::{Operation, OperationId};
use crate::engine::term::{Atom, Pid};
use crate::engine::time::Time;
use crate::engine::trace::{Fact, LogFact, MessageFact, ProcessFact, RecordId, TraceRecord};
use crate::scenario::simulation::Run;
use crate::verdict::Verdict;

use super::attribution::{Attribution, FaultEvent, Trouble, TroubledOperation};
use super::chain::Causes;
use super::instance::{InstanceFinder, ServiceInstance};
use super::loss::Damage;
use super::phases::{self, RecoveryPath};
use super::steps::StepWriter;
use super::{FaultExplanation, FaultTransition, FirstAnswer, Harm, effects};

/// Explains the changes of a run.
pub(super) struct Explainer<'a, 'b, 'c> {
    pub(super) run: &'a Run,
    pub(super) verdict: &'b Verdict,
    pub(super) causes: &'b Causes<'a>,
    pub(super) attribution: &'c Attribution<'a, 'b>,
    pub(super) damages: &'c std::collections::BTreeMap<RecordId, Damage>,
}

/// The replacement of a lost instance, or the news of the change that reached an existing one.
struct Replacement<'a> {
    root: Option<RecordId>,
    instance: Option<ServiceInstance>,
    /// The chain of causes that led to it.
    chain: Vec<&'a TraceRecord>,
}

/// The operation that is explained, and what the change did to it.
struct ExplainedOperation {
    id: Option<OperationId>,
    harm: Harm,
    /// The first answer after the trouble.
    answer: Option<OperationId>,
}

/// The injection of a fault, and its end.
struct InjectionPair<'c, 'a> {
    injected: Option<&'c FaultEvent<'a>>,
    ended: Option<&'c FaultEvent<'a>>,
}

impl<'a> Explainer<'a, '_, '_> {
    /// Explains the faults in the order of their injection, and the end of each if that caused
    /// trouble; likewise any other change: one that takes nothing away, or the end of a fault that had
    /// no effect as long as another one lasted.
    pub(super) fn explain(&self) -> Vec<FaultExplanation> {
        let figures = self.verdict.figures.faults.iter();
        let pairs: Vec<InjectionPair> = figures.map(|it| self.injection(it.fault, it.at)).collect();
        let known = |change: &&FaultEvent| {
            let mut all = pairs.iter().flat_map(|pair| [pair.injected, pair.ended]).flatten();
            all.any(|each| each.record == change.record)
        };
        let others = self.attribution.changes.iter().filter(|change| !known(change));
        let others = others.map(|change| (change.at, self.harmful(change).into_iter().collect()));
        let faults = pairs.iter().filter_map(|pair| Some((pair.injected?.at, self.both(pair))));
        let mut explained: Vec<(Time, Vec<FaultExplanation>)> = faults.chain(others).collect();
        explained.sort_by_key(|(at, _)| *at);
        explained.into_iter().flat_map(|(_, changes)| changes).collect()
    }

    /// Finds one injection of a fault, which may occur several times, and its end.
    fn injection(&self, fault: u32, at: Time) -> InjectionPair<'_, 'a> {
        let mut changes = self.attribution.changes.iter().filter(|change| change.fault == fault);
        let injected =
            changes.find(|change| change.change == FaultTransition::Injected && change.at == at);
        // Between two injections the end is that of the second.
        let ended = changes.next().filter(|change| change.change == FaultTransition::Ended);
        InjectionPair { injected, ended }
    }

    fn both(&self, pair: &InjectionPair<'_, 'a>) -> Vec<FaultExplanation> {
        let end = pair.ended.map(|end| end.record);
        let injected = pair.injected.map(|subject| self.explain_change(subject, end));
        let ended = pair.ended.and_then(|subject| self.harmful(subject));
        injected.into_iter().chain(ended).collect()
    }

    /// Explains one change, if it caused trouble.
    fn harmful(&self, subject: &FaultEvent<'a>) -> Option<FaultExplanation> {
        let explained = self.explain_change(subject, None);
        (!matches!(explained.harm, Harm::None | Harm::Already)).then_some(explained)
    }

    /// Explains one change, including the effects of its end.
    fn explain_change(&self, subject: &FaultEvent<'a>, end: Option<RecordId>) -> FaultExplanation {
        let (run, causes) = (self.run, self.causes);
        let damage = self.damages.get(&subject.record).cloned().unwrap_or_default();
        let explained = self.explained(subject, &damage);
        let roots: Vec<RecordId> = [subject.record].into_iter().chain(end).collect();
        let instances = InstanceFinder::new(run, causes, roots.clone());
        let seen = explained.id.map_or_else(Vec::new, |id| causes.operation(id));
        let served = match explained.harm {
            Harm::Failed | Harm::Already => explained.answer,
            Harm::Late | Harm::Lost | Harm::None => explained.id,
        };
        let restart = self.restart(subject, end, &instances, served, explained.harm);
        let answer = served.map_or_else(Vec::new, |id| causes.chain(causes.completed(id)));
        let way = RecoveryPath {
            causes,
            change: subject.record,
            root: restart.root,
            instance: restart.instance,
            restart: &restart.chain,
            answer: &answer,
        };
        let writer = StepWriter { run, causes, fault: subject.record, instance: restart.instance };
        let is_timed = explained.harm != Harm::Lost;
        let attributed = |wanted| {
            let attributed = self.attribution.attributed_to(subject.record);
            attributed.filter(move |each| each.trouble == wanted).map(|each| each.id).collect()
        };
        FaultExplanation {
            fault: subject.fault,
            change: subject.change,
            text: subject.text.to_owned(),
            at: subject.at,
            operation: explained.id,
            harm: explained.harm,
            failed: attributed(Trouble::Failed),
            late: attributed(Trouble::Late),
            damage,
            touched: self.touched(subject).count(),
            steps: writer.write(&restart.chain, &seen, answer.last().copied()),
            answer: explained.answer.and_then(|id| self.answer(id)),
            parts: if is_timed { phases::parts(&way) } else { Vec::new() },
        }
    }

    /// Chooses the operation to explain: of those attributed to the change the first that failed or
    /// was late, then the first read that misses data; else the slowest that was in progress before
    /// the next change.
    fn explained(&self, subject: &FaultEvent, damage: &Damage) -> ExplainedOperation {
        let first = self
            .attribution
            .attributed_to(subject.record)
            .min_by_key(|each| (each.end(self.run), each.id));
        if let Some(first) = first {
            let harm = match first.trouble {
                Trouble::Failed => Harm::Failed,
                Trouble::Late => Harm::Late,
            };
            let kind = kind(first.operation);
            let attributed = self
                .attribution
                .attributed_to(subject.record)
                .filter(|each| self::kind(each.operation) == kind);
            let begun = attributed.map(|each| each.operation.invoked).min();
            let answer = self.first_answer(kind, begun.unwrap_or(subject.at), subject.at);
            return ExplainedOperation { id: Some(first.id), harm, answer };
        }
        if let Some(read) = damage.first_read(self.run) {
            return ExplainedOperation { id: Some(read), harm: Harm::Lost, answer: None };
        }
        if let Some(out) = self.out_already(subject) {
            let answer = self.first_answer(kind(out.operation), Time::ZERO, subject.at);
            return ExplainedOperation { id: answer, harm: Harm::Already, answer };
        }
        ExplainedOperation { id: self.slowest(subject), harm: Harm::None, answer: None }
    }

    /// An operation that shows that users were not served when a change was made.
    fn out_already(&self, subject: &FaultEvent) -> Option<&TroubledOperation<'a>> {
        let workloads = self.run.plan.scenario.workloads.iter();
        let mut kinds: Vec<(Atom, Atom)> = workloads
            .flat_map(|workload| {
                let own = self
                    .attribution
                    .troubled
                    .iter()
                    .filter(|each| each.operation.workload == workload.name);
                own.map(|each| kind(each.operation)).collect::<Vec<_>>()
            })
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
            .into_iter()
            .filter_map(|kind| self.attribution.outage(kind, subject.at))
            .max_by_key(|each| each.since)
    }

    /// The slowest of the operations that were in progress at a change or begun before the next
    /// one, and had no trouble.
    fn slowest(&self, subject: &FaultEvent) -> Option<OperationId> {
        let touched = self.touched(subject);
        let fine = touched.filter(|(id, each)| each.is_ok() && !self.attribution.is_troubled(*id));
        let slowest = fine.max_by_key(|(id, each)| (each.latency(), std::cmp::Reverse(*id)));
        slowest.map(|(id, _)| id)
    }

    /// The operations that were in progress at a change or begun before the next one.
    fn touched(&self, subject: &FaultEvent) -> impl Iterator<Item = (OperationId, &'a Operation)> {
        let next = self.attribution.changes.iter().find(|change| change.at > subject.at);
        let (change, from, next) = (subject.change, subject.at, next.map(|next| next.at));
        self.run.history.iter().filter(move |(_, each)| {
            let end = each.completion.as_ref().map_or(Time::MAX, |end| end.at);
            let since = match change {
                FaultTransition::Injected => end,
                FaultTransition::Ended => each.invoked,
            };
            since >= from && next.is_none_or(|next| each.invoked < next)
        })
    }

    /// The first answer from a time on to an operation of a kind, begun at another time or later.
    fn first_answer(&self, kind: (Atom, Atom), begun: Time, from: Time) -> Option<OperationId> {
        let answers = self.run.history.iter().filter_map(|(id, each)| {
            let end = each.completion.as_ref().filter(|_| each.is_ok())?.at;
            let counts = self::kind(each) == kind && each.invoked >= begun && end >= from;
            counts.then_some((end, id))
        });
        answers.min().map(|(_, id)| id)
    }

    fn answer(&self, id: OperationId) -> Option<FirstAnswer> {
        let operation = &self.run.history.operations()[id.0 as usize];
        let place = effects::place(self.run, self.causes, id);
        Some(FirstAnswer {
            operation: id,
            name: operation.name,
            at: operation.completion.as_ref()?.at,
            place: place.map(|(_, pid)| (pid.node(), self.causes.label(pid).to_owned())),
        })
    }

    /// The restart behind an answer: an instance that the change led to, or an existing one that
    /// learnt of the change; else the end of the fault.
    fn restart(
        &self,
        subject: &FaultEvent,
        end: Option<RecordId>,
        instances: &InstanceFinder,
        served: Option<OperationId>,
        harm: Harm,
    ) -> Replacement<'a> {
        let none = Replacement { root: None, instance: None, chain: Vec::new() };
        let Some(served) = served else { return none };
        let completed = self.causes.completed(served);
        let answer = self.causes.chain(completed);
        if let Some(instance) = instances.on(&answer) {
            let chain = self.causes.chain(instance.ready);
            return Replacement { root: Some(instance.root), instance: Some(instance), chain };
        }
        let is_shown = self.causes.comes_of(subject.record, completed);
        if is_shown || matches!(harm, Harm::Lost | Harm::None) {
            return none;
        }
        let roots: Vec<RecordId> = [subject.record].into_iter().chain(end).collect();
        let place = effects::place(self.run, self.causes, served);
        let learnt = place.and_then(|(_, pid)| self.learnt(pid, &roots, completed));
        if let Some((root, record)) = learnt {
            return Replacement {
                root: Some(root),
                instance: None,
                chain: self.causes.chain(record),
            };
        }
        match end.filter(|end| *end < completed) {
            Some(end) => {
                let chain = self.causes.trace.get(end).into_iter().collect();
                Replacement { root: Some(end), instance: None, chain }
            }
            None => none,
        }
    }

    /// The last thing that a process learnt of some changes, or sent because of them, before a
    /// record.
    fn learnt(
        &self,
        pid: Pid,
        roots: &[RecordId],
        before: RecordId,
    ) -> Option<(RecordId, RecordId)> {
        let first = roots.iter().min()?;
        let records = &self.causes.trace.records()[first.0 as usize..before.0 as usize - 1];
        records.iter().rev().find_map(|record| {
            let concerns = match record.fact {
                Fact::Message(MessageFact::Delivered { to, .. }) => to == pid,
                Fact::Log(LogFact { pid: who, .. })
                | Fact::Process(ProcessFact::TimerExpired { pid: who, .. }) => who == pid,
                _ => false,
            };
            let root = || roots.iter().rev().find(|root| self.causes.comes_of(**root, record.id));
            Some((*root().filter(|_| concerns)?, record.id))
        })
    }
}

/// The kind of an operation, by which they are compared: its workload and its name.
pub(super) const fn kind(operation: &Operation) -> (Atom, Atom) {
    (operation.workload, operation.name)
}
