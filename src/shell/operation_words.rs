//! The words that begin an operation: how it is written, what it calls, and the area that it belongs
//! to. One table for reading, help and completion.

use super::call::{
    Read, TRANSITION, limit, monitor_options, node_options, number_in, resolver_in, retries,
    target_in,
};
use super::operation::{
    Argument, Call, Ending, Interface, Lock, Operation, RemoteOperation, Shown,
};
use super::template::Template;
use super::topic::{Area, Topic};
use super::words::{Words, duration_in};
use super::{CommandError, hint};
use crate::engine::term::Term;
use crate::{atom, list, tuple};

/// The words of an operation, and its reading.
pub(super) struct OperationWord {
    pub topic: Topic,
    reading: Reading,
}

/// The reading of the rest of the words.
enum Reading {
    /// As a call of this function.
    Call { module: &'static str, function: &'static str, read: fn(Call, &mut Words<'_>) -> Read },
    /// As something else.
    Other(fn(&mut Words<'_>) -> Result<Operation, CommandError>),
}

impl OperationWord {
    pub(super) fn word(&self) -> &'static str {
        self.topic.words().next().unwrap_or_default()
    }

    /// The function that it calls.
    pub(super) fn function(&self) -> Option<(&'static str, &'static str)> {
        match self.reading {
            Reading::Call { module, function, .. } => Some((module, function)),
            Reading::Other(_) => None,
        }
    }

    fn read(&self, words: &mut Words<'_>) -> Result<Operation, CommandError> {
        match self.reading {
            Reading::Call { module, function, read } => {
                read(Call::new(module, function), words).map(Operation::Call)
            }
            Reading::Other(read) => read(words),
        }
    }
}

/// An operation that calls a function.
const fn calls(
    module: &'static str,
    function: &'static str,
    area: Area,
    usage: &'static str,
    does: &'static str,
    read: fn(Call, &mut Words<'_>) -> Read,
) -> OperationWord {
    let reading = Reading::Call { module, function, read };
    OperationWord { topic: Topic { usage, does, area }, reading }
}

/// Any other operation.
const fn other(
    area: Area,
    usage: &'static str,
    does: &'static str,
    read: fn(&mut Words<'_>) -> Result<Operation, CommandError>,
) -> OperationWord {
    OperationWord { topic: Topic { usage, does, area }, reading: Reading::Other(read) }
}

/// All operations, by their areas.
pub(super) fn all() -> impl Iterator<Item = &'static OperationWord> {
    let tables: [&[OperationWord]; 6] = [&PROCESSES, &SIGNALS, &SERVERS, &NETWORK, &NAMES, &CALLS];
    tables.into_iter().flatten()
}

/// Returns the operation that begins with this word.
pub(super) fn find(word: &str) -> Option<&'static OperationWord> {
    all().find(|each| each.topic.words().any(|other| other == word))
}

/// Returns whether a word can begin an operation.
pub(super) fn begins(word: &str) -> bool {
    find(word).is_some() || Call::parse(word).is_some()
}

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
    match (find(word), Call::parse(word)) {
        (Some(found), _) => found.read(words),
        (None, Some(call)) => call?.named(words).map(Operation::Call),
        (None, None) => Err(unknown(word)),
    }
}

/// The error for a word that begins no operation.
pub(super) fn unknown(word: &str) -> CommandError {
    let hint = hint(word, all().map(OperationWord::word));
    CommandError::new(format!("unknown operation `{word}`{hint}"))
}

const PROCESSES: [OperationWord; 9] = [
    calls("erlang", "self", Area::Processes, "P self", "self()", |call, _| Ok(call)),
    calls(
        "erlang",
        "is_process_alive",
        Area::Processes,
        "P alive Q",
        "is_process_alive(Q)",
        Call::target,
    ),
    other(Area::Processes, "P mailbox [sorted]", "as `mailbox P`", |words| {
        Ok(Operation::Mailbox { sorted: words.eat("sorted") })
    }),
    other(
        Area::Processes,
        "P exit REASON | P exit Q REASON",
        "exit(Reason): ends itself; exit(Q, Reason)",
        exit,
    ),
    other(Area::Processes, "P error REASON", "error(Reason): ends itself", |words| {
        Ok(Operation::End(Ending::Error(words.term("a reason")?)))
    }),
    other(
        Area::Processes,
        "P throw TERM",
        "throw(Term), which nobody catches: ends itself",
        |words| Ok(Operation::End(Ending::Throw(words.term("a term")?))),
    ),
    other(Area::Processes, "P return", "its function returns: ends itself", |_| {
        Ok(Operation::End(Ending::Return))
    }),
    other(
        Area::Processes,
        "P catch OPERATION",
        "catch: what the operation raises is its answer",
        |words| Ok(Operation::Catch(Box::new(operation(words)?))),
    ),
    calls(
        "erlang",
        "process_flag",
        Area::Processes,
        "P trap_exit true|false",
        "process_flag(trap_exit, Bool)",
        |call, words| Ok(call.plain(atom!("trap_exit")).truth(words)?.shown(Shown::Nothing)),
    ),
];

/// `exit Reason` or `exit Target Reason`.
fn exit(words: &mut Words<'_>) -> Result<Operation, CommandError> {
    let first = words.word("a reason, or a process and a reason")?;
    if words.peek().is_none_or(|next| next == ";") {
        return Ok(Operation::End(Ending::Exit(Template::parse(first)?)));
    }
    let to = Argument::Target(target_in(first)?);
    Call::new("erlang", "exit").with(to).term(words, "a reason").map(Operation::Call)
}

const SIGNALS: [OperationWord; 14] = [
    calls(
        "erlang",
        "send",
        Area::Signals,
        "P send TO TERM",
        "To ! Term; TO is a process, a name, or {name,NODE}",
        |call, words| Ok(call.target(words)?.term(words, "a message")?.shown(Shown::Nothing)),
    ),
    calls(
        "erlang",
        "send",
        Area::Signals,
        "P send_noconnect TO TERM",
        "erlang:send(To, Term, [noconnect])",
        |call, words| {
            let call = call.target(words)?.term(words, "a message")?;
            Ok(call.plain(list![atom!("noconnect")]))
        },
    ),
    calls(
        "erlang",
        "send_nosuspend",
        Area::Signals,
        "P send_nosuspend TO TERM",
        "erlang:send_nosuspend(To, Term)",
        |call, words| call.target(words)?.term(words, "a message"),
    ),
    calls(
        "erlang",
        "send",
        Area::Signals,
        "P send_bulk TO N",
        "To ! a binary of N megabytes",
        |call, words| {
            let (call, word) = (call.target(words)?, words.word("a number of megabytes")?);
            Ok(call.with(Argument::Megabytes(number_in(word)?)).shown(Shown::Nothing))
        },
    ),
    calls("erlang", "link", Area::Signals, "P link Q", "link(Q)", Call::target),
    calls("erlang", "unlink", Area::Signals, "P unlink Q", "unlink(Q)", Call::target),
    calls(
        "erlang",
        "monitor",
        Area::Signals,
        "P monitor Q [as M] [tag=T] [alias=explicit_unalias|demonitor|reply_demonitor]",
        "monitor(process, Q)",
        |call, words| monitor_options(call.plain(atom!("process")).target(words)?, words),
    ),
    calls(
        "erlang",
        "demonitor",
        Area::Signals,
        "P demonitor M [flush] [info]",
        "demonitor(M, Options)",
        |call, words| Ok(call.reference(words, "a monitor")?.flags(words, &["flush", "info"])),
    ),
    calls("erlang", "alias", Area::Signals, "P alias [reply] [as M]", "alias()", |call, words| {
        call.flags(words, &["reply"]).named(words)
    }),
    calls("erlang", "unalias", Area::Signals, "P unalias M", "unalias(M)", |call, words| {
        call.reference(words, "an alias")
    }),
    calls(
        "erlang",
        "send_after",
        Area::Signals,
        "P send_after 500ms TO TERM [as T]",
        "erlang:send_after",
        timer,
    ),
    calls(
        "erlang",
        "start_timer",
        Area::Signals,
        "P start_timer 500ms TO TERM [as T]",
        "erlang:start_timer",
        timer,
    ),
    calls(
        "erlang",
        "cancel_timer",
        Area::Signals,
        "P cancel T [info=false] [async=true]",
        "erlang:cancel_timer(T)",
        |call, words| {
            let call = call.reference(words, "a timer")?;
            let options = ["info=false", "async=true"].into_iter().filter(|word| words.eat(word));
            let options = options.filter_map(|word| word.split_once('='));
            let options = options
                .map(|(key, value)| tuple![Term::atom(key), Term::atom(value)])
                .collect::<Term>();
            Ok(call.plain(options).shown(Shown::TimeLeft))
        },
    ),
    calls(
        "erlang",
        "read_timer",
        Area::Signals,
        "P read_timer T",
        "erlang:read_timer(T)",
        |call, words| Ok(call.reference(words, "a timer")?.shown(Shown::TimeLeft)),
    ),
];

fn timer(call: Call, words: &mut Words<'_>) -> Read {
    call.milliseconds(words)?.target(words)?.term(words, "a message")?.named(words)
}

const SERVERS: [OperationWord; 8] = [
    calls(
        "gen_server",
        "call",
        Area::Servers,
        "P call S REQUEST [timeout=500ms|infinity]",
        "gen_server:call",
        |call, words| call.target(words)?.term(words, "a request")?.timeout_if_given(words),
    ),
    calls(
        "gen_server",
        "cast",
        Area::Servers,
        "P cast S REQUEST",
        "gen_server:cast",
        |call, words| call.target(words)?.term(words, "a request"),
    ),
    calls(
        "gen_server",
        "abcast",
        Area::Servers,
        "P abcast NAME on NODE... with REQUEST",
        "gen_server:abcast",
        Call::broadcast,
    ),
    calls(
        "gen_server",
        "multi_call",
        Area::Servers,
        "P multi_call NAME on NODE... with REQUEST [timeout=T]",
        "gen_server:multi_call",
        |call, words| call.broadcast(words)?.timeout_if_given(words),
    ),
    calls(
        "gen_server",
        "send_request",
        Area::Servers,
        "P send_request S REQUEST as R",
        "gen_server:send_request",
        |call, words| {
            let call = call.target(words)?.term(words, "a request")?;
            Ok(call.must_be_named(words)?.shown(Shown::Request))
        },
    ),
    calls(
        "gen_server",
        "receive_response",
        Area::Servers,
        "P receive_response R [timeout=T]",
        "gen_server:receive_response",
        |call, words| call.reference(words, "a request")?.timeout(words),
    ),
    calls(
        "gen_server",
        "wait_response",
        Area::Servers,
        "P wait_response R [timeout=T]",
        "gen_server:wait_response",
        |call, words| call.reference(words, "a request")?.timeout(words),
    ),
    calls(
        "gen_server",
        "stop",
        Area::Servers,
        "P stop S [reason=R] [timeout=T]",
        "gen_server:stop",
        |call, words| {
            let call = call.target(words)?;
            let reason = words.setting("reason").unwrap_or("normal");
            call.with(Argument::Term(Template::parse(reason)?)).timeout(words)
        },
    ),
];

const NETWORK: [OperationWord; 5] = [
    calls("erlang", "node", Area::Network, "P node", "node()", |call, _| Ok(call)),
    calls(
        "erlang",
        "monitor_node",
        Area::Network,
        "P monitor_node NODE true|false",
        "monitor_node(Node, Bool)",
        |call, words| call.node(words)?.truth(words),
    ),
    calls(
        "net_kernel",
        "monitor_nodes",
        Area::Network,
        "P monitor_nodes true|false [node_type=all] [nodedown_reason] [map]",
        "net_kernel:monitor_nodes",
        |call, words| {
            let call = call.truth(words)?;
            Ok(match node_options(words)? {
                Some(options) => call.plain(options),
                None => call,
            })
        },
    ),
    calls(
        "net_kernel",
        "get_net_ticktime",
        Area::Network,
        "P net_ticktime",
        "net_kernel:get_net_ticktime(), in seconds",
        |call, _| Ok(call),
    ),
    calls(
        "net_kernel",
        "set_net_ticktime",
        Area::Network,
        "P set_net_ticktime 8s [transition=60s]",
        "net_kernel:set_net_ticktime",
        |call, words| {
            let time = words.duration()?;
            let transition = words.setting("transition").map(duration_in).transpose()?;
            let transition = transition.unwrap_or(TRANSITION);
            Ok(call.plain(time.as_secs()).plain(transition.as_secs()))
        },
    ),
];

const NAMES: [OperationWord; 22] = [
    calls(
        "erlang",
        "register",
        Area::Names,
        "P register NAME [Q]",
        "register(Name, Q)",
        |call, words| call.term(words, "a name")?.process(words),
    ),
    calls(
        "erlang",
        "unregister",
        Area::Names,
        "P unregister NAME",
        "unregister(Name)",
        |call, words| call.term(words, "a name"),
    ),
    calls(
        "erlang",
        "whereis",
        Area::Names,
        "P whereis NAME [as Q]",
        "whereis(Name)",
        |call, words| call.term(words, "a name")?.named(words),
    ),
    calls(
        "global",
        "register_name",
        Area::Names,
        "P global_register NAME [Q] [resolver=random_exit|random_notify|notify_all|own|other|none|crash]",
        "global:register_name; the last four are functions that decide so, or fail",
        |call, words| {
            let call = call.term(words, "a name")?.process(words)?;
            let resolver = words.setting("resolver").map(resolver_in).transpose()?;
            Ok(match resolver {
                Some(resolver) => call.with(Argument::Resolver(resolver)),
                None => call,
            })
        },
    ),
    calls(
        "global",
        "re_register_name",
        Area::Names,
        "P global_reregister NAME [Q]",
        "global:re_register_name",
        |call, words| call.term(words, "a name")?.process(words),
    ),
    calls(
        "global",
        "unregister_name",
        Area::Names,
        "P global_unregister NAME",
        "global:unregister_name",
        |call, words| call.term(words, "a name"),
    ),
    calls(
        "global",
        "whereis_name",
        Area::Names,
        "P global_whereis NAME",
        "global:whereis_name",
        |call, words| call.term(words, "a name"),
    ),
    calls(
        "global",
        "send",
        Area::Names,
        "P global_send NAME TERM",
        "global:send",
        |call, words| call.term(words, "a name")?.term(words, "a message"),
    ),
    calls("global", "sync", Area::Names, "P global_sync", "global:sync()", |call, _| Ok(call)),
    calls(
        "global",
        "registered_names",
        Area::Names,
        "P global_names",
        "global:registered_names()",
        |call, _| Ok(call.shown(Shown::Sorted)),
    ),
    calls(
        "global",
        "disconnect",
        Area::Names,
        "P global_disconnect",
        "global:disconnect(): P's node leaves the cluster; sorted",
        |call, _| Ok(call.shown(Shown::Sorted)),
    ),
    calls(
        "global",
        "set_lock",
        Area::Names,
        "P set_lock RESOURCE REQUESTER [on NODE...] [retries=N]",
        "global:set_lock",
        set_lock,
    ),
    calls(
        "global",
        "del_lock",
        Area::Names,
        "P del_lock RESOURCE REQUESTER [on NODE...]",
        "global:del_lock",
        Call::lock,
    ),
    other(
        Area::Names,
        "P trans DOES RESOURCE REQUESTER [on NODE...] [retries=N]",
        "global:trans; DOES is {return,T}, {sleep,Ms,T}, {exit,R}, {error,R} or {throw,T}",
        trans,
    ),
    calls(
        "pg",
        "start",
        Area::Names,
        "P pg_start SCOPE [as S]",
        "pg:start; `scope=S` in what follows means this scope",
        |call, words| call.atom(words, "a scope")?.named(words),
    ),
    calls(
        "pg",
        "join",
        Area::Names,
        "P pg_join GROUP [Q...] [scope=S]",
        "pg:join; several processes are a list",
        |call, words| call.term(words, "a group")?.processes(words)?.scope(words),
    ),
    calls(
        "pg",
        "leave",
        Area::Names,
        "P pg_leave GROUP [Q...] [scope=S]",
        "pg:leave",
        |call, words| call.term(words, "a group")?.processes(words)?.scope(words),
    ),
    calls(
        "pg",
        "get_members",
        Area::Names,
        "P pg_members GROUP [local] [scope=S]",
        "pg:get_members, sorted",
        |call, words| {
            let call = call.term(words, "a group")?.shown(Shown::Members);
            let call = if words.eat("local") { call.function("get_local_members") } else { call };
            call.scope(words)
        },
    ),
    calls(
        "pg",
        "which_groups",
        Area::Names,
        "P pg_groups [scope=S]",
        "pg:which_groups",
        Call::scope,
    ),
    calls(
        "pg",
        "monitor",
        Area::Names,
        "P pg_monitor GROUP as M [scope=S]",
        "pg:monitor",
        |call, words| {
            let call = call.term(words, "a group")?.must_be_named(words)?;
            call.shown(Shown::Members).scope(words)
        },
    ),
    calls(
        "pg",
        "monitor_scope",
        Area::Names,
        "P pg_monitor_scope as M [scope=S]",
        "pg:monitor_scope",
        |call, words| call.must_be_named(words)?.shown(Shown::Members).scope(words),
    ),
    calls(
        "pg",
        "demonitor",
        Area::Names,
        "P pg_demonitor M [scope=S]",
        "pg:demonitor",
        |call, words| call.reference(words, "a monitor")?.scope(words),
    ),
];

/// `global:set_lock/1`, or `/3` with nodes or retries.
fn set_lock(call: Call, words: &mut Words<'_>) -> Read {
    let call = call.lock(words)?;
    let on_some_nodes = call.arguments.len() == 2;
    Ok(match retries(words)? {
        Some(retries) if on_some_nodes => call.plain(retries),
        Some(retries) => call.with(Argument::Nodes(Vec::new())).plain(retries),
        None => call,
    })
}

fn trans(words: &mut Words<'_>) -> Result<Operation, CommandError> {
    let does = words.term("what is done: {return,T}, {sleep,Ms,T}, {exit,R} ...")?;
    let (resource, requester) = (words.term("a resource")?, words.term("a requester")?);
    let nodes = if words.eat("on") { Some(words.names("a node")?) } else { None };
    let lock = Lock { resource, requester, nodes };
    Ok(Operation::Trans { lock, does, retries: retries(words)? })
}

const CALLS: [OperationWord; 8] = [
    other(
        Area::Calls,
        "P erpc_call NODE FUNCTION [timeout=T]",
        "erpc:call; `help functions` says what runs there",
        |words| remote_call(Interface::Erpc, words),
    ),
    other(
        Area::Calls,
        "P erpc_multicall on NODE... with FUNCTION [timeout=T]",
        "erpc:multicall",
        |words| multicall(Interface::Erpc, words),
    ),
    other(Area::Calls, "P erpc_cast NODE FUNCTION", "erpc:cast", |words| {
        cast(Interface::Erpc, words)
    }),
    other(Area::Calls, "P rpc_call NODE FUNCTION [timeout=T]", "rpc:call", |words| {
        remote_call(Interface::Rpc, words)
    }),
    other(
        Area::Calls,
        "P rpc_multicall on NODE... with FUNCTION [timeout=T]",
        "rpc:multicall",
        |words| multicall(Interface::Rpc, words),
    ),
    other(Area::Calls, "P rpc_cast NODE FUNCTION", "rpc:cast", |words| cast(Interface::Rpc, words)),
    calls(
        "rpc",
        "sbcast",
        Area::Calls,
        "P rpc_sbcast NAME on NODE... with TERM",
        "rpc:sbcast",
        Call::broadcast,
    ),
    other(
        Area::Calls,
        "P spawn_request NODE FUNCTION [link] [monitor] as R",
        "spawn_request: a message says what came of it",
        |words| {
            let (node, function) = (words.name("a node")?, function(words)?);
            let (link, monitor) = (words.eat("link"), words.eat("monitor"));
            words.keyword("as")?;
            let name = words.name("a name for the request")?;
            let request = RemoteOperation::SpawnRequest { node, function, link, monitor, name };
            Ok(Operation::Remote(request))
        },
    ),
];

/// A function that another node runs, as a term: `{Module,Function,Arguments}` for the call of one.
fn function(words: &mut Words<'_>) -> Result<Template, CommandError> {
    let what = "a function; `help functions` lists them";
    let word = words.word(what)?;
    if Call::parse(word).is_none() {
        return Template::parse(word);
    }
    let called = word.strip_suffix(')').and_then(|word| word.split_once('('));
    let (name, arguments) = called.unwrap_or((word, ""));
    Template::parse(&format!("{{{},[{arguments}]}}", name.replacen(':', ",", 1)))
}

fn remote_call(interface: Interface, words: &mut Words<'_>) -> Result<Operation, CommandError> {
    let (node, function) = (words.name("a node")?, function(words)?);
    let timeout = limit(words)?;
    Ok(Operation::Remote(RemoteOperation::Call { node, function, timeout, interface }))
}

fn multicall(interface: Interface, words: &mut Words<'_>) -> Result<Operation, CommandError> {
    words.keyword("on")?;
    let nodes = words.names("a node")?;
    words.keyword("with")?;
    let (function, timeout) = (function(words)?, limit(words)?);
    Ok(Operation::Remote(RemoteOperation::Multicall { nodes, function, timeout, interface }))
}

fn cast(interface: Interface, words: &mut Words<'_>) -> Result<Operation, CommandError> {
    let (node, function) = (words.name("a node")?, function(words)?);
    Ok(Operation::Remote(RemoteOperation::Cast { node, function, interface }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otp::functions;

    #[test]
    fn every_operation_that_calls_a_function_calls_one_that_nodes_have() {
        let mut seen = 0;
        for word in all() {
            let Some((module, function)) = word.function() else { continue };
            let known = functions::all().any(|each| (each.module, each.name) == (module, function));
            assert!(known, "{}: {module}:{function}", word.word());
            seen += 1;
        }
        assert!(seen > 50, "{seen}");
    }

    #[test]
    fn a_call_as_erlang_writes_it_is_an_operation() {
        let read = |line| operations(&mut Words::of(line)?);
        let calls = read("erlang:send(<p>, {a, [b]}) ; global:whereis_name('x y') as q").unwrap();
        assert_eq!(calls.len(), 2);
        let Operation::Call(call) = &calls[1] else { panic!("{calls:?}") };
        assert_eq!((call.function.as_str(), call.named.as_deref()), ("whereis_name", Some("q")));
        assert!(read("erlang:send(<p>").is_err() && read("erlang:send(,)").is_err());
    }
}
