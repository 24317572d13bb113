//! The effects of each instruction on what is known.

use super::super::bits::{NOWHERE, command, segment};
use super::super::build::Problem;
use super::super::op::{BitOp, Dst, FRAME, List, Op, Src};
use super::state::{Handling, Slot, State};
use super::{Walk, arity_at};
use crate::beam::atom;
use crate::beam::function::FunctionName;

/// Follows one instruction. Returns whether the next one can follow it.
pub(super) fn step(walk: &mut Walk<'_>, op: Op, state: &mut State) -> Result<bool, Problem> {
    if state.handling != Handling::No && !matches!(op, Op::TryCase { .. } | Op::CatchEnd { .. }) {
        return Err("an exception is not handled where it leads");
    }
    // Only instructions that change the new tuple may follow the one that made it.
    state.fresh &= leaves_alone(op);
    match op {
        Op::FunctionClause { arity } => {
            state.read_first(arity.into())?;
            return Ok(false);
        }
        Op::Load { dst, .. } | Op::Clear { dst } | Op::ReserveMark { dst } => state.write(dst)?,
        Op::BindMark { mark, reference } => read(state, &[mark, reference])?,
        Op::ClearMark { reference } | Op::UseMark { reference } => read(state, &[reference])?,
        Op::Move { src, dst } => copy(state, &[src], dst)?,
        Op::MoveRegister { src, dst } => copy(state, &[Src(src)], Dst(dst))?,
        Op::Swap { a, b } => {
            copy(state, &[Src(a.0), Src(b.0)], a)?;
            state.write(b)?;
        }
        Op::Call { .. }
        | Op::CallLast { .. }
        | Op::CallOnly { .. }
        | Op::CallExternal { .. }
        | Op::CallExternalLast { .. }
        | Op::CallExternalOnly { .. }
        | Op::CallPure { .. }
        | Op::CallEffect { .. }
        | Op::CallFun { .. }
        | Op::Apply { .. }
        | Op::ApplyList { .. }
        | Op::ApplyFunList { .. } => return call(walk, op, state),
        Op::Return => {
            state.expect_no_frame()?;
            state.read_first(1)?;
            return Ok(false);
        }
        Op::Allocate { words } => state.allocate(words)?,
        Op::Deallocate { words } => state.deallocate(words)?,
        Op::Trim { words } => state.trim(words)?,
        Op::DeallocateReturn { words } => {
            state.deallocate(words)?;
            state.read_first(1)?;
            return Ok(false);
        }
        Op::Catch { .. }
        | Op::CatchEnd { .. }
        | Op::TryEnd { .. }
        | Op::TryCase { .. }
        | Op::Raise { .. }
        | Op::RawRaise
        | Op::BuildStacktrace
        | Op::ErrorAbout { .. }
        | Op::IfEnd => return exception(walk, op, state),
        Op::Send
        | Op::NextMessage { .. }
        | Op::SkipMessage { .. }
        | Op::RemoveMessage
        | Op::Wait { .. }
        | Op::WaitTimeout { .. }
        | Op::Timeout => return message(walk, op, state),
        Op::Bits { op, list, fail } => bits(walk, op, list, fail, state)?,
        _ if test(walk, op, state)? => {}
        _ => return data(walk, op, state),
    }
    Ok(true)
}

/// Does nobody else get the tuple in register 0?
fn leaves_alone(op: Op) -> bool {
    match op {
        Op::SetElement { .. } | Op::Load { .. } => true,
        Op::MoveRegister { src, .. } => src != 0,
        Op::Move { src, .. }
        | Op::GetElement { src, .. }
        | Op::GetHead { src, .. }
        | Op::GetTail { src, .. }
        | Op::GetList { src, .. } => src != Src(0),
        _ => false,
    }
}

/// Can another handler be the innermost one after the instruction?
pub(super) const fn changes_handler(op: Op) -> bool {
    matches!(
        op,
        Op::Catch { .. }
            | Op::CatchEnd { .. }
            | Op::TryEnd { .. }
            | Op::TryCase { .. }
            | Op::Trim { .. }
    )
}

fn read(state: &State, sources: &[Src]) -> Result<(), Problem> {
    sources.iter().try_for_each(|src| state.read(src.0))
}

/// Values are read, and a result is written.
fn copy(state: &mut State, sources: &[Src], dst: Dst) -> Result<(), Problem> {
    read(state, sources)?;
    state.write(dst)
}

fn read_list(walk: &Walk<'_>, state: &State, list: List) -> Result<(), Problem> {
    let items = &walk.image.lists[list.start as usize..(list.start + list.len) as usize];
    items.iter().try_for_each(|item| state.read_item(*item))
}

