//! The records of a picture, one by one. A record is named by its place, from 0.

use std::collections::BTreeMap;

use crate::view::picture::{Head, Picture};

/// The records of a picture with all that is known of each.
pub(super) struct Events<'a> {
    picture: &'a Picture,
    texts: Vec<&'a str>,
    /// For each sending the place of its end.
    ends: BTreeMap<usize, usize>,
    /// For each record that a message was lost with, the node that it was sent to.
    lost: BTreeMap<usize, usize>,
    /// The first and the last record of each operation.
    operations: Vec<(Option<usize>, Option<usize>)>,
    /// For each node if it is left out.
    hidden: Vec<bool>,
}

/// A message from one node to another. Nodes are places in the list of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arrow {
    pub sent: usize,
    /// The record of its end; `None` if it never arrives.
    pub end: Option<usize>,
    pub from: usize,
    pub to: usize,
}

impl<'a> Events<'a> {
    pub(super) fn of(picture: &'a Picture) -> Events<'a> {
        let mut events = Events {
            picture,
            texts: picture.texts.list(),
            ends: BTreeMap::new(),
            lost: BTreeMap::new(),
            operations: vec![(None, None); picture.head.operations.invoked.len()],
            hidden: vec![false; picture.head.nodes.len()],
        };
        for record in 0..events.count() {
            match events.kind(record) {
                "delivered" | "dropped" => {
                    let sent = events.cause(record).filter(|sent| events.kind(*sent) == "sent");
                    sent.map(|sent| events.ends.entry(sent).or_insert(record));
                }
                "invoked" => events.operation_mut(record, |ends| &mut ends.0),
                "completed" => events.operation_mut(record, |ends| &mut ends.1),
                _ => {}
            }
        }
        for lost in &picture.head.lost {
            if let Some(place) = picture.columns.place(lost.record).checked_sub(1) {
                events.lost.insert(place as usize, usize::from(lost.node) - 1);
            }
        }
        events
    }

    /// Without these nodes, unless nothing would be left.
    pub(super) fn without(mut self, names: &[String]) -> Events<'a> {
        let nodes = self.picture.head.nodes.iter();
        let hidden: Vec<bool> = nodes.map(|node| names.contains(&node.name)).collect();
        if hidden.contains(&false) {
            self.hidden = hidden;
        }
        self
    }

    /// True if a node, by its place in the list of nodes, is not left out.
    pub(super) fn shows(&self, node: usize) -> bool {
        !self.hidden[node]
    }

    /// The nodes from top to bottom.
    pub(super) fn order(&self) -> impl Iterator<Item = usize> {
        self.picture.head.order.iter().copied().filter(|node| self.shows(*node))
    }

    fn operation_mut(
        &mut self,
        record: usize,
        end: impl Fn(&mut (Option<usize>, Option<usize>)) -> &mut Option<usize>,
    ) {
        if let Some(own) = self.number(record).and_then(|n| self.operations.get_mut(n)) {
            *end(own) = Some(record);
        }
    }

