//! What can be typed, for people.

use super::nearest;
use crate::glossary;

/// A command or an operation: its usage, and what it does.
struct Topic {
    usage: &'static str,
    does: &'static str,
}

const fn topic(usage: &'static str, does: &'static str) -> Topic {
    Topic { usage, does }
}

const COMMANDS: [Topic; 52] = [
    topic(
        "nodes NODE... [otp=25|26|27|28] [alive=false] [cookie=X] [hidden] [ticktime=8s] [setuptime=7s] [kernel=6.5] [auto_connect=once|never] [connect_all=false] [prevent_overlapping=false] [sync_mandatory=b,c] [sync_optional=b,c] [sync_timeout=2s] [down]",
        "starts nodes; nothing is connected until something connects, but for the nodes of a distributed application, which wait for each other unless told `sync_optional={}`",
    ),
    topic("crash NODE", "kills the node's operating-system process (kill -9)"),
    topic("halt NODE", "erlang:halt(0)"),
    topic("stop NODE | stop APPLICATION [on NODE...]", "init:stop(); application:stop"),
    topic("restart NODE", "starts a node that is down, as a new incarnation"),
    topic("pause NODE", "the node stands still (SIGSTOP)"),
    topic("resume NODE", "the node goes on (SIGCONT)"),
    topic("up NODE", "whether the node's operating-system process lives"),
    topic(
        "partition NODE... | NODE... [| NODE...]",
        "cuts all paths between the groups, in silence; `->` one way",
    ),
    topic("heal", "ends all partitions"),
    topic("connect NODE NODE", "net_kernel:connect_node on the first node"),
    topic("disconnect NODE NODE", "erlang:disconnect_node on the first node"),
    topic("ping NODE NODE", "net_adm:ping on the first node"),
    topic(
        "net_kernel_start NODE [as NODE]",
        "net_kernel:start on a node with alive=false, once; under its own name or another's",
    ),
    topic("net_kernel_stop NODE", "net_kernel:stop: the node leaves the cluster and lives on"),
    topic("nodes_of NODE [visible|hidden|connected|known]", "nodes(), sorted"),
    topic("cookie NODE X [for NODE]", "erlang:set_cookie"),
    topic("registered NODE NAME [as NAME]", "whereis(NAME) on the node"),
    topic(
        "spawn P on NODE",
        "starts a probe: a process that does what it is told and keeps what it receives",
    ),
    topic("spawn_link Q on NODE by P", "P spawns a probe that is linked to it"),
    topic("spawn_monitor Q on NODE by P [as M]", "P spawns a probe and monitors it"),
    topic("spawn_opt Q on NODE by P [link] [monitor] [as M]", "P spawns a probe"),
    topic("mailbox P [sorted]", "what P has received since it was last asked"),
    topic("alive P", "whether P lives, as its own node knows"),
    topic("status P", "process_info(P, status): `waiting` or `suspended`"),
    topic("reason P", "the exit reason of P"),
    topic("result P", "what came of a command of P that ended in `&`"),
    topic(
        "server S on NODE [name=N] [global=N] [via={MODULE,N}] [init=I] [timeout=T] [trap_exit] | server S by P ...",
        "starts a gen_server; `help requests` says what it understands",
    ),
    topic(
        "supervisor V on NODE {STRATEGY,INTENSITY,PERIOD} [CHILD,...] [name=N] [auto_shutdown=X] | supervisor V by P ...",
        "starts a supervisor; `help child` says what a child is",
    ),
    topic("children V", "supervisor:which_children"),
    topic("count_children V", "supervisor:count_children"),
    topic(
        "start_child V CHILD|OPTIONS [as P]",
        "supervisor:start_child; OPTIONS is for simple_one_for_one",
    ),
    topic("terminate_child V ID|<p>", "supervisor:terminate_child"),
    topic("restart_child V ID", "supervisor:restart_child"),
    topic("delete_child V ID", "supervisor:delete_child"),
    topic(
        "application X on NODE... [local] [type=T] ...",
        "defines an application, before its nodes start; `help application` says more",
    ),
    topic("start X [on NODE...]", "application:start on its nodes"),
    topic("ensure_started X [on NODE...]", "application:ensure_started"),
    topic("ensure_all_started X [on NODE...]", "application:ensure_all_started"),
    topic("load X [on NODE...]", "application:load"),
    topic("unload X [on NODE...]", "application:unload"),
    topic("get_env X KEY on NODE", "application:get_env"),
    topic("set_env X KEY VALUE on NODE", "application:set_env"),
    topic("applications NODE", "application:which_applications, those of the session"),
    topic("takeover X NODE", "application:takeover on the node"),
    topic("permit X NODE true|false", "application:permit on the node"),
    topic(
        "where X",
        "where an application runs, and with what its start function was called there: `normal`, or \
         with start phases {failover,NODE} and {takeover,NODE}. Without start phases OTP calls it with \
         `normal` even at a failover; `explain` says what it was",
    ),
    topic("wait 2s", "lets time pass"),
    topic("explain", "what the last command led to"),
    topic("help [TOPIC]", "this"),
    topic("quit", "ends the session"),
    topic("exit", "ends the session"),
];

