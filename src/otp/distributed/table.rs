//! The table of a node's distributed applications.

use std::time::Duration;

use super::Distributed;
use crate::engine::term::{Atom, Term};
use crate::tuple;

/// A distributed application as this node sees it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Application {
    pub name: Atom,
    pub place: Place,
    pub timeout: Option<Duration>,
    pub nodes: Vec<Vec<Atom>>,
    pub run: Run,
}

/// The nodes that are known to an application, and whether they may run it.
pub(super) type Run = Vec<(Atom, Permission)>;

/// The permission of a node to run an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permission {
    /// It may.
    Granted,
    /// It may not (F31).
    Denied,
    /// It has unloaded the application, or has never known it.
    Unable,
}

/// The state of a distributed application: its node, or the change that is under way.
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
    pub(super) fn new(node: Atom, config: Distributed, permission: Permission) -> Application {
        let Distributed { application: name, timeout, nodes } = config;
        let run = vec![(node, permission)];
        Application { name, place: Place::Nowhere, timeout, nodes, run }
    }

    pub(super) fn is_here(&self) -> bool {
        self.place == Place::Here
    }

    /// All its nodes.
    pub(super) fn flat_nodes(&self) -> impl Iterator<Item = Atom> {
        self.nodes.iter().flatten().copied()
    }

    pub(super) fn set_permission(&mut self, node: Atom, permission: Permission) {
        match self.run.iter_mut().find(|(name, _)| *name == node) {
            Some(entry) => entry.1 = permission,
            None => self.run.push((node, permission)),
        }
    }

    fn permission(&self, node: Atom) -> Option<Permission> {
        self.run.iter().find(|(name, _)| *name == node).map(|(_, permission)| *permission)
    }

    /// Returns whether a node has said that it can run it.
    pub(super) fn is_able(&self, node: Atom) -> bool {
        self.permission(node).is_some_and(|permission| permission != Permission::Unable)
    }

    /// Returns whether a node can and may run it.
    pub(super) fn may_run(&self, node: Atom) -> bool {
        self.permission(node) == Some(Permission::Granted)
    }

    /// The nodes that can and may run it.
    pub(super) fn permitted(&self) -> Vec<Atom> {
        self.nodes_with(Permission::Granted)
    }

    /// The nodes that should be able to run it and are not.
    pub(super) fn unable(&self) -> Vec<Atom> {
        self.nodes_with(Permission::Unable)
    }

    fn nodes_with(&self, wanted: Permission) -> Vec<Atom> {
        let has =
            |(node, permission): &(Atom, Permission)| (*permission == wanted).then_some(*node);
        self.run.iter().filter_map(has).collect()
    }

    /// Takes in what another node knows of its own ability.
    pub(super) fn merge(&mut self, node: Atom, theirs: &[(Atom, Run)]) {
        let Some((_, run)) = theirs.iter().find(|(name, _)| *name == self.name) else { return };
        let own = run.iter().find(|(name, _)| *name == node);
        self.set_permission(node, own.map_or(Permission::Unable, |(_, permission)| *permission));
    }

    /// `{Name,[{Node,Permission}]}`, for other nodes.
    pub(super) fn to_term(&self) -> Term {
        let entry = |(node, permission): &(Atom, Permission)| tuple![*node, permission.to_term()];
        tuple![self.name, self.run.iter().map(entry).collect::<Term>()]
    }
}

impl Permission {
    /// `true`, `false`, or `undefined` for a node that cannot run the application.
    pub(super) fn to_term(self) -> Term {
        match self {
            Permission::Granted => Term::from(true),
            Permission::Denied => Term::from(false),
            Permission::Unable => Term::atom("undefined"),
        }
    }

    pub(super) fn from_term(term: &Term) -> Permission {
        term.as_bool().map_or(Permission::Unable, Permission::from)
    }
}

impl From<bool> for Permission {
    fn from(may: bool) -> Permission {
        if may { Permission::Granted } else { Permission::Denied }
    }
}

/// Reads what [`Application::to_term`] wrote, for several applications.
pub(super) fn read_runs(term: &Term) -> Vec<(Atom, Run)> {
    let read_run = |entry: &Term| {
        let [node, permission] = entry.as_tuple()? else { return None };
        Some((node.as_atom()?, Permission::from_term(permission)))
    };
    let read = |entry: &Term| {
        let [name, run] = entry.as_tuple()? else { return None };
        Some((name.as_atom()?, run.as_list()?.iter().filter_map(read_run).collect()))
    };
    term.as_list().unwrap_or_default().iter().filter_map(read).collect()
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
    use crate::atom;

    fn atoms<const N: usize>(names: [&str; N]) -> Vec<Atom> {
        names.map(Atom::new).to_vec()
    }

    #[test]
    fn what_a_node_says_of_itself_counts() {
        let config =
            Distributed { application: atom!("db"), timeout: None, nodes: vec![atoms(["a", "b"])] };
        let mut ours = Application::new(atom!("a"), config.clone(), Permission::Granted);
        let mut theirs = Application::new(atom!("b"), config, Permission::Denied);
        theirs.set_permission(atom!("a"), Permission::Denied);
        let runs = read_runs(&Term::from(vec![theirs.to_term()]));
        ours.merge(atom!("b"), &runs);
        assert_eq!(ours.run, [(atom!("a"), Permission::Granted), (atom!("b"), Permission::Denied)]);
        assert_eq!(ours.permitted(), atoms(["a"]));
    }

    #[test]
    fn the_order_of_equals_means_nothing() {
        let nodes = |equals| nodes_to_term(&[atoms(["n1"]), equals]);
        assert_eq!(nodes(atoms(["n3", "n2"])), nodes(atoms(["n2", "n3"])));
        assert_eq!(nodes(atoms(["n3", "n2"])).to_string(), "[n1,{n2,n3}]");
    }
}
