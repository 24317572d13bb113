//! ETS: tables of tuples that the processes of a node share.
//!
//! The rows of all tables of a node lie on a heap of their own. What a process hands over is copied
//! to it, and what a process gets is copied from it, as in Erlang. The order of a table that has none
//! is that of its keys, or one that a seed permutes: it does not depend on how its rows came in.

/// The functions of a file: as they are, and as natives of the machine.
macro_rules! natives {
    ($($name:literal, $arity:literal => $native:expr;)*) => {
        pub(super) const ETS: &[(&str, u8, $crate::beam::ets::TableNative)] =
            &[$(($name, $arity, $native)),*];

        pub(super) const EFFECTS: &[(&str, u8, $crate::beam::native::Effect)] =
            &[$(($name, $arity, |ctx, args| $crate::beam::ets::run(ctx, $native, args))),*];
    };
}

mod counters;
mod create;
mod info;
mod replace;
mod rows;
mod select;
mod spec;
mod table;
mod use_rows;

use std::collections::{BTreeMap, BTreeSet};

use super::atom::AtomIndex;
use super::heap::{Heap, IterationOrder};
use super::identity::{ProcessId, Reference};
use super::machine::{NativeContext, NodeServices, Recipient};
use super::native::{Effect, NativeNext, NativeResult, Natives, Raise};
use super::value::Value;

use spec::Surroundings;
use table::{Protection, Table};

/// The tables of a node.
pub struct Tables {
    /// The heap of the rows.
    store: Heap,
    by_id: BTreeMap<Reference, Table>,
    /// The references of all tables that there ever were: no others are those of tables.
    made: BTreeSet<Reference>,
    names: BTreeMap<AtomIndex, Reference>,
    natives: Natives,
}

/// The process that uses the tables, and its node.
pub trait TableUser {
    /// The process.
    fn pid(&self) -> ProcessId;
    /// A new reference.
    fn make_reference(&mut self) -> Reference;
    /// Is there a process with this pid on the node?
    fn is_alive(&mut self, pid: ProcessId) -> bool;
    /// The monotonic clock and the system clock of the node, in nanoseconds.
    fn clocks(&self) -> (i64, i64);
}

/// A message to a process of the node, whose heap it lies on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Message {
    /// The process.
    pub to: ProcessId,
    /// The message.
    pub message: Value,
}

/// A function of module `ets` that is called, with all that it works on.
pub struct Call<'a> {
    /// The tables of the node.
    pub tables: &'a mut Tables,
    /// The heap of the node.
    pub heap: &'a mut Heap,
    /// The process that calls.
    pub caller: &'a mut dyn TableUser,
    /// The messages that are to be sent after it.
    pub messages: Vec<Message>,
}

/// A function of module `ets`.
pub type TableNative = fn(&mut Call<'_>, &[Value]) -> NativeResult;

/// The functions of module `ets` that are here: the name of each, how many arguments it takes, and
/// its code.
pub const ETS: &[&[(&str, u8, TableNative)]] =
    &[create::ETS, use_rows::ETS, counters::ETS, select::ETS, replace::ETS, info::ETS];

/// The same as natives of the machine.
pub(in crate::beam) const EFFECTS: &[&[(&str, u8, Effect)]] = &[
    create::EFFECTS,
    use_rows::EFFECTS,
    counters::EFFECTS,
    select::EFFECTS,
    replace::EFFECTS,
    info::EFFECTS,
];

/// The natives of other modules that work on tables or specifications.
pub(in crate::beam) const ERLANG: &[(&str, u8, Effect)] =
    &[("match_spec_test", 3, |ctx, args| run(ctx, select::test, args))];

/// A process of the machine.
struct Running<'a> {
    pid: ProcessId,
    node: &'a mut dyn NodeServices,
}

impl TableUser for Running<'_> {
    fn pid(&self) -> ProcessId {
        self.pid
    }

    fn make_reference(&mut self) -> Reference {
        self.node.make_reference()
    }

    fn is_alive(&mut self, pid: ProcessId) -> bool {
        self.node.is_alive(pid) == Ok(true)
    }

    fn clocks(&self) -> (i64, i64) {
        (self.node.monotonic_time(), self.node.system_time())
    }
}

/// Calls a function for the process that runs.
fn run(
    ctx: &mut NativeContext<'_>,
    native: TableNative,
    args: &[Value],
) -> Result<NativeNext, Raise> {
    let NativeContext { local, node } = ctx;
    let mut caller = Running { pid: local.process.pid(), node: &mut **node };
    let messages = Vec::new();
    let mut call =
        Call { tables: &mut *local.tables, heap: &mut *local.heap, caller: &mut caller, messages };
    let value = native(&mut call, args)?;
    for Message { to, message } in call.messages {
        ctx.node.send(&mut ctx.local, Recipient::Pid(to), message)?;
    }
    Ok(NativeNext::Return(value))
}

/// Has a table that the process may read a row with this key?
pub(in crate::beam) fn has_key(ctx: &mut NativeContext<'_>, table: Value, key: Value) -> bool {
    let found = run(ctx, use_rows::member, &[table, key]);
    matches!(found, Ok(NativeNext::Return(found)) if found == Value::boolean(true))
}

/// Refuses what can be no table: neither a name nor one of the references of those that were made.
fn check_type(heap: &Heap, made: &BTreeSet<Reference>, table: Value) -> Result<(), Raise> {
    let reference = heap.as_reference(table);
    let was_made = reference.is_some_and(|reference| made.contains(&reference));
    if table.is_atom() || was_made { Ok(()) } else { Err(refused("type")) }
}

