//! Starting processes, here and on other nodes (A60 to A63).

use std::collections::BTreeMap;

use super::State;
use super::delivery::Route;
use crate::engine::network::NodeId;
use crate::engine::runtime::process::{NewProcess, Process};
use crate::engine::runtime::relations::{AliasMode, Monitor, SpawnReplies, SpawnTags, Spawning};
use crate::engine::runtime::signal::{Control, Packet, PacketBody, SpawnRequest, Start, Target};
use crate::engine::runtime::slots::SlotId;
use crate::engine::term::{Atom, Pid, Ref, Term};
use crate::engine::trace::{Fact, ProcessFact};
use crate::{atom, tuple};

/// The options with which a process is started.
#[derive(Clone, Copy, Debug)]
pub struct SpawnOptions {
    /// The name of the code that it runs, for people who read traces.
    pub label: Atom,
    /// Link it to its parent.
    pub link: bool,
    /// Monitor it.
    pub monitor: bool,
    /// The monitor of a request is an alias of the parent as well.
    pub alias: Option<AliasMode>,
    /// Its group leader; without one, its parent's.
    pub group_leader: Option<Pid>,
}

impl SpawnOptions {
    /// A process on its own.
    pub fn new(label: &str) -> SpawnOptions {
        SpawnOptions {
            label: Atom::new(label),
            link: false,
            monitor: false,
            alias: None,
            group_leader: None,
        }
    }

    /// Linked to its parent.
    #[must_use]
    pub fn link(self) -> SpawnOptions {
        SpawnOptions { link: true, ..self }
    }

    /// Monitored by its parent.
    #[must_use]
    pub fn monitor(self) -> SpawnOptions {
        SpawnOptions { monitor: true, ..self }
    }
}

/// A process that asks for another one on another node.
pub(crate) struct Parent {
    pub node: NodeId,
    pub pid: Pid,
    /// The replies that come as messages; none if the process waits for the reply.
    pub replies: Option<SpawnReplies>,
    /// The tags of the messages that come of it, if they are not the usual ones.
    pub tags: Option<SpawnTags>,
}

/// On the same node.
impl State {
    /// Adds a process that has no body yet.
    pub(crate) fn insert_process(
        &mut self,
        node: NodeId,
        label: Atom,
        parent: Option<Pid>,
        group_leader: Option<Pid>,
    ) -> Pid {
        let home = &mut self.nodes[node];
        let (slot, pid) = self.processes.new_pid(home.incarnation);
        let index_on_node = home.processes.len() as u32;
        home.processes.push(slot);
        let ordinal = home.spawned.checked_add(1).expect("fewer than 2^32 processes on one node");
        home.spawned = ordinal;
        let rng = home.draws.stream(ordinal.into());
        let cause = self.log.cause;
        self.processes.insert(Process::new(NewProcess {
            pid,
            node,
            index_on_node,
            ordinal,
            label,
            parent,
            group_leader,
            cause,
            rng,
        }));
        if self.log.is_full() {
            let spawned =
                self.record(node, Fact::Process(ProcessFact::Spawned { pid, label, parent }));
            if let Some(process) = self.processes.get_mut(pid) {
                process.cause = spawned;
            }
        }
        pid
    }

    /// Adds a process with its link and its monitor; it has no body yet.
    pub(crate) fn spawn(
        &mut self,
        node: NodeId,
        parent: Pid,
        options: SpawnOptions,
    ) -> (Pid, Option<Ref>) {
        let leader = options.group_leader;
        let leader = leader.or_else(|| Some(self.processes.get(parent)?.group_leader));
        let pid = self.insert_process(node, options.label, Some(parent), leader);
        if options.link {
            self.add_link(node, parent, pid);
            self.add_link(node, pid, parent);
        }
        let monitor = options.monitor.then(|| self.make_reference(node));
        if let Some(reference) = monitor {
            self.monitor_child(node, parent, pid, reference);
        }
        (pid, monitor)
    }

    fn monitor_child(&mut self, node: NodeId, parent: Pid, child: Pid, reference: Ref) {
        self.add_child_monitor(node, parent, child, reference);
        self.add_watcher(node, child, reference, parent);
    }

