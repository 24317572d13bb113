//! Checks whether the history can be explained without the faults: by the service's model, or by a
//! run in which nothing went wrong.

use std::collections::{BTreeMap, BTreeSet};

use crate::consistency::history::{Action, Completion, Operation, OperationId, Outcome};
use crate::engine::term::{Atom, Term};
use crate::engine::time::Time;
use crate::scenario::{Consistency, Expectation};

use super::assessment::{Assessment, operation_text};
use super::evidence::Evidence;
use super::{Witness, claimed, fault_free, linearizable};
use crate::consistency::keys::KeyHistories;
use crate::consistency::model::{OrderOf, Question, Specification};
use crate::consistency::text::seen_of;
use crate::consistency::{Judgement, Limits, Numbered, Refutation};

/// The approximate limit on the memory of a search, in bytes.
const MEMORY_MAX: usize = 256 << 20;

/// Looks for an explanation of the operations of a workload's users, and of all others of the same
/// service.
pub(super) fn check(evidence: &Evidence, workload: Atom) -> Assessment {
    let operations: Vec<Numbered> = evidence.operations_together(workload).collect();
    let judge = |claim| claimed::examine(evidence, workload, claim);
    explain(evidence, workload, &operations, Time::ZERO, judge)
}

/// Looks for an explanation of operations begun at this instant or later. Earlier operations may
/// have been done or not, and earlier reads do not matter.
pub(super) fn check_from(evidence: &Evidence, workload: Atom, from: Time) -> Assessment {
    let late = of_consequence(forgiven(evidence.operations_together(workload), from), from);
    let late: Vec<Numbered> = late.iter().map(|(id, operation)| (*id, operation)).collect();
    let judge = |claim| claimed::examine_these(evidence, workload, claim, &late);
    explain(evidence, workload, &late, from, judge)
}

/// Looks for an explanation of operations, with `judge` for the claims.
fn explain(
    evidence: &Evidence,
    workload: Atom,
    operations: &[Numbered],
    from: Time,
    judge: impl Fn(Consistency) -> Assessment,
) -> Assessment {
    let claims = promised(evidence, workload);
    if !claims.is_empty() {
        return all(claims.into_iter().map(judge));
    }
    if by_models(evidence, operations).is_some() {
        return judge(Consistency::Linearizable);
    }
    if operations.iter().any(|(_, each)| each.action != Action::Other) {
        return Assessment::Untested("no model has all of these operations".to_owned());
    }
    fault_free::check(evidence, workload, from)
}

/// The claims that users of a workload rely on: those of the workload, or else those that are expected of
/// what they see, or else those that the same service makes to other users.
fn promised(evidence: &Evidence, workload: Atom) -> Vec<Consistency> {
    let own = &evidence.workload(workload).claims;
    if !own.is_empty() {
        return own.clone();
    }
    let expected = evidence.run.plan.scenario.expectations.iter().filter_map(|each| {
        let (users, claim) = if let Expectation::Claim { workload, claim } = each {
            (*workload, *claim)
        } else if let Expectation::Linearizable { workload } = each {
            (*workload, Consistency::Linearizable)
        } else {
            return None;
        };
        (users == workload).then_some(claim)
    });
    let expected: Vec<Consistency> = expected.collect();
    if !expected.is_empty() {
        return expected;
    }
    let others = evidence.together.with(workload).iter();
    let mut claims: Vec<Consistency> = Vec::new();
    for claim in others.flat_map(|other| &evidence.workload(*other).claims) {
        if !claims.contains(claim) {
            claims.push(*claim);
        }
    }
    claims
}

