//! Instructions that call functions.

use super::build::{Builder, NativeNumber, Problem};
use super::op::{Dst, FRAME, Op, Src};
use super::translate::{Args, imported};
use crate::beam::atom::{self, AtomIndex};
use crate::beam::function::FunctionName;

/// The way in which a call is left.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// It returns to the next instruction.
    Here,
    /// Its result is that of the function, whose frame has this many words.
    Last(u16),
    /// As `Last`, without a frame.
    Only,
}

/// Translates an instruction that calls or returns; false when it is another one.
pub(super) fn translate(
    b: &mut Builder<'_>,
    name: &str,
    args: &mut Args<'_>,
) -> Result<bool, Problem> {
    match name {
        "call" => b.emit(Op::Call { arity: args.arity()?, to: args.label()? }),
        "call_last" => {
            let (arity, to, words) = (args.arity()?, args.label()?, args.u16()?);
            b.emit(Op::CallLast { to, arity, words });
        }
        "call_only" => b.emit(Op::CallOnly { arity: args.arity()?, to: args.label()? }),
        "call_ext" => {
            args.skip(1);
            call_external(b, args.u32()?, Exit::Here)?;
        }
        "call_ext_last" => {
            args.skip(1);
            let import = args.u32()?;
            let words = args.u16()?;
            call_external(b, import, Exit::Last(words))?;
        }
        "call_ext_only" => {
            args.skip(1);
            call_external(b, args.u32()?, Exit::Only)?;
        }
        "call_fun" => {
            let arity = args.arity()?;
            b.emit(Op::CallFun { fun: Src(arity.into()), arity, last: false });
        }
        "call_fun2" => {
            args.skip(1);
            let arity = args.arity()?;
            let fun = b.src(args.next()?)?;
            b.emit(Op::CallFun { fun, arity, last: false });
        }
        "apply" => b.emit(Op::Apply { arity: args.arity()?, last: false }),
        "apply_last" => {
            let (arity, words) = (args.arity()?, args.u16()?);
            b.emit(Op::Deallocate { words });
            b.emit(Op::Apply { arity, last: true });
        }
        "return" => end_of_function(b),
        _ => return Ok(false),
    }
    Ok(true)
}

/// A return, which makes a call of a fun before it the last one.
fn end_of_function(b: &mut Builder<'_>) {
    let here = b.here();
    let [.., call, last] = b.code[..] else { return b.emit(Op::Return) };
    if b.is_target(here) {
        return b.emit(Op::Return);
    }
    let Op::Deallocate { words } = last else { return b.emit(Op::Return) };
    b.code.pop();
    if let Op::CallFun { fun, arity, last: false } = call
        && !b.is_target(here - 1)
    {
        b.code.pop();
        let fun = if fun.0 & FRAME == 0 {
            fun
        } else {
            let register = b.scratch();
            b.emit(Op::Move { src: fun, dst: Dst(register) });
            Src(register)
        };
        b.emit(Op::Deallocate { words });
        b.emit(Op::CallFun { fun, arity, last: true });
    } else {
        b.emit(Op::DeallocateReturn { words });
    }
}

fn call_external(b: &mut Builder<'_>, import: u32, exit: Exit) -> Result<(), Problem> {
    let name = imported(b, import)?;
    call_name(b, name, exit);
    Ok(())
}

/// The functions that are instructions.
pub(super) fn special_names() -> impl Iterator<Item = FunctionName> {
    let erlang = |(name, arity)| FunctionName::new(atom::ERLANG, AtomIndex::new(name), arity);
    [("apply", 3), ("apply", 2), ("!", 2), ("send", 2)].into_iter().map(erlang)
}

/// The function `nodedown:caught(Module, Function, Args)`, which is `catch apply(Module, Function,
/// Args)`.
pub(super) fn caught_name() -> FunctionName {
    FunctionName::new(AtomIndex::new("nodedown"), AtomIndex::new("caught"), 3)
}

/// The code of [`caught_name`].
pub(super) fn caught(b: &mut Builder<'_>) {
    let (label, handler) = (b.labels.len() as u32, Dst(FRAME));
    b.emit(Op::Allocate { words: 1 });
    b.emit(Op::Catch { dst: handler, to: label });
    b.emit(Op::ApplyList { last: false });
    let end = b.here();
    b.labels.push(end);
    b.emit(Op::CatchEnd { src: handler });
    b.emit(Op::DeallocateReturn { words: 1 });
}

/// A call of a native or special function that is a function by itself.
pub(super) fn call_as_function(b: &mut Builder<'_>, name: FunctionName) {
    call_name(b, name, Exit::Only);
}

fn call_name(b: &mut Builder<'_>, name: FunctionName, exit: Exit) {
    let (module, function, arity) = name.parts();
    let last = exit != Exit::Here;
    match (module.as_str(), function.as_str(), arity) {
        ("erlang", "apply", 3) => emit_with_exit(b, Op::ApplyList { last }, exit),
        ("erlang", "apply", 2) => emit_with_exit(b, Op::ApplyFunList { last }, exit),
        ("erlang", "!" | "send", 2) => emit_with_exit(b, Op::Send, exit),
        _ => match b.native(name) {
            Some(native) => call_native(b, native, arity, exit),
            None => call_code(b, name.index(), exit),
        },
    }
}

/// An instruction that is left as `exit` says, without the frame of the function.
fn emit_with_exit(b: &mut Builder<'_>, op: Op, exit: Exit) {
    if let Exit::Last(words) = exit {
        b.emit(Op::Deallocate { words });
    }
    b.emit(op);
    if exit != Exit::Here {
        b.emit(Op::Return);
    }
}

/// The call of a native in the place of a function's code.
pub(super) fn native_as_function(b: &mut Builder<'_>, native: NativeNumber, arity: u8) {
    call_native(b, native, arity, Exit::Only);
}

fn call_native(b: &mut Builder<'_>, native: NativeNumber, arity: u8, exit: Exit) {
    match (native, exit) {
        (NativeNumber::Pure(native), exit) => {
            b.emit(Op::CallPure { native, arity });
            match exit {
                Exit::Here => {}
                Exit::Last(words) => b.emit(Op::DeallocateReturn { words }),
                Exit::Only => b.emit(Op::Return),
            }
        }
        (NativeNumber::Effect(native), exit) => {
            let last = exit != Exit::Here;
            emit_with_exit(b, Op::CallEffect { native, arity, last }, exit);
        }
    }
}

fn call_code(b: &mut Builder<'_>, export: u32, exit: Exit) {
    b.emit(match exit {
        Exit::Here => Op::CallExternal { export },
        Exit::Last(words) => Op::CallExternalLast { export, words },
        Exit::Only => Op::CallExternalOnly { export },
    });
}