    /// Adds the parent's side of a monitor that comes with a spawn.
    fn add_child_monitor(&mut self, node: NodeId, pid: Pid, child: Pid, reference: Ref) {
        let on = match self.route_to_pid(node, child) {
            Route::There(peer) => {
                self.links.remote(node, peer).monitors.insert(reference, SlotId::of(pid));
                peer
            }
            Route::Here(_) | Route::Nowhere => node,
        };
        let monitor = Monitor {
            node: on,
            object: child.into(),
            tag: atom!("DOWN").into(),
            target: Target::Pid(child),
        };
        if let Some(process) = self.processes.get_mut(pid) {
            let relations = process.relations();
            let tag = relations.spawn_tags.get(&reference).map(|tags| tags.down.clone());
            let tag = tag.unwrap_or_else(|| atom!("DOWN").into());
            relations.monitors.insert(reference, Monitor { tag, ..monitor });
        }
    }
}

/// On another node.
impl State {
    /// Asks a node, which may be this one, to start a process. Returns the reference of the request.
    pub(crate) fn request_spawn(
        &mut self,
        parent: Parent,
        on: Atom,
        options: SpawnOptions,
        start: Start,
    ) -> Ref {
        let Parent { node, pid: parent, replies, tags } = parent;
        let request = self.make_reference(node);
        if let (Some(tags), Some(process)) = (tags, self.processes.get_mut(parent)) {
            process.relations().spawn_tags.insert(request, tags);
        }
        let peer = self.node_named(on, node);
        let leader = self.processes.get(parent).map_or(parent, |process| process.group_leader);
        let group_leader = options.group_leader.unwrap_or(leader);
        let own_reference = options.monitor && replies.is_none();
        let reference = if own_reference { self.make_reference(node) } else { request };
        let monitor = options.monitor.then_some(reference);
        if let (Some(alias), Some(mode)) = (monitor, options.alias) {
            self.add_alias(node, parent, alias, mode);
        }
        let SpawnOptions { label, link, .. } = options;
        if peer == node && on == self.nodes[node].own_name() {
            let options =
                SpawnOptions { monitor: false, group_leader: Some(group_leader), ..options };
            let (child, _) = self.spawn(node, parent, options);
            if let Some(reference) = monitor {
                self.monitor_child(node, parent, child, reference);
            }
            self.processes.spawn_later(child, start);
            let spawning = Spawning { link: false, monitor, child: Some(child), replies };
            self.add_spawning(parent, request, spawning);
            if let Some(replies) = replies {
                self.send_spawn_reply(parent, request, Some(child), replies);
            }
            return request;
        }
        self.add_spawning(parent, request, Spawning { link, monitor, child: None, replies });
        let asked = SpawnRequest { request, label, start, link, monitor, group_leader };
        self.send_spawn_request(node, peer, parent, asked);
        self.suspend_if_busy(node, peer, parent);
        request
    }

    fn add_spawning(&mut self, parent: Pid, request: Ref, spawning: Spawning) {
        if let Some(process) = self.processes.get_mut(parent) {
            process.relations().spawning.insert(request, spawning);
        }
    }

    fn send_spawn_request(&mut self, node: NodeId, peer: NodeId, from: Pid, request: SpawnRequest) {
        let reference = request.request;
        let Some(lane) = self.lane_to(node, peer) else {
            let reply = Control::SpawnReply { request: reference, pid: None };
            self.enqueue_control(SlotId::of(from), reply);
            return;
        };
        self.links.remote(node, peer).spawns.insert(reference, from);
        let (body, cause) = (PacketBody::Spawn(Box::new(request)), self.log.cause);
        self.send_packet(lane, Packet { from, target: Target::Node, body, cause });
    }

    /// Starts a process that another node has asked for; its link and its monitor come with it (A63).
    pub(super) fn handle_spawn_request(
        &mut self,
        node: NodeId,
        peer: NodeId,
        parent: Pid,
        request: SpawnRequest,
    ) {
        let SpawnRequest { request, label, start, link, monitor, group_leader } = request;
        let pid = self.insert_process(node, label, Some(parent), Some(group_leader));
        self.processes.spawn_later(pid, start);
        let reply = Control::SpawnReply { request, pid: Some(pid) };
        self.control_to(node, peer, pid, Target::Pid(parent), reply);
        if link {
            self.handle_control(pid, Control::Link { from: parent });
        }
        if let Some(reference) = monitor {
            self.handle_control(pid, Control::Monitor { reference, watcher: parent });
        }
    }

