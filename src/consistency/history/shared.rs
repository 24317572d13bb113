//! Answers that share their elements: in many reads of a growing list, each shows what the one
//! before it shows, and more. Stored separately they would take memory quadratic in the length of
//! the run.

use std::collections::BTreeMap;

use super::{Operation, OperationId, Outcome};
use crate::engine::term::{List, Term};

/// Lists of fewer elements are kept as they are.
const SHORTEST: usize = 8;

/// The most versions of a list that are kept apart: the two sides of a partition have two.
const VERSIONS: usize = 8;

/// The lists that were read of each key.
#[derive(Clone, Debug, Default)]
pub(super) struct SharedAnswers(BTreeMap<Term, Vec<Version>>);

/// Answers that continue each other, in groups that get smaller.
type Version = Vec<Group>;

/// Answers that are all prefixes of the longest of them, and share its elements.
#[derive(Clone, Debug)]
struct Group {
    operations: Vec<OperationId>,
    longest: List,
}

impl SharedAnswers {
    /// Makes the answer of an operation share its elements with others, if it is a list.
    pub(super) fn share(&mut self, operations: &mut [Operation], id: OperationId) {
        let operation = &operations[id.0 as usize];
        let Some(list) = operation.answer().and_then(Term::as_shared_list) else { return };
        if list.len() < SHORTEST {
            return;
        }
        let group = Group { operations: vec![id], longest: list.clone() };
        if !self.0.contains_key(&operation.key) {
            self.0.insert(operation.key.clone(), Vec::new());
        }
        let versions = self.0.get_mut(&operation.key).expect("it was just put there");
        let groups = version_of(versions, list);
        groups.push(group);
        while let [.., larger, smaller] = groups.as_mut_slice() {
            // As with a binary counter: an operation is moved as often as its group doubles, and
            // there are as many groups as a number of that size has digits.
            let moves = larger.operations.len() <= smaller.operations.len();
            if !moves || !larger.take(smaller, operations) {
                return;
            }
            groups.pop();
        }
    }
}

/// The version that a list continues, or a new one.
fn version_of<'a>(versions: &'a mut Vec<Version>, list: &List) -> &'a mut Version {
    let continued =
        |version: &Version| version.last().is_some_and(|group| is_beginning(&group.longest, list));
    let place = versions.iter().rposition(continued).unwrap_or_else(|| {
        if versions.len() == VERSIONS {
            versions.remove(0);
        }
        versions.push(Version::new());
        versions.len() - 1
    });
    &mut versions[place]
}

/// True if one of two lists is a prefix of the other.
fn is_beginning(one: &List, other: &List) -> bool {
    let shorter = one.len().min(other.len());
    one.shares_with(other) || one[..shorter] == other[..shorter]
}

impl Group {
    /// Merges another group into this one, if one of the two is a prefix of the other.
    fn take(&mut self, other: &mut Group, operations: &mut [Operation]) -> bool {
        if self.longest.len() < other.longest.len() {
            std::mem::swap(self, other);
        }
        let (longest, shorter) = (&self.longest, &other.longest);
        if !is_beginning(longest, shorter) {
            return false;
        }
        for id in &other.operations {
            point_to(longest, &mut operations[id.0 as usize]);
        }
        self.operations.append(&mut other.operations);
        true
    }
}

/// Makes the answer of an operation share the prefix of a list that it is.
fn point_to(longest: &List, operation: &mut Operation) {
    let completion = operation.completion.as_mut();
    if let Some(Outcome::Ok(answer)) = completion.map(|each| &mut each.outcome)
        && let Some(elements) = answer.as_list()
    {
        *answer = longest.prefix(elements.len()).into();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::atom;
    use crate::consistency::history::{Action, Completion};
    use crate::engine::time::Time;

    fn read(list: List) -> Operation {
        Operation {
            workload: atom!("users"),
            client: 0,
            name: atom!("read"),
            action: Action::Read,
            key: Term::from("room-1"),
            value: Term::atom("undefined"),
            invoked: Time::ZERO,
            timeout: Duration::from_secs(1),
            completion: Some(Completion { at: Time::ZERO, outcome: Outcome::Ok(list.into()) }),
        }
    }

    fn numbers(count: i64) -> List {
        (0..count).map(|number| Term::from(format!("message {number}"))).collect()
    }

    /// The different allocations that hold answers.
    fn allocations(operations: &[Operation]) -> usize {
        let mut found: Vec<&List> = Vec::new();
        for operation in operations {
            let list = operation.answer().and_then(Term::as_shared_list);
            let Some(list) = list else { continue };
            if !found.iter().any(|other| other.shares_with(list)) {
                found.push(list);
            }
        }
        found.len()
    }

    fn shared(lists: &[List]) -> Vec<Operation> {
        let mut operations: Vec<Operation> = lists.iter().cloned().map(read).collect();
        let mut answers = SharedAnswers::default();
        for number in 0..operations.len() as u32 {
            answers.share(&mut operations, OperationId(number));
        }
        assert!(operations.iter().zip(lists).all(|(one, list)| one == &read(list.clone())));
        operations
    }

    #[test]
    fn reads_of_a_growing_list_share_its_elements() {
        let lists: Vec<List> = (0..1000).map(|count| numbers(8 + count)).collect();
        assert!(allocations(&shared(&lists)) <= 10);
        let stale: Vec<List> = (0..1000).map(|count| numbers(8 + (count * 37) % 500)).collect();
        assert!(allocations(&shared(&stale)) <= 10);
    }

    #[test]
    fn reads_that_differ_are_kept_apart() {
        let other: List = (0..50).map(|number| Term::from(number + 1)).collect();
        let lists: Vec<List> = (0..20).flat_map(|_| [numbers(40), other.clone()]).collect();
        let allocations = allocations(&shared(&lists));
        assert!((2..=12).contains(&allocations), "{allocations}");
    }
}
