//! Compiled code on the simulated nodes: each of its processes is a process of the runtime.
//!
//! A process runs a slice of calls each time it is its turn, takes its messages out of its mailbox
//! in the order in which they came, and ends with the reason that it has in Erlang. All processes
//! of a node share its [`Machine`], which begins with the node and is gone with it.

mod boot;
mod call;
mod convert;
mod execution;
mod label;
mod member;
mod message;
mod port;
mod program;
mod settings;
mod system;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use rand::RngExt;

use super::atom::AtomIndex;
use super::heap::Heap;
use super::identity::ProcessId;
use super::kernel::{KernelState, disk_file_of};
use super::machine::{Loader, Machine, NO_TOKEN, Process, Stop, Transit};
use super::native::{Class, Natives};
use super::value::Value;
use crate::engine::runtime::{Content, Context, Exit, ExitResult};
use crate::engine::term::{Atom, Term};
use crate::engine::trace::Level;
use crate::{atom, list, map, tuple};
use convert::{exit_reason, from_term, name_of, pid_from, pid_of, to_term};
use member::Member;
use message::{Message, OnHeap};

pub use boot::Boot;
pub use call::{call, runs_compiled_code};
pub use execution::{Execution, Preemption};
pub use settings::{VmArgsError, read_term, vm_args};

/// The code that the nodes of a simulation run.
#[derive(Clone)]
pub struct Program {
    natives: Rc<Natives>,
    loader: Loader,
    execution: Execution,
}

impl Program {
    /// Code whose modules are found by `loader`, when they are called first on a node.
    #[must_use]
    pub fn new(natives: Natives, loader: Loader) -> Program {
        Program { natives: Rc::new(natives), loader, execution: Execution::default() }
    }

    /// The same code, run in another way.
    #[must_use]
    pub fn with_execution(self, execution: Execution) -> Program {
        Program { execution, ..self }
    }

    /// Calls a function in the process of `ctx`, which ends when the function has returned.
    ///
    /// # Errors
    /// The exception that the function does not catch.
    pub async fn run(
        &self,
        ctx: Context,
        module: Atom,
        function: Atom,
        args: &[Term],
    ) -> ExitResult {
        let node = ctx.node_local::<MachineOfNode>();
        let place = node.begin(self, &ctx, module, function, args);
        Body::new(&ctx, node, Rc::new(Cell::new(Some(place)))).run(ctx).await
    }
}

/// The machine of a node, which begins when its first process does.
#[derive(Default)]
struct MachineOfNode {
    machine: RefCell<Option<Machine>>,
    /// The messages from one of its processes to another that have not been received.
    transit: Rc<Transit>,
    /// Processes that have ended before their code did.
    gone: RefCell<Vec<usize>>,
    /// The state that the natives of OTP's kernel share, on a node that has booted.
    kernel: RefCell<Option<Rc<KernelState>>>,
    execution: Cell<Execution>,
}

/// Has the node of `ctx` run compiled code in this way. The order of maps and tables is that of the node
/// when its first compiled process begins.
pub fn set_execution(ctx: &Context, execution: Execution) {
    ctx.node_local::<MachineOfNode>().execution.set(execution);
}

impl MachineOfNode {
    /// A process that is to call a function, and its place.
    fn begin(
        &self,
        program: &Program,
        ctx: &Context,
        module: Atom,
        function: Atom,
        args: &[Term],
    ) -> usize {
        if self.machine.borrow().is_none() {
            self.execution.set(program.execution);
        }
        self.prepare(&program.natives, &program.loader);
        self.add(ctx, (module, function), args)
    }

    /// Makes the machine, unless there is one.
    fn prepare(&self, natives: &Natives, loader: &Loader) {
        self.machine.borrow_mut().get_or_insert_with(|| {
            let mut machine = Machine::new(natives);
            machine.set_loader(Rc::clone(loader));
            machine.set_transit(Rc::clone(&self.transit));
            machine.set_order(self.execution.get().order);
            machine
        });
    }

