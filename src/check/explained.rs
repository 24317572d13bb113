//! Whether what users saw can be explained without the faults: by the service's model, or by a run
//! in which nothing went wrong.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{Action, Completion, Operation, OperationId, Outcome};
use crate::scenario::Consistency;
use crate::term::{Atom, Term};
use crate::time::Time;

use super::assessment::{Assessment, abridged, tell};
use super::evidence::Evidence;
use super::keys::KeyHistories;
use super::model::{Log, Model, Mutex, Queue, Register, Set, Unfit};
use super::{Judgement, Limits, Numbered, Refutation, Witness, claimed, fault_free, linearizable};

/// About the most bytes that a search may take.
const MEMORY_MAX: usize = 256 << 20;

/// Looks for an explanation of all that the users of a workload saw, and all others of the same
/// service.
pub(super) fn check(evidence: &Evidence, workload: Atom) -> Assessment {
    let operations: Vec<Numbered> = evidence.operations_together(workload).collect();
    let judge = |claim| claimed::examine(evidence, workload, claim);
    explain(evidence, workload, &operations, Time::ZERO, judge)
}

/// Looks for an explanation of what they saw of operations begun at an instant or later. What was
/// done before may have been done or not, and what was read before does not matter.
pub(super) fn check_from(evidence: &Evidence, workload: Atom, from: Time) -> Assessment {
    let late = forgiven(evidence.operations_together(workload), from);
    let late: Vec<Numbered> = late.iter().map(|(id, operation)| (*id, operation)).collect();
    let judge = |claim| claimed::examine_these(evidence, workload, claim, &late);
    explain(evidence, workload, &late, from, judge)
}

/// Looks for an explanation of operations, of whose claims `judge` knows.
fn explain(
    evidence: &Evidence,
    workload: Atom,
    operations: &[Numbered],
    from: Time,
    judge: impl Fn(Consistency) -> Assessment,
) -> Assessment {
    let claims = &evidence.workload(workload).claims;
    if !claims.is_empty() {
        return all(claims.iter().map(|claim| judge(*claim)));
    }
    if by_models(operations).is_some() {
        return judge(Consistency::Linearizable);
    }
    if operations.iter().any(|(_, each)| each.action != Action::Other) {
        return Assessment::Untested("no model has all of these operations".to_owned());
    }
    fault_free::check(evidence, workload, from)
}

/// All of them together: what is against one is against all.
fn all(assessments: impl Iterator<Item = Assessment>) -> Assessment {
    let (mut held, mut untested) = (Vec::new(), None);
    for assessment in assessments {
        match assessment {
            Assessment::Held(how) => held.push(how),
            Assessment::Broken(..) => return assessment,
            Assessment::Untested(_) => untested = untested.or(Some(assessment)),
        }
    }
    untested.unwrap_or_else(|| Assessment::Held(held.join(", ")))
}

/// Looks for an order of operations that the service's model accepts.
pub(super) fn in_order(
    evidence: &Evidence,
    operations: &[Numbered],
    claim: Consistency,
) -> Assessment {
    let Some(parts) = by_models(operations) else {
        return Assessment::Untested("no model has these operations".to_owned());
    };
    let several = parts.len() > 1;
    let found = parts.iter().map(|(model, part)| by_model(evidence, part, *model, claim));
    match all(found) {
        // Unlike linearizability it does not follow from that of each key.
        Assessment::Held(_) if several && claim == Consistency::Sequential => {
            Assessment::Untested("no model has all of these operations".to_owned())
        }
        Assessment::Held(_) => Assessment::Held(claim.description().to_owned()),
        other @ (Assessment::Broken(..) | Assessment::Untested(_)) => other,
    }
}

/// The operations with the model that has them: one for all, or else one for each key. Nothing if
/// there is none for some, or no model looks into any.
fn by_models<'a>(operations: &[Numbered<'a>]) -> Option<Vec<(Sequential, Vec<Numbered<'a>>)>> {
    if let Some(model) = Sequential::of(operations) {
        return Some(vec![(model, operations.to_vec())]);
    }
    let mut keys: BTreeMap<&Term, Vec<Numbered>> = BTreeMap::new();
    let told = |each: &&Numbered| each.1.action != Action::Other;
    for (id, operation) in operations.iter().filter(told).copied() {
        keys.entry(&operation.key).or_default().push((id, operation));
    }
    let mut parts: BTreeMap<Sequential, Vec<Numbered>> = BTreeMap::new();
    for (_, part) in keys {
        parts.entry(Sequential::of(&part)?).or_default().extend(part);
    }
    (!parts.is_empty()).then(|| parts.into_iter().collect())
}

/// The operations as they look from an instant on.
fn forgiven<'a>(
    operations: impl Iterator<Item = Numbered<'a>>,
    from: Time,
) -> Vec<(OperationId, Operation)> {
    let forgive = |(id, operation): Numbered| {
        let mut operation = operation.clone();
        if operation.invoked < from {
            let failed = operation.completion.as_ref().map(|completion| &completion.outcome);
            let dropped = matches!(failed, Some(Outcome::Failed(_)));
            if dropped || operation.action == Action::Read {
                return None;
            }
            let outcome = Outcome::Unknown(Term::atom("before"));
            operation.completion = Some(Completion { at: operation.invoked, outcome });
        }
        Some((id, operation))
    };
    operations.filter_map(forgive).collect()
}

