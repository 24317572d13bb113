//! Subscriptions to the nodes that come and go: `net_kernel:monitor_nodes/2`.

use crate::engine::term::{Atom, Map, Pid, Term};
use crate::{atom, tuple};

/// A subscription by `net_kernel:monitor_nodes/2`.
#[derive(Clone, Debug)]
pub(super) struct Subscriber {
    pub pid: Pid,
    pub options: NodeMonitor,
}

/// The types of nodes that a subscription is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeTypes {
    /// Visible nodes alone.
    Visible,
    /// Hidden nodes alone.
    Hidden,
    /// Both.
    All,
}

/// The options of `net_kernel:monitor_nodes/2` (B21, B22).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent options of one Erlang function")]
pub struct NodeMonitor {
    /// Subscribe, or end all subscriptions with these options.
    pub on: bool,
    /// Report nodes of these types, with the type of each (`{node_type,all}`); visible ones without it
    /// if there is none.
    pub node_type: Option<NodeTypes>,
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
            node_type: None,
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
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub node_type: NodeType,
    /// Its number among those of the node that is told.
    pub number: u32,
    /// The reason why it is down; none for one that is up.
    pub reason: Option<Term>,
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
    pub(super) fn message(self, node: Atom, connection: &Connection) -> Option<Term> {
        let Connection { node_type, reason, .. } = connection;
        let node_type = *node_type;
        let is_wanted = match self.node_type {
            None | Some(NodeTypes::Visible) => node_type == NodeType::Visible,
            Some(NodeTypes::Hidden) => node_type == NodeType::Hidden,
            Some(NodeTypes::All) => true,
        };
        if !is_wanted {
            return None;
        }
        let tag = if reason.is_some() { atom!("nodedown") } else { atom!("nodeup") };
        let info = self.info(connection);
        Some(if self.map {
            tuple![tag, node, Term::Map(Map::from(info))]
        } else if self.info || self.reason || self.node_type.is_some() || self.connection_id {
            let info = info.into_iter().map(|(key, value)| tuple![key, value]);
            tuple![tag, node, info.collect::<Term>()]
        } else {
            tuple![tag, node]
        })
    }

    fn info(self, connection: &Connection) -> Vec<(Term, Term)> {
        let Connection { node_type, reason, number } = connection;
        let mut info = Vec::new();
        if self.connection_id {
            info.push((Term::atom("connection_id"), Term::from(*number)));
        }
        if let Some(reason) = reason.as_ref().filter(|_| self.reason) {
            info.push((Term::atom("nodedown_reason"), reason.clone()));
        }
        if self.node_type.is_some() {
            info.push((Term::atom("node_type"), Term::atom(node_type.name())));
        }
        info
    }
}
