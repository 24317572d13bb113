//! The check that everything is there that compiled modules need, before anything runs.
//!
//! From the functions of the given modules it follows the calls, through their libraries and OTP's
//! own code, and tells what is missing on the way: functions that no module exports, natives that
//! nodedown does not have, libraries in C, programs outside. Calls whose function is only known when
//! they are made (`apply`, `M:F(A)`) are not followed.

mod functions;
mod graph;
mod reach;
mod unsimulated;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::atom::AtomIndex;
use super::file::{Module, Opcode, opcode};
use super::function::FunctionName;
use super::image::Image;
use super::index::Index;
use super::native::Natives;

use graph::{Graph, Place};

pub use unsimulated::Unsimulated;

/// The input of a preflight.
pub struct Preflight<'a> {
    /// The modules that are looked at, with the files that they come from.
    pub given: &'a [(PathBuf, Module)],
    /// The modules of their libraries.
    pub libraries: &'a Index,
    /// The modules of OTP.
    pub otp: &'a Index,
    /// The functions in Rust that stand in the place of Erlang's in C.
    pub natives: &'a Natives,
}

/// The findings of a preflight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The given modules, in the order of their names.
    pub modules: Vec<ModuleReport>,
    /// Instructions that cannot be executed.
    pub opcodes: Vec<UnknownOpcode>,
    /// Functions that are nowhere.
    pub missing: Vec<Missing>,
    /// Natives of Erlang that nodedown does not have.
    pub natives: Vec<Needed>,
    /// Functions of libraries in C.
    pub nifs: Vec<Needed>,
    /// Functions that reach out of the simulation: to programs, drivers and the shell.
    pub outside: Vec<Needed>,
    /// Given modules that cannot be run, with the reasons.
    pub unrunnable: Vec<String>,
    /// Modules of libraries and of OTP that cannot be read.
    pub unreadable: Vec<String>,
}

/// The findings about a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleReport {
    /// Its name.
    pub name: AtomIndex,
    /// The file that it comes from.
    pub path: PathBuf,
    /// The version of the compiler, if the module says it.
    pub compiler: Option<String>,
    /// The release of OTP that the compiler belongs to, if it is known.
    pub release: Option<u32>,
    /// The number of its functions.
    pub functions: usize,
    /// The functions of others that it calls, by where they are.
    pub imports: Imports,
}

/// The number of functions of others that a module calls, by where they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imports {
    /// In the given modules.
    pub given: usize,
    /// In the modules of libraries.
    pub libraries: usize,
    /// In OTP.
    pub otp: usize,
    /// Natives that nodedown has.
    pub natives: usize,
    /// Natives of Erlang that nodedown does not have.
    pub missing_natives: usize,
    /// Nowhere.
    pub missing: usize,
}

/// An instruction that cannot be executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownOpcode {
    /// The instruction.
    pub opcode: Opcode,
    /// The given modules that have it, and how often.
    pub modules: BTreeMap<AtomIndex, usize>,
}

/// A function that is needed, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// The function.
    pub name: FunctionName,
    /// The given functions that call it themselves.
    pub callers: BTreeSet<FunctionName>,
    /// The shortest way to it, from a given function on; without the function itself.
    pub way: Vec<FunctionName>,
}

/// A function that is nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The function, and who needs it.
    pub needed: Needed,
    /// The module is there, and has no such function.
    pub has_module: bool,
    /// Numbers of arguments for which there is such a function.
    pub other_arities: Vec<u8>,
}

impl Report {
    /// Is everything there that the given modules call themselves, and can their instructions be
    /// executed? What only libraries and OTP need may never be called.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let is_direct = |needed: &Needed| !needed.callers.is_empty();
        self.opcodes.is_empty()
            && self.unrunnable.is_empty()
            && !self.missing.iter().any(|missing| is_direct(&missing.needed))
            && !self.natives.iter().any(is_direct)
            && !self.nifs.iter().any(is_direct)
    }
}

impl Preflight<'_> {
    /// Looks at the modules.
    #[must_use]
    pub fn report(&self) -> Report {
        let mut graph = Graph::new(self);
        let mut report = reach::report(self, &mut graph);
        report.modules =
            self.given.iter().map(|(path, module)| self.module(&mut graph, path, module)).collect();
        report.modules.sort_by_key(|module| module.name);
        report.opcodes = self.unknown_opcodes();
        report.unrunnable = self.unrunnable();
        report.unreadable = graph.unreadable();
        report
    }

    fn module(&self, graph: &mut Graph, path: &std::path::Path, module: &Module) -> ModuleReport {
        let mut imports = Imports::default();
        for import in &module.imports {
            let names =
                [import.module, import.function].map(|name| AtomIndex::new(module.atom(name)));
            let name = FunctionName::new(names[0], names[1], import.arity);
            let count = match graph.place(name) {
                Some(Place::Given) => &mut imports.given,
                Some(Place::Library) => &mut imports.libraries,
                Some(Place::Otp) => &mut imports.otp,
                Some(Place::Native) if self.natives.has(name) => &mut imports.natives,
                Some(Place::Native) => &mut imports.missing_natives,
                None => &mut imports.missing,
            };
            *count += 1;
        }
        ModuleReport {
            name: AtomIndex::new(&module.name),
            path: path.to_owned(),
            compiler: module.compiler_version(),
            release: module.release(),
            functions: module.function_count as usize,
            imports,
        }
    }

    /// Modules that the machine refuses for another reason than their instructions.
    fn unrunnable(&self) -> Vec<String> {
        let modules = self.given.iter().map(|(_, module)| module);
        let known = modules.filter(|module| module.code.iter().all(|it| is_run(it.opcode)));
        known
            .filter_map(|module| Image::new(module, self.natives).err())
            .map(|error| error.to_string())
            .collect()
    }

    fn unknown_opcodes(&self) -> Vec<UnknownOpcode> {
        let mut found: BTreeMap<u8, BTreeMap<AtomIndex, usize>> = BTreeMap::new();
        for (_, module) in self.given {
            for instruction in module.code.iter().filter(|it| !is_run(it.opcode)) {
                let modules = found.entry(instruction.opcode).or_default();
                *modules.entry(AtomIndex::new(&module.name)).or_default() += 1;
            }
        }
        let known = found.into_iter().filter_map(|(number, modules)| {
            opcode(number).map(|opcode| UnknownOpcode { opcode: *opcode, modules })
        });
        known.collect()
    }
}

/// Instructions of OTP 29 that the machine runs: not those that make native records.
const RUN_OF_29: [&str; 3] = ["bif3", "is_any_native_record", "is_native_record"];

/// Does the machine run an instruction?
fn is_run(number: u8) -> bool {
    opcode(number).is_some_and(|opcode| {
        opcode.live && (opcode.since < 29 || RUN_OF_29.contains(&opcode.name))
    })
}
