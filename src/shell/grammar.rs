//! Reading commands.

use super::application::{Definition, Spread};
use super::command::{
    ApplicationCommand, ApplicationOrder, ChildOrder, ClusterCommand, Command, Distribution,
    NodeOrder, Settings, spawn_by,
};
use super::operation::{Argument, Call, Operation, Shown, Spawning};
use super::operation_words;
use super::server::{ServerStart, Teller};
use super::supervisor::{Child, SupervisorStart};
use super::template::Template;
use super::words::{Words, atom_in, duration_in, name_in, timeout_in};
use super::{CommandError, expected, foreign, help, hint};
use crate::engine::network::KernelError;
use crate::engine::runtime::{AutoConnect, OtpRelease};
use crate::engine::term::{Atom, Term};
use crate::otp::application::RestartType;
use crate::spelling::{self, Choice};

/// Reads a command.
///
/// # Errors
/// Says what was expected, and which command may be meant.
pub(super) fn parse(line: &str) -> Result<Command, CommandError> {
    let mut words = Words::of(line)?;
    let first = words.word("a command; `help` lists them")?;
    let readers: [fn(&str, &mut Words<'_>) -> Read<Command>; 7] = [
        |word, words| node(word, words).map(Command::Cluster),
        |word, words| meeting(word, words).map(Command::Cluster),
        process,
        behaviour,
        |word, words| children(word, words).map(Command::Cluster),
        |word, words| application(word, words).map(Command::Application),
        session,
    ];
    for read in readers {
        match read(first, &mut words) {
            Ok(command) => return words.end().map(|()| command),
            Err(Some(error)) => return Err(about(first, &error)),
            Err(None) => {}
        }
    }
    told(first, &mut words).map_err(|error| match foreign::instead(line, help::usage) {
        Some(instead) => CommandError::new(format!("{error}; {instead}")),
        None => error,
    })
}

/// A command; no error if the word begins none of this kind.
type Read<T> = Result<T, Option<CommandError>>;

/// An error with the usage of the command.
fn about(command: &str, error: &CommandError) -> CommandError {
    let usage = help::usage(command).map(|usage| format!("; usage: {usage}"));
    CommandError::new(format!("{error}{}", usage.unwrap_or_default()))
}

/// `PROCESS OPERATION…`
fn told(process: &str, words: &mut Words<'_>) -> Result<Command, CommandError> {
    let hint = hint(process, help::commands());
    let Some(operation) = words.peek() else {
        return Err(CommandError::new(format!("unknown command `{process}`{hint}")));
    };
    if !operation_words::begins(operation) {
        if hint.is_empty() {
            return Err(operation_words::unknown(operation));
        }
        return Err(CommandError::new(format!("unknown command `{process}`{hint}")));
    }
    let process = name_in(process, "the name of a process")?;
    let background = words.ends_in("&");
    let operations = operation_words::operations(words)
        .map_err(|error| CommandError::new(format!("{error}{}", usage_of(operation))))?;
    Ok(Command::Do { process, operations, background })
}

fn usage_of(operation: &str) -> String {
    help::usage(operation).map(|usage| format!("; usage: {usage}")).unwrap_or_default()
}

/// Nodes, and what happens to them.
fn node(word: &str, words: &mut Words<'_>) -> Read<ClusterCommand> {
    let order = |what, words: &mut Words<'_>| {
        Ok::<_, CommandError>(ClusterCommand::Node { node: words.name("a node")?, what })
    };
    Ok(match word {
        "nodes" => nodes(words)?,
        "crash" => order(NodeOrder::Crash, words)?,
        "halt" => order(NodeOrder::Halt, words)?,
        "restart" => order(NodeOrder::Restart, words)?,
        "pause" => order(NodeOrder::Pause, words)?,
        "resume" => order(NodeOrder::Resume, words)?,
        "up" => order(NodeOrder::IsUp, words)?,
        "partition" => partition(words)?,
        "heal" => ClusterCommand::Heal,
        "net_kernel_start" => {
            let node = words.name("a node")?;
            let name = if words.eat("as") { words.name("a node")? } else { node.clone() };
            ClusterCommand::Distribute { node, what: Distribution::Start(name) }
        }
        "net_kernel_stop" => {
            ClusterCommand::Distribute { node: words.name("a node")?, what: Distribution::Stop }
        }
        "nodes_of" => {
            let node = words.name("a node")?;
            let call = Call::new("erlang", "nodes").plain(node_kind(words.take())?);
            ClusterCommand::Ask { node, call: call.shown(Shown::Sorted) }
        }
        "cookie" => {
            let (node, cookie) = (words.name("a node")?, words.atom("a cookie")?);
            let call = Call::new("erlang", "set_cookie");
            let call = if words.eat("for") { call.node(words)? } else { call };
            ClusterCommand::Call { node, call: call.plain(cookie) }
        }
        "registered" => {
            let node = words.name("a node")?;
            let call = Call::new("erlang", "whereis").atom(words, "a registered name")?;
            ClusterCommand::Call { node, call: call.named(words)? }
        }
        _ => return Err(None),
    })
}

