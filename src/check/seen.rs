//! What clients saw, without the times and the names of nodes.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{Operation, OperationId, Outcome};
use crate::scenario::Scenario;
use crate::simulation::Run;
use crate::term::{Atom, Term};

/// What the clients of a workload saw, client by client, each in the order in which it saw it.
pub(super) struct Sights {
    pub(super) clients: BTreeMap<u32, Vec<Sight>>,
}

/// What a client saw of an operation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sight {
    pub(super) id: OperationId,
    /// What it was, what it was about, and what it brought.
    pub(super) what: (Atom, Term, Term),
    pub(super) end: End,
}

/// The end of an operation as its client saw it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    Answered(Term),
    Failed,
    Unknown,
}

impl Sights {
    pub(super) fn of(run: &Run, workload: Atom) -> Sights {
        let names = Names::of(&run.plan.scenario);
        let mut clients: BTreeMap<u32, Vec<Sight>> = BTreeMap::new();
        for (id, operation) in run.history.iter().filter(|(_, each)| each.workload == workload) {
            clients.entry(operation.client).or_default().push(names.sight(id, operation));
        }
        Sights { clients }
    }
}

/// The names of the nodes and hosts of a run.
struct Names(BTreeSet<String>);

impl Names {
    fn of(scenario: &Scenario) -> Names {
        let nodes = scenario.nodes.iter().map(|node| node.name);
        let names = nodes.chain(scenario.hosts.iter().copied());
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