    pub(super) fn head(&self) -> &'a Head {
        &self.picture.head
    }

    pub(super) fn count(&self) -> usize {
        self.picture.columns.len()
    }

    /// The record with this number in the trace.
    pub(super) fn place(&self, id: u32) -> Option<usize> {
        (self.picture.columns.place(id) as usize).checked_sub(1)
    }

    pub(super) fn id(&self, record: usize) -> u32 {
        self.picture.columns.id[record]
    }

    pub(super) fn kind(&self, record: usize) -> &'a str {
        &self.picture.head.kinds[self.picture.columns.kind[record] as usize]
    }

    /// The time in nanoseconds.
    pub(super) fn at(&self, record: usize) -> u64 {
        self.picture.columns.at[record]
    }

    pub(super) fn cause(&self, record: usize) -> Option<usize> {
        (self.picture.columns.cause[record] as usize).checked_sub(1)
    }

    /// The node, by its place in the list of nodes.
    pub(super) fn node(&self, record: usize) -> Option<usize> {
        usize::from(self.picture.columns.node[record]).checked_sub(1)
    }

    pub(super) fn node_name(&self, node: usize) -> &'a str {
        &self.picture.head.nodes[node].name
    }

    pub(super) fn text(&self, record: usize) -> &'a str {
        self.texts[self.picture.columns.text[record] as usize]
    }

    /// The receiver, the application, the signal: whichever the record has.
    pub(super) fn name(&self, record: usize) -> &'a str {
        self.texts[self.picture.columns.name[record] as usize]
    }

    /// The process, by its place in the list of processes.
    pub(super) fn process(&self, record: usize) -> Option<usize> {
        (self.picture.columns.process[record] as usize).checked_sub(1)
    }

    /// A second process: the parent, or the receiver.
    pub(super) fn other(&self, record: usize) -> Option<usize> {
        (self.picture.columns.other[record] as usize).checked_sub(1)
    }

    /// The process that started a process.
    pub(super) fn parent(&self, process: usize) -> Option<usize> {
        (self.picture.processes.list[process].parent as usize).checked_sub(1)
    }

    pub(super) fn pid(&self, process: usize) -> &'a str {
        &self.picture.processes.list[process].pid
    }

    pub(super) fn label(&self, process: usize) -> &'a str {
        self.texts[self.picture.processes.list[process].label as usize]
    }

    /// The application that a process belongs to, by its place in the list of owners.
    pub(super) fn owner(&self, process: usize) -> usize {
        usize::from(self.picture.owner_of[process])
    }

    /// The fault or the operation that the record is about, from 0.
    pub(super) fn number(&self, record: usize) -> Option<usize> {
        (self.picture.columns.number[record] as usize).checked_sub(1)
    }

    /// The number that the record has, as it is: a time, an incarnation.
    pub(super) fn raw_number(&self, record: usize) -> u64 {
        self.picture.columns.number[record]
    }

    /// The first and the last record of an operation.
    pub(super) fn operation(&self, operation: usize) -> (Option<usize>, Option<usize>) {
        self.operations.get(operation).copied().unwrap_or_default()
    }

    /// `users/3 post`.
    pub(super) fn operation_name(&self, operation: usize) -> String {
        let head = self.head();
        let columns = &head.operations;
        let workload = head.workloads.get(columns.workload[operation]);
        let workload = workload.map_or("", |workload| workload.name.as_str());
        format!("{workload}/{} {}", columns.client[operation], columns.name[operation])
    }

    /// The message between two nodes that begins with this record, if one does and both are shown.
    pub(super) fn arrow(&self, sent: usize) -> Option<Arrow> {
        let from = self.node(sent)?;
        let end = self.ends.get(&sent).copied();
        let to = match end {
            Some(end) => self.node(end)?,
            None => self.lost.get(&sent).copied()?,
        };
        let end = end.filter(|end| self.kind(*end) == "delivered");
        let counts = from != to && self.shows(from) && self.shows(to);
        counts.then_some(Arrow { sent, end, from, to })
    }

    /// A record, its cause, the cause of that, and so on; the first cause first.
    pub(super) fn chain(&self, record: usize) -> Vec<usize> {
        let mut chain: Vec<usize> =
            std::iter::successors(Some(record), |at| self.cause(*at)).collect();
        chain.reverse();
        chain
    }

    /// All that a record led to, itself first.
    pub(super) fn led_to(&self, record: usize) -> Vec<usize> {
        let mut reached = vec![false; self.count() - record];
        reached[0] = true;
        let mut found = vec![record];
        for at in record + 1..self.count() {
            let cause = self.cause(at).and_then(|cause| cause.checked_sub(record));
            if cause.is_some_and(|cause| reached[cause]) {
                reached[at - record] = true;
                found.push(at);
            }
        }
        found
    }

    /// All that could have influenced a record, and all that it could have influenced: by causes, and by
    /// what a process did before and after.
    pub(super) fn happened_around(&self, record: usize) -> Vec<usize> {
        let processes = self.picture.processes.list.len();
        let (mut needed, mut wanted) = (vec![false; record + 1], vec![false; processes]);
        needed[record] = true;
        let mut found = Vec::new();
        for at in (0..=record).rev() {
            let own = self.process(at);
            if needed[at] || own.is_some_and(|process| wanted[process]) {
                found.push(at);
                set(&mut wanted, own);
                set(&mut needed, self.cause(at));
            }
        }
        found.reverse();
        let (mut reached, mut touched) = (vec![false; self.count()], vec![false; processes]);
        reached[record] = true;
        set(&mut touched, self.process(record));
        for at in record + 1..self.count() {
            let own = self.process(at);
            let is_later = self.cause(at).is_some_and(|cause| reached[cause])
                || own.is_some_and(|process| touched[process]);
            if is_later {
                reached[at] = true;
                found.push(at);
                set(&mut touched, own);
            }
        }
        found
    }

    /// A message without what `gen_server` puts around it.
    pub(super) fn brief(&self, record: usize) -> String {
        let (kind, content) = unwrapped(self.text(record));
        if kind.is_empty() { content.to_owned() } else { format!("{kind} {content}") }
    }

    /// The kind of a message: the first atom in it; an answer is `reply`.
    pub(super) fn tag(&self, record: usize) -> &'a str {
        let (kind, text) = unwrapped(self.text(record));
        if kind == "reply" {
            return kind;
        }
        let is_atom = |c: char| c.is_ascii_alphanumeric() || "_@$".contains(c);
        let Some(start) = text.find(|c: char| c.is_ascii_lowercase() || c == '$') else {
            return "message";
        };
        let rest = &text[start..];
        &rest[..rest.find(|c| !is_atom(c)).unwrap_or(rest.len())]
    }

    /// A record in a few words.
    pub(super) fn words(&self, record: usize) -> String {
        let label = self.process(record).map_or("", |process| self.label(process));
        let (text, name) = (clipped(self.text(record), 120), self.name(record));
        let peer = || self.number(record).map_or("", |peer| self.peer(peer));
        let operation = || match self.number(record) {
            Some(number) if number < self.operations.len() => self.operation_name(number),
            Some(number) => format!("operation {number}"),
            None => "an operation".to_owned(),
        };
        let of_process = |what: &str| format!("{label} {what}");
        match self.kind(record) {
            "sent" => {
                let to = self.other(record).map_or(name, |other| self.label(other));
                format!("{label} sends {text} to {to}")
            }
            "delivered" => format!("{label} gets {text}"),
            "dropped" => format!("a message is dropped: {text}"),
            "lost" => format!("a message is lost on the way: {text}"),
            "signalled" => of_process(&format!("gets the signal {name}")),
            "spawned" => of_process("begins"),
            "exited" => format!("{label} ends: {text}"),
            "timer_expired" => {
                let waited = std::time::Duration::from_nanos(self.raw_number(record));
                of_process(&format!("has waited {}", crate::engine::time::format_duration(waited)))
            }
            "node_started" => "the node starts".to_owned(),
            "node_stopped" => format!("the node has stopped: {text}"),
            "node_crashed" => "the node has crashed".to_owned(),
            "node_up" => format!("is connected to {}", peer()),
            "node_down" => format!("has lost {} ({text})", peer()),
            "connect_failed" => format!("cannot connect to {}", peer()),
            "application_started" => format!("{name} runs ({text})"),
            "application_stopped" => format!("{name} has stopped ({text})"),
            "global_registered" => format!("the global name {name} belongs to {label}"),
            "global_unregistered" => format!("the global name {name} belongs to nobody"),
            "invoked" => format!("{} begins", operation()),
            "completed" => format!("{} ends: {text}", operation()),
            "fault_injected" => format!("fault: {text}"),
            "fault_ended" => format!("end of the fault: {text}"),
            "log" => text,
            other => {
                let kind = other.replace('_', " ");
                let parts = [kind.as_str(), label, name, &text];
                parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
            }
        }
    }

    fn peer(&self, node: usize) -> &'a str {
        self.picture.head.nodes.get(node).map_or("", |node| node.name.as_str())
    }
}

