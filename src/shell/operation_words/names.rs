//! Operations on names: registered, global and in groups; and on locks.

use super::super::CommandError;
use super::super::call::{Read, resolver_in, retries};
use super::super::operation::{Argument, Call, Lock, Operation, Shown};
use super::super::topic::Area;
use super::super::words::Words;
use super::{OperationWord, calls, other};

pub(super) const NAMES: [OperationWord; 22] = [
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
