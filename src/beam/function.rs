//! Names of functions, each stored once for the life of the program.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::fmt;

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use super::atom::AtomIndex;
use super::table::Table;

/// A module, a function and a number of arguments: `lists:map/2`.
///
/// Its number depends on what was loaded before, and is never to be seen.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FunctionName(u32);

static FUNCTIONS: Table<(AtomIndex, AtomIndex, u8)> = Table::new();

thread_local! {
    /// The names that this thread has looked up before, so that threads do not contend for one
    /// lock.
    static SEEN: RefCell<HashMap<(AtomIndex, AtomIndex, u8), u32, FxBuildHasher>> =
        const { RefCell::new(HashMap::with_hasher(FxBuildHasher)) };
}

impl FunctionName {
    /// The function of this name.
    #[must_use]
    pub fn new(module: AtomIndex, function: AtomIndex, arity: u8) -> FunctionName {
        SEEN.with_borrow_mut(|seen| {
            let number = seen.entry((module, function, arity));
            FunctionName(*number.or_insert_with_key(|parts| FUNCTIONS.number(*parts)))
        })
    }

    /// The module, the function and the number of arguments.
    #[must_use]
    pub fn parts(self) -> (AtomIndex, AtomIndex, u8) {
        *FUNCTIONS.get(self.0)
    }

    /// The module.
    #[must_use]
    pub fn module(self) -> AtomIndex {
        self.parts().0
    }

    /// The name of the function.
    #[must_use]
    pub fn function(self) -> AtomIndex {
        self.parts().1
    }

    #[inline]
    pub(in crate::beam) const fn index(self) -> u32 {
        self.0
    }

    pub(in crate::beam) const fn from_index(index: u32) -> FunctionName {
        FunctionName(index)
    }
}

impl PartialOrd for FunctionName {
    fn partial_cmp(&self, other: &FunctionName) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FunctionName {
    /// By the texts of the names.
    fn cmp(&self, other: &FunctionName) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (module, function, arity) = self.parts();
        write!(f, "{module}:{function}/{arity}")
    }
}

impl fmt::Debug for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
