//! The services of a node to a process of compiled code, on top of the simulated runtime.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use rand::Rng as _;

use super::convert::{atom_of, life, name_of, pid_from, pid_of, ref_from, ref_of, to_term};
use super::label::label;
use super::message::{Message, OnHeap, may_be_down};
use super::{Body, MachineOfNode, value_of};
use crate::beam::atom::{self, AtomIndex};
use crate::beam::identity::{Life, ProcessId, Reference};
use crate::beam::machine::{
    AliasLife, ChildMonitor, Inspected, InspectedParts, Local, NodeKind, NodeServices, Recipient,
    RuntimeSystem, SendOptions, Spawning, Standing, innermost,
};
use crate::beam::native::Raise;
use crate::beam::value::Value;
use crate::engine::runtime::{
    AliasMode, Content, Context, Destination, Exit, MonitorOptions, MonitorTarget, OpaqueMessage,
    ProcessInfoParts, ProcessStatus, SpawnOptions, TimerDestination,
};
use crate::engine::term::{Atom, Term};

/// A process of the runtime while it runs a slice of code.
pub(super) struct Member<'a> {
    pub(super) ctx: &'a Context,
    pub(super) node: &'a Rc<MachineOfNode>,
    /// The trace has everything.
    pub(super) is_traced: bool,
    /// It has sent more than a connection can take (A7).
    pub(super) waits: bool,
}

/// The destination of what is sent to a recipient.
fn destination(to: Recipient) -> Option<Destination> {
    Some(match to {
        Recipient::Pid(pid) => Destination::Pid(pid_of(pid)),
        Recipient::Name(_) => return None,
        Recipient::NameOn { name, node } => {
            Destination::Name { name: atom_of(name), node: atom_of(node) }
        }
        Recipient::Alias(alias) => Destination::Alias(ref_of(alias)),
    })
}

/// The exception of an operation: its reason is always an atom.
fn raise(exit: &Exit) -> Raise {
    let reason = exit.reason().as_atom().map_or(atom::BADARG, name_of);
    Raise::error(reason.into())
}

/// The object of a monitor: a pid, or `{Name, Node}`.
fn monitored(object: &Term) -> Option<Recipient> {
    if let Some(pid) = object.as_pid() {
        return Some(Recipient::Pid(pid_from(pid)));
    }
    let [name, node] = object.as_tuple()? else { return None };
    Some(Recipient::NameOn { name: name_of(name.as_atom()?), node: name_of(node.as_atom()?) })
}

fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

pub(super) fn alias_mode(life: AliasLife) -> AliasMode {
    match life {
        AliasLife::Explicit => AliasMode::ExplicitUnalias,
        AliasLife::Demonitor => AliasMode::Demonitor,
        AliasLife::Reply => AliasMode::ReplyDemonitor,
    }
}

impl Member<'_> {
    /// The place in the user's own code that a process has come to.
    fn source(&self, local: &Local<'_>) -> Option<Atom> {
        let kernel = self.node.kernel.borrow();
        let library = &kernel.as_ref()?.library;
        let place = innermost(local.code, local.process, |module| {
            library.file_of(module).is_some_and(|path| !path.starts_with(library.root()))
        });
        place.map(|place| Atom::new(&place))
    }
}

