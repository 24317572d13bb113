//! The machine that runs compiled code: the heap, the code and the processes of one node.
//!
//! A process runs in slices of a number of calls. It knows the rest of its node by the trait
//! [`NodeServices`] alone: whom a message reaches, and what the time is.

mod bits_make;
mod bits_match;
mod code;
mod context;
mod dictionary;
mod effects;
mod exception;
mod maps;
mod process;
mod run;
mod sequence;
mod server_state;
mod settings;
mod shared;
mod system;
mod thread;
mod trace;
mod transit;

use std::any::Any;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use code::Place;
pub use code::{Code, CodeChange};
pub use context::{
    AliasLife, ChildMonitor, Inspected, InspectedParts, Local, NativeContext, Nobody, NodeKind,
    NodeServices, Recipient, SendOptions, Spawning, Standing,
};
pub(in crate::beam) use effects::{
    EFFECTS, kill_old_code, process_flag, soft_purge, spawn_option, system_info,
};
pub(in crate::beam) use exception::EXCEPTIONS;
pub use process::{Process, Processes};
pub(in crate::beam) use sequence::{NO_TOKEN, bequeath};
pub use settings::Settings;
pub use shared::Shared;
pub use system::{
    ApplicationNews, Ending, LogLevel, NodeWatch, PortOrder, PortRequest, PortTarget,
    ProcessRequest, Replies, ReportPart, RuntimeSystem,
};
use thread::{Floats, Pause, Registers, Thread};
pub(in crate::beam) use trace::innermost;
pub(in crate::beam) use transit::Transit;

use super::atom::AtomIndex;
use super::ets::{self, Tables};
use super::function::FunctionName;
use super::heap::{BitWriter, Heap, IterationOrder};
use super::identity::ProcessId;
use super::image::Image;
use super::native::{Class, Natives};
use super::value::Value;

/// The number of calls that a process makes before others run.
pub const SLICE: u32 = 4000;

/// The report of a process that needs more memory than it may, as the emulator words it.
const HEAP_LIMIT_REPORT: &str = "     Process:            ~p~n     Context:            maximum heap \
     size reached~n     Max Heap Size:      ~w~n     Total Heap Size:    ~w~n     Kill:               \
     ~w~n     Error Logger:       ~w~n     Message Queue Len:  ~w~n";

/// The slices after which a function that runs when its module is loaded has to be over.
const ON_LOAD_SLICES: usize = 1000;

/// A process that is to call a function with a list of arguments.
fn begin(
    heap: &mut Heap,
    code: &Code,
    pid: ProcessId,
    (module, function): (AtomIndex, AtomIndex),
    args: Value,
) -> Box<Process> {
    let pid_value = heap.pid(pid);
    // The function may not be loaded: it is applied as one whose name is known only then.
    let apply = FunctionName::new(super::atom::ERLANG, super::atom::APPLY, 3);
    let place = code.export(apply).expect("the natives are loaded first");
    let mut process = Process::new(pid, pid_value, place, &[module.into(), function.into(), args]);
    let arity = heap.list_len(args).and_then(|len| u8::try_from(len).ok());
    process.initial_call = (module, function, arity.unwrap_or(u8::MAX));
    Box::new(process)
}

/// Finds the code of a module.
pub type Loader = Rc<dyn Fn(AtomIndex) -> Option<Arc<Image>>>;

/// The reason for which a process does not go on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stop {
    /// Its slice is over.
    Yield,
    /// It waits for a message, and for this many milliseconds at the most: then
    /// [`Process::time_out`] is to be called, unless the process has run before. Without a number a
    /// time that was begun goes on.
    Wait(Option<u64>),
    /// It is busy for so many nanoseconds with something that is no code.
    Sleep(u64),
    /// Its function has returned.
    Return(Value),
    /// An exception was not caught.
    Raise {
        /// The class of the exception.
        class: Class,
        /// The reason.
        reason: Value,
        /// The stack trace, as a list.
        trace: Value,
    },
}

/// The heap, the code and the processes of one node.
pub struct Machine {
    heap: Heap,
    code: Code,
    processes: Processes,
    registers: Box<Registers>,
    floats: Box<Floats>,
    writer: BitWriter,
    shared: Shared,
    tables: Tables,
    loader: Option<Loader>,
    slice: u32,
    /// The modules whose functions in C are here.
    libraries: Arc<BTreeSet<AtomIndex>>,
    released: Vec<ProcessId>,
}

