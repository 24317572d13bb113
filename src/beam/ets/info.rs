//! The natives that describe a table.

use super::{Access, Call};
use crate::beam::AtomIndex;
use crate::beam::atom;
use crate::beam::date::timestamp_of;
use crate::beam::identity::ProcessId;
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
    check(call, args[0])?;
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
    check(call, args[0])?;
    let item = args[1].as_atom().ok_or(Raise::BADARG)?.as_str();
    if call.table(args[0], Access::Know).is_err() {
        return Ok(atom::UNDEFINED.into());
    }
    item_of(call, args[0], item)
}

/// Refuses what can be no table.
fn check(call: &Call<'_>, table: Value) -> Result<(), Raise> {
    let is_table = table.is_atom() || call.heap.as_reference(table).is_some();
    if is_table { Ok(()) } else { Err(Raise::BADARG) }
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
