//! The life of a process: it is admitted, gets its turns, and ends.

use rand::seq::SliceRandom;

use super::exit::Exit;
use super::process::{Birth, Link, Process, Relations};
use super::signal::{Body, Control, Signal};
use super::world::State;
use crate::network::NodeId;
use crate::term::{Atom, Pid, Term};
use crate::trace::{Fact, RecordId};

impl State {
    /// Gives a new process its place. It gets its body later.
    pub(super) fn admit(
        &mut self,
        node: NodeId,
        label: Atom,
        parent: Option<Pid>,
        group_leader: Option<Pid>,
    ) -> Pid {
        let incarnation = self.node(node).incarnation;
        let (number, serial) = self.slots.vacancy();
        let place = self.node_mut(node);
        let index_on_node = place.processes.len() as u32;
        place.processes.push(number);
        let birth = place.spawned.checked_add(1).expect("fewer than 2^32 processes on one node");
        place.spawned = birth;
        let rng = place.draws.stream(birth.into());
        let cause = self.cause;
        let pid = Pid::of(incarnation, number, serial);
        let birth = Birth {
            pid,
            node,
            index_on_node,
            number: birth,
            label,
            parent,
            group_leader,
            cause,
            rng,
        };
        self.slots.move_in(Process::new(birth));
        if self.trace.is_full() {
            let spawned = self.tell(node, Fact::Spawned { pid, label, parent });
            if let Some(process) = self.process_mut(pid) {
                process.cause = spawned;
            }
        }
        pid
    }

    /// Gives a process its body; from now on it takes its turns.
    pub(super) fn animate(&mut self, pid: Pid, body: Body) {
        match self.process_mut(pid) {
            Some(process) => {
                process.body = Some(body);
                self.make_ready(pid.number());
            }
            None => self.graveyard.push(body),
        }
    }

    /// Gives a process its body back after a turn; one that has ended itself in it is buried.
    #[inline]
    pub(super) fn end_turn(&mut self, pid: Pid, body: Body) {
        let process = self.slots.find_mut(pid);
        let Some(process) = process else { return self.graveyard.push(body) };
        if let Some(reason) = process.exiting.take() {
            self.graveyard.push(body);
            self.terminate(pid.number(), pid, &reason);
            return;
        }
        process.body = Some(body);
        if process.has_work() && !process.flags.ready {
            process.flags.ready = true;
            self.ready.push_back(pid.number());
        }
    }

    /// The place of a process that is alive.
    #[inline]
    pub(super) fn slot_of(&self, pid: Pid) -> Option<u32> {
        self.node_of(pid).map(|_| pid.number())
    }

    /// The node of a process that is alive.
    #[inline]
    pub(super) fn node_of(&self, pid: Pid) -> Option<NodeId> {
        self.slots.node_of(pid)
    }

    #[inline]
    pub(super) fn process(&self, pid: Pid) -> Option<&Process> {
        self.slots.find(pid)
    }

    #[inline]
    pub(super) fn process_mut(&mut self, pid: Pid) -> Option<&mut Process> {
        self.slots.find_mut(pid)
    }

    /// Whether a process lives and has not ended itself in the middle of its turn.
    #[inline]
    pub(super) fn acts(&self, pid: Pid) -> bool {
        self.process(pid).is_some_and(Process::acts)
    }

    /// Whoever lives at this place.
    #[inline]
    pub(super) fn tenant(&mut self, number: u32) -> Option<&mut Process> {
        self.slots.tenant_mut(number)
    }

    /// Puts a process among the ready ones, if there is something to do for it.
    #[inline]
    pub(super) fn make_ready(&mut self, number: u32) {
        if let Some(process) = self.slots.tenant_mut(number)
            && process.is_to_be_woken()
        {
            process.flags.ready = true;
            self.ready.push_back(number);
        }
    }

    /// Hands a signal that is no message to a process here.
    pub(super) fn hand_in(&mut self, number: u32, control: Control) {
        let cause = self.cause;
        if let Some(process) = self.tenant(number) {
            process.enqueue(control, cause);
            self.make_ready(number);
        }
    }

