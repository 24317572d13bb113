//! All processes of a world: the slots that hold them, the run queue, and the bodies that come and go.

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use rand::RngExt;

use super::content::Content;
use super::process::{Process, SpareQueues};
use super::signal::{Body, Control, Signal, Start};
use super::slots::{SlotId, Slots};
use crate::engine::network::NodeId;
use crate::engine::rng::Stream;
use crate::engine::term::{Atom, Incarnation, Pid, Term};
use crate::engine::trace::RecordId;

/// All processes, and the queue of those that are ready to run.
#[derive(Default)]
pub(super) struct Processes {
    slots: Slots,
    run_queue: VecDeque<SlotId>,
    /// Processes that have no body yet.
    to_spawn: Vec<(Pid, Start)>,
    to_drop: Garbage,
    spare: SpareQueues,
    /// The unread messages of processes that have ended, where they were to be kept.
    unread: BTreeMap<Pid, Vec<Term>>,
}

/// Values that may run code of users when they are dropped, which is not done inside of the world.
#[derive(Default)]
pub(super) struct Garbage {
    /// The bodies of processes that have ended.
    pub bodies: Vec<Body>,
    /// The values that the processes of a node shared.
    pub locals: Vec<Rc<dyn Any>>,
}

impl Garbage {
    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        self.bodies.is_empty() && self.locals.is_empty()
    }
}

/// Finding processes.
impl Processes {
    /// A process that is alive.
    #[inline]
    pub(super) fn get(&self, pid: Pid) -> Option<&Process> {
        self.slots.find(pid)
    }

    /// A process that is alive.
    #[inline]
    pub(super) fn get_mut(&mut self, pid: Pid) -> Option<&mut Process> {
        self.slots.find_mut(pid)
    }

    /// The process in a slot.
    #[inline]
    pub(super) fn at(&self, slot: SlotId) -> Option<&Process> {
        self.slots.at(slot)
    }

    /// The process in a slot.
    #[inline]
    pub(super) fn at_mut(&mut self, slot: SlotId) -> Option<&mut Process> {
        self.slots.at_mut(slot)
    }

    /// The slot of a process that is alive.
    #[inline]
    pub(super) fn slot_of(&self, pid: Pid) -> Option<SlotId> {
        self.slots.slot_of(pid)
    }

    /// The node of a process that is alive.
    #[inline]
    pub(super) fn node_of(&self, pid: Pid) -> Option<NodeId> {
        self.slots.node_of(pid)
    }

    /// Returns whether a process is alive and has not ended itself in the middle of its turn.
    #[inline]
    pub(super) fn is_active(&self, pid: Pid) -> bool {
        self.get(pid).is_some_and(Process::is_active)
    }
}

/// Processes that begin and end.
impl Processes {
    /// A pid for a new process on a node of this incarnation.
    pub(super) fn new_pid(&mut self, incarnation: Incarnation) -> (SlotId, Pid) {
        let (slot, serial) = self.slots.free_slot();
        (slot, Pid::of(incarnation, slot.number(), serial))
    }

    /// Adds a process that has no body yet.
    pub(super) fn insert(&mut self, process: Process) {
        self.slots.insert(process);
    }

    /// Takes a process out; its pid is never used again.
    pub(super) fn remove(&mut self, slot: SlotId) -> Option<Process> {
        self.slots.remove(slot)
    }

    /// The process gets its body as soon as the world is free to run code of users.
    pub(super) fn spawn_later(&mut self, pid: Pid, start: Start) {
        self.to_spawn.push((pid, start));
    }

    /// Gives a process its body; from now on it takes its turns.
    pub(super) fn set_body(&mut self, pid: Pid, body: Body) {
        match self.get_mut(pid) {
            Some(process) => {
                process.body = Some(body);
                self.wake(SlotId::of(pid));
            }
            None => self.drop_later(Some(body)),
        }
    }

    /// Drops the body of a process that has ended, outside of the world.
    pub(super) fn drop_later(&mut self, body: Option<Body>) {
        self.to_drop.bodies.extend(body);
    }

    /// Drops the values that the processes of a node shared, outside of the world.
    pub(super) fn drop_locals_later(&mut self, locals: impl IntoIterator<Item = Rc<dyn Any>>) {
        self.to_drop.locals.extend(locals);
    }