/// Combines assessments: a violation of one is a violation of all.
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
    let Some(parts) = by_models(evidence, operations) else {
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

/// The operations with the model that has them: the one that the scenario names, or one for all, or
/// else one for each key. `None` if there is none for some, or no model looks into any.
fn by_models<'a>(
    evidence: &Evidence,
    operations: &[Numbered<'a>],
) -> Option<Vec<(Specification, Vec<Numbered<'a>>)>> {
    if let Some(model) = model_of(evidence, operations) {
        return Some(vec![(model, operations.to_vec())]);
    }
    let mut keys: BTreeMap<&Term, Vec<Numbered>> = BTreeMap::new();
    let told = |each: &&Numbered| each.1.action != Action::Other;
    for (id, operation) in operations.iter().filter(told).copied() {
        keys.entry(&operation.key).or_default().push((id, operation));
    }
    let mut parts: BTreeMap<Specification, Vec<Numbered>> = BTreeMap::new();
    for (_, part) in keys {
        parts.entry(revealed(&part)?).or_default().extend(part);
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

/// The operations without the early writes of values that nothing else mentions. A write that may have
/// been done or not, and that nobody saw, explains nothing of a key that is only read, written and deleted:
/// an order with it is one without it. There are as many of them as there was time before the instant, and
/// a search would try each at each place.
fn of_consequence(
    operations: Vec<(OperationId, Operation)>,
    from: Time,
) -> Vec<(OperationId, Operation)> {
    let is_early_write =
        |operation: &Operation| operation.invoked < from && operation.action == Action::Write;
    let mut mentioned: BTreeSet<(&Term, &Term)> = BTreeSet::new();
    // A text that is added to, or an exchange that is refused, tells of a value without naming it.
    let mut kept_whole: BTreeSet<&Term> = BTreeSet::new();
    for (_, operation) in &operations {
        if !matches!(operation.action, Action::Read | Action::Write | Action::Delete) {
            kept_whole.insert(&operation.key);
        }
        if matches!(operation.action, Action::Transaction | Action::Transfer) {
            // It concerns keys other than its own.
            return operations;
        }
        if is_early_write(operation) {
            continue;
        }
        let mut open: Vec<&Term> =
            [&operation.value].into_iter().chain(operation.answer()).collect();
        while let Some(term) = open.pop() {
            mentioned.insert((&operation.key, term));
            open.extend(term.as_tuple().or(term.as_list()).unwrap_or_default());
        }
    }
    let is_kept = |each: &Operation| {
        !is_early_write(each)
            || kept_whole.contains(&each.key)
            || mentioned.contains(&(&each.key, &each.value))
    };
    let kept: Vec<bool> = operations.iter().map(|(_, each)| is_kept(each)).collect();
    let pairs = operations.into_iter().zip(kept);
    pairs.filter(|(_, kept)| *kept).map(|(operation, _)| operation).collect()
}

/// The model of these operations: the one that the scenario names for their users, or the one that
/// they reveal.
pub(super) fn model_of(evidence: &Evidence, operations: &[Numbered]) -> Option<Specification> {
    let told = |each: &&Numbered| each.1.action != Action::Other;
    let mut workloads = operations.iter().filter(told).map(|(_, each)| each.workload);
    let named = |workload| evidence.workload(workload).calls.as_ref()?.model;
    let first = workloads.next().map(named)?;
    match first {
        Some(model) if workloads.all(|workload| named(workload) == first) => Some(model),
        Some(_) | None => revealed(operations),
    }
}

/// The model that has all operations that any model looks into; `None` if there is none, or no such
/// operation.
fn revealed(operations: &[Numbered]) -> Option<Specification> {
    let actions = operations.iter().map(|(_, each)| each.action);
    model_with(&actions.filter(|action| *action != Action::Other).collect())
}

/// The model that has all these actions; `None` if there is none, or no action.
pub(super) fn model_with(actions: &BTreeSet<Action>) -> Option<Specification> {
    let found: BTreeSet<&str> = actions.iter().map(|action| action.name()).collect();
    let models = [
        (Specification::Log, ["read", "append", "append"]),
        (Specification::CasRegister, ["read", "write", "cas"]),
        (Specification::Mutex, ["acquire", "release", "release"]),
        (Specification::Queue, ["enqueue", "dequeue", "dequeue"]),
        (Specification::Set, ["read", "add", "remove"]),
    ];
    let fits = |known: &[&str]| found.iter().all(|action| known.contains(action));
    let mut models = models.into_iter().filter(|_| !found.is_empty());
    models.find(|(_, known)| fits(known)).map(|(model, _)| model)
}

fn by_model(
    evidence: &Evidence,
    operations: &[Numbered],
    model: Specification,
    claim: Consistency,
) -> Assessment {
    let is_log = model == Specification::Log;
    let tells = |each: &Numbered| !is_log || !is_unreadable(each.1);
    let readable: Vec<Numbered> = operations.iter().copied().filter(tells).collect();
    let left_out = operations.len() - readable.len();
    let initial = initial(evidence, &readable);
    let order = match claim {
        Consistency::Sequential => OrderOf::Clients,
        _ => OrderOf::RealTime,
    };
    let limits = Limits::memory(MEMORY_MAX);
    let judged = model.judge(&Question { operations: &readable, initial, order, limits });
    match judged {
        Ok(Judgement::Explained) if left_out > 0 => {
            Assessment::Untested(format!("{left_out} reads were answered with no list"))
        }
        Ok(Judgement::Explained) => Assessment::Held(claim.description().to_owned()),
        Ok(Judgement::Unexplained(refutation)) if is_log && claim == Consistency::Linearizable => {
            let histories = KeyHistories::of(operations.iter().copied());
            linearizable::broken(evidence, &histories, &refutation)
        }
        Ok(Judgement::Unexplained(refutation)) => broken(evidence, &refutation),
        Ok(Judgement::Undecided(_)) => {
            Assessment::Untested("the search for an order took too long".to_owned())
        }
        Err((_, unfit)) => Assessment::Untested(unfit.to_string()),
    }
}

/// True if a read returned something other than a list, which tells nothing about the list.
fn is_unreadable(operation: &Operation) -> bool {
    let answer = operation.answer().filter(|_| operation.action == Action::Read);
    answer.is_some_and(|answer| answer.as_list().is_none())
}

/// The initial value that the scenario gives to the service of these operations.
fn initial<'a>(evidence: &Evidence<'a>, operations: &[Numbered]) -> Option<&'a Term> {
    let (_, first) = operations.first()?;
    evidence.workload(first.workload).calls.as_ref()?.initial.as_ref()
}

/// The violation that no order explains a history, with the operations that contradict each other.
fn broken(evidence: &Evidence, refutation: &Refutation) -> Assessment {
    let seen = seen_of(&evidence.operation(refutation.operation).key);
    let summary = format!("no order explains {seen}");
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
    let texts =
        operations.iter().map(|id| operation_text(evidence, evidence.operation(*id))).collect();
    Witness::new(refutation.until, texts, Some(last)).with(operations)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn operation(
        at: u64,
        action: Action,
        key: &str,
        value: i64,
        answer: Option<Term>,
    ) -> Operation {
        let completion = answer.map(|answer| Completion {
            at: Time::from_nanos(at + 1),
            outcome: Outcome::Ok(answer),
        });
        Operation {
            workload: Atom::new("users"),
            client: 0,
            name: Atom::new("op"),
            action,
            key: Term::atom(key),
            value: value.into(),
            invoked: Time::from_nanos(at),
            timeout: Duration::from_secs(1),
            completion,
        }
    }

    /// The places of the operations that count from the instant 10 on.
    fn kept(operations: impl IntoIterator<Item = Operation>) -> Vec<u32> {
        let operations = (0..).map(OperationId).zip(operations).collect();
        let kept = of_consequence(operations, Time::from_nanos(10));
        kept.iter().map(|(id, _)| id.0).collect()
    }

    fn done() -> Term {
        Term::atom("ok")
    }

    #[test]
    fn early_writes_that_nothing_else_mentions_are_of_no_consequence() {
        let operations = [
            operation(1, Action::Write, "a", 1, None),
            operation(2, Action::Write, "a", 2, None),
            operation(3, Action::Write, "b", 2, None),
            operation(4, Action::Delete, "a", 0, None),
            operation(10, Action::Write, "a", 3, Some(done())),
            operation(11, Action::Read, "a", 0, Some(Term::from(2))),
        ];
        assert_eq!(kept(operations), [1, 3, 4, 5]);
    }

    #[test]
    fn an_early_write_counts_where_its_value_can_show_without_being_named() {
        for action in [Action::CompareAndSet, Action::Append] {
            let early = operation(1, Action::Write, "a", 7, None);
            let elsewhere = operation(2, Action::Write, "b", 7, None);
            let late = operation(11, action, "a", 1, Some(done()));
            assert_eq!(kept([early, elsewhere, late]), [0, 2], "{action:?}");
        }
        let transfer = operation(11, Action::Transfer, "all", 1, Some(done()));
        assert_eq!(kept([operation(1, Action::Write, "a", 7, None), transfer]), [0, 1]);
    }
}
