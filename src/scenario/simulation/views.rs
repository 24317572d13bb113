//! The clients' views of a run, without times and names of nodes, and the differences between those
//! of two runs.

use std::collections::{BTreeMap, BTreeSet};

use crate::consistency::history::{Operation, OperationId, Outcome};
use crate::engine::term::{Atom, Term, TermView};
use crate::scenario::Scenario;

use super::{Run, UnknownOutcome};

/// The views of the clients of a workload, client by client, each in its own order.
pub(crate) struct ClientViews {
    pub(crate) clients: BTreeMap<u32, Vec<OperationView>>,
}

/// A client's view of an operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OperationView {
    pub(crate) id: OperationId,
    /// Its name, key and value.
    pub(crate) what: (Atom, Term, Term),
    pub(crate) end: ViewEnd,
}

/// The end of an operation as its client saw it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ViewEnd {
    Answered(Term),
    Failed,
    Unknown,
}

impl ClientViews {
    pub(crate) fn of(run: &Run, workload: Atom) -> ClientViews {
        let names = NodeNames::of(&run.plan.scenario);
        let mut clients: BTreeMap<u32, Vec<OperationView>> = BTreeMap::new();
        for (id, operation) in run.history.iter().filter(|(_, each)| each.workload == workload) {
            clients.entry(operation.client).or_default().push(names.view(id, operation));
        }
        ClientViews { clients }
    }

    /// The differences in a run without faults, client by client, where failed operations are left
    /// out and those of unknown outcome are treated as `unknown` says. Extra operations of the
    /// fault-free run are not differences: the client may not have reached them.
    pub(crate) fn differences(
        &self,
        fault_free: &ClientViews,
        unknown: UnknownOutcome,
    ) -> Vec<ViewDifference> {
        let is_done = |view: &&OperationView| match view.end {
            ViewEnd::Answered(_) => true,
            ViewEnd::Failed => false,
            ViewEnd::Unknown => unknown == UnknownOutcome::Completed,
        };
        let mut found = Vec::new();
        for (client, views) in &self.clients {
            let others = fault_free.clients.get(client).map(Vec::as_slice).unwrap_or_default();
            let mut others = others.iter();
            for view in views.iter().filter(is_done) {
                let other = others.next().filter(|other| other.what == view.what);
                if view.end == ViewEnd::Unknown || other.is_some_and(|other| other.end == view.end)
                {
                    continue;
                }
                let other = other.and_then(|other| match &other.end {
                    ViewEnd::Answered(answer) => Some(answer.clone()),
                    ViewEnd::Failed | ViewEnd::Unknown => None,
                });
                found.push(ViewDifference { view: view.clone(), other });
            }
        }
        found.sort_by_key(|difference| difference.view.id);
        found
    }
}

/// An answer that a run without faults does not give.
#[derive(Clone, PartialEq)]
pub(crate) struct ViewDifference {
    pub(crate) view: OperationView,
    /// The answer in the fault-free run; `None` if that does not reach the operation.
    pub(crate) other: Option<Term>,
}

/// The names of the nodes, hosts and sites of a run.
struct NodeNames(BTreeSet<String>);

impl NodeNames {
    fn of(scenario: &Scenario) -> NodeNames {
        let nodes = scenario.nodes.iter().map(|node| node.name);
        let names = nodes
            .chain(scenario.hosts.iter().flat_map(|host| [Some(host.name), host.site]).flatten());
        NodeNames(names.map(|name| name.as_str().to_owned()).collect())
    }

    fn view(&self, id: OperationId, operation: &Operation) -> OperationView {
        let end = match operation.completion.as_ref().map(|completion| &completion.outcome) {
            Some(Outcome::Ok(answer)) => ViewEnd::Answered(self.without(answer)),
            Some(Outcome::Failed(_)) => ViewEnd::Failed,
            Some(Outcome::Unknown(_)) | None => ViewEnd::Unknown,
        };
        let (key, value) = (self.without(&operation.key), self.without(&operation.value));
        OperationView { id, what: (operation.name, key, value), end }
    }

    /// A term in which all names of nodes and hosts are equal, and all processes and references
    /// too, since they contain the place where they were made.
    fn without(&self, term: &Term) -> Term {
        let each = |term: &Term| self.without(term);
        match term.view() {
            TermView::Atom(name) if self.0.contains(name.as_str()) => Term::atom("node"),
            TermView::Binary(bytes) if self.is_name(bytes) => Term::from("node"),
            TermView::Pid(_) => Term::atom("pid"),
            TermView::Reference(_) => Term::atom("reference"),
            TermView::Tuple(elements) => {
                Term::Tuple(elements.iter().map(each).collect::<Vec<_>>().into())
            }
            TermView::List { elements, tail } => elements.iter().chain(tail).map(each).collect(),
            TermView::Map(map) => {
                let pairs = map.iter().map(|(key, value)| [each(key), each(value)]);
                pairs.map(|pair| Term::Tuple(pair.into())).collect()
            }
            TermView::Integer(_)
            | TermView::BigInteger(_)
            | TermView::Float(_)
            | TermView::Atom(_)
            | TermView::Binary(_) => term.clone(),
        }
    }

    fn is_name(&self, bytes: &[u8]) -> bool {
        std::str::from_utf8(bytes).is_ok_and(|text| self.0.contains(text))
    }
}
