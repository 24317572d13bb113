//! The view of a process on its node.

use super::code::Code;
use super::process::{Process, Processes};
use super::settings::Settings;
use super::shared::Shared;
use super::system::RuntimeSystem;
use crate::beam::atom::AtomIndex;
use crate::beam::ets::Tables;
use crate::beam::function::FunctionName;
use crate::beam::heap::Heap;
use crate::beam::identity::{Life, ProcessId, Reference};
use crate::beam::native::Raise;
use crate::beam::value::Value;

/// The process that runs, and what lies on the same node.
pub struct Local<'a> {
    /// The heap of the node.
    pub heap: &'a mut Heap,
    /// The process that runs.
    pub process: &'a mut Process,
    /// The other processes of the node.
    pub processes: &'a mut Processes,
    /// The code of the node.
    pub code: &'a Code,
    /// The state that the processes of the node share beside code and tables.
    pub shared: &'a mut Shared,
    /// The ETS tables of the node.
    pub tables: &'a mut Tables,
}

impl Local<'_> {
    /// A new process that is to call a function with a list of arguments, and its place.
    pub fn start(
        &mut self,
        pid: ProcessId,
        function: (AtomIndex, AtomIndex),
        args: Value,
        settings: Settings,
    ) -> usize {
        let mut process = super::begin(self.heap, self.code, pid, function, args);
        process.settings = settings;
        let token = super::sequence::bequeath(self.heap, self.shared, self.process);
        process.inherit_token(self.heap, token);
        self.processes.add(process)
    }

    /// The function of compiled code that the process is in.
    #[must_use]
    pub fn current_function(&self) -> Option<FunctionName> {
        let place = self.process.place;
        let image = self.code.image(place.image);
        let function = image.function_at(place.pc.saturating_sub(1))?;
        Some(FunctionName::new(image.name, function.name, function.arity))
    }
}

/// The context of a native that depends on its process.
pub struct NativeContext<'a> {
    /// The process that runs, and what lies on the same node.
    pub local: Local<'a>,
    /// The rest of the node.
    pub node: &'a mut dyn NodeServices,
}

/// Things that code knows by references.
impl NativeContext<'_> {
    /// Keeps something, and returns the reference by which code knows it from now on.
    pub(in crate::beam) fn share<T: 'static>(&mut self, resource: T) -> Value {
        let reference = self.node.make_reference();
        self.local.shared.add(reference, None, resource);
        self.local.heap.reference(reference)
    }

    /// As [`NativeContext::share`], until the process that runs ends.
    pub(in crate::beam) fn share_own<T: 'static>(&mut self, resource: T) -> Value {
        let reference = self.node.make_reference();
        let own = self.local.process.pid();
        self.local.shared.add(reference, Some(own), resource);
        self.local.heap.reference(reference)
    }

    /// Sends the process that runs a message of its own.
    ///
    /// # Errors
    /// None that a process of one's own node gives.
    pub(in crate::beam) fn send_to_self(&mut self, message: Value) -> Result<(), Raise> {
        let own = Recipient::Pid(self.local.process.pid());
        self.node.send(&mut self.local, own, message)
    }

    /// Gives what a reference stands for to another process.
    pub(in crate::beam) fn give(&mut self, reference: Value, owner: ProcessId) {
        if let Some(reference) = self.local.heap.as_reference(reference) {
            self.local.shared.give(reference, Some(owner));
        }
    }

    /// The thing that a reference stands for; none of this type, or none any more.
    ///
    /// # Errors
    /// `badarg` for what is no reference.
    pub(in crate::beam) fn shared<T: 'static>(
        &mut self,
        reference: Value,
    ) -> Result<Option<&mut T>, Raise> {
        let reference = self.local.heap.as_reference(reference).ok_or(Raise::BADARG)?;
        Ok(self.local.shared.get(reference))
    }

    /// Forgets what a reference stands for.
    pub(in crate::beam) fn forget(&mut self, reference: Value) {
        if let Some(reference) = self.local.heap.as_reference(reference) {
            self.local.shared.remove(reference);
        }
    }
}

