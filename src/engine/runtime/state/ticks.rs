//! Tick checks, and changes of the net tick time (B26, B28).

use std::time::Duration;

use super::State;
use crate::engine::network::NodeId;
use crate::engine::runtime::events::Event;
use crate::engine::runtime::node::Creation;
use crate::engine::runtime::ticktime::{TicktimeChange, TicktimeChanges};

impl State {
    /// `net_kernel:set_net_ticktime/2`.
    pub(crate) fn set_net_ticktime(
        &mut self,
        id: NodeId,
        time: Duration,
        transition: Duration,
    ) -> TicktimeChange {
        let end = self.log.now + transition;
        let node = &mut self.nodes[id];
        let change = node.ticktime.set(time, end);
        if change == TicktimeChange::Initiated {
            let creation = node.creation;
            self.send_extra_ticks(id, creation);
        }
        change
    }

    /// A node checks its connections (B26).
    pub(super) fn check_ticks(&mut self, id: NodeId, creation: Creation, changes: TicktimeChanges) {
        let node = &self.nodes[id];
        if !node.up || node.creation != creation || node.ticktime.changes != changes {
            return;
        }
        if node.paused {
            self.events.defer(id, Event::TickCheck(id, creation, changes));
            return;
        }
        self.network.check_ticks(self.log.now, id);
        self.schedule_check(id);
        self.handle_network_output();
    }

    fn schedule_check(&mut self, id: NodeId) {
        let node = &self.nodes[id];
        let event = Event::TickCheck(id, node.creation, node.ticktime.changes);
        self.events.schedule_background(self.log.now + node.ticktime.interval(), event);
    }

    /// A node sends ticks as long as its tick time is being changed.
    pub(super) fn send_extra_ticks(&mut self, id: NodeId, creation: Creation) {
        let now = self.log.now;
        let node = &mut self.nodes[id];
        if !node.up || node.creation != creation {
            return;
        }
        if node.paused {
            self.events.defer(id, Event::ExtraTicks(id, creation));
            return;
        }
        if node.ticktime.settle(now) {
            self.schedule_check(id);
        }
        let Some(next) = self.nodes[id].ticktime.next_extra(now) else { return };
        self.network.send_ticks(now, id);
        self.events.schedule_background(next, Event::ExtraTicks(id, creation));
        self.handle_network_output();
    }
}
