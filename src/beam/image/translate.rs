//! Instructions of the file as instructions of the machine.

use super::bits;
use super::build::{Builder, ImageError, NativeNumber, Problem, dst};
use super::calls;
use super::op::{FRAME, FloatOp, List, Op, Src, Type};
use super::{Function, Select};
use crate::beam::atom;
use crate::beam::file::{Operand, opcode};
use crate::beam::function::FunctionName;
use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Raise};
use crate::beam::value::Value;

/// Translates all instructions of the file.
pub(super) fn all(builder: &mut Builder<'_>) -> Result<(), ImageError> {
    let mut skips = false;
    for (index, instruction) in builder.file.code.iter().enumerate() {
        let name = opcode(instruction.opcode).map_or("?", |opcode| opcode.name);
        // A function that is a native needs no code of its own.
        if skips && !matches!(name, "label" | "line" | "func_info") {
            continue;
        }
        let mut args = Args { operands: &instruction.operands, at: 0 };
        builder.begin();
        let done = one(builder, name, &mut args);
        let is_native = done.map_err(|problem| {
            let module = builder.file.name.clone();
            let function = builder.functions.last().map_or_else(String::new, Function::to_string);
            ImageError::Instruction { module, function, index, name, problem }
        })?;
        if name == "func_info" {
            skips = is_native;
        }
    }
    // Whatever is wrong with a file, the code never runs beyond its end.
    builder.emit(Op::Return);
    Ok(())
}

/// The operands of an instruction, one after the other.
pub(super) struct Args<'a> {
    operands: &'a [Operand],
    at: usize,
}

impl<'a> Args<'a> {
    pub(super) fn next(&mut self) -> Result<&'a Operand, Problem> {
        let operand = self.operands.get(self.at).ok_or("an operand is missing")?;
        self.at += 1;
        Ok(operand)
    }

    pub(super) fn skip(&mut self, count: usize) {
        self.at += count;
    }

    pub(super) fn label(&mut self) -> Result<u32, Problem> {
        match self.next()? {
            Operand::Label(label) => Ok(*label),
            _ => Err("an operand is no label"),
        }
    }

    pub(super) fn unsigned(&mut self) -> Result<u64, Problem> {
        number(self.next()?)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Problem> {
        u32::try_from(self.unsigned()?).map_err(|_| "a number is too large")
    }

    pub(super) fn u16(&mut self) -> Result<u16, Problem> {
        u16::try_from(self.unsigned()?).map_err(|_| "a number is too large")
    }

    pub(super) fn arity(&mut self) -> Result<u8, Problem> {
        u8::try_from(self.unsigned()?).map_err(|_| "there are too many arguments")
    }

    pub(super) fn list(&mut self) -> Result<&'a [Operand], Problem> {
        match self.next()? {
            Operand::List(operands) => Ok(operands),
            _ => Err("an operand is no list"),
        }
    }

    fn float_register(&mut self) -> Result<u16, Problem> {
        match self.next()? {
            Operand::FloatRegister(register) if *register < 1024 => Ok(*register),
            _ => Err("an operand is no register for floats"),
        }
    }

    pub(super) fn dst(&mut self) -> Result<super::op::Dst, Problem> {
        dst(self.next()?)
    }
}

pub(super) fn number(operand: &Operand) -> Result<u64, Problem> {
    match operand {
        Operand::Unsigned(value) => Ok(*value),
        Operand::Integer(value) => u64::try_from(*value).map_err(|_| "a number is negative"),
        _ => Err("an operand is no number"),
    }
}

/// Translates one instruction, and tells whether the function that it begins is a native.
fn one(b: &mut Builder<'_>, name: &str, args: &mut Args<'_>) -> Result<bool, Problem> {
    match name {
        "label" => {
            let label = args.u32()? as usize;
            let here = b.here();
            *b.labels.get_mut(label).ok_or("there is no such label")? = here;
            b.targets.push(here);
            if let Some((native, arity)) = b.native_code.take() {
                calls::native_as_function(b, native, arity);
            }
        }
        "func_info" => return function(b, args),
        "line" => {
            let (here, item) = (b.here(), args.u32()?);
            b.lines.add(here, item);
        }
        "int_code_end" | "test_heap" | "executable_line" | "debug_line" | "nif_start"
        | "recv_mark" | "recv_set" | "fclearerror" | "fcheckerror" => {}
        "recv_marker_reserve" => b.emit(Op::ReserveMark { dst: args.dst()? }),
        "recv_marker_bind" => {
            let (mark, reference) = (b.src(args.next()?)?, b.src(args.next()?)?);
            b.emit(Op::BindMark { mark, reference });
        }
        "recv_marker_clear" => {
            let reference = b.src(args.next()?)?;
            b.emit(Op::ClearMark { reference });
        }
        "recv_marker_use" => {
            let reference = b.src(args.next()?)?;
            b.emit(Op::UseMark { reference });
        }
        "on_load" => b.on_load = Some(b.here()),
        _ if name.starts_with("bs_") => bits::translate(b, name, args)?,
        _ => {
            let done = calls::translate(b, name, args)?
                || frames(b, name, args)?
                || tests(b, name, args)?
                || data(b, name, args)?
                || functions(b, name, args)?
                || floats(b, name, args)?
                || exceptions(b, name, args)?
                || messages(b, name, args)?;
            if !done {
                return Err("the machine does not run this instruction");
            }
        }
    }
    Ok(false)
}