impl Machine {
    /// A machine without code but that of the natives.
    #[must_use]
    pub fn new(natives: &Natives) -> Machine {
        let mut machine = Machine {
            heap: Heap::new(),
            code: Code::default(),
            processes: Processes::default(),
            registers: thread::registers(),
            floats: thread::floats(),
            writer: BitWriter::default(),
            shared: Shared::default(),
            tables: Tables::new(natives.clone()),
            loader: None,
            slice: SLICE,
            libraries: natives.modules(),
            released: Vec::new(),
        };
        machine.load(natives.image());
        machine
    }

    /// Has modules that are not loaded found by `loader` when they are called first.
    pub fn set_loader(&mut self, loader: Loader) {
        self.loader = Some(loader);
    }

    /// Has messages that are on their way between its processes be kept here.
    pub(in crate::beam) fn set_transit(&mut self, transit: Rc<Transit>) {
        self.shared.transit = transit;
    }

    /// Sets how many calls a process makes before others run.
    pub fn set_slice(&mut self, slice: u32) {
        self.slice = slice.max(1);
    }

    /// Has maps and tables come in this order. No table may have been made.
    pub fn set_order(&mut self, order: IterationOrder) {
        self.heap.set_order(order);
        self.tables.set_order(order);
    }

    /// Loads a module; another one of its name is no longer called.
    pub fn load(&mut self, image: Arc<Image>) {
        self.heap.attach(image.number, image.literals.clone());
        self.code.load(image);
    }

