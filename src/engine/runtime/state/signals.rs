//! The way of all signals but messages: to their receivers, and their handling there.

use super::State;
use super::delivery::{Envelope, Route};
use super::exits::ExitSource;
use crate::atom;
use crate::engine::network::NodeId;
use crate::engine::runtime::content::Content;
use crate::engine::runtime::signal::{Control, Packet, PacketBody, Signal, Target};
use crate::engine::runtime::slots::SlotId;
use crate::engine::term::{Pid, Term};
use crate::engine::trace::{Fact, ProcessFact};

/// Sending.
impl State {
    /// Sends a signal other than a message. Without a connection it goes nowhere: its sender has been
    /// told already that the connection is lost.
    pub(super) fn control(&mut self, node: NodeId, from: Pid, to: Pid, control: Control) {
        match self.route_to_pid(node, to) {
            Route::Here(slot) => self.enqueue_control(slot, control),
            Route::Nowhere => self.answer_for_dead(node, to, &control),
            Route::There(peer) => self.control_to(node, peer, from, Target::Pid(to), control),
        }
    }

    /// Sends a signal other than a message to another node.
    pub(super) fn control_to(
        &mut self,
        node: NodeId,
        peer: NodeId,
        from: Pid,
        target: Target,
        control: Control,
    ) {
        if let Some(lane) = self.network.lane(node, peer) {
            let body = PacketBody::Control(Box::new(control));
            let cause = self.log.cause;
            self.send_packet(lane, Packet { body, from, target, cause });
        }
    }

    /// `group_leader(Leader, Pid)`: at once for a process of the same node.
    pub(crate) fn group_leader(&mut self, node: NodeId, from: Pid, to: Pid, leader: Pid) {
        match self.route_to_pid(node, to) {
            Route::Here(_) | Route::Nowhere => self.set_group_leader(to, leader),
            Route::There(peer) => {
                self.auto_connect(node, peer);
                let signal = Control::GroupLeader { leader };
                self.control_to(node, peer, from, Target::Pid(to), signal);
            }
        }
    }

    fn set_group_leader(&mut self, pid: Pid, leader: Pid) {
        if let Some(process) = self.processes.get_mut(pid) {
            process.group_leader = leader;
        }
    }

    /// Gives a signal other than a message to a process here, which handles it before its next turn.
    pub(crate) fn enqueue_control(&mut self, slot: SlotId, control: Control) {
        self.processes.enqueue(slot, control, self.log.cause);
    }

    /// A signal other than a message has arrived from another node.
    pub(super) fn receive_control(&mut self, envelope: Envelope, control: Control) {
        let Envelope { node, peer, from, target, slot } = envelope;
        let slot = match (&control, target) {
            (Control::Demonitor { reference }, Target::Name(_)) => {
                let known = self.links.known(node, peer);
                known.and_then(|remote| remote.watched.get(reference).copied())
            }
            (Control::Monitor { reference, .. }, Target::Name(_)) => {
                if let Some(slot) = slot {
                    // A demonitor may come before the process handles its signals.
                    self.links.remote(node, peer).watched.insert(*reference, slot);
                }
                slot
            }
            (Control::Demonitor { .. }, Target::Pid(_) | Target::Alias(_) | Target::Node)
            | (
                Control::Exit { .. }
                | Control::LinkExit { .. }
                | Control::Link { .. }
                | Control::Unlink { .. }
                | Control::UnlinkAck { .. }
                | Control::Monitor { .. }
                | Control::Down { .. }
                | Control::SpawnReply { .. }
                | Control::GroupLeader { .. },
                Target::Pid(_) | Target::Name(_) | Target::Alias(_) | Target::Node,
            ) => slot,
        };
        if let Some(slot) = slot {
            self.enqueue_control(slot, control);
        } else {
            if matches!(control, Control::Monitor { .. }) {
                self.missed_target(node, target);
            }
            let dead = if let Target::Pid(pid) = target { pid } else { from };
            self.answer_for_dead(node, dead, &control);
        }
    }

