//! Registered names.

use super::Context;
use crate::engine::runtime::exit::Exit;
use crate::engine::runtime::names::global;
use crate::engine::term::{Atom, Pid, Term};

impl Context {
    /// `register/2`.
    ///
    /// # Errors
    /// `badarg` if the name is taken or `undefined`, or the process is dead, remote, or has a name
    /// already (A52).
    #[track_caller]
    pub fn register(&self, name: Atom, pid: Pid) -> Result<(), Exit> {
        let done = self.active().is_none_or(|mut state| state.register(self.node, name, pid));
        if done { Ok(()) } else { Err(Exit::badarg()) }
    }

    /// `unregister/1`.
    ///
    /// # Errors
    /// `badarg` if no process has the name (A53).
    #[track_caller]
    pub fn unregister(&self, name: Atom) -> Result<(), Exit> {
        let done = self.active().is_none_or(|mut state| state.unregister(self.node, name));
        if done { Ok(()) } else { Err(Exit::badarg()) }
    }

    /// `whereis/1`.
    pub fn whereis(&self, name: Atom) -> Option<Pid> {
        self.state().whereis(self.node, name)
    }

    /// `registered()`, in the order of the names.
    pub fn registered(&self) -> Vec<Atom> {
        self.state().nodes[self.node].names.names()
    }

    /// Remembers that a name of this node was looked up in vain.
    pub(crate) fn missed_name(&self, name: Atom) {
        self.miss(name.into());
    }

    /// Remembers that a global name was looked up in vain.
    pub(crate) fn missed_global_name(&self, name: &Term) {
        self.miss(global(name));
    }

    fn miss(&self, name: Term) {
        let (now, node) = (self.now(), self.node());
        self.state().names.miss(now, name, node);
    }

    /// Remembers that a process has a global name.
    pub(crate) fn held_global_name(&self, name: &Term, node: Atom) {
        self.state().names.hold(global(name), node);
    }
}
