//! A session: a simulated cluster, and what is typed at it.

use std::cell::{Ref, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use super::application::{Definition, Starts};
use super::command::{Command, Settings};
use super::explain::Silence;
use super::names::{Names, SharedNames, Thing};
use super::operation::Operation;
use super::probe::{self, Desk, Work, summons};
use super::vocabulary::Vocabulary;
use super::{Answer, CommandError, explain, grammar, help, operation_words, printing};
use crate::atom;
use crate::engine::network::NodeId;
use crate::engine::runtime::{CallId, OtpRelease, RunOutcome, World, WorldConfig};
use crate::engine::term::{Pid, Term};
use crate::engine::time::Time;
use crate::engine::trace::{ConnectionFact, Detail, Fact, ProcessFact, Trace};

/// The time that the cluster gets to come to rest after a command.
const REST: Duration = Duration::from_millis(80);

/// The time that it gets while a partition is in force: then it is never quite at rest.
const REST_APART: Duration = Duration::from_millis(300);

/// The time that it gets when connections have come or gone: nodes tell each other whom they know, and
/// two clusters that meet take up to about a second (B49).
const MEETING: Duration = Duration::from_millis(1200);

/// The longest time that a session waits for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The time between two looks for the answer.
const STEP: Duration = Duration::from_millis(1);

/// The steps that the world of a session may take: processes that never come to rest, and take no time
/// for what they do, would go on for ever.
const BUDGET: u64 = 2_000_000;

/// A simulated cluster that commands are typed at. The same commands and the same seed: the same
/// answers.
pub struct Session {
    pub(super) world: World,
    pub(super) names: SharedNames,
    pub(super) nodes: BTreeMap<String, Settings>,
    pub(super) paused: BTreeSet<String>,
    pub(super) partitions: u32,
    /// One of them is in force.
    pub(super) apart: bool,
    /// The pairs of nodes that they cut off from each other.
    pub(super) cuts: Vec<(String, String)>,
    pub(super) applications: Vec<Definition>,
    pub(super) starts: Starts,
    /// The release of nodes that name none.
    pub(super) release: OtpRelease,
    /// The complaint about the event budget, when it is used up.
    spent: RefCell<Option<String>>,
    /// The records from here on are those of the last command.
    since: usize,
    started: Time,
    commands: Vec<SessionCommand>,
}

/// A command of a session that has been carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionCommand {
    /// The time at which it began.
    pub at: Time,
    /// The number of records that the trace had before it.
    pub records: usize,
    /// The command as it was typed.
    pub line: String,
}

impl Session {
    /// A session without nodes.
    #[must_use]
    pub fn new(seed: u64) -> Session {
        let detail = Detail::Full;
        let config = WorldConfig { seed, detail, event_budget: BUDGET, ..WorldConfig::default() };
        Session {
            world: World::new(config),
            names: Rc::new(RefCell::new(Names::default())),
            nodes: BTreeMap::new(),
            paused: BTreeSet::new(),
            partitions: 0,
            apart: false,
            cuts: Vec::new(),
            applications: Vec::new(),
            starts: Starts::default(),
            release: OtpRelease::default(),
            spent: RefCell::default(),
            since: 0,
            started: Time::ZERO,
            commands: Vec::new(),
        }
    }

    /// The same session with nodes of this release, where they are not told otherwise.
    #[must_use]
    pub fn with_release(self, release: OtpRelease) -> Session {
        Session { release, ..self }
    }