    /// Answers a signal to a process that is no longer alive.
    pub(super) fn answer_for_dead(&mut self, node: NodeId, dead: Pid, control: &Control) {
        match *control {
            Control::Link { from } => {
                let exit = Control::LinkExit { from: dead, reason: atom!("noproc").into() };
                self.control(node, dead, from, exit);
            }
            Control::Unlink { from, number } => {
                self.control(node, dead, from, Control::UnlinkAck { from: dead, number });
            }
            Control::Monitor { reference, watcher } => {
                let down = Control::Down { reference, reason: atom!("noproc").into() };
                self.control(node, dead, watcher, down);
            }
            Control::SpawnReply { request, pid: Some(child) } => {
                self.end_orphan(node, dead, request, child);
            }
            Control::Exit { .. }
            | Control::LinkExit { .. }
            | Control::UnlinkAck { .. }
            | Control::Demonitor { .. }
            | Control::Down { .. }
            | Control::SpawnReply { pid: None, .. }
            | Control::GroupLeader { .. } => {}
        }
    }
}

/// Handling.
impl State {
    /// Lets a process handle the signals that have reached it.
    pub(crate) fn handle_signals(&mut self, pid: Pid) {
        while let Some((signal, cause)) = self.processes.next_signal(pid) {
            self.with_cause(cause, |state| match signal {
                Signal::Message(message) => state.put_in_mailbox(pid, message),
                Signal::Control(control) => {
                    state.handle_control(pid, control);
                    state.remember_cause_of_exit(pid);
                }
            });
        }
    }

    fn remember_cause_of_exit(&mut self, pid: Pid) {
        let cause = self.log.cause;
        if let Some(process) = self.processes.get_mut(pid)
            && process.exiting.is_some()
        {
            process.cause = cause;
        }
    }

    /// Puts a message into the mailbox that has waited behind other signals.
    fn put_in_mailbox(&mut self, pid: Pid, message: Content) {
        if self.log.is_full() {
            self.log.cause = self.record_delivery(pid, &message);
        }
        let cause = self.log.cause;
        if let Some(process) = self.processes.get_mut(pid) {
            process.put_in_mailbox(message, cause);
        }
    }

    /// Puts a message into the mailbox that a signal has become, and wakes the process.
    pub(super) fn put_instead_of_signal(&mut self, pid: Pid, message: Term) {
        self.put_in_mailbox(pid, message.into());
        if let Some(slot) = self.processes.slot_of(pid) {
            self.processes.wake(slot);
        }
    }

    /// A process handles a signal other than a message.
    pub(super) fn handle_control(&mut self, pid: Pid, control: Control) {
        let Some(node) = self.processes.node_of(pid) else { return };
        if self.log.is_full() {
            self.record_as_cause(
                node,
                Fact::Process(ProcessFact::Signalled {
                    to: pid,
                    signal: control.name(),
                    from: control.sender(),
                    reason: control.reason().cloned(),
                }),
            );
        }
        match control {
            Control::Exit { from, reason } => {
                self.apply_exit(pid, from, reason, ExitSource::Exit2);
            }
            Control::LinkExit { from, reason } => self.handle_link_exit(pid, from, reason),
            Control::Link { from } => self.add_link(node, pid, from),
            Control::Unlink { from, number } => self.handle_unlink(node, pid, from, number),
            Control::UnlinkAck { from, number } => self.handle_unlink_ack(node, pid, from, number),
            Control::Monitor { reference, watcher } => {
                self.add_watcher(node, pid, reference, watcher);
            }
            Control::Demonitor { reference } => self.handle_demonitor(node, pid, reference),
            Control::Down { reference, reason } => self.handle_down(node, pid, reference, reason),
            Control::SpawnReply { request, pid: child } => {
                self.handle_spawn_reply(node, pid, request, child);
            }
            Control::GroupLeader { leader } => self.set_group_leader(pid, leader),
        }
    }
}
