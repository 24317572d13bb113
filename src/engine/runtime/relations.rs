//! The relations of a process to others: links, monitors, aliases, spawn requests, sockets.

use std::collections::BTreeMap;

use super::ref_map::RefMap;
use super::signal::Target;
use crate::engine::network::{NodeId, Socket};
use crate::engine::term::{Atom, Pid, Ref, Term};

/// The relations of a process. Most processes have none.
#[derive(Debug, Default)]
pub(super) struct Relations {
    /// Its unread messages are kept when it ends.
    pub keeps_unread: bool,
    /// It is never suspended for what it sends to other nodes.
    pub is_async_dist: bool,
    pub links: BTreeMap<Pid, Link>,
    /// The monitors that it has set.
    pub monitors: RefMap<Monitor>,
    /// The monitors that are set on it, with the processes that have set them.
    pub watchers: RefMap<Pid>,
    pub aliases: RefMap<AliasMode>,
    /// Its requests to spawn a process on another node.
    pub spawning: BTreeMap<Ref, Spawning>,
    /// The tags of those requests that have others than the usual ones.
    pub spawn_tags: BTreeMap<Ref, SpawnTags>,
    pub sockets: Vec<Socket>,
}

/// One side's view of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Active,
    /// `unlink/1` was called, and the other side has not confirmed it; exits are ignored (A34).
    Unlinking(u64),
}

/// A request to spawn a process on another node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spawning {
    pub link: bool,
    pub monitor: Option<Ref>,
    pub child: Option<Pid>,
    /// The replies that come as messages (A62); none if the body waits for the reply.
    pub replies: Option<SpawnReplies>,
}

/// The replies to a [`spawn_request`](super::Context::spawn_request) that come as messages: the
/// option `reply`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpawnReplies {
    /// All: `yes`.
    Always,
    /// Only that a process was started: `success_only`.
    OnSuccess,
    /// Only that no process was started: `error_only`.
    OnError,
    /// None: `no`.
    Never,
}

/// The first elements of the messages that a spawn request leads to, where they are not the usual
/// ones.
#[derive(Clone, Debug, PartialEq)]
pub struct SpawnTags {
    /// Of the reply, instead of `spawn_reply`: the option `reply_tag`.
    pub reply: Term,
    /// Of the message of the monitor, instead of `'DOWN'`: the option `{monitor, [{tag, Tag}]}`.
    pub down: Term,
}

/// A monitor that a process has set.
#[derive(Clone, Debug)]
pub(super) struct Monitor {
    pub node: NodeId,
    /// The monitored object in the `'DOWN'` message: a pid, or `{Name,Node}` (A40).
    pub object: Term,
    pub tag: Term,
    /// The monitor is by name or by pid; the other side finds it by its reference.
    pub target: Target,
}

/// The object of a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonitorTarget {
    /// A process.
    Pid(Pid),
    /// The process that is registered under the name now.
    Name {
        /// The registered name.
        name: Atom,
        /// The node; without it, the caller's own.
        node: Option<Atom>,
    },
}

impl From<Pid> for MonitorTarget {
    fn from(pid: Pid) -> MonitorTarget {
        MonitorTarget::Pid(pid)
    }
}

impl From<Atom> for MonitorTarget {
    fn from(name: Atom) -> MonitorTarget {
        MonitorTarget::Name { name, node: None }
    }
}

impl From<(Atom, Atom)> for MonitorTarget {
    fn from((name, node): (Atom, Atom)) -> MonitorTarget {
        MonitorTarget::Name { name, node: Some(node) }
    }
}

/// The options of `monitor/3`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MonitorOptions {
    /// The tag of the message instead of `'DOWN'` (A47).
    pub tag: Option<Term>,
    /// Makes the reference an alias as well (A51).
    pub alias: Option<AliasMode>,
}

/// The end of an alias (A50, A51).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AliasMode {
    /// Only by `unalias/1`.
    ExplicitUnalias,
    /// With the monitor that it was made with.
    Demonitor,
    /// With the first message sent to it, and then the monitor ends too.
    ReplyDemonitor,
}
