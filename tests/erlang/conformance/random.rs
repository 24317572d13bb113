//! Random transcripts: commands that mean something to the cluster that the ones before them have
//! made, for each seed the same.

mod applications;
mod cluster;
mod names;
mod processes;
mod servers;

use std::collections::BTreeSet;
use std::path::Path;

use nodedown::shell::{Session, Transcript, TranscriptEntry};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Under so many seeds the simulator must give the same answers: what it leaves to chance, so may
/// a real cluster.
const SEEDS: u64 = 8;

/// What a transcript is mostly about.
#[derive(Clone, Copy, Debug)]
enum Topic {
    Signals,
    Nodes,
    Names,
    Servers,
    Supervisors,
    Applications,
    Silence,
}

/// A command that can be drawn, and how often it is.
type Draw = (u32, fn(&mut Author) -> String);

const SIGNALS: &[Draw] = &[
    (5, Author::spawn),
    (5, Author::spawn_by),
    (30, Author::operations),
    (3, Author::timer),
    (10, Author::mailbox),
    (3, Author::alive),
    (3, Author::reason),
];

const NODES: &[Draw] = &[
    (2, Author::crash),
    (4, Author::restart),
    (1, Author::cookie),
    (4, Author::disconnect),
    (3, Author::connect),
    (4, Author::ping),
    (5, Author::nodes_of),
];

const NAMES: &[Draw] =
    &[(14, Author::global), (4, Author::lock), (12, Author::group), (3, Author::ping)];

const SERVERS: &[Draw] = &[(4, Author::server), (18, Author::call), (8, Author::remote_call)];

const SUPERVISORS: &[Draw] = &[(4, Author::supervisor), (14, Author::children), (8, Author::ask)];

const APPLICATIONS: &[Draw] = &[
    (14, Author::application),
    (4, Author::application_process),
    (2, Author::crash),
    (4, Author::restart),
    (2, Author::ping),
];

const SILENCE: &[Draw] =
    &[(4, Author::partition), (4, |_| "heal".to_owned()), (2, Author::pause), (3, Author::resume)];

/// What the transcripts of consecutive seeds are about, again and again. Those whose nodes need
/// time to go down, or to notice silence, take a minute on real nodes; they come late, so that a
/// few transcripts are soon done.
const TOPICS: [Topic; 20] = [
    Topic::Signals,
    Topic::Nodes,
    Topic::Names,
    Topic::Signals,
    Topic::Nodes,
    Topic::Servers,
    Topic::Supervisors,
    Topic::Signals,
    Topic::Names,
    Topic::Nodes,
    Topic::Signals,
    Topic::Names,
    Topic::Servers,
    Topic::Supervisors,
    Topic::Signals,
    Topic::Nodes,
    Topic::Names,
    Topic::Signals,
    Topic::Applications,
    Topic::Silence,
];

impl Topic {
    fn of(seed: u64) -> Topic {
        TOPICS[(seed % 20) as usize]
    }

    fn draws(self) -> Vec<Draw> {
        let more = match self {
            Topic::Signals => [&[][..], &[]],
            Topic::Nodes => [NODES, &[]],
            Topic::Names => [NAMES, NODES],
            Topic::Servers => [SERVERS, NODES],
            Topic::Supervisors => [SUPERVISORS, SERVERS],
            Topic::Applications => [APPLICATIONS, &[]],
            Topic::Silence => [NODES, SILENCE],
        };
        [SIGNALS, more[0], more[1]].concat()
    }
}

/// The commands of a seed that every run of the simulator answers alike.
pub(crate) fn transcript(seed: u64) -> Transcript {
    let mut author = Author::new(seed);
    let mut text = format!("# seed: {seed}\n");
    for command in author.commands() {
        text.extend(["> ", &command, "\n"]);
    }
    let name = format!("{seed}.transcript");
    let transcript = Transcript::parse(Path::new(&name), &text).unwrap();
    certain(transcript)
}

/// The transcript without the commands that cannot be carried out or whose answers chance decides,
/// with the answers of the simulator.
pub(crate) fn certain(mut transcript: Transcript) -> Transcript {
    loop {
        let (first, names) = played(&transcript);
        let mut dropped: BTreeSet<usize> = first
            .entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| (!can_be_carried_out(entry, &names)).then_some(index))
            .collect();
        for seed in 2..=SEEDS {
            let other = transcript.played(seed);
            let both = first.entries.iter().zip(&other.entries).enumerate();
            dropped.extend(both.filter_map(|(index, (a, b))| (a != b).then_some(index)));
        }
        if dropped.is_empty() {
            return first;
        }
        let mut index = 0;
        transcript.entries.retain(|_| {
            index += 1;
            !dropped.contains(&(index - 1))
        });
    }
}

/// The transcript with the answers of a session, and the names that stand for something after it.
fn played(transcript: &Transcript) -> (Transcript, BTreeSet<String>) {
    let (mut session, mut transcript) = (Session::new(1), transcript.clone());
    for entry in &mut transcript.entries {
        if let TranscriptEntry::Step { command, answer, .. } = entry {
            *answer = session.answer(command).unwrap_or_else(|error| vec![error.to_string()]);
        }
    }
    (transcript, session.words().into_iter().collect())
}

/// Whether a command makes sense to a real cluster: what it names has come to be.
fn can_be_carried_out(entry: &TranscriptEntry, names: &BTreeSet<String>) -> bool {
    let TranscriptEntry::Step { command, answer, .. } = entry else { return true };
    let complaints = ["** nothing is named", "** there is ", "** no answer yet"];
    // The start function of a child has no name here, and is handed to a supervisor otherwise.
    let tells_a_child =
        |line: &String| line.contains("{start_child,<#") || line.contains(",{child,undefined,");
    let is_refused = answer.iter().any(|line| {
        complaints.iter().any(|complaint| line.starts_with(complaint))
            || (line.starts_with("** ") && (line.contains(" is no ") || line.ends_with(" is up")))
            || tells_a_child(line)
    });
    let mut words = command.split(|c: char| !c.is_ascii_alphanumeric());
    !is_refused && words.all(|word| !is_given(word) || names.contains(word))
}

