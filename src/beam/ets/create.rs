//! Tables as a whole: made, named, given away, taken away.

use super::table::{Heir, Kind, Protection, Table, Tuning};
use super::{Access, Call, Message, refused};
use crate::beam::AtomIndex;
use crate::beam::heap::Heap;
use crate::beam::identity::{ProcessId, Reference};
use crate::beam::native::{NativeResult, Raise};
use crate::beam::value::Value;

natives! {
    "delete", 1 => delete;
    "give_away", 3 => give_away;
    "internal_request_all", 0 => |call, _| Ok(request_all(call));
    "new", 2 => new;
    "rename", 2 => rename;
    "safe_fixtable", 2 => safe_fixtable;
    "setopts", 2 => set_options;
    "whereis", 1 => whereis;
}

fn new(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    let name = args[0].as_atom().ok_or(Raise::BADARG)?;
    let options = call.heap.as_list(args[1]).ok_or(Raise::BADARG)?;
    let mut table = Table {
        id: Reference::new(call.caller.pid().life, 0),
        name,
        is_named: false,
        kind: Kind::Set,
        protection: Protection::Protected,
        key_place: 0,
        owner: call.caller.pid(),
        heir: None,
        fixed: Vec::new(),
        fixed_since: (0, 0),
        tuning: Tuning {
            read_concurrency: false,
            write_concurrency: false.into(),
            decentralized_counters: false,
            is_compressed: false,
        },
        rows: super::rows::Rows::default(),
        kept: Vec::new(),
    };
    for option in options {
        set_property(call, &mut table, option)?;
    }
    if table.is_named && call.tables.names.contains_key(&name) {
        return Err(refused("already_exists"));
    }
    table.id = call.caller.make_reference();
    let (id, is_named) = (table.id, table.is_named);
    call.tables.by_id.insert(id, table);
    call.tables.made.insert(id);
    if is_named {
        call.tables.names.insert(name, id);
    }
    Ok(call.shown(id))
}

fn set_property(call: &mut Call<'_>, table: &mut Table, option: Value) -> Result<(), Raise> {
    if let Some(atom) = option.as_atom() {
        match atom.as_str() {
            "set" => table.kind = Kind::Set,
            "ordered_set" => table.kind = Kind::OrderedSet,
            "bag" => table.kind = Kind::Bag,
            "duplicate_bag" => table.kind = Kind::DuplicateBag,
            "named_table" => table.is_named = true,
            "compressed" => table.tuning.is_compressed = true,
            name => table.protection = Protection::of(name).ok_or(Raise::BADARG)?,
        }
        return Ok(());
    }
    let tuple = call.heap.as_tuple(option).ok_or(Raise::BADARG)?.to_vec();
    let name = tuple.first().and_then(|name| name.as_atom()).ok_or(Raise::BADARG)?;
    match (name.as_str(), &tuple[1..]) {
        ("keypos", [place]) => {
            let place = call.heap.as_size(*place).and_then(|place| place.checked_sub(1));
            table.key_place = place.ok_or(Raise::BADARG)?;
        }
        ("heir", heir) => table.heir = heir_of(call, heir)?,
        ("read_concurrency", [value]) => {
            table.tuning.read_concurrency = value.as_boolean().ok_or(Raise::BADARG)?;
        }
        ("write_concurrency", [value]) => {
            let is_auto = value.as_atom().is_some_and(|atom| atom.as_str() == "auto");
            // A number of locks for tests of Erlang itself.
            let is_number = match call.heap.as_tuple(*value) {
                Some(&[name, _]) => {
                    name == AtomIndex::new("debug_hash_fixed_number_of_locks").into()
                }
                Some(_) | None => false,
            };
            if !is_auto && !is_number && value.as_boolean().is_none() {
                return Err(Raise::BADARG);
            }
            table.tuning.write_concurrency = if is_number { true.into() } else { *value };
        }
        ("decentralized_counters", [value]) => {
            table.tuning.decentralized_counters = value.as_boolean().ok_or(Raise::BADARG)?;
        }
        _ => return Err(Raise::BADARG),
    }
    Ok(())
}

/// `none`, or a pid of this node and what it is told. A process that has ended inherits nothing.
fn heir_of(call: &mut Call<'_>, heir: &[Value]) -> Result<Option<Heir>, Raise> {
    match heir {
        [none] if none.as_atom().is_some_and(|atom| atom.as_str() == "none") => Ok(None),
        [pid, data] => {
            let pid = call.heap.as_pid(*pid).filter(|pid| pid.life == call.caller.pid().life);
            let pid = pid.ok_or(Raise::BADARG)?;
            let lives = pid == call.caller.pid() || call.caller.is_alive(pid);
            Ok(lives.then(|| Heir { pid, data: call.stored(*data) }))
        }
        _ => Err(Raise::BADARG),
    }
}