/// A call within the module.
fn check_target(walk: &Walk<'_>, to: u32, arity: u8) -> Result<(), Problem> {
    let is_function = arity_at(walk.image, to) == Some(arity.into());
    if is_function { Ok(()) } else { Err("a call leads to no function with as many arguments") }
}

fn call(walk: &mut Walk<'_>, op: Op, state: &mut State) -> Result<bool, Problem> {
    let last = match op {
        Op::Call { to, arity } => {
            check_target(walk, to, arity)?;
            state.read_first(arity.into())?;
            false
        }
        Op::CallLast { to, arity, words } => {
            check_target(walk, to, arity)?;
            state.read_first(arity.into())?;
            state.deallocate(words)?;
            true
        }
        Op::CallOnly { to, arity } => {
            check_target(walk, to, arity)?;
            state.read_first(arity.into())?;
            true
        }
        Op::CallExternal { export } => {
            state.read_first(arity_of(export))?;
            false
        }
        Op::CallExternalLast { export, words } => {
            state.read_first(arity_of(export))?;
            state.deallocate(words)?;
            true
        }
        Op::CallExternalOnly { export } => {
            state.read_first(arity_of(export))?;
            true
        }
        Op::CallFun { fun, arity, last } => {
            read(state, &[fun])?;
            state.read_first(arity.into())?;
            last
        }
        Op::Apply { arity, last } => {
            state.read_first(usize::from(arity) + 2)?;
            last
        }
        Op::ApplyList { last } => {
            state.read_first(3)?;
            last
        }
        Op::ApplyFunList { last } => {
            state.read_first(2)?;
            last
        }
        _ => return native_call(walk, op, state),
    };
    if last {
        state.expect_no_frame()?;
        return Ok(false);
    }
    if !state.has_frame() {
        return Err("a call that returns needs a frame");
    }
    walk.counted = true;
    state.after_call();
    Ok(true)
}

fn native_call(walk: &Walk<'_>, op: Op, state: &mut State) -> Result<bool, Problem> {
    let (arity, name) = match op {
        Op::CallPure { native, arity } => (arity, walk.image.pure[usize::from(native)].1),
        Op::CallEffect { native, arity, .. } => (arity, walk.image.effects[usize::from(native)].1),
        _ => return Err("the machine does not run this instruction"),
    };
    if arity != name.parts().2 {
        return Err("a native is called with another number of arguments");
    }
    state.read_first(arity.into())?;
    state.after_call();
    state.fresh = is_setelement(name);
    Ok(!never_returns(name))
}

fn arity_of(export: u32) -> usize {
    FunctionName::from_index(export).parts().2.into()
}

fn is_setelement(name: FunctionName) -> bool {
    let (module, function, arity) = name.parts();
    module == atom::ERLANG && function.as_str() == "setelement" && arity == 3
}

/// Natives after whose call compilers write no more code.
fn never_returns(name: FunctionName) -> bool {
    let (module, function, arity) = name.parts();
    module == atom::ERLANG
        && matches!(
            (function.as_str(), arity),
            ("error", 1..=3) | ("exit" | "throw", 1) | ("nif_error", 1 | 2)
        )
}

/// Instructions that go on at a label unless a test holds: false for others.
fn test(walk: &mut Walk<'_>, op: Op, state: &mut State) -> Result<bool, Problem> {
    let fail = match op {
        Op::IsNil { src, fail }
        | Op::IsCons { src, fail }
        | Op::IsList { src, fail }
        | Op::IsAtom { src, fail }
        | Op::IsInteger { src, fail }
        | Op::IsTuple { src, fail }
        | Op::Is { src, fail, .. }
        | Op::IsArity { src, fail, .. } => {
            read(state, &[src])?;
            fail
        }
        Op::IsTagged { src: a, tag: b, fail, .. }
        | Op::IsFunctionOf { src: a, arity: b, fail }
        | Op::IsEqualExact { a, b, fail }
        | Op::IsNotEqualExact { a, b, fail }
        | Op::IsWord { a, b, fail }
        | Op::IsEqual { a, b, fail }
        | Op::IsNotEqual { a, b, fail }
        | Op::IsLess { a, b, fail }
        | Op::IsNotLess { a, b, fail } => {
            read(state, &[a, b])?;
            fail
        }
        Op::HasFields { src, list, len, fail } => {
            read(state, &[src])?;
            read_list(walk, state, List { start: list, len: len.into() })?;
            fail
        }
        _ => return Ok(false),
    };
    walk.branch(fail, state)?;
    Ok(true)
}

