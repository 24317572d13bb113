//! Links and monitors.

use super::State;
use super::delivery::Route;
use crate::engine::network::{NodeId, PeerState};
use crate::engine::runtime::exit::Exit;
use crate::engine::runtime::relations::{Link, Monitor, MonitorOptions, MonitorTarget};
use crate::engine::runtime::signal::{Control, Destination, Target};
use crate::engine::runtime::slots::SlotId;
use crate::engine::term::{Atom, Pid, Ref, Term};
use crate::{atom, tuple};

/// Links.
impl State {
    /// `link/1` (A30 to A33).
    pub(crate) fn link(&mut self, node: NodeId, pid: Pid, peer: Pid) -> Result<(), Exit> {
        if pid == peer {
            return Ok(());
        }
        let route = self.route_to_pid(node, peer);
        let Some(process) = self.processes.get_mut(pid) else { return Ok(()) };
        if process.relations().links.get(&peer) == Some(&Link::Active) {
            return Ok(());
        }
        let is_trapping = process.flags.trap_exit;
        match route {
            Route::Nowhere if !is_trapping => return Err(Exit::error(atom!("noproc"))),
            Route::Nowhere | Route::Here(_) => {}
            Route::There(to) => {
                self.auto_connect(node, to);
                self.links.remote(node, to).links.insert((SlotId::of(pid), peer));
            }
        }
        if let Some(process) = self.processes.get_mut(pid) {
            process.relations().links.insert(peer, Link::Active);
        }
        if let Route::There(to) = route
            && self.network.peer_state(node, to) == PeerState::Absent
        {
            self.remove_remote_link(node, pid, peer);
            let exit = Control::LinkExit { from: peer, reason: atom!("noconnection").into() };
            self.enqueue_control(SlotId::of(pid), exit);
            return Ok(());
        }
        self.control(node, pid, peer, Control::Link { from: pid });
        if let Route::There(to) = route {
            self.suspend_if_busy(node, to, pid);
        }
        Ok(())
    }

    /// `unlink/1` (A34).
    pub(crate) fn unlink(&mut self, node: NodeId, pid: Pid, peer: Pid) {
        let number = self.next_number();
        let Some(process) = self.processes.get_mut(pid) else { return };
        let Some(link) = process.relations().links.get_mut(&peer) else { return };
        if *link != Link::Active {
            return;
        }
        *link = Link::Unlinking(number);
        let route = self.route_to_pid(node, peer);
        if let Route::There(to) = route
            && self.network.peer_state(node, to) == PeerState::Absent
        {
            self.remove_link(node, pid, peer);
            return;
        }
        self.control(node, pid, peer, Control::Unlink { from: pid, number });
        if let Route::There(to) = route {
            self.suspend_if_busy(node, to, pid);
        }
    }

    /// Adds a link that the other side has made.
    pub(super) fn add_link(&mut self, node: NodeId, pid: Pid, from: Pid) {
        if let Some(process) = self.processes.get_mut(pid) {
            process.relations().links.entry(from).or_insert(Link::Active);
        }
        if let Route::There(peer) = self.route_to_pid(node, from) {
            self.links.remote(node, peer).links.insert((SlotId::of(pid), from));
        }
    }

    pub(super) fn handle_unlink(&mut self, node: NodeId, pid: Pid, from: Pid, number: u64) {
        if let Some(process) = self.processes.get_mut(pid)
            && process.relations().links.get(&from) == Some(&Link::Active)
        {
            self.remove_link(node, pid, from);
        }
        self.control(node, pid, from, Control::UnlinkAck { from: pid, number });
    }

    pub(super) fn handle_unlink_ack(&mut self, node: NodeId, pid: Pid, from: Pid, number: u64) {
        if let Some(process) = self.processes.get_mut(pid)
            && process.relations().links.get(&from) == Some(&Link::Unlinking(number))
        {
            self.remove_link(node, pid, from);
        }
    }

    /// Removes one side of a link.
    pub(super) fn remove_link(&mut self, node: NodeId, pid: Pid, peer: Pid) {
        if let Some(process) = self.processes.get_mut(pid) {
            process.relations().links.remove(&peer);
        }
        self.remove_remote_link(node, pid, peer);
    }

    /// A link no longer depends on the connection to the peer's node.
    pub(super) fn remove_remote_link(&mut self, node: NodeId, pid: Pid, peer: Pid) {
        if let Route::There(to) = self.route_to_pid(node, peer)
            && let Some(remote) = self.links.known(node, to)
        {
            remote.links.remove(&(SlotId::of(pid), peer));
        }
    }
}

/// Monitors at the process that sets them.
impl State {
    /// `monitor/3` (A39 to A47, A51). A monitor of oneself has no effect (A44).
    pub(crate) fn monitor(
        &mut self,
        node: NodeId,
        pid: Pid,
        target: MonitorTarget,
        options: MonitorOptions,
    ) -> Ref {
        let reference = self.make_reference(node);
        if let Some(mode) = options.alias {
            self.add_alias(node, pid, reference, mode);
        }
        let (object, destination) = self.monitored_object(node, target);
        let route = self.route(node, destination);
        if matches!(route, Route::Here(slot) if slot == SlotId::of(pid)) {
            return reference;
        }
        let monitor = Monitor {
            node: if let Route::There(peer) = route { peer } else { node },
            object,
            tag: options.tag.unwrap_or_else(|| atom!("DOWN").into()),
            target: self.monitor_target(destination, route),
        };
        let target = monitor.target;
        if let Some(process) = self.processes.get_mut(pid) {
            process.relations().monitors.insert(reference, monitor);
        }
        let request = Control::Monitor { reference, watcher: pid };
        match route {
            Route::Here(slot) => self.enqueue_control(slot, request),
            Route::Nowhere => self.enqueue_down(pid, reference, atom!("noproc")),
            Route::There(peer) => {
                if self.auto_connect(node, peer) == PeerState::Absent {
                    self.enqueue_down(pid, reference, atom!("noconnection"));
                } else {
                    self.links.remote(node, peer).monitors.insert(reference, SlotId::of(pid));
                    self.control_to(node, peer, pid, target, request);
                    self.suspend_if_busy(node, peer, pid);
                }
            }
        }
        reference
    }

