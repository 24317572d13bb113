//! Invariants: what has to hold of the trace itself.

use std::time::Duration;

use crate::document::syntax::{Member, Node};
use crate::engine::time::format_duration;
use crate::scenario::invariant::{Invariant, Observation, State};
use crate::scenario::model::Expectation;

use super::fault::condition;
use super::{Resolver, unknown_choice};

impl Resolver<'_> {
    /// The invariants, as the expectations that they are.
    pub(super) fn invariants(
        &mut self,
        file: &Node,
        end: Option<Duration>,
    ) -> Option<Vec<Expectation>> {
        for each in file.get("invariants").map(Node::items).unwrap_or_default() {
            self.too_late(each, end);
            let connected = each.members().iter().filter_map(|each| each.value.get("connected"));
            for pair in connected {
                self.no_repetition(pair.items());
            }
        }
        super::values(file, "invariants", |each| invariant(each).map(Expectation::Invariant))
    }

    /// Reports what the run is too short for.
    fn too_late(&mut self, invariant: &Node, end: Option<Duration>) {
        let Some(end) = end else { return };
        for name in ["from", "within"] {
            let Some(node) = invariant.get(name) else { continue };
            if node.duration().is_some_and(|time| time > end) {
                let end = format_duration(end);
                let message = format!("the run is over at {end}, before `{name}`");
                let help = format!("write at most {end}, or a longer `duration`");
                self.diagnostics.error(&node.span, message).help(help);
            }
        }
    }
}

fn invariant(node: &Node) -> Option<Invariant> {
    let Member { name, value, .. } = node.members().first()?;
    let duration = |name| node.get(name).and_then(Node::duration);
    Some(match name.as_str() {
        "always" => Invariant::Always { state: state(value)?, from: duration("from")? },
        "never" => Invariant::Never(observation(value)?),
        "eventually" => {
            Invariant::Eventually { what: observation(value)?, within: duration("within")? }
        }
        "sometimes" => Invariant::Sometimes(observation(value)?),
        "at_most_one" => Invariant::AtMostOne { application: value.atom()? },
        "after" => Invariant::After {
            event: condition(value)?,
            within: duration("within")?,
            then: observation(node.get("then")?)?,
        },
        other => unknown_choice(other),
    })
}

fn observation(node: &Node) -> Option<Observation> {
    let states = ["running", "up", "connected"];
    if states.contains(&node.members().first()?.name.as_str()) {
        state(node).map(Observation::State)
    } else {
        condition(node).map(Observation::Event)
    }
}

fn state(node: &Node) -> Option<State> {
    let Member { name, value, .. } = node.members().first()?;
    Some(match name.as_str() {
        "running" => {
            State::Running { application: value.atom()?, on: node.get("on").and_then(Node::atom) }
        }
        "up" => State::Up { node: value.atom()? },
        "connected" => {
            let [node, peer] = value.items() else { return None };
            State::Connected { node: node.atom()?, peer: peer.atom()? }
        }
        other => unknown_choice(other),
    })
}