fn nodes(words: &mut Words<'_>) -> Result<ClusterCommand, CommandError> {
    let mut names = Vec::new();
    while let Some(word) = words.peek() {
        if word.contains('=') || (!names.is_empty() && ["hidden", "down"].contains(&word)) {
            break;
        }
        names.push(words.name("a node")?);
    }
    if names.is_empty() {
        return Err(expected("a node", words.peek()));
    }
    Ok(ClusterCommand::Nodes { names, settings: settings(words)? })
}

fn settings(words: &mut Words<'_>) -> Result<Settings, CommandError> {
    let mut settings = Settings::default();
    while let Some(word) = words.take() {
        match word.split_once('=').unwrap_or((word, "")) {
            ("alive", "false") => settings.alive = false,
            ("otp", number) => settings.otp = Some(release_in(number)?),
            ("hidden", "") => settings.hidden = true,
            ("down", "") => settings.down = true,
            ("cookie", cookie) => settings.cookie = Some(atom_in(cookie, "a cookie")?),
            ("ticktime", time) => settings.ticktime = duration_in(time)?,
            ("setuptime", time) => settings.setuptime = duration_in(time)?,
            ("kernel", release) => {
                settings.kernel = release.parse().map_err(|error: KernelError| {
                    CommandError::new(format!("{error}, not `{release}`"))
                })?;
            }
            ("auto_connect", "once") => settings.auto_connect = AutoConnect::Once,
            ("auto_connect", "never") => settings.auto_connect = AutoConnect::Never,
            ("connect_all", "false") => settings.connect_all = false,
            ("prevent_overlapping", "false") => settings.prevent_overlapping = false,
            ("sync_mandatory", nodes) => settings.sync_mandatory = equals(nodes)?,
            // The nodes of a distributed application that are to wait for nobody.
            ("sync_optional", "{}") => settings.sync_optional = Some(Vec::new()),
            ("sync_optional", nodes) => settings.sync_optional = Some(equals(nodes)?),
            ("sync_timeout", time) => settings.sync_timeout = duration_in(time)?,
            (key, _) => {
                let keys = SETTINGS.map(|known| known.split('=').next().unwrap_or(known));
                let key = spelling::nearest(key, keys);
                let near =
                    key.and_then(|key| SETTINGS.into_iter().find(|known| known.starts_with(key)));
                let hint =
                    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                return Err(CommandError::new(format!("unknown setting `{word}`{hint}")));
            }
        }
    }
    Ok(settings)
}

/// A release by its number.
pub(super) fn release_in(word: &str) -> Result<OtpRelease, CommandError> {
    let found = word.parse().ok().and_then(OtpRelease::from_number);
    found.ok_or_else(|| expected("25, 26, 27 or 28", Some(word)))
}

const SETTINGS: [&str; 14] = [
    "alive=false",
    "auto_connect=once",
    "connect_all=false",
    "cookie=",
    "down",
    "hidden",
    "kernel=",
    "otp=",
    "prevent_overlapping=false",
    "setuptime=",
    "sync_mandatory=",
    "sync_optional=",
    "sync_timeout=",
    "ticktime=",
];

fn node_kind(word: Option<&str>) -> Result<Atom, CommandError> {
    match word {
        None => Ok(Atom::new("visible")),
        Some(kind @ ("visible" | "hidden" | "connected" | "known")) => Ok(Atom::new(kind)),
        other => Err(expected("`visible`, `hidden`, `connected` or `known`", other)),
    }
}

