//! The loop that runs instructions.

use super::Stop;
use super::code::Place;
use super::context::{Local, NativeContext};
use super::effects::send;
use super::process::Timer;
use super::thread::{Pause, Target, Thread, callers};
use crate::beam::arithmetic::{add, subtract, to_float};
use crate::beam::atom;
use crate::beam::function::FunctionName;
use crate::beam::guards::is_binary;
use crate::beam::heap::object::kind;
use crate::beam::heap::{Heap, ValueKind};
use crate::beam::image::Image;
use crate::beam::image::op::{BitOp, FloatOp, Op, Src, Type};
use crate::beam::native::{Class, NativeNext, Raise, Trace};
use crate::beam::value::{SMALL_MAX, SMALL_MIN, Value, tag};

/// So many registers may hold arguments, and the variables of a fun.
const LIVE_MAX: usize = 512;

/// Runs the process until it pauses.
#[expect(clippy::too_many_lines, reason = "one arm for each instruction")]
pub(super) fn run(thread: &mut Thread<'_>) -> Pause {
    let code = thread.code;
    let mut image: &Image = code.image(thread.process.place.image);
    let mut pc = thread.process.place.pc as usize;
    let mut back = thread.process.back;
    for (register, value) in thread.x.iter_mut().zip(&thread.process.registers) {
        *register = *value;
    }
    thread.process.registers.clear();
    thread.process.hibernates = false;
    let mut start = thread.rest;

    // Goes to a place that may be in another image.
    macro_rules! go {
        ($place:expr) => {{
            let place: Place = $place;
            if place.image != image.number {
                image = code.image(place.image);
            }
            pc = place.pc as usize;
        }};
    }
    macro_rules! pause {
        ($pause:expr) => {{
            let spent = u64::from(start - thread.rest);
            thread.process.reductions += spent;
            thread.shared.reductions += spent;
            return $pause;
        }};
    }
    // Goes to where the exception is caught.
    macro_rules! raise {
        ($raise:expr) => {{
            let here = Place { image: image.number, pc: pc as u32 - 1 };
            let raised: Raise = $raise;
            match thread.raise(raised, here, back) {
                Ok(place) => {
                    back = Value::NIL;
                    go!(place);
                }
                Err(stop) => pause!(Pause::Stop(stop)),
            }
        }};
    }
    // Goes to the label of a guard that fails, or raises.
    macro_rules! fail {
        ($label:expr, $raise:expr) => {{
            let label = $label;
            if label != 0 { pc = label as usize } else { raise!($raise) }
        }};
    }
    // What every compiler's code makes sure of.
    macro_rules! expect {
        ($holds:expr) => {
            if !$holds {
                raise!(INVALID);
                continue;
            }
        };
    }
    macro_rules! get {
        ($src:expr) => {
            thread.get(image, $src)
        };
    }
    // What a native that depends on the process is given.
    macro_rules! context {
        () => {
            NativeContext {
                local: Local {
                    heap: &mut *thread.heap,
                    process: &mut *thread.process,
                    processes: &mut *thread.processes,
                    code,
                    shared: &mut *thread.shared,
                    tables: &mut *thread.tables,
                },
                node: &mut *thread.node,
            }
        };
    }
    // Goes on at the label unless the test holds.
    macro_rules! test {
        ($test:expr, $fail:expr) => {
            if !$test {
                pc = $fail as usize;
            }
        };
    }
    // After a call has gone to its place: the time for others, and for the collector.
    macro_rules! entered {
        ($arity:expr) => {{
            thread.rest -= 1;
            if thread.rest == 0 {
                let place = Place { image: image.number, pc: pc as u32 };
                thread.save(place, back, usize::from($arity));
                pause!(Pause::Stop(Stop::Yield));
            }
            if thread.heap.is_full() {
                thread.collect(usize::from($arity));
            }
        }};
    }
    // The slice ends with the next call.
    macro_rules! give_way {
        () => {{
            start -= thread.rest - 1;
            thread.rest = 1;
        }};
    }
    macro_rules! set_back {
        () => {
            back = Place { image: image.number, pc: pc as u32 }.return_word()
        };
    }
    // Goes to a function that was looked for, with a way back if it is not the last call.
    macro_rules! enter {
        ($target:expr, $last:expr) => {
            match $target {
                Target::At(place, live) => {
                    if !$last {
                        set_back!();
                    }
                    go!(place);
                    entered!(live);
                }
                Target::Load(module) => {
                    let here = Place { image: image.number, pc: pc as u32 - 1 };
                    thread.save(here, back, LIVE_MAX);
                    pause!(Pause::Load(module));
                }
                // The function of a last call has been left.
                Target::Raise(raised) if $last && matches!(raised.trace, Trace::Frame(_)) => {
                    raise!(raised.without_here());
                }
                Target::Raise(raised) => raise!(raised),
            }
        };
    }
    // A last call by name of what raises an exception leaves the function in the stack trace.
    macro_rules! keeps_frame {
        ($target:expr) => {{
            let raises = thread.raises(&$target);
            if raises {
                thread.process.stack.push(back);
            }
            raises
        }};
    }
    macro_rules! deallocate {
        ($words:expr) => {{
            let stack = &mut thread.process.stack;
            let place = stack.len() - 1 - usize::from($words);
            back = stack[place];
            stack.truncate(place);
        }};
    }
    macro_rules! return_back {
        () => {{
            if !back.has_tag(tag::CODE) {
                pause!(Pause::Stop(Stop::Return(thread.x[0])));
            }
            let place = Place::of(back);
            back = Value::NIL;
            go!(place);
        }};
    }

    loop {
        let place = pc;
        pc += 1;
        // Each arm reads what it needs of the instruction.
        match image.code[place] {
            Op::Load { constant, dst } => thread.set(dst, image.constants[constant as usize]),
            Op::Move { src, dst } => {
                let value = get!(src);
                thread.set(dst, value);
            }
            Op::MoveRegister { src, dst } => {
                thread.x[usize::from(dst & 2047)] = thread.x[usize::from(src & 2047)];
            }
            Op::Swap { a, b } => {
                let (first, second) = (get!(Src(a.0)), get!(Src(b.0)));
                thread.set(a, second);
                thread.set(b, first);
            }
            Op::Clear { dst } => thread.set(dst, Value::NIL),
            Op::ReserveMark { dst } => {
                // What has come before counts as seen.
                let mut context = context!();
                context.node.fetch(&mut context.local);
                let mark = thread.process.reserve_mark();
                thread.set(dst, mark);
            }
            Op::BindMark { mark, reference } => {
                let (mark, reference) = (get!(mark), get!(reference));
                thread.process.bind_mark(mark, reference);
            }
            Op::ClearMark { reference } => {
                let reference = get!(reference);
                thread.process.clear_mark(thread.heap, reference);
            }
            Op::UseMark { reference } => {
                let reference = get!(reference);
                thread.process.use_mark(thread.heap, reference);
            }

            Op::Call { to, arity } => {
                set_back!();
                pc = to as usize;
                entered!(arity);
            }
            Op::CallLast { to, arity, words } => {
                deallocate!(words);
                pc = to as usize;
                entered!(arity);
            }
            Op::CallOnly { to, arity } => {
                pc = to as usize;
                entered!(arity);
            }
            Op::CallExternal { export } => {
                let target = thread.find(FunctionName::from_index(export));
                enter!(target, false);
            }
            Op::CallExternalOnly { export } => {
                let target = thread.find(FunctionName::from_index(export));
                enter!(target, true);
            }
            Op::CallExternalLast { export, words } => {
                let target = thread.find(FunctionName::from_index(export));
                if !matches!(target, Target::Load(_)) {
                    deallocate!(words);
                }
                enter!(target, true);
            }
            Op::CallPure { native, arity } => {
                let (native, name) = image.pure[usize::from(native)];
                match native(thread.heap, &thread.x[..usize::from(arity)]) {
                    Ok(value) => {
                        thread.x[0] = value;
                        thread.rest = thread.rest.saturating_sub(1).max(1);
                        if thread.heap.is_full() || thread.heap.has_many_binaries() {
                            thread.collect(1);
                        }
                    }
                    Err(raised) => {
                        let raised = thread.framed(raised, name, arity);
                        raise!(raised);
                    }
                }
            }
            Op::CallEffect { native, arity, last } => {
                let (native, name) = image.effects[usize::from(native)];
                // The native may ask where its process is.
                thread.process.place = Place { image: image.number, pc: pc as u32 };
                thread.process.back = back;
                let args = &thread.x[..usize::from(arity)];
                let mut context = context!();
                let next = native(&mut context, args);
                let waits = context.node.must_wait();
                match next {
                    Ok(NativeNext::Return(value)) => {
                        thread.x[0] = value;
                        if waits {
                            give_way!();
                        }
                        if thread.heap.is_full() || thread.heap.has_many_binaries() {
                            thread.collect(1);
                        }
                    }
                    Ok(NativeNext::Yield(value)) => {
                        thread.x[0] = value;
                        thread.save(Place { image: image.number, pc: pc as u32 }, back, 1);
                        pause!(Pause::Stop(Stop::Yield));
                    }
                    Ok(NativeNext::Change { change, value }) => {
                        thread.x[0] = value;
                        thread.save(Place { image: image.number, pc: pc as u32 }, back, 1);
                        pause!(Pause::Change(change));
                    }
                    Ok(NativeNext::Call { module, function, args }) => {
                        let name = FunctionName::new(module, function, args.len() as u8);
                        let given = thread.x[..usize::from(arity)].to_vec();
                        thread.x[..args.len()].copy_from_slice(&args);
                        let target = thread.find(name);
                        if let Target::Load(_) = target {
                            thread.x[..given.len()].copy_from_slice(&given);
                        }
                        enter!(target, last);
                    }
                    Ok(NativeNext::CallAfter { time, module, function, args }) => {
                        // It was called already: it is a native.
                        let name = FunctionName::new(module, function, args.len() as u8);
                        let Some(place) = code.export(name) else {
                            raise!(callers(Raise::error(atom::UNDEF.into())));
                            continue;
                        };
                        thread.x[..args.len()].copy_from_slice(&args);
                        if !last {
                            set_back!();
                        }
                        thread.save(place, back, args.len());
                        pause!(Pause::Stop(Stop::Sleep(time)));
                    }
                    Ok(NativeNext::CallFun { fun, args }) => {
                        let given = thread.x[..usize::from(arity)].to_vec();
                        thread.x[..args.len()].copy_from_slice(&args);
                        let target = thread.find_fun(fun, args.len() as u8);
                        if let Target::Load(_) = target {
                            thread.x[..given.len()].copy_from_slice(&given);
                        }
                        enter!(target, last);
                    }
                    Ok(NativeNext::Load(module)) => {
                        let here = Place { image: image.number, pc: pc as u32 - 1 };
                        thread.save(here, back, LIVE_MAX);
                        pause!(Pause::Load(module));
                    }
                    Ok(NativeNext::Await) => {
                        let here = Place { image: image.number, pc: pc as u32 - 1 };
                        thread.save(here, back, LIVE_MAX);
                        thread.process.hibernates = true;
                        pause!(Pause::Stop(Stop::Wait(None)));
                    }
                    Ok(NativeNext::Hibernate { module, function, args }) => {
                        pause!(Pause::Stop(thread.hibernate(module, function, &args)));
                    }
                    Err(raised) => {
                        let raised = thread.framed(raised, name, arity);
                        raise!(raised);
                    }
                }
            }
            Op::CallFun { fun, arity, last } => {
                let fun = get!(fun);
                let target = thread.find_fun(fun, arity);
                enter!(target, last);
            }
            Op::Apply { arity, last } => match thread.apply(arity) {
                Ok(target) => {
                    let last = last && !keeps_frame!(target);
                    enter!(target, last);
                }
                Err(raised) => raise!(raised),
            },
            Op::ApplyList { last } => match thread.apply_list() {
                Ok(target) => {
                    let last = last && !keeps_frame!(target);
                    enter!(target, last);
                }
                Err(raised) => raise!(raised),
            },
            Op::ApplyFunList { last } => match thread.apply_fun_list() {
                Ok(target) => enter!(target, last),
                Err(raised) => raise!(raised),
            },
            Op::Return => return_back!(),
            Op::Allocate { words } => {
                let stack = &mut thread.process.stack;
                stack.push(back);
                let len = stack.len() + usize::from(words);
                stack.resize(len, Value::NIL);
                back = Value::NIL;
            }
            Op::Deallocate { words } => deallocate!(words),
            Op::DeallocateReturn { words } => {
                deallocate!(words);
                return_back!();
            }
            Op::Trim { words } => {
                let stack = &mut thread.process.stack;
                let len = stack.len() - usize::from(words);
                stack.truncate(len);
            }

            Op::Jump { to } => pc = to as usize,
            Op::IsNil { src, fail } => test!(get!(src).is_nil(), fail),
            Op::IsCons { src, fail } => test!(get!(src).is_cons(), fail),
            Op::IsList { src, fail } => {
                let value = get!(src);
                test!(value.is_cons() || value.is_nil(), fail);
            }
            Op::IsAtom { src, fail } => test!(get!(src).is_atom(), fail),
            Op::IsInteger { src, fail } => test!(thread.heap.is_integer(get!(src)), fail),
            Op::IsTuple { src, fail } => {
                test!(thread.heap.is_object(get!(src), kind::TUPLE), fail);
            }
            Op::Is { kind, src, fail } => test!(is_type(thread.heap, kind, get!(src)), fail),
            Op::IsFunctionOf { src, arity, fail } => {
                let arity = get!(arity).as_small();
                let takes = thread.heap.fun_arity(get!(src)).map(i64::from);
                test!(takes.is_some() && takes == arity, fail);
            }
            Op::IsArity { src, arity, fail } => {
                let found = thread.heap.tuple_arity(get!(src));
                test!(found == Some(usize::from(arity)), fail);
            }
            Op::IsTagged { src, arity, tag, fail } => {
                let value = get!(src);
                let is_tagged = arity > 0
                    && thread.heap.tuple_arity(value) == Some(usize::from(arity))
                    && thread.heap.at(value, 1) == get!(tag);
                test!(is_tagged, fail);
            }
            Op::IsWord { a, b, fail } => test!(get!(a) == get!(b), fail),
            Op::IsEqualExact { a, b, fail } => test!(thread.heap.equals(get!(a), get!(b)), fail),
            Op::IsNotEqualExact { a, b, fail } => {
                test!(!thread.heap.equals(get!(a), get!(b)), fail);
            }
            Op::IsEqual { a, b, fail } => {
                test!(thread.heap.equals_loosely(get!(a), get!(b)), fail);
            }
            Op::IsNotEqual { a, b, fail } => {
                test!(!thread.heap.equals_loosely(get!(a), get!(b)), fail);
            }
            Op::IsLess { a, b, fail } => {
                test!(thread.heap.compare(get!(a), get!(b)).is_lt(), fail);
            }
            Op::IsNotLess { a, b, fail } => {
                test!(thread.heap.compare(get!(a), get!(b)).is_ge(), fail);
            }
            Op::Select { src, table, fail } => {
                let value = get!(src);
                let to = image.selects[table as usize].find(thread.heap, &image.constants, value);
                pc = if to == 0 { fail } else { to } as usize;
            }
            Op::SelectArity { src, table, fail } => {
                let arity = thread.heap.tuple_arity(get!(src)).map_or(Value::NIL, Value::size);
                let to = image.selects[table as usize].find(thread.heap, &image.constants, arity);
                pc = if to == 0 { fail } else { to } as usize;
            }

            Op::GetList { src, head, tail } => {
                let cons = get!(src);
                expect!(cons.is_cons());
                let (first, rest) = (thread.heap.head(cons), thread.heap.tail(cons));
                thread.set(head, first);
                thread.set(tail, rest);
            }
            Op::IsConsGet { src, head, tail, fail } => {
                let cons = get!(src);
                if cons.is_cons() {
                    let (first, rest) = (thread.heap.head(cons), thread.heap.tail(cons));
                    thread.set(head, first);
                    thread.set(tail, rest);
                } else {
                    pc = fail as usize;
                }
            }
            Op::GetHead { src, dst } => {
                let cons = get!(src);
                expect!(cons.is_cons());
                let value = thread.heap.head(cons);
                thread.set(dst, value);
            }
            Op::GetTail { src, dst } => {
                let cons = get!(src);
                expect!(cons.is_cons());
                let value = thread.heap.tail(cons);
                thread.set(dst, value);
            }
            Op::GetElement { src, index, dst } => {
                if let Some(value) = thread.heap.element(get!(src), usize::from(index)) {
                    thread.set(dst, value);
                } else {
                    raise!(INVALID);
                }
            }
            Op::PutList { head, tail, dst } => {
                let (head, tail) = (get!(head), get!(tail));
                let cons = thread.heap.cons(head, tail);
                thread.set(dst, cons);
            }
            Op::PutTuple { dst, list } => {
                let tuple = thread.heap.begin(kind::TUPLE, list.len as usize);
                let start = list.start as usize;
                for item in &image.lists[start..start + list.len as usize] {
                    let value = thread.list_get(image, *item);
                    thread.heap.push(value);
                }
                thread.set(dst, tuple);
            }
            Op::SetElement { value, tuple, index } => {
                let (value, tuple) = (get!(value), get!(tuple));
                let place = usize::from(index);
                expect!(tuple.is_movable() && thread.heap.element(tuple, place).is_some());
                thread.heap.set(tuple, usize::from(index), value);
            }
            Op::UpdateRecord { src, dst, list } => {
                let tuple = get!(src);
                let tuple = thread.update_record(image, tuple, list);
                thread.set(dst, tuple);
            }

            Op::Add { a, b, dst, fail } => {
                let (a, b) = (get!(a), get!(b));
                if a.is_small() && b.is_small() {
                    let sum = a.small_value() + b.small_value();
                    if (SMALL_MIN..=SMALL_MAX).contains(&sum) {
                        thread.set(dst, Value::small(sum));
                        continue;
                    }
                }
                match add(thread.heap, &[a, b]) {
                    Ok(value) => thread.set(dst, value),
                    Err(raised) if fail == 0 => {
                        raise!(thread.framed_operator(raised, "+", &[a, b]));
                    }
                    Err(_) => pc = fail as usize,
                }
            }
            Op::Subtract { a, b, dst, fail } => {
                let (a, b) = (get!(a), get!(b));
                if a.is_small() && b.is_small() {
                    let difference = a.small_value() - b.small_value();
                    if (SMALL_MIN..=SMALL_MAX).contains(&difference) {
                        thread.set(dst, Value::small(difference));
                        continue;
                    }
                }
                match subtract(thread.heap, &[a, b]) {
                    Ok(value) => thread.set(dst, value),
                    Err(raised) if fail == 0 => {
                        raise!(thread.framed_operator(raised, "-", &[a, b]));
                    }
                    Err(_) => pc = fail as usize,
                }
            }
            Op::Element { index, tuple, dst, fail } => {
                let (index, tuple) = (get!(index), get!(tuple));
                if let Some(value) = thread.element(index, tuple) {
                    thread.set(dst, value);
                } else {
                    fail!(fail, thread.framed_operator(Raise::BADARG, "element", &[index, tuple]));
                }
            }
            Op::Bif0 { native, dst } => {
                let (native, name) = image.pure[usize::from(native)];
                match native(thread.heap, &[]) {
                    Ok(value) => thread.set(dst, value),
                    Err(raised) => raise!(thread.framed_with(raised, name, &[])),
                }
            }
            Op::Bif1 { native, a, dst, fail } => {
                let (native, name) = image.pure[usize::from(native)];
                let args = [get!(a)];
                match native(thread.heap, &args) {
                    Ok(value) => thread.set(dst, value),
                    Err(raised) => fail!(fail, thread.framed_with(raised, name, &args)),
                }
            }
            Op::Bif2 { native, a, b, dst, fail } => {
                let (native, name) = image.pure[usize::from(native)];
                let args = [get!(a), get!(b)];
                match native(thread.heap, &args) {
                    Ok(value) => thread.set(dst, value),
                    Err(raised) => fail!(fail, thread.framed_with(raised, name, &args)),
                }
            }
            Op::Bif3 { native, a, b, c, dst, fail } => {
                let (native, name) = image.pure[usize::from(native)];
                let args = [get!(a), get!(b), get!(c)];
                match native(thread.heap, &args) {
                    Ok(value) => thread.set(dst, value),
                    Err(raised) => fail!(fail, thread.framed_with(raised, name, &args)),
                }
            }
            Op::BifEffect { native, arity, a, dst, fail } => {
                let (native, name) = image.effects[usize::from(native)];
                let args = [get!(a)];
                let args = &args[..usize::from(arity)];
                match native(&mut context!(), args) {
                    Ok(NativeNext::Return(value)) => thread.set(dst, value),
                    Ok(_) => thread.set(dst, Value::NIL),
                    Err(raised) => fail!(fail, thread.framed_with(raised, name, args)),
                }
            }

            Op::PutMap { src, dst, list } => {
                let map = get!(src);
                match thread.put_map(image, map, list) {
                    Ok(map) => thread.set(dst, map),
                    Err(raised) => raise!(raised),
                }
            }
            Op::UpdateMap { src, dst, list } => {
                let map = get!(src);
                match thread.update_map(image, map, list) {
                    Ok(map) => thread.set(dst, map),
                    Err(raised) => raise!(raised),
                }
            }
            Op::HasFields { src, list, len, fail } => {
                test!(thread.has_fields(image, get!(src), list, len), fail);
            }
            Op::GetFields { src, list, len, fail } => {
                let map = get!(src);
                test!(thread.get_fields(image, map, list, len), fail);
            }
            Op::MakeFun { fun, dst, list } => {
                let fun = thread.make_fun(image, fun, list);
                thread.set(dst, fun);
            }

            Op::FloatMoveIn { src, register } => {
                let value = thread.heap.as_float(get!(src)).unwrap_or_default();
                thread.floats[usize::from(register & 1023)] = value;
            }
            Op::FloatMoveOut { register, dst } => {
                let value = thread.heap.float(thread.floats[usize::from(register & 1023)]);
                thread.set(dst, value);
            }
            Op::FloatConvert { src, register } => match to_float(thread.heap, get!(src)) {
                Ok(value) => thread.floats[usize::from(register & 1023)] = value,
                Err(raised) => raise!(callers(raised)),
            },
            Op::Float { op, a, b, register } => {
                let [a, b] = [a, b].map(|place| thread.floats[usize::from(place & 1023)]);
                let value = match op {
                    FloatOp::Add => a + b,
                    FloatOp::Subtract => a - b,
                    FloatOp::Multiply => a * b,
                    FloatOp::Divide => a / b,
                };
                if value.is_finite() {
                    thread.floats[usize::from(register & 1023)] = value;
                } else {
                    raise!(callers(Raise::BADARITH));
                }
            }
            Op::FloatNegate { a, register } => {
                thread.floats[usize::from(register & 1023)] = -thread.floats[usize::from(a & 1023)];
            }

            Op::FunctionClause { arity } => {
                let args = thread.arguments(arity);
                raise!(Raise {
                    trace: Trace::CallersWith { args, info: Value::NIL },
                    ..Raise::error(atom::FUNCTION_CLAUSE.into())
                });
            }
            Op::Catch { dst, to } => {
                let handler = Place { image: image.number, pc: to }.word(tag::CATCH);
                thread.set(dst, handler);
            }
            Op::CatchEnd { src } => thread.catch_end(src),
            Op::TryEnd { src } => thread.set(src, Value::NIL),
            Op::TryCase { src } => {
                // Code whose author says that it never returns leads here too.
                expect!(thread.x[0] == Value::NONE);
                thread.set(src, Value::NIL);
                thread.x.copy_within(1..4, 0);
            }
            Op::Raise { trace, value } => {
                let (trace, value) = (get!(trace), get!(value));
                raise!(thread.raise_traced(None, value, trace));
            }
            Op::RawRaise => {
                let [class, reason, trace] = [thread.x[0], thread.x[1], thread.x[2]];
                match super::exception::class_of(class) {
                    Some(class) => raise!(thread.raise_traced(Some(class), reason, trace)),
                    None => thread.x[0] = atom::BADARG.into(),
                }
            }
            Op::BuildStacktrace => thread.x[0] = thread.build_trace(thread.x[0]),
            Op::ErrorAbout { name, value } => {
                let (name, value) = (get!(name), get!(value));
                raise!(thread.error_about(name.as_atom().unwrap_or(atom::ERROR), value));
            }
            Op::IfEnd => raise!(callers(Raise::error(atom::IF_CLAUSE.into()))),

            Op::Send => {
                let [to, message] = [thread.x[0], thread.x[1]];
                // A trace tells where the message was sent.
                thread.process.place = Place { image: image.number, pc: pc as u32 };
                thread.process.back = back;
                let mut context = context!();
                let sent = send(&mut context, to, message);
                let waits = context.node.must_wait();
                match sent {
                    Ok(()) => {
                        thread.x[0] = message;
                        if waits {
                            give_way!();
                        }
                    }
                    Err(raised) => raise!(thread.framed_operator(raised, "!", &[to, message])),
                }
            }
            Op::NextMessage { dst, fail } => {
                let mut message = thread.process.mailbox.get(thread.process.seen).copied();
                if message.is_none() {
                    // The process may have sent itself some.
                    let mut context = context!();
                    context.node.fetch(&mut context.local);
                    message = thread.process.mailbox.get(thread.process.seen).copied();
                }
                match message {
                    Some(message) => thread.set(dst, message),
                    None => pc = fail as usize,
                }
            }
            Op::SkipMessage { to } => {
                thread.process.seen += 1;
                pc = to as usize;
                entered!(0u8);
            }
            Op::RemoveMessage => {
                let seen = std::mem::take(&mut thread.process.seen);
                thread.remove_message(seen);
                thread.process.timer = Timer::Off;
            }
            Op::Wait { to } => {
                // A receive without clauses looks at no message; others have seen all of them.
                thread.process.seen = thread.process.mailbox.len();
                thread.save(Place { image: image.number, pc: to }, back, 0);
                pause!(Pause::Stop(Stop::Wait(None)));
            }
            Op::WaitTimeout { time: source, to } => {
                let time = get!(source);
                let here = Place { image: image.number, pc: pc as u32 };
                match thread.wait(time, here) {
                    Ok(None) => {}
                    Ok(Some(stop)) => {
                        thread.save(Place { pc: to, ..here }, back, 0);
                        thread.keep_register(source, time);
                        // A receive without clauses looks at no message.
                        thread.process.seen = thread.process.mailbox.len();
                        pause!(Pause::Stop(stop));
                    }
                    Err(raised) => {
                        // The next receive begins with the first message.
                        thread.process.seen = 0;
                        raise!(raised);
                    }
                }
            }
            Op::Timeout => {
                thread.process.timer = Timer::Off;
                thread.process.seen = 0;
            }

            Op::Bits { op, list, fail } => {
                if is_making(op) {
                    if let Err(raised) = thread.make_bits(image, op, list) {
                        fail!(fail, raised);
                    }
                } else {
                    test!(thread.match_bits(image, op, list), fail);
                }
            }
        }
    }
}