const OPERATIONS: [Topic; 66] = [
    topic("P send TO TERM", "To ! Term; TO is a process, a name, or {name,NODE}"),
    topic("P send_noconnect TO TERM", "erlang:send(To, Term, [noconnect])"),
    topic("P send_nosuspend TO TERM", "erlang:send_nosuspend(To, Term)"),
    topic("P send_bulk TO N", "To ! a binary of N megabytes"),
    topic("P link Q", "link(Q)"),
    topic("P unlink Q", "unlink(Q)"),
    topic(
        "P monitor Q [as M] [tag=T] [alias=explicit_unalias|demonitor|reply_demonitor]",
        "monitor(process, Q)",
    ),
    topic("P demonitor M [flush] [info]", "demonitor(M, Options)"),
    topic("P alias [reply] [as M]", "alias()"),
    topic("P unalias M", "unalias(M)"),
    topic("P trap_exit true|false", "process_flag(trap_exit, Bool)"),
    topic("P exit REASON | P exit Q REASON", "exit(Reason): ends itself; exit(Q, Reason)"),
    topic("P error REASON", "error(Reason): ends itself"),
    topic("P throw TERM", "throw(Term), which nobody catches: ends itself"),
    topic("P return", "its function returns: ends itself"),
    topic("P catch OPERATION", "catch: what the operation raises is its answer"),
    topic("P register NAME [Q]", "register(Name, Q)"),
    topic("P unregister NAME", "unregister(Name)"),
    topic("P whereis NAME [as Q]", "whereis(Name)"),
    topic("P alive Q", "is_process_alive(Q)"),
    topic("P self", "self()"),
    topic("P node", "node()"),
    topic("P mailbox [sorted]", "as `mailbox P`"),
    topic("P monitor_node NODE true|false", "monitor_node(Node, Bool)"),
    topic(
        "P monitor_nodes true|false [node_type=all] [nodedown_reason] [map]",
        "net_kernel:monitor_nodes",
    ),
    topic("P net_ticktime", "net_kernel:get_net_ticktime(), in seconds"),
    topic("P set_net_ticktime 8s [transition=60s]", "net_kernel:set_net_ticktime"),
    topic("P send_after 500ms TO TERM [as T]", "erlang:send_after"),
    topic("P start_timer 500ms TO TERM [as T]", "erlang:start_timer"),
    topic("P cancel T [info=false] [async=true]", "erlang:cancel_timer(T)"),
    topic("P read_timer T", "erlang:read_timer(T)"),
    topic("P call S REQUEST [timeout=500ms|infinity]", "gen_server:call"),
    topic("P cast S REQUEST", "gen_server:cast"),
    topic("P abcast NAME on NODE... with REQUEST", "gen_server:abcast"),
    topic("P multi_call NAME on NODE... with REQUEST [timeout=T]", "gen_server:multi_call"),
    topic("P send_request S REQUEST as R", "gen_server:send_request"),
    topic("P receive_response R [timeout=T]", "gen_server:receive_response"),
    topic("P wait_response R [timeout=T]", "gen_server:wait_response"),
    topic("P stop S [reason=R] [timeout=T]", "gen_server:stop"),
    topic(
        "P erpc_call NODE FUNCTION [timeout=T]",
        "erpc:call; `help functions` says what runs there",
    ),
    topic("P erpc_multicall on NODE... with FUNCTION [timeout=T]", "erpc:multicall"),
    topic("P erpc_cast NODE FUNCTION", "erpc:cast"),
    topic("P rpc_call NODE FUNCTION [timeout=T]", "rpc:call"),
    topic("P rpc_multicall on NODE... with FUNCTION [timeout=T]", "rpc:multicall"),
    topic("P rpc_cast NODE FUNCTION", "rpc:cast"),
    topic("P rpc_sbcast NAME on NODE... with TERM", "rpc:sbcast"),
    topic(
        "P spawn_request NODE FUNCTION [link] [monitor] as R",
        "spawn_request: a message says what came of it",
    ),
    topic(
        "P global_register NAME [Q] [resolver=random_exit|random_notify|notify_all|own|other|none|crash]",
        "global:register_name; the last four are functions that decide so, or fail",
    ),
    topic("P global_reregister NAME [Q]", "global:re_register_name"),
    topic("P global_unregister NAME", "global:unregister_name"),
    topic("P global_whereis NAME", "global:whereis_name"),
    topic("P global_send NAME TERM", "global:send"),
    topic("P global_disconnect", "global:disconnect(): P's node leaves the cluster; sorted"),
    topic("P global_sync", "global:sync()"),
    topic("P global_names", "global:registered_names()"),
    topic("P set_lock RESOURCE REQUESTER [on NODE...] [retries=N]", "global:set_lock"),
    topic("P del_lock RESOURCE REQUESTER [on NODE...]", "global:del_lock"),
    topic(
        "P trans DOES RESOURCE REQUESTER [on NODE...] [retries=N]",
        "global:trans; DOES is {return,T}, {sleep,Ms,T}, {exit,R}, {error,R} or {throw,T}",
    ),
    topic("P pg_start SCOPE [as S]", "pg:start; `scope=S` in what follows means this scope"),
    topic("P pg_join GROUP [Q...] [scope=S]", "pg:join; several processes are a list"),
    topic("P pg_leave GROUP [Q...] [scope=S]", "pg:leave"),
    topic("P pg_members GROUP [local] [scope=S]", "pg:get_members, sorted"),
    topic("P pg_groups [scope=S]", "pg:which_groups"),
    topic("P pg_monitor GROUP as M [scope=S]", "pg:monitor"),
    topic("P pg_monitor_scope as M [scope=S]", "pg:monitor_scope"),
    topic("P pg_demonitor M [scope=S]", "pg:demonitor"),
];

