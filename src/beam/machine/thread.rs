//! The state of a process while it runs: its registers and the parts of its node.

use super::Stop;
use super::bits_make::Making;
use super::code::{Code, CodeChange, Place};
use super::context::{Local, NativeContext, NodeServices};
use super::process::{Process, Processes, Timer};
use super::shared::Shared;
use crate::beam::atom::{self, AtomIndex};
use crate::beam::ets::Tables;
use crate::beam::function::FunctionName;
use crate::beam::heap::{BitWriter, Heap};
use crate::beam::image::Image;
use crate::beam::image::op::{ALL_REGISTERS, CONSTANT, Dst, FRAME, LIST_CONSTANT, LIST_FRAME, Src};
use crate::beam::native::{Class, Raise, Trace};
use crate::beam::value::Value;

/// The registers for arguments and results.
pub(super) type Registers = [Value; ALL_REGISTERS];
/// The registers for floats.
pub(super) type Floats = [f64; 1024];

pub(super) fn registers() -> Box<Registers> {
    Box::new([Value::NIL; ALL_REGISTERS])
}

pub(super) fn floats() -> Box<Floats> {
    Box::new([0.0; 1024])
}

/// The reason for which the code does not go on.
pub(super) enum Pause {
    Stop(Stop),
    /// The module is needed.
    Load(AtomIndex),
    /// The code is to be changed.
    Change(CodeChange),
}

pub(super) struct Thread<'a> {
    pub(super) heap: &'a mut Heap,
    pub(super) code: &'a Code,
    pub(super) process: &'a mut Process,
    pub(super) processes: &'a mut Processes,
    pub(super) node: &'a mut dyn NodeServices,
    pub(super) x: &'a mut Registers,
    pub(super) floats: &'a mut Floats,
    pub(super) writer: &'a mut BitWriter,
    pub(super) shared: &'a mut Shared,
    pub(super) tables: &'a mut Tables,
    /// The bit string that is being made.
    pub(super) making: Option<Making>,
    /// The calls that are left of the slice.
    pub(super) rest: u32,
}

/// The target of a call.
pub(super) enum Target {
    /// At a place, with this many registers in use.
    At(Place, usize),
    Load(AtomIndex),
    Raise(Raise),
}

