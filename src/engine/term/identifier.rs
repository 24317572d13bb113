//! Identifiers that are unique in the simulated world: of incarnations of nodes, of processes, and
//! references.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use super::Atom;

/// One life of a node, from a start to the next: the node's name and its creation.
///
/// Stored once for the life of the program, so it is copied and compared as a pointer; ordered by
/// name, then by creation.
#[derive(Clone, Copy)]
pub struct Incarnation(&'static Entry);

struct Entry {
    node: Atom,
    creation: u32,
}

static INCARNATIONS: Mutex<BTreeMap<(Atom, u32), Incarnation>> = Mutex::new(BTreeMap::new());

impl Incarnation {
    /// The life of `node` that has this creation. Takes a lock: make it once for a node's start.
    #[must_use]
    pub fn new(node: Atom, creation: u32) -> Incarnation {
        let mut incarnations = INCARNATIONS.lock().unwrap_or_else(PoisonError::into_inner);
        *incarnations
            .entry((node, creation))
            .or_insert_with(|| Incarnation(Box::leak(Box::new(Entry { node, creation }))))
    }

    /// The node's name.
    #[must_use]
    pub fn node(self) -> Atom {
        self.0.node
    }

    /// The creation: the number of this life of the node.
    #[must_use]
    pub fn creation(self) -> u32 {
        self.0.creation
    }
}

impl PartialEq for Incarnation {
    fn eq(&self, other: &Incarnation) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for Incarnation {}

impl PartialOrd for Incarnation {
    fn partial_cmp(&self, other: &Incarnation) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Incarnation {
    fn cmp(&self, other: &Incarnation) -> Ordering {
        if self == other {
            return Ordering::Equal;
        }
        (self.node(), self.creation()).cmp(&(other.node(), other.creation()))
    }
}

impl Hash for Incarnation {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.node(), self.creation()).hash(state);
    }
}

impl fmt::Debug for Incarnation {
    /// The name and the creation: `db1@a/3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.node().as_str(), self.creation())
    }
}

/// The identity of a process: `<db1@a.85.0>`.
///
/// Erlang prints an index in the place of the node's name, one that means something on the
/// printing node only. A trace is read from outside of all nodes, so here the name itself is
/// printed, never in quotes. The creation is not printed, as in Erlang.
///
/// The order is Erlang's: by serial, number, node and creation.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pid {
    incarnation: Incarnation,
    number: u32,
    serial: u32,
}

impl Pid {
    /// The process `number.serial` of the life of `node` with this creation.
    #[must_use]
    pub fn new(node: Atom, creation: u32, number: u32, serial: u32) -> Pid {
        Pid::of(Incarnation::new(node, creation), number, serial)
    }

    /// The process `number.serial` of this life of a node.
    #[must_use]
    pub const fn of(incarnation: Incarnation, number: u32, serial: u32) -> Pid {
        Pid { incarnation, number, serial }
    }

    /// The life of the node that the process belongs to.
    #[must_use]
    pub const fn incarnation(self) -> Incarnation {
        self.incarnation
    }

    /// The name of the node that the process belongs to.
    #[must_use]
    pub fn node(self) -> Atom {
        self.incarnation.node()
    }

    /// The creation of the node when it made the process.
    #[must_use]
    pub fn creation(self) -> u32 {
        self.incarnation.creation()
    }

    /// The place among the processes of the node.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.number
    }

    /// The number of times that the number was used before.
    #[must_use]
    pub const fn serial(self) -> u32 {
        self.serial
    }
}

impl PartialOrd for Pid {
    fn partial_cmp(&self, other: &Pid) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pid {
    fn cmp(&self, other: &Pid) -> Ordering {
        (self.serial, self.number)
            .cmp(&(other.serial, other.number))
            .then_with(|| self.incarnation.cmp(&other.incarnation))
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}.{}.{}>", self.node().as_str(), self.number, self.serial)
    }
}

impl fmt::Debug for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A mark that no other reference equals: `#Ref<db1@a.17>`.
///
/// As with [`Pid`] the node's name is printed. The order is Erlang's: by node, creation and id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ref {
    incarnation: Incarnation,
    id: u64,
}

impl Ref {
    /// The reference `id` of this life of a node.
    #[must_use]
    pub const fn of(incarnation: Incarnation, id: u64) -> Ref {
        Ref { incarnation, id }
    }

    /// The life of the node that made it.
    #[must_use]
    pub const fn incarnation(self) -> Incarnation {
        self.incarnation
    }

    /// The name of the node that made it.
    #[must_use]
    pub fn node(self) -> Atom {
        self.incarnation.node()
    }

    /// The creation of the node when it made the reference.
    #[must_use]
    pub fn creation(self) -> u32 {
        self.incarnation.creation()
    }

    /// The number of the reference on its node.
    #[must_use]
    pub const fn id(self) -> u64 {
        self.id
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#Ref<{}.{}>", self.node().as_str(), self.id)
    }
}

impl fmt::Debug for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_print_their_nodes_name() {
        let pid = Pid::new(Atom::new("db1@host-a"), 3, 85, 2);
        assert_eq!(pid.to_string(), "<db1@host-a.85.2>");
        assert_eq!(Ref::of(pid.incarnation(), 17).to_string(), "#Ref<db1@host-a.17>");
    }

    #[test]
    fn a_restarted_nodes_processes_are_others() {
        let node = Atom::new("a@a");
        assert_eq!(Pid::new(node, 1, 5, 0), Pid::new(node, 1, 5, 0));
        assert_ne!(Pid::new(node, 1, 5, 0), Pid::new(node, 2, 5, 0));
    }

    /// Each pair compared with `<` in Erlang/OTP 25.
    #[test]
    fn identifiers_are_ordered_as_in_erlang() {
        let pid =
            |node, creation, number, serial| Pid::new(Atom::new(node), creation, number, serial);
        assert!(pid("a@b", 1, 2, 1) < pid("a@b", 1, 1, 2), "serial before number");
        assert!(pid("b@b", 1, 1, 0) < pid("a@b", 1, 2, 0), "number before node");
        assert!(pid("a@b", 2, 1, 0) < pid("a@b", 1, 2, 0), "number before creation");
        assert!(pid("a@b", 2, 2, 0) < pid("b@b", 1, 2, 0), "node before creation");
        let reference =
            |node, creation, id| Ref::of(Incarnation::new(Atom::new(node), creation), id);
        assert!(reference("a@b", 1, 2) < reference("b@b", 1, 1), "node before id");
        assert!(reference("a@b", 1, 2) < reference("a@b", 2, 1), "creation before id");
    }
}
