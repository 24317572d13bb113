//! Random transcripts: commands that mean something to the cluster that the ones before them have
//! made, for each seed the same.

use std::collections::BTreeSet;
use std::path::Path;

use nodedown::shell::{Entry, Session, Transcript};
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

const SERVERS: &[Draw] = &[(4, Author::server), (18, Author::call)];

const SUPERVISORS: &[Draw] = &[(4, Author::supervisor), (14, Author::children), (8, Author::ask)];

const SILENCE: &[Draw] =
    &[(4, Author::partition), (4, Author::heal), (2, Author::pause), (3, Author::resume)];

impl Topic {
    /// One transcript of so many is about each: those with partitions take a minute on real nodes.
    fn of(seed: u64) -> Topic {
        match seed % 20 {
            0..6 => Topic::Signals,
            6..10 => Topic::Nodes,
            10..14 => Topic::Names,
            14..16 => Topic::Servers,
            16..18 => Topic::Supervisors,
            _ => Topic::Silence,
        }
    }

    fn draws(self) -> Vec<Draw> {
        let more = match self {
            Topic::Signals => [&[][..], &[]],
            Topic::Nodes => [NODES, &[]],
            Topic::Names => [NAMES, NODES],
            Topic::Servers => [SERVERS, NODES],
            Topic::Supervisors => [SUPERVISORS, SERVERS],
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
        let mut doubtful: BTreeSet<usize> = first
            .entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| (!can_be_carried_out(entry, &names)).then_some(index))
            .collect();
        for seed in 2..=SEEDS {
            let other = transcript.played(seed);
            let both = first.entries.iter().zip(&other.entries).enumerate();
            doubtful.extend(both.filter_map(|(index, (a, b))| (a != b).then_some(index)));
        }
        if doubtful.is_empty() {
            return first;
        }
        let mut index = 0;
        transcript.entries.retain(|_| {
            index += 1;
            !doubtful.contains(&(index - 1))
        });
    }
}

/// The transcript with the answers of a session, and the names that stand for something after it.
fn played(transcript: &Transcript) -> (Transcript, BTreeSet<String>) {
    let (mut session, mut transcript) = (Session::new(1), transcript.clone());
    for entry in &mut transcript.entries {
        if let Entry::Step { command, answer, .. } = entry {
            *answer = session.answer(command).unwrap_or_else(|error| vec![error.to_string()]);
        }
    }
    (transcript, session.words().into_iter().collect())
}

