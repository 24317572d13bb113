//! Names that were asked for although nobody ever had them: typing errors, most of the time.

use std::collections::BTreeMap;
use std::fmt;

use super::{Context, World};
use crate::atom;
use crate::diagnostic::nearest;
use crate::term::{Atom, Term};
use crate::time::Time;

/// A name under which somebody was looked for, and under which nobody was ever registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnregisteredName {
    /// The name: an atom, or `{global,Name}`.
    pub name: Term,
    /// The node on which it was looked for.
    pub node: Atom,
    /// When it was first looked for.
    pub first: Time,
    /// How often it was looked for on any node.
    pub times: u64,
    /// The name that was probably meant, and a node where somebody had it.
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

/// The names of a world: those that somebody had at any time, and those that were missed.
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
    /// Somebody has a name.
    pub(super) fn hold(&mut self, name: Term, node: Atom) {
        self.held.entry(name).or_insert(node);
    }

    /// Somebody was looked for in vain.
    pub(super) fn miss(&mut self, now: Time, name: Term, node: Atom) {
        let missed = self.missed.entry(name).or_insert(Missed { node, first: now, times: 0 });
        missed.times += 1;
    }

    fn unregistered(&self) -> Vec<UnregisteredName> {
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

    /// The held name that is written most like this one, whatever its type.
    fn near(&self, name: &Term) -> Option<(Term, Atom)> {
        let texts: Vec<String> = self.held.keys().map(text).collect();
        let near = nearest(&text(name), texts.iter().map(String::as_str))?;
        let place = texts.iter().position(|text| text == near)?;
        self.held.iter().nth(place).map(|(name, node)| (name.clone(), *node))
    }
}

/// A name without what tells its kind: `kv` for `kv`, `<<"kv">>` and `{global,kv}`.
fn text(name: &Term) -> String {
    match name.tagged("global") {
        Some([name]) => text(name),
        Some(_) | None => name.as_str().map_or_else(|| name.to_string(), str::to_owned),
    }
}

/// A name of the cluster, as servers are addressed by it.
fn global(name: &Term) -> Term {
    crate::tuple![atom!("global"), name]
}

impl World {
    /// The names under which somebody was looked for and nobody was ever registered, in the order in
    /// which they were first looked for.
    ///
    /// ```
    /// use nodedown::prelude::*;
    ///
    /// let world = World::new(WorldConfig::default());
    /// let [a] = kernel::start_nodes(&world, ["a@x"]);
    /// let answer = world.run(a, |ctx| async move {
    ///     ctx.register(atom!("store"), ctx.pid())?;
    ///     gen_server::call::<Term>(&ctx, "stroe", atom!("total")).await
    /// });
    /// assert!(answer.is_err());
    /// let near = world.unregistered_names()[0].near.clone();
    /// assert_eq!(near, Some((Term::atom("store"), Atom::new("a@x"))));
    /// ```
    #[must_use]
    pub fn unregistered_names(&self) -> Vec<UnregisteredName> {
        self.shared().name_log.unregistered()
    }
}

impl Context {
    /// Remembers that a server was looked for under a name of this node in vain.
    pub(crate) fn missed_name(&self, name: Atom) {
        self.miss(name.into());
    }

    /// Remembers that a server was looked for under a global name in vain.
    pub(crate) fn missed_global_name(&self, name: &Term) {
        self.miss(global(name));
    }

    fn miss(&self, name: Term) {
        let (now, node) = (self.now(), self.node());
        self.state().name_log.miss(now, name, node);
    }

    /// Remembers that a global name belongs to somebody.
    pub(crate) fn held_global_name(&self, name: &Term, node: Atom) {
        self.state().name_log.hold(global(name), node);
    }
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
    fn a_name_that_somebody_had_once_is_not_listed() {
        let mut log = NameLog::default();
        log.miss(Time::ZERO, atom("kv"), Atom::new("a@x"));
        log.hold(atom("kv"), Atom::new("b@x"));
        assert_eq!(log.unregistered(), []);
    }
}
