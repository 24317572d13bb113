//! The causes of each record of a run, in a form in which two runs can be compared.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::rng::fnv1a;
use crate::engine::term::{Atom, Pid, Term, TermView};
use crate::engine::trace::{
    ApplicationFact, ConnectionFact, Fact, FaultFact, GlobalFact, HostFact, LogFact, MessageFact,
    NodeFact, OperationFact, ProcessFact, RecordId, Trace, TraceRecord,
};

/// For each record of a trace, a fingerprint of all that led to it: which processes on which nodes
/// did what, with times, numbers, texts and identities taken out, and however often.
pub(super) struct Lineage {
    /// The set of each record, by its place in the trace.
    of: Vec<u32>,
    /// The sets, as what is in them in order, and their fingerprints.
    sets: Vec<(Vec<u64>, u64)>,
}

impl Lineage {
    pub(super) fn of(trace: &Trace) -> Lineage {
        let mut lineage = Lineage { of: Vec::new(), sets: vec![(Vec::new(), 0)] };
        let (mut known, mut larger) = (BTreeMap::new(), BTreeMap::new());
        let mut labels: BTreeMap<Pid, Atom> = BTreeMap::new();
        for record in trace.records() {
            if let Fact::Process(ProcessFact::Spawned { pid, label, .. }) = &record.fact {
                labels.insert(*pid, *label);
            }
            let before = lineage.set(record.cause);
            let event = fnv1a(event(record, &labels).as_bytes());
            let set = *larger
                .entry((before, event))
                .or_insert_with(|| lineage.with(before, event, &mut known));
            lineage.of.push(set);
        }
        lineage
    }

    /// A fingerprint of everything that led to a record.
    pub(super) fn fingerprint(&self, id: RecordId) -> u64 {
        self.sets[self.set(id) as usize].1
    }

    fn set(&self, id: RecordId) -> u32 {
        (id.0 as usize).checked_sub(1).map_or(0, |place| self.of[place])
    }

    /// The set with one more event in it.
    fn with(&mut self, set: u32, event: u64, known: &mut BTreeMap<Vec<u64>, u32>) -> u32 {
        let mut events = self.sets[set as usize].0.clone();
        match events.binary_search(&event) {
            Ok(_) => return set,
            Err(place) => events.insert(place, event),
        }
        *known.entry(events).or_insert_with_key(|events| {
            self.sets.push((events.clone(), fingerprint(events)));
            self.sets.len() as u32 - 1
        })
    }
}

/// A fingerprint of several numbers.
pub(super) fn fingerprint(numbers: &[u64]) -> u64 {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    fnv1a(&bytes)
}

/// A record as text, without the details in which it differs from others of its kind.
fn event(record: &TraceRecord, labels: &BTreeMap<Pid, Atom>) -> String {
    let node = record.node.map_or("", Atom::as_str);
    let label = |pid: &Pid| labels.get(pid).map_or("process", |label| label.as_str());
    let what = match &record.fact {
        Fact::Message(MessageFact::Sent { from, to, message, .. }) => {
            format!("{} sends {} {}", label(from), shape(to), shape(message))
        }
        Fact::Message(MessageFact::Delivered { to, message, .. }) => {
            format!("{} gets {}", label(to), shape(message))
        }
        Fact::Message(MessageFact::Lost { message, .. }) => format!("{} is lost", shape(message)),
        Fact::Message(MessageFact::Dropped { message, .. }) => {
            format!("nobody gets {}", shape(message))
        }
        Fact::Process(ProcessFact::Signalled { to, signal, .. }) => {
            format!("{} gets {signal}", label(to))
        }
        Fact::Process(ProcessFact::TimerExpired { label, .. }) => format!("{label} has waited"),
        Fact::Process(ProcessFact::State { label, .. }) => format!("the state of {label}"),
        Fact::Process(ProcessFact::Spawned { label, .. }) => format!("{label} begins"),
        Fact::Process(ProcessFact::Exited { label, reason, .. }) => {
            format!("{label} ends {}", shape(reason))
        }
        Fact::Process(ProcessFact::Panicked { place, .. }) => format!("panic at {place}"),
        Fact::Log(LogFact { pid, level, .. }) => format!("{} says {level:?}", label(pid)),
        Fact::Operation(OperationFact::Invoked { .. }) => "begun".to_owned(),
        Fact::Operation(OperationFact::Completed { outcome, .. }) => format!("ended {outcome}"),
        Fact::Node(fact) => node_event(fact).to_owned(),
        Fact::Host(HostFact::Crashed { host }) => format!("{host} crashed"),
        Fact::Host(HostFact::Started { host }) => format!("{host} started"),
        Fact::Connection(fact) => connection_event(fact),
        Fact::Fault(FaultFact::Injected { text, .. } | FaultFact::Ended { text, .. }) => {
            text.clone()
        }
        Fact::Fault(FaultFact::WithoutEffect { text, .. }) => format!("no effect: {text}"),
        Fact::Application(ApplicationFact::Started { application, start_type }) => {
            format!("{application} started {start_type}")
        }
        Fact::Application(ApplicationFact::Stopped { application, reason }) => {
            format!("{application} stopped {}", shape(reason))
        }
        Fact::Global(GlobalFact::Registered { name, pid }) => {
            format!("{} belongs to {}", shape(name), pid.node())
        }
        Fact::Global(GlobalFact::Unregistered { name }) => {
            format!("{} belongs to nobody", shape(name))
        }
    };
    format!("{node} {what}")
}

