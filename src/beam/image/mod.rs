//! Code as the machine runs it: a module with its labels, literals and calls resolved.
//!
//! An image never changes; nodes and threads share it.

mod bits;
mod build;
mod calls;
mod line;
pub(in crate::beam) mod op;
mod select;
mod translate;
mod verify;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::atom::AtomIndex;
use super::file;
use super::function::FunctionName;
use super::heap::Literals;
use super::native::{Effect, Natives, Pure};
use super::value::Value;

pub(in crate::beam) use bits::{LITTLE, NOWHERE, SIGNED, command, segment};
pub use build::ImageError;
use line::LineTable;
pub(in crate::beam) use line::Location;
use op::Op;
pub(in crate::beam) use select::Select;

/// Is a function one that the machine has an instruction for: `erlang:send/2`, `erlang:apply/3`?
pub(in crate::beam) fn is_instruction(name: FunctionName) -> bool {
    calls::special_names().any(|special| special == name)
}

/// A module that the machine can run.
pub struct Image {
    pub(in crate::beam) number: u32,
    pub(in crate::beam) name: AtomIndex,
    pub(in crate::beam) code: Box<[Op]>,
    pub(in crate::beam) constants: Box<[Value]>,
    pub(in crate::beam) lists: Box<[u32]>,
    pub(in crate::beam) selects: Box<[Select]>,
    pub(in crate::beam) pure: Box<[(Pure, FunctionName)]>,
    pub(in crate::beam) effects: Box<[(Effect, FunctionName)]>,
    functions: Box<[Function]>,
    pub(in crate::beam) exports: Box<[(FunctionName, u32)]>,
    pub(in crate::beam) funs: Box<[FunEntry]>,
    pub(in crate::beam) strings: Box<[u8]>,
    lines: LineTable,
    pub(in crate::beam) literals: Literals,
    pub(in crate::beam) info: Info,
    /// The place where the function begins that runs when the module is loaded.
    pub(in crate::beam) on_load: Option<u32>,
}

/// A number that no image had. It depends on what was loaded before, and is never to be seen.
fn next_number() -> u32 {
    static NUMBERS: AtomicU32 = AtomicU32::new(1);
    NUMBERS.fetch_add(1, Ordering::Relaxed)
}

/// The information that a module has about itself.
pub(in crate::beam) struct Info {
    /// In the external format, as is `compilation`.
    pub(in crate::beam) attributes: Vec<u8>,
    pub(in crate::beam) compilation: Vec<u8>,
    pub(in crate::beam) md5: [u8; 16],
}

/// A function of the module.
#[derive(Clone, Copy, Debug)]
pub(in crate::beam) struct Function {
    /// The place of its `FunctionClause`, which stands before its code.
    pub(in crate::beam) start: u32,
    pub(in crate::beam) name: AtomIndex,
    pub(in crate::beam) arity: u8,
}

impl std::fmt::Display for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.name, self.arity)
    }
}

/// An anonymous function of the module.
#[derive(Clone, Copy, Debug)]
pub(in crate::beam) struct FunEntry {
    pub(in crate::beam) place: u32,
    /// The arguments that it is called with.
    pub(in crate::beam) arity: u8,
    /// The variables that it closes over.
    pub(in crate::beam) free: u8,
    pub(in crate::beam) uniq: u32,
}

impl Image {
    /// The module of a file, whose calls of natives are those of `natives`.
    ///
    /// # Errors
    /// When the file says what no compiler writes.
    pub fn new(module: &file::Module, natives: &Natives) -> Result<Arc<Image>, ImageError> {
        build::image(module, natives, next_number()).map(Arc::new)
    }

    /// Code that calls each of the natives, for those who apply them by their names.
    pub(in crate::beam) fn of_natives(natives: &Natives) -> Image {
        build::natives(natives, next_number())
    }

    /// The name of the module.
    #[must_use]
    pub fn name(&self) -> AtomIndex {
        self.name
    }

    /// The function that a place in the code belongs to.
    pub(in crate::beam) fn function_at(&self, place: u32) -> Option<Function> {
        let after = self.functions.partition_point(|function| function.start <= place);
        self.functions.get(after.checked_sub(1)?).copied()
    }

    /// All its functions.
    pub(in crate::beam) fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The line of the source that a place in the code comes from.
    pub(in crate::beam) fn location(&self, place: u32) -> Option<Location<'_>> {
        let start = self.function_at(place).map_or(0, |function| function.start);
        self.lines.find(start, place)
    }
}
