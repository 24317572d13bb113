//! Functions in Rust that compiled code calls.
//!
//! A [`Pure`] native computes a value from its arguments: it makes values on the heap, in any
//! number, and knows nothing of processes. An [`Effect`] is given its process and its node too.
//! [`Natives`] is the table of all of them, by module, function and number of arguments:
//!
//! ```
//! use nodedown::beam::native::{NativeResult, Natives, Raise};
//! use nodedown::beam::{Heap, Value};
//!
//! fn reverse(heap: &mut Heap, args: &[Value]) -> NativeResult {
//!     let elements = heap.as_list(args[0]).ok_or(Raise::BADARG)?;
//!     let tail = args[1];
//!     Ok(elements.into_iter().fold(tail, |tail, head| heap.cons(head, tail)))
//! }
//!
//! let mut natives = Natives::new();
//! natives.add_all("lists", &[("reverse", 2, reverse)]);
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use super::arithmetic::ARITHMETIC;
use super::atom::{self, AtomIndex};
use super::function::FunctionName;
use super::guards::GUARDS;
use super::heap::Heap;
use super::image::{Image, is_instruction};
use super::machine::{CodeChange, EFFECTS, EXCEPTIONS, NativeContext};
use super::value::Value;

pub use crate::engine::runtime::Class;

impl Class {
    /// The atom of its name, as in a `catch` clause.
    #[must_use]
    pub fn atom(self) -> AtomIndex {
        match self {
            Class::Error => atom::ERROR,
            Class::Exit => atom::EXIT,
            Class::Throw => atom::THROW,
        }
    }
}

/// An exception.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Raise {
    /// Its class.
    pub class: Class,
    /// Its reason, or the value that is thrown.
    pub reason: Value,
    /// Its stack trace.
    pub(in crate::beam) trace: Trace,
}

/// The stack trace of an exception.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::beam) enum Trace {
    /// The native with its arguments, then its callers.
    Native,
    /// As `Native`, with this cause in the `error_info`.
    Cause(AtomIndex),
    /// The callers of the native.
    Callers,
    /// As `Callers`, with these arguments in the first frame instead of their number, and more about
    /// the exception.
    CallersWith { args: Value, info: Value },
    /// This frame, then the callers.
    Frame(Value),
    /// As `Frame`, without the function that called last.
    FrameAfterLastCall(Value),
    /// This one, which was made before.
    Given(Value),
}

impl Raise {
    /// `error(badarg)`: an argument is of the wrong kind.
    pub const BADARG: Raise = Raise::of(atom::BADARG);
    /// `error(badarith)`: arithmetic with something that is no number, or out of range.
    pub const BADARITH: Raise = Raise::of(atom::BADARITH);
    /// `error(system_limit)`: a value would become too large.
    pub const SYSTEM_LIMIT: Raise = Raise::of(atom::SYSTEM_LIMIT);

    /// `badarg` with the cause `badopt`: an option that does not exist.
    pub(in crate::beam) const BAD_OPTION: Raise = Raise::BADARG.because(atom::BADOPT);

    const fn of(reason: AtomIndex) -> Raise {
        Raise::new(Class::Error, Value::atom(reason))
    }

    /// The exception with this class and reason.
    #[must_use]
    pub const fn new(class: Class, reason: Value) -> Raise {
        Raise { class, reason, trace: Trace::Native }
    }

    /// The exception of class `error` with this reason.
    #[must_use]
    pub const fn error(reason: Value) -> Raise {
        Raise::new(Class::Error, reason)
    }

    /// The exception of class `error` with the reason `{name, value}`.
    #[must_use]
    pub fn error_about(heap: &mut Heap, name: AtomIndex, value: Value) -> Raise {
        Raise::error(heap.tuple(&[name.into(), value]))
    }

    pub(in crate::beam) fn without_here(self) -> Raise {
        match self.trace {
            Trace::Frame(frame) => Raise { trace: Trace::FrameAfterLastCall(frame), ..self },
            Trace::Native
            | Trace::Cause(_)
            | Trace::Callers
            | Trace::CallersWith { .. }
            | Trace::FrameAfterLastCall(_)
            | Trace::Given(_) => self,
        }
    }

