//! Processes, and what they do with each other.

use rand::RngExt;

use super::Author;

impl Author {
    pub(super) fn spawn(&mut self) -> String {
        let node = self.node();
        self.spawn_on(node)
    }

    pub(super) fn spawn_on(&mut self, node: &str) -> String {
        let name = self.name("p");
        let command = format!("spawn {name} on {node}");
        self.probes.push(name);
        command
    }

    pub(super) fn spawn_by(&mut self) -> String {
        let (node, parent) = (self.node(), self.probe());
        let (name, monitor) = (self.name("p"), format!("m{}", self.references.len() + 100));
        let command = match self.random.random_range(0..4) {
            0 => format!("spawn_link {name} on {node} by {parent}"),
            1 => format!("spawn_monitor {name} on {node} by {parent} as {monitor}"),
            2 => format!("spawn_opt {name} on {node} by {parent} link monitor as {monitor}"),
            _ => format!("spawn_opt {name} on {node} by {parent}"),
        };
        if command.ends_with(&monitor) {
            self.references.push(monitor);
        }
        self.probes.push(name);
        command
    }

    pub(super) fn mailbox(&mut self) -> String {
        let sorted = if self.one_in(6) { "" } else { " sorted" };
        format!("mailbox {}{sorted}", self.probe())
    }

    pub(super) fn alive(&mut self) -> String {
        format!("alive {}", self.probe())
    }

    pub(super) fn reason(&mut self) -> String {
        format!("reason {}", self.probe())
    }

    /// One operation of a probe, or a few in one go.
    pub(super) fn operations(&mut self) -> String {
        let probe = self.probe();
        let count = if self.one_in(4) { self.random.random_range(2..=4) } else { 1 };
        let operations: Vec<String> = (0..count).map(|_| self.operation()).collect();
        format!("{probe} {}", operations.join(" ; "))
    }

    pub(super) fn operation(&mut self) -> String {
        match self.random.random_range(0..40) {
            0..7 => format!("send {} {}", self.target(), self.term()),
            7..12 => format!("link {}", self.probe()),
            12..15 => format!("unlink {}", self.probe()),
            15..19 => self.monitor(),
            19..22 => match self.known("m") {
                Some(monitor) => {
                    format!("demonitor {monitor}{}", self.any(&["", " flush", " info"]))
                }
                None => self.monitor(),
            },
            22..25 => format!("trap_exit {}", self.any(&["true", "true", "false"])),
            25..31 => format!("exit {} {}", self.probe(), self.exit_reason()),
            31 => {
                let reason = self.exit_reason();
                match self.any(&["exit", "error", "throw", "return"]) {
                    "return" => "return".to_owned(),
                    way => format!("{way} {reason}"),
                }
            }
            32 => format!("register {} {}", self.local_name(), self.probe()),
            33 | 34 => format!("register {}", self.local_name()),
            35 => format!("unregister {}", self.local_name()),
            36 => format!("whereis {}", self.local_name()),
            37 => self.alias(),
            38 => {
                let (node, flag) = (self.node(), self.any(&["true", "true", "false"]));
                format!("monitor_node {node} {flag}")
            }
            _ => {
                let options = self.any(&["", "", " nodedown_reason", " node_type=all"]);
                format!("monitor_nodes {}{options}", self.any(&["true", "true", "false"]))
            }
        }
    }

    pub(super) fn monitor(&mut self) -> String {
        let target = self.target();
        let options =
            self.any(&["", "", "", " tag=gone", " alias=reply_demonitor", " alias=demonitor"]);
        format!("monitor {target} as {}{options}", self.reference("m"))
    }

    pub(super) fn alias(&mut self) -> String {
        match (self.random.random_range(0..3), self.known("al")) {
            (0, Some(alias)) => format!("unalias {alias}"),
            (1, Some(alias)) => format!("send {alias} {}", self.term()),
            (_, _) => {
                let reply = self.any(&["", " reply"]);
                format!("alias{reply} as {}", self.reference("al"))
            }
        }
    }

    /// A timer that expires at once, or not within the transcript.
    pub(super) fn timer(&mut self) -> String {
        let (probe, kind) = (self.probe(), self.any(&["send_after", "start_timer"]));
        match (self.random.random_range(0..4), self.known("t")) {
            (0, Some(timer)) => format!("{probe} cancel {timer}"),
            (1, Some(timer)) => format!("{probe} read_timer {timer}"),
            (2, _) => {
                let (to, term) = (self.probe(), self.term());
                let name = self.reference("t");
                format!("{probe} {kind} 10m {to} {term} as {name}")
            }
            (_, _) => {
                let term = self.term();
                format!("{probe} {kind} 20ms {} {term}\nwait 500ms", self.target())
            }
        }
    }
}