const fn node_event(fact: &NodeFact) -> &'static str {
    match fact {
        NodeFact::Started { .. } => "node started",
        NodeFact::Stopped { .. } => "node stopped",
        NodeFact::Crashed => "node crashed",
        NodeFact::RestartPlanned { .. } => "restart planned",
        NodeFact::RestartsExhausted { .. } => "restarts exhausted",
        NodeFact::Paused => "node paused",
        NodeFact::Resumed => "node resumed",
    }
}

fn connection_event(fact: &ConnectionFact) -> String {
    match fact {
        ConnectionFact::Up { peer } => format!("{peer} up"),
        ConnectionFact::Down { peer, reason } => format!("{peer} down {reason}"),
        ConnectionFact::Failed { peer } => format!("{peer} not reached"),
        ConnectionFact::CookieRejected { peer } => format!("{peer} turned down"),
    }
}

/// The depth to which messages are inspected.
const DEPTH: usize = 6;

/// A term with its atoms only: what kind of message it is.
fn shape(term: &Term) -> String {
    shape_within(term, DEPTH)
}

fn shape_within(term: &Term, depth: usize) -> String {
    let Some(below) = depth.checked_sub(1) else { return "…".to_owned() };
    let inner = |term: &Term| shape_within(term, below);
    match term.view() {
        TermView::Integer(_) | TermView::BigInteger(_) | TermView::Float(_) => "0".to_owned(),
        TermView::Atom(atom) => atom.as_str().to_owned(),
        TermView::Reference(_) => "ref".to_owned(),
        TermView::Pid(pid) => format!("<{}>", pid.node()),
        TermView::Tuple(tuple) => {
            format!("{{{}}}", tuple.iter().map(inner).collect::<Vec<_>>().join(","))
        }
        TermView::Map(map) => {
            let pairs = map.iter().map(|(key, value)| format!("{}={}", inner(key), inner(value)));
            format!("#{{{}}}", pairs.collect::<BTreeSet<_>>().into_iter().collect::<String>())
        }
        // However many there are of a kind.
        TermView::List { elements, tail: None } => {
            let kinds: BTreeSet<String> = elements.iter().map(inner).collect();
            format!("[{}]", kinds.into_iter().collect::<Vec<_>>().join(","))
        }
        TermView::List { tail: Some(_), .. } => "[|]".to_owned(),
        TermView::Binary(_) => "<<>>".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::time::Time;
    use crate::engine::trace::Detail;

    #[test]
    fn the_shape_of_a_message_is_what_kind_it_is() {
        for (term, expected) in [
            ("{posted,17}", "{posted,0}"),
            ("[{post,<<\"a\">>},{post,<<\"b\">>},stop]", "[stop,{post,<<>>}]"),
            ("#{b => 2, a => [1,2,3]}", "#{a=[0]b=0}"),
            ("{{{{{{{a}}}}}}}", "{{{{{{…}}}}}}"),
        ] {
            assert_eq!(shape(&term.parse().unwrap()), expected, "{term}");
        }
    }

    fn says(trace: &mut Trace, cause: RecordId, node: &str, text: &str) -> RecordId {
        let fact =
            Fact::Fault(FaultFact::Injected { fault: 0, text: text.to_owned(), scope: None });
        trace.record(Time::ZERO, cause, Some(Atom::new(node)), fact)
    }

    #[test]
    fn what_comes_round_again_is_the_same_and_what_comes_from_elsewhere_is_not() {
        let mut trace = Trace::new(Detail::Full);
        let first = says(&mut trace, RecordId::default(), "a", "tick");
        let second = says(&mut trace, first, "a", "tock");
        let third = says(&mut trace, second, "a", "tick");
        let elsewhere = says(&mut trace, RecordId::default(), "b", "tick");
        let crossed = says(&mut trace, elsewhere, "a", "tick");
        let lineage = Lineage::of(&trace);
        let [first, second, third, elsewhere, crossed] =
            [first, second, third, elsewhere, crossed].map(|id| lineage.fingerprint(id));
        assert_eq!(second, third);
        let all = BTreeSet::from([first, second, elsewhere, crossed]);
        assert_eq!(all.len(), 4);
    }
}