/// Whether a word has the form of the names that authors give: letters and then digits.
fn is_given(word: &str) -> bool {
    let digits = word.trim_start_matches(|c: char| c.is_ascii_lowercase());
    digits.len() < word.len() && !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
}

/// What the commands so far have made, as far as it can be known without carrying them out.
struct Author {
    random: ChaCha8Rng,
    topic: Topic,
    nodes: Vec<&'static str>,
    probes: Vec<String>,
    /// Monitors, aliases, timers and requests.
    references: Vec<String>,
    servers: Vec<String>,
    supervisors: Vec<String>,
}

impl Author {
    fn new(seed: u64) -> Author {
        Author {
            random: ChaCha8Rng::seed_from_u64(seed),
            topic: Topic::of(seed),
            nodes: Vec::new(),
            probes: Vec::new(),
            references: Vec::new(),
            servers: Vec::new(),
            supervisors: Vec::new(),
        }
    }

    fn commands(&mut self) -> Vec<String> {
        let mut commands = self.cluster();
        let choices = self.topic.draws();
        let length = self.random.random_range(15..=45);
        while commands.len() < length {
            let (_, draw) =
                *choices.choose_weighted(&mut self.random, |(weight, _)| *weight).unwrap();
            let drawn = draw(self);
            commands.extend(drawn.lines().map(str::to_owned));
        }
        commands.extend(self.last_questions());
        commands
    }

    /// The nodes, and a probe or two on each.
    fn cluster(&mut self) -> Vec<String> {
        let count = self.random.random_range(match self.topic {
            Topic::Signals | Topic::Servers | Topic::Applications => 1..=3,
            Topic::Supervisors => 1..=2,
            Topic::Nodes | Topic::Names | Topic::Silence => 2..=4,
        });
        self.nodes = ["a", "b", "c", "d"][..count].to_vec();
        let mut settings = String::new();
        if matches!(self.topic, Topic::Silence) {
            settings.push_str(" ticktime=4s");
        }
        for setting in [" connect_all=false", " prevent_overlapping=false", " auto_connect=never"] {
            if self.one_in(12) {
                settings.push_str(setting);
            }
        }
        let (mut open, mut hidden) = (self.nodes.clone(), Vec::new());
        if count > 2 && self.one_in(8) {
            hidden = open.split_off(count - 1);
        }
        let mut commands = self.applications();
        commands.push(format!("nodes {}{settings}", open.join(" ")));
        commands.extend(hidden.iter().map(|node| format!("nodes {node} hidden{settings}")));
        for node in self.nodes.clone() {
            commands.extend((0..self.random.random_range(1..=2)).map(|_| self.spawn_on(node)));
        }
        commands
    }

    /// What has become of everything.
    fn last_questions(&self) -> Vec<String> {
        let about_nodes = self.nodes.iter().map(|node| format!("nodes_of {node}"));
        let about_probes = self.probes.iter().flat_map(|probe| {
            [format!("mailbox {probe} sorted"), format!("alive {probe}"), format!("reason {probe}")]
        });
        about_nodes.chain(about_probes).collect()
    }

    fn one_in(&mut self, count: u32) -> bool {
        self.random.random_ratio(1, count)
    }

    fn any(&mut self, words: &[&'static str]) -> &'static str {
        words.choose(&mut self.random).unwrap()
    }

    fn node(&mut self) -> &'static str {
        self.nodes.choose(&mut self.random).unwrap()
    }

    fn probe(&mut self) -> String {
        self.probes.choose(&mut self.random).unwrap().clone()
    }

    /// Another name than every one before.
    fn name(&mut self, prefix: &str) -> String {
        let count =
            self.probes.len() + self.references.len() + self.servers.len() + self.supervisors.len();
        format!("{prefix}{}", count + 1)
    }

    fn reference(&mut self, prefix: &str) -> String {
        let name = self.name(prefix);
        self.references.push(name.clone());
        name
    }

    /// A reference of that kind, if there is any.
    fn known(&mut self, prefix: &str) -> Option<String> {
        let all: Vec<&String> =
            self.references.iter().filter(|name| name.starts_with(prefix)).collect();
        all.choose(&mut self.random).map(|name| (*name).clone())
    }

    fn term(&mut self) -> String {
        let probe = self.probe();
        let word = self.any(&["hello", "42", "[]", "{1,two}", "\"text\"", "#{k => 1.5}"]);
        if self.one_in(4) { format!("{{from,<{probe}>}}") } else { word.to_owned() }
    }

    fn exit_reason(&mut self) -> &'static str {
        self.any(&[
            "normal",
            "normal",
            "kill",
            "kill",
            "killed",
            "shutdown",
            "boom",
            "boom",
            "noconnection",
            "{shutdown,why}",
            "{a,[1]}",
        ])
    }

    /// A name that probes and servers register.
    fn local_name(&mut self) -> &'static str {
        self.any(&["one", "two", "three"])
    }

    /// A process, by pid or, seldom, by a name.
    fn target(&mut self) -> String {
        match self.random.random_range(0..10) {
            0 => self.local_name().to_owned(),
            1 | 2 => {
                let (name, node) = (self.local_name(), self.node());
                format!("{{{name},{node}}}")
            }
            _ => self.probe(),
        }
    }
}
