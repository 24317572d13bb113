//! Starting processes, and ending them.

use std::future::Future;
use std::rc::Rc;

use super::{Context, SpawnOptions, SpawnReplies};
use crate::network::NodeId;
use crate::runtime::exit::{Exit, ExitResult};
use crate::runtime::process::Spawning;
use crate::runtime::receive::SpawnOn;
use crate::runtime::signal::{Body, SpawnRequest, Start};
use crate::runtime::world::State;
use crate::term::{Atom, Pid, Ref, Term};

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
        let spawned = self.acting().map(|mut state| state.spawn(self.node, self.pid, options));
        let Some((pid, monitor)) = spawned else { return (self.nobody(), None) };
        let ctx = Context { state: Rc::clone(&self.state), pid, node: self.node };
        self.state().animate(pid, Box::pin(async move { start(ctx).await }));
        (pid, monitor)
    }

    /// `spawn_opt/3` on another node: waits for its answer (A60 to A63).
    pub fn spawn_on<F, Fut>(&self, node: Atom, options: SpawnOptions, start: F) -> SpawnOn
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        SpawnOn { ctx: self.clone(), request: self.request_spawn(node, options, start, None) }
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
        self.request_spawn(node, options, start, Some(replies))
    }

    /// `spawn_request_abandon/1`: nothing comes of the request any more. Whether the answer was still
    /// to come.
    pub fn abandon_spawn_request(&self, request: Ref) -> bool {
        self.acting().is_some_and(|mut state| state.abandon_spawn(self.node, self.pid, request))
    }

    fn request_spawn<F, Fut>(
        &self,
        node: Atom,
        options: SpawnOptions,
        start: F,
        replies: Option<SpawnReplies>,
    ) -> Ref
    where
        F: FnOnce(Context) -> Fut + 'static,
        Fut: Future<Output = ExitResult> + 'static,
    {
        let start: Start = Box::new(|ctx| -> Body { Box::pin(async move { start(ctx).await }) });
        let parent = Parent { node: self.node, pid: self.pid, replies };
        self.acting().map_or_else(
            || self.make_ref(),
            |mut state| state.spawn_remotely(parent, node, options, start),
        )
    }

    /// `exit/2`: sends an exit signal. The body of a process that ends itself goes on until it next
    /// waits, without any effect (A24).
    pub fn exit_signal(&self, pid: Pid, reason: impl Into<Term>) {
        if let Some(mut state) = self.acting() {
            state.exit_signal(self.node, self.pid, pid, reason.into());
        }
    }

    /// `process_flag(trap_exit, Flag)`: returns the former value.
    pub fn trap_exit(&self, trap: bool) -> bool {
        let mut state = self.state();
        let process = state.process_mut(self.pid);
        process.is_some_and(|process| std::mem::replace(&mut process.flags.trap_exit, trap))
    }

    /// `group_leader()`.
    pub fn group_leader(&self) -> Pid {
        self.group_leader_of(self.pid).unwrap_or(self.pid)
    }

    /// The group leader of a process of this node.
    pub fn group_leader_of(&self, pid: Pid) -> Option<Pid> {
        self.local(pid).map(|(_, leader)| leader)
    }

    /// `group_leader(Leader, Pid)`, for a process of this node.
    pub fn set_group_leader(&self, pid: Pid, leader: Pid) {
        if let Some(mut state) = self.acting()
            && let Some(process) = state.process_mut(pid).filter(|found| found.node == self.node)
        {
            process.group_leader = leader;
        }
    }

    /// Who started a process of this node; nothing if it is no more or was started from outside.
    pub fn parent_of(&self, pid: Pid) -> Option<Pid> {
        self.state().process(pid)?.parent
    }

    /// The processes of this node, oldest first.
    pub fn processes(&self) -> Vec<Pid> {
        let state = self.state();
        let mut processes: Vec<(u32, Pid)> = (state.node(self.node).processes.iter())
            .filter_map(|number| state.slots.tenant(*number))
            .map(|process| (process.birth, process.pid))
            .collect();
        processes.sort_unstable_by_key(|(birth, _)| *birth);
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
        if pid != self.pid && state.acts(self.pid) {
            state.handle_signals(pid);
        }
        Ok(state.process(pid).is_some_and(|process| process.exiting.is_none()))
    }

    /// Whether a process is suspended since it has sent too much to another node (A7).
    pub fn is_suspended(&self, pid: Pid) -> bool {
        self.state().process(pid).is_some_and(|process| process.suspensions > 0)
    }

    fn local(&self, pid: Pid) -> Option<(NodeId, Pid)> {
        let state = self.state();
        let process = state.process(pid)?;
        (process.node == self.node).then_some((process.node, process.group_leader))
    }

    /// `erlang:halt()`: the node is gone at once, and nothing that is under way arrives (B35).
    pub fn halt(&self) {
        if let Some(mut state) = self.acting() {
            state.halt_node(self.node);
        }
    }

    /// The last step of `init:stop()`: what the node has sent arrives, then it is gone.
    pub fn stop_node(&self, reason: impl Into<Term>) {
        if let Some(mut state) = self.acting() {
            state.halt_in_order(self.node, reason.into());
        }
    }
}