    /// Begins a turn: the process deals with its signals. Returns its body, if it lives and has
    /// something to do.
    #[inline]
    pub(super) fn begin_turn(&mut self, number: u32) -> Option<(Pid, Body)> {
        let mut process = self.slots.tenant_mut(number)?;
        process.flags.ready = false;
        let (pid, node) = (process.pid, process.node);
        if self.paused > 0 && self.nodes[node.0 as usize].paused {
            self.node_mut(node).held.push(number);
            return None;
        }
        self.steps += 1;
        self.trace.step(self.now, u64::from(number) << 32 | u64::from(pid.serial()));
        if process.has_signals() {
            self.handle_signals(pid);
            process = self.slots.find_mut(pid)?;
        }
        self.cause = process.cause;
        if let Some(reason) = process.exiting.take() {
            self.terminate(number, pid, &reason);
            return None;
        }
        if !process.flags.due || process.suspensions > 0 {
            return None;
        }
        process.flags.due = false;
        process.flags.receiving = false;
        process.body.take().map(|body| (pid, body))
    }

    /// Lets a process deal with the signals that have reached it.
    pub(super) fn handle_signals(&mut self, pid: Pid) {
        let before = self.cause;
        while let Some((signal, cause)) = self.process_mut(pid).and_then(Process::next_signal) {
            self.cause = cause;
            match signal {
                Signal::Message(message) => self.settle_message(pid, message),
                Signal::Control(control) => self.settle_control(pid, *control),
            }
        }
        self.cause = before;
    }

    /// A message that has waited behind other signals is in the mailbox now.
    fn settle_message(&mut self, pid: Pid, message: Term) {
        if self.trace.is_full() {
            self.tell_delivery(pid, &message);
        }
        let cause = self.cause;
        if let Some(process) = self.process_mut(pid) {
            process.take_message(message, cause);
        }
    }

    fn settle_control(&mut self, pid: Pid, control: Control) {
        self.handle_control(pid, control);
        let cause = self.cause;
        if let Some(process) = self.process_mut(pid)
            && process.exiting.is_some()
        {
            process.cause = cause;
        }
    }

    /// Why the process ends although its body could go on.
    pub(super) fn exiting(&mut self, pid: Pid) -> Option<Term> {
        self.process_mut(pid)?.exiting.take().map(|reason| *reason)
    }

    /// Ends a process: what it held is free before anybody is told (A48), then its links and its
    /// monitors learn of it in an order that nobody can rely on (A37).
    pub(super) fn terminate(&mut self, number: u32, pid: Pid, reason: &Term) {
        if self.slot_of(pid).is_none() {
            return;
        }
        let Some(mut process) = self.vacate(number) else { return };
        let node = process.node;
        self.keep_unread(&process);
        if self.is_worth_telling(&process, reason) {
            let (label, reason) = (process.label(), reason.clone());
            self.cause = self.tell(node, Fact::Exited { pid, label, reason });
        }
        if let Some(name) = process.name {
            self.node_mut(node).names.remove(name);
        }
        if self.node(node).listener == Some(pid) {
            self.node_mut(node).listener = None;
            self.network.listen(node, false);
        }
        self.graveyard.extend(process.body.take());
        if let Some(relations) = process.relations.take() {
            self.part(node, pid, *relations, reason);
        }
        let cause = self.cause;
        for (signal, sent) in process.into_signals() {
            match signal {
                Signal::Message(message) => {
                    self.cause = sent;
                    self.drop_message(node, pid.into(), message);
                    self.cause = cause;
                }
                Signal::Control(control) => self.answer_for_dead(node, pid, &control),
            }
        }
    }

    /// Everybody in a full trace; in a story the registered ones and those that broke.
    fn is_worth_telling(&self, process: &Process, reason: &Term) -> bool {
        self.trace.is_full()
            || process.name.is_some()
            || !["normal", "shutdown", "killed"].iter().any(|usual| reason.is_atom(usual))
    }

