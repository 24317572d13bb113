//! Nodes, and the network between them.

use rand::RngExt;

use super::Author;

impl Author {
    pub(super) fn crash(&mut self) -> String {
        format!("{} {}", self.any(&["crash", "crash", "halt", "stop"]), self.node())
    }

    pub(super) fn restart(&mut self) -> String {
        let node = self.node();
        format!("restart {node}\n{}", self.spawn_on(node))
    }

    pub(super) fn cookie(&mut self) -> String {
        let (node, cookie) = (self.node(), self.any(&["sweet", "salty"]));
        if self.one_in(2) {
            return format!("cookie {node} {cookie}");
        }
        format!("cookie {node} {cookie} for {}", self.node())
    }

    pub(super) fn disconnect(&mut self) -> String {
        format!("disconnect {} {}", self.node(), self.node())
    }

    pub(super) fn connect(&mut self) -> String {
        format!("connect {} {}", self.node(), self.node())
    }

    pub(super) fn ping(&mut self) -> String {
        format!("ping {} {}", self.node(), self.node())
    }

    pub(super) fn nodes_of(&mut self) -> String {
        format!("nodes_of {}{}", self.node(), self.any(&["", "", " hidden", " connected"]))
    }

    /// A cut, and enough time for it to be noticed, or, seldom, none.
    pub(super) fn partition(&mut self) -> String {
        if self.nodes.len() < 2 {
            return self.ping();
        }
        let at = self.random.random_range(1..self.nodes.len());
        let (one, other) = self.nodes.split_at(at);
        let cut = format!("partition {} | {}", one.join(" "), other.join(" "));
        self.noticed(&cut)
    }

    pub(super) fn pause(&mut self) -> String {
        let pause = format!("pause {}", self.node());
        self.noticed(&pause)
    }

    pub(super) fn resume(&mut self) -> String {
        format!("resume {}", self.node())
    }

    pub(super) fn noticed(&mut self, silence: &str) -> String {
        if self.one_in(4) {
            return format!("{silence}\n{}\nheal", self.operations());
        }
        format!("{silence}\nwait 12s")
    }
}