    /// Adds a process that is to call a function.
    fn add(&self, ctx: &Context, (module, function): (Atom, Atom), args: &[Term]) -> usize {
        self.with(ctx, |machine| {
            let args: Vec<Value> =
                args.iter().map(|term| from_term(machine.heap_mut(), term)).collect();
            machine.spawn(pid_from(ctx.pid()), name_of(module), name_of(function), &args)
        })
    }

    /// Reports a process that did not catch an exception, as the emulator does: OTP's logger is told.
    fn report(&self, ctx: &Context, reason: &Term) {
        let (pid, name) = (ctx.pid(), ctx.node());
        let format = "Error in process ~p on node ~p with exit value:~n~p~n";
        if !self.tell_logger(ctx, "error", format, list![pid, name, reason.clone()]) {
            ctx.log(Level::Error, format!("Error in process {pid} with exit value: {reason}"));
        }
    }

    /// Sends OTP's logger an event, as the emulator does; `false` where there is none.
    fn tell_logger(&self, ctx: &Context, level: &str, format: &str, args: Term) -> bool {
        if self.kernel.borrow().is_none() || ctx.whereis(atom!("logger")).is_none() {
            return false;
        }
        let emulator =
            map! { atom!("emulator") => atom!("true"), atom!("tag") => Term::atom(level) };
        let time = i64::try_from(ctx.system_time().as_micros()).unwrap_or(i64::MAX);
        let meta = map! {
            atom!("gl") => ctx.group_leader(),
            atom!("pid") => ctx.pid(),
            atom!("time") => time,
            atom!("error_logger") => emulator,
        };
        let event = tuple![atom!("log"), Term::atom(level), text(format), args, meta];
        ctx.send_name(atom!("logger"), event).is_ok()
    }

    /// Lets `act` work with the machine, after the processes that have ended are gone from it.
    fn with<T>(&self, ctx: &Context, act: impl FnOnce(&mut Machine) -> T) -> T {
        let mut machine = self.machine.borrow_mut();
        let machine = machine.as_mut().expect("a process begins after its machine");
        for place in self.gone.take() {
            if let Some(pid) = machine.remove(place) {
                end_belongings(machine, ctx, pid);
            }
        }
        for pid in machine.take_released() {
            ctx.resume_process(pid_of(pid));
        }
        act(machine)
    }
}

/// Calls a function with these arguments in the process of `ctx`, on a node that runs compiled code.
///
/// # Errors
/// The exception that the function does not catch; `undef` for one that a node without compiled code does
/// not have.
pub async fn apply(ctx: Context, function: (Atom, Atom), args: Vec<Term>) -> ExitResult {
    start_process(ctx, function, Term::from(args), Vec::new(), None).await
}

/// Calls a function in the process of `ctx`, whichever code its node runs; the arguments are a list. The
/// settings are those that a process of the node does not have by itself.
async fn start_process(
    ctx: Context,
    function: (Atom, Atom),
    args: Term,
    settings: Vec<(AtomIndex, Term)>,
    token: Option<Term>,
) -> ExitResult {
    let node = ctx.node_local::<MachineOfNode>();
    if node.machine.borrow().is_none() {
        let args = args.as_list().map(<[Term]>::to_vec).unwrap_or_default();
        return call::call_in_rust(ctx, function, args).await;
    }
    let place = node.with(&ctx, |machine| {
        let args = from_term(machine.heap_mut(), &args);
        let args = machine.heap().as_list(args).unwrap_or_default();
        let function = (name_of(function.0), name_of(function.1));
        let place = machine.spawn(pid_from(ctx.pid()), function.0, function.1, &args);
        for (name, value) in settings {
            let value = from_term(machine.heap_mut(), &value);
            machine.set_at_spawn(place, name, value);
        }
        if let Some(token) = token {
            let token = from_term(machine.heap_mut(), &token);
            machine.inherit_token(place, token);
        }
        place
    });
    Body::new(&ctx, node, Rc::new(Cell::new(Some(place)))).run(ctx).await
}