    /// The object in the `'DOWN'` message, and the destination of the request (A40).
    fn monitored_object(&self, node: NodeId, target: MonitorTarget) -> (Term, Destination) {
        match target {
            MonitorTarget::Pid(pid) => (pid.into(), Destination::Pid(pid)),
            MonitorTarget::Name { name, node: on } => {
                let on = on.unwrap_or_else(|| self.nodes[node].own_name());
                (tuple![name, on], Destination::Name { name, node: on })
            }
        }
    }

    /// A monitor by name stays with the process that has the name now (A43).
    fn monitor_target(&self, destination: Destination, route: Route) -> Target {
        match (destination, route) {
            (Destination::Name { .. }, Route::Here(slot)) => {
                self.processes.at(slot).map_or(Target::Node, |process| Target::Pid(process.pid))
            }
            (
                Destination::Name { .. } | Destination::Pid(_) | Destination::Alias(_),
                Route::Here(_) | Route::There(_) | Route::Nowhere,
            ) => destination.target(),
        }
    }

    fn enqueue_down(&mut self, pid: Pid, reference: Ref, reason: Atom) {
        let control = Control::Down { reference, reason: reason.into() };
        self.enqueue_control(SlotId::of(pid), control);
    }

    /// `demonitor/1`. Returns whether the monitor was active (A45, A46).
    pub(crate) fn demonitor(&mut self, node: NodeId, pid: Pid, reference: Ref) -> bool {
        let Some((was_active, peer)) = self.take_monitor(node, pid, reference) else {
            return false;
        };
        self.suspend_if_busy(node, peer, pid);
        was_active
    }

    /// Ends a monitor. Returns whether it was active, and the node that it was on.
    pub(super) fn take_monitor(
        &mut self,
        node: NodeId,
        pid: Pid,
        reference: Ref,
    ) -> Option<(bool, NodeId)> {
        let relations = self.processes.get_mut(pid)?.relations.as_mut()?;
        let monitor = relations.monitors.remove(&reference)?;
        // By name, where the connection is still being made, Erlang does not count it as active.
        let was_active = monitor.node == node
            || !matches!(monitor.target, Target::Name(_))
            || self.network.peer_state(node, monitor.node) == PeerState::Up;
        self.end_alias_with_monitor(node, pid, reference);
        self.end_monitor(node, pid, reference, &monitor);
        Some((was_active, monitor.node))
    }

    /// Tells the other side that a monitor has ended.
    pub(super) fn end_monitor(
        &mut self,
        node: NodeId,
        pid: Pid,
        reference: Ref,
        monitor: &Monitor,
    ) {
        let request = Control::Demonitor { reference };
        if monitor.node != node {
            self.remove_remote_monitor(node, monitor.node, reference);
            self.control_to(node, monitor.node, pid, monitor.target, request);
        } else if let Target::Pid(target) = monitor.target
            && let Some(slot) = self.processes.slot_of(target)
        {
            self.enqueue_control(slot, request);
        }
    }

    pub(super) fn handle_down(&mut self, node: NodeId, pid: Pid, reference: Ref, reason: Term) {
        let Some(process) = self.processes.get_mut(pid) else { return };
        let Some(monitor) = process.relations().monitors.remove(&reference) else { return };
        self.end_alias_with_monitor(node, pid, reference);
        if monitor.node != node {
            self.remove_remote_monitor(node, monitor.node, reference);
        }
        let message = tuple![monitor.tag, reference, atom!("process"), monitor.object, reason];
        self.put_instead_of_signal(pid, message);
    }

    /// A monitor no longer depends on the connection to a peer.
    fn remove_remote_monitor(&mut self, node: NodeId, peer: NodeId, reference: Ref) {
        if let Some(remote) = self.links.known(node, peer) {
            remote.monitors.remove(&reference);
        }
    }
}

/// Monitors at the process that is monitored.
impl State {
    /// Adds a process that monitors this one.
    pub(super) fn add_watcher(&mut self, node: NodeId, pid: Pid, reference: Ref, watcher: Pid) {
        if let Some(process) = self.processes.get_mut(pid) {
            process.relations().watchers.insert(reference, watcher);
        }
        if let Route::There(peer) = self.route_to_pid(node, watcher) {
            self.links.remote(node, peer).watched.insert(reference, SlotId::of(pid));
        }
    }

    pub(super) fn handle_demonitor(&mut self, node: NodeId, pid: Pid, reference: Ref) {
        let Some(process) = self.processes.get_mut(pid) else { return };
        if let Some(watcher) = process.relations().watchers.remove(&reference) {
            self.remove_remote_watcher(node, watcher, reference);
        }
    }

    /// A watcher no longer depends on the connection to its node.
    pub(super) fn remove_remote_watcher(&mut self, node: NodeId, watcher: Pid, reference: Ref) {
        if let Route::There(peer) = self.route_to_pid(node, watcher)
            && let Some(remote) = self.links.known(node, peer)
        {
            remote.watched.remove(&reference);
        }
    }
}
