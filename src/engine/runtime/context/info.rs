//! The properties of a process that others can ask for: `process_info/2`.

use super::Context;
use crate::engine::runtime::content::Content;
use crate::engine::runtime::exit::Exit;
use crate::engine::runtime::relations::Link;
use crate::engine::term::{Atom, Pid, Term};

/// The properties of a process of this node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProcessInfo {
    /// Its status.
    pub status: ProcessStatus,
    /// Its registered name.
    pub registered_name: Option<Atom>,
    /// The processes that it is linked to.
    pub links: Vec<Pid>,
    /// The objects that it monitors: pids, and `{Name,Node}`.
    pub monitors: Vec<Term>,
    /// The processes that monitor it.
    pub monitored_by: Vec<Pid>,
    /// The messages in its mailbox.
    pub messages: Vec<Term>,
    /// It traps exits.
    pub trap_exit: bool,
    /// Its group leader.
    pub group_leader: Option<Pid>,
    /// The process that spawned it, if a process did.
    pub parent: Option<Pid>,
}

/// The status of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProcessStatus {
    /// It is the caller.
    Running,
    /// It waits for a message or for its turn.
    #[default]
    Waiting,
    /// It waits for a busy connection (A7).
    Suspended,
}

/// The items of a [`ProcessInfo`] that take as long to find as there are many of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessInfoParts {
    /// Its links and monitors.
    pub relations: bool,
    /// The messages in its mailbox.
    pub messages: bool,
}

impl Context {
    /// `process_info/2` for all items at once; `None` for a process that has ended.
    ///
    /// # Errors
    /// `badarg` for a process of another node (A54).
    #[track_caller]
    pub fn process_info(&self, pid: Pid) -> Result<Option<ProcessInfo>, Exit> {
        self.process_info_parts(pid, ProcessInfoParts { relations: true, messages: true })
    }

    /// The messages in the mailbox of a process of this node, be they terms or not.
    pub fn contents_of_mailbox(&self, pid: Pid) -> Vec<Content> {
        let state = self.state();
        let process = state.processes.get(pid).filter(|process| process.node == self.node);
        process.map_or_else(Vec::new, |process| process.mailbox.messages().cloned().collect())
    }

    /// [`Context::process_info`] without the items that `parts` does not name, which are empty.
    ///
    /// # Errors
    /// `badarg` for a process of another node (A54).
    #[track_caller]
    pub fn process_info_parts(
        &self,
        pid: Pid,
        parts: ProcessInfoParts,
    ) -> Result<Option<ProcessInfo>, Exit> {
        if !self.is_process_alive(pid)? {
            return Ok(None);
        }
        let state = self.state();
        let Some(process) = state.processes.get(pid) else { return Ok(None) };
        let status = if pid == self.pid {
            ProcessStatus::Running
        } else if process.suspensions > 0 {
            ProcessStatus::Suspended
        } else {
            ProcessStatus::Waiting
        };
        let mut info = ProcessInfo {
            status,
            registered_name: process.name,
            trap_exit: process.flags.trap_exit,
            group_leader: Some(process.group_leader),
            parent: process.parent,
            ..ProcessInfo::default()
        };
        if parts.messages {
            info.messages = process.mailbox.messages().map(Content::to_term).collect();
        }
        if let Some(relations) = process.relations.as_ref().filter(|_| parts.relations) {
            let links = relations.links.iter().filter(|(_, link)| **link == Link::Active);
            info.links = links.map(|(pid, _)| *pid).collect();
            info.monitors =
                relations.monitors.iter().map(|(_, each)| each.object.clone()).collect();
            info.monitored_by = relations.watchers.iter().map(|(_, watcher)| *watcher).collect();
        }
        Ok(Some(info))
    }
}
