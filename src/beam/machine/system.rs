//! The services of the runtime system to OTP's kernel, beyond those of a node to every process.

use std::any::Any;
use std::rc::Rc;

use super::context::{Local, Spawning};
use crate::beam::atom::AtomIndex;
use crate::beam::function::FunctionName;
use crate::beam::identity::{ProcessId, Reference};
use crate::beam::value::Value;
use crate::engine::runtime::{FileSystem, NodeTypes, OtherSignal};
use crate::engine::trace::LogReport;

/// The severity of a line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// For the story.
    Info,
    /// Something that should not happen often.
    Warning,
    /// Something broke.
    Error,
}

/// The way in which a node ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything it has sent arrives; then its connections close.
    InOrder,
    /// It is gone at once.
    AtOnce,
}

/// The options of `net_kernel:monitor_nodes/2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent options of one Erlang function")]
pub struct NodeWatch {
    /// Watch, or watch no longer.
    pub on: bool,
    /// Nodes of these types, each with its type; visible ones without it if there is none.
    pub node_type: Option<NodeTypes>,
    /// With the reason for which a node went down.
    pub reason: bool,
    /// With the number of the connection.
    pub connection_id: bool,
    /// Messages of three elements even if there is nothing to tell.
    pub info: bool,
    /// The report is a map.
    pub map: bool,
}

/// The replies to a spawn request that come as messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replies {
    /// All.
    Always,
    /// Only that a process was started.
    OnSuccess,
    /// Only that no process was started.
    OnError,
    /// None.
    Never,
}

/// A request for a process, on whichever node.
pub struct ProcessRequest {
    /// The node.
    pub node: AtomIndex,
    /// The module and the function that it calls.
    pub function: (AtomIndex, AtomIndex),
    /// The arguments, as a list.
    pub args: Value,
    /// The options of its spawn. Its settings are those of the node where it starts, with these changes.
    pub spawning: Spawning,
    /// The settings that are not those of that node, by their names.
    pub settings: Vec<(AtomIndex, Value)>,
    /// The replies that come.
    pub replies: Replies,
    /// The first element of a reply.
    pub reply_tag: Value,
}

/// A record about an application.
pub enum ApplicationNews {
    /// It runs, by this type of start.
    Started(Value),
    /// It does no longer, for this reason.
    Stopped(Value),
}

/// An argument of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportPart {
    /// The process that it is about.
    Process,
    /// A number.
    Number(i64),
    /// A truth.
    Truth(bool),
    /// A text.
    Text(String),
}

/// The other end of a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortTarget {
    /// A program that is started: the words of its command line.
    Program(Vec<String>),
    /// The program that has started this one, at the other end of the standard input and output.
    Parent,
}

/// A request for a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortRequest {
    /// The other end.
    pub target: PortTarget,
    /// The variables that the environment of the program has beside those of the node, or has not.
    pub environment: Vec<(String, Option<String>)>,
    /// Its output comes as binaries, not as lists.
    pub binary: bool,
    /// The exit status of the program is told.
    pub exit_status: bool,
    /// The end of what comes is told, and leaves the port open.
    pub eof: bool,
}

/// A command to a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortOrder {
    /// To send bytes to the other end.
    Command(Vec<u8>),
    /// To close.
    Close,
    /// To close, and to say so.
    CloseByMessage,
    /// To belong to this process from now on.
    Connect(ProcessId),
    /// The same, and to tell the process that it belonged to.
    ConnectByMessage(ProcessId),
}

/// The runtime system of a node that has booted OTP.
pub trait RuntimeSystem {
    /// The state that the natives of OTP's kernel share on the node; the machine does not look into it.
    fn kernel(&self) -> Rc<dyn Any>;

    /// The release of OTP.
    fn release(&self) -> u32;

    /// A native that the node has not got was called.
    fn is_missing(&mut self, name: FunctionName);

    /// A port of this number is linked to its owner, or no longer.
    fn set_port_linked(&mut self, number: u64, is_linked: bool);

    /// The process monitors a port of this number; `false` when it is not open.
    fn monitor_port(
        &mut self,
        local: &Local<'_>,
        number: u64,
        reference: Reference,
        tag: Value,
    ) -> bool;

    /// Takes a monitor of a port away. Returns whether there was one.
    fn demonitor_port(&mut self, reference: Reference) -> bool;

