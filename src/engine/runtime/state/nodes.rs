//! The life of a node: it starts, pauses, resumes, and goes down.

use std::time::Duration;

use rand::RngExt;

use super::State;
use crate::engine::network::{Closing, EndpointConfig, HostId, NodeId, Power, TICK_INTENSITY};
use crate::engine::runtime::disk::Loss;
use crate::engine::runtime::events::Event;
use crate::engine::runtime::node::{Creation, Node, NodeConfig, Stopping};
use crate::engine::runtime::service_manager::{End, Restarts};
use crate::engine::runtime::signal::Start;
use crate::engine::runtime::ticktime::TicktimeChanges;
use crate::engine::term::{Atom, Term};
use crate::engine::time::nanos;
use crate::engine::trace::{Fact, HostFact, NodeFact};
use crate::{atom, tuple};

/// Adding and finding nodes.
impl State {
    /// Adds a node that is down.
    pub(crate) fn add_node(&mut self, config: NodeConfig) -> NodeId {
        let id = self.network.add_node(&EndpointConfig {
            name: config.name,
            host: config.host,
            cookie: config.cookie,
            setup_time: config.net_setuptime,
            busy_limit: config.dist_buf_busy_limit,
        });
        let draws = self.streams.family(&format!("process/{}", config.name));
        self.nodes.add(id, Node::new(config, draws));
        self.links.add_node();
        id
    }

    /// The node with this name. For a name that no node of the world has, a node is added that never
    /// starts, on the host of the node that mentions it (B4).
    pub(crate) fn node_named(&mut self, name: Atom, mentioned_on: NodeId) -> NodeId {
        if let Some(id) = self.nodes.named(name) {
            return id;
        }
        if name == self.nodes[mentioned_on].own_name() {
            return mentioned_on;
        }
        let host = self.network.host_of(mentioned_on);
        self.add_node(NodeConfig::new(name.as_str(), host))
    }

    /// The nodes on a host, in the order in which they were added.
    pub(crate) fn nodes_on(&self, host: HostId) -> Vec<NodeId> {
        self.nodes.ids().filter(|id| self.network.host_of(*id) == host).collect()
    }
}

/// Starting.
impl State {
    /// Starts a node as a new incarnation, if it is down and its host has power. One that is about
    /// to stop in order starts when it has stopped.
    pub(crate) fn start_node(&mut self, id: NodeId) -> bool {
        let node = &mut self.nodes[id];
        if node.stopping == Stopping::InOrder {
            node.stopping = Stopping::ThenStarting;
        }
        if node.up || !self.network.is_powered(self.network.host_of(id)) {
            return false;
        }
        node.service_manager.started(self.log.now);
        node.start(self.log.now);
        let (creation, boot) = (node.creation, node.boot.clone());
        self.network.node_started(id, node.config.cookie);
        self.network.set_registered(id, node.registration());
        self.record(id, Fact::Node(NodeFact::Started { creation: creation.0 }));
        let at = self.log.now + self.tick_phase(id);
        self.events
            .schedule_background(at, Event::TickCheck(id, creation, TicktimeChanges::default()));
        if let Some(boot) = boot {
            let start: Start = Box::new(move |pid, node| boot(pid, node));
            let pid = self.insert_process(id, atom!("init"), None, None);
            self.processes.spawn_later(pid, start);
            self.nodes[id].init = Some(pid);
        }
        true
    }

    /// The time until the first tick check of a node that starts now. No two nodes are in step, even
    /// if they have started at the same instant.
    fn tick_phase(&self, id: NodeId) -> Duration {
        let node = &self.nodes[id];
        let interval = nanos(node.config.net_ticktime / TICK_INTENSITY.into());
        let name = format!("ticks/{}", node.name().as_str());
        let mut rng = self.streams.family(&name).stream(node.creation.0.into());
        Duration::from_nanos(rng.random_range(0..=interval))
    }

