//! The ports of compiled code: a process of the node stands for each.
//!
//! The other end is another node, the program that a port has started or that which has started this
//! one, and there as well a process stands for it. The two send each other what goes through the pipe
//! by no network.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use super::convert::{from_term, pid_from, pid_of};
use super::member::Member;
use super::message::Message;
use super::program::{self, CommandLine};
use super::{Boot, MachineOfNode};
use crate::atom;
use crate::beam::identity::{Port, Reference};
use crate::beam::kernel::{KernelState, PortMonitor, PortState, program_name};
use crate::beam::machine::{PortOrder, PortRequest, PortTarget};
use crate::beam::{self, Heap, Value};
use crate::engine::runtime::{Content, Context, Destination, ExitResult, ProcessInfoParts};
use crate::engine::term::{Pid, Term};
use crate::engine::time::Time;
use crate::tuple;

/// The tags of what a process that stands for a port is sent, by its own node and through the pipe.
const ORDER: &str = "$port";
const PIPE: &str = "$pipe";

/// The time of what goes through a pipe. It is more than the way between two nodes of a host takes: a
/// process of the system reads the pipe and sends on what comes, so what was sent over a connection
/// before is there first.
const PIPE_TIME: Duration = Duration::from_micros(100);

/// The exit status of a program that could not be started.
const NOT_STARTED: u8 = 1;
/// That of `ssh` when there is no such host.
const NO_HOST: u8 = 255;

impl Member<'_> {
    /// Opens a port that belongs to the process that runs.
    pub(super) fn begin_port(&self, request: PortRequest) -> Option<u64> {
        let kernel = self.node.kernel()?;
        let name = match &request.target {
            PortTarget::Program(words) => {
                program_name(words.first()?)?;
                words.join(" ")
            }
            PortTarget::Parent => {
                kernel.parent?;
                "0/1".to_owned()
            }
        };
        let (number, owner) = (kernel.next_port(), self.ctx.pid());
        let ends = (Rc::clone(self.node), Rc::clone(&kernel));
        let driver = self.ctx.spawn("port", move |ctx| async move {
            let (node, kernel) = ends;
            Driver { ctx, kernel, number, options: request, other: None }.run(node).await
        });
        let state = PortState {
            owner: pid_from(owner),
            driver: Some(pid_from(driver)),
            name,
            program: None,
            links: BTreeSet::from([pid_from(owner)]),
            monitors: BTreeMap::new(),
            is_open: true,
        };
        kernel.ports.borrow_mut().insert(number, state);
        Some(number)
    }

    /// Tells a port something. Returns whether it is open.
    pub(super) fn order_port(&self, number: u64, order: PortOrder) -> bool {
        let Some(kernel) = self.node.kernel() else { return false };
        let mut ports = kernel.ports.borrow_mut();
        let Some(state) = ports.get_mut(&number).filter(|state| state.is_open) else {
            return false;
        };
        let Some(driver) = state.driver else { return true };
        let order = match order {
            PortOrder::Command(bytes) => tuple![atom!("command"), bytes.as_slice()],
            PortOrder::Close | PortOrder::CloseByMessage => {
                state.is_open = false;
                tuple![atom!("close"), order == PortOrder::CloseByMessage]
            }
            PortOrder::Connect(owner) => {
                state.links.insert(owner);
                state.owner = owner;
                tuple![atom!("watch"), pid_of(owner)]
            }
            PortOrder::ConnectByMessage(owner) => {
                // A message gives the port away without a link to its new owner.
                let before = std::mem::replace(&mut state.owner, owner);
                tuple![atom!("connected"), pid_of(before)]
            }
        };
        self.ctx.send(pid_of(driver), tuple![Term::atom(ORDER), order]);
        true
    }

    /// Links a port to the process that runs, or unlinks it.
    pub(super) fn link_port(&self, number: u64, is_linked: bool) {
        let Some(kernel) = self.node.kernel() else { return };
        let mut ports = kernel.ports.borrow_mut();
        let Some(state) = ports.get_mut(&number).filter(|state| state.is_open) else { return };
        let own = self.ctx.pid();
        if !is_linked {
            state.links.remove(&pid_from(own));
        } else if state.links.insert(pid_from(own))
            && let Some(driver) = state.driver
        {
            let order = tuple![atom!("watch"), own];
            self.ctx.send(pid_of(driver), tuple![Term::atom(ORDER), order]);
        }
    }
}

impl Member<'_> {
    /// Sets a monitor on a port; `false` when it is not open.
    pub(super) fn watch_port(&self, number: u64, reference: Reference, tag: Term) -> bool {
        let Some(kernel) = self.node.kernel() else { return false };
        let mut ports = kernel.ports.borrow_mut();
        let Some(state) = ports.get_mut(&number).filter(|state| state.is_open) else {
            return false;
        };
        let watcher = pid_from(self.ctx.pid());
        state.monitors.insert(reference, PortMonitor { watcher, tag });
        true
    }

    /// Takes a monitor of a port away. Returns whether there was one.
    pub(super) fn unwatch_port(&self, reference: Reference) -> bool {
        let Some(kernel) = self.node.kernel() else { return false };
        let mut ports = kernel.ports.borrow_mut();
        ports.values_mut().any(|state| state.monitors.remove(&reference).is_some())
    }
}