const NOTES: &str = "\
In a term <p> is the process (or reference) named p, and @b the full name of node b.
`;` between operations of one process runs them in one go; `&` at the end runs them in the background.";

const REQUESTS: &str = "\
What a server understands, by call:
  {echo,T}             replies T
  {sleep,Ms,T}         sleeps in the callback, then replies T
  {reply_later,Ms,T}   replies T so many milliseconds later, and serves others meanwhile
  noreply              never replies
  {exit,R} {error,R} {throw,V}   does that
  {stop,R,Reply} {stop,R}        stops, with or without a reply
  state                replies what casts and other messages have left: [{cast,T},{info,M}]
  {trap_exit,Bool}     replies the former value
  {call,Server,Request}          replies what that server replies
  {stop_application,X}           stops an application, which may be its own
By cast: {sleep,Ms,T} {exit,R} {error,R} {stop,R}; anything else is added to its state.
init: ignore, {stop,R}, {exit,R}, {error,R}, {throw,V}, {sleep,Ms}; {needs,NAME} stops, and
  {ignores_without,NAME} ignores, unless a process of the node has that name";

const CHILD: &str = "\
A child of a supervisor: {ID,RESTART}, {ID,RESTART,SHUTDOWN} or {ID,RESTART,SHUTDOWN,OPTIONS}
RESTART is permanent, transient or temporary; SHUTDOWN is milliseconds, infinity or brutal_kill.
It is a server that is registered under its id. OPTIONS is a list of
  trap_exit            it traps exits
  significant          its end may end the supervisor
  {init,I}             what it does first, see `help init`
  {tell,NAME} {tell,{NAME,@NODE}}   sends that name {starts,ID}, and {ends,ID,REASON} at its end
  {slow,Ms}            takes so long to clean up
  {global,N}           is registered in the cluster instead
  {via,MODULE,N}       is registered in a registry instead; `global` is one
  {supervisor,{STRATEGY,INTENSITY,PERIOD},[CHILD,...]}   is a supervisor";

const APPLICATION: &str = "\
An application is a supervisor X_sup with a server X. It is distributed over its nodes, which load it
when they boot; the first has priority, and {a,b} are equals. With `local` it is not distributed: each
node knows it, and loads it when it is told to.
  type=T               permanent, transient or temporary (the default)
  timeout=T            how long its nodes wait for one that went down
  differs_on=NODE      that node has the list of nodes the other way round
  absent_on=NODE       that node does not have the application
  fails_on=NODE        its start fails there
  needs=Y,Z            what must be started before it
  env=[{KEY,VALUE}]    its environment
  start=ignore start={error,R} start={child,INIT}   what its start does instead
  phases phases=p,q    its start phases; fails_in=p: that one fails
  tell=NAME tell={NAME,@NODE}   sends that name {start,X,TYPE}, {start_phase,X,PHASE,TYPE},
                       {prep_stop,X} and {stop,X}; its server traps exits and tells as well
  stray                starts a process X_stray outside of its tree, which traps exits";