    /// The heap.
    #[must_use]
    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    /// The heap, to make values on it.
    pub fn heap_mut(&mut self) -> &mut Heap {
        &mut self.heap
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &Code {
        &self.code
    }

    /// The processes.
    #[must_use]
    pub fn processes(&self) -> &Processes {
        &self.processes
    }

    /// The processes, to give them messages.
    pub fn processes_mut(&mut self) -> &mut Processes {
        &mut self.processes
    }

    /// Passes on the ETS tables of a process that has ended: heirs that are alive get theirs,
    /// and are to be told so by the messages that this returns; the others are gone.
    pub fn end_tables(
        &mut self,
        owner: ProcessId,
        is_alive: impl FnMut(ProcessId) -> bool,
    ) -> Vec<ets::Message> {
        self.tables.owner_ended(&mut self.heap, owner, is_alive)
    }

    /// Forgets what belongs to a process that has ended and is known by references: open files,
    /// streams. Returns it.
    pub fn end_resources(&mut self, owner: ProcessId) -> Vec<Box<dyn Any>> {
        self.shared.owner_ended(owner)
    }

    /// A new process that begins with a call of `module:function(args…)`, and its place.
    pub fn spawn(
        &mut self,
        pid: ProcessId,
        module: AtomIndex,
        function: AtomIndex,
        args: &[Value],
    ) -> usize {
        let args = self.heap.list(args);
        let mut process = begin(&mut self.heap, &self.code, pid, (module, function), args);
        process.settings = self.shared.defaults;
        self.processes.add(process)
    }

    /// Gives the process at `place` a setting that an option of a spawn can give.
    pub fn set_at_spawn(&mut self, place: usize, name: AtomIndex, value: Value) {
        if let Some(process) = self.processes.get_mut(place) {
            let _ = process.settings.set_at_spawn(&self.heap, name.as_str(), value);
        }
    }

    /// Gives the process at `place`, which has just been started, the token of the one that did so.
    pub(in crate::beam) fn inherit_token(&mut self, place: usize, token: Value) {
        if let Some(process) = self.processes.get_mut(place) {
            process.inherit_token(&self.heap, token);
        }
    }

    /// Sets what processes have at first; `None` if there is no such setting, or it cannot have the value.
    pub fn set_default(&mut self, name: &str, value: Value) -> Option<()> {
        self.shared.defaults.set(&self.heap, name, value)
    }

    /// Sets what happens to a process that needs more memory than it may: `kill`, or `error_logger`.
    pub fn set_default_limit(&mut self, part: &str, value: Value) {
        let size = Value::small(self.shared.defaults.max_heap_size.size);
        let pairs = [("size", size), (part, value)];
        let pairs = pairs.map(|(name, value)| (AtomIndex::new(name).into(), value));
        let map = self.heap.map(&pairs);
        let _ = self.set_default("max_heap_size", map);
    }

    /// Forgets a process that was ended, and tells which one it was.
    pub fn remove(&mut self, place: usize) -> Option<ProcessId> {
        let process = self.processes.take(place)?;
        self.processes.release(place, process.pid());
        self.released.extend(process.suspended());
        Some(process.pid())
    }

    /// A new process that runs the function of a module that is to be run when it is loaded, and its
    /// place; `None` when there is no such function.
    pub fn spawn_on_load(&mut self, pid: ProcessId, module: AtomIndex) -> Option<usize> {
        let image = self.code.module(module)?;
        let place = Place { image: image.number, pc: image.on_load? };
        let pid_value = self.heap.pid(pid);
        Some(self.processes.add(Box::new(Process::new(pid, pid_value, place, &[]))))
    }

    /// Runs a slice of the process at `place`, which must be there. A process that has returned or
    /// that raised an exception is gone.
    pub fn run(&mut self, place: usize, node: &mut dyn NodeServices) -> Stop {
        let mut process = self.processes.take(place).expect("only a process can be run");
        loop {
            process.has_run = true;
            let mut thread = Thread {
                heap: &mut self.heap,
                code: &self.code,
                process: &mut process,
                processes: &mut self.processes,
                node: &mut *node,
                x: &mut self.registers,
                floats: &mut self.floats,
                writer: &mut self.writer,
                shared: &mut self.shared,
                tables: &mut self.tables,
                making: None,
                rest: self.slice,
            };
            match run::run(&mut thread) {
                Pause::Load(module) => {
                    // Code that is run when the module is loaded may collect.
                    self.processes.put_back(place, process);
                    self.load_missing(place, module, node);
                    process = self.processes.take(place).expect("it was put back");
                }
                Pause::Change(change) => self.code.change(change),
                Pause::Stop(stop @ (Stop::Yield | Stop::Wait(_) | Stop::Sleep(_))) => {
                    process.is_waiting = matches!(stop, Stop::Wait(_));
                    if let Some(stop) = self.limit(&process, node) {
                        self.released.extend(process.suspended());
                        self.processes.release(place, process.pid());
                        return stop;
                    }
                    self.processes.put_back(place, process);
                    return stop;
                }
                Pause::Stop(stop @ (Stop::Return(_) | Stop::Raise { .. })) => {
                    self.released.extend(process.suspended());
                    self.processes.release(place, process.pid());
                    return stop;
                }
            }
        }
    }

    /// Ends a process that needs more memory than it may: `max_heap_size`.
    fn limit(&mut self, process: &Process, node: &mut dyn NodeServices) -> Option<Stop> {
        let limit = process.settings.max_heap_size;
        if limit.size == 0 {
            return None;
        }
        let words = process.words(&self.heap) + process.stack.len();
        if words as u64 <= limit.size.cast_unsigned() {
            return None;
        }
        if limit.log
            && let Some(system) = node.system()
        {
            let parts = [
                ReportPart::Process,
                ReportPart::Number(limit.size),
                ReportPart::Number(words.cast_signed() as i64),
                ReportPart::Truth(limit.kill),
                ReportPart::Truth(limit.log),
                ReportPart::Number(process.mailbox.len().cast_signed() as i64),
            ];
            system.report("error", HEAP_LIMIT_REPORT, &parts);
        }
        let reason = super::atom::KILLED.into();
        limit.kill.then_some(Stop::Raise { class: Class::Exit, reason, trace: Value::NIL })
    }

    /// The processes that were suspended by others which have ended since this was last asked.
    pub fn take_released(&mut self) -> Vec<ProcessId> {
        std::mem::take(&mut self.released)
    }

    /// Loads a module that the process at `place` needs.
    fn load_missing(&mut self, place: usize, module: AtomIndex, node: &mut dyn NodeServices) {
        let found = self.loader.as_ref().and_then(|loader| loader(module));
        let Some(image) = found else { return self.code.set_absent(module) };
        let has_library = self.libraries.contains(&image.name);
        self.load(image);
        // What would load functions in C that are here already has nothing to do.
        let Some(pid) = self.processes.get(place).map(Process::pid).filter(|_| !has_library) else {
            return;
        };
        if let Some(loading) = self.spawn_on_load(pid, module)
            && let Err(what) = self.run_on_load(loading, node)
        {
            self.code.change(CodeChange::Delete(module));
            self.code.change(CodeChange::Purge(module));
            self.code.set_absent(module);
            if let Some(system) = node.system() {
                let text = format!("The on_load function for module {module} {what}");
                system.report("warning", "~ts~n", &[ReportPart::Text(text)]);
            }
        }
    }

    /// Runs the function of a module that is run when it is loaded. It has to return `ok`.
    fn run_on_load(&mut self, place: usize, node: &mut dyn NodeServices) -> Result<(), String> {
        for _ in 0..ON_LOAD_SLICES {
            match self.run(place, node) {
                Stop::Yield | Stop::Sleep(_) => {}
                Stop::Return(value) if value == super::atom::OK.into() => return Ok(()),
                Stop::Return(value) => return Err(format!("returned: {}", self.heap.print(value))),
                Stop::Raise { reason, .. } => {
                    return Err(format!("failed: {}", self.heap.print(reason)));
                }
                Stop::Wait(_) => break,
            }
        }
        self.remove(place);
        Err("did not return".to_owned())
    }
}