/// Who asks for a process on another node.
#[derive(Clone, Copy)]
struct Parent {
    node: NodeId,
    pid: Pid,
    /// Which answers shall come as messages; none if the process waits for the answer.
    replies: Option<SpawnReplies>,
}

/// What the context asks of the world.
impl State {
    fn spawn(&mut self, node: NodeId, parent: Pid, options: SpawnOptions) -> (Pid, Option<Ref>) {
        let leader = options.group_leader;
        let leader = leader.or_else(|| Some(self.process(parent)?.group_leader));
        let pid = self.admit(node, options.label, Some(parent), leader);
        if options.link {
            self.linked(node, parent, pid);
            self.linked(node, pid, parent);
        }
        let monitor = options.monitor.then(|| self.make_reference(node));
        if let Some(reference) = monitor {
            self.monitor_child(node, parent, pid, reference);
        }
        (pid, monitor)
    }

    fn monitor_child(&mut self, node: NodeId, parent: Pid, child: Pid, reference: Ref) {
        self.child_monitored(node, parent, child, reference);
        self.watched_by(node, child, reference, parent);
    }

    fn spawn_remotely(
        &mut self,
        parent: Parent,
        on: Atom,
        options: SpawnOptions,
        start: Start,
    ) -> Ref {
        let Parent { node, pid: parent, replies } = parent;
        let request = self.make_reference(node);
        let peer = self.node_named(on, node);
        let leader = self.process(parent).map_or(parent, |process| process.group_leader);
        let group_leader = options.group_leader.unwrap_or(leader);
        let own_reference = options.monitor && replies.is_none();
        let reference = if own_reference { self.make_reference(node) } else { request };
        let monitor = options.monitor.then_some(reference);
        let SpawnOptions { label, link, .. } = options;
        if peer == node && on == self.own_name(node) {
            let group_leader = Some(group_leader);
            let (child, _) = self.spawn(
                node,
                parent,
                SpawnOptions { label, link, monitor: false, group_leader },
            );
            if let Some(reference) = monitor {
                self.monitor_child(node, parent, child, reference);
            }
            self.births.push((child, start));
            let spawning = Spawning { link: false, monitor, child: Some(child), replies };
            self.note_spawning(parent, request, spawning);
            if let Some(replies) = replies {
                self.tell_spawned(parent, request, Some(child), replies);
            }
            return request;
        }
        self.note_spawning(parent, request, Spawning { link, monitor, child: None, replies });
        let asked = SpawnRequest { request, label, start, link, monitor, group_leader };
        self.request_spawn(node, peer, parent, asked);
        self.suspend_if_busy(node, peer, parent);
        request
    }

    fn abandon_spawn(&mut self, node: NodeId, parent: Pid, request: Ref) -> bool {
        let Some(process) = self.process_mut(parent) else { return false };
        let pending = process.relations().spawning.remove(&request).is_some();
        self.forget_spawn(node, request);
        pending
    }

    fn note_spawning(&mut self, parent: Pid, request: Ref, spawning: Spawning) {
        if let Some(process) = self.process_mut(parent) {
            process.relations().spawning.insert(request, spawning);
        }
    }
}
