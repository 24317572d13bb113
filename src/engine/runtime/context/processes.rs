//! Starting processes, and ending them.

use std::future::Future;
use std::rc::Rc;

use super::Context;
use crate::engine::network::NodeId;
use crate::engine::runtime::exit::{Exit, ExitResult};
use crate::engine::runtime::receive::SpawnOn;
use crate::engine::runtime::relations::{SpawnReplies, SpawnTags};
use crate::engine::runtime::signal::{Body, Start};
use crate::engine::runtime::state::{Parent, SpawnOptions};
use crate::engine::term::{Atom, Pid, Ref, Term};

impl Context {
    /// `spawn/1`.
    pub fn spawn<F, Fut>(&self, label: &str, start: F) -> Pid
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        self.spawn_with(SpawnOptions::new(label), start).0
    }

    /// `spawn_link/1`.
    pub fn spawn_link<F, Fut>(&self, label: &str, start: F) -> Pid
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        self.spawn_with(SpawnOptions::new(label).link(), start).0
    }

    /// `spawn_monitor/1`.
    pub fn spawn_monitor<F, Fut>(&self, label: &str, start: F) -> (Pid, Ref)
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        let (pid, reference) = self.spawn_with(SpawnOptions::new(label).monitor(), start);
        (pid, reference.unwrap_or_else(|| self.make_ref()))
    }

    /// `spawn_opt/2`: the process and, if asked for, its monitor.
    pub fn spawn_with<F, Fut>(&self, options: SpawnOptions, start: F) -> (Pid, Option<Ref>)
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        let spawned = self.active().map(|mut state| state.spawn(self.node, self.pid, options));
        let Some((pid, monitor)) = spawned else { return (self.dead_pid(), None) };
        let ctx = Context { state: Rc::clone(&self.state), pid, node: self.node };
        self.state().processes.set_body(pid, Box::pin(async move { start(ctx).await }));
        (pid, monitor)
    }

    /// `spawn_opt/3` on another node: waits for its answer (A60 to A63).
    pub fn spawn_on<F, Fut>(&self, node: Atom, options: SpawnOptions, start: F) -> SpawnOn
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        SpawnOn {
            ctx: self.clone(),
            request: self.request_spawn(node, options, start, (None, None)),
        }
    }

    /// `spawn_request/5`: the message `{spawn_reply,Ref,ok,Pid}` or `{spawn_reply,Ref,error,Reason}`
    /// will come, if it is asked for. A monitor has the same reference; after an error nothing comes
    /// of it or of a link (A62).
    pub fn spawn_request<F, Fut>(
        &self,
        node: Atom,
        options: SpawnOptions,
        replies: SpawnReplies,
        start: F,
    ) -> Ref
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        self.request_spawn(node, options, start, (Some(replies), None))
    }

    /// As [`Self::spawn_request`], with other tags of the messages that come of it.
    pub fn spawn_request_tagged<F, Fut>(
        &self,
        node: Atom,
        options: SpawnOptions,
        (replies, tags): (SpawnReplies, SpawnTags),
        start: F,
    ) -> Ref
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        self.request_spawn(node, options, start, (Some(replies), Some(tags)))
    }

    /// `spawn_request_abandon/1`: the process gets no reply. Returns whether the reply was still to come.
    pub fn abandon_spawn_request(&self, request: Ref) -> bool {
        self.active().is_some_and(|mut state| state.abandon_spawn(self.node, self.pid, request))
    }

    fn request_spawn<F, Fut>(
        &self,
        node: Atom,
        options: SpawnOptions,
        start: F,
        (replies, tags): (Option<SpawnReplies>, Option<SpawnTags>),
    ) -> Ref
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        let state = Rc::clone(&self.state);
        let start: Start = Box::new(move |pid, node| -> Body {
            let ctx = Context { state, pid, node };
            Box::pin(async move { start(ctx).await })
        });
        let parent = Parent { node: self.node, pid: self.pid, replies, tags };
        self.active().map_or_else(
            || self.make_ref(),
            |mut state| state.request_spawn(parent, node, options, start),
        )
    }

    /// `exit/2`: sends an exit signal. The body of a process that ends itself goes on until it next
    /// waits, without any effect (A24).
    pub fn exit_signal(&self, pid: Pid, reason: impl Into<Term>) {
        if let Some(mut state) = self.active() {
            state.exit_signal(self.node, self.pid, pid, reason.into());
        }
    }

    /// `process_flag(trap_exit, Flag)`: returns the former value.
    pub fn trap_exit(&self, trap: bool) -> bool {
        let mut state = self.state();
        let process = state.processes.get_mut(self.pid);
        process.is_some_and(|process| std::mem::replace(&mut process.flags.trap_exit, trap))
    }

    /// `process_flag(async_dist, Flag)`: the process is not suspended for what it sends to other nodes
    /// (A7). Returns the former value.
    pub fn async_dist(&self, is_async: bool) -> bool {
        let mut state = self.state();
        let process = state.processes.get_mut(self.pid);
        process.is_some_and(|process| {
            std::mem::replace(&mut process.relations().is_async_dist, is_async)
        })
    }

    /// `group_leader()`.
    pub fn group_leader(&self) -> Pid {
        self.group_leader_of(self.pid).unwrap_or(self.pid)
    }

    /// The group leader of a process of this node.
    pub fn group_leader_of(&self, pid: Pid) -> Option<Pid> {
        self.local(pid).map(|(_, leader)| leader)
    }

    /// `group_leader(Leader, Pid)`.
    pub fn set_group_leader(&self, pid: Pid, leader: Pid) {
        if let Some(mut state) = self.active() {
            state.group_leader(self.node, self.pid, pid, leader);
        }
    }

    /// The process that started a process of this node; none if that has ended or was started from
    /// outside.
    pub fn parent_of(&self, pid: Pid) -> Option<Pid> {
        self.state().processes.get(pid)?.parent
    }

    /// The processes of this node, oldest first.
    pub fn processes(&self) -> Vec<Pid> {
        let state = self.state();
        let mut processes: Vec<(u32, Pid)> = (state.nodes[self.node].processes.iter())
            .filter_map(|slot| state.processes.at(*slot))
            .map(|process| (process.ordinal, process.pid))
            .collect();
        processes.sort_unstable_by_key(|(ordinal, _)| *ordinal);
        processes.into_iter().map(|(_, pid)| pid).collect()
    }

    /// `is_process_alive/1`: deals with what has been sent to the process before it answers (A26).
    ///
    /// # Errors
    /// `badarg` for a process of another node (A54), or of an earlier incarnation of this one.
    pub fn is_process_alive(&self, pid: Pid) -> Result<bool, Exit> {
        if pid.incarnation() != self.incarnation() {
            return Err(Exit::badarg());
        }
        let mut state = self.state();
        if pid != self.pid && state.processes.is_active(self.pid) {
            state.handle_signals(pid);
        }
        Ok(state.processes.get(pid).is_some_and(|process| process.exiting.is_none()))
    }

    /// Returns whether a process is suspended because it has sent too much to another node (A7).
    pub fn is_suspended(&self, pid: Pid) -> bool {
        self.state().processes.get(pid).is_some_and(|process| process.suspensions > 0)
    }

    /// `suspend_process/1`: a process of this node does not go on until it is resumed. One that is
    /// suspended several times has to be resumed as often.
    pub fn suspend_process(&self, pid: Pid) {
        if let Some(mut state) = self.active()
            && let Some(process) = state.processes.get_mut(pid)
        {
            process.suspensions += 1;
        }
    }

    /// `resume_process/1`: takes back one suspension of a process of this node.
    pub fn resume_process(&self, pid: Pid) {
        let mut state = self.state();
        if let Some(process) = state.processes.get_mut(pid) {
            process.suspensions = process.suspensions.saturating_sub(1);
            let cause = process.cause;
            state.processes.resume(pid, cause);
        }
    }

    fn local(&self, pid: Pid) -> Option<(NodeId, Pid)> {
        let state = self.state();
        let process = state.processes.get(pid)?;
        (process.node == self.node).then_some((process.node, process.group_leader))
    }

    /// `erlang:halt()`: the node is gone at once, and nothing that is under way arrives (B35).
    pub fn halt(&self) {
        if let Some(mut state) = self.active() {
            state.halt_node(self.node);
        }
    }

    /// The last step of `init:stop()`: what the node has sent arrives, then it is gone.
    pub fn stop_node(&self, reason: impl Into<Term>) {
        if let Some(mut state) = self.active() {
            state.halt_in_order(self.node, reason.into());
        }
    }
}