    /// Plans the restart of a node that has gone down while its host has power, if its policy says so.
    fn plan_restart(&mut self, id: NodeId, end: End) {
        let Some(policy) = self.nodes[id].config.restart else { return };
        if end == End::Stop && policy.restarts == Restarts::OnFailure {
            return;
        }
        let now = self.log.now;
        let node = &mut self.nodes[id];
        let creation = node.creation;
        let Some(delay) = node.service_manager.restart(&policy, now) else {
            let restarts = policy.limit.map_or(0, |limit| limit.at_most);
            self.record(id, Fact::Node(NodeFact::RestartsExhausted { restarts }));
            return;
        };
        let number = node.service_manager.in_row;
        let planned = self
            .record(id, Fact::Node(NodeFact::RestartPlanned { number, after_ns: nanos(delay) }));
        self.nodes[id].service_manager.pending = Some(planned);
        self.events.schedule(now + delay, Event::Restart(id, creation));
    }

    /// Restarts a node after its delay; `creation` is that of the incarnation that went down.
    pub(super) fn restart_node(&mut self, id: NodeId, creation: Creation) {
        let node = &self.nodes[id];
        if node.creation != creation {
            return;
        }
        if let Some(planned) = node.service_manager.pending {
            self.log.cause = planned;
            self.start_node(id);
        }
    }
}

/// The exit status of an operating-system process, as a shell has it.
fn exit_status(closing: Closing, fact: &Fact) -> u8 {
    match (closing, fact) {
        (_, Fact::Node(NodeFact::Stopped { .. })) => 0,
        (Closing::Halted, _) => 1,
        (_, _) => 137, // SIGKILL
    }
}

/// Going down.
impl State {
    /// The operating-system process of a node is gone; its peers notice it as `closing` says. Returns
    /// whether the node was up.
    fn node_gone(&mut self, id: NodeId, closing: Closing, fact: Fact) -> bool {
        if !self.nodes[id].up {
            return false;
        }
        let status = exit_status(closing, &fact);
        self.clear_node(id);
        let gone = self.record(id, fact);
        self.links.causes.suspended(id, gone);
        self.network.node_ended(id);
        self.network.close_all(self.log.now, id, closing);
        self.events.settle(self.timers.remove_all(id));
        let deferred = self.events.take_deferred(id);
        self.handle_network_output();
        for event in deferred {
            self.dispatch(event);
        }
        self.tell_parents(id, status);
        true
    }

    /// Tells those who wait for the end of a node's operating-system process.
    fn tell_parents(&mut self, id: NodeId, status: u8) {
        let name = self.nodes[id].name();
        for parent in std::mem::take(&mut self.nodes[id].parents) {
            self.deliver_to(parent, tuple![atom!("program_ended"), name, status]);
        }
    }

    /// Takes everything off a node that does not outlive its operating-system process.
    pub(crate) fn clear_node(&mut self, id: NodeId) {
        for slot in std::mem::take(&mut self.nodes[id].processes) {
            self.remove_silently(slot);
        }
        self.nodes.resume(id);
        let node = &mut self.nodes[id];
        node.clear();
        self.links.clear(id);
        let locals = std::mem::take(&mut node.locals);
        self.processes.drop_locals_later(locals.into_values());
    }

    /// The node whose disk has the files of bytes of a node.
    pub(crate) fn owner_of_files(&self, id: NodeId) -> NodeId {
        self.nodes[id].files_of.unwrap_or(id)
    }

    /// Crashes a node: its operating system closes its connections (B34).
    pub(crate) fn crash_node(&mut self, id: NodeId) -> bool {
        self.fail_node(id, Closing::Abrupt)
    }

    /// `erlang:halt()`: as a crash, but nothing that is under way arrives (B35).
    pub(crate) fn halt_node(&mut self, id: NodeId) {
        self.fail_node(id, Closing::Halted);
    }

    fn fail_node(&mut self, id: NodeId, closing: Closing) -> bool {
        let was_up = self.node_gone(id, closing, Fact::Node(NodeFact::Crashed));
        self.nodes[id].disk.crash(Loss::Node);
        if was_up {
            self.plan_restart(id, End::Failure);
        }
        was_up
    }

