//! Ticks: how a node notices that a peer has gone silent (B26).

use super::connection::{EndState, Kind};
use super::lane::Packet;
use super::{Closing, DownReason, Network, NodeId};
use crate::time::Time;

/// A node looks at its connections so many times in a net tick time (`net_tickintensity`).
pub const TICK_INTENSITY: u8 = 4;

impl<P> Network<P> {
    /// Sends a tick to every peer that a node is connected to.
    pub(crate) fn send_ticks(&mut self, now: Time, node: NodeId) {
        let connections: Vec<_> = self.endpoint(node).peers.iter().collect();
        for (_, id) in connections {
            let connection = &self.connections[id.index()];
            let number = connection.end_of(node);
            if connection.ends[number].state == EndState::Up {
                self.transmit(now, id, number as u8, Packet::Tick, 0);
            }
        }
    }

    /// One check of all connections of a node: a tick where nothing was written since the last
    /// check, the end where nothing was received at four checks in a row.
    pub(crate) fn check_ticks(&mut self, now: Time, node: NodeId) {
        let connections: Vec<_> = self.endpoint(node).peers.iter().collect();
        for (_, id) in connections {
            let connection = &mut self.connections[id.index()];
            let number = connection.end_of(node);
            let end = &mut connection.ends[number];
            if end.state != EndState::Up || connection.kind != Kind::Distribution {
                continue;
            }
            end.silent_checks = if end.read { 0 } else { end.silent_checks + 1 };
            let silent = end.silent_checks >= TICK_INTENSITY;
            let quiet = !end.written;
            (end.read, end.written) = (false, false);
            if silent {
                let reason = DownReason::NetTickTimeout;
                self.close_end(now, id, number, Closing::Orderly, reason);
            } else if quiet {
                self.transmit(now, id, number as u8, Packet::Tick, 0);
                self.connections[id.index()].ends[number].written = false;
            }
        }
    }
}
