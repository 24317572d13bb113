//! The form of `global`'s messages: sets of nodes, and addresses.

use crate::engine::runtime::Context;
use crate::engine::term::{Atom, Term};
use crate::{atom, tuple};

/// The name under which the server is registered on each node.
pub(super) fn server_name() -> Atom {
    atom!("global_name_server")
}

/// A list of nodes.
pub(super) fn nodes(nodes: impl IntoIterator<Item = Atom>) -> Term {
    nodes.into_iter().map(Term::from).collect()
}

/// The nodes of a list.
pub(super) fn atoms(list: &Term) -> impl Iterator<Item = Atom> + '_ {
    list.as_list().unwrap_or_default().iter().filter_map(Term::as_atom)
}

/// Sends a request without an answer to the server of a node.
pub(super) fn cast(ctx: &Context, node: Atom, request: Term) {
    ctx.send((server_name(), node), tuple![atom!("$gen_cast"), request]);
}

/// Sends a message to the server of a node if the node is connected.
pub(super) fn send_if_connected(ctx: &Context, node: Atom, message: Term) {
    ctx.send_noconnect((server_name(), node), message);
}