/// A text as Erlang has it: a list of characters.
fn text(text: &str) -> Term {
    text.chars().map(|character| Term::from(u32::from(character))).collect()
}

/// Ends what belongs to a process that has ended: its open files are closed, and its ETS tables are
/// gone, or their heirs get them.
fn end_belongings(machine: &mut Machine, ctx: &Context, owner: ProcessId) {
    let resources = machine.end_resources(owner).into_iter();
    for number in resources.filter_map(|resource| disk_file_of(&*resource)) {
        ctx.with_file_system(|files| files.close(number));
    }
    let is_alive = |heir| ctx.is_process_alive(pid_of(heir)).is_ok_and(|alive| alive);
    for message in machine.end_tables(owner, is_alive) {
        ctx.send(pid_of(message.to), to_term(machine.heap(), message.message));
    }
}

/// The code of a process: its place among the processes of the machine, once it has one.
struct Body {
    node: Rc<MachineOfNode>,
    place: Rc<Cell<Option<usize>>>,
    /// The trace has everything.
    is_traced: bool,
}

impl Body {
    fn new(ctx: &Context, node: Rc<MachineOfNode>, place: Rc<Cell<Option<usize>>>) -> Body {
        Body { node, place, is_traced: ctx.is_traced() }
    }
}

impl Drop for Body {
    /// The process has ended, be it that its code did or that somebody ended it.
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            self.node.gone.borrow_mut().push(place);
        }
    }
}

/// The next step of a process.
enum Turn {
    Again,
    Wait,
    Sleep(Duration),
    End(ExitResult),
}

impl Body {
    async fn run(self, ctx: Context) -> ExitResult {
        let Some(place) = self.place.get() else { return Ok(()) };
        let execution = self.node.execution.get();
        let (mut deadline, mut spent) = (None, 0);
        let mut since = ctx.monotonic_time();
        loop {
            let (turn, reductions) = self.turn(&ctx, place, &mut deadline);
            spent += reductions.max(1);
            match turn {
                Turn::End(result) => return result,
                Turn::Again | Turn::Wait if spent >= u64::from(execution.slice.max(1)) => {
                    pass_time(&ctx, execution.time_of(spent)).await;
                    spent = 0;
                }
                Turn::Sleep(time) => {
                    pass_time(&ctx, time).await;
                    spent = 0;
                }
                Turn::Again => ctx.yield_now().await,
                Turn::Wait => self.wait(&ctx, place, deadline).await,
            }
            // Two processes that ask each other without an end compute as well, each in short turns.
            let now = ctx.monotonic_time();
            if now > since {
                (since, spent) = (now, 0);
            }
        }
    }

    /// Runs a slice, after the process has got all messages that are there. Returns the reductions that
    /// it took, too.
    fn turn(&self, ctx: &Context, place: usize, deadline: &mut Option<Duration>) -> (Turn, u64) {
        let slice = slice_of(ctx, self.node.execution.get());
        let (stop, reductions, waiting) = self.node.with(ctx, |machine| {
            ctx.take_contents(|message| deliver(machine, place, &message));
            machine.set_slice(slice);
            let before = reductions(machine, place);
            let is_traced = self.is_traced;
            let mut member = Member { ctx, node: &self.node, is_traced, waits: false };
            let stop = machine.run(place, &mut member);
            if let Stop::Return(_) | Stop::Raise { .. } = stop {
                end_belongings(machine, ctx, pid_from(ctx.pid()));
            }
            let taken = reductions(machine, place).saturating_sub(before);
            let stop = match stop {
                Stop::Raise { class, reason, trace } => {
                    Err((class, exit_reason(machine.heap_mut(), class, reason, trace)))
                }
                Stop::Yield | Stop::Wait(_) | Stop::Sleep(_) | Stop::Return(_) => Ok(stop),
            };
            let waiting = machine.processes().get(place);
            let waiting = waiting.map(|process| (process.has_timer(), process.has_new_message()));
            (stop, taken, waiting.unwrap_or_default())
        });
        let (has_timer, has_new_message) = waiting;
        let turn = match stop {
            Ok(Stop::Wait(time)) => {
                if let Some(time) = time {
                    *deadline = Some(ctx.monotonic_time() + Duration::from_millis(time));
                } else if !has_timer {
                    *deadline = None;
                }
                if has_new_message {
                    Turn::Again
                } else {
                    ctx.record_state(|| self.state(ctx, place));
                    Turn::Wait
                }
            }
            Ok(Stop::Yield) => Turn::Again,
            Ok(Stop::Sleep(time)) => Turn::Sleep(Duration::from_nanos(time)),
            Ok(Stop::Return(_) | Stop::Raise { .. }) => self.ended(Ok(())),
            Err((class, reason)) => {
                if class != Class::Exit {
                    self.node.report(ctx, &reason);
                }
                self.ended(Err(Exit::exit(reason)))
            }
        };
        (turn, reductions)
    }

