//! The state that all processes of a node share beside its code and its tables.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::dictionary::Dictionary;
use super::settings::Settings;
use super::transit::Transit;
use crate::beam::identity::{ProcessId, Reference};
use crate::beam::value::Value;

/// Persistent terms, and what is known to code by a reference only: arrays of counters, buffers,
/// streams.
#[derive(Default)]
pub struct Shared {
    pub(in crate::beam) persistent: Dictionary,
    /// The receiver of the emulator's log events, if it is not the process `logger`.
    pub(super) system_logger: Option<SystemLogger>,
    /// The process that is told of messages with a token of sequential tracing.
    pub(in crate::beam) sequential_tracer: Option<ProcessId>,
    /// The settings that processes have at first.
    pub(in crate::beam) defaults: Settings,
    /// The reductions of all processes so far.
    pub(in crate::beam) reductions: u64,
    /// The last answer of `now/0`, in microseconds.
    pub(super) last_now: u64,
    /// The last answers of `statistics/1`, which tells the differences too.
    pub(super) told: BTreeMap<&'static str, u64>,
    /// The messages that are on their way.
    pub(in crate::beam) transit: Rc<Transit>,
    resources: BTreeMap<Reference, Resource>,
    /// The resources of each process that has some.
    owned: BTreeMap<ProcessId, BTreeSet<Reference>>,
}

/// Something that is known to code by a reference. It is kept until somebody closes it, or its owner
/// ends; without an owner, until the node ends.
struct Resource {
    owner: Option<ProcessId>,
    thing: Box<dyn Any>,
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
    pub(super) fn add<T: 'static>(
        &mut self,
        reference: Reference,
        owner: Option<ProcessId>,
        thing: T,
    ) {
        self.resources.insert(reference, Resource { owner: None, thing: Box::new(thing) });
        self.give(reference, owner);
    }

    /// Makes a resource that of another process.
    pub(super) fn give(&mut self, reference: Reference, owner: Option<ProcessId>) {
        let Some(resource) = self.resources.get_mut(&reference) else { return };
        if let Some(before) = std::mem::replace(&mut resource.owner, owner) {
            self.disown(before, reference);
        }
        if let Some(owner) = owner {
            self.owned.entry(owner).or_default().insert(reference);
        }
    }

    fn disown(&mut self, owner: ProcessId, reference: Reference) {
        if let Some(owned) = self.owned.get_mut(&owner) {
            owned.remove(&reference);
            if owned.is_empty() {
                self.owned.remove(&owner);
            }
        }
    }

    /// Forgets the resources of a process that has ended, and hands them out.
    pub(super) fn owner_ended(&mut self, owner: ProcessId) -> Vec<Box<dyn Any>> {
        let references = self.owned.remove(&owner).unwrap_or_default().into_iter();
        references.filter_map(|reference| Some(self.resources.remove(&reference)?.thing)).collect()
    }

    /// The resource of a reference, if it is of this type.
    pub(super) fn get<T: 'static>(&mut self, reference: Reference) -> Option<&mut T> {
        self.resources.get_mut(&reference)?.thing.downcast_mut()
    }

    /// Forgets what is known by a reference.
    pub(super) fn remove(&mut self, reference: Reference) {
        let resource = self.resources.remove(&reference);
        if let Some(owner) = resource.and_then(|resource| resource.owner) {
            self.disown(owner, reference);
        }
    }

    /// The values that a collection must keep, of the whole heap or of what is new.
    pub(super) fn visit(&mut self, is_whole: bool, visit: &mut dyn FnMut(&mut Value)) {
        self.persistent.visit(visit);
        self.transit.visit(is_whole, visit);
    }
}
