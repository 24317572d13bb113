//! Spans of time: lives of nodes, pauses, connections, applications.

use std::collections::BTreeMap;

use serde::Serialize;

use super::line::TraceLine;

/// Something that begins and ends on a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Span {
    /// The node, from 1.
    pub node: u16,
    /// The peer or the application; empty for the node itself.
    pub name: String,
    /// The way it began: the start type of an application, the incarnation of a node.
    pub how: String,
    pub from: u64,
    /// The number of the record with which it began.
    pub first: u32,
    /// The end; `None` if it lasted to the end of the run.
    pub to: Option<u64>,
    /// The number of the record with which it ended; 0 if it did not.
    pub last: u32,
    /// The reason for which it ended.
    pub why: String,
}

/// The spans of a run by kind. All lists are in the order of the beginnings.
#[derive(Debug, Default)]
pub(super) struct Spans {
    pub lives: Vec<Span>,
    pub pauses: Vec<Span>,
    pub connections: Vec<Span>,
    pub applications: Vec<Span>,
    open: BTreeMap<(Kind, u16, String), usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Life,
    Pause,
    Connection,
    Application,
}

impl Spans {
    /// Takes in a record of a node.
    pub(super) fn follow(&mut self, line: &TraceLine, node: u16) {
        let at = line.at.unwrap_or_default();
        let reason = line.reason.as_deref().unwrap_or_default();
        let application = line.application.as_deref().unwrap_or_default();
        let peer = line.peer.as_deref().unwrap_or_default();
        let moment = (at, line.id);
        match line.what.as_str() {
            "node_started" => {
                let how = line.creation.map_or(String::new(), |number| number.to_string());
                self.end_node(node, moment, "started again");
                self.begin((Kind::Life, node, ""), how, moment);
            }
            "node_stopped" => self.end_node(node, moment, reason),
            "node_crashed" => self.end_node(node, moment, "crashed"),
            "node_paused" => self.begin((Kind::Pause, node, ""), String::new(), moment),
            "node_resumed" => self.end((Kind::Pause, node, ""), moment, "resumed"),
            "node_up" => self.begin((Kind::Connection, node, peer), String::new(), moment),
            "node_down" => self.end((Kind::Connection, node, peer), moment, reason),
            "application_started" => {
                let how = line.start_type.clone().unwrap_or_default();
                self.begin((Kind::Application, node, application), how, moment);
            }
            "application_stopped" => {
                self.end((Kind::Application, node, application), moment, reason);
            }
            _ => {}
        }
    }

    const fn list(&mut self, kind: Kind) -> &mut Vec<Span> {
        match kind {
            Kind::Life => &mut self.lives,
            Kind::Pause => &mut self.pauses,
            Kind::Connection => &mut self.connections,
            Kind::Application => &mut self.applications,
        }
    }

    fn begin(&mut self, what: (Kind, u16, &str), how: String, (from, first): (u64, u32)) {
        let (kind, node, name) = what;
        self.end(what, (from, first), "begun again");
        let list = self.list(kind);
        let span = Span {
            node,
            name: name.to_owned(),
            how,
            from,
            first,
            to: None,
            last: 0,
            why: String::new(),
        };
        list.push(span);
        let index = list.len() - 1;
        self.open.insert((kind, node, name.to_owned()), index);
    }

    fn end(&mut self, (kind, node, name): (Kind, u16, &str), (to, last): (u64, u32), why: &str) {
        if let Some(index) = self.open.remove(&(kind, node, name.to_owned())) {
            let span = &mut self.list(kind)[index];
            (span.to, span.last) = (Some(to), last);
            why.clone_into(&mut span.why);
        }
    }

    /// Ends everything that a node had.
    fn end_node(&mut self, node: u16, moment: (u64, u32), why: &str) {
        let own = self.open.keys().filter(|(_, on, _)| *on == node);
        for (kind, _, name) in own.cloned().collect::<Vec<_>>() {
            self.end((kind, node, &name), moment, why);
        }
    }
}