    /// Returns whether bodies wait to be made or dropped.
    #[inline]
    pub(super) const fn has_bodies_to_make_or_drop(&self) -> bool {
        !(self.to_spawn.is_empty() && self.to_drop.is_empty())
    }

    /// Takes the bodies that wait to be made, and those that wait to be dropped.
    pub(super) fn take_bodies(&mut self) -> (Vec<(Pid, Start)>, Garbage) {
        (std::mem::take(&mut self.to_spawn), std::mem::take(&mut self.to_drop))
    }

    /// Keeps the messages that a process has not read, if it was asked to.
    pub(super) fn keep_unread(&mut self, process: &Process) {
        if process.relations.as_ref().is_some_and(|relations| relations.keeps_unread) {
            self.unread.insert(process.pid, process.unread());
        }
    }

    /// The messages that a process has not read; of one that has ended those that were kept.
    pub(super) fn unread(&self, pid: Pid) -> Vec<Term> {
        match self.get(pid) {
            Some(process) => process.unread(),
            None => self.unread.get(&pid).cloned().unwrap_or_default(),
        }
    }
}

/// Waking processes.
impl Processes {
    /// Puts a process into the run queue, if it has work and is not there yet.
    #[inline]
    pub(super) fn wake(&mut self, slot: SlotId) {
        if let Some(process) = self.slots.at_mut(slot)
            && process.should_be_queued()
        {
            process.flags.queued = true;
            self.run_queue.push_back(slot);
        }
    }

    /// Puts a message into the mailbox of a process, or behind the signals that it has not handled.
    #[inline(always)]
    pub(super) fn receive(&mut self, slot: SlotId, message: Content, cause: RecordId) {
        if let Some(process) = self.slots.at_mut(slot) {
            process.receive(message, cause);
            if process.should_be_queued() {
                process.flags.queued = true;
                self.run_queue.push_back(slot);
            }
        }
    }

    /// Gives a process a signal other than a message.
    pub(super) fn enqueue(&mut self, slot: SlotId, control: Control, cause: RecordId) {
        if let Some(process) = self.slots.at_mut(slot) {
            process.enqueue(control, cause, &mut self.spare);
            self.wake(slot);
        }
    }

    /// Takes the next signal that a process has not handled.
    pub(super) fn next_signal(&mut self, pid: Pid) -> Option<(Signal, RecordId)> {
        self.slots.find_mut(pid)?.next_signal(&mut self.spare)
    }

    /// Lets the body of a process go on because of this record.
    pub(super) fn resume(&mut self, pid: Pid, cause: RecordId) {
        if let Some(process) = self.get_mut(pid) {
            process.cause = cause;
            process.flags.runnable = true;
            self.wake(SlotId::of(pid));
        }
    }

    /// Gives a process its body back after a turn. Returns the body of one that has ended.
    #[inline]
    pub(super) fn end_turn(&mut self, pid: Pid, body: Body) -> Option<Body> {
        let Some(process) = self.slots.find_mut(pid) else { return Some(body) };
        if process.exiting.is_some() {
            return Some(body);
        }
        process.body = Some(body);
        if process.has_work() && !process.flags.queued {
            process.flags.queued = true;
            self.run_queue.push_back(SlotId::of(pid));
        }
        None
    }

    /// Returns whether no process is ready to run.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        self.run_queue.is_empty()
    }

    /// Takes the process out of the run queue that became ready first.
    #[inline]
    pub(super) fn next_ready(&mut self) -> Option<SlotId> {
        self.run_queue.pop_front()
    }

    /// Takes one of the ready processes out of the run queue, at random.
    #[inline]
    pub(super) fn random_ready(&mut self, rng: &mut Stream) -> Option<SlotId> {
        let ready = self.run_queue.len();
        if ready > 1 {
            let index = rng.random_range(0..ready);
            return self.run_queue.swap_remove_front(index);
        }
        self.run_queue.pop_front()
    }

    /// The labels of the ready processes with their numbers, most frequent first.
    pub(super) fn ready_by_label(&self) -> Vec<(Atom, usize)> {
        let mut counts: BTreeMap<Atom, usize> = BTreeMap::new();
        for slot in &self.run_queue {
            if let Some(process) = self.slots.at(*slot) {
                *counts.entry(process.label()).or_default() += 1;
            }
        }
        let mut ready: Vec<_> = counts.into_iter().collect();
        ready.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        ready
    }
}