/// The options that can be changed: the heir and the protection.
fn set_options(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    let owner = call.table(args[0], Access::Write)?.owner;
    let options = call.heap.as_list(args[1]).unwrap_or_else(|| vec![args[1]]);
    if owner != call.caller.pid() {
        return Err(Raise::BADARG);
    }
    let (mut heir, mut protection) = (None, None);
    for option in options {
        let tuple = call.heap.as_tuple(option).ok_or(Raise::BADARG)?.to_vec();
        let (name, values) = tuple.split_first().ok_or(Raise::BADARG)?;
        match (name.as_atom().map(AtomIndex::as_str), values) {
            (Some("heir"), values) => heir = Some(heir_of(call, values)?),
            (Some("protection"), [value]) => {
                let name = value.as_atom().map(AtomIndex::as_str);
                protection = Some(name.and_then(Protection::of).ok_or(Raise::BADARG)?);
            }
            (Some(_) | None, _) => return Err(Raise::BADARG),
        }
    }
    let table = call.table(args[0], Access::Know)?;
    table.heir = heir.unwrap_or(table.heir);
    table.protection = protection.unwrap_or(table.protection);
    Ok(true.into())
}

fn delete(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    let id = call.table(args[0], Access::Write)?.id;
    call.tables.forget(id);
    Ok(true.into())
}

fn rename(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    let table = call.table(args[0], Access::Write)?;
    let name = args[1].as_atom().ok_or(Raise::BADARG)?;
    let (id, old, is_named) = (table.id, table.name, table.is_named);
    if is_named {
        if call.tables.names.contains_key(&name) {
            return Err(Raise::BADARG);
        }
        call.tables.names.remove(&old);
        call.tables.names.insert(name, id);
    }
    call.table(if is_named { name.into() } else { args[0] }, Access::Know)?.name = name;
    Ok(if is_named { name.into() } else { args[0] })
}

fn whereis(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    let name = args[0].as_atom().ok_or(Raise::BADARG)?;
    Ok(match call.tables.names.get(&name) {
        Some(id) => call.heap.reference(*id),
        None => crate::beam::atom::UNDEFINED.into(),
    })
}

/// The message to a process that has become the owner of a table.
pub(super) fn transfer(heap: &mut Heap, table: &Table, from: ProcessId, data: Value) -> Message {
    let shown = if table.is_named { table.name.into() } else { heap.reference(table.id) };
    let from = heap.pid(from);
    let message = heap.tuple(&[AtomIndex::new("ETS-TRANSFER").into(), shown, from, data]);
    Message { to: table.owner, message }
}

fn give_away(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    let own = call.caller.pid();
    call.table(args[0], Access::Write)?;
    let to = call.heap.as_pid(args[1]).ok_or(Raise::BADARG)?;
    if to != own && !call.caller.is_alive(to) {
        return Err(Raise::BADARG);
    }
    let table = call.table(args[0], Access::Write)?;
    if table.owner != own {
        return Err(refused("not_owner"));
    }
    if to == own {
        return Err(refused("owner"));
    }
    table.owner = to;
    let id = table.id;
    if let Some(table) = call.tables.by_id.get(&id) {
        call.messages.push(transfer(call.heap, table, own, args[2]));
    }
    Ok(true.into())
}

fn safe_fixtable(call: &mut Call<'_>, args: &[Value]) -> NativeResult {
    call.table(args[0], Access::Read)?;
    let (own, fixes) = (call.caller.pid(), args[1].as_boolean().ok_or(Raise::BADARG)?);
    let clocks = call.caller.clocks();
    let table = call.table(args[0], Access::Read)?;
    if table.fixed.is_empty() {
        table.fixed_since = clocks;
    }
    let place = table.fixed.iter().position(|(pid, _)| *pid == own);
    match (place, fixes) {
        (Some(place), true) => table.fixed[place].1 += 1,
        (None, true) => table.fixed.push((own, 1)),
        (Some(place), false) => {
            table.fixed[place].1 -= 1;
            table.fixed.retain(|(_, times)| *times > 0);
            table.settle();
        }
        (None, false) => {}
    }
    Ok(true.into())
}

/// The request of `ets:all`: the answer is a message for each scheduler, of which there is one.
fn request_all(call: &mut Call<'_>) -> Value {
    let ids: Vec<Reference> = call.tables.by_id.keys().copied().collect();
    let shown: Vec<Value> = ids.into_iter().map(|id| call.shown(id)).collect();
    let list = call.heap.list(&shown);
    let reference = call.caller.make_reference();
    let reference = call.heap.reference(reference);
    let message = call.heap.tuple(&[reference, list]);
    let pid = call.caller.pid();
    call.messages.push(Message { to: pid, message });
    reference
}
