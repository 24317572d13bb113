//! Rows that a match specification replaces; their keys stay the same, which can be seen before any row
//! is looked at.

use super::select::{chosen, compiled};
use super::spec::variable;
use super::table::Kind;
use super::{Access, Call, refused};
use crate::beam::AtomIndex;
use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Raise};
use crate::beam::value::Value;

natives! {
    "select_replace", 2 => select_replace;
}

/// Puts what a specification makes of a row in its place.
fn select_replace(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    let table = call.table(args[0], Access::Write)?;
    let (kind, key_place) = (table.kind, table.key_place);
    if kind == Kind::Bag {
        return Err(refused("table_type"));
    }
    let spec = compiled(call.heap, args[1]).unwrap_or(args[1]);
    let clauses = call.heap.as_list(spec).ok_or(Raise::BADARG)?;
    if !clauses.into_iter().all(|clause| keeps_key(call.heap, clause, key_place)) {
        return Err(Raise::BADARG);
    }
    let chosen = chosen(call, args, Access::Write, |_| true)?;
    let count = chosen.len() as u64;
    let (table, store) = call.opened(args[0], Access::Write)?;
    for (row, made) in chosen {
        table.replace(store, row, made);
    }
    Ok(call.heap.unsigned(count))
}

fn is_named(value: Value, name: &str) -> bool {
    value == AtomIndex::new(name).into()
}

/// Does a clause make rows that have the key of the row that it fits?
fn keeps_key(heap: &Heap, clause: Value, key_place: usize) -> bool {
    let Some(&[pattern, _, body]) = heap.as_tuple(clause) else { return false };
    let key_of = |row: Value| heap.as_tuple(row).and_then(|row| row.get(key_place).copied());
    let Some(&[made]) = heap.as_list(body).as_deref() else { return false };
    if is_named(made, "$_") {
        return true;
    }
    let Some(key) = key_of(pattern) else { return false };
    match heap.as_tuple(made) {
        Some(&[row]) => key_of(row)
            .is_some_and(|made| makes(heap, key, made) || takes_key_of_row(heap, made, key_place)),
        Some(&[mark, row]) if is_named(mark, "const") => {
            key_of(row).is_some_and(|made| equals(heap, key, made))
        }
        Some(_) | None => false,
    }
}

/// `{element, KeyPos, '$_'}`
fn takes_key_of_row(heap: &Heap, made: Value, key_place: usize) -> bool {
    let Some(&[function, place, row]) = heap.as_tuple(made) else { return false };
    is_named(function, "element")
        && heap.as_size(place) == Some(key_place + 1)
        && is_named(row, "$_")
}

/// Does an expression make just what a pattern fits?
fn makes(heap: &Heap, pattern: Value, made: Value) -> bool {
    if let Some((head, tail)) = heap.as_cons(made) {
        return heap
            .as_cons(pattern)
            .is_some_and(|(first, rest)| makes(heap, first, head) && makes(heap, rest, tail));
    }
    match heap.as_tuple(made) {
        Some(&[parts]) => match (heap.as_tuple(pattern), heap.as_tuple(parts)) {
            (Some(patterns), Some(parts)) => {
                patterns.len() == parts.len()
                    && patterns
                        .iter()
                        .zip(parts)
                        .all(|(pattern, part)| makes(heap, *pattern, *part))
            }
            (_, _) => false,
        },
        Some(&[mark, constant]) if is_named(mark, "const") => equals(heap, pattern, constant),
        Some(_) => false,
        None => is_same(heap, pattern, made),
    }
}

/// Is a pattern without variables this very term?
fn equals(heap: &Heap, pattern: Value, term: Value) -> bool {
    if let Some((head, tail)) = heap.as_cons(term) {
        return heap
            .as_cons(pattern)
            .is_some_and(|(first, rest)| equals(heap, first, head) && equals(heap, rest, tail));
    }
    match (heap.as_tuple(term), heap.as_tuple(pattern)) {
        (Some(parts), Some(patterns)) => {
            patterns.len() == parts.len()
                && patterns.iter().zip(parts).all(|(pattern, part)| equals(heap, *pattern, *part))
        }
        (Some(_), None) => false,
        (None, _) => {
            let is_variable = pattern.as_atom().is_some_and(|atom| variable(atom).is_some());
            !is_variable && is_same(heap, pattern, term)
        }
    }
}

/// A part that has no parts. A map would fit others too, and `_`, `$_` and `$$` mean something else on
/// each side.
fn is_same(heap: &Heap, pattern: Value, made: Value) -> bool {
    let differs =
        heap.is_map(pattern) || ["_", "$_", "$$"].iter().any(|name| is_named(pattern, name));
    !differs && heap.equals(pattern, made)
}
