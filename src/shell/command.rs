//! What can be typed, read.

use std::time::Duration;

use super::application::Definition;
use super::operation::{Operation, Spawning};
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
    /// Whether it only looks at what there is.
    pub(super) fn is_question(&self) -> bool {
        match self {
            Command::Do { operations, background, .. } => {
                !background && matches!(operations[..], [Operation::Mailbox { .. }])
            }
            Command::Cluster(command) => matches!(
                command,
                ClusterCommand::NodesOf { .. }
                    | ClusterCommand::Node { what: NodeOrder::IsUp, .. }
                    | ClusterCommand::Children { what: ChildOrder::List | ChildOrder::Count, .. }
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

/// What is done with nodes, and what is started on them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ClusterCommand {
    Nodes { names: Vec<String>, settings: Settings },
    Node { node: String, what: NodeOrder },
    Partition { groups: Vec<Vec<String>>, one_way: bool },
    Heal,
    Meet { from: String, to: String, what: Meeting },
    Distribute { node: String, what: Distribution },
    NodesOf { node: String, kind: NodeKind },
    Cookie { node: String, cookie: Atom, towards: Option<String> },
    Registered { node: String, name: Atom, named: Option<String> },
    Server { start: ServerStart, node: String },
    Supervisor { start: SupervisorStart, node: String },
    Children { supervisor: String, what: ChildOrder },
}

/// What is done with applications.
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
    /// What runs on a node.
    Running(String),
    Where(String),
}

/// What is done with an application on a node.
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

/// What happens to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeOrder {
    Crash,
    Halt,
    Restart,
    Pause,
    Resume,
    IsUp,
}

/// What becomes of the distribution of a running node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Distribution {
    /// It begins, under the name of this node.
    Start(String),
    Stop,
}

/// What one node does with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meeting {
    Connect,
    Disconnect,
    Ping,
}

/// Which nodes are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeKind {
    Visible,
    Hidden,
    Connected,
    Known,
}

/// What a supervisor is asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ChildOrder {
    List,
    Count,
    Start {
        child: Box<Child>,
        named: Option<String>,
    },
    /// A child of a `simple_one_for_one` supervisor, with these options.
    StartWith {
        options: Template,
        named: Option<String>,
    },
    /// A child by its id, or by its process.
    Terminate(Template),
    Restart(Atom),
    Delete(Atom),
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
    /// How long an attempt to connect takes at the most.
    pub setuptime: Duration,
    /// The kernel of its host.
    pub kernel: Kernel,
    /// Whether it connects by itself.
    pub auto_connect: AutoConnect,
    /// Whether nodes that know a common node connect to each other.
    pub connect_all: bool,
    /// Whether overlapping partitions are prevented.
    pub prevent_overlapping: bool,
    /// Whether it stays down until it is started.
    pub down: bool,
    /// The nodes that it must meet in its boot.
    pub sync_mandatory: Vec<String>,
    /// The nodes that it waits for in its boot besides those of its distributed applications; none at
    /// all if the list is empty.
    pub sync_optional: Option<Vec<String>>,
    /// How long it waits for them.
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
