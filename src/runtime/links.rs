//! Links, monitors and exit signals.

use super::context::SpawnReplies;
use super::delivery::{Destination, Route};
use super::exit::Exit;
use super::process::{AliasMode, Link, Monitor, Spawning};
use super::signal::{Control, Target};
use super::world::State;
use crate::network::{NodeId, PeerState};
use crate::term::{Atom, Pid, Ref, Term};
use crate::trace::Fact;
use crate::{atom, tuple};

/// What is monitored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonitorTarget {
    /// A process.
    Pid(Pid),
    /// Whoever holds the name now.
    Name {
        /// The registered name.
        name: Atom,
        /// The node; nothing is the caller's own.
        node: Option<Atom>,
    },
}

impl From<Pid> for MonitorTarget {
    fn from(pid: Pid) -> MonitorTarget {
        MonitorTarget::Pid(pid)
    }
}

impl From<Atom> for MonitorTarget {
    fn from(name: Atom) -> MonitorTarget {
        MonitorTarget::Name { name, node: None }
    }
}

impl From<(Atom, Atom)> for MonitorTarget {
    fn from((name, node): (Atom, Atom)) -> MonitorTarget {
        MonitorTarget::Name { name, node: Some(node) }
    }
}

/// The options of `monitor/3`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MonitorOptions {
    /// The tag of the message instead of `'DOWN'` (A47).
    pub tag: Option<Atom>,
    /// Makes the reference an alias as well (A51).
    pub alias: Option<AliasMode>,
}

impl State {
    /// `link/1` (A30 to A33).
    pub(super) fn link(&mut self, node: NodeId, pid: Pid, peer: Pid) -> Result<(), Exit> {
        if pid == peer {
            return Ok(());
        }
        let route = self.route_to_pid(node, peer);
        let Some(process) = self.process_mut(pid) else { return Ok(()) };
        if process.relations().links.get(&peer) == Some(&Link::Active) {
            return Ok(());
        }
        let trapping = process.flags.trap_exit;
        match route {
            Route::Nowhere if !trapping => return Err(Exit::error(atom!("noproc"))),
            Route::Nowhere | Route::Here(_) => {}
            Route::There(to) => {
                self.auto_connect(node, to);
                self.bonds(node, to).links.insert((pid.number(), peer));
            }
        }
        if let Some(process) = self.process_mut(pid) {
            process.relations().links.insert(peer, Link::Active);
        }
        if let Route::There(to) = route
            && self.network.peer_state(node, to) == PeerState::Absent
        {
            self.unwatch_link(node, pid, peer);
            let exit = Control::LinkExit { from: peer, reason: atom!("noconnection").into() };
            self.hand_in(pid.number(), exit);
            return Ok(());
        }
        self.control(node, pid, peer, Control::Link { from: pid });
        if let Route::There(to) = route {
            self.suspend_if_busy(node, to, pid);
        }
        Ok(())
    }

    /// `unlink/1` (A34).
    pub(super) fn unlink(&mut self, node: NodeId, pid: Pid, peer: Pid) {
        self.next_reference += 1;
        let number = self.next_reference;
        let Some(process) = self.process_mut(pid) else { return };
        let Some(link) = process.relations().links.get_mut(&peer) else { return };
        if *link != Link::Active {
            return;
        }
        *link = Link::Unlinking(number);
        let route = self.route_to_pid(node, peer);
        if let Route::There(to) = route
            && self.network.peer_state(node, to) == PeerState::Absent
        {
            self.forget_link(node, pid, peer);
            return;
        }
        self.control(node, pid, peer, Control::Unlink { from: pid, number });
        if let Route::There(to) = route {
            self.suspend_if_busy(node, to, pid);
        }
    }

    fn forget_link(&mut self, node: NodeId, pid: Pid, peer: Pid) {
        if let Some(process) = self.process_mut(pid) {
            process.relations().links.remove(&peer);
        }
        self.unwatch_link(node, pid, peer);
    }