fn data(walk: &mut Walk<'_>, op: Op, state: &mut State) -> Result<bool, Problem> {
    match op {
        Op::Jump { to } => {
            walk.branch(to, state)?;
            return Ok(false);
        }
        Op::Select { src, table, fail } | Op::SelectArity { src, table, fail } => {
            read(state, &[src])?;
            walk.branch(fail, state)?;
            let image = walk.image;
            let labels = image.selects[table as usize].labels();
            labels.iter().try_for_each(|to| walk.branch(*to, state))?;
            return Ok(false);
        }
        Op::GetList { src, head, tail } => {
            copy(state, &[src], head)?;
            state.write(tail)?;
        }
        Op::IsConsGet { src, head, tail, fail } => {
            read(state, &[src])?;
            walk.branch(fail, state)?;
            state.write(head)?;
            state.write(tail)?;
        }
        Op::GetHead { src, dst } | Op::GetTail { src, dst } | Op::GetElement { src, dst, .. } => {
            copy(state, &[src], dst)?;
        }
        Op::PutList { head, tail, dst } => copy(state, &[head, tail], dst)?,
        Op::PutTuple { dst, list } | Op::MakeFun { dst, list, .. } => {
            read_list(walk, state, list)?;
            if let Op::MakeFun { fun, .. } = op
                && u32::from(walk.image.funs[fun as usize].free) != list.len
            {
                return Err("a fun closes over another number of variables");
            }
            state.write(dst)?;
        }
        Op::SetElement { value, tuple, .. } => {
            read(state, &[value, tuple])?;
            if !state.fresh || tuple != Src(0) || value == Src(0) {
                return Err("a tuple is changed that others may have");
            }
        }
        Op::UpdateRecord { src, dst, list }
        | Op::PutMap { src, dst, list }
        | Op::UpdateMap { src, dst, list } => {
            read_list(walk, state, list)?;
            copy(state, &[src], dst)?;
        }
        Op::GetFields { src, list, len, fail } => get_fields(walk, state, src, (list, len, fail))?,
        _ => arithmetic(walk, op, state)?,
    }
    Ok(true)
}

/// Keys are read and the values of the map are written, one after the other.
fn get_fields(
    walk: &mut Walk<'_>,
    state: &mut State,
    src: Src,
    (list, len, fail): (u32, u16, u32),
) -> Result<(), Problem> {
    read(state, &[src])?;
    walk.branch(fail, state)?;
    let items = &walk.image.lists[list as usize..list as usize + usize::from(len)];
    items.chunks_exact(2).try_for_each(|pair| {
        state.read_item(pair[0])?;
        state.write_item(pair[1])
    })
}

/// Functions that stand where an instruction stands, and operations on floats.
fn arithmetic(walk: &mut Walk<'_>, op: Op, state: &mut State) -> Result<(), Problem> {
    let (sources, dst, fail): (&[Src], Dst, u32) = match op {
        Op::Add { a, b, dst, fail }
        | Op::Subtract { a, b, dst, fail }
        | Op::Bif2 { a, b, dst, fail, .. }
        | Op::Element { index: a, tuple: b, dst, fail } => (&[a, b], dst, fail),
        Op::Bif0 { dst, .. } | Op::BifEffect { arity: 0, dst, .. } => (&[], dst, 0),
        Op::Bif1 { a, dst, fail, .. } | Op::BifEffect { arity: 1, a, dst, fail, .. } => {
            (&[a], dst, fail)
        }
        Op::Bif3 { a, b, c, dst, fail, .. } => (&[a, b, c], dst, fail),
        Op::FloatMoveIn { src, .. } | Op::FloatConvert { src, .. } => return read(state, &[src]),
        Op::FloatMoveOut { dst, .. } => return state.write(dst),
        Op::Float { .. } | Op::FloatNegate { .. } => return Ok(()),
        _ => return Err("the machine does not run this instruction"),
    };
    read(state, sources)?;
    walk.branch(fail, state)?;
    state.write(dst)
}