    /// Everything that has happened so far, in full.
    #[must_use]
    pub fn trace(&self) -> Ref<'_, Trace> {
        self.world.trace()
    }

    /// The commands so far that do anything.
    #[must_use]
    pub fn commands(&self) -> &[SessionCommand] {
        &self.commands
    }

    /// The virtual time.
    #[must_use]
    pub fn now(&self) -> Time {
        self.world.now()
    }

    /// Returns whether a line is the command that ends a session.
    #[must_use]
    pub fn is_quit(line: &str) -> bool {
        matches!(grammar::parse(line), Ok(Command::Quit))
    }

    /// Returns whether a line is a command.
    ///
    /// # Errors
    /// Says what was expected.
    pub fn check(line: &str) -> Result<(), CommandError> {
        grammar::parse(line).map(drop)
    }

    /// Carries a command out, lets the cluster come to rest, and returns the lines of the answer.
    ///
    /// # Errors
    /// If the line is no command; then nothing has happened.
    pub fn answer(&mut self, line: &str) -> Result<Vec<String>, CommandError> {
        let command = grammar::parse(line)?;
        if !matches!(command, Command::Explain | Command::Help(_)) {
            self.since = self.world.trace().records().len();
            self.started = self.now();
            let line = line.to_owned();
            self.commands.push(SessionCommand { at: self.started, records: self.since, line });
        }
        let answers = self.execute(command);
        Ok(answers.into_iter().flat_map(|answer| self.print(answer)).collect())
    }

    /// Explains the effects of the last command: signals, connections, and losses, a line each.
    #[must_use]
    pub fn explain(&self) -> Vec<String> {
        let trace = self.world.trace();
        let names = &mut self.names.borrow_mut();
        let mut lines = explain::explain(&trace, self.since, self.started, names);
        lines.extend(explain::unnoticed(&trace, &self.silences()));
        lines
    }

    /// The pairs of nodes that hear nothing of each other: which one hears nothing, of whom, and how
    /// it notices.
    fn silences(&self) -> Vec<Silence> {
        let paused = self.paused.iter().flat_map(|paused| {
            let others = self.nodes.keys().filter(move |node| *node != paused);
            others.map(move |other| (other, paused))
        });
        let cut = self.cuts.iter().flat_map(|(one, other)| [(one, other), (other, one)]);
        let mut pairs: Vec<(&String, &String)> = paused.chain(cut).collect();
        pairs.retain(|(node, _)| !self.paused.contains(*node));
        pairs.sort();
        pairs.dedup();
        let silence = |(node, of): (&String, &String)| {
            let ticktime = self.nodes.get(node)?.ticktime;
            Some(Silence { node: node.clone(), of: of.clone(), ticktime })
        };
        pairs.into_iter().filter_map(silence).collect()
    }

    /// Returns the words that a command can begin with, and every name of the session.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let names = self.names.borrow();
        let mut words: Vec<String> = help::commands().map(str::to_owned).collect();
        words.extend(operation_words::all().map(|each| each.word().to_owned()));
        words.extend(names.all().chain(names.nodes()).map(str::to_owned));
        words
    }

    /// Returns the words of the session, to complete a line with.
    #[must_use]
    pub fn vocabulary(&self) -> Vocabulary {
        let applications = self.applications.iter().map(|each| each.name.clone());
        Vocabulary::of(&self.names.borrow(), applications)
    }

    fn print(&self, answer: Answer) -> Vec<String> {
        let mut names = self.names.borrow_mut();
        match answer {
            Answer::Silent => Vec::new(),
            Answer::Terms(terms) => {
                terms.iter().map(|term| printing::print(term, &mut names)).collect()
            }
            Answer::Raised(exit) => vec![printing::print_exception(&exit, &mut names)],
            Answer::Complaint(text) => vec![format!("** {text}")],
            Answer::Text(lines) => lines,
        }
    }

    /// Carries a command out and lets the cluster come to rest, unless the command only looks.
    fn execute(&mut self, command: Command) -> Vec<Answer> {
        let disturbs = !command.is_question();
        let is_of_world = !matches!(command, Command::Help(_) | Command::Explain | Command::Quit);
        let answers = self.carry_out(command);
        if disturbs {
            self.rest();
        }
        match &*self.spent.borrow() {
            Some(complaint) if is_of_world => vec![Answer::Complaint(complaint.clone())],
            Some(_) | None => answers,
        }
    }

    /// Goes on until then, or until nothing is left to happen or the budget is used up.
    fn advance(&self, until: Time) -> RunOutcome {
        let outcome = self.world.run_until(until);
        if let RunOutcome::BudgetExhausted { busy } = &outcome {
            let busy: Vec<&str> = busy.iter().map(|(label, _)| label.as_str()).collect();
            let (budget, at) = (BUDGET / 1_000_000, self.now());
            let who = if busy.is_empty() { "nobody".to_owned() } else { busy.join(", ") };
            *self.spent.borrow_mut() = Some(format!(
                "the event budget of {budget} million steps is used up at {at}; still busy: {who}"
            ));
        }
        outcome
    }

    fn carry_out(&mut self, command: Command) -> Vec<Answer> {
        let answer = match command {
            Command::Do { process, operations, background } => {
                return self.tell(&process, operations, background);
            }
            Command::Result(process) => return self.result(&process),
            Command::Explain => return vec![Answer::Text(self.explain())],
            Command::Help(topic) => return vec![Answer::Text(help::help(topic.as_deref()))],
            Command::Quit => return Vec::new(),
            Command::Wait(time) => {
                self.wait(time);
                return Vec::new();
            }
            Command::Spawn { name, node } => self.spawn(&name, &node),
            Command::IsAlive(process) => self.is_alive(&process),
            Command::Status(process) => self.status(&process),
            Command::Reason(process) => self.reason(&process),
            Command::Cluster(command) => self.execute_on_cluster(command),
            Command::Application(command) => self.execute_on_applications(command),
        };
        vec![answer.unwrap_or_else(Answer::Complaint)]
    }

    /// Starts a probe.
    fn spawn(&mut self, name: &str, node: &str) -> Result<Answer, String> {
        let id = self.usable(node)?;
        let (desk, names) = (Rc::new(Desk::default()), Rc::clone(&self.names));
        let life = Rc::clone(&desk);
        let pid = self.world.spawn(id, name, move |ctx| probe::live(ctx, life, names));
        self.names.borrow_mut().bind(name, Thing::Process(pid, Some(desk)));
        Ok(Answer::Silent)
    }

    /// Has a probe do something.
    fn tell(&mut self, process: &str, operations: Vec<Operation>, later: bool) -> Vec<Answer> {
        let work = match self.order(process, operations) {
            Ok(work) => work,
            Err(complaint) => return vec![Answer::Complaint(complaint)],
        };
        if later { Vec::new() } else { self.finish(process, &work) }
    }

    fn order(&mut self, process: &str, operations: Vec<Operation>) -> Result<Work, String> {
        let (desk, pid) = {
            let names = self.names.borrow();
            (names.desk(process)?, names.process(process)?)
        };
        let has_ended = || format!("{process} has ended");
        self.usable(short(pid))
            .map_err(|error| if self.paused.contains(short(pid)) { error } else { has_ended() })?;
        if desk.is_busy() {
            return Err(format!("{process} is busy"));
        }
        if self.world.send_to(pid, summons()) { Ok(desk.put(operations)) } else { Err(has_ended()) }
    }

    /// Waits until a probe has done what it was told, or has ended.
    fn finish(&mut self, process: &str, work: &Work) -> Vec<Answer> {
        let desk = self.names.borrow().desk(process);
        let done = self.run_until(|| desk.as_ref().is_ok_and(|desk| !desk.is_busy()));
        let mut answers = std::mem::take(&mut work.borrow_mut().answers);
        if !done {
            answers.push(no_answer());
        }
        answers
    }

    /// Answers the result of what a probe does in the background.
    fn result(&mut self, process: &str) -> Vec<Answer> {
        let desk = self.names.borrow().desk(process);
        match desk {
            Err(complaint) => vec![Answer::Complaint(complaint)],
            Ok(desk) if desk.is_busy() => vec![Answer::from(Term::atom("pending"))],
            Ok(desk) => desk
                .work()
                .map_or_else(Vec::new, |work| std::mem::take(&mut work.borrow_mut().answers)),
        }
    }

    /// Returns whether a process lives, as its own node knows.
    fn is_alive(&mut self, process: &str) -> Result<Answer, String> {
        let pid = self.names.borrow().process(process)?;
        let node = short(pid);
        if !self.is_up(node)? {
            return Ok(Answer::from(false));
        }
        Ok(self.ask(node, move |ctx| async move {
            let alive = pid.incarnation() == ctx.incarnation() && ctx.is_process_alive(pid)?;
            Ok(Answer::from(alive))
        }))
    }

    /// Answers whether a process waits for a message or for a busy connection (A7); `undefined` for one that has
    /// ended.
    fn status(&mut self, process: &str) -> Result<Answer, String> {
        let pid = self.names.borrow().process(process)?;
        let node = short(pid);
        if !self.is_up(node)? {
            return Ok(Answer::from(atom!("undefined")));
        }
        Ok(self.ask(node, move |ctx| async move {
            let alive = pid.incarnation() == ctx.incarnation() && ctx.is_process_alive(pid)?;
            Ok(Answer::from(match (alive, ctx.is_suspended(pid)) {
                (false, _) => atom!("undefined"),
                (true, true) => atom!("suspended"),
                (true, false) => atom!("waiting"),
            }))
        }))
    }

    /// The exit reason of a process, as its own node knows: the node forgets it when it ends, and
    /// has never known a process that could not be started.
    fn reason(&mut self, process: &str) -> Result<Answer, String> {
        let wanted = self.names.borrow().process(process)?;
        let undefined = Answer::from(atom!("undefined"));
        let node = short(wanted);
        if !self.is_up(node)? {
            return Ok(undefined);
        }
        self.usable(node)?;
        let known = self.ask(node, move |ctx| async move {
            Ok(Answer::from(wanted.incarnation() == ctx.incarnation()))
        });
        if !matches!(known, Answer::Terms(answer) if answer == [Term::from(true)]) {
            return Ok(undefined);
        }
        let trace = self.world.trace();
        let reason = trace.records().iter().rev().find_map(|record| {
            let Fact::Process(ProcessFact::Exited { pid, reason, label, .. }) = &record.fact else {
                return None;
            };
            (*pid == wanted && *label != atom!("placeholder")).then(|| reason.clone())
        });
        Ok(reason.map_or(undefined, Answer::from))
    }

    /// A node that is up and does not stand still.
    pub(super) fn usable(&self, node: &str) -> Result<NodeId, String> {
        if !self.is_up(node)? {
            return Err(format!("{node} is down"));
        }
        if self.paused.contains(node) {
            return Err(format!("{node} is paused"));
        }
        self.node_id(node)
    }

    pub(super) fn is_up(&self, node: &str) -> Result<bool, String> {
        self.node_id(node).map(|id| self.world.is_up(id))
    }

    pub(super) fn node_id(&self, node: &str) -> Result<NodeId, String> {
        let full = self.names.borrow().node(node)?;
        self.world.node_id(full).ok_or_else(|| format!("there is no node {node}"))
    }

    /// Goes on until something is so, but not for ever. Returns whether it is.
    pub(super) fn run_until(&self, done: impl Fn() -> bool) -> bool {
        let deadline = self.now() + PATIENCE;
        while !done() && self.now() < deadline {
            match self.advance(self.now() + STEP) {
                RunOutcome::Deadline => {}
                RunOutcome::Quiescent
                | RunOutcome::BudgetExhausted { .. }
                | RunOutcome::Called(_)
                | RunOutcome::Recorded
                | RunOutcome::Stepped
                | RunOutcome::StepsDone => return done(),
            }
        }
        done()
    }

    /// Lets the cluster come to rest: longer as long as connections come and go. Timers that have
    /// not expired are no reason to wait.
    pub(super) fn rest(&self) {
        let mut seen = self.since;
        let mut time = if self.apart { REST_APART } else { REST };
        loop {
            let outcome = self.advance(self.now() + time);
            let settled = !self.connections_changed(seen);
            if settled
                || matches!(outcome, RunOutcome::Quiescent | RunOutcome::BudgetExhausted { .. })
            {
                return;
            }
            seen = self.world.trace().records().len();
            time = MEETING;
        }
    }

    /// Returns whether a connection has come or gone since that record.
    fn connections_changed(&self, since: usize) -> bool {
        self.world.trace().records()[since..].iter().any(|record| {
            matches!(
                record.fact,
                Fact::Connection(ConnectionFact::Up { .. } | ConnectionFact::Down { .. })
            )
        })
    }

    /// Lets time pass, be there something to do or not.
    fn wait(&self, time: Duration) {
        let end = self.now() + time;
        self.world.call_at(end, CallId(0));
        while self.now() < end {
            if let RunOutcome::BudgetExhausted { .. } = self.advance(end) {
                return;
            }
        }
    }
}

/// The answer to what takes too long.
pub(super) fn no_answer() -> Answer {
    Answer::Complaint("no answer yet".to_owned())
}

/// The short name of the node of a process.
pub(super) fn short(pid: Pid) -> &'static str {
    let full = pid.node().as_str();
    full.split_once('@').map_or(full, |(name, _)| name)
}
