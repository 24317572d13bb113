//! Rows by their keys: inserted, looked up, deleted; and from one key to the next.

use super::rows::Rows;
use super::table::{Kind, Table};
use super::{Access, Call, TableNative, end_of_table, refused};
use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Raise};
use crate::beam::value::Value;

natives! {
    "delete", 2 => delete;
    "delete_object", 2 => delete_object;
    "first", 1 => first;
    "first_lookup", 1 => |call, args| with_rows(call, args, first);
    "insert", 2 => insert;
    "insert_new", 2 => insert_new;
    "internal_delete_all", 2 => delete_all;
    "last", 1 => last;
    "last_lookup", 1 => |call, args| with_rows(call, args, last);
    "lookup", 2 => lookup;
    "lookup_element", 3 => lookup_element;
    "lookup_element", 4 => lookup_element_or;
    "member", 2 => member;
    "next", 2 => next;
    "next_lookup", 2 => |call, args| with_rows(call, args, next);
    "prev", 2 => previous;
    "prev_lookup", 2 => |call, args| with_rows(call, args, previous);
    "slot", 2 => slot;
    "take", 2 => take;
}

/// The rows that are to be inserted, one or a list of them, on the heap of the tables.
fn rows_to_insert(call: &mut Call<'_>, table: Value, rows: Value) -> Result<Vec<Value>, Raise> {
    call.tables.tidy();
    let key_place = call.table(table, Access::Write)?.key_place;
    let list = match call.heap.as_tuple(rows) {
        Some(_) => vec![rows],
        None => call.heap.as_list(rows).ok_or(Raise::BADARG)?,
    };
    let is_row = |row: &Value| call.heap.as_tuple(*row).is_some_and(|row| row.len() > key_place);
    if !list.iter().all(is_row) {
        return Err(Raise::BADARG);
    }
    Ok(list.into_iter().map(|row| call.stored(row)).collect())
}

fn insert(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    let rows = rows_to_insert(call, args[0], args[1])?;
    let (table, store) = call.opened(args[0], Access::Write)?;
    for row in rows {
        table.insert(store, row);
    }
    Ok(true.into())
}

fn insert_new(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    let rows = rows_to_insert(call, args[0], args[1])?;
    let (table, store) = call.opened(args[0], Access::Write)?;
    let is_there = |row: &Value| !table.lookup(store, table.key_of(store, *row)).is_empty();
    if rows.iter().any(is_there) {
        return Ok(false.into());
    }
    for row in rows {
        table.insert(store, row);
    }
    Ok(true.into())
}

/// The rows of a key.
fn rows_of(call: &mut Call<'_>, table: Value, key: Value) -> Result<Vec<Value>, Raise> {
    call.table(table, Access::Read)?;
    let key = call.stored(key);
    let (table, store) = call.opened(table, Access::Read)?;
    Ok(table.lookup(store, key))
}

fn lookup(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    call.tables.tidy();
    let rows = rows_of(call, args[0], args[1])?;
    Ok(call.fetched_list(&rows))
}

pub(super) fn member(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    call.tables.tidy();
    Ok((!rows_of(call, args[0], args[1])?.is_empty()).into())
}

fn lookup_element(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    call.tables.tidy();
    let rows = rows_of(call, args[0], args[1])?;
    let place = call.heap.as_size(args[2]).and_then(|place| place.checked_sub(1));
    let place = place.ok_or(Raise::BADARG)?;
    let store = &call.tables.store;
    let element = |row: &Value| store.as_tuple(*row).and_then(|row| row.get(place).copied());
    if rows.is_empty() {
        return Err(refused("badkey"));
    }
    let elements: Option<Vec<Value>> = rows.iter().map(element).collect();
    let elements = elements.ok_or(Raise::BADARG)?;
    if call.table(args[0], Access::Read)?.kind.is_unique() {
        return Ok(call.fetched(elements[0]));
    }
    Ok(call.fetched_list(&elements))
}

/// As `lookup_element`, with a value for a key that is not there.
fn lookup_element_or(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    call.tables.tidy();
    if rows_of(call, args[0], args[1])?.is_empty() {
        return Ok(args[3]);
    }
    lookup_element(call, args)
}

/// The key that another function finds, and its rows: `{Key, Rows}`.
fn with_rows(call: &mut Call<'_>, args: &[Value], find: TableNative) -> NativeResult {
    let key = find(call, args)?;
    if key == end_of_table() {
        return Ok(key);
    }
    let rows = lookup(call, &[args[0], key])?;
    Ok(call.heap.tuple(&[key, rows]))
}

