//! Nodes, the connections between them, and how their loss shows: rules B of the semantics.

mod alive;
mod causes;
mod connecting;
mod cookies;
mod determinism;
mod hosts;
mod incarnations;
mod losing;
mod mailboxes;
mod sockets;
mod stopping;
mod ticks;
mod watching;

use crate::probes::Lab;
use nodedown::time::Time;
use nodedown::trace::{ConnectionFact, Fact};

/// A connection that was lost: who lost it, whom, why, and when.
type Loss = (String, String, String, Time);

/// Every loss of a connection so far.
fn losses(lab: &Lab) -> Vec<Loss> {
    let trace = lab.world.trace();
    let losses = trace.records().iter().filter_map(|record| match &record.fact {
        Fact::Connection(ConnectionFact::Down { peer, reason }) => {
            let node = record.node.unwrap().to_string();
            Some((node, peer.to_string(), reason.to_string(), record.at))
        }
        _ => None,
    });
    losses.collect()
}

/// The same without the times.
fn reasons(lab: &Lab) -> Vec<(String, String)> {
    losses(lab).into_iter().map(|(node, _, reason, _)| (node, reason)).collect()
}
