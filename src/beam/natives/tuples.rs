//! Tuples that are made of others and of lists.

use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Pure, Raise};
use crate::beam::value::Value;

/// The most elements of a tuple.
const ELEMENTS_MAX: usize = (1 << 24) - 1;

pub(super) const ERLANG: &[(&str, u8, Pure)] = &[
    ("append_element", 2, append_element),
    ("delete_element", 2, delete_element),
    ("insert_element", 3, insert_element),
    ("list_to_tuple", 1, list_to_tuple),
    ("make_tuple", 2, make_tuple),
    ("make_tuple", 3, make_tuple_of),
    ("setelement", 3, set_element),
    ("tuple_to_list", 1, tuple_to_list),
];

/// The elements of a tuple; an exception for anything else.
fn elements(heap: &Heap, tuple: Value) -> Result<Vec<Value>, Raise> {
    heap.as_tuple(tuple).map(<[Value]>::to_vec).ok_or(Raise::BADARG)
}

/// A place among this many elements, counted from 0.
fn place(value: Value, count: usize) -> Result<usize, Raise> {
    let place = value.as_small().and_then(|place| usize::try_from(place).ok());
    match place {
        Some(place) if place >= 1 && place <= count => Ok(place - 1),
        Some(_) | None => Err(Raise::BADARG),
    }
}

fn made(heap: &mut Heap, elements: &[Value]) -> NativeResult {
    if elements.len() > ELEMENTS_MAX { Err(Raise::BADARG) } else { Ok(heap.tuple(elements)) }
}

fn append_element(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let mut elements = elements(heap, args[0])?;
    elements.push(args[1]);
    made(heap, &elements)
}

fn delete_element(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let mut elements = elements(heap, args[1])?;
    elements.remove(place(args[0], elements.len())?);
    made(heap, &elements)
}

fn insert_element(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let mut elements = elements(heap, args[1])?;
    elements.insert(place(args[0], elements.len() + 1)?, args[2]);
    made(heap, &elements)
}

fn list_to_tuple(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let elements = heap.as_list(args[0]).ok_or(Raise::BADARG)?;
    made(heap, &elements)
}

fn filled(count: Value, value: Value) -> Result<Vec<Value>, Raise> {
    let count = count.as_small().and_then(|count| usize::try_from(count).ok());
    let count = count.filter(|count| *count <= ELEMENTS_MAX).ok_or(Raise::BADARG)?;
    Ok(vec![value; count])
}

fn make_tuple(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let elements = filled(args[0], args[1])?;
    made(heap, &elements)
}

/// A tuple of one value, with others at the places that a list names.
fn make_tuple_of(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let mut elements = filled(args[0], args[1])?;
    for pair in heap.as_list(args[2]).ok_or(Raise::BADARG)? {
        let Some([at, value]) = heap.as_tuple(pair) else { return Err(Raise::BADARG) };
        let at = place(*at, elements.len())?;
        elements[at] = *value;
    }
    made(heap, &elements)
}

fn set_element(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let mut elements = elements(heap, args[1])?;
    let at = place(args[0], elements.len())?;
    elements[at] = args[2];
    made(heap, &elements)
}

fn tuple_to_list(heap: &mut Heap, args: &[Value]) -> NativeResult {
    let elements = elements(heap, args[0])?;
    Ok(heap.list(&elements))
}
