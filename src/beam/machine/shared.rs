//! The state that all processes of a node share beside its code and its tables.

use std::any::Any;
use std::collections::BTreeMap;

use super::dictionary::Dictionary;
use super::settings::Settings;
use crate::beam::identity::{ProcessId, Reference};
use crate::beam::value::Value;

/// Persistent terms, and what is known to code by a reference only: arrays of counters, buffers,
/// streams.
#[derive(Default)]
pub struct Shared {
    pub(in crate::beam) persistent: Dictionary,
    /// The receiver of the emulator's log events, if it is not the process `logger`.
    pub(super) system_logger: Option<SystemLogger>,
    /// The settings that processes have at first.
    pub(in crate::beam) defaults: Settings,
    /// The reductions of all processes so far.
    pub(in crate::beam) reductions: u64,
    /// The last answer of `now/0`, in microseconds.
    pub(super) last_now: u64,
    /// The last answers of `statistics/1`, which tells the differences too.
    pub(super) told: BTreeMap<&'static str, u64>,
    /// They are kept until the node ends, or somebody closes them.
    resources: BTreeMap<Reference, Box<dyn Any>>,
}

/// A receiver of the emulator's log events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SystemLogger {
    /// Nobody: they are printed.
    Nobody,
    /// A process.
    Process(ProcessId),
}

impl Shared {
    /// Keeps something that is known by this reference from now on.
    pub(super) fn add<T: 'static>(&mut self, reference: Reference, resource: T) {
        self.resources.insert(reference, Box::new(resource));
    }

    /// The resource of a reference, if it is of this type.
    pub(super) fn get<T: 'static>(&mut self, reference: Reference) -> Option<&mut T> {
        self.resources.get_mut(&reference)?.downcast_mut()
    }

    /// Forgets what is known by a reference.
    pub(super) fn remove(&mut self, reference: Reference) {
        self.resources.remove(&reference);
    }

    /// The values that a collection must keep.
    pub(super) fn visit(&mut self, visit: &mut dyn FnMut(&mut Value)) {
        self.persistent.visit(visit);
    }
}