fn exception(walk: &mut Walk<'_>, op: Op, state: &mut State) -> Result<bool, Problem> {
    match op {
        Op::Catch { dst, to } => {
            if to == 0 {
                return Err("a handler is nowhere");
            }
            walk.note(to);
            state.set_slot(dst, Slot::Catch(to))?;
        }
        Op::TryEnd { src } => state.end_handler(src)?,
        Op::CatchEnd { src } => {
            state.read_first(1)?;
            state.end_handler(src)?;
            state.handling = Handling::No;
            state.only_registers(1);
        }
        Op::TryCase { src } => {
            state.end_handler(src)?;
            state.handling = Handling::No;
            state.only_registers(3);
        }
        Op::Raise { trace: a, value: b } | Op::ErrorAbout { name: a, value: b } => {
            read(state, &[a, b])?;
            return Ok(false);
        }
        Op::RawRaise => state.read_first(3)?,
        Op::BuildStacktrace => state.read_first(1)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn message(walk: &mut Walk<'_>, op: Op, state: &mut State) -> Result<bool, Problem> {
    match op {
        Op::Send => {
            state.read_first(2)?;
            state.after_call();
        }
        Op::NextMessage { dst, fail } => {
            walk.branch(fail, state)?;
            state.write(dst)?;
        }
        Op::SkipMessage { to } | Op::Wait { to } => {
            state.only_registers(0);
            walk.branch_later(to, state)?;
            return Ok(false);
        }
        Op::WaitTimeout { time, to } => {
            // The time is not looked at again when the process goes on waiting.
            if time.0 & FRAME != 0 {
                read(state, &[time])?;
            }
            state.only_registers(0);
            walk.branch_later(to, state)?;
        }
        _ => {}
    }
    Ok(true)
}

fn bits(
    walk: &mut Walk<'_>,
    op: BitOp,
    list: u32,
    fail: u32,
    state: &mut State,
) -> Result<(), Problem> {
    let image = walk.image;
    let items = &image.lists[list as usize..];
    // The items that are read, those that are written.
    let (reads, writes): (&[usize], &[usize]) = match op {
        BitOp::StartMatch
        | BitOp::GetTail
        | BitOp::GetPosition
        | BitOp::Begin
        | BitOp::Utf8Size
        | BitOp::Utf16Size => (&[0], &[1]),
        BitOp::GetInteger | BitOp::GetFloat | BitOp::GetBinary => (&[0, 1], &[4]),
        BitOp::Skip | BitOp::SetPosition => (&[0, 1], &[]),
        BitOp::TestTail | BitOp::TestUnit | BitOp::MatchString | BitOp::Match => (&[0], &[]),
        BitOp::GetUtf8 | BitOp::GetUtf16 | BitOp::GetUtf32 if items[2] == NOWHERE => (&[0], &[]),
        BitOp::GetUtf8 | BitOp::GetUtf16 | BitOp::GetUtf32 => (&[0], &[2]),
        BitOp::Add => (&[0, 1], &[3]),
        BitOp::Append => (&[0, 2], &[3]),
        BitOp::PutInteger | BitOp::PutFloat | BitOp::PutBinary => (&[0, 3], &[]),
        BitOp::PutUtf8 | BitOp::PutUtf16 | BitOp::PutUtf32 => (&[1], &[]),
        BitOp::PutString | BitOp::Writable => (&[], &[]),
        BitOp::Create => (&[], &[0]),
    };
    reads.iter().try_for_each(|index| state.read_item(items[*index]))?;
    if op == BitOp::Create {
        read_segments(items, state)?;
    }
    walk.branch(fail, state)?;
    let puts = matches!(
        op,
        BitOp::PutInteger
            | BitOp::PutFloat
            | BitOp::PutBinary
            | BitOp::PutUtf8
            | BitOp::PutUtf16
            | BitOp::PutUtf32
            | BitOp::PutString
    );
    if puts && !state.making {
        return Err("no bit string is being made");
    }
    writes.iter().try_for_each(|index| state.write_item(items[*index]))?;
    match op {
        BitOp::Begin | BitOp::Append => state.making = true,
        BitOp::Writable => state.write(Dst(0))?,
        BitOp::Match => commands(&items[1..], state)?,
        _ => {}
    }
    Ok(())
}

fn read_segments(items: &[u32], state: &State) -> Result<(), Problem> {
    let segments = items[2..].chunks_exact(6).take(items[1] as usize);
    segments.filter(|parts| parts[0] != segment::STRING).try_for_each(|parts| {
        state.read_item(parts[3])?;
        state.read_item(parts[4])
    })
}

/// The parts of an instruction `Match`.
fn commands(items: &[u32], state: &mut State) -> Result<(), Problem> {
    let mut at = 1;
    for _ in 0..items[0] {
        at += match items[at] {
            command::ENSURE_AT_LEAST => 3,
            command::ENSURE_EXACTLY | command::SKIP => 2,
            command::BINARY | command::INTEGER => {
                state.write_item(items[at + 3])?;
                4
            }
            command::EQUAL => {
                state.read_item(items[at + 2])?;
                3
            }
            _ => {
                state.write_item(items[at + 1])?;
                2
            }
        };
    }
    Ok(())
}
