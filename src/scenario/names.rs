//! The names that a scenario file gives to hosts, sites, nodes, applications and workloads.

use crate::document::Names;
use crate::document::shape::NameKind;
use crate::document::syntax::{Member, Node};

/// The names in a file.
pub(super) fn names_in(file: &Node) -> Names {
    let mut names = Names::default();
    for host in members(file, "hosts") {
        names.add_host(&host.name, host.value.get("site").and_then(Node::text));
    }
    for node in members(file, "nodes") {
        names.add_node(&node.name, node.value.get("host").and_then(Node::text));
    }
    for application in members(file, "applications") {
        names.add_application(&application.name);
    }
    for name in members(file, "nodes").iter().flat_map(started_by) {
        if !names.has(NameKind::Application, name) {
            names.add_application(name);
        }
    }
    for workload in members(file, "workload") {
        names.add_workload(&workload.name);
    }
    names
}

fn members<'f>(file: &'f Node, field: &str) -> &'f [Member] {
    file.get(field).map(Node::members).unwrap_or_default()
}

/// The applications of compiled code that a node starts.
fn started_by(node: &Member) -> impl Iterator<Item = &str> {
    let starts = node.value.get("start").map(Node::items).unwrap_or_default();
    starts.iter().filter_map(|start| start.get("application").unwrap_or(start).text())
}
