//! Stack traces.
//!
//! Until it is asked for, a trace is a tuple: the class of the exception, the first frame or `[]`, a
//! list that was given or `[]`, and places in the code.

use super::code::{Code, Place};
use super::process::Process;
use super::thread::Thread;
use crate::beam::atom::{self, AtomIndex};
use crate::beam::function::FunctionName;
use crate::beam::heap::Heap;
use crate::beam::native::{Class, Raise, Trace};
use crate::beam::value::{Value, tag};

impl Thread<'_> {
    /// The trace of an exception that is raised at `here`.
    pub(super) fn make_trace(&mut self, raise: Raise, here: Place, back: Value) -> Value {
        let mut words = vec![raise.class.atom().into(), Value::NIL, Value::NIL];
        // Places are those to return to, one after the call. A native that was applied, and does
        // nothing but raise the exception, has none of its own: its caller raises it.
        let is_callers = matches!(raise.trace, Trace::Callers | Trace::CallersWith { .. });
        let after = if is_callers && self.is_native(here) && back.has_tag(tag::CODE) {
            back
        } else {
            Place { pc: here.pc + 1, ..here }.return_word()
        };
        let mut last = after;
        match raise.trace {
            Trace::Given(trace) if let Some(class) = self.trace_class(trace) => {
                if class == raise.class {
                    return trace;
                }
                // It is raised again as an exception of another class.
                let mut words = self.heap.as_tuple(trace).unwrap_or_default().to_vec();
                words[0] = raise.class.atom().into();
                return self.heap.tuple(&words);
            }
            Trace::Given(trace) => {
                words[2] = trace;
                return self.heap.tuple(&words);
            }
            Trace::Frame(frame) => {
                words[1] = frame;
                if !self.is_frame_of(frame, here) {
                    words.push(after);
                }
            }
            Trace::FrameAfterLastCall(frame) => words[1] = frame,
            Trace::CallersWith { args, info } => {
                let is_inside = self.is_in_raising_native(here) && back.has_tag(tag::CODE);
                let caller = if is_inside { back } else { after };
                words[1] = frame(self.heap, self.code, caller, args, info);
                last = caller;
            }
            // `erlang:error/1` and its like are no frames, whichever way they were called.
            Trace::Callers if self.is_in_raising_native(here) => {}
            Trace::Native | Trace::Cause(_) | Trace::Callers => words.push(after),
        }
        let room = self.processes.frames_max() + 3 - usize::from(!words[1].is_nil());
        let stack = self.process.stack.iter().rev();
        let backs = std::iter::once(&back).chain(stack).filter(|word| word.has_tag(tag::CODE));
        // A function that calls itself again and again has one frame.
        for word in backs {
            if words.len() >= room {
                break;
            }
            if *word != last {
                words.push(*word);
                last = *word;
            }
        }
        self.heap.tuple(&words)
    }

    /// Is `here` in the code of a function that raises exceptions, which was called as a value?
    fn is_in_raising_native(&self, here: Place) -> bool {
        let image = self.code.image(here.image);
        image.name == atom::ERLANG
            && image.function_at(here.pc).is_some_and(|function| {
                let name = function.name.as_str();
                matches!((name, function.arity), ("error", 1..=3) | ("exit" | "throw", 1))
            })
    }

    /// Is it the frame of the function that `here` belongs to, a native with code of its own?
    fn is_frame_of(&self, frame: Value, here: Place) -> bool {
        let image = self.code.image(here.image);
        let Some(&[module, name, args, ..]) = self.heap.as_tuple(frame) else { return false };
        let Some(function) = image.function_at(here.pc) else { return true };
        let arity = self.heap.list_len(args);
        module == image.name.into()
            && name == function.name.into()
            && arity == Some(usize::from(function.arity))
    }

    /// The frame of a native that was called with these arguments.
    pub(super) fn native_frame(
        &mut self,
        name: FunctionName,
        args: &[Value],
        trace: Trace,
    ) -> Value {
        let (module, function, _) = name.parts();
        let args = self.heap.list(args);
        let mut info = Value::NIL;
        if let Some(formatter) = formatter(module) {
            let key = Value::from(atom::MODULE);
            let mut pairs = vec![(key, Value::from(formatter))];
            if let Trace::Cause(cause) = trace {
                pairs.push((atom::CAUSE.into(), cause.into()));
            }
            let map = self.heap.map(&pairs);
            let pair = self.heap.tuple(&[atom::ERROR_INFO.into(), map]);
            info = self.heap.list(&[pair]);
        }
        self.heap.tuple(&[module.into(), function.into(), args, info])
    }

    /// The class of a trace that is not yet a list.
    pub(super) fn trace_class(&self, trace: Value) -> Option<Class> {
        super::exception::class_of(*self.heap.as_tuple(trace)?.first()?)
    }

    /// The trace as a list.
    pub(super) fn build_trace(&mut self, trace: Value) -> Value {
        let Some(words) = self.heap.as_tuple(trace) else { return trace };
        let [_, first, given, places @ ..] = words else { return trace };
        if !given.is_nil() {
            return *given;
        }
        let (first, places) = (*first, places.to_vec());
        let mut frames = Vec::new();
        if !first.is_nil() {
            frames.push(first);
        }
        for place in places {
            if has_function(self.code, place) {
                frames.push(frame(self.heap, self.code, place, Value::NONE, Value::NIL));
            }
        }
        self.heap.list(&frames)
    }
}

