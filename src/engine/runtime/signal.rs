//! Signals, and the packets in which they travel between nodes.

use std::future::Future;
use std::pin::Pin;

use super::content::Content;
use super::exit::ExitResult;
use crate::engine::network::{FromSender, NodeId};
use crate::engine::term::{Atom, Pid, Ref, Term, external_size};
use crate::engine::trace::RecordId;
use crate::{atom, tuple};

/// The running body of a process.
pub(super) type Body = Pin<Box<dyn Future<Output = ExitResult>>>;

/// Makes the body of a process, once its pid and its node are known.
pub(super) type Start = Box<dyn FnOnce(Pid, NodeId) -> Body>;

/// A signal at its receiver. Between one pair of processes signals keep their order (A8).
#[derive(Debug)]
pub(super) enum Signal {
    Message(Content),
    Control(Control),
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
    /// Takes a link away; its acknowledgement has the same number.
    Unlink {
        from: Pid,
        number: u64,
    },
    UnlinkAck {
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
    GroupLeader {
        leader: Pid,
    },
}

/// A packet from one node to another.
#[derive(Debug)]
#[repr(C)] // a message that begins where it is aligned is copied in whole words
pub(super) struct Packet {
    pub body: PacketBody,
    pub from: Pid,
    pub target: Target,
    pub cause: RecordId,
}

/// The content of a packet.
#[derive(Debug)]
pub(super) enum PacketBody {
    Message(Content),
    Control(Box<Control>),
    Spawn(Box<SpawnRequest>),
}

/// The receiver of a signal on its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Pid(Pid),
    /// A registered name, looked up on arrival (A16).
    Name(Atom),
    Alias(Ref),
    /// The node itself.
    Node,
}

impl Target {
    pub(super) fn as_term(self) -> Term {
        match self {
            Target::Pid(pid) => pid.into(),
            Target::Name(name) => name.into(),
            Target::Alias(alias) => alias.into(),
            Target::Node => atom!("node").into(),
        }
    }
}

/// The receiver of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// A process.
    Pid(Pid),
    /// The process that is registered under the name on the node.
    Name {
        /// The registered name.
        name: Atom,
        /// The node.
        node: Atom,
    },
    /// The process that has made the alias, while it is active.
    Alias(Ref),
}

impl From<Pid> for Destination {
    fn from(pid: Pid) -> Destination {
        Destination::Pid(pid)
    }
}

impl From<(Atom, Atom)> for Destination {
    fn from((name, node): (Atom, Atom)) -> Destination {
        Destination::Name { name, node }
    }
}

impl From<Ref> for Destination {
    fn from(alias: Ref) -> Destination {
        Destination::Alias(alias)
    }
}

impl Destination {
    pub(super) fn as_term(self) -> Term {
        match self {
            Destination::Pid(pid) => pid.into(),
            Destination::Name { name, node } => tuple![name, node],
            Destination::Alias(alias) => alias.into(),
        }
    }

    pub(super) const fn target(self) -> Target {
        match self {
            Destination::Pid(pid) => Target::Pid(pid),
            Destination::Name { name, .. } => Target::Name(name),
            Destination::Alias(alias) => Target::Alias(alias),
        }
    }
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

impl Control {
    /// Its name in traces.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Control::Exit { .. } | Control::LinkExit { .. } => "exit",
            Control::Link { .. } => "link",
            Control::Unlink { .. } => "unlink",
            Control::UnlinkAck { .. } => "unlink_ack",
            Control::Monitor { .. } => "monitor",
            Control::Demonitor { .. } => "demonitor",
            Control::Down { .. } => "down",
            Control::SpawnReply { .. } => "spawn_reply",
            Control::GroupLeader { .. } => "group_leader",
        }
    }

    /// Its sender, if it tells.
    pub(super) const fn sender(&self) -> Option<Pid> {
        match self {
            Control::Exit { from, .. }
            | Control::LinkExit { from, .. }
            | Control::Link { from }
            | Control::Unlink { from, .. }
            | Control::UnlinkAck { from, .. }
            | Control::Monitor { watcher: from, .. } => Some(*from),
            Control::Demonitor { .. }
            | Control::Down { .. }
            | Control::SpawnReply { .. }
            | Control::GroupLeader { .. } => None,
        }
    }

    /// The exit reason that it carries, if it does.
    pub(super) const fn reason(&self) -> Option<&Term> {
        match self {
            Control::Exit { reason, .. }
            | Control::LinkExit { reason, .. }
            | Control::Down { reason, .. } => Some(reason),
            Control::Link { .. }
            | Control::Unlink { .. }
            | Control::UnlinkAck { .. }
            | Control::Monitor { .. }
            | Control::Demonitor { .. }
            | Control::SpawnReply { .. }
            | Control::GroupLeader { .. } => None,
        }
    }

    /// The size of the reason that it carries, on the wire.
    fn reason_bytes(&self) -> usize {
        match self {
            Control::Exit { reason, .. }
            | Control::LinkExit { reason, .. }
            | Control::Down { reason, .. } => external_size(reason),
            Control::Link { .. }
            | Control::Unlink { .. }
            | Control::UnlinkAck { .. }
            | Control::Monitor { .. }
            | Control::Demonitor { .. }
            | Control::SpawnReply { .. }
            | Control::GroupLeader { .. } => 0,
        }
    }
}

/// The bytes of a control message of the distribution protocol without its arguments: length,
/// header, tag and two process identifiers from the atom cache.
const CONTROL_BYTES: usize = 42;

/// The bytes of a spawn request's arguments.
const SPAWN_BYTES: usize = 64;

/// TCP, IP and Ethernet headers.
const HEADER_BYTES: usize = 66;

/// The size on the wire of data that a process writes to a socket.
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
    /// Its size on the wire.
    #[inline]
    pub(super) fn bytes(&self) -> usize {
        let content = match &self.body {
            PacketBody::Message(message) => message.external_size(),
            PacketBody::Control(control) => control.reason_bytes(),
            PacketBody::Spawn(_) => SPAWN_BYTES,
        };
        HEADER_BYTES + CONTROL_BYTES + content
    }
}
