//! What all processes of a node share beside its code and its tables.

use std::any::Any;
use std::collections::BTreeMap;

use super::dictionary::Dictionary;
use crate::beam::identity::Reference;
use crate::beam::value::Value;

/// Persistent terms, and what is known to code by a reference only: arrays of counters, buffers,
/// streams.
#[derive(Default)]
pub struct Shared {
    pub(in crate::beam) persistent: Dictionary,
    /// The reductions of all processes so far.
    pub(in crate::beam) reductions: u64,
    /// What `now/0` told last, in microseconds.
    pub(super) last_now: u64,
    /// What `statistics/1` told last, for what it tells of the time since then.
    pub(super) told: BTreeMap<&'static str, u64>,
    /// They are kept until the node ends, or somebody closes them.
    resources: BTreeMap<Reference, Box<dyn Any>>,
}

impl Shared {
    /// Keeps something that is known by this reference from now on.
    pub(in crate::beam) fn add<T: 'static>(&mut self, reference: Reference, resource: T) {
        self.resources.insert(reference, Box::new(resource));
    }

    /// What is known by a reference, if it is of this type.
    pub(in crate::beam) fn get<T: 'static>(&mut self, reference: Reference) -> Option<&mut T> {
        self.resources.get_mut(&reference)?.downcast_mut()
    }

    /// Forgets what is known by a reference.
    pub(in crate::beam) fn remove(&mut self, reference: Reference) -> bool {
        self.resources.remove(&reference).is_some()
    }

    /// The values that a collection must keep.
    pub(super) fn visit(&mut self, visit: &mut dyn FnMut(&mut Value)) {
        self.persistent.visit(visit);
    }
}
