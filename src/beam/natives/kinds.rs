//! The forms of terms, and the files of modules, as the runtime system tells of them.

#![expect(clippy::unnecessary_wraps, reason = "natives have one signature")]

use crate::beam::AtomIndex;
use crate::beam::file::{Module, chunk_of};
use crate::beam::heap::{Heap, ValueKind};
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

pub(super) const ERTS_INTERNAL: &[(&str, u8, Pure)] = &[
    ("term_type", 1, |heap, args| Ok(AtomIndex::new(term_type(heap, args[0])).into())),
    ("map_to_tuple_keys", 1, map_to_tuple_keys),
    ("perf_counter_unit", 0, |_, _| Ok(Value::small(1_000_000_000))),
    ("beamfile_module_md5", 1, module_md5),
    ("beamfile_chunk", 2, chunk),
    ("get_dflags", 0, dflags),
];

pub(super) const ERLANG: &[(&str, u8, Pure)] = &[
    ("port_get_data", 1, |_, _| Err(Raise::BADARG)),
    ("port_set_data", 2, |_, _| Err(Raise::BADARG)),
    ("dist_ctrl_get_data", 1, |_, _| Err(Raise::BADARG)),
    ("dist_ctrl_get_data_notification", 1, |_, _| Err(Raise::BADARG)),
    ("dist_ctrl_get_opt", 2, |_, _| Err(Raise::BADARG)),
    ("dist_ctrl_input_handler", 2, |_, _| Err(Raise::BADARG)),
    ("dist_ctrl_put_data", 2, |_, _| Err(Raise::BADARG)),
    ("dist_ctrl_set_opt", 3, |_, _| Err(Raise::BADARG)),
];

pub(super) const BINARY: &[(&str, u8, Pure)] = &[("referenced_byte_size", 1, |heap, args| {
    let size = heap.referenced_bytes(args[0]).ok_or(Raise::BADARG)?;
    Ok(Value::size(size))
})];

/// Drivers in C, of which there are none.
pub(super) const ERL_DDLL: &[(&str, u8, Pure)] = &[
    ("loaded_drivers", 0, |heap, _| {
        let ok = crate::beam::atom::OK.into();
        Ok(heap.tuple(&[ok, Value::NIL]))
    }),
    ("try_load", 3, no_driver),
    ("try_unload", 2, no_driver),
    ("info", 2, |_, _| Err(Raise::BADARG)),
    ("monitor", 2, |_, _| Err(Raise::BADARG)),
    ("demonitor", 1, |_, _| Err(Raise::BADARG)),
    ("format_error_int", 1, |heap, _| Ok(heap.string("a simulated node loads no drivers in C"))),
];

/// `{error, not_loaded}`
fn no_driver(heap: &mut Heap, _: &[Value]) -> NativeResult {
    let reason = AtomIndex::new("not_loaded").into();
    Ok(heap.tuple(&[crate::beam::atom::ERROR.into(), reason]))
}

/// The most pairs of a map that is one object.
const FLAT_MAX: usize = 32;
/// The most bytes of a binary that lies on the heap.
const HEAP_BINARY_MAX: usize = 64;

fn term_type(heap: &Heap, value: Value) -> &'static str {
    match heap.kind(value) {
        ValueKind::Integer if value.is_small() => "fixnum",
        ValueKind::Integer => "bignum",
        ValueKind::Float => "hfloat",
        ValueKind::Atom => "atom",
        ValueKind::Reference => "reference",
        ValueKind::Fun if heap.as_fun(value).is_some() => "fun",
        ValueKind::Fun => "export",
        ValueKind::Port => "port",
        ValueKind::Pid => "pid",
        ValueKind::Tuple => "tuple",
        ValueKind::Map if heap.map_size(value).is_some_and(|size| size > FLAT_MAX) => "hashmap",
        ValueKind::Map => "flatmap",
        ValueKind::Nil => "nil",
        ValueKind::List => "list",
        ValueKind::Bits => match heap.as_bits(value).map_or(0, |bits| bits.len()) {
            len if !len.is_multiple_of(8) => "sub_binary",
            len if len / 8 > HEAP_BINARY_MAX => "refc_binary",
            _ => "heap_binary",
        },
    }
}

fn map_to_tuple_keys(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let pairs = heap.map_pairs(args[0]).ok_or(Raise::BADARG)?;
    let keys: Vec<Value> = pairs.into_iter().map(|(key, _)| key).collect();
    Ok(heap.tuple(&keys))
}

fn module_md5(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let bytes = heap.as_bytes(args[0]).ok_or(Raise::BADARG)?.into_owned();
    Ok(match Module::parse(&bytes) {
        Ok(module) => heap.binary(&module.md5),
        Err(_) => crate::beam::atom::UNDEFINED.into(),
    })
}

/// The bytes of a chunk of a file, whose name is a list of four characters.
fn chunk(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let bytes = heap.as_bytes(args[0]).ok_or(Raise::BADARG)?.into_owned();
    let name = heap.as_list(args[1]).ok_or(Raise::BADARG)?;
    let name: Option<Vec<u8>> =
        name.into_iter().map(|byte| u8::try_from(byte.as_small()?).ok()).collect();
    let name: [u8; 4] = name.and_then(|name| name.try_into().ok()).ok_or(Raise::BADARG)?;
    Ok(match chunk_of(&bytes, name) {
        Some(data) => heap.binary(data),
        None => crate::beam::atom::UNDEFINED.into(),
    })
}

/// `{erts_dflags, Default, Mandatory, Addable, Rejectable, StrictOrder}` of OTP 25.
fn dflags(heap: &mut Heap, _: &[Value]) -> NativeResult {
    let flags = [55_966_662_588, 17_239_956, 55_966_662_588, 8_396_866, 8192];
    let mut parts = vec![AtomIndex::new("erts_dflags").into()];
    parts.extend(flags.map(Value::small));
    Ok(heap.tuple(&parts))
}