/// The next thing that a port has to do.
enum Step {
    Go,
    Close,
}

/// The process that stands for a port.
struct Driver {
    ctx: Context,
    kernel: Rc<KernelState>,
    number: u64,
    options: PortRequest,
    /// The process at the other end, once it is there.
    other: Option<Pid>,
}

impl Driver {
    async fn run(mut self, node: Rc<MachineOfNode>) -> ExitResult {
        let mut waiting: Vec<Term> = Vec::new();
        let mut step = self.begin(&node);
        drop(node);
        for linked in self.links() {
            self.ctx.monitor(linked);
        }
        while matches!(step, Step::Go) {
            let message = self.ctx.receive().await;
            self.let_pass(&message).await;
            step = self.handle(&message, &mut waiting);
        }
        self.close();
        Ok(())
    }

    fn begin(&mut self, node: &MachineOfNode) -> Step {
        match self.options.target.clone() {
            PortTarget::Program(words) => self.start(node, &words),
            PortTarget::Parent => {
                let Some(parent) = self.kernel.parent.map(pid_of) else { return Step::Close };
                self.other = Some(parent);
                let is_there = self.pipe(tuple![atom!("open"), self.ctx.pid()]);
                if is_there && self.ctx.watch_program(parent.node()) {
                    Step::Go
                } else {
                    self.ended(None)
                }
            }
        }
    }

    /// Starts the program.
    fn start(&self, node: &MachineOfNode, words: &[String]) -> Step {
        let Some(line) = CommandLine::read(&self.ctx, words, &self.kernel) else {
            return self.ended(Some(NO_HOST));
        };
        let mut boot = Boot::new(std::sync::Arc::clone(&self.kernel.library));
        boot.execution = node.execution.get();
        boot.folder = self.kernel.folder();
        boot.env = self.kernel.environment();
        for (name, value) in self.options.environment.clone() {
            match value {
                Some(value) => drop(boot.env.insert(name, value)),
                None => drop(boot.env.remove(&name)),
            }
        }
        let is_detached = line.is_detached;
        let parent = (!is_detached).then(|| self.ctx.pid());
        match program::start(&self.ctx, line, boot, parent) {
            Err(problem) => {
                self.ctx.log(crate::engine::trace::Level::Warning, problem);
                self.ended(Some(NOT_STARTED))
            }
            Ok(_) if is_detached => self.ended(Some(0)),
            Ok(name) => {
                let program = self.ctx.program_of(name);
                if let Some(state) = self.kernel.ports.borrow_mut().get_mut(&self.number) {
                    state.program = program;
                }
                if self.ctx.watch_program(name) { Step::Go } else { self.ended(Some(NOT_STARTED)) }
            }
        }
    }

    /// Deals with a message.
    fn handle(&mut self, message: &Term, waiting: &mut Vec<Term>) -> Step {
        if let Some([order]) = message.tagged(ORDER) {
            if let Some([data]) = order.tagged("command") {
                let data = tuple![atom!("data"), data.clone()];
                if self.other.is_some() {
                    self.pipe(data);
                } else {
                    waiting.push(data);
                }
                return Step::Go;
            }
            if let Some([Term::Pid(linked)]) = order.tagged("watch") {
                self.ctx.monitor(*linked);
                return Step::Go;
            }
            if let Some([Term::Pid(before)]) = order.tagged("connected") {
                self.tell_to(*before, |heap, port| {
                    heap.tuple(&[port, beam::AtomIndex::new("connected").into()])
                });
                return Step::Go;
            }
            if let Some([tells]) = order.tagged("close") {
                if *tells == Term::from(true) {
                    self.tell(|heap, port| {
                        heap.tuple(&[port, beam::AtomIndex::new("closed").into()])
                    });
                }
                return Step::Close;
            }
        }
        if let Some([_, news]) = message.tagged(PIPE) {
            if let Some([Term::Pid(other)]) = news.tagged("open") {
                self.other = Some(*other);
                for data in waiting.drain(..) {
                    self.pipe(data);
                }
            } else if let Some([data]) = news.tagged("data") {
                self.tell_data(data.as_binary().unwrap_or_default());
            } else if news.is_atom("eof") {
                return self.ended(None);
            }
            return Step::Go;
        }
        if let Some([_, Term::Integer(status)]) = message.tagged("program_ended") {
            return self.ended(u8::try_from(*status).ok());
        }
        match message.tagged("DOWN") {
            Some([_, _, Term::Pid(ended), reason]) if self.ends_with(*ended, reason) => Step::Close,
            Some(_) | None => Step::Go,
        }
    }

