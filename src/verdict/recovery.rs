//! The time for which users are disturbed after a fault.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::consistency::history::{Operation, OperationId};
use crate::engine::term::Atom;
use crate::engine::time::round_duration;

use super::assessment::{Assessment, operation_text};
use super::evidence::{Evidence, OperationState, WorldChange};
use super::{Recovery, Witness, users};
use crate::consistency::history::ended;

/// Distinguishes operations that disturbed their users from those that did not.
pub(super) struct Disturbances<'a, 'b> {
    evidence: &'b Evidence<'a>,
    operations: Vec<(OperationId, &'a Operation)>,
    slow: BTreeMap<Atom, Option<Duration>>,
}

impl<'a, 'b> Disturbances<'a, 'b> {
    /// Of the operations of one workload, or of all.
    pub(super) fn of(evidence: &'b Evidence<'a>, workload: Option<Atom>) -> Disturbances<'a, 'b> {
        let operations: Vec<_> = evidence.operations(workload).collect();
        let mut slow = BTreeMap::new();
        for (_, operation) in &operations {
            let name = operation.workload;
            slow.entry(name).or_insert_with(|| users::slow(evidence, name));
        }
        Disturbances { evidence, operations, slow }
    }

    /// The recovery of users after a change.
    pub(super) fn recovery(&self, change: &WorldChange) -> Recovery {
        let next = self.evidence.changes.iter().find(|each| each.at > change.at);
        let exposed = self.operations.iter().filter(|(_, operation)| {
            ended(operation).is_none_or(|end| end >= change.at)
                && next.is_none_or(|next| operation.invoked < next.at)
        });
        let (mut count, mut disturbed, mut last_disturbed) = (0, 0, None);
        for (id, operation) in exposed {
            count += 1;
            if self.disturbs(operation) {
                disturbed += 1;
                last_disturbed = Some(*id);
            }
        }
        let served_again = last_disturbed.and_then(|last| {
            let later = self.operations.iter().filter(|(id, _)| *id > last);
            later.filter(|(_, each)| self.serves(each)).filter_map(|(_, each)| ended(each)).min()
        });
        Recovery { at: change.at, exposed: count, disturbed, last_disturbed, served_again }
    }

    fn is_slow(&self, operation: &Operation) -> bool {
        self.slow[&operation.workload].is_some_and(|slow| self.evidence.waited(operation) > slow)
    }

    fn disturbs(&self, operation: &Operation) -> bool {
        match self.evidence.state_of(operation) {
            OperationState::Failed | OperationState::Unknown => true,
            OperationState::Ok(_) | OperationState::Open => self.is_slow(operation),
        }
    }

    fn serves(&self, operation: &Operation) -> bool {
        operation.is_ok() && !self.is_slow(operation)
    }
}

/// Checks that users are served again in time after each change.
pub(super) fn check(evidence: &Evidence, workload: Atom, at_most: Duration) -> Assessment {
    if let Err(why) = evidence.exercised(workload) {
        return Assessment::Untested(why);
    }
    let disturbances = Disturbances::of(evidence, Some(workload));
    let recoveries = evidence.changes.iter().map(|change| (change, disturbances.recovery(change)));
    let recoveries: Vec<(&WorldChange, Recovery)> = recoveries.collect();
    let taken = |recovery: &Recovery| {
        recovery.time().unwrap_or_else(|| evidence.run.ended_at.since(recovery.at))
    };
    let worst = recoveries.iter().max_by_key(|(_, recovery)| taken(recovery));
    let Some((change, recovery)) = worst else {
        return Assessment::Untested(evidence.harmed().err().unwrap_or_default());
    };
    let summary = summary(change, recovery, taken(recovery));
    if taken(recovery) > at_most {
        return Assessment::Broken(summary, witness(evidence, recovery));
    }
    match recoveries.iter().find(|(_, recovery)| recovery.time().is_none()) {
        Some((change, _)) => Assessment::Untested(format!(
            "the run ended before users were served again after \"{}\"",
            change.text
        )),
        None => Assessment::Held(summary),
    }
}

fn summary(change: &WorldChange, recovery: &Recovery, taken: Duration) -> String {
    let (text, taken) = (change.text, round_duration(taken));
    let Recovery { disturbed, exposed, .. } = recovery;
    match recovery.time() {
        None => format!(
            "users were not served again in the {taken} from \"{text}\" to the end of the run"
        ),
        Some(Duration::ZERO) => "no user was disturbed".to_owned(),
        Some(_) => format!(
            "users were served again {taken} after \"{text}\" ({disturbed} of {exposed} operations disturbed)"
        ),
    }
}

fn witness(evidence: &Evidence, recovery: &Recovery) -> Witness {
    let last = recovery.last_disturbed;
    let mut texts: Vec<String> = Vec::new();
    if let Some(last) = last {
        texts.push(format!(
            "last disturbed: {}",
            operation_text(evidence, evidence.operation(last))
        ));
    }
    texts.push(match recovery.served_again {
        Some(again) => format!("served again at {again}"),
        None => "not served again".to_owned(),
    });
    Witness::new(recovery.served_again.unwrap_or(evidence.run.ended_at), texts, last)
}