const FUNCTIONS: &str = "\
What another node can be asked to run:
  {echo,T}             returns T
  node                 returns the name of its node
  {sleep,Ms,T}         sleeps, then returns T
  {send,P,T}           sends T to the process <P>, and returns it
  {exit,R} {error,R} {throw,V}   raises that
  kill                 is killed by a signal";

impl Topic {
    /// The words that it is looked up by: the first of each usage that is in small letters.
    fn words(&self) -> impl Iterator<Item = &'static str> {
        self.usage.split(" | ").filter_map(|usage| {
            let usage = usage.strip_prefix("P ").unwrap_or(usage);
            usage.split(' ').next().filter(|word| word.starts_with(|c: char| c.is_lowercase()))
        })
    }
}

/// The words that begin commands.
pub(super) fn commands() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().filter_map(|topic| topic.words().next())
}

/// How a command or an operation is written; the command, if there are both.
pub(super) fn usage(word: &str) -> Option<&'static str> {
    let mut all = COMMANDS.iter().chain(&OPERATIONS);
    all.find(|topic| topic.words().any(|other| other == word)).map(|topic| topic.usage)
}

/// All that can be typed, or all about one word.
pub(super) fn help(topic: Option<&str>) -> Vec<String> {
    let Some(word) = topic else { return overview() };
    if word == "all" {
        return everything();
    }
    if let Some((_, text)) = TEXTS.iter().find(|(topic, _)| *topic == word) {
        return text.lines().map(str::to_owned).collect();
    }
    if let Some(area) = AREAS.iter().find(|area| area.name == word) {
        return area.lines();
    }
    let all = COMMANDS.iter().chain(&OPERATIONS);
    let lines: Vec<String> =
        all.filter(|topic| topic.words().any(|other| other == word)).map(line).collect();
    if !lines.is_empty() {
        return lines;
    }
    if let Some(entry) = glossary::entry(word) {
        return vec![format!("{}: {}", entry.word, entry.text)];
    }
    vec![format!("there is no help on `{word}`{}", nearest(word, topics()))]
}

/// What there is help on.
pub(super) fn topics() -> impl Iterator<Item = &'static str> {
    let texts = TEXTS.iter().map(|(topic, _)| *topic);
    let areas = AREAS.iter().map(|area| area.name);
    let words = COMMANDS.iter().chain(&OPERATIONS).flat_map(Topic::words);
    texts.chain(areas).chain(words).chain(["all"])
}

/// The first help, for one screen.
fn overview() -> Vec<String> {
    let first =
        "Try `nodes a b`, `spawn p on a`, `spawn q on b`, `p send q hello`, `mailbox q`. Topics:";
    let mut lines = vec![first.to_owned()];
    lines.extend(AREAS.iter().map(|area| format!("  {:<12}  {}", area.name, area.about)));
    lines.push(
        "`help TOPIC` says more, `help COMMAND` how a command is written, `help all` everything."
            .to_owned(),
    );
    lines
}

/// All commands and operations.
fn everything() -> Vec<String> {
    let mut lines: Vec<String> = COMMANDS.iter().map(line).collect();
    lines.push("What a process P can be told:".to_owned());
    lines.extend(OPERATIONS.iter().map(line));
    lines.extend(NOTES.lines().map(str::to_owned));
    lines
}

/// Commands and operations that have to do with one thing.
struct Area {
    name: &'static str,
    about: &'static str,
    /// The commands, then what a process can be told.
    words: [&'static [&'static str]; 2],
}