    /// Takes a process out of its place and off its node.
    fn vacate(&mut self, number: u32) -> Option<Process> {
        let process = self.slots.move_out(number)?;
        let processes = &mut self.nodes[process.node.0 as usize].processes;
        let index = process.index_on_node as usize;
        processes.swap_remove(index);
        if let Some(moved) = processes.get(index).copied()
            && let Some(moved) = self.tenant(moved)
        {
            moved.index_on_node = index as u32;
        }
        Some(process)
    }

    /// A process goes down with its node; nobody is told.
    pub(super) fn remove_silently(&mut self, number: u32) {
        if let Some(process) = self.slots.move_out(number) {
            self.keep_unread(&process);
            self.graveyard.extend(process.body);
        }
    }

    fn keep_unread(&mut self, process: &Process) {
        if process.relations.as_ref().is_some_and(|relations| relations.keeps_unread) {
            self.unread.insert(process.pid, process.unread());
        }
    }

    /// Writes down that a process has panicked, and where in the source.
    pub(super) fn tell_panic(&mut self, pid: Pid, exit: &Exit) {
        let Some((text, place)) = exit.as_panic() else { return };
        let Some(process) = self.process(pid) else { return };
        let (node, label) = (process.node, process.label());
        self.cause =
            self.tell(node, Fact::Panicked { pid: Some(pid), label: Some(label), text, place });
    }

    fn part(&mut self, node: NodeId, pid: Pid, relations: Relations, reason: &Term) {
        let mut links: Vec<(Pid, Link)> = relations.links.into_iter().collect();
        links.shuffle(&mut self.rng);
        for (peer, link) in links {
            self.unwatch_link(node, pid, peer);
            if link == Link::Active {
                let exit = Control::LinkExit { from: pid, reason: reason.clone() };
                self.control(node, pid, peer, exit);
            }
        }
        let mut watchers: Vec<_> = relations.watchers.into_iter().collect();
        watchers.shuffle(&mut self.rng);
        for (reference, watcher) in watchers {
            self.unwatch_watched(node, watcher, reference);
            self.control(node, pid, watcher, Control::Down { reference, reason: reason.clone() });
        }
        for (reference, monitor) in relations.monitors {
            self.end_monitor(node, pid, reference, &monitor);
        }
        for alias in relations.aliases.keys() {
            self.node_mut(node).aliases.remove(&alias.id());
        }
        let now = self.now;
        for socket in relations.sockets {
            self.network.close_socket(now, socket);
            self.handle_network_output();
        }
    }

    /// A message has reached a process here: it is in its mailbox, or waits behind other signals.
    #[inline(always)]
    pub(super) fn deliver_message(&mut self, number: u32, message: Term) {
        let before = self.cause;
        if self.trace.is_full() {
            self.record_delivery(number, &message);
        }
        let cause = std::mem::replace(&mut self.cause, before);
        if let Some(process) = self.slots.tenant_mut(number) {
            process.receive(message, cause);
            if process.is_to_be_woken() {
                process.flags.ready = true;
                self.ready.push_back(number);
            }
        }
    }

    fn record_delivery(&mut self, number: u32, message: &Term) {
        // What waits behind other signals is not in the mailbox yet.
        if let Some(process) = self.tenant(number)
            && !process.has_signals()
        {
            let pid = process.pid;
            self.tell_delivery(pid, message);
        }
    }

    /// Writes down that a message is in the mailbox now, and takes that as the cause of what follows.
    pub(super) fn tell_delivery(&mut self, to: Pid, message: &Term) {
        if let Some(node) = self.process(to).map(|process| process.node) {
            self.cause = self.tell(node, Fact::Delivered { to, message: message.clone() });
        }
    }

    /// A message is lost.
    pub(super) fn drop_message(&mut self, node: NodeId, to: Term, message: Term) {
        if self.trace.is_full() {
            let _: RecordId = self.tell(node, Fact::Dropped { to, message });
        }
    }
}