    /// The exception with an explanation for `erl_erts_errors`: the cause in its `error_info`.
    #[must_use]
    pub const fn because(mut self, cause: AtomIndex) -> Raise {
        self.trace = Trace::Cause(cause);
        self
    }
}

/// The value that a native returns, or the exception that it raises.
pub type NativeResult = Result<Value, Raise>;

/// A native that depends on its arguments only. It is called with as many as it takes.
pub type Pure = fn(&mut Heap, &[Value]) -> NativeResult;

/// A native that depends on its process or its node.
pub type Effect = fn(&mut NativeContext<'_>, &[Value]) -> Result<NativeNext, Raise>;

/// The step of a process after a native that depends on it.
#[derive(Clone, Debug, PartialEq)]
pub enum NativeNext {
    /// The native returns this value.
    Return(Value),
    /// The process calls this function in the place of the native.
    Call {
        /// The module.
        module: AtomIndex,
        /// The function.
        function: AtomIndex,
        /// Its arguments.
        args: Vec<Value>,
    },
    /// As `Call`, of a fun.
    CallFun {
        /// The fun.
        fun: Value,
        /// Its arguments.
        args: Vec<Value>,
    },
    /// As `Call`, after the process was busy for a time.
    CallAfter {
        /// The time, in nanoseconds.
        time: u64,
        /// The module.
        module: AtomIndex,
        /// The function.
        function: AtomIndex,
        /// Its arguments.
        args: Vec<Value>,
    },
    /// The native returns this value, and others run first.
    Yield(Value),
    /// The native returns this value when the code of a module has been changed.
    Change {
        /// The change.
        change: CodeChange,
        /// The value.
        value: Value,
    },
    /// The module is loaded if it can be found, and the native is called again.
    Load(AtomIndex),
    /// The process waits for a message, and the native is called again.
    Await,
    /// The process forgets what it was doing, and calls the function when a message is there.
    Hibernate {
        /// The module.
        module: AtomIndex,
        /// The function.
        function: AtomIndex,
        /// Its arguments.
        args: Vec<Value>,
    },
}

/// The step after a native that has come to a value.
#[expect(clippy::unnecessary_wraps, reason = "natives have one signature")]
pub(in crate::beam) fn answer(value: Value) -> Result<NativeNext, Raise> {
    Ok(NativeNext::Return(value))
}

/// The natives that compiled code can call. Copies share them until one of them is changed.
#[derive(Clone, Default)]
pub struct Natives(Arc<NativeTable>);

#[derive(Clone, Default)]
struct NativeTable {
    table: BTreeMap<(AtomIndex, AtomIndex, u8), Pure>,
    effects: BTreeMap<(AtomIndex, AtomIndex, u8), Effect>,
    /// All of them without an order, for the calls of code that is loaded.
    found: OnceLock<HashMap<(AtomIndex, AtomIndex, u8), Native, FxBuildHasher>>,
    linked: OnceLock<Linked>,
}

/// A native of either kind.
#[derive(Clone, Copy)]
enum Native {
    Pure(Pure),
    Effect(Effect),
}

/// The things that every machine with the same natives has in common, made for the first of them.
#[derive(Clone)]
struct Linked {
    image: Arc<Image>,
    modules: Arc<BTreeSet<AtomIndex>>,
}

impl Natives {
    /// The operators of Erlang and the functions that guards may call.
    #[must_use]
    pub fn new() -> Natives {
        let mut natives = Natives::default();
        natives.add_all("erlang", ARITHMETIC);
        natives.add_all("erlang", GUARDS);
        natives.add_all("erlang", EXCEPTIONS);
        for (module, effects) in EFFECTS {
            natives.add_effects(module, effects);
        }
        natives
    }

    /// Adds natives of one module: the name of each, how many arguments it takes, and its code. One
    /// that is there already is replaced.
    pub fn add_all(&mut self, module: &str, natives: &[(&str, u8, Pure)]) {
        let module = AtomIndex::new(module);
        let known = self.changeable();
        for (name, arity, native) in natives {
            let name = (module, AtomIndex::new(name), *arity);
            known.effects.remove(&name);
            known.table.insert(name, *native);
        }
    }

    /// Adds natives that depend on their process, as [`Natives::add_all`] adds pure ones.
    pub fn add_effects(&mut self, module: &str, natives: &[(&str, u8, Effect)]) {
        let module = AtomIndex::new(module);
        let known = self.changeable();
        for (name, arity, native) in natives {
            let name = (module, AtomIndex::new(name), *arity);
            known.table.remove(&name);
            known.effects.insert(name, *native);
        }
    }

    fn changeable(&mut self) -> &mut NativeTable {
        let known = Arc::make_mut(&mut self.0);
        known.found = OnceLock::new();
        known.linked = OnceLock::new();
        known
    }

    /// Takes a native out.
    pub(in crate::beam) fn remove(&mut self, module: &str, function: &str, arity: u8) {
        let name = (AtomIndex::new(module), AtomIndex::new(function), arity);
        let known = self.changeable();
        known.table.remove(&name);
        known.effects.remove(&name);
    }

    /// Takes all natives of a module out: its own code runs.
    pub fn remove_module(&mut self, module: &str) {
        let known = self.changeable();
        known.table.retain(|(found, _, _), _| found.as_str() != module);
        known.effects.retain(|(found, _, _), _| found.as_str() != module);
    }

    /// Is there a native of this name, or an instruction that does what it does?
    #[must_use]
    pub fn has(&self, name: FunctionName) -> bool {
        let parts = name.parts();
        let known = &self.0;
        known.table.contains_key(&parts)
            || known.effects.contains_key(&parts)
            || is_instruction(name)
    }

    /// The names of all natives.
    pub(in crate::beam) fn names(&self) -> impl Iterator<Item = (AtomIndex, AtomIndex, u8)> {
        self.0.table.keys().chain(self.0.effects.keys()).copied()
    }

    fn linked(&self) -> &Linked {
        self.0.linked.get_or_init(|| Linked {
            image: Arc::new(Image::of_natives(self)),
            modules: Arc::new(self.names().map(|(module, _, _)| module).collect()),
        })
    }

    /// The code that calls each of them, for those who apply them by their names.
    pub(in crate::beam) fn image(&self) -> Arc<Image> {
        Arc::clone(&self.linked().image)
    }

    /// The modules that have natives.
    pub(in crate::beam) fn modules(&self) -> Arc<BTreeSet<AtomIndex>> {
        Arc::clone(&self.linked().modules)
    }

    fn find(&self, name: (AtomIndex, AtomIndex, u8)) -> Option<Native> {
        let found = self.0.found.get_or_init(|| {
            let pure = self.0.table.iter().map(|(name, native)| (*name, Native::Pure(*native)));
            let effects = self.0.effects.iter();
            pure.chain(effects.map(|(name, native)| (*name, Native::Effect(*native)))).collect()
        });
        found.get(&name).copied()
    }

    /// The native of this name that depends on its process.
    #[must_use]
    pub fn get_effect(&self, module: AtomIndex, function: AtomIndex, arity: u8) -> Option<Effect> {
        match self.find((module, function, arity))? {
            Native::Effect(native) => Some(native),
            Native::Pure(_) => None,
        }
    }

    /// The native of this name.
    #[must_use]
    pub fn get(&self, module: AtomIndex, function: AtomIndex, arity: u8) -> Option<Pure> {
        match self.find((module, function, arity))? {
            Native::Pure(native) => Some(native),
            Native::Effect(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_native_is_found_by_its_name_and_arity() {
        fn first(_: &mut Heap, args: &[Value]) -> NativeResult {
            args.first().copied().ok_or(Raise::BADARG)
        }
        let mut natives = Natives::new();
        natives.add_all("m", &[("f", 1, first), ("g", 2, first)]);
        let (m, f) = (AtomIndex::new("m"), AtomIndex::new("f"));
        let native = natives.get(m, f, 1).unwrap();
        assert_eq!(native(&mut Heap::new(), &[Value::small(5)]), Ok(Value::small(5)));
        assert!(natives.get(m, f, 2).is_none());
    }
}
