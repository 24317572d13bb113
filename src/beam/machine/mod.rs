//! The machine that runs compiled code: the heap, the code and the processes of one node.
//!
//! A process runs in slices of a number of calls. It knows the rest of its node by the trait
//! [`NodeServices`] alone: whom a message reaches, and what the time is.

mod bits_make;
mod bits_match;
mod code;
mod context;
mod effects;
mod exception;
mod maps;
mod process;
mod run;
mod system;
mod thread;
mod trace;

use std::rc::Rc;
use std::sync::Arc;

pub use code::Code;
use code::Place;
pub use context::{
    AliasLife, Local, NativeContext, Nobody, NodeKind, NodeServices, Recipient, Spawning,
};
pub(in crate::beam) use effects::{EFFECTS, process_flag, system_info};
pub(in crate::beam) use exception::EXCEPTIONS;
pub use process::{Process, Processes};
pub use system::{
    ApplicationNews, Ending, LogLevel, NodeWatch, PortOrder, PortRequest, PortTarget,
    ProcessRequest, Replies, RuntimeSystem,
};
use thread::{Floats, Pause, Registers, Thread};

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
    Box::new(Process::new(pid, pid_value, place, &[module.into(), function.into(), args]))
}

/// Finds the code of a module.
pub type Loader = Rc<dyn Fn(AtomIndex) -> Option<Arc<Image>>>;

/// The reason for which a process does not go on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stop {
    /// Its slice is over.
    Yield,
    /// It waits for a message, and for so many milliseconds at the most: then
    /// [`Process::time_out`] is to be called, unless the process has run before. Without a number a
    /// time that was begun goes on.
    Wait(Option<u64>),
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
    /// The terms of `persistent_term`, by their keys.
    persistent: Vec<(Value, Value)>,
    tables: Tables,
    loader: Option<Loader>,
    slice: u32,
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
            persistent: Vec::new(),
            tables: Tables::new(natives.clone()),
            loader: None,
            slice: SLICE,
        };
        machine.load(Arc::new(Image::of_natives(natives)));
        machine
    }

    /// Has modules that are not loaded found by `loader` when they are called first.
    pub fn set_loader(&mut self, loader: Loader) {
        self.loader = Some(loader);
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

    /// A new process that begins with a call of `module:function(args…)`, and its place.
    pub fn spawn(
        &mut self,
        pid: ProcessId,
        module: AtomIndex,
        function: AtomIndex,
        args: &[Value],
    ) -> usize {
        let args = self.heap.list(args);
        let process = begin(&mut self.heap, &self.code, pid, (module, function), args);
        self.processes.add(process)
    }

    /// Forgets a process that was ended, and tells which one it was.
    pub fn remove(&mut self, place: usize) -> Option<ProcessId> {
        let process = self.processes.take(place)?;
        self.processes.release(place);
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
            let mut thread = Thread {
                heap: &mut self.heap,
                code: &self.code,
                process: &mut process,
                processes: &mut self.processes,
                node: &mut *node,
                x: &mut self.registers,
                floats: &mut self.floats,
                writer: &mut self.writer,
                persistent: &mut self.persistent,
                tables: &mut self.tables,
                making: None,
                rest: self.slice,
            };
            match run::run(&mut thread) {
                Pause::Load(module) => self.load_missing(module),
                Pause::Stop(stop @ (Stop::Yield | Stop::Wait(_))) => {
                    self.processes.put_back(place, process);
                    return stop;
                }
                Pause::Stop(stop @ (Stop::Return(_) | Stop::Raise { .. })) => {
                    self.processes.release(place);
                    return stop;
                }
            }
        }
    }

    fn load_missing(&mut self, module: AtomIndex) {
        let found = self.loader.as_ref().and_then(|loader| loader(module));
        match found {
            Some(image) => self.load(image),
            None => self.code.set_absent(module),
        }
    }
}
