//! Ticks, by which a node notices that a peer is silent (B26).

use super::connection::{EndState, Kind};
use super::output::{Closing, DownReason};
use super::segment::Segment;
use super::{Network, NodeId};
use crate::engine::time::Time;

/// The number of tick checks in a net tick time (`net_tickintensity`).
pub const TICK_INTENSITY: u8 = 4;

impl<P> Network<P> {
    /// Sends a tick to every peer that a node is connected to.
    pub(crate) fn send_ticks(&mut self, now: Time, node: NodeId) {
        let lanes: Vec<_> = self.peers[node.0 as usize].iter().collect();
        for (_, lane) in lanes {
            let connection = &self.connections[lane.index()];
            if connection.ends[lane.end()].state == EndState::Up {
                self.transmit(now, lane, Segment::Tick, 0);
            }
        }
    }

    /// One check of all connections of a node: a tick where nothing was written since the last
    /// check, the end where nothing was received at four checks in a row.
    pub(crate) fn check_ticks(&mut self, now: Time, node: NodeId) {
        let lanes: Vec<_> = self.peers[node.0 as usize].iter().collect();
        for (_, lane) in lanes {
            let connection = &mut self.connections[lane.index()];
            let (id, kind) = (connection.id(lane.index()), connection.kind());
            let end = &mut connection.ends[lane.end()];
            if end.state != EndState::Up || kind != Kind::Distribution {
                continue;
            }
            end.silent_checks = if end.read { 0 } else { end.silent_checks + 1 };
            let silent = end.silent_checks >= TICK_INTENSITY;
            let quiet = !end.written;
            (end.read, end.written) = (false, false);
            if silent {
                let reason = DownReason::NetTickTimeout;
                self.close_end(now, id, lane.end(), Closing::Orderly, reason);
            } else if quiet {
                self.transmit(now, lane, Segment::Tick, 0);
                self.connections[lane.index()].ends[lane.end()].written = false;
            }
        }
    }
}
