//! Aliases of processes (A50, A51).

use super::State;
use crate::engine::network::NodeId;
use crate::engine::runtime::relations::AliasMode;
use crate::engine::runtime::slots::SlotId;
use crate::engine::term::{Pid, Ref};

impl State {
    /// Makes a reference an alias of a process.
    pub(crate) fn add_alias(&mut self, node: NodeId, pid: Pid, alias: Ref, mode: AliasMode) {
        if let Some(process) = self.processes.get_mut(pid) {
            process.relations().aliases.insert(alias, mode);
            self.nodes[node].aliases.insert(alias.id(), SlotId::of(pid));
        }
    }

    /// Takes an alias from a process. Returns whether it was active.
    pub(crate) fn remove_alias(&mut self, node: NodeId, pid: Pid, alias: Ref) -> bool {
        let Some(process) = self.processes.get_mut(pid) else { return false };
        let was_active = process.relations().aliases.remove(&alias).is_some();
        if was_active {
            self.nodes[node].aliases.remove(&alias.id());
        }
        was_active
    }

    /// A message has come to an alias, which ends if it is for one message only.
    pub(super) fn use_alias(&mut self, node: NodeId, alias: Ref) {
        let Some(slot) = self.nodes.aliased(node, alias) else { return };
        let Some(process) = self.processes.at_mut(slot) else { return };
        let pid = process.pid;
        if process.relations().aliases.get(&alias) == Some(&AliasMode::ReplyDemonitor) {
            self.remove_alias(node, pid, alias);
            self.take_monitor(node, pid, alias);
        }
    }

    /// A monitor has ended, and with it the alias that was made with it.
    pub(super) fn end_alias_with_monitor(&mut self, node: NodeId, pid: Pid, reference: Ref) {
        let Some(process) = self.processes.get_mut(pid) else { return };
        match process.relations().aliases.get(&reference) {
            Some(AliasMode::Demonitor | AliasMode::ReplyDemonitor) => {
                self.remove_alias(node, pid, reference);
            }
            Some(AliasMode::ExplicitUnalias) | None => {}
        }
    }
}