fn partition(words: &mut Words<'_>) -> Result<ClusterCommand, CommandError> {
    let mut groups = vec![words.names("a node")?];
    let one_way = words.eat("->");
    if one_way {
        groups.push(words.names("a node")?);
    } else {
        words.keyword("|")?;
        groups.push(words.names("a node")?);
        while words.eat("|") {
            groups.push(words.names("a node")?);
        }
    }
    Ok(ClusterCommand::Partition { groups, one_way })
}

/// Calls on one node about another.
fn meeting(word: &str, words: &mut Words<'_>) -> Read<ClusterCommand> {
    let call = match word {
        "connect" => Call::new("net_kernel", "connect_node"),
        "disconnect" => Call::new("erlang", "disconnect_node"),
        "ping" => Call::new("net_adm", "ping"),
        _ => return Err(None),
    };
    let node = words.name("a node")?;
    let other = Argument::Node(words.name("a second node")?);
    Ok(ClusterCommand::Call { node, call: call.with(other) })
}

/// Probes.
fn process(word: &str, words: &mut Words<'_>) -> Read<Command> {
    Ok(match word {
        "spawn" => {
            let name = fresh_name(words)?;
            words.keyword("on")?;
            Command::Spawn { name, node: words.name("a node")? }
        }
        "spawn_link" => spawning(words, true, false)?,
        "spawn_monitor" => spawning(words, false, true)?,
        "spawn_opt" => spawning(words, false, false)?,
        "mailbox" => {
            let process = words.name("a process")?;
            let operations = vec![Operation::Mailbox { sorted: words.eat("sorted") }];
            Command::Do { process, operations, background: false }
        }
        "alive" => Command::IsAlive(words.name("a process")?),
        "status" => Command::Status(words.name("a process")?),
        "reason" => Command::Reason(words.name("a process")?),
        "result" => Command::Result(words.name("a process")?),
        _ => return Err(None),
    })
}

/// A name for something new: a word that begins no command.
fn fresh_name(words: &mut Words<'_>) -> Result<String, CommandError> {
    let name = words.name("a name for the process")?;
    if help::commands().any(|command| command == name) {
        return Err(CommandError::new(format!("`{name}` is a command: take another name")));
    }
    Ok(name)
}

fn spawning(words: &mut Words<'_>, link: bool, monitor: bool) -> Result<Command, CommandError> {
    let name = fresh_name(words)?;
    words.keyword("on")?;
    let node = words.name("a node")?;
    words.keyword("by")?;
    let process = words.name("a process")?;
    let link = words.eat("link") || link;
    let monitor = words.eat("monitor") || monitor;
    let monitor_name = words.as_name()?;
    Ok(spawn_by(process, Spawning { name, node, link, monitor, monitor_name }))
}

/// Servers and supervisors that are started.
fn behaviour(word: &str, words: &mut Words<'_>) -> Read<Command> {
    if !["server", "supervisor"].contains(&word) {
        return Err(None);
    }
    let name = fresh_name(words)?;
    let place = place(words)?;
    Ok(if word == "server" {
        let start = ServerStart::parse(name, words)?;
        match place {
            Place::On(node) => Command::Cluster(ClusterCommand::Server { start, node }),
            Place::By(process) => by_probe(process, Operation::StartServer(start)),
        }
    } else {
        let start = SupervisorStart::parse(name, words)?;
        match place {
            Place::On(node) => Command::Cluster(ClusterCommand::Supervisor { start, node }),
            Place::By(process) => by_probe(process, Operation::StartSupervisor(start)),
        }
    })
}

/// Reads a question to a supervisor, or an order.
fn children(word: &str, words: &mut Words<'_>) -> Read<ClusterCommand> {
    let orders = [
        "children",
        "count_children",
        "start_child",
        "terminate_child",
        "restart_child",
        "delete_child",
    ];
    if !orders.contains(&word) {
        return Err(None);
    }
    let supervisor = words.name("a supervisor")?;
    let call = |function| Call::new("supervisor", function);
    let what = match word {
        "children" => ChildOrder::Look(call("which_children").shown(Shown::Children)),
        "count_children" => ChildOrder::Look(call("count_children")),
        "terminate_child" => {
            ChildOrder::Call(call("terminate_child").term(words, "the id of a child, or <p>")?)
        }
        "restart_child" | "delete_child" => {
            ChildOrder::Call(call(word).atom(words, "the id of a child")?)
        }
        _ => start_child(words)?,
    };
    Ok(ClusterCommand::Children { supervisor, what })
}