    /// The state of the process, if it is a server that waits.
    fn state(&self, ctx: &Context, place: usize) -> Option<Term> {
        self.node.with(ctx, |machine| {
            let state = machine.server_state(place)?;
            Some(to_term(machine.heap(), state))
        })
    }

    fn ended(&self, result: ExitResult) -> Turn {
        self.place.set(None);
        Turn::End(result)
    }

    /// Waits for a message, or until the time of the process is over.
    async fn wait(&self, ctx: &Context, place: usize, deadline: Option<Duration>) {
        let Some(deadline) = deadline else { return ctx.message_arrival().await };
        let left = deadline.saturating_sub(ctx.monotonic_time());
        let message = match ctx.take_content() {
            Some(message) => Some(message),
            // What it has been sent may be behind them.
            None if left.is_zero() && ctx.has_signals() => {
                ctx.yield_now().await;
                ctx.take_content()
            }
            None if left.is_zero() => None,
            None => ctx.receive_content().within(left).await,
        };
        self.node.with(ctx, |machine| match message {
            Some(message) => deliver(machine, place, &message),
            None => {
                if let Some(process) = machine.processes_mut().get_mut(place) {
                    process.time_out();
                }
            }
        });
    }
}

/// The process has computed for a while.
async fn pass_time(ctx: &Context, time: Duration) {
    if time.is_zero() { ctx.yield_now().await } else { ctx.work(time).await }
}

/// The reductions of the next slice of a process.
fn slice_of(ctx: &Context, execution: Execution) -> u32 {
    let whole = execution.slice.max(1);
    match execution.preemption {
        Preemption::WholeSlices => whole,
        Preemption::Drawn => ctx.with_rng(|rng| rng.random_range(1..=whole)),
    }
}

fn reductions(machine: &Machine, place: usize) -> u64 {
    machine.processes().get(place).map_or(0, Process::reductions)
}

/// Puts a message into the mailbox of a process.
fn deliver(machine: &mut Machine, place: usize, content: &Content) {
    let (message, token) = value_of(machine.heap_mut(), content);
    if let Some(process) = machine.processes_mut().get_mut(place) {
        process.deliver_with(message, token);
    }
}

/// The value of a message, and the token of sequential tracing that it carries.
#[inline]
fn value_of(heap: &mut Heap, content: &Content) -> (Value, Value) {
    match content {
        Content::Term(term) => (from_term(heap, term), NO_TOKEN),
        Content::Opaque(opaque) => {
            let any: &dyn Any = &**opaque;
            if let Some(message) = any.downcast_ref::<OnHeap>() {
                (message.value(), Value::NIL)
            } else if let Some(message) = any.downcast_ref::<Message>() {
                (message.value(heap), message.token(heap))
            } else {
                (from_term(heap, &opaque.to_term()), NO_TOKEN)
            }
        }
    }
}