/// The recipient of a message, or the target of a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// A process.
    Pid(ProcessId),
    /// Whoever holds the name on this node.
    Name(AtomIndex),
    /// Whoever holds the name on a node.
    NameOn {
        /// The name.
        name: AtomIndex,
        /// The node.
        node: AtomIndex,
    },
    /// Whoever made the alias.
    Alias(Reference),
}

/// The options of a spawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spawning {
    /// It is linked to its parent.
    pub link: bool,
    /// Its parent monitors it.
    pub monitor: Option<ChildMonitor>,
    /// Its settings.
    pub settings: Settings,
}

impl Spawning {
    /// A process that is linked to its parent.
    #[must_use]
    pub fn linked() -> Spawning {
        Spawning { link: true, ..Spawning::default() }
    }

    /// A process that its parent monitors.
    #[must_use]
    pub fn monitored() -> Spawning {
        Spawning { monitor: Some(ChildMonitor::default()), ..Spawning::default() }
    }
}

/// The monitor of a process that comes with its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChildMonitor {
    /// The first element of its message, instead of `'DOWN'`.
    pub tag: Option<Value>,
    /// It is an alias as well.
    pub alias: Option<AliasLife>,
}

/// The knowledge of a node about one of its processes.
#[derive(Clone, Debug, Default)]
pub struct Inspected {
    /// Its registered name.
    pub name: Option<AtomIndex>,
    /// Its status.
    pub standing: Standing,
    /// The processes that it is linked to.
    pub links: Vec<ProcessId>,
    /// The objects that it monitors.
    pub monitors: Vec<Recipient>,
    /// The processes that monitor it.
    pub monitored_by: Vec<ProcessId>,
    /// It traps exits.
    pub traps_exits: bool,
    /// Its group leader.
    pub group_leader: Option<ProcessId>,
    /// The process that started it.
    pub parent: Option<ProcessId>,
    /// Messages that it has got and not yet seen.
    pub on_the_way: Vec<Value>,
}

/// The items of an [`Inspected`] that take as long to find as there are many of them: those that are
/// not asked for are empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InspectedParts {
    /// Its links and monitors.
    pub bonds: bool,
    /// Messages that it has got and not yet seen.
    pub on_the_way: bool,
}

/// The status of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It is the one that asks.
    Running,
    /// It waits for its turn.
    Runnable,
    /// It waits for a message.
    #[default]
    Waiting,
    /// Somebody has suspended it, or a busy connection.
    Suspended,
}

/// The reasons not to send a message: the options of `send/3`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendOptions {
    /// Not if the node would have to connect to another one.
    pub noconnect: bool,
    /// Not if the process would be suspended.
    pub nosuspend: bool,
}

/// The lifetime of the alias that a monitor makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AliasLife {
    /// Until `unalias/1`.
    Explicit,
    /// Until the monitor is gone.
    Demonitor,
    /// Until the monitor is gone or a message came by it.
    Reply,
}

/// The nodes that `nodes/1` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// Connected, and not hidden.
    Visible,
    /// Connected and hidden.
    Hidden,
    /// All that are connected.
    Connected,
    /// All that are known.
    Known,
}

