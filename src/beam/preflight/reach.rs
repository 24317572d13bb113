//! The functions that the given ones reach, in the order of their distance.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::beam::FunctionName;
use crate::beam::atom::AtomIndex;

use super::graph::{Graph, Place};
use super::{Missing, Needed, Preflight, Report};

/// The functions that were reached, and from which others.
struct Reached {
    /// From where each was reached first; nothing for the given ones.
    first: BTreeMap<FunctionName, Option<FunctionName>>,
    /// The given functions that call it.
    callers: BTreeMap<FunctionName, BTreeSet<FunctionName>>,
}

/// The functions that are missing on the paths from the given ones.
pub(super) fn report(preflight: &Preflight, graph: &mut Graph) -> Report {
    let given: BTreeSet<AtomIndex> =
        preflight.given.iter().map(|(_, module)| AtomIndex::new(&module.name)).collect();
    let reached = Reached::from(&given, graph);
    let mut report = Report::default();
    for name in reached.first.keys().copied() {
        let is_local = graph.body(name).is_some() && graph.place(name).is_none();
        let needed = || reached.needed(name);
        if is_outside(name) {
            report.outside.push(needed());
        }
        match graph.place(name) {
            Some(Place::Native) => {
                if !preflight.natives.has(name) && !is_told_otherwise(name) {
                    report.natives.push(needed());
                }
            }
            Some(Place::Given | Place::Library) => {
                if graph.body(name).is_some_and(|body| body.is_stub) {
                    report.nifs.push(needed());
                }
            }
            Some(Place::Otp) => {}
            None if is_local => {
                let place = graph.module_place(name.module());
                let is_stub = graph.body(name).is_some_and(|body| body.is_stub);
                if is_stub && place != Some(Place::Otp) {
                    report.nifs.push(needed());
                }
            }
            None if is_looked_up(name) => {}
            None => report.missing.push(Missing {
                needed: needed(),
                has_module: graph.module_place(name.module()).is_some(),
                other_arities: graph.arities(name.module(), name.function()),
            }),
        }
    }
    report
}

/// Functions that every module with a library in C calls: the library itself is what is missing.
fn is_told_otherwise(name: FunctionName) -> bool {
    let names = (name.module().as_str(), name.function().as_str());
    matches!(names, ("erlang", "nif_error" | "load_nif")) || is_outside(name)
}

/// Elixir's protocols look whether there is such a module before they call it.
fn is_looked_up(name: FunctionName) -> bool {
    name.function().as_str() == "__impl__" && name.module().as_str().starts_with("Elixir.")
}

/// Does a function reach out of the simulation?
pub(super) fn is_outside(name: FunctionName) -> bool {
    match name.module().as_str() {
        "erlang" => name.function().as_str().starts_with("open_port"),
        "erl_ddll" => matches!(name.function().as_str(), "load" | "load_driver" | "try_load"),
        "os" => name.function().as_str() == "cmd",
        _ => false,
    }
}

impl Reached {
    fn from(given: &BTreeSet<AtomIndex>, graph: &mut Graph) -> Reached {
        let mut reached = Reached { first: BTreeMap::new(), callers: BTreeMap::new() };
        let mut open = VecDeque::new();
        for module in given {
            for name in graph.functions(*module) {
                reached.first.insert(name, None);
                open.push_back(name);
            }
        }
        while let Some(name) = open.pop_front() {
            if graph.place(name) == Some(Place::Native) {
                continue;
            }
            let calls = graph.body(name).map(|body| body.calls.clone()).unwrap_or_default();
            for called in calls {
                if given.contains(&name.module()) && called != name {
                    reached.callers.entry(called).or_default().insert(name);
                }
                reached.first.entry(called).or_insert_with(|| {
                    open.push_back(called);
                    Some(name)
                });
            }
        }
        reached
    }

    fn needed(&self, name: FunctionName) -> Needed {
        let callers = self.callers.get(&name).cloned().unwrap_or_default();
        let mut way = Vec::new();
        let mut current = name;
        while let Some(Some(from)) = self.first.get(&current) {
            way.push(*from);
            current = *from;
        }
        way.reverse();
        Needed { name, callers, way }
    }
}