/// A child, or the options of one that is made after a template.
fn start_child(words: &mut Words<'_>) -> Result<ChildOrder, CommandError> {
    let what = words.term("a child: {ID,RESTART}, or a list of options")?;
    let named = words.as_name()?;
    if what.plain().is_some_and(|term| term.as_list().is_some()) {
        return Ok(ChildOrder::StartWith { options: what, named });
    }
    Ok(ChildOrder::Start { child: Box::new(Child::of(&what)?), named })
}

/// The starter of something.
enum Place {
    On(String),
    By(String),
}

fn place(words: &mut Words<'_>) -> Result<Place, CommandError> {
    match words.word("`on` and a node, or `by` and a process")? {
        "on" => words.name("a node").map(Place::On),
        "by" => words.name("a process").map(Place::By),
        other => Err(expected("`on` or `by`", Some(other))),
    }
}

fn by_probe(process: String, operation: Operation) -> Command {
    Command::Do { process, operations: vec![operation], background: false }
}

/// Applications, and the stop of a node, which reads the same.
fn application(word: &str, words: &mut Words<'_>) -> Read<ApplicationCommand> {
    let what = match word {
        "application" => return Ok(ApplicationCommand::Define(definition(words)?)),
        "applications" => return Ok(ApplicationCommand::Running(words.name("a node")?)),
        "where" => return Ok(ApplicationCommand::Where(words.name("an application")?)),
        "stop" => {
            let what = words.name("a node or an application")?;
            return Ok(ApplicationCommand::Stop { what, on: nodes_on(words)? });
        }
        "start" => ApplicationOrder::Start,
        "ensure_started" => ApplicationOrder::EnsureStarted,
        "ensure_all_started" => ApplicationOrder::EnsureAllStarted,
        "load" => ApplicationOrder::Load,
        "unload" => ApplicationOrder::Unload,
        "takeover" | "permit" => return Ok(moved(word, words)?),
        "get_env" | "set_env" => return Ok(environment(word, words)?),
        _ => return Err(None),
    };
    let application = words.name("an application")?;
    Ok(ApplicationCommand::OnNodes { application, what, on: nodes_on(words)? })
}

/// `takeover X NODE` and `permit X NODE BOOL`.
fn moved(word: &str, words: &mut Words<'_>) -> Result<ApplicationCommand, CommandError> {
    let application = words.name("an application")?;
    let on = Some(vec![words.name("a node")?]);
    let what = if word == "permit" {
        ApplicationOrder::Permit(words.truth()?)
    } else {
        ApplicationOrder::Takeover
    };
    Ok(ApplicationCommand::OnNodes { application, what, on })
}

/// `get_env X KEY on NODE` and `set_env X KEY VALUE on NODE`.
fn environment(word: &str, words: &mut Words<'_>) -> Result<ApplicationCommand, CommandError> {
    let application = words.name("an application")?;
    let key = words.atom("a key")?;
    let what = if word == "get_env" {
        ApplicationOrder::GetEnv(key)
    } else {
        ApplicationOrder::SetEnv(key, plain(words.word("a value")?)?)
    };
    words.keyword("on")?;
    Ok(ApplicationCommand::OnNodes { application, what, on: Some(words.names("a node")?) })
}

fn nodes_on(words: &mut Words<'_>) -> Result<Option<Vec<String>>, CommandError> {
    if words.eat("on") { words.names("a node").map(Some) } else { Ok(None) }
}

