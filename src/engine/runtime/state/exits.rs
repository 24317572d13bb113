//! The end of a process: exit signals, and termination.

use rand::seq::SliceRandom;

use super::State;
use super::delivery::Route;
use crate::engine::network::{Listening, NodeId};
use crate::engine::runtime::exit::{Exit, is_usual};
use crate::engine::runtime::process::Process;
use crate::engine::runtime::relations::{Link, Relations};
use crate::engine::runtime::signal::{Control, Signal};
use crate::engine::runtime::slots::SlotId;
use crate::engine::term::{Pid, Term};
use crate::engine::trace::{Fact, ProcessFact};
use crate::{atom, tuple};

/// The source of an exit signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExitSource {
    /// A call of `exit/2`: the reason `kill` cannot be trapped.
    Exit2,
    /// The end of a linked process, or of the connection to it.
    Link,
}

/// Exit signals.
impl State {
    /// `exit/2` (A21 to A24). An exit signal to oneself takes effect at once.
    pub(crate) fn exit_signal(&mut self, node: NodeId, from: Pid, to: Pid, reason: Term) {
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

    /// A process handles the exit signal of a link, if it still has that link.
    pub(super) fn handle_link_exit(&mut self, pid: Pid, from: Pid, reason: Term) {
        let Some(process) = self.processes.get_mut(pid) else { return };
        if process.relations().links.get(&from) == Some(&Link::Active) {
            let node = process.node;
            self.remove_link(node, pid, from);
            self.apply_exit(pid, from, reason, ExitSource::Link);
        }
    }

    /// The effect of an exit signal: the process ends, or gets a message, or ignores it (A22 to A24,
    /// A27 to A29).
    pub(super) fn apply_exit(&mut self, pid: Pid, from: Pid, reason: Term, source: ExitSource) {
        let Some(process) = self.processes.get_mut(pid) else { return };
        if source == ExitSource::Exit2 && reason.is_atom("kill") {
            self.end_now(pid, atom!("killed").into());
        } else if process.flags.trap_exit {
            self.put_instead_of_signal(pid, tuple![atom!("EXIT"), from, reason]);
        } else if !reason.is_atom("normal") {
            self.end_now(pid, reason);
        }
    }

    /// Returns whether a process ends at once by an exit signal to itself. If it traps exits, the signal
    /// is one like any other (A24).
    fn ends_at_once(&self, pid: Pid, reason: &Term) -> bool {
        let traps = self.processes.get(pid).is_some_and(|process| process.flags.trap_exit);
        !traps || reason.is_atom("kill")
    }

    /// Ends a process; one that is in the middle of its turn ends with the turn.
    fn end_now(&mut self, pid: Pid, reason: Term) {
        let Some(process) = self.processes.get_mut(pid) else { return };
        if process.body.is_some() {
            self.terminate(pid, &reason);
        } else {
            process.exiting.get_or_insert(Box::new(reason));
        }
    }
}

/// Termination.
impl State {
    /// Terminates a process: its name and everything else that it held is free before anybody is told
    /// (A48), then its links and its monitors learn of it in an order that nobody can rely on (A37).
    pub(crate) fn terminate(&mut self, pid: Pid, reason: &Term) {
        let Some(mut process) = self.remove_process(pid) else { return };
        let node = process.node;
        self.processes.keep_unread(&process);
        if self.is_worth_recording(&process, reason) {
            let (label, reason) = (process.label(), reason.clone());
            self.record_as_cause(node, Fact::Process(ProcessFact::Exited { pid, label, reason }));
        }
        if let Some(name) = process.name {
            self.nodes[node].names.remove(name);
        }
        self.nodes[node].subscribers.retain(|subscriber| subscriber.pid != pid);
        if self.nodes[node].listener == Some(pid) {
            self.nodes[node].listener = None;
            self.network.listen(node, Listening::Off);
        }
        self.processes.drop_later(process.body.take());
        if let Some(relations) = process.relations.take() {
            self.end_relations(node, pid, *relations, reason);
        }
        for (signal, sent) in process.into_signals() {
            match signal {
                Signal::Message(message) => {
                    self.with_cause(sent, |state| state.drop_message(node, pid.into(), message));
                }
                Signal::Control(control) => self.answer_for_dead(node, pid, &control),
            }
        }
    }

    /// Takes a process out of its slot and off its node.
    fn remove_process(&mut self, pid: Pid) -> Option<Process> {
        let slot = self.processes.slot_of(pid)?;
        let process = self.processes.remove(slot)?;
        let of_node = &mut self.nodes[process.node].processes;
        let index = process.index_on_node as usize;
        of_node.swap_remove(index);
        if let Some(moved) = of_node.get(index).copied()
            && let Some(moved) = self.processes.at_mut(moved)
        {
            moved.index_on_node = index as u32;
        }
        Some(process)
    }

    /// In a full trace every end is recorded; in a story those of registered processes and the unusual
    /// ones.
    fn is_worth_recording(&self, process: &Process, reason: &Term) -> bool {
        self.log.is_full() || process.name.is_some() || !is_usual(reason)
    }

    /// Ends the links, monitors, aliases and sockets of a process that has ended.
    fn end_relations(&mut self, node: NodeId, pid: Pid, relations: Relations, reason: &Term) {
        let mut links: Vec<(Pid, Link)> = relations.links.into_iter().collect();
        links.shuffle(&mut self.rng);
        for (peer, link) in links {
            self.remove_remote_link(node, pid, peer);
            if link == Link::Active {
                let exit = Control::LinkExit { from: pid, reason: reason.clone() };
                self.control(node, pid, peer, exit);
            }
        }
        let mut watchers = relations.watchers.into_entries();
        watchers.shuffle(&mut self.rng);
        for (reference, watcher) in watchers {
            self.remove_remote_watcher(node, watcher, reference);
            self.control(node, pid, watcher, Control::Down { reference, reason: reason.clone() });
        }
        for (reference, monitor) in relations.monitors.into_entries() {
            self.end_monitor(node, pid, reference, &monitor);
        }
        self.end_spawning(node, relations.spawning, reason);
        for (alias, _) in relations.aliases.iter() {
            self.nodes[node].aliases.remove(&alias.id());
        }
        for socket in relations.sockets {
            self.network.close_socket(self.log.now, socket);
            self.handle_network_output();
        }
    }

    /// Removes a process that goes down with its node; nobody is told.
    pub(super) fn remove_silently(&mut self, slot: SlotId) {
        if let Some(process) = self.processes.remove(slot) {
            self.processes.keep_unread(&process);
            self.processes.drop_later(process.body);
        }
    }

    /// Records that a process has panicked, with the place in the source.
    pub(crate) fn record_panic(&mut self, pid: Pid, exit: &Exit) {
        let Some((text, place)) = exit.as_panic() else { return };
        let Some(process) = self.processes.get(pid) else { return };
        let (node, label) = (process.node, Some(process.label()));
        self.record_as_cause(
            node,
            Fact::Process(ProcessFact::Panicked { pid: Some(pid), label, text, place }),
        );
    }
}
