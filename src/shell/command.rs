//! Commands that have been read.

use std::time::Duration;

use super::application::Definition;
use super::operation::{Call, Operation, Spawning};
use super::server::ServerStart;
use super::supervisor::{Child, SupervisorStart};
use super::template::Template;
use crate::engine::network::Kernel;
use crate::engine::runtime::{AutoConnect, OtpRelease};
use crate::engine::term::{Atom, Term};

/// A command.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    Cluster(ClusterCommand),
    Application(ApplicationCommand),
    Spawn { name: String, node: String },
    IsAlive(String),
    Status(String),
    Reason(String),
    Result(String),
    Do { process: String, operations: Vec<Operation>, background: bool },
    Wait(Duration),
    Explain,
    Help(Option<String>),
    Quit,
}

impl Command {
    /// Returns whether it only looks at what there is.
    pub(super) fn is_question(&self) -> bool {
        match self {
            Command::Do { operations, background, .. } => {
                !background && matches!(operations[..], [Operation::Mailbox { .. }])
            }
            Command::Cluster(command) => matches!(
                command,
                ClusterCommand::Ask { .. }
                    | ClusterCommand::Node { what: NodeOrder::IsUp, .. }
                    | ClusterCommand::Children { what: ChildOrder::Look(_), .. }
            ),
            Command::Application(command) => {
                matches!(command, ApplicationCommand::Running(_) | ApplicationCommand::Where(_))
            }
            Command::IsAlive(_)
            | Command::Status(_)
            | Command::Reason(_)
            | Command::Result(_)
            | Command::Explain
            | Command::Help(_)
            | Command::Quit => true,
            Command::Spawn { .. } | Command::Wait(_) => false,
        }
    }
}

/// A command about nodes, or about what is started on them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ClusterCommand {
    Nodes {
        names: Vec<String>,
        settings: Settings,
    },
    Node {
        node: String,
        what: NodeOrder,
    },
    Partition {
        groups: Vec<Vec<String>>,
        one_way: bool,
    },
    Heal,
    /// A process of the node calls a function.
    Call {
        node: String,
        call: Call,
    },
    /// The same, of a function that changes nothing.
    Ask {
        node: String,
        call: Call,
    },
    Distribute {
        node: String,
        what: Distribution,
    },
    Server {
        start: ServerStart,
        node: String,
    },
    Supervisor {
        start: SupervisorStart,
        node: String,
    },
    Children {
        supervisor: String,
        what: ChildOrder,
    },
}

/// A command about applications.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ApplicationCommand {
    Define(Definition),
    /// Does something with an application on some of its nodes.
    OnNodes {
        application: String,
        what: ApplicationOrder,
        on: Option<Vec<String>>,
    },
    /// Stops a node, or an application on some of its nodes.
    Stop {
        what: String,
        on: Option<Vec<String>>,
    },
    /// The applications that run on a node.
    Running(String),
    Where(String),
}

/// A function that is called with an application on a node.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ApplicationOrder {
    Start,
    EnsureStarted,
    EnsureAllStarted,
    Stop,
    Load,
    Unload,
    Takeover,
    Permit(bool),
    GetEnv(Atom),
    SetEnv(Atom, Term),
}

/// A fault of a node, or its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeOrder {
    Crash,
    Halt,
    Restart,
    Pause,
    Resume,
    IsUp,
}

/// The start or the stop of distribution on a running node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Distribution {
    /// It begins, under the name of this node.
    Start(String),
    Stop,
}

/// A question to a supervisor, or an order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ChildOrder {
    /// A function of the supervisor, which changes nothing.
    Look(Call),
    /// A function of the supervisor, which comes before the other arguments.
    Call(Call),
    Start {
        child: Box<Child>,
        named: Option<String>,
    },
    /// A child of a `simple_one_for_one` supervisor, with these options.
    StartWith {
        options: Template,
        named: Option<String>,
    },
}

/// The settings of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent settings of Erlang's own")]
pub(super) struct Settings {
    /// The release that they run, if it is not that of the session.
    pub otp: Option<OtpRelease>,
    /// The cookie towards all others, if it is not the common one.
    pub cookie: Option<Atom>,
    /// Part of the cluster from its boot on.
    pub alive: bool,
    /// Out of other nodes' `nodes()`.
    pub hidden: bool,
    /// The net tick time.
    pub ticktime: Duration,
    /// The longest time that an attempt to connect takes.
    pub setuptime: Duration,
    /// The kernel of its host.
    pub kernel: Kernel,
    /// Its automatic connections.
    pub auto_connect: AutoConnect,
    /// Nodes that know a common node connect to each other.
    pub connect_all: bool,
    /// Overlapping partitions are prevented.
    pub prevent_overlapping: bool,
    /// It stays down until it is started.
    pub down: bool,
    /// The nodes that it must meet in its boot.
    pub sync_mandatory: Vec<String>,
    /// The nodes that it waits for in its boot besides those of its distributed applications; none at
    /// all if the list is empty.
    pub sync_optional: Option<Vec<String>>,
    /// The time that it waits for them.
    pub sync_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            otp: None,
            cookie: None,
            alive: true,
            hidden: false,
            ticktime: Duration::from_mins(1),
            setuptime: Duration::from_secs(7),
            kernel: Kernel::default(),
            auto_connect: AutoConnect::Always,
            connect_all: true,
            prevent_overlapping: true,
            down: false,
            sync_mandatory: Vec::new(),
            sync_optional: None,
            sync_timeout: Duration::from_secs(2),
        }
    }
}

/// A spawn by a process, as that process is told.
pub(super) fn spawn_by(process: String, spawning: Spawning) -> Command {
    let operations = vec![Operation::Spawn(spawning)];
    Command::Do { process, operations, background: false }
}