fn definition(words: &mut Words<'_>) -> Result<Definition, CommandError> {
    let name = words.name("a name for the application")?;
    words.keyword("on")?;
    let mut definition = Definition::new(name);
    let is_node = |word: &&str| !word.contains('=') && !["local", "phases", "stray"].contains(word);
    while let Some(word) = words.peek().filter(is_node) {
        words.take();
        definition.nodes.push(equals(word)?);
    }
    if definition.nodes.is_empty() {
        return Err(expected("a node", words.peek()));
    }
    while let Some(word) = words.take() {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let known = describe(&mut definition, key, value)? || spread(&mut definition, key, value)?;
        if !known {
            return Err(expected(DESCRIPTION, Some(word)));
        }
    }
    Ok(definition)
}

const DESCRIPTION: &str = "a setting of an application; `help application` lists them";

/// Reads a setting that any application can have.
fn describe(definition: &mut Definition, key: &str, value: &str) -> Result<bool, CommandError> {
    match (key, value) {
        ("type", kind) => definition.restart = restart_type(kind)?,
        ("phases", "") => definition.phases = vec![Atom::new("go")],
        ("phases", phases) => definition.phases = atoms(phases)?,
        ("fails_in", phase) => definition.fails_in = Some(atom_in(phase, "a phase")?),
        ("fails_on", node) => definition.fails_on = Some(name_in(node, "a node")?),
        ("needs", needs) => definition.needs = atoms(needs)?,
        ("env", env) => definition.env = pairs(&plain(env)?)?,
        ("start", start) => definition.start = Some(start_in(plain(start)?)?),
        ("tell", to) => {
            definition.tells = Some(Teller::new(definition.atom(), &plain(to)?)?);
        }
        ("stray", "") => definition.stray = true,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Reads a setting of the nodes that an application runs on.
fn spread(definition: &mut Definition, key: &str, value: &str) -> Result<bool, CommandError> {
    if (key, value) == ("local", "") {
        definition.spread = Spread::Local;
        return Ok(true);
    }
    let Spread::Distributed { timeout, differs_on, absent_on } = &mut definition.spread else {
        return Ok(false);
    };
    match key {
        "timeout" => *timeout = timeout_in(value)?,
        "differs_on" => *differs_on = Some(name_in(value, "a node")?),
        "absent_on" => *absent_on = Some(name_in(value, "a node")?),
        _ => return Ok(false),
    }
    Ok(true)
}

fn plain(word: &str) -> Result<Term, CommandError> {
    Template::parse(word)?.plain().ok_or_else(|| expected("a term without names", Some(word)))
}

/// `a,b`: names with commas between them.
fn atoms(word: &str) -> Result<Vec<Atom>, CommandError> {
    word.split(',').map(|name| atom_in(name, "names with commas between them")).collect()
}

fn pairs(term: &Term) -> Result<Vec<(Atom, Term)>, CommandError> {
    let wrong = || expected("a list of {KEY,VALUE}", Some(&term.to_string()));
    let pair = |pair: &Term| match pair.as_tuple() {
        Some([Term::Atom(key), value]) => Ok((*key, value.clone())),
        Some(_) | None => Err(wrong()),
    };
    term.as_list().ok_or_else(wrong)?.iter().map(pair).collect()
}

/// Reads the result of a start function.
fn start_in(term: Term) -> Result<Term, CommandError> {
    let is_known = term.is_atom("ignore")
        || [term.tagged("error"), term.tagged("child")].iter().any(Option::is_some);
    if is_known {
        return Ok(term);
    }
    Err(expected("`ignore`, `{error,R}` or `{child,INIT}`", Some(&term.to_string())))
}

/// A node, or `{a,b}`: nodes of equal priority.
fn equals(word: &str) -> Result<Vec<String>, CommandError> {
    let inside = word.strip_prefix('{').and_then(|word| word.strip_suffix('}'));
    let names = inside.unwrap_or(word).split(',').map(str::trim);
    names.map(|name| name_in(name, "a node")).collect()
}

fn restart_type(word: &str) -> Result<RestartType, CommandError> {
    let wrong = || expected("`permanent`, `transient` or `temporary`", Some(word));
    RestartType::of_word(word).ok_or_else(wrong)
}

/// The session itself.
fn session(word: &str, words: &mut Words<'_>) -> Read<Command> {
    Ok(match word {
        "wait" => Command::Wait(words.duration()?),
        "explain" => Command::Explain,
        "help" => Command::Help(words.take().map(str::to_owned)),
        "quit" | "exit" => Command::Quit,
        _ => return Err(None),
    })
}