    /// `monitor/3` (A39 to A47, A51). One of oneself is none (A44).
    pub(super) fn monitor(
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
        let (object, destination) = self.monitored(node, target);
        let route = self.route(node, destination);
        if matches!(route, Route::Here(number) if number == pid.number()) {
            return reference;
        }
        let monitor = Monitor {
            node: if let Route::There(peer) = route { peer } else { node },
            object,
            tag: options.tag.unwrap_or(atom!("DOWN")),
            target: self.monitor_address(destination, route),
        };
        if let Some(process) = self.process_mut(pid) {
            process.relations().monitors.insert(reference, monitor.clone());
        }
        let request = Control::Monitor { reference, watcher: pid };
        match route {
            Route::Here(number) => self.hand_in(number, request),
            Route::Nowhere => self.down(pid, reference, atom!("noproc")),
            Route::There(peer) => {
                if self.auto_connect(node, peer) == PeerState::Absent {
                    self.down(pid, reference, atom!("noconnection"));
                } else {
                    self.bonds(node, peer).monitors.insert(reference, pid.number());
                    self.control_to(node, peer, pid, monitor.target, request);
                    self.suspend_if_busy(node, peer, pid);
                }
            }
        }
        reference
    }

    /// What the `'DOWN'` message will name, and where the request has to go (A40).
    fn monitored(&self, node: NodeId, target: MonitorTarget) -> (Term, Destination) {
        match target {
            MonitorTarget::Pid(pid) => (pid.into(), Destination::Pid(pid)),
            MonitorTarget::Name { name, node: on } => {
                let on = on.unwrap_or_else(|| self.own_name(node));
                (tuple![name, on], Destination::Name { name, node: on })
            }
        }
    }

    /// A monitor by name sticks to the process that holds the name now (A43).
    fn monitor_address(&mut self, destination: Destination, route: Route) -> Target {
        match (destination, route) {
            (Destination::Name { .. }, Route::Here(number)) => {
                self.tenant(number).map_or(Target::Node, |process| Target::Pid(process.pid))
            }
            (Destination::Name { name, .. }, Route::There(_) | Route::Nowhere) => {
                Target::Name(name)
            }
            (Destination::Pid(pid), _) => Target::Pid(pid),
            (Destination::Alias(alias), _) => Target::Alias(alias),
        }
    }

    fn down(&mut self, pid: Pid, reference: Ref, reason: Atom) {
        let control = Control::Down { reference, reason: reason.into() };
        self.hand_in(pid.number(), control);
    }

    pub(super) fn add_alias(&mut self, node: NodeId, pid: Pid, alias: Ref, mode: AliasMode) {
        if let Some(process) = self.process_mut(pid) {
            process.relations().aliases.insert(alias, mode);
            self.node_mut(node).aliases.insert(alias.id(), pid.number());
        }
    }

    /// `demonitor/1`: whether the monitor was active (A45, A46).
    pub(super) fn demonitor(&mut self, node: NodeId, pid: Pid, reference: Ref) -> bool {
        let Some((counts, peer)) = self.take_monitor(node, pid, reference) else { return false };
        self.suspend_if_busy(node, peer, pid);
        counts
    }

    /// Ends a monitor: whether it was active, and which node it was on; nothing if there was none.
    pub(super) fn take_monitor(
        &mut self,
        node: NodeId,
        pid: Pid,
        reference: Ref,
    ) -> Option<(bool, NodeId)> {
        let relations = self.process_mut(pid)?.relations.as_mut()?;
        let monitor = relations.monitors.remove(&reference)?;
        // By name, where the connection is still being made, Erlang does not count it as active.
        let counts = monitor.node == node
            || !matches!(monitor.target, Target::Name(_))
            || self.network.peer_state(node, monitor.node) == PeerState::Up;
        self.end_alias_with_monitor(node, pid, reference);
        self.end_monitor(node, pid, reference, &monitor);
        Some((counts, monitor.node))
    }

    fn end_alias_with_monitor(&mut self, node: NodeId, pid: Pid, reference: Ref) {
        let Some(process) = self.process_mut(pid) else { return };
        match process.relations().aliases.get(&reference) {
            Some(AliasMode::Demonitor | AliasMode::ReplyDemonitor) => {
                self.remove_alias(node, pid, reference);
            }
            Some(AliasMode::ExplicitUnalias) | None => {}
        }
    }

