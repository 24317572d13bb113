//! The names of a session and the things that they stand for.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::hint;
use super::probe::Desk;
use crate::engine::term::{Atom, Pid, Ref, Term};

/// The names of a session, which its probes share with it.
pub(super) type SharedNames = Rc<RefCell<Names>>;

/// The thing that a name stands for.
#[derive(Clone)]
pub(super) enum Thing {
    /// A process, and what it is told, if it is a probe.
    Process(Pid, Option<Rc<Desk>>),
    /// A reference.
    Reference(Ref),
    /// A request that waits for its reply.
    Request(Ref),
}

/// The names of nodes, processes and references.
#[derive(Default)]
pub(super) struct Names {
    nodes: BTreeSet<String>,
    things: BTreeMap<String, Thing>,
    /// The latest name of each pid and each reference.
    latest: BTreeMap<Term, String>,
    /// Pids and references without a name, in the order of their appearance.
    unnamed: Vec<Term>,
}

impl Names {
    /// Makes a node known.
    pub(super) fn add_node(&mut self, node: &str) {
        self.nodes.insert(node.to_owned());
    }

    /// The full name of a node.
    pub(super) fn node(&self, node: &str) -> Result<Atom, String> {
        if self.nodes.contains(node) {
            return Ok(full(node));
        }
        let known = self.nodes.iter().map(String::as_str);
        Err(format!("there is no node {node}{}", hint(node, known)))
    }

    /// Gives a process or a reference its latest name.
    pub(super) fn bind(&mut self, name: &str, thing: Thing) {
        match &thing {
            Thing::Process(pid, _) => drop(self.latest.insert(Term::from(*pid), name.to_owned())),
            Thing::Reference(reference) | Thing::Request(reference) => {
                self.latest.insert(Term::from(*reference), name.to_owned());
            }
        }
        self.things.insert(name.to_owned(), thing);
    }

    /// Gives what a term is a name, if it is a pid or a reference. A probe stays one.
    pub(super) fn bind_term(&mut self, name: &str, term: &Term) {
        if let Some(pid) = term.as_pid() {
            let desk = self.desk_of(pid);
            self.bind(name, Thing::Process(pid, desk));
        } else if let Some(reference) = term.as_reference() {
            self.bind(name, Thing::Reference(reference));
        }
    }

    fn desk_of(&self, pid: Pid) -> Option<Rc<Desk>> {
        self.things.values().find_map(|thing| match thing {
            Thing::Process(other, desk) if *other == pid => desk.clone(),
            Thing::Process(..) | Thing::Reference(_) | Thing::Request(_) => None,
        })
    }

    /// The thing that a name stands for.
    pub(super) fn find(&self, name: &str) -> Option<&Thing> {
        self.things.get(name)
    }

    /// The pid or the reference with a name.
    pub(super) fn thing(&self, name: &str) -> Result<Term, String> {
        match self.find(name) {
            Some(Thing::Process(pid, _)) => Ok(Term::from(*pid)),
            Some(Thing::Reference(reference)) => Ok(Term::from(*reference)),
            Some(Thing::Request(_)) => Err(format!("{name} is a request")),
            None => Err(self.nobody(name)),
        }
    }

    /// The process with a name.
    pub(super) fn process(&self, name: &str) -> Result<Pid, String> {
        self.thing(name)?.as_pid().ok_or_else(|| format!("{name} is no process"))
    }

    /// The reference or the request with a name.
    pub(super) fn reference(&self, name: &str) -> Result<Ref, String> {
        match self.find(name) {
            Some(Thing::Reference(reference) | Thing::Request(reference)) => Ok(*reference),
            Some(Thing::Process(..)) => Err(format!("{name} is no reference")),
            None => Err(self.nobody(name)),
        }
    }

    /// Returns the desk of a probe.
    pub(super) fn desk(&self, name: &str) -> Result<Rc<Desk>, String> {
        match self.find(name) {
            Some(Thing::Process(_, Some(desk))) => Ok(Rc::clone(desk)),
            Some(Thing::Process(_, None) | Thing::Reference(_) | Thing::Request(_)) => {
                Err(format!("{name} is no probe: `spawn` starts one"))
            }
            None => Err(self.nobody(name)),
        }
    }

    fn nobody(&self, name: &str) -> String {
        format!("nothing is named {name}{}", hint(name, self.all()))
    }

    /// All names but those of nodes.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.things.keys().map(String::as_str)
    }

    /// The names of the nodes.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().map(String::as_str)
    }

    /// Returns whether anybody has named this pid or reference.
    pub(super) fn is_named(&self, identity: &Term) -> bool {
        self.latest.contains_key(identity)
    }

    /// Returns the print of a pid or a reference, without its brackets: the latest name, or a number that it
    /// keeps.
    pub(super) fn label(&mut self, identity: &Term) -> String {
        if let Some(name) = self.latest.get(identity) {
            return name.clone();
        }
        let known = self.unnamed.iter().position(|other| other == identity);
        let number = known.unwrap_or_else(|| {
            self.unnamed.push(identity.clone());
            self.unnamed.len() - 1
        });
        format!("#{}", number + 1)
    }

    /// Returns the print of an atom, if it is the name of a node.
    pub(super) fn short(&self, atom: Atom) -> Option<&str> {
        let (name, host) = atom.as_str().split_once('@')?;
        (name == host).then(|| self.nodes.get(name).map(String::as_str))?
    }
}

/// The full name of a node: each has a host of its own, which is called as the node is.
pub(super) fn full(node: &str) -> Atom {
    Atom::new(&format!("{node}@{node}"))
}
