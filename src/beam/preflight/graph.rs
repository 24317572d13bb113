//! All functions that can be found, read when somebody asks for them.

use std::collections::{BTreeMap, BTreeSet};

use crate::beam::atom::AtomIndex;
use crate::beam::file::Module;
use crate::beam::index::{Index, LoadError};
use crate::beam::native::Natives;
use crate::beam::natives::is_native;

use super::Preflight;
use super::functions::{Bodies, Body, bodies};
use crate::beam::FunctionName;

/// The place of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Given,
    Library,
    Otp,
    /// It is here in Rust, or Erlang has it in C.
    Native,
}

/// A module that was found.
struct Loaded {
    place: Place,
    exports: BTreeSet<FunctionName>,
    bodies: Bodies,
}

/// The modules that were asked for so far.
pub(super) struct Graph<'a> {
    libraries: &'a Index,
    otp: &'a Index,
    natives: &'a Natives,
    modules: BTreeMap<AtomIndex, Option<Loaded>>,
    unreadable: BTreeSet<String>,
}

impl<'a> Graph<'a> {
    pub(super) fn new(preflight: &Preflight<'a>) -> Graph<'a> {
        let given = preflight.given.iter();
        let modules = given
            .map(|(_, module)| {
                (AtomIndex::new(&module.name), Some(Loaded::of(module, Place::Given)))
            })
            .collect();
        let Preflight { libraries, otp, natives, .. } = *preflight;
        Graph { libraries, otp, natives, modules, unreadable: BTreeSet::new() }
    }

    /// Modules that are there and cannot be used, with the reasons.
    pub(super) fn unreadable(&self) -> Vec<String> {
        self.unreadable.iter().cloned().collect()
    }

    /// The place of a function that others call; `None` when it is nowhere.
    pub(super) fn place(&mut self, name: FunctionName) -> Option<Place> {
        let (module, function, arity) = name.parts();
        // What is here in Rust runs, whatever Erlang has in its place.
        if self.natives.has(name) || is_native(module.as_str(), function.as_str(), arity) {
            return Some(Place::Native);
        }
        let module = self.module(module)?;
        let is_there = module.exports.contains(&name);
        let is_stub = module.bodies.get(&name).is_some_and(|body| body.is_stub);
        match module.place {
            _ if !is_there => None,
            // Later releases have natives that the table does not know.
            Place::Otp if is_stub => Some(Place::Native),
            place => Some(place),
        }
    }

    /// The place of a module; `None` when it is nowhere.
    pub(super) fn module_place(&mut self, module: AtomIndex) -> Option<Place> {
        self.module(module).map(|module| module.place)
    }

    /// The body of a function of a module that was found.
    pub(super) fn body(&mut self, name: FunctionName) -> Option<&Body> {
        self.module(name.module())?.bodies.get(&name)
    }

    /// The functions of a module.
    pub(super) fn functions(&mut self, module: AtomIndex) -> Vec<FunctionName> {
        self.module(module).map_or_else(Vec::new, |module| module.bodies.keys().copied().collect())
    }

    /// The numbers of arguments with which others can call a function.
    pub(super) fn arities(&mut self, module: AtomIndex, function: AtomIndex) -> Vec<u8> {
        let Some(module) = self.module(module) else { return Vec::new() };
        let same = module.exports.iter().filter(|export| export.function() == function);
        same.map(|export| export.parts().2).collect()
    }

    fn module(&mut self, name: AtomIndex) -> Option<&Loaded> {
        if !self.modules.contains_key(&name) {
            let loaded = self.load(name).unwrap_or_else(|error| {
                self.unreadable.insert(error.to_string());
                None
            });
            self.modules.insert(name, loaded);
        }
        self.modules.get(&name)?.as_ref()
    }

    fn load(&self, name: AtomIndex) -> Result<Option<Loaded>, LoadError> {
        for (index, place) in [(self.libraries, Place::Library), (self.otp, Place::Otp)] {
            if let Some(module) = index.load(name.as_str())? {
                return Ok(Some(Loaded::of(&module, place)));
            }
        }
        Ok(None)
    }
}

impl Loaded {
    fn of(module: &Module, place: Place) -> Loaded {
        let name = AtomIndex::new(&module.name);
        let exports = module.exports.iter().map(|export| {
            FunctionName::new(name, AtomIndex::new(module.atom(export.name)), export.arity)
        });
        Loaded { place, exports: exports.collect(), bodies: bodies(module) }
    }
}