    /// Tells the other side that a monitor is no more.
    pub(super) fn end_monitor(
        &mut self,
        node: NodeId,
        pid: Pid,
        reference: Ref,
        monitor: &Monitor,
    ) {
        let request = Control::Demonitor { reference };
        if monitor.node != node {
            if let Some(bonds) = self.known_bonds(node, monitor.node) {
                bonds.monitors.remove(&reference);
            }
            self.control_to(node, monitor.node, pid, monitor.target, request);
        } else if let Target::Pid(target) = monitor.target
            && let Some(number) = self.slot_of(target)
        {
            self.hand_in(number, request);
        }
    }

    /// `exit/2` (A21 to A24). To oneself it takes effect at once.
    pub(super) fn exit_signal(&mut self, node: NodeId, from: Pid, to: Pid, reason: Term) {
        if from == to && self.ends_at_once(from, &reason) {
            let killed = reason.is_atom("kill");
            self.end_now(to, if killed { atom!("killed").into() } else { reason });
            return;
        }
        let route = self.route_to_pid(node, to);
        if let Route::There(peer) = route {
            self.auto_connect(node, peer);
        }
        self.control(node, from, to, Control::Exit { from, reason });
        if let Route::There(peer) = route {
            self.suspend_if_busy(node, peer, from);
        }
    }

    /// A signal other than a message from another node.
    pub(super) fn receive_control(
        &mut self,
        node: NodeId,
        peer: NodeId,
        from: Pid,
        target: Target,
        number: Option<u32>,
        control: Control,
    ) {
        let number = match (&control, target) {
            (Control::Demonitor { reference }, Target::Name(_)) => {
                self.known_bonds(node, peer).and_then(|bonds| bonds.watched.get(reference).copied())
            }
            (Control::Monitor { reference, .. }, Target::Name(_)) => {
                if let Some(number) = number {
                    // A demonitor may come before the process deals with its signals.
                    self.bonds(node, peer).watched.insert(*reference, number);
                }
                number
            }
            (Control::Demonitor { .. }, Target::Pid(_) | Target::Alias(_) | Target::Node)
            | (
                Control::Exit { .. }
                | Control::LinkExit { .. }
                | Control::Link { .. }
                | Control::Unlink { .. }
                | Control::Unlinked { .. }
                | Control::Monitor { .. }
                | Control::Down { .. }
                | Control::SpawnReply { .. },
                Target::Pid(_) | Target::Name(_) | Target::Alias(_) | Target::Node,
            ) => number,
        };
        if let Some(number) = number {
            self.hand_in(number, control);
        } else {
            if matches!(control, Control::Monitor { .. }) {
                self.note_missing(node, target);
            }
            let dead = if let Target::Pid(pid) = target { pid } else { from };
            self.answer_for_dead(node, dead, &control);
        }
    }

    /// What a process that is no more answers to a signal.
    pub(super) fn answer_for_dead(&mut self, node: NodeId, dead: Pid, control: &Control) {
        match *control {
            Control::Link { from } => {
                let exit = Control::LinkExit { from: dead, reason: atom!("noproc").into() };
                self.control(node, dead, from, exit);
            }
            Control::Unlink { from, number } => {
                self.control(node, dead, from, Control::Unlinked { from: dead, number });
            }
            Control::Monitor { reference, watcher } => {
                let down = Control::Down { reference, reason: atom!("noproc").into() };
                self.control(node, dead, watcher, down);
            }
            Control::SpawnReply { pid: Some(child), .. } => {
                let exit = Control::LinkExit { from: dead, reason: atom!("noproc").into() };
                self.control(node, dead, child, exit);
            }
            Control::Exit { .. }
            | Control::LinkExit { .. }
            | Control::Unlinked { .. }
            | Control::Demonitor { .. }
            | Control::Down { .. }
            | Control::SpawnReply { pid: None, .. } => {}
        }
    }

    /// A process deals with a signal other than a message.
    pub(super) fn handle_control(&mut self, pid: Pid, control: Control) {
        let Some(process) = self.process_mut(pid) else { return };
        let node = process.node;
        if self.trace.is_full() {
            self.cause = self.tell(node, Fact::Signalled { to: pid, signal: control.name() });
        }
        match control {
            Control::Exit { from, reason } => self.apply_exit(pid, from, reason, true),
            Control::LinkExit { from, reason } => self.link_exit(pid, from, reason),
            Control::Link { from } => self.linked(node, pid, from),
            Control::Unlink { from, number } => {
                self.unlinked_by(node, pid, from);
                self.control(node, pid, from, Control::Unlinked { from: pid, number });
            }
            Control::Unlinked { from, number } => {
                if let Some(process) = self.process_mut(pid)
                    && process.relations().links.get(&from) == Some(&Link::Unlinking(number))
                {
                    self.forget_link(node, pid, from);
                }
            }
            Control::Monitor { reference, watcher } => {
                self.watched_by(node, pid, reference, watcher);
            }
            Control::Demonitor { reference } => self.unwatched(node, pid, reference),
            Control::Down { reference, reason } => self.handle_down(node, pid, reference, reason),
            Control::SpawnReply { request, pid: child } => {
                self.spawn_answered(node, pid, request, child);
            }
        }
    }