/// The beginning of a function; its code is left out when it is a native.
fn function(b: &mut Builder<'_>, args: &mut Args<'_>) -> Result<bool, Problem> {
    args.skip(1);
    let name = b.constant(args.next()?).and_then(Value::as_atom).ok_or("a name is no atom")?;
    let arity = args.arity()?;
    b.functions.push(Function { start: b.here(), name, arity });
    b.emit(Op::FunctionClause { arity });
    let Some(native) = b.native(FunctionName::new(b.name, name, arity)) else { return Ok(false) };
    // The label of the code follows, and finds the native in the place of the code.
    b.native_code = Some((native, arity));
    Ok(true)
}

pub(super) fn imported(b: &Builder<'_>, import: u32) -> Result<FunctionName, Problem> {
    let import = b.file.imports.get(import as usize).ok_or("there is no such import")?;
    let [module, function] = [import.module, import.function].map(|index| b.atoms[index as usize]);
    Ok(FunctionName::new(module, function, import.arity))
}

fn frames(b: &mut Builder<'_>, name: &str, args: &mut Args<'_>) -> Result<bool, Problem> {
    match name {
        "allocate" | "allocate_heap" | "allocate_zero" | "allocate_heap_zero" => {
            b.emit(Op::Allocate { words: args.u16()? });
        }
        "deallocate" => b.emit(Op::Deallocate { words: args.u16()? }),
        "trim" => b.emit(Op::Trim { words: args.u16()? }),
        "init" => b.emit(Op::Clear { dst: args.dst()? }),
        "init_yregs" => {
            for operand in args.list()? {
                b.emit(Op::Clear { dst: dst(operand)? });
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn tests(b: &mut Builder<'_>, name: &str, args: &mut Args<'_>) -> Result<bool, Problem> {
    let kind = match name {
        "is_float" => Some(Type::Float),
        "is_number" => Some(Type::Number),
        "is_pid" => Some(Type::Pid),
        "is_reference" => Some(Type::Reference),
        "is_port" => Some(Type::Port),
        "is_binary" => Some(Type::Binary),
        "is_bitstr" => Some(Type::Bitstring),
        "is_function" => Some(Type::Function),
        "is_boolean" => Some(Type::Boolean),
        "is_map" => Some(Type::Map),
        _ => None,
    };
    if let Some(kind) = kind {
        let fail = args.label()?;
        let src = b.src(args.next()?)?;
        b.emit(Op::Is { kind, src, fail });
        return Ok(true);
    }
    match name {
        // No release before 29 has native records, and no code makes one yet: a test for one fails.
        "jump" | "is_any_native_record" | "is_native_record" => {
            b.emit(Op::Jump { to: args.label()? });
        }
        "select_val" | "select_tuple_arity" => select(b, name == "select_val", args)?,
        "is_lt" | "is_ge" | "is_eq" | "is_ne" | "is_eq_exact" | "is_ne_exact" => {
            comparison(b, name, args)?;
        }
        "is_nil" | "is_nonempty_list" | "is_list" | "is_atom" | "is_integer" | "is_tuple" => {
            let fail = args.label()?;
            let src = b.src(args.next()?)?;
            b.emit(match name {
                "is_nil" => Op::IsNil { src, fail },
                "is_nonempty_list" => Op::IsCons { src, fail },
                "is_list" => Op::IsList { src, fail },
                "is_atom" => Op::IsAtom { src, fail },
                "is_integer" => Op::IsInteger { src, fail },
                _ => Op::IsTuple { src, fail },
            });
        }
        "is_function2" => {
            let fail = args.label()?;
            let (src, arity) = (b.src(args.next()?)?, b.src(args.next()?)?);
            b.emit(Op::IsFunctionOf { src, arity, fail });
        }
        "test_arity" => {
            let fail = args.label()?;
            let src = b.src(args.next()?)?;
            b.emit(Op::IsArity { src, arity: args.u16()?, fail });
        }
        "is_tagged_tuple" => {
            let fail = args.label()?;
            let src = b.src(args.next()?)?;
            let arity = args.u16()?;
            let tag = b.src(args.next()?)?;
            b.emit(Op::IsTagged { src, arity, tag, fail });
        }
        "has_map_fields" | "get_map_elements" => {
            let fail = args.label()?;
            let src = b.src(args.next()?)?;
            let list = b.list(args.list()?)?;
            let len = u16::try_from(list.len).map_err(|_| "there are too many keys")?;
            let list = list.start;
            b.emit(match name {
                "has_map_fields" => Op::HasFields { src, list, len, fail },
                _ => Op::GetFields { src, list, len, fail },
            });
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn comparison(b: &mut Builder<'_>, name: &str, args: &mut Args<'_>) -> Result<(), Problem> {
    let fail = args.label()?;
    let (first, second) = (args.next()?, args.next()?);
    let word = |operand: &Operand, b: &mut Builder<'_>| {
        b.constant(operand).is_some_and(|value| !value.is_reference())
    };
    let is_word = word(first, b) || word(second, b);
    let (x, y) = (b.src(first)?, b.src(second)?);
    b.emit(match name {
        "is_lt" => Op::IsLess { a: x, b: y, fail },
        "is_ge" => Op::IsNotLess { a: x, b: y, fail },
        "is_eq" => Op::IsEqual { a: x, b: y, fail },
        "is_ne" => Op::IsNotEqual { a: x, b: y, fail },
        "is_eq_exact" if is_word => Op::IsWord { a: x, b: y, fail },
        "is_eq_exact" => Op::IsEqualExact { a: x, b: y, fail },
        _ => Op::IsNotEqualExact { a: x, b: y, fail },
    });
    Ok(())
}

fn select(b: &mut Builder<'_>, of_values: bool, args: &mut Args<'_>) -> Result<(), Problem> {
    let src = b.src(args.next()?)?;
    let fail = args.label()?;
    let mut pairs = Vec::new();
    for pair in args.list()?.chunks_exact(2) {
        let value = b.constant(&pair[0]).ok_or("a value is no constant")?;
        let Operand::Label(label) = pair[1] else { return Err("a value has no label") };
        pairs.push((value, label));
    }
    let table = b.selects.len() as u32;
    let words = pairs.iter().all(|(value, _)| !value.is_reference());
    let select = if words {
        Select::of_words(pairs)
    } else {
        let values = pairs.iter().map(|(value, _)| b.constant_number(*value)).collect();
        Select::Values { values, to: pairs.iter().map(|(_, label)| *label).collect() }
    };
    b.selects.push(select);
    b.emit(if of_values {
        Op::Select { src, table, fail }
    } else {
        Op::SelectArity { src, table, fail }
    });
    Ok(())
}

fn data(b: &mut Builder<'_>, name: &str, args: &mut Args<'_>) -> Result<bool, Problem> {
    match name {
        "move" => {
            let (src, dst) = (b.src(args.next()?)?, args.dst()?);
            if (src.0 | dst.0) < FRAME {
                b.emit(Op::MoveRegister { src: src.0, dst: dst.0 });
            } else {
                b.emit(Op::Move { src, dst });
            }
        }
        "swap" => b.emit(Op::Swap { a: args.dst()?, b: args.dst()? }),
        "get_list" => get_list(b, args)?,
        "get_hd" => {
            let src = b.src(args.next()?)?;
            b.emit(Op::GetHead { src, dst: args.dst()? });
        }
        "get_tl" => {
            let src = b.src(args.next()?)?;
            b.emit(Op::GetTail { src, dst: args.dst()? });
        }
        "get_tuple_element" => {
            let src = b.src(args.next()?)?;
            let index = args.u16()?;
            b.emit(Op::GetElement { src, index, dst: args.dst()? });
        }
        "set_tuple_element" => {
            let (value, tuple) = (b.src(args.next()?)?, b.src(args.next()?)?);
            b.emit(Op::SetElement { value, tuple, index: args.u16()? });
        }
        "put_list" => {
            let (head, tail) = (b.src(args.next()?)?, b.src(args.next()?)?);
            b.emit(Op::PutList { head, tail, dst: args.dst()? });
        }
        "put_tuple2" => {
            let dst = args.dst()?;
            let list = b.list(args.list()?)?;
            b.emit(Op::PutTuple { dst, list });
        }
        "update_record" => {
            args.skip(2);
            let src = b.src(args.next()?)?;
            let dst = args.dst()?;
            let list = b.list(args.list()?)?;
            b.emit(Op::UpdateRecord { src, dst, list });
        }
        "put_map_assoc" | "put_map_exact" => {
            let fail = args.label()?;
            let src = b.src(args.next()?)?;
            let dst = args.dst()?;
            args.skip(1);
            let pairs = args.list()?;
            // In a guard nothing is raised: what could be wrong is tested before.
            if fail != 0 {
                b.emit(Op::Is { kind: Type::Map, src, fail });
            }
            if fail != 0 && name == "put_map_exact" {
                let keys: Vec<Operand> = pairs.iter().step_by(2).cloned().collect();
                let List { start: list, len } = b.list(&keys)?;
                let len = u16::try_from(len).map_err(|_| "there are too many keys")?;
                b.emit(Op::HasFields { src, list, len, fail });
            }
            let list = b.list(pairs)?;
            b.emit(match name {
                "put_map_assoc" => Op::PutMap { src, dst, list },
                _ => Op::UpdateMap { src, dst, list },
            });
        }
        "make_fun2" => {
            let fun = args.u32()?;
            let free = b.file.funs.get(fun as usize).ok_or("there is no such fun")?.free;
            let registers: Vec<u32> = (0..u32::from(free)).collect();
            let list = b.add_list(&registers);
            b.emit(Op::MakeFun { fun, dst: super::op::Dst(0), list });
        }
        "make_fun3" => {
            let fun = args.u32()?;
            b.file.funs.get(fun as usize).ok_or("there is no such fun")?;
            let dst = args.dst()?;
            let list = b.list(args.list()?)?;
            b.emit(Op::MakeFun { fun, dst, list });
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn get_list(b: &mut Builder<'_>, args: &mut Args<'_>) -> Result<(), Problem> {
    let src = b.src(args.next()?)?;
    let (head, tail) = (args.dst()?, args.dst()?);
    let here = b.here();
    if let Some(Op::IsCons { src: tested, fail }) = b.code.last().copied()
        && tested == src
        && !b.is_target(here)
    {
        b.code.pop();
        b.emit(Op::IsConsGet { src, head, tail, fail });
    } else {
        b.emit(Op::GetList { src, head, tail });
    }
    Ok(())
}

/// Functions that are called where an instruction stands: in guards, and operators.
fn functions(b: &mut Builder<'_>, name: &str, args: &mut Args<'_>) -> Result<bool, Problem> {
    let (arity, has_live) = match name {
        "bif0" => (0, false),
        "bif1" => (1, false),
        "bif2" => (2, false),
        "bif3" => (3, false),
        "gc_bif1" => (1, true),
        "gc_bif2" => (2, true),
        "gc_bif3" => (3, true),
        _ => return Ok(false),
    };
    let fail = if arity == 0 { 0 } else { args.label()? };
    args.skip(usize::from(has_live));
    let name = imported(b, args.u32()?)?;
    let mut operands = [Src(0); 3];
    for operand in &mut operands[..arity] {
        *operand = b.src(args.next()?)?;
    }
    let dst = args.dst()?;
    let [first, second, _] = operands;
    let (module, function, takes) = name.parts();
    if usize::from(takes) != arity {
        return Err("a function takes another number of arguments");
    }
    let arity = takes;
    let op = match (module.as_str(), function.as_str(), arity) {
        ("erlang", "+", 2) => Op::Add { a: first, b: second, dst, fail },
        ("erlang", "-", 2) => Op::Subtract { a: first, b: second, dst, fail },
        ("erlang", "element", 2) => Op::Element { index: first, tuple: second, dst, fail },
        _ => match (b.native(name), arity) {
            (Some(NativeNumber::Effect(_)), 2..) => {
                return Err("no guard can call this function");
            }
            (Some(NativeNumber::Effect(native)), _) => {
                Op::BifEffect { native, arity, a: first, dst, fail }
            }
            (Some(NativeNumber::Pure(native)), arity) => bif(native, arity, operands, dst, fail),
            (None, arity) => bif(b.pure_number(missing, name), arity, operands, dst, fail),
        },
    };
    b.emit(op);
    Ok(true)
}

fn bif(native: u16, arity: u8, operands: [Src; 3], dst: super::op::Dst, fail: u32) -> Op {
    let [a, b, c] = operands;
    match arity {
        0 => Op::Bif0 { native, dst },
        1 => Op::Bif1 { native, a, dst, fail },
        2 => Op::Bif2 { native, a, b, dst, fail },
        _ => Op::Bif3 { native, a, b, c, dst, fail },
    }
}

/// A function of a guard that the machine does not have.
fn missing(_: &mut Heap, _: &[Value]) -> NativeResult {
    Err(Raise::error(atom::UNDEF.into()))
}

fn floats(b: &mut Builder<'_>, name: &str, args: &mut Args<'_>) -> Result<bool, Problem> {
    let op = match name {
        "fmove" => {
            let (from, to) = (args.next()?, args.next()?);
            match (from, to) {
                (Operand::FloatRegister(register), _) if *register < 1024 => {
                    b.emit(Op::FloatMoveOut { register: *register, dst: dst(to)? });
                }
                (_, Operand::FloatRegister(register)) if *register < 1024 => {
                    let src = b.src(from)?;
                    b.emit(Op::FloatMoveIn { src, register: *register });
                }
                (_, _) => return Err("an operand is no register for floats"),
            }
            return Ok(true);
        }
        "fconv" => {
            let src = b.src(args.next()?)?;
            b.emit(Op::FloatConvert { src, register: args.float_register()? });
            return Ok(true);
        }
        "fnegate" => {
            args.skip(1);
            let (a, register) = (args.float_register()?, args.float_register()?);
            b.emit(Op::FloatNegate { a, register });
            return Ok(true);
        }
        "fadd" => FloatOp::Add,
        "fsub" => FloatOp::Subtract,
        "fmul" => FloatOp::Multiply,
        "fdiv" => FloatOp::Divide,
        _ => return Ok(false),
    };
    args.skip(1);
    let [x, y, register] = [args.float_register()?, args.float_register()?, args.float_register()?];
    b.emit(Op::Float { op, a: x, b: y, register });
    Ok(true)
}

fn exceptions(b: &mut Builder<'_>, name: &str, args: &mut Args<'_>) -> Result<bool, Problem> {
    let reason = match name {
        "catch" | "try" => {
            let dst = args.dst()?;
            b.emit(Op::Catch { dst, to: args.label()? });
            return Ok(true);
        }
        "catch_end" => {
            b.emit(Op::CatchEnd { src: args.dst()? });
            return Ok(true);
        }
        "try_end" => {
            b.emit(Op::TryEnd { src: args.dst()? });
            return Ok(true);
        }
        "try_case" => {
            b.emit(Op::TryCase { src: args.dst()? });
            return Ok(true);
        }
        "raise" => {
            let (trace, value) = (b.src(args.next()?)?, b.src(args.next()?)?);
            b.emit(Op::Raise { trace, value });
            return Ok(true);
        }
        "raw_raise" => {
            b.emit(Op::RawRaise);
            return Ok(true);
        }
        "build_stacktrace" => {
            b.emit(Op::BuildStacktrace);
            return Ok(true);
        }
        "if_end" => {
            b.emit(Op::IfEnd);
            return Ok(true);
        }
        "badmatch" => atom::BADMATCH,
        "case_end" => atom::CASE_CLAUSE,
        "try_case_end" => atom::TRY_CLAUSE,
        "badrecord" => atom::BADRECORD,
        _ => return Ok(false),
    };
    let name = b.constant_src(reason.into());
    let value = b.src(args.next()?)?;
    b.emit(Op::ErrorAbout { name, value });
    Ok(true)
}

fn messages(b: &mut Builder<'_>, name: &str, args: &mut Args<'_>) -> Result<bool, Problem> {
    match name {
        "send" => b.emit(Op::Send),
        "remove_message" => b.emit(Op::RemoveMessage),
        "timeout" => b.emit(Op::Timeout),
        "loop_rec" => {
            let fail = args.label()?;
            b.emit(Op::NextMessage { dst: args.dst()?, fail });
        }
        "loop_rec_end" => b.emit(Op::SkipMessage { to: args.label()? }),
        "wait" => b.emit(Op::Wait { to: args.label()? }),
        "wait_timeout" => {
            let to = args.label()?;
            let time = b.src(args.next()?)?;
            b.emit(Op::WaitTimeout { time, to });
        }
        _ => return Ok(false),
    }
    Ok(true)
}
