//! The functions of a module that no simulated node can run: found in the module alone, and quickly.

use super::functions::bodies;
use super::reach::is_outside;
use crate::beam::FunctionName;
use crate::beam::atom::AtomIndex;
use crate::beam::file::Module;
use crate::beam::native::Natives;

/// The functions of a module that fail on a simulated node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsimulated {
    /// Those whose code is in a library in C.
    pub nifs: Vec<FunctionName>,
    /// Those that call programs, drivers or ports, each with what it calls.
    pub outside: Vec<(FunctionName, FunctionName)>,
}

impl Unsimulated {
    /// Those of a module, on nodes with these natives.
    #[must_use]
    pub fn of(module: &Module, natives: &Natives) -> Unsimulated {
        let mut found = Unsimulated::default();
        if !may_have_some(module) {
            return found;
        }
        for (name, body) in bodies(module) {
            if body.is_stub && !natives.has(name) {
                found.nifs.push(name);
            }
            let outside = body.calls.into_iter().filter(|called| is_outside(*called));
            found.outside.extend(outside.map(|called| (name, called)));
        }
        found
    }

    /// True if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nifs.is_empty() && self.outside.is_empty()
    }
}

/// True if a module calls what loads a library, says that it is not loaded, or reaches outside.
fn may_have_some(module: &Module) -> bool {
    module.imports.iter().any(|import| {
        let names = [import.module, import.function].map(|name| AtomIndex::new(module.atom(name)));
        let name = FunctionName::new(names[0], names[1], import.arity);
        let names = (name.module().as_str(), name.function().as_str());
        matches!(names, ("erlang", "load_nif" | "nif_error")) || is_outside(name)
    })
}