/// The services of a node to its processes. Times are in nanoseconds, by the clock of the node.
pub trait NodeServices {
    /// Sends a message.
    ///
    /// # Errors
    /// `badarg` for a name of this node that nobody holds.
    fn send(&mut self, local: &mut Local<'_>, to: Recipient, message: Value) -> Result<(), Raise>;

    /// Puts the messages that have come since its slice began into the mailbox of the process.
    fn fetch(&mut self, local: &mut Local<'_>);

    /// Starts a process that calls a function with a list of arguments.
    fn spawn(
        &mut self,
        local: &mut Local<'_>,
        function: (AtomIndex, AtomIndex),
        args: Value,
        spawning: Spawning,
    ) -> (ProcessId, Option<Reference>);

    /// `link/1`.
    ///
    /// # Errors
    /// `noproc` for a process of this node that is dead, unless the caller traps exits.
    fn link(&mut self, pid: ProcessId) -> Result<(), Raise>;

    /// `unlink/1`.
    fn unlink(&mut self, pid: ProcessId);

    /// `monitor/3`, with the tag of the message instead of `'DOWN'`.
    ///
    /// # Errors
    /// `badarg` for what cannot be monitored.
    fn monitor(
        &mut self,
        local: &Local<'_>,
        target: Recipient,
        tag: Option<Value>,
        alias: Option<AliasLife>,
    ) -> Result<Reference, Raise>;

    /// `demonitor/2`: whether it was there.
    fn demonitor(&mut self, monitor: Reference, flush: bool) -> bool;

    /// `alias/1`.
    fn alias(&mut self, life: AliasLife) -> Reference;

    /// `unalias/1`: whether it was there.
    fn unalias(&mut self, alias: Reference) -> bool;

    /// `exit/2`.
    fn exit_signal(&mut self, local: &mut Local<'_>, pid: ProcessId, reason: Value);

    /// Sets if the process traps exits; returns the former value.
    fn trap_exit(&mut self, trap: bool) -> bool;

    /// Sets if the process is never suspended for what it sends to other nodes; returns the former
    /// value.
    fn async_dist(&mut self, is_async: bool) -> bool;

    /// `register/2`.
    ///
    /// # Errors
    /// `badarg` when the name is taken, or the process is dead or has one.
    fn register(&mut self, name: AtomIndex, pid: ProcessId) -> Result<(), Raise>;

    /// `unregister/1`.
    ///
    /// # Errors
    /// `badarg` when nobody holds the name.
    fn unregister(&mut self, name: AtomIndex) -> Result<(), Raise>;

    /// The process that holds a name of this node.
    fn whereis(&self, name: AtomIndex) -> Option<ProcessId>;

    /// The names of this node, in order.
    fn registered(&self) -> Vec<AtomIndex>;

    /// `is_process_alive/1`.
    ///
    /// # Errors
    /// `badarg` for a process of another node.
    fn is_alive(&mut self, pid: ProcessId) -> Result<bool, Raise>;

    /// The processes of this node, oldest first.
    fn processes(&self) -> Vec<ProcessId>;

    /// The knowledge about a process of this node; `None` when it has ended.
    fn inspect(
        &mut self,
        local: &mut Local<'_>,
        pid: ProcessId,
        parts: InspectedParts,
    ) -> Option<Inspected>;

    /// A process of this node does not go on until it is resumed.
    fn suspend(&mut self, pid: ProcessId);

    /// It goes on.
    fn resume(&mut self, pid: ProcessId);

    /// The option that keeps a message from being sent.
    fn prevents(&mut self, to: Recipient, options: SendOptions) -> Option<AtomIndex>;

    /// The release of OTP, on a node that has booted it.
    fn release(&mut self) -> Option<u32> {
        self.system().map(|system| system.release())
    }

    /// The group leader of a process of this node.
    fn group_leader(&self, pid: ProcessId) -> Option<ProcessId>;

    /// Sets it.
    fn set_group_leader(&mut self, pid: ProcessId, leader: ProcessId);

    /// `make_ref/0`.
    fn make_reference(&mut self) -> Reference;

    /// Random bytes, which the seed of the run determines.
    fn random_bytes(&mut self, count: usize) -> Vec<u8>;

    /// The monotonic clock.
    fn monotonic_time(&self) -> i64;

    /// The system clock, since 1970.
    fn system_time(&self) -> i64;

    /// Has a message sent after a time: the message, or `{timeout, Timer, Message}`.
    ///
    /// # Errors
    /// `badarg` for a process of another node.
    fn start_timer(
        &mut self,
        local: &mut Local<'_>,
        after: u64,
        to: Recipient,
        message: Value,
        wrap: bool,
    ) -> Result<Reference, Raise>;

    /// `cancel_timer/1`: the time that was left.
    fn cancel_timer(&mut self, timer: Reference) -> Option<u64>;

    /// `read_timer/1`.
    fn read_timer(&self, timer: Reference) -> Option<u64>;

    /// Other nodes, in the order of their names.
    fn nodes(&self, kind: NodeKind) -> Vec<AtomIndex>;

    /// The life of another node that is connected.
    fn life_of(&self, node: AtomIndex) -> Option<Life> {
        let _ = node;
        None
    }

    /// `monitor_node/2`.
    fn monitor_node(&mut self, node: AtomIndex, on: bool);

    /// Must the process wait, since it has sent more than its connection can take?
    fn must_wait(&self) -> bool {
        false
    }

    /// The runtime system, on a node that has booted OTP.
    fn system(&mut self) -> Option<&mut dyn RuntimeSystem> {
        None
    }
}

/// A node that has nobody else and no time: for code that only computes.
#[derive(Debug, Default)]
pub struct Nobody {
    references: u128,
}

impl NodeServices for Nobody {
    fn send(&mut self, _: &mut Local<'_>, _: Recipient, _: Value) -> Result<(), Raise> {
        Err(Raise::BADARG)
    }

    fn fetch(&mut self, _: &mut Local<'_>) {}

    fn spawn(
        &mut self,
        local: &mut Local<'_>,
        _: (AtomIndex, AtomIndex),
        _: Value,
        _: Spawning,
    ) -> (ProcessId, Option<Reference>) {
        (local.process.pid(), None)
    }

    fn link(&mut self, _: ProcessId) -> Result<(), Raise> {
        Ok(())
    }

    fn unlink(&mut self, _: ProcessId) {}

    fn monitor(
        &mut self,
        _: &Local<'_>,
        _: Recipient,
        _: Option<Value>,
        _: Option<AliasLife>,
    ) -> Result<Reference, Raise> {
        Err(Raise::BADARG)
    }

    fn demonitor(&mut self, _: Reference, _: bool) -> bool {
        false
    }

    fn alias(&mut self, _: AliasLife) -> Reference {
        self.make_reference()
    }

    fn unalias(&mut self, _: Reference) -> bool {
        false
    }

    fn exit_signal(&mut self, _: &mut Local<'_>, _: ProcessId, _: Value) {}

    fn trap_exit(&mut self, _: bool) -> bool {
        false
    }

    fn async_dist(&mut self, _: bool) -> bool {
        false
    }

    fn register(&mut self, _: AtomIndex, _: ProcessId) -> Result<(), Raise> {
        Err(Raise::BADARG)
    }

    fn unregister(&mut self, _: AtomIndex) -> Result<(), Raise> {
        Err(Raise::BADARG)
    }

    fn whereis(&self, _: AtomIndex) -> Option<ProcessId> {
        None
    }

    fn registered(&self) -> Vec<AtomIndex> {
        Vec::new()
    }

    fn is_alive(&mut self, _: ProcessId) -> Result<bool, Raise> {
        Ok(false)
    }

    fn processes(&self) -> Vec<ProcessId> {
        Vec::new()
    }

    fn inspect(&mut self, _: &mut Local<'_>, _: ProcessId, _: InspectedParts) -> Option<Inspected> {
        None
    }

    fn suspend(&mut self, _: ProcessId) {}

    fn resume(&mut self, _: ProcessId) {}

    fn prevents(&mut self, _: Recipient, _: SendOptions) -> Option<AtomIndex> {
        None
    }

    fn group_leader(&self, _: ProcessId) -> Option<ProcessId> {
        None
    }

    fn set_group_leader(&mut self, _: ProcessId, _: ProcessId) {}

    fn make_reference(&mut self) -> Reference {
        self.references += 1;
        let life = crate::beam::Life::new(crate::beam::atom::NONODE, 0);
        Reference::new(life, self.references)
    }

    fn random_bytes(&mut self, count: usize) -> Vec<u8> {
        vec![0; count]
    }

    fn monotonic_time(&self) -> i64 {
        0
    }

    fn system_time(&self) -> i64 {
        0
    }

    fn start_timer(
        &mut self,
        _: &mut Local<'_>,
        _: u64,
        _: Recipient,
        _: Value,
        _: bool,
    ) -> Result<Reference, Raise> {
        Err(Raise::BADARG)
    }

    fn cancel_timer(&mut self, _: Reference) -> Option<u64> {
        None
    }

    fn read_timer(&self, _: Reference) -> Option<u64> {
        None
    }

    fn nodes(&self, _: NodeKind) -> Vec<AtomIndex> {
        Vec::new()
    }

    fn monitor_node(&mut self, _: AtomIndex, _: bool) {}
}
