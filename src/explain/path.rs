//! The records between a change and a client's answer.

use crate::check::Verdict;
use crate::history::{Operation, OperationId};
use crate::simulation::Run;
use crate::term::{Atom, Pid};
use crate::time::Time;
use crate::trace::{Fact, RecordId, TraceRecord};

use super::blame::{Blame, Subject, Trouble, Troubled};
use super::chain::Causes;
use super::instance::{Instance, Instances};
use super::loss::Damage;
use super::phases::{self, Way};
use super::steps::Teller;
use super::{Answer, Change, FaultExplained, Harm, effects};

/// What a run has to say about its changes.
pub(super) struct Explainer<'a, 'b, 'c> {
    pub(super) run: &'a Run,
    pub(super) verdict: &'b Verdict,
    pub(super) causes: &'b Causes<'a>,
    pub(super) blame: &'c Blame<'a, 'b>,
    pub(super) damages: &'c std::collections::BTreeMap<RecordId, Damage>,
}

/// What came in the place of what was lost, or what the one that answers learnt of the change.
struct Restart<'a> {
    root: Option<RecordId>,
    instance: Option<Instance>,
    /// What led to it.
    chain: Vec<&'a TraceRecord>,
}

/// The operation that is explained, and what the change did to it.
struct Explained {
    id: Option<OperationId>,
    harm: Harm,
    /// The first answer after the trouble.
    answer: Option<OperationId>,
}

/// The injection of a fault, and its end.
struct Pair<'c, 'a> {
    injected: Option<&'c Subject<'a>>,
    ended: Option<&'c Subject<'a>>,
}

impl<'a> Explainer<'a, '_, '_> {
    /// How the faults led to what clients saw, in the order of their injection, and how the end of
    /// each did, if that harmed anybody; so for any other change: one that takes nothing away, or the
    /// end of a fault that had no effect as long as another one lasted.
    pub(super) fn explain(&self) -> Vec<FaultExplained> {
        let figures = self.verdict.figures.faults.iter();
        let pairs: Vec<Pair> = figures.map(|it| self.injection(it.fault, it.at)).collect();
        let known = |change: &&Subject| {
            let mut all = pairs.iter().flat_map(|pair| [pair.injected, pair.ended]).flatten();
            all.any(|each| each.record == change.record)
        };
        let others = self.blame.changes.iter().filter(|change| !known(change));
        let others = others.map(|change| (change.at, self.harmful(change).into_iter().collect()));
        let faults = pairs.iter().filter_map(|pair| Some((pair.injected?.at, self.both(pair))));
        let mut explained: Vec<(Time, Vec<FaultExplained>)> = faults.chain(others).collect();
        explained.sort_by_key(|(at, _)| *at);
        explained.into_iter().flat_map(|(_, changes)| changes).collect()
    }

    /// One injection of a fault, which may strike several times, with its end.
    fn injection(&self, fault: u32, at: Time) -> Pair<'_, 'a> {
        let mut changes = self.blame.changes.iter().filter(|change| change.fault == fault);
        let injected = changes.find(|change| change.change == Change::Injected && change.at == at);
        // Between two injections the end is that of the second.
        let ended = changes.next().filter(|change| change.change == Change::Ended);
        Pair { injected, ended }
    }

    fn both(&self, pair: &Pair<'_, 'a>) -> Vec<FaultExplained> {
        let end = pair.ended.map(|end| end.record);
        let injected = pair.injected.map(|subject| self.explain_change(subject, end));
        let ended = pair.ended.and_then(|subject| self.harmful(subject));
        injected.into_iter().chain(ended).collect()
    }

    /// How a change led to what one client saw, if it harmed anybody.
    fn harmful(&self, subject: &Subject<'a>) -> Option<FaultExplained> {
        let explained = self.explain_change(subject, None);
        (!matches!(explained.harm, Harm::None | Harm::Already)).then_some(explained)
    }

    /// How a change led to what one client saw; what comes of its end is laid to it as well.
    fn explain_change(&self, subject: &Subject<'a>, end: Option<RecordId>) -> FaultExplained {
        let (run, causes) = (self.run, self.causes);
        let damage = self.damages.get(&subject.record).cloned().unwrap_or_default();
        let explained = self.explained(subject, &damage);
        let roots: Vec<RecordId> = [subject.record].into_iter().chain(end).collect();
        let instances = Instances::new(run, causes, roots.clone());
        let seen = explained.id.map_or_else(Vec::new, |id| causes.operation(id));
        let served = match explained.harm {
            Harm::Failed | Harm::Already => explained.answer,
            Harm::Late | Harm::Lost | Harm::None => explained.id,
        };
        let restart = self.restart(subject, end, &instances, served, explained.harm);
        let answer = served.map_or_else(Vec::new, |id| causes.chain(causes.completed(id)));
        let way = Way {
            causes,
            change: subject.record,
            root: restart.root,
            instance: restart.instance,
            restart: &restart.chain,
            answer: &answer,
        };
        let teller = Teller { run, causes, fault: subject.record, instance: restart.instance };
        let is_timed = explained.harm != Harm::Lost;
        let laid = |wanted| {
            let laid = self.blame.laid_to(subject.record);
            laid.filter(move |each| each.trouble == wanted).map(|each| each.id).collect()
        };
        FaultExplained {
            fault: subject.fault,
            change: subject.change,
            text: subject.text.to_owned(),
            at: subject.at,
            operation: explained.id,
            harm: explained.harm,
            failed: laid(Trouble::Failed),
            late: laid(Trouble::Late),
            damage,
            touched: self.touched(subject).count(),
            steps: teller.tell(&restart.chain, &seen, answer.last().copied()),
            answer: explained.answer.and_then(|id| self.answer(id)),
            parts: if is_timed { phases::parts(&way) } else { Vec::new() },
        }
    }

