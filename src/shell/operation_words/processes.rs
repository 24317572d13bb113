//! Operations on processes, signals, servers and the network.

use super::super::CommandError;
use super::super::call::{Read, TRANSITION, monitor_options, node_options, number_in, target_in};
use super::super::operation::{Argument, Call, Ending, Operation, Shown};
use super::super::template::Template;
use super::super::topic::Area;
use super::super::words::{Words, duration_in};
use super::{OperationWord, calls, operation, other};
use crate::engine::term::Term;
use crate::{atom, list, tuple};

pub(super) const PROCESSES: [OperationWord; 9] = [
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

pub(super) const SIGNALS: [OperationWord; 14] = [
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

pub(super) const SERVERS: [OperationWord; 8] = [
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

pub(super) const NETWORK: [OperationWord; 5] = [
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
