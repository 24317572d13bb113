//! A process between two slices.

use std::collections::VecDeque;

use super::code::Place;
use crate::beam::identity::ProcessId;
use crate::beam::value::Value;

/// The time that a process waits for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    Off,
    /// It runs, and this is where to go on when it is over.
    On(Place),
    Over,
}

/// A process between two slices: registers, stack, messages.
pub struct Process {
    pid: ProcessId,
    pub(super) pid_value: Value,
    /// The registers that are needed.
    pub(super) registers: Vec<Value>,
    pub(super) stack: Vec<Value>,
    pub(super) place: Place,
    /// The return address; `NONE` when the process is then at its end.
    pub(super) back: Value,
    /// The process dictionary, in the order in which the keys came.
    pub(super) dictionary: Vec<(Value, Value)>,
    pub(super) mailbox: VecDeque<Value>,
    /// The number of messages of the mailbox that the present `receive` has seen.
    pub(super) seen: usize,
    pub(super) timer: Timer,
    pub(super) reductions: u64,
}

impl Process {
    pub(super) fn new(pid: ProcessId, pid_value: Value, place: Place, args: &[Value]) -> Process {
        Process {
            pid,
            pid_value,
            registers: args.to_vec(),
            stack: Vec::new(),
            place,
            back: Value::NONE,
            dictionary: Vec::new(),
            mailbox: VecDeque::new(),
            seen: 0,
            timer: Timer::Off,
            reductions: 0,
        }
    }

    /// Its identity.
    #[must_use]
    pub fn pid(&self) -> ProcessId {
        self.pid
    }

    /// Its identity as a value.
    #[must_use]
    pub fn pid_value(&self) -> Value {
        self.pid_value
    }

    /// The number of calls that it has made.
    #[must_use]
    pub fn reductions(&self) -> u64 {
        self.reductions
    }

    /// Puts a message at the end of its mailbox.
    pub fn deliver(&mut self, message: Value) {
        self.mailbox.push_back(message);
    }

    /// Takes the first message out of its mailbox.
    pub(in crate::beam) fn take_message(&mut self) -> Option<Value> {
        self.mailbox.pop_front()
    }

    /// Takes all messages out of its mailbox.
    pub(in crate::beam) fn take_messages(&mut self) -> Vec<Value> {
        self.mailbox.drain(..).collect()
    }

    /// Has it messages that its present `receive` has not seen?
    #[must_use]
    pub fn has_new_message(&self) -> bool {
        self.seen < self.mailbox.len()
    }

    /// The time that it waited for a message is over.
    pub fn time_out(&mut self) {
        if let Timer::On(place) = self.timer {
            self.timer = Timer::Over;
            self.place = place;
        }
    }

    /// Does a time run that it waits for a message at the most?
    #[must_use]
    pub fn has_timer(&self) -> bool {
        matches!(self.timer, Timer::On(_))
    }

    /// The values that a collection must keep.
    pub(super) fn visit(&mut self, visit: &mut dyn FnMut(&mut Value)) {
        visit(&mut self.pid_value);
        self.registers.iter_mut().for_each(&mut *visit);
        self.stack.iter_mut().for_each(&mut *visit);
        self.mailbox.iter_mut().for_each(&mut *visit);
        for (key, value) in &mut self.dictionary {
            visit(key);
            visit(value);
        }
    }
}

/// The processes of a node that do not run at the moment, by their places.
#[derive(Default)]
pub struct Processes {
    places: Vec<Option<Box<Process>>>,
    free: Vec<usize>,
}

impl Processes {
    pub(super) fn add(&mut self, process: Box<Process>) -> usize {
        if let Some(place) = self.free.pop() {
            self.places[place] = Some(process);
            return place;
        }
        self.places.push(Some(process));
        self.places.len() - 1
    }

    /// The process at a place, unless it is the one that runs or there is none.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&Process> {
        self.places.get(place)?.as_deref()
    }

    /// The process with this pid, unless it is the one that runs or there is none.
    pub(super) fn of(&self, pid: ProcessId) -> Option<&Process> {
        self.places.iter().flatten().map(|process| &**process).find(|process| process.pid == pid)
    }

    /// As [`Processes::get`], to change it.
    pub fn get_mut(&mut self, place: usize) -> Option<&mut Process> {
        self.places.get_mut(place)?.as_deref_mut()
    }

    /// Takes a process out, to run it.
    pub(super) fn take(&mut self, place: usize) -> Option<Box<Process>> {
        self.places.get_mut(place)?.take()
    }

    /// Puts a process back that was taken out.
    pub(super) fn put_back(&mut self, place: usize, process: Box<Process>) {
        self.places[place] = Some(process);
    }

    /// Gives the place of a process that was taken out to others.
    pub(super) fn release(&mut self, place: usize) {
        self.free.push(place);
    }

    pub(super) fn visit(&mut self, visit: &mut dyn FnMut(&mut Value)) {
        self.places.iter_mut().flatten().for_each(|process| process.visit(visit));
    }
}
