//! Names that were looked up although no process ever had them: typing errors, most of the time.

use std::collections::BTreeMap;
use std::fmt;

use crate::atom;
use crate::engine::term::{Atom, Term};
use crate::engine::time::Time;
use crate::spelling::nearest;

/// A name that was looked up and under which no process was ever registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnregisteredName {
    /// The name: an atom, or `{global,Name}`.
    pub name: Term,
    /// The node on which it was looked up.
    pub node: Atom,
    /// The time at which it was first looked up.
    pub first: Time,
    /// The number of times that it was looked up on any node.
    pub times: u64,
    /// The name that was probably meant, and a node where a process had it.
    pub near: Option<(Term, Atom)>,
}

impl fmt::Display for UnregisteredName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UnregisteredName { name, node, times, near, .. } = self;
        write!(f, "nobody was ever registered as {name}, which was looked for on {node}")?;
        if *times > 1 {
            write!(f, ", {times} times in all")?;
        }
        match near {
            Some((near, node)) => write!(f, "; did you mean {near}, as on {node}?"),
            None => Ok(()),
        }
    }
}

/// The names of a world: those that a process had at any time, and those that were missed.
#[derive(Debug, Default)]
pub(super) struct NameLog {
    held: BTreeMap<Term, Atom>,
    missed: BTreeMap<Term, Missed>,
}

#[derive(Clone, Copy, Debug)]
struct Missed {
    node: Atom,
    first: Time,
    times: u64,
}

impl NameLog {
    /// A process has a name.
    pub(super) fn hold(&mut self, name: Term, node: Atom) {
        self.held.entry(name).or_insert(node);
    }

    /// A name was looked up in vain.
    pub(super) fn miss(&mut self, now: Time, name: Term, node: Atom) {
        let missed = self.missed.entry(name).or_insert(Missed { node, first: now, times: 0 });
        missed.times += 1;
    }

    /// The names that were missed and never held, in the order in which they were first looked up.
    pub(super) fn unregistered(&self) -> Vec<UnregisteredName> {
        let missed = self.missed.iter().filter(|(name, _)| !self.held.contains_key(name));
        let unregistered = missed.map(|(name, Missed { node, first, times })| UnregisteredName {
            name: name.clone(),
            node: *node,
            first: *first,
            times: *times,
            near: self.near(name),
        });
        let mut all: Vec<UnregisteredName> = unregistered.collect();
        all.sort_by_key(|each| each.first);
        all
    }

    /// Returns whether a process had a name at any time.
    ///
    /// # Errors
    /// The name that was probably meant.
    pub(super) fn held(&self, name: &Term) -> Result<(), Option<Term>> {
        let near = || self.near(name).map(|(near, _)| near);
        if self.held.contains_key(name) { Ok(()) } else { Err(near()) }
    }

    /// The held name that is written most like this one, whatever its type.
    fn near(&self, name: &Term) -> Option<(Term, Atom)> {
        let texts: Vec<String> = self.held.keys().map(text).collect();
        let near = nearest(&text(name), texts.iter().map(String::as_str))?;
        let place = texts.iter().position(|text| text == near)?;
        self.held.iter().nth(place).map(|(name, node)| (name.clone(), *node))
    }
}

/// A name without its type and kind: `kv` for `kv`, `<<"kv">>` and `{global,kv}`.
fn text(name: &Term) -> String {
    match name.tagged("global") {
        Some([name]) => text(name),
        Some(_) | None => name.as_str().map_or_else(|| name.to_string(), str::to_owned),
    }
}

/// A name of the cluster, as servers are addressed by it.
pub(super) fn global(name: &Term) -> Term {
    crate::tuple![atom!("global"), name]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atom(name: &str) -> Term {
        Term::atom(name)
    }

    #[track_caller]
    fn check(held: &[Term], missed: Term, expected: Option<&Term>) {
        let (mut log, node) = (NameLog::default(), Atom::new("a@x"));
        for name in held {
            log.hold(name.clone(), node);
        }
        log.miss(Time::ZERO, missed.clone(), node);
        log.miss(Time::ZERO, missed, node);
        let found = log.unregistered();
        assert_eq!((found.len(), found[0].times), (1, 2));
        assert_eq!(found[0].near.as_ref().map(|(name, _)| name), expected);
    }

    #[test]
    fn the_nearest_name_may_be_of_another_type_or_kind() {
        check(&[atom("kv"), atom("log")], Term::from("kv"), Some(&atom("kv")));
        check(&[atom("store"), atom("log")], atom("stroe"), Some(&atom("store")));
        check(&[global(&atom("kv"))], atom("kv"), Some(&global(&atom("kv"))));
        check(&[atom("kv")], global(&Term::from("kv")), Some(&atom("kv")));
        check(&[atom("log")], atom("database"), None);
    }

    #[test]
    fn a_name_that_nobody_had_is_known_as_such_without_a_search() {
        let mut log = NameLog::default();
        log.hold(atom("database"), Atom::new("a@x"));
        assert_eq!(log.held(&atom("database")), Ok(()));
        assert_eq!(log.held(&atom("databse")), Err(Some(atom("database"))));
        assert_eq!(log.held(&atom("kv")), Err(None));
    }

    #[test]
    fn a_name_that_somebody_had_once_is_not_listed() {
        let mut log = NameLog::default();
        log.miss(Time::ZERO, atom("kv"), Atom::new("a@x"));
        log.hold(atom("kv"), Atom::new("b@x"));
        assert_eq!(log.unregistered(), []);
    }
}
