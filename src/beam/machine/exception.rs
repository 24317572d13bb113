//! Exceptions: from where they are raised to where they are caught.

use super::Stop;
use super::code::Place;
use super::thread::Thread;
use crate::beam::atom::{self, AtomIndex};
use crate::beam::heap::Heap;
use crate::beam::image::op::Dst;
use crate::beam::native::{Class, NativeResult, Pure, Raise, Trace};
use crate::beam::value::{Value, tag};

/// The functions of module `erlang` that raise exceptions.
pub(in crate::beam) const EXCEPTIONS: &[(&str, u8, Pure)] = &[
    ("error", 1, |_, args| Err(raised(Class::Error, args[0]))),
    ("error", 2, |heap, args| Err(error_with(heap, args, Value::NIL))),
    ("error", 3, error_with_options),
    ("exit", 1, |_, args| Err(raised(Class::Exit, args[0]))),
    ("throw", 1, |_, args| Err(raised(Class::Throw, args[0]))),
    ("raise", 3, raise_again),
    ("nif_error", 1, |_, args| Err(raised(Class::Error, args[0]))),
    ("nif_error", 2, |heap, args| Err(error_with(heap, args, Value::NIL))),
];

fn raised(class: Class, reason: Value) -> Raise {
    Raise { class, reason, trace: Trace::Callers }
}

/// `none` stands for no arguments.
fn error_with(heap: &Heap, args: &[Value], info: Value) -> Raise {
    let given = args[1];
    let trace = if heap.list_len(given).is_some() {
        Trace::CallersWith { args: given, info }
    } else {
        Trace::CallersWith { args: Value::NONE, info }
    };
    Raise { class: Class::Error, reason: args[0], trace }
}

/// Options that are none leave the exception without an `error_info`.
fn error_with_options(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let mut info = Value::NIL;
    for option in heap.as_list(args[2]).unwrap_or_default() {
        match heap.as_tuple(option) {
            Some(&[name, map]) if name == atom::ERROR_INFO.into() && heap.is_map(map) => {
                info = heap.list(&[option]);
            }
            Some(_) | None => {
                info = Value::NIL;
                break;
            }
        }
    }
    Err(error_with(heap, args, info))
}

/// `erlang:raise/3`, which returns `badarg` when it is called with something else.
fn raise_again(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let badarg = Ok(atom::BADARG.into());
    let Some(class) = class_of(args[0]) else { return badarg };
    let Some(mut frames) = heap.as_list(args[2]) else { return badarg };
    if !frames.iter().all(|frame| is_frame(heap, *frame)) {
        return badarg;
    }
    let mut trace = args[2];
    if frames.iter().any(|frame| is_short(heap, *frame)) {
        for frame in &mut frames {
            if is_short(heap, *frame) {
                let parts = heap.as_tuple(*frame).unwrap_or_default();
                let parts = [parts, &[Value::NIL]].concat();
                *frame = heap.tuple(&parts);
            }
        }
        trace = heap.list(&frames);
    }
    Err(Raise { class, reason: args[1], trace: Trace::Given(trace) })
}

/// A frame without a location, which gets an empty one.
fn is_short(heap: &Heap, frame: Value) -> bool {
    let arity = heap.tuple_arity(frame);
    arity == Some(2) || arity == Some(3) && heap.element(frame, 0).is_some_and(Value::is_atom)
}

/// `{Module, Function, Arity | Args, Location}`, with or without the last, or `{Fun, Args}`.
fn is_frame(heap: &Heap, frame: Value) -> bool {
    let is_args = |value: Value| value.is_cons() || value.is_nil();
    // As in Erlang, a negative one will do.
    let is_arity = Value::is_small;
    match heap.as_tuple(frame) {
        Some(&[module, function, arity]) => {
            module.is_atom() && function.is_atom() && (is_args(arity) || is_arity(arity))
                || heap.fun_arity(module).is_some() && is_args(function) && is_args(arity)
        }
        Some(&[module, function, arity, location]) => {
            module.is_atom()
                && function.is_atom()
                && (is_args(arity) || is_arity(arity))
                && is_args(location)
        }
        Some(&[fun, args]) => heap.fun_arity(fun).is_some() && is_args(args),
        Some(_) | None => false,
    }
}

/// The class of this name.
pub(super) fn class_of(name: Value) -> Option<Class> {
    match name.as_atom() {
        Some(atom::ERROR) => Some(Class::Error),
        Some(atom::EXIT) => Some(Class::Exit),
        Some(atom::THROW) => Some(Class::Throw),
        Some(_) | None => None,
    }
}

impl Thread<'_> {
    /// Goes to where the exception is handled, or stops.
    #[cold]
    pub(super) fn raise(&mut self, raise: Raise, here: Place, back: Value) -> Result<Place, Stop> {
        let trace = self.make_trace(raise, here, back);
        let stack = &mut self.process.stack;
        let mut top = stack.len();
        for index in (0..stack.len()).rev() {
            let word = stack[index];
            if word.has_tag(tag::CATCH) {
                stack.truncate(top);
                self.x[0] = Value::NONE;
                self.x[1] = raise.class.atom().into();
                self.x[2] = raise.reason;
                self.x[3] = trace;
                return Ok(Place::of(word));
            }
            if word.has_tag(tag::CODE) {
                top = index;
            }
        }
        let trace = self.build_trace(trace);
        Err(Stop::Raise { class: raise.class, reason: raise.reason, trace })
    }

    /// The end of `catch Expression`: an exception becomes a value.
    pub(super) fn catch_end(&mut self, handler: Dst) {
        self.set(handler, Value::NIL);
        if self.x[0] != Value::NONE {
            return;
        }
        let (class, reason) = (class_of(self.x[1]), self.x[2]);
        self.x[0] = match class {
            Some(Class::Throw) => reason,
            Some(Class::Exit) => self.heap.tuple(&[atom::UPPER_EXIT.into(), reason]),
            Some(Class::Error) | None => {
                let trace = self.build_trace(self.x[3]);
                let reason = self.heap.tuple(&[reason, trace]);
                self.heap.tuple(&[atom::UPPER_EXIT.into(), reason])
            }
        };
    }

    /// The exception that is raised again with the trace that it has.
    pub(super) fn raise_traced(&self, class: Option<Class>, reason: Value, trace: Value) -> Raise {
        let class = class.or_else(|| self.trace_class(trace)).unwrap_or(Class::Error);
        Raise { class, reason, trace: Trace::Given(trace) }
    }

    /// The exception with the reason `{name, value}`.
    pub(super) fn error_about(&mut self, name: AtomIndex, value: Value) -> Raise {
        super::thread::callers(Raise::error_about(self.heap, name, value))
    }
}