/// How a service behaves, as its operations tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sequential {
    Log,
    Register,
    Mutex,
    Queue,
    Set,
}

impl Sequential {
    /// The model that has all operations that any model looks into; nothing if there is none, or
    /// no such operation.
    pub(super) fn of(operations: &[Numbered]) -> Option<Sequential> {
        let actions = operations.iter().map(|(_, each)| each.action);
        Sequential::with(&actions.filter(|action| *action != Action::Other).collect())
    }

    /// The model that has all these actions; nothing if there is none, or no action.
    pub(super) fn with(actions: &BTreeSet<Action>) -> Option<Sequential> {
        let found: BTreeSet<&str> = actions.iter().map(|action| action.name()).collect();
        let models = [
            (Sequential::Log, ["read", "append", "append"]),
            (Sequential::Register, ["read", "write", "cas"]),
            (Sequential::Mutex, ["acquire", "release", "release"]),
            (Sequential::Queue, ["enqueue", "dequeue", "dequeue"]),
            (Sequential::Set, ["read", "add", "remove"]),
        ];
        let fits = |known: &[&str]| found.iter().all(|action| known.contains(action));
        let mut models = models.into_iter().filter(|_| !found.is_empty());
        models.find(|(_, known)| fits(known)).map(|(model, _)| model)
    }
}

fn by_model(
    evidence: &Evidence,
    operations: &[Numbered],
    model: Sequential,
    claim: Consistency,
) -> Assessment {
    let tells = |each: &Numbered| model != Sequential::Log || !is_unreadable(each.1);
    let readable: Vec<Numbered> = operations.iter().copied().filter(tells).collect();
    let left_out = operations.len() - readable.len();
    let judged = match model {
        Sequential::Log => judge(&readable, &Log::default(), claim),
        Sequential::Register => judge(operations, &Register::compare_and_set(), claim),
        Sequential::Mutex => judge(operations, &Mutex, claim),
        Sequential::Queue => judge(operations, &Queue, claim),
        Sequential::Set => judge(operations, &Set, claim),
    };
    match judged {
        Ok(Judgement::Explained) if left_out > 0 => {
            Assessment::Untested(format!("{left_out} reads were answered with no list"))
        }
        Ok(Judgement::Explained) => Assessment::Held(claim.description().to_owned()),
        Ok(Judgement::Unexplained(refutation)) => match model {
            Sequential::Log if claim == Consistency::Linearizable => {
                let histories = KeyHistories::of(operations.iter().copied());
                linearizable::broken(evidence, &histories, &refutation)
            }
            Sequential::Log
            | Sequential::Register
            | Sequential::Mutex
            | Sequential::Queue
            | Sequential::Set => broken(evidence, &refutation),
        },
        Ok(Judgement::Undecided(_)) => {
            Assessment::Untested("the search for an order took too long".to_owned())
        }
        Err((_, unfit)) => Assessment::Untested(unfit.to_string()),
    }
}

/// Whether something else than a list was read, which tells nothing of the list.
fn is_unreadable(operation: &Operation) -> bool {
    let answer = operation.answer().filter(|_| operation.action == Action::Read);
    answer.is_some_and(|answer| answer.as_list().is_none())
}

fn judge<M: Model>(
    operations: &[Numbered],
    model: &M,
    claim: Consistency,
) -> Result<Judgement, (OperationId, Unfit)> {
    let (operations, limits) = (operations.iter().copied(), Limits::memory(MEMORY_MAX));
    if claim == Consistency::Sequential {
        super::sequentially_consistent(operations, model, limits)
    } else {
        super::linearizable(operations, model, limits)
    }
}

/// That no order explains what was seen, and the operations that contradict each other.
fn broken(evidence: &Evidence, refutation: &Refutation) -> Assessment {
    let key = abridged(&evidence.operation(refutation.operation).key);
    let summary = format!("no order explains what was seen of {key}");
    Assessment::Broken(summary, contradiction_witness(evidence, refutation, Vec::new()))
}

/// A witness of the operations that contradict each other, the one that breaks the history last:
/// these, if they are known already, or else those that the search has found.
pub(super) fn contradiction_witness(
    evidence: &Evidence,
    refutation: &Refutation,
    known: Vec<OperationId>,
) -> Witness {
    let found = if known.is_empty() { refutation.contradicting.clone() } else { known };
    let last = refutation.operation;
    let others = found.into_iter().filter(|id| *id != last);
    let operations: Vec<OperationId> = others.chain([last]).collect();
    let texts = operations.iter().map(|id| tell(evidence, evidence.operation(*id))).collect();
    Witness::new(refutation.until, texts, Some(last)).with(operations)
}
