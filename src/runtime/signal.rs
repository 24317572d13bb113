//! Signals: everything that reaches a process from outside.

use std::future::Future;
use std::pin::Pin;

use super::{Context, ExitResult};
use crate::network::FromSender;
use crate::term::{Atom, Pid, Ref, Term, external_size};

/// The running body of a process.
pub(super) type Body = Pin<Box<dyn Future<Output = ExitResult>>>;

/// What a process will run once it has a pid.
pub(super) type Start = Box<dyn FnOnce(Context) -> Body>;

/// What one process sends to another. Between one pair of processes signals keep their order (A8).
#[derive(Debug)]
pub(super) enum Signal {
    Message(Term),
    Control(Box<Control>),
}

/// A signal other than a message.
#[derive(Debug)]
pub(super) enum Control {
    /// Sent by `exit/2`.
    Exit {
        from: Pid,
        reason: Term,
    },
    /// Sent by the end of a linked process, or of the connection to it.
    LinkExit {
        from: Pid,
        reason: Term,
    },
    Link {
        from: Pid,
    },
    /// Takes a link away; the number tells the answer to it from the answers to others.
    Unlink {
        from: Pid,
        number: u64,
    },
    Unlinked {
        from: Pid,
        number: u64,
    },
    Monitor {
        reference: Ref,
        watcher: Pid,
    },
    Demonitor {
        reference: Ref,
    },
    Down {
        reference: Ref,
        reason: Term,
    },
    SpawnReply {
        request: Ref,
        pid: Option<Pid>,
    },
}

/// What travels between nodes.
#[derive(Debug)]
#[repr(C)] // a message that begins where it is aligned is copied in whole words
pub(super) struct Packet {
    pub body: PacketBody,
    pub from: Pid,
    pub target: Target,
    pub cause: crate::trace::RecordId,
}

#[derive(Debug)]
pub(super) enum PacketBody {
    Signal(Signal),
    Spawn(Box<SpawnRequest>),
}

/// Whom a signal is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Pid(Pid),
    /// A registered name; who holds it is found out on arrival (A16).
    Name(Atom),
    Alias(Ref),
    /// The node itself.
    Node,
}

/// A request to start a process on another node.
pub(super) struct SpawnRequest {
    pub request: Ref,
    pub label: Atom,
    pub start: Start,
    pub link: bool,
    pub monitor: Option<Ref>,
    pub group_leader: Pid,
}

impl std::fmt::Debug for SpawnRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "spawn {} as {}", self.label, self.request)
    }
}

impl Signal {
    pub(super) fn control(control: Control) -> Signal {
        Signal::Control(Box::new(control))
    }
}

impl Control {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Control::Exit { .. } | Control::LinkExit { .. } => "exit",
            Control::Link { .. } => "link",
            Control::Unlink { .. } => "unlink",
            Control::Unlinked { .. } => "unlink_ack",
            Control::Monitor { .. } => "monitor",
            Control::Demonitor { .. } => "demonitor",
            Control::Down { .. } => "down",
            Control::SpawnReply { .. } => "spawn_reply",
        }
    }
}

/// The bytes of a control message of the distribution protocol without its arguments: length,
/// header, tag and two process identifiers from the atom cache.
const CONTROL_BYTES: usize = 42;

/// TCP, IP and Ethernet headers.
const HEADER_BYTES: usize = 66;

/// The size on the wire of what a process writes to a socket.
pub(super) fn data_bytes(data: &Term) -> usize {
    HEADER_BYTES + data.as_binary().map_or(0, <[u8]>::len)
}

impl FromSender for Packet {
    fn sender(&self) -> u64 {
        sender(self.from)
    }
}

/// Tells a process from all others that its node has had.
pub(super) fn sender(pid: Pid) -> u64 {
    u64::from(pid.serial()) << 32 | u64::from(pid.number())
}

impl Packet {
    /// Its size on the wire, if it is for a node.
    #[inline]
    pub(super) fn bytes(&self) -> usize {
        let content = match &self.body {
            PacketBody::Signal(Signal::Message(message)) => external_size(message),
            PacketBody::Signal(Signal::Control(control)) => match &**control {
                Control::Exit { reason, .. }
                | Control::LinkExit { reason, .. }
                | Control::Down { reason, .. } => external_size(reason),
                Control::Link { .. }
                | Control::Unlink { .. }
                | Control::Unlinked { .. }
                | Control::Monitor { .. }
                | Control::Demonitor { .. }
                | Control::SpawnReply { .. } => 0,
            },
            PacketBody::Spawn(_) => 64,
        };
        HEADER_BYTES + CONTROL_BYTES + content
    }
}