/// The topics of the first help. Every command and every operation is in one.
const AREAS: [Area; 8] = [
    Area {
        name: "nodes",
        about: "start, crash NODE, stop, pause and restart nodes; time; this session",
        words: [
            &[
                "nodes", "crash", "halt", "stop", "restart", "pause", "resume", "up", "wait",
                "explain", "help", "quit", "exit",
            ],
            &[],
        ],
    },
    Area {
        name: "network",
        about: "partitions, connections, cookies, ticks",
        words: [
            &[
                "partition",
                "heal",
                "connect",
                "disconnect",
                "ping",
                "nodes_of",
                "cookie",
                "net_kernel_start",
                "net_kernel_stop",
            ],
            &["monitor_node", "monitor_nodes", "net_ticktime", "set_net_ticktime", "node"],
        ],
    },
    Area {
        name: "processes",
        about: "spawn processes, and see what they received and why they ended",
        words: [
            &[
                "spawn",
                "spawn_link",
                "spawn_monitor",
                "spawn_opt",
                "mailbox",
                "alive",
                "status",
                "reason",
                "result",
            ],
            &["self", "alive", "mailbox", "exit", "error", "throw", "return", "catch", "trap_exit"],
        ],
    },
    Area {
        name: "signals",
        about: "messages, links, monitors, timers",
        words: [
            &[],
            &[
                "send",
                "send_noconnect",
                "send_nosuspend",
                "send_bulk",
                "link",
                "unlink",
                "monitor",
                "demonitor",
                "alias",
                "unalias",
                "exit",
                "send_after",
                "start_timer",
                "cancel",
                "read_timer",
            ],
        ],
    },
    Area {
        name: "servers",
        about: "gen_server and supervisor; `help requests`, `help child`",
        words: [
            &[
                "server",
                "supervisor",
                "children",
                "count_children",
                "start_child",
                "terminate_child",
                "restart_child",
                "delete_child",
            ],
            &[
                "call",
                "cast",
                "abcast",
                "multi_call",
                "send_request",
                "receive_response",
                "wait_response",
                "stop",
            ],
        ],
    },
    Area {
        name: "failover",
        about: "applications, distributed or not: start, takeover, failover; `help application`",
        words: [
            &[
                "application",
                "start",
                "stop",
                "ensure_started",
                "ensure_all_started",
                "load",
                "unload",
                "get_env",
                "set_env",
                "applications",
                "takeover",
                "permit",
                "where",
            ],
            &[],
        ],
    },
    Area {
        name: "names",
        about: "registered names, global names and locks, process groups",
        words: [
            &["registered"],
            &[
                "register",
                "unregister",
                "whereis",
                "global_register",
                "global_reregister",
                "global_unregister",
                "global_whereis",
                "global_send",
                "global_sync",
                "global_names",
                "global_disconnect",
                "set_lock",
                "del_lock",
                "trans",
                "pg_start",
                "pg_join",
                "pg_leave",
                "pg_members",
                "pg_groups",
                "pg_monitor",
                "pg_monitor_scope",
                "pg_demonitor",
            ],
        ],
    },
    Area {
        name: "calls",
        about: "erpc and rpc: functions on other nodes; `help functions`",
        words: [
            &[],
            &[
                "erpc_call",
                "erpc_multicall",
                "erpc_cast",
                "rpc_call",
                "rpc_multicall",
                "rpc_cast",
                "rpc_sbcast",
                "spawn_request",
            ],
        ],
    },
];

impl Area {
    fn lines(&self) -> Vec<String> {
        let [commands, operations] = self.words;
        let of = |topics: &'static [Topic], words: &'static [&'static str]| {
            let wanted = |topic: &&Topic| topic.words().any(|word| words.contains(&word));
            topics.iter().filter(wanted).map(line)
        };
        let mut lines: Vec<String> = of(&COMMANDS, commands).collect();
        if !operations.is_empty() {
            lines.push("What a process P can be told:".to_owned());
            lines.extend(of(&OPERATIONS, operations));
        }
        lines
    }
}

/// Topics that are neither commands nor operations.
const TEXTS: [(&str, &str); 5] = [
    ("requests", REQUESTS),
    ("init", REQUESTS),
    ("functions", FUNCTIONS),
    ("child", CHILD),
    ("application", APPLICATION),
];

fn line(topic: &Topic) -> String {
    format!("{}\n    {}", topic.usage, topic.does)
}

#[cfg(test)]
mod tests {
    use super::super::operation_grammar;
    use super::*;

    #[test]
    fn there_is_help_on_every_operation() {
        for word in operation_grammar::OPERATIONS {
            let mentioned = OPERATIONS
                .iter()
                .any(|topic| topic.words().any(|other| other == word) || topic.does.contains(word));
            assert!(mentioned, "{word}");
        }
    }

    #[test]
    fn the_first_help_is_ten_lines_whose_topics_lead_to_everything() {
        assert_eq!(overview().len(), 10);
        let areas: Vec<String> = AREAS.iter().flat_map(Area::lines).collect();
        for topic in COMMANDS.iter().chain(&OPERATIONS) {
            assert!(areas.contains(&line(topic)), "{}", topic.usage);
        }
        for area in &AREAS {
            for word in area.words.into_iter().flatten() {
                assert!(usage(word).is_some(), "{word}");
            }
        }
    }

    #[test]
    fn there_is_an_operation_behind_all_help_on_one() {
        for topic in &OPERATIONS {
            for word in topic.words() {
                assert!(operation_grammar::OPERATIONS.contains(&word), "{word}");
            }
        }
    }
}
