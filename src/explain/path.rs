//! The records between a change and a client's answer.

use crate::check::{FaultFigures, Verdict};
use crate::history::{Operation, OperationId};
use crate::simulation::Run;
use crate::time::Time;
use crate::trace::{Fact, RecordId, TraceRecord};

use super::chain::Causes;
use super::instance::{Instance, Instances};
use super::phases::{self, Phase, Way};
use super::steps::Teller;
use super::{Change, FaultExplained, Harm};

/// A change that is explained.
struct Subject {
    fault: u32,
    change: Change,
    text: String,
    at: Time,
    record: RecordId,
}

/// How one fault led to what one client saw, and how its end did, if that disturbed anybody.
pub(super) fn explain(
    run: &Run,
    verdict: &Verdict,
    causes: &Causes,
    figures: &FaultFigures,
) -> Vec<FaultExplained> {
    let mut injected = None;
    let mut ended = None;
    for record in run.trace.records() {
        if let Fact::FaultInjected { fault, text } = &record.fact
            && (*fault, record.at) == (figures.fault, figures.at)
        {
            let (text, at, record) = (text.clone(), record.at, record.id);
            injected = Some(Subject { fault: *fault, change: Change::Injected, text, at, record });
        } else if let Fact::FaultEnded { fault, text } = &record.fact
            && *fault == figures.fault
            && injected.is_some()
            && ended.is_none()
        {
            let (text, at, record) = (text.clone(), record.at, record.id);
            ended = Some(Subject { fault: *fault, change: Change::Ended, text, at, record });
        }
    }
    let end = ended.as_ref().map(|end| end.record);
    let injected = injected.map(|subject| explain_change(run, verdict, causes, &subject, end));
    let repaired = injected.iter().flat_map(|it| &it.parts).any(|it| it.phase == Phase::Repair);
    let ended = ended.filter(|_| !repaired);
    let ended = ended.map(|subject| explain_change(run, verdict, causes, &subject, None));
    injected.into_iter().chain(ended.filter(|ended| ended.harm != Harm::None)).collect()
}

/// How a change led to what one client saw; what comes of its end is laid to it as well.
fn explain_change(
    run: &Run,
    verdict: &Verdict,
    causes: &Causes,
    subject: &Subject,
    end: Option<RecordId>,
) -> FaultExplained {
    let roots: Vec<RecordId> = [subject.record].into_iter().chain(end).collect();
    let instances = Instances::new(run, causes, roots);
    let seen = seen(run, verdict, subject);
    let harm = seen.map_or(Harm::None, |(_, harm)| harm);
    let answer = seen.map_or_else(Vec::new, |(id, _)| causes.chain(causes.completed(id)));
    let (instance, served) = match harm {
        Harm::Failed => next_served(run, causes, subject, &instances),
        Harm::Late | Harm::None => (instances.on(&answer), answer.clone()),
    };
    let restart = instance.map_or_else(Vec::new, |instance| causes.chain(instance.ready));
    let way = Way { causes, change: subject.record, instance, restart: &restart, answer: &served };
    let teller = Teller { run, causes, fault: subject.record, instance };
    FaultExplained {
        fault: subject.fault,
        change: subject.change,
        text: subject.text.clone(),
        at: subject.at,
        operation: seen.map(|(id, _)| id),
        harm,
        steps: teller.tell(&restart, &answer),
        parts: phases::parts(&way),
    }
}

/// The operation to explain: of those that ended after the change and were begun before the next
/// one, the first that was not answered or was late; else the slowest. What was begun before the end
/// of a fault is laid to the fault.
fn seen(run: &Run, verdict: &Verdict, subject: &Subject) -> Option<(OperationId, Harm)> {
    let next = next_change(run, |_| true, subject.at);
    let touched = || {
        run.history.iter().filter(|(_, each)| {
            let since = match subject.change {
                Change::Injected => each.completion.as_ref().map_or(Time::MAX, |end| end.at),
                Change::Ended => each.invoked,
            };
            (subject.at..).contains(&since) && each.invoked < next
        })
    };
    let failed = touched().filter(|(_, each)| each.completion.is_some() && !each.is_ok());
    let late = touched().filter(|(_, each)| {
        let slow = verdict.figures.of(each.workload).slow;
        each.is_ok() && slow.is_some_and(|slow| each.latency() > Some(slow))
    });
    let end = |(id, each): &(OperationId, &Operation)| {
        (each.completion.as_ref().map(|completion| completion.at), *id)
    };
    let failed = failed.map(|found| (found, Harm::Failed));
    let harmed =
        failed.chain(late.map(|found| (found, Harm::Late))).min_by_key(|(each, _)| end(each));
    let slowest = || {
        let answered = touched().filter(|(_, each)| each.is_ok());
        answered.max_by_key(|(id, each)| (each.latency(), std::cmp::Reverse(*id)))
    };
    harmed.or_else(|| slowest().map(|found| (found, Harm::None))).map(|((id, _), harm)| (id, harm))
}

/// The first good answer that an instance gave which the change led to, or else, if it has started
/// an application, the first good answer after that.
fn next_served<'a>(
    run: &Run,
    causes: &Causes<'a>,
    subject: &Subject,
    instances: &Instances,
) -> (Option<Instance>, Vec<&'a TraceRecord>) {
    // What another change brings about is not for this one to explain.
    let limit = next_change(run, |fault| fault != subject.fault, subject.at);
    let mut answered: Vec<(Time, OperationId)> = (run.history.iter())
        .filter(|(_, each)| each.is_ok() && each.invoked < limit)
        .filter_map(|(id, each)| Some((each.completion.as_ref()?.at, id)))
        .filter(|(at, _)| *at >= subject.at)
        .collect();
    answered.sort_unstable();
    let chain = |id: &OperationId| causes.chain(causes.completed(*id));
    let by_an_instance = answered.iter().find_map(|(_, id)| {
        let chain = chain(id);
        instances.on(&chain).map(|instance| (Some(instance), chain))
    });
    by_an_instance.unwrap_or_else(|| {
        let instance = instances.first_application();
        let ready = instance.and_then(|instance| causes.trace.get(instance.ready));
        let first = ready.and_then(|ready| answered.iter().find(|(at, _)| *at >= ready.at));
        (instance, first.map_or_else(Vec::new, |(_, id)| chain(id)))
    })
}

/// When the next change after an instant is made, of those of the wanted faults.
fn next_change(run: &Run, wanted: impl Fn(u32) -> bool, after: Time) -> Time {
    let changes = run.trace.records().iter().filter(|record| record.at > after);
    let mut changes = changes.filter(|record| match record.fact {
        Fact::FaultInjected { fault, .. } | Fact::FaultEnded { fault, .. } => wanted(fault),
        _ => false,
    });
    changes.next().map_or(Time::MAX, |record| record.at)
}