    /// Writes a line into the log of the run.
    fn log(&mut self, severity: LogLevel, text: &str);

    /// The same, of a report that readers of the trace look for.
    fn log_report(&mut self, severity: LogLevel, report: LogReport, text: &str);

    /// Tells OTP's logger of something, with a format and its arguments.
    fn report(&mut self, level: &str, format: &str, args: &[ReportPart]);

    /// Records something about an application.
    fn record(&mut self, local: &Local<'_>, application: AtomIndex, news: ApplicationNews);

    /// Ends the node.
    fn halt(&mut self, ending: Ending);

    /// Lets `act` work with the files of the node.
    fn file_system(&mut self, act: &mut dyn FnMut(&mut FileSystem));

    /// The nanoseconds that a sync takes now.
    fn sync_time(&mut self) -> u64;

    /// The name of the host.
    fn host(&self) -> AtomIndex;

    /// Does the node take part in a cluster?
    fn is_alive(&self) -> bool;

    /// Makes the node take part in a cluster under a name.
    ///
    /// # Errors
    /// The reason for which it does not.
    fn start_distribution(&mut self, name: AtomIndex) -> Result<(), String>;

    /// Makes the node leave the cluster, since `net_kernel` ends.
    fn end_distribution(&mut self);

    /// Begins to connect to a node; `{connected, Node, Boolean}` will be sent to `tell`.
    fn connect(&mut self, node: AtomIndex, tell: ProcessId);

    /// Closes the connection to a node: whether there was one.
    fn disconnect(&mut self, node: AtomIndex) -> bool;

    /// The process that a connection belongs to; none without a connection. The connection ends with it.
    fn connection_owner(&mut self, node: AtomIndex) -> Option<ProcessId>;

    /// Subscribes the process to nodes that come and go.
    fn watch_nodes(&mut self, watch: NodeWatch);

    /// The processes that have subscribed, each with the options.
    fn node_watches(&self) -> Vec<(ProcessId, NodeWatch)>;

    /// The number of the connection to a node.
    fn connection_id(&self, node: AtomIndex) -> Option<u32>;

    /// Is the connection to a node hidden?
    fn is_hidden(&self, node: AtomIndex) -> bool;

    /// Hides the connections of the node from all nodes but these, or from none.
    fn publish_to(&mut self, nodes: Option<Vec<AtomIndex>>);

    /// The nodes that are registered on a host, `None` for this one.
    fn names_on(&self, host: Option<AtomIndex>) -> Option<Vec<AtomIndex>>;

    /// The cookie towards a node, or towards all.
    fn cookie(&self, node: Option<AtomIndex>) -> AtomIndex;

    /// Sets it.
    fn set_cookie(&mut self, node: Option<AtomIndex>, cookie: AtomIndex);

    /// The milliseconds after which a silent node is down, and whether they are still to come into
    /// force.
    fn ticktime(&self) -> (u64, bool);

    /// Sets them, with the milliseconds until they come into force: whether that changes anything.
    ///
    /// # Errors
    /// The milliseconds of a change that is under way.
    fn set_ticktime(&mut self, time: u64, transition: u64) -> Result<bool, u64>;

    /// Asks for a process.
    fn request_spawn(&mut self, local: &mut Local<'_>, request: ProcessRequest) -> Reference;

    /// Forgets a request: whether its reply was still to come.
    fn abandon_spawn(&mut self, request: Reference) -> bool;

    /// Opens a port that belongs to the process: its number; `None` when there is no such program.
    fn open_port(&mut self, request: PortRequest) -> Option<u64>;

    /// Tells a port something: whether it is open.
    fn tell_port(&mut self, port: u64, order: PortOrder) -> bool;

    /// The number of the node's program on its machine.
    fn program_number(&self) -> u32;

    /// Is there a program with this number?
    fn has_program(&self, number: u32) -> bool;

    /// Sends a signal of the operating system to a program: whether there is one.
    fn signal_program(&mut self, number: u32, signal: OtherSignal) -> bool;

    /// Stops the program of the node for so many milliseconds.
    fn stop_for(&mut self, time: u64);

    /// Cuts, in silence, what goes from the first nodes to the second.
    fn cut(&mut self, from: &[AtomIndex], to: &[AtomIndex]);

    /// Ends all cuts.
    fn heal_cuts(&mut self);
}
