//! Functions that return the same on every node, and those of terms that stand alone.

use std::cmp::Ordering;

use crate::beam::AtomIndex;
use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

pub(super) const ERLANG: &[(&str, u8, Pure)] = &[
    // Tags of a tracer that no node has.
    ("dt_restore_tag", 1, |_, _| Ok(true.into())),
    ("dt_spread_tag", 1, |_, _| Ok(true.into())),
    ("is_builtin", 3, is_builtin),
];

/// Is a function one that Erlang has in C, or as an instruction?
fn is_builtin(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let names = args[0].as_atom().zip(args[1].as_atom());
    let (module, function) = names.ok_or(Raise::BADARG)?;
    let arity = heap.as_integer(args[2]).ok_or(Raise::BADARG)?;
    let (module, function) = (module.as_str(), function.as_str());
    let known = |arity| {
        matches!((module, function, arity), ("erlang", "apply", 2 | 3) | ("erlang", "yield", 0))
            || super::is_native(module, function, arity)
    };
    Ok(u8::try_from(arity).is_ok_and(known).into())
}

pub(super) const ERTS_INTERNAL: &[(&str, u8, Pure)] = &[("cmp_term", 2, |heap, args| {
    Ok(Value::small(match heap.compare_exact(args[0], args[1]) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }))
})];

pub(super) const ERTS_DEBUG: &[(&str, u8, Pure)] = &[
    ("flat_size", 1, |heap, args| {
        let size = heap.size_of(args[0]) as u64;
        Ok(heap.unsigned(size))
    }),
    ("size_shared", 1, |heap, args| Ok(Value::size(heap.reached_words([args[0]])))),
    // All processes share one heap.
    ("copy_shared", 2, |_, args| Ok(args[0])),
    ("same", 2, |_, args| Ok((args[0] == args[1]).into())),
];

pub(super) const IO: &[(&str, u8, Pure)] =
    &[("printable_range", 0, |_, _| Ok(AtomIndex::new("latin1").into()))];

pub(super) const FILE: &[(&str, u8, Pure)] =
    &[("native_name_encoding", 0, |_, _| Ok(AtomIndex::new("utf8").into()))];

pub(super) const ERROR_LOGGER: &[(&str, u8, Pure)] =
    &[("warning_map", 0, |_, _| Ok(AtomIndex::new("warning").into()))];

pub(super) const NET_KERNEL: &[(&str, u8, Pure)] =
    &[("dflag_unicode_io", 1, |heap, args| match heap.as_pid(args[0]) {
        Some(_) => Ok(true.into()),
        None => Err(Raise::BADARG),
    })];