    /// Does the port close when a process has ended, for this reason? It does with its owner, and with
    /// others that it is linked to unless their reason is `normal`.
    fn ends_with(&self, ended: Pid, reason: &Term) -> bool {
        let mut ports = self.kernel.ports.borrow_mut();
        let Some(state) = ports.get_mut(&self.number) else { return true };
        let was_linked = state.links.remove(&pid_from(ended));
        pid_of(state.owner) == ended || (was_linked && !reason.is_atom("normal"))
    }

    /// The other end is gone: the owner is told what it wants to know.
    fn ended(&self, status: Option<u8>) -> Step {
        if self.options.eof {
            self.tell_atom("eof");
        }
        if let Some(status) = status.filter(|_| self.options.exit_status) {
            self.tell(|heap, port| {
                let tag = beam::AtomIndex::new("exit_status").into();
                let status = heap.tuple(&[tag, Value::small(status.into())]);
                heap.tuple(&[port, status])
            });
        }
        if self.options.eof { Step::Go } else { Step::Close }
    }

    /// The port closes: the other end and the owner are told.
    fn close(&self) {
        self.pipe(Term::atom("eof"));
        let Some(state) = self.kernel.ports.borrow_mut().remove(&self.number) else { return };
        for (reference, PortMonitor { watcher, tag }) in state.monitors {
            self.tell_to(pid_of(watcher), |heap, port| {
                let (tag, monitor) = (from_term(heap, &tag), heap.reference(reference));
                let kind = beam::AtomIndex::new("port").into();
                heap.tuple(&[tag, monitor, kind, port, beam::atom::NORMAL.into()])
            });
        }
        for linked in state.links.into_iter().map(pid_of) {
            let info = self.ctx.process_info_parts(linked, ProcessInfoParts::default());
            if info.ok().flatten().is_some_and(|info| info.trap_exit) {
                self.tell_to(linked, |heap, port| {
                    let tag = beam::atom::UPPER_EXIT.into();
                    heap.tuple(&[tag, port, beam::atom::NORMAL.into()])
                });
            }
        }
    }

    /// The processes that it is linked to.
    fn links(&self) -> Vec<Pid> {
        let ports = self.kernel.ports.borrow();
        ports
            .get(&self.number)
            .into_iter()
            .flat_map(|state| &state.links)
            .copied()
            .map(pid_of)
            .collect()
    }

    fn owner(&self) -> Option<Pid> {
        self.kernel.ports.borrow().get(&self.number).map(|state| pid_of(state.owner))
    }

    /// Sends something to the other end. Returns whether it is there.
    fn pipe(&self, what: Term) -> bool {
        let there = self.ctx.now() + PIPE_TIME;
        let there = i64::try_from(there.as_nanos()).unwrap_or(i64::MAX);
        let what = tuple![Term::atom(PIPE), there, what];
        self.other.is_some_and(|other| self.ctx.send_by_pipe(other, what))
    }

    /// Waits until what has come from the other end is there.
    async fn let_pass(&self, message: &Term) {
        let left = match (message.tagged(PIPE), message.tagged("program_ended")) {
            (Some([Term::Integer(there), _]), _) => {
                let there = Time::from_nanos(u64::try_from(*there).unwrap_or_default());
                there.since(self.ctx.now())
            }
            (_, Some(_)) => PIPE_TIME,
            (_, None) => Duration::ZERO,
        };
        if !left.is_zero() {
            self.ctx.sleep(left).await;
        }
    }

    fn tell_data(&self, bytes: &[u8]) {
        let is_binary = self.options.binary;
        self.tell(|heap, port| {
            let data = if is_binary {
                heap.binary(bytes)
            } else {
                let bytes: Vec<Value> =
                    bytes.iter().map(|byte| Value::small((*byte).into())).collect();
                heap.list(&bytes)
            };
            let data = heap.tuple(&[beam::AtomIndex::new("data").into(), data]);
            heap.tuple(&[port, data])
        });
    }

    fn tell_atom(&self, name: &str) {
        self.tell(|heap, port| heap.tuple(&[port, beam::AtomIndex::new(name).into()]));
    }

    /// Sends the owner a message with the port in it.
    fn tell(&self, make: impl FnOnce(&mut Heap, Value) -> Value) {
        if let Some(owner) = self.owner() {
            self.tell_to(owner, make);
        }
    }

    fn tell_to(&self, to: Pid, make: impl FnOnce(&mut Heap, Value) -> Value) {
        let mut heap = Heap::new();
        let life = pid_from(self.ctx.pid()).life;
        let port = heap.port(Port { life, number: self.number });
        let message = make(&mut heap, port);
        let message = Message::local(&heap, message);
        self.ctx.send_content(Destination::Pid(to), Content::Opaque(Rc::new(message)));
    }
}
