//! Names of functions, each stored once for the life of the program.

use std::fmt;

use super::atom::Atom;
use super::table::Table;

/// A module, a function and a number of arguments: `lists:map/2`.
///
/// Its number depends on what was loaded before, and is never to be seen.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FunctionName(u32);

static FUNCTIONS: Table<(Atom, Atom, u8)> = Table::new();

impl FunctionName {
    /// The function of this name.
    #[must_use]
    pub fn new(module: Atom, function: Atom, arity: u8) -> FunctionName {
        FunctionName(FUNCTIONS.number((module, function, arity)))
    }

    /// The module, the function and the number of arguments.
    #[must_use]
    pub fn parts(self) -> (Atom, Atom, u8) {
        *FUNCTIONS.get(self.0)
    }

    #[inline]
    pub(in crate::beam) const fn index(self) -> u32 {
        self.0
    }

    pub(in crate::beam) const fn from_index(index: u32) -> FunctionName {
        FunctionName(index)
    }
}

impl fmt::Debug for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (module, function, arity) = self.parts();
        write!(f, "{module}:{function}/{arity}")
    }
}
