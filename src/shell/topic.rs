//! The things that can be typed, and the areas that they belong to.

/// A command or an operation: its usage, and what it does.
pub(super) struct Topic {
    pub usage: &'static str,
    pub does: &'static str,
    pub area: Area,
}

impl Topic {
    /// The words that it is looked up by: the first of each usage that is in small letters.
    pub(super) fn words(&self) -> impl Iterator<Item = &'static str> {
        self.usage.split(" | ").filter_map(|usage| {
            let usage = usage.strip_prefix("P ").unwrap_or(usage);
            usage.split(' ').next().filter(|word| word.starts_with(|c: char| c.is_lowercase()))
        })
    }
}

/// A topic of the first help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Area {
    Nodes,
    Network,
    Processes,
    Signals,
    Servers,
    Failover,
    Names,
    Calls,
}

impl Area {
    /// All, in the order of the first help.
    pub(super) const ALL: [Area; 8] = [
        Area::Nodes,
        Area::Network,
        Area::Processes,
        Area::Signals,
        Area::Servers,
        Area::Failover,
        Area::Names,
        Area::Calls,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Area::Nodes => "nodes",
            Area::Network => "network",
            Area::Processes => "processes",
            Area::Signals => "signals",
            Area::Servers => "servers",
            Area::Failover => "failover",
            Area::Names => "names",
            Area::Calls => "calls",
        }
    }

    pub(super) const fn about(self) -> &'static str {
        match self {
            Area::Nodes => "start, crash NODE, stop, pause and restart nodes; time; this session",
            Area::Network => "partitions, connections, cookies, ticks",
            Area::Processes => "spawn processes, and see what they received and why they ended",
            Area::Signals => "messages, links, monitors, timers",
            Area::Servers => "gen_server and supervisor; `help requests`, `help child`",
            Area::Failover => {
                "applications, distributed or not: start, takeover, failover; `help application`"
            }
            Area::Names => "registered names, global names and locks, process groups",
            Area::Calls => "erpc and rpc: functions on other nodes; `help functions`",
        }
    }
}

const fn topic(area: Area, usage: &'static str, does: &'static str) -> Topic {
    Topic { usage, does, area }
}

