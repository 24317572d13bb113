//! The operations of the clients, beside those of the run without faults.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::consistency::history::{History, Operation, Outcome};
use crate::engine::term::Atom;
use crate::engine::time::nanos;
use crate::scenario::simulation::Run;

/// The operations of the clients in the order of their beginning, a column for each of their parts.
#[derive(Debug, Default, Serialize)]
pub(super) struct OperationColumns {
    /// The workload, in the list of workloads.
    pub workload: Vec<usize>,
    pub client: Vec<u32>,
    pub name: Vec<String>,
    pub key: Vec<String>,
    pub value: Vec<String>,
    pub invoked: Vec<u64>,
    /// The time from the beginning to the end; -1 if there is no end.
    pub took: Vec<i64>,
    /// 0 is done, 1 not done, 2 unknown, 3 in progress.
    pub outcome: Vec<u8>,
    pub answer: Vec<String>,
    /// The time that the same operation took without faults; -1 if that is not known.
    pub twin: Vec<i64>,
}

/// A workload.
#[derive(Debug, Serialize)]
pub(super) struct Workload {
    pub name: String,
    /// The time from which an answer is late.
    pub slow: Option<u64>,
    /// The longest that a client waits.
    pub timeout: Option<u64>,
}

impl OperationColumns {
    /// The operations of a run.
    pub(super) fn of(run: &Run) -> OperationColumns {
        let workloads: Vec<Atom> =
            run.plan.scenario.workloads.iter().map(|workload| workload.name).collect();
        let twin = run.comparisons.twin.as_deref().map(|twin| latencies(&twin.history));
        let mut numbers: BTreeMap<(Atom, u32), usize> = BTreeMap::new();
        let mut columns = OperationColumns::default();
        for operation in run.history.operations() {
            let number = numbers.entry((operation.workload, operation.client)).or_default();
            let same = twin
                .as_ref()
                .and_then(|twin| twin.get(&(operation.workload, operation.client))?.get(*number));
            *number += 1;
            let workload = workloads.iter().position(|name| *name == operation.workload);
            columns.workload.push(workload.unwrap_or_default());
            columns.push(operation, same.copied().unwrap_or(-1));
        }
        columns
    }

    /// Takes the times of the same operations in another run: the n-th of a client is that of the
    /// client of this number.
    pub(super) fn compare(&mut self, other: &OperationColumns) {
        let place =
            |columns: &OperationColumns, at: usize| (columns.workload[at], columns.client[at]);
        let mut theirs: BTreeMap<(usize, u32), Vec<i64>> = BTreeMap::new();
        for at in 0..other.invoked.len() {
            theirs.entry(place(other, at)).or_default().push(other.took[at]);
        }
        let mut numbers: BTreeMap<(usize, u32), usize> = BTreeMap::new();
        for at in 0..self.invoked.len() {
            let key = place(self, at);
            let number = numbers.entry(key).or_default();
            let same = theirs.get(&key).and_then(|took| took.get(*number));
            self.twin[at] = same.copied().unwrap_or(-1);
            *number += 1;
        }
    }

    fn push(&mut self, operation: &Operation, twin: i64) {
        let printed = |term: &crate::engine::term::Term| {
            if term.is_atom("undefined") { String::new() } else { term.to_string() }
        };
        let outcome = operation.completion.as_ref().map(|completion| &completion.outcome);
        let (outcome, answer) = match outcome {
            Some(Outcome::Ok(answer)) => (0, printed(answer)),
            Some(Outcome::Failed(why)) => (1, printed(why)),
            Some(Outcome::Unknown(why)) => (2, printed(why)),
            None => (3, String::new()),
        };
        self.client.push(operation.client);
        self.name.push(operation.name.as_str().to_owned());
        self.key.push(printed(&operation.key));
        self.value.push(printed(&operation.value));
        self.invoked.push(operation.invoked.as_nanos());
        self.took.push(took(operation));
        self.outcome.push(outcome);
        self.answer.push(answer);
        self.twin.push(twin);
    }
}

fn took(operation: &Operation) -> i64 {
    operation.latency().map_or(-1, |latency| nanos(latency).cast_signed())
}

/// The latencies of each client's operations in their order.
fn latencies(history: &History) -> BTreeMap<(Atom, u32), Vec<i64>> {
    let mut all: BTreeMap<(Atom, u32), Vec<i64>> = BTreeMap::new();
    for operation in history.operations() {
        all.entry((operation.workload, operation.client)).or_default().push(took(operation));
    }
    all
}
