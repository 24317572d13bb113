//! Rows by match specifications: selected, counted, deleted, replaced; all at once or some at a time.

use super::rows::{Place, Row, Rows};
use super::spec::Spec;
use super::table::Table;
use super::{Access, Call, Tables, end_of_table};
use crate::beam::AtomIndex;
use crate::beam::heap::Heap;
use crate::beam::native::{NativeResult, Raise};
use crate::beam::value::Value;

natives! {
    "internal_select_delete", 2 => select_delete;
    "is_compiled_ms", 1 => |call, args| Ok(compiled(call.heap, args[0]).is_some().into());
    "match", 1 => |call, args| go_on(call, args[0]);
    "match", 2 => |call, args| matched(call, args, "$$", None);
    "match", 3 => |call, args| matched(call, args, "$$", Some(args[2]));
    "match_object", 1 => |call, args| go_on(call, args[0]);
    "match_object", 2 => |call, args| matched(call, args, "$_", None);
    "match_object", 3 => |call, args| matched(call, args, "$_", Some(args[2]));
    "match_spec_compile", 1 => compile;
    "match_spec_run_r", 3 => run_on_list;
    "select", 1 => |call, args| go_on(call, args[0]);
    "select", 2 => |call, args| selected(call, args, None, Direction::Forward);
    "select", 3 => |call, args| selected(call, args, Some(args[2]), Direction::Forward);
    "select_count", 2 => select_count;
    "select_reverse", 1 => |call, args| go_on(call, args[0]);
    "select_reverse", 2 => |call, args| selected(call, args, None, Direction::Backward);
    "select_reverse", 3 => |call, args| selected(call, args, Some(args[2]), Direction::Backward);
}

/// From the first row to the last, or from the last to the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Forward,
    Backward,
}

impl Direction {
    fn name(self) -> &'static str {
        match self {
            Direction::Forward => "forward",
            Direction::Backward => "backward",
        }
    }

    /// A table without an order goes one way only.
    fn of(self, table: &Table) -> Direction {
        match table.kind {
            super::table::Kind::OrderedSet => self,
            super::table::Kind::Set
            | super::table::Kind::Bag
            | super::table::Kind::DuplicateBag => Direction::Forward,
        }
    }
}

/// The rows that are looked at: their places, and which comes next.
struct Walk {
    direction: Direction,
    /// The place of the next row, or behind it on the way back.
    place: Place,
    /// The place to stop at.
    end: Place,
}

impl Walk {
    /// Over the whole table, or over the rows of one key if a specification fits no others.
    fn over(table: &Table, store: &Heap, spec: &Spec, direction: Direction) -> Walk {
        let (start, end) = match spec.key(store, table.key_place) {
            Some(key) => {
                let key = table.key(store, key);
                (table.first_place(store, key), table.last_place(store, key))
            }
            None => (Rows::start(), table.rows.end()),
        };
        match direction {
            Direction::Forward => Walk { direction, place: start, end },
            Direction::Backward => Walk { direction, place: end, end: start },
        }
    }

    fn next(&mut self, table: &Table) -> Option<Row> {
        if self.place == self.end {
            return None;
        }
        match self.direction {
            Direction::Forward => {
                let row = table.rows.get(self.place)?;
                self.place = table.rows.after(self.place);
                Some(row)
            }
            Direction::Backward => {
                self.place = table.rows.before(self.place)?;
                table.rows.get(self.place)
            }
        }
    }
}

/// A specification, read where the rows are.
fn parsed(call: &mut Call<'_>, spec: Value) -> Result<Spec, Raise> {
    let spec = match compiled(call.heap, spec) {
        Some(spec) => spec,
        None => spec,
    };
    let spec = call.stored(spec);
    let Tables { store, natives, .. } = &*call.tables;
    Spec::parse(store, natives, spec)
}

/// The specification that a compiled one was compiled from.
pub(super) fn compiled(heap: &Heap, value: Value) -> Option<Value> {
    match heap.as_tuple(value) {
        Some([kind, spec]) if *kind == compiled_mark() => Some(*spec),
        Some(_) | None => None,
    }
}

fn compiled_mark() -> Value {
    AtomIndex::new("$compiled_match_spec").into()
}

fn compile(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    call.tables.tidy();
    parsed(call, args[0])?;
    Ok(call.heap.tuple(&[compiled_mark(), args[0]]))
}

/// Runs a compiled specification on the terms of a list; the results come before those of another.
fn run_on_list(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    call.tables.tidy();
    compiled(call.heap, args[1]).ok_or(Raise::BADARG)?;
    let spec = parsed(call, args[1])?;
    let around = call.surroundings();
    let mut results = args[2];
    for term in call.heap.as_list(args[0]).ok_or(Raise::BADARG)? {
        let term = call.stored(term);
        if let Some(made) = spec.run(&mut call.tables.store, term, around) {
            let made = call.fetched(made);
            results = call.heap.cons(made, results);
        }
    }
    Ok(results)
}

