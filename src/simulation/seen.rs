//! What clients saw, without the times and the names of nodes, and how it differs from what they
//! saw in another run.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{Operation, OperationId, Outcome};
use crate::scenario::Scenario;
use crate::term::{Atom, Term};

use super::{Run, Unknown};

/// What the clients of a workload saw, client by client, each in the order in which it saw it.
pub(crate) struct Sights {
    pub(crate) clients: BTreeMap<u32, Vec<Sight>>,
}

/// What a client saw of an operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sight {
    pub(crate) id: OperationId,
    /// What it was, what it was about, and what it brought.
    pub(crate) what: (Atom, Term, Term),
    pub(crate) end: End,
}

/// The end of an operation as its client saw it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum End {
    Answered(Term),
    Failed,
    Unknown,
}

impl Sights {
    pub(crate) fn of(run: &Run, workload: Atom) -> Sights {
        let names = Names::of(&run.plan.scenario);
        let mut clients: BTreeMap<u32, Vec<Sight>> = BTreeMap::new();
        for (id, operation) in run.history.iter().filter(|(_, each)| each.workload == workload) {
            clients.entry(operation.client).or_default().push(names.sight(id, operation));
        }
        Sights { clients }
    }

    /// What a run without faults shows differently, client by client, where operations that failed
    /// are left out, and those of unknown outcome as it says. What it does beyond what was done is
    /// no difference: the client may not have come to it.
    pub(crate) fn differences(&self, fault_free: &Sights, unknown: Unknown) -> Vec<Difference> {
        let is_done = |sight: &&Sight| match sight.end {
            End::Answered(_) => true,
            End::Failed => false,
            End::Unknown => unknown == Unknown::Completed,
        };
        let mut found = Vec::new();
        for (client, sights) in &self.clients {
            let others = fault_free.clients.get(client).map(Vec::as_slice).unwrap_or_default();
            let mut others = others.iter();
            for sight in sights.iter().filter(is_done) {
                let other = others.next().filter(|other| other.what == sight.what);
                if sight.end == End::Unknown || other.is_some_and(|other| other.end == sight.end) {
                    continue;
                }
                let other = other.and_then(|other| match &other.end {
                    End::Answered(answer) => Some(answer.clone()),
                    End::Failed | End::Unknown => None,
                });
                found.push(Difference { sight: sight.clone(), other });
            }
        }
        found.sort_by_key(|difference| difference.sight.id);
        found
    }
}

/// An answer that a run without faults does not give.
#[derive(Clone, PartialEq)]
pub(crate) struct Difference {
    pub(crate) sight: Sight,
    /// What it answers instead; nothing if it does not come to that.
    pub(crate) other: Option<Term>,
}

/// The names of the nodes, hosts and sites of a run.
struct Names(BTreeSet<String>);

impl Names {
    fn of(scenario: &Scenario) -> Names {
        let nodes = scenario.nodes.iter().map(|node| node.name);
        let names = nodes
            .chain(scenario.hosts.iter().flat_map(|host| [Some(host.name), host.site]).flatten());
        Names(names.map(|name| name.as_str().to_owned()).collect())
    }

    fn sight(&self, id: OperationId, operation: &Operation) -> Sight {
        let end = match operation.completion.as_ref().map(|completion| &completion.outcome) {
            Some(Outcome::Ok(answer)) => End::Answered(self.without(answer)),
            Some(Outcome::Failed(_)) => End::Failed,
            Some(Outcome::Unknown(_)) | None => End::Unknown,
        };
        let (key, value) = (self.without(&operation.key), self.without(&operation.value));
        Sight { id, what: (operation.name, key, value), end }
    }

    /// A term in which all names of nodes and hosts are alike, and all processes and references,
    /// which say where they were made.
    fn without(&self, term: &Term) -> Term {
        let each = |term: &Term| self.without(term);
        match term {
            Term::Atom(name) if self.0.contains(name.as_str()) => Term::atom("node"),
            Term::Binary(bytes) if self.is_name(bytes) => Term::from("node"),
            Term::Pid(_) => Term::atom("pid"),
            Term::Reference(_) => Term::atom("reference"),
            Term::Tuple(elements) => {
                Term::Tuple(elements.iter().map(each).collect::<Vec<_>>().into())
            }
            Term::List(elements) => elements.iter().map(each).collect(),
            Term::ImproperList(list) => {
                let (elements, tail) = list.parts();
                elements.iter().chain([tail]).map(each).collect()
            }
            Term::Map(map) => {
                let pairs = map.iter().map(|(key, value)| [each(key), each(value)]);
                pairs.map(|pair| Term::Tuple(pair.into())).collect()
            }
            Term::Integer(_)
            | Term::BigInteger(_)
            | Term::Float(_)
            | Term::Atom(_)
            | Term::Binary(_) => term.clone(),
        }
    }

    fn is_name(&self, bytes: &[u8]) -> bool {
        std::str::from_utf8(bytes).is_ok_and(|text| self.0.contains(text))
    }
}
