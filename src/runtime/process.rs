//! A process as the runtime holds it.

use std::collections::{BTreeMap, VecDeque};

use super::context::SpawnReplies;
use super::mailbox::Mailbox;
use super::signal::{Body, Control, Signal};
use crate::network::NodeId;
use crate::rng::Stream;
use crate::term::{Atom, Pid, Ref, Term};
use crate::trace::RecordId;

/// The lines of the cache in order: what a message needs, what a turn needs, what few ask for.
#[repr(C, align(64))]
pub(super) struct Process {
    pub mailbox: Mailbox,
    pub flags: Flags,
    /// The record of what its body acts upon: the message that it took last, the timer that woke it,
    /// or its own beginning.
    pub cause: RecordId,
    /// The peers to which it has sent more than the limit; it goes on when there are none (A7).
    pub suspensions: u32,
    pub node: NodeId,

    pub pid: Pid,
    pub body: Option<Body>,
    /// What has arrived and not been dealt with, from the first signal on that is no message.
    /// Messages go to the mailbox at once while there is none.
    #[expect(clippy::box_collection, reason = "most processes have none")]
    signals: Option<Box<VecDeque<(Signal, RecordId)>>>,
    /// Set when the process has ended itself in the middle of a step.
    pub exiting: Option<Box<Term>>,
    pub rng: Stream,

    pub relations: Option<Box<Relations>>,
    pub label: Atom,
    pub name: Option<Atom>,
    pub parent: Option<Pid>,
    pub group_leader: Pid,
    /// It was the so-manieth process of its node, in all incarnations.
    pub birth: u32,
    /// Its place among the processes of its node.
    pub index_on_node: u32,
}

/// What a process is known by from its birth on.
pub(super) struct Birth {
    pub pid: Pid,
    pub node: NodeId,
    pub index_on_node: u32,
    pub number: u32,
    pub label: Atom,
    pub parent: Option<Pid>,
    pub group_leader: Option<Pid>,
    pub cause: RecordId,
    pub rng: Stream,
}

#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, asked one at a time")]
pub(super) struct Flags {
    pub trap_exit: bool,
    /// It is among the ready processes.
    pub ready: bool,
    /// Its body wants to go on.
    pub due: bool,
    /// Its body waits for a message.
    pub receiving: bool,
}

/// How a process is bound to others. Most processes are not.
#[derive(Debug, Default)]
pub(super) struct Relations {
    /// What it has not read is kept when it ends.
    pub keeps_unread: bool,
    pub links: BTreeMap<Pid, Link>,
    /// The monitors that it has set.
    pub monitors: BTreeMap<Ref, Monitor>,
    /// The monitors that are set on it.
    pub watchers: BTreeMap<Ref, Pid>,
    pub aliases: BTreeMap<Ref, AliasMode>,
    /// Processes that other nodes have been asked to start.
    pub spawning: BTreeMap<Ref, Spawning>,
    pub sockets: Vec<crate::network::Socket>,
}

/// One side's view of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Active,
    /// `unlink/1` was called, and the other side has not confirmed it; exits are ignored (A34).
    Unlinking(u64),
}

/// A process that another node has been asked to start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spawning {
    pub link: bool,
    pub monitor: Option<Ref>,
    pub child: Option<Pid>,
    /// Which answers come as messages (A62); none if the body waits for the answer.
    pub replies: Option<SpawnReplies>,
}

#[derive(Clone, Debug)]
pub(super) struct Monitor {
    pub node: NodeId,
    /// What the `'DOWN'` message names: a pid, or `{Name,Node}` (A40).
    pub object: Term,
    pub tag: Atom,
    /// The monitor is by name or by pid; the other side finds it by its reference.
    pub target: super::signal::Target,
}

/// When an alias ends by itself (A50, A51).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AliasMode {
    /// Only by `unalias/1`.
    ExplicitUnalias,
    /// With the monitor that it was made with.
    Demonitor,
    /// With the first message sent to it, and then the monitor ends too.
    ReplyDemonitor,
}

impl Process {
    /// A process that has no body yet.
    pub(super) fn new(birth: Birth) -> Process {
        let Birth { pid, node, index_on_node, number, label, parent, group_leader, cause, rng } =
            birth;
        Process {
            pid,
            node,
            flags: Flags { due: true, ..Flags::default() },
            cause,
            suspensions: 0,
            body: None,
            mailbox: Mailbox::default(),
            signals: None,
            relations: None,
            rng,
            exiting: None,
            label,
            name: None,
            parent,
            group_leader: group_leader.unwrap_or(pid),
            birth: number,
            index_on_node,
        }
    }

    pub(super) fn relations(&mut self) -> &mut Relations {
        self.relations.get_or_insert_default()
    }

    /// The name by which people know it.
    pub(super) fn label(&self) -> Atom {
        self.name.unwrap_or(self.label)
    }

    /// Whether it has not ended itself in the middle of its turn.
    #[inline]
    pub(super) const fn acts(&self) -> bool {
        self.exiting.is_none()
    }

    /// Whether it can go on where it waits for something: it acts, and is not suspended. One that is
    /// suspended looks again when it is released (A7).
    #[inline]
    pub(super) const fn goes_on(&mut self) -> bool {
        self.flags.due |= self.suspensions > 0;
        self.suspensions == 0 && self.acts()
    }

    /// Takes a message in.
    #[inline]
    pub(super) fn receive(&mut self, message: Term, cause: RecordId) {
        match &mut self.signals {
            None => self.take_message(message, cause),
            Some(signals) => signals.push_back((Signal::Message(message), cause)),
        }
    }

    /// Takes a signal in that is no message.
    pub(super) fn enqueue(&mut self, control: Control, cause: RecordId) {
        let signals = self.signals.get_or_insert_default();
        signals.push_back((Signal::control(control), cause));
    }

    #[inline]
    pub(super) fn take_message(&mut self, message: Term, cause: RecordId) {
        self.mailbox.push(message, cause);
        self.flags.due |= self.flags.receiving;
    }

    /// Whether something has arrived that it has not dealt with.
    #[inline]
    pub(super) const fn has_signals(&self) -> bool {
        self.signals.is_some()
    }

    /// Whether there is something to do for it.
    #[inline]
    pub(super) const fn has_work(&self) -> bool {
        self.flags.due || self.has_signals()
    }

    /// Whether it has something to do, and is not among the ready processes.
    #[inline]
    pub(super) const fn is_to_be_woken(&self) -> bool {
        !self.flags.ready && self.body.is_some() && self.has_work()
    }

    /// The next thing that has arrived and waits to be dealt with.
    pub(super) fn next_signal(&mut self) -> Option<(Signal, RecordId)> {
        let signals = self.signals.as_mut()?;
        let next = signals.pop_front();
        if signals.is_empty() {
            self.signals = None;
        }
        next
    }

    /// The messages that have arrived and that it has not taken.
    pub(super) fn unread(&self) -> Vec<Term> {
        let arrived = self.signals.iter().flat_map(|signals| signals.iter());
        let arrived = arrived.filter_map(|(signal, _)| match signal {
            Signal::Message(message) => Some(message),
            Signal::Control(_) => None,
        });
        self.mailbox.messages().chain(arrived).cloned().collect()
    }

    /// All that has arrived and has not been dealt with, with the records that led to it.
    pub(super) fn into_signals(self) -> impl Iterator<Item = (Signal, RecordId)> {
        self.signals.into_iter().flat_map(|signals| *signals)
    }
}
