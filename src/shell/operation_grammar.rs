//! Reading what a probe is told to do.

use std::time::Duration;

use super::operation::{
    Ending, GlobalOperation, GroupAct, GroupOperation, Interface, Limit, LocalOperation, Lock,
    NodeMonitorWords, Operation, Patience, RemoteOperation, ServerOperation, SignalOperation,
    Target, TimerKind, Waiting,
};
use super::template::Template;
use super::words::{Words, duration_in, is_name, name_in, timeout_in};
use super::{CommandError, expected, nearest};
use crate::engine::runtime::AliasMode;
use crate::engine::term::Atom;
use crate::otp::global::Resolver;

/// The words that begin an operation.
pub(super) const OPERATIONS: [&str; 66] = [
    "abcast",
    "alias",
    "alive",
    "call",
    "cancel",
    "cast",
    "catch",
    "del_lock",
    "demonitor",
    "erpc_call",
    "erpc_cast",
    "erpc_multicall",
    "error",
    "exit",
    "global_disconnect",
    "global_names",
    "global_register",
    "global_reregister",
    "global_send",
    "global_sync",
    "global_unregister",
    "global_whereis",
    "link",
    "mailbox",
    "monitor",
    "monitor_node",
    "monitor_nodes",
    "multi_call",
    "net_ticktime",
    "node",
    "pg_demonitor",
    "pg_groups",
    "pg_join",
    "pg_leave",
    "pg_members",
    "pg_monitor",
    "pg_monitor_scope",
    "pg_start",
    "read_timer",
    "receive_response",
    "register",
    "return",
    "rpc_call",
    "rpc_cast",
    "rpc_multicall",
    "rpc_sbcast",
    "self",
    "send",
    "send_after",
    "send_bulk",
    "send_noconnect",
    "send_nosuspend",
    "send_request",
    "set_lock",
    "set_net_ticktime",
    "spawn_request",
    "start_timer",
    "stop",
    "throw",
    "trans",
    "trap_exit",
    "unalias",
    "unlink",
    "unregister",
    "wait_response",
    "whereis",
];

/// Reads operations with `;` between them.
pub(super) fn operations(words: &mut Words<'_>) -> Result<Vec<Operation>, CommandError> {
    let mut all = vec![operation(words)?];
    while words.eat(";") {
        all.push(operation(words)?);
    }
    words.end()?;
    Ok(all)
}

