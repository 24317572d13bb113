//! Registered names.

use super::State;
use crate::atom;
use crate::engine::network::NodeId;
use crate::engine::runtime::signal::Target;
use crate::engine::runtime::slots::SlotId;
use crate::engine::term::{Atom, Pid};

impl State {
    /// `register/2`. Returns whether it succeeds (A52).
    pub(crate) fn register(&mut self, node: NodeId, name: Atom, pid: Pid) -> bool {
        let is_free = self.nodes.registered(node, name).is_none() && name != atom!("undefined");
        match self.processes.get_mut(pid) {
            Some(process) if is_free && process.node == node && process.name.is_none() => {
                process.name = Some(name);
                self.nodes[node].names.insert(name, SlotId::of(pid));
                self.names.hold(name.into(), self.nodes[node].own_name());
                true
            }
            Some(_) | None => false,
        }
    }

    /// `unregister/1`. Returns whether it succeeds (A53).
    pub(crate) fn unregister(&mut self, node: NodeId, name: Atom) -> bool {
        let Some(slot) = self.nodes[node].names.remove(name) else { return false };
        if let Some(process) = self.processes.at_mut(slot) {
            process.name = None;
        }
        true
    }

    /// The process that is registered under a name on a node.
    pub(crate) fn whereis(&self, node: NodeId, name: Atom) -> Option<Pid> {
        let slot = self.nodes.registered(node, name)?;
        self.processes.at(slot).map(|process| process.pid)
    }

    /// Remembers the name to which a signal was sent in vain.
    #[cold]
    pub(super) fn missed_target(&mut self, node: NodeId, target: Target) {
        if let Target::Name(name) = target {
            self.names.miss(self.log.now, name.into(), self.nodes[node].own_name());
        }
    }
}
