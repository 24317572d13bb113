//! The entries of the glossary.

use super::GlossaryEntry;

const fn term(
    word: &'static str,
    also: &'static [&'static str],
    text: &'static str,
) -> GlossaryEntry {
    GlossaryEntry { word, also, text }
}

/// All entries in the order of their words.
pub(super) const TERMS: &[GlossaryEntry] = &[
    term(
        "acknowledged",
        &["acked", "acknowledgement"],
        "Said of an operation whose client got an answer without an error. The client may rely on it: what was acknowledged and is gone later counts as lost.",
    ),
    term(
        "application",
        &["applications"],
        "In OTP, a part of a program that is started and stopped as one, with a supervisor at its top. A local application runs on every node that is told to; a distributed one runs on one node of its list at a time.",
    ),
    term(
        "application master",
        &[],
        "The process that stands above the top supervisor of a running application and calls its start and stop functions.",
    ),
    term(
        "at_least_once",
        &["at least once"],
        "The claim that everything acknowledged takes effect, perhaps more than once.",
    ),
    term(
        "at_most_once",
        &["at most once"],
        "The claim that nothing takes effect twice, though acknowledged operations may be lost.",
    ),
    term(
        "availability",
        &[],
        "The share of the users' operations that were answered without an error within the client's time limit.",
    ),
    term(
        "chaos",
        &[],
        "A part of a scenario that draws faults at random from the seed: how many, which kinds, on which nodes. With the same seed they are the same faults.",
    ),
    term(
        "claim",
        &["claims"],
        "What a service promises to its clients, such as `linearizable` or `read_your_writes`. A claim is checked against what the clients saw.",
    ),
    term(
        "class",
        &["classes"],
        "In `nodedown prove`, the points of a run that look the same to every node: the same node does the same thing in the same state. One point of each class is tried, or as many as `--each` says.",
    ),
    term(
        "client",
        &[],
        "The process of one simulated user. A client does one operation after the other; a workload has many.",
    ),
    term(
        "clock drift",
        &["drift"],
        "How much faster or slower the clock of a node runs than true time, in parts per million.",
    ),
    term(
        "connection",
        &[],
        "The channel between two Erlang nodes. It carries all their messages in order. When it is lost, both nodes get `nodedown`, and links and monitors across it fire with the reason `noconnection`.",
    ),
    term(
        "cookie",
        &[],
        "The shared secret of a cluster. Nodes whose cookies differ refuse to connect to each other.",
    ),
    term(
        "coverage",
        &[],
        "What the runs of a sweep have put to the test: which faults struck and in what situation, which nodes were lost, and which states were reached. What never happened was not tested.",
    ),
    term(
        "crash",
        &["crashes"],
        "The end of a node's operating-system process without a warning, as by `kill -9`. Its connections are closed at once by the operating system, so that others notice without waiting for a tick. After the loss of a host's power nobody closes them.",
    ),
    term(
        "creation",
        &[],
        "A number that tells the lives of a node apart: a pid of a former life is not a pid of the present one.",
    ),
    term(
        "detection",
        &["detection time"],
        "The time from a fault until another node gets `nodedown`. `first, last`: the node that noticed first, and the one that noticed last.",
    ),
    term(
        "digest",
        &[],
        "A number that depends on everything that happened in a run. The same digest means the same run.",
    ),
    term(
        "dist_ac",
        &["distributed application controller"],
        "OTP's distributed application controller, a process on every node. Those of a cluster agree on which node runs each distributed application, and start it elsewhere when that node is lost.",
    ),
    term(
        "disturbed",
        &[],
        "Said of operations that failed, were not answered in time, or waited unusually long because of a fault. `6 of 490`: of the 490 operations that were going on or began while the fault could be felt, 6 were disturbed.",
    ),
    term(
        "duplicated",
        &["duplicated effects"],
        "Said of an operation that took effect more than once, as when a client tries again and the first try had worked.",
    ),
    term(
        "epoch",
        &[],
        "A number that grows with each new leader, so that the others can tell an old leader from the present one and refuse what it says.",
    ),
    term(
        "error budget",
        &[],
        "The share of operations that may fail under an objective: an objective of 99.9% has a budget of 0.1%. `2 times used up` means that twice as many failed.",
    ),
    term(
        "event budget",
        &["event_budget"],
        "The most steps that a run may take. A run that uses it up is given up there and ends inconclusive: what would have come later is not known. `event_budget` in the scenario raises it.",
    ),
    term(
        "eventual",
        &["eventually consistent", "eventual consistency"],
        "The claim that once no fault is in force and nothing is written any more, all reads come to show the same value, which contains all that was acknowledged.",
    ),
    term(
        "exercised",
        &["put to the test"],
        "Said of an expectation that could have failed: something happened that it speaks of. One that was not exercised is inconclusive.",
    ),
    term(
        "fail-safe",
        &["fail_safe"],
        "One of four kinds of fault tolerance: nothing wrong is ever shown, but not everything is answered in time. The service may stop, and does not lie.",
    ),
    term(
        "failover",
        &["fail over"],
        "The start of a distributed application on another node of its list because the node that ran it was lost. Its start function is called with `{failover,Node}` only if it has start phases; otherwise with `normal`.",
    ),
    term(
        "fault",
        &["faults"],
        "Something that goes wrong on purpose: a crash, a partition, a pause, a slow path, a wrong clock.",
    ),
    term(
        "fault point",
        &["point", "points"],
        "In `nodedown prove`, an instant of the run at which a fault could make a difference: right before or after a message, a signal or a change of state on one of the nodes.",
    ),
    term(
        "fencing",
        &["fenced"],
        "Keeping an old leader from doing harm: whoever stores its writes refuses them once a later epoch has begun.",
    ),
    term(
        "fsync",
        &[],
        "The call that makes a file's content survive the loss of power. What was written without it may be gone after that.",
    ),
    term(
        "gen_server",
        &[],
        "OTP's standard server process. Clients call it (and wait for an answer) or cast to it (and do not).",
    ),
    term(
        "global",
        &["global name", "global names"],
        "OTP's registry of names for the whole cluster. When two parts of a cluster that were apart meet again and both have a name, it resolves the conflict, usually by ending one of the two processes.",
    ),
    term(
        "history",
        &["histories"],
        "The list of all operations of the users: who began what at which time, when it ended, and with which answer. The checkers see nothing else of the service.",
    ),
    term(
        "incarnation",
        &[],
        "One life of a node, from its start to its end. A node that is started again is a new incarnation.",
    ),
    term(
        "inconclusive",
        &[],
        "The verdict on a run that shows nothing: what was expected did not fail, and was not put to the test either. No pass.",
    ),
    term(
        "intensity",
        &[],
        "How many restarts of children a supervisor allows within its period. When there are more, it ends itself and all its children.",
    ),
    term(
        "invariant",
        &["invariants"],
        "A condition on the state of the cluster that is checked throughout the run: always, never, or after something has happened.",
    ),
    term(
        "left out",
        &[],
        "In `nodedown prove`, the fault points that were not tried because a smaller set of faults at the same points already failed.",
    ),
    term(
        "linearizable",
        &["linearizability", "not linearizable", "no order", "no order explains"],
        "The strongest claim: each operation seems to take effect at one instant between its beginning and its answer. A history is linearizable if its operations can be put in an order that keeps to real time and in which every answer is right. `no order explains` means that there is none.",
    ),
    term(
        "link",
        &[],
        "A bond between two processes: when one ends, the other gets an exit signal, and ends too unless it traps exits.",
    ),
    term("live", &["liveness"], "Said of a service that answers everything in time."),
    term(
        "lost",
        &["lost acknowledged", "lost_acknowledged"],
        "Said of an acknowledged write that is missing from the last reads: the user was told that it was done, and it is gone.",
    ),
    term(
        "masking",
        &["masked"],
        "The best of four kinds of fault tolerance: nothing wrong is shown and everything is answered in time. Users did not notice the fault.",
    ),
    term(
        "missing for a time",
        &["missing"],
        "Said of an acknowledged write that some later read did not show and the last reads do. It was not lost, but users could not see it in between.",
    ),
    term(
        "model",
        &[],
        "How a correct service behaves: a register, a log, a map, a queue, a lock. A checker compares the answers with those of the model.",
    ),
    term(
        "monitor",
        &[],
        "A watch on a process: the watcher gets one 'DOWN' message when the process ends or cannot be reached.",
    ),
    term(
        "monotonic_reads",
        &["monotonic reads"],
        "The claim that a client never reads an older state than it has read before.",
    ),
    term(
        "net tick",
        &["net_ticktime", "ticktime", "tick", "tick time"],
        "A sign of life that connected nodes send to each other. A node that hears nothing for the net tick time (60 s unless set otherwise, give or take a quarter) is taken for lost. Without it a silent cut would never be noticed.",
    ),
    term(
        "node",
        &["nodes"],
        "A running Erlang system with a name, such as `db1@a`. It lives on a host and dies with it.",
    ),
    term(
        "nodedown",
        &[],
        "What a node is told when it has lost the connection to another one. It cannot know whether the other is dead or only cut off.",
    ),
    term("nodeup", &[], "What a node is told when it is connected to another one."),
    term(
        "nonmasking",
        &["non-masking"],
        "One of four kinds of fault tolerance: users see errors or wrong answers for a while after a fault, and then all is well again.",
    ),
    term(
        "not even fail-safe",
        &["not_even_fail_safe"],
        "The worst of four kinds of fault tolerance: users saw something wrong, and it did not come right in the end.",
    ),
    term(
        "operation",
        &["operations"],
        "One request of one client: a read, a post, a transfer. It ends ok, failed (certainly not done), or unknown (perhaps done).",
    ),
    term(
        "p99",
        &["p50", "p90", "percentile"],
        "The time that 99% of the operations were answered within; p50 is the median, which half of them were answered within.",
    ),
    term(
        "partition",
        &["partitions", "network partition"],
        "A cut between groups of nodes: nothing gets through between them, and nobody is told. Each side notices when the net tick time is over.",
    ),
    term(
        "pass",
        &["passed"],
        "The verdict on a run in which everything that was expected held, and was put to the test.",
    ),
    term(
        "pause",
        &["paused", "stands still"],
        "A node that stands still, as by SIGSTOP or a long pause of a virtual machine. It is not dead: its clock has gone on when it resumes, and it may still think that it leads.",
    ),
    term(
        "pg",
        &["process group", "process groups"],
        "OTP's process groups: any process can join a group, and each node sees the members on all connected nodes.",
    ),
    term(
        "plan",
        &[],
        "All that is decided before a run: every fault with its time and every operation of every client. A scenario and a seed make a plan.",
    ),
    term(
        "quorum",
        &["majority"],
        "More than half of the nodes. Of two sides of a partition only one can have it, so that a service that asks for it does not go on twice.",
    ),
    term(
        "read_your_writes",
        &["read your writes"],
        "The claim that what a client reads shows everything that it has written and got acknowledged before.",
    ),
    term(
        "record",
        &["records"],
        "A file that `nodedown run --record` writes: the plan of a run, its story and its verdict, so that it can be run again and compared. In a trace, one thing that happened.",
    ),
    term(
        "replay",
        &[],
        "The same run once more. The same scenario, seed and version give the same run, message by message.",
    ),
    term(
        "replication",
        &[],
        "Keeping copies on other nodes. With `sync` a write is acknowledged when the copies have it, with `async` before, with `none` there are no copies.",
    ),
    term(
        "restarted",
        &["started again"],
        "Of an application after a fault: where it runs again, and how long after the fault.",
    ),
    term(
        "RPO",
        &["recovery point", "recovery_point", "recovery point objective"],
        "Recovery point: how far back acknowledged writes were lost, from the oldest lost write to the fault. 0 if nothing was lost.",
    ),
    term(
        "RTO",
        &["recovery time", "recovery_time", "served again", "recovery time objective"],
        "Recovery time: how long after a fault users are served as before. `at once` means that no operation was disturbed.",
    ),
    term(
        "safe",
        &["safety"],
        "Said of a service that shows nothing wrong: no lost or duplicated write, no stale or invented value.",
    ),
    term(
        "scenario",
        &["scenarios"],
        "A file that says what the cluster is, what goes wrong when, what the users do, and what is expected.",
    ),
    term(
        "seed",
        &["seeds"],
        "The number that all random choices of a run come from. Another seed is another order of events; the same seed is the same run.",
    ),
    term(
        "sequential",
        &["sequentially consistent", "sequential consistency"],
        "The claim that all operations can be put in an order in which every answer is right and each client's own operations keep their order. Unlike with `linearizable`, a read may be stale.",
    ),
    term(
        "shard",
        &[],
        "A part of the runs of a sweep, for one of several machines; `nodedown merge` puts their results together.",
    ),
    term(
        "shrink",
        &["shrinking"],
        "To leave out everything from a failing run that it does not need to fail: faults, operations, nodes, time.",
    ),
    term(
        "signal",
        &["signals"],
        "What processes send each other: messages, exits, links, monitors. Two signals from one process to another arrive in the order in which they were sent.",
    ),
    term(
        "single_instance",
        &["single instance"],
        "The expectation that a distributed application never runs on two nodes at once.",
    ),
    term(
        "split brain",
        &["split-brain"],
        "Two sides of a cluster that each think they are the whole, and both go on: both accept writes, and one side's are lost or in conflict when they meet again.",
    ),
    term(
        "start phase",
        &["start phases"],
        "A step of an application's start in which nodes can wait for each other. OTP tells an application that it was started by a failover only if it has start phases.",
    ),
    term(
        "supervisor",
        &[],
        "A process that starts others, its children, and starts them again when they end.",
    ),
    term(
        "takeover",
        &["take over"],
        "The move of a distributed application to a node with a higher priority, while the old instance still runs and can hand its state over.",
    ),
    term(
        "trace",
        &[],
        "The list of everything that happened in a run: messages, signals, starts, ends, with the time and the cause of each.",
    ),
    term(
        "transparent",
        &["transparency"],
        "The expectation that users do not notice a fault: every operation answered within the limit, nothing lost, nothing twice, nothing wrong.",
    ),
    term(
        "twin",
        &["fault-free twin", "without faults"],
        "The same run without its faults: same users, same operations, same seed. What differs from it is the faults' doing.",
    ),
    term(
        "two primaries",
        &["two_primaries", "primary"],
        "Two instances of an application that run at the same time on nodes that are both up, as in a split brain.",
    ),
    term(
        "unknown",
        &[],
        "Said of an operation whose client cannot know whether it was done, as after a time-out; and by `nodedown check` of a history on which the search came to no end.",
    ),
    term(
        "untested",
        &[],
        "In `nodedown prove`, the trials in which the fault was injected but nothing that is expected was put to the test, so that they prove nothing.",
    ),
    term(
        "verdict",
        &[],
        "What a run shows about what was expected of it: pass, violated, or inconclusive.",
    ),
    term(
        "violated",
        &[],
        "The verdict on a run in which something that was expected did not hold. The witness shows what.",
    ),
    term(
        "virtual time",
        &[],
        "The time inside a run. It jumps from event to event, so that an hour of it may take a second.",
    ),
    term(
        "witness",
        &["witnesses"],
        "The operations or events that show why an expectation does not hold.",
    ),
    term(
        "workload",
        &["workloads"],
        "A group of simulated users who do the same kinds of things: how many, how often, from where.",
    ),
];
