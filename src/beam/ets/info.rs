//! The natives that describe a table.

use std::rc::Rc;

use super::table::Kind;
use super::{Access, Call};
use crate::beam::AtomIndex;
use crate::beam::atom;
use crate::beam::date::timestamp_of;
use crate::beam::identity::{ProcessId, Reference};
use crate::beam::native::{NativeResult, Raise};
use crate::beam::value::Value;

natives! {
    "info", 1 => info;
    "info", 2 => info_item;
}

/// The items of `info/1`, in its order.
const ITEMS: [&str; 14] = [
    "id",
    "decentralized_counters",
    "read_concurrency",
    "write_concurrency",
    "compressed",
    "memory",
    "owner",
    "heir",
    "name",
    "size",
    "node",
    "named_table",
    "type",
    "keypos",
];

fn info(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    call.check_type(args[0])?;
    if call.table(args[0], Access::Know).is_err() {
        return Ok(atom::UNDEFINED.into());
    }
    let mut pairs = Vec::new();
    for item in ITEMS.iter().chain(&["protection"]) {
        let value = item_of(call, args[0], item)?;
        pairs.push(call.heap.tuple(&[AtomIndex::new(item).into(), value]));
    }
    Ok(call.heap.list(&pairs))
}

fn info_item(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    call.check_type(args[0])?;
    if call.table(args[0], Access::Know).is_err() {
        return Ok(atom::UNDEFINED.into());
    }
    item_of(call, args[0], args[1].as_atom().ok_or(Raise::BADARG)?.as_str())
}

fn item_of(call: &mut Call<'_>, table: Value, item: &str) -> NativeResult {
    let name = |name: &str| Value::atom(AtomIndex::new(name));
    let table = call.table(table, Access::Know)?;
    Ok(match item {
        "id" => {
            let id = table.id;
            call.heap.reference(id)
        }
        "decentralized_counters" => table.tuning.decentralized_counters.into(),
        "read_concurrency" => table.tuning.read_concurrency.into(),
        "write_concurrency" => table.tuning.write_concurrency,
        "compressed" => table.tuning.is_compressed.into(),
        "memory" => {
            let id = table.id;
            let words =
                call.tables.by_id.get(&id).map_or(0, |table| table.words(&call.tables.store));
            Value::size(words)
        }
        "owner" => {
            let owner = table.owner;
            call.heap.pid(owner)
        }
        "heir" => match table.heir.map(|heir| heir.pid) {
            Some(heir) => call.heap.pid(heir),
            None => name("none"),
        },
        "name" => table.name.into(),
        "size" => {
            let size = table.rows.len() as u64;
            call.heap.unsigned(size)
        }
        "node" => table.owner.life.node().into(),
        "named_table" => table.is_named.into(),
        "type" => name(table.kind.name()),
        "keypos" => {
            let place = table.key_place as u64 + 1;
            call.heap.unsigned(place)
        }
        "protection" => name(table.protection.name()),
        "stats" if table.kind == Kind::OrderedSet => false.into(),
        "stats" => {
            let id = table.id;
            stats(call, id)
        }
        "binary" => {
            let id = table.id;
            binaries(call, id)
        }
        "fixed" => (!table.fixed.is_empty()).into(),
        "safe_fixed" | "safe_fixed_monotonic_time" if table.fixed.is_empty() => false.into(),
        "safe_fixed" => {
            let microseconds = table.fixed_since.1 / 1000;
            let fixed = table.fixed.clone();
            let since = call.heap.tuple(&timestamp_of(microseconds).map(Value::small));
            fixes(call, since, &fixed)
        }
        "safe_fixed_monotonic_time" => {
            let (since, fixed) = (table.fixed_since.0, table.fixed.clone());
            let since = call.heap.integer(since);
            fixes(call, since, &fixed)
        }
        _ => return Err(Raise::BADARG),
    })
}

/// `{Buckets, Average, Deviation, Expected, Least, Most, Kept, Locks}`: the rows of the buckets, each key
/// being in one of its own.
fn stats(call: &mut Call<'_>, id: Reference) -> Value {
    let Some(table) = call.tables.by_id.get(&id) else { return Value::NIL };
    let (buckets, store) = (table.buckets(), &call.tables.store);
    let mut keys = Vec::new();
    for row in table.rows.iter() {
        let key = table.key_of(store, row.tuple);
        match keys.last_mut() {
            Some((last, rows)) if store.equals(*last, key) => *rows += 1,
            Some(_) | None => keys.push((key, 1_usize)),
        }
    }
    let most = keys.iter().map(|(_, rows)| *rows).max().unwrap_or_default();
    let least = usize::from(keys.len() >= buckets);
    let (count, kept) = (buckets as f64, table.kept.len());
    let average = table.rows.len() as f64 / count;
    let squares: f64 = keys.iter().map(|(_, rows)| (*rows as f64).powi(2)).sum();
    let deviation = (squares / count - average * average).max(0.0).sqrt();
    let expected = (average * (1.0 - 1.0 / count)).sqrt();
    let heap = &mut *call.heap;
    let [average, deviation, expected] = [average, deviation, expected].map(|it| heap.float(it));
    let [buckets, least, most, kept] = [buckets, least, most, kept].map(Value::size);
    heap.tuple(&[buckets, average, deviation, expected, least, most, kept, Value::small(1)])
}

/// `[{Id, Size, References}]`: the binaries of the rows that lie apart from them. The id is no address, but
/// the number of the binary among those of the list.
fn binaries(call: &mut Call<'_>, id: Reference) -> Value {
    call.tables.collect();
    let Some(table) = call.tables.by_id.get(&id) else { return Value::NIL };
    let store = &call.tables.store;
    let mut different: Vec<&Rc<Vec<u8>>> = Vec::new();
    let mut items = Vec::new();
    let rows = table.rows.iter().map(|row| row.tuple).chain(table.kept.iter().copied());
    for bytes in rows.flat_map(|row| store.large_binaries(row)) {
        let known = different.iter().position(|known| Rc::ptr_eq(known, bytes));
        let number = known.unwrap_or_else(|| {
            different.push(bytes);
            different.len() - 1
        });
        let item = [number + 1, bytes.len(), Rc::strong_count(bytes)].map(Value::size);
        items.push(call.heap.tuple(&item));
    }
    call.heap.list(&items)
}

/// `{Since, [{Pid, Times}]}`: the processes that have fixed a table.
fn fixes(call: &mut Call<'_>, since: Value, fixed: &[(ProcessId, usize)]) -> Value {
    let pairs: Vec<Value> = fixed
        .iter()
        .map(|(pid, times)| {
            let pid = call.heap.pid(*pid);
            call.heap.tuple(&[pid, Value::size(*times)])
        })
        .collect();
    let pairs = call.heap.list(&pairs);
    call.heap.tuple(&[since, pairs])
}