/// The trace of a process that has called a native.
pub(super) fn current(heap: &mut Heap, code: &Code, process: &Process, frames_max: usize) -> Value {
    let here = process.place.return_word();
    let stack = process.stack.iter().rev();
    let backs = std::iter::once(&process.back).chain(stack).filter(|word| word.has_tag(tag::CODE));
    let places = std::iter::once(here).chain(backs.copied());
    let places: Vec<Value> =
        places.filter(|place| has_function(code, *place)).take(frames_max).collect();
    let frames: Vec<Value> =
        places.into_iter().map(|place| frame(heap, code, place, Value::NONE, Value::NIL)).collect();
    heap.list(&frames)
}

/// The innermost function of these modules that a process is in, with its line: `bank:put/2
/// (bank.erl:34)`.
pub(in crate::beam) fn innermost(
    code: &Code,
    process: &Process,
    is_wanted: impl Fn(AtomIndex) -> bool,
) -> Option<String> {
    let stack = process.stack.iter().rev();
    let backs = std::iter::once(&process.back).chain(stack).filter(|word| word.has_tag(tag::CODE));
    let places = std::iter::once(process.place.return_word()).chain(backs.copied());
    let place = places.map(Place::of).find(|place| is_wanted(code.image(place.image).name))?;
    let image = code.image(place.image);
    let function = image.function_at(place.pc.saturating_sub(1))?;
    let name = FunctionName::new(image.name, function.name, function.arity);
    let line = image.location(place.pc.saturating_sub(1)).map_or(String::new(), |location| {
        let own = || format!("{}.erl", image.name.as_str());
        let file = location.file.map_or_else(own, str::to_owned);
        format!(" ({file}:{})", location.line)
    });
    Some(format!("{name}{line}"))
}

/// Does the place before this one belong to a function?
fn has_function(code: &Code, after: Value) -> bool {
    let place = Place::of(after);
    code.image(place.image).function_at(place.pc - 1).is_some()
}

/// `{Module, Function, Arity | Args, [{file, File}, {line, Line}]}`, with more in the last.
fn frame(heap: &mut Heap, code: &Code, after: Value, args: Value, info: Value) -> Value {
    let place = Place::of(after);
    let image = code.image(place.image);
    let Some(function) = image.function_at(place.pc - 1) else { return Value::NIL };
    let mut items = Vec::new();
    if let Some(location) = image.location(place.pc - 1) {
        let own = || format!("{}.erl", image.name.as_str());
        let file = location.file.map_or_else(own, str::to_owned);
        let file = heap.string(&file);
        items.push(heap.tuple(&[atom::FILE.into(), file]));
        let line = Value::small(location.line.into());
        items.push(heap.tuple(&[atom::LINE.into(), line]));
    }
    let location = heap.list_with_tail(&items, info);
    let arity = Value::small(function.arity.into());
    let args = if args == Value::NONE { arity } else { args };
    heap.tuple(&[image.name.into(), function.name.into(), args, location])
}

/// The module that explains the exceptions of a module's natives.
fn formatter(module: AtomIndex) -> Option<AtomIndex> {
    let name = match module.as_str() {
        "erlang" | "atomics" | "counters" | "persistent_term" | "erts_internal" => {
            "erl_erts_errors"
        }
        "binary" | "ets" | "lists" | "maps" | "math" | "re" | "unicode" => "erl_stdlib_errors",
        "code" | "os" => "erl_kernel_errors",
        _ => return None,
    };
    Some(AtomIndex::new(name))
}
