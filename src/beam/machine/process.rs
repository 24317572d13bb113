//! A process between two slices.

use std::collections::{BTreeMap, VecDeque};

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use super::code::Place;
use super::dictionary::Dictionary;
use super::sequence::{NO_TOKEN, Sequence};
use super::settings::Settings;
use crate::beam::atom::{self, AtomIndex};
use crate::beam::heap::Heap;
use crate::beam::identity::ProcessId;
use crate::beam::value::{Value, tag};

/// The time that a process waits for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    Off,
    /// It runs, and this is where to go on when it is over.
    On(Place),
    Over,
}

/// A place in the mailbox before which there can be no message with a reference.
#[derive(Clone, Copy, Debug)]
struct Mark {
    number: i64,
    /// The reference, once it has been made.
    reference: Value,
    /// The number of messages of the mailbox before it.
    place: usize,
}

/// The most marks that a process has.
const MARKS_MAX: usize = 8;

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
    /// The process dictionary.
    pub(super) dictionary: Dictionary,
    pub(super) mailbox: VecDeque<Value>,
    /// The number of messages of the mailbox that the present `receive` has seen.
    pub(super) seen: usize,
    /// The number of messages at the front of the mailbox that a collection has seen.
    settled: usize,
    /// It has run since the last collection: its registers and its stack may refer to what is new.
    pub(super) has_run: bool,
    marks: Vec<Mark>,
    last_mark: i64,
    pub(super) timer: Timer,
    pub(super) reductions: u64,
    /// Its reductions when it hibernated last.
    pub(super) hibernated_at: u64,
    /// It waits for a message.
    pub(super) is_waiting: bool,
    /// It has forgotten what it was doing, until it runs again.
    pub(super) hibernates: bool,
    pub(super) settings: Settings,
    /// The function that it was started with.
    pub(super) initial_call: (AtomIndex, AtomIndex, u8),
    /// The processes that it has suspended, and how often.
    pub(super) suspending: BTreeMap<ProcessId, u32>,
    /// Its token of sequential tracing and those of its messages, once it has met one.
    pub(super) sequence: Option<Box<Sequence>>,
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
            dictionary: Dictionary::default(),
            mailbox: VecDeque::new(),
            seen: 0,
            settled: 0,
            has_run: true,
            marks: Vec::new(),
            last_mark: 0,
            timer: Timer::Off,
            reductions: 0,
            hibernated_at: 0,
            is_waiting: false,
            hibernates: false,
            settings: Settings::default(),
            initial_call: (atom::ERLANG, atom::APPLY, 2),
            suspending: BTreeMap::new(),
            sequence: None,
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

    /// The words of the heap that it can reach, without those of messages that do not belong to it yet.
    pub(super) fn words(&self, heap: &Heap) -> usize {
        let pairs = self.dictionary.iter().flat_map(|(key, value)| [key, value]);
        let has_messages = self.settings.message_queue_data == atom::ON_HEAP;
        let messages = self.mailbox.iter().filter(|_| has_messages);
        let values = self.registers.iter().chain(&self.stack).chain(messages).copied();
        heap.reached_words(values.chain(pairs))
    }

    /// Does it run the code of an image, or will it return to it?
    pub(super) fn runs(&self, image: u32) -> bool {
        let is_place = |word: &Value| {
            (word.has_tag(tag::CODE) || word.has_tag(tag::CATCH)) && Place::of(*word).image == image
        };
        self.place.image == image || is_place(&self.back) || self.stack.iter().any(is_place)
    }

    /// The number of handlers of exceptions on its stack.
    pub(super) fn catches(&self) -> usize {
        self.stack.iter().filter(|word| word.has_tag(tag::CATCH)).count()
    }

    /// The processes that it has suspended.
    pub(super) fn suspended(&self) -> impl Iterator<Item = ProcessId> {
        self.suspending.keys().copied()
    }

    /// The number of calls that it has made.
    #[must_use]
    pub fn reductions(&self) -> u64 {
        self.reductions
    }

    /// Puts a message at the end of its mailbox.
    pub fn deliver(&mut self, message: Value) {
        self.deliver_with(message, NO_TOKEN);
    }

    /// Puts a message at the end of its mailbox that carries a token, or `[]`.
    #[inline]
    pub(in crate::beam) fn deliver_with(&mut self, message: Value, token: Value) {
        let has_token = !token.is_nil() && token != NO_TOKEN;
        if has_token || self.sequence.is_some() {
            self.sequence().deliver(token);
        }
        self.mailbox.push_back(message);
    }

    #[cold]
    fn sequence(&mut self) -> &mut Sequence {
        let messages = self.mailbox.len();
        self.sequence.get_or_insert_with(|| Box::new(Sequence::new(messages)))
    }

    /// The token of the message that it sends now.
    #[inline]
    pub(in crate::beam) fn take_outgoing_token(&mut self) -> Value {
        self.sequence.as_mut().map_or(Value::NIL, |sequence| sequence.take_outgoing())
    }

    /// It has just been started, and gets the token of the one that did so.
    pub(super) fn inherit_token(&mut self, heap: &Heap, token: Value) {
        if !token.is_nil() {
            self.sequence = Some(Box::new(Sequence::inherited(heap, token, self.mailbox.len())));
        }
    }

    /// Takes the first message out of its mailbox.
    pub(in crate::beam) fn take_message(&mut self) -> Option<Value> {
        self.remove_message(0)
    }

    /// Takes all messages out of its mailbox.
    pub(in crate::beam) fn take_messages(&mut self) -> Vec<Value> {
        self.marks.clear();
        self.settled = 0;
        if let Some(sequence) = &mut self.sequence {
            sequence.clear();
        }
        self.mailbox.drain(..).collect()
    }

    /// Takes a message out of its mailbox.
    pub(super) fn remove_message(&mut self, place: usize) -> Option<Value> {
        for mark in self.marks.iter_mut().filter(|mark| place < mark.place) {
            mark.place -= 1;
        }
        self.settled -= usize::from(place < self.settled);
        if let Some(sequence) = &mut self.sequence {
            sequence.remove(place);
        }
        // The first message is the one that is taken most often.
        if place == 0 { self.mailbox.pop_front() } else { self.mailbox.remove(place) }
    }

    /// Notes the present end of the mailbox, for a reference that is made now.
    pub(super) fn reserve_mark(&mut self) -> Value {
        if self.marks.len() == MARKS_MAX {
            self.marks.remove(0);
        }
        self.last_mark += 1;
        let place = self.mailbox.len();
        self.marks.push(Mark { number: self.last_mark, reference: Value::NONE, place });
        Value::small(self.last_mark)
    }

    /// The mark is for this reference.
    pub(super) fn bind_mark(&mut self, mark: Value, reference: Value) {
        let mark = self.marks.iter_mut().find(|known| Some(known.number) == mark.as_small());
        if let Some(mark) = mark {
            mark.reference = reference;
        }
    }

    /// The mark of a reference, or a mark itself, is no longer needed.
    pub(super) fn clear_mark(&mut self, heap: &Heap, reference: Value) {
        self.marks.retain(|mark| {
            Some(mark.number) != reference.as_small()
                && (mark.reference == Value::NONE || !heap.equals(mark.reference, reference))
        });
    }

    /// The receive that begins looks at nothing before the mark of the reference.
    pub(super) fn use_mark(&mut self, heap: &Heap, reference: Value) {
        let marks = self.marks.iter();
        let mut marks = marks.filter(|mark| mark.reference != Value::NONE);
        if let Some(mark) = marks.find(|mark| heap.equals(mark.reference, reference)) {
            self.seen = self.seen.max(mark.place);
        }
    }

    /// Has it messages that its present `receive` has not seen?
    #[must_use]
    pub fn has_new_message(&self) -> bool {
        self.seen < self.mailbox.len()
    }

    /// Has it anything to do: a message that it has not seen, or code between two slices?
    pub(super) fn is_ready(&self) -> bool {
        self.has_new_message() || !self.is_waiting
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

    /// The values that a collection of what is new must keep.
    pub(super) fn visit_new(&mut self, visit: &mut dyn FnMut(&mut Value)) {
        if self.has_run {
            self.visit_state(visit);
            self.has_run = false;
        }
        if let Some(sequence) = &mut self.sequence {
            sequence.visit(visit);
        }
        self.mailbox.range_mut(self.settled..).for_each(&mut *visit);
        self.settled = self.mailbox.len();
    }

    /// The values that a collection of the whole heap must keep.
    pub(super) fn visit(&mut self, visit: &mut dyn FnMut(&mut Value)) {
        self.settled = 0;
        self.has_run = true;
        self.visit_new(visit);
    }

    fn visit_state(&mut self, visit: &mut dyn FnMut(&mut Value)) {
        visit(&mut self.pid_value);
        self.registers.iter_mut().for_each(&mut *visit);
        self.stack.iter_mut().for_each(&mut *visit);
        self.marks.iter_mut().for_each(|mark| visit(&mut mark.reference));
        self.dictionary.visit(visit);
    }
}