fn take(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    call.tables.tidy();
    call.table(args[0], Access::Write)?;
    let rows = rows_of(call, args[0], args[1])?;
    let list = call.fetched_list(&rows);
    remove(call, args[0], args[1], |_, _| true)?;
    Ok(list)
}

/// Takes out the rows of a key that are meant.
fn remove(
    call: &mut Call<'_>,
    table: Value,
    key: Value,
    is_meant: impl Fn(&Heap, Value) -> bool,
) -> Result<(), Raise> {
    let key = call.stored(key);
    let (table, store) = call.opened(table, Access::Write)?;
    table.remove(store, key, |row| is_meant(store, row));
    Ok(())
}

fn delete(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    call.tables.tidy();
    call.table(args[0], Access::Write)?;
    remove(call, args[0], args[1], |_, _| true)?;
    Ok(true.into())
}

fn delete_object(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    call.tables.tidy();
    let key_place = call.table(args[0], Access::Write)?.key_place;
    let key = call.heap.as_tuple(args[1]).ok_or(Raise::BADARG)?.get(key_place).copied();
    let key = key.ok_or(Raise::BADARG)?;
    let object = call.stored(args[1]);
    remove(call, args[0], key, |store, row| store.equals(row, object))?;
    Ok(true.into())
}

fn delete_all(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    let table = call.table(args[0], Access::Write)?;
    let count = table.rows.len();
    table.clear();
    Ok(call.heap.unsigned(count as u64))
}

/// A key of the rows, or that there is none.
fn key_or_end(call: &mut Call<'_>, key: Option<Value>) -> Value {
    key.map_or_else(end_of_table, |key| call.fetched(key))
}

fn first(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    let (table, store) = call.opened(args[0], Access::Read)?;
    let key = table.key_at(store, Some(Rows::start()));
    Ok(key_or_end(call, key))
}

fn last(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    let (table, store) = call.opened(args[0], Access::Read)?;
    let place = match table.kind {
        Kind::OrderedSet => table.rows.before(table.rows.end()),
        // As in Erlang, where the last of a table without an order is the first.
        _ => Some(Rows::start()),
    };
    let key = table.key_at(store, place);
    Ok(key_or_end(call, key))
}

/// Refuses a key that is not there, unless keys may be gone since the table was fixed, or have an
/// order.
fn check_key(table: &Table, store: &Heap, key: Value) -> Result<(), Raise> {
    let is_ordered = table.kind == Kind::OrderedSet;
    if key == end_of_table() && (is_ordered || table.lookup(store, key).is_empty()) {
        return Err(Raise::BADARG);
    }
    let is_there = || !table.lookup(store, key).is_empty();
    if is_ordered || !table.fixed.is_empty() || is_there() { Ok(()) } else { Err(Raise::BADARG) }
}

fn next(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    call.tables.tidy();
    call.table(args[0], Access::Read)?;
    let key = call.stored(args[1]);
    let (table, store) = call.opened(args[0], Access::Read)?;
    check_key(table, store, key)?;
    let place = table.last_place(store, table.key(store, key));
    let key = table.key_at(store, Some(place));
    Ok(key_or_end(call, key))
}

fn previous(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    call.tables.tidy();
    if call.table(args[0], Access::Read)?.kind != Kind::OrderedSet {
        // A table without an order goes the same way in both directions.
        return next(call, args);
    }
    let key = call.stored(args[1]);
    let (table, store) = call.opened(args[0], Access::Read)?;
    check_key(table, store, key)?;
    let place = table.rows.before(table.first_place(store, table.key(store, key)));
    let key = table.key_at(store, place);
    Ok(key_or_end(call, key))
}

/// The rows of a slot. In a table without an order, slots are buckets as in Erlang: each key is in one of
/// its own, the other ones are empty.
fn slot(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    call.table(args[0], Access::Read)?;
    let number = call.heap.as_size(args[1]).ok_or(Raise::BADARG)?;
    let (table, store) = call.opened(args[0], Access::Read)?;
    let slots = match table.kind {
        Kind::OrderedSet => table.rows.len(),
        Kind::Set | Kind::Bag | Kind::DuplicateBag => table.buckets(),
    };
    let place = table.rows.place(number);
    let Some(key) = table.key_at(store, place) else {
        return match number {
            _ if number < slots => Ok(Value::NIL),
            _ if number == slots => Ok(end_of_table()),
            _ => Err(Raise::BADARG),
        };
    };
    let is_first = place == Some(table.first_place(store, table.key(store, key)));
    let rows = if is_first { table.lookup(store, key) } else { Vec::new() };
    Ok(call.fetched_list(&rows))
}