    pub(super) fn linked(&mut self, node: NodeId, pid: Pid, from: Pid) {
        if let Some(process) = self.process_mut(pid) {
            process.relations().links.entry(from).or_insert(Link::Active);
        }
        if let Route::There(peer) = self.route_to_pid(node, from) {
            self.bonds(node, peer).links.insert((pid.number(), from));
        }
    }

    fn unlinked_by(&mut self, node: NodeId, pid: Pid, from: Pid) {
        if let Some(process) = self.process_mut(pid)
            && process.relations().links.get(&from) == Some(&Link::Active)
        {
            self.forget_link(node, pid, from);
        }
    }

    pub(super) fn unwatch_link(&mut self, node: NodeId, pid: Pid, peer: Pid) {
        if let Route::There(to) = self.route_to_pid(node, peer)
            && let Some(bonds) = self.known_bonds(node, to)
        {
            bonds.links.remove(&(pid.number(), peer));
        }
    }

    pub(super) fn watched_by(&mut self, node: NodeId, pid: Pid, reference: Ref, watcher: Pid) {
        if let Some(process) = self.process_mut(pid) {
            process.relations().watchers.insert(reference, watcher);
        }
        if let Route::There(peer) = self.route_to_pid(node, watcher) {
            self.bonds(node, peer).watched.insert(reference, pid.number());
        }
    }

    fn unwatched(&mut self, node: NodeId, pid: Pid, reference: Ref) {
        let Some(process) = self.process_mut(pid) else { return };
        if let Some(watcher) = process.relations().watchers.remove(&reference) {
            self.unwatch_watched(node, watcher, reference);
        }
    }

    pub(super) fn unwatch_watched(&mut self, node: NodeId, watcher: Pid, reference: Ref) {
        if let Route::There(peer) = self.route_to_pid(node, watcher)
            && let Some(bonds) = self.known_bonds(node, peer)
        {
            bonds.watched.remove(&reference);
        }
    }

    fn handle_down(&mut self, node: NodeId, pid: Pid, reference: Ref, reason: Term) {
        let Some(process) = self.process_mut(pid) else { return };
        let Some(monitor) = process.relations().monitors.remove(&reference) else { return };
        self.end_alias_with_monitor(node, pid, reference);
        if monitor.node != node
            && let Some(bonds) = self.known_bonds(node, monitor.node)
        {
            bonds.monitors.remove(&reference);
        }
        let message = tuple![monitor.tag, reference, atom!("process"), monitor.object, reason];
        self.take_message(pid, message);
    }

    /// A message that a signal has become, in the place of the signal.
    fn take_message(&mut self, pid: Pid, message: Term) {
        if self.trace.is_full() {
            self.tell_delivery(pid, &message);
        }
        let cause = self.cause;
        if let Some(process) = self.process_mut(pid) {
            process.take_message(message, cause);
            self.make_ready(pid.number());
        }
    }

    fn link_exit(&mut self, pid: Pid, from: Pid, reason: Term) {
        let Some(process) = self.process_mut(pid) else { return };
        if process.relations().links.get(&from) == Some(&Link::Active) {
            let node = process.node;
            self.forget_link(node, pid, from);
            self.apply_exit(pid, from, reason, false);
        }
    }

    /// What an exit signal does (A22 to A24, A27 to A29). Only `exit/2` knows the reason `kill` that
    /// cannot be trapped.
    fn apply_exit(&mut self, pid: Pid, from: Pid, reason: Term, by_exit_2: bool) {
        let Some(process) = self.process_mut(pid) else { return };
        let killed = by_exit_2 && reason.is_atom("kill");
        if killed {
            self.end_now(pid, atom!("killed").into());
        } else if process.flags.trap_exit {
            self.take_message(pid, tuple![atom!("EXIT"), from, reason]);
        } else if !reason.is_atom("normal") {
            self.end_now(pid, reason);
        }
    }