/// The processes of a node that do not run at the moment, by their places.
pub struct Processes {
    places: Vec<Option<Box<Process>>>,
    /// The place of each process.
    by_pid: HashMap<ProcessId, usize, FxBuildHasher>,
    free: Vec<usize>,
    /// The most frames of a stack trace, as `system_flag(backtrace_depth, Frames)` sets it.
    trace_depth: usize,
}

impl Default for Processes {
    fn default() -> Processes {
        Processes {
            places: Vec::new(),
            by_pid: HashMap::default(),
            free: Vec::new(),
            trace_depth: 8,
        }
    }
}

impl Processes {
    /// The number of processes.
    pub(super) fn count(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Sets the most frames of a stack trace, and returns what it was.
    pub(in crate::beam) fn set_trace_depth(&mut self, frames: usize) -> usize {
        std::mem::replace(&mut self.trace_depth, frames)
    }

    /// Are there stack traces of processes that run?
    pub(super) fn shows_traces(&self) -> bool {
        self.trace_depth > 0
    }

    /// The most frames of a stack trace; there is always one.
    pub(super) fn frames_max(&self) -> usize {
        self.trace_depth.max(1)
    }

    pub(super) fn add(&mut self, process: Box<Process>) -> usize {
        let pid = process.pid;
        let place = if let Some(place) = self.free.pop() {
            self.places[place] = Some(process);
            place
        } else {
            self.places.push(Some(process));
            self.places.len() - 1
        };
        // The code that runs when a module is loaded has the pid of a process that goes on.
        self.by_pid.entry(pid).or_insert(place);
        place
    }

    /// The process at a place, unless it is the one that runs or there is none.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&Process> {
        self.places.get(place)?.as_deref()
    }