/// The access to a table that a function needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Read,
    Write,
    /// To know of it, which everybody may.
    Know,
}

impl Tables {
    /// A node without tables, with the functions that match specifications may call.
    #[must_use]
    pub fn new(natives: Natives) -> Tables {
        let (by_id, made, names) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        Tables { store: Heap::new(), by_id, made, names, natives }
    }

    /// Has the rows of tables that are not ordered come in this order. There must be no tables yet.
    pub fn set_order(&mut self, order: IterationOrder) {
        debug_assert!(self.by_id.is_empty(), "the rows of tables stay where they are");
        self.store.set_order(order);
    }

    /// The number of tables.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The words of all tables and their rows.
    #[must_use]
    pub fn words(&self) -> usize {
        self.by_id.values().map(|table| table.words(&self.store)).sum()
    }

    /// Are there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Passes on the tables of a process that has ended: heirs get theirs and the messages that
    /// say so, the others are gone.
    pub fn owner_ended(
        &mut self,
        heap: &mut Heap,
        owner: ProcessId,
        mut is_alive: impl FnMut(ProcessId) -> bool,
    ) -> Vec<Message> {
        let mut messages = Vec::new();
        for table in self.by_id.values_mut() {
            table.fixed.retain(|(pid, _)| *pid != owner);
            table.settle();
        }
        let tables = self.by_id.values().filter(|table| table.owner == owner);
        let ids: Vec<Reference> = tables.map(|table| table.id).collect();
        for id in ids {
            let Some(table) = self.by_id.get_mut(&id) else { continue };
            match table.heir {
                Some(heir) if heir.pid != owner && is_alive(heir.pid) => {
                    table.owner = heir.pid;
                    let data = heap.copy_from(&self.store, heir.data);
                    messages.push(create::transfer(heap, table, owner, data));
                }
                Some(_) | None => self.forget(id),
            }
        }
        messages
    }

    /// Takes a table away.
    fn forget(&mut self, id: Reference) {
        if let Some(table) = self.by_id.remove(&id)
            && table.is_named
        {
            self.names.remove(&table.name);
        }
    }

    /// Frees what no row needs any more, when it is time. No value of the store may be held then.
    fn tidy(&mut self) {
        if self.store.is_full() || self.store.has_many_binaries() {
            self.collect();
        }
    }

    /// Frees what no row needs any more. No value of the store may be held then.
    fn collect(&mut self) {
        let tables = &mut self.by_id;
        self.store.collect(|visit| tables.values_mut().flat_map(Table::roots).for_each(visit));
    }
}

impl Call<'_> {
    /// The table that a name or a reference stands for.
    fn id(&self, table: Value) -> Option<Reference> {
        match table.as_atom() {
            Some(name) => self.tables.names.get(&name).copied(),
            None => self.heap.as_reference(table),
        }
    }

    /// As the function of this name, for a table of the node.
    fn check_type(&self, table: Value) -> Result<(), Raise> {
        check_type(self.heap, &self.tables.made, table)
    }

    /// The table that the process may use so.
    fn table(&mut self, table: Value, access: Access) -> Result<&mut Table, Raise> {
        let pid = self.caller.pid();
        let id = self.id(table);
        let Tables { by_id, made, .. } = &mut *self.tables;
        let Some(table) = id.and_then(|id| by_id.get_mut(&id)) else {
            check_type(self.heap, made, table)?;
            return Err(refused("id"));
        };
        let may = match (access, table.protection) {
            (Access::Know, _)
            | (Access::Read, Protection::Protected | Protection::Public)
            | (Access::Write, Protection::Public) => true,
            (Access::Read, Protection::Private)
            | (Access::Write, Protection::Private | Protection::Protected) => table.owner == pid,
        };
        if may { Ok(table) } else { Err(refused("access")) }
    }

    /// As [`Call::table`], with the heap of the rows beside it.
    fn opened(&mut self, table: Value, access: Access) -> Result<(&mut Table, &mut Heap), Raise> {
        let id = self.table(table, access)?.id;
        let Tables { by_id, store, .. } = &mut *self.tables;
        let table = by_id.get_mut(&id).ok_or(Raise::BADARG)?;
        Ok((table, store))
    }

    /// A value of the process, on the heap of the rows.
    fn stored(&mut self, value: Value) -> Value {
        self.tables.store.copy_from(self.heap, value)
    }

    /// A value of the rows, on the heap of the process.
    fn fetched(&mut self, value: Value) -> Value {
        self.heap.copy_from(&self.tables.store, value)
    }

    /// Values of the rows, as a list on the heap of the process.
    fn fetched_list(&mut self, values: &[Value]) -> Value {
        let values: Vec<Value> = values.iter().map(|value| self.fetched(*value)).collect();
        self.heap.list(&values)
    }

    fn surroundings(&mut self) -> Surroundings {
        let pid = self.caller.pid();
        Surroundings { pid: self.tables.store.pid(pid), node: Value::atom(pid.life.node()) }
    }

    /// The value of a name or a reference by which the table is known.
    fn shown(&mut self, id: Reference) -> Value {
        match self.tables.by_id.get(&id) {
            Some(table) if table.is_named => table.name.into(),
            Some(_) | None => self.heap.reference(id),
        }
    }
}

/// `badarg` with its cause, of which Erlang makes an explanation.
fn refused(cause: &str) -> Raise {
    Raise::BADARG.because(AtomIndex::new(cause))
}

/// `$end_of_table`
fn end_of_table() -> Value {
    AtomIndex::new("$end_of_table").into()
}