fn operation(words: &mut Words<'_>) -> Result<Operation, CommandError> {
    let word = words.word("an operation such as `send`")?;
    let readers: [fn(&str, &mut Words<'_>) -> Read<Operation>; 7] = [
        basic,
        |word, words| signal(word, words).map(Operation::Signal),
        |word, words| local(word, words).map(Operation::Local),
        |word, words| server(word, words).map(Operation::Server),
        |word, words| remote(word, words).map(Operation::Remote),
        |word, words| global(word, words).map(Operation::Global),
        |word, words| group(word, words).map(Operation::Group),
    ];
    for read in readers {
        match read(word, words) {
            Ok(operation) => return Ok(operation),
            Err(Some(error)) => return Err(error),
            Err(None) => {}
        }
    }
    Err(unknown(word))
}

/// The error for a word that begins no operation.
pub(super) fn unknown(word: &str) -> CommandError {
    let hint = nearest(word, OPERATIONS.into_iter());
    CommandError::new(format!("unknown operation `{word}`{hint}"))
}

/// An operation; no error if the word begins none of this kind.
type Read<T> = Result<T, Option<CommandError>>;

/// What a process does with itself.
fn basic(word: &str, words: &mut Words<'_>) -> Read<Operation> {
    Ok(match word {
        "mailbox" => Operation::Mailbox { sorted: words.eat("sorted") },
        "exit" => exit(words)?,
        "error" => Operation::End(Ending::Error(words.term("a reason")?)),
        "throw" => Operation::End(Ending::Throw(words.term("a term")?)),
        "return" => Operation::End(Ending::Return),
        "catch" => Operation::Catch(Box::new(operation(words)?)),
        _ => return Err(None),
    })
}

/// `exit Reason` or `exit Target Reason`.
fn exit(words: &mut Words<'_>) -> Result<Operation, CommandError> {
    let first = words.word("a reason, or a process and a reason")?;
    if words.peek().is_none_or(|next| next == ";") {
        return Ok(Operation::End(Ending::Exit(Template::parse(first)?)));
    }
    let (to, reason) = (target_in(first)?, words.term("a reason")?);
    Ok(Operation::Signal(SignalOperation::ExitSignal { to, reason }))
}

/// Messages, links, monitors and aliases.
fn signal(word: &str, words: &mut Words<'_>) -> Read<SignalOperation> {
    Ok(match word {
        "send" => SignalOperation::Send { to: target(words)?, message: words.term("a message")? },
        "send_noconnect" => {
            SignalOperation::SendNoconnect { to: target(words)?, message: words.term("a message")? }
        }
        "send_nosuspend" => {
            SignalOperation::SendNosuspend { to: target(words)?, message: words.term("a message")? }
        }
        "send_bulk" => {
            let (to, megabytes) = (target(words)?, words.word("a number of megabytes")?);
            SignalOperation::SendBulk { to, megabytes: number_in(megabytes)? }
        }
        "trap_exit" => SignalOperation::TrapExit(words.truth()?),
        "link" => SignalOperation::Link(target(words)?),
        "unlink" => SignalOperation::Unlink(target(words)?),
        "monitor" => monitor(words)?,
        "demonitor" => demonitor(words)?,
        "alias" => {
            let reply = words.eat("reply");
            let mode = if reply { AliasMode::ReplyDemonitor } else { AliasMode::ExplicitUnalias };
            SignalOperation::Alias { mode, name: words.as_name()? }
        }
        "unalias" => SignalOperation::Unalias(words.name("an alias")?),
        _ => return Err(None),
    })
}

fn monitor(words: &mut Words<'_>) -> Result<SignalOperation, CommandError> {
    let target = target(words)?;
    let (mut name, mut tag, mut alias) = (None, None, None);
    loop {
        if let Some(found) = words.as_name()? {
            name = Some(found);
        } else if let Some(word) = words.setting("tag") {
            tag = Some(super::words::atom_in(word, "a tag")?);
        } else if let Some(word) = words.setting("alias") {
            alias = Some(alias_mode(word)?);
        } else {
            return Ok(SignalOperation::Monitor { target, name, tag, alias });
        }
    }
}

fn alias_mode(word: &str) -> Result<AliasMode, CommandError> {
    match word {
        "explicit_unalias" => Ok(AliasMode::ExplicitUnalias),
        "demonitor" => Ok(AliasMode::Demonitor),
        "reply_demonitor" => Ok(AliasMode::ReplyDemonitor),
        other => Err(expected("`explicit_unalias`, `demonitor` or `reply_demonitor`", Some(other))),
    }
}

fn demonitor(words: &mut Words<'_>) -> Result<SignalOperation, CommandError> {
    let monitor = words.name("a monitor")?;
    let (mut flush, mut info) = (false, false);
    loop {
        if words.eat("flush") {
            flush = true;
        } else if words.eat("info") {
            info = true;
        } else {
            return Ok(SignalOperation::Demonitor { monitor, flush, info });
        }
    }
}

/// Registered names, timers, and questions to the node.
fn local(word: &str, words: &mut Words<'_>) -> Read<LocalOperation> {
    Ok(match word {
        "alive" => LocalOperation::IsAlive(target(words)?),
        "self" => LocalOperation::SelfPid,
        "node" => LocalOperation::Node,
        "monitor_node" => {
            LocalOperation::MonitorNode { node: words.name("a node")?, on: words.truth()? }
        }
        "monitor_nodes" => {
            LocalOperation::MonitorNodes { on: words.truth()?, options: node_options(words)? }
        }
        "net_ticktime" => LocalOperation::NetTicktime,
        "set_net_ticktime" => {
            let time = words.duration()?;
            let transition = words.setting("transition").map(duration_in).transpose()?;
            let transition = transition.unwrap_or(Duration::from_mins(1));
            LocalOperation::SetNetTicktime { time, transition }
        }
        "register" => {
            LocalOperation::Register { name: words.term("a name")?, process: process(words)? }
        }
        "unregister" => LocalOperation::Unregister(words.term("a name")?),
        "whereis" => {
            LocalOperation::Whereis { name: words.term("a name")?, named: words.as_name()? }
        }
        "send_after" => timer(TimerKind::SendAfter, words)?,
        "start_timer" => timer(TimerKind::StartTimer, words)?,
        "cancel" => LocalOperation::Cancel {
            timer: words.name("a timer")?,
            info: !words.eat("info=false"),
            asynchronously: words.eat("async=true"),
        },
        "read_timer" => LocalOperation::ReadTimer(words.name("a timer")?),
        _ => return Err(None),
    })
}

/// Options of `monitor_nodes` up to the end of the operation.
fn node_options(words: &mut Words<'_>) -> Result<NodeMonitorWords, CommandError> {
    let mut options = NodeMonitorWords::default();
    while let Some(word) = words.peek().filter(|word| *word != ";") {
        match word {
            "node_type=all" => options.hidden = true,
            "nodedown_reason" => options.reason = true,
            "map" => options.map = true,
            other => options.unknown.push(super::words::atom_in(other, "an option")?),
        }
        words.take();
    }
    Ok(options)
}

fn timer(kind: TimerKind, words: &mut Words<'_>) -> Result<LocalOperation, CommandError> {
    Ok(LocalOperation::SetTimer {
        after: words.duration()?,
        to: target(words)?,
        message: words.term("a message")?,
        named: words.as_name()?,
        kind,
    })
}

/// What is done with a `gen_server`.
fn server(word: &str, words: &mut Words<'_>) -> Read<ServerOperation> {
    Ok(match word {
        "call" => ServerOperation::Call {
            to: target(words)?,
            request: words.term("a request")?,
            timeout: patience(words)?,
        },
        "cast" => ServerOperation::Cast { to: target(words)?, request: words.term("a request")? },
        "abcast" => {
            let (name, nodes, request) = broadcast(words)?;
            ServerOperation::Abcast { name, nodes, request }
        }
        "multi_call" => {
            let (name, nodes, request) = broadcast(words)?;
            ServerOperation::MultiCall { name, nodes, request, timeout: limit(words)? }
        }
        "send_request" => {
            let (to, request) = (target(words)?, words.term("a request")?);
            words.keyword("as")?;
            ServerOperation::SendRequest { to, request, name: words.name("a name")? }
        }
        "receive_response" => response(Waiting::Receive, words)?,
        "wait_response" => response(Waiting::Wait, words)?,
        "stop" => ServerOperation::Stop {
            server: target(words)?,
            reason: words.setting("reason").map(Template::parse).transpose()?,
            timeout: limit(words)?,
        },
        _ => return Err(None),
    })
}

/// `NAME on NODE... with TERM`
fn broadcast(words: &mut Words<'_>) -> Result<(Atom, Vec<String>, Template), CommandError> {
    let name = words.atom("a registered name")?;
    words.keyword("on")?;
    let nodes = words.names("a node")?;
    words.keyword("with")?;
    Ok((name, nodes, words.term("a term")?))
}

/// What other nodes are asked to run.
fn remote(word: &str, words: &mut Words<'_>) -> Read<RemoteOperation> {
    let (interface, what) = match word.split_once('_') {
        Some(("erpc", what)) => (Interface::Erpc, what),
        Some(("rpc", what)) => (Interface::Rpc, what),
        Some(_) | None => (Interface::Erpc, word),
    };
    let function = |words: &mut Words<'_>| words.term("a function; `help functions` lists them");
    Ok(match what {
        "call" if what != word => RemoteOperation::Call {
            node: words.name("a node")?,
            function: function(words)?,
            timeout: remote_limit(words)?,
            interface,
        },
        "multicall" if what != word => {
            words.keyword("on")?;
            let nodes = words.names("a node")?;
            words.keyword("with")?;
            let (function, timeout) = (function(words)?, remote_limit(words)?);
            RemoteOperation::Multicall { nodes, function, timeout, interface }
        }
        "cast" if what != word => RemoteOperation::Cast {
            node: words.name("a node")?,
            function: function(words)?,
            interface,
        },
        "sbcast" if interface == Interface::Rpc => {
            let (name, nodes, message) = broadcast(words)?;
            RemoteOperation::Broadcast { name, nodes, message }
        }
        "spawn_request" => {
            let (node, function) = (words.name("a node")?, function(words)?);
            let (link, monitor) = (words.eat("link"), words.eat("monitor"));
            words.keyword("as")?;
            let name = words.name("a name for the request")?;
            RemoteOperation::SpawnRequest { node, function, link, monitor, name }
        }
        _ => return Err(None),
    })
}

fn response(kind: Waiting, words: &mut Words<'_>) -> Result<ServerOperation, CommandError> {
    Ok(ServerOperation::Response {
        request: words.name("a request")?,
        timeout: limit(words)?,
        kind,
    })
}

/// `timeout=…`, the usual one if it is not there.
fn patience(words: &mut Words<'_>) -> Result<Patience, CommandError> {
    let given = words.setting("timeout").map(limit_in).transpose()?;
    Ok(given.map_or(Patience::Usual, Patience::Given))
}

/// `timeout=…`, for ever if it is not there.
fn remote_limit(words: &mut Words<'_>) -> Result<Limit, CommandError> {
    words.setting("timeout").map_or(Ok(Limit::Forever), limit_in)
}

/// A duration, `infinity`, or a negative number, which Erlang takes for no timeout.
fn limit_in(word: &str) -> Result<Limit, CommandError> {
    if word.starts_with('-') {
        let bad = Template::parse(word)?.plain();
        return bad.map(Limit::Bad).ok_or_else(|| expected("a timeout", Some(word)));
    }
    Ok(timeout_in(word)?.map_or(Limit::Forever, Limit::Within))
}

/// `timeout=…`, for ever if it is not there.
fn limit(words: &mut Words<'_>) -> Result<Option<Duration>, CommandError> {
    words.setting("timeout").map_or(Ok(None), timeout_in)
}

fn number_in(word: &str) -> Result<u32, CommandError> {
    word.parse().map_err(|_| expected("a number", Some(word)))
}

/// Names and locks of the cluster.
fn global(word: &str, words: &mut Words<'_>) -> Read<GlobalOperation> {
    Ok(match word {
        "global_register" => GlobalOperation::Register {
            name: words.term("a name")?,
            process: process(words)?,
            resolver: words.setting("resolver").map_or(Ok(Resolver::default()), resolver_in)?,
        },
        "global_reregister" => {
            GlobalOperation::Reregister { name: words.term("a name")?, process: process(words)? }
        }
        "global_unregister" => GlobalOperation::Unregister(words.term("a name")?),
        "global_whereis" => GlobalOperation::Whereis(words.term("a name")?),
        "global_send" => {
            GlobalOperation::Send { name: words.term("a name")?, message: words.term("a message")? }
        }
        "global_disconnect" => GlobalOperation::Disconnect,
        "global_sync" => GlobalOperation::Sync,
        "global_names" => GlobalOperation::Names,
        "set_lock" => {
            let lock = lock(words)?;
            GlobalOperation::SetLock { lock, retries: retries(words)? }
        }
        "del_lock" => GlobalOperation::DelLock(lock(words)?),
        "trans" => {
            let does = words.term("what is done: {return,T}, {sleep,Ms,T}, {exit,R} ...")?;
            let lock = lock(words)?;
            GlobalOperation::Trans { lock, does, retries: retries(words)? }
        }
        _ => return Err(None),
    })
}

/// `RESOURCE REQUESTER [on NODE…]`
fn lock(words: &mut Words<'_>) -> Result<Lock, CommandError> {
    let (resource, requester) = (words.term("a resource")?, words.term("a requester")?);
    let nodes = if words.eat("on") { Some(words.names("a node")?) } else { None };
    Ok(Lock { resource, requester, nodes })
}

fn retries(words: &mut Words<'_>) -> Result<Option<u32>, CommandError> {
    words.setting("retries").map(number_in).transpose()
}

fn resolver_in(word: &str) -> Result<Resolver, CommandError> {
    match word {
        "random_exit" => Ok(Resolver::RandomExit),
        "random_notify" => Ok(Resolver::RandomNotify),
        "notify_all" => Ok(Resolver::NotifyAll),
        "own" | "other" | "none" | "crash" => Ok(Resolver::Own(Atom::new(word))),
        other => Err(expected(
            "`random_exit`, `random_notify`, `notify_all`, `own`, `other`, `none` or `crash`",
            Some(other),
        )),
    }
}

/// Groups.
fn group(word: &str, words: &mut Words<'_>) -> Read<GroupOperation> {
    let what = match word {
        "pg_start" => {
            let scope = Some(words.atom("a scope")?);
            let what = GroupAct::Start { name: words.as_name()? };
            return Ok(GroupOperation { what, scope });
        }
        "pg_join" => GroupAct::Join { group: words.term("a group")?, processes: processes(words)? },
        "pg_leave" => {
            GroupAct::Leave { group: words.term("a group")?, processes: processes(words)? }
        }
        "pg_members" => {
            GroupAct::Members { group: words.term("a group")?, local: words.eat("local") }
        }
        "pg_groups" => GroupAct::Groups,
        "pg_monitor" => {
            let group = words.term("a group")?;
            words.keyword("as")?;
            GroupAct::Monitor { group, name: words.name("a name")? }
        }
        "pg_monitor_scope" => {
            words.keyword("as")?;
            GroupAct::MonitorScope { name: words.name("a name")? }
        }
        "pg_demonitor" => GroupAct::Demonitor(words.name("a monitor")?),
        _ => return Err(None),
    };
    let scope = words.setting("scope").map(|word| super::words::atom_in(word, "a scope"));
    Ok(GroupOperation { what, scope: scope.transpose()? })
}

/// The processes that are named.
fn processes(words: &mut Words<'_>) -> Result<Vec<Target>, CommandError> {
    let mut processes = Vec::new();
    while let Some(next) = process(words)? {
        processes.push(next);
    }
    Ok(processes)
}

/// A process, if one is named.
fn process(words: &mut Words<'_>) -> Result<Option<Target>, CommandError> {
    match words.peek() {
        Some(word) if word != ";" && !word.contains('=') => target(words).map(Some),
        Some(_) | None => Ok(None),
    }
}

/// Whom something is for.
fn target(words: &mut Words<'_>) -> Result<Target, CommandError> {
    target_in(words.word("a process, a name, or {name,node}")?)
}

fn target_in(word: &str) -> Result<Target, CommandError> {
    if is_name(word) {
        name_in(word, "a name").map(Target::Word)
    } else {
        Template::parse(word).map(Target::Term)
    }
}
