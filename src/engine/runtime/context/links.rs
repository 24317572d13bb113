//! Links, monitors and aliases.

use super::Context;
use crate::engine::runtime::exit::Exit;
use crate::engine::runtime::relations::{AliasMode, MonitorOptions, MonitorTarget};
use crate::engine::term::{Pid, Ref};

impl Context {
    /// `link/1`.
    ///
    /// # Errors
    /// `noproc` for a dead process of this node, unless the caller traps exits (A30).
    #[track_caller]
    pub fn link(&self, pid: Pid) -> Result<(), Exit> {
        self.active().map_or(Ok(()), |mut state| state.link(self.node, self.pid, pid))
    }

    /// `unlink/1`.
    pub fn unlink(&self, pid: Pid) {
        if let Some(mut state) = self.active() {
            state.unlink(self.node, self.pid, pid);
        }
    }

    /// `monitor(process, Target)`.
    pub fn monitor(&self, target: impl Into<MonitorTarget>) -> Ref {
        self.monitor_with(target, MonitorOptions::default())
    }

    /// `monitor(process, Target, Options)`.
    pub fn monitor_with(&self, target: impl Into<MonitorTarget>, options: MonitorOptions) -> Ref {
        match self.active() {
            Some(mut state) => state.monitor(self.node, self.pid, target.into(), options),
            None => self.make_ref(),
        }
    }

    /// Checks that a monitor by name can be made. One that cannot is answered like a monitor of a node
    /// that does not exist.
    ///
    /// # Errors
    /// `badarg` for a name of another node, on a node that is not alive (A44).
    #[track_caller]
    pub fn may_monitor(&self, target: MonitorTarget) -> Result<(), Exit> {
        match target {
            MonitorTarget::Name { node: Some(node), .. }
                if !self.state().nodes[self.node].can_name(node) =>
            {
                Err(Exit::badarg())
            }
            MonitorTarget::Pid(_) | MonitorTarget::Name { .. } => Ok(()),
        }
    }

    /// `demonitor(Ref, [info])`: whether the monitor was active.
    pub fn demonitor(&self, reference: Ref) -> bool {
        self.active().is_some_and(|mut state| state.demonitor(self.node, self.pid, reference))
    }

    /// `demonitor(Ref, [flush, info])`: also takes a `'DOWN'` message out of the mailbox.
    pub fn demonitor_flush(&self, reference: Ref) -> bool {
        let Some(mut state) = self.active() else { return false };
        let active = state.demonitor(self.node, self.pid, reference);
        // One that is active has not fired.
        if !active && let Some(process) = state.processes.get_mut(self.pid) {
            process.mailbox.take_down(reference);
        }
        active
    }

    /// `alias()`, or `alias([reply])` with [`AliasMode::ReplyDemonitor`].
    pub fn alias(&self, mode: AliasMode) -> Ref {
        let alias = self.make_ref();
        if let Some(mut state) = self.active() {
            state.add_alias(self.node, self.pid, alias, mode);
        }
        alias
    }

    /// `unalias/1`: whether the alias was active and the caller's own.
    pub fn unalias(&self, alias: Ref) -> bool {
        self.active().is_some_and(|mut state| state.remove_alias(self.node, self.pid, alias))
    }
}
