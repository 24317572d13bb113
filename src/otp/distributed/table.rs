//! What a node knows of each distributed application.

use std::time::Duration;

use super::Distributed;
use crate::term::{Atom, Term};
use crate::{atom, tuple};

/// A distributed application as this node sees it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Application {
    pub name: Atom,
    pub place: Place,
    pub timeout: Option<Duration>,
    pub nodes: Vec<Vec<Atom>>,
    /// The nodes that can run it, and whether they may; `None` for one that has unloaded it.
    pub run: Vec<(Atom, Option<bool>)>,
}

/// Where an application runs, and what is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nowhere, as far as this node knows.
    Nowhere,
    /// On this node.
    Here,
    /// On another.
    At(Atom),
    /// Somebody has asked to move it here.
    Moving,
    /// Its node went down; nobody has taken it over.
    Lost(Atom),
    /// It is being started on this node.
    Starting,
}

impl Application {
    pub(super) fn new(node: Atom, config: Distributed, permission: bool) -> Application {
        let Distributed { application: name, timeout, nodes } = config;
        let run = vec![(node, Some(permission))];
        Application { name, place: Place::Nowhere, timeout, nodes, run }
    }

    pub(super) fn is_here(&self) -> bool {
        self.place == Place::Here
    }

    /// All its nodes.
    pub(super) fn flat_nodes(&self) -> impl Iterator<Item = Atom> {
        self.nodes.iter().flatten().copied()
    }

    pub(super) fn set_run(&mut self, node: Atom, permission: Option<bool>) {
        match self.run.iter_mut().find(|(name, _)| *name == node) {
            Some(entry) => entry.1 = permission,
            None => self.run.push((node, permission)),
        }
    }

    /// What is known of a node's ability: nothing, or what it said.
    pub(super) fn run(&self, node: Atom) -> Option<Option<bool>> {
        self.run.iter().find(|(name, _)| *name == node).map(|(_, permission)| *permission)
    }

    /// Whether a node can and may run it.
    pub(super) fn may_run(&self, node: Atom) -> bool {
        self.run(node) == Some(Some(true))
    }

    /// The nodes that can and may run it.
    pub(super) fn permitted(&self) -> Vec<Atom> {
        let may_run = |(node, permission): &(Atom, Option<bool>)| {
            (*permission == Some(true)).then_some(*node)
        };
        self.run.iter().filter_map(may_run).collect()
    }

    /// The nodes that should be able to run it and are not.
    pub(super) fn unable(&self) -> impl Iterator<Item = Atom> {
        self.run.iter().filter(|(_, permission)| permission.is_none()).map(|(node, _)| *node)
    }

    /// Takes in what another node knows of its own ability.
    pub(super) fn merge(&mut self, node: Atom, theirs: &[(Atom, Vec<(Atom, Option<bool>)>)]) {
        let Some((_, run)) = theirs.iter().find(|(name, _)| *name == self.name) else { return };
        let own = run.iter().find(|(name, _)| *name == node);
        self.set_run(node, own.and_then(|(_, permission)| *permission));
    }

    /// `{Name,[{Node,Permission}]}`, for other nodes.
    pub(super) fn to_term(&self) -> Term {
        let entry = |(node, permission): &(Atom, Option<bool>)| {
            tuple![*node, permission_to_term(*permission)]
        };
        tuple![self.name, self.run.iter().map(entry).collect::<Term>()]
    }
}

/// Reads what [`Application::to_term`] wrote, for several applications.
pub(super) fn read_runs(term: &Term) -> Vec<(Atom, Vec<(Atom, Option<bool>)>)> {
    let read_run = |entry: &Term| {
        let [node, permission] = entry.as_tuple()? else { return None };
        Some((node.as_atom()?, permission.as_bool()))
    };
    let read = |entry: &Term| {
        let [name, run] = entry.as_tuple()? else { return None };
        Some((name.as_atom()?, run.as_list()?.iter().filter_map(read_run).collect()))
    };
    term.as_list().unwrap_or_default().iter().filter_map(read).collect()
}

/// `true`, `false`, or `undefined` for a node that cannot run the application.
pub(super) fn permission_to_term(permission: Option<bool>) -> Term {
    permission.map_or_else(|| Term::from(atom!("undefined")), Term::from)
}

/// The nodes of an application as the configuration writes them: `[n1,{n2,n3}]`.
pub(super) fn nodes_to_term(nodes: &[Vec<Atom>]) -> Term {
    let entry = |equals: &Vec<Atom>| match equals.as_slice() {
        [node] => Term::from(*node),
        equals => {
            // The order of equals means nothing (F12).
            let mut equals = equals.to_vec();
            equals.sort();
            let equals: Vec<Term> = equals.into_iter().map(Term::from).collect();
            Term::Tuple(equals.into())
        }
    };
    nodes.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atoms<const N: usize>(names: [&str; N]) -> Vec<Atom> {
        names.map(Atom::new).to_vec()
    }

    #[test]
    fn what_a_node_says_of_itself_counts() {
        let config =
            Distributed { application: atom!("db"), timeout: None, nodes: vec![atoms(["a", "b"])] };
        let mut ours = Application::new(atom!("a"), config.clone(), true);
        let mut theirs = Application::new(atom!("b"), config, false);
        theirs.set_run(atom!("a"), Some(false));
        let runs = read_runs(&Term::from(vec![theirs.to_term()]));
        ours.merge(atom!("b"), &runs);
        assert_eq!(ours.run, [(atom!("a"), Some(true)), (atom!("b"), Some(false))]);
        assert_eq!(ours.permitted(), atoms(["a"]));
    }

    #[test]
    fn the_order_of_equals_means_nothing() {
        let nodes = |equals| nodes_to_term(&[atoms(["n1"]), equals]);
        assert_eq!(nodes(atoms(["n3", "n2"])), nodes(atoms(["n2", "n3"])));
        assert_eq!(nodes(atoms(["n3", "n2"])).to_string(), "[n1,{n2,n3}]");
    }
}