/// Whether a command makes sense to a real cluster: what it names has come to be.
fn can_be_carried_out(entry: &Entry, names: &BTreeSet<String>) -> bool {
    let Entry::Step { command, answer, .. } = entry else { return true };
    let complaints = ["** nothing is named", "** there is ", "** no answer yet"];
    let complains = answer.iter().any(|line| {
        complaints.iter().any(|complaint| line.starts_with(complaint))
            || (line.starts_with("** ") && (line.contains(" is no ") || line.ends_with(" is up")))
    });
    let mut words = command.split(|c: char| !c.is_ascii_alphanumeric());
    !complains && words.all(|word| !is_given(word) || names.contains(word))
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
        let draws = self.topic.draws();
        let length = self.random.random_range(15..=45);
        while commands.len() < length {
            let (_, draw) =
                *draws.choose_weighted(&mut self.random, |(weight, _)| *weight).unwrap();
            let drawn = draw(self);
            commands.extend(drawn.lines().map(str::to_owned));
        }
        commands.extend(self.last_questions());
        commands
    }

    /// The nodes, and a probe or two on each.
    fn cluster(&mut self) -> Vec<String> {
        let count = self.random.random_range(match self.topic {
            Topic::Signals | Topic::Servers => 1..=3,
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
        let mut commands = vec![format!("nodes {}{settings}", open.join(" "))];
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

    // ---- drawing --------------------------------------------------------------------------------

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

    // ---- processes ------------------------------------------------------------------------------

    fn spawn(&mut self) -> String {
        let node = self.node();
        self.spawn_on(node)
    }

    fn spawn_on(&mut self, node: &str) -> String {
        let name = self.name("p");
        let command = format!("spawn {name} on {node}");
        self.probes.push(name);
        command
    }

    fn spawn_by(&mut self) -> String {
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

    fn mailbox(&mut self) -> String {
        let sorted = if self.one_in(3) { "" } else { " sorted" };
        format!("mailbox {}{sorted}", self.probe())
    }

    fn alive(&mut self) -> String {
        format!("alive {}", self.probe())
    }

    fn reason(&mut self) -> String {
        format!("reason {}", self.probe())
    }

    /// One operation of a probe, or a few in one go.
    fn operations(&mut self) -> String {
        let probe = self.probe();
        let count = if self.one_in(4) { self.random.random_range(2..=4) } else { 1 };
        let operations: Vec<String> = (0..count).map(|_| self.operation()).collect();
        format!("{probe} {}", operations.join(" ; "))
    }

    fn operation(&mut self) -> String {
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

    fn monitor(&mut self) -> String {
        let target = self.target();
        let options =
            self.any(&["", "", "", " tag=gone", " alias=reply_demonitor", " alias=demonitor"]);
        format!("monitor {target} as {}{options}", self.reference("m"))
    }

    fn alias(&mut self) -> String {
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
    fn timer(&mut self) -> String {
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

    // ---- nodes ----------------------------------------------------------------------------------

    fn crash(&mut self) -> String {
        format!("{} {}", self.any(&["crash", "crash", "halt", "stop"]), self.node())
    }

    fn restart(&mut self) -> String {
        let node = self.node();
        format!("restart {node}\n{}", self.spawn_on(node))
    }

    fn cookie(&mut self) -> String {
        let (node, cookie) = (self.node(), self.any(&["sweet", "salty"]));
        if self.one_in(2) {
            return format!("cookie {node} {cookie}");
        }
        format!("cookie {node} {cookie} for {}", self.node())
    }

    fn disconnect(&mut self) -> String {
        format!("disconnect {} {}", self.node(), self.node())
    }

    fn connect(&mut self) -> String {
        format!("connect {} {}", self.node(), self.node())
    }

    fn ping(&mut self) -> String {
        format!("ping {} {}", self.node(), self.node())
    }

    fn nodes_of(&mut self) -> String {
        format!("nodes_of {}{}", self.node(), self.any(&["", "", " hidden", " connected"]))
    }

    // ---- names and groups -----------------------------------------------------------------------

    fn global(&mut self) -> String {
        let (probe, name) = (self.probe(), self.any(&["north", "south"]));
        let other = self.probe();
        let what = match self.random.random_range(0..12) {
            0..3 => format!("global_register {name}"),
            3 => format!("global_register {name} {other}"),
            4 => format!(
                "global_register {name} resolver={}",
                self.any(&["random_notify", "notify_all"])
            ),
            5 => format!("global_reregister {name} {other}"),
            6 => format!("global_unregister {name}"),
            7..9 => format!("global_whereis {name}"),
            9 => format!("global_send {name} {}", self.term()),
            10 => "global_sync".to_owned(),
            _ => "global_names".to_owned(),
        };
        format!("{probe} {what}")
    }

    fn lock(&mut self) -> String {
        let (probe, requester) = (self.probe(), self.any(&["me", "you"]));
        if self.one_in(3) {
            return format!("{probe} del_lock door {requester}");
        }
        format!("{probe} set_lock door {requester} retries=0")
    }

    fn group(&mut self) -> String {
        let (probe, group) = (self.probe(), self.any(&["red", "blue"]));
        let other = self.probe();
        let what = match self.random.random_range(0..12) {
            0..4 => format!("pg_join {group}"),
            4 => format!("pg_join {group} {other}"),
            5 | 6 => format!("pg_leave {group}"),
            7 | 8 => format!("pg_members {group}{}", self.any(&["", " local"])),
            9 => "pg_groups".to_owned(),
            _ => match self.known("g") {
                Some(monitor) if self.one_in(3) => format!("pg_demonitor {monitor}"),
                _ => format!("pg_monitor {group} as {}", self.reference("g")),
            },
        };
        format!("{probe} {what}")
    }

    // ---- servers and supervisors ----------------------------------------------------------------

    fn server(&mut self) -> String {
        let name = self.name("s");
        let place = if self.one_in(2) {
            format!("by {}", self.probe())
        } else {
            format!("on {}", self.node())
        };
        let options = self.any(&[
            "",
            "",
            " trap_exit",
            " name=left",
            " name=right trap_exit",
            " global=east",
            " init={stop,boom}",
            " init=ignore",
            " init={exit,boom}",
        ]);
        let command = format!("server {name} {place}{options}");
        if !options.contains("init") {
            self.servers.push(name);
        }
        command
    }

    fn request(&mut self) -> &'static str {
        self.any(&[
            "{echo,1}",
            "{echo,two}",
            "state",
            "{sleep,20,done}",
            "{sleep,400,late}",
            "noreply",
            "{exit,boom}",
            "{exit,normal}",
            "{stop,normal,bye}",
            "{stop,boom,bye}",
            "{stop,shutdown}",
            "{trap_exit,true}",
            "{reply_later,20,done}",
            "{throw,odd}",
        ])
    }

    fn call(&mut self) -> String {
        let probe = self.probe();
        let known = self.servers.choose(&mut self.random).cloned();
        let server = match known {
            Some(server) if !self.one_in(8) => server,
            Some(_) if self.one_in(2) => {
                let (name, node) = (self.any(&["left", "right"]), self.node());
                if self.one_in(2) { name.to_owned() } else { format!("{{{name},{node}}}") }
            }
            _ => return self.server(),
        };
        let request = self.request();
        let what = match self.random.random_range(0..12) {
            0..5 => format!("call {server} {request} timeout=200ms"),
            5 | 6 => {
                format!("cast {server} {}", self.any(&["hello", "{exit,boom}", "{stop,normal}"]))
            }
            7 => format!("send {server} hello"),
            8 => format!("exit {server} {}", self.exit_reason()),
            9 => format!("send_request {server} {request} as {}", self.reference("r")),
            10 => match self.known("r") {
                Some(request) => {
                    let way = self.any(&["receive_response", "wait_response"]);
                    format!("{way} {request} timeout=500ms")
                }
                None => format!("stop {server} timeout=300ms"),
            },
            _ => format!("monitor {server} as {}", self.reference("m")),
        };
        format!("{probe} {what}\nwait 500ms")
    }

    fn child(&mut self) -> String {
        let (id, restart) =
            (self.any(&["x", "y", "z"]), self.any(&["permanent", "transient", "temporary"]));
        format!("{{{id},{restart}}}")
    }

    fn supervisor(&mut self) -> String {
        let name = self.name("v");
        let place = if self.one_in(3) {
            format!("by {}", self.probe())
        } else {
            format!("on {}", self.node())
        };
        let strategy = self.any(&["one_for_one", "one_for_all", "rest_for_one"]);
        let restarts = self.random.random_range(0..=4);
        let mut children: Vec<String> = Vec::new();
        for id in ["x", "y", "z"] {
            if !self.one_in(4) {
                let restart = self.any(&["permanent", "transient", "temporary"]);
                children.push(format!("{{{id},{restart}}}"));
            }
        }
        let command = format!(
            "supervisor {name} {place} {{{strategy},{restarts},1000}} [{}]",
            children.join(",")
        );
        self.supervisors.push(name);
        command
    }

    fn children(&mut self) -> String {
        let Some(supervisor) = self.supervisors.choose(&mut self.random).cloned() else {
            return self.supervisor();
        };
        let id = self.any(&["x", "y", "z", "w"]);
        match self.random.random_range(0..10) {
            0..4 => format!("children {supervisor}"),
            4 => format!("count_children {supervisor}"),
            5 | 6 => format!("start_child {supervisor} {}", self.child()),
            7 => format!("terminate_child {supervisor} {id}"),
            8 => format!("restart_child {supervisor} {id}"),
            _ => format!("delete_child {supervisor} {id}"),
        }
    }

    /// Tells a child, which is registered under its id, to do something.
    fn ask(&mut self) -> String {
        let (probe, id) = (self.probe(), self.any(&["x", "y", "z"]));
        let request = self.request();
        let what = match (self.random.random_range(0..6), self.supervisors.last()) {
            (0, Some(supervisor)) => {
                format!("exit {} {}", supervisor.clone(), self.any(&["kill", "shutdown", "boom"]))
            }
            (1, _) => format!("send {id} hello"),
            (2, _) => format!("cast {id} {{exit,boom}}"),
            (_, _) => format!("call {id} {request} timeout=200ms"),
        };
        format!("{probe} {what}\nwait 500ms")
    }

    // ---- silence --------------------------------------------------------------------------------

    /// A cut, and enough time for it to be noticed, or, seldom, none.
    fn partition(&mut self) -> String {
        if self.nodes.len() < 2 {
            return self.ping();
        }
        let at = self.random.random_range(1..self.nodes.len());
        let (one, other) = self.nodes.split_at(at);
        let cut = format!("partition {} | {}", one.join(" "), other.join(" "));
        self.noticed(&cut)
    }

    fn heal(&mut self) -> String {
        "heal".to_owned()
    }

    fn pause(&mut self) -> String {
        let pause = format!("pause {}", self.node());
        self.noticed(&pause)
    }

    fn resume(&mut self) -> String {
        format!("resume {}", self.node())
    }

    fn noticed(&mut self, silence: &str) -> String {
        if self.one_in(4) {
            return format!("{silence}\n{}\nheal", self.operations());
        }
        format!("{silence}\nwait 12s")
    }
}
