//! The server's changes to the tables: names and locks come, go, and die with their owners.

use super::server::Server;
use super::table::{Entry, Lock};
use crate::atom;
use crate::engine::term::{Pid, Ref, Term};
use crate::engine::trace::{Fact, GlobalFact};

/// The property of a dead process.
pub(super) enum Watched {
    Name(Term),
    /// The lock on this resource.
    Lock(Term),
}

/// A name, whom it shall belong to, and the resolver.
pub(super) struct Claim {
    pub name: Term,
    pub pid: Pid,
    pub method: Term,
}

/// On whose word a name is inserted. It counts only while the lock on all names is held.
pub(super) enum Authority<'a> {
    /// A process, which must hold that lock.
    Holder(Pid),
    /// The lockers of two nodes, who hold it together under this id.
    Lock(Option<&'a Term>),
}

impl Server {
    /// Gives a name to a process, whoever had it before.
    pub(super) fn insert_name(&mut self, claim: Claim, authority: &Authority<'_>) {
        if !self.lock_still_set(authority) {
            self.delete_name(&claim.name);
            return;
        }
        let Claim { name, pid, method } = claim;
        let old = self.tables.borrow_mut().names.remove(&name);
        if let Some(old) = &old {
            self.unwatch(old.monitor);
        }
        let connected = self.ctx.is_connected(pid.node());
        let monitor = self.ctx.monitor(pid);
        self.watches.insert(monitor, Watched::Name(name.clone()));
        let entry = Entry { pid, method, monitor, connected };
        self.tables.borrow_mut().names.insert(name.clone(), entry);
        if old.is_none_or(|old| old.pid != pid) {
            self.ctx.held_global_name(&name, pid.node());
            self.ctx.record(Fact::Global(GlobalFact::Registered { name, pid }));
        }
    }

    /// Takes a name away from whoever has it.
    pub(super) fn delete_name(&mut self, name: &Term) {
        let old = self.tables.borrow_mut().names.remove(name);
        if let Some(old) = old {
            self.unwatch(old.monitor);
            self.ctx.record(Fact::Global(GlobalFact::Unregistered { name: name.clone() }));
        }
    }

    /// All names with their processes and resolvers, as they are sent.
    pub(super) fn all_names(&self) -> Term {
        let tables = self.tables.borrow();
        let names = tables.names.iter();
        names.map(|(name, entry)| crate::tuple![name, entry.pid, &entry.method]).collect()
    }

    /// Returns whether a claim may still be entered: its author has not lost the lock since.
    fn lock_still_set(&self, authority: &Authority<'_>) -> bool {
        let tables = self.tables.borrow();
        let Some(lock) = tables.locks.get(&Term::from(atom!("global"))) else {
            return !self.global_lock_down;
        };
        match authority {
            Authority::Holder(pid) => lock.holders.iter().any(|(holder, _)| holder == pid),
            Authority::Lock(id) => id.is_some_and(|id| *id == lock.requester),
        }
    }

    /// Locks `{Resource,Requester}` for a process.
    pub(super) fn set_lock(&mut self, id: &Term, pid: Pid) -> bool {
        let Some([resource, requester]) = id.as_tuple() else { return false };
        if !self.tables.borrow().can_lock(resource, requester) {
            return false;
        }
        let held = self.tables.borrow().locks.get(resource).is_some_and(|lock| lock.held_by(pid));
        if !held {
            let monitor = self.ctx.monitor(pid);
            self.watches.insert(monitor, Watched::Lock(resource.clone()));
            let free = Lock { requester: requester.clone(), holders: Vec::new() };
            let mut tables = self.tables.borrow_mut();
            tables.locks.entry(resource.clone()).or_insert(free).holders.push((pid, monitor));
        }
        true
    }

    /// Frees `{Resource,Requester}` as far as this process holds it.
    pub(super) fn del_lock(&mut self, id: &Term, pid: Pid) {
        let Some([resource, requester]) = id.as_tuple() else { return };
        let holder = match self.tables.borrow().locks.get(resource) {
            Some(lock) if lock.requester == *requester => lock.holder(|(holder, _)| holder == pid),
            Some(_) | None => None,
        };
        if let Some((_, monitor)) = holder {
            self.unwatch(monitor);
            self.drop_holder(resource, monitor, false);
        }
    }

    /// A process that owns a name or holds a lock has died, or its node has gone down (G5, G6,
    /// G20).
    pub(super) fn owner_down(&mut self, monitor: Ref) {
        match self.watches.remove(&monitor) {
            Some(Watched::Name(name)) => self.delete_name(&name),
            Some(Watched::Lock(resource)) => self.drop_holder(&resource, monitor, true),
            None => {}
        }
    }

    fn drop_holder(&mut self, resource: &Term, monitor: Ref, died: bool) {
        let mut tables = self.tables.borrow_mut();
        let Some(lock) = tables.locks.get_mut(resource) else { return };
        lock.holders.retain(|(_, other)| *other != monitor);
        if lock.holders.is_empty() {
            tables.locks.remove(resource);
            if resource.is_atom("global") {
                self.global_lock_down = died;
            }
        }
    }

    fn unwatch(&mut self, monitor: Ref) {
        self.watches.remove(&monitor);
        self.ctx.demonitor_flush(monitor);
    }
}

impl Lock {
    fn holder(&self, is: impl Fn((Pid, Ref)) -> bool) -> Option<(Pid, Ref)> {
        self.holders.iter().copied().find(|holder| is(*holder))
    }

    fn held_by(&self, pid: Pid) -> bool {
        self.holder(|(holder, _)| holder == pid).is_some()
    }
}