    /// All of them, in the order of their places.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Process> {
        self.places.iter().flatten().map(|process| &**process)
    }

    /// The process with this pid, unless it is the one that runs or there is none.
    pub(super) fn of(&self, pid: ProcessId) -> Option<&Process> {
        self.get(*self.by_pid.get(&pid)?)
    }

    /// As [`Processes::of`], to change it.
    pub(super) fn of_mut(&mut self, pid: ProcessId) -> Option<&mut Process> {
        self.get_mut(*self.by_pid.get(&pid)?)
    }

    /// As [`Processes::get`], to change it.
    pub fn get_mut(&mut self, place: usize) -> Option<&mut Process> {
        self.places.get_mut(place)?.as_deref_mut()
    }

    /// No process has a token any more.
    pub(super) fn reset_sequences(&mut self) {
        for process in self.places.iter_mut().flatten() {
            process.sequence = None;
        }
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
    pub(super) fn release(&mut self, place: usize, pid: ProcessId) {
        if self.by_pid.get(&pid) == Some(&place) {
            self.by_pid.remove(&pid);
        }
        self.free.push(place);
    }

    /// The values of all of them that a collection must keep, of the whole heap or of what is new.
    pub(super) fn visit(&mut self, is_whole: bool, visit: &mut dyn FnMut(&mut Value)) {
        for process in self.places.iter_mut().flatten() {
            if is_whole { process.visit(visit) } else { process.visit_new(visit) }
        }
    }
}