/// `erlang:match_spec_test/3`: `{ok, Result, Flags, Warnings}` of a specification and a term, or what is
/// wrong with it.
pub(super) fn test(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    let is_table = match args[2].as_atom().map(AtomIndex::as_str) {
        Some("table") => true,
        Some("trace") => false,
        Some(_) | None => return Err(Raise::BADARG),
    };
    call.heap.as_list(args[1]).ok_or(Raise::BADARG)?;
    call.tables.tidy();
    let Ok(spec) = parsed(call, args[1]) else {
        let text = call.heap.string("The match specification is wrong.");
        let error = Value::atom(crate::beam::atom::ERROR);
        let wrong = call.heap.tuple(&[error, text]);
        let wrong = call.heap.list(&[wrong]);
        return Ok(call.heap.tuple(&[error, wrong]));
    };
    let around = call.surroundings();
    let term = call.stored(args[0]);
    let result = match spec.run(&mut call.tables.store, term, around) {
        Some(made) if is_table => call.fetched(made),
        Some(_) => Value::boolean(true),
        None => Value::boolean(false),
    };
    Ok(call.heap.tuple(&[crate::beam::atom::OK.into(), result, Value::NIL, Value::NIL]))
}

/// `[{Pattern, [], [Made]}]`
fn matched(call: &mut Call<'_>, args: &[Value], made: &str, limit: Option<Value>) -> NativeResult {
    let body = call.heap.list(&[AtomIndex::new(made).into()]);
    let clause = call.heap.tuple(&[args[1], Value::NIL, body]);
    let spec = call.heap.list(&[clause]);
    selected(call, &[args[0], spec], limit, Direction::Forward)
}

fn selected(
    call: &mut Call<'_>,
    args: &[Value],
    limit: Option<Value>,
    direction: Direction,
) -> NativeResult {
    call.tables.tidy();
    let direction = direction.of(call.table(args[0], Access::Read)?);
    let size = limit.map(|limit| call.heap.as_size(limit).filter(|limit| *limit > 0));
    if size == Some(None) {
        return Err(Raise::BADARG);
    }
    let spec = parsed(call, args[1])?;
    let (table, store) = call.opened(args[0], Access::Read)?;
    let walk = Walk::over(table, store, &spec, direction);
    if let Some(limit) = size.flatten() {
        return so_many(call, args[0], args[1], &spec, walk, limit);
    }
    let (results, _) = results(call, args[0], &spec, walk, usize::MAX)?;
    Ok(call.fetched_list(&results))
}

/// The results of the rows of a walk, up to a limit, and the place where the walk is then.
fn results(
    call: &mut Call<'_>,
    table: Value,
    spec: &Spec,
    mut walk: Walk,
    limit: usize,
) -> Result<(Vec<Value>, Walk), Raise> {
    let around = call.surroundings();
    let (table, store) = call.opened(table, Access::Read)?;
    let mut results = Vec::new();
    while results.len() < limit {
        let Some(row) = walk.next(table) else { break };
        results.extend(spec.run(store, row.tuple, around));
    }
    Ok((results, walk))
}

/// Some of the results, and how to go on: `{Table, Key, Direction, Rows, Spec, [], Limit, 0}`, where
/// this many rows of the key have been looked at, or `{Table, Rows, Limit, Spec, [Key], 0}` for a table
/// without an order. Such a table is known by its reference, so that it may be renamed; in Erlang one with
/// an order is not.
fn so_many(
    call: &mut Call<'_>,
    table: Value,
    written: Value,
    spec: &Spec,
    walk: Walk,
    limit: usize,
) -> NativeResult {
    let (results, walk) = results(call, table, spec, walk, limit)?;
    if results.is_empty() {
        return Ok(end_of_table());
    }
    let list = call.fetched_list(&results);
    let (opened, store) = call.opened(table, Access::Read)?;
    let (id, is_ordered) = (opened.id, opened.kind == super::table::Kind::OrderedSet);
    let next = seen(opened, store, &walk);
    let rest = match next {
        Some((key, rows)) if walk.place != walk.end => {
            let key = call.fetched(key);
            let spec = match compiled(call.heap, written) {
                Some(_) => written,
                None => call.heap.tuple(&[compiled_mark(), written]),
            };
            let direction = AtomIndex::new(walk.direction.name()).into();
            let [rows, limit] = [rows, limit].map(|number| call.heap.unsigned(number as u64));
            let zero = Value::small(0);
            if is_ordered {
                let table = call.shown(id);
                call.heap.tuple(&[table, key, direction, rows, spec, Value::NIL, limit, zero])
            } else {
                let (table, key) = (call.heap.reference(id), call.heap.list(&[key]));
                call.heap.tuple(&[table, rows, limit, spec, key, zero])
            }
        }
        Some(_) | None => end_of_table(),
    };
    Ok(call.heap.tuple(&[list, rest]))
}

