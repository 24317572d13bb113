//! The tables of a node with global names and locks. The server writes them, and every process of the
//! node reads it without a message (G4).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::resolver::OwnResolver;
use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Pid, Ref, Term};

/// The tables of one life of a node.
#[derive(Default)]
pub(super) struct Tables {
    pub names: BTreeMap<Term, Entry>,
    /// By resource.
    pub locks: BTreeMap<Term, Lock>,
    pub resolvers: BTreeMap<Atom, OwnResolver>,
}

/// The holder of a name.
pub(super) struct Entry {
    pub pid: Pid,
    /// The resolver, as it is sent.
    pub method: Term,
    pub monitor: Ref,
    /// The owner's node was connected when the entry was made.
    pub connected: bool,
}

/// The holder of a lock: one requester, on behalf of one or more processes.
pub(super) struct Lock {
    pub requester: Term,
    pub holders: Vec<(Pid, Ref)>,
}

impl Tables {
    /// The names of a process.
    pub(super) fn names_of(&self, pid: Pid) -> Vec<Term> {
        let owned = self.names.iter().filter(|(_, entry)| entry.pid == pid);
        owned.map(|(name, _)| name.clone()).collect()
    }

    /// Returns whether the resource is free, or already held for this requester.
    pub(super) fn can_lock(&self, resource: &Term, requester: &Term) -> bool {
        self.locks.get(resource).is_none_or(|lock| lock.requester == *requester)
    }
}

/// The tables of this node.
pub(super) fn of(ctx: &Context) -> Rc<RefCell<Tables>> {
    ctx.node_local::<RefCell<Tables>>()
}

/// The process with this name.
///
/// The server learns of a death by a message. What is known without one is looked at here: that a
/// process of this node is dead (G4), and that its node has gone down (G6).
pub(super) fn whereis(ctx: &Context, name: &Term) -> Option<Pid> {
    let tables = of(ctx);
    let tables = tables.borrow();
    let entry = tables.names.get(name)?;
    let reachable = if ctx.is_local(entry.pid) {
        ctx.is_process_alive(entry.pid).unwrap_or(false)
    } else {
        !entry.connected || ctx.is_connected(entry.pid.node())
    };
    reachable.then_some(entry.pid)
}