impl NodeServices for Member<'_> {
    fn send(&mut self, local: &mut Local<'_>, to: Recipient, message: Value) -> Result<(), Raise> {
        if self.is_traced {
            self.ctx.set_source(self.source(local));
        }
        let token = local.process.take_outgoing_token();
        let own = local.process.pid().life;
        let (to, is_local) = match to {
            Recipient::Pid(pid) => (Destination::Pid(pid_of(pid)), pid.life == own),
            Recipient::Name(name) => {
                let name = atom_of(name);
                let Some(pid) = self.ctx.whereis(name) else {
                    // The runtime takes note of it.
                    let sent = self.ctx.send_name(name, to_term(local.heap, message));
                    return sent.map_err(|exit| raise(&exit));
                };
                (Destination::Pid(pid), true)
            }
            Recipient::NameOn { name, node } => {
                (Destination::Name { name: atom_of(name), node: atom_of(node) }, false)
            }
            Recipient::Alias(alias) => (Destination::Alias(ref_of(alias)), alias.life == own),
        };
        // Others may look at it while code runs.
        let is_seen = self.is_traced || !token.is_nil() || may_be_down(local.heap, message);
        let message: Rc<dyn OpaqueMessage> = if is_local && !is_seen {
            Rc::new(OnHeap::new(self.node, message))
        } else {
            let whole = if is_local { Message::local } else { Message::remote };
            Rc::new(whole(local.heap, message).with_token(local.heap, token))
        };
        self.ctx.send_content(to, Content::Opaque(message));
        if !is_local {
            self.waits = self.ctx.is_suspended(self.ctx.pid());
        }
        Ok(())
    }

    fn must_wait(&self) -> bool {
        self.waits
    }

    fn fetch(&mut self, local: &mut Local<'_>) {
        let Local { heap, process, .. } = local;
        self.ctx.take_contents(|message| {
            let (message, token) = value_of(heap, &message);
            process.deliver_with(message, token);
        });
    }

    fn spawn(
        &mut self,
        local: &mut Local<'_>,
        function: (AtomIndex, AtomIndex),
        args: Value,
        spawning: Spawning,
    ) -> (ProcessId, Option<Reference>) {
        let label = label(local, function, args);
        let engine_monitors = spawning.monitor == Some(ChildMonitor::default());
        let options = SpawnOptions {
            link: spawning.link,
            monitor: engine_monitors,
            ..SpawnOptions::new(&label)
        };
        let place = Rc::new(Cell::new(None));
        let (node, is_traced) = (Rc::clone(self.node), self.is_traced);
        let body = Body { node, place: Rc::clone(&place), is_traced };
        let (pid, monitor) = self.ctx.spawn_with(options, move |ctx| body.run(ctx));
        let pid = pid_from(pid);
        // Nobody runs a process that a dead one has spawned.
        if Rc::strong_count(&place) > 1 {
            place.set(Some(local.start(pid, function, args, spawning.settings)));
        }
        let monitor = monitor.map(ref_from);
        match spawning.monitor {
            Some(ChildMonitor { tag, alias }) if !engine_monitors => {
                (pid, self.monitor(local, Recipient::Pid(pid), tag, alias).ok())
            }
            Some(_) | None => (pid, monitor),
        }
    }

    fn link(&mut self, pid: ProcessId) -> Result<(), Raise> {
        self.ctx.link(pid_of(pid)).map_err(|exit| raise(&exit))
    }

    fn unlink(&mut self, pid: ProcessId) {
        self.ctx.unlink(pid_of(pid));
    }

    fn monitor(
        &mut self,
        local: &Local<'_>,
        target: Recipient,
        tag: Option<Value>,
        alias: Option<AliasLife>,
    ) -> Result<Reference, Raise> {
        let target = match target {
            Recipient::Pid(pid) => MonitorTarget::Pid(pid_of(pid)),
            Recipient::Name(name) => MonitorTarget::Name { name: atom_of(name), node: None },
            Recipient::NameOn { name, node } => {
                MonitorTarget::Name { name: atom_of(name), node: Some(atom_of(node)) }
            }
            Recipient::Alias(_) => return Err(Raise::BADARG),
        };
        self.ctx.may_monitor(target).map_err(|exit| raise(&exit))?;
        let options = MonitorOptions {
            tag: tag.map(|tag| to_term(local.heap, tag)),
            alias: alias.map(alias_mode),
        };
        Ok(ref_from(self.ctx.monitor_with(target, options)))
    }

    fn demonitor(&mut self, monitor: Reference, flush: bool) -> bool {
        let monitor = ref_of(monitor);
        if flush { self.ctx.demonitor_flush(monitor) } else { self.ctx.demonitor(monitor) }
    }

    fn alias(&mut self, life: AliasLife) -> Reference {
        ref_from(self.ctx.alias(alias_mode(life)))
    }

    fn unalias(&mut self, alias: Reference) -> bool {
        self.ctx.unalias(ref_of(alias))
    }

    fn exit_signal(&mut self, local: &mut Local<'_>, pid: ProcessId, reason: Value) {
        self.ctx.exit_signal(pid_of(pid), to_term(local.heap, reason));
    }

    fn trap_exit(&mut self, trap: bool) -> bool {
        self.ctx.trap_exit(trap)
    }

    fn async_dist(&mut self, is_async: bool) -> bool {
        self.ctx.async_dist(is_async)
    }

    fn register(&mut self, name: AtomIndex, pid: ProcessId) -> Result<(), Raise> {
        self.ctx.register(atom_of(name), pid_of(pid)).map_err(|exit| raise(&exit))
    }

    fn unregister(&mut self, name: AtomIndex) -> Result<(), Raise> {
        self.ctx.unregister(atom_of(name)).map_err(|exit| raise(&exit))
    }

    fn whereis(&self, name: AtomIndex) -> Option<ProcessId> {
        self.ctx.whereis(atom_of(name)).map(pid_from)
    }

    fn registered(&self) -> Vec<AtomIndex> {
        self.ctx.registered().into_iter().map(name_of).collect()
    }

    fn is_alive(&mut self, pid: ProcessId) -> Result<bool, Raise> {
        self.ctx.is_process_alive(pid_of(pid)).map_err(|exit| raise(&exit))
    }

    fn processes(&self) -> Vec<ProcessId> {
        self.ctx.processes().into_iter().map(pid_from).collect()
    }

    fn inspect(
        &mut self,
        local: &mut Local<'_>,
        pid: ProcessId,
        parts: InspectedParts,
    ) -> Option<Inspected> {
        let InspectedParts { bonds, on_the_way } = parts;
        let parts = ProcessInfoParts { relations: bonds, messages: false };
        let info = self.ctx.process_info_parts(pid_of(pid), parts).ok()??;
        let pids = |pids: Vec<crate::engine::term::Pid>| pids.into_iter().map(pid_from).collect();
        let standing = match info.status {
            ProcessStatus::Running => Standing::Running,
            ProcessStatus::Waiting => Standing::Waiting,
            ProcessStatus::Suspended => Standing::Suspended,
        };
        let messages =
            if on_the_way { self.ctx.contents_of_mailbox(pid_of(pid)) } else { Vec::new() };
        Some(Inspected {
            name: info.registered_name.map(name_of),
            standing,
            links: pids(info.links),
            monitors: info.monitors.iter().filter_map(monitored).collect(),
            monitored_by: pids(info.monitored_by),
            traps_exits: info.trap_exit,
            group_leader: info.group_leader.map(pid_from),
            parent: info.parent.map(pid_from),
            on_the_way: messages.iter().map(|message| value_of(local.heap, message).0).collect(),
        })
    }

    fn suspend(&mut self, pid: ProcessId) {
        self.ctx.suspend_process(pid_of(pid));
    }

    fn resume(&mut self, pid: ProcessId) {
        self.ctx.resume_process(pid_of(pid));
    }

    fn prevents(&mut self, to: Recipient, options: SendOptions) -> Option<AtomIndex> {
        let to = destination(to)?;
        if options.noconnect && self.ctx.would_connect(to) {
            return Some(atom::NOCONNECT);
        }
        (options.nosuspend && self.ctx.would_suspend(to)).then_some(atom::NOSUSPEND)
    }

    fn group_leader(&self, pid: ProcessId) -> Option<ProcessId> {
        self.ctx.group_leader_of(pid_of(pid)).map(pid_from)
    }

    fn set_group_leader(&mut self, pid: ProcessId, leader: ProcessId) {
        self.ctx.set_group_leader(pid_of(pid), pid_of(leader));
    }

    fn make_reference(&mut self) -> Reference {
        ref_from(self.ctx.make_ref())
    }

    fn random_bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.ctx.with_rng(|rng| rng.fill_bytes(&mut bytes));
        bytes
    }

    fn monotonic_time(&self) -> i64 {
        nanoseconds(self.ctx.monotonic_time())
    }

    fn system_time(&self) -> i64 {
        nanoseconds(self.ctx.system_time())
    }

    fn start_timer(
        &mut self,
        local: &mut Local<'_>,
        after: u64,
        to: Recipient,
        message: Value,
        wrap: bool,
    ) -> Result<Reference, Raise> {
        let to = match to {
            Recipient::Pid(pid) if pid.life == local.process.pid().life => {
                TimerDestination::Pid(pid_of(pid))
            }
            Recipient::Name(name) => TimerDestination::Name(atom_of(name)),
            Recipient::Pid(_) | Recipient::NameOn { .. } | Recipient::Alias(_) => {
                return Err(Raise::BADARG);
            }
        };
        let (after, message) = (Duration::from_nanos(after), to_term(local.heap, message));
        Ok(ref_from(if wrap {
            self.ctx.start_timer(after, to, message)
        } else {
            self.ctx.send_after(after, to, message)
        }))
    }

    fn cancel_timer(&mut self, timer: Reference) -> Option<u64> {
        self.ctx.cancel_timer(ref_of(timer)).map(|left| nanoseconds(left).unsigned_abs())
    }

    fn read_timer(&self, timer: Reference) -> Option<u64> {
        self.ctx.read_timer(ref_of(timer)).map(|left| nanoseconds(left).unsigned_abs())
    }

    fn nodes(&self, kind: NodeKind) -> Vec<AtomIndex> {
        let nodes = match kind {
            NodeKind::Visible => self.ctx.nodes(),
            NodeKind::Hidden => self.ctx.nodes_hidden(),
            NodeKind::Connected => self.ctx.nodes_connected(),
            NodeKind::Known => self.ctx.nodes_known(),
        };
        nodes.into_iter().map(name_of).collect()
    }

    fn life_of(&self, node: AtomIndex) -> Option<Life> {
        self.ctx.incarnation_of(atom_of(node)).map(life)
    }

    fn monitor_node(&mut self, node: AtomIndex, on: bool) {
        self.ctx.monitor_node(atom_of(node), on);
    }

    fn system(&mut self) -> Option<&mut dyn RuntimeSystem> {
        self.node.kernel()?;
        Some(self)
    }
}