/// The key of the row that a walk saw last, and how many rows of the key it has seen.
fn seen(table: &Table, store: &Heap, walk: &Walk) -> Option<(Value, usize)> {
    let last = match walk.direction {
        Direction::Forward => table.rows.before(walk.place)?,
        Direction::Backward => walk.place,
    };
    let key = table.key_of(store, table.rows.get(last)?.tuple);
    let found = table.key(store, key);
    let (mut at, stop) = match walk.direction {
        Direction::Forward => (table.first_place(store, found), walk.place),
        Direction::Backward => (walk.place, table.last_place(store, found)),
    };
    let mut rows = 0;
    while at != stop {
        at = table.rows.after(at);
        rows += 1;
    }
    Some((key, rows))
}

/// Goes on where a selection of this many rows has ended.
fn go_on(call: &mut Call<'_>, continuation: Value) -> NativeResult {
    if continuation == end_of_table() {
        return Ok(continuation);
    }
    call.tables.tidy();
    let parts = call.heap.as_tuple(continuation).map(<[Value]>::to_vec).unwrap_or_default();
    let forward = AtomIndex::new(Direction::Forward.name()).into();
    let (table, key, direction, rows, spec, limit) = match parts[..] {
        [table, key, direction, rows, spec, _, limit, _] => {
            (table, key, direction, rows, spec, limit)
        }
        [table, rows, limit, spec, key, _] => match call.heap.as_cons(key) {
            Some((key, _)) => (table, key, forward, rows, spec, limit),
            None => return Err(Raise::BADARG),
        },
        _ => return Err(Raise::BADARG),
    };
    let numbers = call.heap.as_size(rows).zip(call.heap.as_size(limit));
    let (rows, limit) = numbers.filter(|(_, limit)| *limit > 0).ok_or(Raise::BADARG)?;
    let direction = if direction == forward { Direction::Forward } else { Direction::Backward };
    call.table(table, Access::Read)?;
    let key = call.stored(key);
    let read = parsed(call, spec)?;
    let (opened, store) = call.opened(table, Access::Read)?;
    let mut walk = Walk::over(opened, store, &read, direction.of(opened));
    let found = opened.key(store, key);
    let (first, last) = (opened.first_place(store, found), opened.last_place(store, found));
    walk.place = match walk.direction {
        Direction::Forward => first,
        Direction::Backward => last,
    };
    for _ in 0..rows {
        match walk.direction {
            Direction::Forward if walk.place < last => walk.place = opened.rows.after(walk.place),
            Direction::Backward if walk.place > first => {
                walk.place = opened.rows.before(walk.place).unwrap_or(first);
            }
            Direction::Forward | Direction::Backward => {}
        }
    }
    so_many(call, table, spec, &read, walk, limit)
}

/// The rows for which a specification makes something that is meant, and what it makes.
pub(super) fn chosen(
    call: &mut Call<'_>,
    args: &[Value],
    access: Access,
    is_meant: impl Fn(Value) -> bool,
) -> Result<Vec<(Value, Value)>, Raise> {
    call.tables.tidy();
    call.table(args[0], access)?;
    let spec = parsed(call, args[1])?;
    let around = call.surroundings();
    let (table, store) = call.opened(args[0], access)?;
    let mut walk = Walk::over(table, store, &spec, Direction::Forward);
    let mut chosen = Vec::new();
    while let Some(row) = walk.next(table) {
        if let Some(made) = spec.run(store, row.tuple, around).filter(|made| is_meant(*made)) {
            chosen.push((row.tuple, made));
        }
    }
    Ok(chosen)
}

fn is_true(value: Value) -> bool {
    value.as_boolean() == Some(true)
}

fn select_count(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    let count = chosen(call, args, Access::Read, is_true)?.len() as u64;
    Ok(call.heap.unsigned(count))
}

fn select_delete(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    let chosen = chosen(call, args, Access::Write, is_true)?;
    let (table, store) = call.opened(args[0], Access::Write)?;
    let mut count = 0;
    for (row, _) in chosen {
        count += table.remove(store, table.key_of(store, row), |other| other == row) as u64;
    }
    Ok(call.heap.unsigned(count))
}