    /// Asks a node to stop in order (`init:stop()`). One without a boot program just ends.
    pub(crate) fn stop_node(&mut self, id: NodeId) {
        match self.nodes[id].init.and_then(|pid| self.processes.slot_of(pid)) {
            Some(slot) => {
                self.nodes[id].stopping = Stopping::InOrder;
                self.deliver(slot, tuple![atom!("stop"), atom!("stop")]);
            }
            None => drop(self.halt_in_order(id, atom!("normal").into())),
        }
    }

    /// Ends a node in order: everything that it has sent arrives, then its connections close. Returns
    /// whether it was up.
    pub(crate) fn halt_in_order(&mut self, id: NodeId, reason: Term) -> bool {
        let starts_again = self.nodes[id].stopping == Stopping::ThenStarting;
        let was_up = self.node_gone(id, Closing::Orderly, Fact::Node(NodeFact::Stopped { reason }));
        self.nodes[id].disk.sync_all();
        if starts_again {
            self.start_node(id);
        } else if was_up {
            self.plan_restart(id, End::Stop);
        }
        was_up
    }
}

/// Power.
impl State {
    /// Takes the power from a host.
    pub(crate) fn crash_host(&mut self, host: HostId) {
        if !self.network.is_powered(host) {
            return;
        }
        let name = self.network.host_name(host);
        self.log.record(None, Fact::Host(HostFact::Crashed { host: name }));
        self.network.set_power(host, Power::Off, self.log.now);
        for id in self.nodes_on(host) {
            let was_up = self.node_gone(id, Closing::Silent, Fact::Node(NodeFact::Crashed));
            let node = &mut self.nodes[id];
            node.disk.crash(Loss::Power);
            node.lost_power = node.service_manager.lose_power() || was_up;
        }
        self.handle_network_output();
    }

    /// Gives a host its power back; the nodes that were up start again.
    pub(crate) fn start_host(&mut self, host: HostId) {
        if self.network.is_powered(host) {
            return;
        }
        let name = self.network.host_name(host);
        self.log.record(None, Fact::Host(HostFact::Started { host: name }));
        self.network.set_power(host, Power::On, self.log.now);
        self.handle_network_output();
        for id in self.nodes_on(host) {
            if self.nodes[id].lost_power {
                self.start_node(id);
            }
        }
    }
}

/// The partitions of plans are numbered below, those of programs above.
pub(in crate::engine::runtime) const PARTITIONS_OF_PROGRAMS: u32 = 1 << 31;

/// Cuts.
impl State {
    /// The number of another partition that a program makes.
    pub(crate) fn next_partition(&mut self) -> u32 {
        self.partitions_made += 1;
        PARTITIONS_OF_PROGRAMS + self.partitions_made
    }

    /// Cuts what the first node of each pair sends to the second, as a partition with this number.
    pub(crate) fn cut(&mut self, partition: u32, pairs: Vec<(NodeId, NodeId)>) {
        let (now, cause) = (self.log.now, self.log.cause);
        for (from, to) in &pairs {
            self.links.causes.disconnected(*from, *to, cause);
        }
        self.network.cut(now, partition, pairs);
        self.handle_network_output();
    }

    /// Ends a partition.
    pub(crate) fn heal(&mut self, partition: u32) {
        let now = self.log.now;
        self.network.heal(now, partition);
        self.handle_network_output();
    }
}

/// Pauses.
impl State {
    /// Pauses a node that is up (SIGSTOP).
    pub(crate) fn pause_node(&mut self, id: NodeId) {
        if self.nodes.pause(id) {
            let paused = self.record(id, Fact::Node(NodeFact::Paused));
            self.links.causes.suspended(id, paused);
        }
    }

    /// Resumes a node (SIGCONT), which deals with everything that has arrived meanwhile, in order.
    pub(crate) fn resume_node(&mut self, id: NodeId) {
        if !self.nodes.resume(id) {
            return;
        }
        let deferred = self.events.take_deferred(id);
        let held = std::mem::take(&mut self.nodes[id].held);
        self.record(id, Fact::Node(NodeFact::Resumed));
        for slot in held {
            self.processes.wake(slot);
        }
        for event in deferred {
            self.dispatch(event);
        }
    }
}
