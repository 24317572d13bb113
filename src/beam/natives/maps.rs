//! Maps: `maps`, and the iterator below it.

use crate::beam::AtomIndex;
use crate::beam::atom;
use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

pub(super) const MAPS: &[(&str, u8, Pure)] = &[
    ("find", 2, find),
    ("from_keys", 2, from_keys),
    ("from_list", 1, from_list),
    ("get", 2, get),
    ("is_key", 2, is_key),
    ("keys", 1, keys),
    ("merge", 2, merge),
    ("put", 3, put),
    ("remove", 2, remove),
    ("take", 2, take),
    ("update", 3, update),
    ("values", 1, values),
];

pub(super) const ERTS_INTERNAL: &[(&str, u8, Pure)] = &[("map_next", 3, map_next)];

fn bad_map(heap: &mut Heap, value: Value) -> Raise {
    Raise::error_about(heap, atom::BADMAP, value)
}

fn bad_key(heap: &mut Heap, key: Value) -> Raise {
    Raise::error_about(heap, atom::BADKEY, key)
}

/// The pairs of a map; an exception for anything else.
fn pairs(heap: &mut Heap, map: Value) -> Result<Vec<(Value, Value)>, Raise> {
    heap.map_pairs(map).ok_or_else(|| bad_map(heap, map))
}

/// The pairs of a map in the order in which code sees them.
fn iterated(heap: &mut Heap, map: Value) -> Result<Vec<(Value, Value)>, Raise> {
    heap.iterated(map).ok_or_else(|| bad_map(heap, map))
}

/// Refuses what is no map.
fn check(heap: &mut Heap, map: Value) -> Result<(), Raise> {
    if heap.is_map(map) { Ok(()) } else { Err(bad_map(heap, map)) }
}

fn find(heap: &mut Heap, args: &[Value]) -> NativeResult {
    check(heap, args[1])?;
    Ok(match heap.map_get(args[1], args[0]) {
        Some(value) => heap.tuple(&[atom::OK.into(), value]),
        None => atom::ERROR.into(),
    })
}

fn from_keys(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let keys = heap.as_list(args[0]).ok_or(Raise::BADARG)?;
    let pairs: Vec<_> = keys.into_iter().map(|key| (key, args[1])).collect();
    Ok(heap.map(&pairs))
}

fn from_list(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let list = heap.as_list(args[0]).ok_or(Raise::BADARG)?;
    let pair = |tuple: Value| match heap.as_tuple(tuple) {
        Some([key, value]) => Ok((*key, *value)),
        Some(_) | None => Err(Raise::BADARG),
    };
    let pairs: Result<Vec<_>, _> = list.into_iter().map(pair).collect();
    Ok(heap.map(&pairs?))
}

fn get(heap: &mut Heap, args: &[Value]) -> NativeResult {
    check(heap, args[1])?;
    heap.map_get(args[1], args[0]).ok_or_else(|| bad_key(heap, args[0]))
}

fn is_key(heap: &mut Heap, args: &[Value]) -> NativeResult {
    check(heap, args[1])?;
    Ok(heap.map_get(args[1], args[0]).is_some().into())
}

fn keys(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let keys: Vec<Value> = iterated(heap, args[0])?.into_iter().map(|pair| pair.0).collect();
    Ok(heap.list(&keys))
}

fn values(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let values: Vec<Value> = iterated(heap, args[0])?.into_iter().map(|pair| pair.1).collect();
    Ok(heap.list(&values))
}

fn merge(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let mut all = pairs(heap, args[0])?;
    let more = pairs(heap, args[1])?;
    // A map that stays as it is stays the same one.
    if all.is_empty() || args[0] == args[1] {
        return Ok(args[1]);
    }
    if more.is_empty() {
        return Ok(args[0]);
    }
    all.extend(more);
    Ok(heap.map(&all))
}

fn put(heap: &mut Heap, args: &[Value]) -> NativeResult {
    heap.map_put(args[2], args[0], args[1]).ok_or_else(|| bad_map(heap, args[2]))
}

fn remove(heap: &mut Heap, args: &[Value]) -> NativeResult {
    heap.map_remove(args[1], args[0]).ok_or_else(|| bad_map(heap, args[1]))
}

fn take(heap: &mut Heap, args: &[Value]) -> NativeResult {
    check(heap, args[1])?;
    let Some(value) = heap.map_get(args[1], args[0]) else { return Ok(atom::ERROR.into()) };
    let rest = remove(heap, args)?;
    Ok(heap.tuple(&[value, rest]))
}

fn update(heap: &mut Heap, args: &[Value]) -> NativeResult {
    check(heap, args[2])?;
    if heap.map_get(args[2], args[0]).is_none() {
        return Err(bad_key(heap, args[0]));
    }
    put(heap, args)
}

/// All pairs at once, for `maps:iterator` and `maps:to_list`. The path is 0, or a list of
/// keys that says in which order they come.
fn map_next(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let [path, map, form] = [args[0], args[1], args[2]];
    if !heap.is_map(map) {
        return Err(Raise::BADARG);
    }
    let mut chosen = iterated(heap, map)?;
    if path.is_cons() || path.is_nil() {
        let keys = heap.as_list(path).ok_or(Raise::BADARG)?;
        let pair = |key: Value| heap.map_get(map, key).map(|value| (key, value));
        chosen = keys.into_iter().map(pair).collect::<Option<_>>().ok_or(Raise::BADARG)?;
    } else if path != Value::small(0) {
        return Err(Raise::BADARG);
    }
    let is_iterator = form.as_atom() == Some(AtomIndex::new("iterator"));
    if !is_iterator && !form.is_nil() && !form.is_cons() {
        return Err(Raise::BADARG);
    }
    let end = if is_iterator { AtomIndex::new("none").into() } else { form };
    Ok(chosen.into_iter().rev().fold(end, |rest, (key, value)| {
        if is_iterator {
            return heap.tuple(&[key, value, rest]);
        }
        let pair = heap.tuple(&[key, value]);
        heap.cons(pair, rest)
    }))
}