    /// The operation to explain: of those that are laid to the change the first that was not
    /// answered or late, then the first read that does not show what it has to; else the slowest
    /// that was going on before the next change.
    fn explained(&self, subject: &Subject, damage: &Damage) -> Explained {
        let first =
            self.blame.laid_to(subject.record).min_by_key(|each| (each.end(self.run), each.id));
        if let Some(first) = first {
            let harm = match first.trouble {
                Trouble::Failed => Harm::Failed,
                Trouble::Late => Harm::Late,
            };
            let kind = kind(first.operation);
            let laid = self
                .blame
                .laid_to(subject.record)
                .filter(|each| self::kind(each.operation) == kind);
            let begun = laid.map(|each| each.operation.invoked).min();
            let answer = self.first_answer(kind, begun.unwrap_or(subject.at), subject.at);
            return Explained { id: Some(first.id), harm, answer };
        }
        if let Some(read) = damage.first_read(self.run) {
            return Explained { id: Some(read), harm: Harm::Lost, answer: None };
        }
        if let Some(out) = self.out_already(subject) {
            let answer = self.first_answer(kind(out.operation), Time::ZERO, subject.at);
            return Explained { id: answer, harm: Harm::Already, answer };
        }
        Explained { id: self.slowest(subject), harm: Harm::None, answer: None }
    }

    /// An operation that shows that users were not served when a change was made.
    fn out_already(&self, subject: &Subject) -> Option<&Troubled<'a>> {
        let workloads = self.run.plan.scenario.workloads.iter();
        let mut kinds: Vec<(Atom, Atom)> = workloads
            .flat_map(|workload| {
                let own = self
                    .blame
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
            .filter_map(|kind| self.blame.outage(kind, subject.at))
            .max_by_key(|each| each.since)
    }

    /// The slowest of the operations that were going on at a change or begun before the next one,
    /// and with which nothing was wrong.
    fn slowest(&self, subject: &Subject) -> Option<OperationId> {
        let touched = self.touched(subject);
        let fine = touched.filter(|(id, each)| each.is_ok() && !self.blame.is_troubled(*id));
        let slowest = fine.max_by_key(|(id, each)| (each.latency(), std::cmp::Reverse(*id)));
        slowest.map(|(id, _)| id)
    }

    /// The operations that were going on at a change or begun before the next one.
    fn touched(&self, subject: &Subject) -> impl Iterator<Item = (OperationId, &'a Operation)> {
        let next = self.blame.changes.iter().find(|change| change.at > subject.at);
        let (change, from, next) = (subject.change, subject.at, next.map(|next| next.at));
        self.run.history.iter().filter(move |(_, each)| {
            let end = each.completion.as_ref().map_or(Time::MAX, |end| end.at);
            let since = match change {
                Change::Injected => end,
                Change::Ended => each.invoked,
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

    fn answer(&self, id: OperationId) -> Option<Answer> {
        let operation = &self.run.history.operations()[id.0 as usize];
        let place = effects::place(self.run, self.causes, id);
        Some(Answer {
            operation: id,
            name: operation.name,
            at: operation.completion.as_ref()?.at,
            place: place.map(|(_, pid)| (pid.node(), self.causes.label(pid).to_owned())),
        })
    }

    /// How the one came about that gave an answer: as an instance that the change led to, or as one
    /// that was there before and learnt of the change; else by the end of the fault.
    fn restart(
        &self,
        subject: &Subject,
        end: Option<RecordId>,
        instances: &Instances,
        served: Option<OperationId>,
        harm: Harm,
    ) -> Restart<'a> {
        let none = Restart { root: None, instance: None, chain: Vec::new() };
        let Some(served) = served else { return none };
        let completed = self.causes.completed(served);
        let answer = self.causes.chain(completed);
        if let Some(instance) = instances.on(&answer) {
            let chain = self.causes.chain(instance.ready);
            return Restart { root: Some(instance.root), instance: Some(instance), chain };
        }
        let is_shown = self.causes.comes_of(subject.record, completed);
        if is_shown || matches!(harm, Harm::Lost | Harm::None) {
            return none;
        }
        let roots: Vec<RecordId> = [subject.record].into_iter().chain(end).collect();
        let place = effects::place(self.run, self.causes, served);
        let learnt = place.and_then(|(_, pid)| self.learnt(pid, &roots, completed));
        if let Some((root, record)) = learnt {
            return Restart { root: Some(root), instance: None, chain: self.causes.chain(record) };
        }
        match end.filter(|end| *end < completed) {
            Some(end) => {
                let chain = self.causes.trace.get(end).into_iter().collect();
                Restart { root: Some(end), instance: None, chain }
            }
            None => none,
        }
    }

    /// The last thing that a process learnt of some changes, or said because of them, before a
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
                Fact::Delivered { to, .. } => to == pid,
                Fact::Log { pid: who, .. } | Fact::TimerExpired { pid: who, .. } => who == pid,
                _ => false,
            };
            let root = || roots.iter().rev().find(|root| self.causes.comes_of(**root, record.id));
            Some((*root().filter(|_| concerns)?, record.id))
        })
    }
}

/// Operations of one kind fare alike: those of one workload with one name.
pub(super) const fn kind(operation: &Operation) -> (Atom, Atom) {
    (operation.workload, operation.name)
}
