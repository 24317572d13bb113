//! Elements of a row that are changed in their place.

use num_bigint::BigInt;

use super::{Access, Call, refused};
use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Raise};
use crate::beam::value::Value;

natives! {
    "update_counter", 3 => |call, args| update_counter(call, args, None);
    "update_counter", 4 => |call, args| update_counter(call, args, Some(args[3]));
    "update_element", 3 => |call, args| update_element(call, args, None);
    "update_element", 4 => |call, args| update_element(call, args, Some(args[3]));
}

/// A counter, by how much it changes, and from where on it begins again.
struct Step {
    place: usize,
    increment: BigInt,
    wrap: Option<(BigInt, BigInt)>,
}

/// `{Place, Increment}` or `{Place, Increment, Threshold, Start}`.
fn step(heap: &Heap, step: Value) -> Option<Step> {
    let parts = heap.as_tuple(step)?;
    let place = heap.as_size(*parts.first()?)?.checked_sub(1)?;
    let integer = |index: usize| heap.as_big_integer(*parts.get(index)?);
    let wrap = match parts.len() {
        2 => None,
        4 => Some((integer(2)?, integer(3)?)),
        _ => return None,
    };
    Some(Step { place, increment: integer(1)?, wrap })
}

impl Step {
    fn after(&self, value: &BigInt) -> BigInt {
        let next = value + &self.increment;
        let is_upwards = self.increment.sign() != num_bigint::Sign::Minus;
        match &self.wrap {
            Some((threshold, start)) if is_upwards && next > *threshold => start.clone(),
            Some((threshold, start)) if !is_upwards && next < *threshold => start.clone(),
            Some(_) | None => next,
        }
    }
}

/// The steps that are asked for: one, a list of them, or only a number to add.
fn steps(heap: &Heap, key_place: usize, written: Value) -> Option<(Vec<Step>, bool)> {
    if let Some(increment) = heap.as_big_integer(written) {
        return Some((vec![Step { place: key_place + 1, increment, wrap: None }], false));
    }
    if let Some(list) = heap.as_list(written) {
        let steps: Option<Vec<Step>> = list.into_iter().map(|it| step(heap, it)).collect();
        return Some((steps?, true));
    }
    Some((vec![step(heap, written)?], false))
}

/// The row of a key in a table that has one for a key, or the one that begins it.
fn row_of(
    call: &mut Call<'_>,
    [table, key]: [Value; 2],
    default: Option<Value>,
) -> Result<Option<Vec<Value>>, Raise> {
    call.tables.tidy();
    let key_place = {
        let table = call.table(table, Access::Write)?;
        if !table.kind.is_unique() {
            return Err(refused("table_type"));
        }
        table.key_place
    };
    if default.is_some_and(|default| call.heap.as_tuple(default).is_none()) {
        return Err(Raise::BADARG);
    }
    let stored_key = call.stored(key);
    let (opened, store) = call.opened(table, Access::Write)?;
    if let Some(row) = opened.lookup(store, stored_key).first() {
        return Ok(store.as_tuple(*row).map(<[Value]>::to_vec));
    }
    let Some(default) = default else { return Ok(None) };
    if call.heap.as_tuple(default).is_none_or(|row| row.len() <= key_place) {
        return Err(Raise::BADARG);
    }
    let default = call.stored(default);
    let row = call.tables.store.as_tuple(default).map(<[Value]>::to_vec);
    Ok(row.map(|mut row| {
        row[key_place] = stored_key;
        row
    }))
}

fn put_row(call: &mut Call<'_>, table: Value, row: &[Value]) -> Result<(), Raise> {
    let (table, store) = call.opened(table, Access::Write)?;
    let row = store.tuple(row);
    table.insert(store, row);
    Ok(())
}

fn update_counter(call: &mut Call<'_>, args: &[Value], default: Option<Value>) -> NativeResult {
    let row = row_of(call, [args[0], args[1]], default)?;
    let mut row = row.ok_or_else(|| refused("badkey"))?;
    let key_place = call.table(args[0], Access::Write)?.key_place;
    let (steps, is_list) = steps(call.heap, key_place, args[2]).ok_or(Raise::BADARG)?;
    let mut results = Vec::new();
    for step in &steps {
        if step.place == key_place {
            return Err(refused("keypos"));
        }
        let value = row.get(step.place).ok_or_else(|| refused("position"))?;
        let value = call.tables.store.as_big_integer(*value).ok_or(Raise::BADARG)?;
        let next = step.after(&value);
        row[step.place] = call.tables.store.big_integer(&next);
        results.push(call.heap.big_integer(&next));
    }
    put_row(call, args[0], &row)?;
    Ok(if is_list { call.heap.list(&results) } else { results[0] })
}

fn update_element(call: &mut Call<'_>, args: &[Value], default: Option<Value>) -> NativeResult {
    if !call.table(args[0], Access::Write)?.kind.is_unique() {
        return Err(Raise::BADARG);
    }
    let row = row_of(call, [args[0], args[1]], default)?;
    let Some(mut row) = row else { return Ok(false.into()) };
    let key_place = call.table(args[0], Access::Write)?.key_place;
    let changes = match call.heap.as_tuple(args[2]) {
        Some(_) => vec![args[2]],
        None => call.heap.as_list(args[2]).ok_or(Raise::BADARG)?,
    };
    let change = |change: Value| match call.heap.as_tuple(change) {
        Some(&[place, value]) => {
            let place = call.heap.as_size(place).and_then(|place| place.checked_sub(1));
            match place.ok_or(Raise::BADARG)? {
                place if place == key_place => Err(refused("keypos")),
                place => Ok((place, value)),
            }
        }
        Some(_) | None => Err(Raise::BADARG),
    };
    let changes: Result<Vec<(usize, Value)>, Raise> = changes.into_iter().map(change).collect();
    let changes = changes?;
    for (place, value) in changes {
        let value = call.stored(value);
        *row.get_mut(place).ok_or(Raise::BADARG)? = value;
    }
    put_row(call, args[0], &row)?;
    Ok(true.into())
}