    /// The reply to a spawn request has come (A60 to A62). If no process was started, the parent is
    /// linked to a placeholder on its own node that ends with `noconnection`, and monitors it.
    pub(super) fn handle_spawn_reply(
        &mut self,
        node: NodeId,
        pid: Pid,
        request: Ref,
        child: Option<Pid>,
    ) {
        let Some(process) = self.processes.get_mut(pid) else { return };
        let found = process.relations().spawning.get(&request).copied();
        let Some(spawning) = found.filter(|spawning| spawning.child.is_none()) else {
            if let Some(child) = child {
                self.end_orphan(node, pid, request, child);
            }
            return;
        };
        if let (Some(replies), None) = (spawning.replies, child) {
            // What was to be its monitor is none.
            self.end_alias_with_monitor(node, pid, request);
            self.send_spawn_reply(pid, request, None, replies);
            return;
        }
        let is_placeholder = child.is_none();
        let child =
            child.unwrap_or_else(|| self.insert_process(node, atom!("placeholder"), None, None));
        if spawning.link {
            self.add_link(node, pid, child);
        }
        if let Some(reference) = spawning.monitor {
            self.add_child_monitor(node, pid, child, reference);
        }
        if is_placeholder {
            self.end_placeholder(node, pid, child, spawning);
        } else if let Route::There(peer) = self.route_to_pid(node, child)
            && let Some(remote) = self.links.known(node, peer)
        {
            remote.spawns.remove(&request);
        }
        if let Some(replies) = spawning.replies {
            self.send_spawn_reply(pid, request, Some(child), replies);
            return;
        }
        self.add_spawning(pid, request, Spawning { child: Some(child), ..spawning });
        self.processes.resume(pid, self.log.cause);
    }

    fn end_placeholder(&mut self, node: NodeId, pid: Pid, child: Pid, spawning: Spawning) {
        if spawning.link {
            self.add_link(node, child, pid);
        }
        if let Some(reference) = spawning.monitor {
            self.add_watcher(node, child, reference, pid);
        }
        self.terminate(child, &atom!("noconnection").into());
    }

    /// Gives a process the message that answers its `spawn_request/5`, if it asked for it (A62).
    fn send_spawn_reply(
        &mut self,
        pid: Pid,
        request: Ref,
        child: Option<Pid>,
        replies: SpawnReplies,
    ) {
        let mut tags = None;
        if let Some(process) = self.processes.get_mut(pid) {
            process.relations().spawning.remove(&request);
            tags = process.relations().spawn_tags.remove(&request);
        }
        let (result, value) = match (replies, child) {
            (SpawnReplies::Always | SpawnReplies::OnSuccess, Some(child)) => {
                (atom!("ok"), Term::from(child))
            }
            (SpawnReplies::Always | SpawnReplies::OnError, None) => {
                (atom!("error"), Term::atom("noconnection"))
            }
            (SpawnReplies::OnError, Some(_))
            | (SpawnReplies::OnSuccess, None)
            | (SpawnReplies::Never, _) => return,
        };
        let tag = tags.map_or_else(|| atom!("spawn_reply").into(), |tags| tags.reply);
        self.put_instead_of_signal(pid, tuple![tag, request, result, value]);
    }

    /// `spawn_request_abandon/1`.
    pub(crate) fn abandon_spawn(&mut self, node: NodeId, parent: Pid, request: Ref) -> bool {
        let Some(process) = self.processes.get_mut(parent) else { return false };
        let Some(spawning) = process.relations().spawning.remove(&request) else { return false };
        process.relations().spawn_tags.remove(&request);
        self.end_alias_with_monitor(node, parent, request);
        let abandoned = Term::atom("abandoned");
        self.links.remove_spawn(node, request, spawning.link.then_some(&abandoned));
        true
    }

    /// A process has ended: those that come of its requests with a link get an exit signal.
    pub(super) fn end_spawning(
        &mut self,
        node: NodeId,
        spawning: BTreeMap<Ref, Spawning>,
        reason: &Term,
    ) {
        for (request, spawning) in spawning {
            self.links.remove_spawn(node, request, spawning.link.then_some(reason));
        }
    }

    /// Sends the exit signal to a process whose parent has abandoned its request with a link, or has
    /// ended before it was answered.
    pub(super) fn end_orphan(&mut self, node: NodeId, parent: Pid, request: Ref, child: Pid) {
        if let Some(reason) = self.links.take_orphan(node, request) {
            self.control(node, parent, child, Control::LinkExit { from: parent, reason });
        }
    }
}
