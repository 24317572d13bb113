//! The records of a trace, a column for each of their parts.

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use super::line::TraceLine;
use super::processes::Processes;

/// Texts, each kept once. Number 0 is the empty text.
#[derive(Debug)]
pub(super) struct Texts {
    numbers: HashMap<String, u32, FxBuildHasher>,
}

impl Default for Texts {
    fn default() -> Texts {
        let mut texts = Texts { numbers: HashMap::default() };
        texts.number("");
        texts
    }
}

impl Texts {
    /// The number of a text, a new one if it is new.
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.numbers.len() as u32;
        self.numbers.insert(text.to_owned(), number);
        number
    }

    /// The number of a text that may be missing; 0 if it is.
    pub(super) fn optional(&mut self, text: Option<&str>) -> u32 {
        text.map_or(0, |text| self.number(text))
    }

    /// All texts in the order of their numbers.
    pub(super) fn list(&self) -> Vec<&str> {
        let mut list = vec![""; self.numbers.len()];
        for (text, number) in &self.numbers {
            list[*number as usize] = text;
        }
        list
    }
}

/// Names in the order in which they were first met.
#[derive(Debug, Default)]
pub(super) struct NameList {
    names: Vec<String>,
}

impl NameList {
    /// The place of a name, a new one if it is new.
    pub(super) fn place(&mut self, name: &str) -> usize {
        let known = self.names.iter().position(|known| known == name);
        known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }
}

/// The records of a trace in their order. Where a number stands for a node, a process or a record,
/// it is its place counted from 1, and 0 means none.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// The record's number in the trace.
    pub id: Vec<u32>,
    /// The kind, by its place in the list of kinds.
    pub kind: Vec<u8>,
    /// The time in nanoseconds.
    pub at: Vec<u64>,
    pub node: Vec<u16>,
    /// The record that led to it.
    pub cause: Vec<u32>,
    /// The process that the record is about.
    pub process: Vec<u32>,
    /// A second process: the parent, or the receiver of what is sent.
    pub other: Vec<u32>,
    /// The message, the reason, or what was said.
    pub text: Vec<u32>,
    /// A name, as the kind has one: the receiver's, the application's, the signal's.
    pub name: Vec<u32>,
    /// The place in the source that a message comes from.
    pub source: Vec<u32>,
    /// A number, as the kind has one: an operation, a fault, a peer, a time.
    pub number: Vec<u64>,
    /// The step of the run after which a fault strikes right after the record; empty if that is not known.
    pub step: Vec<u64>,
}

impl Columns {
    pub(super) fn len(&self) -> usize {
        self.id.len()
    }

    /// The place of the record with this number in the trace, counted from 1; 0 if there is none.
    pub(super) fn place(&self, id: u32) -> u32 {
        // Numbers have no gaps unless something was left out.
        let guess = id as usize;
        if guess > 0 && self.id.get(guess - 1) == Some(&id) {
            return id;
        }
        self.id.binary_search(&id).map_or(0, |index| index as u32 + 1)
    }

    /// Adds a record.
    pub(super) fn push(
        &mut self,
        line: &TraceLine,
        kinds: &mut NameList,
        nodes: &mut NameList,
        processes: &mut Processes,
        texts: &mut Texts,
    ) {
        let mut node =
            |name: &Option<String>| name.as_deref().map_or(0, |name| nodes.place(name) as u16 + 1);
        let own = node(&line.node);
        let peer = node(&line.peer);
        let process = processes.subject(line, own, texts);
        let is_sending = matches!(line.what.as_str(), "sent" | "lost");
        let far = if is_sending { &line.to } else { &line.from };
        let other = line.parent.as_deref().or(far.as_deref());
        self.id.push(line.id);
        self.kind.push(kinds.place(&line.what).min(255) as u8);
        self.at.push(line.at.unwrap_or_default());
        self.node.push(own);
        self.cause.push(self.place(line.cause));
        self.process.push(process);
        self.other.push(other.map_or(0, |pid| processes.known(pid)));
        let repeated =
            line.repeats_cause.then(|| self.text[self.cause[self.cause.len() - 1] as usize - 1]);
        self.text.push(repeated.unwrap_or_else(|| texts.optional(text_of(line))));
        self.name.push(texts.optional(name_of(line)));
        let source = line.place.as_deref().filter(|_| line.what == "sent");
        self.source.push(texts.optional(source));
        let peer = Some(u64::from(peer)).filter(|peer| *peer > 0);
        let number = line.fault.or(line.operation).map(|number| number + 1).or(peer);
        let number = number.or(line.after_ns).or(line.creation).or(line.restarts).or(line.waiting);
        self.number.push(number.unwrap_or_default());
    }
}

/// The long text of a record.
fn text_of(line: &TraceLine) -> Option<&str> {
    let texts =
        [&line.message, &line.reason, &line.text, &line.start_type, &line.outcome, &line.state];
    texts.into_iter().find_map(Option::as_deref)
}

/// The name in a record beside its process.
fn name_of(line: &TraceLine) -> Option<&str> {
    if line.what == "sent" {
        return line.to.as_deref().filter(|to| !to.starts_with('<'));
    }
    let names = [
        &line.signal,
        &line.application,
        &line.name,
        &line.why,
        &line.place,
        &line.level,
        &line.host,
    ];
    let receiver = line.to.as_deref().filter(|to| !to.starts_with('<'));
    names.into_iter().find_map(Option::as_deref).or(receiver)
}
