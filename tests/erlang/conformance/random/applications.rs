//! Applications of the nodes.

use rand::RngExt;

use super::{Author, Topic};

impl Author {
    /// Two applications, of which one needs the other.
    pub(super) fn applications(&mut self) -> Vec<String> {
        if !matches!(self.topic, Topic::Applications) {
            return Vec::new();
        }
        let nodes = self.nodes.join(" ");
        let types = ["permanent", "transient", "temporary", "temporary"];
        let (one, other) = (self.any(&types), self.any(&types));
        let start = self.any(&[
            "",
            "",
            " start=ignore",
            " start={error,boom}",
            " phases",
            " stray",
            " env=[{key,1}]",
        ]);
        let needs = if self.one_in(2) { " needs=first" } else { "" };
        vec![
            format!("application first on {nodes} local type={one}{start}"),
            format!("application second on {nodes} local type={other}{needs}"),
        ]
    }

    /// A node that an application takes down needs a second or two to end.
    pub(super) fn application(&mut self) -> String {
        let (name, node) = (self.any(&["first", "second"]), self.node());
        match self.random.random_range(0..14) {
            0..4 => format!("start {name} on {node}\nwait 3s"),
            4 | 5 => format!("stop {name} on {node}"),
            6 => format!("ensure_started {name} on {node}\nwait 3s"),
            7 => format!("ensure_all_started {name} on {node}\nwait 3s"),
            8 => format!("load {name} on {node}"),
            9 => format!("unload {name} on {node}"),
            10 => format!("get_env {name} key on {node}"),
            11 => format!("set_env {name} key 2 on {node}"),
            _ => format!("applications {node}"),
        }
    }

    /// Tells the supervisor or the server of an application something.
    pub(super) fn application_process(&mut self) -> String {
        let (probe, name) = (self.probe(), self.any(&["first", "second"]));
        match self.random.random_range(0..4) {
            0 => format!("{probe} call {name} {{exit,boom}} timeout=300ms\nwait 3s"),
            1 => format!("{probe} call {name} {{echo,1}} timeout=300ms"),
            2 => format!("{probe} whereis {name}_sup"),
            _ => format!("{probe} whereis {name}"),
        }
    }
}