fn set(list: &mut [bool], place: Option<usize>) {
    if let Some(place) = place {
        list[place] = true;
    }
}

/// The kind of a message between `gen_server`s, `call`, `cast`, `reply` or nothing, and its content.
fn unwrapped(text: &str) -> (&'static str, &str) {
    if let Some(rest) = text.strip_prefix("{'$gen_call',{") {
        // From is a pid and a tag, which has no braces.
        if let Some((_, request)) = rest.split_once("},") {
            return ("call", request.strip_suffix('}').unwrap_or(request));
        }
    }
    if let Some(rest) = text.strip_prefix("{'$gen_cast',") {
        return ("cast", rest.strip_suffix('}').unwrap_or(rest));
    }
    // A call is told from others by a reference, to another node by one with the name of that node.
    let tags = [("{[alias|", "],"), ("{{#Ref<", "},"), ("{#Ref<", ">,")];
    let answer = tags.iter().find_map(|(start, end)| text.strip_prefix(start)?.split_once(end));
    match answer {
        Some((_, answer)) => ("reply", answer.strip_suffix('}').unwrap_or(answer)),
        None => ("", text),
    }
}

/// The beginning of a text, at most so many characters.
pub(super) fn clipped(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_and_answers_are_known_by_their_tags() {
        let cases = [
            ("{'$gen_call',{<a.1.0>,[alias|#Ref<a.7>]},{do,x}}", ("call", "{do,x}")),
            ("{'$gen_call',{<a.1.0>,{#Ref<a.7>,b}},{append,1}}", ("call", "{append,1}")),
            ("{'$gen_cast',served}", ("cast", "served")),
            ("{[alias|#Ref<a.7>],{ok,1}}", ("reply", "{ok,1}")),
            ("{#Ref<a.7>,yes}", ("reply", "yes")),
            ("{{#Ref<a.7>,b},appended}", ("reply", "appended")),
            ("{store,#Ref<a.7>,1}", ("", "{store,#Ref<a.7>,1}")),
        ];
        for (text, expected) in cases {
            assert_eq!(unwrapped(text), expected, "{text}");
        }
    }
}
