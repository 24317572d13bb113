//! A process as the runtime holds it.

use std::collections::{BTreeMap, VecDeque};

use super::mailbox::Mailbox;
use super::signal::{Body, Control, Signal};
use crate::network::NodeId;
use crate::rng::Stream;
use crate::term::{Atom, Pid, Ref, Term};
use crate::trace::RecordId;

/// A place for a process; its number is the pid's, its serial tells its tenants apart.
#[derive(Default)]
pub(super) struct Slot {
    pub serial: u32,
    pub process: Option<Box<Process>>,
}

pub(super) struct Process {
    pub pid: Pid,
    pub node: NodeId,
    /// Its place among the processes of its node.
    pub index_on_node: u32,
    /// It was the so-manieth process of its node, in all incarnations.
    pub birth: u64,
    pub label: Atom,
    pub parent: Option<Pid>,
    pub group_leader: Pid,
    pub name: Option<Atom>,
    pub flags: Flags,
    pub body: Option<Body>,
    pub mailbox: Mailbox,
    /// What has arrived and not been dealt with. Messages go to the mailbox at once while nothing
    /// but messages has arrived.
    pub signals: VecDeque<(Signal, RecordId)>,
    pub relations: Option<Box<Relations>>,
    /// The peers to which it has sent more than the limit; it goes on when there are none (A7).
    pub suspensions: u32,
    /// Set when the process has ended itself in the middle of a step.
    pub exiting: Option<Term>,
    /// The record of what its body acts upon: the message that it took last, the timer that woke it,
    /// or its own beginning.
    pub cause: RecordId,
    pub rng: Option<Box<Stream>>,
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
    /// The answer comes as a message (A62).
    pub by_message: bool,
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
    pub(super) fn relations(&mut self) -> &mut Relations {
        self.relations.get_or_insert_default()
    }

    /// The name by which people know it.
    pub(super) fn label(&self) -> Atom {
        self.name.unwrap_or(self.label)
    }

    /// Takes a signal in.
    pub(super) fn enqueue(&mut self, signal: Signal, cause: RecordId) {
        match signal {
            Signal::Message(message) if self.signals.is_empty() => {
                self.take_message(message, cause);
            }
            Signal::Message(_) | Signal::Control(_) => self.signals.push_back((signal, cause)),
        }
    }

    pub(super) fn take_message(&mut self, message: Term, cause: RecordId) {
        self.mailbox.push(message, cause);
        self.flags.due |= self.flags.receiving;
    }

    /// Whether there is something to do for it.
    pub(super) fn has_work(&self) -> bool {
        self.flags.due || !self.signals.is_empty()
    }

    /// The next thing that has arrived and is not a message; messages before it go to the mailbox.
    pub(super) fn next_control(&mut self) -> Option<(Control, RecordId)> {
        while let Some((signal, cause)) = self.signals.pop_front() {
            match signal {
                Signal::Message(message) => self.take_message(message, cause),
                Signal::Control(control) => return Some((*control, cause)),
            }
        }
        None
    }
}