    /// Whether a process ends at once by an exit signal to itself. If it traps exits, the signal is one
    /// like any other (A24).
    fn ends_at_once(&self, pid: Pid, reason: &Term) -> bool {
        let traps = self.process(pid).is_some_and(|process| process.flags.trap_exit);
        !traps || reason.is_atom("kill")
    }

    /// Ends a process; one that is in the middle of its turn ends with it.
    fn end_now(&mut self, pid: Pid, reason: Term) {
        let Some(process) = self.process_mut(pid) else { return };
        if process.body.is_some() {
            self.terminate(pid.number(), pid, &reason);
        } else {
            process.exiting.get_or_insert(Box::new(reason));
        }
    }

    /// The answer to a request to spawn on another node (A60 to A62). No process: what is linked and
    /// monitored is a placeholder on this node that ends with `noconnection`.
    fn spawn_answered(&mut self, node: NodeId, pid: Pid, request: Ref, child: Option<Pid>) {
        let Some(process) = self.process_mut(pid) else { return };
        let found = process.relations().spawning.get(&request).copied();
        let Some(spawning) = found.filter(|spawning| spawning.child.is_none()) else { return };
        if let (Some(replies), None) = (spawning.replies, child) {
            self.tell_spawned(pid, request, None, replies);
            return;
        }
        let placeholder = child.is_none();
        let child = child.unwrap_or_else(|| self.admit(node, atom!("placeholder"), None, None));
        if spawning.link {
            self.linked(node, pid, child);
        }
        if let Some(reference) = spawning.monitor {
            self.child_monitored(node, pid, child, reference);
        }
        if placeholder {
            self.end_placeholder(node, pid, child, spawning);
        } else if let Route::There(peer) = self.route_to_pid(node, child)
            && let Some(bonds) = self.known_bonds(node, peer)
        {
            bonds.spawns.remove(&request);
        }
        if let Some(replies) = spawning.replies {
            self.tell_spawned(pid, request, Some(child), replies);
            return;
        }
        let cause = self.cause;
        if let Some(process) = self.process_mut(pid) {
            process.cause = cause;
            process
                .relations()
                .spawning
                .insert(request, Spawning { child: Some(child), ..spawning });
            process.flags.due = true;
            self.make_ready(pid.number());
        }
    }

    /// The message that answers `spawn_request/5`, if it was asked for (A62).
    pub(super) fn tell_spawned(
        &mut self,
        pid: Pid,
        request: Ref,
        child: Option<Pid>,
        replies: SpawnReplies,
    ) {
        if let Some(process) = self.process_mut(pid) {
            process.relations().spawning.remove(&request);
        }
        let (result, value) = match (replies, child) {
            (SpawnReplies::Always, Some(child)) => (atom!("ok"), Term::from(child)),
            (SpawnReplies::Always | SpawnReplies::OnError, None) => {
                (atom!("error"), Term::atom("noconnection"))
            }
            (SpawnReplies::OnError, Some(_)) | (SpawnReplies::Never, _) => return,
        };
        self.take_message(pid, tuple![atom!("spawn_reply"), request, result, value]);
    }

    /// Notes a monitor that came with a spawn.
    pub(super) fn child_monitored(&mut self, node: NodeId, pid: Pid, child: Pid, reference: Ref) {
        let on = match self.route_to_pid(node, child) {
            Route::There(peer) => {
                self.bonds(node, peer).monitors.insert(reference, pid.number());
                peer
            }
            Route::Here(_) | Route::Nowhere => node,
        };
        let monitor = Monitor {
            node: on,
            object: child.into(),
            tag: atom!("DOWN"),
            target: Target::Pid(child),
        };
        if let Some(process) = self.process_mut(pid) {
            process.relations().monitors.insert(reference, monitor);
        }
    }

    fn end_placeholder(&mut self, node: NodeId, pid: Pid, child: Pid, spawning: Spawning) {
        if spawning.link {
            self.linked(node, child, pid);
        }
        if let Some(reference) = spawning.monitor {
            self.watched_by(node, child, reference, pid);
        }
        self.terminate(child.number(), child, &atom!("noconnection").into());
    }
}
