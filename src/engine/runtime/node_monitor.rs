//! Subscriptions to the nodes that come and go: `net_kernel:monitor_nodes/2`.

use crate::engine::network::DownReason;
use crate::engine::term::{Atom, Map, Pid, Term};
use crate::{atom, tuple};

/// A subscription by `net_kernel:monitor_nodes/2`.
#[derive(Clone, Debug)]
pub(super) struct Subscriber {
    pub pid: Pid,
    pub options: NodeMonitor,
}

/// The options of `net_kernel:monitor_nodes/2` (B21, B22).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent options of one Erlang function")]
pub struct NodeMonitor {
    /// Subscribe, or end all subscriptions with these options.
    pub on: bool,
    /// Report hidden nodes as well, and the type of each node (`{node_type,all}`).
    pub hidden: bool,
    /// Give the reason for which a node went down (`nodedown_reason`).
    pub reason: bool,
    /// Give the number of the connection (`connection_id`).
    pub connection_id: bool,
    /// Send the three-element messages even if their list is empty.
    pub info: bool,
    /// Send the three-element messages with a map instead of the list.
    pub map: bool,
}

impl Default for NodeMonitor {
    /// `net_kernel:monitor_nodes(true)`: visible nodes, in messages of two elements.
    fn default() -> NodeMonitor {
        NodeMonitor {
            on: true,
            hidden: false,
            reason: false,
            connection_id: false,
            info: false,
            map: false,
        }
    }
}

/// The type of a node, as subscribers are told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeType {
    Visible,
    Hidden,
}

/// The connection to a node that is up, or down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connection {
    pub node_type: NodeType,
    /// Its number among those of the node that is told.
    pub number: u32,
    /// The reason why it is down; none for one that is up.
    pub reason: Option<DownReason>,
}

impl NodeType {
    const fn name(self) -> &'static str {
        match self {
            NodeType::Visible => "visible",
            NodeType::Hidden => "hidden",
        }
    }
}

impl NodeMonitor {
    /// The message about a node that is up, or down for this reason; none if the subscriber does not
    /// want it.
    pub(super) fn message(self, node: Atom, connection: Connection) -> Option<Term> {
        let Connection { node_type, reason, .. } = connection;
        if node_type == NodeType::Hidden && !self.hidden {
            return None;
        }
        let tag = if reason.is_some() { atom!("nodedown") } else { atom!("nodeup") };
        let info = self.info(connection);
        Some(if self.map {
            tuple![tag, node, Term::Map(Map::from(info))]
        } else if self.info || self.reason || self.hidden || self.connection_id {
            let info = info.into_iter().map(|(key, value)| tuple![key, value]);
            tuple![tag, node, info.collect::<Term>()]
        } else {
            tuple![tag, node]
        })
    }

    fn info(self, connection: Connection) -> Vec<(Term, Term)> {
        let Connection { node_type, reason, number } = connection;
        let mut info = Vec::new();
        if self.connection_id {
            info.push((Term::atom("connection_id"), Term::from(number)));
        }
        if let Some(reason) = reason.filter(|_| self.reason) {
            info.push((Term::atom("nodedown_reason"), Term::atom(reason.as_str())));
        }
        if self.hidden {
            info.push((Term::atom("node_type"), Term::atom(node_type.name())));
        }
        info
    }
}