/// The commands.
pub(super) const COMMANDS: [Topic; 52] = [
    topic(
        Area::Nodes,
        "nodes NODE... [otp=25|26|27|28] [alive=false] [cookie=X] [hidden] [ticktime=8s] [setuptime=7s] [kernel=6.5] [auto_connect=once|never] [connect_all=false] [prevent_overlapping=false] [sync_mandatory=b,c] [sync_optional=b,c] [sync_timeout=2s] [down]",
        "starts nodes; nothing is connected until something connects, but for the nodes of a distributed application, which wait for each other unless told `sync_optional={}`",
    ),
    topic(Area::Nodes, "crash NODE", "kills the node's operating-system process (kill -9)"),
    topic(Area::Nodes, "halt NODE", "erlang:halt(0)"),
    topic(
        Area::Failover,
        "stop NODE | stop APPLICATION [on NODE...]",
        "init:stop(); application:stop",
    ),
    topic(Area::Nodes, "restart NODE", "starts a node that is down, as a new incarnation"),
    topic(Area::Nodes, "pause NODE", "the node stands still (SIGSTOP)"),
    topic(Area::Nodes, "resume NODE", "the node goes on (SIGCONT)"),
    topic(Area::Nodes, "up NODE", "whether the node's operating-system process lives"),
    topic(
        Area::Network,
        "partition NODE... | NODE... [| NODE...]",
        "cuts all paths between the groups, in silence; `->` one way",
    ),
    topic(Area::Network, "heal", "ends all partitions"),
    topic(Area::Network, "connect NODE NODE", "net_kernel:connect_node on the first node"),
    topic(Area::Network, "disconnect NODE NODE", "erlang:disconnect_node on the first node"),
    topic(Area::Network, "ping NODE NODE", "net_adm:ping on the first node"),
    topic(
        Area::Network,
        "net_kernel_start NODE [as NODE]",
        "net_kernel:start on a node with alive=false, once; under its own name or another's",
    ),
    topic(
        Area::Network,
        "net_kernel_stop NODE",
        "net_kernel:stop: the node leaves the cluster and lives on",
    ),
    topic(Area::Network, "nodes_of NODE [visible|hidden|connected|known]", "nodes(), sorted"),
    topic(Area::Network, "cookie NODE X [for NODE]", "erlang:set_cookie"),
    topic(Area::Names, "registered NODE NAME [as NAME]", "whereis(NAME) on the node"),
    topic(
        Area::Processes,
        "spawn P on NODE",
        "starts a probe: a process that does what it is told and keeps what it receives",
    ),
    topic(Area::Processes, "spawn_link Q on NODE by P", "P spawns a probe that is linked to it"),
    topic(
        Area::Processes,
        "spawn_monitor Q on NODE by P [as M]",
        "P spawns a probe and monitors it",
    ),
    topic(Area::Processes, "spawn_opt Q on NODE by P [link] [monitor] [as M]", "P spawns a probe"),
    topic(Area::Processes, "mailbox P [sorted]", "what P has received since it was last asked"),
    topic(Area::Processes, "alive P", "whether P lives, as its own node knows"),
    topic(Area::Processes, "status P", "process_info(P, status): `waiting` or `suspended`"),
    topic(Area::Processes, "reason P", "the exit reason of P"),
    topic(Area::Processes, "result P", "what came of a command of P that ended in `&`"),
    topic(
        Area::Servers,
        "server S on NODE [name=N] [global=N] [via={MODULE,N}] [init=I] [timeout=T] [trap_exit] | server S by P ...",
        "starts a gen_server; `help requests` says what it understands",
    ),
    topic(
        Area::Servers,
        "supervisor V on NODE {STRATEGY,INTENSITY,PERIOD} [CHILD,...] [name=N] [auto_shutdown=X] | supervisor V by P ...",
        "starts a supervisor; `help child` says what a child is",
    ),
    topic(Area::Servers, "children V", "supervisor:which_children"),
    topic(Area::Servers, "count_children V", "supervisor:count_children"),
    topic(
        Area::Servers,
        "start_child V CHILD|OPTIONS [as P]",
        "supervisor:start_child; OPTIONS is for simple_one_for_one",
    ),
    topic(Area::Servers, "terminate_child V ID|<p>", "supervisor:terminate_child"),
    topic(Area::Servers, "restart_child V ID", "supervisor:restart_child"),
    topic(Area::Servers, "delete_child V ID", "supervisor:delete_child"),
    topic(
        Area::Failover,
        "application X on NODE... [local] [type=T] ...",
        "defines an application, before its nodes start; `help application` says more",
    ),
    topic(Area::Failover, "start X [on NODE...]", "application:start on its nodes"),
    topic(Area::Failover, "ensure_started X [on NODE...]", "application:ensure_started"),
    topic(Area::Failover, "ensure_all_started X [on NODE...]", "application:ensure_all_started"),
    topic(Area::Failover, "load X [on NODE...]", "application:load"),
    topic(Area::Failover, "unload X [on NODE...]", "application:unload"),
    topic(Area::Failover, "get_env X KEY on NODE", "application:get_env"),
    topic(Area::Failover, "set_env X KEY VALUE on NODE", "application:set_env"),
    topic(
        Area::Failover,
        "applications NODE",
        "application:which_applications, those of the session",
    ),
    topic(Area::Failover, "takeover X NODE", "application:takeover on the node"),
    topic(Area::Failover, "permit X NODE true|false", "application:permit on the node"),
    topic(
        Area::Failover,
        "where X",
        "where an application runs, and with what its start function was called there: `normal`, or \
         with start phases {failover,NODE} and {takeover,NODE}. Without start phases OTP calls it with \
         `normal` even at a failover; `explain` says what it was",
    ),
    topic(Area::Nodes, "wait 2s", "lets time pass"),
    topic(Area::Nodes, "explain", "what the last command led to"),
    topic(Area::Nodes, "help [TOPIC]", "what can be typed, or all about a topic"),
    topic(Area::Nodes, "quit", "ends the session"),
    topic(Area::Nodes, "exit", "ends the session"),
];
