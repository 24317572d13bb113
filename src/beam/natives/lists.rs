//! Lists: `lists` and the operators `++` and `--`.

use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

pub(super) const LISTS: &[(&str, u8, Pure)] = &[
    ("member", 2, member),
    ("reverse", 2, reverse),
    ("keyfind", 3, |heap, args| Ok(key_search(heap, args)?.unwrap_or(Value::boolean(false)))),
    ("keymember", 3, |heap, args| Ok(key_search(heap, args)?.is_some().into())),
    ("keysearch", 3, key_search_value),
];

pub(super) const ERLANG: &[(&str, u8, Pure)] =
    &[("++", 2, append), ("append", 2, append), ("--", 2, subtract), ("subtract", 2, subtract)];

fn member(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let mut elements = heap.elements(args[1]);
    if elements.any(|element| heap.equals(element, args[0])) {
        return Ok(true.into());
    }
    if elements.rest().is_nil() { Ok(false.into()) } else { Err(Raise::BADARG) }
}

fn reverse(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let elements = heap.as_list(args[0]).ok_or(Raise::BADARG)?;
    Ok(elements.into_iter().fold(args[1], |tail, head| heap.cons(head, tail)))
}

/// The first tuple of a list that has a key at a place.
fn key_search(heap: &mut Heap, args: &[Value]) -> Result<Option<Value>, Raise> {
    let [key, place, list] = [args[0], args[1], args[2]];
    let place = place.as_small().and_then(|place| usize::try_from(place - 1).ok());
    let place = place.ok_or(Raise::BADARG)?;
    let mut elements = heap.elements(list);
    let found = elements.find(|element| {
        let found = heap.as_tuple(*element).and_then(|tuple| tuple.get(place));
        found.is_some_and(|found| heap.equals_loosely(*found, key))
    });
    if found.is_none() && !elements.rest().is_nil() {
        return Err(Raise::BADARG);
    }
    Ok(found)
}

fn key_search_value(heap: &mut Heap, args: &[Value]) -> NativeResult {
    match key_search(heap, args)? {
        Some(tuple) => {
            let value = crate::beam::AtomIndex::new("value").into();
            Ok(heap.tuple(&[value, tuple]))
        }
        None => Ok(false.into()),
    }
}

fn append(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let elements = heap.as_list(args[0]).ok_or(Raise::BADARG)?;
    Ok(heap.list_with_tail(&elements, args[1]))
}

/// Takes the first element away that equals each of those of the second list.
fn subtract(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let left = heap.as_list(args[0]).ok_or(Raise::BADARG)?;
    let mut right = heap.as_list(args[1]).ok_or(Raise::BADARG)?;
    right.sort_by(|a, b| heap.compare_exact(*a, *b));
    // How often each of those in a row of equal ones was taken away, beside the first of them.
    let mut taken = vec![0; right.len()];
    let kept: Vec<Value> = left
        .into_iter()
        .filter(|element| {
            let first = right.partition_point(|it| heap.compare_exact(*it, *element).is_lt());
            let place = taken.get(first).map_or(first, |taken| first + taken);
            let is_there = right.get(place).is_some_and(|it| heap.equals(*it, *element));
            if is_there {
                taken[first] += 1;
            }
            !is_there
        })
        .collect();
    Ok(heap.list(&kept))
}