impl Thread<'_> {
    /// The value of an operand.
    #[inline(always)]
    pub(super) fn get(&self, image: &Image, src: Src) -> Value {
        let place = src.0;
        if place < FRAME {
            self.x[usize::from(place) & (ALL_REGISTERS - 1)]
        } else if place < CONSTANT {
            let stack = &self.process.stack;
            stack[stack.len() - 1 - usize::from(place & !FRAME)]
        } else {
            image.constants[usize::from(place & !CONSTANT)]
        }
    }

    /// Writes a result.
    #[inline(always)]
    pub(super) fn set(&mut self, dst: Dst, value: Value) {
        let place = dst.0;
        if place < FRAME {
            self.x[usize::from(place) & (ALL_REGISTERS - 1)] = value;
        } else {
            let stack = &mut self.process.stack;
            let top = stack.len() - 1;
            stack[top - usize::from(place & !FRAME)] = value;
        }
    }

    /// The value of an operand in a list.
    #[inline]
    pub(super) fn list_get(&self, image: &Image, item: u32) -> Value {
        if item < LIST_FRAME {
            self.x[item as usize & (ALL_REGISTERS - 1)]
        } else if item < LIST_CONSTANT {
            let stack = &self.process.stack;
            stack[stack.len() - 1 - (item & !LIST_FRAME) as usize]
        } else {
            image.constants[(item & !LIST_CONSTANT) as usize]
        }
    }

    /// The operand of a list as a place for a result.
    #[inline]
    pub(super) fn list_set(&mut self, item: u32, value: Value) {
        if item < LIST_FRAME {
            self.x[item as usize & (ALL_REGISTERS - 1)] = value;
        } else {
            let stack = &mut self.process.stack;
            let top = stack.len() - 1;
            stack[top - (item & !LIST_FRAME) as usize] = value;
        }
    }

    /// Forgets what cannot be reached any more; the first `live` registers can.
    #[cold]
    pub(super) fn collect(&mut self, live: usize) {
        let Thread { heap, process, processes, x, shared, .. } = self;
        let is_whole = heap.must_collect_all();
        heap.collect_due(|visit| {
            x[..live].iter_mut().for_each(&mut *visit);
            if is_whole {
                process.visit(visit);
            } else {
                process.visit_new(visit);
            }
            processes.visit(is_whole, visit);
            shared.visit(is_whole, visit);
        });
        process.has_run = true;
    }

    /// Keeps the place and the first `live` registers for the next slice.
    pub(super) fn save(&mut self, place: Place, back: Value, live: usize) {
        self.process.place = place;
        self.process.back = back;
        self.process.registers.clear();
        self.process.registers.extend_from_slice(&self.x[..live]);
    }

    /// Keeps one register that a receive without clauses needs again when it is woken.
    pub(super) fn keep_register(&mut self, source: Src, value: Value) {
        if source.0 < FRAME {
            let registers = &mut self.process.registers;
            registers.resize(usize::from(source.0), Value::NIL);
            registers.push(value);
        }
    }

    /// The first registers as a list.
    pub(super) fn arguments(&mut self, arity: u8) -> Value {
        let args: Vec<Value> = self.x[..usize::from(arity)].to_vec();
        self.heap.list(&args)
    }

    /// The target of a call by name; the arguments are in the registers.
    #[inline]
    pub(super) fn find(&mut self, name: FunctionName) -> Target {
        match self.code.callable(name) {
            Some((place, arity)) => Target::At(place, arity.into()),
            None => self.find_missing(name),
        }
    }

    /// A function that is not loaded: its module can be, or `error_handler` is asked.
    #[cold]
    fn find_missing(&mut self, name: FunctionName) -> Target {
        let (module, function, arity) = name.parts();
        if self.must_load(module) {
            return Target::Load(module);
        }
        let asked = self.process.settings.error_handler;
        let handler = FunctionName::new(asked, atom::UNDEFINED_FUNCTION, 3);
        if module != asked {
            if self.must_load(asked) {
                return Target::Load(asked);
            }
            if let Some(place) = self.code.export(handler) {
                let args = self.arguments(arity);
                self.x[..3].copy_from_slice(&[module.into(), function.into(), args]);
                return Target::At(place, 3);
            }
        }
        let args = self.arguments(arity);
        let frame = self.heap.tuple(&[module.into(), function.into(), args, Value::NIL]);
        Target::Raise(Raise {
            class: Class::Error,
            reason: atom::UNDEF.into(),
            trace: Trace::Frame(frame),
        })
    }

    fn must_load(&self, module: AtomIndex) -> bool {
        self.code.module(module).is_none() && !self.code.is_absent(module)
    }

    /// The target of a call of a fun; its arguments are in the registers, and its variables are put
    /// after them.
    #[inline]
    pub(super) fn find_fun(&mut self, fun: Value, arity: u8) -> Target {
        if let Some(view) = self.heap.as_fun(fun)
            && view.arity == arity
            && let Some(image) = self.code.find_image(view.image)
            && let Some(entry) = image.funs.get(view.index as usize)
            && usize::from(entry.free) == view.free.len()
            && entry.arity == arity
        {
            let start = usize::from(arity);
            self.x[start..start + view.free.len()].copy_from_slice(view.free);
            let live = start + view.free.len();
            return Target::At(Place { image: image.number, pc: entry.place }, live);
        }
        self.find_other_fun(fun, arity)
    }

    #[cold]
    fn find_other_fun(&mut self, fun: Value, arity: u8) -> Target {
        let Some(takes) = self.heap.fun_arity(fun) else {
            return Target::Raise(callers(Raise::error_about(self.heap, atom::BADFUN, fun)));
        };
        if takes != arity {
            let args = self.arguments(arity);
            let pair = self.heap.tuple(&[fun, args]);
            return Target::Raise(callers(Raise::error_about(self.heap, atom::BADARITY, pair)));
        }
        if let Some(external) = self.heap.as_external_fun(fun) {
            return self.find(FunctionName::new(external.module, external.function, arity));
        }
        self.find_fun_from_elsewhere(fun, arity)
    }

    /// A fun of another node, or of a version of its module that was not loaded here.
    fn find_fun_from_elsewhere(&mut self, fun: Value, arity: u8) -> Target {
        let Some(view) = self.heap.as_fun(fun) else {
            return Target::Raise(callers(Raise::error_about(self.heap, atom::BADFUN, fun)));
        };
        let (module, index, uniq) = (view.module, view.index, view.uniq);
        if self.must_load(module) {
            return Target::Load(module);
        }
        let image = self.code.module(module);
        let entry = image.and_then(|image| image.funs.get(index as usize));
        match (image, entry) {
            (Some(image), Some(entry))
                if entry.uniq == uniq
                    && entry.arity == arity
                    && usize::from(entry.free) == view.free.len() =>
            {
                let place = Place { image: image.number, pc: entry.place };
                let start = usize::from(arity);
                self.x[start..start + view.free.len()].copy_from_slice(view.free);
                Target::At(place, start + view.free.len())
            }
            (_, _) => Target::Raise(callers(Raise::error_about(self.heap, atom::BADFUN, fun))),
        }
    }

    /// Puts the elements of a list into the first registers, and counts them.
    pub(super) fn spread(&mut self, list: Value) -> Option<usize> {
        let mut elements = self.heap.elements(list);
        let mut count = 0;
        for element in elements.by_ref() {
            if count >= usize::from(u8::MAX) {
                return None;
            }
            self.x[count] = element;
            count += 1;
        }
        elements.rest().is_nil().then_some(count)
    }
}