/// The exception of code that takes a value apart which is of another kind.
const INVALID: Raise =
    Raise { class: Class::Error, reason: Value::atom(atom::INVALID_CODE), trace: Trace::Callers };

fn is_type(heap: &Heap, test: Type, value: Value) -> bool {
    match test {
        Type::Float => heap.is_object(value, kind::FLOAT),
        Type::Number => heap.is_number(value),
        Type::Pid => heap.kind(value) == ValueKind::Pid,
        Type::Reference => heap.is_object(value, kind::REFERENCE),
        Type::Port => heap.is_object(value, kind::PORT),
        Type::Binary => is_binary(heap, value),
        Type::Bitstring => heap.place(value).is_some(),
        Type::Function => heap.kind(value) == ValueKind::Fun,
        Type::Boolean => value.as_boolean().is_some(),
        Type::Map => heap.is_map(value),
    }
}

/// Does the instruction make a bit string? The others match one.
const fn is_making(op: BitOp) -> bool {
    match op {
        BitOp::Begin
        | BitOp::Add
        | BitOp::Append
        | BitOp::PutInteger
        | BitOp::PutFloat
        | BitOp::PutBinary
        | BitOp::PutString
        | BitOp::PutUtf8
        | BitOp::PutUtf16
        | BitOp::PutUtf32
        | BitOp::Utf8Size
        | BitOp::Utf16Size
        | BitOp::Writable
        | BitOp::Create => true,
        BitOp::StartMatch
        | BitOp::GetInteger
        | BitOp::GetFloat
        | BitOp::GetBinary
        | BitOp::Skip
        | BitOp::TestTail
        | BitOp::TestUnit
        | BitOp::MatchString
        | BitOp::GetUtf8
        | BitOp::GetUtf16
        | BitOp::GetUtf32
        | BitOp::GetTail
        | BitOp::GetPosition
        | BitOp::SetPosition
        | BitOp::Match => false,
    }
}