impl Thread<'_> {
    /// The message that is looked at is taken out of the mailbox, with its token.
    // Kept out of the loop of instructions, as tokens are rare.
    #[inline(never)]
    pub(super) fn remove_message(&mut self, place: usize) {
        if self.process.sequence.is_some() {
            let local = Local {
                heap: &mut *self.heap,
                process: &mut *self.process,
                processes: &mut *self.processes,
                code: self.code,
                shared: &mut *self.shared,
                tables: &mut *self.tables,
            };
            super::sequence::receive(&mut NativeContext { local, node: &mut *self.node }, place);
        }
        self.process.remove_message(place);
    }

    /// A call of a module and a function that are in the registers behind the arguments.
    #[inline(never)]
    pub(super) fn apply(&mut self, arity: u8) -> Result<Target, Raise> {
        let [module, function] = [0, 1].map(|index| self.x[usize::from(arity) + index]);
        if arity == 3 && is_apply(module, function) {
            return self.apply_list();
        }
        match applied(module, function, arity.into()) {
            Ok(name) => Ok(self.find(name)),
            Err(raised) => {
                let args = self.arguments(arity);
                Err(self.framed_apply(raised, &[module, function, args]))
            }
        }
    }

    /// `erlang:apply/3`, whose arguments are in the registers.
    pub(super) fn apply_list(&mut self) -> Result<Target, Raise> {
        let [mut module, mut function, mut list] = [self.x[0], self.x[1], self.x[2]];
        // To apply it to itself is to apply what it is given.
        while is_apply(module, function)
            && let Some(&[inner, name, args]) = self.heap.as_list(list).as_deref()
        {
            (module, function, list) = (inner, name, args);
        }
        let name = match self.heap.list_len(list) {
            None => Err(Raise::BADARG),
            Some(256..) => Err(Raise::SYSTEM_LIMIT),
            Some(arity) => applied(module, function, arity),
        };
        let name = name.map_err(|raise| self.framed_apply(raise, &[module, function, list]))?;
        if self.code.export(name).is_none()
            && let Some(module) = module.as_atom().filter(|module| self.must_load(*module))
        {
            return Ok(Target::Load(module));
        }
        self.spread(list);
        Ok(match self.find(name) {
            // What is needed for it must be loaded with the registers as they were.
            Target::Load(module) => {
                self.x[..3].copy_from_slice(&[name.parts().0.into(), function, list]);
                Target::Load(module)
            }
            target @ (Target::At(..) | Target::Raise(_)) => target,
        })
    }

    /// Is it one of the functions that do nothing but raise an exception?
    pub(super) fn raises(&self, target: &Target) -> bool {
        let Target::At(place, arity @ 1..=3) = *target else { return false };
        let named = |name| FunctionName::new(atom::ERLANG, name, arity as u8);
        let error = self.code.export(FunctionName::new(atom::ERLANG, atom::ERROR, 1));
        // All natives are in one image.
        error.is_some_and(|error| error.image == place.image)
            && [atom::ERROR, atom::EXIT, atom::THROW]
                .into_iter()
                .any(|name| self.code.export(named(name)) == Some(place))
    }

    /// `erlang:apply/2`, whose arguments are in the registers.
    pub(super) fn apply_fun_list(&mut self) -> Result<Target, Raise> {
        let [fun, list] = [self.x[0], self.x[1]];
        let Some(arity) = self.heap.list_len(list).and_then(|len| u8::try_from(len).ok()) else {
            return Err(self.framed_apply(Raise::BADARG, &[fun, list]));
        };
        self.spread(list);
        Ok(match self.find_fun(fun, arity) {
            Target::Load(module) => {
                self.x[..2].copy_from_slice(&[fun, list]);
                Target::Load(module)
            }
            target @ (Target::At(..) | Target::Raise(_)) => target,
        })
    }

    /// The exception of `erlang:apply/2,3`.
    pub(super) fn framed_apply(&mut self, raise: Raise, args: &[Value]) -> Raise {
        let name = FunctionName::new(atom::ERLANG, atom::APPLY, args.len() as u8);
        self.framed_with(raise, name, args)
    }

    /// The exception of a native whose arguments are in the registers.
    pub(super) fn framed(&mut self, raise: Raise, name: FunctionName, arity: u8) -> Raise {
        let args = self.x[..usize::from(arity)].to_vec();
        self.framed_with(raise, name, &args)
    }

    /// The exception of a native, with the native as the first frame of its trace.
    #[cold]
    pub(super) fn framed_with(
        &mut self,
        raise: Raise,
        name: FunctionName,
        args: &[Value],
    ) -> Raise {
        match raise.trace {
            Trace::Native | Trace::Cause(_) => {
                let frame = self.native_frame(name, args, raise.trace);
                Raise { trace: Trace::Frame(frame), ..raise }
            }
            Trace::Callers
            | Trace::CallersWith { .. }
            | Trace::Frame(_)
            | Trace::FrameAfterLastCall(_)
            | Trace::Given(_) => raise,
        }
    }

    /// The exception of a function of module `erlang` that is an instruction.
    pub(super) fn framed_operator(&mut self, raise: Raise, name: &str, args: &[Value]) -> Raise {
        let name = FunctionName::new(atom::ERLANG, AtomIndex::new(name), args.len() as u8);
        self.framed_with(raise, name, args)
    }

    /// The element of a tuple, counted from 1.
    #[inline]
    pub(super) fn element(&self, index: Value, tuple: Value) -> Option<Value> {
        let index = usize::try_from(index.as_small()?).ok()?;
        self.heap.as_tuple(tuple)?.get(index.wrapping_sub(1)).copied()
    }

    /// The end of a `receive` with a time: `None` when the time is over.
    pub(super) fn wait(&mut self, time: Value, here: Place) -> Result<Option<Stop>, Raise> {
        match self.process.timer {
            Timer::Over => return Ok(None),
            Timer::On(_) => return Ok(Some(Stop::Wait(None))),
            Timer::Off => {}
        }
        match time.as_small() {
            Some(time) if (0..=i64::from(u32::MAX)).contains(&time) => {
                self.process.timer = Timer::On(here);
                Ok(Some(Stop::Wait(Some(time as u64))))
            }
            None if time == atom::INFINITY.into() => Ok(Some(Stop::Wait(None))),
            Some(_) | None => Err(callers(Raise::error(atom::TIMEOUT_VALUE.into()))),
        }
    }

    /// Forgets what the process was doing; it will call the function.
    pub(super) fn hibernate(
        &mut self,
        module: AtomIndex,
        function: AtomIndex,
        args: &[Value],
    ) -> Stop {
        let name = FunctionName::new(atom::ERLANG, atom::APPLY, 3);
        let place = self.code.export(name).expect("the natives are loaded first");
        let list = self.heap.list(args);
        self.x[..3].copy_from_slice(&[module.into(), function.into(), list]);
        self.process.stack.clear();
        self.process.seen = 0;
        self.process.hibernates = true;
        self.process.hibernated_at = self.process.reductions;
        self.save(place, Value::NONE, 3);
        if self.process.mailbox.is_empty() { Stop::Wait(None) } else { Stop::Yield }
    }
}

/// Is it `erlang:apply`?
fn is_apply(module: Value, function: Value) -> bool {
    module == atom::ERLANG.into() && function == atom::APPLY.into()
}

/// The function of two values and this many arguments.
fn applied(module: Value, function: Value, arity: usize) -> Result<FunctionName, Raise> {
    match (module.as_atom(), function.as_atom(), u8::try_from(arity)) {
        (Some(module), Some(function), Ok(arity)) => Ok(FunctionName::new(module, function, arity)),
        (Some(_) | None, Some(_) | None, Ok(_) | Err(_)) => Err(Raise::BADARG),
    }
}

/// An exception that is raised by the code itself, not by a native.
pub(super) fn callers(raise: Raise) -> Raise {
    Raise { trace: Trace::Callers, ..raise }
}
